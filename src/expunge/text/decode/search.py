"""Uncover encoded text: whatever somebody could have hidden words in, up to three layers deep.

Ordinary prose passes in a fraction of a millisecond: each decoder first makes a cheap check, and
only letter games (rot13, reading backwards, acrostics), whose views are weak, always run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from expunge.errors import OverBudget
from expunge.text.budget import check, step
from expunge.text.decode.bytes import base32, base58, base64, base85, hexadecimal
from expunge.text.decode.escapes import escapes
from expunge.text.decode.letters import boxed, braille, invisible, morse, nato, spelled, upside_down
from expunge.text.decode.look import Look, cues
from expunge.text.decode.numbers import binary, codes
from expunge.text.decode.wordplay import atbash, backwards, doubled, pig_latin, rot13, skips, ubbi_dubbi, whole
from expunge.text.view import View

__all__ = ["View", "cues", "uncover"]

_MOST_READ = 1_500_000
_TIMES_READ = 12
"""Characters that are read of a text and of all that is uncovered in it, or so many times the text's own."""
_LONG = 20_000
_SHORT = 80
_LEAST_TURNED = 5
_BESIDE = 24
"""Characters between two pieces in code that belong together: a line break, a bullet, a label."""
_LONG_TOKEN = re.compile(r"[A-Za-z0-9+/=_-]{12,}+")
_DIGIT_OR_SIGN = re.compile(r"[0-9=+/]")
# A word that names a cipher inside the text itself is reason enough to try every shift.
_NAMED = ("cipher", "caesar", "cäsar", "césar", "chiffr", "шифр", "rot-", "rot1", "rot5", "rot7", "rot3")

_EVERYWHERE: tuple[Callable[[Look], Iterator[View]], ...] = (
    base64,
    hexadecimal,
    binary,
    base32,
    base85,
    escapes,
    morse,
    braille,
    boxed,
    upside_down,
    invisible,
    spelled,
    nato,
    pig_latin,
    ubbi_dubbi,
)
_TURNS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("rot13", rot13),
    ("reversed", backwards),
    ("atbash", atbash),
    ("swapped-case", str.swapcase),
)


def uncover(text: str, *, depth: int = 3, wide: bool = False) -> tuple[View, ...]:
    """The texts hidden in `text` by encodings nested at most `depth` deep, the strong ones first.

    Give the text as it came, before any normalising: invisible characters carry some encodings. `wide`
    tries every alphabet shift and the rarer letter games too; ask for it where `cues` finds something
    in the request. Pieces in code that stand side by side are read together, too. Works in time linear in
    the length of `text`.

    Raises:
        OverBudget: if codes in codes make very much of a text, or the budget that holds is spent.
    """
    search = _Search(wide, max(_MOST_READ, _TIMES_READ * len(text)))
    search.visit(text, depth, nested=False)
    found: dict[tuple[str, int, int], View] = {}
    for view in sorted(search.views, key=lambda view: view.weak):
        if view.text:
            found.setdefault((view.text, view.start, view.end), view)
    return tuple(found.values())


