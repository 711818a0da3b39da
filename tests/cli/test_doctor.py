from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from expunge.errors import ModelUnreachable

Expunge = Callable[..., Any]


def test_all_is_well(expunge: Expunge, at_terminal: Expunge) -> None:
    result = expunge("doctor")
    assert result.code == 0
    assert "registry" in result.out
    data = json.loads(expunge("doctor", "--json").out)
    assert data["ok"] is True
    assert {"registry", "vanilla", "embeddings"} <= {check["name"] for check in data["checks"]}
    assert at_terminal("doctor").code == 0


def test_a_model_that_fails(expunge: Expunge, vanilla: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    down = ModelUnreachable("The endpoint is down.")
    monkeypatch.setattr(vanilla, "_reply", lambda messages, options: down)
    result = expunge("doctor")
    assert result.code == 1
    assert "fails" in result.out
    assert "The endpoint is down." in result.out
    assert json.loads(expunge("doctor", "--json").out)["ok"] is False


def test_a_change_of_key_that_was_interrupted_is_told(expunge: Expunge, monkeypatch: pytest.MonkeyPatch) -> None:
    from expunge.registry import rotation

    expunge("targets", "add", "Orla Quennevest", "--no-elicit")
    with monkeypatch.context() as patched:
        patched.setattr(rotation, "_finish", lambda vault: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            rotation.rotate("sqlite:///expunge.db", None, None, lambda done, total: None)
    assert "keys rotate" in " ".join(expunge("doctor").out.split())
    assert "going on" in expunge("keys", "rotate").out
    assert "keys rotate" not in " ".join(expunge("doctor").out.split())
