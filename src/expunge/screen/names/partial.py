"""Parts of names: a rare part points at somebody by itself, any part does so in company."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import pairwise

from expunge.screen.matches import Match, TokenizedText
from expunge.screen.names.cross_script import japanese_family_names, parts_heard
from expunge.screen.names.patterns import Pattern, parts_of, patterns_of
from expunge.text.budget import giving_way, step
from expunge.text.frequency import GLUE, RARE, is_rare, zipf, zipf_among
from expunge.types import EvidenceKind, Strength, Target, TargetKind

_SHORTEST_RARE = 4
_UNHEARD_OF = 1.5
"""Zipf frequency under which a word is a name that hardly anybody has."""
_UNCOMMON = 3.5
"""Zipf frequency under which a first name is not everybody's."""
FIRST_NAME = "first-name"
"""Marks a first name that is none of the rare ones: it means the target only where nothing else can be meant."""
SURNAME = "surname"
"""Marks a last name that others have, too: it means the target only where what is asked fits the target's facts."""
_FAMILIAR = 5.0
"""Zipf frequency under which a capitalised last name is looked at so."""
_SHARED = -1
_WHO_LIST = "who whom whose wer wen wem wessen qui quien chi quem wie кто кого кому чей"
_WHO = frozenset(_WHO_LIST.split())


class OwnedParts:
    """The parts of targets' names: whose each is, and those that are too short to point at anybody."""

    def __init__(self) -> None:
        self.owners: dict[str, int] = {}
        self.short: set[str] = set()

    def add(self, index: int, target: Target, patterns: Iterable[Pattern]) -> None:
        """Take in the patterns of one target; a topic's terms have no parts."""
        if target.kind is TargetKind.TOPIC:
            return
        owners = self.owners
        for part in {p for pattern in patterns for p in parts_of(pattern)}:
            if len(part) >= _SHORTEST_RARE or not part.isascii():
                owners[part] = index if owners.get(part, index) == index else _SHARED
            else:
                self.short.add(part)

    @classmethod
    def of(cls, targets: Iterable[Target]) -> OwnedParts:
        """Those of some targets in order."""
        parts = cls()
        for index, target in enumerate(giving_way(targets)):
            parts.add(index, target, patterns_of(target))
        return parts


class RareParts:
    """The parts of the names of one segment that are rare in language and belong to one target only; `parts` are all
    parts, where somebody has worked them out."""

    def __init__(self, targets: Sequence[Target], parts: OwnedParts | None = None) -> None:
        parts = parts or OwnedParts.of(targets)
        self._targets = targets
        self._owners = parts.owners
        self._short = parts.short

    def known(self, words: Set[str]) -> set[str]:
        """Those of some folded words that are a part of a name."""
        return (self._owners.keys() & words) | (self._short & words)

    def find(self, reading: TokenizedText, *, asked: bool) -> Iterator[Match]:
        """Every rare part that does not stand in another name; likely where it is asked about or unheard of.

        `asked` tells that the text is the question: who asks about "Oduya" means somebody, while an
        answer may mention a firm or a place of that name.
        """
        if reading.foreign:
            for name, start, end in japanese_family_names(reading.source):
                if (bearer := self._owners.get(name, _SHARED)) != _SHARED:
                    yield Match(bearer, EvidenceKind.TRANSLITERATION, Strength.HINT, start, end, score=0.6)
        known = self._owners.keys() & set(reading.words)
        if not known:
            return
        of_others: set[str] = set()
        for index in [i for i, word in enumerate(reading.words) if word in known]:
            step()
            word = reading.words[index]
            owner = _SHARED if word in of_others else self._owners[word]
            if owner == _SHARED:
                continue
            if asked and self._before_initial(owner, index, reading):
                start, end = reading.spans[index].start, reading.spans[index + 1].end
                yield Match(owner, EvidenceKind.REFERENCE, Strength.HINT, start, end, "initial", score=0.5)
            rare = is_rare(word) or self._ends(owner, index, reading, RARE, last=True)
            first = not rare and self._ends(owner, index, reading, _UNCOMMON, last=False)
            surname = not (rare or first) and asked and self._ends(owner, index, reading, _FAMILIAR, last=True)
            if not (rare or first or surname):
                continue
            token = reading.spans[index]
            if _in_another_name(reading, index, kin=self._targets[owner]):
                of_others.add(word)  # "Ottoline Marsh … Ottoline" is one person, and another one
                continue
            if not rare:
                via = SURNAME if surname else FIRST_NAME
                yield Match(owner, EvidenceKind.PARTIAL_NAME, Strength.HINT, token.start, token.end, via, score=0.5)
                continue
            small = reading.capitals and not reading.capitalised(index)
            # Written small where others are not, a word of the language is no surname: "the sternal angle".
            sure = (asked and not small) or zipf(word) < _UNHEARD_OF
            strength = Strength.LIKELY if sure and not _is_place(word, self._targets[owner]) else Strength.HINT
            yield Match(owner, EvidenceKind.PARTIAL_NAME, strength, token.start, token.end, score=0.6)

    def _before_initial(self, owner: int, index: int, reading: TokenizedText) -> bool:
        """Whether a word opens the name and the initial of the name's last word follows: "Orla F." """
        if index + 1 >= len(reading.words) or len(reading.words[index + 1]) > 1:
            return False
        word, initial = reading.words[index], reading.words[index + 1]
        if not reading.capitalised(index + 1) or reading.gap(index) != " ":
            return False
        after = index + 2
        if after < len(reading.words) and reading.gap(index + 1) in (" ", ". ") and reading.capitalised(after):
            return False  # "Orla F. Tarn"
        patterns = patterns_of(self._targets[owner])
        return any(len(p.tokens) > 1 and p.tokens[0] == word and p.tokens[-1][0] == initial for p in patterns)

    def _ends(self, owner: int, index: int, reading: TokenizedText, limit: float, *, last: bool) -> bool:
        """Whether a word is capitalised, less common here than `limit`, and the last (or the first) of the name."""
        word, end = reading.words[index], -1 if last else 0
        ends = any(len(p.tokens) > 1 and p.tokens[end] == word for p in patterns_of(self._targets[owner]))
        return ends and reading.capitalised(index) and zipf_among(word, reading.words) < limit


