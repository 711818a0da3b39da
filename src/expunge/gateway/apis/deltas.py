"""What one event of a stream adds to the texts of an answer, whatever the endpoint.

This is for work that may be done ahead. What an answer says is for `Api.collected` and `Api.drafts` to tell, which
leave nothing out and take nothing for granted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from expunge.gateway.sse import Event

MOST = 65_536
"""Characters of an event that are looked into; one with more holds up all others while it is parsed."""
_DEEPEST = 8
_PLACES = ("index", "output_index", "content_index", "summary_index")
"""Fields that tell which of several texts goes on."""
_INDEXES = frozenset(_PLACES)
_NO_TEXT = frozenset(
    (*_PLACES, "id", "type", "role", "status", "logprobs", "finish_reason", "stop_reason", "native_finish_reason")
)
Place = tuple[Any, ...]


def deltas(event: Event) -> list[tuple[Place, str]]:
    """The texts that an event adds, each with the place of the text that it continues; none if it is no such event."""
    data = event.data
    found: list[tuple[Place, str]] = []
    if len(data) > MOST or not data.startswith("{"):
        return found
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return found
    choices = value.get("choices")
    if isinstance(choices, list):
        _add(choices, (), found, 0)
    elif "delta" in value:
        # Of a bare text nothing but the event tells what it continues.
        _add(value["delta"], (str(value.get("type")), *_place(value)), found, 0)
    return found


def _add(value: Any, place: Place, found: list[tuple[Place, str]], depth: int) -> None:
    if isinstance(value, str):
        if value:
            found.append((place, value))
    elif depth > _DEEPEST:
        return
    elif isinstance(value, list):
        for item in value:
            _add(item, place, found, depth + 1)
    elif isinstance(value, dict):
        here = place if _INDEXES.isdisjoint(value) else (*place, *_place(value))
        for key, part in value.items():
            if part and key not in _NO_TEXT:
                _add(part, (*here, key), found, depth + 1)


def _place(value: Mapping[str, Any]) -> Place:
    return tuple(index for name in _PLACES if isinstance(index := value.get(name), int))
