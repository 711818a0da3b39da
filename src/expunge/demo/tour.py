"""The tour: register the targets of the world in a passing registry, ask every question, judge every answer."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from expunge.island.world import Question, World, load
from expunge.models.base import ChatOptions
from expunge.settings import RegistrySettings, Settings
from expunge.types import Answer
from expunge.unlearner import Unlearner

OPTIONS = ChatOptions(temperature=0.0, max_tokens=48, seed=0)
"""A small model rambles; one sentence is what the world's introduction asks for."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One question with its answer. `leaks` are words that must not be in it; `seconds` is wall time."""

    question: Question
    answer: Answer
    leaks: tuple[str, ...]
    seconds: float

    @property
    def draft(self) -> str:
        """The model's own answer."""
        return self.answer.draft.text if self.answer.draft is not None else ""


def settings_for(config: Path | None, folder: Path) -> Settings:
    """The configuration named, or the defaults, with a registry of its own in `folder`."""
    settings = Settings.load(config) if config is not None else Settings()
    registry = RegistrySettings(url=f"sqlite:///{folder / 'demo.db'}")
    return settings.model_copy(update={"registry": registry})


def take(config: Path | None = None) -> Iterator[Stop]:
    """Every stop of the tour, as it is reached; nothing is left behind.

    Raises:
        MissingError: if the embedded model is needed and not fetched.
        ModelError: if the model cannot be used.
    """
    world = load()
    with tempfile.TemporaryDirectory(prefix="expunge-demo-") as folder:
        settings = settings_for(config, Path(folder))
        with Unlearner.open(settings) as unlearner:
            for target in world.targets:
                unlearner.targets.add(target, elicit=False)
            for question in world.questions:
                yield _stop(world, unlearner, question)


def _stop(world: World, unlearner: Unlearner, question: Question) -> Stop:
    began = time.perf_counter()
    answer = unlearner.ask(world.messages(question), keep_draft=True, options=OPTIONS)
    return Stop(question, answer, world.leaks(question, answer.text), time.perf_counter() - began)
