"""What goes back to a client, and what runs beside the work on it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from expunge.errors import ModelReplyError
from expunge.gateway.http_errors import Problem
from expunge.gateway.proxy.response import ClientResponse, alongside
from expunge.gateway.sse import KEEP_ALIVE

PROBLEM = Problem(502, "The upstream broke off.", "server_error")


class Sent:
    """The messages that an ASGI server was given."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.kept_alive = asyncio.Event()

    async def __call__(self, message: Any) -> None:
        self.messages.append(message)
        if message.get("body") == KEEP_ALIVE:
            self.kept_alive.set()

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)

    @property
    def heads(self) -> list[int]:
        return [message["status"] for message in self.messages if message["type"] == "http.response.start"]


async def test_the_companion_ends_with_the_work() -> None:
    ended = asyncio.Event()

    async def companion() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def work() -> str:
        await asyncio.sleep(0)
        return "done"

    assert await alongside(companion(), work()) == "done"
    assert ended.is_set()


async def test_the_work_goes_on_after_the_companion() -> None:
    async def companion() -> None: ...

    async def work() -> str:
        for _ in range(5):
            await asyncio.sleep(0)
        return "done"

    assert await alongside(companion(), work()) == "done"


@pytest.mark.parametrize("failing", ["work", "companion"])
async def test_an_error_of_either_ends_the_other_and_is_raised_as_it_is(failing: str) -> None:
    cancelled: list[str] = []

    async def run(name: str) -> None:
        if name == failing:
            await asyncio.sleep(0)
            raise ModelReplyError("It broke off.")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(name)
            raise

    with pytest.raises(ModelReplyError):
        await alongside(run("companion"), run("work"))
    assert cancelled == [name for name in ("work", "companion") if name != failing]


async def test_a_problem_before_the_head_has_its_status() -> None:
    sent = Sent()
    await ClientResponse(sent).problem(PROBLEM)
    assert sent.heads == [502]
    assert json.loads(sent.body) == PROBLEM.body


async def test_a_problem_within_a_stream_is_an_event() -> None:
    sent = Sent()
    response = ClientResponse(sent)
    await response.begin()
    await response.piece(b"data: {}\n\n")
    await response.problem(PROBLEM)
    assert sent.heads == [200]
    assert json.loads(sent.body.split(b"data: ")[-1]) == PROBLEM.body
    assert sent.messages[-1]["more_body"] is False


async def test_nothing_follows_the_end() -> None:
    sent = Sent()
    response = ClientResponse(sent)
    await response.begin()
    await response.end(b"data: [DONE]\n\n")
    count = len(sent.messages)
    await response.problem(PROBLEM)
    await response.keep_alive(after=0.0)
    assert len(sent.messages) == count


async def test_a_silent_stream_is_kept_alive_until_the_work_ends() -> None:
    sent = Sent()
    response = ClientResponse(sent)

    async def work() -> None:
        await sent.kept_alive.wait()
        await response.end(b"data: [DONE]\n\n")

    async with asyncio.timeout(20):
        await response.kept_alive(work(), every=0.001)
    assert sent.heads == [200]
    assert sent.body.endswith(b"data: [DONE]\n\n")
