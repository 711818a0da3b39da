"""Judges values for the frameworks, from sync and async code alike."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter

from expunge.assemble import Parts
from expunge.async_unlearner import AsyncUnlearner
from expunge.errors import UsageError
from expunge.gateway.json_scrub import Keep, ScrubbedJson, scrub_json
from expunge.pipeline import Outcome
from expunge.refusals import plain_refusal
from expunge.text.budget import budget
from expunge.types import Draft, Message
from expunge.unlearner import Unlearner

T = TypeVar("T")
_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any, config=ConfigDict(ser_json_bytes="base64", ser_json_inf_nan="constants"))
AnyUnlearner = Unlearner | AsyncUnlearner
_LABELS = Keep(labels=("type", "id", "mime_type", "mimeType"))
"""Of the blocks in which frameworks put content, what says nothing of the content."""


class Judge:
    """Reads what is about to be passed on. Whatever cannot be judged is refused."""

    def __init__(self, unlearner: AnyUnlearner) -> None:
        if not isinstance(unlearner, AnyUnlearner):
            raise UsageError("`unlearner` must be an Unlearner or an AsyncUnlearner; open one with its open().")
        self._unlearner = unlearner

    @property
    def parts(self) -> Parts:
        """The unlearner's parts.

        Raises:
            UsageError: if it was closed.
        """
        return self._unlearner._parts

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return the result of work, from sync code.

        Raises:
            UsageError: if the unlearner is asynchronous.
        """
        if isinstance(self._unlearner, Unlearner):
            return self._unlearner._run(work)
        work.close()
        raise UsageError("An AsyncUnlearner works in async code only; call the async method, or pass an Unlearner.")

    async def arun(self, work: Coroutine[Any, Any, T]) -> T:
        """Return the result of work, from async code."""
        if isinstance(self._unlearner, Unlearner):
            return await self._unlearner._loop.arun(work)
        return await work

    async def value(self, value: Any) -> ScrubbedJson:
        """Scrub a value, as the JSON that it is written as."""
        snapshot, pipeline = self.parts.registry.snapshot(), self.parts.pipeline

        async def judged(drafts: Sequence[Draft]) -> Sequence[Outcome]:
            with budget():  # one for all
                return await asyncio.gather(*(pipeline.decide(snapshot, (), draft) for draft in drafts))

        return await scrub_json(as_json(value), judged, _LABELS)

    def ignorance(self, asked: Any = "") -> str:
        """Return a plain refusal, in the language of what was asked."""
        return plain_refusal((Message("user", as_text(asked)),), self.parts.settings.policy.refusals)


def as_json(value: Any) -> Any:
    """Return a value as the JSON that it is written as; what is none becomes a text."""
    return _ANYTHING.dump_python(value, mode="json", fallback=str, warnings=False)


def as_text(value: Any) -> str:
    """Return a text as it is, and any other value as JSON."""
    told = as_json(value)
    return told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)
