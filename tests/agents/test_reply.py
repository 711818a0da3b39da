from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from expunge.agents.reply import Reply, at_once, object_schema, parse, tokens_for
from expunge.errors import AgentError
from expunge.models.base import Completion

SCHEMA = object_schema(reasoning={"type": "string"}, mark={"type": "integer"})
GOOD = '{"reasoning": "because", "mark": 3}'


@pytest.mark.parametrize(
    "text",
    [GOOD, f"  {GOOD}\n", f"```json\n{GOOD}\n```", f"```\n{GOOD}\n```", f"```JSON\n{GOOD}\n```\n"],
)
def test_a_json_object_bare_or_in_a_code_fence(text: str) -> None:
    assert parse("x", Completion(text), SCHEMA) == {"reasoning": "because", "mark": 3}


@pytest.mark.parametrize(
    "completion",
    [
        Completion(""),
        Completion(" \n"),
        Completion("", reasoning=GOOD),
        Completion(GOOD, tool_calls=("call",)),
        Completion(GOOD, finish_reason="length"),
        Completion(GOOD, finish_reason="content_filter"),
        Completion("I think it is fine: SECRET"),
        Completion(f"Here it is: {GOOD}"),
        Completion(f"{GOOD} Hope that helps!"),
        Completion(f"{GOOD}{GOOD}"),
        Completion(f"<think>hm</think>{GOOD}"),
        Completion(GOOD[:-1]),
        Completion(f"[{GOOD}]"),
        Completion("null"),
        Completion('{"reasoning": "SECRET"}'),
        Completion('{"reasoning": "a", "mark": 3, "extra": "SECRET"}'),
        Completion('{"reasoning": "a", "mark": 3, "mark": 5}'),
        Completion('{"reasoning": "a", "mark": NaN}'),
        Completion('{"reasoning": "a", "mark": Infinity}'),
        Completion("{'reasoning': 'a', 'mark': 3}"),
        Completion('{"reasoning": "a\nb", "mark": 3}'),
        Completion("[" * 100_000),
        Completion('{"mark": ' + "9" * 10_000 + "}"),
        Completion(f"```yaml\n{GOOD}\n```"),
        Completion("<html><body>SECRET</body></html>"),
    ],
)
def test_anything_else_is_a_failure_that_names_the_agent_and_no_text(completion: Completion) -> None:
    with pytest.raises(AgentError, match="the Tester") as caught:
        parse("the Tester", completion, SCHEMA)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("value", [True, "3", None, [3], 0, 6, -1, 3.5, 1e308, float("inf")])
def test_what_is_no_whole_number_in_range(value: object) -> None:
    with pytest.raises(AgentError, match="the Tester"):
        Reply("the Tester", {"mark": value}, 0).whole("mark", 1, 5)


@pytest.mark.parametrize("value", [4, 4.0])
def test_a_whole_number(value: object) -> None:
    assert Reply("x", {"mark": value}, 0).whole("mark", 1, 5) == 4


@pytest.mark.parametrize("value", [1, None, ["a"], {"a": 1}, "half\ud800"])
def test_what_is_no_text(value: object) -> None:
    with pytest.raises(AgentError):
        Reply("x", {"t": value}, 0).text("t")


@pytest.mark.parametrize("value", ["abc", None, {"0": "a"}, ["a", 1], ["\udc00"]])
def test_what_is_no_list_of_texts(value: object) -> None:
    with pytest.raises(AgentError):
        Reply("x", {"t": value}, 0).texts("t")


@pytest.mark.parametrize("value", [{}, [1], [{"a": 1}], [{"a": 1, "b": 2, "c": 3}], None])
def test_what_is_no_list_of_such_objects(value: object) -> None:
    with pytest.raises(AgentError):
        Reply("x", {"t": value}, 0).objects("t", ("a", "b"))


def test_limits_grow_with_text_and_end() -> None:
    assert tokens_for("") < tokens_for("word " * 100) < tokens_for("word " * 100, 5)
    assert tokens_for("字" * 100) > tokens_for("a" * 100)
    assert tokens_for("a" * 10**6, 20) == 16_000


async def test_at_once_keeps_the_order_and_runs_at_most_eight() -> None:
    running, most = 0, 0

    async def call(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1
        return number

    assert await at_once([call(n) for n in range(20)]) == tuple(range(20))
    assert most == 8


async def test_the_first_failure_ends_the_others() -> None:
    ended: list[str] = []

    async def failing() -> None:
        raise AgentError("no") from ValueError("cause")

    async def waiting() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    with pytest.raises(AgentError, match="no") as caught:
        await at_once([waiting(), failing(), waiting()])
    assert isinstance(caught.value.__cause__, ValueError)
    assert ended == ["cancelled"] * 2


async def test_cancelling_ends_every_call(chat: Callable[..., Any]) -> None:
    model = chat("never", pause=60)
    calls = [model.complete(()) for _ in range(12)]
    task = asyncio.ensure_future(at_once(calls))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert model.cancelled == 8
    assert model.running == 0
