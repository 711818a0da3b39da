"""What a client still waits for after the upstream's last token, with the answer embedded as it comes and without."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from httpx2 import ASGITransport, AsyncClient
from rich.box import SIMPLE_HEAD
from rich.table import Table

from expunge.assemble import Parts, assemble
from expunge.bench.sentences import LANGUAGES, sentences
from expunge.gateway.access.auth import authenticator_for
from expunge.gateway.access.principal import SingleTenant
from expunge.gateway.app import create_app
from expunge.gateway.factory import apis_of
from expunge.gateway.proxy.context import Context
from expunge.gateway.sse import DONE, Event
from expunge.gateway.telemetry.observer import Observers
from expunge.gateway.upstream.base import UpstreamRequest, UpstreamResponse
from expunge.models.base import EmbeddingModel
from expunge.models.scripted import ScriptedChat
from expunge.settings import PolicySettings, RegistrySettings, ServerSettings, Settings
from expunge.text.segment import sentences as split
from expunge.types import Target

_SEED = 5
_ENGLISH = "en"
_TOKEN = 4
"""Characters of a token."""
_TARGETS = 100
_FACT = "The {number}th lock on the canal at Wendover is kept by somebody who collects brass sundials."
_THOUGHT = 0.1
"""Seconds that the upstream thinks about an answer that it gives whole."""
_BASE = {"id": "chatcmpl-1", "created": 1, "model": "stub"}


@dataclass(frozen=True, slots=True)
class Wait:
    """Milliseconds from the upstream's last token to the client's end, the median over some answers: with only the
    reading embedding anything, and with it embedded ahead."""

    answers: str
    clients: int
    runs: int
    without_ms: float
    ahead_ms: float


async def measure_streaming(
    settings: Settings, embeddings: EmbeddingModel, count: int, runs: int, clients: int, pace: float
) -> tuple[Wait, ...]:
    """Ask for answers of `count` sentences at `pace` tokens a second, streamed to one client and to `clients` at once,
    and for short ones given whole, in turns with and without what is done ahead.

    Raises:
        ModelError: if the embedding model fails.
    """
    told = _Told(2 * runs * (1 + clients) * (count + 1) + 4 * runs)
    upstream = _Pacing(pace)
    async with _gateway(settings, embeddings, upstream) as (client, parts):
        cases = [("streamed", 1, count), ("streamed", clients, count), ("whole", 1, 1)]
        return tuple([await _measured(client, parts, upstream, told, case, runs) for case in cases])


async def _measured(
    client: AsyncClient, parts: Parts, upstream: _Pacing, told: _Told, case: tuple[str, int, int], runs: int
) -> Wait:
    how, clients, count = case
    waits: dict[bool, list[float]] = {False: [], True: []}

    async def one(ahead: bool) -> None:
        question, text = told.take(1), told.take(count)
        body = {"model": "stub", "messages": [{"role": "user", "content": question}], "stream": how == "streamed"}
        answer = await client.post("/v1/chat/completions", json=body, headers=upstream.prepared(text))
        waits[ahead].append((time.perf_counter() - upstream.ended.pop(text)) * 1000)
        answer.raise_for_status()

    for number in range(2 * runs):
        # Whichever comes first in one round comes second in the next.
        ahead = number % 4 in (1, 2)
        parts.screen.remembers = ahead
        await asyncio.gather(*(one(ahead) for _ in range(clients)))
    return Wait(how, clients, runs * clients, median(waits[False]), median(waits[True]))


class _Told:
    """English statements of one sentence, each given once."""

    def __init__(self, count: int) -> None:
        # Half of what there is in a language are questions, some of them with choices.
        told = sentences(2 * count * len(LANGUAGES), _SEED)
        self._left = (text for code, text in told if code == _ENGLISH and text.endswith(".") and len(split(text)) == 1)

    def take(self, count: int) -> str:
        return " ".join(next(self._left) for _ in range(count))


class _Pacing:
    """An upstream that gives the answers prepared for it, a token at a time, and notes when each has ended."""

    def __init__(self, pace: float) -> None:
        self._seconds = 1 / pace
        self._texts: dict[str, str] = {}
        self.ended: dict[str, float] = {}

    def prepared(self, text: str) -> Mapping[str, str]:
        """The headers of a request that is answered so."""
        key = f"{len(self._texts)}"
        self._texts[key] = text
        return {"x-request-id": key}

    @asynccontextmanager
    async def open(self, call: UpstreamRequest) -> AsyncIterator[UpstreamResponse]:
        body = json.loads(call.body or b"{}")
        yield _Paced(self, self._texts[call.headers["x-request-id"]], self._seconds, streamed=body["stream"])

    async def aclose(self) -> None:
        """Nothing to close."""


class _Paced:
    def __init__(self, upstream: _Pacing, text: str, seconds: float, *, streamed: bool) -> None:
        self._upstream, self._text, self._seconds, self._streamed = upstream, text, seconds, streamed
        self.status = 200
        self.headers = {"content-type": "text/event-stream" if streamed else "application/json"}

    async def pieces(self) -> AsyncIterator[bytes]:
        if not self._streamed:
            await asyncio.sleep(_THOUGHT)
            self._upstream.ended[self._text] = time.perf_counter()
            message = {"role": "assistant", "content": self._text}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            yield json.dumps({**_BASE, "object": "chat.completion", "choices": [choice]}).encode()
            return
        yield _chunk({"role": "assistant", "content": ""})
        begun = time.perf_counter()
        for place in range(0, len(self._text), _TOKEN):
            yield _chunk({"content": self._text[place : place + _TOKEN]})
            due = begun + (place // _TOKEN + 1) * self._seconds
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        self._upstream.ended[self._text] = time.perf_counter()
        yield _chunk({}, "stop") + Event(DONE).encoded()


def _chunk(delta: Mapping[str, str], finish: str | None = None) -> bytes:
    choice: dict[str, Any] = {"index": 0, "delta": delta, "finish_reason": finish}
    return Event(json.dumps({**_BASE, "object": "chat.completion.chunk", "choices": [choice]})).encoded()


@asynccontextmanager
async def _gateway(
    settings: Settings, embeddings: EmbeddingModel, upstream: _Pacing
) -> AsyncIterator[tuple[AsyncClient, Parts]]:
    server = ServerSettings(auth="none")
    own = settings.model_copy(
        update={
            "registry": RegistrySettings(url="sqlite:///:memory:"),
            "policy": PolicySettings(agents="rules", elicit=False, refusal="plain"),
            "server": server,
        }
    )
    parts = assemble(own, vanilla=ScriptedChat(()), embeddings=embeddings)
    facts = (_FACT.format(number=number + 4) for number in range(_TARGETS))
    parts.registry.add_many([Target(f"Orla Fenwick {number}", facts=[fact]) for number, fact in enumerate(facts)])
    context = Context(server, SingleTenant(parts), upstream, authenticator_for(server, parts.registry), Observers())
    app = create_app(context, apis_of("text", "openai"))
    async with app.router.lifespan_context(app):
        await context.moderator.prepare(parts, parts.registry.snapshot())
        async with AsyncClient(transport=ASGITransport(app), base_url="http://gateway", timeout=600) as client:
            yield client, parts


def streaming_table(found: Sequence[Wait], count: int, pace: float) -> Table:
    """The waits, and how much shorter they are."""
    table = Table(
        title=f"From the last token to the client's end ({count} sentences streamed at {pace:g} tokens a second, or "
        "one given whole)",
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for name in ("answers", "clients", "n", "read at the end", "embedded ahead", "ratio"):
        table.add_column(name, justify="left" if name == "answers" else "right")
    for row in found:
        ratio = f"{row.ahead_ms / row.without_ms:.2f}"
        table.add_row(
            row.answers, str(row.clients), str(row.runs), f"{row.without_ms:.1f} ms", f"{row.ahead_ms:.1f} ms", ratio
        )
    return table
