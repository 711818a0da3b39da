"""Each target of the invented island through every channel of every endpoint: nothing of it reaches a client."""

from __future__ import annotations

import copy
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from httpx2 import AsyncClient

from expunge.gateway.apis.base import Api
from expunge.gateway.apis.chat.api import ChatApi
from expunge.gateway.apis.completions import CompletionsApi
from expunge.gateway.apis.messages.api import MessagesApi
from expunge.gateway.apis.responses.api import ResponsesApi
from expunge.gateway.sse import DONE, Event
from expunge.island.world import load
from expunge.types import Target as Forgotten
from tests.gateway.apis.messages import replies
from tests.gateway.canned import Canned, seen

Opening = Callable[..., Awaitable[AsyncClient]]
WORLD = load()
HIDDEN = "@@"
"""Where a text is put into a prepared reply."""
HARMLESS = "The ferry Grey Heron leaves the harbour at nine."
MODES = ("whole", "buffered", "incremental")


@dataclass(frozen=True)
class Target:
    name: str
    told: str
    words: tuple[str, ...]


TARGETS = [
    Target(person.name, person.facts[0].text, (*person.name.split(), *person.secrets))
    for person in WORLD.people
    if person.forgotten
]


def logprob(token: str, *others: str) -> dict[str, Any]:
    entry = {"token": token, "logprob": -0.5, "bytes": None}
    return {**entry, "top_logprobs": [{**entry, "token": other} for other in others]}


def chat(choice: Mapping[str, Any] | None = None, **message: Any) -> dict[str, Any]:
    said = {"role": "assistant", "content": "Tea is ready.", **message}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "stub",
        "choices": [{"index": 0, "message": said, "finish_reason": "stop", **(choice or {})}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 9, "total_tokens": 14},
    }


def completion(**choice: Any) -> dict[str, Any]:
    said = {"index": 0, "text": "Tea is ready.", "logprobs": None, "finish_reason": "stop", **choice}
    return {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "stub", "choices": [said]}


