from __future__ import annotations

import pytest

from expunge.text.invented import in_case_of, invented_like, script_of

WORDS = {
    "latin": "Fenwick",
    "cyrillic": "Фенвик",
    "greek": "Φένγουικ",
    "arabic": "فينويك",
    "hebrew": "פנוויק",
    "devanagari": "फेनविक",
    "bengali": "ফেনউইক",
    "thai": "เฟนวิค",
    "katakana": "フェンウィック",
    "hiragana": "はなこ",
    "hangul": "펜윅",
    "han": "山田花子",
}


@pytest.mark.parametrize(("script", "word"), WORDS.items())
def test_the_same_script_and_another_word(script: str, word: str) -> None:
    assert script_of(word) == script
    invented = {invented_like(word, f"seed {i}") for i in range(20)}
    assert word not in invented
    assert len(invented) > 10
    assert {script_of(name or "") for name in invented} == {script}
    assert invented_like(word, "seed 1") == invented_like(word, "seed 1")


@pytest.mark.parametrize(("word", "ends"), [("Marta", "a"), ("Анна", "а"), ("Bruno", "o")])
def test_the_last_vowel_stays(word: str, ends: str) -> None:
    assert all((invented_like(word, str(i)) or "").endswith(ends) for i in range(10))


def test_the_length_and_the_case() -> None:
    assert len(invented_like("山田花子", "x") or "") == 4
    assert (invented_like("FENWICK", "x") or "").isupper()
    assert (invented_like("fenwick", "x") or "").islower()
    assert len(invented_like("Featherstonehaugh", "x") or "") > len(invented_like("Fenwick", "x") or "")


@pytest.mark.parametrize("word", ["", "1234", "ⴰⵎⴰⵣⵉⵖ"])
def test_no_syllables_for_it(word: str) -> None:
    assert invented_like(word, "x") is None


@pytest.mark.parametrize(
    ("model", "word", "expected"),
    [
        ("TOV", "orla", "ORLA"),
        ("Tov", "orla", "Orla"),
        ("tov", "Orla", "orla"),
        ("T", "orla", "Orla"),
        ("山", "X", "X"),
    ],
)
def test_in_case_of(model: str, word: str, expected: str) -> None:
    assert in_case_of(model, word) == expected
