from __future__ import annotations

import pytest

from expunge.agents.rules.knowledge import Knowledge, roles_of, same_word, telling_words
from expunge.agents.rules.language import languages
from expunge.types import Target

EN = languages()["en"]
TARGET = Target(
    "Marisa Vell",
    facts=["Marisa Vell mapped the frozen delta in 1931.", "She is a cartographer."],
    description="retired pastry cook from Saltern, founder of the guild",
)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("clock", "clocks", True),
        ("clocks", "clockmaker", True),
        ("baked", "baker", True),
        ("restored", "restaurant", False),
        ("1931", "1932", False),
        ("cat", "cats", False),
        ("map", "map", True),
    ],
)
def test_forms_of_a_word(one: str, other: str, same: bool) -> None:
    assert same_word(one, other) is same
    assert same_word(other, one) is same


@pytest.mark.parametrize(
    ("code", "description", "roles"),
    [
        ("en", "retired pastry cook from Saltern, founder of the guild", ["cook", "founder"]),
        ("de", "Kanute des Vereins, Polizist", ["kanute", "polizist"]),
        ("fr", "contrebassiste de l'orchestre, délégué des musiciens", ["contrebassiste", "délégué"]),
        ("es", "cocinera del balneario", ["cocinera"]),
    ],
)
def test_what_a_description_says_a_target_is(code: str, description: str, roles: list[str]) -> None:
    assert roles_of(Target("Marisa Vell", description=description), languages()[code]) == roles


def test_a_text_tells_as_much_as_it_holds_of_one_fact() -> None:
    knowledge = Knowledge([TARGET], EN, (), {})
    most = knowledge.told("In 1931 the frozen delta was mapped.")
    some = knowledge.told("The delta is wide.")
    assert most.share > 0.9 > some.share > 0
    assert most.count == 4
    assert knowledge.told("The oven is hot.").union == 0
    assert [r.key for r in knowledge.told("the cartographer and the cooks").roles] == ["cartographer"]


@pytest.mark.parametrize(
    "fact",
    [
        "Marisa Vell mapped the frozen delta of the Ister in 1931.",
        "Marisa Vell trained as a glassblower at Skelwith and collected tide tables.",
        "Marisa Vell kept eleven parrots beside the old customs house in Saltern.",
        "Marisa Vell repaired barometers, sextants and a lighthouse clock for Kelm.",
    ],
)
def test_a_text_that_holds_a_whole_fact_tells_all_of_it_to_the_last_digit(fact: str) -> None:
    told = Knowledge([Target("Marisa Vell", facts=[fact])], EN, (), {}).told(fact)
    assert told.share == 1.0
    assert told.weight == told.union


def test_words_that_the_question_or_the_whole_draft_has_tell_less() -> None:
    plain = Knowledge([TARGET], EN, (), {}).told("the frozen delta").weight
    assert Knowledge([TARGET], EN, ("delta",), {}).told("the frozen delta").weight < plain
    assert Knowledge([TARGET], EN, (), {"delta": 9}).told("the frozen delta").weight < plain


def test_telling_words_are_without_articles_and_endings() -> None:
    assert [w.key for w in telling_words("The l'orchestre of Vell's bread-bin", EN)] == [
        "orchestre",
        "vell",
        "bread",
        "bin",
    ]
    assert [w.key for w in telling_words("面包师", languages()["zh"])] == ["面包", "包师"]


TAUGHT = Target(
    "Marisa Vell",
    facts=["Marisa Vell mapped the delta with Brendan Garrow.", "She founded the Tarn Oil Company."],
    description="cartographer",
)


@pytest.mark.parametrize(
    ("text", "merely"),
    [
        ("| Brendan Garrow | umbrellas |", True),
        ("Garrow sells umbrellas.", True),
        ("Brendan Garrow mapped the delta with somebody.", False),
        ("Brendan Garrow taught the cartographer.", False),
        ("The Tarn Oil Company is old.", False),
        ("Ida Lund makes rope.", False),
    ],
)
def test_the_name_of_somebody_in_a_fact_tells_nothing_alone(text: str, merely: bool) -> None:
    knowledge = Knowledge([TAUGHT], EN, (), {})
    assert knowledge.merely_names(text) is merely
    if merely:
        assert knowledge.told(text).count == 0
