"""Whatever is done to the chain behind the registry's back is found, and where."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from expunge.registry.audit.chain import Problem, acting_as, verify
from expunge.registry.rows import moment
from expunge.registry.store import Registry
from expunge.types import Target

Open = Callable[..., Registry]


@pytest.fixture
def logged(registry: Registry, clock: Any, decided: Any) -> Registry:
    """Seven records, of every kind: 1 and 3 to 5 are decisions, the bodies of 3 and 4 dropped."""
    registry.add(Target("Orla Quennevest"))
    registry.api_keys.create("default", ["chat"])
    at = moment(int(clock.now * 1_000_000))
    registry.record_decisions([decided(at - timedelta(days=9)), decided(at - timedelta(days=8)), decided(at)])
    assert registry.audit.prune(7) == 2
    with acting_as("admin-key"):
        registry.restore("Orla Quennevest")
    return registry


def change(registry: Registry, sql: str, *values: object) -> None:
    with registry._database.writing() as connection:
        connection.exec_driver_sql(sql, values)


def numbers(registry: Registry) -> list[int]:
    return [problem.number for problem in registry.audit.verify().problems]


def test_an_untouched_chain_is_whole(logged: Registry) -> None:
    verdict = logged.audit.verify()
    assert (verdict.intact, verdict.records, verdict.problems) == (True, 7, ())
    assert len(verdict.head) == 64
    with logged._database.reading() as connection:
        kinds = connection.exec_driver_sql("SELECT kind FROM audit ORDER BY number").scalars().all()
        last = connection.exec_driver_sql("SELECT body FROM audit WHERE number = 7").scalar_one()
    assert kinds == ["change", "key", "decision", "decision", "decision", "pruned", "change"]
    assert b'"by":"admin-key"' in last
    assert b'"action":"restored"' in last
    assert b"Quennevest" not in last


def test_an_empty_chain_is_whole(registry: Registry) -> None:
    assert registry.audit.verify().intact
    assert registry.of("acme").audit.verify().records == 0


def test_any_byte_of_any_record_counts(logged: Registry) -> None:
    tried = 0
    with logged._database.writing() as connection:
        keys = logged._vault.keys()
        rows = [dict(row) for row in connection.exec_driver_sql("SELECT * FROM audit").mappings()]
        for row in rows:
            for column, value in row.items():
                for other in others_than(value):
                    where = (row["tenant"], row["number"])
                    sql = f"UPDATE audit SET {column} = ? WHERE tenant = ? AND number = ?"
                    connection.exec_driver_sql(sql, (other, *where))
                    found = verify(connection, keys)
                    assert not found.intact, (row["number"], column)
                    assert found.problems[0].number <= row["number"]
                    moved = (other if column == "tenant" else where[0], other if column == "number" else where[1])
                    connection.exec_driver_sql(sql, (value, *moved))
                    tried += 1
        assert verify(connection, keys).intact
    assert tried > 1_000


def others_than(value: object) -> list[object]:
    """The value with each of its bytes changed, shortened, lengthened."""
    if isinstance(value, bytes):
        flipped: list[object] = [value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :] for at in range(len(value))]
        return [*flipped, value[:-1], value + b"\0"]
    if isinstance(value, str):
        return [*(value[:at] + "x" + value[at + 1 :] for at in range(len(value))), value[:-1], value + "x"]
    if isinstance(value, int):
        return [value ^ (128 << 8 * byte) for byte in range(7)]
    return [b"", b"{}"]


@pytest.mark.parametrize("column", ["audit_count", "audit_seal", "audit_key"])
def test_any_byte_of_the_chains_end_counts(logged: Registry, column: str) -> None:
    with logged._database.reading() as connection:
        value = connection.exec_driver_sql(f"SELECT {column} FROM tenants").scalar_one()
    if isinstance(value, bytes):
        others: list[object] = [value[:at] + bytes([value[at] ^ 128]) + value[at + 1 :] for at in range(len(value))]
        others.append(None)
    else:
        others = [0, value - 1, value + 1]
    for other in others:
        change(logged, f"UPDATE tenants SET {column} = ?", other)
        assert not logged.audit.verify().intact
    change(logged, f"UPDATE tenants SET {column} = ?", value)
    assert logged.audit.verify().intact


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("DELETE FROM audit WHERE number = 1", Problem(1, "Record 1 is missing.")),
        ("DELETE FROM audit WHERE number IN (3, 4)", Problem(3, "Records 3 to 4 are missing.")),
        ("DELETE FROM audit WHERE number > 6", Problem(7, "The end is cut off: records from 7 on are missing.")),
        ("DELETE FROM audit", Problem(1, "The end is cut off: records from 1 on are missing.")),
        ("UPDATE audit SET body = NULL WHERE number = 1", Problem(1, "The body of record 1 was removed.")),
        ("UPDATE audit SET body = NULL WHERE number = 5", Problem(5, "The body of record 5 was removed.")),
        ("DELETE FROM tenants", Problem(1, "The chain's key is missing; the records cannot be checked.")),
        (
            "INSERT INTO audit SELECT tenant, 8, at, kind, body, digest, link FROM audit WHERE number = 7",
            Problem(8, "Record 8 was altered or is out of place."),
        ),
    ],
)
def test_where_records_are_missing_or_too_many(logged: Registry, sql: str, problem: Problem) -> None:
    change(logged, sql)
    assert logged.audit.verify().problems[0] == problem


def test_two_records_in_each_others_place(logged: Registry) -> None:
    for one, other in ((3, 100), (5, 3), (100, 5)):
        change(logged, "UPDATE audit SET number = ? WHERE number = ?", other, one)
    assert set(numbers(logged)) >= {3, 5}


def test_a_break_is_not_healed_by_what_is_written_after_it(logged: Registry) -> None:
    change(logged, "DELETE FROM audit WHERE number = 7")
    logged.add(Target("Ivo Pellandrine"))
    assert numbers(logged)[0] == 7


def test_a_chain_copied_from_another_tenant_is_no_chain(logged: Registry) -> None:
    logged.of("acme").add(Target("Orla Quennevest"))
    change(logged, "DELETE FROM audit WHERE tenant = 'acme'")
    columns = "number, at, kind, body, digest, link FROM audit WHERE tenant = 'default'"
    change(logged, f"INSERT INTO audit SELECT 'acme', {columns}")
    assert not logged.of("acme").audit.verify().intact
    assert logged.audit.verify().intact


def test_a_change_that_is_undone_leaves_no_record(registry: Registry) -> None:
    def interrupted(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        registry.add_many([Target("Orla Quennevest")], interrupted)
    assert registry.audit.verify().records == 0


def test_a_large_import_is_a_few_records(registry: Registry) -> None:
    registry.add_many([Target(f"Person {number}") for number in range(2_500)])
    assert registry.audit.verify().records == 3
