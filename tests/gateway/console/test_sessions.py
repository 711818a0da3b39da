from __future__ import annotations

from expunge.gateway.access.principal import Principal
from expunge.gateway.console.sessions import IDLE_SECONDS, LONGEST_SECONDS, Sessions

SOMEBODY = Principal(key_id="abc")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_is_found_by_its_token_alone() -> None:
    sessions = Sessions(Clock())
    token, session = sessions.begin(SOMEBODY)
    assert sessions.find(token) is session
    assert sessions.find(token + "x") is None
    assert sessions.find("") is None
    assert token not in repr(vars(sessions))


def test_a_session_that_is_not_used_ends() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    token, _ = sessions.begin(SOMEBODY)
    clock.now += IDLE_SECONDS - 1
    assert sessions.find(token)
    clock.now += IDLE_SECONDS - 1
    assert sessions.find(token)
    clock.now += IDLE_SECONDS
    assert sessions.find(token) is None


def test_a_session_that_is_used_ends_too() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    token, _ = sessions.begin(SOMEBODY)
    for _ in range(int(LONGEST_SECONDS / 600) - 1):
        clock.now += 600
        assert sessions.find(token)
    clock.now += 600
    assert sessions.find(token) is None


def test_signing_out_ends_one_session() -> None:
    sessions = Sessions(Clock())
    (first, _), (second, _) = sessions.begin(SOMEBODY), sessions.begin(SOMEBODY)
    sessions.end(first)
    sessions.end("unknown")
    assert sessions.find(first) is None
    assert sessions.find(second)


def test_of_too_many_the_one_unused_for_longest_ends() -> None:
    sessions = Sessions(Clock())
    first, _ = sessions.begin(SOMEBODY)
    second, _ = sessions.begin(SOMEBODY)
    sessions.find(first)
    for _ in range(999):
        sessions.begin(SOMEBODY)
    assert sessions.find(first)
    assert sessions.find(second) is None


def test_a_notice_is_shown_once() -> None:
    _, session = Sessions(Clock()).begin(SOMEBODY)
    session.notice = "Saved."
    assert [session.take_notice(), session.take_notice()] == ["Saved.", ""]
