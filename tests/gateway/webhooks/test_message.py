from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

from expunge.gateway.webhooks.message import MOST_TARGETS, messages_of, sign, trial
from expunge.registry.audit.outbox import TargetEvent

AT = datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_the_signature_is_that_of_standard_webhooks() -> None:
    # The example of the specification's own libraries.
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}', secret)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_is_told() -> None:
    [message] = messages_of(TargetEvent("default", 7, "activated", AT, 3, (("t_a", "DSR-1"), ("t_b", ""))))
    assert message.id == "msg_default_7_0"
    assert json.loads(message.body) == {
        "type": "targets.activated",
        "timestamp": "2031-01-02T03:04:05+00:00",
        "data": {
            "tenant": "default",
            "revision": 3,
            "targets": [{"id": "t_a", "request_id": "DSR-1"}, {"id": "t_b", "request_id": ""}],
        },
    }
    headers = message.headers(b"s" * 32, 1_900_000_000.9)
    told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + message.body
    digest = base64.b64encode(hmac.digest(b"s" * 32, told, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    assert headers["webhook-timestamp"] == "1900000000"


def test_many_targets_make_several_messages() -> None:
    event = TargetEvent("default", 7, "removed", AT, 3, tuple((f"t_{n}", "") for n in range(MOST_TARGETS + 1)))
    messages = list(messages_of(event))
    assert [message.id for message in messages] == ["msg_default_7_0", "msg_default_7_1"]
    assert [len(json.loads(message.body)["data"]["targets"]) for message in messages] == [MOST_TARGETS, 1]


def test_a_trial_tells_of_nothing() -> None:
    assert json.loads(trial(AT).body) == {
        "type": "webhook.test", "timestamp": "2031-01-02T03:04:05+00:00", "data": {"targets": []}
    }  # fmt: skip
