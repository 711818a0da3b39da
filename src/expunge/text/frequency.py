"""Word frequencies in 14 languages, from the tables in `word_lists`, which are made from those of `wordfreq`.

A table is a sorted array of 64-bit numbers, one per word: 54 bits of its digest and 10 bits for its frequency. It is
mapped into memory from the disk, so that nothing is loaded and the processes of a machine share it. Of 5 * 10^10 words
that are not in the English table, one is mistaken for a word that is.
"""

from __future__ import annotations

import mmap
import re
import sys
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from math import log10, prod
from pathlib import Path

FOLDER = Path(__file__).with_name("word_lists")
"""Where the tables lie, `<language>.table`."""
PLACES = 1 << 10
"""How many places a table tells apart. Each is a hundredth of a power of ten rarer than the last."""

_RUN = re.compile(r"[0-9]{2,}")
_LEADING = (0.009, 0.300, 0.175, 0.124, 0.096, 0.078, 0.066, 0.057, 0.050, 0.045)
_THIS_YEAR, _PLATEAU = 2019, 20
_TOP = 9.0
"""The Zipf frequency of a word that is all there is: 10^9 in 10^9 words."""

_ABJADS = frozenset({"ar", "fa", "he"})
_COMPATIBLE = frozenset({*_ABJADS, "hi", "ja"})
"""Languages whose letters are looked up in their compatible forms (NFKC); those of the others as composed (NFC)."""
_UNSPACED = re.compile(
    # Han, kana, Thai, Lao, Burmese, Khmer, Tai: a run of them is one word.
    "[\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff6f\uff71-\uff9d\U00020000-\U0003ffff"
    "\u0e01-\u0e3a\u0e40-\u0e5b\u0e81-\u0edf\u1000-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf]+"
)
_BEFORE_VOWEL = re.compile("(\\w\\w?)'[aehiouyáéíóúàèìòùâêîôûåïöœ]")
"""The French l', d' and qu', which are words of their own."""
_WITHIN_WORDS = frozenset("'’‘․.:·‧︓﹕：﹒．＇")
_WITHIN_NUMBERS = frozenset("'’‘․.,;;،٫٬︐︔﹐﹔，；﹒．＇")


