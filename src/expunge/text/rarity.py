"""How common a word is, whatever language it is in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from expunge.text.frequencies import commonest, word_list, zipf_frequency

RARE = 2.5
"""Zipf frequency under which a word is rare: less than once in about three million words."""

_ENOUGH = 20
"""Words from which the language of a text is told."""

GLUE = 5.3
"""Zipf frequency from which a word only holds a sentence together: about the 500 commonest."""


@lru_cache(maxsize=50_000)
def zipf(word: str) -> float:
    """The Zipf frequency of a folded token, 0 (never seen) to about 8 ("the"): log10 of its count in 10^9 words.

    Tokens in another script than Latin are looked up in the languages written in it.
    """
    languages = _languages(word)
    if word.isascii() and word.isalnum():
        return commonest(word, languages)
    return max(zipf_frequency(word, language) for language in languages)


@lru_cache(maxsize=10_000)
def _zipf_in(word: str, language: str) -> float:
    return zipf_frequency(word, language)


def zipf_among(word: str, words: Sequence[str]) -> float:
    """The Zipf frequency of a folded token in the language of the text that it stands in, given all its `words`.

    "varchi" is a common noun in Italian and a name in English. Of fewer than three other words nothing is
    concluded: then it is `zipf`.
    """
    languages = _languages(word)
    others = [w for w in words[:_ENOUGH] if w != word and _languages(w) == languages]
    if len(languages) == 1 or len(others) < 3:
        return zipf(word)
    likely = max(languages, key=lambda language: sum(_zipf_in(w, language) for w in others))
    return _zipf_in(word, likely)


def is_rare(word: str) -> bool:
    """Whether a word is so rare that it points at somebody by itself."""
    return zipf(word) < RARE


def is_kana_word(run: str) -> bool:
    """Whether a run of kana is a word or a given name of everyday Japanese ("ジェームズ")."""
    return run in word_list("ja")


def _languages(word: str) -> tuple[str, ...]:
    code = ord(word[0]) if word else 0
    if code < 0x250:
        return ("en", "fr", "de", "es", "it", "pt")
    if code < 0x400:
        return ("el",)
    if code < 0x530:
        return ("ru", "uk")
    if code < 0x600:
        return ("he",)
    if code < 0x780:
        return ("ar", "fa")
    if code < 0xA00:
        return ("hi",)
    return ("en",)
