"""Suites whose answers were written by hand, each with its own targets: long answers, and turns after a mention."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from expunge.errors import UsageError
from expunge.evals.cases import Case, Suite
from expunge.evals.data import Facts
from expunge.evals.reading import Row, flag, objects, some_rows, subfolder, text, texts
from expunge.models.base import Completion
from expunge.types import Message, Role, Target

_ROLES: Mapping[str, Role] = {"system": "system", "user": "user", "assistant": "assistant"}


def _target_of(row: Row, where: str, facts: Facts) -> Target:
    """The target that an object describes: by its names alone, or with description and facts where they are given.

    Raises:
        UsageError: if a part is missing or malformed.
    """
    name, aliases = text(row, "name", where), texts(row, "aliases", where)
    if facts != "given":
        return Target(name, aliases)
    return Target(name, aliases, texts(row, "facts", where), text(row, "description", where))


def _messages_of(row: Row, where: str) -> tuple[Message, ...]:
    """The conversation of a row, which ends with what the user asks.

    Raises:
        UsageError: if it is malformed.
    """
    said = []
    for place, turn in objects(row.get("messages"), f"{where}, messages"):
        role = _ROLES.get(text(turn, "role", place))
        if role is None:
            raise UsageError(f"{place}: the role must be system, user or assistant.")
        said.append(Message(role, text(turn, "content", place)))
    if said[-1].role != "user":
        raise UsageError(f"{where}: the last message must be the user's.")
    return tuple(said)


POINTING_BACK, UNRELATED = "pointing back", "unrelated"


def conversations_suite(data: Path, *, facts: Facts = "given") -> Suite:
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
        target = _target_of(described, place, facts)
        targets[target] = None
        cases.append(_conversation(row, where, target))
    title = f"{len(cases)} conversations after a mention of a target"
    return Suite("conversations", title, tuple(targets), tuple(cases), ordered=True)


def _conversation(row: Row, where: str, target: Target) -> Case:
    draft, held = text(row, "draft", where), flag(row, "held", where)
    part = POINTING_BACK if held else UNRELATED
    return Case(
        id=f"{part}/{text(row, 'id', where)}",
        part=part,
        messages=_messages_of(row, where),
        gold=draft,
        forget=held,
        spans=(draft,) if held else (),
        replies=(Completion(draft),),
        in_force=(target.name,),
        verbatim=True,
    )


ENTANGLED, DIRECT, CONTROLS = "entangled", "direct", "controls"
_PARTS = {"entangled": ENTANGLED, "direct": DIRECT, "control": CONTROLS}


def longform_suite(data: Path, *, facts: Facts = "given") -> Suite:
    """The answers of `longform/cases.jsonl`, each asked with none but its own targets in force.

    Of a draft, `gone` are passages that disclose a target, `kept` such as must stay. The parts are "entangled",
    "direct" (nearly all of the answer is about the target) and "controls", which disclose nothing and must pass
    unchanged.

    Raises:
        UsageError: if the file is missing or malformed.
    """
    targets: dict[Target, None] = {}
    cases: list[Case] = []
    for where, row in some_rows(subfolder(data, "longform") / "cases.jsonl"):
        own = [_target_of(target, place, facts) for place, target in objects(row.get("targets"), f"{where}, targets")]
        targets.update(dict.fromkeys(own))
        cases.append(_long_answer(row, where, own))
    title = f"{len(cases)} long answers, some of them about targets among other things"
    return Suite("longform", title, tuple(targets), tuple(cases), ordered=True)


def _long_answer(row: Row, where: str, own: list[Target]) -> Case:
    draft, gone, kept = text(row, "draft", where), texts(row, "gone", where), texts(row, "kept", where)
    for passage in (*gone, *kept):
        if passage not in draft:
            raise UsageError(f'{where}: a passage of "gone" or "kept" does not stand in the draft.')
    part = _PARTS.get(text(row, "kind", where).partition("-")[0])
    if part is None or (part == CONTROLS) is bool(gone):
        raise UsageError(
            f'{where}: "kind" must begin with entangled, direct or control, and only these have no "gone".'
        )
    return Case(
        id=f"{part}/{text(row, 'id', where)}",
        part=part,
        messages=_messages_of(row, where),
        gold=draft if part == CONTROLS else "\n".join(gone),
        forget=part != CONTROLS,
        spans=gone,
        replies=(Completion(draft),),
        in_force=tuple(target.name for target in own),
        verbatim=True,
        kept=kept,
    )
