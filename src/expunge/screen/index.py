"""The indexes over the targets in force, following the registry's snapshots.

A large segment over the snapshot's base, and small ones over what changed since. What takes long is built beside those
that serve and takes their place when it is ready, with all that belongs to it; what a change adds is indexed by whoever
makes it, before it is in force. A sighting in a segment counts only while the snapshot still holds the very target that
the segment was built from, so lifting a target needs no rebuilding, and a segment that holds more serves as well.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from expunge.errors import ExpungeError
from expunge.screen.matches import Match, Remembered, TokenizedText
from expunge.screen.names.exact import NameForms, Names
from expunge.screen.names.fuzzy import PairCodes, Spelling
from expunge.screen.names.partial import OwnedParts, RareParts
from expunge.screen.names.patterns import Borne, forget_tokens, patterns_of
from expunge.text.budget import beside, giving_way, serving
from expunge.types import Snapshot, Target

_FRESH = 64
"""Changes that are indexed together with each new one; what is added to more stands by itself."""
_MOST_SMALL = 2
"""Small segments before they are merged in the background."""
_RETRY_SECONDS = 5.0
_RECORD_MARKS = ("=", "{", "|", "\t", "<", ",\n")
"""Signs of a record, in which names may be written small."""
_LARGE = 2_000
"""Targets from which a base replaces another in the background, while the older index serves."""
_FROZEN = 20_000
"""Targets from which they are left out of garbage collection."""
_SOON = 5_000
"""New targets that are indexed as fast as can be; while more are, requests go first."""
_AHEAD = 50_000
"""New targets, at most, that are indexed before they are in force."""


class Segment:
    """Every name detector over one fixed list of targets; `whole` tells that it is all of a snapshot's base."""

    def __init__(self, targets: Sequence[Target], *, whole: bool = False) -> None:
        self.targets = targets
        self.whole = whole
        forms, pairs, parts = NameForms(), PairCodes(), OwnedParts()
        for index, target in enumerate(giving_way(targets)):
            patterns = patterns_of(target)
            forms.add(index, patterns)
            pairs.add(index, target, patterns)
            parts.add(index, target, patterns)
        # Of a million names each takes a hundred megabytes until it is laid out.
        self._names = Names(targets, forms)
        del forms
        self._spelling = Spelling(targets, pairs)
        del pairs
        self._parts = RareParts(targets, parts)
        if len(targets) >= _FROZEN:
            forget_tokens()

    def find(
        self, reading: TokenizedText, *, exact: bool = False, asked: bool = False, borne: Borne | None = None
    ) -> Iterator[Match]:
        """All sightings in a text; `exact` leaves spelling and parts of names out, `asked` marks a question.

        `borne` tells parts of the names of all who are registered, where other segments hold some of them.
        """
        borne = borne or self.known_parts
        yield from self._names.find(reading, borne)
        if not exact:
            yield from self._spelling.find(reading, borne)
            yield from self._parts.find(reading, asked=asked)

    def known_parts(self, words: Set[str]) -> set[str]:
        """Those of some folded words that are a part of a name."""
        return self._parts.known(words)

    def inside(self, squashed: str, shortest: int) -> Iterator[int]:
        """The targets whose name, of so many letters at least, stands anywhere in a squashed text."""
        return self._names.inside(squashed, shortest)


@dataclass(frozen=True, slots=True)
class View:
    """The segments that serve one snapshot, and what was found in texts under it."""

    snapshot: Snapshot
    segments: tuple[Segment, ...]
    remembered: Remembered = field(default_factory=Remembered)

    def find(
        self, reading: TokenizedText, *, exact: bool = False, asked: bool = False
    ) -> Iterator[tuple[Target, Match]]:
        """Every sighting of a target that is in force, with the target (see `Segment.find`)."""
        for segment in self.segments:
            for sighting in segment.find(reading, exact=exact, asked=asked, borne=self.known_parts):
                target = segment.targets[sighting.target]
                if self.snapshot.get(target.id) is target:
                    yield target, sighting

    def known_parts(self, words: Set[str]) -> set[str]:
        """Those of some folded words that are a part of the name of anybody in any segment."""
        return set().union(*(segment.known_parts(words) for segment in self.segments))

    def may_name_in_parts(self, reading: TokenizedText) -> bool:
        """Whether a text may give a name in parts.

        It holds one of them as a name or in a record, or is in a script in which parts change or run together.
        """
        if reading.foreign:
            return True
        words, source = frozenset(reading.words), reading.source
        known = self.known_parts(words)
        if not known or not source.isascii():
            return bool(known)  # "Hélène" is known as "helene"
        return any(mark in source for mark in _RECORD_MARKS) or any(
            word.capitalize() in source or word.upper() in source for word in known
        )

    def inside(self, squashed: str, shortest: int) -> Iterator[tuple[Target, int]]:
        """Targets in force whose name stands anywhere in a squashed text, word edges or not, with their index."""
        for segment in self.segments:
            for index in segment.inside(squashed, shortest):
                target = segment.targets[index]
                if self.snapshot.get(target.id) is target:
                    yield target, index

    def holds(self, squashed: str, shortest: int) -> bool:
        """Whether `inside` finds anybody."""
        return next(self.inside(squashed, shortest), None) is not None


