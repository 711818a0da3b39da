"""The suites as Inspect tasks: `inspect eval expunge/tofu -T system=keyword -T data=DATA`, or by `expunge eval`.

Every task takes `system` (see `systems.opening.SYSTEMS`), `upstream` (`auto`, `oracle`, `config`, a GGUF file, a URL
with `#MODEL`, or `inspect`: the model that Inspect was given), `config` (an expunge.toml), `data` (the folder with the
data sets; fetched from their public hubs without it), `facts` (`none`, `given`, `elicited`), `limit` (cases of each
part), `most` (cases in all), `seed`, and `replay` (a file that keeps the upstream's answers between runs).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from inspect_ai import Task, task

from expunge.errors import UsageError
from expunge.evals.inspect_task import Common, made


@dataclass(frozen=True, slots=True)
class _Field:
    """A field that only some tasks take: by default this, and read so."""

    default: str | int
    read: Callable[[Any], Any] = lambda given: given


def _task(suite: str, about: str, **own: _Field) -> Callable[..., Task]:
    """The task of a suite that takes these fields of its own."""

    def run(  # noqa: PLR0913 - Inspect reads the options of a task off its parameters
        system: str = "expunge",
        upstream: str = "auto",
        config: str | None = None,
        data: str | None = None,
        facts: str = "given",
        limit: int | None = None,
        seed: int = 0,
        replay: str | None = None,
        most: int | None = None,
        **given: Any,
    ) -> Task:
        if unknown := given.keys() - own.keys():
            raise UsageError(f"The task {suite} takes no {min(unknown)}.")
        common = Common(system, upstream, config, data, facts, limit, seed, replay, most)
        return made(suite, common, **{name: each.read(given.get(name, each.default)) for name, each in own.items()})

    run.__doc__ = about
    return task(name=suite.replace("-", "_"))(run)


def _languages(given: str) -> tuple[str, ...]:
    return tuple(language.strip() for language in given.split(","))


def _numbers(given: str) -> tuple[int, ...]:
    try:
        return tuple(int(number) for number in given.split(","))
    except ValueError:
        raise UsageError("The shots must be whole numbers, separated by commas.") from None


def _samples(given: Any) -> int:
    try:
        return int(given)
    except ValueError:
        raise UsageError("The number of samples must be a whole number.") from None


tofu = _task(
    "tofu",
    "TOFU (arXiv 2401.06121): the authors of a forget split, their questions and paraphrases, and all retain sets.",
    split=_Field("forget10"),
)
tofu_multilingual = _task(
    "tofu-multilingual",
    "TOFU forget10 asked and answered in other languages, its targets registered in English only.",
    languages=_Field("fr,ru,ja", _languages),
)
wpu = _task("wpu", "WPU (arXiv 2407.16997): 100 little-known people, questions next to them, and celebrities.")
rwku = _task(
    "rwku", "RWKU (arXiv 2406.10890): famous people by cloze, question and adversarial probe, and their neighbours."
)
longform = _task("longform", "Long answers in which a target is entangled with other matters.")
conversations = _task("conversations", "Turns after a mention of a target: on about it, or about something else.")
wmdp = _task(
    "wmdp", "WMDP (arXiv 2403.03218): three hazardous topics by multiple choice, with MMLU as what must be kept."
)
many_people = _task(
    "many-people",
    "The people of K-Bench (arXiv 2609.12808), asked about without an agent: any number to forget, as many to keep.",
    targets=_Field(1000),
)
kbench = _task(
    "kbench",
    "K-Bench (arXiv 2609.12808): an agent asked about people, the fact in the model, the request or the agent's store.",
    targets=_Field(100),
)
attacks = _task(
    "attacks", "27 families of jailbreaks, made by templates for any target with facts.", targets=_Field(10)
)
many_shot = _task(
    "many-shot",
    "Questions about targets after many answered examples, as turns and as one text.",
    shots=_Field("0,8,16,32,64,128", _numbers),
)
sequences = _task(
    "sequences",
    "Targets added and lifted in random order, both sides asked after every change.",
    changes=_Field(200),
)
multi_hop = _task("multi-hop", "Chains of questions that lead through other entities to a target, or to anything else.")
leak_at_k = _task(
    "leak-at-k",
    "Every question sampled many times at temperature 1, after leak@k (arXiv 2511.04934).",
    samples=_Field(32, _samples),
)
search = _task(
    "search",
    "Targeted Active Search (after arXiv 2609.03662): who on a list of people was forgotten?",
    targets=_Field(10),
)
tell_apart = _task("tell-apart", "The same questions about targets and about people who never existed.")
island = _task("island", "The invented people that ship with expunge; needs no data.")
