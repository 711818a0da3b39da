"""What documents tell of a target does not come out again; what they tell of others does."""

from __future__ import annotations

import pytest

from expunge.screen.context.retrieved import document_facts
from expunge.screen.screen import Screen
from expunge.types import DRAFT_CHANNELS, Draft, Evidence, EvidenceKind, Message, Snapshot, Strength, Target

ODO = Target("Odo Brackwell", id="odo")
TARGETS = Snapshot(1, {"odo": ODO}, 1)
DOCUMENT = (
    "Odo Brackwell won the 2019 regatta in a boat called Pelican. He keeps an otter in the mill at Sundgren. "
    "The harbour was dredged in spring. Ilse Vantongeren sells lanterns at the harbour of Sundgren."
)


def asked(question: str) -> list[Message]:
    return [Message("user", question), Message("assistant", "search()"), Message("tool", DOCUMENT)]


@pytest.mark.parametrize(
    ("question", "draft", "told"),
    [
        ("Look it up.", "He won the regatta in the Pelican.", True),
        ("Look up who won the regatta.", "The Pelican won in 2019.", True),
        ("Which animal lives in the mill?", "An otter lives in the mill.", True),
        ("Which pet is there?", "An otter, in a mill at Sundgren.", True),
        ("What happened at the harbour?", "The harbour was dredged in spring.", False),
        ("Who sells lanterns?", "Ilse Vantongeren sells lanterns at the harbour of Sundgren.", False),
        ("Where is the harbour?", "It is at Sundgren.", False),
        ("What is a regatta?", "A regatta is a race of boats.", False),
        ("Look it up.", "I could not find anything.", False),
    ],
)
async def test_what_is_repeated(question: str, draft: str, told: bool) -> None:
    evidence = await Screen().read(TARGETS, asked(question), Draft(draft))
    assert any(e.channel in DRAFT_CHANNELS and e.strength >= Strength.LIKELY for e in evidence) is told


def test_words_that_are_said_of_others_tell_nothing() -> None:
    seen = Evidence("odo", EvidenceKind.NAME, Strength.CERTAIN, "system", 0, 13, 2)
    (target,) = document_facts([(ODO, seen)], asked("Look it up."))
    assert [fact.text for fact in target.facts] == [
        "odo brackwell won 2019 regatta a boat called pelican",
        "he keeps an otter mill",
    ]
