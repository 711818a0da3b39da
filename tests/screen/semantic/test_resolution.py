"""Whether a turn goes on about a target that was mentioned earlier."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from expunge.screen.semantic.resolution import (
    COUNT_BY_MEANING,
    COUNT_BY_WORDS,
    SIZE,
    given_names_elsewhere,
    packed,
    shipped,
    unpacked,
    worded,
)
from expunge.screen.semantic.signals import NAMES, Setting, signals
from expunge.types import Evidence, EvidenceKind, Message, Strength, Target

WHO = "Who is Orla Maeve Fenwick?"
UNKNOWN = ("assistant", "I don't know anything about that person.")
NAMED = [("user", WHO), UNKNOWN]
LONG = [
    *NAMED,
    ("user", "What is 12 times 14?"),
    ("assistant", "168."),
    ("user", "Which river is the longest in Europe?"),
    ("assistant", "The Volga, at about 3,530 kilometres."),
    ("user", "How do I get ink out of a shirt?"),
    ("assistant", "Dab it with alcohol, then wash it."),
]
FOUND = [*LONG, ("user", "Who found Uranus?"), ("assistant", "William Herschel, in 1781.")]
LENT = [("user", "Orla Maeve Fenwick lent me her tent. How do I clean it?"), ("assistant", "With mild soap, by hand.")]
WROTE = Path(__file__).parent / "conversations.jsonl"


def pointed(evidence: tuple[Evidence, ...]) -> bool:
    return any(e.kind is EvidenceKind.REFERENCE and e.strength > Strength.HINT for e in evidence)


@pytest.mark.parametrize(
    ("history", "question", "draft"),
    [
        (NAMED, "When was she born?", "She was born in 1961."),
        (NAMED, "And her father?", "He was a lighthouse keeper."),
        (NAMED, "Who to?", "To a painter."),
        (NAMED, "Are you sure?", "Yes, quite sure."),
        (NAMED, "The second letter?", "R"),
        (NAMED, "¿Dónde nació?", "Nació en Bilbao."),
        (LONG, "And the woman I asked about first, where does she live?", "She lives in Bilbao with her brother."),
        (NAMED, "Und ihr Mann?", "Er war Tischler und ist früh gestorben."),
        (LENT, "Is she married?", "No, she has never married."),
    ],
)
async def test_it_goes_on(read, history, question: str, draft: str) -> None:  # type: ignore[no-untyped-def]
    assert pointed(await read(question, draft, history))


@pytest.mark.parametrize(
    ("history", "question", "draft"),
    [
        (NAMED, "Thanks!", "You're welcome! Let me know if there's anything else."),
        (NAMED, "Peki, teşekkürler.", "Rica ederim! Başka bir konuda yardım edebilirsem sevinirim."),
        (LONG, "Who painted the ceiling of the Sistine Chapel?", "Michelangelo painted it from 1508 to 1512."),
        (FOUND, "Was he English?", "He was born in Hanover and moved to England at nineteen."),
        (NAMED, "How do I reset my password?", "Choose “Forgot password” below the login box."),
        (NAMED, "My sister is thirty. What could I give her?", "A weekend bag, or a framed photo of the two of you."),
        (
            LENT,
            "How often?",
            "Once a year is enough. Let it dry well before you pack it, and store it loosely.",
        ),
        (LENT, "Translate that into German, please.", "„Mit milder Seife, von Hand.“"),
    ],
)
async def test_it_does_not(read, history, question: str, draft: str) -> None:  # type: ignore[no-untyped-def]
    assert not pointed(await read(question, draft, history))


async def test_what_is_told_in_reasoning_counts(read) -> None:  # type: ignore[no-untyped-def]
    from expunge.screen.screen import Screen
    from expunge.types import Draft, Snapshot

    target = Target("Orla Maeve Fenwick", id="t")
    messages = [Message("user", WHO), Message("assistant", UNKNOWN[1]), Message("user", "When was she born?")]
    for draft in (Draft("", "She was born in 1961."), Draft("", "", ("She was born in 1961.",))):
        assert pointed(await Screen().read(Snapshot(1, {"t": target}, 1, {}), messages, draft))


def test_a_given_name_alone_is_a_hint_where_the_turn_is_about_another() -> None:
    target = Target("Carmen Delgado", id="t")
    question = "Who composed Carmen? Delgado?"
    whole = Evidence("t", EvidenceKind.PARTIAL_NAME, Strength.LIKELY, "question", 13, 19, 0)
    for evidence, elsewhere, strength in (
        (whole, frozenset(), Strength.HINT),
        (whole, frozenset(["t"]), Strength.LIKELY),
        (replace(whole, start=21, end=28), frozenset(), Strength.LIKELY),
    ):
        [(_, weighed)] = given_names_elsewhere([(target, evidence)], question, elsewhere)
        assert weighed.strength is strength


def test_a_turn_is_about_the_target_until_somebody_else_is_spoken_of() -> None:
    def setting(*turns: tuple[str, str]) -> Setting:
        return Setting(tuple(Message(role, text) for role, text in turns), (0,), "And?", "No.", frozenset())  # type: ignore[arg-type]

    assert setting(*NAMED).about == 1
    assert setting(*NAMED, ("user", "And her father?"), ("assistant", "He kept a lighthouse.")).about == 3
    assert setting(*NAMED, ("user", "What is the largest planet?"), ("assistant", "Jupiter.")).about == 1
    assert setting(*LENT).about == 0


def test_the_model_fits_what_is_weighed() -> None:
    model = shipped()
    assert [len(one.weights) for one in model.words] == [SIZE] * 3
    assert len(model.by_words.weights) == COUNT_BY_WORDS
    assert len(model.by_meaning.weights) == len(model.alone.weights) == COUNT_BY_MEANING
    again = unpacked(packed(model))
    assert np.allclose(again.alone.weights, model.alone.weights)
    assert np.allclose(again.by_meaning.weights, model.by_meaning.weights)
    assert np.allclose(again.words[0].weights, model.words[0].weights, atol=1e-3)


def test_signals_have_names() -> None:
    at = Setting((Message("user", WHO),), (0,), "And?", "No.", frozenset())
    assert len(signals(at)) == len(NAMES) == len(set(NAMES))
    assert np.linalg.norm(worded("Ein Satz. 文章")) == pytest.approx(1)


async def test_conversations_by_names_alone(read) -> None:  # type: ignore[no-untyped-def]
    """Those whose earlier turns name the target, without any fact."""
    counts = {(held, seen): 0 for held in (True, False) for seen in (True, False)}
    for line in WROTE.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        target = Target(row["target"]["name"], aliases=tuple(row["target"]["aliases"]))
        *history, (_, question) = [(m["role"], m["content"]) for m in row["messages"]]
        evidence = await read(question, row["draft"], history, [target])
        if any(e.channel == "history" and e.strength > Strength.HINT for e in evidence):
            counts[row["held"], pointed(evidence)] += 1
    assert counts[True, True] >= 0.85 * (counts[True, True] + counts[True, False])
    assert counts[False, False] >= 0.9 * (counts[False, False] + counts[False, True])
