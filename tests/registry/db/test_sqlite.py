from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expunge.errors import ConfigError, RegistryError, RegistryLocked, RegistryReadOnly
from expunge.registry.db import sqlite
from expunge.registry.db.sqlite import SqliteDatabase
from expunge.registry.store import Registry
from expunge.types import Target

Open = Callable[..., Registry]
KEY = "5f" * 32


@pytest.mark.parametrize(
    "url",
    [
        "",
        "targets.db",
        "postgresq://user:secret@host/db",
        "mysql://host/db",
        "sqlite://host/file",
        "sqlite:///x.db?cache=shared",
        "sqlite:///x.db?mode=rw",
        "sqlite+aiosqlite:///x.db",
    ],
)
def test_a_url_that_is_not_supported(url: str) -> None:
    with pytest.raises(ConfigError, match=r"sqlite:///file|mode=ro") as caught:
        Registry.open(url, KEY)
    assert "secret" not in str(caught.value)


def test_a_relative_path_lies_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Registry.open("sqlite:///some targets%3F.db").close()
    assert {path.name for path in tmp_path.iterdir()} == {"some targets?.db", "some targets?.db.key"}


def test_registries_in_memory_are_apart_and_may_do_without_a_key() -> None:
    with Registry.open("sqlite:///:memory:") as one, Registry.open("sqlite://") as other:
        one.add(Target("Orla Quennevest"))
        assert len(other.snapshot()) == 0


@pytest.mark.parametrize("content", [b"not a database, but long enough " * 200, b"SQLite format 3\0" + b"\xff" * 4_000])
def test_a_file_that_is_no_database(url: str, database: Path, content: bytes) -> None:
    database.write_bytes(content)
    with pytest.raises(RegistryError, match=r"name another file|restore a backup"):
        Registry.open(url, KEY)
    assert database.read_bytes() == content


def test_an_empty_file_becomes_a_registry(url: str, database: Path) -> None:
    database.touch()
    with Registry.open(url, KEY) as registry:
        assert registry.add(Target("Orla Quennevest")).revision == 1


@pytest.mark.parametrize("path", ["missing/targets.db", "."])
def test_a_path_that_cannot_be_opened(tmp_path: Path, path: str) -> None:
    with pytest.raises(RegistryError, match="cannot be opened"):
        Registry.open(f"sqlite:///{tmp_path}/{path}", KEY)


def test_a_damaged_registry(url: str, database: Path, open_registry: Open) -> None:
    registry = open_registry()
    registry.add_many([Target(f"Person {number}") for number in range(500)])
    registry.close()
    content = bytearray(database.read_bytes())
    content[4_096 * 3 :] = b"\xa5" * (len(content) - 4_096 * 3)
    database.write_bytes(content)
    with pytest.raises(RegistryError, match="damaged"):
        Registry.open(url, KEY)


