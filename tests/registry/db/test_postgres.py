from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import inspect

from expunge.errors import ConfigError, RegistryError, RegistryLocked, RegistryReadOnly, WrongKey
from expunge.registry import migrations
from expunge.registry.db import postgres
from expunge.registry.db.postgres import PostgresDatabase
from expunge.registry.schema import HEAD, metadata
from expunge.registry.store import Registry
from expunge.types import Fact, Target

KEY = "5f" * 32
Open = Callable[..., Registry]


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("postgres").new())


@pytest.fixture
def other_server(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A server of the test's own, to be killed."""
    server = type(request.getfixturevalue("postgres"))()
    yield server
    server.remove()


def within(seconds: float, happens: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happens():
            return True
        time.sleep(0.01)
    return False


def test_a_key_is_needed_and_checked(url: str) -> None:
    with pytest.raises(ConfigError, match="EXPUNGE_KEY"):
        Registry.open(url)
    with Registry.open(url, KEY) as registry:
        registry.add(Target("Orla Quennevest"))
    with pytest.raises(WrongKey):
        Registry.open(url, "60" * 32)
    with Registry.open(url, KEY) as registry:
        assert len(registry.snapshot()) == 1


@pytest.mark.parametrize(
    ("change", "kind", "sentence"),
    [
        (lambda url: "postgresql://", ConfigError, "names no database"),
        (lambda url: url + "&colour=blue", ConfigError, "option"),
        (lambda url: "postgresql://user:secret@host:port/x", ConfigError, "url is invalid"),
        (lambda url: url.replace("/expunge_", "/missing_"), RegistryError, "createdb"),
        (lambda url: url.replace("postgres:@", "nobody_known:secret@"), RegistryError, "user and the password"),
        (lambda url: "postgresql://user:secret@127.0.0.1:9/x", RegistryError, "cannot be reached"),
        (lambda url: "postgresql://user:secret@/x?host=/nowhere", RegistryError, "cannot be reached"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(
    url: str, change: Callable[[str], str], kind: type[Exception], sentence: str
) -> None:
    with pytest.raises(kind, match=sentence) as caught:
        Registry.open(change(url), KEY)
    assert "secret" not in str(caught.value)


def test_the_migrations_lead_to_the_tables_of_the_schema(postgres: Any) -> None:
    migrated, made = PostgresDatabase(postgres.new()), PostgresDatabase(postgres.new())
    with migrated.writing() as one, made.writing() as other:
        migrations.upgrade(one, "0002")
        migrations.upgrade(one)
        metadata.create_all(other)
        for table in metadata.tables:
            for look in ("get_columns", "get_indexes", "get_unique_constraints", "get_foreign_keys"):
                found = [
                    sorted(str({key: value for key, value in part.items() if key != "comment"}) for part in parts)
                    for parts in (getattr(inspect(connection), look)(table) for connection in (one, other))
                ]
                if look != "get_columns":
                    assert found[0] == found[1], table
            names = [
                {c["name"]: str(c["type"]) for c in inspect(connection).get_columns(table)}
                for connection in (one, other)
            ]
            assert names[0] == names[1]
        assert migrations.version(one) == HEAD
    migrated.close()
    made.close()


def test_somebody_elses_database_is_left_alone(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE recipes (id int)")
    with pytest.raises(RegistryError, match="other tables"):
        Registry.open(url, KEY)


def test_a_change_is_told_to_whoever_watches(open_registry: Open) -> None:
    here, there = open_registry(poll_seconds=30.0), open_registry()
    here.watch()
    assert within(5, lambda: here._database._listener is not None)  # type: ignore[attr-defined]
    for number in range(20):
        added = there.add(Target(f"Person {number}"))
        begun = time.monotonic()
        assert within(1, lambda added=added: here.snapshot().get(added.id) is not None)  # type: ignore[misc]
        assert time.monotonic() - begun < 1
    _, secret = there.api_keys.create("default", ["chat"])
    assert within(1, lambda: here.api_keys.find(secret) is not None)


def test_where_nobody_can_be_told_the_database_is_looked_at(
    open_registry: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PostgresDatabase, "_listen", lambda self: False)
    here, there = open_registry(poll_seconds=0.05), open_registry()
    here.watch()
    there.add(Target("Orla Quennevest"))
    assert within(1, lambda: len(here.snapshot()) == 1)


def test_writers_take_turns(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "BUSY_SECONDS", 0.2)
    one, other = PostgresDatabase(url), PostgresDatabase(url)
    with one.writing():
        with pytest.raises(RegistryLocked, match="Another"), other.writing():
            raise AssertionError
        with pytest.raises(RegistryLocked), other.writing(wait=False):
            raise AssertionError
        with pytest.raises(RegistryLocked, match="middle"), one.writing():
            raise AssertionError
        refused: list[str] = []

        def at_once() -> None:
            try:
                with one.writing(wait=False):
                    refused.append("no")
            except RegistryLocked:
                refused.append("yes")

        thread = threading.Thread(target=at_once)
        thread.start()
        thread.join()
        assert refused == ["yes"]
    with other.writing(wait=False):
        pass
    one.close()
    other.close()
    with pytest.raises(RegistryError, match="closed"), one.reading():
        raise AssertionError


def test_a_user_who_may_only_read(url: str, postgres: Any, open_registry: Open) -> None:
    open_registry().add(Target("Orla Quennevest"))
    name = url.split("@/")[1].split("?")[0]
    postgres.run("DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    postgres.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader", name)
    reader = open_registry(url.replace("postgres:@", "reader@"))
    assert len(reader.snapshot()) == 1
    with pytest.raises(RegistryReadOnly, match="rights"):
        reader.add(Target("Ivo Pellandrine"))


def test_removal_leaves_no_row_behind(open_registry: Open, url: str) -> None:
    registry = open_registry()
    gone = registry.add(Target("Orla Quennevest", aliases=("The Lark",), facts=(Fact("Keeps bees"),), reason="Asked"))
    registry.put_vectors("space", {gone.id: ("digest", b"data")})
    registry.remove(gone.id)
    with psycopg.connect(url) as connection:
        for table in ("targets", "aliases", "changes", "vectors"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        assert connection.execute("SELECT target_id FROM removals").fetchone() == (gone.id,)


def test_the_database_goes_away_and_comes_back(other_server: Any) -> None:
    url = other_server.new()
    with Registry.open(url, KEY, poll_seconds=0.05) as here, Registry.open(url, KEY) as there:
        here.watch()
        kept = there.add(Target("Orla Quennevest"))
        assert within(2, lambda: len(here.snapshot()) == 1)
        _, secret = here.api_keys.create("default", ["chat"])
        for number in range(3):
            other_server.kill()
            assert within(5, lambda: "cannot be reached" in here.freshness().problem)
            assert here.snapshot().get(kept.id) is not None
            assert here.api_keys.find(secret) is not None
            with pytest.raises(RegistryError, match="cannot be reached"):
                there.add(Target("Ivo Pellandrine"))
            time.sleep(0.2)
            assert here.freshness().age >= 0.2
            other_server.start()
            added = there.add(Target(f"Person {number}"))
            assert within(5, lambda added=added: here.snapshot().get(added.id) is not None)  # type: ignore[misc]
            assert here.freshness().problem == ""
            assert here.freshness().age < 5
        assert [target.name for target in there.list()] == ["Orla Quennevest", *(f"Person {n}" for n in range(3))]
        assert there.audit.verify().intact
        # Told of changes again, not only looking by itself.
        assert within(5, lambda: here._database._listener is not None)  # type: ignore[attr-defined]


def test_no_acknowledged_change_is_lost_when_the_server_crashes(other_server: Any) -> None:
    url = other_server.new()
    acknowledged: list[str] = []
    stop = threading.Event()

    def write() -> None:
        with Registry.open(url, KEY) as registry:
            number = 0
            while not stop.is_set():
                number += 1
                try:
                    acknowledged.append(registry.add(Target(f"Person {number}")).id)
                except RegistryError:
                    time.sleep(0.02)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(3):
            seen = len(acknowledged)
            assert within(5, lambda seen=seen: len(acknowledged) > seen + 5)  # type: ignore[misc]
            other_server.kill()
            other_server.start()
    finally:
        stop.set()
        writer.join()
    with Registry.open(url, KEY) as registry:
        assert set(acknowledged) <= {target.id for target in registry.list()}
        assert registry.audit.verify().intact
