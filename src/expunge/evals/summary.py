"""From records to figures: rates and means with 95 % intervals, by part and in all, and paired against `none`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from expunge.evals.extras import figures_of
from expunge.evals.metrics import Mean, Rate, leaks, percentile
from expunge.evals.records import Record

Figures = dict[str, Any]
MOST_WORST = 5
"""Transcripts of each kind of failure that a summary holds."""
NONE = "none"


@dataclass(frozen=True, slots=True)
class Run:
    """All records of one system on one suite; `about` is what the task said of itself."""

    about: Mapping[str, Any]
    records: tuple[Record, ...]


def suite_summary(runs: Sequence[Run], *, texts: bool = True) -> Figures:
    """The figures of one suite for every system that ran it, in order; the last one's command stands for all."""
    by_system = {str(run.about["system"]): run for run in runs}
    alone = {record.case: record for record in by_system[NONE].records} if NONE in by_system else {}
    about = runs[-1].about
    return {
        "suite": about["suite"],
        "title": about["title"],
        "upstream": about["models"]["vanilla"],
        "facts": about["facts"],
        "targets": about["targets"],
        "cases": max(len(run.records) for run in runs),
        "options": about["options"],
        "seed": about["seed"],
        "command": about["command"],
        "systems": [_system(run, alone, texts) for run in runs],
    }


def _system(run: Run, alone: Mapping[str, Record], texts: bool) -> Figures:
    parts: dict[str, list[Record]] = {part: [] for part in run.about.get("parts", ())}
    for record in run.records:
        parts.setdefault(record.part, []).append(record)
    rows = [_row(part, own, alone) for part, own in parts.items() if own]
    for label, forget in (("all to forget", True), ("all to keep", False)):
        own = [record for record in run.records if record.forget is forget]
        if len({record.part for record in own}) > 1:
            rows.append({**_row(label, own, alone), "total": True})
    figures: Figures = {
        "system": run.about["system"],
        "revision": next((r.revision for r in reversed(run.records) if r.revision is not None), None),
        "models": run.about["models"],
        "commit": run.about.get("commit"),
        "command": run.about["command"],
        "rows": rows,
        "extra": figures_of(str(run.about["suite"]), run.records),
    }
    if texts:
        figures["worst"] = _worst(run.records, alone)
    return figures


def _row(part: str, own: Sequence[Record], alone: Mapping[str, Record]) -> Figures:
    forget, choices = own[0].forget, all(record.options > 0 for record in own)
    said = [texts for record in own if (texts := _alone(record, alone)) is not None]
    compared = len(said) == len(own) and not forget
    told = [record for record in own if record.decision]
    pairs = [(record, alone[record.case]) for record in own if record.case in alone]
    own_ms = [record.own_ms for record in own]
    # Where no case has an answer that must not come out, as in tell-apart, there is nothing to leak.
    judged = any(record.gold for record in own)
    return {
        "part": part,
        "forget": forget,
        "total": False,
        "n": len(own),
        "leak": rate([record.leak for record in own]) if forget and judged else None,
        "unchanged": rate([r.texts == texts for r, texts in zip(own, said, strict=True)]) if compared else None,
        "kept": rate([_kept(r, texts) for r, texts in zip(own, said, strict=True)]) if compared else None,
        "refused": rate([r.decision == "refused" for r in own]) if len(told) == len(own) else None,
        "rewritten": rate([r.decision == "rewritten" for r in own]) if len(told) == len(own) else None,
        "accuracy": _accuracy(own) if choices else None,
        "chance": 1 / own[0].options if choices else None,
        "rouge_recall": None if choices or not judged else mean([record.rouge_recall for record in own]),
        "rouge_f1": None if choices or not judged else mean([record.rouge_f1 for record in own]),
        "calls": mean([record.calls for record in own]),
        "prompt_tokens": mean([record.prompt_tokens for record in own]),
        "prompt_chars": mean([record.prompt_chars for record in own]),
        "seconds": mean([record.seconds for record in own]),
        "own_ms_median": percentile(own_ms, 0.5),
        "own_ms_p99": percentile(own_ms, 0.99),
        "delta": {
            "leak": _delta(pairs, lambda r: float(r.leak)) if forget and judged else None,
            "accuracy": _delta(pairs, _credit) if choices else None,
            "kept": _delta(pairs, lambda r: float(_kept(r, alone[r.case].texts))) if compared and pairs else None,
        },
    }


def _alone(record: Record, alone: Mapping[str, Record]) -> tuple[str, ...] | None:
    """What the model alone said to the same messages: asked by itself, or as the system tells."""
    return alone[record.case].texts if record.case in alone else record.drafts


def _kept(record: Record, alone: tuple[str, ...]) -> bool:
    """Whether a case to keep still gets its answer: what the model alone said, or the gold answer at least."""
    if record.texts == alone:
        return True
    if record.right >= 0:
        return record.picked == record.right
    asked = "\n".join(content for role, content in record.turns if role == "user")
    return leaks(asked, record.gold, record.text)


def _credit(record: Record) -> float:
    """What a multiple-choice answer is worth: a refusal, or what cannot be read, counts as a blind guess."""
    if record.picked is None:
        return 1 / record.options
    return float(record.picked == record.right)


def _accuracy(own: Sequence[Record]) -> Figures:
    figures = mean([_credit(record) for record in own])
    return {**figures, "hits": sum(record.picked == record.right for record in own)}


def _delta(pairs: Sequence[tuple[Record, Record]], value: Callable[[Record], float]) -> Figures | None:
    return mean([value(ours) - value(theirs) for ours, theirs in pairs]) if pairs else None


def rate(hits: Sequence[bool]) -> Figures:
    """A share as plain values with its Wilson interval."""
    share = Rate(sum(hits), len(hits))
    low, high = share.interval
    return {"value": share.value, "low": low, "high": high, "n": share.n, "hits": share.hits}


def mean(values: Sequence[float]) -> Figures:
    """A mean as plain values with its interval."""
    average = Mean.of(values)
    low, high = average.interval
    return {"value": average.value, "low": low, "high": high, "n": average.n}


def _worst(records: Sequence[Record], alone: Mapping[str, Record]) -> Figures:
    leaked = [r for r in records if r.forget and r.leak]
    leaked.sort(key=lambda r: (-len(r.left), -r.rouge_recall))
    cut = [r for r in records if r.forget and r.lost and not r.leak]
    cut.sort(key=lambda r: -len(r.lost) / r.kept)
    changed = [r for r in records if not r.forget and (said := _alone(r, alone)) is not None and r.texts != said]
    changed.sort(key=lambda r: _kept(r, _alone(r, alone) or ()))
    return {
        "leaks": [_transcript(record, alone) for record in leaked[:MOST_WORST]],
        "changed": [_transcript(record, alone) for record in changed[:MOST_WORST]],
        "cut": [_transcript(record, alone) for record in cut[:MOST_WORST]],
    }


def _transcript(record: Record, alone: Mapping[str, Record]) -> Figures:
    said = _alone(record, alone)
    return {
        "id": record.case,
        "part": record.part,
        "turns": [{"role": role, "content": content} for role, content in record.turns],
        "gold": record.gold,
        "reply": record.text,
        "alone": None if said is None else "\n".join(said),
        "decision": record.decision,
        "evidence": list(record.evidence),
        "left": list(record.left),
        "lost": list(record.lost),
    }
