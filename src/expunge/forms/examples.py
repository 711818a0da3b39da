"""Objects that a text shows as examples: with placeholders in the place of values, in notations that are no JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

DEEPEST = 12
"""How deep objects are looked into."""
MOST_KEYS = 60
"""Keys of an object that are read."""
_MOST_OBJECTS = 60


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value of an example, or a placeholder in its place, as it stands."""

    raw: str


@dataclass(frozen=True, slots=True)
class Object:
    """Keys with their values; `end` is where it ends."""

    parts: Mapping[str, Any] = field(default_factory=dict)
    end: int = 0


@dataclass(frozen=True, slots=True)
class Array:
    """A list of anything."""

    parts: tuple[Any, ...] = ()


class _NoJson(Exception):
    pass


Example = tuple[Object, int, int]
"""An object, and where it begins and ends."""


def examples_in(text: str) -> Iterator[Example]:
    """The objects that a text shows, placeholders and all, from left to right, the outer ones alone."""
    at = count = 0
    while count < _MOST_OBJECTS and (at := text.find("{", at)) >= 0:
        count += 1
        try:
            node, end = _read_object(text, at, 0)
        except _NoJson:
            at += 1
            continue
        yield node, at, end
        at = end


_KEY = re.compile(r"\s*,?\s*(?:\"([^\"\n]{1,60})\"|'([^'\n]{1,60})'|([^\W\d]\w{0,60})\??)\s*:\s*")
_FILLER = re.compile(r"\s*(?:[,;]|\.{2,}|…|//[^\n]*|#[^\n]*)")
_SPACE = re.compile(r"\s*")
_LONGEST_VALUE = 400
_CLOSING = {'"': '"', "'": "'", "<": ">", "(": ")", "[": "]"}


def _read_object(text: str, at: int, depth: int) -> tuple[Object, int]:
    if depth > DEEPEST:
        raise _NoJson
    at += 1
    parts: dict[str, Any] = {}
    while len(parts) < MOST_KEYS:
        while (filler := _FILLER.match(text, at)) is not None:
            at = filler.end()
        at = _space_end(text, at)
        if text[at : at + 1] == "}":
            return Object(parts, at + 1), at + 1
        key = _KEY.match(text, at)
        if key is None:
            raise _NoJson
        value, at = _read_value(text, key.end(), depth + 1)
        parts[key[1] or key[2] or key[3]] = value
    raise _NoJson


def _read_value(text: str, at: int, depth: int) -> tuple[Any, int]:
    if text[at : at + 1] == "{":
        if text[at + 1 : at + 5].strip(" .…}") == "" and "}" in text[at : at + 6]:
            return Object(), text.index("}", at) + 1
        return _read_object(text, at, depth)
    if text[at : at + 1] == "[":
        return Array(), _array_end(text, at)
    end = _value_end(text, at)
    return Scalar(text[at:end].strip()), end


def _value_end(text: str, at: int) -> int:
    """Return the end of a value that is neither an object nor a list: a comma, a bracket or the end of the line,
    outside quotes and brackets of its own."""
    closing: list[str] = []
    for place in range(at, min(len(text), at + _LONGEST_VALUE)):
        char = text[place]
        if closing and char == closing[-1] and text[place - 1] != "\\":
            closing.pop()
        elif closing and closing[-1] in "\"'":
            if char == "\n":
                break
        elif char in _CLOSING and (char != "'" or not text[place - 1].isalnum()):
            closing.append(_CLOSING[char])
        elif char in ",;}]\n" and (not closing or char == "\n"):
            return place
    raise _NoJson


def _array_end(text: str, at: int) -> int:
    depth = 0
    for place in range(at, min(len(text), at + 4_000)):
        depth += {"[": 1, "]": -1}.get(text[place], 0)
        if not depth:
            return place + 1
    raise _NoJson


def _space_end(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
