"""Requests and tokens of a minute."""

from __future__ import annotations

from expunge.gateway.access.rate_limits import RateLimiter, RateLimits


def entered(limiter: RateLimiter, allowance: RateLimits) -> tuple[str, float] | None:
    over = limiter.enter("a", allowance)
    return over and (over[0], round(over[1], 6))


def test_requests_come_back_evenly() -> None:
    now = [0.0]
    limiter = RateLimiter(lambda: now[0])
    allowance = RateLimits(requests=6, tokens=None)
    assert [limiter.enter("a", allowance) for _ in range(6)] == [None] * 6
    assert entered(limiter, allowance) == ("requests", 10.0)
    assert limiter.enter("b", allowance) is None
    now[0] = 9.0
    assert entered(limiter, allowance) == ("requests", 1.0)
    now[0] = 10.5
    assert limiter.enter("a", allowance) is None
    now[0] = 10_000.0
    assert [entered(limiter, allowance) for _ in range(7)][5:] == [None, ("requests", 10.0)]


def test_tokens_may_be_overdrawn_and_must_be_paid_back() -> None:
    now = [0.0]
    limiter = RateLimiter(lambda: now[0])
    allowance = RateLimits(requests=None, tokens=60)
    assert limiter.enter("a", allowance) is None
    limiter.spend("a", 89)
    assert entered(limiter, allowance) == ("tokens", 30.0)
    limiter.spend("unheard of", 5)
    now[0] = 30.0
    assert limiter.enter("a", allowance) is None


def test_a_request_that_is_one_too_many_costs_nothing() -> None:
    now = [0.0]
    limiter = RateLimiter(lambda: now[0])
    allowance = RateLimits(requests=2, tokens=60)
    assert limiter.enter("a", allowance) is None
    limiter.spend("a", 60)
    assert entered(limiter, allowance) == ("tokens", 1.0)
    now[0] = 1.0
    assert limiter.enter("a", allowance) is None


def test_other_limits_are_in_force_at_once_and_none_is_none() -> None:
    limiter = RateLimiter(lambda: 0.0)
    assert limiter.enter("a", RateLimits(1, None)) is None
    assert limiter.enter("a", RateLimits(1, None)) is not None
    assert limiter.enter("a", RateLimits(2, None)) is None
    assert all(limiter.enter("a", RateLimits(None, None)) is None for _ in range(100))
