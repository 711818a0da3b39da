from __future__ import annotations

from collections.abc import Sequence

import pytest

from expunge.evals.cases import Case, Suite, question
from expunge.evals.records import Stage
from expunge.evals.systems.base import Reply
from expunge.types import Message, Target

ODO, ILSE = Target("Odo Brackwell"), Target("Ilse Vantongeren")


class Parrot:
    """Says how many messages it was given and who is forgotten."""

    name = "parrot"

    def __init__(self) -> None:
        self.forgotten: tuple[str, ...] = ()
        self.changes = 0
        self.closed = False

    async def forget(self, targets: Sequence[Target]) -> None:
        self.forgotten = tuple(target.name for target in targets)
        self.changes += 1

    async def ask(self, messages: Sequence[Message]) -> Reply:
        text = f"{len(messages)} of {', '.join(self.forgotten)}"
        return Reply(text, draft=text, decision="passed", prompt_tokens=2, seconds=1.0, evidence=("name hint draft",))

    async def aclose(self) -> None:
        self.closed = True


USER, ASSISTANT = "user", "assistant"


@pytest.mark.parametrize(
    ("messages", "replies"),
    [
        ([Message("user", "a")], ("1 of Odo Brackwell, Ilse Vantongeren",)),
        (
            [Message("user", "a"), Message("user", "b")],
            ("1 of Odo Brackwell, Ilse Vantongeren", "3 of Odo Brackwell, Ilse Vantongeren"),
        ),
        (
            [Message("user", "a"), Message("assistant", "made up"), Message("user", "b")],
            ("3 of Odo Brackwell, Ilse Vantongeren",),
        ),
        (
            [Message("user", "a"), Message("assistant", "His father was")],
            ("2 of Odo Brackwell, Ilse Vantongeren",),
        ),
    ],
)
async def test_live_turns_are_asked_and_given_ones_kept(messages: list[Message], replies: tuple[str, ...]) -> None:
    case = Case("x", "p", tuple(messages), "gold", True)
    told = await Stage(Suite("s", "S", (ODO, ILSE), (case,)), Parrot).ask(case)
    assert told.texts == told.drafts == replies
    assert [role for role, _ in told.turns if role == ASSISTANT].count(ASSISTANT) >= len(replies)
    assert (told.calls, told.prompt_tokens, told.seconds) == (len(replies), 2 * len(replies), len(replies))
    assert told.evidence == ("name hint draft",)


async def test_the_system_is_opened_once_told_once_and_closed() -> None:
    opened: list[Parrot] = []

    def make() -> Parrot:
        opened.append(Parrot())
        return opened[-1]

    cases = tuple(Case(str(n), "p", question("q"), "g", True) for n in range(3))
    stage = Stage(Suite("s", "S", (ODO,), cases), make)
    await stage.aclose()
    assert not opened
    for case in cases:
        await stage.ask(case)
    await stage.aclose()
    assert [(one.changes, one.closed) for one in opened] == [(1, True)]


async def test_an_ordered_suite_changes_who_is_in_force() -> None:
    case = Case("1", "p", question("q"), "g", True, in_force=("Ilse Vantongeren",))
    everybody = Case("2", "p", question("q"), "g", True)
    stage = Stage(Suite("s", "S", (ODO, ILSE), (case, everybody), ordered=True), Parrot)
    assert (await stage.ask(case)).texts == ("1 of Ilse Vantongeren",)
    assert (await stage.ask(everybody)).texts == ("1 of Odo Brackwell, Ilse Vantongeren",)
