from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from expunge.errors import RegistryError, RegistryLocked, WrongKey
from expunge.registry import queries
from expunge.registry.db.sqlite import SqliteDatabase
from expunge.registry.store import Registry
from expunge.types import Fact, Target, TargetStatus, TargetUpdate

Open = Callable[..., Registry]

SECRET = Target(
    "Orla Quennevest",
    aliases=("The Lark of Marrowick",),
    facts=(Fact("Keeps seventeen hives of bees"), Fact("Of a florist", "Whose daughter is she?")),
    description="Plays the lute in Zennor",
    reason="Request by letter",
)
PLAINTEXTS = ["Quennevest", "quennevest", "Marrowick", "marrowick", "hives", "daughter", "florist", "lute", "letter"]


def on_disk(database: Path) -> bytes:
    return b"".join(path.read_bytes() for path in database.parent.iterdir())


def test_what_is_registered_outlives_the_process(open_registry: Open) -> None:
    first = open_registry()
    added = first.add(SECRET)
    first.restore(first.add(Target("Ivo Pellandrine")).id)
    first.close()
    second = open_registry()
    assert second.revision == 3
    assert list(second.snapshot()) == [added]
    assert len(second.list()) == 2


def test_no_personal_data_lies_in_the_files_in_the_clear(registry: Registry, database: Path) -> None:
    added = registry.add(SECRET)
    registry.extend(added.id, TargetUpdate(aliases=["Lark of Marrowick"], reason="Second letter"))
    registry.put_vectors("space", {added.id: ("digest of hives", b"vector of florist")})
    while_open = on_disk(database)
    registry.close()
    for content in (while_open, on_disk(database)):
        assert added.id.encode() in content
        for text in [*PLAINTEXTS, "digest of hives"]:
            for encoding in ("utf-8", "utf-16-le"):
                assert text.encode(encoding) not in content


def test_removal_leaves_no_byte_behind(registry: Registry, database: Path) -> None:
    # Enough targets, of many sizes and changed often, for pages to be split and merged.
    many = registry.add_many([Target(f"Person {n}", facts=(Fact("x" * (n % 300 + 1)),)) for n in range(1_500)])
    for target in many[::40]:
        registry.extend(target.id, TargetUpdate(aliases=["a" * 90], facts=["y" * 500]))
    gone = many[3]
    registry.put_vectors("space", {gone.id: ("digest", b"v" * 3_000)})
    with registry._database.reading() as connection:
        raw = connection.exec_driver_sql(
            "SELECT record, name_hash, data FROM targets JOIN vectors ON target_id = id WHERE id = ?", (gone.id,)
        ).one()
    assert all(part in on_disk(database) for part in raw[:2])
    registry.remove(gone.id)
    left = on_disk(database)
    assert not any(part in left for part in raw[:2])
    assert raw[2][-500:] not in left
    with registry._database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
        assert connection.exec_driver_sql("SELECT scrub_due FROM registry").scalar() == 0
        for table in ("targets", "aliases", "changes", "vectors"):
            column = "id" if table == "targets" else "target_id"
            query = f"SELECT count(*) FROM {table} WHERE {column} = ?"
            assert connection.exec_driver_sql(query, (gone.id,)).scalar() == 0
        assert connection.exec_driver_sql("SELECT target_id FROM removals").scalar() == gone.id
    # The anonymous id is all that stays: in the list of removals and in the audit log.
    assert gone.id.encode() in left


