"""Cases as the screen would give them, with exact names (and facts by shared words) for evidence."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest

from expunge.agents.case import Case
from expunge.agents.rules.content import content_words
from expunge.text.segment import sentences
from expunge.types import Channel, Draft, Evidence, EvidenceKind, Fact, Message, Strength, Target

MakeCase = Callable[..., Case]


@pytest.fixture(scope="session")
def make_case() -> MakeCase:
    def make(question: str, draft: str, *names: str, facts: Sequence[str] = (), history: Sequence[str] = ()) -> Case:
        targets = tuple(
            Target(name, id=f"t{i}", facts=tuple(Fact(f) for f in facts) if i == 0 else ())
            for i, name in enumerate(names)
        )
        evidence: list[Evidence] = []
        texts: list[tuple[Channel, str]] = [("question", question), ("draft", draft)]
        for target in targets:
            for channel, text in texts:
                for m in re.finditer(re.escape(target.name), text):
                    evidence.append(
                        Evidence(target.id, EvidenceKind.NAME, Strength.CERTAIN, channel, m.start(), m.end())
                    )
            for fact in target.facts:
                told = content_words(fact.text) - content_words(target.name)
                for span in sentences(draft):
                    if len(told & content_words(span.of(draft))) >= 0.6 * len(told):
                        evidence.append(
                            Evidence(target.id, EvidenceKind.FACT, Strength.LIKELY, "draft", span.start, span.end)
                        )
        earlier = tuple(Message("user", text) for text in history)
        messages = (*earlier, Message("user", question)) if question else ()
        return Case(messages, Draft(draft), targets, tuple(evidence))

    return make
