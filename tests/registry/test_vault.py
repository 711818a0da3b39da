from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from expunge.errors import ConfigError, RegistryError, RegistryMissing, WrongKey
from expunge.registry.store import Registry
from expunge.types import Target

Open = Callable[..., Registry]


def test_without_a_key_a_key_file_is_made_on_first_use_and_used_from_then_on(url: str, database: Path) -> None:
    with Registry.open(url) as registry:
        added = registry.add(Target("Orla Quennevest"))
    key_file = database.with_name("targets.db.key")
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    key = key_file.read_text()
    with Registry.open(url) as registry:
        assert list(registry.snapshot()) == [added]
    with Registry.open(url, key) as registry:
        assert list(registry.snapshot()) == [added]
    assert key_file.read_text() == key


def test_a_given_key_makes_no_key_file(url: str, database: Path, open_registry: Open) -> None:
    open_registry(key="a passphrase").close()
    assert not database.with_name("targets.db.key").exists()
    open_registry(key="a passphrase")


@pytest.mark.parametrize("made_with", [None, "5f" * 32, "a passphrase"])
def test_a_wrong_key_changes_nothing(url: str, database: Path, made_with: str | None) -> None:
    with Registry.open(url, made_with) as registry:
        registry.add(Target("Orla Quennevest"))
    before = database.read_bytes()
    for wrong in ("60" * 32, "another passphrase"):
        with pytest.raises(WrongKey, match="EXPUNGE_KEY") as caught:
            Registry.open(url, wrong)
        assert wrong not in str(caught.value)
    assert database.read_bytes() == before


def test_a_key_file_that_is_gone_wrong_or_damaged(url: str, database: Path, tmp_path: Path) -> None:
    Registry.open(url).close()
    key_file = database.with_name("targets.db.key")
    before = database.read_bytes()
    for content in (None, "60" * 32, "nonsense"):
        key_file.unlink(missing_ok=True)
        if content is not None:
            key_file.write_text(content)
        with pytest.raises(WrongKey, match="key file"):
            Registry.open(url)
        assert key_file.exists() is (content is not None)
    assert database.read_bytes() == before


def test_an_empty_key_makes_nothing(url: str, database: Path) -> None:
    with pytest.raises(ConfigError, match="EXPUNGE_KEY"):
        Registry.open(url, "")
    with pytest.raises(RegistryError):
        Registry.open(f"{url}?mode=ro", "5f" * 32)


def test_a_key_file_left_by_a_start_that_was_cut_off_is_used(url: str, database: Path) -> None:
    """A key file gets its name once the registry is made: before that it is a draft, which tells of no registry."""
    draft = database.with_name("targets.db.key.new")
    draft.write_text("60" * 32)
    draft.chmod(0o600)
    Registry.open(url).close()
    Registry.open(url, "60" * 32).close()
    assert database.with_name("targets.db.key").read_text() == "60" * 32
    assert not draft.exists()


def test_a_start_that_was_cut_off_before_the_key_file_got_its_name_is_gone_on_with(url: str, database: Path) -> None:
    with Registry.open(url) as registry:
        added = registry.add(Target("Orla Quennevest"))
    key_file, draft = database.with_name("targets.db.key"), database.with_name("targets.db.key.new")
    key_file.rename(draft)
    with Registry.open(url) as registry:
        assert list(registry.snapshot()) == [added]
    assert key_file.exists()
    assert not draft.exists()


def emptied(database: Path) -> None:
    database.write_bytes(b"")


def without_tables(database: Path) -> None:
    database.unlink()
    sqlite3.connect(database).execute("VACUUM").connection.close()


@pytest.mark.parametrize("lose", [Path.unlink, emptied, without_tables])
def test_a_key_file_whose_registry_is_gone_begins_none(url: str, database: Path, lose: Callable[[Path], None]) -> None:
    with Registry.open(url) as registry:
        registry.add(Target("Orla Quennevest"))
    key_file = database.with_name("targets.db.key")
    key = key_file.read_text()
    lose(database)
    before = {path.name: path.read_bytes() for path in database.parent.iterdir()}
    for _ in range(2):
        with pytest.raises(RegistryMissing, match="--new"):
            Registry.open(url)
    assert {path.name: path.read_bytes() for path in database.parent.iterdir()} == before
    with Registry.open(url, new=True) as registry:
        assert not list(registry.snapshot())
        registry.add(Target("Ivo Pellandrine"))
    assert key_file.read_text() == key
    with Registry.open(url) as registry:
        assert [target.name for target in registry.snapshot()] == ["Ivo Pellandrine"]


@pytest.mark.parametrize("key", [None, "5f" * 32])
@pytest.mark.parametrize("new", [False, True])
def test_a_registry_without_its_lock_is_damaged_and_not_begun_anew(
    url: str, database: Path, key: str | None, new: bool
) -> None:
    Registry.open(url, key).close()
    with closing(sqlite3.connect(database, isolation_level=None)) as own:
        own.execute("DELETE FROM registry")
    with pytest.raises(RegistryError, match="damaged"):
        Registry.open(url, key, new=new)


def test_a_registry_that_is_there_is_not_begun_anew(url: str, database: Path) -> None:
    with Registry.open(url, new=True) as registry:
        registry.add(Target("Orla Quennevest"))
    before = database.read_bytes()
    for key in (None, database.with_name("targets.db.key").read_text()):
        with pytest.raises(RegistryError, match="already"):
            Registry.open(url, key, new=True)
    assert database.read_bytes() == before
    Registry.open("sqlite:///:memory:", new=True).close()


@pytest.mark.parametrize("name", ["targets.db-wal", "targets.db-shm"])
@pytest.mark.parametrize("content", [b"", b"what a process that was killed had written"])
def test_a_given_key_begins_a_registry_unless_the_log_of_one_is_left(
    url: str, database: Path, name: str, content: bytes
) -> None:
    with Registry.open(url, "5f" * 32) as registry:
        registry.add(Target("Orla Quennevest"))
    database.unlink()
    log = database.with_name(name)
    log.write_bytes(content)
    for left in (None, b""):
        if left is not None:
            database.write_bytes(left)
        with pytest.raises(RegistryMissing, match="log"):
            Registry.open(url, "5f" * 32)
    database.unlink()
    log.unlink()
    Registry.open(url, "5f" * 32).close()


def test_processes_that_make_the_registry_at_once_agree(url: str) -> None:
    code = (
        "import sys\nfrom expunge.registry.store import Registry\nfrom expunge.types import Target\n"
        f"with Registry.open({url!r}) as registry:\n    registry.add(Target('Person ' + sys.argv[1]))"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code, str(number)]) for number in range(4)]
    assert [process.wait(30) for process in processes] == [0, 0, 0, 0]
    with Registry.open(url) as registry:
        assert {target.name for target in registry.snapshot()} == {f"Person {number}" for number in range(4)}
        assert registry.revision == 4
