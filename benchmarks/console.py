"""How long the console's pages take among very many targets, each as a whole request in this process."""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from httpx2 import ASGITransport, AsyncClient, Response
from rich.table import Table

from expunge.assemble import Parts
from expunge.bench.show import empty_table
from expunge.bench.world import targets
from expunge.errors import MissingError
from expunge.gateway.factory import build
from expunge.models.scripted import ScriptedChat
from expunge.settings import PolicySettings, RegistrySettings, ServerSettings, Settings

Tick = Callable[[str, int, int], None]
_LIST = "/console/targets"
_SEARCH = "/console/targets/search"


@dataclass(frozen=True, slots=True)
class PageTime:
    """One page: milliseconds the first time, and the median and the longest of the times after it."""

    page: str
    first_ms: float
    median_ms: float
    longest_ms: float


async def measure_console(count: int, rounds: int, tick: Tick) -> list[PageTime]:
    """Register `count` invented people, and ask for each page once and then `rounds` times.

    Raises:
        MissingError: if a page does not come.
    """
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            registry=RegistrySettings(url=f"sqlite:///{Path(folder) / 'console.db'}"),
            policy=PolicySettings(agents="rules", elicit=False, refusal="plain"),
            server=ServerSettings(auth="keys"),
            cache_dir=Path(folder),
        )
        app = build(settings, vanilla=ScriptedChat(lambda *_: ""))
        parts: Parts = app.state.lacking.args[1]
        # Nobody is asked anything, so that the screen need not index anybody.
        parts.registry.before_changes(lambda snapshot: None)
        tick("registering", 0, 0)
        people = targets(count)
        added = parts.registry.add_many(people, progress=lambda done, total: tick("registering", done, total))
        parts.registry.restore(added[count // 2].id)
        _, secret = parts.registry.api_keys.create("default", ["admin"])
        async with AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1") as client:
            await client.post("/console/sign-in", data={"key": secret})
            found = await _pages(client, added[count // 3].id, people[count // 2 + 1].name, rounds, tick)
        await parts.aclose()
        return found


async def _pages(client: AsyncClient, some_id: str, name: str, rounds: int, tick: Tick) -> list[PageTime]:
    form = await client.get(_LIST)
    found = re.search(r'name="csrf" value="([^"]+)"', form.text)
    if found is None:
        raise MissingError("The console did not let the benchmark in.")
    csrf = found[1]

    def search(wanted: str) -> Callable[[], Awaitable[Response]]:
        return lambda: client.post(_SEARCH, data={"csrf": csrf, "q": wanted})

    def get(path: str) -> Callable[[], Awaitable[Response]]:
        return lambda: client.get(path)

    # Not the overview: it asks each part how it is, and the screen is not indexed here.
    pages: Sequence[tuple[str, Callable[[], Awaitable[Response]]]] = (
        ("the list", get(_LIST)),
        ("the list, lifted", get(f"{_LIST}?show=lifted")),
        ("a target", get(f"{_LIST}/{some_id}")),
        ("search: a whole name", search(name)),
        ("search: two letters", search("an")),
        ("search: nobody", search("zqxv")),
        ("due", get(f"{_LIST}?show=due")),
    )
    return [await _timed(label, ask, rounds, tick) for label, ask in pages]


async def _timed(label: str, ask: Callable[[], Awaitable[Response]], rounds: int, tick: Tick) -> PageTime:
    tick(label, 0, 0)
    times: list[float] = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        response = await ask()
        times.append((time.perf_counter() - began) * 1000)
        if response.status_code != 200:
            raise MissingError(f"The console answered {response.status_code} to a page; run it by hand to see why.")
    return PageTime(label, times[0], statistics.median(times[1:]), max(times[1:]))


def console_table(count: int, found: Sequence[PageTime]) -> Table:
    """The pages with their times."""
    table = empty_table(f"Pages of the console among {count:,} targets", "page", "first ms", "median ms", "longest ms")
    for row in found:
        table.add_row(row.page, f"{row.first_ms:.0f}", f"{row.median_ms:.1f}", f"{row.longest_ms:.0f}")
    return table
