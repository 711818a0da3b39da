"""How common a word is, whatever language it is in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from expunge.text.frequencies import commonest, word_list, zipf_frequency

RARE = 2.5
"""Zipf frequency under which a word is rare: less than once in about three million words."""

_ENOUGH = 20
"""Words from which the language of a text is told."""

GLUE = 5.3
"""Zipf frequency from which a word only holds a sentence together: about the 500 commonest."""


_ABJAD = ("ar", "fa")
_CARRIERS = {"\u0627": "\u0623\u0625\u0622", "\u0648": "\u0624", "\u064a": "\u0626"}
"""Letters that folding leaves of those with a hamza, which the tables of frequencies tell apart."""
_ENDINGS = {"\u0647": "\u0629", "\u064a": "\u0649"}


@lru_cache(maxsize=50_000)
def zipf(word: str) -> float:
    """The Zipf frequency of a folded token, 0 (never seen) to about 8 ("the"): log10 of its count in 10^9 words.

    Tokens in another script than Latin are looked up in the languages written in it.
    """
    languages = _languages(word)
    if word.isascii() and word.isalnum():
        return commonest(word, languages)
    if languages == _ABJAD:
        return max(zipf_frequency(form, language) for form in _before_folding(word) for language in languages)
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


def _before_folding(word: str) -> Iterator[str]:
    """What a folded word in Arabic letters may have been: folding takes one hamza, and what marks an ending, off it."""
    endings = {word, word[:-1] + _ENDINGS.get(word[-1], word[-1])}
    for ending in endings:
        yield ending
        for place, letter in enumerate(ending):
            for carrier in _CARRIERS.get(letter, ""):
                yield ending[:place] + carrier + ending[place + 1 :]


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
        return _ABJAD
    if code < 0xA00:
        return ("hi",)
    return ("en",)
