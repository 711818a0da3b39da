"""Limits on the use of a key within a minute. Counted in this process: with several replicas each allows as much."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

_MINUTE = 60.0
_KEYS = 10_000
"""Keys beyond this many have their counts dropped, those unused for longest first."""


@dataclass(slots=True)
class Bucket:
    """Fills evenly, up to a minute's worth. Spending may overdraw it; nothing is let through until it is paid back."""

    per_minute: int
    level: float
    at: float

    def fill(self, now: float) -> None:
        """Add what has accrued since it was last filled."""
        self.level = min(self.per_minute, self.level + (now - self.at) * self.per_minute / _MINUTE)
        self.at = now

    def wait_for(self, amount: float) -> float:
        """Seconds until it holds so much."""
        return max(0.0, amount - self.level) * _MINUTE / self.per_minute


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The limits of one key; None is no limit."""

    requests: int | None
    tokens: int | None


class RateLimiter:
    """Counts requests and tokens by key."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def enter(self, key_id: str, allowance: RateLimits) -> tuple[str, float] | None:
        """Count a request. Where it is one too many: what was used up ("requests" or "tokens"), and for how long."""
        requests = self._bucket(key_id, "requests", allowance.requests)
        tokens = self._bucket(key_id, "tokens", allowance.tokens)
        # A request needs some tokens, how many is known afterwards.
        for what, bucket in (("requests", requests), ("tokens", tokens)):
            if bucket is not None and (seconds := bucket.wait_for(1.0)) > 0:
                return what, seconds
        if requests is not None:
            requests.level -= 1.0
        return None

    def spend(self, key_id: str, tokens: int) -> None:
        """Count the tokens of a request that has entered."""
        bucket = self._buckets.get((key_id, "tokens"))
        if bucket is not None:
            bucket.level -= tokens

    def _bucket(self, key_id: str, what: str, per_minute: int | None) -> Bucket | None:
        bucket = self._buckets.pop((key_id, what), None)
        if per_minute is None:
            return None
        now = self._clock()
        if bucket is None or bucket.per_minute != per_minute:
            bucket = Bucket(per_minute, per_minute, now)
        bucket.fill(now)
        self._buckets[key_id, what] = bucket
        while len(self._buckets) > 2 * _KEYS:
            del self._buckets[next(iter(self._buckets))]
        return bucket
