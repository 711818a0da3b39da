from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expunge.errors import ModelUnreachable
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.unlearner import Unlearner

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
    assert "resuming" in expunge("keys", "rotate").out
    assert "keys rotate" not in " ".join(expunge("doctor").out.split())


class Renamed(ScriptedEmbeddings):
    """Another model under the same name."""

    @property
    def name(self) -> str:
        return ScriptedEmbeddings().name


def test_vectors_of_another_length_than_the_models_are_told(expunge: Expunge, monkeypatch: pytest.MonkeyPatch) -> None:
    expunge("targets", "add", "Orla Quennevest", "--fact", "She mends barometers.", "--no-elicit")
    opened, vanilla = Unlearner.open, ScriptedChat(lambda *_: "She mends barometers.")
    monkeypatch.setattr(Unlearner, "open", lambda config: opened(config, vanilla=vanilla, embeddings=Renamed(64)))
    refused = expunge("ask", "What does she mend?")
    assert "barometers" not in refused.out
    assert "could not be judged, so it is withheld" in refused.err
    assert "1 fact of 1 target; run `expunge targets embed`" in " ".join(expunge("doctor").out.split())
    assert expunge("targets", "embed").code == 0
    assert "1 fact of 1 target" not in " ".join(expunge("doctor").out.split())
    assert expunge("ask", "What does she mend?").err == ""


def test_an_api_key_that_is_not_set_is_one_finding_among_others(
    expunge: Expunge, sandbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    (sandbox / "expunge.toml").write_text(
        '[models.default]\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "m"\napi_key_env = "NO_SUCH_KEY"\n'
    )
    result = expunge("doctor", "--json")
    assert result.code == 1
    found = {check["name"]: check for check in json.loads(result.out)["checks"]}
    assert found["vanilla"]["detail"] == "The variable NO_SUCH_KEY is not set; set it to the endpoint's API key."
    assert {name: check["ok"] for name, check in found.items()} == {
        "registry": True, "vanilla": False, "embeddings": True,
        "audit_erase": False, "critic": False, "composer": False,
    }  # fmt: skip
    assert found["critic"]["detail"] == "The API key is missing, as for vanilla."
    assert expunge("ask", "Where is the harbour?").code == 2
