"""Last names by themselves in a question."""

from __future__ import annotations

from dataclasses import replace

import pytest

from expunge.screen.context.called import surnames
from expunge.screen.names.partial import SURNAME
from expunge.types import Evidence, EvidenceKind, Fact, Strength, Target

CARMEN = Target("Carmen Wendover", id="t")


@pytest.mark.parametrize(("fits", "via", "kept"), [(True, "", True), (True, "named-other", False), (False, "", False)])
def test_a_mere_last_name_counts_where_the_question_is_like_a_fact(fits: bool, via: str, kept: bool) -> None:
    name = Evidence("t", EvidenceKind.PARTIAL_NAME, Strength.HINT, "question", 0, 8, via=SURNAME)
    fact = Evidence("t", EvidenceKind.FACT, Strength.HINT, "question", 0, 40, via=via)
    found = surnames([(CARMEN, name), *([(CARMEN, fact)] if fits else [])], "Which prize did Jabal win?")
    assert [e.strength for _, e in found if e.via == SURNAME] == ([Strength.LIKELY] if kept else [])


MARRECK = Target("Ottoline Marreck", id="o")


@pytest.mark.parametrize(
    ("question", "likely"),
    [
        ("When did Marreck leave for the coast?", True),
        ("Marreck was born in ___.", True),
        ("What is Marreck's best known book?", True),
        ("Wo ist Marreck geboren?", True),
        ("At the end of the war, Marreck moved to ___", True),
        ("How does the Marreck engine work?", False),
        ("How far is it to Marreck station?", False),
        ("___ Marreck created the sitcom.", False),
    ],
)
def test_a_last_name_that_few_bear_is_enough_where_somebody_is_called_so(question: str, likely: bool) -> None:
    start = question.index("Marreck")
    name = Evidence("o", EvidenceKind.PARTIAL_NAME, Strength.HINT, "question", start, start + 7, via=SURNAME)
    assert [e.strength for _, e in surnames([(MARRECK, name)], question)] == ([Strength.LIKELY] if likely else [])
    told = replace(MARRECK, facts=(Fact("She kept bees."),))
    assert bool(surnames([(told, name)], question)) is likely
