"""What the clients of a long run hold against a gateway: each answer in the log once, nothing told, steady memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

NOISE = 0.02
"""Share of the memory that may come and go by itself."""


@dataclass(slots=True)
class Ledger:
    """What became of each request, by its id.

    `answered` are ids of whole answers, `broken` of those that the client broke off (they may be in the log or not),
    `failed` of errors. `leaks` are kinds of requests whose answer told of a target; `odd` are statuses that no request
    of its kind should get. `kinds` counts requests.
    """

    answered: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    leaks: list[str] = field(default_factory=list)
    odd: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    suppressed: int = 0


@dataclass(frozen=True, slots=True)
class Reckoning:
    """The ledger against the log: answers that it lacks, that it has more than once, and entries of no answer."""

    lost: int
    twice: int
    unasked: int


def reckon(ledger: Ledger, logged: Iterable[str]) -> Reckoning:
    """Hold the ids in the log against those of the clients."""
    found = Counter(logged)
    return Reckoning(
        lost=sum(1 for id_ in ledger.answered if id_ not in found),
        twice=sum(1 for count in found.values() if count > 1),
        unasked=sum(1 for id_ in found if id_ not in ledger.answered and id_ not in ledger.broken),
    )


@dataclass(frozen=True, slots=True)
class Curve:
    """Resident memory over time, in MB (10^6 bytes) at equal intervals of `every` seconds."""

    every: float
    mb: tuple[float, ...]

    @property
    def grown(self) -> float:
        """MB that the last quarter's median lies over the third's: what the second half has grown by."""
        if len(self.mb) < 4:
            return 0.0
        quarter = len(self.mb) // 4
        return median(self.mb[-quarter:]) - median(self.mb[-2 * quarter : -quarter])

    @property
    def noise(self) -> float:
        """MB within which the memory of the second half moves by itself, or 2 % of it where that is more."""
        half = sorted(self.mb[len(self.mb) // 2 :])
        if not half:
            return 0.0
        ups_and_downs = half[(3 * len(half)) // 4] - half[len(half) // 4]
        return max(ups_and_downs / 2, NOISE * median(half))

    @property
    def flat(self) -> bool:
        """Whether the second half has grown by no more than noise."""
        return self.grown <= self.noise

    def thinned(self, most: int = 60) -> tuple[float, ...]:
        """The curve with at most so many points."""
        step = max(1, -(-len(self.mb) // most))
        return tuple(round(value, 1) for value in self.mb[::step])


def as_counts(counter: Mapping[str, int], keys: Sequence[str] = ()) -> dict[str, int]:
    """A counter in the order of its keys, the named ones first."""
    rest = sorted(key for key in counter if key not in keys)
    return {key: counter[key] for key in (*keys, *rest) if key in counter}
