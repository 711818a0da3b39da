"""Parts of names: a rare part points at somebody by itself, any part does so in company."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from expunge.screen.han import japanese_family_names
from expunge.screen.patterns import parts_of, patterns_of
from expunge.screen.scripts import parts_heard
from expunge.screen.sightings import Reading, Sighting
from expunge.text.rarity import GLUE, is_rare, zipf
from expunge.types import EvidenceKind, Strength, Target, TargetKind

_SHORTEST_RARE = 4
_UNHEARD_OF = 1.5
"""Zipf frequency under which a word is a name that hardly anybody has."""
_SHARED = -1


class RareParts:
    """The parts of the names of one segment that are rare in language and belong to one target only."""

    def __init__(self, targets: Sequence[Target]) -> None:
        owners: dict[str, int] = {}
        for index, target in enumerate(targets):
            if target.kind is TargetKind.TOPIC:
                continue
            for part in {p for pattern in patterns_of(target) for p in parts_of(pattern)}:
                if len(part) >= _SHORTEST_RARE or not part.isascii():
                    owners[part] = index if owners.get(part, index) == index else _SHARED
        self._owners = owners

    def find(self, reading: Reading, *, asked: bool) -> Iterator[Sighting]:
        """Every rare part that does not stand in another name; likely where it is asked about or unheard of.

        `asked` tells that the text is the question: who asks about "Oduya" means somebody, while an
        answer may mention a firm or a place of that name.
        """
        if reading.foreign:
            for name, start, end in japanese_family_names(reading.source):
                if (bearer := self._owners.get(name, _SHARED)) != _SHARED:
                    yield Sighting(bearer, EvidenceKind.TRANSLITERATION, Strength.HINT, start, end, score=0.6)
        known = self._owners.keys() & set(reading.words)
        if not known:
            return
        for index, word in enumerate(reading.words):
            owner = self._owners[word] if word in known else _SHARED
            if owner == _SHARED or not is_rare(word):
                continue
            token = reading.spans[index]
            if _in_another_name(reading, index):
                continue
            strength = Strength.LIKELY if asked or zipf(word) < _UNHEARD_OF else Strength.HINT
            yield Sighting(owner, EvidenceKind.PARTIAL_NAME, strength, token.start, token.end, score=0.6)


def parts_in_company(target: Target, index: int, reading: Reading) -> Iterator[Sighting]:
    """Every part of the name of a target that the same conversation is known to be about."""
    parts = {p for pattern in patterns_of(target) for p in parts_of(pattern)}
    for position, word in enumerate(reading.words):
        if word in parts and reading.capitalised(position) and not _in_another_name(reading, position, parts):
            token = reading.spans[position]
            yield Sighting(index, EvidenceKind.PARTIAL_NAME, Strength.LIKELY, token.start, token.end, score=0.7)
    if reading.foreign:
        for piece in parts_heard(reading, frozenset(parts)):
            yield Sighting(index, EvidenceKind.PARTIAL_NAME, Strength.LIKELY, piece.start, piece.end, score=0.7)


def belongs_to_another(target: Target, question: Reading, draft: Reading) -> bool:
    """Whether the parts of the target's name that the question holds stand in the draft in another name only."""
    parts = {p for pattern in patterns_of(target) for p in parts_of(pattern)}.intersection(question.words)
    places = [index for index, word in enumerate(draft.words) if word in parts]
    return bool(places) and all(_in_another_name(draft, index) for index in places)


def _in_another_name(reading: Reading, index: int, own: frozenset[str] | set[str] = frozenset()) -> bool:
    """Whether a capitalised neighbour makes this part somebody else's name."""
    spans = reading.spans
    for neighbour in (index - 1, index + 1):
        if not 0 <= neighbour < len(spans) or reading.words[neighbour] in own:
            continue
        left, right = sorted((index, neighbour))
        between = reading.source[spans[left].end : spans[right].start]
        if between not in (" ", "-"):
            continue
        other = spans[neighbour]
        opens = neighbour == 0 or reading.source[: other.start].rstrip()[-1:] in (".", "!", "?", ":", "\n", "")
        # Any word may be capitalised where a sentence opens; an uncommon one is a name there too.
        if reading.source[other.start].isupper() and len(other.text) > 1 and (not opens or zipf(other.text) < GLUE):
            return True
    return False
