from __future__ import annotations

from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.evals.cases import Suite
from expunge.evals.oracle import Oracle
from expunge.evals.replay import Replay
from expunge.evals.upstreams import open_upstream, resolve_upstream
from expunge.settings import Settings

CONFIGURED = Settings.model_validate({"models": {"vanilla": {"base_url": "http://127.0.0.1:9/v1", "model": "m"}}})
EMPTY = Suite("s", "S", (), ())


@pytest.mark.parametrize(
    ("spec", "settings", "resolved"),
    [
        ("auto", Settings(), "oracle"),
        ("auto", CONFIGURED, "config"),
        ("oracle", CONFIGURED, "oracle"),
        ("config", Settings(), "config"),
        ("http://127.0.0.1:9/v1#m", Settings(), "http://127.0.0.1:9/v1#m"),
    ],
)
def test_what_auto_means(spec: str, settings: Settings, resolved: str) -> None:
    assert resolve_upstream(spec, settings) == resolved


@pytest.mark.parametrize("spec", ["", "oracel", "missing.gguf", "http://127.0.0.1:9/v1", "http://127.0.0.1:9/v1#"])
def test_what_is_no_upstream(spec: str) -> None:
    with pytest.raises(UsageError, match="upstream"):
        resolve_upstream(spec, Settings())


async def test_each_kind_opens(tmp_path: Path) -> None:
    assert isinstance(open_upstream("oracle", Settings(), EMPTY), Oracle)
    for spec in ("config", "http://127.0.0.1:9/v1#m"):
        model = open_upstream(spec, CONFIGURED, EMPTY)
        assert model.name == "m"
        await model.aclose()
    kept = open_upstream("config", CONFIGURED, EMPTY, tmp_path / "replay.jsonl")
    assert isinstance(kept, Replay)
    await kept.aclose()
