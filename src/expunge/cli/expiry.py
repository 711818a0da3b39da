"""Parse expiry dates."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from expunge.errors import UsageError

_SPAN = re.compile(r"(\d{1,5})\s*([hdwy])", re.IGNORECASE)
_DAYS = {"h": 1 / 24, "d": 1, "w": 7, "y": 365}


def parse_span(text: str) -> timedelta | None:
    """Parse a span such as `12h`, `30d`, `2w` or `1y`; return None for anything else."""
    found = _SPAN.fullmatch(text.strip())
    return timedelta(days=int(found[1]) * _DAYS[found[2].lower()]) if found else None


def parse_expiry(text: str, now: datetime | None = None) -> datetime:
    """Parse `2030-12-31` (its first moment), an ISO 8601 time or a span such as `30d`, in UTC.

    Raises:
        UsageError: if the text is anything else, or lies in the past.
    """
    now = now or datetime.now(UTC)
    try:
        span = parse_span(text)
        moment = datetime.fromisoformat(text.strip()) if span is None else now + span
    except (ValueError, OverflowError):
        raise UsageError("--expires must look like 2030-12-31, 2030-12-31T18:00 or 30d.") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if moment <= now:
        raise UsageError("The --expires date is in the past; give a future one.")
    return moment.astimezone(UTC)
