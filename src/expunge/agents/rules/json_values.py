"""Takes a target out of a JSON text and leaves the rest of it byte for byte, and valid."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_SCALAR = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
NAME_KEY = re.compile(
    r"(?:full|last|first|display|author|person)?[_\s-]?(?:name|title|person|author|who|id|label)|nombre|nom|nome|naam|"
    r"namn|imi[eę]|имя|фио|isim|ad|姓名|名字|名前|이름|الاسم|नाम",
    re.IGNORECASE,
)
OWN_NAME = re.compile(
    r"(?:\w+[_\s-])?(?:name|title|user|owner|person|author)|nombre|nom|nome|naam|имя|фио|isim|ad|姓名|名字|名前|नाम",
    re.IGNORECASE,
)
Erase = Callable[[str], str | None]
"""Erases a string by itself: the same string if it holds no target, None if nothing is left."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A JSON text after erasing; `text` is empty if nothing was left of it."""

    text: str


@dataclass(slots=True)
class _Node:
    kind: Literal["object", "array", "string", "scalar"]
    start: int
    end: int
    members: list[tuple[_Node, _Node]] = field(default_factory=list)
    items: list[_Node] = field(default_factory=list)
    value: str = ""


class _Malformed(ValueError):
    pass


def erase_json(text: str, erase: Erase) -> Edited | None:
    """Erases in a JSON document: an object named after a target goes whole, an element of an array is taken
    out, the value of a key becomes null. None if `text` is no JSON document."""
    try:
        node, end = _value(text, _skip(text, 0), 0)
    except _Malformed:
        return None
    if _skip(text, end) != len(text):
        return None
    written = _write(text, node, erase)
    return Edited("" if written is None else text[: node.start] + written + text[node.end :])


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _value(text: str, at: int, depth: int) -> tuple[_Node, int]:
    if depth > 60 or at >= len(text):
        raise _Malformed
    if text[at] == '"':
        return _string(text, at)
    if text[at] in "{[":
        return _container(text, at, depth)
    scalar = _SCALAR.match(text, at)
    if scalar is None:
        raise _Malformed
    return _Node("scalar", at, scalar.end()), scalar.end()


def _string(text: str, at: int) -> tuple[_Node, int]:
    match = _STRING.match(text, at)
    if match is None:
        raise _Malformed
    try:
        value = json.loads(match[0])
    except ValueError:
        raise _Malformed from None
    return _Node("string", at, match.end(), value=value), match.end()


def _container(text: str, at: int, depth: int) -> tuple[_Node, int]:
    node = _Node("object" if text[at] == "{" else "array", at, at)
    close = "}" if text[at] == "{" else "]"
    at = _skip(text, at + 1)
    while text[at : at + 1] != close:
        if node.members or node.items:
            if text[at : at + 1] != ",":
                raise _Malformed
            at = _skip(text, at + 1)
        if node.kind == "object":
            key, at = _string(text, at)
            at = _skip(text, at)
            if text[at : at + 1] != ":":
                raise _Malformed
            value, at = _value(text, _skip(text, at + 1), depth + 1)
            node.members.append((key, value))
        else:
            item, at = _value(text, at, depth + 1)
            node.items.append(item)
        at = _skip(text, at)
    node.end = at + 1
    return node, node.end


def _write(text: str, node: _Node, erase: Erase, *, inside: bool = False) -> str | None:
    """The node's text after erasing, None if the node goes."""
    raw = text[node.start : node.end]
    if node.kind == "scalar":
        return raw
    if node.kind == "string":
        left = erase(node.value)
        if left is None:
            return None
        return raw if left == node.value else json.dumps(left, ensure_ascii=raw.isascii())
    if node.kind == "array":
        return _array(text, node, erase)
    if _is_targets(node, erase) or (inside and _only_names(node, erase)):
        return None
    return _object(text, node, erase)


def _is_targets(node: _Node, erase: Erase) -> bool:
    """Whether an object is about a target: the value that names it, or its first text, is the target's name."""
    naming = [v for k, v in node.members if v.kind == "string" and NAME_KEY.fullmatch(k.value)]
    # A name may be an object of its parts itself.
    parts = [v for k, w in node.members if w.kind == "object" and OWN_NAME.fullmatch(k.value) for _, v in w.members]
    naming += [v for v in parts if v.kind == "string"]
    first = [v for _, v in node.members[:1] if v.kind == "string"]
    return any(v.value and len(v.value) <= 80 and erase(v.value) is None for v in naming or first)


def _only_names(node: _Node, erase: Erase) -> bool:
    """Whether a value of an object is a target and the object has no name of its own: what the target did, say."""
    own = any(
        v.kind == "string" and OWN_NAME.fullmatch(k.value) and erase(v.value) is not None for k, v in node.members
    )
    return not own and any(v.kind == "string" and v.value and erase(v.value) is None for _, v in node.members)


def _object(text: str, node: _Node, erase: Erase) -> str:
    parts: list[str] = []
    at = node.start
    removed = False
    for number, (key, value) in enumerate(node.members):
        if erase(key.value) != key.value:
            # The entry goes with the comma before it, or with the one after it if it is the first.
            removed = True
            end = value.end
            if not parts and number + 1 < len(node.members):
                at = node.start if not parts else at
                parts.append(text[node.start : key.start])
                at = node.members[number + 1][0].start
            else:
                at = end
            continue
        written = _write(text, value, erase)
        lead = text[at : value.start]
        if removed and parts and parts[-1].rstrip().endswith(("{",)):
            lead = re.sub(r"^\s*,\s*", "", lead)
        parts += [lead, "null" if written is None else written]
        at = value.end
    tail = text[at : node.end]
    return "".join(parts) + (tail if parts or not removed else "{" + tail)


def _array(text: str, node: _Node, erase: Erase) -> str | None:
    kept: list[tuple[_Node, str]] = []
    dangling = False
    for item in node.items:
        written = _write(text, item, erase, inside=True)
        # After a text that went, a text that opens with a pronoun has lost whom it speaks of.
        if written is not None and dangling and item.kind == "string" and _refers(item.value):
            continue
        dangling = written is None and item.kind == "string"
        if written is not None:
            kept.append((item, written))
    if len(kept) == len(node.items):
        out, at = "", node.start
        for item, written in kept:
            out += text[at : item.start] + written
            at = item.end
        return out + text[at : node.end]
    if not kept:
        return None if node.items and all(i.kind != "string" for i in node.items) and len(node.items) == 1 else "[]"
    opening = text[node.start : node.items[0].start]
    closing = text[node.items[-1].end : node.end]
    gap = text[node.items[0].end : node.items[1].start] if len(node.items) > 1 else ", "
    return opening + gap.join(written for _, written in kept) + closing


def _refers(value: str) -> bool:
    first = value.split()[:1]
    return bool(first) and first[0].strip(".,").casefold() in _PRONOUNS


_PRONOUN_LIST = (
    "he she they it his her their er sie ihr ihre sein seine il elle son sa ses él ella su sus lui lei suo sua ele ela "
    "seu hij zij haar он она его её"
)
_PRONOUNS = frozenset(_PRONOUN_LIST.split())
