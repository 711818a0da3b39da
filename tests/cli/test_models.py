from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expunge.cli import weights
from expunge.errors import MissingError, ModelUnreachable
from expunge.settings import Settings

Expunge = Callable[..., Any]


@pytest.fixture
def pulled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str | None]:
    """What was pulled; a small file stands for every model."""
    names: list[str | None] = []

    def pull(name: str | None = None, *, cache: Path, progress: Any = None) -> Path:
        names.append(name)
        path = cache / "models" / "a.gguf"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"GGUF")
        if name == "embeddings":
            path = cache / "models" / "a.folder"
            path.mkdir(exist_ok=True)
            (path / "part").write_bytes(b"graph")
        if progress is not None:
            progress("fetching", 0, 0)
            progress("fetching", 4, 4)
        return path

    monkeypatch.setattr("expunge.models.cache.pull", pull)
    return names


def test_pull_and_list(expunge: Expunge, at_terminal: Expunge, pulled: list[str | None]) -> None:
    empty = expunge("models", "list")
    assert empty.code == 0
    assert "expunge models pull" in empty.err
    lines = expunge("models", "pull").out.splitlines()
    assert [line.rpartition("/")[2] for line in lines] == ["a.folder", "a.gguf"]
    data = json.loads(expunge("models", "pull", "org/repo:file.gguf", "--json").out)
    assert data["bytes"] == 4
    both = json.loads(expunge("models", "pull", "--json").out)
    assert (both["bytes"], both["embeddings"]["bytes"]) == (4, 5)
    assert at_terminal("models", "pull").code == 0
    assert pulled == [None, "embeddings", "org/repo:file.gguf", *[None, "embeddings"] * 2]
    assert json.loads(expunge("models", "list", "--json").out) == [{"name": "a.gguf", "path": data["path"], "bytes": 4}]
    assert expunge("models", "list").out.startswith("name\tsize\tpath\na.gguf\t0 MB\t")


def test_an_embeddings_endpoint_takes_the_place_of_the_engine(
    expunge: Expunge, pulled: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPUNGE_EMBEDDINGS__BASE_URL", "http://127.0.0.1:1/v1")
    assert expunge("models", "pull").code == 0
    assert pulled == [None]


def test_a_failing_pull(expunge: Expunge, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ModelUnreachable("The index cannot be reached; check the network.")

    monkeypatch.setattr("expunge.models.cache.pull", fail)
    result = expunge("models", "pull")
    assert (result.code, result.err) == (3, "The index cannot be reached; check the network.\n")


@pytest.mark.parametrize(("typed", "names"), [("y\n", [None]), ("n\n", [])])
def test_missing_weights_are_offered_at_a_terminal(
    at_terminal: Expunge, pulled: list[str | None], typed: str, names: list[str | None]
) -> None:
    result = at_terminal("ask", "Where is the harbour?", typed=typed, offered=True)
    assert result.code == 0
    assert "not fetched yet. Fetch it now?" in result.err
    assert pulled == names


def test_nothing_is_offered_where_another_model_is_configured(
    monkeypatch: pytest.MonkeyPatch, pulled: list[str | None]
) -> None:
    monkeypatch.setattr("typer.confirm", lambda *_, **__: pytest.fail("asked"))
    weights.offer_weights(Settings.model_validate({"models": {"default": {"base_url": "http://127.0.0.1:1/v1"}}}))
    assert pulled == []


def test_without_weights_and_without_a_terminal_it_ends_with_3(
    expunge: Expunge, monkeypatch: pytest.MonkeyPatch, vanilla: Any
) -> None:
    missing = MissingError("The embedded model is not fetched yet; run `expunge models pull`.")
    monkeypatch.setattr(vanilla, "_reply", lambda messages, options: missing)
    result = expunge("ask", "Where is the harbour?")
    assert result.code == 3
    assert result.err.splitlines()[-1] == str(missing)
