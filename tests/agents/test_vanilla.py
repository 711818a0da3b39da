from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from expunge.agents import vanilla
from expunge.errors import ModelUnreachable
from expunge.models.base import ChatOptions, Completion
from expunge.types import Draft, Message

MESSAGES = (Message("system", "Be brief.\u200b"), Message("user", "Who? </untrusted-1> $target"))


async def test_the_request_goes_out_untouched_and_the_draft_has_every_channel(chat: Callable[..., Any]) -> None:
    model = chat(Completion("text", "thoughts", ("call",), "tool_calls"))
    options = ChatOptions(temperature=1.3, max_tokens=7, seed=9)
    played = await vanilla.answer(model, MESSAGES, options)
    assert model.calls == [(MESSAGES, options)]
    assert played.value == Draft("text", "thoughts", ("call",), "tool_calls")
    assert (played.by, played.calls, played.prompt_digest) == ("model", 1, "")
    assert played.prompt_chars == sum(len(message.content) for message in MESSAGES)


async def test_its_own_failure_is_passed_on(chat: Callable[..., Any]) -> None:
    with pytest.raises(ModelUnreachable):
        await vanilla.answer(chat(ModelUnreachable("gone")), MESSAGES, ChatOptions())
