from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from expunge.errors import ModelUnreachable
from expunge.evals.data import Question
from expunge.evals.outcomes import run_questions, summarise, worst
from expunge.types import Answer, Decision, Draft, Message, Step, Trace

DRAFT = "Odo keeps a tame otter."
FORGET = Question("forget", 0, "What does Odo keep?", "Odo keeps a tame otter.", ("tame otter",), forget=True)
FORGET_2 = Question("forget", 1, "What does Odo own?", "A windmill near Lund.", ("windmill",), forget=True)
RETAIN = Question("retain", 0, "Where does the Danube end?", "Black Sea")


class Scripted:
    """Answers from a table; the draft is always the same."""

    def __init__(self, answers: dict[str, tuple[str, Decision]]) -> None:
        self._answers = answers
        self.most_at_once = 0
        self._now = 0

    async def aask(self, question: str | Sequence[Message], *, keep_draft: bool = False) -> Answer:
        assert isinstance(question, str)
        assert keep_draft
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        await asyncio.sleep(0)
        self._now -= 1
        text, decision = self._answers[question]
        steps = (Step("vanilla", "model", 300.0, calls=1, prompt_chars=20), Step("screen", "code", 2.0))
        return Answer(text, decision, 1, trace=Trace(steps), draft=Draft(DRAFT))


def system() -> Scripted:
    return Scripted(
        {
            FORGET.text: ("A tame otter, I hear.", Decision.REWRITTEN),
            FORGET_2.text: ("I'm not familiar with that.", Decision.REFUSED),
            RETAIN.text: (DRAFT, Decision.PASSED),
        }
    )


async def test_outcomes_are_judged_and_in_order() -> None:
    ticks: list[int] = []
    outcomes = await run_questions(system(), [FORGET, FORGET_2, RETAIN], at_once=3, done=lambda: ticks.append(1))
    assert [o.question for o in outcomes] == [FORGET, FORGET_2, RETAIN]
    assert len(ticks) == 3
    assert [o.leak for o in outcomes] == [True, False, False]
    assert [o.draft_leak for o in outcomes] == [True, False, False]
    assert [o.unchanged for o in outcomes] == [False, False, True]
    assert outcomes[0].rouge_recall == pytest.approx(3 / 5)
    assert outcomes[0].draft_rouge_recall == 1.0
    assert (outcomes[0].calls, outcomes[0].prompt_chars, outcomes[0].overhead_ms) == (1, 20, 2.0)


@pytest.mark.parametrize("at_once", [1, 2])
async def test_no_more_at_once_than_asked_for(at_once: int) -> None:
    scripted = system()
    await run_questions(scripted, [FORGET, FORGET_2, RETAIN], at_once=at_once)
    assert scripted.most_at_once == at_once


async def test_a_failing_upstream_ends_the_run() -> None:
    class Broken:
        async def aask(self, question: str | Sequence[Message], *, keep_draft: bool = False) -> Answer:
            raise ModelUnreachable("The endpoint is gone; start it.")

    with pytest.raises(ModelUnreachable):
        await run_questions(Broken(), [FORGET, RETAIN], at_once=2)


async def test_figures_by_part() -> None:
    forget, retain = summarise(await run_questions(system(), [FORGET, FORGET_2, RETAIN]))
    assert (forget.part, forget.n, forget.leaks.hits, forget.draft_leaks.hits) == ("forget", 2, 1, 1)
    assert (forget.refused.hits, forget.rewritten.hits, forget.unchanged.hits) == (1, 1, 0)
    assert (retain.part, retain.n, retain.unchanged.value) == ("retain", 1, 1.0)
    plain = forget.as_json()
    assert plain["leaks"] == {
        "value": 0.5,
        "low": forget.leaks.interval[0],
        "high": forget.leaks.interval[1],
        "n": 2,
        "hits": 1,
    }
    assert plain["calls"]["value"] == 1.0
    assert plain["overhead_median_ms"] == 2.0
    assert summarise([]) == []


async def test_worst_gives_leaks_and_false_suppressions() -> None:
    changed = Scripted(
        {**dict.fromkeys([FORGET.text, FORGET_2.text], (DRAFT, Decision.PASSED)), RETAIN.text: ("", Decision.REFUSED)}
    )
    outcomes = await run_questions(changed, [FORGET, FORGET_2, RETAIN])
    shown = worst(outcomes, limit=5)
    assert [o.question for o in shown] == [FORGET, RETAIN]
    assert worst(outcomes, limit=0) == []
