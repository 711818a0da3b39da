"""Takes a target out of YAML and leaves the rest of it byte for byte, and valid."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from expunge.agents.rules.json_values import NAME_KEY, OWN_NAME, Erase
from expunge.agents.validity import is_yaml
from expunge.text.budget import step

_DASH = re.compile(r"-(?: +|$)")
_KEY = re.compile(r"(?P<key>\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s#'\":][^:#]*?) *:(?: +(?P<value>.*))?$")
_COMMENT = re.compile(r"(?:^|\s+)#.*$")
_FLOW = re.compile(r"\[([^\[\]{}\"']*)\]")
_NO_NAME = tuple("[{|>")
"""How values begin that are no name: lists, mappings and blocks."""
_BLOCK = re.compile(r"[|>][-+\d]*")


@dataclass(slots=True)
class _Node:
    """An item, or a key with its value, from line `start` to before line `end`; `column` is where it begins."""

    start: int
    column: int
    key: str | None
    value: str = ""
    end: int = 0
    children: list[_Node] = field(default_factory=list)

    @property
    def block(self) -> bool:
        """Whether its value is text on the lines under it."""
        return _BLOCK.fullmatch(self.value) is not None


def erase_yaml(rows: Sequence[str], erase: Erase) -> list[str | None] | None:
    """The lines of YAML after erasing, None for a line that goes: a mapping named after a target and an item go whole,
    of other entries the value. None if the lines are no YAML."""
    if not is_yaml("\n".join(rows)):
        return None
    eraser = _Eraser(rows, erase)
    root = _Node(0, -1, None, end=len(rows), children=list(_nodes(rows)))
    if eraser.is_targets(root):
        return [None] * len(rows)
    for child in root.children:
        eraser.take(child, inside=False)
    said = any(eraser.new[node.start] is not None and (node.value or node.children) for node in root.children)
    return eraser.new if said else [None] * len(rows)


def _nodes(rows: Sequence[str]) -> Iterator[_Node]:
    """The outermost nodes, each with those under it."""
    opened: list[_Node] = []
    for at, row in enumerate(rows):
        body = row.strip()
        column = len(row) - len(row.lstrip(" "))
        inside = bool(opened) and opened[-1].block and column > opened[-1].column
        if not body or body.startswith("#") or body == "---" or inside:
            continue
        parts: list[_Node] = []
        while (dash := _DASH.match(body)) is not None:
            parts.append(_Node(at, column, None))
            column, body = column + dash.end(), body[dash.end() :]
        if body:
            key = _KEY.match(_COMMENT.sub("", body))
            value = _COMMENT.sub("", body) if key is None else key["value"] or ""
            if key is None and parts:
                parts[-1].value = value.strip()
            elif key is not None:
                parts.append(_Node(at, column, _plain(key["key"]), value.strip()))
        for node in parts:
            # Items may stand as far to the left as the key that they are under.
            while opened and not _is_under(node, opened[-1]):
                opened.pop().end = at
            if opened:
                opened[-1].children.append(node)
            else:
                yield node
            opened.append(node)
    for node in opened:
        node.end = len(rows)


def _is_under(node: _Node, other: _Node) -> bool:
    return node.column > other.column or (node.column == other.column and node.key is None and other.key is not None)


def _plain(value: str) -> str:
    """Return what a scalar says."""
    if value[:1] == value[-1:] == "'" and len(value) > 1:
        return value[1:-1].replace("''", "'")
    if value[:1] == '"':
        try:
            return str(json.loads(value))
        except ValueError:
            return value.strip('"')
    return value


class _Eraser:
    """Erases nodes; `new` are the lines as they are left."""

    def __init__(self, rows: Sequence[str], erase: Erase) -> None:
        self.rows = rows
        self.erase = erase
        self.new: list[str | None] = [self._comment(row) for row in rows]

    def is_targets(self, node: _Node) -> bool:
        """Whether a mapping is about a target: the value that names it is the target's name, or the first, but for the
        whole document, of which that may be one entry."""
        members = [child for child in node.children if child.key is not None and child.value[:1] not in _NO_NAME]
        naming = [child for child in members if NAME_KEY.fullmatch(child.key or "")]
        first = members[:1] if node.column >= 0 else []
        values = [_plain(child.value) for child in (*naming, *first)]
        return any(value and len(value) <= 80 and self.erase(value) is None for value in values)

    def take(self, node: _Node, *, inside: bool) -> bool:
        """Erase in a node; whether it went whole. `inside` says that it is an item of a list."""
        step()
        if node.key is not None and self.erase(node.key) != node.key:
            return self._drop(node)
        if node.children:
            if self.is_targets(node) or (inside and self._only_names(node)):
                return self._drop(node)
            gone = [self.take(child, inside=child.key is None) for child in node.children]
            if all(gone):
                return self._drop(node)
            self._lift(node, gone)
            return False
        if node.block:
            text = "\n".join(row.strip() for row in self.rows[node.start + 1 : node.end])
            return self.erase(text) != text and self._drop(node)
        return self._scalar(node)

    def _only_names(self, node: _Node) -> bool:
        """Whether a value of an item is a target, and the item has no name of its own."""
        values = {child.key or "": _plain(child.value) for child in node.children if child.value}
        ours = {key for key, value in values.items() if self.erase(value) is None}
        return bool(ours) and not any(OWN_NAME.fullmatch(key) for key in values.keys() - ours)

    def _scalar(self, node: _Node) -> bool:
        value = _plain(node.value)
        if not value:
            return False
        flow = _FLOW.fullmatch(node.value)
        if flow is not None:
            entries = [entry.strip() for entry in flow[1].split(",")]
            left = f"[{', '.join(entry for entry in entries if self.erase(_plain(entry)) == _plain(entry))}]"
            if left != "[]" and left != f"[{', '.join(entries)}]":
                return self._put(node, left)
            return left == "[]" and entries != [""] and self._drop(node)
        kept = self.erase(value)
        if kept is None:
            return self._drop(node)
        return kept != value and self._put(node, json.dumps(kept, ensure_ascii=False))

    def _put(self, node: _Node, value: str) -> bool:
        """Put another value in the place of a node's. It did not go."""
        row = self.rows[node.start]
        at = row.rindex(node.value)
        self.new[node.start] = row[:at] + value
        return False

    def _drop(self, node: _Node) -> bool:
        self.new[node.start : node.end] = [None] * (node.end - node.start)
        return True

    def _lift(self, node: _Node, gone: Sequence[bool]) -> None:
        """Put the next entry of an item behind the dash, where the first one went."""
        first = node.children[0]
        if node.key is not None or first.start != node.start or not gone[0]:
            return
        at = next(child.start for child, went in zip(node.children, gone, strict=True) if not went)
        row = self.new[at]
        if row is not None:
            self.new[at] = self.rows[node.start][: first.column] + row[first.column :]

    def _comment(self, row: str) -> str | None:
        """A line without what its comment says of a target."""
        comment = re.search(r"(?:^|\s)# *([^\n]*)$", row)
        if comment is None or re.search("[\"']", row) or self.erase(comment[1]) == comment[1]:
            return row
        return row[: comment.start()].rstrip() or None
