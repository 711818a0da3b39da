from __future__ import annotations

import pytest

from expunge.text.declension import declined
from expunge.text.fold import fold


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("Соболева", ["Соболеву", "Соболевой"]),
        ("Тучин", ["Тучина", "Тучину", "Тучиным", "Тучине"]),
        ("Верховский", ["Верховского", "Верховскому", "Верховским"]),
        ("Дольська", ["Дольської", "Дольську"]),
        ("Марченко", ["Марченка", "Марченку"]),
        ("Havránek", ["Havránka", "Havránkovi"]),
        ("Nowakowska", ["Nowakowskiej"]),
        ("Škvorecký", ["Škvoreckého", "Škvoreckému"]),
        ("Veselý", ["Veselého", "Veselým"]),
        ("Kostrzewski", ["Kostrzewskiego", "Kostrzewskim"]),
    ],
)
def test_surnames_are_declined(name: str, forms: list[str]) -> None:
    assert {fold(form) for form in forms} <= set(declined(fold(name)))


@pytest.mark.parametrize("name", ["Кот", "Smith", "Virtasalo", "Korkutluoğlu", "山田", "الجبل", ""])
def test_what_is_short_or_of_another_language_is_not(name: str) -> None:
    assert declined(fold(name)) == ()


def test_a_form_that_is_a_commoner_word_is_left_out() -> None:
    assert "нового" not in declined("новыи")
