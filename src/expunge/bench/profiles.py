"""Calls and prompt characters of an answer under the profiles `screened` and `paper`, every agent a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from expunge.bench.stub import stub_endpoint
from expunge.bench.world import prose, targets
from expunge.evals.data import Person, Question
from expunge.evals.metrics import Mean, percentile
from expunge.evals.oracle import Oracle
from expunge.evals.outcomes import run_questions
from expunge.settings import ModelSettings, ModelsSettings, RegistrySettings, Settings
from expunge.types import Target
from expunge.unlearner import Unlearner

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


def _mix(registered: Sequence[Target], each: int) -> tuple[Oracle, dict[About, list[Question]]]:
    known = [Person(target.name, target.facts) for target in registered]
    others = [
        Question("others", number, f"What is chapter {number + 1} of the harbour chronicle about?", text)
        for number, text in enumerate(prose(each, ANSWER_LENGTH))
    ]
    about = [
        Question("targets", number, f"Tell me about {person.name}.", person.facts[0].text)
        for number, person in enumerate(known[:each])
    ]
    return Oracle(known, others), {"others": others, "targets": about}


async def _cost(
    profile: Profile,
    registered: Sequence[Target],
    oracle: Oracle,
    questions: dict[About, list[Question]],
    url: str,
) -> list[ProfileCost]:
    settings = _settings(profile, url)
    costs = []
    async with Unlearner.open(settings, vanilla=oracle) as unlearner:
        for target in registered:
            await unlearner.targets.aadd(target)
        for about, asked in questions.items():
            outcomes = await run_questions(unlearner, asked)
            costs.append(
                ProfileCost(
                    profile=profile,
                    targets=len(registered),
                    about=about,
                    n=len(outcomes),
                    calls=Mean.of([outcome.calls for outcome in outcomes]),
                    prompt_chars=Mean.of([outcome.prompt_chars for outcome in outcomes]),
                    overhead_ms=percentile([outcome.overhead_ms for outcome in outcomes], 0.5),
                )
            )
    return costs


def _settings(profile: Profile, url: str) -> Settings:
    base = Settings()
    return base.model_copy(
        update={
            "registry": RegistrySettings(url="sqlite:///:memory:"),
            "key": None,
            "models": ModelsSettings(default=ModelSettings(base_url=url, model="stub")),
            "policy": base.policy.model_copy(update={"profile": profile, "agents": "model", "elicit": False}),
        }
    )
