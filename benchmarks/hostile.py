"""Requests made to be dear, and what they do to others: seconds of each, and the longest wait beside it."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.hostile_texts import COMMON, NAME, TEXTS
from benchmarks.repeater import MARK
from expunge.bench.servers import expunge_command, free_port, running, stand_in
from expunge.registry.store import Registry
from expunge.types import Target

Progress = Callable[[str, int, int], None]
MOST_SECONDS = 10.0
MOST_WAIT = 0.25
_EVERY = 0.01


@dataclass(frozen=True, slots=True)
class Dear:
    """One request: its status, its seconds, and the longest that `/healthz` took meanwhile, in seconds."""

    text: str
    repeated: bool
    status: int
    seconds: float
    wait: float

    @property
    def holds(self) -> bool:
        """Whether neither it nor others took too long."""
        return self.seconds <= MOST_SECONDS and self.wait <= MOST_WAIT


async def measure_hostile(size: int, only: Sequence[str], progress: Progress) -> list[Dear]:
    """Ask a gateway with each text as the question, and once more with it as the answer, too.

    Args:
        size: characters of each text, fewer where its bytes would be over the gateway's `max_body`.
        only: names of texts; all, if there are none.
        progress: told what is asked.

    Raises:
        MissingError: if the gateway does not start.
    """
    measured: list[Dear] = []
    names = [name for name in TEXTS if not only or name in only]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        config, root = _configured(folder, stack.enter_context(stand_in("benchmarks.repeater")) + "/v1")
        command = expunge_command("serve", "--config", str(config))
        stack.enter_context(running(command, f"{root}/readyz", folder, os.environ))
        timeout = aiohttp.ClientTimeout(total=600)
        async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:
            for number, name in enumerate(names):
                progress(name, number, len(names))
                for repeated in (False, True):
                    measured.append(await _asked(session, root, name, size, repeated=repeated))
    return measured


async def _asked(session: aiohttp.ClientSession, root: str, name: str, size: int, *, repeated: bool) -> Dear:
    body = b""
    while not body or len(body) > 8 * 1024 * 1024 - 1_000:
        content = (MARK if repeated else "") + TEXTS[name](size)
        message = {"role": "user", "content": content}
        body = json.dumps({"model": "m", "messages": [message]}, ensure_ascii=False).encode("utf-8", "replace")
        size = size * 3 // 4
    waits: list[float] = []

    async def look() -> None:
        while True:
            began = time.perf_counter()
            async with session.get(f"{root}/healthz") as answer:
                await answer.read()
            waits.append(time.perf_counter() - began)
            await asyncio.sleep(_EVERY)

    looking = asyncio.ensure_future(look())
    began = time.perf_counter()
    headers = {"content-type": "application/json"}
    async with session.post(f"{root}/v1/chat/completions", data=body, headers=headers) as answer:
        await answer.read()
        seconds = time.perf_counter() - began
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    return Dear(name, repeated, answer.status, round(seconds, 2), round(max(waits, default=0.0), 3))


def _configured(folder: Path, upstream: str) -> tuple[Path, str]:
    url, port = f"sqlite:///{folder / 'expunge.db'}", free_port()
    config = folder / "expunge.toml"
    config.write_text(
        f"[registry]\nurl = {json.dumps(url)}\n"
        f'[models.default]\nbase_url = "{upstream}"\nmodel = "repeater"\n'
        '[policy]\nagents = "rules"\nelicit = false\n'
        f'[server]\nauth = "none"\nport = {port}\n',
        encoding="utf-8",
    )
    with Registry.open(url) as registry:
        registry.add_many([Target(NAME), Target(COMMON), Target("林美玲")])
    return config, f"http://127.0.0.1:{port}"
