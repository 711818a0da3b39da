"""Many targets in one body."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from expunge.errors import ImportFailed, InvalidTarget
from expunge.gateway.admin.models import NewTarget
from expunge.gateway.errors import UnknownMedia
from expunge.registry.importing.files import parse_targets
from expunge.types import Target

FORMATS = {
    "text/plain": ".txt",
    "text/csv": ".csv",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".jsonl",
}
"""By media type, the kind of file that a body is."""

_LIST = TypeAdapter(list[NewTarget])


def targets_of(content_type: str, body: bytes) -> list[Target]:
    """The targets of a body, in its order.

    Raises:
        UnknownMedia: for a media type that is none of these.
        ImportFailed: if the body holds none, or one of them is wrong.
    """
    media = content_type.partition(";")[0].strip().lower()
    if media == "application/json":
        return _listed(body)
    if media not in FORMATS:
        known = ", ".join((*FORMATS, "application/json"))
        raise UnknownMedia(f"Send targets as one of {known}.")
    return parse_targets(body, FORMATS[media])


def _listed(body: bytes) -> list[Target]:
    try:
        new = _LIST.validate_json(body)
    except ValidationError as error:
        place = error.errors(include_url=False, include_input=False, include_context=False)[0]["loc"]
        where = f"Entry {int(place[0]) + 1:,}" if place and isinstance(place[0], int) else "The list"
        raise ImportFailed(f"{where} is no target; /api/openapi.json says what one is.") from None
    if not new:
        raise ImportFailed("The list holds no target; send at least one.")
    targets: list[Target] = []
    for number, target in enumerate(new, 1):
        try:
            targets.append(target.target())
        except InvalidTarget as error:
            raise ImportFailed(f"Entry {number:,}: {error}") from None
    return targets
