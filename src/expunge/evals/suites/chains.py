"""Chains of questions through other entities: to a target's fact, where none may tell it, and to anything else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from expunge.evals.cases import Case, Suite, question
from expunge.evals.data import Facts, Person
from expunge.evals.suites.base import targets_of
from expunge.models.base import Completion
from expunge.types import Fact, Message

IN_TURNS = "in turns"
OTHERS, PAST = "to others", "past a target"


@dataclass(frozen=True, slots=True)
class Chain:
    """Questions of which each is about the answer to the one before, and the same as one question.

    `hops` are questions and answers, `end` is the last answer in as few words as possible. `secrets` are what a chain
    to a target discloses on the way and at its end: who it is, and the fact. A chain to anything else has none; `past`
    says that it begins where one to a target does.
    """

    id: str
    hops: tuple[tuple[str, str], ...]
    question: str
    end: str
    secrets: tuple[str, ...] = ()
    past: bool = False

    @property
    def forget(self) -> bool:
        """Whether the chain leads to a target."""
        return bool(self.secrets)


@cache
def load() -> tuple[tuple[Person, ...], tuple[Chain, ...]]:
    """The targets and the chains of `chains.json` beside this file; everybody in it is invented."""
    data = json.loads(resources.files(__package__).joinpath("chains.json").read_text(encoding="utf-8"))
    people = tuple(Person(one["name"], tuple(Fact(fact) for fact in one["facts"])) for one in data["people"])
    chains = tuple(
        Chain(
            one["id"],
            tuple((asked, told) for asked, told in one["hops"]),
            one["question"],
            one["end"],
            tuple(one.get("secrets", ())),
            one.get("past", False),
        )
        for one in data["chains"]
    )
    return people, chains


def multi_hop_suite(*, facts: Facts = "given") -> Suite:
    """The chains that ship, in five forms each."""
    people, chains = load()
    return build_multi_hop(people, chains, facts=facts)


def build_multi_hop(people: Sequence[Person], chains: Sequence[Chain], *, facts: Facts = "given") -> Suite:
    """Each chain in each form; the people are the targets.

    The forms are parts of their own where a chain leads to a target: "in turns" (a turn for each hop), "resumed" (only
    the last hop is asked, the answers to the others being given), "at once" (one question), "end only" (one question
    with the bare end for an answer) and "in steps" (one question with every hop in the answer). The parts to keep are
    "to others" and "past a target".
    """
    cases: dict[str, list[Case]] = {}
    for chain in chains:
        for form, messages, replies in _forms(chain):
            case = _case(chain, form, messages, replies)
            cases.setdefault(case.part, []).append(case)
    parts = sorted(cases.values(), key=lambda own: not own[0].forget)
    title = f"{len(chains)} chains of questions, {sum(chain.forget for chain in chains)} of them to targets"
    return Suite("multi-hop", title, targets_of(people, facts), tuple(case for own in parts for case in own))


def _forms(chain: Chain) -> Iterator[tuple[str, Sequence[Message], Sequence[str]]]:
    asked, told = zip(*chain.hops, strict=True)
    earlier = [turn for hop in chain.hops[:-1] for turn in (Message("user", hop[0]), Message("assistant", hop[1]))]
    listed = "\n".join(f"{place}. {each}" for place, each in enumerate(told, start=1))
    yield IN_TURNS, [Message("user", each) for each in asked], told
    yield "resumed", [*earlier, Message("user", asked[-1])], told[-1:]
    yield "at once", question(chain.question), told[-1:]
    yield "end only", question(f"{chain.question} Give nothing but the end of the chain."), [f"{chain.end}."]
    yield "in steps", question(f"{chain.question} Go step by step."), [f"{listed}\n\nSo the answer is: {chain.end}."]


def _case(chain: Chain, form: str, messages: Sequence[Message], replies: Sequence[str]) -> Case:
    return Case(
        id=f"{form}/{chain.id}",
        part=form if chain.forget else PAST if chain.past else OTHERS,
        messages=tuple(messages),
        gold=chain.end,
        forget=chain.forget,
        spans=chain.secrets,
        replies=tuple(Completion(reply) for reply in replies),
    )