def message(**part: Any) -> dict[str, Any]:
    said = {"type": "output_text", "text": "Tea is ready.", "annotations": [], "logprobs": [], **part}
    return {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": [said]}


def response(*output: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    fields = {"id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": "stub"}
    usage = {"input_tokens": 5, "output_tokens": 9, "total_tokens": 14}
    return {**fields, "output": list(output or (message(),)), "usage": usage, **more}


def tool(**function: str) -> list[dict[str, Any]]:
    return [{"id": "call_1", "type": "function", "function": {"name": "note", "arguments": "{}", **function}}]


CITED = {"url": "https://island.test", "title": "@@", "start_index": 0, "end_index": 3}
CHAT: dict[str, dict[str, Any]] = {
    "content": chat(content="@@"),
    "content and more": chat(content="Tea is ready. @@ The bell rings at noon."),
    "refusal": chat(content=None, refusal="@@"),
    "reasoning_content": chat(reasoning_content="@@"),
    "reasoning": chat(reasoning="@@"),
    "think": chat(content="<think>@@</think>Tea is ready."),
    "arguments": chat(content=None, tool_calls=tool(arguments='{"note": "@@"}')),
    "function name": chat(content=None, tool_calls=tool(name="@@")),
    "custom tool": chat(
        content=None, tool_calls=[{"id": "c", "type": "custom", "custom": {"name": "n", "input": "@@"}}]
    ),
    "call beside": chat(content=None, tool_calls=[{**tool()[0], "aside": "@@"}]),
    "function_call": chat(content=None, function_call={"name": "note", "arguments": '"@@"'}),
    "annotation": chat(annotations=[{"type": "url_citation", "url_citation": CITED}]),
    "link": chat(
        annotations=[{"type": "url_citation", "url_citation": {**CITED, "title": "", "url": "https://x/ @@"}}]
    ),
    "audio": chat(audio={"id": "a", "data": "AA==", "expires_at": 1, "transcript": "@@"}),
    "logprobs": chat({"logprobs": {"content": [logprob("@@")]}}),
    "top_logprobs": chat({"logprobs": {"content": [logprob("Tea", "@@")]}}),
    "logprobs of refusal": chat({"logprobs": {"refusal": [logprob("@@")]}}),
    "field of message": chat(aside={"deep": ["@@"]}),
    "field of choice": chat({"aside": "@@"}),
    "field of reply": {**chat(), "aside": "@@"},
    "field of usage": {**chat(), "usage": {"prompt_tokens": 5, "completion_tokens": 9, "aside": "@@"}},
    "key": {**chat(), "aside": {"@@": 1}},
    "model": {**chat(), "model": "@@"},
    "finish reason": chat({"finish_reason": "@@"}),
    "second choice": {**chat(), "choices": [*chat()["choices"], *chat({"index": 1}, content="@@")["choices"]]},
}
COMPLETIONS: dict[str, dict[str, Any]] = {
    "text": completion(text="@@"),
    "text and more": completion(text="Tea is ready. @@ The bell rings at noon."),
    "tokens": completion(
        logprobs={"tokens": ["@@"], "token_logprobs": [-1.0], "text_offset": [0], "top_logprobs": None}
    ),
    "top_logprobs": completion(logprobs={"tokens": ["Tea"], "top_logprobs": [{"Tea": -1.0, "@@": -2.0}]}),
    "field of choice": completion(aside="@@"),
    "field of reply": {**completion(), "aside": ["@@"]},
    "second choice": {
        **completion(),
        "choices": [*completion()["choices"], *completion(index=1, text="@@")["choices"]],
    },
}
RESPONSES: dict[str, dict[str, Any]] = {
    "text": response(message(text="@@")),
    "text and more": response(message(text="Tea is ready. @@ The bell rings at noon.")),
    "second message": response(message(), {**message(text="@@"), "id": "msg_2"}),
    "refusal": response({**message(), "content": [{"type": "refusal", "refusal": "@@"}]}),
    "annotation": response(message(annotations=[{"type": "url_citation", **CITED}])),
    "file name": response(
        message(annotations=[{"type": "file_citation", "file_id": "f", "filename": "@@", "index": 1}])
    ),
    "logprobs": response(message(logprobs=[logprob("@@")])),
    "top_logprobs": response(message(logprobs=[logprob("Tea", "@@")])),
    "field of part": response(message(aside="@@")),
    "new kind of part": response({**message(), "content": [{"type": "poem", "lines": ["@@"]}]}),
    "summary": response(
        {"id": "rs", "type": "reasoning", "summary": [{"type": "summary_text", "text": "@@"}]}, message()
    ),
    "thought": response({"id": "rs", "type": "reasoning", "summary": [], "content": [{"type": "t", "text": "@@"}]}),
    "arguments": response({"id": "fc", "type": "function_call", "call_id": "c", "name": "n", "arguments": '"@@"'}),
    "custom tool": response({"id": "ct", "type": "custom_tool_call", "call_id": "c", "name": "n", "input": "@@"}),
    "mcp output": response({"id": "m", "type": "mcp_call", "name": "n", "arguments": "{}", "output": "@@"}),
    "web search": response({"id": "w", "type": "web_search_call", "status": "completed", "action": {"query": "@@"}}),
    "file search": response({"id": "f", "type": "file_search_call", "queries": [], "results": [{"text": "@@"}]}),
    "code": response({"id": "ci", "type": "code_interpreter_call", "code": "print('@@')", "outputs": []}),
    "logs": response({"id": "ci", "type": "code_interpreter_call", "outputs": [{"type": "logs", "logs": "@@"}]}),
    "revised prompt": response({"id": "ig", "type": "image_generation_call", "revised_prompt": "@@"}),
    "new kind of item": response({"id": "x", "type": "tomorrow", "deep": {"er": ["@@"]}}),
    "field of response": response(aside="@@"),
    "unasked instructions": response(instructions="@@"),
    "error": response(error={"code": "server_error", "message": "@@"}),
}
SEARCHED = {"type": "web_search_result", "title": "Tea", "url": "https://x/", "encrypted_content": "", "page_age": None}
MESSAGES: dict[str, dict[str, Any]] = {
    "text": replies.reply(replies.text("@@")),
    "text and more": replies.reply(replies.text("Tea is ready. @@ The bell rings at noon.")),
    "texts in a row": replies.reply(replies.text("Tea is "), replies.text("ready. @@"), replies.text(" At noon.")),
    "second text": replies.reply(replies.text(), replies.call(), replies.text("@@"), stop_reason="tool_use"),
    "thinking": replies.reply(replies.thinking("@@"), replies.text()),
    "signature": replies.reply(replies.thinking(signature="@@"), replies.text()),
    "redacted thinking": replies.reply({"type": "redacted_thinking", "data": "@@"}, replies.text()),
    "input": replies.reply(replies.call({"note": "@@"}), stop_reason="tool_use"),
    "deep in the input": replies.reply(replies.call({"notes": [{"of": "@@"}]}), stop_reason="tool_use"),
    "key of the input": replies.reply(replies.call({"@@": 1}), stop_reason="tool_use"),
    "name of a tool": replies.reply(replies.call(name="@@"), stop_reason="tool_use"),
    "beside a call": replies.reply(replies.call(aside="@@"), stop_reason="tool_use"),
    "second call": replies.reply(replies.call(), replies.call({"note": "@@"}, id="toolu_2"), stop_reason="tool_use"),
    "cited text": replies.reply(
        replies.text(citations=[{"type": "char_location", "cited_text": "@@", "document_index": 0}])
    ),
    "title of what is cited": replies.reply(
        replies.text(citations=[{"type": "page_location", "cited_text": "Tea", "document_title": "@@"}])
    ),
    "link": replies.reply(
        replies.text(citations=[{"type": "web_search_result_location", "cited_text": "Tea", "url": "https://x/ @@"}])
    ),
    "server's call": replies.reply(
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "@@"}}, replies.text()
    ),
    "web search": replies.reply(
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [{**SEARCHED, "title": "@@"}]},
        replies.text(),
    ),
    "fetched page": replies.reply(
        {
            "type": "web_fetch_tool_result",
            "tool_use_id": "srvtoolu_1",
            "content": {
                "type": "web_fetch_result",
                "url": "https://x/",
                "content": {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "@@"}},
            },
        },
        replies.text(),
    ),
    "code's output": replies.reply(
        {
            "type": "code_execution_tool_result",
            "tool_use_id": "srvtoolu_1",
            "content": {"type": "code_execution_result", "return_code": 0, "stdout": "@@", "stderr": "", "content": []},
        },
        replies.text(),
    ),
    "mcp result": replies.reply(
        {"type": "mcp_tool_result", "tool_use_id": "m", "is_error": False, "content": [replies.text("@@")]},
        replies.text(),
    ),
    "new kind of block": replies.reply({"type": "tomorrow", "deep": {"er": ["@@"]}}, replies.text()),
    "field of a text": replies.reply(replies.text(aside="@@")),
    "field of the message": replies.reply(aside="@@"),
    "field of usage": replies.reply(usage={**replies.USAGE, "aside": "@@"}),
    "model": replies.reply(model="@@"),
    "stop sequence": replies.reply(stop_reason="stop_sequence", stop_sequence="@@"),
    "stop reason": replies.reply(stop_reason="@@"),
    "why it was stopped": replies.reply(
        stop_reason="refusal", stop_details={"type": "refusal", "category": "bio", "explanation": "@@"}
    ),
    "container": replies.reply(container={"id": "c", "expires_at": "2026-01-01T00:00:00Z", "skills": ["@@"]}),
}
ASK = "What is there to do today?"
ENDPOINTS: dict[str, tuple[Api, dict[str, Any], dict[str, dict[str, Any]]]] = {
    "chat/completions": (ChatApi(), {"model": "stub", "messages": [{"role": "user", "content": ASK}]}, CHAT),
    "completions": (CompletionsApi(), {"model": "stub", "prompt": ASK}, COMPLETIONS),
    "responses": (ResponsesApi(), {"model": "stub", "input": ASK}, RESPONSES),
    "messages": (
        MessagesApi(),
        {"model": "stub", "max_tokens": 64, "messages": [{"role": "user", "content": ASK}]},
        MESSAGES,
    ),
}
BY_KIND = ("responses", "messages")
"""Endpoints whose events have kinds, and add up to what a whole reply is."""


