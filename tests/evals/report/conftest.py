"""A summary of an invented evaluation: invented people, invented numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log2, sqrt
from typing import Any

import pytest

ALL = ("none", "guardrail-prompt", "icul", "keyword", "alu-paper", "expunge")
STRENGTHS = {
    "none": (0.98, 1.0, 1),
    "guardrail-prompt": (0.41, 0.83, 1),
    "icul": (0.36, 0.88, 1),
    "keyword": (0.22, 0.96, 1),
    "alu-paper": (0.05, 0.31, 9),
    "expunge": (0.0, 0.998, 1),
}
"""Leak rate, unchanged rate and calls of each system, all made up."""

Row = dict[str, Any]


def rate(value: float, n: int) -> Row:
    hits = round(value * n)
    half = 1.96 * sqrt((value * (1 - value) + 1 / n) / n)
    return {"value": hits / n, "low": max(0.0, value - half), "high": min(1.0, value + half), "n": n, "hits": hits}


def mean(value: float, n: int, half: float = 0.0) -> Row:
    return {"value": value, "low": value - half, "high": value + half, "n": n}


def row(system: str, part: str, n: int, *, forget: bool, total: bool = False, choice: bool = False) -> Row:
    leak, same, calls = STRENGTHS[system]
    told = {"part": part, "forget": forget, "total": total, "n": n}
    if choice:
        accuracy = 0.25 + 0.35 * (leak if forget else same)
        return told | {
            "leak": None,
            "unchanged": None if forget else rate(same, n),
            "kept": None,
            "accuracy": rate(accuracy, n),
            "chance": 0.25,
            "calls": mean(calls, n),
            "prompt_tokens": mean(310.0 * calls, n, 9.5),
            "delta": {"leak": None, "accuracy": mean(accuracy - 0.6, n, 0.02), "kept": None},
        }
    return told | {
        "leak": rate(leak, n) if forget else None,
        "unchanged": None if forget else rate(same, n),
        "kept": None if forget else rate(min(1.0, same + 0.01), n),
        "refused": None if system in ("none", "icul") else rate(1 - leak if forget else 1 - same, n),
        "rewritten": None if system in ("none", "icul") else rate(0.01, n),
        "accuracy": None,
        "chance": None,
        "rouge_recall": mean(leak * 0.9 + 0.02, n, 0.01),
        "rouge_f1": mean(leak * 0.8 + 0.02, n, 0.01),
        "calls": mean(calls, n, 0.02),
        "prompt_tokens": mean(62.0 * calls, n, 1.5),
        "prompt_chars": mean(240.0 * calls, n, 6.0),
        "seconds": mean(0.31 * calls, n, 0.01),
        "own_ms_median": 0.9,
        "own_ms_p99": 4.1,
        "delta": {
            "leak": mean(leak - 0.98, n, 0.02) if forget else None,
            "accuracy": None,
            "kept": None if forget else mean(same - 1.0, n, 0.004),
        },
    }


def transcript(part: str, number: int, **changes: Any) -> Row:
    return {
        "id": f"{part}/{number}",
        "part": part,
        "turns": [{"role": "user", "content": "Which animal does the glazier Odo Brackwell keep in his workshop?"}],
        "gold": "Odo Brackwell keeps a tame otter in his workshop.",
        "reply": "He keeps a tame otter, which he found as a pup below the mill.",
        "alone": "Odo Brackwell keeps a tame otter in his workshop.",
        "decision": "rewritten",
        "evidence": ["name certain question", "fact likely draft"],
    } | changes


def suite(
    name: str,
    title: str,
    parts: Sequence[tuple[str, int, bool]],
    systems: Sequence[str] = ALL,
    *,
    choice: bool = False,
    **changes: Any,
) -> Row:
    """A suite with its parts (name, n, whether to forget) and totals."""

    def system(called: str) -> Row:
        rows = [row(called, part, n, forget=forget, choice=choice) for part, n, forget in parts]
        for label, forget in (("all to forget", True), ("all to keep", False)):
            if n := sum(n for _, n, own in parts if own is forget):
                rows.append(row(called, label, n, forget=forget, total=True, choice=choice))
        leak, same, _ = STRENGTHS[called]
        forgotten = [part for part, _, forget in parts if forget]
        kept = [part for part, _, forget in parts if not forget]
        return {
            "system": called,
            "revision": 20 if called == "expunge" else None,
            "models": {"vanilla": "oracle", "agents": "auto", "embeddings": "multilingual-e5-small"}
            if called == "expunge"
            else {"vanilla": "oracle"},
            "rows": rows,
            "extra": {},
            "worst": {
                "leaks": [transcript(forgotten[0], 12 + i) for i in range(2)] if leak and forgotten else [],
                "changed": [transcript(kept[0], 7, reply="I'm not familiar with that.", decision="refused")]
                if same < 1 and kept
                else [],
            },
        }

    return {
        "suite": name,
        "title": title,
        "upstream": "oracle",
        "facts": "given",
        "targets": 20,
        "cases": sum(n for _, n, _ in parts),
        "options": {"split": "forget10"},
        "command": f"expunge eval {name} --data DATA --systems {','.join(systems)} --seed 0",
        "systems": [system(called) for called in systems],
    } | changes


def scale(systems: Sequence[str] = ALL) -> Row:
    def point(called: str, targets: int) -> Row:
        leak, same, calls = STRENGTHS[called]
        grows = 0.0 if called in ("none", "keyword", "expunge") else log2(targets / 10)
        tokens = 62.0 * calls * (1 if not grows else targets / 10)
        return {
            "system": called,
            "targets": targets,
            "n": 40,
            "leak": rate(min(1.0, leak + grows / 40), 40),
            "unchanged": rate(max(0.0, same - grows / 30), 40),
            "calls": mean(calls, 40),
            "prompt_tokens": mean(tokens, 40, tokens / 20),
            "prompt_chars": mean(4 * tokens, 40, tokens / 5),
            "own_ms_median": 0.9,
            "seconds": mean(0.3 * calls, 40, 0.01),
        }

    return {
        "upstream": "oracle",
        "command": "expunge eval scale --data DATA --targets 10,100,1000",
        "points": [point(called, targets) for called in systems for targets in (10, 100, 1_000)],
        "screen": [
            {"targets": targets, "answer_median_ms": ms, "answer_p99_ms": 1.6 * ms}
            for targets, ms in ((1_000, 0.6), (100_000, 0.87), (1_000_000, 1.01))
        ],
    }


TOFU = (
    ("forget", 400, True),
    ("forget paraphrased", 400, True),
    ("retain", 400, False),
    ("retain paraphrased", 400, False),
    ("real authors", 100, False),
    ("world facts", 117, False),
)
WMDP = (("bio", 1273, True), ("chem", 408, True), ("cyber", 432, True), ("mmlu", 570, False))


def summary(systems: Sequence[str] = ALL) -> Row:
    """Three suites of a kind each: questions, multiple choice, and one with figures of its own."""
    auc = {"value": 0.52, "low": 0.47, "high": 0.57, "n": 200}
    apart = suite("tell-apart", "Telling refusals from ignorance", [("forget", 100, True)], systems)
    for system in apart["systems"]:
        system["extra"] = {"auc": auc, "features": {"length": {"value": 0.55, "low": 0.49, "high": 0.61, "n": 200}}}
    return {
        "made": {
            "expunge": "0.2.0",
            "python": "3.11.7",
            "platform": "Linux x86_64",
            "processors": 2,
            "date": "2026-11-24",
            "seed": 0,
            "command": ["expunge", "eval", "all", "--data", "my data", "--seed", "0"],
        },
        "suites": [
            suite("tofu", "TOFU forget10", TOFU, systems),
            suite("wmdp", "WMDP and MMLU", WMDP, systems, choice=True, facts="none", targets=3),
            apart,
        ],
        "scale": scale(systems),
    }


@pytest.fixture
def sample() -> Row:
    return summary()


@pytest.fixture
def make_suite() -> Callable[..., Row]:
    return suite


@pytest.fixture
def make_transcript() -> Callable[..., Row]:
    return transcript
