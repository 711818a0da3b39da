"""The patterns that the screen looks for, worked out from one target's names."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product

from expunge.text.declension import declined
from expunge.text.fold import fold
from expunge.text.transliterate import latin, sound, sounds
from expunge.types import Target, TargetKind

_TITLES = frozenset(
    ["jr", "sr", "ii", "iii", "iv", "dr", "mr", "mrs", "ms", "sir", "md", "phd", "dds", "dvm", "esq", "mba", "prof",
     "miss", "dame", "lord", "lady"]
)  # fmt: skip
FILLERS = _TITLES | frozenset(
    ["al", "el", "de", "da", "di", "du", "del", "der", "den", "van", "von", "bin", "ibn", "ben", "la", "le", "the",
     "of", "and", "y", "i", "e", "dos", "das", "san", "st"]
)  # fmt: skip
"""Particles and titles that belong to many names and so point at nobody."""

_MOST_SOUNDS = 8
"""Sounds of a name part in another script than Latin under which it is looked up."""
_NICKNAME = re.compile(r"""[("“”'‘«]([^()"“”'‘’«»]{2,40})[)"“”'’»](?=\s|$)""")


Borne = Callable[[Set[str]], Set[str]]
"""Which of some folded words are a part of the name of anybody who is registered."""


def nobodys(words: Set[str]) -> Set[str]:
    """None of the words, as where nobody else is registered."""
    return frozenset()


@dataclass(frozen=True, slots=True)
class Pattern:
    """One name of a target as the screen matches it.

    `tokens` are its folded tokens; `is_name` tells the name from an alias.
    """

    tokens: tuple[str, ...]
    is_name: bool

    @property
    def squashed(self) -> str:
        """The tokens without the spaces, which is what is searched for."""
        return "".join(self.tokens)


def patterns_of(target: Target) -> tuple[Pattern, ...]:
    """The distinct patterns of a target; a topic's are its terms, since its name is only a label for people."""
    names = target.aliases if target.kind is TargetKind.TOPIC else target.names
    seen: dict[str, Pattern] = {}
    for name in names:
        for form in (name, *_with_nickname(name), *_before_title(name)):
            tokens = tuple(fold(form).split())
            bare = _without_titles(tokens)
            for variant in (tokens, bare) if len(bare) > 1 else (tokens,):
                if variant:
                    pattern = Pattern(variant, name is target.name)
                    seen.setdefault(pattern.squashed, pattern)
    if target.kind is not TargetKind.TOPIC:
        for pattern in [pattern for pattern in seen.values() if len(pattern.tokens) == 1]:
            for inflected in declined(pattern.squashed):
                seen.setdefault(inflected, Pattern((inflected,), pattern.is_name))
    return tuple(seen.values())


def _with_nickname(name: str) -> tuple[str, ...]:
    """For "Aurelia (Relly) Stroud": "Aurelia Stroud" and "Relly Stroud"."""
    found = _NICKNAME.search(name)
    if found is None:
        return ()
    before, after = name[: found.start()].split(), name[found.end() :].split()
    forms = (" ".join([*before, *after]), " ".join([found.group(1), *after]))
    return tuple(form for form in forms if len(form.split()) > 1)


def _before_title(name: str) -> tuple[str, ...]:
    """For "Osbert Tarn, 3rd Baron Tarn": "Osbert Tarn"; but "Osbert II" may be of another duchy."""
    head, comma, title = name.partition(",")
    if not comma:
        return ()
    words = fold(head).split()
    whole = len(words) > 1 and all(len(word) > 1 and word not in _TITLES for word in words)
    return (head,) if whole and len(title.split()) > 1 else ()


def _without_titles(tokens: tuple[str, ...]) -> tuple[str, ...]:
    first, last = 0, len(tokens)
    while first < last and tokens[first] in _TITLES:
        first += 1
    while last > first and tokens[last - 1] in _TITLES:
        last -= 1
    return tokens[first:last]


def parts_of(pattern: Pattern) -> tuple[str, ...]:
    """The tokens of a name that can stand for the person alone: no particles, titles or initials."""
    if len(pattern.tokens) < 2:
        return ()
    return tuple(part for part in pattern.tokens if len(part) > 2 and part not in FILLERS)


@lru_cache(maxsize=200_000)
def token_codes(token: str) -> tuple[int, int, int, int]:
    """Four 32-bit codes of a folded token: itself, its sound, how its sound begins, its initial; 0 where it has none.

    The initial code is that of a text token only if the token is a single letter; names use `initial_code`.
    """
    if len(token) == 1:
        return 0, 0, 0, initial_code(token)
    itself = zlib.crc32(b"e" + token.encode("utf-8", "replace")) | 1
    key = sound(token)
    if not key:
        return itself, 0, 0, 0
    start = zlib.crc32(b"p" + key[:2].encode()) | 1 if len(key) > 1 else 0
    return itself, sound_code(key), start, 0


@lru_cache(maxsize=200_000)
def sound_code(key: str) -> int:
    """The 32-bit code of a sound key; the empty one stands for a name without consonants."""
    return zlib.crc32(b"s" + key.encode()) | 1


def sound_codes(token: str) -> tuple[int, ...]:
    """The codes of all sounds that a folded token may have: several where it is in another script than Latin."""
    return tuple(sound_code(key) for key in sounds(token)) or (sound_code(""),)


def forget_tokens() -> None:
    """Let go of what is remembered of tokens: those of very many names are not those of the texts that are read."""
    for remembered in (token_codes, sound_code, letters, sound, latin):
        remembered.cache_clear()


@lru_cache(maxsize=10_000)
def initial_code(letter: str) -> int:
    """The 32-bit code of an initial."""
    return zlib.crc32(b"i" + letter.encode()) | 1


def pair_code(a: int, b: int) -> int:
    """One 64-bit code for two token codes in either order."""
    return (a << 32 | b) if a < b else (b << 32 | a)


@lru_cache(maxsize=200_000)
def letters(token: str) -> int:
    """Return which letters of the Latin alphabet a folded token holds, as a 26-bit mask."""
    mask = 0
    for letter in latin(token):
        if "a" <= letter <= "z":
            mask |= 1 << (ord(letter) - 97)
    return mask


def spelling_codes(pattern: Pattern) -> dict[int, int]:
    """The pair codes under which other forms of a name are looked up.

    Each comes with the `letters` of its two parts, in 64 bits.
    """
    tokens = pattern.tokens
    if len(tokens) < 2:
        return {}
    pairs = {(0, 1)}
    if len(tokens) > 2:
        pairs = {(i, i + 1) for i in range(len(tokens) - 1)}
        strong = [i for i, token in enumerate(tokens) if token not in FILLERS and len(token) > 1]
        pairs.update(pairwise(strong))
        if len(strong) > 1:
            pairs.add((strong[0], strong[-1]))
    codes: dict[int, int] = {}
    for i, j in pairs:
        one, other = tokens[i], tokens[j]
        if one in FILLERS or other in FILLERS:
            continue
        (self_a, sound_a, start_a, _), (self_b, sound_b, start_b, _) = token_codes(one), token_codes(other)
        held = letters(one) << 32 | letters(other)
        # Written out, without `pair_code`: this is most of what indexing a name takes.
        for a, b in (
            (self_a, self_b), (sound_a, sound_b), (self_a, start_b), (start_a, self_b), (initial_code(one[0]), self_b)
        ):  # fmt: skip
            if a and b:
                codes.setdefault((a << 32 | b) if a < b else (b << 32 | a), held)
        spelt = len(one) > 1 and len(other) > 1
        if spelt and not (sound_a and sound_b and one.isascii() and other.isascii()):
            for a, b in product(sound_codes(one)[:_MOST_SOUNDS], sound_codes(other)[:_MOST_SOUNDS]):
                codes.setdefault(pair_code(a, b), held)
    return codes
