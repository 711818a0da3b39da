"""A chat model served on loopback: the same protocol as that of a model in the gateway's own process."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from expunge.errors import ModelReplyError
from expunge.evals.cases import Case, Suite, question
from expunge.evals.upstreams import Oracle
from expunge.gateway.model_server import model_server
from expunge.models.base import Completion
from expunge.models.endpoint import EndpointChat
from expunge.models.scripted import ScriptedChat
from expunge.types import Message

REPLY = Completion("Noted.", reasoning="A glazier.", tool_calls=('save({"trade": "glazier"})',))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    case = Case("c", "p", question("Save his trade."), "glazier", True, replies=(REPLY,))
    with model_server(Oracle.of_suite(Suite("s", "S", (), (case,)))) as base:
        yield base


def post(url: str, body: object) -> tuple[int, Any]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data)) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


async def test_every_channel_comes_through(url: str) -> None:
    model = EndpointChat(url, "oracle")
    reply = await model.complete([Message("user", "save  his trade.")])
    await model.aclose()
    assert (reply.text, reply.reasoning, reply.tool_calls) == (REPLY.text, REPLY.reasoning, REPLY.tool_calls)
    assert (reply.prompt_tokens, reply.completion_tokens) == (3, 5)


def test_the_models_are_listed(url: str) -> None:
    with urllib.request.urlopen(f"{url}/models") as reply:
        assert [model["id"] for model in json.load(reply)["data"]] == ["oracle"]


def test_content_in_parts(url: str) -> None:
    parts = [{"type": "text", "text": "Save "}, {"type": "text", "text": "his trade."}]
    status, body = post(f"{url}/chat/completions", {"messages": [{"role": "user", "content": parts}]})
    assert (status, body["choices"][0]["message"]["content"]) == (200, "Noted.")
    assert body["usage"] == {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}


ONE = [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        (b"{", None),
        ([], None),
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": ["Hello"]}, "messages[0]"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        ({"messages": ONE, "logprobs": True}, "logprobs"),
        ({"messages": ONE, "n": 2}, "n"),
        ({"messages": ONE, "temperature": "hot"}, "temperature"),
    ],
)
def test_wrong_requests(url: str, body: object, parameter: str | None) -> None:
    status, reply = post(f"{url}/chat/completions", body)
    assert status == 400
    assert (reply["error"]["type"], reply["error"]["param"]) == ("invalid_request_error", parameter)


def test_unknown_paths(url: str) -> None:
    assert post(f"{url}/embeddings", {})[0] == 404
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{url}/files")
    caught.value.close()
    assert caught.value.code == 404


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (
            ModelReplyError("The reply is not JSON; try again."),
            502,
            "The reply is not JSON; try again.",
        ),
        (RuntimeError("secret"), 500, "The model failed."),
    ],
)
def test_a_model_that_fails(error: Exception, status: int, message: str, caplog: pytest.LogCaptureFixture) -> None:
    def fail(messages: object, options: object) -> str:
        raise error

    with model_server(ScriptedChat(fail)) as base:
        answered = post(f"{base}/chat/completions", {"messages": ONE})
    assert answered[0] == status
    assert answered[1]["error"]["message"] == message
    assert answered[1]["error"]["type"] == "server_error"
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("path", "said"),
    [("chat/completions", {"messages": ONE}), ("completions", {"prompt": "Hello"}), ("responses", {"input": "Hello"})],
)
def test_every_endpoint_whole_and_streamed(path: str, said: dict[str, Any]) -> None:
    with model_server(ScriptedChat(lambda *_: "The ferry leaves at nine.", name="ferry")) as base:
        status, body = post(f"{base}/{path}", said)
        assert (status, body["model"]) == (200, "ferry")
        assert "The ferry leaves at nine." in json.dumps(body)
        streamed = json.dumps({**said, "stream": True}).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{base}/{path}", streamed)) as reply:
            assert reply.headers["content-type"] == "text/event-stream"
            assert "ferry" in reply.read().decode()


def test_tools_may_be_declared(url: str) -> None:
    tools = [{"type": "function", "function": {"name": "save", "parameters": {}}}]
    asked = {"messages": [{"role": "user", "content": "Save his trade."}], "tools": tools}
    status, body = post(f"{url}/chat/completions", asked)
    assert status == 200
    (call,) = body["choices"][0]["message"]["tool_calls"]
    assert call["function"] == {"name": "save", "arguments": '{"trade": "glazier"}'}
    assert body["choices"][0]["finish_reason"] == "tool_calls"
