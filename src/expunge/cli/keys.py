"""`expunge keys`: the gateway's API keys, and the registry's encryption key."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from expunge.cli.expiry import parse_expiry
from expunge.cli.options import Config, Json, New, actor
from expunge.cli.output import err, note, out, print_json, shown

if TYPE_CHECKING:
    from datetime import datetime

    from expunge.registry.api_keys import ApiKey
    from expunge.registry.store import Registry

app = typer.Typer(
    help="Make, list and revoke the gateway's API keys; change the registry's encryption key.", no_args_is_help=True
)

Tenant = Annotated[
    str | None, typer.Option("--tenant", metavar="NAME", help="The tenant. Default: the configured one.")
]


@contextmanager
def open_registry(config: Path | None, *, new: bool = False) -> Iterator[Registry]:
    """Open the configured registry, without any model; `new` starts an empty one in place of a lost one."""
    from expunge.registry.audit.chain import acting_as
    from expunge.registry.store import Registry
    from expunge.settings import Settings

    settings = Settings.load(config)
    key, new_key = settings.keys()
    place = settings.registry
    opened = Registry.open(
        place.url, key, place.tenant, new_key=new_key, new=new, must_exist=place.must_exist and not new
    )
    with acting_as(actor()), opened as registry:
        yield registry


@app.command("create")
def create(
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            metavar="SCOPE",
            help="chat, guard, targets:read, targets:write, audit:read, admin or operator; repeatable. Default: chat.",
        ),
    ] = None,
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="A name to show in the list.")] = "",
    tenant: Tenant = None,
    expires: Annotated[
        str | None,
        typer.Option("--expires", metavar="DATE", help="When the key expires: 2030-12-31, or a span like 30d."),
    ] = None,
    requests_per_minute: Annotated[
        int | None, typer.Option("--requests-per-minute", metavar="N", help="This key's limit. Default: the server's.")
    ] = None,
    tokens_per_minute: Annotated[
        int | None, typer.Option("--tokens-per-minute", metavar="N", help="This key's limit. Default: the server's.")
    ] = None,
    anew: New = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Create a key and print its secret, this once."""
    expires_at = None if expires is None else parse_expiry(expires)
    with open_registry(config, new=anew) as registry:
        owner = registry.of(tenant or registry.tenant).tenant
        key, secret = registry.api_keys.create(
            owner, scope or ["chat"], name, expires_at, requests_per_minute, tokens_per_minute
        )
    if as_json:
        print_json({**_of_key(key), "secret": secret})
        return
    out().print(secret)
    note(f"Key {key.id} of tenant {key.tenant}. Save the secret now: it cannot be shown again.")


@app.command("list")
def list_(
    tenant: Annotated[str | None, typer.Option("--tenant", metavar="NAME", help="Only keys of this tenant.")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List the keys, including revoked ones, without their secrets."""
    with open_registry(config) as registry:
        found = registry.api_keys.list(tenant)
    if as_json:
        print_json([_of_key(key) for key in found])
        return
    if not found:
        note("No keys yet. Create one: expunge keys create --name NAME")
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in ("id", "name", "tenant", "scopes", "created", "expires", "revoked"):
        table.add_column(heading, no_wrap=heading == "id")
    for key in found:
        scopes = " ".join(sorted(key.scopes))
        days = (_day(key.created_at), _day(key.expires_at) or "never", _day(key.revoked_at))
        table.add_row(key.id, Text(shown(key.name)), key.tenant, scopes, *days)
    out().print(table)


@app.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id; `expunge keys list` shows it.")],
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Revoke a key permanently; every gateway rejects it within a second."""
    with open_registry(config) as registry:
        key = registry.api_keys.revoke(key_id)
    if as_json:
        print_json(_of_key(key))
        return
    out().print(f"{key.id} is revoked.")


@app.command("rotate")
def rotate(config: Config = None, as_json: Json = False) -> None:
    """Change the registry's encryption key: re-encrypt everything while gateways keep serving.

    A key file is replaced by a new one. Without a key file, set EXPUNGE_NEW_KEY in addition to EXPUNGE_KEY, first for
    every process that uses the registry, then here. If interrupted, run it again to resume.
    """
    from expunge.registry.audit.chain import acting_as
    from expunge.registry.rotation import rotate as change_key
    from expunge.settings import Settings

    settings = Settings.load(config)
    key, new_key = settings.keys()
    with acting_as(actor()), _progress("Encrypting") as tick:
        rotated = change_key(settings.registry.url, key, new_key, tick)
    public = rotated.public_key
    if as_json:
        print_json(
            {
                "targets": rotated.targets,
                "resumed": rotated.resumed,
                "public_key": public.text,
                "fingerprint": public.fingerprint,
            }
        )
        return
    again = ", resuming an earlier attempt" if rotated.resumed else ""
    out().print(f"The key was changed{again}; targets re-encrypted: {rotated.targets:,}.")
    if key is None:
        note("The key file was replaced; keep a copy elsewhere. Older backups need the old key file.")
    else:
        note("Set EXPUNGE_KEY to the new key everywhere, then unset EXPUNGE_NEW_KEY. Older backups need the old key.")
    note(f"New signatures use a new key: {public.fingerprint}")


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.progress import Progress

    with Progress(console=err(), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _day(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d}"


def _of_key(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "tenant": key.tenant,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
        "requests_per_minute": key.requests_per_minute,
        "tokens_per_minute": key.tokens_per_minute,
    }
