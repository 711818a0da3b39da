"""What was asked, until the answer comes; and answers that go on with a conversation which the upstream keeps."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx2 import AsyncClient

from expunge.gateway.conversations import Conversations, Threads
from expunge.types import Fact, Message, Target
from tests.gateway.canned import Canned
from tests.gateway.test_every_channel import message, response


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


Opening = Callable[..., Awaitable[AsyncClient]]
TARGET = Target("Orla Maeve Fenwick", facts=(Fact("Orla Maeve Fenwick lives in Skelwith, above the old dye works."),))
ASKED, TOLD = (Message("user", "Who is she?"),), Message("assistant", "Nobody I know.")


def test_a_conversation_is_known_by_its_last_answer_and_by_its_own_id() -> None:
    threads = Threads()
    threads.remember("acme", {"conversation": {"id": "conv_1"}}, {"id": "resp_1"}, ASKED, "Nobody I know.")
    assert threads.earlier("acme", {"previous_response_id": "resp_1"}) == (*ASKED, TOLD)
    assert threads.earlier("acme", {"conversation": "conv_1"}) == (*ASKED, TOLD)
    assert threads.earlier("acme", {"previous_response_id": "resp_2"}) == ()
    assert threads.earlier("other", {"previous_response_id": "resp_1"}) == ()


@pytest.mark.parametrize("odd", [None, 7, [], {}, {"id": 7}, ""])
def test_what_is_no_id_is_nobodys(odd: Any) -> None:
    threads = Threads()
    threads.remember("acme", {}, {"id": odd}, ASKED, "")
    assert threads.earlier("acme", {"previous_response_id": odd, "conversation": odd}) == ()


@pytest.mark.parametrize("stream", [False, True])
async def test_whom_an_earlier_question_named_stays_meant(over_upstream: Opening, stream: bool) -> None:
    upstream = Canned()
    client = await over_upstream(upstream, [TARGET])
    numbers = itertools.count()

    async def told(question: str, answer: str, **more: Any) -> str:
        upstream.reply(response(message(text=answer), id=f"resp_{next(numbers)}"))
        body = {"model": "stub", "input": question, "stream": stream, **more}
        return (await client.post("/v1/responses", json=body)).text

    assert "dye works" not in await told(f"Who is {TARGET.name}?", "She lives above the dye works.")
    guess = "Is she the daughter of a carver?"
    assert "Yes, she is." in await told(guess, "Yes, she is.")
    assert "Yes, she is." not in await told(guess, "Yes, she is.", previous_response_id="resp_0")
