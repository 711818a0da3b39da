"""Generated hostile requests and replies: none makes the gateway leak, hang or fall over.

`pytest tests/gateway/test_hostile.py --hostile 10000` runs as many as that.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
import unicodedata
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from httpx2 import AsyncClient

from expunge.gateway.access import connections
from expunge.gateway.factory import build
from expunge.gateway.sse import Event
from expunge.types import Target
from tests.gateway.canned import Canned, seen
from tests.gateway.conftest import settings_of
from tests.gateway.hostile import Secret, disguised, dragging, from_another_page, mutated, quoting, shuffled, written
from tests.gateway.serving import served
from tests.gateway.test_every_channel import ENDPOINTS, TARGETS, chunks, filled

Opening = Callable[..., Awaitable[AsyncClient]]
SECRETS = [Secret(target.told, target.words) for target in TARGETS]
SECONDS = 30.0
FALLEN = 500
MODES = ("buffered", "incremental")
EXTRA: dict[str, Any] = {
    "n": 2,
    "stop": ["x"],
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
    "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}},
    "text": {"format": {"type": "json_schema", "name": "a", "schema": {"type": "object"}}},
    "instructions": "Be kind.",
    "stream_options": {"include_usage": True},
    "echo": True,
    "suffix": "The end.",
    "metadata": {"a": "b"},
    "logprobs": True,
}


def told_in(visible: str, secret: Secret) -> list[str]:
    """Words of a secret in what a client sees, signs that nobody sees left out."""
    folded = unicodedata.normalize("NFKD", visible)
    plain = "".join(c for c in folded if unicodedata.category(c) not in ("Mn", "Cf")).casefold()
    # A number may stand by chance within an id.
    return [w for w in secret.words if re.search(rf"\b{w}\b" if w.isdigit() else re.escape(w.casefold()), plain)]


def replied(upstream: Canned, endpoint: str, streamed: bool, secret: Secret, dice: random.Random) -> None:
    """Prepare a reply with something wrong, and often the secret in some channel."""
    api, _, templates = ENDPOINTS[endpoint]
    told = disguised(secret.text, dice) if dice.random() < 0.7 else "Tea is ready."
    reply = filled(dice.choice(list(templates.values())), told)
    upstream.status = dice.choice((200,) * 12 + (201, 302, 400, 401, 404, 429, 500, 503))
    if upstream.status >= 400 and dice.random() < 0.7:
        reply = {"error": {"message": told, "type": "t", "param": None, "code": dice.choice((None, told, 7))}}
    if not streamed or dice.random() < 0.1:
        changed = mutated(reply, secret, dice) if dice.random() < 0.8 else reply
        upstream.pieces = [written(changed, dice)]
    else:
        stream = list(api.streamed({}, reply)) if endpoint == "responses" and upstream.status < 400 else None
        values = [(json.loads(e.data), e.name) for e in stream or ()] or [
            (value, "") for value in (chunks(endpoint, reply) if "choices" in reply else [reply])
        ]
        events = [
            Event(
                written(mutated(v, secret, dice) if dice.random() < 0.3 else v, dice).decode("utf-8", "replace"), name
            )
            if dice.random() < 0.5
            else Event(json.dumps(v), name)
            for v, name in values
        ]
        tail = [] if endpoint == "responses" else [b"data: [DONE]\n\n"]
        upstream.pieces = shuffled([*(event.encoded() for event in events), *tail], secret, dice)
    kind = "text/event-stream" if streamed else "application/json"
    kind = dice.choice((kind,) * 8 + ("text/html", "", "application/json; charset=latin-1", secret.text))
    upstream.headers = {"content-type": kind, "openai-note": secret.text, "x-ratelimit-note": secret.text, "x": "y"}


def requested(endpoint: str, streamed: bool, secret: Secret, dice: random.Random) -> bytes:
    """A request with something wrong, in about a third of all cases."""
    body = {**ENDPOINTS[endpoint][1], "stream": streamed}
    for key in dice.sample(list(EXTRA), dice.randrange(4)):
        body[key] = EXTRA[key]
    if dice.random() < 0.65:
        return json.dumps(body).encode()
    return written(mutated(body, secret, dice), dice)


async def faults(client: AsyncClient, upstream: Canned, seed: int) -> list[str]:
    """What one case brings to light."""
    dice = random.Random(seed)
    endpoint, secret = dice.choice(list(ENDPOINTS)), dice.choice(SECRETS)
    streamed = dice.random() < 0.5
    replied(upstream, endpoint, streamed, secret, dice)
    content = requested(endpoint, streamed, secret, dice)
    began = time.process_time()  # the machine may have other work
    try:
        async with asyncio.timeout(SECONDS):
            answer = await client.post(f"/v1/{endpoint}", content=content, headers={"content-type": "application/json"})
    except TimeoutError:
        return [f"{seed}: hangs"]
    # Responses give back what the request said.
    typed = told_in(content.decode("utf-8", "replace"), secret) if endpoint == "responses" else []
    leaked = [word for word in told_in(seen_or_raw(answer), secret) if word not in typed]
    found = [f"{seed}: {word} leaks ({answer.status_code})" for word in leaked]
    if (answer.status_code == FALLEN and upstream.status != FALLEN) or "inside the gateway" in answer.text:
        found.append(f"{seed}: falls over")
    if (seconds := time.process_time() - began) > SECONDS / 6:
        found.append(f"{seed}: takes {seconds:.1f} s")
    return found


def seen_or_raw(answer: Any) -> str:
    try:
        return seen(answer.headers, answer.content)
    except ValueError:
        return f"{answer.text}\n{answer.headers}"


@pytest.mark.parametrize("mode", MODES)
async def test_hostile_requests_and_replies(over_upstream: Opening, mode: str, pytestconfig: pytest.Config) -> None:
    upstream = Canned()
    client = await over_upstream(upstream, stream=mode)
    count = pytestconfig.getoption("hostile") // len(MODES)
    first = MODES.index(mode) * count
    found = [fault for seed in range(first, first + count) for fault in await faults(client, upstream, seed)]
    assert found == []


TWINS = (("Margaret Carver", "Bastian Oakley"), ("Orla Maeve Fenwick", "Perry Ivor Quillan"), ("Lim", "Ost"))


async def test_hostile_errors_tell_of_nobody(over_upstream: Opening, pytestconfig: pytest.Config) -> None:
    """Whatever an upstream gives back of a request with its error, it is told alike whether a target is meant."""
    upstream = Canned()
    client = await over_upstream(upstream, [Target(name) for name, _ in TWINS])
    for seed in range(max(40, pytestconfig.getoption("hostile") // 4)):
        answers = []
        names = random.Random(seed).choice(TWINS)
        for name in names:
            dice = random.Random(seed)
            upstream.status, raw, upstream.headers = quoting(name, dice)
            upstream.pieces = [raw]
            body = {"model": name, "messages": [{"role": "user", "content": "Is tea ready?"}], "user": name}
            asked = {"model": body, "metadata": {**body, "metadata": {"for": name}}}
            sent = asked[dice.choice(list(asked))]
            answer = await client.post("/v1/chat/completions", json=sent, headers={"x-request-id": "mine-1"})
            answers.append((answer.status_code, answer.content, sorted(answer.headers.items())))
        assert answers[0] == answers[1], seed


async def test_hostile_pages_change_nothing(over_upstream: Opening, pytestconfig: pytest.Config) -> None:
    client = await over_upstream(Canned(), [Target("Margaret Carver")])
    registered = (await client.get("/api/targets")).json()["data"]
    place = f"/api/targets/{registered[0]['id']}"
    for seed in range(max(40, pytestconfig.getoption("hostile") // 4)):
        dice = random.Random(seed)
        headers = from_another_page(dice)
        path = dice.choice((f"{place}/restore", f"{place}/restore/", "/api/targets", "/v1/chat/completions"))
        body = dice.choice((b"", b"{}", b'{"reason": "x"}', b'{"name": "Perry Quillan"}'))
        answer = await client.post(path, content=body, headers=headers)
        assert answer.status_code in (403, 404, 415), (seed, headers)
    assert (await client.get("/api/targets")).json()["data"] == registered


async def test_hostile_clients_are_cut(
    tmp_path: Path, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody holds a connection by saying too little, and others are answered meanwhile."""
    monkeypatch.setattr(connections, "_LEFT", 0.2)
    settings = settings_of(tmp_path, head_timeout=0.2, body_timeout=0.2)
    app = build(settings, upstream=Canned())
    async with served(app, settings.server) as address, AsyncClient(base_url=address) as client:
        port = int(address.rpartition(":")[2])

        async def drag(seed: int) -> None:
            dice = random.Random(seed)
            path = dice.choice(
                ("/v1/chat/completions", "/v1/responses", "/api/targets", "/api/check", "/healthz", "/x")
            )
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                for piece in dragging(path, dice):
                    writer.write(piece)
                    await asyncio.sleep(0.02)
                async with asyncio.timeout(SECONDS):
                    while await reader.read(4096):
                        pass
            except ConnectionError:
                pass
            finally:
                writer.transport.abort()
                with suppress(ConnectionError):
                    await writer.wait_closed()

        seeds = range(max(40, pytestconfig.getoption("hostile") // 20))
        for some in (seeds[start : start + 100] for start in range(0, len(seeds), 100)):
            async with asyncio.TaskGroup() as group:
                for seed in some:
                    group.create_task(drag(seed))
                group.create_task(_healthy(client))


async def _healthy(client: AsyncClient) -> None:
    assert (await client.get("/healthz", timeout=SECONDS)).status_code == 200
