"""What one event of a stream adds to the texts of an answer, whatever the endpoint.

This is for work that may be done ahead. What an answer says is for `Api.collected` and `Api.drafts` to tell, which
leave nothing out and take nothing for granted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from expunge.gateway.sse import Event

MOST = 65_536
"""Characters of an event that are looked into; one with more holds up all others while it is parsed."""
_DEEPEST = 8
_PLACES = ("index", "output_index", "content_index", "summary_index")
"""Fields that tell which of several texts goes on."""
_NO_TEXT = frozenset(
    (*_PLACES, "id", "type", "role", "status", "logprobs", "finish_reason", "stop_reason", "native_finish_reason")
)
Place = tuple[Any, ...]


def deltas(event: Event) -> Iterator[tuple[Place, str]]:
    """The texts that an event adds, each with the place of the text that it continues; none if it is no such event."""
    if len(event.data) > MOST or not event.data.startswith("{"):
        return
    try:
        value = json.loads(event.data)
    except (ValueError, RecursionError):
        return
    choices = value.get("choices")
    if isinstance(choices, list):
        yield from _texts(choices, (), 0)
    elif "delta" in value:
        # Where nothing but the event's type tells what it continues, a delta is a bare text.
        yield from _texts(value["delta"], (value.get("type"), *_place(value)), 0)


def _texts(value: Any, place: Place, depth: int) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str):
        if value:
            yield place, value
    elif depth > _DEEPEST:
        return
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, place, depth + 1)
    elif isinstance(value, Mapping):
        here = (*place, *_place(value))
        for key, part in value.items():
            if key not in _NO_TEXT:
                yield from _texts(part, (*here, key), depth + 1)


def _place(value: Mapping[str, Any]) -> Place:
    return tuple(index for name in _PLACES if isinstance(index := value.get(name), int))
