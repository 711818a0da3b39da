"""`expunge targets add --dry-run`: show what a target would change in a sample of past questions."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from expunge.assemble import Parts, assemble
from expunge.cli.output import err, note, out, print_json, print_text
from expunge.errors import DuplicateTarget, UnknownTarget
from expunge.rehearsal import PastQuestion, Rehearsal, Tick, read_sample, rehearse
from expunge.settings import Settings
from expunge.text.counting import counted
from expunge.types import Decision, Target, TargetStatus

_MOST_LISTED = 50
"""Ids printed without --json, which prints all."""


def dry_run(
    target: Target,
    sample: Path,
    *,
    extend: bool,
    ask_model: bool | None,
    show_texts: bool,
    config: Path | None,
    as_json: bool,
) -> None:
    """Show what registering or extending a target would change; register nothing.

    Raises:
        DuplicateTarget: if a target of this name is in force, without `extend`.
        UnknownTarget: if the target to extend does not exist.
        ImportFailed: if the sample cannot be used.
    """
    past = read_sample(sample)
    settings = Settings.load(config)
    with _progress() as tick:
        found = asyncio.run(_rehearsed(settings, target, past, extend, ask_model, tick))
    told = _plain(found, {one.id: one for one in past}, show_texts=show_texts)
    if as_json:
        print_json(told)
        return
    counts = told["counts"]
    out().print(
        f"Of {counts['questions']:,} past answers, {counts['changed']:,} would be changed: "
        f"{counts['rewritten']:,} rewritten and {counts['refused']:,} refused."
    )
    for entry in told["changed"] if show_texts else told["changed"][:_MOST_LISTED]:
        print_text(f"{entry['id']}\t{entry['decision']}")
        for key in ("question", "now", "then"):
            if key in entry:
                print_text(f"  {key}: {entry[key]}")
    if not show_texts and len(told["changed"]) > _MOST_LISTED:
        note(f"{len(told['changed']) - _MOST_LISTED:,} more are in the --json output.")
    if found.failed:
        are = "is" if len(found.failed) == 1 else "are"
        note(f"{counted(len(found.failed), 'question')} could not be answered by the model and {are} not counted.")
    note("Nothing was registered.")


async def _rehearsed(
    settings: Settings,
    target: Target,
    past: tuple[PastQuestion, ...],
    extend: bool,
    ask_model: bool | None,
    tick: Tick,
) -> Rehearsal:
    parts = assemble(settings)
    try:
        return await rehearse(parts, _standing_in(parts, target, extend), past, ask_model=ask_model, tick=tick)
    finally:
        await parts.aclose()


def _standing_in(parts: Parts, target: Target, extend: bool) -> Target:
    """The target as it would be: with what is registered under its name already."""
    try:
        known = parts.registry.get(target.name)
    except UnknownTarget:
        if extend:
            raise
        return target
    if not extend and known.status is TargetStatus.ACTIVE and known.name.casefold() == target.name.casefold():
        raise DuplicateTarget(
            f"A target of this name is already registered as {known.id}; use --extend to add to it.",
            known.id,
        )
    if not extend and known.name.casefold() != target.name.casefold():
        return target
    merged = replace(known, aliases=(*known.aliases, *target.aliases), facts=(*known.facts, *target.facts))
    return replace(merged, status=TargetStatus.ACTIVE, description=target.description or known.description)


def _plain(found: Rehearsal, past: dict[str, PastQuestion], *, show_texts: bool) -> dict[str, Any]:
    changed: list[dict[str, str]] = []
    for one in found.changed:
        entry = {"id": one.id, "decision": str(one.decision)}
        if show_texts:
            entry |= {"question": past[one.id].messages[-1].content, "now": one.now, "then": one.then}
        changed.append(entry)
    decisions = [one.decision for one in found.changed]
    counts = {
        "questions": len(found.rehearsed),
        "changed": len(changed),
        "rewritten": sum(decision is not Decision.REFUSED for decision in decisions),
        "refused": decisions.count(Decision.REFUSED),
        "failed": len(found.failed),
    }
    elicited = 0 if found.elicitation is None else len(found.elicitation.facts)
    return {"dry_run": True, "counts": counts, "changed": changed, "failed": list(found.failed), "elicited": elicited}


@contextmanager
def _progress() -> Iterator[Tick]:
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.progress import Progress

    with Progress(console=err(), transient=True) as bar:
        task = bar.add_task("Rehearsing", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
