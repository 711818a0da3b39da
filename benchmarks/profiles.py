"""Calls and prompt characters of an answer under the profiles `screened` and `paper`, every agent a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from expunge.bench.stub import stub_endpoint
from expunge.bench.world import prose, targets
from expunge.evals.cases import Case, Suite
from expunge.evals.data import Person, Question
from expunge.evals.metrics import Mean, percentile
from expunge.evals.records import Stage
from expunge.evals.suites.base import cases_of
from expunge.evals.systems.unlearning import Unlearning
from expunge.evals.upstreams import Oracle
from expunge.settings import ModelSettings, ModelsSettings, Settings
from expunge.types import Target

Profile = Literal["screened", "paper"]
About = Literal["others", "targets"]
ANSWER_LENGTH = 400
"""Characters of Vanilla's answer to a question about nobody."""


@dataclass(frozen=True, slots=True)
class ProfileCost:
    """What `n` answers cost, on questions about targets or about others. `overhead_ms` is the median time of
    all steps but Vanilla's, against a loopback endpoint that answers at once."""

    profile: Profile
    targets: int
    about: About
    n: int
    calls: Mean
    prompt_chars: Mean
    overhead_ms: float


async def measure_profiles(
    sizes: Sequence[int] = (20, 200),
    each: int = 10,
    *,
    with_facts: bool = True,
    progress: Callable[[str], None] = lambda what: None,
) -> list[ProfileCost]:
    """Ask `each` questions about others and as many about targets, the same under both profiles, at each size.

    The targets carry three facts each, or, without `with_facts`, their names only.
    """
    costs: list[ProfileCost] = []
    with stub_endpoint() as url:
        for size in sizes:
            registered = targets(size, facts=3)
            oracle, questions = _mix(registered, each)
            for profile in ("screened", "paper"):
                progress(f"{profile}, {size:,} targets")
                carried = registered if with_facts else [replace(target, facts=()) for target in registered]
                costs += await _cost(profile, carried, oracle, questions, url)
    return costs


def _mix(registered: Sequence[Target], each: int) -> tuple[Oracle, dict[About, list[Case]]]:
    known = [Person(target.name, target.facts) for target in registered]
    others = [
        Question("others", number, f"What is chapter {number + 1} of the harbour chronicle about?", text)
        for number, text in enumerate(prose(each, ANSWER_LENGTH))
    ]
    about = [
        Question("targets", number, f"Tell me about {person.name}.", person.facts[0].text, forget=True)
        for number, person in enumerate(known[:each])
    ]
    return Oracle(known, others), {"others": list(cases_of(others)), "targets": list(cases_of(about))}


async def _cost(
    profile: Profile,
    registered: Sequence[Target],
    oracle: Oracle,
    questions: dict[About, list[Case]],
    url: str,
) -> list[ProfileCost]:
    cases = [case for asked in questions.values() for case in asked]
    suite = Suite("profiles", "Cost by profile", tuple(registered), tuple(cases))
    stage = Stage(suite, lambda: Unlearning("expunge", _settings(profile, url), oracle))
    costs = []
    try:
        for about, asked in questions.items():
            records = [await stage.ask(case) for case in asked]
            costs.append(
                ProfileCost(
                    profile=profile,
                    targets=len(registered),
                    about=about,
                    n=len(records),
                    calls=Mean.of([record.calls for record in records]),
                    prompt_chars=Mean.of([record.prompt_chars for record in records]),
                    overhead_ms=percentile([record.own_ms for record in records], 0.5),
                )
            )
    finally:
        await stage.aclose()
    return costs


def _settings(profile: Profile, url: str) -> Settings:
    base = Settings()
    return base.model_copy(
        update={
            "models": ModelsSettings(default=ModelSettings(base_url=url, model="stub")),
            "policy": base.policy.model_copy(update={"profile": profile, "agents": "model", "elicit": False}),
        }
    )
