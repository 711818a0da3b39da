"""Asking a data set's questions and counting what came out.

A *system* is whatever answers; it hands back the upstream's own draft with its answer, so that both are
judged on the same generation.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from expunge.evals.data import Question
from expunge.evals.metrics import Mean, Rate, leaks, percentile, rouge_l, unchanged_rate
from expunge.types import Answer, Decision, Message, Step

_UPSTREAM = "vanilla"
"""The step whose time is the upstream's own."""


class System(Protocol):
    """Anything that answers a question as the unlearner does."""

    async def aask(self, question: str | Sequence[Message], *, keep_draft: bool = False) -> Answer:
        """The answer, with the upstream's draft where `keep_draft` asks for it."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one question gave. `seconds` is wall time, `overhead_ms` that of all steps but the upstream's."""

    question: Question
    draft: str
    answer: str
    decision: Decision
    steps: tuple[Step, ...]
    leak: bool
    draft_leak: bool
    rouge_recall: float
    rouge_f1: float
    draft_rouge_recall: float
    calls: int
    prompt_chars: int
    seconds: float
    overhead_ms: float

    @property
    def unchanged(self) -> bool:
        """Whether the answer is the draft, byte for byte."""
        return self.answer.encode() == self.draft.encode()


async def run_questions(
    system: System, questions: Sequence[Question], *, at_once: int = 1, done: Callable[[], None] = lambda: None
) -> list[Outcome]:
    """Ask all questions, `at_once` together, and judge each answer; outcomes come in the questions' order.

    Raises:
        ModelError: if the upstream fails; nothing is retried here.
    """
    gate = asyncio.Semaphore(at_once)

    async def one(question: Question) -> Outcome:
        async with gate:
            started = time.perf_counter()
            answer = await system.aask(question.text, keep_draft=True)
            outcome = judge(question, answer, time.perf_counter() - started)
        done()
        return outcome

    tasks = [asyncio.ensure_future(one(question)) for question in questions]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def judge(question: Question, answer: Answer, seconds: float) -> Outcome:
    """Compare one answer, and the draft behind it, with the gold answer."""
    draft = answer.text if answer.draft is None else answer.draft.text
    rouge = rouge_l(question.gold, answer.text)
    return Outcome(
        question=question,
        draft=draft,
        answer=answer.text,
        decision=answer.decision,
        steps=answer.trace.steps,
        leak=leaks(question.text, question.gold, answer.text, question.spans),
        draft_leak=leaks(question.text, question.gold, draft, question.spans),
        rouge_recall=rouge.recall,
        rouge_f1=rouge.f1,
        draft_rouge_recall=rouge_l(question.gold, draft).recall,
        calls=answer.trace.calls,
        prompt_chars=answer.trace.prompt_chars,
        seconds=seconds,
        overhead_ms=sum(ms for name, ms in answer.trace.timings_ms.items() if name != _UPSTREAM),
    )


@dataclass(frozen=True, slots=True)
class PartResult:
    """The figures of one part of a data set; rates and means carry their n and 95 % interval.

    `forget` says that the part is about targets; `draft_leaks` and `draft_rouge` are the upstream's own, for
    comparison; the times are in milliseconds; `seconds` is the sum of the answers' wall times.
    """

    part: str
    forget: bool
    leaks: Rate
    draft_leaks: Rate
    unchanged: Rate
    refused: Rate
    rewritten: Rate
    rouge_recall: Mean
    rouge_f1: Mean
    draft_rouge: Mean
    calls: Mean
    prompt_chars: Mean
    overhead_median_ms: float
    overhead_p99_ms: float
    seconds: float

    @property
    def n(self) -> int:
        """How many questions were asked."""
        return self.leaks.n

    def as_json(self) -> dict[str, Any]:
        """The figures as plain values, each rate and mean with `value`, `low`, `high` and `n`."""
        plain: dict[str, Any] = {"part": self.part, "forget": self.forget, "n": self.n}
        for field in self.__dataclass_fields__:
            value = getattr(self, field)
            if isinstance(value, Rate | Mean):
                low, high = value.interval
                plain[field] = {"value": value.value, "low": low, "high": high, "n": value.n}
                if isinstance(value, Rate):
                    plain[field]["hits"] = value.hits
            elif isinstance(value, float):
                plain[field] = round(value, 4)
        return plain


def summarise(outcomes: Sequence[Outcome]) -> list[PartResult]:
    """The figures of each part, in the order in which the parts first appear."""
    parts: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        parts.setdefault(outcome.question.part, []).append(outcome)
    return [_summary(part, own) for part, own in parts.items()]


def _summary(part: str, own: Sequence[Outcome]) -> PartResult:
    def rate(chosen: Callable[[Outcome], bool]) -> Rate:
        return Rate(sum(map(chosen, own)), len(own))

    def mean(value: Callable[[Outcome], float]) -> Mean:
        return Mean.of([value(outcome) for outcome in own])

    overhead = [outcome.overhead_ms for outcome in own]
    return PartResult(
        part=part,
        forget=own[0].question.forget,
        leaks=rate(lambda o: o.leak),
        draft_leaks=rate(lambda o: o.draft_leak),
        unchanged=unchanged_rate((outcome.draft, outcome.answer) for outcome in own),
        refused=rate(lambda o: o.decision is Decision.REFUSED),
        rewritten=rate(lambda o: o.decision is Decision.REWRITTEN),
        rouge_recall=mean(lambda o: o.rouge_recall),
        rouge_f1=mean(lambda o: o.rouge_f1),
        draft_rouge=mean(lambda o: o.draft_rouge_recall),
        calls=mean(lambda o: o.calls),
        prompt_chars=mean(lambda o: o.prompt_chars),
        overhead_median_ms=percentile(overhead, 0.5),
        overhead_p99_ms=percentile(overhead, 0.99),
        seconds=sum(outcome.seconds for outcome in own),
    )


def worst(outcomes: Sequence[Outcome], limit: int) -> list[Outcome]:
    """At most `limit` leaks of forget questions, most telling first, and as many retained answers that changed."""
    leaked = [o for o in outcomes if o.question.forget and o.leak]
    changed = [o for o in outcomes if not o.question.forget and not o.unchanged]
    leaked.sort(key=lambda o: -o.rouge_recall)
    return leaked[:limit] + changed[:limit]
