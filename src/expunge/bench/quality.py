"""Leaks and false suppressions on a data set, asked of the unlearner as it would run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from expunge.evals.data import Dataset, Facts, Question
from expunge.evals.outcomes import Outcome, PartResult, run_questions, summarise
from expunge.models.base import ChatModel
from expunge.settings import RegistrySettings, Settings
from expunge.unlearner import Unlearner


@dataclass(frozen=True, slots=True)
class QualityRun:
    """One run: figures by part, then over all forget and all retain questions; `outcomes` hold the texts.

    `known` counts the targets' facts, `register_s` is the time in seconds that registering them all took.
    """

    suite: str
    facts: Facts
    profile: str
    agents: str
    vanilla: str
    targets: int
    known: int
    revision: int
    register_s: float
    parts: tuple[PartResult, ...]
    totals: tuple[PartResult, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def rows(self) -> tuple[PartResult, ...]:
        """The parts, then the totals that add something to them."""
        many = {total.forget for total in self.totals if sum(part.forget is total.forget for part in self.parts) > 1}
        return (*self.parts, *(total for total in self.totals if total.forget in many))


async def measure_quality(
    settings: Settings,
    data: Dataset,
    vanilla: ChatModel,
    *,
    facts: Facts = "none",
    limit: int | None = None,
    at_once: int = 1,
    tick: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> QualityRun:
    """Register the data set's people in a passing registry, ask its questions, and count.

    `limit` takes that many questions of each part. `facts` says what the targets carry: nothing but their
    names, all question-answer pairs of the set, or what Vanilla says when asked at registration.

    Raises:
        ModelError: if Vanilla fails.
    """
    policy = settings.policy.model_copy(update={"elicit": facts == "elicited"})
    passing = settings.model_copy(
        update={"registry": RegistrySettings(url="sqlite:///:memory:"), "key": None, "policy": policy}
    )
    questions = _limited(data.questions, limit)
    asked = 0

    def one_more() -> None:
        nonlocal asked
        asked += 1
        tick(data.name, asked, len(questions))

    async with Unlearner.open(passing, vanilla=vanilla) as unlearner:
        started = time.perf_counter()
        for number, person in enumerate(data.targets, start=1):
            await unlearner.targets.aadd(person.target(with_facts=facts == "given"))
            tick("registering", number, len(data.targets))
        register_s = time.perf_counter() - started
        revision = unlearner.snapshot.revision
        known = sum(len(target.facts) for target in unlearner.snapshot)
        outcomes = await run_questions(unlearner, questions, at_once=at_once, done=one_more)
    return QualityRun(
        suite=data.name,
        facts=facts,
        profile=policy.profile,
        agents=policy.agents,
        vanilla=vanilla.name,
        targets=len(data.targets),
        revision=revision,
        known=known,
        register_s=register_s,
        parts=tuple(summarise(outcomes)),
        totals=tuple(totals(outcomes)),
        outcomes=tuple(outcomes),
    )


def totals(outcomes: Sequence[Outcome]) -> list[PartResult]:
    """The figures over all questions about targets, and over all about others."""
    groups: list[PartResult] = []
    for label, wanted in (("all forget", True), ("all retain", False)):
        own = [o for o in outcomes if o.question.forget is wanted]
        groups += [replace(result, part=label) for result in summarise([_as_part(o, label) for o in own])]
    return groups


def _as_part(outcome: Outcome, part: str) -> Outcome:
    return replace(outcome, question=replace(outcome.question, part=part))


def _limited(questions: Sequence[Question], limit: int | None) -> list[Question]:
    return [question for question in questions if limit is None or question.number < limit]


def as_json(run: QualityRun) -> dict[str, Any]:
    """The figures as plain values, with the numbers of the failed questions and no text."""
    about = {field: getattr(run, field) for field in run.__dataclass_fields__ if field not in _NESTED}
    return {
        **about,
        "parts": [part.as_json() for part in run.parts],
        "totals": [part.as_json() for part in run.totals],
        "leaked": [[o.question.part, o.question.number] for o in run.outcomes if o.leak and o.question.forget],
        "changed": [
            [o.question.part, o.question.number] for o in run.outcomes if not (o.unchanged or o.question.forget)
        ],
    }


_NESTED = frozenset({"parts", "totals", "outcomes"})
