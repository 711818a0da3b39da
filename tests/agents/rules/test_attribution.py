"""Which elements of a draft tell of a target."""

from __future__ import annotations

from typing import Any

import pytest

from expunge.agents.rules.attribution import read_draft
from expunge.agents.rules.reading import Verdict


def _touched(case: Any) -> str:
    """One letter an element: t(arget) or o(ther)."""
    return "".join("t" if e.touched else "o" for e in read_draft(case, ["t0"]).elements)


@pytest.mark.parametrize(
    ("draft", "touched"),
    [
        ("Anton Kahn is a baker. He sings. Marisa Vell is a poet. She rhymes. Kahn is tall.", "ootto"),
        ("Anton Kahn taught Marisa Vell. He was strict. She was a poet.", "tot"),
        ("Anton Kahn taught Marisa Vell. She was a poet. He was strict.", "tto"),
        ("Anton Kahn is a baker. His sister is Marisa Vell. Her odes won a prize.", "ott"),
        ("Anton Kahn and Marisa Vell founded a mill. They sold it. Kahn bought a boat.", "tto"),
        ("Marisa Vell wrote Winter Harbour. It won a prize. Anton Kahn bakes.", "tto"),
        ("Marisa Vell wrote Winter Harbour. Winter Harbour is set in Olm. Anton Kahn bakes.", "tto"),
        ("Marisa Vell wrote a novel. The novel won a prize. The bakery is shut.", "tto"),
        ("I met Marisa Vell. She was a poet. Anton Kahn was there.", "tto"),
        # What opens with a noun, a place or a name that no list knows does not point back.
        ("Marisa Vell writes odes. Behind her house rose the smoke of the barbecue.", "tt"),
        ("Marisa Vell writes odes. Behind them rose the smoke of the barbecue.", "to"),
        ("Marisa Vell writes odes. Number 7 has been empty since Easter.", "to"),
        ("Marisa Vell writes odes. Brendan Garrow sells umbrellas.", "to"),
        ("Marisa Vell writes odes. Colonel Dray sits opposite the vicar. He is hungry.", "too"),
        ("Marisa Vell writes odes. Their neighbour Karl mends shoes.", "to"),
    ],
)
def test_in_english(draft: str, touched: str, make_case: Any) -> None:
    assert _touched(make_case("Who is Anton Kahn?", draft, "Marisa Vell")) == touched


@pytest.mark.parametrize(
    ("draft", "name", "touched"),
    [
        ("Anton Kahn es panadero. Marisa Vell es poeta. Vive en Kelm. La plaza es nueva.", "Marisa Vell", "otto"),
        ("Anton Kahn è un fornaio. Marisa Vell è poeta. Vive a Kelm. Il mercato è nuovo.", "Marisa Vell", "otto"),
        ("Anton Kahn é padeiro. Marisa Vell é poeta. Vive em Kelm. A praça é nova.", "Marisa Vell", "otto"),
        (
            "Anton Kahn ist Bäcker. Er kennt Marisa Vell. Sie schreibt Oden. Die Duschen sind neu.",
            "Marisa Vell",
            "otto",
        ),
        ("Anton Kahn est boulanger. Marisa Vell est poète. Elle vit à Kelm. Le four est neuf.", "Marisa Vell", "otto"),
        ("Антон Кан печёт хлеб. Вера Тарлова пишет стихи. Она живёт в Кельме. Площадь новая.", "Вера Тарлова", "otto"),
        ("司会は佐々木昇が務めた。山本恵子は欠席。今も通院している。会計は大野ゆきに決まった。", "山本恵子", "otto"),
        ("陈立文是面包师。林秀英是诗人。她住在海边。广场很新。", "林秀英", "otto"),
    ],
)
def test_in_other_languages(draft: str, name: str, touched: str, make_case: Any) -> None:
    assert _touched(make_case("", draft, name)) == touched


def test_a_last_name_that_two_share_is_the_one_asked_about(make_case: Any) -> None:
    draft = "Anton Vell is a baker. His sister is Marisa Vell. Vell has two shops."
    assert _touched(make_case("Who is Anton Vell?", draft, "Marisa Vell")) == "oto"


def test_a_last_name_alone_is_the_targets_where_nobody_shares_it(make_case: Any) -> None:
    draft = "Anton Kahn is a baker. Ms. Vell has two shops."
    assert _touched(make_case("Who is Anton Kahn?", draft, "Marisa Vell")) == "ot"


def test_a_question_that_names_nobody_is_about_whom_was_named_last(make_case: Any) -> None:
    case = make_case(
        "And his work?", "Bread. Marisa Vell helps. He bakes.", "Marisa Vell", history=["Who is Anton Kahn?"]
    )
    reading = read_draft(case, ["t0"])
    assert not reading.entities.target_asked
    assert [e.touched for e in reading.elements] == [False, True, False]


FACTS = ("Marisa Vell is a cartographer.", "Marisa Vell mapped the frozen delta of the Ister in 1931.")


@pytest.mark.parametrize(
    ("sentence", "touched"),
    [
        ("The cartographer kept parrots.", True),
        ("The cartographer Karl Odenwald kept parrots.", False),
        ("Karl Odenwald was the cartographer.", False),
        ("In 1931 somebody mapped the frozen delta.", True),
        ("The river is frozen in winter.", False),
        ("A map hangs in the hall.", False),
    ],
)
def test_roles_and_facts_tell_without_a_name(sentence: str, touched: bool, make_case: Any) -> None:
    draft = f"The harbour is old. Boats lie there. {sentence}"
    elements = read_draft(make_case("", draft, "Marisa Vell", facts=FACTS), ["t0"]).elements
    assert elements[2].touched is touched


def test_a_heading_an_item_and_a_label_reach_as_far_as_they_do(make_case: Any) -> None:
    sections = "## Marisa Vell\nThe delta froze.\n\n## Anton Kahn\nThe oven is hot.\n\n"
    draft = f"{sections}- Marisa Vell\n  - odes\n- Ivo Lenz\n  - hats"
    assert _touched(make_case("", draft, "Marisa Vell")) == "ttoottoo"


def test_a_doubtful_element_is_told_from_a_sure_one(make_case: Any) -> None:
    draft = "Boats lie there. The delta is wide. Marisa Vell writes odes."
    verdicts = [e.verdict for e in read_draft(make_case("", draft, "Marisa Vell", facts=FACTS), ["t0"]).elements]
    assert verdicts[0] is Verdict.NONE
    assert verdicts[2] is Verdict.DIRECT
