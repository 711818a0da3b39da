"""`expunge audit`: whether the log is whole, and the log for somebody else to check."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from expunge.cli.keys import open_registry
from expunge.cli.options import Config, Json
from expunge.cli.output import note, out, print_json
from expunge.errors import UnknownTenant, UsageError
from expunge.text.counting import counted

if TYPE_CHECKING:
    from expunge.registry.audit.chain import AuditVerdict
    from expunge.registry.store import Registry

app = typer.Typer(help="Check and export the log of changes and decisions.", no_args_is_help=True)

Tenant = Annotated[
    str | None, typer.Option("--tenant", metavar="NAME", help="The tenant; the configured one if left out.")
]


@app.command("verify")
def verify(
    bundle: Annotated[
        Path | None, typer.Argument(metavar="[BUNDLE]", help="An exported folder; the registry's own log if left out.")
    ] = None,
    public_key: Annotated[
        str | None, typer.Option("--public-key", metavar="FILE", help="The exporter's key, for a bundle.")
    ] = None,
    earlier: Annotated[
        Path | None,
        typer.Option(
            "--earlier", metavar="BUNDLE", help="An older export that the registry's own log must be the rest of."
        ),
    ] = None,
    tenant: Tenant = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Say whether a record was changed, taken out, put in, reordered or cut off, and where.

    With --earlier also whether the log as a whole was replaced, or put back to an older state, since that export.
    """
    if bundle is not None:
        from expunge.registry.audit.bundle import check, not_a_bundle
        from expunge.registry.security.signing import read_public_key

        if not bundle.is_dir():
            raise not_a_bundle(bundle)
        if earlier is not None:
            raise UsageError("--earlier is for the registry's own log; leave BUNDLE out.")
        if public_key is None:
            raise UsageError(
                "A bundle is checked with --public-key: the exporter's, got from them and not from the bundle."
            )
        verdict = check(bundle, read_public_key(public_key))
    else:
        if public_key is not None and earlier is None:
            raise UsageError("A public key is for a bundle; name its folder.")
        with open_registry(config) as registry:
            own = _of(registry, tenant)
            verdict = own.audit.verify()
            if earlier is not None and verdict.intact:
                verdict = _since(earlier, public_key, own, verdict)
    _report(verdict, as_json)
    if not verdict.intact:
        raise typer.Exit(1)


@app.command("export")
def export(
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="A new folder.")],
    tenant: Tenant = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Write the log as a signed bundle, which anybody can check with the public key and without the registry."""
    with open_registry(config) as registry:
        own = _of(registry, tenant)
        manifest = own.audit.export(folder)
        public = own.signer.public
    if as_json:
        print_json({**manifest, "public_key": public.text, "fingerprint": public.fingerprint})
    else:
        out().print(f"Wrote {counted(manifest['records'], 'record')} to {folder}. Public key: {public.fingerprint}")
        note(
            "Hand the public key over another way than the bundle. "
            "To check it: expunge audit verify BUNDLE --public-key FILE"
        )
    if not manifest["intact"]:
        if not as_json:
            note("The log is not whole; the bundle says so. See: expunge audit verify")
        raise typer.Exit(1)


@app.command("prune")
def prune(
    days: Annotated[
        int | None, typer.Option("--keep-days", min=1, metavar="N", help="In place of audit.keep_days.")
    ] = None,
    tenant: Tenant = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Drop what decisions older than so many days held; the chain stays whole."""
    from expunge.settings import Settings

    keep = days or Settings.load(config).audit.keep_days
    if keep is None:
        raise UsageError("Decisions are kept for good; give --keep-days, or keep_days under [audit].")
    with open_registry(config) as registry:
        dropped = _of(registry, tenant).audit.prune(keep)
    if as_json:
        print_json({"dropped": dropped, "keep_days": keep})
        return
    out().print(f"Dropped the bodies of {counted(dropped, 'decision')} older than {counted(keep, 'day')}.")


def _of(registry: Registry, tenant: str | None) -> Registry:
    """A tenant's own registry; one that is named must be there, or a misspelt name would pass for a whole log."""
    if tenant is None or tenant == registry.tenant:
        return registry
    if tenant not in registry.tenants():
        raise UnknownTenant("The registry holds nothing of a tenant of this name; check its spelling.")
    return registry.of(tenant)


def _since(earlier: Path, public_key: str | None, own: Registry, verdict: AuditVerdict) -> AuditVerdict:
    """The verdict on a log that must go on from an earlier export."""
    from expunge.registry.audit.bundle import check
    from expunge.registry.audit.chain import Problem
    from expunge.registry.security.signing import read_public_key

    known = check(earlier, own.signer.public if public_key is None else read_public_key(public_key))
    if not known.intact:
        problems = tuple(Problem(one.number, f"In the earlier export: {one.sentence}") for one in known.problems)
    elif not own.audit.begins_with(known.records, known.head):
        problems = (
            Problem(known.records, "The log is not the rest of the earlier export: it was replaced, or put back."),
        )
    else:
        problems = ()
    return replace(verdict, problems=problems)


def _report(verdict: AuditVerdict, as_json: bool) -> None:
    if as_json:
        problems = [{"number": problem.number, "problem": problem.sentence} for problem in verdict.problems]
        print_json({"intact": verdict.intact, "records": verdict.records, "head": verdict.head, "problems": problems})
        return
    if verdict.intact:
        out().print(f"The log is whole: {counted(verdict.records, 'record')}.")
        return
    for problem in verdict.problems:
        out().print(problem.sentence)
