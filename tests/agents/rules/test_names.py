"""Names as they are written in a text."""

from __future__ import annotations

import pytest

from expunge.agents.rules.language import language_of, languages
from expunge.agents.rules.names import full_names, name_runs, name_tokens, spelled, word_before
from expunge.types import Target


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("Marisa Vell", "marisa  vell", 1),
        ("Bill", "Split the bill.", 0),
        ("Bill", "Then Bill came.", 1),
        ("Вера Тарлова", "О Вере Тарловой", 1),
        ("林秀英", "林秀英是诗人", 1),
    ],
)
def test_names_are_found_as_they_are_spelled(name: str, text: str, found: int) -> None:
    assert len(spelled(text, Target(name))) == found


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Orla Fenwick studied with Brendan Garrow at Skelwith.", ["Orla Fenwick", "Brendan Garrow"]),
        ("Sie lernte bei Torben Askling den Orgelbau.", ["Torben Askling"]),
        ("Elle a fondé la verrerie avec Luc Terrasson.", ["Luc Terrasson"]),
        ("He is the husband of Joris Hask.", ["Joris Hask"]),
        ("She wrote Silent Harrow.", []),
        ("She is the author of Silent Harrow.", []),
        ("She runs the Tarn Oil Company.", []),
        ("She wrote “Tarn Hollow” in Kelm.", []),
        ("She won the Skelwith Prize.", []),
    ],
)
def test_full_names_in_a_text(text: str, names: list[str]) -> None:
    assert list(full_names(text, language_of(text))) == names


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("Then Dr. Orla Fenwick of Kelm met J. van den Berg.", ["Dr. Orla Fenwick", "Kelm", "J. van den Berg"]),
        ("She left. Orla stayed in May.", ["Orla"]),
        ("Orla's boat; l'Arsenal", ["Orla", "Arsenal"]),
        ("nobody at all", []),
    ],
)
def test_runs_of_capitals(text: str, runs: list[str]) -> None:
    found = name_runs(text, languages()["en"])
    assert [text[run[0].start : run[-1].end] for run in found] == runs


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("J. van den Berg", {"berg"}),
        ("Orla Fenwick's", {"orla", "fenwick"}),
        ("林秀英", {"林秀英"}),
        ("", set()),
    ],
)
def test_what_tells_a_name_from_others(name: str, tokens: set[str]) -> None:
    assert name_tokens(name) == tokens


@pytest.mark.parametrize(("text", "word"), [("The Marsh", "the"), ("in  Kelm", "in"), ("Marsh", ""), ("so, Marsh", "")])
def test_the_word_before_a_name(text: str, word: str) -> None:
    assert word_before(text, len(text) - len(text.split()[-1])) == word
