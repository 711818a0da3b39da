"""The gateway under everything at once for a long while: `expunge bench soak`.

Chats, streams, responses, completions, tools, streams that are broken off, checks, bad requests and guardrail calls,
while targets come and go. The upstream tells all it knows. Clients keep a ledger, which is held against the decision
log in the end; memory is watched all along.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.ledger import Curve, Ledger, Reckoning, as_counts, reckon
from benchmarks.talker import KNOWN, town_of
from expunge.bench.servers import expunge_command, free_port, resident, running, stand_in, stop
from expunge.bench.world import prose
from expunge.errors import MissingError
from expunge.registry.store import Registry
from expunge.types import Target

_HELD = KNOWN[:60]
"""Forgotten from the beginning to the end."""
_COMING = KNOWN[60:80]
"""Registered and lifted all along."""
_SAMPLE = 0.5
_PLAIN = prose(30, 120)
Progress = Callable[[str, int, int], None]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SoakRun:
    """What came of it: counts, the ledger against the log, and the memory's curve.

    `leaks` counts answers that told of a target in force, `suppressed` those about nobody that were not the model's
    own, `odd` unexpected statuses, by kind of request.
    """

    seconds: float
    requests: Mapping[str, int]
    answers: int
    broken_off: int
    errors: int
    changes: int
    leaks: int
    suppressed: int
    odd: Mapping[str, int]
    reckoning: Reckoning
    chain_verifies: bool
    memory: Curve

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, told or kept."""
        whole = self.reckoning == Reckoning(0, 0, 0) and self.chain_verifies
        return whole and not (self.leaks or self.suppressed or self.odd) and self.memory.flat


