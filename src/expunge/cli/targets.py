"""`expunge targets …`: who and what is to be forgotten."""

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
from expunge.registry.rows import ChangeAction
from expunge.text.counting import counted
from expunge.types import Fact, Pending, Target, TargetKind, TargetStatus, TargetUpdate

if TYPE_CHECKING:
    from expunge.elicitation import Elicitation
    from expunge.unlearner import Unlearner

app = typer.Typer(help="Register, look up, lift and delete what is to be forgotten.", no_args_is_help=True)

Ref = Annotated[str, typer.Argument(metavar="TARGET", help="Its id, the first 6 or more characters of it, or a name.")]


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the person or thing, or of the topic.")],
    alias: Annotated[
        list[str] | None, typer.Option("--alias", metavar="NAME", help="Another name; repeatable.")
    ] = None,
    fact: Annotated[list[str] | None, typer.Option("--fact", metavar="TEXT", help="A statement; repeatable.")] = None,
    facts: Annotated[
        Path | None,
        typer.Option("--facts", metavar="FILE", help='A .jsonl file: {"question", "answer"} or a statement a line.'),
    ] = None,
    description: Annotated[
        str | None, typer.Option("--description", metavar="TEXT", help="What tells it from a namesake.")
    ] = None,
    kind: Annotated[TargetKind, typer.Option("--kind", help="What sort of target it is.")] = TargetKind.ENTITY,
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="DATE", help="When it runs out: 2030-12-31, or a span like 30d.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why, for the history.")] = None,
    request_id: Annotated[
        str | None, typer.Option("--request-id", metavar="ID", help="What your case system calls the request.")
    ] = None,
    due: Annotated[
        str | None,
        typer.Option("--due", metavar="DATE", help="When the request must be answered: 2030-12-31, a span, or none."),
    ] = None,
    no_elicit: Annotated[
        bool, typer.Option("--no-elicit", help="Do not ask the model what it knows about the target.")
    ] = False,
    extend: Annotated[
        bool, typer.Option("--extend", help="Add to a target that is registered already under this name or id.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Register nothing; show what would change, with --sample.")
    ] = False,
    sample: Annotated[
        Path | None,
        typer.Option(
            "--sample",
            metavar="FILE",
            help='With --dry-run: a .jsonl file of past {"question", "answer"} or {"messages"}; the model is asked '
            "where there is no answer.",
        ),
    ] = None,
    show_texts: Annotated[
        bool, typer.Option("--show-texts", help="With --dry-run: show questions and answers, too.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Register a name even if it is one letter or an everyday word.")
    ] = False,
    anew: New = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Register a target; it is in force from the next question on."""
    expires_at = None if expires is None else parse_expiry(expires)
    due_at = None if due is None else parse_due(due)
    all_facts = _facts(fact or [], facts)
    if dry_run != (sample is not None) or (show_texts and not dry_run):
        raise UsageError("A dry run needs --dry-run and --sample FILE together; --show-texts goes with them.")
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
                raise Interrupted(f"Interrupted; what is new is registered. {_REST}") from None
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
            f"{shown(common)} alone is a word of everyday texts, which would no longer be answered; give the whole "
            "name, or --force to register it all the same."
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
                f"A target of this name is registered already, as {error.target_id}; "
                "give the command again with --extend to add to it.",
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
    """What came of asking the model."""
    if found is None:
        return "The model was not asked what it knows."
    if target.kind is TargetKind.TOPIC:
        return "The model was not asked what it knows: a topic is described by whoever registers it."
    if found.problem:
        return f"The model was not asked all that it knows: {found.problem}"
    told = [
        counted(len(many), *words)
        for many, words in ((found.facts, ("fact",)), (found.aliases, ("alias", "aliases")))
        if many
    ]
    return f"The model was asked what it knows, and told {' and '.join(told) or 'nothing that tells of the target'}."


def _left_of(unlearner: Unlearner, wanted: Target, before: int) -> str:
    """What to say after Ctrl-C: whether the target is in force, and what was not done."""
    try:
        found = unlearner.targets.get(wanted.name)
    except ExpungeError:
        return "Interrupted; nothing was registered."
    if found.revision <= before:
        return "Interrupted; nothing was registered anew."
    done = f"Interrupted; the target is registered as {found.id} and in force"
    if any(fact.elicited for fact in found.facts):
        return f"{done}, but its facts are not all embedded yet: run `expunge targets embed`."
    embedding = " Its facts are not embedded yet: run `expunge targets embed`." if found.facts else ""
    return (
        f"{done}, but nothing is kept of what the model knows; add what is true of it: "
        f'expunge targets add {found.id} --extend --fact "…".{embedding}'
    )


def _facts(statements: list[str], file: Path | None) -> tuple[Fact, ...]:
    for statement in statements:
        if statement.endswith(".jsonl") and Path(statement).is_file():
            raise UsageError(f"--fact takes a statement; the file {statement} is given as --facts.")
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
            f"Extended {shown(target.name)}, {target.id}, which is {target.status} and stays so; "
            "expunge targets add with its name brings it back into force."
        )
        return
    how = "Brought {} back into force as {}" if done == "brought back" else done.capitalize() + " {} as {}"
    console.print(f"{how.format(shown(target.name), target.id)}, in force with the next question.")
    console.print(
        f"It holds {counted(len(target.aliases), 'alias', 'aliases')} and {counted(len(target.facts), 'fact')}.",
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
            + f"Nobody has confirmed this: expunge targets confirm {target.id} lists it, and confirms or drops it.",
            style="dim",
        )
    if target.kind is TargetKind.ENTITY:
        _tell_touched(target)
    if not target.facts and target.kind is TargetKind.ENTITY:
        note(
            f"By its name alone, a masked question may get through; add what is true of it: "
            f'expunge targets add {target.id} --extend --fact "…"'
        )


def _tell_touched(target: Target) -> None:
    """How many ordinary questions its names touch, and what to do if they are many."""
    from expunge.screen.ordinary import ordinary_questions, touched

    many, among = touched(target), len(ordinary_questions())
    if many <= _FEW_TOUCHED:
        out().print(f"Its names stand in {many or 'none'} of {among:,} ordinary questions.", style="dim")
        return
    note(
        f"Its names stand in {many:,} of {among:,} ordinary questions, which will not be answered as before: register "
        "longer names, or try it on past questions with --dry-run --sample."
    )


_FEW_TOUCHED = 3
"""Ordinary questions that a name may stand in without a warning."""
_SHOWN = 10
"""Elicited facts that are shown at registration."""
_FAILED = (
    "The embedding model failed, so that answers are refused until it works; `expunge doctor` says why, and "
    "`expunge targets embed` embeds the facts."
)
_REST = "Facts that are not embedded yet are told by words alone: `expunge targets embed` goes on with them."


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=".txt (a name a line), .csv or .jsonl.")],
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="FIELD=HEADING",
            help="Which column of a .csv holds a field; columns that are not needed are then left out. Repeatable.",
        ),
    ] = None,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait/--no-wait",
            help="Embed the facts, too; else they are told by their words alone until `expunge targets embed`, or a "
            "gateway on this registry, has embedded them.",
        ),
    ] = True,
    anew: New = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Register every target of a file, all or nothing."""
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
        raise Interrupted("Interrupted; none of the file's targets was registered.") from None
    except HeadingsUnclear as error:
        raise ImportFailed(
            f"{error} Or say which column holds the names: --column name=HEADING; see expunge targets import --help."
        ) from None
    if as_json:
        print_json({"registered": len(added), "ids": [target.id for target in added]})
    else:
        back = sum(target.created_at != target.updated_at for target in added)
        again = f", {back:,} of them brought back" if 0 < back < len(added) else ""
        done = "Brought back" if back and back == len(added) else "Registered"
        out().print(f"{done} {counted(len(added), 'target')}{again}, in force with the next question.")
    if not wait:
        pending.tell_rest(Pending.of(target for target in added if target.facts or target.description))
    elif embedded.get("done", 0) < len(added):
        note(f"The embedding model failed before all facts were embedded. {_REST}")


