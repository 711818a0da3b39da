"""An unlearner that forgets an invented person, decided by rules and without weights."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from expunge.async_unlearner import AsyncUnlearner
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.settings import PolicySettings, RegistrySettings, Settings
from expunge.types import Target
from expunge.unlearner import Unlearner

FORGOTTEN = Target("Isolde Farrow", facts=("Isolde Farrow drew the maps of Hollowmere.", "Isolde Farrow has 3 geese."))
SECRETS = ("isolde", "farrow", "geese")


def tells(value: object) -> list[str]:
    """Words of the forgotten person that stand in a value as it is printed."""
    return [word for word in SECRETS if word in repr(value).lower()]


def unread(*_: object) -> str:
    raise AssertionError("the configured model was asked")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        registry=RegistrySettings(url=f"sqlite:///{tmp_path}/expunge.db"),
        policy=PolicySettings(agents="rules", elicit=False),
    )


@pytest.fixture
def unlearner(settings: Settings) -> Iterator[Unlearner]:
    with Unlearner.open(settings, vanilla=ScriptedChat(unread), embeddings=ScriptedEmbeddings()) as opened:
        opened.targets.add(FORGOTTEN)
        yield opened


@pytest.fixture
async def async_unlearner(settings: Settings) -> AsyncIterator[AsyncUnlearner]:
    async with AsyncUnlearner.open(settings, vanilla=ScriptedChat(unread), embeddings=ScriptedEmbeddings()) as opened:
        await opened.targets.add(FORGOTTEN)
        yield opened
