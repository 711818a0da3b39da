"""The signals by which a learnt reader tells whether an element of a draft is a target's: numbers, each with a name."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from expunge.agents.rules.reading import WHOLE, Element, Reading, Verdict, score
from expunge.text.budget import step

Numbers = NDArray[np.float64]
Vectors = NDArray[np.float32]

NAMES = (
    # What the rules see.
    *("screen", "points", "continues", "recalls", "epithet", "other", "led", "asked", "orphan", "hint"),
    *("union", "share", "weight", "count", "coined", "before", "after", "under", "touched", "doubtful", "score"),
    # How near it is to a fact: the nearest, the second, against the draft's other elements.
    *("nearest", "second", "described", "apart", "first", "below", "fact_before", "fact_after"),
    # Numbers that a fact holds, and others.
    *("numbers_shared", "numbers_other"),
    # What stands around it.
    *("touched_before", "touched_after", "touched_two_before", "touched_two_after", "named_before", "named_after"),
    *("led_before", "since_named", "until_named", "paragraph", "draft", "anywhere"),
    # Where it stands and what it looks like.
    *("place", "elements", "opens_item", "in_item", "heading", "label", "length", "others", "quoted", "asks"),
)
"""The signals, in order."""
_FAR = 0.8
"""About how near any two sentences are, where there is nothing to compare."""
_NUMBER = re.compile(r"\d[\d.,:]*\d|\d")
_QUOTES = tuple('"“„«「『')


def text_of(reading: Reading, element: Element) -> str:
    """The text of an element that is compared by meaning, as the screen compares it."""
    return element.unit.span.of(reading.text).strip()


def signals(reading: Reading, vectors: Vectors, facts: Vectors, descriptions: Vectors, told: Iterable[str]) -> Numbers:
    """A row of signals for each element.

    `vectors` holds a vector for each element, `facts` and `descriptions` those of the targets; `told` are the facts.
    """
    elements = reading.elements
    near = _Nearness(vectors, facts, descriptions)
    around = _Around(elements)
    known = {number for text in told for number in _numbers(text)}
    rows = np.zeros((len(elements), len(NAMES)))
    for at, element in enumerate(elements):
        step()
        text = text_of(reading, element)
        own = _numbers(text)
        unit = element.unit
        rows[at] = (
            *_of_rules(element),
            *near.of(at),
            min(3, len(own & known)),
            min(3, len(own - known)),
            *around.of(at),
            at / len(elements),
            math.log(len(elements)),
            unit.opens_item,
            unit.in_item,
            unit.level > 0,
            unit.label is not None,
            math.log(1 + len(text)),
            element.others,
            text.startswith(_QUOTES),
            "?" in text or "？" in text,
        )
    return rows


def _of_rules(element: Element) -> Sequence[float]:
    signs, told = element.signs, element.signs.told
    return (
        signs.screen,
        signs.points,
        signs.continues,
        signs.recalls,
        signs.epithet,
        signs.other,
        signs.led,
        signs.asked,
        signs.orphan,
        signs.hint,
        min(told.union, 8.0),
        told.share,
        min(told.weight, 6.0),
        min(told.count, 4),
        min(told.coined, 8.0),
        signs.before,
        signs.after,
        signs.under,
        element.touched,
        element.verdict is Verdict.DOUBTFUL,
        max(-2.0, min(4.0, score(signs))),
    )


class _Nearness:
    """The nearness of the elements to what is known."""

    def __init__(self, vectors: Vectors, facts: Vectors, descriptions: Vectors) -> None:
        close = vectors @ facts.T
        self.ordered = np.sort(close, axis=1)[:, ::-1]
        self.apart = (close - close.mean(axis=0)).max(axis=1)
        self.first = np.bincount(close.argmax(axis=0), minlength=len(vectors))
        self.nearest = self.ordered[:, 0]
        self.most = float(self.nearest.max())
        described = (vectors @ descriptions.T).max(axis=1) if len(descriptions) else np.full(len(vectors), _FAR)
        self.described = described

    def of(self, at: int) -> Sequence[float]:
        """`nearest` to `fact_after`."""
        nearest = float(self.nearest[at])
        second = float(self.ordered[at, 1]) if self.ordered.shape[1] > 1 else nearest
        return (
            nearest,
            second,
            float(self.described[at]),
            float(self.apart[at]),
            min(3, int(self.first[at])),
            nearest - self.most,
            float(self.nearest[at - 1]) - _FAR if at else 0.0,
            float(self.nearest[at + 1]) - _FAR if at + 1 < len(self.nearest) else 0.0,
        )


class _Around:
    """The verdicts of the rules on the elements around each."""

    def __init__(self, elements: Sequence[Element]) -> None:
        self.elements = elements
        self.touched = [e.touched for e in elements]
        self.named = [e.signs.named or (e.unit.kind in WHOLE and e.touched) for e in elements]
        self.paragraphs: dict[int, list[int]] = {}
        for at, element in enumerate(elements):
            self.paragraphs.setdefault(element.unit.paragraph, []).append(at)
        self.share = sum(self.touched) / max(1, len(elements))
        self.since = _distances(self.named)
        self.until = _distances(self.named[::-1])[::-1]

    def of(self, at: int) -> Sequence[float]:
        """`touched_before` to `anywhere`."""
        count = len(self.elements)
        beside = self.paragraphs[self.elements[at].unit.paragraph]
        others = sum(self.touched[i] for i in beside) - self.touched[at]

        def told(of: Sequence[bool], place: int) -> bool:
            return 0 <= place < count and of[place]

        return (
            told(self.touched, at - 1),
            told(self.touched, at + 1),
            told(self.touched, at - 2),
            told(self.touched, at + 2),
            told(self.named, at - 1),
            told(self.named, at + 1),
            at > 0 and self.elements[at - 1].signs.led,
            self.since[at],
            self.until[at],
            others / max(1, len(beside) - 1),
            self.share,
            any(self.named),
        )


def _distances(marks: Sequence[bool]) -> list[float]:
    """For each place how near the last mark before it is: a half for the one right before it, 0 where there is none."""
    found: list[float] = []
    last: int | None = None
    for at, marked in enumerate(marks):
        found.append(0.0 if last is None else 1 / (1 + at - last))
        if marked:
            last = at
    return found


def _numbers(text: str) -> set[str]:
    return {re.sub(r"[.,]", "", match[0]) for match in _NUMBER.finditer(text)}
