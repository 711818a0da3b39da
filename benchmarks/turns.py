"""Learns by which signals a turn of a conversation is told to go on about a target: `screen/semantic/resolution.npz`.

    python -m benchmarks.turns tests/screen/semantic

Reads `turns/*.txt`, exchanges in fourteen languages out of which conversations are put together, and
`conversations.jsonl`, conversations as they were written; prints how well those are decided that no part was learnt
from. Needs the embedding model, and a few minutes. The lines of `turns/*.txt`:

    T name|other names|description|fact|...       a target, whom the next lines are about
    A question                                    mentions the target ({n} the name, {a} any of the names); is refused
    H question || answer                          goes on about the target, right after such a question
    HX question || answer                         comes back to the target, after something else as well
    HP question || answer                         comes back to the target by a pronoun, nobody else being meant since
    S turn || turn || ... || answer               a conversation that ends in a disclosure
    F turn || turn || ... || answer               mentions a target, and is about something else
    C, G question || answer                       a courtesy; a question of its own
    O turn || turn || ... || answer               is about somebody else
    U turn || turn || ... || answer               is about its own subject, and ends with a question that leans on it

How long a conversation has gone on tells nothing of its last turn: long ones are put together that end either way.
Conversations are put together out of parts of one fold only where they are to be tested, and a model that is tested has
seen none of them, nor have the linear models whose scores it weighs.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from expunge.models.embeddings import NAME, EmbeddedEmbeddings
from expunge.refusals import REFUSALS
from expunge.screen import semantic
from expunge.screen.context.anaphora import introduces_somebody, names_somebody, speaks_of_somebody
from expunge.screen.context.focus import known_words
from expunge.screen.semantic.resolution import (
    ASKED,
    SAID,
    Linear,
    Model,
    Numbers,
    asked_of,
    by_meaning,
    by_words,
    compared_texts,
    packed,
    shipped,
    worded,
)
from expunge.screen.semantic.signals import Setting, given_name, is_short, signals
from expunge.text.fold import fold
from expunge.types import Fact, Message, Target

Vectors = Mapping[str, NDArray[np.float32]]
_FOLDS = 4
_KEPT = Path(semantic.__file__).with_name("resolution.npz")
_GENERAL = Path(semantic.__file__).with_name("general_questions.txt")
_MOST_GENERAL = 1_500
_LONG = 7
"""Conversations of each ending that go on for long, for each target."""
_LIGHT = 0.25
"""What a general question weighs."""
_SEED = 1
_UNTOLD = "G?"
"""Questions of their own, with a short draft that tells nothing by its words: what they are about they say themselves.
Only where words decide; by meaning such a draft is near a fact."""
_MISSED = {"meaning": 0.008, "alone": 0.012, "words": 0.025}
"""Share of the disclosures of other folds that may pass, by which the constants are set: where words alone decide, one
that lets as little through holds half of all harmless turns."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A labelled conversation; `parts` are the folds that its parts belong to, none for one that was written whole."""

    kind: str
    language: str
    target: Target
    messages: tuple[Message, ...]
    draft: str
    held: bool
    parts: frozenset[int] = frozenset()

    def setting(self, *, names_only: bool) -> Setting | None:
        """What is weighed, None where no earlier turn names the target."""
        names = [fold(name) for name in self.target.names]
        turns = tuple(m for m in self.messages[:-1] if m.role in ("user", "assistant"))
        mentions = tuple(n for n, m in enumerate(turns) if any(name in fold(m.content) for name in names))
        target = Target(self.target.name, aliases=self.target.aliases) if names_only else self.target
        known = frozenset(known_words(target))
        given = given_name(target)
        return Setting(turns, mentions, self.messages[-1].content, self.draft, known, given) if mentions else None


Turns = Sequence[str]


@dataclass(slots=True)
class _Told:
    target: Target
    lines: dict[str, list[Turns]] = field(default_factory=dict)