def _is_place(part: str, target: Target) -> bool:
    """Whether a part stands in the target's name as where it is from: "Duchess of Arlesbury"."""
    return any(("of", part) in pairwise(pattern.tokens) for pattern in patterns_of(target))


def parts_in_company(target: Target, index: int, reading: TokenizedText) -> Iterator[Match]:
    """Every part of the name of a target that the same conversation is known to be about."""
    parts = {p for pattern in patterns_of(target) for p in parts_of(pattern)}
    for position, word in enumerate(reading.words):
        if word in parts:
            step()
        if word in parts and reading.capitalised(position) and not _in_another_name(reading, position, parts):
            token = reading.spans[position]
            yield Match(index, EvidenceKind.PARTIAL_NAME, Strength.LIKELY, token.start, token.end, score=0.7)
    if reading.foreign:
        for piece in parts_heard(reading, frozenset(parts)):
            yield Match(index, EvidenceKind.PARTIAL_NAME, Strength.LIKELY, piece.start, piece.end, score=0.7)


def belongs_to_another(target: Target, question: TokenizedText, draft: TokenizedText) -> bool:
    """Whether the parts of the target's name that the question holds are another's, by what the draft says.

    They are if they stand in the draft in another name only, and the draft opens with that name and tells of it.
    One who is the answer ("Who was Oduya married to?") or something named after the target tells nothing of whom
    the question means.
    """
    parts = {p for pattern in patterns_of(target) for p in parts_of(pattern)}.intersection(question.words)
    places = [index for index, word in enumerate(draft.words) if word in parts]
    if not places or not all(_in_another_name(draft, index) for index in places):
        return False
    if _WHO.intersection(question.words) and any(zipf(w) < GLUE for w in question.words if w not in parts):
        return False
    first = last = places[0]
    while first and draft.gap(first - 1) in (" ", "-") and draft.capitalised(first - 1):
        first -= 1
    while last + 1 < len(draft.words) and draft.gap(last) in (" ", "-") and draft.capitalised(last + 1):
        last += 1
    named = [word for word in draft.words[first : places[0]] if zipf(word) < GLUE]
    return first <= 1 and bool(named) and last + 1 < len(draft.words)


def _in_another_name(
    reading: TokenizedText, index: int, own: frozenset[str] | set[str] = frozenset(), kin: Target | None = None
) -> bool:
    """Whether a capitalised neighbour makes this part somebody else's name.

    Past an initial ("Ada R. Torri") the word after it is the neighbour; a part of the name of `kin` is none there.
    """
    for near, neighbour in ((index, index - 1), _past_initial(reading, index)):
        if not _adjoin(reading, near, neighbour) or reading.words[neighbour] in own:
            continue
        if near != index and kin is not None and any(reading.words[neighbour] in parts_of(p) for p in patterns_of(kin)):
            continue
        other = reading.spans[neighbour]
        opens = neighbour == 0 or reading.gap(neighbour - 1).rstrip()[-1:] in (".", "!", "?", ":")
        # Any word may be capitalised where a sentence opens; an uncommon one is a name there too.
        if reading.source[other.start].isupper() and len(other.text) > 1 and (not opens or zipf(other.text) < GLUE):
            return True
    return False


def _past_initial(reading: TokenizedText, index: int) -> tuple[int, int]:
    """Places of the next word of a name and of what stands before it: this word, or an initial after it.

    Looking back, an initial and the end of a sentence ("vitamin C. Ada") look alike.
    """
    initial = index + 1
    if not _adjoin(reading, index, initial) or len(reading.words[initial]) != 1 or not reading.capitalised(initial):
        return index, initial
    return initial, initial + 1


def _adjoin(reading: TokenizedText, one: int, other: int) -> bool:
    """Whether two words stand side by side in one name, the first perhaps an initial."""
    left, right = sorted((one, other))
    if left < 0 or right >= len(reading.spans):
        return False
    gap = reading.gap(left)
    return gap in (" ", "-") or (gap in (". ", ".") and one == left and len(reading.words[left]) == 1)
