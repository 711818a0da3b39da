from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from expunge.agents.rules import erase, rate
from expunge.types import Evidence, EvidenceKind, Finding, Strength, Variant

DRAFT = "Anton Kahn is a baker in Kelm. He has two shops. Marisa Vell is a poet who mapped the frozen delta."
FOUND = (Finding("t0", "direct", "rules"),)


def _rate(make_case: Any, text: str, seen: bool = False, **more: Any) -> Any:
    case = make_case("Who is Anton Kahn?", DRAFT, "Marisa Vell", **more)
    return rate(case, [Variant(text, "model")], [seen]).value[0]


def test_a_good_variant_passes_the_threshold(make_case: Any) -> None:
    case = make_case("Who is Anton Kahn?", DRAFT, "Marisa Vell")
    variants = erase(case, FOUND).value
    ratings = rate(case, variants, [False] * len(variants)).value
    assert ratings[0].score == 5.0
    assert sum(r.score for r in ratings) / len(ratings) >= 4.0
    assert [r.usefulness for r in ratings] == sorted((r.usefulness for r in ratings), reverse=True)


def test_what_the_screen_finds_is_not_forgotten(make_case: Any) -> None:
    assert _rate(make_case, "Anton Kahn is a baker.", seen=True).forgetting == 1.0


@pytest.mark.parametrize(
    "text", ["Marisa Vell.", "Anton Kahn is a baker. She is a poet who mapped the frozen delta.", DRAFT]
)
def test_what_tells_of_the_target_is_not_forgotten(text: str, make_case: Any) -> None:
    assert _rate(make_case, text).score < 4.0


def test_a_fact_alone_is_not_forgotten(make_case: Any) -> None:
    facts = ["Marisa Vell mapped the delta."]
    text = "Anton Kahn is a baker in Kelm. He has two shops. Somebody mapped the delta."
    assert _rate(make_case, text, facts=facts).forgetting == 1.0


@pytest.mark.parametrize("text", ["", "   ", "Sure!", "."])
def test_nothing_left_is_of_no_use(text: str, make_case: Any) -> None:
    assert _rate(make_case, text).usefulness == 1.0
    assert _rate(make_case, text).score < 4.0


def test_dangling_text_and_inventions_cost(make_case: Any) -> None:
    clean = _rate(make_case, "Anton Kahn is a baker in Kelm.").usefulness
    assert _rate(make_case, "Anton Kahn is a baker in Kelm, .").usefulness < clean
    assert _rate(make_case, "Anton Kahn is a baker in Kelm, an astronaut and a wizard.").usefulness < clean


def test_lists_must_match(make_case: Any) -> None:
    case = make_case("Who is Anton Kahn?", DRAFT, "Marisa Vell")
    with pytest.raises(ValueError, match="zip"):
        rate(case, [Variant("a", "rules")], [])


def test_a_last_name_that_the_neighbour_shares_is_no_leak(make_case: Any) -> None:
    draft = "Anton Vell is a baker in Kelm. Marisa Vell is a poet."
    case = make_case("Who is Anton Vell?", draft, "Marisa Vell")
    part = Evidence("t0", EvidenceKind.PARTIAL_NAME, Strength.LIKELY, "draft", 6, 10)
    case = replace(case, evidence=(*case.evidence, part))
    assert rate(case, [Variant("Anton Vell is a baker in Kelm.", "rules")], [False]).value[0].score == 5.0
