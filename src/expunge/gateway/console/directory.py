"""Finds targets in force among very many: by a part of a name, and by what somebody must see to.

A registry's names are encrypted, so that its database cannot search in them; the snapshot in memory can. Its large base
is written into one text, a name a line, in which a search is a scan of some milliseconds for a million names. The
overlay of recent changes is looked through as it is.
"""

from __future__ import annotations

import threading
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, dropwhile, islice
from typing import Literal

from expunge.registry.rows import micros
from expunge.types import Snapshot, Target

Matter = Literal["due", "expiring", "unconfirmed"]
"""What somebody must see to: a request with a due date, a target that will run out, facts that nobody confirmed."""
MATTERS: tuple[Matter, ...] = ("due", "expiring", "unconfirmed")
_LINE = "\n"


@dataclass(frozen=True, slots=True)
class Found:
    """Some targets, and the id after which the next ones come, or None."""

    targets: tuple[Target, ...]
    next: str | None = None


class _Base:
    """The searchable parts of a snapshot's base."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.id = snapshot.base_id
        self.ids = list(snapshot.base)
        self.matters: dict[Matter, list[tuple[int, str]]] = {matter: [] for matter in MATTERS}
        starts, lines, length = array("Q"), [], 0
        for target in snapshot.base.values():
            starts.append(length)
            for name in target.names:
                line = searchable(name)
                lines.append(line)
                length += len(line) + len(_LINE)
            for matter in MATTERS:
                if (key := _key(target, matter)) is not None:
                    self.matters[matter].append(key)
        self.starts = starts
        self.text = _LINE.join(lines)
        for keys in self.matters.values():
            keys.sort()

    def matching(self, wanted: str, first: int) -> Iterator[str]:
        """The ids of targets that have `wanted` in a name, in their order, from place `first` on."""
        at = self.starts[first] if first < len(self.ids) else len(self.text)
        while (at := self.text.find(wanted, at)) >= 0:
            place = bisect_right(self.starts, at) - 1
            yield self.ids[place]
            if place + 1 >= len(self.ids):
                return
            at = self.starts[place + 1]


class Directory:
    """Searches the snapshots of one tenant. Safe to use from several threads; the first search of a base takes a
    second or two for a million targets."""

    def __init__(self) -> None:
        self._base: _Base | None = None
        self._lock = threading.Lock()

    def prepare(self, snapshot: Snapshot) -> None:
        """Write down what is searched of a snapshot, if that is not done yet."""
        self._of(snapshot)

    def is_ready(self, snapshot: Snapshot) -> bool:
        """Whether a search of this snapshot need not wait."""
        return self._base is not None and self._base.id == snapshot.base_id

    def search(self, snapshot: Snapshot, wanted: str, *, after: str = "", limit: int) -> Found:
        """At most `limit` targets with a part of a name or alias, older ones first, that come after the one of id
        `after`. Case, accents and white space make no difference."""
        wanted = searchable(wanted)
        if not wanted:
            return Found(())
        base = self._of(snapshot)
        recent = [
            target
            for target in snapshot.overlay.values()
            if target is not None and any(wanted in searchable(name) for name in target.names)
        ]
        first, skipped = 0, 0
        if after in snapshot.overlay:
            first = len(base.ids)
            skipped = next((place + 1 for place, target in enumerate(recent) if target.id == after), 0)
        elif after in snapshot.base:
            first = base.ids.index(after) + 1

        def matching() -> Iterator[Target]:
            for target_id in base.matching(wanted, first):
                if target_id not in snapshot.overlay:
                    yield snapshot.base[target_id]
            yield from recent[skipped:]

        return _page(matching(), limit)

    def matter(self, snapshot: Snapshot, matter: Matter, *, after: str = "", limit: int) -> Found:
        """At most `limit` targets that somebody must see to, the most urgent first, that come after the one of id
        `after`."""
        keys = self._keys(snapshot, matter)
        last = snapshot.get(after) if after else None
        last_key = None if last is None else _key(last, matter)
        first = 0 if last_key is None else bisect_right(keys, last_key)
        found = (snapshot.get(target_id) for _, target_id in islice(keys, first, None))
        return _page((target for target in found if target is not None), limit)

    def count(self, snapshot: Snapshot, matter: Matter, before: datetime | None = None) -> int:
        """Return how many targets somebody must see to, or must before a time."""
        keys = self._keys(snapshot, matter)
        return len(keys) if before is None else bisect_left(keys, (micros(before), ""))

    def _keys(self, snapshot: Snapshot, matter: Matter) -> list[tuple[int, str]]:
        keys = self._of(snapshot).matters[matter]
        if not snapshot.overlay:
            return keys
        kept = [key for key in keys if key[1] not in snapshot.overlay]
        changed = (_key(target, matter) for target in snapshot.overlay.values() if target is not None)
        return sorted([*kept, *(key for key in changed if key is not None)])

    def _of(self, snapshot: Snapshot) -> _Base:
        with self._lock:
            if self._base is None or self._base.id != snapshot.base_id:
                self._base = None  # two would take twice the memory
                self._base = _Base(snapshot)
            return self._base


def newest(snapshot: Snapshot, *, after: str = "", limit: int) -> Found:
    """At most `limit` targets in force, newest first, that were registered before the one of id `after`.

    It takes the snapshot's own order and needs no index: some milliseconds among a million.
    """
    # Both mappings have their targets in the order in which they were added.
    recent = (target_id for target_id in reversed(tuple(snapshot.overlay)) if target_id not in snapshot.base)
    ids: Iterator[str] = chain(recent, reversed(tuple(snapshot.base)))
    if after in snapshot.base or after in snapshot.overlay:
        ids = islice(dropwhile(lambda target_id: target_id != after, ids), 1, None)
    found = (snapshot.get(target_id) for target_id in ids)
    return _page((target for target in found if target is not None), limit)


def searchable(name: str) -> str:
    """A name as it is compared here: without case, accents and runs of white space."""
    if not name.isascii():
        decomposed = unicodedata.normalize("NFKD", name)
        name = "".join(sign for sign in decomposed if not unicodedata.combining(sign)).casefold()
        name = unicodedata.normalize("NFKC", name)
    return " ".join(name.lower().split())


def _key(target: Target, matter: Matter) -> tuple[int, str] | None:
    """Return where a target stands among those of a matter, None if it is none of them."""
    if matter == "due":
        moment = target.due_at
    elif matter == "expiring":
        moment = target.expires_at
    else:
        moment = target.created_at if target.unconfirmed else None
    return None if moment is None else (micros(moment), target.id)


def _page(targets: Iterator[Target], limit: int) -> Found:
    found = tuple(islice(targets, limit + 1))
    return Found(found[:limit], found[limit - 1].id) if len(found) > limit else Found(found)
