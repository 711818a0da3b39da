"""Answers that go on with a conversation which the upstream keeps."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx2 import AsyncClient

from expunge.gateway.threads import Threads
from expunge.types import Fact, Message, Target
from tests.gateway.canned import Canned
from tests.gateway.test_every_channel import message, response

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
