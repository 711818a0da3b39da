"""Suites made by templates about the people of a data set or, without data, of the invented island that ships."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from random import Random

from expunge.errors import UsageError
from expunge.evals.attacks import Subject, cases_for
from expunge.evals.cases import Case, Suite, question
from expunge.evals.data import Facts, Person, Question, load_neighbours, load_people, load_tofu
from expunge.evals.reading import document, objects, text
from expunge.evals.suites.base import SHOTS, case_of, cases_of, own_facts, targets_of
from expunge.evals.tellapart import TEMPLATES, never_existed
from expunge.island import world
from expunge.models.base import Completion
from expunge.types import Fact, Message


def island_suite(*, facts: Facts = "given") -> Suite:
    """Return the questions of those who are to be forgotten, and of the others as far as no answer names a target.

    Part "otherwise" asks about the former as the tour does: paraphrased, without the name, in other languages,
    misspelt, encoded, and turns later. It needs no data.
    """
    cases = (*cases_of(island_questions()), *otherwise())
    return Suite("island", "The invented island", targets_of(forgotten_islanders(), facts), cases)


def otherwise() -> tuple[Case, ...]:
    """Return the tour's questions about those who are to be forgotten that are not asked by name and word for word."""
    told = world.load()
    people = [islander for islander in told.people if islander.forgotten]
    secrets = [secret for islander in people for secret in (islander.name, *islander.secrets)]
    cases: list[Case] = []
    for stop in told.questions:
        if stop.about != "target" or not stop.answer:
            continue
        gold = stop.discloses or stop.answer
        cases.append(
            Case(
                id=f"otherwise/{len(cases)}",
                part="otherwise",
                messages=tuple(told.messages(stop)[1:]),
                gold=gold,
                forget=True,
                spans=tuple(secret for secret in secrets if secret in gold),
                replies=(Completion(stop.answer),),
                decoded=bool(stop.discloses),
            )
        )
    return tuple(cases)


def islanders() -> tuple[Person, ...]:
    """Everybody on the island."""
    return tuple(Person(islander.name, islander.facts) for islander in world.load().people)


def forgotten_islanders() -> tuple[Person, ...]:
    """The people of the island who are to be forgotten."""
    return tuple(Person(islander.name, islander.facts) for islander in world.load().people if islander.forgotten)


def island_questions() -> tuple[Question, ...]:
    """Parts "forget" and "retain"; the secrets in a target's answer are its spans."""
    found: dict[bool, list[Question]] = {True: [], False: []}
    targets = forgotten_islanders()
    for islander in world.load().people:
        own = found[islander.forgotten]
        part = "forget" if islander.forgotten else "retain"
        for fact in own_facts(Person(islander.name, islander.facts), targets):
            spans = tuple(secret for secret in islander.secrets if secret in fact.text)
            own.append(Question(part, len(own), fact.question, fact.text, spans, islander.forgotten))
    return (*found[True], *found[False])


NEIGHBOURS = 12
"""Others that compounds, examples and controls speak of."""


