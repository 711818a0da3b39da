from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from expunge.errors import ModelReplyError
from expunge.evals.cases import Case, Suite, question
from expunge.evals.serving import model_server
from expunge.evals.upstreams import Oracle
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
        ({"messages": ["Hello"]}, "messages"),
        ({"messages": [{"role": "pope", "content": "Hello"}]}, "messages"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages"),
        ({"messages": ONE, "stream": True}, "stream"),
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


def test_a_model_that_fails() -> None:
    def fail(messages: object, options: object) -> str:
        raise ModelReplyError("secret")

    with model_server(ScriptedChat(fail)) as base:
        status, body = post(f"{base}/chat/completions", {"messages": ONE})
    assert status == 502
    assert body["error"]["message"] == "The model failed."
