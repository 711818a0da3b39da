from __future__ import annotations

from collections.abc import Sequence

import pytest

from expunge.errors import ContextTooLong, ModelError, ModelUnreachable
from expunge.evals.cases import Case
from expunge.evals.certificate.measuring import IN_A_ROW, measure
from expunge.evals.certificate.others import Other
from expunge.evals.certificate.probes import Probe
from expunge.evals.certificate.sides import ModelSide, Said, converse
from expunge.models.scripted import ScriptedChat
from expunge.types import Message

TWO_TURNS = Case(
    "a/1",
    "a",
    (Message("user", "Who?"), Message("assistant", "She."), Message("user", "And?"), Message("user", "So?")),
    "Born in Skellefteå",
    True,
)


class Layer:
    """A live side that says what the model alone said."""

    def __init__(self, text: str, draft: str) -> None:
        self._said = Said(text, text, draft, "refused", 4)

    async def ask(self, messages: Sequence[Message]) -> Said:
        return self._said


async def test_turns_that_were_made_up_are_not_asked() -> None:
    model = ScriptedChat(["One.", "Two."])
    said = await converse(TWO_TURNS, ModelSide(model))
    assert [one.text for one in said] == ["One.", "Two."]
    assert [m.content for m in model.calls[1].messages] == ["Who?", "She.", "And?", "One.", "So?"]


async def test_the_model_alone_is_asked_only_where_its_answer_is_not_known() -> None:
    model = ScriptedChat(["Skellefteå", "Nothing"])
    single = Case("b/1", "b", (Message("user", "Where?"),), "Born in Skellefteå", True)
    ticks: list[tuple[int, int]] = []
    measured = await measure(
        [Probe("direct", "direct", single), Probe("multi_turn", "supplied_context", TWO_TURNS)],
        [Other("What is the capital of Norway?")],
        ModelSide(model),
        Layer("Oslo", "Born in Skellefteå"),
        lambda done, total: ticks.append((done, total)),
    )
    assert len(model.calls) == 2, "the two live turns of the conversation"
    assert ticks == [(1, 3), (2, 3), (3, 3)]
    assert (measured.before.hits, measured.after.hits, measured.after.n) == (2, 0, 2)
    assert (measured.unchanged.hits, measured.answered.hits) == (0, 0)
    assert measured.revisions == (4,)


class Failing:
    """A live side of which some calls fail."""

    def __init__(self, failing: set[int], error: ModelError) -> None:
        self._failing = failing
        self._error = error
        self.calls = 0

    async def ask(self, messages: Sequence[Message]) -> Said:
        self.calls += 1
        if self.calls in self._failing:
            raise self._error
        return Said("Oslo", "Oslo")


@pytest.mark.parametrize(
    ("failing", "error", "calls"),
    [
        ({1}, ModelUnreachable("It is down."), 1),
        (set(range(3, 20)), ModelUnreachable("It is down."), 2 + IN_A_ROW),
        (set(range(1, 21)), ContextTooLong("It is too long."), 20),
    ],
)
async def test_a_model_that_is_gone_ends_the_run(failing: set[int], error: ModelError, calls: int) -> None:
    live = Failing(failing, error)
    with pytest.raises(type(error)):
        await measure([], [Other("Where?")] * 20, ModelSide(ScriptedChat(lambda m, o: "Oslo")), live)
    assert live.calls == calls


async def test_some_failures_are_counted() -> None:
    live = Failing({2, 4, 5, 7, 8, 9}, ModelUnreachable("It is down."))
    measured = await measure([], [Other("Where?")] * 20, ModelSide(ScriptedChat(lambda m, o: "Oslo")), live)
    assert (measured.failed, len(measured.kept)) == (6, 14)
