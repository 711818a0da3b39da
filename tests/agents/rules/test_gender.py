"""Whether somebody is spoken of as a man or a woman."""

from __future__ import annotations

import pytest

from expunge.agents.rules.gender import gender_beside, gender_of, gender_of_name
from expunge.agents.rules.language import languages
from expunge.text.segment import Span
from expunge.types import Target


@pytest.mark.parametrize(
    ("target", "gender"),
    [
        (Target("Kim Darrow", facts=["She paints."]), "female"),
        (Target("Kim Darrow", facts=["His boat sank."]), "male"),
        (Target("Kim Darrow", description="widow of the ringer"), "female"),
        (Target("Otto Darrow"), "male"),
        (Target("Xq Darrow"), None),
    ],
)
def test_facts_tell_the_gender(target: Target, gender: str | None) -> None:
    assert gender_of(target, languages()["en"]) == gender


@pytest.mark.parametrize(
    ("code", "text", "gender"),
    [
        ("en", "his sister Kim", "female"),
        ("en", "Mr. Kim", "male"),
        ("en", "the harbour, Kim", None),
        ("de", "die Töpferin Kim", "female"),
        ("en", "Kim", None),
    ],
)
def test_a_word_before_a_name_tells_the_gender(code: str, text: str, gender: str | None) -> None:
    assert gender_beside(text, text.index("Kim"), languages()[code]) == gender


@pytest.mark.parametrize(
    ("name", "gender"),
    [("Otto Darrow", "male"), ("Karla", None), ("Karla Holt", "female"), ("Xq Darrow", None), ("", None)],
)
def test_a_given_name_tells_the_gender(name: str, gender: str | None) -> None:
    assert gender_of_name(Span(0, len(name)), name) == gender
