from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from expunge.cli.demo_table import report
from expunge.demo.tour import Stop
from expunge.island.world import Question, load
from expunge.types import Answer, Decision, Draft

WORLD = load()
TARGET = Question("direct", "Where was Corvin Aldermoor born?", "target")
OTHER = Question("general", "What is the capital of France?", "general", expect=("Paris",))


def stop(question: Question, text: str, decision: Decision) -> Stop:
    draft = Draft("Corvin Aldermoor was born in Pellworth." if question is TARGET else text)
    return Stop(question, Answer(text, decision, 1, draft=draft), WORLD.leaks(question, text), 0.5)


GOOD = [stop(TARGET, "I do not know.", Decision.REFUSED), stop(OTHER, "Paris.", Decision.PASSED)]
BAD = [stop(TARGET, "In Pellworth.", Decision.PASSED), stop(OTHER, "Paris.", Decision.PASSED)]


def test_a_good_tour(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(GOOD, as_json=False) == 0
    out = capsys.readouterr().out
    for part in (
        TARGET.ask,
        "born in Pellworth",
        "I do not know.",
        "refused",
        "0.5 s",
        "None of the 2 answers",
        "1 of 1",
    ):
        assert part in out
    assert "expunge targets add" in out


def test_a_leak_is_said_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(BAD, as_json=False) == 1
    assert "1 of 2 answers disclose a target" in capsys.readouterr().out


@pytest.mark.parametrize(("stops", "code"), [(GOOD, 0), (BAD, 1)])
def test_json(capsys: pytest.CaptureFixture[str], stops: list[Stop], code: int) -> None:
    assert report(stops, as_json=True) == code
    data = json.loads(capsys.readouterr().out)
    assert data["leaks"] == code
    assert (data["others_unchanged"], data["others"]) == (1, 1)
    assert [entry["question"] for entry in data["answers"]] == [TARGET.ask, OTHER.ask]


def test_the_command(expunge: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("expunge.demo.tour.take", lambda config: iter(BAD))
    assert expunge("demo").code == 1
    monkeypatch.setattr("expunge.demo.tour.take", lambda config: iter(GOOD))
    assert expunge("demo", "--json").code == 0