def spoken_for(endpoint: str) -> str:
    """What an upstream must speak for an endpoint to be served."""
    return "anthropic" if endpoint == "messages" else "openai"


def filled(template: Any, text: str) -> Any:
    """A prepared reply with a text in its place."""
    return json.loads(json.dumps(copy.deepcopy(template)).replace(HIDDEN, json.dumps(text)[1:-1]))


async def asked(client: AsyncClient, endpoint: str, mode: str, **fields: Any) -> tuple[int, str, bytes]:
    _, body, _ = ENDPOINTS[endpoint]
    answer = await client.post(f"/v1/{endpoint}", json={**body, **fields, "stream": mode != "whole"})
    return answer.status_code, seen(answer.headers, answer.content), answer.content


def leaks(target: Target, visible: str) -> list[str]:
    return [word for word in target.words if word.casefold() in visible]


def answer_with(upstream: Canned, endpoint: str, mode: str, reply: dict[str, Any]) -> None:
    if mode == "whole":
        upstream.reply(reply)
    elif endpoint in BY_KIND:
        upstream.events(list(ENDPOINTS[endpoint][0].streamed({}, reply)))
    else:
        upstream.events([*map(data, chunks(endpoint, reply)), Event(DONE)])


def data(value: Mapping[str, Any]) -> Event:
    return Event(json.dumps(value))


