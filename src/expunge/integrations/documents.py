"""Judges what stores of documents give: a text with its metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from expunge.integrations.judging import Judge, as_json
from expunge.types import Decision


async def scrubbed(
    judge: Judge, text: str, metadata: Mapping[str, Any], name: str = ""
) -> tuple[str, dict[str, Any]] | None:
    """Return a document's text and metadata without targets; None if it must not be passed on.

    It is read as one record: where its title, its file or `name`, its id, is a target's, nothing of it is left.
    """
    told = as_json(dict(metadata))
    body, own = _unused("page_content", told), _unused("id", told)
    found = await judge.value({**told, own: name, body: text})
    if found.decision is Decision.PASSED:
        return text, dict(metadata)
    if found.decision is Decision.REFUSED or found.value[own] != name or (text.strip() and not found.value[body]):
        return None
    left = {}
    # What did not change stays what it was, a date for example.
    for (key, value), (read_as, was) in zip(metadata.items(), told.items(), strict=True):
        if read_as in found.value:
            left[key] = value if found.value[read_as] == was else found.value[read_as]
    return found.value[body], left


def _unused(name: str, taken: Mapping[str, Any]) -> str:
    while name in taken:
        name += "_"
    return name
