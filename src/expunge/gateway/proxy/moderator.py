"""Drafts to outcomes, without holding up those who wait for something else."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from expunge.assemble import Parts
from expunge.counterfactual.refusal import CounterfactualRefusal
from expunge.errors import ExpungeError, ModelReplyError
from expunge.gateway.apis.texts import seams
from expunge.pipeline import Outcome
from expunge.screen.screen import Screen
from expunge.text.budget import budget, read_at_length
from expunge.types import Decision, Draft, Evidence, Message, Snapshot

T = TypeVar("T")
_SHORT = 1_200
"""Characters that the screen reads in about a millisecond; more are read beside the event loop."""
_LONG = 40_000
"""Characters from which a request must not hold up the shorter ones that are read there."""
_COLLECTED = (5_000, 10, 200)
"""When garbage is looked for among the youngest objects, the younger ones, and all."""
_FAR = 4
"""Long requests that are read at a time without waiting for each other."""
_BYTES = 65_536
"""Bytes of JSON that are read or written in about a millisecond."""
MOST = 2_000_000
"""Characters of an answer that are judged, some seconds' work; a longer one is none."""


class WorkerLoop:
    """A thread with an event loop of its own, for work that computes for long."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="expunge-deciding", daemon=True)
        self._thread.start()
        self.load = 0
        """Characters of what is under way here."""

    def _run(self) -> None:
        read_at_length()
        self._loop.run_forever()

    async def run(self, work: Coroutine[Any, Any, T], length: int = 1) -> T:
        """The result of work on so many characters that is done there. Cancelling this cancels the work."""
        self.load += length
        try:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))
        finally:
            self.load -= length

    async def aclose(self) -> None:
        """End the thread, when what it does is done or cancelled."""
        await self.run(_cancel_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join)
        self._loop.close()


class Moderator:
    """Decides for all requests of a gateway."""

    def __init__(self) -> None:
        # A full collection amid the million pieces of a long text would keep everybody waiting for half a second.
        gc.set_threshold(*_COLLECTED)
        self._indexing, self._side = WorkerLoop(), WorkerLoop()
        self._far = tuple(WorkerLoop() for _ in range(_FAR))
        self._prepared: WeakKeyDictionary[Screen, Snapshot] = WeakKeyDictionary()

    async def prepare(self, parts: Parts, snapshot: Snapshot) -> None:
        """Have the screen index a snapshot, unless it has.

        Raises:
            ModelError: if facts must be embedded and the embedding model fails.
        """
        ready = self._prepared.get(parts.screen)
        if ready is not None and ready.base is snapshot.base and ready.overlay is snapshot.overlay:
            return
        await self._indexing.run(parts.screen.prepare(snapshot, beside=True))
        self._prepared[parts.screen] = snapshot

    def has_prepared(self, parts: Parts) -> bool:
        """Whether the screen indexed any snapshot: from then on the next ones take no time to speak of."""
        return parts.screen in self._prepared

    async def outcomes(
        self,
        parts: Parts,
        snapshot: Snapshot,
        messages: Sequence[Message],
        drafts: Sequence[Draft],
        counterfactual: CounterfactualRefusal | None = None,
        spoken: Sequence[Message] | None = None,
    ) -> tuple[Outcome, ...]:
        """Return what may leave in place of each choice of an answer, which are read as one where they meet.

        `spoken` are the messages without what tools and schemas say.

        Raises:
            ModelReplyError: if a draft is too long to be judged.
        """
        decide = _choices if len(drafts) > 1 else _each
        work = decide(parts, snapshot, messages, drafts, spoken)
        outcomes = await self._judged(parts, snapshot, messages, drafts, work)
        if counterfactual is None:
            return outcomes
        # A counterfactual refusal belongs to the loop that it was begun in, which is this one.
        decided = enumerate(zip(outcomes, drafts, strict=True))
        reworded = [parts.pipeline.reworded(outcome, draft, counterfactual, at) for at, (outcome, draft) in decided]
        return tuple(await asyncio.gather(*reworded))

    async def explained(
        self,
        parts: Parts,
        snapshot: Snapshot,
        messages: Sequence[Message],
        draft: Draft,
        counterfactual: CounterfactualRefusal | None = None,
    ) -> Outcome:
        """Return what may leave in place of a draft, with the texts of each step in its trace.

        Raises:
            ModelReplyError: if the draft is too long to be judged.
        """
        work = parts.pipeline.decide(snapshot, messages, draft, keep_texts=True)
        outcome = await self._judged(parts, snapshot, messages, (draft,), work)
        return outcome if counterfactual is None else await parts.pipeline.reworded(outcome, draft, counterfactual)

    async def each(
        self, parts: Parts, snapshot: Snapshot, messages: Sequence[Message], drafts: Sequence[Draft]
    ) -> tuple[Outcome, ...]:
        """Return what may leave in place of each of several texts, of which none goes on in another.

        Raises:
            ModelReplyError: if a draft is too long to be judged.
        """
        return await self._judged(parts, snapshot, messages, drafts, _each(parts, snapshot, messages, drafts))

    async def beside(self, messages: Sequence[Message], work: Coroutine[Any, Any, T]) -> T:
        """Do work on a conversation where it holds up nobody with a shorter one."""
        return await self._run(work, _length(messages, ()))

    async def ahead(self, parts: Parts, snapshot: Snapshot, work: Coroutine[Any, Any, T], length: int) -> T:
        """Do work on so many characters of an answer that is not there yet, once the screen has indexed the snapshot.

        Raises:
            ModelError: as `prepare`.
        """
        try:
            await self.prepare(parts, snapshot)
        except BaseException:
            work.close()
            raise
        return await self._run(work, length)

    async def evidence(
        self, parts: Parts, snapshot: Snapshot, messages: Sequence[Message], draft: Draft
    ) -> tuple[Evidence, ...]:
        """Return what the screen sees in a conversation and the draft after it.

        Raises:
            ModelError: if the embedding model fails.
        """
        await self.prepare(parts, snapshot)
        return await self._run(parts.screen.read(snapshot, messages, draft), _length(messages, (draft,)))

    async def is_clean(self, parts: Parts, snapshot: Snapshot, messages: Sequence[Message], text: str) -> bool:
        """Whether the screen sees nothing in a text that is to leave, nor in the conversation before it.

        Raises:
            ModelError: if the embedding model fails.
        """
        return not await self.evidence(parts, snapshot, messages, Draft(text))

    async def aclose(self) -> None:
        """End what is under way."""
        for loop in (self._indexing, self._side, *self._far):
            await loop.aclose()

    async def _judged(
        self,
        parts: Parts,
        snapshot: Snapshot,
        messages: Sequence[Message],
        drafts: Sequence[Draft],
        work: Coroutine[Any, Any, T],
    ) -> T:
        if max(map(length_of, drafts), default=0) > MOST:
            work.close()
            raise ModelReplyError(f"The upstream's answer has over {MOST:,} characters, which is more than is judged.")
        with suppress(ExpungeError):  # met again when the draft is read, where it ends in a refusal
            await self.prepare(parts, snapshot)
        return await self._run(work, _length(messages, drafts))

    async def _run(self, work: Coroutine[Any, Any, T], length: int) -> T:
        """Do the work here if it is short, else where it holds up nobody with less of it."""
        if length <= _SHORT:
            return await work
        if length <= _LONG:
            return await self._side.run(work, length)
        return await min(self._far, key=lambda loop: loop.load).run(work, length)


async def _each(
    parts: Parts,
    snapshot: Snapshot,
    messages: Sequence[Message],
    drafts: Sequence[Draft],
    spoken: Sequence[Message] | None = None,
) -> tuple[Outcome, ...]:
    decide = parts.pipeline.decide
    with budget():  # one for all
        if len(drafts) == 1:
            return (await decide(snapshot, messages, drafts[0], spoken=spoken),)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(decide(snapshot, messages, draft, spoken=spoken)) for draft in drafts]
    return tuple(task.result() for task in tasks)


async def _choices(
    parts: Parts,
    snapshot: Snapshot,
    messages: Sequence[Message],
    drafts: Sequence[Draft],
    spoken: Sequence[Message] | None,
) -> tuple[Outcome, ...]:
    with budget():  # one for all
        outcomes = await _each(parts, snapshot, messages, drafts, spoken)
        if not (joined := await _across(parts.screen, snapshot, messages, drafts)):
            return outcomes
        passed = [at for at, outcome in enumerate(outcomes) if outcome.decision is Decision.PASSED]
        # Choices that passed alone do not pass together.
        again = [replace(drafts[at], reasoning=f"{drafts[at].reasoning}\n{joined}") for at in passed]
        decided = dict(zip(passed, await _each(parts, snapshot, messages, again, spoken), strict=True))
    return tuple(decided.get(at, outcome) for at, outcome in enumerate(outcomes))


async def _across(screen: Screen, snapshot: Snapshot, messages: Sequence[Message], drafts: Sequence[Draft]) -> str:
    """Return the words around a name that begins in one choice and goes on in the next, "" if there is none."""
    met = []
    for end, start in seams([draft.text for draft in drafts]):
        for joined in (f"{end}{start}", f"{end} {start}"):
            try:
                evidence = await screen.read(snapshot, messages, Draft(joined))
            except ExpungeError:  # met again when the choices are decided with it, where it ends in a refusal
                return joined
            if any(each.channel == "draft" and each.start < len(end) < each.end for each in evidence):
                met.append(joined)
    return "\n".join(met)


async def without_blocking(length: int, work: Callable[[], T], *, at_length: bool = False) -> T:
    """The result of work on so many bytes, or of unknown length: done in another thread if it would hold up others."""
    return await asyncio.to_thread(work) if at_length or length > _BYTES else work()


def length_of(draft: Draft) -> int:
    """Characters of a draft, on all its channels."""
    return len(draft.text) + len(draft.reasoning) + sum(map(len, draft.tool_calls))


def _length(messages: Sequence[Message], drafts: Sequence[Draft]) -> int:
    return sum(map(length_of, drafts)) + sum(len(message.content) for message in messages) * max(1, len(drafts))


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
