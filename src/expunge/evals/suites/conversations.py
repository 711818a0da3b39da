"""Conversations that mention a target and go on: about the target, or about something else."""

from __future__ import annotations

from pathlib import Path

from expunge.evals.cases import Case, Suite
from expunge.evals.data import Facts
from expunge.evals.reading import Row, flag, objects, some_rows, subfolder, text
from expunge.evals.suites.written import messages_of, target_of
from expunge.models.base import Completion
from expunge.types import Target

POINTING_BACK, UNRELATED = "pointing back", "unrelated"


def load(data: Path, *, facts: Facts = "given") -> Suite:
    """The conversations of `conversations/cases.jsonl`, each with none but its own target in force.

    The last turn points back at the target (`held`), and its draft must not come out as it is; or it is about something
    else, and its draft must pass unchanged.

    Raises:
        UsageError: if the file is missing or malformed.
    """
    targets: dict[Target, None] = {}
    cases: list[Case] = []
    for where, row in some_rows(subfolder(data, "conversations") / "cases.jsonl"):
        ((place, described),) = objects([row.get("target")], f"{where}, target")
        target = target_of(described, place, facts)
        targets[target] = None
        cases.append(_case(row, where, target))
    title = f"{len(cases)} conversations after a mention of a target"
    return Suite("conversations", title, tuple(targets), tuple(cases), ordered=True)


def _case(row: Row, where: str, target: Target) -> Case:
    draft, held = text(row, "draft", where), flag(row, "held", where)
    part = POINTING_BACK if held else UNRELATED
    return Case(
        id=f"{part}/{text(row, 'id', where)}",
        part=part,
        messages=messages_of(row, where),
        gold=draft,
        forget=held,
        spans=(draft,) if held else (),
        replies=(Completion(draft),),
        in_force=(target.name,),
        verbatim=True,
    )