@dataclass(slots=True)
class _Search:
    """One call's findings; `left` counts the characters that may yet be looked at, so that nesting stays bounded."""

    wide: bool
    left: int
    views: list[View] = field(default_factory=list)

    def visit(self, text: str, depth: int, *, nested: bool) -> list[View]:
        """Find the views of `text`; the outermost call's are the result."""
        if depth < 1 or not text or text.isspace():
            return []
        self._read(text)
        look = Look.at(text)
        wide = self.wide or any(map(text.lower().__contains__, _NAMED))
        views = list(_strong(look, wide=wide))
        views += _together(views)
        if depth > 1:
            views += [
                _inside(outer, inner)
                for outer in tuple(views)
                if _says_something(outer)
                for inner in self.visit(outer.text, depth - 1, nested=True)
            ]
            if any(map(_says_something, views)) or _has_odd_token(look):
                views += self._turned(text, depth)
        if not nested or not look.natural or len(text) <= _SHORT or wide:
            views += whole(look, wide=wide)
            views += skips(look)
            views += doubled(look, wide=wide)
            if not look.natural or wide:
                views += _twice_turned(text)
        if not nested:
            self.views = views
        return views

    def _turned(self, text: str, depth: int) -> list[View]:
        """Encodings that were themselves turned around or shifted afterwards."""
        views: list[View] = []
        for via, turn in _TURNS:
            turned = turn(text)
            if len(turned) != len(text):
                continue
            self._read(text)
            size = len(text)
            offsets = partial(range, size - 1, -1, -1) if turn is backwards else partial(range, size)
            outer = View(turned, 0, size, via, offsets=offsets)
            for inner in _bytes(Look.at(turned)):
                step()
                if len(inner.text) < _LEAST_TURNED:
                    continue
                view = _inside(outer, inner)
                views.append(view)
                if depth > 2:
                    views += [_inside(view, deeper) for deeper in self.visit(inner.text, depth - 2, nested=True)]
        return views

    def _read(self, text: str) -> None:
        if len(text) > _LONG:
            check()
        step()
        self.left -= len(text)
        if self.left < 0:
            raise OverBudget("The text holds more code in code than can be screened; send less of it at once.")


def _strong(look: Look, *, wide: bool) -> Iterator[View]:
    for find in _EVERYWHERE:
        for view in find(look):
            step()
            yield view
    yield from codes(look, wide=wide)
    if wide or (look.jagged and not look.natural):
        yield from base58(look)


def _bytes(look: Look) -> Iterator[View]:
    for find in (base64, hexadecimal, base32, base85, binary, codes, morse):
        yield from find(look)


def _twice_turned(text: str) -> Iterator[View]:
    size = len(text)
    for via, turn in (("rot13", rot13), ("atbash", atbash)):
        yield View(turn(text)[::-1], 0, size, f"{via}>reversed", True, partial(range, size - 1, -1, -1))


def _together(views: Sequence[View]) -> Iterator[View]:
    """Pieces in code that stand side by side, as lines do, read in a row: each may hold a part of what is hidden."""
    ways: dict[str, list[View]] = {}
    for view in sorted((view for view in views if not view.weak), key=lambda view: (view.start, -view.end)):
        ways.setdefault(view.via, []).append(view)
    if len(ways) > 1:
        # One may be written this way and the next one that; what spans both of them is a misreading.
        ways["codes"] = sorted((v for own in ways.values() for v in own), key=lambda v: (v.end, -v.start))
    for via, own in ways.items():
        run: list[View] = []
        for view in own:
            if run and view.start < run[-1].end:
                continue
            if run and view.start - run[-1].end > _BESIDE:
                yield from _row(run, via)
                run = []
            run.append(view)
        yield from _row(run, via)


def _row(run: Sequence[View], via: str) -> Iterator[View]:
    if len(run) > 1:
        texts = [view.text for view in run]
        for text in (" ".join(texts), "".join(texts)):
            yield View(text, run[0].start, run[-1].end, f"{via}+")


def _inside(outer: View, inner: View) -> View:
    start, end = outer.locate(inner.start, inner.end)
    return View(inner.text, start, end, f"{outer.via}>{inner.via}", outer.weak or inner.weak)


def _says_something(view: View) -> bool:
    """Whether a view may hold more than the few letters that a letter game makes of a word like "quay"."""
    return not view.weak or len(view.text) >= _LEAST_TURNED or not view.text.isascii()


def _has_odd_token(look: Look) -> bool:
    """Whether the text holds a long run of letters and digits that is not a word: it may be a reversed encoding."""
    return look.jagged and any(_DIGIT_OR_SIGN.search(token) for token in _LONG_TOKEN.findall(look.text))
