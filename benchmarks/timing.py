"""Whether the time of an answer tells that somebody was forgotten, measured through the gateway.

The same questions are asked about targets and about people who never existed, in mixed order, of an upstream that
writes at a fixed pace and so takes longer for a longer answer. What is reported is the area under the ROC curve of the
time alone: .5 where it tells nothing, over .5 where answers about targets take longer.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table
from starlette.types import ASGIApp, Message, Scope

from expunge.assemble import assemble
from expunge.bench.sentences import sentences
from expunge.bench.terminal import Tick
from expunge.evals.tellapart import TEMPLATES, Area, area, never_existed
from expunge.gateway.access.auth import authenticator_for
from expunge.gateway.access.principal import SingleTenant
from expunge.gateway.app import create_app
from expunge.gateway.factory import apis_of
from expunge.gateway.proxy.context import Context
from expunge.gateway.sse import DONE, KEEP_ALIVE, Event
from expunge.gateway.telemetry.observer import Decided, Failed, Observers
from expunge.gateway.upstream.base import UpstreamRequest, UpstreamResponse
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.settings import PolicySettings, RegistrySettings, ServerSettings, Settings
from expunge.types import Decision, Target

Way = Literal["whole", "buffered", "incremental"]
WAYS: tuple[Way, ...] = ("whole", "buffered", "incremental")
_SEED = 11
_TOKEN = 4
"""Characters of a token."""
_THOUGHT = 0.05
"""Seconds before the first token."""
_UNEVEN = 0.1
"""Spread of the upstream's seconds, as that of a logarithm."""
_SENTENCES = 6
"""Most sentences of an answer."""
_IGNORANT = (
    "There is nothing about this that I could tell you for certain.",
    "It may be that the name is written in another way.",
    "Perhaps you could say where you came across it.",
    "I would rather not guess at something that I cannot check.",
    "Many people are not written about anywhere that I have read.",
    "If you give me more to go on, then I will gladly look at it again.",
    "A library or a local paper might be of more help than I am.",
    "Sometimes only those who were there can answer such a thing.",
    "You may well know more about this than I do.",
    "It would help to know what the question is for.",
    "Without that, anything that I said here would be made up.",
    "I hope that you find somebody who can answer it.",
)
"""What the model says of those it does not know, none of which repeats what it says of others."""
_BASE = {"id": "chatcmpl-1", "created": 1, "model": "stub"}


@dataclass(frozen=True, slots=True)
class Telling:
    """What the time of answers in one way tells, and how many answers about targets were refused, each way.

    `drafts` says how many times as long the model's answers about targets are as those about others. `first` and
    `whole` are the seconds to the first and to the last byte.
    """

    way: Way
    drafts: float
    least: str
    n: int
    refused: int
    mirrored: int
    first: Area
    whole: Area
    ordinary_s: float
    target_s: float


async def measure_timing(
    people: int, pace: float, drafts: Sequence[float], at_once: int, least: float | Literal["auto"], tick: Tick
) -> tuple[Telling, ...]:
    """Ask ten questions about each of so many targets and as many strangers, in each way and for each length of drafts.

    `pace` is in tokens a second, `at_once` the number of clients, `least` the setting `min_response_seconds`.
    """
    cases = [(way, times) for times in drafts for way in WAYS]
    found = []
    for done, (way, times) in enumerate(cases):
        tick(f"{way}, drafts x {times:g}", done, len(cases))
        found.append(await _measured(people, pace, times, at_once, least, way))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Asked:
    person: str
    target: bool
    first: float
    whole: float


async def _measured(
    people: int, pace: float, times: float, at_once: int, least: float | Literal["auto"], way: Way
) -> Telling:
    names = never_existed(2 * people, _SEED)
    targets = names[:people]
    upstream = _Writing(pace, frozenset(targets), times)
    counted = _Counted()
    questions = [(name, name in targets, template) for name in names for template in TEMPLATES]
    Random(_SEED).shuffle(questions)
    gate = asyncio.Semaphore(at_once)
    async with _gateway(targets, upstream, counted, least, way) as app:

        async def one(name: str, target: bool, template: str) -> _Asked:
            body = {"model": "stub", "messages": [{"role": "user", "content": template.format(name=name)}]}
            async with gate:
                return _Asked(name, target, *await _seconds(app, {**body, "stream": way != "whole"}))

        # What the gateway learns from comes first, as it would in use.
        for name in never_existed(2 * people + 4, _SEED)[2 * people :]:
            await asyncio.gather(*(one(name, False, template) for template in TEMPLATES))
        counted.refused = counted.mirrored = 0
        asked = await asyncio.gather(*(one(*question) for question in questions))
    labels = np.array([float(each.target) for each in asked])
    persons = [each.person for each in asked]
    first, whole = (np.array([getattr(each, name) for each in asked]) for name in ("first", "whole"))
    return Telling(
        way, times, str(least), len(asked), counted.refused, counted.mirrored,
        area(first, labels, persons, _SEED), area(whole, labels, persons, _SEED),
        float(np.median(whole[labels == 0])), float(np.median(whole[labels == 1])),
    )  # fmt: skip


async def _seconds(app: ASGIApp, body: Mapping[str, Any]) -> tuple[float, float]:
    """Seconds to the first and to the last byte of an answer, comments that keep a stream alive aside."""
    began = time.perf_counter()
    first = 0.0
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()
        asked = True
        return {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}

    async def send(message: Message) -> None:
        nonlocal first
        if message["type"] == "http.response.start" and message["status"] != 200:
            raise RuntimeError(f"The gateway answered with status {message['status']}.")
        if not first and message.get("body") and message["body"] != KEEP_ALIVE:
            first = time.perf_counter() - began

    headers = [(b"content-type", b"application/json"), (b"host", b"gateway")]
    scope: Scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": "/v1/chat/completions",
        "raw_path": b"/v1/chat/completions", "query_string": b"", "root_path": "", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("gateway", 80),
    }  # fmt: skip
    await app(scope, receive, send)
    return first, time.perf_counter() - began


