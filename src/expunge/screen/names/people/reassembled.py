"""Names of which the parts stand apart, put together as a reader puts them together.

Nobody has to be registered for such a name to be read: it is put together from the text alone, and then looked for like
any other. What two people share no family, field or row with each other is left apart: "Margaret Holloway left. Tom
Carver stayed."
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from expunge.screen.names.people.families import names_of_families
from expunge.screen.names.people.fields import names_in_fields
from expunge.screen.names.people.parts import Span, ToldName
from expunge.screen.names.people.uncased import names_without_capitals
from expunge.text.budget import step
from expunge.text.view import View

VIA = "apart"
"""The `via` of a name that was put together."""
END = " .\n"
"""What stands after each name that was put together: the end of a sentence."""
_STRETCH = 20_000
"""Characters that are looked through at once."""
_OVERLAP = 300
"""Characters that two stretches share, so that no name is lost between them."""


@dataclass(frozen=True, slots=True)
class Reassembled(View):
    """The names of a text that were put together, each followed by `END`, and the spans of their parts."""

    names: tuple[tuple[Span, ...], ...] = ()


def reassembled(text: str, words: frozenset[str]) -> Reassembled | None:
    """Every name that a reader puts together from parts that stand apart; None if there is none.

    `words` are the folded words of the text (see `expunge.text.fold.fold`).
    """
    found: dict[tuple[tuple[Span, ...], str], ToldName] = {}
    for start in range(0, max(1, len(text)), _STRETCH):
        at = max(0, start - _OVERLAP)
        for name in _told(text[at : start + _STRETCH] if at or len(text) > _STRETCH else text, words):
            step()
            parts = tuple((a + at, b + at) for a, b in name.parts)
            found.setdefault((parts, name.ending), ToldName(parts, name.spaced, name.cut, name.ending))
    if not found:
        return None
    names = tuple(found.values())
    written = "".join(_written(text, name) + END for name in names)
    spans = tuple(name.parts for name in names)
    return Reassembled(written, 0, len(text), VIA, offsets=partial(_places, names), names=spans)


def _told(text: str, words: frozenset[str]) -> Iterator[ToldName]:
    return chain(names_of_families(text, words), names_in_fields(text, words), names_without_capitals(text))


def _written(text: str, name: ToldName) -> str:
    whole = (" " if name.spaced else "").join(text[a:b] for a, b in name.parts)
    return whole[: len(whole) - name.cut] + name.ending


def _places(names: Sequence[ToldName]) -> list[int]:
    places: list[int] = []
    for name in names:
        for number, (start, end) in enumerate(name.parts):
            if number and name.spaced:
                places.append(start)
            places += range(start, end)
        if name.cut or name.ending:
            places = places[: len(places) - name.cut] + [name.parts[-1][1] - 1] * len(name.ending)
        places += [name.parts[-1][1] - 1] * len(END)
    return places
