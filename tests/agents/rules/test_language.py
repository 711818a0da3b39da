import json
from pathlib import Path

import pytest

from expunge.agents.rules.gender import usual_gender
from expunge.agents.rules.language import language_of, languages

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize("part", ["tune", "report"])
def test_drafts_are_in_the_language_they_are_in(part: str) -> None:
    rows = [json.loads(line) for line in (DATA / f"entangled_{part}.jsonl").read_text("utf-8").splitlines()]
    assert [row["id"] for row in rows if language_of(row["draft"], row["question"]).code != row["lang"]] == []


@pytest.mark.parametrize("text", ["", "12 34", "Kelm"])
def test_english_where_nothing_tells(text: str) -> None:
    assert language_of(text).code == "en"


def test_lists_are_case_folded() -> None:
    assert len(languages()) >= 14
    for language in languages().values():
        assert all(word == word.casefold() for word in language.telling)


@pytest.mark.parametrize(
    ("name", "gender"),
    [("Anton", "male"), ("Marisa", "female"), ("Ingrid", "female"), ("Otto", "male"), ("Xq", None), ("Kimmet", None)],
)
def test_usual_gender(name: str, gender: str | None) -> None:
    assert usual_gender(name) == gender
