from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from expunge.errors import RegistryError
from expunge.registry.audit.decisions import OTHER_MODEL
from expunge.registry.rows import moment
from expunge.registry.store import Registry

Open = Callable[..., Registry]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, database: Path) -> str:
    return f"sqlite:///{database}" if request.param == "sqlite" else str(request.getfixturevalue("postgres").new())


@pytest.fixture
def now(clock: Any) -> Any:
    return moment(int(clock.now * 1_000_000))


def test_decisions_are_read_as_they_were_written_newest_first(registry: Registry, now: Any, decided: Any) -> None:
    registry.record_decisions([])
    registry.record_decisions([decided(now), decided(now + timedelta(seconds=1))])
    assert registry.decisions() == (decided(now + timedelta(seconds=1), number=2), decided(now, number=1))
    assert registry.of("acme").decisions() == ()


def test_decisions_by_time_target_and_page(registry: Registry, now: Any, decided: Any) -> None:
    batch = [decided(now + timedelta(minutes=n), f"t_{n % 3}") for n in range(30)]
    registry.record_decisions(batch)

    def found(**given: Any) -> list[int]:
        return [record.number for record in registry.decisions(**given)]

    assert found(limit=3) == [30, 29, 28]
    assert found(limit=3, before=28) == [27, 26, 25]
    assert found(since=now + timedelta(minutes=27)) == [30, 29, 28]
    assert found(target="t_0", limit=2) == [28, 25]
    assert len(found(target="t_b")) == 30
    assert found(target="t_none") == []


@pytest.mark.parametrize(
    ("model", "kept"),
    [
        ("gpt-4.1", "gpt-4.1"),
        ("org/model:7b@x", "org/model:7b@x"),
        ("Who is Orla Quennevest?", OTHER_MODEL),
        ("", OTHER_MODEL),
    ],
)
def test_what_is_no_name_of_a_model_is_not_kept(
    registry: Registry, now: Any, decided: Any, model: str, kept: str
) -> None:
    from dataclasses import replace

    registry.record_decisions([replace(decided(now), model=model)])
    assert registry.decisions()[0].model == kept


def test_pruning_drops_old_bodies_and_keeps_the_chain(registry: Registry, now: Any, decided: Any, clock: Any) -> None:
    registry.record_decisions([decided(now - timedelta(days=day)) for day in (9, 8, 1)])
    assert registry.audit.prune(30) == 0
    assert registry.audit.prune(7) == 2
    assert registry.audit.prune(7) == 0
    assert [record.number for record in registry.decisions()] == [3]
    clock.now += 30 * 86_400
    assert registry.audit.prune(7) == 1
    assert registry.decisions() == ()
    assert registry.audit.verify().intact
    assert registry.audit.verify().records == 5


def test_a_damaged_decision_is_told(registry: Registry, now: Any, decided: Any) -> None:
    registry.record_decisions([decided(now)])
    with registry._database.writing() as connection:
        connection.exec_driver_sql("UPDATE audit SET body = digest")
    with pytest.raises(RegistryError, match="audit verify"):
        registry.decisions()


def test_a_batch_that_cannot_be_written_is_not_written_in_part(registry: Registry, now: Any, decided: Any) -> None:
    from dataclasses import replace

    with pytest.raises(ValueError, match="JSON"):
        registry.record_decisions([decided(now), replace(decided(now), seconds=float("nan"))])
    assert registry.audit.verify().records == 0
