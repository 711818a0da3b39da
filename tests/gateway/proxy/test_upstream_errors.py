"""What is told of an error of the upstream: as much about somebody registered as about anybody else."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx2 import AsyncClient, Response

from expunge.gateway.proxy.upstream_errors import problem_from_upstream
from expunge.types import Target
from tests.gateway.canned import Canned

Opening = Callable[..., Awaitable[AsyncClient]]
TARGETS = [Target("Margaret Carver"), Target("Orla Maeve Fenwick")]
REGISTERED = ("Margaret Carver", "margaret-carver", "margaret_carver", "MargaretCarver", "orla.maeve.fenwick")
OTHERS = ("Bastian Oakley", "bastian-oakley", "bastian_oakley", "BastianOakley", "perry.ivor.quillan")


def error(**fields: Any) -> bytes:
    return json.dumps({"error": {"message": "Nope.", "type": "t", "param": None, "code": None, **fields}}).encode()


BODIES: dict[str, Callable[[str], bytes]] = {
    "message": lambda name: error(message=f"The model `{name}` does not exist."),
    "message alone": lambda name: error(message=name),
    "code": lambda name: error(code=name),
    "type": lambda name: error(type=name),
    "param": lambda name: error(param=name),
    "a path": lambda name: error(param=f"metadata.{name}"),
    "more": lambda name: error(model=name),
    "a key": lambda name: error(**{name: 1}),
    "a list": lambda name: error(message=[name]),
    "an object": lambda name: error(code={"model": name}),
    "a string": lambda name: json.dumps({"error": name}).encode(),
    "another shape": lambda name: json.dumps({"detail": f"model {name} not found"}).encode(),
    "a page": lambda name: f"<h1>{name}</h1>".encode(),
    "escaped": lambda name: error(message="".join(f"\\u{ord(c):04x}" for c in name)),
    "long": lambda name: error(message=f"{name} " * 600),
}
HEADERS: dict[str, Callable[[str], dict[str, str]]] = {
    "openai-model": lambda name: {"openai-model": name},
    "openai-organization": lambda name: {"openai-organization": name.replace(" ", "%20")},
    "retry-after": lambda name: {"retry-after": name},
    "x-should-retry": lambda name: {"x-should-retry": name},
    "x-ratelimit-limit-requests": lambda name: {"x-ratelimit-limit-requests": name},
    "a name": lambda name: {f"x-ratelimit-{name.lower().replace(' ', '-')}": "1"},
    "x-request-id": lambda name: {"x-request-id": name},
}


async def asked(client: AsyncClient, name: str) -> Response:
    body = {"model": name, "messages": [{"role": "user", "content": "Is tea ready?"}], "metadata": {"for": name}}
    return await client.post("/v1/chat/completions", json=body, headers={"x-request-id": "mine-1"})


@pytest.mark.parametrize("status", [400, 404, 429, 500])
@pytest.mark.parametrize("body", BODIES)
async def test_an_error_that_quotes_the_request(over_upstream: Opening, body: str, status: int) -> None:
    upstream = Canned(status=status)
    client = await over_upstream(upstream, TARGETS)
    answers = []
    for name in (*REGISTERED, *OTHERS):
        upstream.pieces = [BODIES[body](name)]
        answer = await asked(client, name)
        assert name.casefold() not in f"{answer.text}\n{answer.headers}".casefold()
        answers.append((answer.status_code, answer.content, sorted(answer.headers.items())))
        assert answer.status_code == status
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize("status", [200, 400, 429])
@pytest.mark.parametrize("header", HEADERS)
async def test_a_header_that_quotes_the_request(over_upstream: Opening, header: str, status: int) -> None:
    reply = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}]}
    upstream = Canned(pieces=[json.dumps(reply).encode()] if status == 200 else [error()], status=status)
    client = await over_upstream(upstream, TARGETS)
    answers = []
    for name in (*REGISTERED, *OTHERS):
        upstream.headers = {"content-type": "application/json", **HEADERS[header](name)}
        answer = await asked(client, name)
        assert answer.status_code == status
        answers.append((answer.content, sorted(answer.headers.items())))
    assert all(answer == answers[0] for answer in answers)


async def test_what_a_header_said_may_come_back_as_an_id(over_upstream: Opening) -> None:
    """vLLM makes the id of its answer from the request's."""
    upstream = Canned()
    client = await over_upstream(upstream, TARGETS)
    for name in ("margaret-carver", "bastian-oakley"):
        message = {"role": "assistant", "content": "Yes."}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        upstream.reply({"id": f"chatcmpl-{name}", "choices": choices})
        body = {"model": "m", "messages": [{"role": "user", "content": "Is tea ready?"}]}
        answer = await client.post("/v1/chat/completions", json=body, headers={"x-request-id": name})
        assert (answer.status_code, answer.content) == (200, upstream.pieces[0])


