"""Vanilla: answers the user's own request, untouched, knowing nothing of targets."""

from __future__ import annotations

from collections.abc import Sequence

from expunge.agents.case import Played
from expunge.models.base import ChatModel, ChatOptions
from expunge.types import Draft, Message


async def answer(model: ChatModel, messages: Sequence[Message], options: ChatOptions) -> Played[Draft]:
    """The model's own answer, on every channel.

    Raises:
        ModelError: the model's own failure, passed on, since there is no draft to protect yet.
    """
    completion = await model.complete(messages, options)
    draft = Draft(completion.text, completion.reasoning, completion.tool_calls, completion.finish_reason)
    chars = sum(len(message.content) for message in messages)
    return Played(draft, "model", calls=1, prompt_chars=chars, prompt_tokens=completion.prompt_tokens)
