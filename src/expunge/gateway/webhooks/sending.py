"""One attempt to deliver one message."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx2

from expunge.gateway.webhooks.message import WebhookMessage

_MOST_WAIT = 3600.0
"""Longest wait, in seconds, that a receiver may ask for."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of it: `reason` is "" if it was taken, else a status or a kind of failure, and never the receiver's
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
