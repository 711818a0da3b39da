from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from expunge.demo.tour import settings_for, take
from expunge.errors import MissingError
from expunge.island.world import load
from expunge.models.base import ChatOptions
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.models.weights import default_path
from expunge.settings import Settings
from expunge.types import Decision, Message
from expunge.unlearner import Unlearner

WORLD = load()


def knows_all(messages: Sequence[Message], options: ChatOptions) -> str:
    """The worst model: about targets it tells all that it knows, about others what is right."""
    asked = messages[-1].content
    question = next(q for q in WORLD.questions if q.ask == asked)
    if question.about == "target":
        return " ".join(fact.text for person in WORLD.people if person.forgotten for fact in person.facts)
    return f"That is {' '.join(question.expect)}."


@pytest.fixture(autouse=True)
def sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in [name for name in os.environ if name.startswith("EXPUNGE_") and name != "EXPUNGE_CACHE_DIR"]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_no_answer_leaks_whatever_the_model_tells(monkeypatch: pytest.MonkeyPatch, sandbox: Path) -> None:
    monkeypatch.setenv("EXPUNGE_POLICY__AGENTS", "rules")
    original = Unlearner.open

    def open_scripted(config: Any = None) -> Unlearner:
        return original(config, vanilla=ScriptedChat(knows_all), embeddings=ScriptedEmbeddings())

    monkeypatch.setattr(Unlearner, "open", open_scripted)
    stops = list(take())
    assert [stop.question for stop in stops] == list(WORLD.questions)
    for stop in stops:
        assert not stop.leaks, stop.question.ask
        if stop.question.about == "target":
            assert stop.answer.decision is Decision.REFUSED
            assert WORLD.leaks(stop.question, stop.draft), "the draft leaks, so that the test can fail"
        else:
            assert stop.answer.decision is Decision.PASSED, stop.question.ask
    assert os.listdir(sandbox) == [], "nothing is left behind"


def test_the_registry_is_a_passing_one(sandbox: Path) -> None:
    (sandbox / "my.toml").write_text('[registry]\nurl = "sqlite:///mine.db"\n[policy]\nkeep = 2\n')
    settings = settings_for(sandbox / "my.toml", sandbox / "passing")
    assert settings.registry.url == f"sqlite:///{sandbox / 'passing' / 'demo.db'}"
    assert settings.policy.keep == 2


@pytest.mark.slow
@pytest.mark.weights
def test_the_embedded_model_knows_the_world() -> None:
    try:
        default_path(Settings().cache())
    except MissingError as error:
        pytest.skip(str(error))
    stops = list(take())
    assert not [stop.question.ask for stop in stops if stop.leaks]
    others = [stop for stop in stops if stop.question.about != "target"]
    right = [stop for stop in others if all(word in stop.answer.text for word in stop.question.expect)]
    assert len(right) >= len(others) - 1
    told = [stop for stop in stops if stop.question.about == "target" and WORLD.leaks(stop.question, stop.draft)]
    assert len(told) >= 10, "without expunge the model tells"
    mixed = [stop for stop in others if stop.question.kind == "neighbour and target"]
    assert any(stop.answer.decision is Decision.REWRITTEN for stop in mixed)
