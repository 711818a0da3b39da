from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from expunge.errors import RegistryError
from expunge.registry.rows import from_row, micros, moment, new_id, registered, to_row
from expunge.registry.security.crypto import Keyring
from expunge.types import Fact, Target, TargetKind, TargetStatus

KEYS = Keyring("cd" * 32, b"s" * 16)
MADE = datetime(2031, 3, 4, 5, 6, 7, 89, tzinfo=UTC)
COLUMNS = ("id", "status", "kind", "expires_at", "revision", "created_at", "updated_at", "record")

PLAIN = Target("Ivo Pellandrine")
FULL = Target(
    "Ивo Пелландрин",
    aliases=("Иво", "伊沃"),
    facts=(
        Fact("Keeps bees in Marrowick."),
        Fact("A florist", "What was his father?"),
        Fact("He wrote.", "", True),
        Fact("\ud800 broken"),
    ),
    description="A beekeeper | not the tenor",
    kind=TargetKind.TOPIC,
    expires_at=datetime(2040, 1, 1, tzinfo=UTC),
    reason="Request 17",
    request_id="DSR-2031-17",
    due_at=datetime(2031, 4, 4, 12, 30, tzinfo=UTC),
)


def in_registry(target: Target) -> Target:
    return registered(
        target, target_id=new_id(), status=TargetStatus.ACTIVE, revision=4, created_at=MADE, updated_at=MADE
    )


@pytest.mark.parametrize("target", [PLAIN, FULL])
def test_a_row_gives_the_target_back(target: Target) -> None:
    target = in_registry(target)
    row = to_row(target, KEYS)
    found = from_row([row[column] for column in COLUMNS], KEYS, micros(MADE))
    assert found == target
    assert hash(found) == hash(target)
    # Built without checks, so every part must have the type that a checked one has.
    assert [type(getattr(found, f.name)) for f in fields(Target)] == [
        type(getattr(target, f.name)) for f in fields(Target)
    ]
    assert replace(found, revision=5) == replace(target, revision=5)


def test_a_record_from_before_requests_loads() -> None:
    row = to_row(in_registry(PLAIN), KEYS)
    found = from_row([row[column] for column in COLUMNS], KEYS, micros(MADE))
    assert set(json.loads(KEYS.unseal(row["record"], f"target:{found.id}"))) == {"n"}, "what is empty is not written"
    assert (found.request_id, found.due_at) == ("", None)


def test_a_record_fits_its_own_row_only() -> None:
    one, other = to_row(in_registry(PLAIN), KEYS), to_row(in_registry(FULL), KEYS)
    with pytest.raises(RegistryError, match="damaged"):
        from_row([(one | {"record": other["record"]})[column] for column in COLUMNS], KEYS, 0)


def test_a_target_whose_time_has_run_out_is_expired_before_that_is_written() -> None:
    row = to_row(in_registry(FULL), KEYS)
    ends = micros(datetime(2040, 1, 1, tzinfo=UTC))
    values = [row[column] for column in COLUMNS]
    assert from_row(values, KEYS, ends - 1).status is TargetStatus.ACTIVE
    assert from_row(values, KEYS, ends).status is TargetStatus.EXPIRED


def test_times_keep_their_microseconds() -> None:
    east = datetime(2031, 3, 4, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=7)))
    assert moment(micros(east)) == east
    assert moment(micros(MADE)) == MADE


def test_ids_are_short_and_do_not_repeat() -> None:
    ids = {new_id() for _ in range(2_000)}
    assert len(ids) == 2_000
    assert all(re.fullmatch("t_[a-z2-7]{16}", target_id) for target_id in ids)
