"""One message to a webhook: its body and headers, as Standard Webhooks (standardwebhooks.com) has them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from expunge.registry.audit.outbox import TargetEvent
from expunge.version import __version__

MOST_TARGETS = 100
"""Most targets in one message; an import of thousands makes several."""


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """What is sent: `id` is the same whenever the same message is sent again, so that a receiver can tell."""

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
