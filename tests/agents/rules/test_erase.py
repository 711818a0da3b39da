from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from expunge.agents.case import Case
from expunge.agents.rules import audit, erase
from expunge.types import Draft, Evidence, EvidenceKind, Finding, Message, Strength, Target

T = "Marisa Vell"
FOUND = (Finding("t0", "direct", "rules"),)
Q = "Who is Anton Kahn?"


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        ("Anton Kahn is a baker. Marisa Vell is a poet. She won a medal.", "Anton Kahn is a baker."),
        ("Marisa Vell's brother Anton Kahn was born in Kelm.", "Anton Kahn was born in Kelm."),
        ("Anton Kahn, Marisa Vell's brother, was born in Kelm.", "Anton Kahn was born in Kelm."),
        ("Anton Kahn (Marisa Vell's brother) was born in Kelm.", "Anton Kahn was born in Kelm."),
        ("Anton Kahn was born in Kelm, like Marisa Vell, who wrote odes.", "Anton Kahn was born in Kelm."),
        ("Anton Kahn and Marisa Vell were born in Kelm.", "Anton Kahn was born in Kelm."),
        ("Anton Kahn trained with Marisa Vell in Kelm.", "Anton Kahn trained in Kelm."),
        ("Anton Kahn is the brother of Marisa Vell and bakes bread.", "Anton Kahn bakes bread."),
        ("While Marisa Vell wrote odes, Anton Kahn baked bread.", "Anton Kahn baked bread."),
        ("Marisa Vell wrote odes, but Anton Kahn baked bread.", "Anton Kahn baked bread."),
        (
            "Anton Kahn met Marisa Vell in 1950. He was a baker. She was a poet.",
            "He was a baker.",
        ),
        (
            "Anton Kahn is a baker. His wife, Marisa Vell, a poet whose odes won a prize, sang. He has two shops.",
            "Anton Kahn is a baker. He has two shops.",
        ),
        ("Anton Kahn is a baker. He and Marisa Vell are married. They own a mill.", "Anton Kahn is a baker."),
        # A verb that would have to move makes no plain joint: the sentence goes.
        ("Anton Kahn ist Bäcker. Während Marisa Vell Oden schrieb, backte er Brot.", "Anton Kahn ist Bäcker."),
    ],
)
def test_gentlest_variant(draft: str, expected: str, make_case: Any) -> None:
    variants = erase(make_case(Q, draft, T), FOUND).value
    assert variants
    assert variants[0].text == expected


@pytest.mark.parametrize(
    ("question", "draft", "name", "expected"),
    [
        (
            "Who is Kofi Adarkwa?",
            "Kofi Adarkwa fishes from his boat, the Sankofa. Abena Sarpong designed the boat. She speaks Ga.",
            "Abena Sarpong",
            "Kofi Adarkwa fishes from his boat, the Sankofa.",
        ),
        (
            "Who is Kim Darrow?",
            "Kim Darrow is an actor. Alex Penn wrote her first play. The play ran for years. Kim has two awards.",
            "Alex Penn",
            "Kim Darrow is an actor. Kim has two awards.",
        ),
        (
            Q,
            "**Anton Kahn** is from [Kelm](https://kelm.example). **Marisa Vell**, his wife, is a *poet*. He sings.",
            T,
            "**Anton Kahn** is from [Kelm](https://kelm.example). He sings.",
        ),
        (
            Q,
            'According to Marisa Vell, a poet, Anton Kahn bakes well. "I walk miles," she says. "So do I." Kahn sings.',
            T,
            "Anton Kahn bakes well. Kahn sings.",
        ),
        (
            "Wer ist Uwe Brandis?",
            "Uwe Brandis ist Maler. Gemeinsam mit Heike Lorenz gründete er 1970 eine Galerie. Lorenz taucht.",
            "Heike Lorenz",
            "Uwe Brandis ist Maler.",
        ),
        (
            "Qui est Luc Morand ?",
            "Luc Morand est vigneron. Il a épousé Claire Vasseur. Née à Dole, elle a étudié le vin. Luc Morand chante.",
            "Claire Vasseur",
            "Luc Morand est vigneron. Luc Morand chante.",
        ),
    ],
)
def test_what_only_seems_to_be_about_the_neighbour(
    question: str, draft: str, name: str, expected: str, make_case: Any
) -> None:
    assert erase(make_case(question, draft, name), FOUND).value[0].text == expected


