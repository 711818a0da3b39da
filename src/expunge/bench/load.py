"""Load on a chat endpoint, in a process of its own: `python -m expunge.bench.load '{"url": …}'`."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import cast
from urllib.parse import urlsplit

import httptools

from expunge.bench.world import numbered, prose
from expunge.evals.metrics import percentile

_TEXTS = prose(25, 200)
_MOST = 1_000_000_000


def questions() -> Iterator[bytes]:
    """Bodies of requests whose sentences are new each time, so that nothing about them can be remembered."""
    for number in itertools.count(random.randrange(_MOST)):
        text = numbered(_TEXTS[number % len(_TEXTS)], "letter", number)
        yield json.dumps({"model": "instant", "messages": [{"role": "user", "content": text}]}).encode()


@dataclass(frozen=True, slots=True)
class Load:
    """The load: `clients` connections ask for `seconds`, at once again, or together `per_second` times a second."""

    url: str
    clients: int
    seconds: float
    per_second: float = 0.0
    key: str = "none"


@dataclass(frozen=True, slots=True)
class Served:
    """The result. Times in milliseconds, from sending a request to the last byte of its answer."""

    answers: int
    failures: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


class _Client(asyncio.Protocol):
    """One connection, which asks again as soon as it is told to."""

    def __init__(self, head: str, done: Callable[[bool], None]) -> None:
        self._head = head
        self._done = done
        self._parser: httptools.HttpResponseParser | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def ask(self, body: bytes) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self.transport.write(f"{self._head}content-length: {len(body)}\r\n\r\n".encode() + body)

    def data_received(self, data: bytes) -> None:
        if self._parser is not None:
            self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        assert self._parser is not None
        self._done(self._parser.get_status_code() == 200)

    def connection_lost(self, error: Exception | None) -> None:
        self._done(False)


async def measure(load: Load) -> Served:
    """Put the load on.

    Raises:
        OSError: if nobody listens.
    """
    times: list[float] = []
    failures = 0
    bodies = questions()
    began = time.perf_counter()
    end = began + load.seconds
    pause = load.clients / load.per_second if load.per_second else 0.0

    async def keep_asking(number: int) -> None:
        nonlocal failures
        loop = asyncio.get_running_loop()
        url = urlsplit(load.url)
        head = (
            f"POST {url.path} HTTP/1.1\r\nhost: {url.netloc}\r\ncontent-type: application/json\r\n"
            f"authorization: Bearer {load.key}\r\n"
        )
        answered: asyncio.Future[bool] = loop.create_future()

        def done(ok: bool) -> None:
            if not answered.done():
                answered.set_result(ok)

        _, client = await loop.create_connection(
            lambda: _Client(head, done), url.hostname or "127.0.0.1", url.port or 80
        )
        due = began + number * pause / load.clients
        try:
            while time.perf_counter() < end:
                await asyncio.sleep(max(0.0, due - time.perf_counter()) if pause else 0)
                sent = time.perf_counter()
                due += pause
                answered = loop.create_future()
                client.ask(next(bodies))
                if not await answered:
                    failures += 1
                    if client.transport.is_closing():
                        return
                else:
                    times.append((time.perf_counter() - sent) * 1000)
        finally:
            client.transport.close()

    await asyncio.gather(*(keep_asking(number) for number in range(load.clients)))
    spent = time.perf_counter() - began
    if not times:
        return Served(0, failures, spent, float("nan"), float("nan"))
    return Served(len(times), failures, spent, percentile(times, 0.5), percentile(times, 0.99))


if __name__ == "__main__":
    import uvloop

    print(json.dumps(asdict(uvloop.run(measure(Load(**json.loads(sys.argv[1])))))))