class _Counted:
    """Counts the refusals, and those of them that the model worded."""

    def __init__(self) -> None:
        self.refused = self.mirrored = 0

    def decided(self, decided: Decided) -> None:
        """One more answer."""
        for outcome in decided.outcomes:
            self.refused += outcome.decision is Decision.REFUSED
            self.mirrored += outcome.counterfactual is not None

    def failed(self, failed: Failed) -> None:
        """Nothing: the client raises."""


class _Writing:
    """Writes an answer about whomever it is asked about, so many tokens a second, longer ones about those it knows."""

    def __init__(self, pace: float, known: frozenset[str], times: float) -> None:
        self._pace, self._known, self._times = pace, known, times
        self._told = [text for code, text in sentences(8 * 120, _SEED) if code == "en" and text.endswith(".")]
        self._uneven = Random(_SEED)

    @asynccontextmanager
    async def open(self, call: UpstreamRequest) -> AsyncIterator[UpstreamResponse]:
        """The answer, which takes as long as it is long."""
        body = json.loads(call.body or b"{}")
        seconds = 1 / self._pace * self._uneven.lognormvariate(0, _UNEVEN)
        yield _Written(self._answer(body["messages"][-1]["content"]), seconds, streamed=body.get("stream") is True)

    async def aclose(self) -> None:
        """Nothing to close."""

    def _answer(self, question: str) -> str:
        known = next((name for name in self._known if name in question), None)
        draw = Random(question)
        count = draw.randint(1, _SENTENCES) * (self._times if known else 1)
        pool = self._told if known else _IGNORANT
        about = f"{known} is a writer. " if known else "I know no such person. "
        return about + " ".join(draw.sample(pool, round(count)))


class _Written:
    def __init__(self, text: str, seconds: float, *, streamed: bool) -> None:
        self._text, self._seconds, self._streamed = text, seconds, streamed
        self.status = 200
        self.headers = {"content-type": "text/event-stream" if streamed else "application/json"}

    async def pieces(self) -> AsyncIterator[bytes]:
        """The answer at once, or a token at a time."""
        tokens = range(0, len(self._text), _TOKEN)
        await asyncio.sleep(_THOUGHT)
        begun = time.perf_counter()
        if not self._streamed:
            await asyncio.sleep(len(tokens) * self._seconds)
            choice = {"index": 0, "message": {"role": "assistant", "content": self._text}, "finish_reason": "stop"}
            usage = {"prompt_tokens": 9, "completion_tokens": len(tokens), "total_tokens": 9 + len(tokens)}
            yield json.dumps({**_BASE, "object": "chat.completion", "choices": [choice], "usage": usage}).encode()
            return
        yield _chunk({"role": "assistant", "content": ""})
        for number, place in enumerate(tokens):
            await asyncio.sleep(max(0.0, begun + (number + 1) * self._seconds - time.perf_counter()))
            yield _chunk({"content": self._text[place : place + _TOKEN]})
        yield _chunk({}, "stop") + Event(DONE).encoded()


def _chunk(delta: Mapping[str, str], finish: str | None = None) -> bytes:
    choice: dict[str, Any] = {"index": 0, "delta": delta, "finish_reason": finish}
    return Event(json.dumps({**_BASE, "object": "chat.completion.chunk", "choices": [choice]})).encoded()


@asynccontextmanager
async def _gateway(
    targets: Sequence[str], upstream: _Writing, counted: _Counted, least: float | Literal["auto"], way: Way
) -> AsyncIterator[ASGIApp]:
    stream: Literal["buffered", "incremental"] = "incremental" if way == "incremental" else "buffered"
    server = ServerSettings(auth="none", stream=stream, min_response_seconds=least)
    settings = Settings(
        registry=RegistrySettings(url="sqlite:///:memory:"),
        policy=PolicySettings(agents="rules", elicit=False),
        server=server,
    )
    parts = assemble(settings, vanilla=ScriptedChat(lambda *_: ""), embeddings=ScriptedEmbeddings())
    parts.registry.add_many([Target(name) for name in targets])
    observers = Observers((counted,))
    context = Context(server, SingleTenant(parts), upstream, authenticator_for(server, parts.registry), observers)
    app = create_app(context, apis_of("text", "openai"))
    async with app.router.lifespan_context(app):
        await context.moderator.prepare(parts, parts.registry.snapshot())
        yield app


def timing_table(found: Sequence[Telling], pace: float) -> Table:
    """What the time tells, by way and by the length of drafts."""
    table = Table(
        title=f"What the time of an answer tells (AUC; .5: nothing), at {pace:g} tokens a second",
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    names = ("answers", "drafts", "n", "refused", "by the model", "first byte", "last byte", "ordinary", "targets")
    for name in names:
        table.add_column(name, justify="left" if name == "answers" else "right")
    for row in found:
        areas = [f"{each.value:.2f} ({each.low:.2f}-{each.high:.2f})" for each in (row.first, row.whole)]
        seconds = [f"{each:.2f} s" for each in (row.ordinary_s, row.target_s)]
        counts = [str(row.n), str(row.refused), str(row.mirrored)]
        table.add_row(row.way, f"x {row.drafts:g}", *counts, *areas, *seconds)
    return table
