"""One call of an agent to its model: a prompt goes out, a JSON object of known fields comes back, or AgentError."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from expunge.errors import AgentError, ModelError
from expunge.models.base import ChatModel, ChatOptions, Completion
from expunge.prompts.loader import Prompt
from expunge.types import Message

T = TypeVar("T")
_CODE_FENCE = re.compile(r"```(?:json)?[ \t]*\n(?P<inside>.*)\n[ \t]*```", re.DOTALL | re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONCURRENT = 8


@dataclass(frozen=True, slots=True)
class Reply:
    """The fields of an agent's reply, all present and none besides; `prompt_chars` is what was sent for it, and
    `prompt_tokens` the same as the model counts it (0 where it does not)."""

    agent: str
    fields: Mapping[str, object]
    prompt_chars: int
    prompt_tokens: int = 0

    def text(self, field: str) -> str:
        """A field that is valid text.

        Raises:
            AgentError: if it is not.
        """
        return self._text(self.fields[field])

    def texts(self, field: str) -> tuple[str, ...]:
        """A field that is a list of valid texts.

        Raises:
            AgentError: if it is not.
        """
        return tuple(self._text(item) for item in self._list(field))

    def objects(self, field: str, names: Collection[str]) -> tuple[Reply, ...]:
        """A field that is a list of objects, each with exactly the fields `names`.

        Raises:
            AgentError: if it is not.
        """
        return tuple(Reply(self.agent, _exactly(self.agent, item, names), 0) for item in self._list(field))

    def flag(self, field: str) -> bool:
        """A field that is true or false.

        Raises:
            AgentError: if it is not.
        """
        value = self.fields[field]
        if not isinstance(value, bool):
            raise _unfit(self.agent)
        return value

    def number_lists(self, field: str) -> tuple[tuple[int, ...], ...]:
        """A field that is a list of lists of whole numbers.

        Raises:
            AgentError: if it is not.
        """
        lists = self._list(field)
        if not all(isinstance(numbers, list) and all(type(n) is int for n in numbers) for numbers in lists):
            raise _unfit(self.agent)
        return tuple(tuple(numbers) for numbers in lists if isinstance(numbers, list))

    def numbers(self, field: str, low: int, high: int) -> tuple[int, ...]:
        """A field that is a list of whole numbers from `low` to `high`.

        Raises:
            AgentError: if it is not.
        """
        items = (Reply(self.agent, {field: item}, 0) for item in self._list(field))
        return tuple(item.whole(field, low, high) for item in items)

    def whole(self, field: str, low: int, high: int) -> int:
        """A field that is a whole number from `low` to `high`; 4.0 is one, as JSON schemas have it.

        Raises:
            AgentError: if it is not; a boolean and a number in quotes are not.
        """
        value = self.fields[field]
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise _unfit(self.agent)
        if value != int(value):
            raise _unfit(self.agent)
        return int(value)

    def _list(self, field: str) -> list[object]:
        value = self.fields[field]
        if not isinstance(value, list):
            raise _unfit(self.agent)
        return value

    def _text(self, value: object) -> str:
        if not isinstance(value, str) or _SURROGATE.search(value):
            raise _unfit(self.agent)
        return value


def _unfit(agent: str) -> AgentError:
    return AgentError(f"The reply of {agent} does not fit its schema; use a more capable model, or rules.")


def object_schema(**properties: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON schema of an object with exactly these fields, in this order, all of them required."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


async def ask(
    agent: str,
    model: ChatModel,
    prompt: Prompt,
    values: Mapping[str, str],
    schema: Mapping[str, Any],
    max_tokens: int,
) -> Reply:
    """Render `prompt` with `values`, call the model once, and read its reply by `schema`'s fields.

    Sampling is greedy and seeded, so that a verdict can be had again. `agent` names the agent in errors.

    Raises:
        AgentError: if the model fails or the reply is not one JSON object with exactly the schema's fields.
    """
    messages = prompt.render(values)
    options = ChatOptions(temperature=0.0, max_tokens=max_tokens, seed=0, schema=schema)
    try:
        completion = await model.complete(messages, options)
    except ModelError as error:
        raise AgentError(f"The model of {agent} failed; see that it is up, with `expunge doctor`.") from error
    return Reply(agent, parse(agent, completion, schema), count_chars(messages), completion.prompt_tokens)


def parse(agent: str, completion: Completion, schema: Mapping[str, Any]) -> Mapping[str, object]:
    """The fields of a reply that is one JSON object, bare or in a code fence, and nothing else.

    Raises:
        AgentError: if it was cut short, called a tool, is not JSON, or has other fields than `schema`.
    """
    if completion.finish_reason in ("length", "content_filter"):
        raise AgentError(f"The reply of {agent} was cut short; give its model a larger context or fewer variants.")
    text = completion.text.strip()
    if completion.tool_calls or not text:
        raise AgentError(f"The reply of {agent} holds no answer; use a more capable model, or rules.")
    if fenced := _CODE_FENCE.fullmatch(text):
        text = fenced["inside"]
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise AgentError(f"The reply of {agent} is not JSON; use a more capable model, or rules.") from None
    return _exactly(agent, value, schema["properties"].keys())


def _exactly(agent: str, value: object, names: Collection[str]) -> Mapping[str, object]:
    if not isinstance(value, dict) or value.keys() != set(names):
        raise _unfit(agent)
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field stands twice")
    return found


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and infinities are not JSON")


def count_chars(messages: Sequence[Message]) -> int:
    """Characters in the messages' contents."""
    return sum(len(message.content) for message in messages)


def tokens_for(text: str, copies: int = 1) -> int:
    """A generous limit, in tokens, for a reply that holds `text` so many times and some reasoning."""
    plain = sum(character.isascii() for character in text)
    return min(16_000, 1_024 + copies * (64 + plain // 3 + (len(text) - plain)))


async def at_once(calls: Sequence[Coroutine[Any, Any, T]]) -> tuple[T, ...]:
    """The results of all calls in order, at most eight running; the first failure ends the others and is raised."""
    gate = asyncio.Semaphore(_CONCURRENT)

    async def gated(call: Coroutine[Any, Any, T]) -> T:
        async with gate:
            return await call

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(gated(call)) for call in calls]
    except ExceptionGroup as failed:
        first = failed.exceptions[0]
        raise first from first.__cause__
    finally:
        for call in calls:
            call.close()
    return tuple(task.result() for task in tasks)
