from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from expunge.errors import UnknownKey, UsageError
from expunge.registry import api_keys as keys_module
from expunge.registry.api_keys import OPERATOR, SCOPES
from expunge.registry.store import Registry

Open = Callable[..., Registry]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, database: Path) -> str:
    return f"sqlite:///{database}" if request.param == "sqlite" else str(request.getfixturevalue("postgres").new())


def test_a_key_opens_by_its_secret_alone(registry: Registry, clock: Any) -> None:
    key, secret = registry.api_keys.create("acme", ["chat", "targets:read"], "The shop", requests_per_minute=60)
    assert secret.startswith(f"exp_{key.id}_")
    assert (key.tenant, key.name, set(key.scopes)) == ("acme", "The shop", {"chat", "targets:read"})
    assert (key.requests_per_minute, key.tokens_per_minute, key.expires_at, key.revoked_at) == (60, None, None, None)
    assert key.created_at.timestamp() == clock.now
    for _ in range(2):
        assert registry.api_keys.find(secret) == key
    assert registry.api_keys.list() == (key,) == registry.api_keys.list("acme")
    assert registry.api_keys.list("other") == ()
    assert registry.tenants() == ("acme",)


@pytest.mark.parametrize(
    "change",
    [
        lambda secret: "",
        lambda secret: "exp_",
        lambda secret: secret[:-1],
        lambda secret: secret + "A",
        lambda secret: secret.upper(),
        lambda secret: secret.replace("exp_", "sk_"),
        lambda secret: secret.rsplit("_", 1)[0] + "_",
        lambda secret: "exp_aaaaaaaaaaaaaaaa_" + secret.split("_", 2)[2],
        lambda secret: secret + "\ud800",
        lambda secret: secret + "x" * 1_000,
    ],
)
def test_anything_else_does_not(registry: Registry, change: Callable[[str], str]) -> None:
    _, secret = registry.api_keys.create("acme", ["chat"])
    assert registry.api_keys.find(change(secret)) is None
    assert registry.api_keys.find(secret) is not None
    assert registry.api_keys.find(change(secret)) is None


def test_neither_secret_nor_name_lies_in_the_file(registry: Registry, database: Path) -> None:
    if not database.exists():
        pytest.skip("a server's files are not ours to read")
    _, secret = registry.api_keys.create("acme", ["chat"], "Orla Quennevest's laptop")
    content = b"".join(path.read_bytes() for path in database.parent.iterdir())
    assert secret.split("_", 2)[2].encode() not in content
    assert b"Quennevest" not in content


def test_a_hash_is_worked_out_once_for_each_key(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    _, secret = registry.api_keys.create("acme", ["chat"])
    registry.api_keys.find(secret)
    monkeypatch.setattr(keys_module, "_fits", None)
    begun = time.perf_counter()
    for _ in range(100):
        assert registry.api_keys.find(secret) is not None
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize(
    ("kept", "fits"),
    [
        # As argon2-cffi wrote it, which hashed them once.
        ("$argon2id$v=19$m=64,t=1,p=1$Aefj2kb6nxuOXmdShWIQ/g$YWeBkEXxLuE/r8eJWeJN92Zk9St+ThIGdEw0kPO74Bs", True),
        ("$argon2id$v=19$m=64,t=1,p=1$Aefj2kb6nxuOXmdShWIQ/g$YWeBkEXxLuE/r8eJWeJN92Zk9St+ThIGdEw0kPO74Bt", False),
        ("$argon2id$v=19$m=64,t=1,p=1$!!$!!", False),
        ("no hash", False),
        ("", False),
    ],
)
def test_hashes_of_earlier_versions_fit_and_damaged_ones_fit_nothing(kept: str, fits: bool) -> None:
    assert keys_module._fits(kept, "abc") is fits


def test_a_revoked_or_expired_key_opens_nothing(open_registry: Open, clock: Any) -> None:
    one, other = open_registry(), open_registry()
    key, secret = one.api_keys.create("acme", ["chat"])
    assert other.api_keys.find(secret) == key
    assert other.api_keys.get(key.id) == key
    clock.now += 1
    revoked = one.api_keys.revoke(key.id)
    assert revoked.revoked_at == datetime.fromtimestamp(clock.now, UTC)
    for registry in (one, other):
        assert registry.api_keys.find(secret) is None
        assert registry.api_keys.get(key.id) is None
        assert registry.api_keys.list() == (revoked,)
    assert one.api_keys.revoke(key.id) == revoked
    expires_at = datetime.fromtimestamp(clock.now, UTC) + timedelta(seconds=5)
    brief, secret = one.api_keys.create("acme", ["chat"], expires_at=expires_at)
    assert other.api_keys.find(secret) == brief
    clock.now += 5
    assert one.api_keys.find(secret) is other.api_keys.find(secret) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": []},
        {"scopes": ["chat", "everything"]},
        {"scopes": ["chat"], "name": "x" * 201},
        {"scopes": ["chat"], "requests_per_minute": 0},
        {"scopes": ["chat"], "tokens_per_minute": -1},
        {"scopes": ["chat"], "expires_at": datetime(2001, 1, 1, tzinfo=UTC)},
    ],
)
def test_a_key_that_cannot_be(registry: Registry, wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        registry.api_keys.create("acme", **wrong)
    assert registry.api_keys.list() == ()


def test_a_key_that_is_not_there(registry: Registry) -> None:
    with pytest.raises(UnknownKey, match="expunge keys list"):
        registry.api_keys.revoke("none")
    assert registry.api_keys.find("exp_none_none") is None


def test_every_scope_can_be_granted(registry: Registry) -> None:
    key, _ = registry.api_keys.create("acme", SCOPES)
    assert key.scopes == set(SCOPES)


def test_only_the_default_tenant_has_operators(registry: Registry) -> None:
    for scopes in ([OPERATOR], ["chat", OPERATOR]):
        assert registry.api_keys.create("default", scopes)[0].scopes == set(scopes)
        with pytest.raises(UsageError, match="operator"):
            registry.api_keys.create("acme", scopes)


def test_a_key_made_elsewhere_is_known_when_it_is_used(open_registry: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_module, "_LOOK_SECONDS", 1000.0)
    with open_registry() as here, open_registry() as elsewhere:
        _, first = here.api_keys.create("default", ["chat"])
        assert here.api_keys.find(first) is not None
        here.api_keys.look()  # a watcher is at work, and the next look at the database is seconds away
        key, secret = elsewhere.api_keys.create("default", ["chat"])
        assert here.api_keys.find(secret) is None
        assert here.api_keys.find_new(secret) == key == here.api_keys.find(secret)
        # Whoever tries keys makes no more looks than a few a second.
        asked = here.api_keys._revision
        elsewhere.api_keys.create("default", ["chat"])
        assert here.api_keys.find_new(f"{secret[:8]}{secret[8:][::-1]}") is None
        assert here.api_keys._revision == asked
