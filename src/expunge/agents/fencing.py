"""Fences: the only way in which text from a user, a model or a target gets into an agent's prompt.

A fence is a pair of tags that carry a number taken from the text itself and found nowhere in it, so the text
cannot close its own fence, and the same text is always fenced alike.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import unicodedata
from collections.abc import Sequence

TAG = "untrusted"
_DIGITS = 12

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# What no reader sees: control and format characters, variation selectors, tag characters and blank letters. Spared
# are tab, line feed, the emoji selector, the joiners (below) and the format characters that are printed.
_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001345f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
# A joiner between two characters beyond Latin is spelling (Persian, Indic scripts, emoji); elsewhere it hides.
_STRAY_JOINER = re.compile("(?<![^\x00-\u02ff\\s])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\u02ff\\s\u200c\u200d])")
_SHOWN = ((_LINE_ENDS, "\n"), (_HIDDEN, ""), (_SURROGATE, "\ufffd"), (_STRAY_JOINER, ""))
_OPENING = "<\uff1c\ufe64\u2039\u276e\u27e8\u3008"
_LOOKALIKE = re.compile(rf"[{_OPENING}](?=[\s/\\\uff0f\u2044\u2215]*{TAG})", re.IGNORECASE)


def visible(text: str) -> str:
    """The text as a reader sees it: hidden characters are dropped, line ends become LF."""
    for pattern, new in _SHOWN:
        text = pattern.sub(new, text)
    return text


def shown(text: str) -> tuple[str, Sequence[int]]:
    """`text` as it stands inside a fence, and for each of its characters, and its end, the offset in `text`.

    What is dropped before a character of the fence lies before that character's offset.
    """
    offsets: Sequence[int] = range(len(text) + 1)
    for pattern, new in (*_SHOWN, (_LOOKALIKE, "(")):
        found = [match.span() for match in pattern.finditer(text)]
        if not found:
            continue
        kept: list[int] = []
        at = 0
        for start, end in found:
            kept += [*offsets[at:start], *offsets[start : start + len(new)]]
            at = end
        offsets = [*kept, *offsets[at:]]
        text = pattern.sub(new, text)
    return text, offsets


def fence(what: str, text: str) -> str:
    """`text` between tags that it cannot close; `what` says what it is, in our own words.

    Hidden characters are dropped, and whatever looks like a fence's tag in the text loses its bracket.
    """
    inner = _LOOKALIKE.sub("(", visible(text))
    number = _number(what, inner)
    return f'<{TAG}-{number} what="{what}">\n{inner}\n</{TAG}-{number}>'


def _number(what: str, text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).lower()
    digests = (hashlib.sha256(f"{attempt}\0{what}\0{text}".encode()).hexdigest() for attempt in itertools.count())
    return next(digest[:_DIGITS] for digest in digests if digest[:_DIGITS] not in folded)
