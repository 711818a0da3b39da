"""Names and aliases, however they are spaced, cased or accented: all squashed names are looked for at once."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from expunge.screen.matches import Match, TokenizedText
from expunge.screen.names.patterns import FILLERS, Borne, Pattern, nobodys, patterns_of
from expunge.text.budget import giving_way, step
from expunge.text.frequency import RARE, zipf
from expunge.text.pattern_set import PatternSet
from expunge.types import EvidenceKind, Strength, Target

_UNSPACED = re.compile(r"[぀-ヿ㐀-鿿豈-﫿฀-๿຀-໿က-႟ក-៿]")
"""Scripts written without spaces, where a name has no edge to look for."""
_UNSPACED_NAME = re.compile(rf"(?:{_UNSPACED.pattern}|[\u1100-\u11ff])+")
"""Such a name, or one in the letters that Hangul is folded to: a space between its parts tells nothing."""
_COMMON = 4.0
"""Zipf frequency from which a word is part of everyday language ("rose", "will")."""
_SHORTEST_JOINED = 8
"""Letters that a name needs before other spacing than its own is taken for it."""
OWN_ENDINGS_LIST = "man men son sen ley ly ton ham er ers ing ed or ish ite ey ell ett kin"
OWN_ENDINGS = frozenset(OWN_ENDINGS_LIST.split())
"""What makes another name, or another word, of a name that it is put to: "Youngman" is no Young."""
_SHORTEST_INSIDE = 10
"""Letters that a name needs before it is taken inside a longer word."""


class NameForms:
    """The squashed names of targets, with the index of each name's target."""

    def __init__(self) -> None:
        self.squashed: list[str] = []
        self.owners = array("i")

    def add(self, index: int, patterns: Iterable[Pattern]) -> None:
        """Take in the patterns of one target."""
        for pattern in patterns:
            self.squashed.append(pattern.squashed)
            self.owners.append(index)

    @classmethod
    def of(cls, targets: Iterable[Target]) -> NameForms:
        """Those of some targets in order."""
        forms = cls()
        for index, target in enumerate(giving_way(targets)):
            forms.add(index, patterns_of(target))
        return forms


class Names:
    """The names of the targets of one segment.

    Args:
        targets: the targets; a `Match` gives an index into them.
        forms: their names, where somebody has worked them out.
    """

    def __init__(self, targets: Sequence[Target], forms: NameForms | None = None) -> None:
        forms = forms or NameForms.of(targets)
        self._targets = targets
        self._owners = np.array(forms.owners, dtype=np.int32)
        self._patterns = PatternSet(forms.squashed)

    def find(self, reading: TokenizedText, borne: Borne = nobodys) -> Iterator[Match]:
        """Every place at which a name or alias stands; a longer word that is `borne` by somebody is another name."""
        patterns: dict[int, Pattern | None] = {}
        for number, start, end in self._patterns.find(reading.squashed):
            step()
            first, opens = reading.token_at(start)
            after, closes = reading.token_at(end)
            last = after - 1 if closes else after
            owner = int(self._owners[number])
            squashed = reading.squashed[start:end]
            if not (opens and closes) and not _may_lie_inside(
                reading, squashed, (first, opens), (last, closes), end, borne
            ):
                continue
            if number not in patterns:
                patterns[number] = self._pattern(owner, squashed)
            pattern = patterns[number]
            if pattern is None:
                continue
            strength, via = _judge(reading, pattern, first, last, exact=opens and closes)
            if strength is not None:
                kind = EvidenceKind.NAME if pattern.is_name else EvidenceKind.ALIAS
                spans = reading.spans
                yield Match(owner, kind, strength, spans[first].start, spans[last].end, via)

    def inside(self, squashed: str, shortest: int) -> Iterator[int]:
        """The targets whose name, of so many letters at least, stands anywhere in a squashed text."""
        seen: set[int] = set()
        for number, start, end in self._patterns.find(squashed):
            if end - start >= shortest and (owner := int(self._owners[number])) not in seen:
                if self._pattern(owner, squashed[start:end]) is None:
                    continue
                seen.add(owner)
                yield owner

    def _pattern(self, owner: int, squashed: str) -> Pattern | None:
        # Recomputed on a hit, so that a million targets need not keep their patterns.
        return next((p for p in patterns_of(self._targets[owner]) if p.squashed == squashed), None)


