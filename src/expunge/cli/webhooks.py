"""`expunge webhooks …`: test and inspect the configured webhooks."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from expunge.cli.keys import open_registry
from expunge.cli.options import Config, Json
from expunge.cli.output import note, out, print_json, print_text
from expunge.errors import UsageError

if TYPE_CHECKING:
    from expunge.registry.store import Registry
    from expunge.settings import WebhookSettings

app = typer.Typer(
    help="Test and inspect the configured webhooks, which report changes of targets.", no_args_is_help=True
)
_MOST = 1_000
"""Changes of a tenant that are searched for undelivered events."""


@app.command("test")
def try_all(config: Config = None, as_json: Json = False) -> None:
    """Send a signed test message to each configured address; exit code 1 if one rejects it."""
    import asyncio

    from expunge.settings import Settings

    settings = Settings.load(config).webhooks
    if not settings.urls:
        raise UsageError("No webhooks are configured; add urls under [webhooks].")
    found = asyncio.run(_tried(settings))
    taken = all(not reason for reason in found)
    if as_json:
        print_json([{"number": n, "taken": not reason, "reason": reason} for n, reason in enumerate(found, 1)])
    else:
        for number, reason in enumerate(found, start=1):
            out().print(f"Webhook {number}: {f'rejected ({reason})' if reason else 'accepted'}.")
    if not taken:
        raise typer.Exit(1)


@app.command("list")
def list_(config: Config = None, as_json: Json = False) -> None:
    """List the configured addresses with their number of undelivered events; send nothing."""
    from expunge.certificate.issuing import origin
    from expunge.gateway.webhooks import listener_of
    from expunge.settings import Settings

    settings = Settings.load(config).webhooks
    with open_registry(config) as registry:
        states = [_state(registry, listener_of(url), settings.events) for url in settings.urls]
    # The path of an address may contain a secret.
    pairs = [(origin(url), state) for url, state in zip(settings.urls, states, strict=True)]
    if as_json:
        print_json(
            [
                {"number": n, "address": address, "known": state.known, "waiting": state.waiting, "since": state.since}
                for n, (address, state) in enumerate(pairs, start=1)
            ]
        )
        return
    if not pairs:
        note("No webhooks are configured; add urls under [webhooks].")
        return
    print_text("number\taddress\tstate")
    for number, (address, state) in enumerate(pairs, start=1):
        print_text(f"{number}\t{address}\t{state.sentence}")


@app.command("secret")
def make_secret(as_json: Json = False) -> None:
    """Print a new signing secret without storing it. Put it into the variable that secret_env names."""
    made = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode("ascii")
    if as_json:
        print_json({"secret": made})
    else:
        print(made)


@dataclass(frozen=True, slots=True)
class _State:
    known: bool
    waiting: int = 0
    since: str | None = None
    more: bool = False

    @property
    def sentence(self) -> str:
        if not self.known:
            return "no gateway has run with it yet"
        if not self.waiting:
            return "up to date"
        least = "over " if self.more else ""
        return f"{least}{self.waiting:,} {'event' if self.waiting == 1 else 'events'} undelivered, since {self.since}"


def _state(registry: Registry, listener: str, kinds: Collection[str]) -> _State:
    if not registry.outbox.knows(listener):
        return _State(False)
    found = [registry.outbox.pending(listener, tenant, _MOST) for tenant in registry.outbox.behind(listener)]
    events = [event for pending in found for event in pending.events if event.kind in kinds]
    since = min((event.at for event in events), default=None)
    told = None if since is None else since.isoformat(timespec="seconds")
    return _State(True, len(events), told, any(pending.more for pending in found))


async def _tried(settings: WebhookSettings) -> list[str]:
    from expunge.gateway.webhooks import Sender, trial

    sender = Sender(settings.secret(), settings.timeout)
    try:
        return [(await sender.send(url, trial())).reason for url in settings.urls]
    finally:
        await sender.aclose()
