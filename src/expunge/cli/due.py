"""When a request is due: as a person writes it, and which targets are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from expunge.cli.expiry import parse_span
from expunge.errors import InvalidTarget, UsageError
from expunge.types import Target


def parse_due(text: str, now: datetime | None = None) -> datetime | None:
    """A moment in UTC from `2030-12-31` (its last second), an ISO 8601 time, a span like `30d`; None from `none`.

    Raises:
        UsageError: if it is none of these.
    """
    from expunge.registry.importing.files import parse_due as parse_date

    if text.strip().casefold() == "none":
        return None
    try:
        span = parse_span(text)
        moment = parse_date(text) if span is None else (now or datetime.now(UTC)) + span
        return moment.astimezone(UTC)
    except (InvalidTarget, OverflowError):
        raise UsageError(
            "The --due value is no date; write it like 2030-12-31, 2030-12-31T18:00, 30d or none."
        ) from None


def due_first(targets: Iterable[Target], until: datetime | None = None) -> tuple[Target, ...]:
    """The targets whose request has a due date, before `until` where that is given; the most urgent first."""
    due = [(t.due_at, t) for t in targets if t.due_at is not None and (until is None or t.due_at < until)]
    return tuple(target for _, target in sorted(due, key=lambda pair: (pair[0], pair[1].id)))


def until_of(overdue: bool, within: int | None, now: datetime | None = None) -> datetime | None:
    """Up to when a due date is asked for: now, some days from now, or for ever."""
    now = now or datetime.now(UTC)
    if overdue:
        return now
    return None if within is None else now + timedelta(days=within)


def told_due(moment: datetime | None, now: datetime | None = None) -> str:
    """`2030-12-31`, with how many days it lies in the past if it does."""
    if moment is None:
        return ""
    late = (now or datetime.now(UTC)) - moment
    return f"{moment:%Y-%m-%d}" + (f", {late.days + 1} d late" if late > timedelta() else "")
