"""Very many strings that are looked for in a text at once.

A few are found by an automaton. To build one of a million strings takes seconds in which no other thread of the process
runs, so that many are kept as hash values in arrays, which others may build upon meanwhile: a bitmap tells for each
place of a text whether a string may begin there, and only then the hash values of longer pieces are looked up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from ahocorasick_rs import AhoCorasick
from numpy.typing import NDArray

from expunge.text.budget import give_way, step
from expunge.text.slices import SLICE, matches

FEW = 5_000
"""Strings up to which they are found by an automaton, which is built in some hundredths of a second."""
_BANDS = (1, 8, 16, 32, 64, 128)
"""Lengths at which a string's beginning is looked up before longer strings are."""
_HASHED_AT_ONCE = 2_048
"""Strings that are hashed together; others may run in between."""
_LOOKED_UP_AT_ONCE = 1 << 17
_BASE = 0x5851F42D4C957F2D
"""Odd, so that there is a number by which multiplying with it is undone."""
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_LENGTHS = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)
_BITS_EACH = 16

Match = tuple[int, int, int]
Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]


class PatternSet:
    """Strings, numbered in order, one of which may stand more than once; none is empty."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._count = len(patterns)
        self._longest = max(map(len, patterns), default=0)
        few = len(patterns) <= FEW
        self._automaton = AhoCorasick(patterns, store_patterns=False) if patterns and few else None
        self._table = None if few else _Table(patterns)

    def __len__(self) -> int:
        return self._count

    def find(self, text: str) -> Iterator[Match]:
        """Every place at which one stands, overlapping ones, too: its number, and where it begins and ends.

        Within a slice they come in the order of their ends, the longest first. Of many strings one is told, hardly
        ever, where something else of its length stands, if both have one hash value; who must be certain compares.

        Raises:
            OverBudget: if the budget that holds is spent.
        """
        if self._automaton is not None:
            yield from matches(self._automaton, text, self._longest)
        elif self._table is not None:
            for start in range(0, len(text), SLICE):
                # What begins in the overlap is found in the next slice.
                piece = text[start : start + SLICE + self._longest - 1]
                for number, first, last in self._table.find(piece, SLICE):
                    yield number, start + first, start + last


class _Table:
    """Hash values of strings and of their beginnings."""

    def __init__(self, patterns: Sequence[str]) -> None:
        lengths = np.fromiter(map(len, patterns), dtype=np.int64, count=len(patterns))
        keys = np.empty(len(patterns), dtype=np.uint64)
        begins: list[Hashes] = []
        for start in range(0, len(patterns), _HASHED_AT_ONCE):
            give_way()
            own = lengths[start : start + _HASHED_AT_ONCE]
            sums = _Sums("".join(patterns[start : start + _HASHED_AT_ONCE]))
            starts = np.concatenate([[0], np.cumsum(own)[:-1]])
            keys[start : start + _HASHED_AT_ONCE] = sums.keys(starts, own)
            for band in _BANDS[1:]:
                long = starts[own >= band]
                if len(long):
                    begins.append(np.unique(sums.keys(long, np.int64(band))))
        self._numbers = np.argsort(keys, kind="stable").astype(np.int32)
        self._keys = keys[self._numbers]
        self._begins = np.unique(np.concatenate([*begins, np.zeros(0, dtype=np.uint64)]))
        different = np.unique(lengths)
        ends = (*_BANDS[1:], np.iinfo(np.int64).max)
        self._bands = [
            (band, different[(different >= band) & (different < end)])
            for band, end in zip(_BANDS, ends, strict=True)
            if band <= different[-1]
        ]
        bits = max(12, int(np.ceil(np.log2(len(keys) * _BITS_EACH))))
        self._shift = np.uint64(64 - bits)
        self._whole_bits = self._bitmap(self._keys)
        self._begin_bits = self._bitmap(self._begins)

    def _bitmap(self, keys: Hashes) -> NDArray[np.bool_]:
        bitmap = np.zeros(1 << (64 - int(self._shift)), dtype=np.bool_)
        bitmap[keys >> self._shift] = True
        return bitmap

    def find(self, text: str, before: int) -> list[Match]:
        """Return the matches that begin before a place."""
        sums = _Sums(text)
        starts: Places | None = None
        found: list[Match] = []
        for band, lengths in self._bands:
            if not len(lengths) and band == 1:
                continue
            if band > 1:
                starts = self._beginning(sums, starts, min(before, len(text) - band + 1), band)
            else:
                starts = np.arange(min(len(text), before))
            if not len(starts):
                break
            at_once = max(1, _LOOKED_UP_AT_ONCE // max(1, len(lengths)))
            for first in range(0, len(starts), at_once):
                step()
                found += self._whole(sums, starts[first : first + at_once], lengths, len(text))
        found.sort(key=lambda match: (match[2], match[1], match[0]))
        return found

    def _beginning(self, sums: _Sums, starts: Places | None, end: int, length: int) -> Places:
        """Those of some places, or of all, up to an end at which a string may begin, by so many of its letters."""
        step()
        if starts is None:
            keys = sums.keys_of_all(max(0, end), length)
        else:
            starts = starts[starts < end]
            keys = sums.keys(starts, np.int64(length))
        likely = np.flatnonzero(self._begin_bits[keys >> self._shift])
        if len(likely):
            likely = likely[_held(self._begins, keys[likely])]
        return likely if starts is None else starts[likely]

    def _whole(self, sums: _Sums, starts: Places, lengths: Places, end: int) -> Iterator[Match]:
        """The strings of some lengths that stand at some places."""
        firsts, sizes = np.repeat(starts, len(lengths)), np.tile(lengths, len(starts))
        inside = firsts + sizes <= end
        firsts, sizes = firsts[inside], sizes[inside]
        keys = sums.keys(firsts, sizes)
        likely = np.flatnonzero(self._whole_bits[keys >> self._shift])
        if not len(likely):
            return
        firsts, sizes, keys = firsts[likely], sizes[likely], keys[likely]
        lows, highs = self._keys.searchsorted(keys), self._keys.searchsorted(keys, side="right")
        for place in np.flatnonzero(highs > lows).tolist():
            first = int(firsts[place])
            for number in self._numbers[lows[place] : highs[place]].tolist():
                yield number, first, first + int(sizes[place])


class _Sums:
    """The hash values of all pieces of a text: sums up to each place, of which two tell what lies between."""

    def __init__(self, text: str) -> None:
        if text.isascii():
            letters = _ASCII[np.frombuffer(text.encode(), dtype=np.uint8)]
        else:
            codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
            letters = _stirred(codes.astype(np.uint64))
        powers, self._inverses = _powers((len(text) + 1).bit_length())
        letters *= powers[: len(text)]
        self._sums = np.zeros(len(text) + 1, dtype=np.uint64)
        np.cumsum(letters, out=self._sums[1:])

    def keys(self, starts: Places, lengths: Places | np.int64) -> Hashes:
        """The hash values of the pieces from some places on, of some lengths, which count in them."""
        keys: Hashes = self._sums[starts + lengths]
        keys -= self._sums[starts]
        keys *= self._inverses[starts]
        return _keyed(keys, np.asarray(lengths).astype(np.uint64) * _LENGTHS)

    def keys_of_all(self, count: int, length: int) -> Hashes:
        """The same for the first places, so many, and one length."""
        keys = self._sums[length : length + count] - self._sums[:count]
        keys *= self._inverses[:count]
        return _keyed(keys, np.asarray(length).astype(np.uint64) * _LENGTHS)


def _stirred(codes: Hashes) -> Hashes:
    stirred: Hashes = codes * _SPREAD
    stirred ^= stirred >> _HALF
    return stirred


_ASCII = _stirred(np.arange(128, dtype=np.uint64))


def _keyed(hashes: Hashes, lengths: Hashes) -> Hashes:
    hashes ^= hashes >> _HALF
    hashes += lengths
    hashes *= _SPREAD
    return hashes


@lru_cache(maxsize=32)
def _powers(bits: int) -> tuple[Hashes, Hashes]:
    """The powers of a number, and those of the one that undoes it, for texts of a length of so many bits."""
    size = 1 << bits
    bases = (_BASE, pow(_BASE, -1, 1 << 64))
    powers, inverses = (np.full(size, base, dtype=np.uint64) for base in bases)
    for row in (powers, inverses):
        row[0] = 1
        np.cumprod(row, out=row)
    return powers, inverses


def _held(ordered: Hashes, keys: Hashes) -> NDArray[np.bool_]:
    """Return for each key whether it is among the sorted ones, of which there is at least one."""
    places = np.minimum(ordered.searchsorted(keys), len(ordered) - 1)
    held: NDArray[np.bool_] = ordered[places] == keys
    return held