@app.command("embed")
def embed(config: Config = None, as_json: Json = False) -> None:
    """Embed the facts that are not embedded yet, as after an import that was interrupted."""
    from expunge.bench.terminal import progress

    try:
        with opened(config, ask_for_weights=False) as unlearner, progress() as tick:
            unlearner.targets.embed(lambda done, total: tick("Embedding facts", done, total))
            count, left = len(unlearner.targets), unlearner.targets.pending()
    except KeyboardInterrupt:
        raise Interrupted(pending.STORED) from None
    if left:
        raise RegistryError(
            "The facts were embedded, but the registry cannot store it; see that it can be written, and try again."
        )
    if as_json:
        print_json({"targets": count})
    else:
        out().print(f"The facts of {counted(count, 'target')} are embedded.")


@app.command("list")
def list_(
    status: Annotated[TargetStatus | None, typer.Option("--status", help="Only those of a status.")] = None,
    due: Annotated[
        bool, typer.Option("--due", help="Only those whose request has a due date, the most urgent first.")
    ] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Of these, only those whose date has passed.")] = False,
    within: Annotated[
        int | None,
        typer.Option("--within", metavar="DAYS", min=0, help="Of these, only those due within so many days."),
    ] = None,
    request_id: Annotated[
        str | None, typer.Option("--request-id", metavar="ID", help="Only those of a request.")
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List the targets."""
    if overdue and within is not None:
        raise UsageError("Give --overdue or --within, not both.")
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
    """Show all that is registered of one target."""
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
    """Lift a target: the model may speak of it again, and its history is kept."""
    with opened(config, ask_for_weights=False) as unlearner:
        before = unlearner.targets.get(ref)
        target = unlearner.targets.restore(before.id)
    if before.status is TargetStatus.LIFTED and not as_json:
        out().print(f"{target.id} is lifted already; nothing was changed.")
        return
    _done(target.id, "lifted", "the model may speak of it again", as_json)


@app.command("remove")
def remove(ref: Ref, yes: Yes = False, config: Config = None, as_json: Json = False) -> None:
    """Delete a target with its names, facts and history, for good."""
    with opened(config, ask_for_weights=False) as unlearner:
        target = unlearner.targets.get(ref)
        if not yes:
            if as_json or not is_interactive():
                raise UsageError("Deleting cannot be undone; confirm it with --yes.")
            question = f"Delete {shown(target.name)} ({target.id}) and its history for good?"
            if not typer.confirm(question, err=True):
                note("Nothing was deleted.")
                raise typer.Exit(1)
        unlearner.targets.remove(target.id)
    _done(target.id, "removed", "its names, facts and history are deleted", as_json)


def _done(target_id: str, what: str, meaning: str, as_json: bool) -> None:
    if as_json:
        print_json({"id": target_id, "status": what})
    else:
        out().print(f"{target_id} is {what}: {meaning}.")


@app.command("history")
def history(ref: Ref, config: Config = None, as_json: Json = False) -> None:
    """Tell what happened to a target, oldest first."""
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
