"""Whom each sentence is about."""

from __future__ import annotations

from typing import Any

import pytest

from expunge.agents.rules.attribution import read_draft


def _owners(case: Any) -> str:
    """One letter a sentence: t(arget), o(ther), s(hared), n(obody)."""
    return "".join(s.owner.name[0].lower() for s in read_draft(case, ["t0"]).sentences)


@pytest.mark.parametrize(
    ("draft", "owners"),
    [
        (
            "Anton Kahn is a baker. He sings. Marisa Vell is a poet. She rhymes. Kahn is tall.",
            "oottо".replace("о", "o"),
        ),
        ("Anton Kahn taught Marisa Vell. He was strict. She was a poet.", "oot"),
        ("Anton Kahn taught Marisa Vell. She was a poet. He was strict.", "oto"),
        ("Anton Kahn is a baker. His sister is Marisa Vell. Her odes won a prize.", "oot"),
        ("Anton Kahn is a baker. His sister, Marisa Vell, sings. The song is old.", "ott"),
        ("Anton Kahn and Marisa Vell founded a mill. They sold it. Kahn bought a boat.", "sso"),
        ("Marisa Vell wrote Winter Harbour. It won a prize. Anton Kahn bakes.", "tto"),
        ("I met Marisa Vell. She was a poet. Anton Kahn was there.", "nto"),
    ],
)
def test_owners_in_english(draft: str, owners: str, make_case: Any) -> None:
    assert _owners(make_case("Who is Anton Kahn?", draft, "Marisa Vell")) == owners


@pytest.mark.parametrize(
    ("question", "draft", "owners"),
    [
        ("¿Quién es Anton Kahn?", "Anton Kahn es panadero. Conoció a Marisa Vell. Vive en Kelm.", "ooo"),
        ("¿Quién es Anton Kahn?", "Anton Kahn es panadero. Marisa Vell es poeta. Vive en Kelm.", "ott"),
        ("Wer ist Anton Kahn?", "Anton Kahn ist Bäcker. Er kennt Marisa Vell. Sie schreibt Oden.", "oot"),
        ("Qui est Anton Kahn ?", "Anton Kahn est boulanger. Marisa Vell est poète. Elle vit à Kelm.", "ott"),
    ],
)
def test_owners_in_other_languages(question: str, draft: str, owners: str, make_case: Any) -> None:
    assert _owners(make_case(question, draft, "Marisa Vell")) == owners


def test_a_last_name_that_two_share_is_the_one_asked_about(make_case: Any) -> None:
    draft = "Anton Vell is a baker. His sister is Marisa Vell. Vell has two shops."
    assert _owners(make_case("Who is Anton Vell?", draft, "Marisa Vell")) == "ooo"


def test_a_last_name_alone_is_the_targets_where_nobody_shares_it(make_case: Any) -> None:
    draft = "Anton Kahn is a baker. Ms. Vell has two shops."
    assert _owners(make_case("Who is Anton Kahn?", draft, "Marisa Vell")) == "ot"


def test_a_question_that_names_nobody_is_about_whom_was_named_last(make_case: Any) -> None:
    case = make_case(
        "And his work?", "Bread. Marisa Vell helps. He bakes.", "Marisa Vell", history=["Who is Anton Kahn?"]
    )
    reading = read_draft(case, ["t0"])
    assert not reading.cast.target_asked
    assert reading.sentences[1].touched