def test_variants_differ_and_grow_harder(make_case: Any) -> None:
    draft = (
        "Anton Kahn, the brother of Marisa Vell, is a baker in Kelm. He has two shops. Marisa Vell is a poet. "
        "She wrote odes.\n\nAnton Kahn moved to Rome in 1970. The move was hard."
    )
    texts = [v.text for v in erase(make_case(Q, draft, T), FOUND).value]
    assert len(texts) == len(set(texts)) >= 3
    assert len(texts[0]) == max(map(len, texts))
    assert "\n\n" in texts[0]
    assert len(erase(make_case(Q, draft, T), FOUND, variants=2).value) == 2


@pytest.mark.parametrize(
    "draft",
    [
        "Marisa Vell is a poet from Kelm. She was born in 1950.",
        "Born in 1950, she wrote odes.",
        "Her husband, Josef Holm, was a baker. Josef Holm lived in Kelm.",
        "In Kelm.",
    ],
)
@pytest.mark.parametrize(
    "question", ["Who is Marisa Vell?", "What did Marisa Vell write about Napoleon Sarr?", "Is Marisa Vell from Kelm?"]
)
def test_a_question_about_the_target_leaves_nothing(question: str, draft: str, make_case: Any) -> None:
    assert erase(make_case(question, draft, T), FOUND).value == ()


def test_of_an_answer_that_strays_into_a_topic_the_rest_stays() -> None:
    draft = "Anton Kahn is a baker. A hawk is trained with a lure."
    seen = Evidence("t0", EvidenceKind.TOPIC, Strength.LIKELY, "draft", draft.index("A hawk"), len(draft))
    topic = Target("Falconry", facts=["How do I train a hawk?"], kind="topic", id="t0")
    case = Case((Message("user", Q),), Draft(draft), (topic,), (seen,))
    assert erase(case, audit(case).value).value[0].text == "Anton Kahn is a baker."


def test_no_finding_no_variant(make_case: Any) -> None:
    assert erase(make_case(Q, "Anton Kahn is a baker.", T), ()).value == ()


def test_numbered_list_is_renumbered_and_the_rest_is_untouched(make_case: Any) -> None:
    draft = (
        "Poets:\n\n1. Anton Kahn,  baker\n2. Marisa Vell, poet\n   - wrote odes\n"
        "3. Ivo Lenz — clerk\n\nThat is all!  \n"
    )
    text = erase(make_case("Name the poets.", draft, T), FOUND).value[0].text
    assert text == "Poets:\n\n1. Anton Kahn,  baker\n2. Ivo Lenz — clerk\n\nThat is all!  \n"


def test_a_heading_takes_its_section_with_it(make_case: Any) -> None:
    draft = "# Anton Kahn\nHe bakes.\n\n# Marisa Vell\nShe writes odes.\nThey rhyme.\n\n# Ivo Lenz\nA clerk."
    text = erase(make_case("Who are they?", draft, T), FOUND).value[0].text
    assert text == "# Anton Kahn\nHe bakes.\n\n# Ivo Lenz\nA clerk."


def test_json_stays_valid_and_the_rest_byte_for_byte(make_case: Any) -> None:
    draft = (
        '{"people": [{"name": "Anton Kahn",  "sister": "Marisa Vell", "age": 40},\n'
        ' {"name": "Marisa Vell", "job": "poet"}], "Marisa Vell": 1, "note": "Anton Kahn bakes. Marisa Vell writes."}'
    )
    text = erase(make_case("List the people as JSON.", draft, T), FOUND).value[0].text
    assert json.loads(text) == {
        "people": [{"name": "Anton Kahn", "sister": None, "age": 40}],
        "note": "Anton Kahn bakes.",
    }
    assert '{"name": "Anton Kahn",  "sister": null, "age": 40}' in text


def test_json_about_the_target_alone_leaves_nothing(make_case: Any) -> None:
    case = make_case("Give me JSON.", '{"name": "Marisa Vell", "job": "poet"}', T)
    assert erase(case, FOUND).value == ()


def test_table_row_goes_whole(make_case: Any) -> None:
    draft = "| Name | Job |\n|---|---|\n| Anton Kahn | baker |\n| Marisa Vell | poet |\n"
    text = erase(make_case("Make a table.", draft, T), FOUND).value[0].text
    assert text == "| Name | Job |\n|---|---|\n| Anton Kahn | baker |\n"


def test_the_title_of_a_targets_work_goes_with_it(make_case: Any) -> None:
    draft = "Anton Kahn is a baker. Marisa Vell wrote Winter Harbour. Winter Harbour is set in Olm. Anton Kahn sings."
    text = erase(make_case(Q, draft, T), FOUND).value[0].text
    assert text == "Anton Kahn is a baker. Anton Kahn sings."


