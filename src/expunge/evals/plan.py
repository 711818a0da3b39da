"""The runs that a command means: suites, systems, and what each is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from expunge.errors import UsageError
from expunge.evals.suites import SUITES, find
from expunge.evals.systems import SYSTEMS, check_system
from expunge.evals.upstreams import AUTO, ORACLE

WITHOUT_DATA = tuple(name for name, suite in SUITES.items() if not suite.data)
"""Suites that are made of the shipped invented people where there is no data."""
_OF_A_REAL_MODEL = ("tofu", "many-shot", "leak-at-k", "search", "tell-apart")
"""Suites of which `all` asks the configured model, if there is one; the others ask the oracle."""
_QUICK: Mapping[str, Mapping[str, Any]] = {
    "many-people": {"targets": 20},
    "kbench": {"targets": 4},
    "attacks": {"targets": 1},
    "sequences": {"changes": 4},
    "many-shot": {"shots": "0,8"},
    "leak-at-k": {"samples": 4},
    "search": {"targets": 3},
}
QUICK_LIMIT = 2
"""Cases of each part in a quick run."""
PAPER_MOST = 1
"""Cases of each suite that the paper's profile is asked in a quick run: each is a dozen calls to a model."""


@dataclass(frozen=True, slots=True)
class Job:
    """One system on one suite. `arguments` are the task's, without what is None; `folder` is where its log lies."""

    suite: str
    arguments: Mapping[str, Any]
    folder: str


@dataclass(frozen=True, slots=True)
class Request:
    """The request of the command line; `options` are those of single suites, None where not given."""

    suite: str
    systems: tuple[str, ...] = ()
    upstream: str = AUTO
    config: str | None = None
    data: str | None = None
    facts: str = "given"
    limit: int | None = None
    most: int | None = None
    seed: int = 0
    replay: str | None = None
    quick: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


def jobs(request: Request) -> list[Job]:
    """The runs of a request in order: `none` first of each suite, since the others are compared with it.

    Raises:
        UsageError: if a suite or system is unknown, or an option does not belong to the suite.
    """
    everything = request.suite == "all"
    suites = _all_suites(request) if everything else (find(request.suite).name,)
    wanted = {check_system(name) for name in (request.systems or (SYSTEMS if everything else ("expunge",)))}
    systems = [name for name in SYSTEMS if name in wanted or name == "none"]
    planned: list[Job] = []
    for suite in suites:
        given = {key: value for key, value in request.options.items() if value is not None}
        if not everything:
            _check_options(suite, given)
        own = replace(request, upstream=_upstream(suite, request, everything))
        for system in systems:
            arguments = _arguments(suite, system, own, given)
            planned.append(Job(suite, arguments, f"{suite}-{own.facts}/{system}"))
    return planned


def _all_suites(request: Request) -> tuple[str, ...]:
    """Every suite for which there is data; nobody can be expected to have what was never published."""
    if request.data is None:
        return WITHOUT_DATA
    folder = Path(request.data)
    return tuple(
        name
        for name, suite in SUITES.items()
        if suite.published or all((folder / needed).is_dir() for needed in suite.data)
    )


def _check_options(suite: str, given: Mapping[str, Any]) -> None:
    for key in given:
        if key not in SUITES[suite].options:
            *others, last = [name for name, info in SUITES.items() if key in info.options]
            takers = f"{', '.join(others)} and {last}" if others else last
            raise UsageError(f"--{key} belongs to {takers}, not to {suite}; leave it out.")


def _upstream(suite: str, request: Request, everything: bool) -> str:
    if request.upstream != AUTO or not everything or suite in _OF_A_REAL_MODEL:
        return request.upstream
    return ORACLE


def _arguments(suite: str, system: str, request: Request, given: Mapping[str, Any]) -> dict[str, Any]:
    quick = request.quick
    values: dict[str, Any] = {
        "system": system,
        "upstream": request.upstream,
        "config": request.config,
        "data": request.data,
        "facts": request.facts,
        "limit": request.limit if request.limit is not None else (QUICK_LIMIT if quick else None),
        "most": request.most if request.most is not None else (PAPER_MOST if quick and system == "alu-paper" else None),
        "seed": request.seed,
        "replay": request.replay,
        **(_QUICK.get(suite, {}) if quick else {}),
        **{key: value for key, value in given.items() if key in SUITES[suite].options},
    }
    return {key: value for key, value in values.items() if value is not None}
