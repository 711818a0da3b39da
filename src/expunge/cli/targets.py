"""`expunge targets …`: register, list, change and delete targets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from expunge.cli import pending, registering
from expunge.cli.due import due_first, parse_due, until_of
from expunge.cli.expiry import parse_expiry
from expunge.cli.interrupted import Interrupted
from expunge.cli.options import Config, Json, New, Yes, is_interactive, opened
from expunge.cli.output import note, out, print_json, shown
from expunge.cli.registering import REST
from expunge.errors import ImportFailed, RegistryError, UsageError
from expunge.text.counting import counted
from expunge.types import Fact, Pending, TargetKind, TargetStatus, TargetUpdate

app = typer.Typer(help="Register, look up, lift and delete targets.", no_args_is_help=True)

Ref = Annotated[str, typer.Argument(metavar="TARGET", help="The target's id, at least 6 characters of it, or a name.")]


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the person, thing or topic.")],
    alias: Annotated[
        list[str] | None, typer.Option("--alias", metavar="NAME", help="Another name; repeatable.")
    ] = None,
    fact: Annotated[
        list[str] | None, typer.Option("--fact", metavar="TEXT", help="A true statement about the target; repeatable.")
    ] = None,
    facts: Annotated[
        Path | None,
        typer.Option("--facts", metavar="FILE", help='A .jsonl file: {"question", "answer"} or a statement per line.'),
    ] = None,
    description: Annotated[
        str | None, typer.Option("--description", metavar="TEXT", help="What distinguishes it from a namesake.")
    ] = None,
    kind: Annotated[TargetKind, typer.Option("--kind", help="The kind of target.")] = TargetKind.ENTITY,
    expires: Annotated[
        str | None,
        typer.Option("--expires", metavar="DATE", help="When the target expires: 2030-12-31, or a span like 30d."),
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="The reason, for the history.")] = None,
    request_id: Annotated[
        str | None, typer.Option("--request-id", metavar="ID", help="The request's id in your case system.")
    ] = None,
    due: Annotated[
        str | None,
        typer.Option("--due", metavar="DATE", help="When the request must be answered: 2030-12-31, a span, or none."),
    ] = None,
    no_elicit: Annotated[
        bool, typer.Option("--no-elicit", help="Do not ask the model what it knows about the target.")
    ] = False,
    extend: Annotated[
        bool, typer.Option("--extend", help="Add to the registered target with this name or id.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Register nothing; show what would change in --sample.")
    ] = False,
    sample: Annotated[
        Path | None,
        typer.Option(
            "--sample",
            metavar="FILE",
            help='With --dry-run: a .jsonl file of past {"question", "answer"} or {"messages"}; the model answers '
            "those without an answer.",
        ),
    ] = None,
    show_texts: Annotated[
        bool, typer.Option("--show-texts", help="With --dry-run: also show questions and answers.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Register the name even if it is a single letter or an everyday word.")
    ] = False,
    anew: New = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Register a target. It takes effect with the next question."""
    update = TargetUpdate(
        aliases=alias or [],
        expires_at=... if expires is None else parse_expiry(expires),
        due_at=... if due is None else parse_due(due),
        facts=_facts(fact or [], facts),
        description=description,
        reason=reason,
        request_id=request_id,
    )
    if dry_run != (sample is not None) or (show_texts and not dry_run):
        raise UsageError("Use --dry-run and --sample FILE together; --show-texts needs both.")
    if sample is not None:
        from expunge.cli import rehearsing

        new = registering.new_target(name, kind, update)
        ask_model = False if no_elicit or extend else None
        rehearsing.dry_run(
            new, sample, extend=extend, ask_model=ask_model, show_texts=show_texts, config=config, as_json=as_json
        )
    elif extend:
        registering.extend(name, update, config=config, as_json=as_json)
    else:
        new = registering.new_target(name, kind, update)
        if not force:
            registering.check_distinctive(new)
        registering.register(new, elicit=not no_elicit, make_registry=anew, config=config, as_json=as_json)


