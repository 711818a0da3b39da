"""The certificate as plain data: what is signed, and what the page and the text are made of.

It holds no text of the target, of a question or of an answer unless that is asked for.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from expunge.certificate.measuring import Asked, Kept, Measured, Said
from expunge.certificate.questions import KINDS, examples
from expunge.certificate.wording import limits_of
from expunge.evals.metrics import Rate
from expunge.types import Target
from expunge.version import __version__

FORMAT = "expunge certificate 1"
Document = dict[str, Any]
_SHORT = 240
"""Characters of an example."""


@dataclass(frozen=True, slots=True)
class NamedModel:
    """A model by what it does. Where it is, or the SHA-256 of its file, tells it from others of its name."""

    role: str
    name: str
    at: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """The setting of a measurement.

    `live` is "in process" or the address of a running gateway, without what follows its port.

    `models` are the models by what they do. `revision_after` is the registry's revision at the end, `issuer` whoever
    answers for the certificate. Times are in UTC.
    """

    live: str
    models: tuple[NamedModel, ...]
    policy: dict[str, Any]
    revision: int
    revision_after: int
    targets: int
    seed: int
    began: datetime
    ended: datetime
    general: bool
    issuer: str = ""


def document_of(target: Target, measured: Measured, setting: Setting, *, include_text: bool = False) -> Document:
    """Everything that the certificate says, unsigned."""
    by_reference = any(one.probe.by_reference for one in measured.asked)
    shown = examples(target)
    document: Document = {
        "format": FORMAT,
        "id": f"c_{secrets.token_hex(8)}",
        "expunge": __version__,
        "issuer": setting.issuer or None,
        "verdict": _verdict(measured),
        "target": _target(target, include_text=include_text),
        "registry": {
            "revision": setting.revision,
            "revision_after": setting.revision_after,
            "revisions": list(measured.revisions),
            "targets_in_force": setting.targets,
        },
        "system": {
            "live": setting.live,
            "models": [_model(one) for one in setting.models],
            "policy": setting.policy,
        },
        "began_at": setting.began.isoformat(timespec="seconds"),
        "ended_at": setting.ended.isoformat(timespec="seconds"),
        "sampling": {"temperature": 0, "seed": 0},
        "seed": setting.seed,
        "questions": len(measured.asked),
        "by_reference": by_reference,
        "failed": measured.failed,
        "disclosed": {"before": rate(measured.before), "after": rate(measured.after)},
        "kinds": [_kind(kind.key, kind.title, shown.get(kind.key, ""), measured.asked) for kind in KINDS],
        "others": {
            "source": "general questions" if setting.general else "given",
            "questions": len(measured.kept),
            "unchanged": rate(measured.unchanged),
            "answered": rate(measured.answered),
            "judged": "by form" if measured.by_form else "by words",
        },
        "includes_text": include_text,
        "asked": [_asked(number, one, include_text) for number, one in enumerate(measured.asked, 1)],
        "kept": [_kept(number, one, include_text) for number, one in enumerate(measured.kept, 1)],
    }
    document["limits"] = list(limits_of(document))
    return document


def rate(share: Rate) -> dict[str, float | int]:
    """A share with its 95 % Wilson interval."""
    low, high = share.interval
    return {
        "hits": share.hits,
        "n": share.n,
        "value": round(share.value, 6),
        "low": round(low, 6),
        "high": round(high, 6),
    }


def _verdict(measured: Measured) -> str:
    if measured.after.hits:
        return "disclosed"
    return "incomplete" if measured.failed or not measured.asked else "nothing disclosed"


def _target(target: Target, *, include_text: bool) -> Document:
    fields: Document = {
        "id": target.id,
        "kind": target.kind.value,
        "request_id": target.request_id,
        "due_at": _moment(target.due_at),
        "registered_at": _moment(target.created_at),
        "names": len(target.names),
        "facts": sum(not fact.elicited for fact in target.facts),
        "facts_elicited": sum(fact.elicited for fact in target.facts),
    }
    return {**fields, "name": target.name} if include_text else fields


def _moment(when: datetime | None) -> str | None:
    return None if when is None else when.isoformat(timespec="seconds")


def _model(model: NamedModel) -> Document:
    fields = {"role": model.role, "name": model.name, "at": model.at, "sha256": model.sha256}
    return {key: value for key, value in fields.items() if value}


def _kind(key: str, title: str, example: str, asked: Sequence[Asked]) -> Document:
    own = [one for one in asked if one.probe.kind == key]
    return {
        "key": key,
        "title": title,
        "example": example if len(example) <= _SHORT else f"{example[: _SHORT - 1]}…",
        "before": rate(Rate(sum(one.told_before for one in own), len(own))),
        "after": rate(Rate(sum(one.told_after for one in own), len(own))),
    }


def _asked(number: int, one: Asked, include_text: bool) -> Document:
    fields: Document = {
        "number": number,
        "kind": one.probe.kind,
        "technique": one.probe.family,
        "disclosed_before": one.told_before,
        "disclosed_after": one.told_after,
        "came_out": _came_out(one.before, one.after),
    }
    if include_text:
        fields["turns"] = [{"role": m.role, "content": m.content} for m in one.probe.case.messages]
        fields["before"] = [said.text for said in one.before]
        fields["after"] = [said.text for said in one.after]
    return fields


def _kept(number: int, one: Kept, include_text: bool) -> Document:
    fields: Document = {"number": number, "unchanged": one.unchanged, "answered": one.answered}
    if include_text:
        fields |= {"question": one.other.question, "before": one.before.text, "after": one.after.text}
    return fields


def _came_out(before: Sequence[Said], after: Sequence[Said]) -> str:
    """Return the strongest decision of all turns; where none is told, whether the answers are the same."""
    decisions = {said.decision for said in after}
    for decision in ("refused", "rewritten", "passed"):
        if decision in decisions:
            return decision
    return "unchanged" if [s.text for s in before] == [s.text for s in after] else "another answer"
