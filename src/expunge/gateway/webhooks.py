"""Webhooks: whoever asked for it is told when targets come into force or leave it. Ids only, signed, at least once.

Messages have the form of Standard Webhooks (standardwebhooks.com).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx2

from expunge.errors import RegistryError
from expunge.registry.audit.outbox import Outbox, TargetEvent
from expunge.registry.store import Registry
from expunge.settings import WebhookSettings
from expunge.version import __version__

MOST_TARGETS = 100
"""Most targets in one message; an import of thousands makes several."""
_MOST_WAIT = 3600.0
"""Longest wait, in seconds, that a receiver may ask for."""
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 300.0
"""Seconds between attempts: the first, doubled each time up to the longest, less up to a quarter by chance."""
_HELD = 90.0
"""Seconds for which a process that tells an address keeps others from it; renewed with every event."""
_FAR = 1_000
"""Records without an event after which the place is written down all the same: a write for each would be too many."""
logger = logging.getLogger(__name__)
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """The message: `id` is the same whenever the same message is sent again, so that a receiver can tell."""

    id: str
    body: bytes

    def headers(self, secret: bytes, now: float) -> dict[str, str]:
        """The headers of one attempt at a time (seconds since 1970)."""
        timestamp = str(int(now))
        return {
            "content-type": "application/json",
            "user-agent": f"expunge/{__version__}",
            "webhook-id": self.id,
            "webhook-timestamp": timestamp,
            "webhook-signature": sign(self.id, timestamp, self.body, secret),
        }


def sign(message_id: str, timestamp: str, body: bytes, secret: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA-256 over id, timestamp and body, joined by dots."""
    digest = hmac.digest(secret, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode('ascii')}"


def messages_of(event: TargetEvent) -> Iterator[WebhookMessage]:
    """The messages that tell of an event."""
    for number, start in enumerate(range(0, len(event.targets), MOST_TARGETS)):
        some = event.targets[start : start + MOST_TARGETS]
        data = {
            "tenant": event.tenant,
            "revision": event.revision,
            "targets": [{"id": target_id, "request_id": request_id} for target_id, request_id in some],
        }
        yield _message(f"msg_{event.tenant}_{event.number}_{number}", f"targets.{event.kind}", event.at, data)


def trial(now: datetime | None = None) -> WebhookMessage:
    """A message that tells of nothing, to try an address with."""
    moment = now or datetime.now(UTC)
    return _message(f"msg_test_{int(moment.timestamp() * 1000)}", "webhook.test", moment, {"targets": []})


