from __future__ import annotations

from collections.abc import Sequence

from expunge.evals.cases import Case
from expunge.evals.certificate.measuring import measure
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
