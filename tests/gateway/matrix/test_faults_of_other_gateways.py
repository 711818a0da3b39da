"""Faults that users of other gateways reported, each a test named after it; `docs/matrix.md` lists them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest
from httpx2 import AsyncClient

from expunge.errors import ModelUnreachable
from expunge.gateway.sse import DONE, Event
from expunge.screen.screen import Screen
from tests.gateway.canned import Canned, seen
from tests.gateway.matrix.cells import ABSENT, ASK, CELLS, Cell
from tests.gateway.test_every_channel import AFTER, BEFORE, ENDPOINTS, NAMES, TARGETS, leaks, said_in, spoken_for

Opening = Callable[..., Awaitable[AsyncClient]]
TARGET = TARGETS[0]
STREAMS = ("buffered", "incremental")
each_stream = pytest.mark.parametrize("mode", STREAMS)
each_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS)
LONG = "The ferry Grey Heron leaves the harbour at nine. " * 40


def cell(endpoint: str, feature: str) -> Cell:
    return next(each for each in CELLS if (each.endpoint, each.feature) == (endpoint, feature))


async def streamed(client: AsyncClient, endpoint: str, question: str = ASK) -> str:
    """All that a client sees of a streamed answer."""
    answer = await client.post(f"/v1/{endpoint}", json=cell(endpoint, "text").request(question, "streamed"))
    assert answer.status_code == 200
    return seen(answer.headers, answer.content)


@each_stream
@each_endpoint
async def test_a_value_split_over_two_chunks(over_upstream: Opening, endpoint: str, mode: str) -> None:
    """A name that comes in two chunks, or letter by letter, passes a filter that reads chunk by chunk."""
    upstream = Canned()
    client = await over_upstream(upstream, NAMES, stream=mode, api=spoken_for(endpoint))
    text = f"{BEFORE}{TARGET.name}{AFTER}"
    middle = len(BEFORE) + 6
    for pieces in ((text[:middle], text[middle:]), tuple(text)):
        upstream.events(said_in(endpoint, pieces))
        assert not leaks(TARGET, await streamed(client, endpoint))


@each_stream
async def test_streams_of_a_second_endpoint_unread(over_upstream: Opening, mode: str) -> None:
    """The guard runs on chat, and is skipped on streams of `/v1/responses`, `/v1/completions` and `/v1/messages`."""
    for endpoint in ("responses", "completions", "messages"):
        upstream = Canned()
        client = await over_upstream(upstream, stream=mode, api=spoken_for(endpoint))
        upstream.events(said_in(endpoint, (BEFORE, TARGET.told, AFTER)))
        assert not leaks(TARGET, await streamed(client, endpoint))


@each_stream
@pytest.mark.parametrize("endpoint", ["chat/completions", "responses", "messages"])
async def test_reasoning_unread(over_upstream: Opening, endpoint: str, mode: str) -> None:
    """Reasoning passes unread beside an answer that is masked."""
    upstream = Canned()
    client = await over_upstream(upstream, stream=mode, api=spoken_for(endpoint))
    about = cell(endpoint, "reasoning")
    upstream.events(about.events(TARGET.told))
    assert not leaks(TARGET, await streamed(client, endpoint))


@each_stream
@each_endpoint
async def test_a_verdict_that_comes_with_the_last_event(over_upstream: Opening, endpoint: str, mode: str) -> None:
    """The answer is streamed as it comes, and the last event says that it should not have been."""
    upstream = Canned()
    client = await over_upstream(upstream, stream=mode, api=spoken_for(endpoint))
    upstream.events(said_in(endpoint, (*TARGET.told.split(" "), " ", *LONG.split(" "))))
    visible = await streamed(client, endpoint)
    assert not leaks(TARGET, visible)
    assert "error" not in visible or '"error": null' in visible


@each_stream
@pytest.mark.parametrize("endpoint", ["chat/completions", "responses", "messages"])
async def test_arguments_of_tools_unread(over_upstream: Opening, endpoint: str, mode: str) -> None:
    """What the model writes into a tool call is not read."""
    upstream = Canned()
    client = await over_upstream(upstream, stream=mode, api=spoken_for(endpoint))
    about = cell(endpoint, "tools")
    upstream.events(about.events(TARGET.told))
    assert not leaks(TARGET, await streamed(client, endpoint))


@each_stream
@each_endpoint
async def test_only_every_nth_chunk_read(over_upstream: Opening, endpoint: str, mode: str) -> None:
    """To save time every fifth chunk is read, and what the others say passes, or is dropped."""
    for place in range(12):
        upstream = Canned()
        client = await over_upstream(upstream, NAMES, stream=mode, api=spoken_for(endpoint))
        texts = [f"The bell rings {number} times. " for number in range(12)]
        texts[place] = f"{TARGET.name} rings it. "
        upstream.events(said_in(endpoint, texts))
        assert not leaks(TARGET, await streamed(client, endpoint))
    upstream = Canned()
    client = await over_upstream(upstream, NAMES, stream=mode, api=spoken_for(endpoint))
    upstream.events(said_in(endpoint, [f"The bell rings {number} times. " for number in range(12)]))
    assert (await streamed(client, endpoint)).encode().startswith(b"".join(upstream.pieces).lower())


@pytest.mark.parametrize("endpoint", ["chat/completions", "completions"])
async def test_only_the_first_choice_read(over_upstream: Opening, endpoint: str) -> None:
    """Of several choices the first is read, and the verdict holds for all."""
    upstream = Canned()
    client = await over_upstream(upstream, api=spoken_for(endpoint))
    several = cell(endpoint, "n > 1")
    upstream.reply(several.replied(TARGET.told))
    answer = await client.post(f"/v1/{endpoint}", json=several.request(ASK, "whole"))
    assert not leaks(TARGET, seen(answer.headers, answer.content))


@pytest.mark.parametrize("endpoint", [each for each in ENDPOINTS if (each, "log-probabilities") not in ABSENT])
async def test_log_probabilities_that_hold_the_masked_word(over_upstream: Opening, endpoint: str) -> None:
    """The word is masked in the text, and stands in the log-probabilities beside it."""
    upstream = Canned()
    client = await over_upstream(upstream, api=spoken_for(endpoint))
    about = cell(endpoint, "log-probabilities")
    upstream.reply(about.replied(TARGET.told))
    answer = await client.post(f"/v1/{endpoint}", json=about.request(ASK, "whole"))
    assert not leaks(TARGET, seen(answer.headers, answer.content))


@each_endpoint
async def test_a_refusal_that_quotes_the_word(over_upstream: Opening, endpoint: str) -> None:
    """The message that blocks an answer names what was found, or that something was."""
    upstream = Canned()
    client = await over_upstream(upstream, api=spoken_for(endpoint))
    about = cell(endpoint, "text")
    upstream.reply(about.replied(TARGET.told))
    answer = await client.post(f"/v1/{endpoint}", json=about.request(ASK, "whole"))
    assert not leaks(TARGET, seen(answer.headers, answer.content))
    assert not [
        word
        for word in ("expunge", "blocked", "guardrail", "policy", "filter", "redacted")
        if word in answer.text.casefold()
    ]


@each_endpoint
async def test_a_route_passed_on_unread(over_upstream: Opening, endpoint: str) -> None:
    """A route that the gateway does not know is passed through to the model, past the policy."""
    upstream = Canned()
    upstream.reply({"answer": TARGET.told})
    client = await over_upstream(upstream, api=spoken_for(endpoint))
    answer = await client.post(f"/v1/{endpoint}/unknown", json={"prompt": f"Who is {TARGET.name}?"})
    assert answer.status_code in (404, 405)
    assert upstream.calls == []


async def test_a_caller_who_switches_the_guard_off(over_upstream: Opening) -> None:
    """A header or a field of the request takes a caller out of the policy, or its request out of the log."""
    upstream = Canned()
    client = await over_upstream(upstream)
    about = cell("chat/completions", "text")
    upstream.reply(about.replied(TARGET.told))
    fields = {
        "guardrails": [],
        "metadata": {"guardrails": []},
        "disable_global_guardrail": True,
        "mock_response": TARGET.told,
    }
    headers = {
        "x-litellm-enable-message-redaction": "false",
        "x-portkey-config": "{}",
        "helicone-omit-response": "true",
    }
    answer = await client.post("/v1/chat/completions", json={**about.request(ASK, "whole"), **fields}, headers=headers)
    assert not leaks(TARGET, seen(answer.headers, answer.content))


async def test_a_filter_that_fails_open(over_upstream: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    """When what judges an answer fails or is busy, the answer passes."""
    upstream = Canned()
    client = await over_upstream(upstream)
    upstream.reply(cell("chat/completions", "text").replied(TARGET.told))

    async def broken(*_: object, **__: object) -> None:
        raise ModelUnreachable("The embedding model does not answer.")

    monkeypatch.setattr(Screen, "read", broken)
    answer = await client.post("/v1/chat/completions", json=cell("chat/completions", "text").request(ASK, "whole"))
    assert not leaks(TARGET, seen(answer.headers, answer.content))


def test_streams_used_here_hold_the_target() -> None:
    """What the tests send is what they look for."""
    for endpoint in ENDPOINTS:
        texts = [
            json.loads(e.data) for e in said_in(endpoint, (TARGET.told,)) if isinstance(e, Event) and e.data != DONE
        ]
        assert TARGET.name in json.dumps(texts)
