"""What was asked, until the answer comes."""

from __future__ import annotations

from expunge.gateway.conversations import Conversations
from expunge.types import Message


def said(text: str) -> tuple[Message, ...]:
    return (Message("user", text),)


def test_each_tenant_and_call_has_its_own() -> None:
    kept = Conversations()
    kept.remember("a", "1", said("one"))
    kept.remember("b", "1", said("two"))
    kept.remember("a", "1", said("three"))
    assert kept.recall("a", "1") == said("three")
    assert kept.recall("b", "1") == said("two")
    assert kept.recall("a", "2") == ()


def test_they_are_forgotten_after_a_time_and_where_they_are_too_much() -> None:
    now = [0.0]
    kept = Conversations(seconds=10, characters=500, clock=lambda: now[0])
    kept.remember("a", "1", said("x" * 100))
    kept.remember("a", "2", said("x" * 100))
    kept.remember("a", "3", said("x" * 100))
    assert [bool(kept.recall("a", call)) for call in "123"] == [False, True, True]
    kept.remember("a", "4", said("x" * 1000))
    assert [bool(kept.recall("a", call)) for call in "234"] == [True, True, False]
    now[0] = 11
    assert kept.recall("a", "3") == ()
    kept.remember("a", "5", said("y" * 300))
    assert kept.recall("a", "5")


def test_no_tenant_makes_another_forget() -> None:
    kept = Conversations(characters=500)
    kept.remember("a", "1", said("x" * 100))
    for call in range(50):
        kept.remember("b", str(call), said("y" * 300))
    assert kept.recall("a", "1") == said("x" * 100)