def _message(message_id: str, kind: str, at: datetime, data: object) -> WebhookMessage:
    body = {"type": kind, "timestamp": at.isoformat(), "data": data}
    return WebhookMessage(message_id, json.dumps(body, separators=(",", ":")).encode())


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of an attempt: `reason` is "" if taken, else a status or a kind of failure, and never the receiver's
    text. `wait` is how many seconds the receiver asked to wait, 0 if it did not."""

    reason: str = ""
    wait: float = 0.0

    @property
    def taken(self) -> bool:
        """Whether the receiver took the message."""
        return not self.reason


class Sender:
    """Sends messages, signed; it follows no redirects, since what is signed is for one address."""

    def __init__(self, secret: bytes, timeout: float, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._clock = clock
        self._client = httpx2.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False)

    async def send(self, url: str, message: WebhookMessage) -> Attempt:
        """Try once."""
        try:
            headers = message.headers(self._secret, self._clock())
            async with self._client.stream("POST", url, content=message.body, headers=headers) as reply:
                status, wait = reply.status_code, reply.headers.get("retry-after", "")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            return Attempt(type(error).__name__)
        if 200 <= status < 300:
            return Attempt()
        return Attempt(f"status {status}", min(float(wait), _MOST_WAIT) if wait.isdecimal() else 0.0)

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.aclose()


class Webhooks:
    """Tells each configured address of every event of every tenant, in order, at least once, until it takes it.

    One address that fails holds up no other. What was taken is kept in the registry, so that a restart, or another
    process on the same registry, goes on where this one was.
    """

    def __init__(self, registry: Registry, settings: WebhookSettings, *, sleep: Sleep = asyncio.sleep) -> None:
        self._outbox: Outbox = registry.outbox
        self._settings = settings
        self._sleep = sleep
        self._holder = secrets.token_hex(8)
        self._held: set[str] = set()

    async def run(self) -> None:
        """Run until cancelled; returns at once if no address is configured.

        Raises:
            ConfigError: if there is no secret to sign with.
        """
        if not self._settings.urls:
            return
        sender = Sender(self._settings.secret(), self._settings.timeout)
        try:
            async with asyncio.TaskGroup() as group:
                for number, url in enumerate(self._settings.urls, start=1):
                    group.create_task(self._tell(number, url, sender))
        finally:
            await sender.aclose()

    async def _tell(self, number: int, url: str, sender: Sender) -> None:
        listener = listener_of(url)
        begun = False
        try:
            while True:
                try:
                    if not begun:
                        await asyncio.to_thread(self._outbox.begin, listener)
                        begun = True
                    for tenant in await asyncio.to_thread(self._outbox.behind, listener):
                        await self._deliver(number, url, listener, tenant, sender)
                except RegistryError as error:
                    # It will be back; until then nothing new can be read, and nothing is lost.
                    logger.warning("webhook %d: the registry cannot be used (%s)", number, type(error).__name__)
                await self._sleep(self._settings.poll)
        finally:
            if listener in self._held:
                await self._release(listener)

    async def _deliver(self, number: int, url: str, listener: str, tenant: str, sender: Sender) -> None:
        """Tell of all that is new of a tenant, unless another process does."""
        while True:
            news = await asyncio.to_thread(self._outbox.pending, listener, tenant)
            wanted = [event for event in news.events if event.kind in self._settings.events]
            if wanted and listener not in self._held:
                if not await self._claim(listener):
                    return
                # Whoever told it until now may have told some of these.
                continue
            for event in wanted:
                if not (await self._claim(listener) and await self._until_taken(number, url, listener, event, sender)):
                    return
                await asyncio.to_thread(self._outbox.mark_taken, listener, tenant, event.number)
            if wanted or news.more or news.through - news.place > _FAR:
                await asyncio.to_thread(self._outbox.mark_taken, listener, tenant, news.through)
            if not news.more:
                return

    async def _claim(self, listener: str) -> bool:
        if await asyncio.to_thread(self._outbox.claim, listener, self._holder, _HELD):
            self._held.add(listener)
            return True
        self._held.discard(listener)
        return False

    async def _until_taken(self, number: int, url: str, listener: str, event: TargetEvent, sender: Sender) -> bool:
        """Try until the address takes every message of an event; False if another process tells it meanwhile."""
        for message in messages_of(event):
            tries = 0
            while not (attempt := await sender.send(url, message)).taken:
                tries += 1
                wait = pause(tries, attempt)
                logger.warning(
                    "webhook %d: %s not taken (%s), next in %.0f s", number, message.id, attempt.reason, wait
                )
                await self._sleep(wait)
                if not await self._claim(listener):
                    return False
        return True

    async def _release(self, listener: str) -> None:
        try:
            await asyncio.to_thread(self._outbox.release, listener, self._holder)
        except RegistryError:
            # Whoever comes next waits until the claim has run out.
            return


def listener_of(url: str) -> str:
    """Return the name of an address in the registry: its SHA-256, since it may hold a secret."""
    return hashlib.sha256(url.encode()).hexdigest()


def pause(tries: int, attempt: Attempt) -> float:
    """Seconds to wait after so many attempts: ever longer, or as long as the receiver asked."""
    longest = min(_FIRST_WAIT * float(2 ** min(tries - 1, 16)), _LONGEST_WAIT)
    return max(longest * random.uniform(0.75, 1.0), attempt.wait)