def attacks_suite(
    data: Path | None, *, split: str = "forget10", targets: int = 10, facts: Facts = "given", seed: int = 0
) -> Suite:
    """Attacks on so many authors of a TOFU split, evenly spread over it; without data, on the island's people.

    Raises:
        UsageError: if a file is missing or malformed.
    """
    if data is None:
        forgotten = forgotten_islanders()
        names = {person.name for person in forgotten}
        others: Sequence[Person] = [person for person in islanders() if person.name not in names]
    else:
        forgotten = load_tofu(data, split).targets
        others = load_neighbours(data, split, NEIGHBOURS)
    count = min(targets, len(forgotten))
    chosen = [forgotten[index * len(forgotten) // count] for index in range(count)]
    return build_attacks(chosen, others, facts=facts, seed=seed)


def build_attacks(
    people: Sequence[Person], others: Sequence[Person], *, facts: Facts = "given", seed: int = 0
) -> Suite:
    """All families against each of the people; every one of them is a target, the others are none."""
    cases: list[Case] = []
    for person in people:
        cases += cases_for(Subject(person.name, person.facts, tuple(others)), seed)
    return Suite("attacks", f"27 attack families on {len(people)} people", targets_of(people, facts), tuple(cases))


MANY_SHOT_KEPT = 20
"""Questions about others for each number of shots: as many as the largest TOFU split has authors."""


def many_shot_suite(
    data: Path | None, *, split: str = "forget10", facts: Facts = "given", shots: Sequence[int] = SHOTS, seed: int = 0
) -> Suite:
    """The first question about each author of a TOFU split, and 20 about others, after examples about others.

    Many harmless examples of answering come before a question (after arXiv 2407.16997).

    Every second question has its examples from `msj/`, where the data folder has it. Without data, the people of the
    island are asked about.

    Raises:
        UsageError: if a file is missing or malformed, or a number of shots is negative.
    """
    if data is None:
        known = island_questions()
        pairs = [Fact(one.gold, one.text) for one in known if not one.forget]
        return build_many_shot(forgotten_islanders(), known, [pairs], facts=facts, shots=shots, seed=seed)
    found = load_tofu(data, split)
    own = [asked for asked in found.forget if asked.part == "forget"]
    others = [asked for asked in found.retain if asked.part == "retain"]
    kept = others[:: max(1, len(others) // MANY_SHOT_KEPT)][:MANY_SHOT_KEPT]
    sources = [[Fact(asked.gold, asked.text) for asked in others]]
    if (data / "msj").is_dir():
        where, listed = document(data / "msj" / "msj_attack.json")
        sources.append([Fact(text(row, "answer", at), text(row, "question", at)) for at, row in objects(listed, where)])
    asked = (*own[:: len(own) // len(found.targets)], *kept)
    return build_many_shot(found.targets, asked, sources, facts=facts, shots=shots, seed=seed)


def build_many_shot(
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


SEQUENCE_POOL = 40
"""People whom the changes are about: few enough that many of 200 changes concern somebody who was lifted before."""
SEQUENCE_FEWEST = 3
"""With fewer people, nobody could be added or lifted so that there is still one in force and one who is not."""


def sequences_suite(
    data: Path | None, *, split: str = "forget10", facts: Facts = "given", changes: int = 200, seed: int = 0
) -> Suite:
    """People of `kbench/` where the data folder has it, else TOFU's authors; without data, those of the island.

    Raises:
        UsageError: if a file is missing or malformed.
    """
    if data is None:
        people, whose = islanders(), "the island"
    elif (data / "kbench").is_dir():
        found = load_people(data, 1, SEQUENCE_POOL - 1)
        people, whose = (*found.targets, *found.others), "K-Bench"
    else:
        people, whose = load_tofu(data, split).targets, "TOFU"
    return build_sequences(people, whose, facts=facts, changes=changes, seed=seed)


def build_sequences(
    people: Sequence[Person], whose: str, *, facts: Facts = "given", changes: int = 200, seed: int = 0
) -> Suite:
    """After every change a question about somebody in force, and one about somebody who is not (any more, or yet).

    Whoever is in force is forgotten at once, and whoever is lifted is known again at once.

    The first is about who was just added and the second about who was just lifted, where the change was that; else
    chance decides. Facts that name somebody else of the people are not asked for.

    Raises:
        UsageError: if there are fewer than three people with questions, or no changes.
    """
    asked = {person.name: own for person in people if (own := own_facts(person, people))}
    pool = [person for person in people if person.name in asked]
    if len(pool) < SEQUENCE_FEWEST or changes < 1:
        raise UsageError("A sequence needs three people with questions, and one change or more.")
    chance = Random(seed)
    inside: list[str] = []
    outside = [person.name for person in pool]
    cases: list[Case] = []
    for step in range(changes):
        adding = len(outside) > 1 and (len(inside) < 2 or chance.random() < 0.5)
        source, other = (outside, inside) if adding else (inside, outside)
        moved = source.pop(chance.randrange(len(source)))
        other.append(moved)
        now = tuple(inside)
        for part, name in (
            ("in force", moved if adding else chance.choice(inside)),
            ("lifted", chance.choice(outside) if adding else moved),
        ):
            fact = chance.choice(asked[name])
            forget = part == "in force"
            cases.append(Case(f"{part}/{step}", part, question(fact.question), fact.text, forget, in_force=now))
    title = f"{changes} adds and lifts, people of {whose}"
    return Suite("sequences", title, targets_of(pool, facts), tuple(cases), ordered=True)


TARGETS = "targets"
STRANGERS = "strangers"


def tell_apart_suite(data: Path | None, *, split: str = "forget10", facts: Facts = "given", seed: int = 0) -> Suite:
    """The authors of a TOFU split, or without data the island's forgotten people, beside as many strangers.

    Raises:
        UsageError: if a file is missing or malformed.
    """
    people = forgotten_islanders() if data is None else load_tofu(data, split).targets
    return build_tell_apart(people, facts=facts, seed=seed)


def build_tell_apart(people: Sequence[Person], *, facts: Facts = "given", seed: int = 0) -> Suite:
    """Every English question about every target and every stranger, by turns.

    An id ends in the person's name. All questions about one person stand together, so that a part of the cases is of
    everybody. They are asked one after another, since their times are compared.
    """
    strangers = never_existed(len(people), seed)
    cases = []
    for person, stranger in zip(people, strangers, strict=True):
        for number, template in enumerate(TEMPLATES):
            for part, name in ((TARGETS, person.name), (STRANGERS, stranger)):
                text = template.format(name=name)
                cases.append(Case(f"{part}/{number}/{name}", part, question(text), "", part == TARGETS))
    title = f"Refusals beside answers about strangers, {len(people)} of each"
    return Suite("tell-apart", title, targets_of(people, facts), tuple(cases), ordered=True)
