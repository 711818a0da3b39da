"""When a target runs out, as a person writes it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from expunge.errors import UsageError

_SPAN = re.compile(r"(\d{1,5})\s*([hdwy])", re.IGNORECASE)
_DAYS = {"h": 1 / 24, "d": 1, "w": 7, "y": 365}


def parse_span(text: str) -> timedelta | None:
    """A span of time from `12h`, `30d`, `2w` or `1y`; None if it is not one."""
    found = _SPAN.fullmatch(text.strip())
    return timedelta(days=int(found[1]) * _DAYS[found[2].lower()]) if found else None


def parse_expiry(text: str, now: datetime | None = None) -> datetime:
    """A moment in UTC from `2030-12-31` (its first moment), an ISO 8601 time, or a span: `12h`, `30d`, `2w`, `1y`.

    Raises:
        UsageError: if it is none of these, or lies in the past.
    """
    now = now or datetime.now(UTC)
    try:
        span = parse_span(text)
        moment = datetime.fromisoformat(text.strip()) if span is None else now + span
    except (ValueError, OverflowError):
        raise UsageError("The --expires value is no date; write it like 2030-12-31, 2030-12-31T18:00 or 30d.") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if moment <= now:
        raise UsageError("The --expires date has passed already; give one that lies ahead.")
    return moment.astimezone(UTC)
