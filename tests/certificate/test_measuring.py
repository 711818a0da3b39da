from __future__ import annotations

from collections.abc import Sequence

import pytest

from expunge.certificate.measuring import IN_A_ROW, ModelSide, Said, converse, measure
from expunge.certificate.questions import Other, Probe
from expunge.errors import ContextTooLong, ModelError, ModelUnreachable
from expunge.evals.cases import Case
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


WORDINGS = [
    "Basil wants light.",
    "Water it often.",
    "Pinch the tips off.",
    "Keep frost away.",
    "A sunny sill will do.",
    "Loose soil, please.",
]
IGNORANT = ["I do not know.", "I have no information about that.", "Ich weiß es nicht."]


def sampling(texts: Sequence[str]) -> ModelSide:
    """A side that says something else each time."""
    return ModelSide(ScriptedChat([*texts, *texts, *texts]))


@pytest.mark.parametrize(
    ("alone", "live", "answered"),
    [
        (WORDINGS[:3], WORDINGS[3:], 1),
        (WORDINGS[:3], ["", WORDINGS[4]], 1),
        (WORDINGS[:3], [IGNORANT[0], IGNORANT[1], WORDINGS[5]], 1),
        (WORDINGS[:3], IGNORANT, 0),
        (WORDINGS[:3], ["", " ", "\n"], 0),
        ([WORDINGS[0], IGNORANT[0], WORDINGS[1]], IGNORANT, 1),
        (IGNORANT[:1], IGNORANT[1:], 1),
    ],
)
async def test_a_gateway_that_words_each_answer_anew_is_judged_by_form(
    alone: list[str], live: list[str], answered: int
) -> None:
    measured = await measure([], [Other("How do I keep basil alive?")], sampling(alone), sampling(live))
    assert (measured.answered.hits, measured.answered.n) == (answered, 1)
    assert measured.by_form


@pytest.mark.parametrize("own", [False, True])
async def test_one_sentence_for_several_questions_is_no_answer_unless_the_model_alone_says_it(own: bool) -> None:
    stock = "That is a matter for the front desk."
    alone = ModelSide(ScriptedChat(lambda m, o: stock if own else f"{m[-1].content} Let us see: by the river."))
    live = ModelSide(ScriptedChat(lambda m, o: stock))
    others = [Other("How do I keep basil alive?"), Other("Why is the sea salty?")]
    measured = await measure([], others, alone, live)
    assert measured.answered.hits == (2 if own else 0)


async def test_one_repeated_answer_about_the_target_is_no_answer_about_others() -> None:
    stock = "That is a matter for the front desk."
    single = Case("b/1", "b", (Message("user", "Where?"),), "Born in Skellefteå", True)
    other = [Other("How do I keep basil alive?")]
    alone = ModelSide(ScriptedChat(lambda m, o: "Water and light."))
    measured = await measure(
        [Probe("direct", "direct", single)], other, alone, ModelSide(ScriptedChat(lambda m, o: stock))
    )
    assert measured.answered.hits == 0
    without = await measure([], other, alone, ModelSide(ScriptedChat(lambda m, o: stock)))
    assert without.answered.hits == 1


async def test_a_model_that_goes_while_it_is_asked_again_changes_nothing() -> None:
    live = ModelSide(ScriptedChat(["I do not know.", ModelUnreachable("It is down.")]))
    measured = await measure([], [Other("Why is the sea salty?")], sampling(WORDINGS), live)
    assert (measured.answered.hits, measured.answered.n, measured.failed) == (0, 1, 0)


async def test_where_the_draft_is_known_its_words_are_what_counts() -> None:
    measured = await measure(
        [], [Other("How do I keep basil alive?")], sampling(WORDINGS), Layer("Loose soil, please.", "Water it often.")
    )
    assert measured.answered.hits == 0
    assert not measured.by_form
