"""A registry whose files are changed under it, and who may read them."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from expunge.errors import RegistryError, RegistryLost, RegistryReadOnly
from expunge.registry.store import Registry
from expunge.types import Target, TargetUpdate

Open = Callable[..., Registry]
KEY = "5f" * 32


def deleted(database: Path) -> None:
    database.unlink()


def moved(database: Path) -> None:
    database.rename(database.with_name("elsewhere.db"))


def replaced_by_a_copy(database: Path) -> None:
    shutil.copy(database, database.with_name("copy.db"))
    database.with_name("copy.db").replace(database)


def replaced_by_an_empty_file(database: Path) -> None:
    database.unlink()
    database.touch()


def emptied(database: Path) -> None:
    os.truncate(database, 0)


def without_its_log(database: Path) -> None:
    database.with_name("targets.db-wal").unlink()


def without_its_index(database: Path) -> None:
    database.with_name("targets.db-shm").unlink()


def with_another_log(database: Path) -> None:
    log = database.with_name("targets.db-wal")
    log.unlink()
    log.touch()


def without_its_folder(database: Path) -> None:
    shutil.rmtree(database.parent)


def with_its_folder_moved(database: Path) -> None:
    database.parent.rename(database.parent.with_name("moved"))


HAPPENINGS = [
    deleted,
    moved,
    replaced_by_a_copy,
    replaced_by_an_empty_file,
    emptied,
    without_its_log,
    without_its_index,
    with_another_log,
    without_its_folder,
    with_its_folder_moved,
]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "targets.db"


@pytest.mark.parametrize("happen", HAPPENINGS)
def test_a_change_that_would_be_lost_is_refused_and_what_is_known_stays_in_force(
    happen: Callable[[Path], None], database: Path, open_registry: Open
) -> None:
    registry = open_registry()
    added = registry.add(Target("Orla Quennevest"))
    registry.watch()
    happen(database)
    for change in (
        lambda: registry.add(Target("Ivo Pellandrine")),
        lambda: registry.restore(added.id),
        lambda: registry.remove(added.id),
        lambda: registry.extend(added.id, TargetUpdate(facts=["Orla Quennevest sells maps."])),
        lambda: registry.api_keys.create("default", ["chat"]),
        lambda: registry.audit.prune(1),
    ):
        with pytest.raises(RegistryLost, match="in use") as caught:
            change()
        assert str(database.parent) not in str(caught.value)
    freshness = registry.freshness()
    assert freshness.lost
    assert freshness.problem
    assert list(registry.snapshot()) == [added]


def test_a_file_that_goes_while_a_change_is_made_takes_the_change_along(database: Path, open_registry: Open) -> None:
    registry = open_registry()
    registry.add(Target("Orla Quennevest"))

    def told(done: int, total: int) -> None:
        database.unlink()

    with pytest.raises(RegistryLost):
        registry.add_many([Target("Ivo Pellandrine")], told)


def test_a_file_that_is_put_back_is_the_registry_again(database: Path, open_registry: Open) -> None:
    registry = open_registry()
    registry.add(Target("Orla Quennevest"))
    registry.watch()
    moved(database)
    with pytest.raises(RegistryLost):
        registry.add(Target("Ivo Pellandrine"))
    assert registry.freshness().lost
    database.with_name("elsewhere.db").rename(database)
    registry.add(Target("Ivo Pellandrine"))
    registry._look()
    assert not registry.freshness().lost
    registry.close()
    with Registry.open(f"sqlite:///{database}", KEY) as again:
        assert len(again.snapshot()) == 2


def test_a_link_that_leads_elsewhere_leads_to_another_registry(tmp_path: Path, open_registry: Open) -> None:
    (tmp_path / "a").mkdir()
    link = tmp_path / "link.db"
    link.symlink_to(tmp_path / "a" / "targets.db")
    registry = open_registry(f"sqlite:///{link}")
    registry.add(Target("Orla Quennevest"))
    assert stat.S_IMODE((tmp_path / "a" / "targets.db").stat().st_mode) == 0o600
    link.unlink()
    link.symlink_to(tmp_path / "b.db")
    with pytest.raises(RegistryLost):
        registry.add(Target("Ivo Pellandrine"))


def test_a_working_directory_that_changes_is_no_loss(
    tmp_path: Path, open_registry: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    registry = open_registry("sqlite:///here.db")
    monkeypatch.chdir("/")
    registry.add(Target("Orla Quennevest"))
    assert (tmp_path / "here.db").exists()


def test_a_registry_opened_for_reading_notices_that_its_file_is_gone(
    url: str, database: Path, open_registry: Open
) -> None:
    open_registry().add(Target("Orla Quennevest"))
    reader = open_registry(f"{url}?mode=ro")
    reader.watch()
    replaced_by_a_copy(database)
    assert reader.freshness().lost
    assert len(reader.snapshot()) == 1


def test_a_disk_that_turns_read_only(open_registry: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = open_registry()
    added = registry.add(Target("Orla Quennevest"))
    registry.watch()
    monkeypatch.setattr(os, "statvfs", lambda path: SimpleNamespace(f_flag=os.ST_RDONLY))
    with pytest.raises(RegistryReadOnly, match="disk"):
        registry.restore(added.id)
    assert registry.freshness().lost
    assert list(registry.snapshot()) == [added]
    monkeypatch.undo()
    assert not registry.freshness().lost


@pytest.mark.parametrize("statement", ["DELETE FROM registry", "DROP TABLE tenants"])
def test_a_registry_that_is_emptied_in_its_place(statement: str, database: Path, open_registry: Open) -> None:
    registry = open_registry()
    added = registry.add(Target("Orla Quennevest"))
    registry.watch()
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute(statement)
    with pytest.raises(RegistryLost, match="emptied"):
        registry.add(Target("Ivo Pellandrine"))
    registry._look()
    assert registry.freshness().lost
    assert list(registry.snapshot()) == [added]


def test_a_registry_that_is_put_back_in_its_place_to_what_it_was(database: Path, open_registry: Open) -> None:
    registry = open_registry()
    registry.add(Target("Orla Quennevest"))
    with closing(sqlite3.connect(database)) as own, closing(sqlite3.connect(":memory:")) as before:
        own.backup(before)
        added = registry.add(Target("Ivo Pellandrine"))
        registry.watch()
        before.backup(own)
    with pytest.raises(RegistryLost, match="earlier state"):
        registry.restore(added.id)
    registry._look()
    assert registry.freshness().lost
    assert len(registry.snapshot()) == 2


def test_the_log_of_whoever_took_the_place_is_left_alone(url: str, database: Path, open_registry: Open) -> None:
    """SQLite would delete it when it closes the file that was there before."""
    old = open_registry()
    old.add(Target("Orla Quennevest"))
    for name in ("targets.db", "targets.db-wal", "targets.db-shm"):
        database.with_name(name).unlink()
    new = Registry.open(url, KEY)
    new.add(Target("Ivo Pellandrine"))
    with pytest.raises(RegistryLost):
        old.add(Target("Tamsin Brockwalder"))
    old.close()
    new.add(Target("Tamsin Brockwalder"))
    new.close()
    with Registry.open(url, KEY) as again:
        assert {target.name for target in again.snapshot()} == {"Ivo Pellandrine", "Tamsin Brockwalder"}


def modes(database: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in database.parent.iterdir()}


@pytest.fixture
def wide_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("wide_umask")
def test_every_file_is_its_owners_alone(url: str, database: Path) -> None:
    with Registry.open(url) as registry:
        registry.add(Target("Orla Quennevest"))
        names = {"targets.db", "targets.db-wal", "targets.db-shm", "targets.db.key"}
        assert modes(database) == dict.fromkeys(names, 0o600)


@pytest.mark.usefixtures("wide_umask")
@pytest.mark.parametrize("mode", [0o644, 0o666, 0o664, 0o604])
def test_files_that_everybody_may_read_are_taken_back(url: str, database: Path, mode: int) -> None:
    first = Registry.open(url)
    first.add(Target("Orla Quennevest"))
    for path in database.parent.iterdir():
        path.chmod(mode)
    with Registry.open(url):
        assert set(modes(database).values()) == {0o600}
    first.close()


def test_a_group_that_was_let_in_stays_and_is_told_of(
    url: str, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Registry.open(url, KEY).close()
    database.chmod(0o660)
    with caplog.at_level(logging.WARNING, "expunge.registry"), Registry.open(url, KEY):
        pass
    assert modes(database)["targets.db"] == 0o660
    assert "group" in caplog.text


@pytest.mark.usefixtures("wide_umask")
def test_making_private_does_not_drop_the_locks_of_an_open_registry(url: str, database: Path) -> None:
    """Closing any descriptor of a file drops all its POSIX locks, SQLite's too."""
    with Registry.open(url, KEY) as registry:
        registry.add(Target("Orla Quennevest"))
        with registry._vault.writing() as _:
            with Registry.open(url, KEY):
                pass
            code = (
                "import sqlite3, sys\n"
                "other = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)\n"
                "try:\n    other.execute('BEGIN IMMEDIATE')\nexcept sqlite3.OperationalError:\n    sys.exit(5)"
            )
            assert subprocess.run([sys.executable, "-c", code, str(database)]).returncode == 5


def test_the_sentences_name_no_path(url: str, database: Path) -> None:
    with Registry.open(url):
        pass
    database.unlink()
    with pytest.raises(RegistryError) as caught:
        Registry.open(url)
    assert str(database.parent) not in str(caught.value)
