"""Two processes on one database, by the real clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from expunge.registry.store import Registry
from expunge.types import Target

KEY = "5f" * 32


@pytest.fixture
def here(url: str, peer: Any) -> Iterator[Registry]:
    with Registry.open(url, KEY) as registry:
        peer("open", url=url, key=KEY, now=time.time())
        yield registry
        peer("close")


def soon(happens: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if happens():
            return True
        time.sleep(0.02)
    return False


def test_each_sees_the_others_changes(here: Registry, peer: Any) -> None:
    def there() -> Any:
        return peer("snapshot", now=time.time())

    assert there()["targets"] == {}
    added = here.add(Target("Orla Quennevest"))
    assert soon(lambda: list(there()["targets"]) == [added.id])
    other = peer("add", name="Ivo Pellandrine", aliases=[], facts=["Keeps bees"])
    assert soon(lambda: here.snapshot().get(other) is not None)
    peer("extend", ref=other, aliases=["The Beekeeper"])
    assert soon(lambda: [t.aliases for t in here.snapshot() if t.id == other] == [("The Beekeeper",)])
    peer("remove", ref=added.id)
    assert soon(lambda: here.snapshot().get(added.id) is None)
    here.restore(other)
    assert soon(lambda: there() == {"revision": 5, "targets": {}})


def test_both_notice_an_expiry_and_one_writes_it(here: Registry, peer: Any) -> None:
    added = here.add(Target("Orla Quennevest", expires_at=datetime.now(UTC) + timedelta(seconds=0.5)))
    assert soon(lambda: len(peer("snapshot", now=time.time())["targets"]) == 1)
    time.sleep(0.5)
    assert peer("snapshot", now=time.time())["targets"] == {}
    assert len(here.snapshot()) == 0
    assert soon(lambda: here.revision == 2 == peer("snapshot", now=time.time())["revision"])
    assert [change.action.value for change in here.history(added.id)] == ["added", "expired"]


def test_a_removal_here_is_scrubbed_while_the_other_is_running(here: Registry, peer: Any, database: Path) -> None:
    added = here.add_many([Target(f"Person {number}") for number in range(200)])[100]
    with here._database.reading() as connection:
        record = connection.exec_driver_sql("SELECT record FROM targets WHERE id = ?", (added.id,)).scalar_one()
    assert record in b"".join(path.read_bytes() for path in database.parent.iterdir())
    peer("remove", ref=added.id)
    assert record not in b"".join(path.read_bytes() for path in database.parent.iterdir())
    assert here.add(Target("Ivo Pellandrine")).revision == 3
