"""Parse due dates, and select targets by them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from expunge.cli.expiry import parse_span
from expunge.errors import InvalidTarget, UsageError
from expunge.types import Target


def parse_due(text: str, now: datetime | None = None) -> datetime | None:
    """Parse `2030-12-31` (its last second), an ISO 8601 time or a span like `30d`, in UTC; `none` gives None.

    Raises:
        UsageError: if the text is anything else.
    """
    from expunge.registry.importing.files import parse_due as parse_date

    if text.strip().casefold() == "none":
        return None
    try:
        span = parse_span(text)
        moment = parse_date(text) if span is None else (now or datetime.now(UTC)) + span
        return moment.astimezone(UTC)
    except (InvalidTarget, OverflowError):
        raise UsageError("--due must look like 2030-12-31, 2030-12-31T18:00, 30d or none.") from None


def due_first(targets: Iterable[Target], until: datetime | None = None) -> tuple[Target, ...]:
    """Return the targets with a due date, before `until` if given, the most urgent first."""
    due = [(t.due_at, t) for t in targets if t.due_at is not None and (until is None or t.due_at < until)]
    return tuple(target for _, target in sorted(due, key=lambda pair: (pair[0], pair[1].id)))


def until_of(overdue: bool, within: int | None, now: datetime | None = None) -> datetime | None:
    """Return the latest due date to list: now, some days from now, or None for all."""
    now = now or datetime.now(UTC)
    if overdue:
        return now
    return None if within is None else now + timedelta(days=within)


def told_due(moment: datetime | None, now: datetime | None = None) -> str:
    """Format as `2030-12-31`, with the number of days it is late, if any."""
    if moment is None:
        return ""
    late = (now or datetime.now(UTC)) - moment
    return f"{moment:%Y-%m-%d}" + (f", {late.days + 1} d late" if late > timedelta() else "")
