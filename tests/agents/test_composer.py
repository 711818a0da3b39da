from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from expunge.agents import composer
from expunge.agents.case import Case
from expunge.errors import AgentError, ModelUnreachable
from expunge.models.base import Completion
from expunge.prompts.loader import load
from expunge.types import Variant

Make = Callable[..., Any]


def variants(*texts: str) -> list[Variant]:
    return [Variant(text, "model") for text in texts]


async def test_merges_in_one_call(case: Case, chat: Make) -> None:
    model = chat({"answer": "merged $5 {x}"})
    played = await composer.compose(case, variants("first", "", "second", "first"), model)
    assert played.value == "merged $5 {x}"
    assert (played.by, played.calls, played.prompt_digest) == ("model", 1, load("composer/compose").digest)
    user = model.calls[0][0][1].content
    assert "The 2 candidates" in user
    assert user.index("first") < user.index("second")


async def test_is_shown_no_target_no_draft_and_only_the_last_question(case: Case, chat: Make) -> None:
    model = chat({"answer": "merged"})
    await composer.compose(case, variants("first", "second"), model)
    user = model.calls[0][0][1].content
    assert "Orlebeck" not in user
    assert "glass" not in user
    assert "who made the clock" in user
    assert "Tell me about the harbour" not in user


@pytest.mark.parametrize(("texts", "answer"), [(["only"], "only"), (["a", "a", ""], "a"), (["", " "], ""), ([], "")])
async def test_nothing_to_merge_needs_no_call(texts: list[str], answer: str, case: Case, chat: Make) -> None:
    model = chat("never")
    played = await composer.compose(case, variants(*texts), model)
    assert (played.value, played.calls, model.calls) == (answer, 0, [])


@pytest.mark.parametrize(
    "reply",
    [
        "merged",
        {"answer": ""},
        {"answer": " \n"},
        {"answer": None},
        {"answer": ["merged"]},
        {"answer": "x" * 2_100},
        {"answer": "\ud800"},
        {"text": "merged"},
        {"answer": "merged", "note": "x"},
        Completion("", reasoning=json.dumps({"answer": "merged"})),
        Completion(json.dumps({"answer": "merged"}), finish_reason="length"),
        ModelUnreachable("gone"),
    ],
)
async def test_a_composer_that_fails_or_does_not_parse(reply: Any, case: Case, chat: Make) -> None:
    with pytest.raises(AgentError, match="the Composer"):
        await composer.compose(case, variants("first", "second"), chat(reply))
