from __future__ import annotations

from typing import Any

from expunge.agents.rules import compose
from expunge.types import Variant

DRAFT = "Anton Kahn is a baker in Kelm. He has two shops. Marisa Vell is a poet who mapped the frozen delta."


def _compose(make_case: Any, *texts: str) -> str:
    case = make_case("Who is Anton Kahn?", DRAFT, "Marisa Vell")
    text: str = compose(case, [Variant(t, "rules") for t in texts]).value
    return text


def test_the_clean_variant_that_keeps_most(make_case: Any) -> None:
    best = "Anton Kahn is a baker in Kelm. He has two shops."
    assert _compose(make_case, DRAFT, "Anton Kahn is a baker in Kelm.", best) == best


def test_equals_go_to_the_first(make_case: Any) -> None:
    one, two = "He has two shops in Kelm.", "In Kelm he has two shops."
    assert _compose(make_case, one, two) == one


def test_nothing_clean_is_nothing(make_case: Any) -> None:
    assert _compose(make_case, DRAFT, "She is a poet who mapped the frozen delta.") == ""
    assert _compose(make_case) == ""
