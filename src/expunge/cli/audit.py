"""`expunge audit`: verify the log, export it for others to check, and prune it."""

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
    str | None, typer.Option("--tenant", metavar="NAME", help="The tenant. Default: the configured one.")
]


@app.command("verify")
def verify(
    bundle: Annotated[
        Path | None, typer.Argument(metavar="[BUNDLE]", help="An exported bundle. Default: the registry's own log.")
    ] = None,
    public_key: Annotated[
        str | None,
        typer.Option("--public-key", metavar="FILE", help="The exporter's public key; required for a bundle."),
    ] = None,
    earlier: Annotated[
        Path | None,
        typer.Option("--earlier", metavar="BUNDLE", help="An older export that the registry's log must continue."),
    ] = None,
    tenant: Tenant = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Check whether any record was changed, removed, inserted, reordered or cut off, and say where.

    With --earlier, also check whether the whole log was replaced or rolled back since that export.
    """
    if bundle is not None:
        from expunge.registry.audit.bundle import check, not_a_bundle
        from expunge.registry.security.signing import read_public_key

        if not bundle.is_dir():
            raise not_a_bundle(bundle)
        if earlier is not None:
            raise UsageError("--earlier applies to the registry's own log; leave BUNDLE out.")
        if public_key is None:
            raise UsageError(
                "To check a bundle, give the exporter's --public-key, obtained from them and not from the bundle."
            )
        verdict = check(bundle, read_public_key(public_key))
    else:
        if public_key is not None and earlier is None:
            raise UsageError("--public-key applies to a bundle; name its folder.")
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
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="The folder to create.")],
    tenant: Tenant = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Export the log as a signed bundle. Anyone can check it with the public key, without the registry."""
    with open_registry(config) as registry:
        own = _of(registry, tenant)
        manifest = own.audit.export(folder)
        public = own.signer.public
    if as_json:
        print_json({**manifest, "public_key": public.text, "fingerprint": public.fingerprint})
    else:
        out().print(f"Wrote {counted(manifest['records'], 'record')} to {folder}. Public key: {public.fingerprint}")
        note(
            "Send the public key over a different channel than the bundle. "
            "To check it: expunge audit verify BUNDLE --public-key FILE"
        )
    if not manifest["intact"]:
        if not as_json:
            note("The log is not intact, and the bundle says so. See: expunge audit verify")
        raise typer.Exit(1)


@app.command("prune")
def prune(
    days: Annotated[
        int | None, typer.Option("--keep-days", min=1, metavar="N", help="Overrides audit.keep_days.")
    ] = None,
    tenant: Tenant = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Drop the contents of decisions older than N days; the chain stays intact."""
    from expunge.settings import Settings

    keep = days or Settings.load(config).audit.keep_days
    if keep is None:
        raise UsageError("Decisions are kept forever by default; give --keep-days, or set keep_days under [audit].")
    with open_registry(config) as registry:
        dropped = _of(registry, tenant).audit.prune(keep)
    if as_json:
        print_json({"dropped": dropped, "keep_days": keep})
        return
    out().print(f"Dropped the bodies of {counted(dropped, 'decision')} older than {counted(keep, 'day')}.")


def _of(registry: Registry, tenant: str | None) -> Registry:
    """Return a tenant's registry. A named tenant must exist, or a misspelt name would pass for an intact log."""
    if tenant is None or tenant == registry.tenant:
        return registry
    if tenant not in registry.tenants():
        raise UnknownTenant("The registry has no data for a tenant of this name; check the spelling.")
    return registry.of(tenant)


def _since(earlier: Path, public_key: str | None, own: Registry, verdict: AuditVerdict) -> AuditVerdict:
    """Return the verdict on a log that must continue an earlier export."""
    from expunge.registry.audit.bundle import check
    from expunge.registry.audit.chain import Problem
    from expunge.registry.security.signing import read_public_key

    known = check(earlier, own.signer.public if public_key is None else read_public_key(public_key))
    if not known.intact:
        problems = tuple(Problem(one.number, f"In the earlier export: {one.sentence}") for one in known.problems)
    elif not own.audit.begins_with(known.records, known.head):
        problems = (
            Problem(known.records, "The log does not continue the earlier export: it was replaced or rolled back."),
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
        out().print(f"The log is intact: {counted(verdict.records, 'record')}.")
        return
    for problem in verdict.problems:
        out().print(problem.sentence)
