"""Ways to get a target past a gateway that reads the usual places: each is tried, and nothing of the target leaves."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import pytest
from httpx2 import AsyncClient

from expunge.types import Target
from tests.gateway.canned import Canned, seen
from tests.gateway.test_every_channel import chat, completion, message, response, tool

Opening = Callable[..., Awaitable[AsyncClient]]
FIRST, LAST = "Orla Maeve", "Fenwick"
NAME = f"{FIRST} {LAST}"
TARGET = Target(NAME)
TOLD = f"{NAME} carved marionettes."
CODED = base64.b64encode(TOLD.encode()).decode()
JOINED = NAME.replace(" ", "")
TEA = "Tea is ready."


def calls(*arguments: str) -> list[dict[str, Any]]:
    return [{**tool(arguments=text)[0], "id": f"call_{number}"} for number, text in enumerate(arguments)]


def choices(*texts: str) -> dict[str, Any]:
    found = [{**chat(content=text)["choices"][0], "index": place} for place, text in enumerate(texts)]
    return {**chat(), "choices": found}


WHOLE: dict[str, tuple[str, dict[str, Any]]] = {
    "a name over two choices": ("chat/completions", choices(f"She is {FIRST}", f"{LAST}, I think.")),
    "a word over two choices": ("chat/completions", choices("She is Orla Maeve Fen", "wick, I think.")),
    "one of two choices": ("chat/completions", choices(TEA, TOLD)),
    "choices out of order": (
        "chat/completions",
        {**choices(TEA, TOLD), "choices": choices(TEA, TOLD)["choices"][::-1]},
    ),
    "choices of one place": (
        "chat/completions",
        {**chat(), "choices": [*chat()["choices"], *chat(content=TOLD)["choices"]]},
    ),
    "parts": (
        "chat/completions",
        chat(content=[{"type": "text", "text": FIRST}, {"type": "text", "text": f" {LAST}"}]),
    ),
    "a word over two parts": (
        "chat/completions",
        chat(content=[{"type": "text", "text": "Orla Ma"}, {"type": "text", "text": "eve Fenwick"}]),
    ),
    "a part without a type": ("chat/completions", chat(content=[{"text": TOLD}, TOLD])),
    "answer and call": ("chat/completions", chat(content=f"She is {FIRST}", tool_calls=calls(f"{LAST}, I think"))),
    "thought and answer": ("chat/completions", chat(content=f"{LAST} it is.", reasoning_content=f"I say {FIRST}")),
    "two calls": ("chat/completions", chat(content=None, tool_calls=calls(FIRST, LAST))),
    "a word over two calls": ("chat/completions", chat(content=None, tool_calls=calls("Orla Maeve Fen", "wick"))),
    "base64 in a call": ("chat/completions", chat(content=None, tool_calls=calls(json.dumps({"x": CODED})))),
    "JSON in JSON in a call": (
        "chat/completions",
        chat(content=None, tool_calls=calls(json.dumps(json.dumps(json.dumps(TOLD + "é"))))),
    ),
    "escapes in a call": (
        "chat/completions",
        chat(content=None, tool_calls=calls('{"x": "' + "".join(f"\\u{ord(c):04x}" for c in TOLD) + '"}')),
    ),
    "an id that is a name": ("chat/completions", {**chat(), "id": f"chatcmpl-x{JOINED}"}),
    "a fingerprint that is a name": ("chat/completions", {**chat(), "system_fingerprint": f"fp_{JOINED.lower()}9"}),
    "a model that is a name": ("chat/completions", {**chat(), "model": f"acme/x{JOINED}"}),
    "a call's id": ("chat/completions", chat(content=None, tool_calls=[{**tool()[0], "id": f"call-7{JOINED}"}])),
    "a finish reason": ("chat/completions", chat({"finish_reason": f"x{JOINED}"})),
    "an unknown part": (
        "chat/completions",
        chat(content=[{"type": "image_url", "alt": TOLD, "image_url": {"url": "x"}}]),
    ),
    "a picture's text": (
        "chat/completions",
        chat(
            images=[
                {
                    "image_url": {
                        "url": "data:image/svg+xml;base64," + base64.b64encode(f"<svg>{TOLD}".encode()).decode()
                    }
                }
            ]
        ),
    ),
    "a link": ("chat/completions", chat(images=[{"image_url": {"url": "https://x.test/Orla%20Maeve%20Fenwick.png"}}])),
    "sound that is text": (
        "chat/completions",
        chat(audio={"id": "a", "data": CODED, "expires_at": 1, "transcript": ""}),
    ),
    "letters in a list": ("chat/completions", chat(aside=list(NAME))),
    "words in a list": ("chat/completions", {**chat(), "aside": NAME.split()}),
    "words in keys": ("chat/completions", {**chat(), "aside": dict.fromkeys(NAME.split(), 1)}),
    "words in fields": ("chat/completions", {**chat(), "a": f"{FIRST} ", "b": {"c": LAST}}),
    "prompt_logprobs": ("chat/completions", {**chat(), "prompt_logprobs": [None, {"7": {"decoded_token": NAME}}]}),
    "token_ids": ("chat/completions", chat({"token_ids": [TOLD]})),
    "kv_transfer_params": ("chat/completions", {**chat(), "kv_transfer_params": {"note": TOLD}}),
    "metadata": ("chat/completions", {**chat(), "metadata": {"note": TOLD}, "user": NAME}),
    "details of usage": (
        "chat/completions",
        {**chat(), "usage": {"prompt_tokens": 1, "completion_tokens_details": {NAME: 1}}},
    ),
    "usage in letters": ("responses", {**response(), "usage": {"input_tokens": 5, "": list(TOLD)}}),
    "an id of an item": ("responses", response({**message(), "id": f"msg_x{JOINED}"})),
    "a response's metadata": ("responses", response(metadata={"note": TOLD})),
    "a response's user": ("responses", response(user=NAME, safety_identifier=NAME)),
    "two parts": (
        "responses",
        response(
            {
                **message(),
                "content": [{"type": "output_text", "text": part, "annotations": []} for part in (FIRST, LAST)],
            }
        ),
    ),
    "two calls of a response": (
        "responses",
        response(
            *(
                {"id": f"fc{n}", "type": "function_call", "call_id": "c", "name": "n", "arguments": part}
                for n, part in enumerate((FIRST, LAST))
            )
        ),
    ),
    "a picture made of text": (
        "responses",
        response({"id": "ig", "type": "image_generation_call", "status": "completed", "result": CODED}),
    ),
    "a name over two texts": (
        "completions",
        {
            **completion(),
            "choices": [
                *completion(text=f"She is {FIRST}")["choices"],
                *completion(index=1, text=f"{LAST}, I think.")["choices"],
            ],
        },
    ),
    "an id of a completion": ("completions", {**completion(), "id": f"cmpl-x{JOINED}"}),
}
ASKS: dict[str, dict[str, Any]] = {
    "chat/completions": {"messages": [{"role": "user", "content": "Who carves?"}]},
    "responses": {"input": "Who carves?"},
    "completions": {"prompt": "Who carves?"},
}


def told_in(headers: Mapping[str, str], content: bytes) -> list[str]:
    """What of the name a client sees, be it in pieces, in code or without its spaces."""
    visible = seen(headers, content)
    pieces = [*(part.lower() for part in NAME.split()), JOINED.lower(), CODED.lower(), "wick", "marionettes"]
    return [piece for piece in pieces if piece in visible]


@pytest.mark.parametrize("case", WHOLE)
async def test_a_whole_answer_that_hides_a_target(over_upstream: Opening, case: str) -> None:
    endpoint, reply = WHOLE[case]
    upstream = Canned()
    upstream.reply(reply)
    client = await over_upstream(upstream, [TARGET])
    answer = await client.post(f"/v1/{endpoint}", json={"model": "stub", **ASKS[endpoint]})
    assert told_in(answer.headers, answer.content) == []
    assert answer.status_code in (200, 502)


HEAD: dict[str, Any] = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "stub"}


def chunk(delta: Any, finish: Any = None, choice: Mapping[str, Any] | None = None, **more: Any) -> bytes:
    said = {"index": 0, "delta": delta, "finish_reason": finish, **(choice or {})}
    return f"data: {json.dumps({**HEAD, 'choices': [said], **more})}\n\n".encode()


OPEN = chunk({"role": "assistant", "content": ""})
READY = chunk({"content": TEA})
END = chunk({}, "stop") + b"data: [DONE]\n\n"


def split_calls(*pieces: Any) -> list[bytes]:
    return [chunk({"tool_calls": [piece]}) for piece in pieces]


def fed(raw: bytes, size: int = 7) -> list[bytes]:
    return [raw[at : at + size] for at in range(0, len(raw), size)]


PLAIN = b"".join((OPEN, chunk({"content": FIRST}), chunk({"content": f" {LAST}"}), END))
STREAMS: dict[str, Sequence[bytes]] = {
    "CRLF": fed(PLAIN.replace(b"\n", b"\r\n")),
    "CR": fed(PLAIN.replace(b"\n", b"\r")),
    "no space": fed(PLAIN.replace(b"data: ", b"data:")),
    "a byte order mark": [b"\xef\xbb\xbf" + PLAIN],
    "a cut byte order mark": [b"\xef", b"\xbb", b"\xbf", PLAIN],
    "data in lines": [PLAIN.replace(b', "object"', b',\ndata: "object"')],
    "a comment": [b": " + TOLD.encode() + b"\n\n", OPEN, READY, END],
    "an id and a retry": [b"id: " + NAME.encode() + b"\nretry: " + NAME.encode() + b"\n" + READY, END],
    "the name of an event": [b"event: " + NAME.encode() + b"\n" + READY, END],
    "a field that is none": [NAME.encode() + b": 1\n" + READY, END],
    "after the end": [OPEN, READY, END, chunk({"content": TOLD}), b"data: [DONE]\n\n"],
    "after the finish": [OPEN, READY, chunk({}, "stop"), chunk({"content": TOLD}), b"data: [DONE]\n\n"],
    "in the chunk of usage": [
        OPEN,
        READY,
        END[:-14],
        b'data: {"choices": [], "usage": {"note": "%s"}}\n\n' % NAME.encode(),
        b"data: [DONE]\n\n",
    ],
    "in an earlier usage": [
        chunk({"content": TEA}, usage={"note": NAME}),
        chunk({}, usage={"prompt_tokens": 1}),
        END,
    ],
    "a message for a delta": [
        OPEN,
        chunk({"content": TOLD}),
        chunk({}, None, {"message": {"role": "assistant", "content": TEA}}),
        END,
    ],
    "only a message": [OPEN, READY, chunk({}, None, {"message": {"role": "assistant", "content": TOLD}}), END],
    "a text for a delta": [OPEN, READY, chunk(TOLD), END],
    "an object, then a text": [OPEN, chunk({"content": {"x": TOLD}}), READY, END],
    "a list, then a text": [OPEN, chunk({"content": [TOLD]}), READY, END],
    "a text, then a number": [OPEN, READY, chunk({"reasoning": TOLD}), chunk({"reasoning": 7}), END],
    "a text, then a flag": [OPEN, READY, chunk({"aside": TOLD}), chunk({"aside": True}), END],
    "an object, then a number": [OPEN, READY, chunk({"reasoning": {"x": TOLD}}), chunk({"reasoning": 7}), END],
    "a cut thought": [
        OPEN,
        *(chunk({"content": piece}) for piece in ("<th", "ink>Orla ", "Maeve Fen", "wick</thi", "nk>", TEA)),
        END,
    ],
    "arguments in pieces": [
        OPEN,
        *split_calls(
            {"index": 0, "id": "c", "type": "function", "function": {"name": "n", "arguments": "Orla "}},
            {"index": 0, "function": {"arguments": "Maeve Fen"}},
            {"index": 0, "function": {"arguments": "wick"}},
        ),
        END,
    ],
    "arguments without a place": [
        OPEN,
        *split_calls(
            {"id": "c", "function": {"name": "n", "arguments": "Orla Maeve Fen"}}, {"function": {"arguments": "wick"}}
        ),
        END,
    ],
    "calls with gaps between them": [
        OPEN,
        *split_calls(
            {"index": 7, "id": "c", "function": {"name": "n", "arguments": "{}"}},
            {"index": 3, "id": "d", "function": {"name": "n", "arguments": TOLD}},
        ),
        END,
    ],
    "a call under two ids": [
        OPEN,
        *split_calls(
            {"index": 0, "id": "c", "function": {"name": "n", "arguments": "{}"}},
            {"index": 0, "id": NAME, "function": {"name": "", "arguments": ""}},
        ),
        END,
    ],
    "another choice first": [
        chunk({"content": TOLD}, None, {"index": 1}),
        OPEN,
        READY,
        chunk({}, "stop", {"index": 1}),
        END,
    ],
    "an id that changes": [OPEN, READY, chunk({"content": " More."}, id=f"cx{JOINED}"), END],
    "padding": [OPEN, chunk({"content": TEA}, obfuscation=f"x{JOINED}"), END],
    "logprobs, then none": [
        OPEN,
        chunk({"content": TEA}, None, {"logprobs": {"content": [{"token": TOLD, "logprob": 0}]}}),
        chunk({}, None, {"logprobs": None}),
        END,
    ],
}


@pytest.mark.parametrize("mode", ["buffered", "incremental"])
@pytest.mark.parametrize("case", STREAMS)
async def test_a_stream_that_hides_a_target(over_upstream: Opening, case: str, mode: str) -> None:
    upstream = Canned(pieces=STREAMS[case], headers={"content-type": "text/event-stream"})
    client = await over_upstream(upstream, [TARGET], stream=mode)
    ask = {"model": "stub", **ASKS["chat/completions"], "stream": True}
    answer = await client.post("/v1/chat/completions", json=ask)
    assert told_in(answer.headers, answer.content) == []
    assert answer.status_code in (200, 502)


@pytest.mark.parametrize("raw", [b"".join((OPEN, READY, END)), b"\xef\xbb\xbf" + b"".join((OPEN, READY, END))])
async def test_a_stream_about_nobody_passes_however_it_begins(over_upstream: Opening, raw: bytes) -> None:
    upstream = Canned(pieces=fed(raw), headers={"content-type": "text/event-stream"})
    client = await over_upstream(upstream, [TARGET])
    answer = await client.post(
        "/v1/chat/completions", json={"model": "stub", **ASKS["chat/completions"], "stream": True}
    )
    assert (answer.status_code, answer.content) == (200, raw.removeprefix(b"\xef\xbb\xbf"))


HEADERS = {
    "set-cookie": f"who={JOINED}",
    "server-timing": f"{JOINED};dur=1",
    "openai-organization": f"x{JOINED}",
    "x-ratelimit-limit-requests": f"9{JOINED.lower()}",
    "x-note": NAME,
    "content-language": JOINED,
    "location": f"https://x.test/{JOINED}",
    "etag": f'"{JOINED}"',
}


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("status", [200, 204, 304, 307, 400, 500])
async def test_headers_that_name_a_target(over_upstream: Opening, name: str, status: int) -> None:
    upstream = Canned(status=status)
    upstream.reply(chat())
    upstream.headers = {**upstream.headers, name: HEADERS[name]}
    client = await over_upstream(upstream, [TARGET])
    answer = await client.post("/v1/chat/completions", json={"model": "stub", **ASKS["chat/completions"]})
    assert told_in(answer.headers, answer.content) == []


async def test_what_the_caller_typed_may_come_back_where_it_is_no_answer(over_upstream: Opening) -> None:
    upstream = Canned()
    upstream.reply({**chat(), "model": JOINED, "metadata": {"for": NAME}})
    client = await over_upstream(upstream, [TARGET])
    ask = {"model": JOINED, "metadata": {"for": NAME}, "messages": [{"role": "user", "content": "Is tea ready?"}]}
    answer = await client.post("/v1/chat/completions", json=ask)
    assert (answer.status_code, answer.content) == (200, upstream.pieces[0])
