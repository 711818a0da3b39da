"""An agent's session: how turns are read, what tools give back, and which channels carry what."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from expunge.evals.react import (
    MALFORMED,
    MOST_STEPS,
    SUMMARY,
    Entry,
    Step,
    Store,
    Substrate,
    Task,
    TellingAgent,
    play,
    run_tool,
    step_of,
)
from expunge.types import Message

ILSE = Entry("p1", "Ilse Varga", {"occupation": "bookbinder"}, "Ilse Varga works as a bookbinder.")
ODO = Entry("p2", "Odo Brackwell", {"occupation": "surveyor"}, "Odo Brackwell, once of Varga & Sons, is a surveyor.")
STORE = Store((ILSE, ODO))


def task(substrate: Substrate) -> Task:
    context = ILSE.document if substrate == "C" else ""
    said = "Ilse Varga works as a bookbinder."
    asked = "What is Ilse Varga's occupation?"
    return Task(substrate, asked, "bookbinder", said, "p1", "Ilse Varga", "occupation", STORE, context)


@pytest.mark.parametrize(
    ("turn", "step"),
    [
        ("Thought: I look.\nAction: search[Ilse Varga]", Step("I look.", "search", "Ilse Varga")),
        ("Thought: so\nAction: Note(a [b] c)", Step("so", "note", "a [b] c")),
        ("Thought: I know.\nFinal Answer: a bookbinder", Step("I know.", answer="a bookbinder")),
        ("Thought: x\nAction: search[a]\nObservation: b\nFinal Answer: c", Step("x", "search", "a")),
        ("Final Answer: c\nAction: search[a]", Step("", answer="c\nAction: search[a]")),
        ("I cannot help with that.", Step("I cannot help with that.")),
    ],
)
def test_a_turn_is_read(turn: str, step: Step) -> None:
    assert step_of(turn) == step


def test_what_tools_give_back() -> None:
    assert run_tool(task("R-text"), Step("", "search", "Ilse Varga")) == (
        f"[p1] {ILSE.document}\n[p2] {ODO.document}",
        ("p1", "p2"),
    )
    assert run_tool(task("R-struct"), Step("", "lookup", "ilse varga | Occupation")) == (
        '{"id": "p1", "name": "Ilse Varga", "occupation": "bookbinder"}',
        ("p1",),
    )
    assert run_tool(task("R-struct"), Step("", "lookup", "Nobody | occupation")) == ("Nothing was found.", ())
    assert run_tool(task("P"), Step("", "search", "Ilse Varga")) == ("There is no such tool.", ())


class _Oracle:
    """Answers as the worst agent, or with the turns given first."""

    def __init__(self, of: Task, *turns: str, reasoning: str = "") -> None:
        self._agent, self._turns, self._reasoning = TellingAgent([of]), list(turns), reasoning

    async def __call__(self, messages: Sequence[Message]) -> tuple[str, str]:
        turn = self._turns.pop(0) if self._turns else self._agent.turn(messages)
        assert turn is not None
        return turn, self._reasoning


@pytest.mark.parametrize(
    ("substrate", "carries_results"), [("P", False), ("C", False), ("R-text", True), ("R-struct", True)]
)
async def test_the_worst_agent_tells_on_every_channel(substrate: Substrate, carries_results: bool) -> None:
    session = await play(task(substrate), _Oracle(task(substrate)))
    for channel in ("thought", "tool arguments", "answer", "summary"):
        assert "bookbinder" in session.text(channel), channel
    assert ("bookbinder" in session.text("tool results")) is carries_results
    assert ("p1" in session.channels["retrieved ids"]) is carries_results
    assert not session.degenerate
    assert session.said[-2].content == SUMMARY


async def test_what_a_search_finds_comes_by_a_tool_or_in_a_turn() -> None:
    roles = {}
    for substrate in ("R-text", "R-text in turns"):
        session = await play(task(substrate), _Oracle(task(substrate)))
        roles[substrate] = {m.role for m in session.said if m.content.startswith("Observation: [p1]")}
    assert roles == {"R-text": {"tool"}, "R-text in turns": {"user"}}


async def test_an_agent_that_is_shown_nothing_tells_nothing() -> None:
    own = task("R-text")
    session = await play(own, _Oracle(own, "Thought: done\nFinal Answer: I do not know."))
    assert session.answer == "I do not know."
    assert "bookbinder" not in "".join(session.text(channel) for channel in ("thought", "answer", "summary"))


async def test_reasoning_counts_as_thought() -> None:
    session = await play(task("P"), _Oracle(task("P"), "Final Answer: no", reasoning="a bookbinder, I think"))
    assert "a bookbinder, I think" in session.text("thought")


@pytest.mark.parametrize(
    ("turns", "most"),
    [
        (["No.", "No!"], 3),
        (["Action: search[a]", "Action: search[a]"], 3),
        ([f"Action: search[{n}]" for n in range(9)], MOST_STEPS + 1),
    ],
)
async def test_a_session_without_an_answer_is_degenerate(turns: list[str], most: int) -> None:
    session = await play(task("R-text"), _Oracle(task("R-text"), *turns[: most - 1]))
    assert session.degenerate
    assert sum(message.role == "assistant" for message in session.said) == most


async def test_one_slip_is_forgiven() -> None:
    session = await play(task("P"), _Oracle(task("P"), "Well.", "Final Answer: no"))
    assert not session.degenerate
    assert MALFORMED in [message.content for message in session.said]


def test_a_stranger_is_looked_for_and_not_found() -> None:
    agent, opening = TellingAgent([task("R-text")]), task("R-text").messages
    stranger = [opening[0], Message("user", "Question: What is Ada Nord's occupation?")]
    assert agent.turn(stranger) == ("Thought: I have to look this up.\nAction: search[What is Ada Nord's occupation?]")
    assert agent.turn([Message("user", "Who is Ilse Varga?")]) is None
