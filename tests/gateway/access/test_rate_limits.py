"""Requests and tokens of a minute."""

from __future__ import annotations

from expunge.gateway.access.rate_limits import Allowance, Meters


def entered(meters: Meters, allowance: Allowance) -> tuple[str, float] | None:
    over = meters.enter("a", allowance)
    return over and (over[0], round(over[1], 6))


def test_requests_come_back_evenly() -> None:
    now = [0.0]
    meters = Meters(lambda: now[0])
    allowance = Allowance(requests=6, tokens=None)
    assert [meters.enter("a", allowance) for _ in range(6)] == [None] * 6
    assert entered(meters, allowance) == ("requests", 10.0)
    assert meters.enter("b", allowance) is None
    now[0] = 9.0
    assert entered(meters, allowance) == ("requests", 1.0)
    now[0] = 10.5
    assert meters.enter("a", allowance) is None
    now[0] = 10_000.0
    assert [entered(meters, allowance) for _ in range(7)][5:] == [None, ("requests", 10.0)]


def test_tokens_may_be_overdrawn_and_must_be_paid_back() -> None:
    now = [0.0]
    meters = Meters(lambda: now[0])
    allowance = Allowance(requests=None, tokens=60)
    assert meters.enter("a", allowance) is None
    meters.spend("a", 89)
    assert entered(meters, allowance) == ("tokens", 30.0)
    meters.spend("unheard of", 5)
    now[0] = 30.0
    assert meters.enter("a", allowance) is None


def test_a_request_that_is_one_too_many_costs_nothing() -> None:
    now = [0.0]
    meters = Meters(lambda: now[0])
    allowance = Allowance(requests=2, tokens=60)
    assert meters.enter("a", allowance) is None
    meters.spend("a", 60)
    assert entered(meters, allowance) == ("tokens", 1.0)
    now[0] = 1.0
    assert meters.enter("a", allowance) is None


def test_other_limits_are_in_force_at_once_and_none_is_none() -> None:
    meters = Meters(lambda: 0.0)
    assert meters.enter("a", Allowance(1, None)) is None
    assert meters.enter("a", Allowance(1, None)) is not None
    assert meters.enter("a", Allowance(2, None)) is None
    assert all(meters.enter("a", Allowance(None, None)) is None for _ in range(100))
