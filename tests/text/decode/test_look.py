from __future__ import annotations

import pytest

from expunge.text.decode.look import Look, common_pairs, cues, function_words


@pytest.mark.parametrize(
    "text",
    [
        "The mill stands by the river and is open to all.",
        "Die Mühle steht am Fluss und ist nicht weit von der Stadt.",
        "Le moulin est sur la rive et il est ouvert.",
        "Мельница стоит у реки.",
        "水車小屋は川のそばにある。",
        "Paris",
        "Beatrice",
    ],
)
def test_languages_look_natural(text: str) -> None:
    assert Look.at(text).natural


@pytest.mark.parametrize(
    "text", ["Gur zvyy fgnaqf ol gur evire", "Xqsz Kpwjbnq", "3f2a9c1 e83c516", "", "zzz qqq xkcd"]
)
def test_shifted_and_random_texts_do_not(text: str) -> None:
    assert not Look.at(text).natural


@pytest.mark.parametrize(
    ("text", "jagged"), [("iPhone", True), ("H2O", True), ("QWFh", True), ("McAdam Ab NASA 42", True)]
)
def test_capitals_and_digits_inside_words(text: str, jagged: bool) -> None:
    assert Look.at(text).jagged is jagged


@pytest.mark.parametrize("text", ["Plain words, Only Titles, and NASA in 1999.", ""])
def test_plain_words_are_not_jagged(text: str) -> None:
    assert not Look.at(text).jagged


def test_words_split_at_signs_in_ascii_and_beyond() -> None:
    assert Look.at("Don't b-a_c!").words == ["don", "t", "b", "a", "c"]
    assert Look.at("Ünïq b-a_c!").words == ["ünïq", "b", "a", "c"]


def test_counts() -> None:
    assert function_words("The cat and THE dog") == 3
    assert common_pairs("") == 0.0
    assert common_pairs("there") > 0.9 > 0.1 > common_pairs("qzxjk")


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