class Index:
    """Builds and keeps the segments. Safe to use from several threads.

    `finish` is called in the background with a segment that is about to serve, to work out what belongs to it; if it
    raises ExpungeError, what serves goes on and the segment is built again later.
    """

    def __init__(self, finish: Callable[[Segment], None] = lambda segment: None) -> None:
        self._lock = threading.Lock()
        """Held for moments only, and never while something is built."""
        self._making = threading.Lock()
        """Held while a segment is built that somebody waits for: whoever needs the same one waits for it, too."""
        self._finish = finish
        self._base: tuple[int, Segment] | None = None
        self._unindexed: tuple[Segment, int, tuple[Target, ...]] | None = None
        self._folds: dict[int, Mapping[str, Target | None]] = {}
        """By the number of a base what it differs in from the one before, for the latest ones."""
        self._small: tuple[Segment, ...] = ()
        self._covered: frozenset[int] = frozenset()
        """What the small segments hold, by identity."""
        self._served: tuple[View, ...] = ()
        """The views of the latest snapshots: those who began before a change read under another than those after."""
        self._newest = 0
        self._frozen = 0
        self._building: set[str] = set()
        self._not_before = 0.0

    @property
    def building(self) -> bool:
        """Whether a segment is being built in the background."""
        return bool(self._building)

    def view(self, snapshot: Snapshot) -> View:
        """The segments for a snapshot, building what is missing.

        Targets that a large new base holds and the older index does not are covered by the small
        segments until the new index is ready, so nothing in force is ever overlooked.
        """
        while True:
            with self._lock:
                found = self._composed(snapshot)
            if isinstance(found, View):
                return found
            with serving():
                self._make(snapshot)

    def follow(self, snapshot: Snapshot) -> None:
        """Build what is missing for a snapshot that is about to be in force, while the one before it serves.

        Does nothing while nothing is read yet, nor of so many new targets that they had better be in force first.
        """
        if self._base is None:
            return
        while True:
            with self._lock:
                found = self._composed(snapshot)
            if isinstance(found, View) or len(found) > _AHEAD:
                return
            if len(found) > _SOON:
                with beside():
                    self._make(snapshot)
            else:
                self._make(snapshot)

    def _composed(self, snapshot: Snapshot) -> View | tuple[Target, ...]:
        """The view of a snapshot, or, if they do not serve it, the targets that the segments lack."""
        if self._base is None:
            return ()
        self._newest = max(self._newest, snapshot.revision)
        self._folds.setdefault(snapshot.base_id, snapshot.folded)
        self._renew(snapshot)
        for view in self._served:
            if view.snapshot.base is snapshot.base and view.snapshot.overlay is snapshot.overlay:
                return view
        base = self._base[1]
        needed = self._missing_in(base, snapshot)
        needed += tuple(target for target in snapshot.overlay.values() if target is not None)
        missing = tuple(target for target in needed if id(target) not in self._covered)
        if missing:
            return missing
        if snapshot.revision == self._newest:
            self._merge(needed)
        view = View(snapshot, tuple(s for s in (base, *self._small) if s.targets) or (base,))
        self._served = view, *self._served[:1]
        return view

    def _make(self, snapshot: Snapshot) -> None:
        """Build one segment that a snapshot lacks, unless somebody has."""
        with self._making:
            with self._lock:
                missing = self._composed(snapshot)
                base, small = self._base, self._small
            if isinstance(missing, View):
                return
            if base is None or (snapshot.base_id > base[0] and _had_better_be_new(base[1], snapshot)):
                if base is None:
                    self._freeze(len(snapshot.base), whole=True)
                segment = Segment(tuple(snapshot.base.values()), whole=True)
                with self._lock:
                    self._use_as_base(snapshot, segment)
                return
            # What is no longer in force may stay in them: a sighting of it does not count.
            newest = small[-1] if small and len(small[-1].targets) <= _FRESH and len(missing) <= _FRESH else None
            segment = Segment(missing if newest is None else (*newest.targets, *missing))
            with self._lock:
                self._use_small((*(s for s in self._small if s is not newest), segment))

    def _use_small(self, segments: tuple[Segment, ...]) -> None:
        self._small = segments
        self._covered = frozenset(id(target) for segment in segments for target in segment.targets)

    def _merge(self, needed: tuple[Target, ...]) -> None:
        """Have one small segment made of several, or of one that holds much that is in force no longer."""
        if len(self._small) <= _MOST_SMALL and len(self._covered) <= 2 * len(needed) + _FRESH:
            return
        merged = self._small

        def use(segment: Segment) -> None:
            others = tuple(s for s in self._small if s not in merged)
            self._use_small((segment, *others) if segment.targets else others)
            self._served = ()

        self._build("small", needed, use)

    def _missing_in(self, base: Segment, snapshot: Snapshot) -> tuple[Target, ...]:
        """The targets of the snapshot's base that the index over another base does not hold."""
        assert self._base is not None
        if self._base[0] == snapshot.base_id:
            return ()
        if self._unindexed is None or self._unindexed[0] is not base or self._unindexed[1] != snapshot.base_id:
            missing = self._between(self._base[0], snapshot)
            if missing is None:
                held = {id(target) for target in base.targets}
                missing = tuple(target for target in snapshot.base.values() if id(target) not in held)
            self._unindexed = base, snapshot.base_id, missing
        return tuple(target for target in self._unindexed[2] if target.id not in snapshot.overlay)

    def _between(self, base_id: int, snapshot: Snapshot) -> tuple[Target, ...] | None:
        """Return what a snapshot's base holds of all that it and another one differ in.

        None if only a look at the whole base would tell.
        """
        first, last = sorted((base_id, snapshot.base_id))
        changed: dict[str, None] = {}
        for number in range(first + 1, last + 1):
            if not self._folds.get(number):
                return None
            changed.update(dict.fromkeys(self._folds[number]))
        held = (snapshot.base.get(target_id) for target_id in changed)
        return tuple(target for target in held if target is not None)

    def _renew(self, snapshot: Snapshot) -> None:
        """Have the base of a snapshot indexed in the background, if it is newer than the one that is."""
        assert self._base is not None
        if snapshot.base_id <= self._base[0] or _had_better_be_new(self._base[1], snapshot):
            return

        def use(segment: Segment) -> None:
            self._use_as_base(snapshot, segment)

        self._build("base", snapshot.base.values(), use)

    def _use_as_base(self, snapshot: Snapshot, segment: Segment) -> None:
        self._base = snapshot.base_id, segment
        self._folds = {number: fold for number, fold in self._folds.items() if number >= snapshot.base_id}
        # Of small segments whose targets are all in the base now nothing is needed.
        base = snapshot.base
        self._use_small(tuple(s for s in self._small if any(base.get(target.id) is not target for target in s.targets)))
        self._served = ()

    def _freeze(self, count: int, *, whole: bool) -> None:
        """Leave so many targets out of garbage collection, unless nearly as many are.

        A million targets live as long as the process: walking them in each full collection would hold up a question
        for a tenth of a second. So would a `whole` collection of what is left out, while somebody is served.
        """
        if count >= self._frozen + _FROZEN:
            self._frozen = count
            gc.collect() if whole else gc.collect(1)
            gc.freeze()

    def _build(self, part: str, targets: Iterable[Target], use: Callable[[Segment], None]) -> None:
        """Build a segment in the background, unless one for the same part is being built."""
        if part in self._building or time.monotonic() < self._not_before:
            return

        def build() -> None:
            segment = None
            try:
                with beside():
                    fixed = tuple(targets)
                    self._freeze(len(fixed), whole=False)
                    built = Segment(fixed, whole=part == "base")
                    self._finish(built)
                segment = built
            except ExpungeError:
                self._not_before = time.monotonic() + _RETRY_SECONDS
            finally:
                with self._lock:
                    self._building.discard(part)
                    if segment is not None:
                        use(segment)

        self._building.add(part)
        threading.Thread(target=build, name="expunge-index", daemon=True).start()


def _had_better_be_new(base: Segment, snapshot: Snapshot) -> bool:
    """Whether a base is so small, or so much larger than the indexed one, that all of it is indexed at once."""
    return len(snapshot.base) < _LARGE or len(base.targets) * 2 < len(snapshot.base)