class WordList:
    """The frequency of each word in one list."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._rows: Sequence[int] = memoryview(data).cast("Q")
        if sys.byteorder == "big":
            swapped = array("Q", self._rows)
            swapped.byteswap()
            self._rows = swapped

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, word: str) -> bool:
        return self.zipf(word) is not None

    def zipf(self, word: str) -> float | None:
        """The Zipf frequency of a word, None if the list does not have it."""
        wanted = key(word)
        at = bisect_left(self._rows, wanted)
        if at == len(self._rows) or self._rows[at] - wanted >= PLACES:
            return None
        return _TOP - (self._rows[at] - wanted) / 100


@lru_cache(maxsize=1_000)
def key(word: str) -> int:
    """The digest by which a table knows a word, with room for its place."""
    digest = blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") & ~(PLACES - 1)


@cache
def word_list(language: str) -> WordList:
    """The list of a language: some 320,000 words of English, some 30,000 of each other."""
    return WordList(FOLDER / f"{language}.table")


def zipf_frequency(word: str, language: str) -> float:
    """The Zipf frequency of a folded token in a language, as `wordfreq` gives it: 0 for what its list does not have."""
    words = word_list(language)
    if word.isascii() and word.isalnum():
        return _of_token(words, word)
    found = [_of_token(words, token) for token in tokens(word, language)]
    if not found or not all(found):
        return 0.0
    return round(max(0.0, -log10(sum(10.0**-zipf for zipf in found))), 2)


def commonest(token: str, languages: tuple[str, ...]) -> float:
    """The highest Zipf frequency that a token of ASCII letters and digits has in any of some languages."""
    smashed = _RUN.sub(lambda run: "0" * len(run[0]), token)
    known = max(
        (zipf for language in languages if (zipf := word_list(language).zipf(smashed)) is not None), default=0.0
    )
    return _rounded(known, smashed, token)


def tokens(text: str, language: str) -> list[str]:
    """The words of a text as the lists have them, parted as `wordfreq` does it: at the word boundaries of Unicode."""
    text = unicodedata.normalize("NFKC" if language in _COMPATIBLE else "NFC", text)
    if language in _ABJADS:
        text = "".join(char for char in text if unicodedata.category(char) != "Mn" and char != "ـ")
    text = unicodedata.normalize("NFC", text.casefold())
    found = []
    at = 0
    while at < len(text):
        end, wordlike = _token_end(text, at)
        if wordlike:
            found.append(text[at:end].strip("'").casefold().replace("’", "'").replace("‘", "'"))
        at = end
    return found


def _token_end(text: str, start: int) -> tuple[int, bool]:
    """Return the end of the token that begins at `start`, and whether it is a word rather than a sign between words."""
    if run := _UNSPACED.match(text, start):
        return run.end(), True
    kind = _kind(text[start])
    if kind == "symbol":
        return _past_marks(text, start + 1), True
    if kind not in ("letter", "digit", "joiner", "mark"):
        return start + 1, False
    if particle := _BEFORE_VOWEL.match(text, start):
        return particle.end(1) + 1, True
    at = _past_marks(text, start + 1)
    while at < len(text) and not _UNSPACED.match(text, at):
        following = _kind(text[at])
        if following not in ("letter", "digit", "joiner"):
            # A sign within a word or a number joins what stands on both sides of it.
            beyond = _past_marks(text, at + 1)
            after = _kind(text[beyond]) if beyond < len(text) and not _UNSPACED.match(text, beyond) else ""
            within = {"letter": _WITHIN_WORDS, "digit": _WITHIN_NUMBERS}.get(kind, frozenset())
            hebrew = (
                text[at] == '"'
                and "\u05d0" <= text[at - 1] <= "\u05f2"
                and "\u05d0" <= text[beyond : beyond + 1] <= "\u05f2"
            )
            if after != kind or not (hebrew or text[at] in within):
                break
            at, following = beyond, after
        kind = following
        at = _past_marks(text, at + 1)
    return at, True


def _past_marks(text: str, at: int) -> int:
    while at < len(text) and _kind(text[at]) == "mark":
        at += 1
    return at


def _kind(char: str) -> str:
    category = unicodedata.category(char)
    if category[0] == "M" or category == "Cf":
        return "mark"
    if category == "Nd":
        return "digit"
    if category[0] in "LN":
        return "letter"
    return {"Pc": "joiner", "So": "symbol"}.get(category, "")


def _of_token(words: WordList, token: str) -> float:
    smashed = _RUN.sub(lambda run: "0" * len(run[0]), token)
    return _rounded(words.zipf(smashed) or 0.0, smashed, token)


def _rounded(known: float, smashed: str, token: str) -> float:
    """The frequency of a token by that of its pattern, in which digits are nils; 0 for what no list has."""
    if known and smashed != token:
        known += log10(prod(map(_share, _RUN.findall(token))))
    return round(max(0.0, known), 2)


def _share(digits: str) -> float:
    """The share of a number among those of as many digits, as `wordfreq.numbers` estimates it."""
    benford = _LEADING[int(digits[0])] / 10.0 ** (len(digits) - 1)
    if len(digits) != 4:
        return benford
    year = int(digits)
    past, future = max(0, _THIS_YEAR - year), max(0, year - _THIS_YEAR - _PLATEAU)
    return float(10 ** (-1.9185 - 0.0083 * past - 0.2 * future) + 0.1 * benford)


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
    """Whether a word is rare enough to point at somebody by itself."""
    return zipf(word) < RARE


def is_kana_word(run: str) -> bool:
    """Whether a run of kana is a word or a given name of everyday Japanese ("ジェームズ")."""
    return run in word_list("ja")


def _before_folding(word: str) -> Iterator[str]:
    """Yield the words that a folded Arabic word may have been: folding removes one hamza and the marks of an ending."""
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


def weight(word: str) -> float:
    """Return how telling a folded word is: 0 for everyday words, up to 5 for unknown ones; 3 for 4-digit numbers."""
    if word.isdigit():
        return 3.0 if len(word) >= 4 else 0.0
    return max(0.0, 5.0 - zipf(word)) if len(word) > 2 else 0.0
