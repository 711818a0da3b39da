"""Words spelled letter by letter: "O-r-l-a", "O for Oscar", "Oscar Romeo Lima Alfa"."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from expunge.text.codecs.look import Look, common_pairs
from expunge.text.codecs.numbers import spread
from expunge.text.view import View

_SINGLE = re.compile(r"(?<![^\W_])[^\W\d_](?:[\W_]{1,6}+[^\W\d_](?![^\W_])){2,}+")
_REACH = 3
_LETTER = re.compile(r"[^\W\d_]")
_AS_IN = re.compile(
    r"(?<![^\W_])([^\W\d_])"
    r"(?:['\"”’]?\s{1,2}(?:as in|for|like|is|wie|comme|como|come|de|как|som)\s{1,2}|['\"*”’]{0,3}\s?[:=\-–—.)]+\s?)"
    r"['\"“‘*_]{0,3}(?i:\1)[^\W\d_]+"
)

_NATO_WORDS = (
    "alfa alpha bravo charlie delta echo foxtrot golf hotel india juliet juliett juliette kilo lima mike november "
    "oscar papa quebec romeo sierra tango uniform victor whiskey whisky xray yankee zulu"
)
_NATO = frozenset(_NATO_WORDS.split())
_NATO_WORD = re.compile(rf"(?<![^\W_])(?:{'|'.join(_NATO_WORDS.split())}|x-ray)(?![^\W_])", re.IGNORECASE)
_NATO_GAP = re.compile(r"(?:[\W_\d]|as in|for|like|and|then|space|[A-Za-z](?![^\W_]))*+")
_NATO_REACH = 40
_LETTERS_AND_DIGITS = re.compile(r"[^\W_]+")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def spelled(look: Look) -> Iterator[View]:
    """Single letters with anything but letters and digits between them: four, or three beyond ASCII."""
    if list(map(len, look.words)).count(1) >= 3 or "_" in look.chars:
        for match in _SINGLE.finditer(look.text):
            view = _spelled_view(look.text, match)
            if view is not None:
                yield view
        if _letters_with_their_words(look.words) >= 3:
            yield from _as_in(look.text)


def _letters_with_their_words(words: list[str]) -> int:
    """How many single letters have a word that begins with them among the next three."""
    singles = [i for i, word in enumerate(words) if len(word) == 1]
    return sum(any(word[0] == words[i] for word in words[i + 1 : i + 4]) for i in singles)


def _spelled_view(text: str, match: re.Match[str]) -> View | None:
    places = [match.start() + m.start() for m in _LETTER.finditer(match[0])]
    letters = [text[place] for place in places]
    if len(letters) < 4 and match[0].isascii():
        return None
    gaps = [text[a + 1 : b] for a, b in pairwise(places)]
    low = "".join(letters).lower()
    steps = {ord(b) - ord(a) for a, b in pairwise(low)}
    if steps <= {0, 1} or len(set(low)) < 3:
        return None  # a, b, c, d or x x x x
    if not match[0].isascii():
        # Vowel signs and accents stand alone too; they belong to the letter before them.
        marks = ["".join(filter(_is_mark, gap)) for gap in [*gaps, text[match.end() : match.end() + _REACH]]]
        letters = [letter + mark for letter, mark in zip(letters, marks, strict=True)]
        gaps = ["".join(c for c in gap if not _is_mark(c)) for gap in gaps]
    if "" in gaps:
        return None  # a script whose vowel signs are no letters
    usual, times = Counter(gaps).most_common(1)[0]
    word = spread(letters, gaps)
    if " " not in word and not word.isupper():
        word = _CAPITAL.sub(" ", word)
    # Alike gaps and usual letter pairs are what tells a word from a list of variables.
    alike = times * 2 >= len(gaps) and len(set(gaps)) <= 2 + len(gaps) // 12
    solid = alike and usual.strip() != "=" and (not low.isascii() or common_pairs(low) >= 0.5)
    return View(word, match.start(), match.end(), "spelled", weak=not solid)


def _is_mark(c: str) -> bool:
    return unicodedata.category(c) in ("Mn", "Mc") and not "\ufe00" <= c <= "\ufe0f"


def _as_in(text: str) -> Iterator[View]:
    run: list[re.Match[str]] = []
    for match in [*_AS_IN.finditer(text), None]:
        if match is not None and run and match.start() - run[-1].end() > _NATO_REACH:
            yield from _initials(run)
            run = []
        if match is None:
            yield from _initials(run)
        else:
            run.append(match)


def _initials(run: list[re.Match[str]]) -> Iterator[View]:
    if len(run) >= 3:
        letters = "".join(match[1] for match in run)
        yield View(letters, run[0].start(), run[-1].end(), "spelled", weak=len(run) < 4)


def nato(look: Look) -> Iterator[View]:
    """The radio alphabet, four words or more: "Bravo Alfa Sierra India Lima"."""
    if len(_NATO.intersection(look.words)) < 3:
        return
    matches = list(_NATO_WORD.finditer(look.text))
    first = 0
    while first < len(matches):
        last = first
        while (
            last + 1 < len(matches)
            and matches[last + 1].start() - matches[last].end() <= _NATO_REACH
            and _NATO_GAP.fullmatch(look.text, matches[last].end(), matches[last + 1].start())
        ):
            last += 1
        run = matches[first : last + 1]
        first = last + 1
        if len(run) < 3:
            continue
        gaps = [look.text[a.end() : b.start()] for a, b in pairwise(run)]
        letters = spread([m[0][0].upper() for m in run], [_LETTERS_AND_DIGITS.sub("", gap) for gap in gaps])
        yield View(letters, run[0].start(), run[-1].end(), "nato", weak=len(run) < 4)
