"""Pages and files of the console: templates, their filters, and what lies under `/console/static`."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

MEDIA = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
"""The kinds of files that are served, by their suffix."""


@cache
def static_files() -> dict[str, bytes]:
    """The files that pages may load, by name."""
    folder = files("expunge.gateway.console") / "static"
    return {
        entry.name: entry.read_bytes()
        for entry in folder.iterdir()
        if any(entry.name.endswith(suffix) for suffix in MEDIA)
    }


@cache
def static_url(name: str) -> str:
    """The address of a file, which is another one when its content changes, so that browsers may keep it."""
    return f"/console/static/{name}?{hashlib.sha256(static_files()[name]).hexdigest()[:12]}"


def render(template: str, **values: Any) -> str:
    """A page, or a part of one, as HTML; every value is escaped."""
    return _environment().get_template(template).render(now=datetime.now(UTC), **values)


@cache
def _environment() -> Environment:
    # Imported late: whoever only serves answers need not wait for a template engine.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("expunge.gateway.console", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["static"] = static_url
    environment.filters |= {"day": day, "moment": moment, "thousands": thousands, "iso": iso, "seconds": seconds}
    return environment


def day(value: datetime | None) -> str:
    """A date as people write it, in UTC."""
    return "" if value is None else f"{value.astimezone(UTC):%-d %b %Y}"


def moment(value: datetime | None) -> str:
    """A time to the minute, in UTC."""
    return "" if value is None else f"{value.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def iso(value: datetime | None) -> str:
    """A date as a form takes it."""
    return "" if value is None else f"{value.astimezone(UTC):%Y-%m-%d}"


def thousands(value: int) -> str:
    """A number with commas."""
    return f"{value:,}"


def seconds(value: float) -> str:
    """A span, in milliseconds where it is short."""
    return f"{value:.1f} s" if value >= 1 else f"{value * 1000:.0f} ms"
