"""The last look at the bytes of an answer: a name in a place where only an id, a number or a label belongs.

Such places are not read as texts. A whole name that stands there, in letters of ASCII however spaced, keeps the answer
back; one that was read and judged, or that the request holds itself, does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from expunge.errors import ModelReplyError
from expunge.screen.screen import Screen
from expunge.types import Snapshot

_LOWER = bytes(range(256)).lower()
_DROPPED = bytes(c for c in range(256) if not (chr(c).isascii() and chr(c).isalnum()))
_ESCAPE = re.compile(rb"\\u00([2-7][0-9A-Fa-f])")


def check_egress(screen: Screen, snapshot: Snapshot, leaving: bytes, read: Iterable[str], said: bytes) -> None:
    """Look through what is to leave; `read` are the texts in it that were judged, `asked` is the request's body.

    Raises:
        ModelReplyError: if it holds the name of a target that stands in neither.
    """
    names = screen.spelled(snapshot, _squashed(leaving))
    if not names:
        return
    known = "\n".join((*(_squashed(text.encode("ascii", "ignore")) for text in read), _squashed(said)))
    if not all(name in known for name in names):
        raise ModelReplyError(
            "The upstream's answer holds text where an id belongs; check that it speaks the configured API."
        )


def _squashed(raw: bytes) -> str:
    if b"\\u00" in raw:
        raw = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), raw)
    return raw.translate(_LOWER, _DROPPED).decode("ascii")
