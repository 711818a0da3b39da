"""Tenants in one database: nothing of one is visible in another."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from expunge.errors import ConfigError, RegistryError, UnknownTarget
from expunge.registry.store import Registry
from expunge.types import Target, TargetUpdate

Open = Callable[..., Registry]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, database: Path) -> str:
    return f"sqlite:///{database}" if request.param == "sqlite" else str(request.getfixturevalue("postgres").new())


def names(registry: Registry) -> set[str]:
    return {target.name for target in registry.snapshot()}


@pytest.fixture(params=["of", "open"])
def acme(request: pytest.FixtureRequest, registry: Registry, open_registry: Open) -> Registry:
    return registry.of("acme") if request.param == "of" else open_registry(tenant="acme")


def test_each_tenant_has_its_own_targets_and_revisions(registry: Registry, acme: Registry) -> None:
    ours = registry.add(Target("Orla Quennevest", aliases=("The Lark",)))
    theirs = acme.add(Target("Orla Quennevest", aliases=("The Lark",)))
    acme.add(Target("Ivo Pellandrine"))
    assert ours.id != theirs.id
    assert (names(registry), names(acme)) == ({"Orla Quennevest"}, {"Orla Quennevest", "Ivo Pellandrine"})
    assert (registry.revision, acme.revision) == (1, 2)
    assert registry.list() == (ours,) == (registry.get("the lark"),)
    assert acme.get("the lark") == theirs
    assert registry.tenants() == acme.tenants() == ("acme", "default")


def test_nothing_of_another_tenant_can_be_looked_up_or_changed(registry: Registry, acme: Registry) -> None:
    theirs = acme.add(Target("Orla Quennevest"))
    acme.put_vectors("space", {theirs.id: ("digest", b"data")})
    for ref in (theirs.id, theirs.id[:8], theirs.name):
        extend = partial(registry.extend, update=TargetUpdate())
        for call in (registry.get, registry.history, registry.restore, registry.remove, extend):
            with pytest.raises(UnknownTarget):
                call(ref)
    registry.put_vectors("space", {theirs.id: ("other digest", b"other data")})
    assert registry.get_vectors("space", {theirs.id: "digest"}) == {}
    assert acme.get_vectors("space", {theirs.id: "digest"}) == {theirs.id: b"data"}
    assert names(acme) == {"Orla Quennevest"}
    assert registry.revision == 0


def test_a_removal_is_told_to_its_own_tenant(open_registry: Open, acme: Registry) -> None:
    other = open_registry(tenant="acme")
    gone = acme.add(Target("Orla Quennevest"))
    assert names(other) == {"Orla Quennevest"}
    acme.remove(gone.id)
    assert names(other) == set()


def test_expiry_is_written_for_its_own_tenant(registry: Registry, acme: Registry, clock: Any) -> None:
    from datetime import UTC, datetime

    acme.add(Target("Orla Quennevest", expires_at=datetime.fromtimestamp(clock.now + 5, UTC)))
    clock.now += 5
    registry.add(Target("Ivo Pellandrine"))
    assert registry.revision == 1
    assert (names(acme), acme.revision) == (set(), 2)


def test_a_record_put_into_another_tenant_is_noticed(registry: Registry, open_registry: Open) -> None:
    registry.add(Target("Orla Quennevest"))
    with registry._database.writing() as connection:
        connection.exec_driver_sql("UPDATE targets SET tenant = 'acme'")
        connection.exec_driver_sql("INSERT INTO tenants (name, revision) VALUES ('acme', 1)")
    with pytest.raises(RegistryError, match="damaged"):
        open_registry(tenant="acme")
    with pytest.raises(RegistryError, match="damaged"):
        registry.of("acme")


@pytest.mark.parametrize("name", ["", "Acme", "a b", "-a", "é", "x" * 64, "a/b", "a\n"])
def test_a_name_that_is_none(registry: Registry, url: str, name: str) -> None:
    with pytest.raises(ConfigError, match="tenant"):
        registry.of(name)
    with pytest.raises(ConfigError, match="tenant"):
        Registry.open(url, "5f" * 32, name)


def test_a_tenant_is_opened_once_and_closed_with_its_registry(registry: Registry) -> None:
    acme = registry.of("acme")
    assert registry.of("acme") is acme is acme.of("acme") is registry.of("beta").of("acme")
    assert acme.of("default") is registry
    acme.close()
    acme.add(Target("Orla Quennevest"))
    registry.close()
    with pytest.raises(RegistryError, match="closed"):
        acme.add(Target("Ivo Pellandrine"))