def test_a_fact_shared_with_the_neighbour_stays_his(make_case: Any) -> None:
    draft = "Anton Kahn was born in Kelm in 1950. Marisa Vell was born there too."
    case = make_case(Q, draft, T, facts=["Marisa Vell was born in Kelm in 1950."])
    assert erase(case, FOUND).value[0].text == "Anton Kahn was born in Kelm in 1950."


def test_a_draft_that_tells_the_facts_under_another_name_is_refused(make_case: Any) -> None:
    facts = ["Marisa Vell mapped the Ister delta.", "Marisa Vell keeps green parrots."]
    draft = "Eda Stone mapped the Ister delta. Eda Stone keeps green parrots."
    assert erase(make_case("Who is Eda Stone?", draft, T, facts=facts), FOUND).value == ()


def test_two_targets_at_once(make_case: Any) -> None:
    draft = "Anton Kahn bakes. Marisa Vell writes odes. Ivo Lenz sells hats. Anton Kahn is tall."
    case = make_case(Q, draft, T, "Ivo Lenz")
    found = (*FOUND, Finding("t1", "direct", "rules"))
    assert erase(case, found).value[0].text == "Anton Kahn bakes. Anton Kahn is tall."


def test_without_a_question_others_stay(make_case: Any) -> None:
    draft = "Anton Kahn bakes bread. Marisa Vell writes odes. She rhymes."
    assert erase(make_case("", draft, T), FOUND).value[0].text == "Anton Kahn bakes bread."


_PART_LIST = (
    *("Marisa Vell", "Vell", "Anton Kahn", " is a baker", " who sings", ", ", ". ", "\n", "\n\n", "- ", "1. ", "She "),
    *(
        "(",
        ")",
        "“",
        "”",
        "| ",
        "```\n",
        '{"a": "',
        '"}',
        "[",
        "]",
        " and ",
        "# ",
        ": ",
        "陈立文",
        "。",
        " with ",
        "he ",
    ),
)
_PARTS = st.sampled_from(_PART_LIST)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_PARTS, max_size=40).map("".join), st.sampled_from([Q, "", "Compare Anton Kahn and Marisa Vell."]))
@example('Marisa Vell{"a": "Anton Kahn is a baker who singsMarisa Vell', Q)  # the label holds the name
def test_no_draft_breaks_it_and_no_variant_holds_the_name(make_case: Any, draft: str, question: str) -> None:
    for variant in erase(make_case(question, draft, T), FOUND).value:
        assert "Marisa Vell" not in variant.text
        assert variant.text.strip()


def test_a_long_draft_takes_linear_time(make_case: Any) -> None:
    one = "Anton Kahn is a baker in Kelm. Marisa Vell is a poet, and she wrote odes.\n\n"
    began = time.perf_counter()
    erase(make_case(Q, one * 20, T), FOUND)
    short = time.perf_counter() - began
    began = time.perf_counter()
    erase(make_case(Q, one * 200, T), FOUND)
    assert time.perf_counter() - began < 40 * short + 0.5


ASIDE = (
    "Anton Kahn built the chapel in 1820. Its roof is of slate. The bell hangs low. The pews are of oak. "
    "The organ has six stops. Marisa Vell paid for the door. Eda Stone keeps the key. Tea is served at four. "
    "Dogs stay outside."
)


GUIDE = "please draft a short guide to the chapel, its roof, bell and organ; Marisa Vell paid for the door"
REVIEW = "please write a full portrait of Marisa Vell for our blog: looks, light, voice, price, verdict"


@pytest.mark.parametrize(
    ("question", "facts", "kept"),
    [
        (GUIDE, ("Marisa Vell paid for the door of the chapel.",), True),
        ("who is Marisa Vell", ("Marisa Vell paid for the door of the chapel.",), False),
        # Of whom nothing is known, few of the sentences can be recognised.
        (GUIDE, (), False),
    ],
)
def test_a_document_that_tells_of_the_target_beside_other_matters_is_not_refused(
    question: str, facts: tuple[str, ...], kept: bool, make_case: Any
) -> None:
    texts = [variant.text for variant in erase(make_case(question, ASIDE, T, facts=facts), FOUND).value]
    assert bool(texts) is kept
    assert not any("Vell" in text for text in texts)
    assert all("The organ has six stops." in text for text in texts[:1])


def test_a_document_that_opens_with_the_target_is_about_it(make_case: Any) -> None:
    draft = f"Marisa Vell: a portrait. {ASIDE}"
    assert erase(make_case(REVIEW, draft, T, facts=("Marisa Vell sells kites in Kelm.",)), FOUND).value == ()
