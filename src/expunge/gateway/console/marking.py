"""Texts cut into pieces, to be shown with marks: where evidence was seen, and in what two texts differ."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from expunge.types import Evidence, Strength

_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_MOST_TOKENS = 1_500
"""Words up to which two texts are compared word by word; longer ones are compared by lines."""
_MOST_LINES = 3_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text. `mark` is the strongest strength seen in it or "", and `about` says what was seen."""

    text: str
    mark: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A piece of two texts: in both ("same"), only in the first ("gone") or only in the second ("new")."""

    text: str
    side: Literal["same", "gone", "new"]


def marked(text: str, evidence: Iterable[tuple[Evidence, str]]) -> list[Piece]:
    """A text in pieces, those marked in which evidence was seen; each piece of evidence comes with its description.

    Where several overlap, a piece is marked by the strongest and names them all.
    """
    seen = [(e, about) for e, about in evidence if 0 <= e.start < e.end <= len(text)]
    # Each cut opens and closes some of them, so that one walk over the cuts meets every overlap.
    opening: dict[int, list[int]] = {}
    closing: dict[int, list[int]] = {}
    for number, (e, _) in enumerate(seen):
        opening.setdefault(e.start, []).append(number)
        closing.setdefault(e.end, []).append(number)
    pieces: list[Piece] = []
    present: dict[int, None] = {}
    begin = 0
    for cut in sorted({0, len(text), *opening, *closing}):
        if cut > begin:
            pieces.append(_piece(text[begin:cut], [seen[number] for number in present]))
        for number in closing.get(cut, ()):
            present.pop(number, None)
        present.update(dict.fromkeys(opening.get(cut, ())))
        begin = cut
    return pieces


def _piece(text: str, present: Sequence[tuple[Evidence, str]]) -> Piece:
    if not present:
        return Piece(text)
    strongest = Strength(max(e.strength for e, _ in present))
    return Piece(text, strongest.name.lower(), "; ".join(dict.fromkeys(about for _, about in present)))


def differences(first: str, second: str) -> list[Difference]:
    """In what two texts differ, in their order: by words, by lines where they are long, as wholes where very long."""
    old, new = _TOKEN.findall(first), _TOKEN.findall(second)
    if max(len(old), len(new)) > _MOST_TOKENS:
        old, new = _LINE.findall(first), _LINE.findall(second)
    if max(len(old), len(new)) > _MOST_LINES:
        old, new = [first], [second]
    found: list[Difference] = []
    for kind, start, end, begin, stop in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Difference("".join(old[start:end]), "same"))
            continue
        if start < end:
            found.append(Difference("".join(old[start:end]), "gone"))
        if begin < stop:
            found.append(Difference("".join(new[begin:stop]), "new"))
    return _joined(found)


def _joined(found: Sequence[Difference]) -> list[Difference]:
    """Changes with nothing but white space between them as one, which reads better than confetti."""
    merged: list[Difference] = []
    gone = new = ""
    for at, difference in enumerate(found):
        between = difference.side == "same" and difference.text.isspace() and 0 < at < len(found) - 1
        if difference.side == "same" and not between:
            merged += _both(gone, new)
            gone = new = ""
            merged.append(difference)
            continue
        if difference.side in ("gone", "same"):
            gone += difference.text
        if difference.side in ("new", "same"):
            new += difference.text
    return merged + _both(gone, new)


def _both(gone: str, new: str) -> list[Difference]:
    if gone == new:
        return [Difference(gone, "same")] if gone else []
    sides: tuple[tuple[str, Literal["gone", "new"]], ...] = ((gone, "gone"), (new, "new"))
    return [Difference(text, side) for text, side in sides if text]
