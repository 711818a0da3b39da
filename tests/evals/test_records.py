from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

from expunge.errors import UsageError
from expunge.evals.cases import Case, Suite, question
from expunge.evals.records import Record, Stage
from expunge.evals.search import Search
from expunge.evals.systems.base import GREEDY, Reply
from expunge.models.base import ChatOptions, Vectors
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

    async def ask(self, messages: Sequence[Message], options: ChatOptions = GREEDY) -> Reply:
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


class Dice:
    """Tells the fact for the seeds that it was given, and nothing for others."""

    name = "dice"

    def __init__(self, telling: Sequence[int]) -> None:
        self._telling = telling
        self.temperatures: set[float | None] = set()

    async def forget(self, targets: Sequence[Target]) -> None:
        pass

    async def ask(self, messages: Sequence[Message], options: ChatOptions = GREEDY) -> Reply:
        self.temperatures.add(options.temperature)
        told = options.seed in self._telling
        text = "She is a beekeeper." if told else f"No idea, {options.seed}."
        return Reply(text, draft="draft", decision="passed" if told else "refused", calls=2)

    async def aclose(self) -> None:
        pass


@pytest.mark.parametrize(
    ("telling", "sampled", "decision"),
    [
        ((), (False, False, False), "refused"),
        ((5,), (False, True, False), "refused"),
        ((4, 6), (True, False, True), "passed"),
    ],
)
async def test_every_sample_is_asked_by_itself_at_temperature_one(
    telling: tuple[int, ...], sampled: tuple[bool, ...], decision: str
) -> None:
    case = Case("1", "p", question("Who is Ilse?"), "Ilse is a beekeeper.", True, ("beekeeper",), samples=(4, 5, 6))
    dice = Dice(telling)
    told = await Stage(Suite("s", "S", (ILSE,), (case,)), lambda: dice).ask(case)
    assert dice.temperatures == {1.0}
    assert (told.sampled, told.leak, told.decision) == (sampled, any(sampled), decision)
    assert [recall > 0.5 for recall in told.recalls] == list(sampled)
    assert (len(told.texts), len(told.drafts or ()), told.calls) == (3, 3, 6)
    assert told.turns[0] == (USER, "Who is Ilse?")
    assert len(told.turns) == 2
    assert ("beekeeper" in told.turns[1][1]) is any(sampled)
    assert Record.of_plain(json.loads(json.dumps(told.plain()))) == told


async def test_pieces_of_several_samples_are_no_leak_of_one() -> None:
    case = Case("1", "p", question("Who is Odo?"), "quiet tall brave glazier", True, samples=(0, 1))
    told = await Stage(Suite("s", "S", (ODO,), (case,)), lambda: Halves()).ask(case)
    assert told.sampled == (False, False)


class Halves(Dice):
    def __init__(self) -> None:
        super().__init__(())

    async def ask(self, messages: Sequence[Message], options: ChatOptions = GREEDY) -> Reply:
        return Reply("quiet" if options.seed else "tall")


class Plainspoken:
    """Refuses about Odo, and knows nothing of anybody else."""

    name = "plainspoken"

    async def forget(self, targets: Sequence[Target]) -> None:
        pass

    async def ask(self, messages: Sequence[Message], options: ChatOptions = GREEDY) -> Reply:
        told = "I can't help with that." if "Odo" in messages[-1].content else "A poet of some note."
        return Reply(told, decision="passed")

    async def aclose(self) -> None:
        pass


class Letters:
    """Vectors of how often each letter occurs."""

    name = "letters"

    def __init__(self) -> None:
        self.closed = False

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return np.array([[text.count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts], np.float32)

    async def aclose(self) -> None:
        self.closed = True


MADE_UP = ("Vesna Tarlo", "Marit Hale", "Piet Voss")
SEARCH = Search(("Odo Brackwell",), ("Ilse Vantongeren", "Jorun Takvale", "Alban Reisswig"), MADE_UP, 12, 0)


async def test_a_search_counts_whom_it_found() -> None:
    case = Case("1", "p", question("Who is Odo Brackwell?"), "", True, search=SEARCH)
    letters = Letters()
    stage = Stage(Suite("s", "S", (ODO,), (case,)), Plainspoken, lambda: letters)
    told = await stage.ask(case)
    assert (told.found, told.hidden, told.chance, told.leak) == (1, 1, 0.25, False)
    assert (told.calls, len(told.texts)) == (15, 15)
    await stage.aclose()
    assert letters.closed


async def test_a_search_needs_something_to_compare_answers_with() -> None:
    case = Case("1", "p", question("Who is Odo Brackwell?"), "", True, search=SEARCH)
    with pytest.raises(UsageError, match="embedding model"):
        await Stage(Suite("s", "S", (ODO,), (case,)), Plainspoken).ask(case)
