"""Requests and replies as somebody would make them who wants a gateway to leak, hang or fall over.

Everything follows from a seed, so that a case can be had again.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Path = tuple[Any, ...]

ODD_TEXTS = (
    "",
    " ",
    "\x00",
    "\ud800",
    "\udfff\ud800",
    "\u202eRTL",
    "\ufeff",
    "e\u0301" * 40,
    "a" * 4_000,
    "🏝️👩‍👩‍👧",
    "﷽" * 20,
    "data: [DONE]\n\n",
    "event: error\ndata: {}\n\n",
    "</think>",
    "<think>",
    "\r\n\r\nHTTP/1.1 200 OK",
    "{{7*7}} ${x} %s %n",
    "null",
    "[DONE]",
)
ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**31,
    2**64,
    10**40,
    -(10**400),
    1e308,
    -0.0,
    5e-324,
    [],
    {},
    [[]],
    {"": ""},
    [None],
    {"text": 1},
    [{"type": "text"}],
    list(range(40)),
)


@dataclass(frozen=True)
class Secret:
    """What must not get out: a text that tells of a target, and words by which it would be known."""

    text: str
    words: tuple[str, ...]


def disguised(text: str, dice: random.Random) -> str:
    """The text as it is, or written so that a reader still knows it."""
    match dice.randrange(10):
        case 0:
            return text.upper()
        case 1:
            return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
        case 2:
            return "\u200b".join(text)
        case 3:
            return text.replace(" ", "\u00a0")
        case 4:
            return text.replace("a", "a\u00ad").replace("e", "e\u2060")
        case 5:
            return text.replace(" ", "\n")
        case _:
            return text


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place in a JSON value, itself included."""
    yield path
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from places(part, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from places(item, (*path, number))


def at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def put(value: Any, path: Path, new: Any) -> Any:
    """The value with another one in a place."""
    if not path:
        return new
    copied = dict(value) if isinstance(value, Mapping) else list(value)
    copied[path[0]] = put(value[path[0]], path[1:], new)
    return copied


def mutated(value: Any, secret: Secret, dice: random.Random) -> Any:
    """The value with one to four things wrong with it; the secret is in it somewhere, as often as not."""
    for _ in range(dice.randint(1, 4)):
        path = dice.choice(list(places(value)))
        value = put(value, path, _changed(at(value, path), secret, dice))
    return value


def _changed(old: Any, secret: Secret, dice: random.Random) -> Any:
    told = disguised(secret.text, dice)
    if isinstance(old, Mapping):
        return dice.choice(_ON_OBJECTS)(dict(old), told, dice)
    if isinstance(old, list):
        return dice.choice(_ON_LISTS)(list(old), told, dice)
    if isinstance(old, str) and dice.random() < 0.5:
        return dice.choice((told, f"{old} {told}", f"{told} {old}", told[: len(told) // 2]))
    return dice.choice(
        (dice.choice(ODD_VALUES), dice.choice(ODD_TEXTS), told, [told], {told: told}, nested(told, dice))
    )


def _with_field(old: dict[str, Any], told: str, dice: random.Random) -> Any:
    holder = dice.choice((told, [told], {"x": told}, list(told.encode()), nested(told, dice), list(told), 7))
    return {**old, dice.choice(("aside", "x-note", "", "text", "content", "delta", "error", told)): holder}


def _without_field(old: dict[str, Any], told: str, dice: random.Random) -> Any:
    if old:
        del old[dice.choice(list(old))]
    return old


def _swapped(old: dict[str, Any], told: str, dice: random.Random) -> Any:
    keys = list(old)
    dice.shuffle(keys)
    return dict(zip(keys, old.values(), strict=True))


_ON_OBJECTS: Sequence[Callable[[dict[str, Any], str, random.Random], Any]] = (
    _with_field,
    _with_field,
    _with_field,
    _without_field,
    _swapped,
    lambda old, told, dice: [old],
    lambda old, told, dice: told,
    lambda old, told, dice: None,
)
_ON_LISTS: Sequence[Callable[[list[Any], str, random.Random], Any]] = (
    lambda old, told, dice: [*old, told],
    lambda old, told, dice: [*old, *old],
    lambda old, told, dice: old[1:],
    lambda old, told, dice: {"0": old},
    lambda old, told, dice: [*old, {"type": "text", "text": told}],
    lambda old, told, dice: list(told.encode()),
    lambda old, told, dice: told,
    lambda old, told, dice: [],
)


def nested(told: str, dice: random.Random) -> Any:
    """A text deep inside of something."""
    value: Any = told
    for _ in range(dice.choice((3, 30, 99, 101, 300))):
        value = [value] if dice.random() < 0.5 else {"a": value}
    return value


def written(value: Any, dice: random.Random) -> bytes:
    """JSON of a value, seldom as a decent program would write it."""
    try:
        text = json.dumps(value, ensure_ascii=dice.random() < 0.5)
    except RecursionError:
        text = "[" * 2_000
    match dice.randrange(12):
        case 0:
            text = _escaped(text)
        case 1:
            text = text.replace("{", '{"id": "first", ', 1) if text.startswith("{") else text
        case 2:
            text = text.replace(": ", dice.choice((": NaN, ", ":\n\t ", ": -Infinity,", ":1e999,")), 1)
        case 3:
            text = text[: dice.randrange(len(text) + 1)]
        case 4:
            text += dice.choice(("\n", "{}", "\x00", " ]", "\ufeff"))
        case 5:
            text = "\ufeff" + text
    raw = text.encode("utf-8", "surrogatepass")
    if dice.random() < 0.05:
        cut = dice.randrange(len(raw) + 1)
        raw = raw[:cut] + bytes([dice.randrange(128, 256)]) + raw[cut:]
    return raw


def _escaped(text: str) -> str:
    """The letters inside of strings as escapes."""
    return "".join(f"\\u{ord(c):04x}" if c.isalpha() and c.isupper() and ord(c) < 128 else c for c in text)


def shuffled(events: Sequence[bytes], secret: Secret, dice: random.Random) -> list[bytes]:
    """A stream with its events lost, doubled, out of order, cut, or with something between them."""
    found = list(events)
    for _ in range(dice.randint(0, 2)):
        where = dice.randrange(len(found) + 1)
        told = secret.text.encode()
        match dice.randrange(9):
            case 0 if found:
                del found[min(where, len(found) - 1)]
            case 1 if found:
                found.insert(where, dice.choice(found))
            case 2:
                found.insert(where, b": " + told + b"\n\n")
            case 3:
                found.insert(where, b"id: " + told + b"\nretry: 1\n\n")
            case 4:
                found.insert(where, b"event: " + told + b"\ndata: {}\n\n")
            case 5:
                found.insert(where, b"data: " + told + b"\n\n")
            case 6:
                found.insert(where, b"data: [DONE]\n\n")
            case 7:
                dice.shuffle(found)
            case _:
                found.insert(where, base64.b64encode(told) + b"\n\n")
    raw = b"".join(found)
    if dice.random() < 0.2:
        raw = raw[: dice.randrange(len(raw) + 1)]
    cuts = sorted(dice.randrange(len(raw) + 1) for _ in range(dice.randrange(4)))
    return [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]


def quoting(name: str, dice: random.Random) -> tuple[int, bytes, dict[str, str]]:
    """An upstream's error that gives back a name of the request: its status, body and headers.

    With the same dice it is the same for every name but for the name itself.
    """
    quoted = "".join(c if c.isascii() and c.isalnum() else "-" for c in name)
    headers = {
        "openai-model": quoted,
        "openai-organization": quoted,
        "x-ratelimit-limit-requests": quoted,
        "x-ratelimit-remaining-tokens": str(len(name)),
        f"x-ratelimit-{quoted.lower()}": "1",
        "retry-after": dice.choice((quoted, "7")),
        "x-request-id": quoted,
    }
    # How many dice a text takes depends on its length, so what is thrown by length comes last.
    sent = {key: headers[key] for key in dice.sample(list(headers), dice.randrange(4))}
    status = dice.choice((400, 403, 404, 409, 422, 429, 500, 503))
    told = dice.choice((name, f"The model `{name}` does not exist.", f"{name} " * 80, f"Bad value: {name!r}", "No."))
    error: Any = {"message": told, "type": "invalid_request_error", "param": None, "code": None}
    match dice.randrange(9):
        case 0:
            error["code"] = dice.choice((name, name.replace(" ", "_").lower(), f"no_{name.lower()}"))
        case 1:
            error["type"] = name
        case 2:
            error["param"] = dice.choice((name, f"metadata.{name}", f"tools[0].{name.replace(' ', '_')}"))
        case 3:
            error[dice.choice((name, "model", "detail"))] = name
        case 4:
            error = dice.choice((name, [name], {name: name}))
        case 5:
            error["message"] = nested(name, dice)
        case 6:
            error = {"message": told, "innererror": {"for": name}}
    body = dice.choice(({"error": error}, {"error": error, "for": name}, {"detail": error}, error))
    raw = written(body, dice) if dice.random() < 0.3 else json.dumps(body).encode()
    if dice.random() < 0.1:
        raw = f"<p>{name}</p>".encode()
    return status, raw, {"content-type": "application/json", **sent}


_FOREIGN = ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "[2001:db8::1]")
_SIMPLE = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json")


def from_another_page(dice: random.Random) -> dict[str, str]:
    """Headers of a request that a page of somebody else has a browser of this machine send."""
    foreign = dice.choice(
        ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "[2001:db8::1]")
    )
    host = dice.choice((f"{foreign}:8000", foreign, f"x@{foreign}", f"127.0.0.1@{foreign}"))
    page = dice.choice(
        (f"http://{foreign}", f"https://{foreign}:8000", "null", "file://", f"http://localhost@{foreign}")
    )
    kind = dice.choice(
        ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json")
    )
    local = {"host": "127.0.0.1:8000"}
    return dice.choice(
        (
            {"host": host, "content-type": "application/json"},
            {"host": host},
            {**local, "origin": page, "content-type": dice.choice((kind, "application/json"))},
            {**local, "referer": f"{page}/x", "content-type": "application/json"},
            {**local, "content-type": kind},
            {**local, "sec-fetch-site": "cross-site", "content-type": "application/json"},
        )
    )


def dragging(path: str, dice: random.Random) -> list[bytes]:
    """The pieces of a request that does not end, or not as it says."""
    head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n".encode()
    length = b"content-length: %d\r\n\r\n" % dice.choice((1, 40, 4_000, 10**12))
    chunked = b"transfer-encoding: chunked\r\n\r\n"
    return dice.choice(
        (
            [],
            [b"\r\n" * dice.randrange(9)],
            [head[: dice.randrange(1, len(head))]],
            [head, b"x: ", *[b"y"] * 20],
            [head, b"x: y\r\n" * 20_000],
            [head + length.replace(b" 1\r", b" 2\r"), b"{"],
            [head + chunked, b"5\r\n{", *[b" "] * 20],
            [head + chunked, b"fffffffffffffffff\r\n"],
            [head + b"content-length: 2\r\n" + chunked, b"0\r\n\r\n"],
            [head + b"expect: 100-continue\r\n" + length.replace(b" 1\r", b" 2\r")],
            [head + b"connection: upgrade\r\nupgrade: websocket\r\n\r\n"],
            [dice.randbytes(dice.randrange(1, 400))],
        )
    )
