from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from expunge.cli.due import due_first, parse_due, told_due, until_of
from expunge.errors import UsageError
from expunge.types import Target

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2030-02-03", datetime(2030, 2, 3, 23, 59, 59, tzinfo=UTC)),
        ("2029-02-03", datetime(2029, 2, 3, 23, 59, 59, tzinfo=UTC)),
        ("2030-02-03T18:30+02:00", datetime(2030, 2, 3, 16, 30, tzinfo=UTC)),
        ("30d", NOW + timedelta(days=30)),
        ("None", None),
    ],
)
def test_due_dates(text: str, moment: datetime | None) -> None:
    assert parse_due(text, NOW) == moment


@pytest.mark.parametrize("text", ["", "soon", "99999y", "2030-13-01"])
def test_no_due_dates(text: str) -> None:
    with pytest.raises(UsageError, match="--due must look like"):
        parse_due(text, NOW)


def test_the_most_urgent_comes_first() -> None:
    late, soon, far = (Target(f"P {days}", due_at=NOW + timedelta(days=days)) for days in (-2, 3, 40))
    every = [far, Target("Nobody waits"), soon, late]
    assert due_first(every) == (late, soon, far)
    assert due_first(every, until_of(True, None, NOW)) == (late,)
    assert due_first(every, until_of(False, 7, NOW)) == (late, soon)


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        (None, ""),
        (NOW + timedelta(days=1), "2030-01-02"),
        (NOW - timedelta(hours=1), "2030-01-01, 1 d late"),
        (NOW - timedelta(days=4), "2029-12-28, 5 d late"),
    ],
)
def test_how_a_due_date_is_told(moment: datetime | None, told: str) -> None:
    assert told_due(moment, NOW) == told