def _facts(statements: list[str], file: Path | None) -> tuple[Fact, ...]:
    for statement in statements:
        if statement.endswith(".jsonl") and Path(statement).is_file():
            raise UsageError(f"--fact takes a statement; give the file {statement} with --facts.")
    facts = [Fact.of(statement) for statement in statements]
    if file is not None:
        from expunge.registry.importing.files import read_facts

        facts += read_facts(file)
    return tuple(facts)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=".txt (one name per line), .csv, .xlsx or .jsonl.")],
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="FIELD=HEADING",
            help="The column of a table for a field; other unknown columns are then ignored. Repeatable.",
        ),
    ] = None,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait/--no-wait",
            help="Also embed the facts. Otherwise they are matched by words alone until `expunge targets embed`, or a "
            "gateway on this registry, has embedded them.",
        ),
    ] = True,
    anew: New = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Register every target in a file, all or none."""
    from expunge.registry.importing.columns import HeadingsUnclear, parse_mapping
    from expunge.registry.importing.files import read_targets

    mapping = parse_mapping(column or ())
    from expunge.bench.terminal import progress

    embedded: dict[str, int] = {}
    try:
        new = read_targets(file, mapping)
        with opened(config, ask_for_weights=False, new=anew) as unlearner, progress() as tick:

            def tell(done: int, total: int) -> None:
                embedded["done"] = done
                tick("Embedding facts", done, total)

            def registering(done: int, total: int) -> None:
                tick("Registering", done, total)

            registered = unlearner.targets.add_many(new, registering, tell if wait else None, embed=wait)
            added = [each.target for each in registered]
    except KeyboardInterrupt:
        if embedded:
            raise Interrupted(f"Interrupted; the file's targets are registered and in force. {REST}") from None
        raise Interrupted("Interrupted; none of the file's targets were registered.") from None
    except HeadingsUnclear as error:
        raise ImportFailed(
            f"{error} Or name the column with --column name=HEADING; see expunge targets import --help."
        ) from None
    if as_json:
        print_json({"registered": len(added), "ids": [target.id for target in added]})
    else:
        back = sum(target.created_at != target.updated_at for target in added)
        again = f" ({back:,} brought back)" if 0 < back < len(added) else ""
        done = "Brought back" if back and back == len(added) else "Registered"
        out().print(f"{done} {counted(len(added), 'target')}{again}, in force from the next question on.")
    if not wait:
        pending.tell_rest(Pending.of(target for target in added if target.facts or target.description))
    elif embedded.get("done", 0) < len(added):
        note(f"The embedding model failed before all facts were embedded. {REST}")


@app.command("embed")
def embed(config: Config = None, as_json: Json = False) -> None:
    """Embed the facts that are not embedded yet, for example after an interrupted import."""
    from expunge.bench.terminal import progress

    try:
        with opened(config, ask_for_weights=False) as unlearner, progress() as tick:
            unlearner.targets.embed(lambda done, total: tick("Embedding facts", done, total))
            count, left = len(unlearner.targets), unlearner.targets.pending()
    except KeyboardInterrupt:
        raise Interrupted(pending.STORED) from None
    if left:
        raise RegistryError(
            "The facts were embedded but could not be stored; make sure that the registry is writable, and try again."
        )
    if as_json:
        print_json({"targets": count})
    else:
        out().print(f"The facts of {counted(count, 'target')} are embedded.")


@app.command("list")
def list_(
    status: Annotated[TargetStatus | None, typer.Option("--status", help="Only targets with this status.")] = None,
    due: Annotated[bool, typer.Option("--due", help="Only targets with a due date, the most urgent first.")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Of these, only overdue ones.")] = False,
    within: Annotated[
        int | None,
        typer.Option("--within", metavar="DAYS", min=0, help="Of these, only those due within this many days."),
    ] = None,
    request_id: Annotated[
        str | None, typer.Option("--request-id", metavar="ID", help="Only targets of this request.")
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List the targets."""
    if overdue and within is not None:
        raise UsageError("Give either --overdue or --within.")
    due = due or overdue or within is not None
    with opened(config, ask_for_weights=False) as unlearner:
        found = unlearner.targets.list(status)
        left = unlearner.targets.pending()
    if request_id is not None:
        found = tuple(target for target in found if target.request_id == request_id.strip())
    if due:
        found = due_first(found, until_of(overdue, within))
    if as_json:
        from expunge.cli.plain_data import of_target

        print_json([of_target(target) for target in found])
    else:
        from expunge.cli.target_table import show_targets

        show_targets(found, due=due)
    pending.tell_rest(left)


@app.command("show")
def show(ref: Ref, config: Config = None, as_json: Json = False) -> None:
    """Show everything registered about one target."""
    from expunge.cli.plain_data import of_target

    with opened(config, ask_for_weights=False) as unlearner:
        target = unlearner.targets.get(ref)
    data = of_target(target)
    if as_json:
        print_json(data)
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column()
    unconfirmed = dict.fromkeys(target.unconfirmed, " (elicited, unconfirmed)")
    data["facts"] = [f"{f.question} {f.text}".strip() + unconfirmed.get(f, "") for f in target.facts]
    for key, value in data.items():
        shown_value = "\n".join(value) if isinstance(value, list) else "" if value is None else str(value)
        if shown_value:
            table.add_row(key.replace("_", " "), Text(shown(shown_value)))
    out().print(table)


@app.command("restore")
def restore(
    ref: Ref,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Lift a target: the model may talk about it again. Its history is kept."""
    with opened(config, ask_for_weights=False) as unlearner:
        before = unlearner.targets.get(ref)
        target = unlearner.targets.restore(before.id)
    if before.status is TargetStatus.LIFTED and not as_json:
        out().print(f"{target.id} is already lifted; nothing was changed.")
        return
    _done(target.id, "lifted", "the model may talk about it again", as_json)


@app.command("remove")
def remove(ref: Ref, yes: Yes = False, config: Config = None, as_json: Json = False) -> None:
    """Permanently delete a target with its names, facts and history."""
    with opened(config, ask_for_weights=False) as unlearner:
        target = unlearner.targets.get(ref)
        if not yes:
            if as_json or not is_interactive():
                raise UsageError("Deletion cannot be undone; confirm with --yes.")
            question = f"Delete {shown(target.name)} ({target.id}) and its history permanently?"
            if not typer.confirm(question, err=True):
                note("Nothing was deleted.")
                raise typer.Exit(1)
        unlearner.targets.remove(target.id)
    _done(target.id, "removed", "its names, facts and history were deleted", as_json)


def _done(target_id: str, what: str, meaning: str, as_json: bool) -> None:
    if as_json:
        print_json({"id": target_id, "status": what})
    else:
        out().print(f"{target_id} is {what}: {meaning}.")


@app.command("history")
def history(ref: Ref, config: Config = None, as_json: Json = False) -> None:
    """Show the history of a target, oldest first."""
    with opened(config, ask_for_weights=False) as unlearner:
        changes = unlearner.targets.history(ref)
    if as_json:
        print_json(
            [
                {"revision": c.revision, "at": c.at.isoformat(), "action": str(c.action), "reason": c.reason}
                for c in changes
            ]
        )
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in ("revision", "when", "what", "reason"):
        table.add_column(heading)
    for change in changes:
        moment = f"{change.at:%Y-%m-%d %H:%M:%S} UTC"
        table.add_row(str(change.revision), moment, str(change.action), Text(shown(change.reason)))
    out().print(table)