class _Clients:
    """Asks one gateway in every way there is."""

    def __init__(self, root: str, session: aiohttp.ClientSession, ledger: Ledger, seed: int) -> None:
        self._root = root
        self._session = session
        self._ledger = ledger
        self._dice = random.Random(seed)
        self._numbers = itertools.count()
        self._run = secrets.token_hex(4)
        self.changes = 0
        ways = {
            self._chat: 30, self._stream: 20, self._break_off: 8, self._responses: 10, self._streamed_responses: 6,
            self._completions: 6, self._tools: 6, self._choices: 2, self._check: 4, self._guardrail: 2, self._models: 2,
            self._bad: 8,
        }  # fmt: skip
        self._ways, self._weights = list(ways), list(ways.values())

    async def keep_asking(self, until: float, pause: float) -> None:
        """One client's requests, one after the other."""
        while time.monotonic() < until:
            (way,) = self._dice.choices(self._ways, self._weights)
            self._ledger.kinds[way.__name__.strip("_")] += 1
            try:
                await way()
            except (aiohttp.ClientError, TimeoutError) as error:
                self._ledger.odd[f"{way.__name__.strip('_')}: {type(error).__name__}"] += 1
            await asyncio.sleep(pause * self._dice.uniform(0.5, 1.5))

    async def keep_changing(self, until: float) -> None:
        """Register, look at, change, lift and remove targets."""
        while time.monotonic() < until:
            name, api = self._dice.choice(_COMING), f"{self._root}/api/targets"
            async with self._session.post(api, json={"name": name, "elicit": False}) as answer:
                if answer.status != 201:
                    self._ledger.odd[f"register: {answer.status}"] += 1
                    continue
                id_ = (await answer.json())["id"]
            for method, path, body in (
                ("GET", f"/{id_}", None), ("PATCH", f"/{id_}", {"reason": "asked again"}), ("GET", "?limit=20", None),
                ("POST", f"/{id_}/restore", {}), ("GET", f"/{id_}/history", None), ("DELETE", f"/{id_}", None),
            ):  # fmt: skip
                await asyncio.sleep(self._dice.uniform(0.02, 0.2))
                async with self._session.request(method, api + path, json=body) as answer:
                    await answer.read()
                    if answer.status >= 300:
                        self._ledger.odd[f"{method} a target: {answer.status}"] += 1
            self.changes += 3

    async def _chat(self) -> None:
        question, name = self._question()
        await self._asked("chat/completions", {"messages": [{"role": "user", "content": question}]}, name)

    async def _stream(self) -> None:
        question, name = self._question()
        body = {"messages": [{"role": "user", "content": question}], "stream": True}
        await self._asked("chat/completions", body, name)

    async def _responses(self) -> None:
        question, name = self._question()
        await self._asked("responses", {"input": question}, name)

    async def _streamed_responses(self) -> None:
        question, name = self._question()
        await self._asked("responses", {"input": question, "stream": True}, name)

    async def _completions(self) -> None:
        question, name = self._question()
        await self._asked("completions", {"prompt": question}, name)

    async def _choices(self) -> None:
        question, name = self._question()
        await self._asked("chat/completions", {"messages": [{"role": "user", "content": question}], "n": 2}, name)

    async def _tools(self) -> None:
        question, name = self._question()
        tool = {"type": "function", "function": {"name": "note", "parameters": {"type": "object"}}}
        body: Json = {"messages": [{"role": "user", "content": question}], "tools": [tool]}
        await self._asked("chat/completions", {**body, "stream": self._dice.random() < 0.5}, name)

    async def _break_off(self) -> None:
        """Go away in the middle of an answer, or before it."""
        question, _ = self._question()
        id_ = self._id()
        self._ledger.broken.add(id_)
        body = {"model": "talker", "messages": [{"role": "user", "content": question}], "stream": True}
        post = self._session.post(f"{self._root}/v1/chat/completions", json=body, headers={"x-request-id": id_})
        try:
            async with asyncio.timeout(self._dice.uniform(0.001, 0.08)), post as answer:
                await answer.content.readany()
        except TimeoutError:
            return

    async def _check(self) -> None:
        name = self._dice.choice(_HELD)
        async with self._session.post(f"{self._root}/api/check", json={"text": f"{name} was here."}) as answer:
            if answer.status != 200 or not (await answer.json())["found"]:
                self._ledger.odd[f"check: {answer.status}"] += 1

    async def _models(self) -> None:
        async with self._session.get(f"{self._root}/v1/models") as answer:
            await answer.read()
            if answer.status != 200:
                self._ledger.odd[f"models: {answer.status}"] += 1

    async def _guardrail(self) -> None:
        name, id_ = self._dice.choice(_HELD), self._id()
        body = {"input_type": "response", "texts": [f"{name} lives in {town_of(name)}."], "litellm_call_id": id_}
        url = f"{self._root}/beta/litellm_basic_guardrail_api"
        async with self._session.post(url, json=body, headers={"x-request-id": id_}) as answer:
            text = await answer.text()
        self._note("guardrail", id_, answer.status, text, name)

    async def _bad(self) -> None:
        """Something that must be turned away, and nothing more."""
        bodies = (b"{", b"[]", b"\xff\xfe", b'{"model": "x"}', b'{"messages": 7}', b"[" * 20_000, b'{"a": 1, "a": 2}')
        path = self._dice.choice(
            ("v1/chat/completions", "v1/responses", "v1/completions", "v1/embeddings", "api/check")
        )
        id_ = self._id()
        headers = {"x-request-id": id_, "content-type": "application/json"}
        content = self._dice.choice(bodies)
        async with self._session.post(f"{self._root}/{path}", data=content, headers=headers) as answer:
            await answer.read()
        # Of the endpoints, completions and responses may be asked without a question.
        expected = (200, 400, 404, 422, 502)
        (self._ledger.answered if answer.status == 200 else self._ledger.failed).add(id_)
        if answer.status not in expected:
            self._ledger.odd[f"bad: {answer.status}"] += 1

    async def _asked(self, endpoint: str, body: Json, name: str) -> None:
        id_ = self._id()
        post = self._session.post(
            f"{self._root}/v1/{endpoint}", json={"model": "talker", **body}, headers={"x-request-id": id_}
        )
        async with post as answer:
            text = await answer.text()
        self._note(endpoint, id_, answer.status, text, name)

    def _note(self, kind: str, id_: str, status: int, text: str, name: str) -> None:
        if status != 200:
            self._ledger.failed.add(id_)
            self._ledger.odd[f"{kind}: {status}"] += 1
            return
        self._ledger.answered.add(id_)
        visible = text + said_in(text)
        if name in _HELD and (name in visible or town_of(name) in visible):
            self._ledger.leaks.append(kind)
        if not name and not _speaks(visible):
            self._ledger.suppressed += 1

    def _question(self) -> tuple[str, str]:
        """A question, and the name that it is about, "" for none."""
        if self._dice.random() < 0.3:
            name = self._dice.choice(_HELD)
            return f"Where does {name} live?", name
        if self._dice.random() < 0.1:
            name = self._dice.choice(_COMING)  # in force or not just now, so that either answer is right
            return f"Where does {name} live?", name
        return self._dice.choice(_PLAIN), ""

    def _id(self) -> str:
        return f"soak-{self._run}-{next(self._numbers)}"


