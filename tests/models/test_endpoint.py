from __future__ import annotations

import asyncio
import gzip
import json
import logging
import socket
import time
from typing import Any

import numpy as np
import pytest

from expunge.errors import ConfigError, ContextTooLong, ModelError, ModelRefused, ModelReplyError, ModelUnreachable
from expunge.models.base import ChatOptions
from expunge.models.endpoint import EndpointChat, EndpointEmbeddings
from expunge.models.wire import MAX_REPLY
from expunge.types import Message

SECRET = "Ottoline Varga kept bees in Szeged."
ASK = (Message("system", "Be brief."), Message("user", SECRET))


def chat(url: str, **options: Any) -> EndpointChat:
    return EndpointChat(url, "stand-in", **{"timeout": 5.0, "retries": 0, **options})


async def ask(model: EndpointChat, options: ChatOptions | None = None) -> Any:
    try:
        return await model.complete(ASK, options or ChatOptions())
    finally:
        await model.aclose()


async def failure(url: str, **options: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await ask(chat(url, **options))
    error = caught.value
    said = str(error)
    assert said.endswith(".")
    assert "\n" not in said
    assert "127.0.0.1" in said
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__
    for word in ("Ottoline", "Szeged", "secret-reply", "p4ss"):
        assert word not in said
    return error


HTML = "<html><body>secret-reply</body></html>"
TABLE = [
    ("html", "body", (HTML,), {"kind": "text/html"}, ModelReplyError),
    ("html called json", "body", (HTML,), {}, ModelReplyError),
    ("empty body", "body", ("",), {}, ModelReplyError),
    ("blank body", "body", ("  \n",), {}, ModelReplyError),
    ("half a document", "body", ('{"choices": [{"message": {"content": "secret-reply',), {}, ModelReplyError),
    ("a list", "json", ([],), {}, ModelReplyError),
    ("not UTF-8", "body", (b'{"choices": "\xff\xfe"}',), {}, ModelReplyError),
    ("too deep", "body", ("[" * 200_000,), {}, ModelReplyError),
    ("no choices", "json", ({"id": "x"},), {}, ModelReplyError),
    ("choices null", "json", ({"choices": None},), {}, ModelReplyError),
    ("choices empty", "json", ({"choices": []},), {}, ModelReplyError),
    ("choice null", "json", ({"choices": [None]},), {}, ModelReplyError),
    ("message null", "json", ({"choices": [{"message": None}]},), {}, ModelReplyError),
    ("content a number", "json", ({"choices": [{"message": {"content": 3}}]},), {}, ModelReplyError),
    ("error at 200", "json", ({"error": {"message": "secret-reply"}},), {}, ModelReplyError),
    ("false gzip", "body", ("{}",), {"extra": "Content-Encoding: gzip\r\n"}, ModelReplyError),
    ("400", "json", ({"error": {"message": "secret-reply"}},), {"status": 400}, ModelRefused),
    ("401", "json", ({"error": {"message": "secret-reply"}},), {"status": 401}, ModelRefused),
    ("404 html", "body", (HTML,), {"status": 404, "kind": "text/html"}, ModelRefused),
    ("429", "json", ({},), {"status": 429}, ModelRefused),
    ("500 empty", "body", ("",), {"status": 500}, ModelRefused),
    ("302 to nowhere", "body", ("",), {"status": 302}, ModelRefused),
    ("not HTTP", "raw", (b"SSH-2.0-OpenSSH_9\r\n\r\n",), {}, ModelUnreachable),
    ("cut off", "raw", (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{",), {}, ModelUnreachable),
    (
        "cut off in chunks",
        "raw",
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",),
        {},
        ModelUnreachable,
    ),
]


@pytest.mark.parametrize(("how", "args", "options", "kind"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
async def test_faulty_endpoint(
    serve: Any, replies: Any, how: str, args: tuple[Any, ...], options: dict[str, Any], kind: type[ModelError]
) -> None:
    stand_in = await serve(getattr(replies, how)(*args, **options))
    error = await failure(stand_in.url)
    assert type(error) is kind
    if isinstance(error, ModelRefused):
        assert error.status == options["status"]


TOO_LONG = [
    (400, {"code": "context_length_exceeded", "message": "no"}),
    (400, {"type": "exceed_context_size_error", "message": "request (9031 tokens) exceeds"}),
    (400, {"message": "This model's maximum context length is 4096 tokens.", "param": "input_tokens"}),
    (413, {"message": "prompt is too long: 9000 tokens"}),
    (422, {"message": "`inputs` tokens + `max_new_tokens` must be <= 4096"}),
]


@pytest.mark.parametrize(("status", "error"), TOO_LONG)
async def test_question_over_the_context_size(serve: Any, replies: Any, status: int, error: dict[str, str]) -> None:
    stand_in = await serve(replies.json({"error": error}, status=status))
    assert type(await failure(stand_in.url)) is ContextTooLong


async def test_refused_reset_and_unknown_host(serve: Any, replies: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://user:p4ss@127.0.0.1:{free.getsockname()[1]}/v1?token=p4ss"
    assert type(await failure(url)) is ModelUnreachable
    stand_in = await serve(replies.reset)
    assert type(await failure(stand_in.url)) is ModelUnreachable
    with pytest.raises(ModelUnreachable, match=r"no-such-host\.invalid"):
        await ask(chat("http://no-such-host.invalid/v1"))


@pytest.mark.parametrize("way", ["drip", "silence"])
async def test_an_answer_that_never_ends_meets_the_timeout(serve: Any, replies: Any, way: str) -> None:
    stand_in = await serve(getattr(replies, way))
    began = time.monotonic()
    error = await failure(stand_in.url, timeout=0.4)
    assert type(error) is ModelUnreachable
    assert time.monotonic() - began < 2
    await asyncio.wait_for(stand_in.hung_up.wait(), 1)


async def test_a_huge_answer_is_not_read_to_its_end(serve: Any, replies: Any) -> None:
    squeezed = gzip.compress(b" " * (MAX_REPLY + 2**20), mtime=0)
    stand_in = await serve(replies.body(squeezed, extra="Content-Encoding: gzip\r\n"))
    error = await failure(stand_in.url, timeout=20.0)
    assert type(error) is ModelReplyError
    assert "16 MiB" in str(error)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
async def test_retries_then_succeeds(serve: Any, replies: Any, status: int) -> None:
    again = replies.json({}, status=status, extra="Retry-After-Ms: 10\r\n")
    stand_in = await serve(replies.in_turn(again, replies.chat("Here.")))
    assert (await ask(chat(stand_in.url, retries=2))).text == "Here."
    assert len(stand_in.requests) == 2


async def test_gives_up_after_the_retries(serve: Any, replies: Any) -> None:
    stand_in = await serve(replies.json({}, status=500, extra="Retry-After-Ms: 10\r\n"))
    error = await failure(stand_in.url, retries=2)
    assert isinstance(error, ModelRefused)
    assert error.status == 500
    assert len(stand_in.requests) == 3


async def test_no_retry_on_a_plain_refusal(serve: Any, replies: Any) -> None:
    stand_in = await serve(replies.json({}, status=400))
    await failure(stand_in.url, retries=2)
    assert len(stand_in.requests) == 1


async def test_a_back_off_is_bounded_by_the_timeout(serve: Any, replies: Any) -> None:
    stand_in = await serve(replies.json({}, status=503, extra="Retry-After: 60\r\n"))
    began = time.monotonic()
    assert type(await failure(stand_in.url, retries=2, timeout=0.5)) is ModelUnreachable
    assert time.monotonic() - began < 2


async def test_cancelling_closes_the_connection(serve: Any, replies: Any) -> None:
    stand_in = await serve(replies.drip)
    model = chat(stand_in.url, timeout=30.0)
    task = asyncio.create_task(model.complete(ASK))
    await stand_in.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(stand_in.hung_up.wait(), 1)
    await model.aclose()


async def test_a_callers_own_deadline_stays_a_timeout_error(serve: Any, replies: Any) -> None:
    stand_in = await serve(replies.silence)
    model = chat(stand_in.url)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await model.complete(ASK)
    await model.aclose()


async def test_sends_what_was_asked(serve: Any, replies: Any) -> None:
    stand_in = await serve(replies.chat())
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    await ask(chat(stand_in.url, api_key="key-1", max_tokens=99), ChatOptions(temperature=0.0, seed=5, schema=schema))
    request = stand_in.requests[0]
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert request.headers["authorization"] == "Bearer key-1"
    assert request.json == {
        "model": "stand-in",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": SECRET}],
        "temperature": 0.0,
        "max_tokens": 99,
        "seed": 5,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "strict": True, "schema": schema},
        },
    }


async def test_sends_an_endpoints_own_fields_only_where_they_are_given(serve: Any, replies: Any) -> None:
    stand_in = await serve(replies.chat())
    model = chat(stand_in.url)
    await model.complete([Message("user", "Hello.")], extra={"repeat_penalty": 1.1})
    await model.complete([Message("user", "Hello.")])
    await model.aclose()
    first, second = (request.json for request in stand_in.requests)
    assert first == {**second, "repeat_penalty": 1.1}


async def test_leaves_defaults_to_the_endpoint(serve: Any, replies: Any) -> None:
    stand_in = await serve(replies.chat())
    await ask(chat(stand_in.url))
    assert set(stand_in.requests[0].json) == {"model", "messages"}


async def test_reads_every_channel(serve: Any, replies: Any) -> None:
    call = {"type": "function", "function": {"name": "look_up", "arguments": '{"who": "Ilse"}'}}
    handler = replies.chat(
        [{"type": "text", "text": "One, "}, {"type": "text", "text": "two."}],
        reasoning_content="Thinking.",
        tool_calls=[call, None, {"function": None}],
    )
    got = await ask(chat((await serve(handler)).url))
    assert got.text == "One, two."
    assert got.reasoning == "Thinking."
    assert got.tool_calls == ('look_up({"who": "Ilse"})',)
    assert (got.prompt_tokens, got.completion_tokens, got.finish_reason) == (7, 3, "stop")


@pytest.mark.parametrize(
    ("message", "text", "reasoning"),
    [
        ({"content": None}, "", ""),
        ({"content": None, "refusal": "No."}, "No.", ""),
        ({"content": "A", "reasoning": "B"}, "A", "B"),
        ({"content": [{"type": "refusal", "refusal": "No."}]}, "No.", ""),
    ],
)
async def test_reads_messages_of_all_shapes(
    serve: Any, replies: Any, message: dict[str, Any], text: str, reasoning: str
) -> None:
    got = await ask(chat((await serve(replies.json({"choices": [{"message": message}], "usage": None}))).url))
    assert (got.text, got.reasoning, got.prompt_tokens) == (text, reasoning, 0)


async def test_takes_json_under_another_content_type_and_gzip(serve: Any, replies: Any) -> None:
    data = gzip.compress(json.dumps({"choices": [{"message": {"content": "Fine."}}]}).encode(), mtime=0)
    stand_in = await serve(replies.body(data, kind="text/plain", extra="Content-Encoding: gzip\r\n"))
    assert (await ask(chat(stand_in.url))).text == "Fine."


async def test_adapts_to_a_model_that_turns_parameters_down(serve: Any, replies: Any) -> None:
    def no(parameter: str) -> Any:
        return replies.json({"error": {"message": "Unsupported.", "param": parameter}}, status=400)

    stand_in = await serve(replies.in_turn(no("max_tokens"), no("temperature"), replies.chat("Done.")))
    model = chat(stand_in.url, max_tokens=50)
    assert (await model.complete(ASK, ChatOptions(temperature=0.0))).text == "Done."
    assert (await model.complete(ASK, ChatOptions(temperature=0.0))).text == "Done."
    await model.aclose()
    assert len(stand_in.requests) == 4
    assert set(stand_in.requests[-1].json) == {"model", "messages", "max_completion_tokens"}


async def test_a_parameter_that_cannot_be_left_out_is_an_error(serve: Any, replies: Any) -> None:
    stand_in = await serve(replies.json({"error": {"message": "x", "param": "messages"}}, status=400))
    assert isinstance(await failure(stand_in.url), ModelRefused)
    assert len(stand_in.requests) == 1


async def test_lone_surrogates_are_sent_as_question_marks(serve: Any, replies: Any) -> None:
    stand_in = await serve(replies.chat())
    model = chat(stand_in.url)
    await model.complete([Message("user", "a\ud800b")])
    await model.aclose()
    assert stand_in.requests[0].json["messages"][0]["content"] == "a?b"


async def test_many_at_once_keep_their_answers_apart(serve: Any, replies: Any) -> None:
    async def echo(request: Any, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.05)
        await replies.chat(request.json["messages"][0]["content"])(request, writer)

    model = chat((await serve(echo)).url)
    asked = [f"question {i}" for i in range(40)]
    began = time.monotonic()
    got = await asyncio.gather(*(model.complete([Message("user", text)]) for text in asked))
    assert [completion.text for completion in got] == asked
    assert time.monotonic() - began < 40 * 0.05 + 3
    await model.aclose()


def test_one_model_in_several_event_loops(site: Any) -> None:
    def page(request: Any) -> None:
        request.rfile.read(int(request.headers["content-length"]))
        body = json.dumps({"choices": [{"message": {"content": "Hi."}}]}).encode()
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    model = chat(f"{site(page)}/v1")
    assert [asyncio.run(ask(model)).text for _ in range(3)] == ["Hi."] * 3


async def test_no_text_in_the_log(serve: Any, replies: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    stand_in = await serve(replies.in_turn(replies.json({}, status=503, extra="Retry-After-Ms: 5\r\n"), replies.chat()))
    await ask(chat(stand_in.url, retries=1))
    assert "Ottoline" not in caplog.text


@pytest.mark.parametrize("url", ["http://", "http://[::1", "http://host:99999/v1", "host/v1", "ftp://host/v1"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(ConfigError, match="base_url"):
        EndpointChat(url, "m")


@pytest.mark.parametrize("key", ["abc\n", "schlüssel", " abc"])
def test_a_key_that_cannot_be_sent(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        EndpointChat("http://127.0.0.1/v1", "m", api_key=key)
    assert key.strip() not in str(caught.value)


def vectors(*rows: object, order: list[int] | None = None) -> dict[str, Any]:
    places = order or list(range(len(rows)))
    return {"data": [{"index": i, "embedding": row} for i, row in zip(places, rows, strict=True)]}


async def embed(url: str, texts: list[str]) -> Any:
    model = EndpointEmbeddings(url, "e", timeout=5.0, retries=0)
    try:
        return await model.embed(texts)
    finally:
        await model.aclose()


async def test_embeddings_are_unit_vectors_in_order(serve: Any, replies: Any) -> None:
    stand_in = await serve(replies.json(vectors([0.0, 2.0], [3.0, 0.0], order=[1, 0])))
    got = await embed(stand_in.url, ["a", ""])
    assert got.dtype == np.float32
    assert got.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert stand_in.requests[0].json == {"model": "e", "input": ["a", " "], "encoding_format": "float"}
    assert (await embed(stand_in.url, [])).shape == (0, 0)


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"data": None},
        vectors([1.0]),
        vectors([1.0], [1.0], order=[0, 0]),
        vectors([1.0], [1.0, 2.0]),
        vectors([0.0], [1.0]),
        vectors(["x"], ["y"]),
        vectors([], []),
        vectors(None, None),
        vectors([float("nan")], [1.0]),
    ],
)
async def test_embeddings_that_cannot_be_used(serve: Any, replies: Any, reply: dict[str, Any]) -> None:
    stand_in = await serve(replies.json(reply))
    with pytest.raises(ModelReplyError):
        await embed(stand_in.url, ["a", "b"])


async def test_many_texts_go_in_batches(serve: Any, replies: Any) -> None:
    async def handler(request: Any, writer: asyncio.StreamWriter) -> None:
        await replies.json(vectors(*([float(text), 1.0] for text in request.json["input"])))(request, writer)

    stand_in = await serve(handler)
    got = await embed(stand_in.url, [str(i) for i in range(300)])
    assert got.shape == (300, 2)
    assert np.allclose(got[:, 0] / got[:, 1], np.arange(300), rtol=1e-4)
    assert [len(request.json["input"]) for request in stand_in.requests] == [128, 128, 44]
