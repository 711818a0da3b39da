"""`expunge targets …`: register, list, change and delete targets."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from expunge.cli import pending
from expunge.cli.due import due_first, parse_due, until_of
from expunge.cli.expiry import parse_expiry
from expunge.cli.interrupted import Interrupted
from expunge.cli.options import Config, Json, New, Yes, is_interactive, opened
from expunge.cli.output import note, out, print_json, shown, waiting
from expunge.errors import DuplicateTarget, ExpungeError, ImportFailed, RegistryError, UsageError
from expunge.text.counting import counted
from expunge.types import ChangeAction, Fact, Pending, Target, TargetKind, TargetStatus, TargetUpdate

if TYPE_CHECKING:
    from expunge.elicitation import Elicitation
    from expunge.unlearner import Unlearner

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
    expires_at = None if expires is None else parse_expiry(expires)
    due_at = None if due is None else parse_due(due)
    all_facts = _facts(fact or [], facts)
    if dry_run != (sample is not None) or (show_texts and not dry_run):
        raise UsageError("Use --dry-run and --sample FILE together; --show-texts needs both.")
    if sample is not None:
        from expunge.cli import rehearsing

        rehearsing.dry_run(
            Target(name, tuple(alias or ()), all_facts, description or "", kind),
            sample,
            extend=extend,
            ask_model=False if no_elicit or extend else None,
            show_texts=show_texts,
            config=config,
            as_json=as_json,
        )
        return
    if extend:
        update = TargetUpdate(
            aliases=alias or [],
            facts=all_facts,
            description=description,
            reason=reason,
            expires_at=... if expires_at is None else expires_at,
            request_id=request_id,
            due_at=... if due is None else due_at,
        )
        with opened(config, ask_for_weights=False) as unlearner:
            before = unlearner.snapshot.revision
            try:
                target = unlearner.targets.update(name, update)
            except KeyboardInterrupt:
                if unlearner.targets.get(name).revision <= before:
                    raise Interrupted("Interrupted; nothing was added.") from None
                raise Interrupted(f"Interrupted; the additions are registered. {_REST}") from None
            failed = bool(unlearner.targets.pending([target]))
        if failed:
            note(_FAILED)
        _report(target, "extended", None, as_json)
        return
    new = Target(
        name=name,
        aliases=tuple(alias or ()),
        facts=all_facts,
        description=description or "",
        kind=kind,
        expires_at=expires_at,
        reason=reason or "",
        request_id=request_id or "",
        due_at=due_at,
    )
    from expunge.screen.ordinary import too_common

    common = too_common(new)
    if common and not force:
        raise UsageError(
            f"{shown(common)} alone is too common: ordinary questions with it would no longer be answered; give the "
            "full name, or register it with --force."
        )
    with opened(config, ask_for_weights=False, new=anew) as unlearner:
        before = unlearner.snapshot.revision
        try:
            with nullcontext() if as_json or no_elicit else waiting("asking the model what it knows …"):
                registered = unlearner.targets.add(new, elicit=False if no_elicit else None)
        except KeyboardInterrupt:
            raise Interrupted(_left_of(unlearner, new, before)) from None
        except DuplicateTarget as error:
            raise DuplicateTarget(
                f"A target of this name is already registered as {error.target_id}; use --extend to add to it.",
                error.target_id,
            ) from None
        target = registered.target
        since = [change.action for change in unlearner.targets.history(target.id) if change.revision > before]
        if unlearner.targets.pending([target]):
            note(_FAILED)
    _report(
        target,
        "brought back" if ChangeAction.REACTIVATED in since else "registered",
        _told(target, registered.elicitation),
        as_json,
    )


def _told(target: Target, found: Elicitation | None) -> str:
    """Say what asking the model gave."""
    if found is None:
        return "The model was not asked what it knows."
    if target.kind is TargetKind.TOPIC:
        return "The model was not asked what it knows: topics are described by whoever registers them."
    if found.problem:
        return f"The model was not asked everything: {found.problem}"
    told = [
        counted(len(many), *words)
        for many, words in ((found.facts, ("fact",)), (found.aliases, ("alias", "aliases")))
        if many
    ]
    return f"The model was asked what it knows and gave {' and '.join(told) or 'nothing about the target'}."


def _left_of(unlearner: Unlearner, wanted: Target, before: int) -> str:
    """Say after Ctrl-C whether the target is in force, and what was not done."""
    try:
        found = unlearner.targets.get(wanted.name)
    except ExpungeError:
        return "Interrupted; nothing was registered."
    if found.revision <= before:
        return "Interrupted; nothing was changed."
    done = f"Interrupted; the target is registered as {found.id} and in force"
    if any(fact.elicited for fact in found.facts):
        return f"{done}, but some of its facts are not embedded yet: run `expunge targets embed`."
    embedding = " Its facts are not embedded yet: run `expunge targets embed`." if found.facts else ""
    return (
        f"{done}, but without what the model knows; add facts: "
        f'expunge targets add {found.id} --extend --fact "…".{embedding}'
    )


def _facts(statements: list[str], file: Path | None) -> tuple[Fact, ...]:
    for statement in statements:
        if statement.endswith(".jsonl") and Path(statement).is_file():
            raise UsageError(f"--fact takes a statement; give the file {statement} with --facts.")
    facts = [Fact.of(statement) for statement in statements]
    if file is not None:
        from expunge.registry.importing.files import read_facts

        facts += read_facts(file)
    return tuple(facts)


def _report(target: Target, done: str, elicited: str | None, as_json: bool) -> None:
    if as_json:
        from expunge.cli.plain_data import of_target

        print_json({**of_target(target), "elicitation": elicited})
        return
    console = out()
    if target.status is not TargetStatus.ACTIVE:
        console.print(
            f"Extended {shown(target.name)}, {target.id}. It is still {target.status}; "
            "to bring it back into force, run expunge targets add with its name."
        )
        return
    how = "Brought {} back into force as {}" if done == "brought back" else done.capitalize() + " {} as {}"
    console.print(f"{how.format(shown(target.name), target.id)}, in force from the next question on.")
    console.print(
        f"It has {counted(len(target.aliases), 'alias', 'aliases')} and {counted(len(target.facts), 'fact')}.",
        style="dim",
    )
    if elicited:
        console.print(elicited, style="dim")
    if elicited and target.unconfirmed:
        for fact in target.unconfirmed[:_SHOWN]:
            console.print(f"  - {shown(fact.text)}", style="dim")
        more = len(target.unconfirmed) - _SHOWN
        console.print(
            (f"  and {more} more. " if more > 0 else "")
            + f"These are unconfirmed: expunge targets confirm {target.id} lists, confirms or drops them.",
            style="dim",
        )
    if target.kind is TargetKind.ENTITY:
        _tell_touched(target)
    if not target.facts and target.kind is TargetKind.ENTITY:
        note(
            f"With only a name, questions that avoid it may get through; add facts: "
            f'expunge targets add {target.id} --extend --fact "…"'
        )


def _tell_touched(target: Target) -> None:
    """Say how many ordinary questions contain its names, and what to do if there are many."""
    from expunge.screen.ordinary import ordinary_questions, touched

    many, among = touched(target), len(ordinary_questions())
    if many <= _FEW_TOUCHED:
        out().print(f"Its names occur in {many or 'none'} of {among:,} ordinary questions.", style="dim")
        return
    note(
        f"Its names occur in {many:,} of {among:,} ordinary questions, whose answers may change: register "
        "longer names, or try it on past questions with --dry-run --sample."
    )


_FEW_TOUCHED = 3
"""Ordinary questions that may contain a name without a warning."""
_SHOWN = 10
"""Elicited facts that are shown at registration."""
_FAILED = (
    "The embedding model failed, so answers are refused until it works; `expunge doctor` says why, and "
    "`expunge targets embed` embeds the facts."
)
_REST = "Facts that are not embedded yet are matched by words alone; `expunge targets embed` embeds the rest."


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=".txt (one name per line), .csv or .jsonl.")],
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="FIELD=HEADING",
            help="The .csv column for a field; other unknown columns are then ignored. Repeatable.",
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

            added = unlearner.targets.add_many(new, registering, tell if wait else None, embed=wait)
    except KeyboardInterrupt:
        if embedded:
            raise Interrupted(f"Interrupted; the file's targets are registered and in force. {_REST}") from None
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
        note(f"The embedding model failed before all facts were embedded. {_REST}")


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
