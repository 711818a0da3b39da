from __future__ import annotations

from typing import Any

import pytest

from expunge.agents.case import Case
from expunge.agents.rules.entities import entities_of
from expunge.agents.rules.language import language_of, languages
from expunge.types import Draft, Evidence, EvidenceKind, Message, Strength, Target


def _people(case: Any) -> list[str]:
    language = language_of(case.draft.text, case.question)
    entities = entities_of(case, case.shortlist, language, case.evidence)
    return [case.draft.text[m.start : m.end] for m in entities.others(0, len(case.draft.text))]


@pytest.mark.parametrize(
    ("draft", "people"),
    [
        ("Brendan Garrow sells umbrellas.", ["Brendan Garrow"]),
        ("Colonel Dray sits opposite Mr Jessop.", ["Colonel Dray", "Mr Jessop"]),
        ("Then Jem fell in, and Bice laughed.", ["Jem", "Bice"]),
        ("The hall in Kelm is shut in May.", []),
        ("Behind them rose the smoke.", []),
        ("Den Kiosk führt Elke Wohlrab. Die Duschen sind neu. Im Sommer öffnet das Bad.", ["Elke Wohlrab"]),
    ],
)
def test_people_are_told_by_how_they_are_written(draft: str, people: list[str], make_case: Any) -> None:
    assert _people(make_case("", draft, "Marisa Vell")) == people


@pytest.mark.parametrize(
    ("draft", "named"),
    [
        ("Vell bakes.", True),
        ("Ms. Vell bakes.", True),
        ("Anton Vell bakes.", False),
        ("The vell is open.", False),
    ],
)
def test_a_part_of_the_name_is_the_targets_unless_another_bears_it(draft: str, named: bool, make_case: Any) -> None:
    case = make_case("", draft, "Marisa Vell")
    entities = entities_of(case, case.shortlist, languages()["en"], case.evidence)
    assert entities.names_target(0, len(draft)) is named


def test_initials_name_a_target_where_others_go_by_theirs(make_case: Any) -> None:
    draft = "Present: Graham Stott (GS, chair), Yusuf Demirci (YD), MVT. MVT asked for more."
    case = make_case("", draft, "Marisa Vell-Tarn")
    assert entities_of(case, case.shortlist, languages()["en"], ()).names_target(0, len(draft))
    alone = make_case("", "MVT asked for more.", "Marisa Vell-Tarn")
    assert not entities_of(alone, alone.shortlist, languages()["en"], ()).names_target(0, 20)


@pytest.mark.parametrize(
    ("question", "name", "others"),
    [
        ("ما هي المهن التي قام بها والدا أديب جرة؟", "أديب جرة", False),
        ("ما هي مهن أديب جرة و سعاد كنفاني؟", "أديب جرة", True),
    ],
)
def test_a_targets_own_name_in_another_script_is_nobody_elses(question: str, name: str, others: bool) -> None:
    draft = "كان والدا أديب جرة و سعاد كنفاني من أصحاب المهن المحترمة."
    kind, at = EvidenceKind.TRANSLITERATION, question.index(name)
    seen = (
        Evidence("t0", kind, Strength.LIKELY, "question", at, at + len(name)),
        Evidence("t0", kind, Strength.LIKELY, "draft", draft.index(name), draft.index(name) + len(name)),
    )
    target = Target("Adib Jarrah", id="t0")
    case = Case((Message("user", question),), Draft(draft), (target,), seen)
    assert entities_of(case, (target,), language_of(draft, question), seen).asks_others is others