def test_a_registry_that_another_process_holds(
    url: str, database: Path, open_registry: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    registry = open_registry()
    added = registry.add(Target("Orla Quennevest"))
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    for change in (lambda: registry.add(Target("Ivo Pellandrine")), lambda: registry.remove(added.id)):
        with pytest.raises(RegistryLocked, match="try again"):
            change()
    assert list(registry.snapshot()) == [added] == list(registry.list())
    with Registry.open(url, KEY) as another:
        assert len(another.snapshot()) == 1
    holder.execute("ROLLBACK")
    holder.close()
    assert registry.add(Target("Ivo Pellandrine")).revision == 2


def test_a_new_registry_whose_file_another_process_holds(
    url: str, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(RegistryLocked):
        Registry.open(url)
    holder.close()
    assert not database.with_name("targets.db.key").exists()


def assert_reads_only(registry: Registry, names: set[str]) -> None:
    assert {target.name for target in registry.snapshot()} == names
    before = registry.list()
    for change in (
        lambda: registry.add(Target("Ivo Pellandrine")),
        lambda: registry.restore(before[0].id),
        lambda: registry.remove(before[0].id),
    ):
        with pytest.raises(RegistryReadOnly, match="writable"):
            change()
    assert registry.list() == before


def test_a_registry_opened_for_reading_follows_changes(url: str, open_registry: Open) -> None:
    writer = open_registry()
    writer.add(Target("Orla Quennevest"))
    reader = open_registry(f"{url}?mode=ro")
    assert_reads_only(reader, {"Orla Quennevest"})
    writer.add(Target("Tamsin Brockwalder"))
    assert len(reader.snapshot()) == 2


@pytest.mark.parametrize("denied", ["file", "folder"])
def test_a_file_or_folder_that_may_not_be_written(
    denied: str, database: Path, open_registry: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = open_registry()
    writer.add(Target("Orla Quennevest"))
    writer.close()
    path = database if denied == "file" else database.parent
    monkeypatch.setattr(os, "access", lambda asked, mode: Path(asked) != path)
    assert_reads_only(open_registry(), {"Orla Quennevest"})


def test_a_folder_in_which_the_index_of_the_log_cannot_be_made(
    url: str, database: Path, open_registry: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is on a file system mounted read-only, which a test cannot make."""
    writer = open_registry()
    writer.add(Target("Orla Quennevest"))
    writer.close()
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect
    tried: list[str] = []

    def refusing(file: str, **options: Any) -> sqlite3.Connection:
        tried.append(file)
        return connect(file if "immutable" in file else f"file:{database.parent}/missing/x.db?mode=ro", **options)

    monkeypatch.setattr(sqlite3, "connect", refusing)
    assert_reads_only(open_registry(f"{url}?mode=ro"), {"Orla Quennevest"})
    assert [file.partition("?")[2] for file in tried] == ["mode=ro", "mode=ro&immutable=1", "mode=ro&immutable=1"]


def test_a_database_that_turns_read_only_under_way(open_registry: Open) -> None:
    registry = open_registry()
    registry.add(Target("Orla Quennevest"))
    assert isinstance(registry._database, SqliteDatabase)
    registry._database._writer.exec_driver_sql("PRAGMA query_only = ON")
    registry._database._writer.rollback()
    assert_reads_only(registry, {"Orla Quennevest"})


def test_a_registry_that_is_not_there_is_not_made_for_reading(url: str, database: Path) -> None:
    with pytest.raises(RegistryError, match="cannot be opened"):
        Registry.open(f"{url}?mode=ro", KEY)
    assert not list(database.parent.iterdir())


def test_a_full_disk(open_registry: Open) -> None:
    registry = open_registry()
    registry.add(Target("Orla Quennevest"))
    assert isinstance(registry._database, SqliteDatabase)
    writer = registry._database._writer
    pages = writer.exec_driver_sql("PRAGMA page_count").scalar()
    writer.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    writer.rollback()
    with pytest.raises(RegistryError, match="disk is full"):
        registry.add_many([Target(f"Person {number}") for number in range(2_000)])
    assert len(registry.snapshot()) == len(registry.list()) == 1
    assert registry.revision == 1


def test_a_copy_of_the_file_and_its_key_is_a_whole_registry(tmp_path: Path, url: str) -> None:
    with Registry.open(url) as registry:
        added = registry.add(Target("Orla Quennevest"))
    (tmp_path / "copy").mkdir()
    for name in ("targets.db", "targets.db.key"):
        shutil.copy(tmp_path / name, tmp_path / "copy" / name)
    with Registry.open(f"sqlite:///{tmp_path}/copy/targets.db") as copy:
        assert list(copy.snapshot()) == [added]


def test_the_two_connections_of_a_file_do_not_wait_for_each_other(url: str) -> None:
    database = SqliteDatabase(url)
    database.prepare()
    with database.writing() as writer:
        writer.exec_driver_sql("CREATE TABLE t (x)")
        with database.reading() as reader:
            assert reader.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0
    database.close()


def test_scrubbing_clears_what_deleting_leaves(url: str, database: Path) -> None:
    """Rows of many sizes in random order, so that pages are split, and copies of rows stay behind in them."""
    chance = random.Random(7)
    rows = [(f"{chance.getrandbits(64):016x}", chance.randbytes(16)) for _ in range(6_000)]
    opened = SqliteDatabase(url)
    opened.prepare()
    with opened.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE t (id TEXT PRIMARY KEY, hash BLOB UNIQUE, record BLOB)")
    full = [(key, mark, mark + chance.randbytes(chance.randint(9, 300))) for key, mark in rows]
    for start in range(0, len(full), 500):
        with opened.writing() as connection:
            connection.exec_driver_sql("INSERT INTO t VALUES (?, ?, ?)", full[start : start + 500])
    gone = chance.sample(rows, 2_000)
    with opened.writing() as connection:
        connection.exec_driver_sql("DELETE FROM t WHERE id = ?", [(key,) for key, _ in gone])

    def left() -> int:
        content = b"".join(path.read_bytes() for path in database.parent.iterdir())
        return sum(key.encode() in content or mark in content for key, mark in gone)

    assert left() > 0
    opened.scrub()
    assert left() == 0
    opened.close()
