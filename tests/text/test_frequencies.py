from __future__ import annotations

import pytest
from wordfreq import zipf_frequency as reference

from expunge.text.frequencies import word_list, zipf_frequency

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
    assert words.zipf("zzyzxq") is None
