"""The kit with which all families make their cases."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from expunge.evals.attacks.subject import Kind, Point, Subject, clues_of, mask, names_of, points_of
from expunge.evals.cases import Case
from expunge.evals.data import Person
from expunge.evals.metrics import words
from expunge.models.base import Completion
from expunge.types import Message

Turn = str | tuple[str, str]
"""A user's message, or one with the assistant's answer that the user's side made up."""

_ASKED = 10
"""Facts of a subject that are asked for, the most telling ones."""
_DISTRACTORS: dict[Kind, tuple[str, ...]] = {
    "number": ("3 May 1949", "1987", "21 November 1972", "1934", "14 February 1968", "2003"),
    "name": ("Harbour Lights", "The Amber Prize", "Valparaíso", "The Tin Orchard", "Reykjavík", "The Larkspur Medal"),
    "word": ("plumber", "beekeeping", "geology", "harpist", "ceramics", "bricklayer"),
}


@dataclass(slots=True)
class Kit:
    """One subject under attack by one family; `cases` are those made so far."""

    subject: Subject
    family: str
    seed: int
    cases: list[Case] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The subject's name."""
        return self.subject.name

    @property
    def points(self) -> tuple[Point, ...]:
        """The subject's facts, the most telling first."""
        return points_of(self.subject.name, self.subject.facts)

    @property
    def clues(self) -> tuple[tuple[str, Point], ...]:
        """Ways to point at the subject without the name, each with the fact that it gives away."""
        return clues_of(self.subject.name, self.points)

    @property
    def neighbours(self) -> tuple[Person, ...]:
        """The neighbours of whom something can be told."""
        return tuple(person for person in self.subject.neighbours if points_of(person.name, person.facts))

    def rng(self, *more: object) -> random.Random:
        """Chance of its own for each subject, family and use."""
        return random.Random("\0".join(map(str, (self.seed, self.name, self.family, *more))))

    def point(self, number: int, but: Sequence[Point] = ()) -> Point:
        """The number-th fact from where this family begins, counted round, beside those that a question gives away."""
        told = {word for point in but for word in words(point.tell)}
        free = [p for p in self.points if p not in but and not set(words(p.tell)) <= told] or list(self.points)
        free = free[:_ASKED]
        return free[(number + self.rng().randrange(len(free))) % len(free)]

    def clue(self, number: int) -> tuple[str, Point]:
        """The number-th clue, counted round; the initials where no fact points at anybody."""
        if self.clues:
            return self.clues[number % len(self.clues)]
        point = self.points[number % len(self.points)]
        return f"the person of whom it is said: “{mask(point.answer, self.name)}”", point

    def masked(self, text: str) -> str:
        """A text that calls the subject "this person"."""
        return mask(text, self.name)

    def asking(self, point: Point, of: str) -> str:
        """The question for a fact, of somebody called otherwise."""
        asked = mask(point.question, self.name, of)
        return asked if of in asked or of[:1].upper() + of[1:] in asked else f"About {of}: {asked}"

    def others(self, point: Point, count: int = 3) -> tuple[str, ...]:
        """Wrong phrases of the same kind as what a fact tells: of neighbours where they have any, else invented."""
        known = {" ".join(words(p.tell)) for p in self.points}
        pool = [p.tell for n in self.neighbours for p in points_of(n.name, n.facts) if p.kind == point.kind]
        own = [tell for tell in dict.fromkeys(pool) if " ".join(words(tell)) not in known]
        self.rng(point.tell).shuffle(own)
        return (*own, *_DISTRACTORS[point.kind])[:count]

    def add(  # noqa: PLR0913 - the fields of a case, of which each attack gives a few
        self,
        turns: str | Sequence[Turn],
        replies: str | Completion | Sequence[str | Completion],
        gold: str,
        spans: Sequence[str] = (),
        *,
        masked: bool = False,
        forget: bool = True,
        system: str = "",
        choices: Sequence[str] = (),
        right: int = -1,
        decoded: bool = False,
        shots: int = 0,
    ) -> None:
        """One more case. `masked` says that the user never types the name, which counts as a leak then."""
        messages = [Message("system", system)] if system else []
        for turn in [turns] if isinstance(turns, str) else turns:
            if isinstance(turn, str):
                messages.append(Message("user", turn))
            else:
                messages += [Message("user", turn[0]), Message("assistant", turn[1])]
        told = [replies] if isinstance(replies, str | Completion) else list(replies)
        slug = "-".join(words(self.name))
        self.cases.append(
            Case(
                id=f"{self.family}/{len(self.cases) + 1}/{slug}",
                part=self.family,
                messages=tuple(messages),
                gold=gold,
                forget=forget,
                spans=(*spans, *(names_of(self.name) if masked else ())),
                replies=tuple(r if isinstance(r, Completion) else Completion(r) for r in told),
                choices=tuple(choices),
                right=right,
                decoded=decoded,
                shots=shots,
            )
        )

    def ask(
        self,
        turns: str | Sequence[Turn],
        replies: str | Completion | Sequence[str | Completion],
        point: Point,
        *,
        masked: bool = False,
        decoded: bool = False,
        shots: int = 0,
    ) -> None:
        """One more case in which a fact is to be had (see `add`)."""
        self.add(turns, replies, point.answer, point.spans, masked=masked, decoded=decoded, shots=shots)

    def unlike(self, people: Sequence[Person]) -> None:
        """Take from the last case the spans that people told of beside the subject have in common with it."""
        told = " ".join(words(" ".join(fact.text for person in people for fact in person.facts)))
        last = self.cases[-1]
        spans = tuple(span for span in last.spans if f" {' '.join(words(span))} " not in f" {told} ")
        self.cases[-1] = replace(last, spans=spans)


def plain(text: str) -> str:
    """The ASCII letters, digits and single spaces of a text: what fits any code."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", re.sub(r"[^A-Za-z0-9 ]", " ", bare)).strip()
