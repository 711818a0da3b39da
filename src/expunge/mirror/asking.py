"""Asking a conversation again about stand-ins, and reading what comes on every channel."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from expunge.agents import vanilla
from expunge.mirror.disguise import Disguise
from expunge.models.base import ChatModel, ChatOptions
from expunge.types import Draft, Message

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reflected:
    """What was said of stand-ins, one draft a choice: `raw` as it came, `told` with the typed names in it again.

    `whole` is the reply that `told` was read from, for whoever passes it on whole. `garbled` says that a stand-in was
    not copied whole somewhere, so that no name can be put in its place.
    """

    raw: tuple[Draft, ...]
    told: tuple[Draft, ...]
    whole: Any = None
    garbled: bool = False
    prompt_chars: int = 0
    prompt_tokens: int = 0


class Asks(Protocol):
    """Whoever asks a conversation once more."""

    def disguised(self, disguise: Disguise) -> Sequence[Message]:
        """All that is said when it is asked in a disguise."""
        ...

    async def ask(self, disguise: Disguise) -> Reflected:
        """Ask it so.

        Raises:
            ModelError: if there is no answer.
        """
        ...

    async def beside(self, work: Coroutine[Any, Any, T]) -> T:
        """Do work that takes as long as the conversation is long, where it holds up nobody with a shorter one."""
        ...


class AskModel:
    """Asks a chat model."""

    def __init__(self, model: ChatModel, messages: Sequence[Message], options: ChatOptions) -> None:
        self._model = model
        self._messages = tuple(messages)
        self._options = options

    def disguised(self, disguise: Disguise) -> Sequence[Message]:
        """The conversation with stand-ins."""
        return disguise.messages

    async def beside(self, work: Coroutine[Any, Any, T]) -> T:
        """Do the work here."""
        return await work

    async def ask(self, disguise: Disguise) -> Reflected:
        """The model's answer.

        Raises:
            ModelError: if it fails.
        """
        drafted = await vanilla.answer(self._model, disguise.messages, self._options)
        # Reasoning and calls stay in the process.
        raw = Draft(drafted.value.text)
        undone = disguise.undo(raw.text)
        told = Draft(undone.text)
        return Reflected((raw,), (told,), None, undone.garbled, drafted.prompt_chars, drafted.prompt_tokens)
