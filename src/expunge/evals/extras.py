"""Figures that only one suite has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from expunge.evals import tellapart
from expunge.evals.records import Record
from expunge.evals.suites.tell_apart import STRANGERS, TARGETS

_FEWEST = 5
"""People of each kind without whom there is nothing to cross-validate on."""


def tell_apart(records: Sequence[Record]) -> dict[str, Any]:
    """AUCs of telling answers about targets from those about strangers; empty where there are too few people."""
    targets = [_seen(record) for record in records if record.part == TARGETS]
    strangers = [_seen(record) for record in records if record.part == STRANGERS]
    if min(len({one.person for one in side}) for side in (targets, strangers)) < _FEWEST:
        return {}
    found = tellapart.tell_apart(targets, strangers)
    areas = {
        "auc": found.overall,
        "auc of the text": found.text,
        "auc of the length": found.length,
        "auc of the usage": found.tokens,
        "auc of the seconds": found.seconds,
    }
    n = len(targets) + len(strangers)
    return {name: {"value": area.value, "low": area.low, "high": area.high, "n": n} for name, area in areas.items()}


def _seen(record: Record) -> tellapart.Record:
    """What somebody who asks sees of an answer; the name that he typed tells him nothing."""
    person = record.case.split("/", 2)[2]
    return tellapart.Record(
        tellapart.masked(record.text, person),
        record.completion_tokens,
        record.seconds,
        person,
    )
