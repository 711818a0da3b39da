"""What webhooks are told, in what form, and how often."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from expunge.errors import ConfigError
from expunge.gateway.factory import build, check
from expunge.gateway.webhooks import MOST_TARGETS, Attempt, Webhooks, listener_of, messages_of, pause, sign, trial
from expunge.models.scripted import ScriptedChat
from expunge.registry.audit.outbox import TargetEvent
from expunge.registry.store import Registry
from expunge.settings import PolicySettings, RegistrySettings, ServerSettings, Settings, WebhookSettings
from expunge.types import Target, TargetUpdate

Site = Callable[[Callable[[BaseHTTPRequestHandler], None]], str]
SECRET = "whsec_" + "QUJD" * 12


@dataclass
class Receiver:
    """Takes messages, after having turned down the first few."""

    refusals: list[int] = field(default_factory=list)
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    taken: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        body = json.loads(request.rfile.read(int(request.headers["content-length"])))
        self.seen.append((request.headers["webhook-id"], body))
        status = self.refusals.pop(0) if self.refusals else 204
        if status < 300:
            self.taken.append(self.seen[-1])
        request.send_response(status)
        if status == 302:
            request.send_header("location", "/elsewhere")
        request.send_header("content-length", "0")
        request.end_headers()

    @property
    def kinds(self) -> list[str]:
        return [body["type"].removeprefix("targets.") for _, body in self.taken]


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)


def settings(*urls: str, **changes: Any) -> WebhookSettings:
    return WebhookSettings(**{"urls": urls, "secret_env": "HOOK_SECRET", "poll": 0.01, "timeout": 2.0, **changes})


@asynccontextmanager
async def running(
    registry: Registry, chosen: WebhookSettings, sleep: Callable[[float], Awaitable[None]] | None = None
) -> AsyncIterator[None]:
    async def short(seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.01))

    # It would do so itself, but perhaps after the first change of the test.
    for url in chosen.urls:
        registry.outbox.begin(listener_of(url))
    task = asyncio.create_task(Webhooks(registry, chosen, sleep=sleep or short).run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(done: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if done():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen within 10 s")


async def test_what_happens_is_told_once_in_order(tmp_path: Path, site: Site) -> None:
    receiver = Receiver()
    with Registry.open(f"sqlite:///{tmp_path}/r.db") as registry:
        registry.add(Target("Orla Quennevest"))
        async with running(registry, settings(site(receiver))):
            added = registry.add(Target("Ivo Pellandrine", request_id="DSR-1"))
            registry.extend(added.id, TargetUpdate(facts=["He keeps bees."]))
            registry.restore(added.id)
            registry.add(Target("Ivo Pellandrine"))
            registry.remove(added.id)
            await until(lambda: len(receiver.taken) == 4)
            await asyncio.sleep(0.1)
    assert receiver.kinds == ["activated", "lifted", "activated", "removed"]
    told = receiver.taken[0][1]["data"]["targets"]
    # HttpError late, the target may be gone by then, and its request with it.
    assert told[0]["id"] == added.id
    assert told[0]["request_id"] in ("DSR-1", "")
    assert "Ivo" not in json.dumps(receiver.taken)


async def test_expiry_is_told(tmp_path: Path, site: Site) -> None:
    receiver = Receiver()
    now = datetime.now(UTC)
    shift = 0.0
    with Registry.open(f"sqlite:///{tmp_path}/r.db", clock=lambda: now.timestamp() + shift) as registry:
        registry.watch()
        async with running(registry, settings(site(receiver), events=("expired",))):
            registry.add(Target("Ivo Pellandrine", expires_at=now + timedelta(hours=1)))
            shift = 7_200.0
            await until(lambda: receiver.kinds == ["expired"])


async def test_what_is_not_taken_is_told_again(tmp_path: Path, site: Site) -> None:
    receiver = Receiver(refusals=[500, 302, 429])
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0.01)

    with Registry.open(f"sqlite:///{tmp_path}/r.db") as registry:
        async with running(registry, settings(site(receiver)), sleep):
            registry.add(Target("Ivo Pellandrine"))
            registry.add(Target("Orla Quennevest"))
            await until(lambda: len(receiver.taken) == 2)
    assert len({message for message, _ in receiver.seen[:4]}) == 1, "the same id each time, and nothing overtakes it"
    longer = [wait for wait in waits if wait > 0.05]
    assert longer == sorted(longer)
    assert len(longer) == 3


async def test_a_restart_goes_on_where_it_was(tmp_path: Path, site: Site) -> None:
    down, up = Receiver(refusals=[503] * 1_000), Receiver()
    current = [down]
    url = site(lambda request: current[0](request))
    for number in range(2):
        with Registry.open(f"sqlite:///{tmp_path}/r.db") as registry:
            async with running(registry, settings(url)):
                if number == 0:
                    registry.add(Target("Ivo Pellandrine"))
                    await until(lambda: len(down.seen) > 2)
                    current[0] = up
                else:
                    registry.add(Target("Orla Quennevest"))
                    await until(lambda: len(up.taken) >= 2)
    assert [body["data"]["revision"] for _, body in up.taken] == [1, 2]


async def test_two_processes_tell_it_once(tmp_path: Path, site: Site) -> None:
    receiver = Receiver()
    url = f"sqlite:///{tmp_path}/r.db"
    with Registry.open(url) as one, Registry.open(url) as other:
        chosen = settings(site(receiver))
        async with running(one, chosen), running(other, chosen):
            for number in range(5):
                one.add(Target(f"Person {number}"))
            await until(lambda: len(receiver.taken) >= 5)
            await asyncio.sleep(0.1)
    assert len({message for message, _ in receiver.seen}) == len(receiver.seen) == 5


async def test_one_that_is_down_holds_up_no_other(tmp_path: Path, site: Site) -> None:
    receiver = Receiver()
    with Registry.open(f"sqlite:///{tmp_path}/r.db") as registry:
        async with running(registry, settings("http://127.0.0.1:9/", site(receiver))):
            registry.add(Target("Ivo Pellandrine"))
            registry.of("acme").add(Target("Orla Quennevest"))
            await until(lambda: len(receiver.taken) == 2)
    assert {body["data"]["tenant"] for _, body in receiver.taken} == {"default", "acme"}


async def test_the_gateway_runs_them(tmp_path: Path, site: Site) -> None:
    receiver = Receiver()
    chosen = Settings(
        registry=RegistrySettings(url=f"sqlite:///{tmp_path}/r.db"),
        policy=PolicySettings(agents="rules", elicit=False),
        server=ServerSettings(auth="none"),
        webhooks=settings(site(receiver)),
        cache_dir=tmp_path,
    )
    app = build(chosen, vanilla=ScriptedChat(lambda messages, options: "Yes."))
    async with app.router.lifespan_context(app):
        with Registry.open(chosen.registry.url) as registry:
            registry.outbox.begin(listener_of(chosen.webhooks.urls[0]))
            registry.add(Target("Ivo Pellandrine"))
        await until(lambda: receiver.kinds == ["activated"])


async def test_what_ends_early_is_logged_without_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(self: Webhooks) -> None:
        raise ValueError("Ivo Pellandrine")

    monkeypatch.setattr(Webhooks, "run", broken)
    chosen = Settings(
        registry=RegistrySettings(url=f"sqlite:///{tmp_path}/r.db"),
        policy=PolicySettings(agents="rules", elicit=False),
        server=ServerSettings(auth="none"),
        webhooks=settings("http://127.0.0.1:9/"),
        cache_dir=tmp_path,
    )
    app = build(chosen, vanilla=ScriptedChat(lambda messages, options: "Yes."))
    async with app.router.lifespan_context(app):
        await until(lambda: "ended early (ValueError)" in caplog.text)
    assert "Ivo" not in caplog.text


def test_a_gateway_without_a_secret_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOOK_SECRET")
    with pytest.raises(ConfigError, match="HOOK_SECRET"):
        check(Settings(webhooks=settings("http://127.0.0.1:9/")))


async def test_nothing_runs_without_an_address(tmp_path: Path) -> None:
    with Registry.open(f"sqlite:///{tmp_path}/r.db") as registry:
        await Webhooks(registry, WebhookSettings()).run()


@pytest.mark.parametrize(
    ("tries", "wait", "least", "most"),
    [(1, 0.0, 0.75, 1.0), (4, 0.0, 6.0, 8.0), (99, 0.0, 225.0, 300.0), (1, 60.0, 60, 60)],
)
def test_pauses_grow_to_a_bound(tries: int, wait: float, least: float, most: float) -> None:
    assert least <= pause(tries, Attempt("status 503", wait)) <= most


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
