from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from expunge.errors import ModelUnreachable
from expunge.models.base import ChatOptions, Completion
from expunge.models.scripted import Call, ScriptedChat, ScriptedEmbeddings
from expunge.types import Message

ASK = (Message("user", "Who is Ilse Brandt?"),)


async def test_replies_in_order_and_records() -> None:
    model = ScriptedChat(["one", Completion("two", finish_reason="length"), ModelUnreachable("Gone.")], name="double")
    assert model.name == "double"
    assert (await model.complete(ASK)).text == "one"
    assert (await model.complete(list(ASK), ChatOptions(seed=1))).finish_reason == "length"
    with pytest.raises(ModelUnreachable, match="Gone"):
        await model.complete(ASK)
    with pytest.raises(RuntimeError, match="3 replies"):
        await model.complete(ASK)
    assert model.calls[:2] == [Call(ASK, ChatOptions()), Call(ASK, ChatOptions(seed=1))]
    assert len(model.calls) == 4


async def test_replies_by_a_function_or_a_coroutine() -> None:
    def by_seed(messages: Sequence[Message], options: ChatOptions) -> str | Exception:
        return f"seed {options.seed}" if options.seed else ValueError("no seed")

    async def slowly(messages: Sequence[Message], options: ChatOptions) -> str:
        await asyncio.sleep(0)
        return messages[-1].content

    assert (await ScriptedChat(by_seed).complete(ASK, ChatOptions(seed=3))).text == "seed 3"
    with pytest.raises(ValueError, match="no seed"):
        await ScriptedChat(by_seed).complete(ASK)
    assert (await ScriptedChat(slowly).complete(ASK)).text == ASK[0].content


def test_one_text_is_no_script() -> None:
    with pytest.raises(TypeError, match="list"):
        ScriptedChat("yes")


async def test_vectors_follow_the_words() -> None:
    model = ScriptedEmbeddings()
    same, close, far, none = await model.embed(["Bees in May", "bees, in may!", "a distant harbour", ""])
    assert np.allclose(same, close)
    assert same @ far < 0.5
    assert np.isclose(none @ none, 1)
    assert (await model.embed([])).shape == (0, 512)
    assert np.array_equal((await ScriptedEmbeddings().embed(["Bees in May"]))[0], same)
    assert model.texts[:2] == ["Bees in May", "bees, in may!"]
