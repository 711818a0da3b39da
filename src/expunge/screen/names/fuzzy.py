"""Misspelt, transliterated, abbreviated and reordered names.

Two neighbouring tokens are looked up by how they sound (or how their sound begins, or by an initial);
what is found is measured letter by letter. Looking up costs the same for a thousand names as for a million:
a bitmap answers for nearly all pairs that belong to nobody.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import JaroWinkler

from expunge.screen.matches import Match, TokenizedText
from expunge.screen.names.cross_script import LIKELY as ACROSS_SCRIPTS
from expunge.screen.names.cross_script import (
    Heard,
    alike,
    bar,
    bar_for,
    keys_of,
    names_heard,
    names_in_han,
    resemblance,
    sighting_of,
    standing_out,
)
from expunge.screen.names.exact import OWN_ENDINGS
from expunge.screen.names.patterns import (
    FILLERS,
    Borne,
    Pattern,
    letters,
    nobodys,
    patterns_of,
    spelling_codes,
    token_codes,
)
from expunge.text.budget import giving_way, step
from expunge.text.frequency import GLUE, RARE, zipf
from expunge.text.transliterate import Script, latin, likeness, script_of, similarity, sound
from expunge.types import EvidenceKind, Strength, Target, TargetKind

_REACH = 3
"""How many tokens apart two parts of a name may stand."""
_DISTANCES = range(1, _REACH + 1)
_HALF = np.uint64(32)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_ALIKE = 0.8
"""Mean similarity of the parts from which a spelling is taken for a name (same script)."""
_ALIKE_EACH = 0.7
"""Similarity that each altered part must have."""
_ALIKE_UNHEARD = 0.75
"""The same where it also sounds otherwise: "Correll" is nobody's slip for "Cordrey"."""
_PER_TENFOLD = 0.03
"""How much more alike a spelling must be for each tenfold of the names that it is measured against."""
_RESEMBLES = 0.6
"""Jaro-Winkler similarity under which a token is not even measured against a part of a name."""
_MANY = 6
"""Bearers of a key from which a glance at all their letters is quicker than measuring each."""
_AT_ONCE = 20_000
"""Tokens whose pairs are looked up at once."""
_LONGEST = 120
"""Letters from which a token is no part of a name."""

_WAYS = 7
"""Ways to look two neighbouring tokens up together: as they stand, by sound, by how the sound begins, by initial.

A slip makes a word that is none, so everyday words are looked up as they stand and not by their sound: of two sounds
one must be an odd word's.
"""


class PairCodes:
    """The codes under which targets' names are looked up, with each one's target and the letters of its two parts."""

    def __init__(self) -> None:
        # Arrays, not lists: to make one of the other, of millions of numbers, would hold up all other threads.
        self.codes, self.owners, self.letters = array("Q"), array("i"), array("Q")

    def add(self, index: int, target: Target, patterns: Iterable[Pattern]) -> None:
        """Take in the patterns of one target; a topic's terms are not spelt otherwise."""
        if target.kind is TargetKind.TOPIC:
            return
        for pattern in patterns:
            found = spelling_codes(pattern)
            self.codes.extend(found)
            self.letters.extend(found.values())
            self.owners.extend((index,) * len(found))

    @classmethod
    def of(cls, targets: Iterable[Target]) -> PairCodes:
        """Those of some targets in order."""
        codes = cls()
        for index, target in enumerate(giving_way(targets)):
            codes.add(index, target, patterns_of(target))
        return codes


