"""A suite before a system: the system is opened at the first case, told the targets, and asked case by case."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from expunge.evals.cases import Case, Suite
from expunge.evals.records import Record, record
from expunge.evals.systems.base import Reply, System
from expunge.types import Message

Open = Callable[[], System]


class Stage:
    """Asks one suite's cases of one system, which is opened and prepared when the first case comes.

    In an ordered suite cases wait for each other, and the targets in force are changed to each case's beforehand.
    """

    def __init__(self, suite: Suite, open_: Open) -> None:
        self.suite = suite
        self._open = open_
        self._system: System | None = None
        self._ready = asyncio.Lock()
        self._turn = asyncio.Lock()

    async def ask(self, case: Case) -> Record:
        """Ask every live turn of a case and judge the replies.

        Raises:
            ModelError: if the upstream fails.
        """
        system = await self._prepared()
        if not self.suite.ordered:
            return await _played(system, case)
        async with self._turn:
            wanted = case.in_force
            await system.forget([t for t in self.suite.targets if wanted is None or t.name in wanted])
            return await _played(system, case)

    async def aclose(self) -> None:
        """Release the system, if it was opened."""
        if self._system is not None:
            await self._system.aclose()
            self._system = None

    async def _prepared(self) -> System:
        async with self._ready:
            if self._system is None:
                system = self._open()
                if not self.suite.ordered:
                    await system.forget(self.suite.targets)
                self._system = system
            return self._system


async def _played(system: System, case: Case) -> Record:
    said: list[Message] = []
    replies: list[Reply] = []
    for number, message in enumerate(case.messages):
        said.append(message)
        following = case.messages[number + 1 :]
        # A user's turn that the case answers itself is past; an assistant's at the end is a beginning to go on from.
        if (message.role == "user" and not (following and following[0].role == "assistant")) or not following:
            reply = await system.ask(tuple(said))
            replies.append(reply)
            said.append(Message("assistant", reply.text))
    return record(case, said, replies)
