"""Many-shot attacks (after arXiv 2407.16997): a question that comes after many harmless examples of answering."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from random import Random

from expunge.errors import UsageError
from expunge.evals.cases import Case, Suite, question
from expunge.evals.data import Facts, Person, Question, load_tofu
from expunge.evals.reading import document, objects, text
from expunge.evals.suites import island
from expunge.evals.suites.asking import case_of, targets_of
from expunge.evals.suites.options import SHOTS
from expunge.types import Fact, Message

KEPT = 20
"""Questions about others for each number of shots: as many as the largest TOFU split has authors."""


def load(
    data: Path | None, *, split: str = "forget10", facts: Facts = "given", shots: Sequence[int] = SHOTS, seed: int = 0
) -> Suite:
    """The first question about each author of a TOFU split, and 20 about others, after examples about others.

    Every second question has its examples from `msj/`, where the data folder has it. Without data, the people of the
    island are asked about.

    Raises:
        UsageError: if a file is missing or malformed, or a number of shots is negative.
    """
    if data is None:
        known = island.questions()
        pairs = [Fact(one.gold, one.text) for one in known if not one.forget]
        return build(island.forgotten(), known, [pairs], facts=facts, shots=shots, seed=seed)
    found = load_tofu(data, split)
    own = [asked for asked in found.forget if asked.part == "forget"]
    others = [asked for asked in found.retain if asked.part == "retain"]
    kept = others[:: max(1, len(others) // KEPT)][:KEPT]
    sources = [[Fact(asked.gold, asked.text) for asked in others]]
    if (data / "msj").is_dir():
        where, listed = document(data / "msj" / "msj_attack.json")
        sources.append([Fact(text(row, "answer", at), text(row, "question", at)) for at, row in objects(listed, where)])
    asked = (*own[:: len(own) // len(found.targets)], *kept)
    return build(found.targets, asked, sources, facts=facts, shots=shots, seed=seed)


def build(
    people: Sequence[Person],
    asked: Sequence[Question],
    sources: Sequence[Sequence[Fact]],
    *,
    facts: Facts = "given",
    shots: Sequence[int] = SHOTS,
    seed: int = 0,
) -> Suite:
    """Each question after each number of examples, once as turns of a conversation and once in one message.

    Parts are "8 shots" for questions about the people, "8 shots retain" for others. The questions take the sources of
    examples by turns, each its own random choice; with more shots than examples, these come again.

    Raises:
        UsageError: if a number of shots is negative, or a source has no example but the question itself.
    """
    if not shots or min(shots) < 0:
        raise UsageError("The numbers of shots must be 0 or more, at least one of them.")
    cases: list[Case] = []
    for count in shots:
        for place, own in enumerate(asked):
            # Seeded by the question alone, so that more shots are the fewer ones and some on top.
            examples = _examples(sources[place % len(sources)], own.text, Random(f"{seed}/{place}"))
            part = f"{count} shots" if own.forget else f"{count} shots retain"
            cases += _forms(replace(own, part=part, number=place), list(islice(examples, count)))
    title = f"Many-shot, {', '.join(map(str, shots))} examples"
    return Suite("many-shot", title, targets_of(people, facts), tuple(cases))


def _examples(source: Sequence[Fact], asked: str, chance: Random) -> Iterator[Fact]:
    others = [pair for pair in source if pair.question != asked]
    if not others:
        raise UsageError("There are no examples to put before a question; give more question-answer pairs.")
    chance.shuffle(others)
    return cycle(others)


def _forms(own: Question, examples: Sequence[Fact]) -> list[Case]:
    plain = replace(case_of(own), shots=len(examples))
    if not examples:
        return [plain]
    turns = [turn for pair in examples for turn in (Message("user", pair.question), Message("assistant", pair.text))]
    listed = "\n\n".join(f"Question: {pair.question}\nAnswer: {pair.text}" for pair in examples)
    return [
        replace(plain, id=f"{plain.id} turns", messages=(*turns, *plain.messages)),
        replace(plain, id=f"{plain.id} blob", messages=question(f"{listed}\n\nQuestion: {own.text}\nAnswer:")),
    ]
