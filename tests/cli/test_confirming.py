from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expunge import Fact, Target, Unlearner

Expunge = Callable[..., Any]

NAME = "Ottoline Brathwick"
TOLD = ("She kept bees at Quellmere.", "She drew maps of Oxmantle.", "She was born in 1871.")


@pytest.fixture
def told(expunge: Expunge, sandbox: Path) -> None:
    """A target with a given fact, and three that the model told."""
    with Unlearner.open() as unlearner:
        unlearner.targets.add(
            Target(NAME, facts=(Fact("Her father sold lamps."), *(Fact(text, elicited=True) for text in TOLD))),
            elicit=False,
        )


def held(expunge: Expunge) -> dict[str, bool]:
    facts = json.loads(expunge("targets", "show", NAME, "--json").out)["facts"]
    return {fact["answer"]: fact["elicited"] for fact in facts}


def test_without_options_they_are_listed(expunge: Expunge, told: None) -> None:
    result = expunge("targets", "confirm", NAME)
    assert result.code == 0
    assert "has 1 fact, and these unconfirmed" in result.out
    assert [line.split()[0] for line in result.out.splitlines() if line.startswith("   ")] == ["1", "2", "3"]


def test_some_are_confirmed_and_others_dropped(expunge: Expunge, told: None) -> None:
    assert expunge("targets", "confirm", NAME, "--fact", "1", "--drop", "2").code == 0
    assert held(expunge) == {"Her father sold lamps.": False, TOLD[0]: False, TOLD[2]: True}


def test_all_but_one(expunge: Expunge, told: None) -> None:
    result = expunge("targets", "confirm", NAME, "--all", "--drop", "3")
    assert "3 facts, all confirmed" in result.out
    assert held(expunge) == {"Her father sold lamps.": False, TOLD[0]: False, TOLD[1]: False}


def test_all_are_dropped(expunge: Expunge, told: None) -> None:
    assert expunge("targets", "confirm", NAME, "--drop-all").code == 0
    assert list(held(expunge)) == ["Her father sold lamps."]


def test_the_history_tells_it(expunge: Expunge, told: None) -> None:
    expunge("targets", "confirm", NAME, "--all")
    assert "confirmed" in expunge("targets", "history", NAME).out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--fact", "4"), "Fact 4 does not exist; the target has 3"),
        (("--all", "--fact", "1"), "Give either --all, or --fact"),
    ],
)
def test_wrong_use(expunge: Expunge, told: None, args: tuple[str, ...], message: str) -> None:
    result = expunge("targets", "confirm", NAME, *args)
    assert result.code == 2
    assert message in result.err
    assert sum(held(expunge).values()) == 3
