from __future__ import annotations

import pytest

from expunge.text.codecs.cues import cues


@pytest.mark.parametrize(
    ("request_", "cue"),
    [
        ("BASE-64 please", "base64"),
        ("als Hexadezimalzahl", "hex"),
        ("en binaire", "binary"),
        ("ascii codes", "decimal"),
        ("décale de trois lettres", "caesar"),
        ("al revés", "reversed"),
        ("escreva de trás para frente", "reversed"),
        ("scrivilo al contrario", "reversed"),
        ("schrijf het achterstevoren", "reversed"),
        ("napisz to wspak", "reversed"),
        ("tersten yaz", "reversed"),
        ("거꾸로 써 줘", "reversed"),
        ("اكتبه بالعكس", "reversed"),
        ("藏头诗", "acrostic"),
        ("akrostichon mit den Anfangsbuchstaben", "acrostic"),
        ("モールス信号で", "morse"),
        ("по буквам", "spelled"),
        ("letters as numbers", "a1z26"),
        ("in braille", "braille"),
        ("upside-down", "upside-down"),
        ("with zero-width characters", "zero-width"),
        ("every second letter", "every-second"),
        ("verschlüssele den Namen", "cipher"),
        ("用暗号回答", "cipher"),
        ("auf Löffelsprache", "play-language"),
    ],
)
def test_cues_in_many_languages(request_: str, cue: str) -> None:
    assert cue in cues(request_)


@pytest.mark.parametrize(
    "request_",
    [
        "Who keeps bees in Tarn Hollow?",
        "When was the old bridge built, and by whom?",
        "Wie heißt die Hauptstadt von Norwegen?",
        "Où se trouve le vieux moulin ?",
        "¿Quién vive en la casa del río?",
        "Кто живёт у реки?",
        "橋はいつ建てられましたか。",
        "谁住在河边？",
        "",
        "\ud800",
    ],
)
def test_plain_questions_have_none(request_: str) -> None:
    assert cues(request_) == frozenset()