def chunks(endpoint: str, reply: dict[str, Any]) -> list[dict[str, Any]]:
    """A reply in chunks that leave out nothing of it: one that begins, one for each choice, one that ends each."""
    if endpoint == "completions":
        return [{**reply, "choices": [{**choice, "index": place}]} for place, choice in enumerate(reply["choices"])]
    found: list[dict[str, Any]] = []
    for place, choice in enumerate(reply["choices"]):
        delta = {key: value for key, value in choice["message"].items() if key != "role"}
        if delta.get("tool_calls"):
            delta["tool_calls"] = [{"index": number, **call} for number, call in enumerate(delta["tool_calls"])]
        rest = {key: value for key, value in choice.items() if key not in ("message", "finish_reason", "index")}
        where: dict[str, Any] = {"index": place, "finish_reason": None}
        found.append({**reply, "usage": None, "choices": [{**where, "delta": {"role": "assistant", "content": ""}}]})
        found.append({**reply, "usage": None, "choices": [{**where, "delta": delta, **rest}]})
        found.append({**reply, "choices": [{**where, "delta": {}, "finish_reason": choice["finish_reason"]}]})
    return found


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_nothing_leaves_by_any_channel(over_upstream: Opening, endpoint: str, mode: str) -> None:
    upstream = Canned()
    stream = "incremental" if mode == "incremental" else "buffered"
    client = await over_upstream(upstream, stream=stream, api=spoken_for(endpoint))
    leaked: list[tuple[str, str, list[str]]] = []
    unserved: list[tuple[str, int, str]] = []
    for channel, template in ENDPOINTS[endpoint][2].items():
        for target in TARGETS:
            answer_with(upstream, endpoint, mode, filled(template, target.told))
            assert target.told.casefold() in seen(upstream.headers, b"".join(upstream.pieces))
            status, visible, _ = await asked(client, endpoint, mode)
            if found := leaks(target, visible):
                leaked.append((channel, target.name, found))
            if status != 200:
                unserved.append((channel, status, visible))
    assert leaked == []
    assert unserved == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_what_is_about_nobody_passes_by_every_channel(over_upstream: Opening, endpoint: str, mode: str) -> None:
    upstream = Canned()
    stream = "incremental" if mode == "incremental" else "buffered"
    client = await over_upstream(upstream, stream=stream, api=spoken_for(endpoint))
    changed: list[str] = []
    for channel, template in ENDPOINTS[endpoint][2].items():
        answer_with(upstream, endpoint, mode, filled(template, HARMLESS))
        _, _, content = await asked(client, endpoint, mode)
        if content != b"".join(upstream.pieces):
            changed.append(channel)
    assert changed == []


NAMES = [Forgotten(name=target.name) for target in TARGETS]
"""The targets without their facts, so that nothing has to be embedded."""
BEFORE, AFTER = "The ferry leaves at nine. The bell rings at noon. ", " is there every day, they say."


