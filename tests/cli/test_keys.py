from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expunge.registry.store import Registry

Run = Callable[..., Any]


def find(secret: str) -> Any:
    with Registry.open("sqlite:///expunge.db") as registry:
        return registry.api_keys.find(secret)


def test_a_key_is_made_shown_once_listed_and_revoked(expunge: Run) -> None:
    made = expunge("keys", "create", "--scope", "chat", "--scope", "admin", "--name", "Shop", "--tenant", "acme")
    secret = made.out.strip()
    assert (made.code, secret[:4]) == (0, "exp_")
    assert "cannot be shown again" in made.err
    key = find(secret)
    assert (key.tenant, key.scopes, key.name) == ("acme", {"chat", "admin"}, "Shop")
    listed = expunge("keys", "list").out
    assert key.id in listed
    assert "Shop" in listed
    assert secret not in listed
    assert key.id in expunge("keys", "revoke", key.id).out
    assert find(secret) is None


def test_in_json(expunge: Run) -> None:
    made = json.loads(
        expunge(
            "keys", "create", "--expires", "30d", "--requests-per-minute", "60", "--tokens-per-minute", "9", "--json"
        ).out
    )
    key = find(made.pop("secret"))
    assert (key.scopes, key.tenant, key.requests_per_minute, key.tokens_per_minute) == ({"chat"}, "default", 60, 9)
    assert made["expires_at"] == key.expires_at.isoformat()
    assert json.loads(expunge("keys", "list", "--json").out) == [made]
    assert json.loads(expunge("keys", "list", "--tenant", "acme", "--json").out) == []
    assert json.loads(expunge("keys", "revoke", key.id, "--json").out)["revoked_at"]


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["create", "--scope", "all"], "scope"),
        (["create", "--tenant", "A b"], "tenant"),
        (["create", "--requests-per-minute", "0"], "limit"),
        (["revoke", "none"], "expunge keys list"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(expunge: Run, args: list[str], sentence: str) -> None:
    result = expunge("keys", *args)
    assert (result.code, result.out) == (2, "")
    assert sentence in result.err


def test_without_keys_the_list_says_how_to_make_one(expunge: Run) -> None:
    assert "expunge keys create" in expunge("keys", "list").err


def test_targets_of_a_tenant(expunge: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPUNGE_REGISTRY__TENANT", "acme")
    assert expunge("targets", "add", "Isolde Farrow", "--no-elicit").code == 0
    assert "Isolde Farrow" in expunge("targets", "list").out
    monkeypatch.delenv("EXPUNGE_REGISTRY__TENANT")
    assert "Isolde Farrow" not in expunge("targets", "list").out


def test_the_key_file_is_changed(expunge: Run, sandbox: Path) -> None:
    assert expunge("targets", "add", "Orla Quennevest", "--no-elicit").code == 0
    before = (sandbox / "expunge.db.key").read_text()
    told = expunge("keys", "rotate")
    assert (told.code, told.out.strip()) == (0, "The key was changed; targets re-encrypted: 1.")
    assert "keep a copy" in told.err
    assert (sandbox / "expunge.db.key").read_text() != before
    assert "Orla Quennevest" in expunge("targets", "list").out
    assert expunge("audit", "verify").code == 0


def test_a_key_that_was_given_is_changed_to_another_that_is(expunge: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPUNGE_KEY", "an old passphrase")
    monkeypatch.setenv("EXPUNGE_NEW_KEY", "")
    assert expunge("targets", "add", "Orla Quennevest", "--no-elicit").code == 0
    refused = expunge("keys", "rotate")
    assert (refused.code, "EXPUNGE_NEW_KEY" in refused.err) == (2, True)
    monkeypatch.setenv("EXPUNGE_NEW_KEY", "a new passphrase")
    told = json.loads(expunge("keys", "rotate", "--json").out)
    assert (told["targets"], told["resumed"]) == (1, False)
    assert "Orla Quennevest" in expunge("targets", "list").out
    monkeypatch.delenv("EXPUNGE_NEW_KEY")
    refused = expunge("targets", "list")
    assert (refused.code != 0, "EXPUNGE_KEY" in refused.err, "passphrase" in refused.err) == (True, True, False)
    monkeypatch.setenv("EXPUNGE_KEY", "a new passphrase")
    assert "Orla Quennevest" in expunge("targets", "list").out
