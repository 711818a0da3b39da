"""The work of `expunge targets add`: register a new target, or extend a registered one, and say what came of it."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from expunge.cli.interrupted import Interrupted
from expunge.cli.options import opened
from expunge.cli.output import note, out, print_json, shown, waiting
from expunge.errors import DuplicateTarget, ExpungeError, UsageError
from expunge.text.counting import counted
from expunge.types import ChangeAction, Target, TargetKind, TargetStatus, TargetUpdate

if TYPE_CHECKING:
    from expunge.elicitation import Elicitation
    from expunge.unlearner import Unlearner

REST = "Facts that are not embedded yet are matched by words alone; `expunge targets embed` embeds the rest."
_FEW_TOUCHED = 3
"""Ordinary questions that may contain a name without a warning."""
_SHOWN = 10
"""Elicited facts that are shown at registration."""
_FAILED = (
    "The embedding model failed, so answers are refused until it works; `expunge doctor` says why, and "
    "`expunge targets embed` embeds the facts."
)


def new_target(name: str, kind: TargetKind, given: TargetUpdate) -> Target:
    """Return the target that a name and what was given about it describe.

    Raises:
        InvalidTarget: if they describe none.
    """
    return Target(
        name=name,
        aliases=given.aliases,
        facts=given.facts,
        description=given.description or "",
        kind=kind,
        expires_at=_time(given.expires_at),
        reason=given.reason or "",
        request_id=given.request_id or "",
        due_at=_time(given.due_at),
    )


def _time(given: object) -> datetime | None:
    return given if isinstance(given, datetime) else None


def check_distinctive(target: Target) -> None:
    """Check that no name of a target is a single letter or an everyday word.

    Raises:
        UsageError: if one is.
    """
    from expunge.screen.ordinary import too_common

    if common := too_common(target):
        raise UsageError(
            f"{shown(common)} alone is too common: ordinary questions with it would no longer be answered; give the "
            "full name, or register it with --force."
        )


def register(new: Target, *, elicit: bool, make_registry: bool, config: Path | None, as_json: bool) -> None:
    """Register a target, ask the model about it if `elicit` and the configuration say so, and print the result.

    Raises:
        DuplicateTarget: if a target of this name is in force.
        Interrupted: on Ctrl-C, with what was done until then.
    """
    with opened(config, ask_for_weights=False, new=make_registry) as unlearner:
        before = unlearner.snapshot.revision
        try:
            with waiting("asking the model what it knows …") if elicit and not as_json else nullcontext():
                registered = unlearner.targets.add(new, elicit=None if elicit else False)
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
    done = "brought back" if ChangeAction.REACTIVATED in since else "registered"
    _report(target, done, _told(target, registered.elicitation), as_json)


def extend(ref: str, update: TargetUpdate, *, config: Path | None, as_json: bool) -> None:
    """Add to a registered target, and print the result.

    Raises:
        UnknownTarget: if there is none of this name or id.
        Interrupted: on Ctrl-C, with what was done until then.
    """
    with opened(config, ask_for_weights=False) as unlearner:
        before = unlearner.snapshot.revision
        try:
            target = unlearner.targets.update(ref, update).target
        except KeyboardInterrupt:
            if unlearner.targets.get(ref).revision <= before:
                raise Interrupted("Interrupted; nothing was added.") from None
            raise Interrupted(f"Interrupted; the additions are registered. {REST}") from None
        if unlearner.targets.pending([target]):
            note(_FAILED)
    _report(target, "extended", None, as_json)


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