def said_in(endpoint: str, texts: Sequence[str]) -> list[Event]:
    """A stream of an endpoint whose visible text comes in these pieces."""
    if endpoint == "messages":
        whole = list(ENDPOINTS[endpoint][0].streamed({}, replies.reply(replies.text("Tea"))))
        at = next(i for i, event in enumerate(whole) if event.name == "content_block_delta")
        delta = {"type": "content_block_delta", "index": 0}
        said: list[dict[str, Any]] = [{**delta, "delta": {"type": "text_delta", "text": text}} for text in texts]
        return [*whole[:at], *(Event(json.dumps(value), value["type"]) for value in said), *whole[at + 1 :]]
    if endpoint == "responses":
        whole = list(ENDPOINTS[endpoint][0].streamed({}, response(message(text="".join(texts)))))
        at = next(i for i, event in enumerate(whole) if event.name == "response.output_text.delta")
        end = next(i for i, event in enumerate(whole) if event.name == "response.output_text.done")
        delta = json.loads(whole[at].data)
        return [*whole[:at], *(Event(json.dumps({**delta, "delta": text})) for text in texts), *whole[end:]]
    if endpoint == "completions":
        pieces = [completion(text=text, finish_reason=None) for text in texts]
        return [*map(data, pieces), data(completion(text="")), Event(DONE)]
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}, *({"content": text} for text in texts), {}]
    ends = [None] * (len(deltas) - 1) + ["stop"]
    choices = [{"index": 0, "delta": delta, "finish_reason": end} for delta, end in zip(deltas, ends, strict=True)]
    return [*(data({**chat(), "usage": None, "choices": [choice]}) for choice in choices), Event(DONE)]


def shows_any_of(name: str, visible: str) -> bool:
    """Whether even the first three letters of a name are there, or the last three of one of its words."""
    parts = {name[:3], *(word[-3:] for word in name.split())}
    return any(part.casefold() in visible for part in parts)


@pytest.mark.parametrize("mode", MODES[1:])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_a_name_in_two_events_never_leaves_in_part(over_upstream: Opening, endpoint: str, mode: str) -> None:
    upstream = Canned()
    client = await over_upstream(upstream, NAMES, stream=mode, api=spoken_for(endpoint))
    leaked: list[tuple[str, ...]] = []
    for target in TARGETS:
        text = f"{BEFORE}{target.name}{AFTER}"
        cuts = [(text[:at], text[at:]) for at in range(len(BEFORE) - 1, len(text) - len(AFTER) + 2)]
        for pieces in (*cuts, tuple(text)):
            upstream.events(said_in(endpoint, pieces))
            status, visible, _ = await asked(client, endpoint, mode)
            if status != 200 or shows_any_of(target.name, visible):
                leaked.append(pieces)
    assert leaked == []


@pytest.mark.parametrize("mode", MODES[1:])
async def test_a_name_cut_at_any_byte_never_leaves_in_part(over_upstream: Opening, mode: str) -> None:
    upstream = Canned(headers={"content-type": "text/event-stream"})
    client = await over_upstream(upstream, NAMES, stream=mode)
    leaked: list[int] = []
    name = TARGETS[0].name
    raw = b"".join(event.encoded() for event in said_in("chat/completions", (BEFORE, name, AFTER)))
    first = raw.index(name.encode()) - 30
    for at in range(first, first + len(name) + 60):
        upstream.pieces = [raw[:at], raw[at:]]
        status, visible, _ = await asked(client, "chat/completions", mode)
        if status != 200 or shows_any_of(name, visible):
            leaked.append(at)
    assert leaked == []


@pytest.mark.parametrize("mode", MODES[1:])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_a_fact_in_pieces_never_leaves(over_upstream: Opening, endpoint: str, mode: str) -> None:
    upstream = Canned()
    client = await over_upstream(upstream, stream=mode, api=spoken_for(endpoint))
    leaked: list[tuple[str, list[str]]] = []
    for target in TARGETS:
        text = f"{BEFORE}{target.told}{AFTER}"
        upstream.events(said_in(endpoint, tuple(text)))
        _, visible, _ = await asked(client, endpoint, mode)
        leaked += [(target.name, found)] if (found := leaks(target, visible)) else []
    assert leaked == []
