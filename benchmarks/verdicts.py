"""What answers of replicas are held against: the changes that the registry holds, and those that were acknowledged."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from expunge.errors import UnknownTarget
from expunge.registry.store import Registry
from expunge.types import ChangeAction

GRACE = 1.0
"""Seconds after which an acknowledged change must be in force everywhere."""


@dataclass(frozen=True, slots=True)
class Ack:
    """A change that a replica acknowledged, at a monotonic time in seconds."""

    replica: int
    name: str
    forgotten: bool
    revision: int
    at: float


@dataclass(frozen=True, slots=True)
class Given:
    """An answer about somebody: whether it told, and the revision that it names. Times are monotonic, in seconds."""

    replica: int
    name: str
    told: bool
    revision: int
    sent: float
    received: float


class Truth:
    """By name, the revisions at which it was forgotten or given back, in order."""

    def __init__(self, changes: Mapping[str, Sequence[tuple[int, bool]]]) -> None:
        self._changes = {name: sorted(events) for name, events in changes.items()}

    @classmethod
    def read(cls, registry: Registry, names: Sequence[str]) -> Truth:
        """What a registry's history says."""
        changes: dict[str, list[tuple[int, bool]]] = {}
        for name in names:
            try:
                history = registry.history(name)
            except UnknownTarget:
                continue
            changes[name] = [(change.revision, change.action in _FORGETTING) for change in history]
        return cls(changes)

    def forgotten(self, name: str, revision: int) -> bool:
        """Whether a name was to be forgotten at a revision."""
        events = self._changes.get(name, [])
        place = bisect_right([at for at, _ in events], revision)
        return place > 0 and events[place - 1][1]

    def holds(self, ack: Ack) -> bool:
        """Whether an acknowledged change is there."""
        return (ack.revision, ack.forgotten) in self._changes.get(ack.name, [])


_FORGETTING = frozenset({ChangeAction.ADDED, ChangeAction.REACTIVATED, ChangeAction.EXTENDED})


def leaked(truth: Truth, given: Sequence[Given]) -> int:
    """Answers that told of somebody who was forgotten at the revision they name."""
    return sum(answer.told and truth.forgotten(answer.name, answer.revision) for answer in given)


def withheld(truth: Truth, given: Sequence[Given]) -> int:
    """Answers that kept silent about somebody who was not forgotten at the revision they name."""
    return sum(not answer.told and not truth.forgotten(answer.name, answer.revision) for answer in given)


def lost(truth: Truth, acks: Sequence[Ack]) -> int:
    """Changes that were acknowledged and are not there."""
    return sum(not truth.holds(ack) for ack in acks)


def late(acks: Sequence[Ack], given: Sequence[Given]) -> int:
    """Answers whose request was sent more than `GRACE` after an acknowledgement and that name an older revision."""
    ordered = sorted(acks, key=lambda ack: ack.at)
    newest, reached = [], 0
    for ack in ordered:
        reached = max(reached, ack.revision)
        newest.append(reached)
    times = [ack.at for ack in ordered]
    count = 0
    for answer in given:
        place = bisect_right(times, answer.sent - GRACE)
        count += place > 0 and answer.revision < newest[place - 1]
    return count


def propagation(acks: Sequence[Ack], given: Sequence[Given]) -> list[float]:
    """For each change, the seconds until another replica gave an answer by it; at least one change must have one."""
    delays: list[float] = []
    by_replica: dict[int, list[Given]] = {}
    for answer in sorted(given, key=lambda answer: answer.received):
        by_replica.setdefault(answer.replica, []).append(answer)
    for replica, answers in by_replica.items():
        reached: list[int] = []
        for answer in answers:
            reached.append(max(answer.revision, reached[-1] if reached else 0))
        for ack in acks:
            if ack.replica != replica:
                place = bisect_right(reached, ack.revision - 1)
                if place < len(answers):
                    delays.append(max(0.0, answers[place].received - ack.at))
    return delays
