"""The indexes over the targets in force, following the registry's snapshots.

A large segment over the snapshot's base, and two small ones over what changed since. What takes long is built beside
those that serve and takes their place when it is ready, with all that belongs to it. A sighting in a segment counts
only while the snapshot still holds the very target that the segment was built from, so lifting a target needs no
rebuilding.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from expunge.errors import ExpungeError
from expunge.screen.cache import Remembered
from expunge.screen.names import Names
from expunge.screen.partial import RareParts
from expunge.screen.sightings import Reading, Sighting
from expunge.screen.spelling import Spelling
from expunge.text.precedence import begin_serving, beside, end_serving
from expunge.types import Snapshot, Target

_FRESH = 64
"""Changes that are indexed by themselves before they are merged with the earlier ones, in the background."""
_RETRY_SECONDS = 5.0
_RECORD_MARKS = ("=", "{", "|", "\t", "<", ",\n")
"""Signs of a record, in which names may be written small."""
_LARGE = 2_000
"""Targets from which a base replaces another in the background, while the older index serves."""
_FROZEN = 20_000
"""Targets from which they are left out of garbage collection."""


class Segment:
    """Every name detector over one fixed list of targets."""

    def __init__(self, targets: Sequence[Target]) -> None:
        # A million targets live as long as the process: walking them in each full collection
        # would hold up a question for a tenth of a second.
        if len(targets) >= _FROZEN:
            gc.collect()
            gc.freeze()
        self.targets = targets
        self._names = Names(targets)
        self._spelling = Spelling(targets)
        self._parts = RareParts(targets)

    def find(self, reading: Reading, *, exact: bool = False, asked: bool = False) -> Iterator[Sighting]:
        """All sightings in a text; `exact` leaves spelling and parts of names out, `asked` marks a question."""
        yield from self._names.find(reading)
        if not exact:
            yield from self._spelling.find(reading)
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

    def find(self, reading: Reading, *, exact: bool = False, asked: bool = False) -> Iterator[tuple[Target, Sighting]]:
        """Every sighting of a target that is in force, with the target (see `Segment.find`)."""
        for segment in self.segments:
            for sighting in segment.find(reading, exact=exact, asked=asked):
                target = segment.targets[sighting.target]
                if self.snapshot.get(target.id) is target:
                    yield target, sighting

    def may_name_in_parts(self, reading: Reading) -> bool:
        """Whether a text may give a name in parts.

        It holds one of them as a name or in a record, or is in a script in which parts change or run together.
        """
        if reading.foreign:
            return True
        words, source = frozenset(reading.words), reading.source
        known = set().union(*(segment.known_parts(words) for segment in self.segments))
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
        self._finish = finish
        self._base: tuple[int, Segment] | None = None
        self._unindexed: tuple[Segment, int, tuple[Target, ...]] | None = None
        self._folds: dict[int, Mapping[str, Target | None]] = {}
        """By the number of a newer base than the one that is indexed, what it differs in from the one before."""
        self._middle = self._fresh = Segment(())
        self._served: tuple[Segment, View] | None = None
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
        with self._lock:
            begin_serving()
            try:
                return self._view(snapshot)
            finally:
                end_serving()

    def _view(self, snapshot: Snapshot) -> View:
        base = self._base_for(snapshot)
        if self._served is not None:
            indexed, view = self._served
            before = view.snapshot
            if indexed is base and before.base is snapshot.base and before.overlay is snapshot.overlay:
                return view
        changed = self._missing_in(base, snapshot)
        changed += tuple(target for target in snapshot.overlay.values() if target is not None)
        self._cover(changed)
        segments = tuple(s for s in (base, self._middle, self._fresh) if s.targets) or (base,)
        view = View(snapshot, segments)
        self._served = base, view
        return view

    def _cover(self, changed: tuple[Target, ...]) -> None:
        """Put what changed into the small segments: the newest into one that is built in no time.

        What is no longer in force may stay in them: a sighting of it does not count.
        """
        known = {id(target) for target in self._middle.targets}
        fresh = tuple(target for target in changed if id(target) not in known)
        if not _same(fresh, self._fresh.targets):
            self._fresh = Segment(fresh)
        if len(fresh) > _FRESH or len(known) > 2 * len(changed) + _FRESH:
            self._build("middle", changed, self._use_as_middle)

    def _use_as_middle(self, segment: Segment) -> None:
        self._middle = segment
        self._served = None

    def _base_for(self, snapshot: Snapshot) -> Segment:
        if self._base is None or self._base[0] != snapshot.base_id:
            self._renew(snapshot)
        assert self._base is not None
        return self._base[1]

    def _missing_in(self, base: Segment, snapshot: Snapshot) -> tuple[Target, ...]:
        """The targets of the snapshot's base that the index over an older base does not hold."""
        assert self._base is not None
        if self._base[0] == snapshot.base_id:
            return ()
        if self._unindexed is None or self._unindexed[0] is not base or self._unindexed[1] != snapshot.base_id:
            missing = self._folded_since(self._base[0], snapshot)
            if missing is None:
                held = {id(target) for target in base.targets}
                missing = tuple(target for target in snapshot.base.values() if id(target) not in held)
            self._unindexed = base, snapshot.base_id, missing
        return tuple(target for target in self._unindexed[2] if target.id not in snapshot.overlay)

    def _folded_since(self, base_id: int, snapshot: Snapshot) -> tuple[Target, ...] | None:
        """What a snapshot's base holds and an earlier one does not, if it is known without a look at all of it."""
        self._folds[snapshot.base_id] = snapshot.folded
        changed: dict[str, Target | None] = {}
        for number in range(base_id + 1, snapshot.base_id + 1):
            if not self._folds.get(number):
                return None
            changed |= self._folds[number]
        if not changed:
            return None
        return tuple(target for target in changed.values() if target is not None)

    def _renew(self, snapshot: Snapshot) -> None:
        if self._base is None or len(snapshot.base) < _LARGE or len(self._base[1].targets) * 2 < len(snapshot.base):
            self._base = snapshot.base_id, Segment(tuple(snapshot.base.values()))
            return
        base_id = snapshot.base_id

        def use(segment: Segment) -> None:
            self._base = base_id, segment
            self._folds = {number: fold for number, fold in self._folds.items() if number > base_id}

        self._build("base", tuple(snapshot.base.values()), use)

    def _build(self, part: str, targets: tuple[Target, ...], use: Callable[[Segment], None]) -> None:
        """Build a segment in the background, unless one for the same part is being built."""
        if part in self._building or time.monotonic() < self._not_before:
            return

        def build() -> None:
            segment = None
            try:
                with beside():
                    built = Segment(targets)
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


def _same(a: Sequence[Target], b: Sequence[Target]) -> bool:
    return len(a) == len(b) and all(x is y for x, y in zip(a, b, strict=True))