_WORDS = frozenset(word.strip(".,:;") for text in prose(40, 500) for word in text.split() if len(word) > 6)


def _speaks(visible: str) -> bool:
    """Whether a text is some of the prose that the upstream says of nobody."""
    return sum(word.strip('.,:;"') in _WORDS for word in visible.split()) >= 5


def said_in(text: str) -> str:
    """The texts of a stream or a reply in a row: what is cut into pieces is whole in it."""
    found: list[str] = []
    for line in text.splitlines():
        data = line.removeprefix("data:").strip()
        if data[:1] in "{[" and data:
            try:
                _collect(json.loads(data), found)
            except ValueError:
                continue
    return "".join(found)


def _collect(value: Any, found: list[str]) -> None:
    if isinstance(value, str):
        found.append(value)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if key in ("content", "text", "delta", "arguments", "choices", "tool_calls", "function", "message"):
                _collect(part, found)
    elif isinstance(value, list):
        for part in value:
            _collect(part, found)


async def measure_soak(minutes: float, clients: int, per_second: float, progress: Progress) -> SoakRun:
    """Put the load on for so many minutes, then hold the ledger against the log.

    Raises:
        MissingError: if the gateway does not start, or dies.
    """
    ledger = Ledger()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        progress("starting", 0, 0)
        config, url, root = _configured(folder, stack.enter_context(stand_in("benchmarks.talker")) + "/v1")
        command = expunge_command("serve", "--config", str(config))
        process, _ = stack.enter_context(running(command, f"{root}/readyz", folder, os.environ))
        began, until = time.monotonic(), time.monotonic() + 60 * minutes
        samples: list[float] = []
        timeout = aiohttp.ClientTimeout(total=60)
        async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:
            asked = _Clients(root, session, ledger, seed=1)
            async with asyncio.TaskGroup() as group:
                for _ in range(clients):
                    group.create_task(asked.keep_asking(until, clients / per_second))
                group.create_task(asked.keep_changing(until))
                while (now := time.monotonic()) < until:
                    if process.poll() is not None:
                        raise MissingError("The gateway ended in the middle of the run; look at what it wrote.")
                    samples.append(await asyncio.to_thread(resident, process.pid) / 1e6)
                    progress("under load", int(now - began), int(60 * minutes))
                    await asyncio.sleep(_SAMPLE)
        spent = time.monotonic() - began
        await asyncio.to_thread(stop, process)
        with Registry.open(url) as registry:
            logged = list(_logged(registry))
            verifies = registry.audit.verify().intact
    return SoakRun(
        spent,
        as_counts(ledger.kinds),
        len(ledger.answered),
        len(ledger.broken),
        len(ledger.failed),
        asked.changes,
        len(ledger.leaks),
        ledger.suppressed,
        as_counts(ledger.odd),
        reckon(ledger, logged),
        verifies,
        Curve(_SAMPLE, tuple(samples)),
    )


def _logged(registry: Registry) -> Iterator[str]:
    before: int | None = None
    while page := registry.decisions(None, 1000, None, before):
        yield from (record.request_id for record in page)
        before = page[-1].number


def _configured(folder: Path, upstream: str) -> tuple[Path, str, str]:
    """The configuration's file, the registry's address, and the gateway's."""
    url, port = f"sqlite:///{folder / 'expunge.db'}", free_port()
    config = folder / "expunge.toml"
    config.write_text(
        f"[registry]\nurl = {json.dumps(url)}\n"
        f'[models.default]\nbase_url = "{upstream}"\nmodel = "talker"\n'
        '[policy]\nagents = "rules"\nelicit = false\n'
        f'[server]\nauth = "none"\nport = {port}\n',
        encoding="utf-8",
    )
    with Registry.open(url) as registry:
        registry.add_many([Target(name) for name in _HELD])
    return config, url, f"http://127.0.0.1:{port}"
