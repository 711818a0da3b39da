"""`expunge webhooks …`: who is told when targets come into force or leave it."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

import typer

from expunge.cli.options import Config, Json
from expunge.cli.output import out, print_json
from expunge.errors import UsageError

if TYPE_CHECKING:
    from expunge.settings import WebhookSettings

app = typer.Typer(help="Try the addresses under [webhooks], which are told what changed.", no_args_is_help=True)


@app.command("test")
def try_all(config: Config = None, as_json: Json = False) -> None:
    """Send a signed test message to each configured address; exit code 1 if one does not take it."""
    import asyncio

    from expunge.settings import Settings

    settings = Settings.load(config).webhooks
    if not settings.urls:
        raise UsageError("No webhook is configured; name addresses as urls under [webhooks].")
    found = asyncio.run(_tried(settings))
    taken = all(not reason for reason in found)
    if as_json:
        print_json([{"number": n, "taken": not reason, "reason": reason} for n, reason in enumerate(found, 1)])
    else:
        for number, reason in enumerate(found, start=1):
            out().print(f"Webhook {number}: {f'not taken ({reason})' if reason else 'taken'}.")
    if not taken:
        raise typer.Exit(1)


@app.command("secret")
def make_secret(as_json: Json = False) -> None:
    """Print a new secret to sign with; nothing is stored. Put it into the variable that secret_env names."""
    made = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode("ascii")
    if as_json:
        print_json({"secret": made})
    else:
        print(made)


async def _tried(settings: WebhookSettings) -> list[str]:
    from expunge.gateway.webhooks.message import trial
    from expunge.gateway.webhooks.sending import Sender

    sender = Sender(settings.secret(), settings.timeout)
    try:
        return [(await sender.send(url, trial())).reason for url in settings.urls]
    finally:
        await sender.aclose()
