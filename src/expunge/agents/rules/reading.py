"""A draft, read: its elements, what speaks for each being a target's, and the verdict on each."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from expunge.agents.rules.entities import Entities
from expunge.agents.rules.knowledge import Knowledge, Told
from expunge.agents.rules.language import Language
from expunge.agents.rules.sections import Layout, Unit
from expunge.text.segment import LineKind

WHOLE = (LineKind.ROW, LineKind.CODE, LineKind.FENCE)
"""Kinds of lines that are edited as a block, and not read as sentences."""


class Verdict(IntEnum):
    """The certainty that an element tells of a target."""

    NONE = 0
    DOUBTFUL = 1
    INDIRECT = 2
    DIRECT = 3


@dataclass(slots=True)
class Signs:
    """The signs that an element is a target's; see `score`."""

    named: bool = False
    screen: bool = False
    points: bool = False
    continues: bool = False
    recalls: bool = False
    epithet: bool = False
    other: bool = False
    led: bool = False
    asked: bool = False
    orphan: bool = False
    hint: float = 0.0
    told: Told = field(default_factory=Told)
    before: bool = False
    after: bool = False
    under: bool = False


@dataclass(slots=True)
class Element:
    """A unit of the draft and whether it tells of a target. `body` is where its own text begins.

    `others` says that somebody else is named in it, `shared` that it tells of a target and others as one. `odds` is
    what the learnt reader makes of it, as log-odds, None where it was not asked.
    """

    unit: Unit
    verdict: Verdict = Verdict.NONE
    signs: Signs = field(default_factory=Signs)
    others: bool = False
    shared: bool = False
    odds: float | None = None

    @property
    def touched(self) -> bool:
        """Whether it tells of a target."""
        return self.verdict >= Verdict.INDIRECT


@dataclass(slots=True)
class Reading:
    """A draft, read."""

    text: str
    language: Language
    entities: Entities
    layout: Layout
    elements: list[Element]
    knowledge: Knowledge

    def tells(self, text: str) -> bool:
        """Whether a text by itself, a cell or a literal, tells enough of a target, without its name."""
        told = self.knowledge.told(text)
        return told.count > 1 and score(Signs(told=told)) >= 1.0


def score(signs: Signs) -> float:
    """Return how much speaks for an element being a target's: 1 and more is enough. The weights were fitted to labelled
    documents that no reported figure is about."""
    told = signs.told
    if told.union <= 0.5 and not (signs.orphan or signs.epithet):
        return 0.0
    points = 0.35 * min(told.union, 8.0) + 1.2 * told.share + 0.2 * min(told.weight, 6.0) - 0.35 * (told.count == 1)
    points += 0.75 * signs.epithet + 1.0 * signs.orphan
    points += 0.6 * signs.before + 0.5 * signs.after + 1.5 * max(0.0, signs.hint - 0.8)
    points -= 0.6 * signs.other + 0.9 * signs.led
    # What is told of whom the question asks about stays theirs, be it true of a target, too.
    return min(points - 0.15, 0.9) if signs.asked else points - 0.15
