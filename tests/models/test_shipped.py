from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from expunge.models.base import ChatOptions, Completion
from expunge.models.choose import chat_model
from expunge.models.embedded import EmbeddedChat
from expunge.models.shipped import MANNER, MAX_TOKENS
from expunge.models.weights import DEFAULT
from expunge.settings import ModelSettings
from expunge.types import Message

ASK = (Message("user", "What is the capital of France?"),)
SYSTEM = (Message("system", "You are a guide."), *ASK)
TALK = (*ASK, Message("assistant", "Paris."), Message("user", "And of Spain?"))


class Asked:
    """Stands where the engine's endpoint is, and keeps what it is asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[tuple[Message, ...], ChatOptions, Mapping[str, Any] | None]] = []

    async def complete(
        self, messages: Sequence[Message], options: ChatOptions, *, extra: Mapping[str, Any] | None = None
    ) -> Completion:
        self.calls.append((tuple(messages), options, extra))
        return Completion("Paris.")


def asked(settings: ModelSettings, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Asked]:
    model, endpoint = chat_model(settings, cache=folder), Asked()
    monkeypatch.setattr(model, "_chat", endpoint)
    return model, endpoint


@pytest.mark.parametrize("settings", [ModelSettings(), ModelSettings(model=DEFAULT)])
@pytest.mark.parametrize("talk", [ASK, TALK])
async def test_where_nothing_is_said_the_manner_applies(
    talk: tuple[Message, ...], settings: ModelSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, endpoint = asked(settings, tmp_path, monkeypatch)
    await model.complete(talk)
    assert endpoint.calls == [((*MANNER.opening, *talk), ChatOptions(temperature=0.0), MANNER.sampling)]


@pytest.mark.parametrize(
    ("settings", "talk", "options"),
    [
        (ModelSettings(), SYSTEM, ChatOptions()),
        (ModelSettings(), (Message("developer", "Be a guide."), *ASK), ChatOptions()),
        (ModelSettings(), ASK, ChatOptions(schema={"type": "object"})),
        (ModelSettings(path=Path("other.gguf")), ASK, ChatOptions()),
        (ModelSettings(model="org/repo:other.gguf"), ASK, ChatOptions()),
    ],
)
async def test_what_a_caller_says_is_sent_as_it_is(
    settings: ModelSettings,
    talk: tuple[Message, ...],
    options: ChatOptions,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, endpoint = asked(settings, tmp_path, monkeypatch)
    await model.complete(talk, options)
    ((sent, _, extra),) = endpoint.calls
    assert (sent, extra) == (talk, None)


async def test_a_callers_own_options_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, endpoint = asked(ModelSettings(), tmp_path, monkeypatch)
    own = ChatOptions(temperature=0.7, max_tokens=900, seed=3)
    await model.complete(ASK, own)
    assert endpoint.calls[0][1] == own


@pytest.mark.parametrize(
    ("settings", "most"),
    [
        (ModelSettings(), MAX_TOKENS),
        (ModelSettings(max_tokens=512), 512),
        (ModelSettings(path=Path("other.gguf")), 512),
    ],
)
def test_the_longest_answer(settings: ModelSettings, most: int, tmp_path: Path) -> None:
    model = chat_model(settings, cache=tmp_path)
    assert isinstance(model, EmbeddedChat)
    assert model._max_tokens == most