@pytest.mark.parametrize(
    ("status", "given", "said"),
    [
        (400, {"type": "invalid_request_error", "code": "unsupported_value", "param": "temperature"}, "param names"),
        (
            400,
            {"type": "invalid_request_error", "code": "invalid_type", "param": "messages[0].content[1].text"},
            "type",
        ),
        (400, {"type": "BadRequestError", "code": 400, "param": "tools[2].function.parameters"}, "param names"),
        (400, {"type": "invalid_request_error", "code": "context_length_exceeded", "param": "messages"}, "shorten it"),
        (404, {"type": "NotFoundError", "code": 404, "param": "model"}, "/v1/models"),
        (404, {"type": "invalid_request_error", "code": "model_not_found", "param": None}, "/v1/models"),
        (429, {"type": "insufficient_quota", "code": "insufficient_quota", "param": None}, "quota"),
        (429, {"type": "tokens", "code": "rate_limit_exceeded", "param": None}, "wait"),
        (500, {"type": "InternalServerError", "code": None, "param": None}, "try again"),
        (
            503,
            {"type": "overloaded_error", "code": "engine_overloaded", "param": "stream_options.include_usage"},
            "503",
        ),
    ],
)
def test_words_of_the_protocol_pass(status: int, given: dict[str, Any], said: str) -> None:
    problem = problem_from_upstream(status, error(**given), {}, own_key=True)
    code = str(given["code"]) if given["code"] else "upstream_error"
    assert (problem.status, problem.kind, problem.code, problem.param) == (status, given["type"], code, given["param"])
    assert said in problem.message
    assert problem.message != "Nope."


@pytest.mark.parametrize(
    ("status", "given"),
    [
        (400, {"message": "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens."}),
        (400, {"message": "Nope.", "type": "exceed_context_size_error"}),
        (413, {"message": "Prompt is too long."}),
        (422, {"message": "`inputs` tokens + `max_new_tokens` must be <= 4096."}),
    ],
)
def test_a_conversation_that_is_too_long_is_told_by_its_code(status: int, given: dict[str, Any]) -> None:
    problem = problem_from_upstream(status, error(**given), {}, own_key=True)
    assert (problem.status, problem.code) == (status, "context_length_exceeded")


@pytest.mark.parametrize(
    "value",
    ["tool_margaret_use", "margaret", "Carver", "1962", "x y", "", "a" * 65, "tool.use", {"a": 1}, True, 7, "é"],
)
def test_other_words_do_not(value: Any) -> None:
    problem = problem_from_upstream(400, error(code=value, type=value), {}, own_key=True)
    assert (problem.code, problem.kind) == ("upstream_error", "invalid_request_error")


@pytest.mark.parametrize(
    ("message", "passes"),
    [
        ("The model does not exist.", True),
        ("Too many tokens.", True),
        ("Missing required parameter: 'messages'.", True),
        ("You exceeded your current quota, please check your plan and billing details.", True),
        ("The server is overloaded; try again later.", True),
        ("The model `margaret-carver` does not exist.", False),
        ("The model `bastian-oakley` does not exist.", False),
        ("No model for Margaret.", False),
        ("Invalid value: 1962.", False),
        ("invalid C A R V E R", False),
        ("The model d\u00f6es not exist.", False),
        ("", False),
        (" ", False),
        ("error " * 60, False),
    ],
)
def test_a_sentence_passes_where_it_consists_of_known_words(message: str, passes: bool) -> None:
    assert (problem_from_upstream(400, error(message=message), {}, own_key=True).message == message) is passes
