from __future__ import annotations

import pytest

from expunge.text.normalise import fold
from expunge.text.rarity import RARE, zipf, zipf_among


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
