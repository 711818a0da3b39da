from __future__ import annotations

import pytest
from wordfreq import zipf_frequency as reference
from wordfreq.tokens import lossy_tokenize

from benchmarks.word_lists import LANGUAGES, table
from expunge.text.fold import fold
from expunge.text.frequency import FOLDER, RARE, key, tokens, word_list, zipf, zipf_among, zipf_frequency

WORDS = [
    "the",
    "harbour",
    "lighthouse",
    "marionette",
    "fenwick",
    "skelwith",
    "zzyzx",
    "a",
    "i",
    "7",
    "17",
    "1931",
    "2019",
    "2031",
    "2095",
    "0007",
    "123456",
    "00",
    "10",
    "covid19",
    "b2b",
    "mp3",
    "4x4",
    "h264",
    "straße",
    "ørsted",
    "año",
    "café",
    "mañana",
    "l",
    "élan",
]


@pytest.mark.parametrize("language", ["en", "fr", "de", "es", "it", "pt"])
def test_words_and_numbers_are_as_common_as_wordfreq_says(language: str) -> None:
    size = "best" if language == "en" else "small"
    for word in WORDS:
        assert zipf_frequency(word, language) == pytest.approx(reference(word, language, wordlist=size), abs=0.011), (
            word
        )


@pytest.mark.parametrize(
    ("word", "language"),
    [
        ("дом", "ru"),
        ("мій", "uk"),
        ("σπίτι", "el"),
        ("בית", "he"),
        ("بيت", "ar"),
        ("خانه", "fa"),
        ("घर", "hi"),
        ("家", "en"),
    ],
)
def test_words_of_other_scripts(word: str, language: str) -> None:
    size = "best" if language == "en" else "small"
    assert zipf_frequency(word, language) == pytest.approx(reference(word, language, wordlist=size), abs=0.011)


def test_a_list_is_small() -> None:
    words = word_list("en")
    assert len(words) > 300_000
    assert "harbour" in words
    assert words.zipf("zzyzxq") is None


def test_what_comes_after_the_last_row_is_in_no_list() -> None:
    words = word_list("hi")
    behind = max((f"{number}" for number in range(200_000)), key=key)
    assert words.zipf(behind) is None


@pytest.mark.parametrize("language", ["hi", "pt"])
def test_the_tables_are_those_that_the_program_makes(language: str) -> None:
    assert (FOLDER / f"{language}.table").read_bytes() == table(language)


def test_each_language_has_its_table_and_no_other() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.table")) == sorted(LANGUAGES)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("l'arc", "fr"),
        ("qu'une", "fr"),
        ("d’heure", "fr"),
        ("o'brien's", "en"),
        ("well-known", "en"),
        ("3.14", "en"),
        ("u.s.a.", "en"),
        ("a_b", "en"),
        ("v2.x", "en"),
        ("10,000.5x", "en"),
        ("nai\u0308ve", "en"),
        ("λέξις", "el"),
        ('ארה"ב', "he"),
        ("كَلِمَة", "ar"),
        ("الحمــد", "ar"),
        ("नमस्ते", "hi"),
        ("家族テスト", "en"),
        ("東京abc1", "en"),
        ("สวัสดี", "en"),
        ("❤️ok", "en"),
        ("--", "en"),
        ("", "en"),
    ],
)
def test_words_are_parted_as_wordfreq_parts_them(text: str, language: str) -> None:
    assert tokens(text, language) == lossy_tokenize(text, language)


@pytest.mark.parametrize(
    ("word", "text", "rare"),
    [
        ("torri", "what did torri paint in the year before", True),
        ("torri", "quante torri ci sono nella citta vecchia", False),
        ("towers", "how many towers are there in the old town", False),
        ("torri", "what did torri", False),
    ],
)
def test_how_common_a_word_is_depends_on_the_language_around_it(word: str, text: str, rare: bool) -> None:
    assert (zipf_among(word, text.split()) < RARE) is rare


def test_without_other_words_or_languages_it_is_as_common_as_anywhere() -> None:
    assert zipf_among("torri", ["torri"]) == zipf("torri")
    assert zipf_among("город", ["где", "этот", "город", "стоит", "на", "реке"]) == zipf("город")


@pytest.mark.parametrize("word", ["المؤلفين", "رئيسيا", "تأثيرا", "المعمارية", "ذكرى"])
def test_folding_does_not_make_an_arabic_word_rare(word: str) -> None:
    assert zipf(fold(word)) >= zipf(word) > RARE
