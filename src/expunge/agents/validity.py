"""Whether an edited draft is still the JSON or YAML that it was, as a whole or in its fenced blocks.

YAML is told by its outline alone: nested keys, items, scalars of one line, comments, block scalars. What goes beyond
that is not told to be YAML, in the draft as little as in its rewriting, and so is left alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from expunge.text.budget import step

_FENCE = re.compile(r"^[ \t]{0,3}(?P<mark>`{3,}|~{3,})[ \t]*(?P<kind>[\w+-]*)[^\n]*$", re.MULTILINE)
_COMMENT = re.compile(r"(?:^|\s)#.*")
_KEY = re.compile(
    r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w./$+-]+(?:[ ][\w./$+-]+){0,3})[ ]*:(?:[ ]+(?P<value>.*))?""", re.DOTALL
)
"""A key has at most four words: what is longer before a colon is prose."""
_DOUBLE = re.compile(r'"(?:[^"\\]|\\.)*"')
_SINGLE = re.compile(r"'(?:[^']|'')*'")
_BLOCK = re.compile(r"[|>][-+\d]*")
_QUOTED = re.compile(rf"{_DOUBLE.pattern}|{_SINGLE.pattern}")
_NESTED = 2
"""Nested keys by which lines without a fence are known as YAML."""
_PAIRS = {"]": "[", "}": "{"}

Kind = Literal["map", "seq"]


def broken(draft: str, text: str) -> bool:
    """Whether JSON or YAML that is valid in `draft` is no longer so in `text`; what is gone whole is not broken."""
    whole = _whole(draft)
    if whole is not None:
        return bool(text.strip()) and not whole(text)
    before, after = list(_blocks(draft)), list(_blocks(text))
    if None in after and None not in before:
        return True  # a fence was opened or left open
    return after.count(False) > before.count(False)


def _whole(text: str) -> Callable[[str], bool] | None:
    """By what to tell whether a text is still what this one is as a whole, None if it is neither JSON nor YAML.

    Of YAML, nested keys are asked for: items are a list in Markdown, too, and prose may put a word before a colon.
    """
    if text.lstrip()[:1] in ("{", "["):
        return is_json if is_json(text) else None
    outline = _Outline()
    return is_yaml if outline.reads(text) == "map" and outline.deepest > 1 else None


def _blocks(text: str) -> Iterator[bool | None]:
    """For each fenced block that should be JSON or YAML, whether it is; None for one that is never closed."""
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            opened = fence
        elif fence["mark"].startswith(opened["mark"]) and not fence["kind"]:
            inside, kind = text[opened.end() : fence.start()], opened["kind"].lower()
            opened = None
            if kind == "json" or (not kind and inside.lstrip()[:1] in ("{", "[")):
                yield is_json(inside)
            elif kind in ("yaml", "yml"):
                yield is_yaml(inside)
    if opened is not None:
        yield None


def is_json(text: str) -> bool:
    """Whether a text is one JSON value."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def is_yaml(text: str) -> bool:
    """Whether a text is a YAML mapping or sequence, as far as its outline tells."""
    return _Outline().reads(text) is not None


def yaml_runs(rows: Sequence[str]) -> list[tuple[int, int]]:
    """The runs of lines that are YAML without a fence, as the numbers of their first and of the line after their last.

    Keys within keys, or several in an item, are asked for: what is flatter is a list or a record in prose, too.
    """
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(rows):
        step()
        outline, end = _Outline(), at
        if rows[at][:1].strip():
            while end < len(rows) and outline.takes(rows[end].rstrip()):
                end += 1
        if outline.nested >= _NESTED:
            while not rows[end - 1].strip():
                end -= 1
            found.append((at, end))
        at = max(at + 1, end)
    return found


class _Outline:
    """The mappings and sequences that are open while YAML is read line by line."""

    def __init__(self) -> None:
        self._levels: list[tuple[int, Kind]] = []
        self._open = True
        """Whether the last entry has no value yet, so that a deeper level may follow."""
        self.deepest = 0
        """How many levels were open at once."""
        self.nested = 0
        """How many keys stand on lines of their own within a key or an item."""
        self._block = -1
        """The indent of the key whose block scalar is being read, -1 outside one."""

    def reads(self, text: str) -> Kind | None:
        """Return what a whole text is at its outermost level, None if it is no YAML."""
        whole = all(self.takes(line.rstrip()) for line in text.split("\n"))
        return self._levels[0][1] if whole and self._levels else None

    def takes(self, line: str) -> bool:
        """Whether a line may stand here."""
        body = line.lstrip(" ")
        indent = len(line) - len(body)
        if self._block >= 0:
            if not body or indent > self._block:
                return True
            self._block = -1
        if not body or body.startswith("#") or body == "---":
            return True
        item = False
        while body == "-" or body.startswith("- "):
            if not self._place(indent, "seq"):
                return False
            rest = body[1:].lstrip(" ")
            indent += len(body) - len(rest)
            body, item, self._open = _COMMENT.sub("", rest) if rest.startswith("#") else rest, True, True
        return not body or self._entry(indent, body, item=item)

    def _entry(self, indent: int, body: str, *, item: bool) -> bool:
        key = _KEY.fullmatch(body)
        if key is None:
            if not item or not _is_scalar(body):
                return False
            self._open = False
            return True
        if not self._place(indent, "map"):
            return False
        self.nested += len(self._levels) > 1 and not item
        value = _COMMENT.sub("", key["value"] or "").strip()
        self._open = not value
        if _BLOCK.fullmatch(value):
            self._block = indent
            return True
        return not value or _is_scalar(key["value"])

    def _place(self, indent: int, kind: Kind) -> bool:
        while self._levels and self._levels[-1][0] > indent:
            self._levels.pop()
            self._open = False
        if self._levels and self._levels[-1] == (indent, kind):
            return True
        if self._levels[-2:-1] == [(indent, kind)]:
            self._levels.pop()  # the sequence ends that stood under a key of the same indent
            return True
        below = not self._levels or indent > self._levels[-1][0]
        if self._open and (below or (kind == "seq" and self._levels[-1] == (indent, "map"))):
            self._levels.append((indent, kind))
            self.deepest = max(self.deepest, len(self._levels))
            return True
        return False


def _is_scalar(value: str) -> bool:
    """Whether a value of one line, with or without a comment, is whole."""
    for quoted, mark in ((_DOUBLE, '"'), (_SINGLE, "'")):
        if value.startswith(mark):
            match = quoted.match(value)
            return match is not None and not _COMMENT.sub("", value[match.end() :]).strip()
    plain = _COMMENT.sub("", _QUOTED.sub("x", value)).strip()
    if plain[:1] in ("[", "{"):
        stack: list[str] = []
        for character in plain:
            if character in "[{":
                stack.append(character)
            elif character in _PAIRS and (not stack or stack.pop() != _PAIRS[character]):
                return False
        return not stack and plain[-1] in "]}"
    return plain[:1] not in tuple(",]}%@`") and ": " not in plain and not plain.endswith(":")
