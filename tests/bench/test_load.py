from __future__ import annotations

import asyncio

from expunge.bench.instant import Instant, completion
from expunge.bench.load import Load, measure


async def _loaded(per_second: float = 0.0) -> tuple[int, int]:
    server = await asyncio.get_running_loop().create_server(Instant, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        load = Load(f"http://127.0.0.1:{port}/v1/chat/completions", clients=2, seconds=0.3, per_second=per_second)
        served = await measure(load)
    return served.answers, served.failures


async def test_clients_that_ask_at_once_ask_more_than_at_a_pace() -> None:
    at_once, failed = await _loaded()
    paced, failed_paced = await _loaded(per_second=20)
    assert failed == failed_paced == 0
    assert at_once > paced
    assert 2 <= paced <= 10


async def test_no_two_answers_are_the_same() -> None:
    assert completion(1) != completion(26)


async def test_an_answer_that_is_none_is_a_failure() -> None:
    async def unwell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}]}")
        writer.write(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(unwell, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        served = await measure(Load(f"http://127.0.0.1:{port}/x", clients=1, seconds=0.3))
    assert served.answers == 0
    assert served.failures >= 1
