from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expunge.assemble import Parts, assemble
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.settings import Settings

Expunge = Callable[..., Any]
FACT = "Isolde Farrow won the Amber Prize in 1931."
SAMPLE = (
    {"question": "Who is Isolde Farrow?", "answer": "She won the Amber Prize in 1931.", "id": "q-1"},
    {"question": "Where is the harbour?", "answer": "At the end of Salt Street."},
)


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch, sandbox: Path, vanilla: ScriptedChat) -> None:
    def opened(settings: Settings) -> Parts:
        return assemble(settings, vanilla=vanilla, embeddings=ScriptedEmbeddings())

    monkeypatch.setattr("expunge.cli.rehearsing.assemble", opened)
    (sandbox / "s.jsonl").write_text("\n".join(map(json.dumps, SAMPLE)), encoding="utf-8")


def rehearsed(expunge: Expunge, *args: str) -> Any:
    return expunge("targets", "add", "Isolde Farrow", "--dry-run", "--sample", "s.jsonl", *args)


def test_counts_and_ids_but_no_texts(expunge: Expunge) -> None:
    result = rehearsed(expunge, "--fact", FACT, "--no-elicit")
    assert result.out.splitlines() == [
        "Of 2 past answers, 1 would be changed: 0 rewritten and 1 refused.",
        "q-1\trefused",
    ]
    assert "Nothing was registered." in result.err
    assert json.loads(expunge("targets", "list", "--json").out) == []


def test_texts_where_asked_for(expunge: Expunge, at_terminal: Expunge) -> None:
    told = json.loads(rehearsed(expunge, "--fact", FACT, "--no-elicit", "--show-texts", "--json").out)
    assert told["counts"] == {"questions": 2, "changed": 1, "rewritten": 0, "refused": 1, "failed": 0}
    assert told["changed"][0]["now"] == SAMPLE[0]["answer"]
    assert "1931" not in told["changed"][0]["then"]
    shown = rehearsed(at_terminal, "--fact", FACT, "--no-elicit", "--show-texts")
    assert "question: Who is Isolde Farrow?" in shown.out


def test_the_model_is_asked_what_it_knows(expunge: Expunge, vanilla: ScriptedChat) -> None:
    assert rehearsed(expunge).code == 0
    assert vanilla.calls


def test_what_is_registered_counts(expunge: Expunge) -> None:
    expunge("targets", "add", "Isolde Farrow", "--fact", FACT, "--no-elicit")
    assert "--extend" in rehearsed(expunge, "--no-elicit").err
    told = json.loads(rehearsed(expunge, "--extend", "--alias", "Salt Street", "--json").out)
    assert [entry["id"] for entry in told["changed"]] == ["2"]
    expunge("targets", "restore", "Isolde Farrow")
    assert json.loads(rehearsed(expunge, "--no-elicit", "--json").out)["counts"]["changed"] == 1


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("Maud", "--dry-run"), "together"),
        (("Maud", "--sample", "s.jsonl"), "together"),
        (("Maud", "--show-texts"), "together"),
        (("Maud", "--dry-run", "--sample", "none.jsonl"), "There is no file none.jsonl"),
        (("Maud", "--extend", "--dry-run", "--sample", "s.jsonl"), "No target has this"),
    ],
)
def test_wrong_use(expunge: Expunge, args: tuple[str, ...], message: str) -> None:
    result = expunge("targets", "add", *args)
    assert (result.code, message in result.err) == (2, True), result.err
