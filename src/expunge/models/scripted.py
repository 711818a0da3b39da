"""Models that answer from a script: for tests, and for trying a pipeline without a model."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from expunge.models.base import ChatModel, ChatOptions, Completion, Vectors
from expunge.types import Message

Reply = str | Completion | Exception
Script = Callable[[Sequence[Message], ChatOptions], Reply | Awaitable[Reply]]

_DEFAULTS = ChatOptions()


@dataclass(frozen=True, slots=True)
class Call:
    """One call that a scripted model received."""

    messages: tuple[Message, ...]
    options: ChatOptions


class ScriptedChat:
    """A chat model that replies from a list, one reply a call, or by a function of messages and options.

    A reply is a text, a whole completion, or an exception, which is raised. The function may be asynchronous.
    `calls` records what was asked, in order; a call beyond the end of the list is a mistake of the script and raises
    RuntimeError. `in_order` says that it replies from a list: by default such a model is asked once a question, and
    refusals are plain.
    """

    def __init__(self, script: Iterable[Reply] | Script, *, name: str = "scripted") -> None:
        if isinstance(script, str):
            raise TypeError("a script is a list of replies or a function, not one text")
        self._reply: Script = script if callable(script) else _one_by_one(list(script))
        self.in_order = not callable(script)
        self._name = name
        self.calls: list[Call] = []

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    async def complete(self, messages: Sequence[Message], options: ChatOptions = _DEFAULTS) -> Completion:
        """The next reply of the script."""
        self.calls.append(Call(tuple(messages), options))
        reply = self._reply(messages, options)
        if inspect.isawaitable(reply):
            reply = await reply
        if isinstance(reply, Exception):
            raise reply
        return Completion(reply) if isinstance(reply, str) else reply

    async def aclose(self) -> None:
        """Nothing to release."""


class ScriptedEmbeddings:
    """Vectors made from the words of a text: texts that share words are close, and the same text is always the same.

    Words are runs of letters and digits, compared without case. A text without words gets a direction of its own.
    """

    def __init__(self, dimensions: int = 512) -> None:
        self._dimensions = dimensions
        self.texts: list[str] = []

    @property
    def name(self) -> str:
        """Identifies the vector space."""
        return f"scripted-{self._dimensions}"

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimensions)."""
        self.texts.extend(texts)
        vectors = np.zeros((len(texts), self._dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.casefold()) or [""]:
                digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()
                vectors[row, int.from_bytes(digest, "big") % self._dimensions] += 1.0
            vectors[row] /= np.linalg.norm(vectors[row])
        return vectors

    async def aclose(self) -> None:
        """Nothing to release."""


def answers_in_order(model: ChatModel) -> bool:
    """Return whether a model replies from a list, so that a call more would take what is meant for the next one."""
    return isinstance(model, ScriptedChat) and model.in_order


def _one_by_one(replies: list[Reply]) -> Script:
    remaining = iter(replies)

    def reply(messages: Sequence[Message], options: ChatOptions) -> Reply:
        for value in remaining:
            return value
        raise RuntimeError(f"the script holds {len(replies)} replies and was asked for one more")

    return reply
