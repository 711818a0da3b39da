from __future__ import annotations

from datetime import UTC, datetime

import pytest

from expunge.cli.expiry import parse_expiry
from expunge.errors import UsageError

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2030-02-03", "2030-02-03T00:00:00+00:00"),
        (" 2030-02-03T18:30 ", "2030-02-03T18:30:00+00:00"),
        ("2030-02-03T18:30+02:00", "2030-02-03T16:30:00+00:00"),
        ("2030-02-03T18:30:00Z", "2030-02-03T18:30:00+00:00"),
        ("30d", "2030-01-31T00:00:00+00:00"),
        ("12h", "2030-01-01T12:00:00+00:00"),
        ("2W", "2030-01-15T00:00:00+00:00"),
        ("1y", "2031-01-01T00:00:00+00:00"),
    ],
)
def test_moments(text: str, moment: str) -> None:
    assert parse_expiry(text, NOW).isoformat() == moment


@pytest.mark.parametrize("text", ["", "soon", "30", "-3d", "2030-13-01", "99999y", "1.5d", "30 days"])
def test_no_date(text: str) -> None:
    with pytest.raises(UsageError, match="must look like"):
        parse_expiry(text, NOW)


@pytest.mark.parametrize("text", ["2029-12-31", "2030-01-01", "0d"])
def test_past(text: str) -> None:
    with pytest.raises(UsageError, match="is in the past"):
        parse_expiry(text, NOW)
