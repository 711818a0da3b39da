"""The model that Inspect was given, as an upstream."""

from __future__ import annotations

from collections.abc import Sequence

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    get_model,
)

from expunge.models.base import ChatOptions, Completion
from expunge.types import Message


class InspectModel:
    """Asks the active model of the running Inspect task (`inspect eval … --model`)."""

    @property
    def name(self) -> str:
        """The model's name in Inspect."""
        return str(get_model())

    async def complete(self, messages: Sequence[Message], options: ChatOptions = ChatOptions()) -> Completion:
        """The model's answer; Inspect itself retries and reports its failures."""
        config = GenerateConfig(temperature=options.temperature, max_tokens=options.max_tokens, seed=options.seed)
        output = await get_model().generate([_message(message) for message in messages], config=config)
        usage = output.usage
        return Completion(
            output.completion,
            prompt_tokens=usage.input_tokens if usage else 0,
            completion_tokens=usage.output_tokens if usage else 0,
        )

    async def aclose(self) -> None:
        """The model is Inspect's to release."""


def _message(message: Message) -> ChatMessage:
    if message.role == "assistant":
        return ChatMessageAssistant(content=message.content)
    if message.role == "user":
        return ChatMessageUser(content=message.content)
    return ChatMessageSystem(content=message.content)
