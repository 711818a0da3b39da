"""Judges what stores of documents give: a text with its metadata."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from expunge.integrations.judging import Judge, as_json
from expunge.types import Decision

_ABOUT = re.compile(
    r"name|title|file|path|source|ur[il]\b|link|doc(?:ument)?\b|head(?:er|ing)|section|chapter|subject", re.IGNORECASE
)
"""Keys of metadata that say what a document is about."""


async def scrubbed(
    judge: Judge, text: str, metadata: Mapping[str, Any], name: str = ""
) -> tuple[str, dict[str, Any]] | None:
    """Return a document's text and metadata without targets; None if it must not be passed on.

    It is read as one record: where `name`, its id, or a field that says what it is about, as its title, file or
    heading does, discloses a target, nothing of it is left. Any other field that does is emptied.
    """
    told = as_json(dict(metadata))
    body, own = _unused("page_content", told), _unused("id", told)
    found = await judge.value({**told, own: name, body: text})
    if found.decision is Decision.PASSED:
        return text, dict(metadata)
    if found.decision is Decision.REFUSED or found.value[own] != name or (text.strip() and not found.value[body]):
        return None
    if any(_ABOUT.search(key) and was != found.value.get(key) for key, was in told.items()):
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