def _may_lie_inside(
    reading: TokenizedText, name: str, opening: tuple[int, bool], closing: tuple[int, bool], end: int, borne: Borne
) -> bool:
    (first, opens), (last, closes) = opening, closing
    if _UNSPACED.search(name):
        return True
    if opens and not closes and len(name) >= 6:
        word = reading.words[last]
        ending = reading.starts[last + 1] - end
        # An inflected name (Десмета, Fishers) is no word of its own; "Fisher" after "Fish" is.
        if (
            ending <= 3
            and word[-ending:] not in OWN_ENDINGS
            and (
                (ending == 1 and word.endswith("s")) or not word.isascii() or (zipf(word) < RARE and not borne({word}))
            )
        ):
            return True
    if not opens and closes and len(name) >= _SHORTEST_JOINED and reading.capital_within(first, end - len(name)):
        return True  # RememberHazelFord
    if opens and not closes and len(name) >= _SHORTEST_JOINED and reading.capital_within(last, end):
        return True  # HazelFordProfile
    edge = reading.words[last] if opens else reading.words[first]
    return len(name) >= _SHORTEST_INSIDE and (opens or closes) and zipf(edge) < RARE and not borne({edge})


def _is_mere_words(reading: TokenizedText, first: int, last: int) -> bool:
    """Whether tokens that hold a name's letters are words of the language: "fostering", "in a truly"."""
    if reading.in_address(first, last) or any(reading.capital_within(first, at) for at in _inner(reading, first, last)):
        return False
    if first == last:
        return zipf(reading.words[first]) >= RARE
    small = reading.capitals and not any(reading.capitalised(i) for i in range(first, last + 1))
    return small and all(zipf(reading.words[i]) >= _COMMON for i in range(first, last + 1))


def _inner(reading: TokenizedText, first: int, last: int) -> range:
    """The places of `squashed` inside a lone token."""
    return range(reading.starts[first] + 1, reading.starts[first + 1]) if first == last else range(0)


def _judge(
    reading: TokenizedText, pattern: Pattern, first: int, last: int, *, exact: bool
) -> tuple[Strength | None, str]:
    words = tuple(reading.words[first : last + 1])
    if not exact:
        unspaced = _UNSPACED.search(pattern.squashed)
        if unspaced and len(pattern.squashed) == 1:
            return Strength.HINT, ""  # a family name, or half of a word
        return (Strength.CERTAIN if unspaced and len(pattern.squashed) > 2 else Strength.LIKELY), ""
    if words != pattern.tokens:
        if len(pattern.squashed) > 2 and _UNSPACED_NAME.fullmatch(pattern.squashed):
            return (None if reading.parted(first, last) else Strength.CERTAIN), ""
        if len(pattern.squashed) < _SHORTEST_JOINED:
            return None, ""
        spelt_out = all(len(word) == 1 for word in words)
        if not spelt_out and (reading.parted(first, last) or _is_mere_words(reading, first, last)):
            return None, ""
        return (Strength.CERTAIN if spelt_out or len(words) == 1 else Strength.LIKELY), "spacing"
    if reading.parted(first, last):
        return None, ""
    capitals = sum(reading.capitalised(i) or reading.words[i] in FILLERS for i in range(first, last + 1))
    if len(words) == 1:
        frequency, capital = zipf(words[0]), reading.capitalised(first)
        if frequency < 3.5 or (capital and frequency < _COMMON):
            return Strength.CERTAIN, ""
        return (Strength.LIKELY if capital else Strength.HINT), ""
    if capitals < len(words) and all(zipf(word) >= _COMMON for word in words):
        likely = reading.in_address(first, last) or not reading.capitals
        return (Strength.LIKELY if likely else Strength.HINT), ""
    return Strength.CERTAIN, ""