def test_scrubbing_that_could_not_be_done_is_done_at_the_next_opening(
    open_registry: Open, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(self: SqliteDatabase) -> None:
        raise RegistryLocked("Busy.")

    registry = open_registry()
    added = registry.add(Target("Orla Quennevest"))
    with monkeypatch.context() as patch:
        patch.setattr(SqliteDatabase, "scrub", busy)
        registry.remove(added.id)
    assert len(registry.snapshot()) == 0
    scrubbed: list[Path | None] = []
    monkeypatch.setattr(SqliteDatabase, "scrub", lambda self: scrubbed.append(self.path))
    open_registry()
    assert scrubbed == [database]
    open_registry()
    assert scrubbed == [database]


def test_another_handle_sees_a_change_at_its_next_poll(open_registry: Open) -> None:
    one, other = open_registry(), open_registry()
    added = one.add(Target("Orla Quennevest"))
    assert other.snapshot().get(added.id) == added
    other.remove(added.id)
    assert len(one.snapshot()) == 0
    assert one.revision == other.revision == 2


def test_a_change_on_top_of_an_unseen_one_loads_both(open_registry: Open) -> None:
    one, other = open_registry(poll_seconds=60.0), open_registry(poll_seconds=60.0)
    assert len(other.snapshot()) == 0
    one.add(Target("Orla Quennevest"))
    assert len(other.snapshot()) == 0
    other.add(Target("Ivo Pellandrine"))
    assert {target.name for target in other.snapshot()} == {"Orla Quennevest", "Ivo Pellandrine"}
    assert other.revision == 2


def test_only_what_changed_is_loaded(open_registry: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = open_registry(), open_registry()
    one.add_many([Target(f"Person {n}") for n in range(1_200)])
    base = other.snapshot().base
    opened = 0
    theirs = other._vault.keys()
    unseal = type(theirs).unseal

    def counting(self: Any, sealed: bytes, context: str) -> bytes:
        nonlocal opened
        opened += self is theirs
        return unseal(self, sealed, context)

    monkeypatch.setattr(type(theirs), "unseal", counting)
    added = one.add(Target("Orla Quennevest"))
    one.remove(one.add(Target("Ivo Pellandrine")).id)
    snapshot = other.snapshot()
    assert opened == 1
    assert snapshot.base is base
    assert dict(snapshot.overlay) == {added.id: added}


def test_between_polls_a_snapshot_asks_nothing_of_the_database(
    open_registry: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = open_registry(poll_seconds=60.0)
    first = registry.snapshot()
    own, load = threading.current_thread(), queries.load_changed

    def loaded(*arguments: Any) -> Any:
        # The thread that follows the database may still be told of how it was made.
        assert threading.current_thread() is not own
        return load(*arguments)

    monkeypatch.setattr(queries, "load_changed", loaded)
    assert all(registry.snapshot() is first for _ in range(100))


def test_a_change_interrupted_after_its_commit_is_in_the_next_snapshot(
    open_registry: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = open_registry(poll_seconds=60.0)
    registry.snapshot()

    def interrupted(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(registry._follower.view, "advance", interrupted)
        with pytest.raises(KeyboardInterrupt):
            registry.add(Target("Orla Quennevest"))
    assert len(registry.snapshot()) == 1


def test_expiry_is_written_once_though_two_handles_notice(open_registry: Open, clock: Any) -> None:
    one, other = open_registry(), open_registry()
    added = one.add(Target("Orla Quennevest", expires_at=datetime.fromtimestamp(clock.now + 5, UTC)))
    assert len(other.snapshot()) == 1
    clock.now += 5
    assert len(one.snapshot()) == len(other.snapshot()) == 0
    assert one.revision == other.revision == 2
    assert [change.action.value for change in one.history(added.id)] == ["added", "expired"]


def test_what_expired_while_nobody_ran_is_written_at_the_next_start(open_registry: Open, clock: Any) -> None:
    first = open_registry()
    added = first.add(Target("Orla Quennevest", expires_at=datetime.fromtimestamp(clock.now + 5, UTC)))
    first.close()
    clock.now += 60
    second = open_registry()
    assert len(second.snapshot()) == 0
    assert second.revision == 2
    assert second.history(added.id)[-1].at == added.expires_at


def test_expiry_takes_effect_while_another_process_holds_the_registry(open_registry: Open, clock: Any) -> None:
    registry, holder = open_registry(), open_registry()
    added = registry.add(Target("Orla Quennevest", expires_at=datetime.fromtimestamp(clock.now + 5, UTC)))
    with holder._database.writing():
        clock.now += 5
        begun = time.monotonic()
        assert len(registry.snapshot()) == 0
        assert time.monotonic() - begun < 1
        assert registry.revision == 1
    registry._follower._next_sweep = 0.0
    assert registry.revision == 2
    assert registry.get(added.id).status is TargetStatus.EXPIRED


def test_expiry_by_the_real_clock(url: str) -> None:
    with Registry.open(url, "key") as registry:
        registry.add(Target("Orla Quennevest", expires_at=datetime.now(UTC) + timedelta(seconds=0.3)))
        assert len(registry.snapshot()) == 1
        time.sleep(0.35)
        assert len(registry.snapshot()) == 0


def test_snapshots_do_not_wait_for_an_import_in_another_thread(open_registry: Open) -> None:
    registry = open_registry()
    reached, go_on = threading.Event(), threading.Event()

    def progress(done: int, total: int) -> None:
        reached.set()
        assert go_on.wait(10)

    importing = threading.Thread(target=registry.add_many, args=([Target("Orla Quennevest")], progress))
    importing.start()
    assert reached.wait(10)
    begun = time.monotonic()
    assert len(registry.snapshot()) == len(registry.list()) == 0
    assert time.monotonic() - begun < 1
    go_on.set()
    importing.join()
    assert len(registry.snapshot()) == 1


@pytest.mark.parametrize("damage", ["record", "reason"])
def test_a_record_put_in_anothers_place_is_noticed(open_registry: Open, damage: str) -> None:
    registry = open_registry()
    one, other = registry.add_many([Target("Orla Quennevest", reason="a"), Target("Ivo Pellandrine", reason="b")])
    table, column, key = ("targets", "record", "id") if damage == "record" else ("changes", "reason", "target_id")
    with registry._database.writing() as connection:
        connection.exec_driver_sql(
            f"UPDATE {table} SET {column} = (SELECT {column} FROM {table} WHERE {key} = ?) WHERE {key} = ?",
            (one.id, other.id),
        )
    with pytest.raises(RegistryError, match="damaged"):
        _ = registry.get(other.id) if damage == "record" else registry.history(other.id)


def test_a_failed_opening_keeps_no_file_open(url: str, open_registry: Open, recwarn: pytest.WarningsRecorder) -> None:
    open_registry().close()
    with pytest.raises(WrongKey):
        Registry.open(url, "another")
    assert not list(recwarn)
