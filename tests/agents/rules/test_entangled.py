"""Questions about a neighbour whose answer tells of a target too: nothing leaks, and the neighbour's facts stay.

The rules were tuned on `entangled_tune.jsonl`; `entangled_report.jsonl` was written before them and is for
figures alone. The goal on it: no leak, and at least 80 % of the neighbours' facts.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from expunge.agents import rules
from expunge.agents.case import Case

DATA = Path(__file__).parent / "data"


def _rows(part: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / f"entangled_{part}.jsonl").read_text("utf-8").splitlines()]


def _answer(case: Case, target: str) -> str:
    """What the pipeline would answer by rules alone: empty for a refusal."""
    findings = rules.audit(case).value
    variants = rules.erase(case, findings).value
    if not variants:
        return ""
    found = [target.casefold() in v.text.casefold() for v in variants]
    ratings = rules.rate(case, variants, found).value
    best = sorted(range(len(variants)), key=lambda i: -ratings[i].score)[:3]
    if sum(ratings[i].score for i in best) / len(best) < 4.0:
        return ""
    return rules.compose(case, [variants[i] for i in best]).value


@pytest.mark.parametrize("part", ["tune", "report"])
def test_nothing_leaks_and_the_neighbour_stays(part: str, make_case: Any, record_property: Any) -> None:
    rows = _rows(part)
    assert len(rows) >= 30
    leaks: list[str] = []
    kept = total = 0
    for row in rows:
        case = make_case(row["question"], row["draft"], row["target"], facts=row["facts"])
        answer = _answer(case, row["target"]).casefold()
        leaks += [f"{row['id']}: {fact}" for fact in row["target_facts"] if fact.casefold() in answer]
        kept += sum(fact.casefold() in answer for fact in row["neighbour_facts"])
        total += len(row["neighbour_facts"])
    record_property("neighbour_facts_kept", f"{kept}/{total}")
    assert leaks == []
    assert kept / total >= 0.8, f"{kept} of {total}"


@pytest.mark.parametrize("part", ["tune", "report"])
def test_no_variant_of_any_aggressiveness_leaks(part: str, make_case: Any) -> None:
    for row in _rows(part):
        case = make_case(row["question"], row["draft"], row["target"], facts=row["facts"])
        for variant in rules.erase(case, rules.audit(case).value).value:
            assert not [f for f in row["target_facts"] if f.casefold() in variant.text.casefold()], row["id"]
            assert variant.text != row["draft"]


@pytest.mark.parametrize("part", ["tune", "report"])
def test_asked_about_the_target_alone_nothing_is_left(part: str, make_case: Any) -> None:
    for row in _rows(part):
        if row["lang"] in ("en", "de", "fr", "es", "it", "pt", "nl"):
            case = make_case(f"{row['target']}?", row["draft"], row["target"], facts=row["facts"])
            assert rules.erase(case, rules.audit(case).value).value == (), row["id"]
