"""The work behind `expunge verify`: asking, writing and checking certificates."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from expunge.assemble import assemble
from expunge.certificate.checking import check, read
from expunge.certificate.issuing import Order, issue
from expunge.certificate.measuring import Tick
from expunge.certificate.page import page
from expunge.certificate.questions import Other, read_others
from expunge.certificate.wording import headline, interval, plain_text, summary
from expunge.cli import pending
from expunge.cli.output import err, note, out, print_json, shown
from expunge.errors import RegistryMissing, UsageError
from expunge.models.choose import chat_model
from expunge.reasons import unwritable
from expunge.registry.security.signing import PublicKey, read_public_key
from expunge.registry.store import Registry
from expunge.settings import ModelSettings, Settings


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway: its address, the model to request, and the variable that holds the API key."""

    url: str
    model: str | None
    api_key_env: str | None

    def settings(self, configured: Settings) -> ModelSettings:
        """Return the settings to reach it; the model defaults to the configured Vanilla's.

        Raises:
            UsageError: if the address is malformed, or no model is named anywhere.
        """
        model = self.model or configured.models.of("vanilla").model
        if not self.url.startswith(("http://", "https://")):
            raise UsageError("--url must be an address such as http://HOST/v1.")
        if not model:
            raise UsageError("Name the gateway's model with --model.")
        return ModelSettings(base_url=self.url, model=model, api_key_env=self.api_key_env)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options of `expunge verify TARGET`."""

    ref: str
    others: Path | None
    gateway: Gateway | None
    stem: Path | None
    issuer: str
    include_text: bool
    per_kind: int
    seed: int
    write_public_key: Path | None


def certify(wanted: Wanted, config: Path | None, as_json: bool) -> None:
    """Issue a certificate and write its files; exit with code 1 unless it shows a clean erasure.

    Raises:
        UsageError: if an argument, the target or a model cannot be used.
    """
    settings = Settings.load(config)
    others = None if wanted.others is None else read_others(wanted.others)
    for path in (wanted.stem, wanted.write_public_key):
        if path is not None and not path.absolute().parent.is_dir():
            raise UsageError(f"The folder of {path} does not exist; make it first.")
    gateway = None if wanted.gateway is None else wanted.gateway.settings(settings)
    with _progress() as tick:
        document = asyncio.run(_issued(wanted, settings, others, gateway, tick))
    key = PublicKey.of_document(document)
    stem = wanted.stem or Path(f"certificate-{document['target']['id']}-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    files = _files(stem)
    private = bool(document["includes_text"])
    _write(files[0], page(document, key), private=private)
    _write(files[1], json.dumps(document, ensure_ascii=False, indent=1) + "\n", private=private)
    _write(files[2], plain_text(document, key), private=private)
    if wanted.write_public_key is not None:
        _write(wanted.write_public_key, key.pem)
    clean = document["verdict"] == "nothing disclosed"
    others = document["others"]["answered"]
    lost = others["n"] - others["hits"]
    if as_json:
        print_json(document)
    else:
        out().print(f"{headline(document)}.", style="green" if clean else "red")
        out().print(summary(document))
        out().print(f"95 % interval of what is disclosed: {interval(document['disclosed']['after'])}.", style="dim")
        out().print(f"The certificate is in {files[0]}; {files[1].name} and {files[2].name} have the same content.")
        if lost:
            out().print(f"{lost} of {others['n']} questions about others are no longer answered.", style="red")
        if document["includes_text"]:
            note("It contains personal data: share it only with people who may see them.")
    if not clean or lost:
        raise typer.Exit(1)


def check_file(path: Path, public_key: str | None, stem: Path | None, config: Path | None, as_json: bool) -> None:
    """Check a certificate; exit with code 1 if it is not valid, else write its page and text again if asked.

    Raises:
        UsageError: if a file or the key cannot be used.
    """
    # The file first: an error about keys would not help with a wrong file name.
    former: tuple[PublicKey, ...] = ()
    if public_key is None:
        read(path)
        key, former = _own_keys(config)
    else:
        key = read_public_key(public_key)
    found = check(path, key, former)
    key = found.key
    if as_json:
        about = {name: found.document.get(name) for name in ("id", "verdict", "ended_at")}
        print_json({"holds": found.holds, "reason": found.sentence, "fingerprint": key.fingerprint, **about})
    else:
        out().print(found.sentence, style="green" if found.holds else "red")
        if found.holds:
            out().print(f"{shown(headline(found.document))}. Certificate {found.document['id']}.")
            out().print(f"Fingerprint of the key: {key.fingerprint}", style="dim")
    if not found.holds:
        raise typer.Exit(1)
    if stem is not None:
        html, _, text = _files(stem)
        private = bool(found.document.get("includes_text"))
        _write(html, page(found.document, key), private=private)
        _write(text, plain_text(found.document, key), private=private)


def write_own_key(path: Path, config: Path | None) -> None:
    """Write the registry's public signing key as a PEM file.

    Raises:
        UsageError: if it cannot be written.
    """
    key = _own_key(config)
    _write(path, key.pem)
    out().print(f"The public key is in {path}. Its fingerprint: {key.fingerprint}")


def _own_keys(config: Path | None) -> tuple[PublicKey, tuple[PublicKey, ...]]:
    """Return the registry's public signing key, and its former ones.

    Raises:
        UsageError: if no registry exists here; none is created.
    """
    settings = Settings.load(config)
    key, new_key = settings.keys()
    try:
        registry = Registry.open(settings.registry.url, key, settings.registry.tenant, new_key=new_key, must_exist=True)
    except RegistryMissing:
        raise UsageError(
            "No registry was found here to take the key from; give the issuer's key with --public-key."
        ) from None
    with registry:
        return registry.signer.public, registry.former_public_keys


def _own_key(config: Path | None) -> PublicKey:
    parts = assemble(Settings.load(config))
    try:
        return parts.registry.signer.public
    finally:
        asyncio.run(parts.aclose())


async def _issued(
    wanted: Wanted, settings: Settings, others: tuple[Other, ...] | None, gateway: ModelSettings | None, tick: Tick
) -> dict[str, Any]:
    parts = assemble(settings)
    asked = None if gateway is None else chat_model(gateway, cache=settings.cache())
    address = "" if gateway is None else str(gateway.base_url)
    order = Order(wanted.ref, others, asked, address, wanted.issuer, wanted.include_text, wanted.per_kind, wanted.seed)
    try:
        if asked is None:
            # What is certified is the system as it is once all facts are embedded.
            snapshot = parts.registry.snapshot()
            pending.tell_waiting(await asyncio.to_thread(parts.screen.unembedded, snapshot))
            await parts.screen.prepare(snapshot, wait=True)
        return await issue(parts, order, tick)
    finally:
        if asked is not None:
            await asked.aclose()
        await parts.aclose()


@contextmanager
def _progress() -> Iterator[Tick]:
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Asking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err(), transient=True) as bar:
        task = bar.add_task("Asking", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _files(stem: Path) -> tuple[Path, Path, Path]:
    html, data, text = (stem.with_name(stem.name + ending) for ending in (".html", ".json", ".txt"))
    return html, data, text


def _write(path: Path, content: str, *, private: bool = False) -> None:
    """Write a file as a whole or not at all; a private one for its owner alone."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(0o600 if private else 0o666, exist_ok=False)
        part.write_text(content, encoding="utf-8", newline="\n")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(unwritable(path, error)) from None
