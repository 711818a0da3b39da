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
from typing import Any

import pytest
from httpx2 import AsyncClient

from expunge.gateway.sse import Event
from tests.gateway.canned import Canned, seen
from tests.gateway.hostile import Secret, disguised, mutated, shuffled, written
from tests.gateway.test_every_channel import ENDPOINTS, TARGETS, chunks, filled

Opening = Callable[..., Awaitable[AsyncClient]]
SECRETS = [Secret(target.told, target.words) for target in TARGETS]
SECONDS = 30.0
FALLEN = 500
MODES = ("decided", "progressive")
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
