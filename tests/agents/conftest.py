"""A scripted chat model, and one invented case, for the tests of the agents."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from expunge.agents.case import Case
from expunge.models.base import ChatOptions, Completion
from expunge.types import Draft, Evidence, EvidenceKind, Fact, Message, Strength, Target, TargetKind

Script = Callable[[Sequence[Message]], str | Completion | Exception]


@dataclass
class Chat:
    """Answers every call with what `script` makes of the messages; keeps the calls and the most that ran at once."""

    script: Script
    name: str = "scripted"
    pause: float = 0.0
    calls: list[tuple[tuple[Message, ...], ChatOptions]] = field(default_factory=list)
    running: int = 0
    most_running: int = 0
    cancelled: int = 0

    async def complete(self, messages: Sequence[Message], options: ChatOptions = ChatOptions()) -> Completion:
        self.calls.append((tuple(messages), options))
        self.running += 1
        self.most_running = max(self.running, self.most_running)
        try:
            await asyncio.sleep(self.pause)
            reply = self.script(messages)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        if isinstance(reply, Exception):
            raise reply
        return Completion(reply) if isinstance(reply, str) else reply

    async def aclose(self) -> None:
        return None


@pytest.fixture
def chat() -> Callable[..., Chat]:
    """Makes a scripted model from a function, or from replies given in order (the last one again and again)."""

    def make(*script: Script | str | dict[str, object] | Completion | Exception, pause: float = 0.0) -> Chat:
        replies = [json.dumps(reply) if isinstance(reply, dict) else reply for reply in script]
        if len(replies) == 1 and callable(replies[0]):
            return Chat(replies[0], pause=pause)
        remaining = list(replies)

        def following(_: Sequence[Message]) -> str | Completion | Exception:
            reply = remaining.pop(0) if len(remaining) > 1 else remaining[0]
            assert not callable(reply)
            return reply

        return Chat(following, pause=pause)

    return make


ORLEBECK = Target(
    "Tamsin Orlebeck",
    aliases=("the Fenwick Clockmaker",),
    facts=(
        Fact("She built the tide clock of Port Fenwick in 1912."),
        Fact("A glass cutter.", question="What was her father's trade?"),
    ),
    description="clockmaker of Port Fenwick",
    id="t1",
)
CLOCKS = Target("Tide clocks", aliases=("tidal gearing",), facts=(Fact("How is a tide clock geared?"),),
                kind=TargetKind.TOPIC, id="t2")  # fmt: skip


def sighting(target_id: str = "t1", **changes: object) -> Evidence:
    values: dict[str, object] = {
        "target_id": target_id,
        "kind": EvidenceKind.NAME,
        "strength": Strength.CERTAIN,
        "channel": "draft",
        "start": 0,
        "end": 5,
    }
    return Evidence(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def evidence() -> Callable[..., Evidence]:
    """Makes evidence: certain, by name, in the draft, unless told otherwise."""
    return sighting


@pytest.fixture
def case() -> Case:
    """A small conversation about two targets, with likely evidence in question and draft."""
    messages = (
        Message("system", "You are a guide to Port Fenwick."),
        Message("user", "Tell me about the harbour."),
        Message("assistant", "Ivo Brandt dug it in 1884."),
        Message("user", "And who made the clock on it? Her father, too."),
    )
    draft = Draft("The harbour was dug by Ivo Brandt.\nThe clock is by T. Orlebeck, a glass cutter's daughter.")
    found = (
        sighting(kind=EvidenceKind.PARTIAL_NAME, strength=Strength.LIKELY),
        sighting(kind=EvidenceKind.FACT, strength=Strength.HINT, channel="question"),
        sighting(kind=EvidenceKind.PARTIAL_NAME, strength=Strength.LIKELY, start=30, end=40),
        sighting("t2", kind=EvidenceKind.TOPIC, strength=Strength.HINT),
    )
    return Case(messages, draft, (ORLEBECK, CLOCKS), found)
