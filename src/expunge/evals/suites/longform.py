"""Long answers of a model in which a target is entangled with other matters; some look like it and tell nothing."""

from __future__ import annotations

from pathlib import Path

from expunge.errors import UsageError
from expunge.evals.cases import Case, Suite
from expunge.evals.data import Facts
from expunge.evals.reading import Row, objects, some_rows, subfolder, text, texts
from expunge.evals.suites.written import messages_of, target_of
from expunge.models.base import Completion
from expunge.types import Target

ENTANGLED, DIRECT, CONTROLS = "entangled", "direct", "controls"
_PARTS = {"entangled": ENTANGLED, "direct": DIRECT, "control": CONTROLS}


def load(data: Path, *, facts: Facts = "given") -> Suite:
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
        own = [target_of(target, place, facts) for place, target in objects(row.get("targets"), f"{where}, targets")]
        targets.update(dict.fromkeys(own))
        cases.append(_case(row, where, own))
    title = f"{len(cases)} long answers, some of them about targets among other things"
    return Suite("longform", title, tuple(targets), tuple(cases), ordered=True)


def _case(row: Row, where: str, own: list[Target]) -> Case:
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
        messages=messages_of(row, where),
        gold=draft if part == CONTROLS else "\n".join(gone),
        forget=part != CONTROLS,
        spans=gone,
        replies=(Completion(draft),),
        in_force=tuple(target.name for target in own),
        verbatim=True,
        kept=kept,
    )
