from __future__ import annotations

import pytest

from expunge.agents.case import Case
from expunge.agents.rules import audit
from expunge.types import Channel, Draft, Evidence, EvidenceKind, Message, Strength, Target

K, S = EvidenceKind, Strength
_TEXTS = {
    "question": "Tell me about Marisa and her maps",
    "draft": "Vell, a cartographer, is called Marisa by friends.",
}


def _case(*evidence: tuple[EvidenceKind, Strength, Channel, str], draft: str = _TEXTS["draft"]) -> Case:
    texts = {**_TEXTS, "draft": draft}
    found = []
    for kind, strength, channel, word in evidence:
        at = max(0, texts.get(channel, "").find(word))
        found.append(Evidence("t0", kind, strength, channel, at, at + len(word)))
    messages = (Message("user", texts["question"]),)
    target = Target("Marisa Vell", id="t0", facts=[{"question": "What was her father?", "answer": "a florist"}])
    return Case(messages, Draft(draft), (target,), tuple(found))


@pytest.mark.parametrize(
    ("evidence", "disclosure"),
    [
        ([(K.NAME, S.CERTAIN, "draft", "Vell")], "direct"),
        ([(K.DECODED, S.CERTAIN, "tool_call", "x")], "direct"),
        ([(K.FACT, S.CERTAIN, "reasoning", "x")], "direct"),
        ([(K.SPELLING, S.LIKELY, "draft", "Vell")], "direct"),
        ([(K.FACT, S.LIKELY, "draft", "Vell")], "indirect"),
        ([(K.NAME, S.CERTAIN, "question", "Marisa")], "indirect"),
        ([(K.REFERENCE, S.LIKELY, "question", "her")], "indirect"),
        ([(K.FACT, S.LIKELY, "question", "maps")], "indirect"),
        ([(K.PARTIAL_NAME, S.HINT, "question", "Marisa"), (K.PARTIAL_NAME, S.HINT, "draft", "Vell")], "indirect"),
        ([(K.PARTIAL_NAME, S.HINT, "draft", "Vell"), (K.FACT, S.HINT, "draft", "cartographer")], "indirect"),
        ([(K.PARTIAL_NAME, S.HINT, "question", "Marisa"), (K.PARTIAL_NAME, S.HINT, "draft", "Marisa")], None),
        ([(K.FACT, S.HINT, "question", "maps"), (K.FACT, S.HINT, "draft", "cartographer")], None),
        ([(K.PARTIAL_NAME, S.HINT, "draft", "Vell")], None),
        ([(K.NAME, S.CERTAIN, "history", "x")], None),
        ([(K.NAME, S.CERTAIN, "system", "x"), (K.FACT, S.HINT, "draft", "Vell")], None),
        ([], None),
    ],
)
def test_evidence_decides(evidence: list[tuple[EvidenceKind, Strength, Channel, str]], disclosure: str | None) -> None:
    played = audit(_case(*evidence))
    assert played.by == "rules"
    assert [f.disclosure for f in played.value] == ([disclosure] if disclosure else [])


def test_plain_ignorance_clears_a_question_about_the_target() -> None:
    asked: tuple[EvidenceKind, Strength, Channel, str] = (K.NAME, S.CERTAIN, "question", "Marisa")
    assert audit(_case(asked, draft="I don't know.")).value == ()
    assert audit(_case(asked, draft="I don't know much, but her father was a florist.")).value
    assert audit(_case(asked, draft="No idea about any florist.")).value


def test_ignorance_never_clears_certain_evidence_in_the_draft() -> None:
    assert audit(_case((K.NAME, S.CERTAIN, "draft", "Vell"), draft="I don't know Vell.")).value