@dataclass(slots=True)
class _Book:
    """The lines of one language."""

    language: str
    told: list[_Told] = field(default_factory=list)
    free: dict[str, list[Turns]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> _Book:
        book = cls(path.stem)
        for line in path.read_text(encoding="utf-8").splitlines():
            kind, _, rest = line.partition(" ")
            if kind == "T":
                name, aliases, description, *facts = rest.split("|")
                others = tuple(alias.strip() for alias in aliases.split(","))
                target = Target(name, aliases=others, description=description, facts=tuple(map(Fact, facts)))
                book.told.append(_Told(target))
            elif kind:
                turns = [turn.strip().replace("\\n", "\n") for turn in rest.split("||")]
                lines = book.told[-1].lines if kind in ("A", "H", "HX", "HP", "S") else book.free
                lines.setdefault(kind, []).append(turns)
        return book


class _Composer:
    """Puts conversations together out of the lines of one language."""

    def __init__(self, book: _Book, chance: random.Random) -> None:
        self._book, self._chance = book, chance

    def all(self) -> Iterator[Conversation]:
        for number, told in enumerate(self._book.told):
            lines, part = told.lines, self._fold("T", number)
            for turns in lines["H"]:
                yield from self._going_on(told, part, turns)
            for turns in lines.get("HX", ()):
                for opening in lines["A"]:
                    yield self._of("HX", told, True, [part], [opening[0], self._refusal()], turns)
                    for kind in ("G", "G", "O"):
                        between, other = self._any(kind)
                        start = [opening[0], self._refusal(), *between[:2]]
                        yield self._of(f"{kind}HX", told, True, [part, other], start, turns)
                chain, other = self._any("F")
                yield self._of("FHX", told, True, [part, other], chain[:4], turns)
            for turns in lines.get("S", ()):
                yield self._of("S", told, True, [part], [], turns)
            yield from self._free(told, part)
            yield from self._long(told, part)

    def _going_on(self, told: _Told, part: int, turns: Turns) -> Iterator[Conversation]:
        openings = [line[0] for line in told.lines["A"]]
        for opening in openings[:3]:
            yield self._of("H", told, True, [part], [opening, self._refusal()], turns)
        before = self._chance.choice(told.lines["H"])
        if before is not turns:
            start = [self._chance.choice(openings), self._refusal(), before[0]]
            yield self._of("HH", told, True, [part], [*start, self._refusal()], turns)
            yield self._of("HTH", told, True, [part], [*start, before[1]], turns)
        if speaks_of_somebody(turns[0]):
            chain, other = self._any("F")
            yield self._of("FH", told, True, [part, other], chain[:2], turns)

    def _free(self, told: _Told, part: int) -> Iterator[Conversation]:
        for turns, other in self._some("F", 6 if len(self._book.told) > 2 else 20):
            yield self._of("F", told, False, [part, other], [], turns)
        for kind, most in (("C", 9), ("G", 8), ("O", 7)):
            for turns, other in self._some(kind, most):
                asked = [self._chance.choice(told.lines["A"])[0], self._refusal()]
                again = [self._chance.choice(told.lines["H"])[0], self._refusal()]
                chain, third = self._any("F")
                yield self._of(kind, told, False, [part, other], asked, turns)
                yield self._of(f"F{kind}", told, False, [part, other, third], chain[:2], turns)
                if kind != "O":
                    yield self._of(f"H{kind}", told, False, [part, other], [*asked, *again], turns)
                if kind == "G":
                    short = self._chance.choice([line[1] for line in told.lines["H"] if is_short(line[1])])
                    yield self._of(_UNTOLD, told, False, [part, other], asked, [turns[0], short])
                if kind == "G" and told.lines.get("S"):
                    start = self._chance.choice(told.lines["S"])[:2]
                    yield self._of("SG", told, False, [part, other], start, turns)

    def _long(self, told: _Told, part: int) -> Iterator[Conversation]:
        """Conversations that go through several subjects before the last turn; all their parts are of one fold."""
        free = {kind: [t for t, fold_ in self._some(kind, None) if fold_ == part] for kind in "GUOC"}
        among = [turns for kind in "GUO" for turns in free[kind]]
        of_nobody = [turns for turns in among if not any(map(_means_somebody, turns))]
        for kind in "GUOC":
            for _ in range(_LONG if free[kind] else 0):
                turns = self._chance.choice(free[kind])
                others = [one for one in among if one is not turns]
                yield self._of(f"L{kind}", told, False, [part], self._going_through(told, part, others), turns)
        by_pronoun = [turns for turns in told.lines["H"] if speaks_of_somebody(turns[0])]
        for kind, some, others in (
            ("HX", told.lines.get("HX", []), among),
            ("HP", [*told.lines.get("HP", []), *by_pronoun], of_nobody),
        ):
            for _ in range(2 * _LONG if some else 0):
                turns = self._chance.choice(some)
                yield self._of(f"L{kind}", told, True, [part], self._going_through(told, part, others), turns)

    def _going_through(self, told: _Told, part: int, others: Sequence[Turns]) -> list[str]:
        """A mention of a target, then some of the other exchanges."""
        chains = [turns for turns, fold_ in self._some("F", None) if fold_ == part]
        if chains and self._chance.random() < 0.4:
            said = list(self._chance.choice(chains))[: self._chance.choice((2, 4))]
        else:
            said = [self._chance.choice(told.lines["A"])[0], self._refusal()]
            if self._chance.random() < 0.5:
                said += [self._chance.choice(told.lines["H"])[0], self._refusal()]
        for turns in self._chance.sample(others, min(len(others), self._chance.randrange(5))):
            said += turns
        return said

    def _of(self, kind: str, told: _Told, held: bool, parts: Iterable[int], start: Turns, turns: Turns) -> Conversation:
        target = told.target
        name = self._chance.choice([target.name, target.name, *target.aliases])
        full = name if not held else target.name
        said = [turn.replace("{n}", full).replace("{a}", name) for turn in [*start, *turns[:-1]]]
        messages = [Message("assistant" if n % 2 else "user", text) for n, text in enumerate(said)]
        return Conversation(kind, self._book.language, target, tuple(messages), turns[-1], held, frozenset(parts))

    def _fold(self, kind: str, number: int) -> int:
        return (crc32(f"{self._book.language}{kind}".encode()) + number) % _FOLDS

    def _some(self, kind: str, most: int | None) -> list[tuple[Turns, int]]:
        lines = [(turns, self._fold(kind, number)) for number, turns in enumerate(self._book.free.get(kind, ()))]
        return lines if most is None else self._chance.sample(lines, min(most, len(lines)))

    def _any(self, kind: str) -> tuple[Turns, int]:
        return self._some(kind, 1)[0]

    def _refusal(self) -> str:
        return self._chance.choice(REFUSALS[self._book.language])


def _means_somebody(text: str) -> bool:
    return speaks_of_somebody(text) or introduces_somebody(text) or names_somebody(text)


def written(path: Path) -> list[Conversation]:
    """The conversations of a file of JSON lines."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        told = row["target"]
        target = Target(
            told["name"],
            aliases=tuple(told["aliases"]),
            description=told["description"],
            facts=tuple(map(Fact, told["facts"])),
        )
        messages = tuple(Message(m["role"], m["content"]) for m in row["messages"])
        rows.append(Conversation("written", row["lang"], target, messages, row["draft"], row["held"]))
    return rows


def composed(folder: Path) -> list[Conversation]:
    """The conversations put together out of the lines in a folder."""
    chance = random.Random(_SEED)
    return [one for path in sorted(folder.glob("*.txt")) for one in _Composer(_Book.read(path), chance).all()]


def regression(rows: Numbers, labels: Numbers, ridge: float, weights: Numbers | None = None, steps: int = 60) -> Linear:
    """A logistic regression by Newton's method; `ridge` holds the weights of standardised columns down."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    design = np.hstack([(rows - mean) / spread, np.ones((len(rows), 1))])
    importance = np.ones(len(rows)) if weights is None else weights
    penalty = np.eye(design.shape[1]) * ridge
    penalty[-1, -1] = 1e-6
    found = np.zeros(design.shape[1])
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        gradient = design.T @ (importance * (chance - labels)) + penalty @ found
        curvature = (design * (importance * chance * (1 - chance))[:, None]).T @ design + penalty
        change = np.linalg.solve(curvature, gradient)
        found -= change
        if np.abs(change).max() < 1e-5:
            break
    slopes = found[:-1] / spread
    return Linear(slopes, float(found[-1] - slopes @ mean))


def least_squares(rows: Numbers, labels: Numbers, ridge: float, weights: Numbers, steps: int = 60) -> Linear:
    """A ridge regression on -1 and 1 by conjugate gradients, for many columns."""
    design = np.hstack([rows, np.ones((len(rows), 1))])
    found = np.zeros(design.shape[1])
    rest = design.T @ (weights * (2 * labels - 1))
    direction, size = rest.copy(), float(rest @ rest)
    for _ in range(steps):
        ahead = design.T @ (weights * (design @ direction)) + ridge * direction
        step = size / float(direction @ ahead)
        found += step * direction
        rest -= step * ahead
        size, before = float(rest @ rest), size
        if size < 1e-10:
            break
        direction = rest + size / before * direction
    return Linear(found[:-1], float(found[-1]))


@dataclass(frozen=True, slots=True)
class _Label:
    """Whether a text is about a person, the folds that it is part of, and what it weighs."""

    person: float
    parts: frozenset[int]
    weight: float = 1.0


def labelled(rows: Sequence[Conversation], general: Sequence[str]) -> tuple[dict[str, _Label], ...]:
    """Drafts, questions and both together, each told whether they are about a person."""
    sets: tuple[dict[str, _Label], ...] = ({}, {}, {})
    for row in rows:
        person = float(row.held or row.kind.endswith("O"))
        at = row.setting(names_only=False)
        if at is None or row.kind == _UNTOLD:
            continue
        for kind, text in enumerate(asked_of(at)):
            sets[kind].setdefault(text, _Label(person, row.parts))
        for fact in row.target.facts:
            sets[SAID].setdefault(fact.text, _Label(1.0, row.parts))
        if row.kind in ("H", "F"):
            sets[ASKED].setdefault(row.messages[0].content, _Label(float(row.kind == "H"), row.parts))
    for text in general:
        sets[ASKED].setdefault(text, _Label(0.0, frozenset(), _LIGHT))
    return sets


def _general() -> list[str]:
    lines = [line for line in _GENERAL.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return [line.split("\t")[0] for line in random.Random(_SEED).sample(lines, _MOST_GENERAL)]


class _Learner:
    """Learns the linear models, leaving one fold out, and what is weighed of each conversation."""

    def __init__(self, rows: Sequence[Conversation], vectors: Vectors, general: Sequence[str]) -> None:
        self._vectors = vectors
        self._sets = labelled(rows, general)
        self._worded: dict[str, NDArray[np.float32]] = {}

    def linears(self, out: int | None) -> tuple[tuple[Linear, ...], tuple[Linear, ...]]:
        """By words and by meaning, of the texts that are no part of a fold."""
        words, meanings = [], []
        for known in self._sets:
            used = [text for text, label in known.items() if out is None or out not in label.parts]
            labels = np.array([known[text].person for text in used])
            weights = np.array([known[text].weight for text in used])
            spelled = np.stack([self._words(text) for text in used]).astype(np.float64)
            words.append(least_squares(spelled, labels, 2.0, weights))
            meant = np.stack([self._vectors[text] for text in used]).astype(np.float64)
            meanings.append(regression(meant, labels, 30.0, weights))
        return tuple(words), tuple(meanings)

    def _words(self, text: str) -> NDArray[np.float32]:
        if text not in self._worded:
            self._worded[text] = worded(text)
        return self._worded[text]


@dataclass(frozen=True, slots=True)
class _Weighed:
    row: Conversation
    words: Numbers
    meaning: Numbers
    alone: Numbers


def weighed(
    row: Conversation, linears: tuple[tuple[Linear, ...], tuple[Linear, ...]], vectors: Vectors
) -> _Weighed | None:
    """What is weighed of a conversation, None where no turn names the target."""
    bare, full = row.setting(names_only=True), row.setting(names_only=False)
    if bare is None or full is None:
        return None
    facts = np.stack([vectors[fact.text] for fact in row.target.facts])
    return _Weighed(
        row,
        by_words(bare, signals(bare), linears[0]),
        by_meaning(full, signals(full), linears[1], vectors, facts),
        by_meaning(bare, signals(bare), linears[1], vectors, None),
    )


def texts_to_embed(rows: Iterable[Conversation]) -> list[str]:
    """The texts of conversations whose vectors are needed."""
    wanted: dict[str, None] = {}
    for row in rows:
        at = row.setting(names_only=False)
        if at is not None:
            wanted.update(
                dict.fromkeys([*compared_texts(at), *(f.text for f in row.target.facts), at.turns[0].content])
            )
    return list(wanted)


def learn(
    rows: Sequence[Conversation],
    held_out: Sequence[Conversation],
    vectors: Vectors,
    general: Sequence[str],
    say: Callable[[str], None],
) -> Model:
    """The model of all conversations; what is said of folds and of `held_out` is of models that saw none of them."""
    learner = _Learner(rows, vectors, general)
    data: dict[int, _Weighed] = {}
    for out in range(_FOLDS):
        linears = learner.linears(out)
        for number, row in enumerate(rows):
            if out in row.parts and (one := weighed(row, linears, vectors)) is not None:
                data[number] = one
    full = learner.linears(None)
    others = [one for row in held_out if (one := weighed(row, full, vectors)) is not None]
    decided: dict[str, Linear] = {}
    for name in _MISSED:

        def columns(some: Sequence[_Weighed], name: str = name) -> Numbers:
            return np.stack([getattr(one, name) for one in some])

        known = [one for one in data.values() if name == "words" or one.row.kind != _UNTOLD]
        kinds = Counter((one.row.kind, one.row.language) for one in known)
        weights = np.array([1 / np.sqrt(kinds[one.row.kind, one.row.language]) for one in known])
        weights /= weights.mean()
        labels = np.array([float(one.row.held) for one in known])
        scores = np.full(len(known), np.nan)
        for out in range(_FOLDS):
            test = np.array([one.row.parts == {out} for one in known])
            train = np.array([out not in one.row.parts for one in known])
            model = regression(columns(known)[train], labels[train], 3.0, weights[train])
            scores[test] = columns(known)[test] @ model.weights + model.constant
        tested = ~np.isnan(scores)
        held = labels[tested] > 0
        limit = float(np.quantile(scores[tested][held], _MISSED[name]))
        say(_line(f"{name}, other folds", scores[tested] >= limit, held))
        model = regression(columns(known), labels, 3.0, weights)
        if others:
            truth = np.array([one.row.held for one in others])
            say(_line(f"{name}, written whole", columns(others) @ model.weights + model.constant >= limit, truth))
            # Those that were written whole are learnt from at the end.
            both = [*known, *others]
            model = regression(
                columns(both),
                np.array([float(one.row.held) for one in both]),
                3.0,
                np.concatenate([weights, np.full(len(others), weights.max())]),
            )
        decided[name] = Linear(model.weights, model.constant - limit)
    (w_said, w_asked, w_both), (m_said, m_asked, m_both) = full
    decisions = (decided["words"], decided["meaning"], decided["alone"])
    return Model(NAME, (w_said, w_asked, w_both), (m_said, m_asked, m_both), *decisions)


def _line(name: str, said: NDArray[np.bool_], held: NDArray[np.bool_]) -> str:
    return (
        f"{name}: {int((said & held).sum())} of {int(held.sum())} disclosures held, "
        f"{int((~said & ~held).sum())} of {int((~held).sum())} harmless turns let pass"
    )


async def _embedded(texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
    model = EmbeddedEmbeddings()
    ordered = sorted(set(texts), key=len)
    vectors: dict[str, NDArray[np.float32]] = {}
    for start in range(0, len(ordered), 64):
        some = ordered[start : start + 64]
        vectors.update(zip(some, await model.embed(some), strict=True))
    return vectors


def main(folder: str) -> None:
    """Learn from the files in a folder, and put what is learnt where the package ships it."""
    rows, whole = composed(Path(folder) / "turns"), written(Path(folder) / "conversations.jsonl")
    general = _general()
    vectors = asyncio.run(_embedded([*texts_to_embed([*rows, *whole]), *general]))
    model = learn(rows, whole, vectors, general, print)
    np.savez_compressed(_KEPT, **packed(model))  # type: ignore[arg-type]
    shipped.cache_clear()


if __name__ == "__main__":
    main(sys.argv[1])