class Spelling:
    """The names of one segment by sound; `pairs` are their codes, where somebody has worked them out."""

    def __init__(self, targets: Sequence[Target], pairs: PairCodes | None = None) -> None:
        pairs = pairs or PairCodes.of(targets)
        self._targets = targets
        keys = np.frombuffer(pairs.codes, dtype=np.uint64) if pairs.codes else np.zeros(0, dtype=np.uint64)
        order = np.argsort(keys, kind="stable")
        self._keys = keys[order]
        self._owners = np.array(pairs.owners, dtype=np.int32)[order]
        self._letters = np.array(pairs.letters, dtype=np.uint64)[order]
        bits = max(12, min(27, int(np.ceil(np.log2(max(len(keys), 1) * 16)))))
        self._shift = np.uint64(64 - bits)
        self._bitmap = np.zeros(1 << bits, dtype=np.bool_)
        self._bitmap[self._slots(self._keys)] = True

    def _slots(self, keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
        return (keys * _SPREAD) >> self._shift

    def find(self, reading: TokenizedText, borne: Borne = nobodys) -> Iterator[Match]:
        """Every pair of tokens that sounds or looks like parts of one name.

        A word that is `borne` by somebody else is a name of its own right and no slip: among very many names each
        name has a neighbour.
        """
        if not len(self._keys):
            return
        if reading.foreign:
            yield from self._across_scripts(reading)
        if len(reading.words) < 2:
            return
        measured: set[tuple[int, int, int]] = set()
        for first, last, low, high in self._candidates(reading.words):
            bearers = self._bearers(low, high, reading.words[first], reading.words[last])
            enough = _ALIKE + bar(len(bearers), len(self._targets), _PER_TENFOLD)
            for owner in bearers:
                if (owner, first, last) in measured:
                    continue
                step()
                measured.add((owner, first, last))
                best = _best(reading, self._targets[owner], owner, first, last, borne)
                if best is not None:
                    near = best.kind is EvidenceKind.SPELLING and best.score < enough
                    yield replace(best, strength=Strength.HINT) if near else best

    def _bearers(self, low: int, high: int, first: str, last: str) -> list[int]:
        """The targets of some places; of many, those whose parts hold about the letters of the two tokens."""
        owners = self._owners[low:high]
        if high - low > _MANY and first.isascii() and last.isascii():
            owners = owners[_shares_letters(self._letters[low:high], first, last)]
        found: list[int] = owners.tolist()
        return found

    def _across_scripts(self, reading: TokenizedText) -> Iterator[Match]:
        """Every name that is written in another script than the target's."""
        measured: set[tuple[int, int, int]] = set()
        known: dict[tuple[str, str], NDArray[np.uint64]] = {}
        for heard in chain(names_heard(reading), names_in_han(reading)):
            step()
            owners = self._sounding_like(heard, known)
            if not owners:
                continue
            raised, found = bar_for(heard, len(owners), len(self._targets)), list[Match]()
            for owner in owners:
                if (owner, heard.start, heard.end) in measured:
                    continue
                step()
                measured.add((owner, heard.start, heard.end))
                sighting = sighting_of(heard, self._targets[owner], owner, raised)
                if sighting is not None:
                    found.append(sighting)
            yield from standing_out(found, self._targets)

    def _sounding_like(self, heard: Heard, known: dict[tuple[str, str], NDArray[np.uint64]]) -> list[int]:
        """The targets of which two neighbouring parts may sound as two of a name that was heard.

        `known` keeps the keys, as far as they may be somebody's, of pairs that were looked up for the same text.
        """
        held = []
        for pair in heard.pairs:
            if (keys := known.get(pair)) is None:
                keys = keys_of(*pair)
                keys = known[pair] = keys[self._bitmap[self._slots(keys)]]
            if len(keys):
                held.append(keys)
        if not held:
            return []
        keys = np.unique(np.concatenate(held))
        lows, highs = self._keys.searchsorted(keys), self._keys.searchsorted(keys, side="right")
        found: dict[int, None] = {}
        for low, high in zip(lows.tolist(), highs.tolist(), strict=True):
            if low < high:
                fits = heard.may_be_spelt(self._letters[low:high]) if high - low > _MANY else slice(None)
                found.update(dict.fromkeys(self._owners[low:high][fits].tolist()))
        return list(found)

    def _candidates(self, words: list[str]) -> Iterator[tuple[int, int, int, int]]:
        """Pairs of tokens, by index, near enough to belong together and known here, and their bearers' places."""
        for start in range(0, max(1, len(words) - 1), _AT_ONCE):
            step()
            piece = words[start : start + _AT_ONCE + _REACH]
            for first, last, low, high in self._pairs(piece):
                # What begins in the overlap is found in the next piece.
                if first < _AT_ONCE:
                    yield start + first, start + last, low, high

    def _pairs(self, words: list[str]) -> Iterator[tuple[int, int, int, int]]:
        count = len(words)
        if count < 2:
            return
        rows = np.frombuffer(b"".join(map(_row_of, words)), dtype=np.uint64).reshape(-1, 2 * _WAYS)
        lefts, rights = rows[:, :_WAYS], rows[:, _WAYS:]
        x = np.concatenate([lefts[:-distance] for distance in _DISTANCES])
        y = np.concatenate([rights[distance:] for distance in _DISTANCES])
        keys = np.minimum(x, y) << _HALF | np.maximum(x, y)
        known = self._bitmap[self._slots(keys)] & (x != 0) & (y != 0)
        places = known.ravel().nonzero()[0]
        # All at once: each search lets go of the interpreter for a moment, and a thread that waits for it and is woken
        # too late each time never asks for its turn.
        found = keys.ravel()[places]
        lows, highs = self._keys.searchsorted(found), self._keys.searchsorted(found, side="right")
        for place, low, high in zip(places.tolist(), lows.tolist(), highs.tolist(), strict=True):
            if low == high:
                continue
            pair = place // _WAYS
            first, distance = pair, 1
            while first >= max(0, count - distance):
                first -= max(0, count - distance)
                distance += 1
            yield first, first + distance, low, high


def _letters_apart(word: str) -> int:
    """Return how many letters only one of two spellings may hold: a slip (2) in a short word, two (4) in a long one."""
    return 2 + (len(word) > 4) + (len(word) > 7)


def _shares_letters(held: NDArray[np.uint64], first: str, last: str) -> NDArray[np.bool_]:
    """Return which pairs of parts hold about the letters of two tokens, in either order."""
    parts = held >> np.uint64(32), held & np.uint64(0xFFFFFFFF)
    fits = np.zeros(len(held), dtype=np.bool_)
    for x, y in ((first, last), (last, first)):
        near = np.ones(len(held), dtype=np.bool_)
        for word, part in ((x, parts[0]), (y, parts[1])):
            if len(word) > 1:
                near &= np.bitwise_count(part ^ np.uint64(letters(word))) <= _letters_apart(word)
        fits |= near
    return fits


def _row_of(word: str) -> bytes:
    return _row(word) if len(word) <= _LONGEST else _NO_ROW


_NO_ROW = np.zeros(2 * _WAYS, np.uint64).tobytes()


@lru_cache(maxsize=50_000)
def _row(word: str) -> bytes:
    """A token's codes as the left one of two and as the right one, way by way; 0 where it is not looked up so."""
    itself, sound_code, start, initial = token_codes(word)
    frequency = zipf(word) if word.isascii() else 0.0
    odd = frequency < RARE
    heard = sound_code if frequency < GLUE else 0  # not of a word that only holds sentences together
    odd_heard, odd_start = (heard, start) if odd else (0, 0)
    left = (itself, odd_heard, heard, itself, odd_start, initial, itself)
    right = (itself, heard, odd_heard, odd_start, itself, itself, initial)
    return np.array(left + right, np.uint64).tobytes()


def _best(reading: TokenizedText, target: Target, owner: int, first: int, last: int, borne: Borne) -> Match | None:
    sightings = []
    ends = latin(reading.words[first]), latin(reading.words[last])
    for pattern in patterns_of(target):
        if len(pattern.tokens) < 2 or not all(_resembles(end, pattern.tokens) for end in ends):
            continue
        for begin, end in _windows(len(reading.words), len(pattern.tokens), first, last):
            judged = _measure(reading, pattern, begin, end, borne)
            if judged is not None:
                kind, strength, score = judged
                if kind is EvidenceKind.SPELLING and strength > Strength.HINT:
                    strength = _by_slips(reading.words[begin : end + 1], target, borne)
                spans = reading.spans
                sightings.append(Match(owner, kind, strength, spans[begin].start, spans[end].end, "", round(score, 3)))
    return max(sightings, key=lambda s: (s.strength, s.score), default=None)


def _by_slips(words: list[str], target: Target, borne: Borne) -> Strength:
    """Return how sure a likeness to a name is: likely if a word of it is a slip, and neither a word nor a name."""
    own = {token for pattern in patterns_of(target) for token in pattern.tokens}
    odd = {word for word in words if word not in own and zipf(word) < RARE}
    return Strength.LIKELY if odd - borne(odd) else Strength.HINT


def _resembles(word: str, parts: tuple[str, ...]) -> bool:
    return len(word) == 1 or any(
        JaroWinkler.similarity(word, latin(part)) >= _RESEMBLES or _is_heard(word, part) for part in parts
    )


def _is_heard(word: str, part: str) -> bool:
    """Whether a Latin word may be a part of a name in a script that leaves vowels out."""
    return script_of(part) is Script.ABJAD and likeness(part, word) >= ACROSS_SCRIPTS


def _windows(length: int, parts: int, first: int, last: int) -> set[tuple[int, int]]:
    windows = {(first, last)}
    for begin in range(max(0, last - parts + 1), first + 1):
        if begin + parts <= length:
            windows.add((begin, begin + parts - 1))
    return windows


def _measure(
    reading: TokenizedText, pattern: Pattern, begin: int, end: int, borne: Borne
) -> tuple[EvidenceKind, Strength, float] | None:
    words = reading.words[begin : end + 1]
    parts = pattern.tokens
    if script_of(parts[0]) is Script.ABJAD and words[0].isascii():
        words = [word for word in words if word not in FILLERS] or words  # the article is no word of its own there
    if words == list(parts):
        return None  # the exact name, which `names` reports
    if sorted(words) == sorted(parts):
        return _measure_reordered(reading, begin, end)
    if reading.capitals and any(_holds_a_sentence(reading, at) for at in (begin, end)):
        return None  # "Mara in" is not Mara Inn
    same_length = len(words) == len(parts)
    judged = _measure_parts(words, parts) if same_length else _measure_subset(reading, words, parts, begin)
    if judged is not None and len(words) < len(parts) and _goes_on(reading, parts, begin, end):
        return None  # "Ji-Won Ahn" holds two parts of "Ji-Won Seo", and is somebody else
    if judged is None:
        return None
    if reading.broken(begin, end, ".!?;:\n()[]{}|,、，") and not _is_filed(reading, words, parts, begin, end):
        return None
    if same_length and any(
        len(w) == 1 != len(p) and not reading.source[reading.spans[begin + i].start].isupper()
        for i, (w, p) in enumerate(zip(words, parts, strict=True))
    ):
        return None  # the "s" of a possessive or the article "a", no initial
    if same_length and judged[0] is EvidenceKind.PARTIAL_NAME:
        return _by_initials(reading, judged, begin, end, borne)
    return judged


def _is_filed(reading: TokenizedText, words: list[str], parts: tuple[str, ...], begin: int, end: int) -> bool:
    """Whether a name of another script stands as in a list, the family name first: "Sokolova, Margarita"."""
    if len(parts) != 2 or len(words) != 2 or not (reading.capitalised(begin) and reading.capitalised(end)):
        return False
    gap = reading.source[reading.spans[end - 1].end : reading.spans[end].start]
    if end != begin + 1 or gap not in (", ", ","):
        return False
    swapped = zip(words[::-1], parts, strict=True)
    return not all(map(str.isascii, parts)) and all(alike(word, part) >= ACROSS_SCRIPTS for word, part in swapped)


def _holds_a_sentence(reading: TokenizedText, index: int) -> bool:
    """Whether a token is one of the commonest words and written small."""
    word = reading.words[index]
    return zipf(word) >= GLUE and word not in FILLERS and not reading.capitalised(index)


def _by_initials(
    reading: TokenizedText, judged: tuple[EvidenceKind, Strength, float], begin: int, end: int, borne: Borne
) -> tuple[EvidenceKind, Strength, float] | None:
    """A name with an initial; no evidence where the rest is no name ("A helper"), a hint after another first name."""
    if reading.capitals and not all(reading.capitalised(i) for i in range(begin, end + 1)):
        return None
    before = begin - 1
    if len(reading.words[begin]) == 1 and before >= 0 and reading.capitalised(before):
        word, gap = reading.words[before], reading.gap(before)
        initial = len(word) == 1 and gap in (". ", ".", " ")
        if word not in FILLERS and (initial or (gap == " " and (zipf(word) < RARE or borne({word})))):
            return judged[0], Strength.HINT, judged[2]  # "Alfred H. Dahl" is not Hilda Dahl
    return judged


def _goes_on(reading: TokenizedText, parts: tuple[str, ...], begin: int, end: int) -> bool:
    """Whether another capitalised word beside the tokens makes a longer name of them than the parts do."""
    for neighbour, gap in ((begin - 1, begin - 1), (end + 1, end)):
        if 0 <= neighbour < len(reading.words) and reading.gap(gap) in (" ", "-"):
            word, first = reading.words[neighbour], reading.source[reading.spans[neighbour].start]
            if len(word) > 1 and word not in parts and first.isupper() and zipf(word) < GLUE:
                return True
    return False


def _measure_reordered(reading: TokenizedText, begin: int, end: int) -> tuple[EvidenceKind, Strength, float] | None:
    """The name with its parts in another order: "Dahl, Henrik", but not "by Dahl. Henrik …" """
    if reading.parted(begin, end, reordered=True):
        return None
    if reading.in_address(begin, end):
        return EvidenceKind.NAME, Strength.LIKELY, 1.0
    if not all(reading.capitalised(i) for i in range(begin, end + 1)):
        return None
    return EvidenceKind.NAME, Strength.CERTAIN, 1.0


def _measure_parts(words: list[str], parts: tuple[str, ...]) -> tuple[EvidenceKind, Strength, float] | None:
    if any(not w.isascii() for w in words) != any(not p.isascii() for p in parts):
        if any(not w.isascii() for w in words):
            return None  # `_across_scripts` measures these
        alike = resemblance(words, parts)
        return (EvidenceKind.TRANSLITERATION, Strength.LIKELY, alike) if alike >= ACROSS_SCRIPTS else None
    best: tuple[float, list[tuple[str, str]]] = (0.0, [])
    for ordered in (words, words[1:] + words[:1], words[-1:] + words[:-1]):
        pairs = list(zip(ordered, parts, strict=True))
        mean = sum(similarity(latin(w), latin(p)) for w, p in pairs) / len(pairs)
        if mean > best[0]:
            best = mean, pairs
    mean, pairs = best
    altered = [(w, p) for w, p in pairs if w != p]
    if any(_is_initial(w, p) for w, p in altered):
        return _measure_initials(pairs)
    if any(w.startswith(p) and w[len(p) :] in OWN_ENDINGS for w, p in altered):
        return None  # "Youngman" for "Young"
    same_sound = all(sound(w) == sound(p) for w, p in pairs)
    # Where names are declined (Анны for Анна), every part may have another ending.
    leeway = 0.1 if same_sound and not all(p.isascii() for p in parts) else 0.0
    if mean < _ALIKE - leeway:
        return None
    for word, part in altered:
        enough = _ALIKE_EACH if sound(word) == sound(part) else _ALIKE_UNHEARD
        if part not in FILLERS and similarity(latin(word), latin(part)) < enough - leeway:
            return None
    # Forms that are all words or names of their own right are somebody else's ("Kristen" for "Kristin").
    slip = any(zipf(w) < RARE for w, _ in altered)
    return EvidenceKind.SPELLING, (Strength.LIKELY if slip else Strength.HINT), mean


def _is_initial(word: str, part: str) -> bool:
    """Whether one of two stands for the other by its first letter."""
    return min(len(word), len(part)) == 1 and word[:1] == part[:1]


def _measure_initials(pairs: list[tuple[str, str]]) -> tuple[EvidenceKind, Strength, float] | None:
    same = [w for w, p in pairs if w == p and len(w) > 1]
    if any(w != p and not _is_initial(w, p) for w, p in pairs) or not same:
        return None
    telling = len(same) > 1 or any(w not in FILLERS and zipf(w) < 3.5 for w in same)
    return EvidenceKind.PARTIAL_NAME, (Strength.LIKELY if telling else Strength.HINT), 0.8


def _measure_subset(
    reading: TokenizedText, words: list[str], parts: tuple[str, ...], begin: int
) -> tuple[EvidenceKind, Strength, float] | None:
    ends = words[0], words[-1]
    if len(words) < len(parts):
        if not all(word in parts for word in words) or len(set(words)) < 2:
            return _measure_joined(words, parts)
        in_order = sorted(words, key=parts.index) == words
        if not in_order:
            return EvidenceKind.PARTIAL_NAME, Strength.HINT, len(words) / len(parts)
        outer = {parts[0], parts[-1]}
        telling = set(ends) == outer or any(zipf(word) < 3.5 and word not in FILLERS for word in words)
        return EvidenceKind.PARTIAL_NAME, (Strength.LIKELY if telling else Strength.HINT), len(words) / len(parts)
    if ends == (parts[0], parts[-1]) and len(parts) == 2:
        middle = range(begin + 1, begin + len(words) - 1)
        if all(reading.capitalised(i) for i in middle) and reading.side_by_side(begin, begin + len(words) - 1):
            return EvidenceKind.PARTIAL_NAME, Strength.LIKELY, 0.9
        return None
    return _measure_joined(words, parts)


def _measure_joined(words: list[str], parts: tuple[str, ...]) -> tuple[EvidenceKind, Strength, float] | None:
    whole, name = "".join(map(latin, words)), "".join(map(latin, parts))
    if abs(len(whole) - len(name)) > 3 or len(name) < 7:
        return None
    alike = similarity(whole, name)
    if alike < 0.85 or all(zipf(w) >= RARE for w in words if w not in parts):
        return None
    return EvidenceKind.SPELLING, Strength.LIKELY, alike
