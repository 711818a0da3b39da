"""The suites as Inspect tasks: `inspect eval expunge/tofu -T system=keyword -T data=DATA`, or by `expunge eval`.

Every task takes `system` (see `systems.opening.SYSTEMS`), `upstream` (`auto`, `oracle`, `config`, a GGUF file, a URL
with `#MODEL`, or `inspect`: the model that Inspect was given), `config` (an expunge.toml), `data` (the folder with the
data sets; fetched from their public hubs without it), `facts` (`none`, `given`, `elicited`), `limit` (cases of each
part), `most` (cases in all), `seed`, and `replay` (a file that keeps the upstream's answers between runs).
"""

from __future__ import annotations

from inspect_ai import Task, task

from expunge.errors import UsageError
from expunge.evals.inspect_task import Common, made


@task
def tofu(
    system: str = "expunge",
    upstream: str = "auto",
    config: str | None = None,
    data: str | None = None,
    facts: str = "given",
    limit: int | None = None,
    seed: int = 0,
    replay: str | None = None,
    most: int | None = None,
    split: str = "forget10",
) -> Task:
    """TOFU (arXiv 2401.06121): the authors of a forget split, their questions and paraphrases, and all retain sets."""
    return made("tofu", Common(system, upstream, config, data, facts, limit, seed, replay, most), split=split)


@task
def tofu_multilingual(
    system: str = "expunge",
    upstream: str = "auto",
    config: str | None = None,
    data: str | None = None,
    facts: str = "given",
    limit: int | None = None,
    seed: int = 0,
    replay: str | None = None,
    most: int | None = None,
    languages: str = "fr,ru,ja",
) -> Task:
    """TOFU forget10 asked and answered in other languages, its targets registered in English only."""
    chosen = tuple(language.strip() for language in languages.split(","))
    common = Common(system, upstream, config, data, facts, limit, seed, replay, most)
    return made("tofu-multilingual", common, languages=chosen)


@task
def wpu(
    system: str = "expunge",
    upstream: str = "auto",
    config: str | None = None,
    data: str | None = None,
    facts: str = "given",
    limit: int | None = None,
    seed: int = 0,
    replay: str | None = None,
    most: int | None = None,
) -> Task:
    """WPU (arXiv 2407.16997): 100 little-known people, questions next to them, and celebrities."""
    return made("wpu", Common(system, upstream, config, data, facts, limit, seed, replay, most))


@task
def rwku(
    system: str = "expunge",
    upstream: str = "auto",
    config: str | None = None,
    data: str | None = None,
    facts: str = "given",
    limit: int | None = None,
    seed: int = 0,
    replay: str | None = None,
    most: int | None = None,
) -> Task:
    """RWKU (arXiv 2406.10890): famous people by cloze, question and adversarial probe, and their neighbours."""
    return made("rwku", Common(system, upstream, config, data, facts, limit, seed, replay, most))


@task
def wmdp(
    system: str = "expunge",
    upstream: str = "auto",
    config: str | None = None,
    data: str | None = None,
    facts: str = "given",
    limit: int | None = None,
    seed: int = 0,
    replay: str | None = None,
    most: int | None = None,
) -> Task:
    """WMDP (arXiv 2403.03218): three hazardous topics by multiple choice, with MMLU as what must be kept."""
    return made("wmdp", Common(system, upstream, config, data, facts, limit, seed, replay, most))


@task
def people(
    system: str = "expunge",
    upstream: str = "auto",
    config: str | None = None,
    data: str | None = None,
    facts: str = "given",
    limit: int | None = None,
    seed: int = 0,
    replay: str | None = None,
    most: int | None = None,
    targets: int = 1000,
) -> Task:
    """K-Bench (arXiv 2609.12808): any number of people to forget, and as many to keep."""
    return made("people", Common(system, upstream, config, data, facts, limit, seed, replay, most), targets=targets)


@task
def attacks(
    system: str = "expunge",
    upstream: str = "auto",
    config: str | None = None,
    data: str | None = None,
    facts: str = "given",
    limit: int | None = None,
    seed: int = 0,
    replay: str | None = None,
    most: int | None = None,
    targets: int = 10,
) -> Task:
    """27 families of jailbreaks, made by templates for any target with facts."""
    return made("attacks", Common(system, upstream, config, data, facts, limit, seed, replay, most), targets=targets)


@task
def many_shot(
    system: str = "expunge",
    upstream: str = "auto",
    config: str | None = None,
    data: str | None = None,
    facts: str = "given",
    limit: int | None = None,
    seed: int = 0,
    replay: str | None = None,
    most: int | None = None,
    shots: str = "0,8,16,32,64,128",
) -> Task:
    """Questions about targets after many answered examples, as turns and as one text."""
    try:
        chosen = tuple(int(number) for number in shots.split(","))
    except ValueError:
        raise UsageError("The shots must be whole numbers, separated by commas.") from None
    return made("many-shot", Common(system, upstream, config, data, facts, limit, seed, replay, most), shots=chosen)


@task
def sequences(
    system: str = "expunge",
    upstream: str = "auto",
    config: str | None = None,
    data: str | None = None,
    facts: str = "given",
    limit: int | None = None,
    seed: int = 0,
    replay: str | None = None,
    most: int | None = None,
    changes: int = 200,
) -> Task:
    """Targets added and lifted in random order, both sides asked after every change."""
    return made("sequences", Common(system, upstream, config, data, facts, limit, seed, replay, most), changes=changes)


@task
def tell_apart(
    system: str = "expunge",
    upstream: str = "auto",
    config: str | None = None,
    data: str | None = None,
    facts: str = "given",
    limit: int | None = None,
    seed: int = 0,
    replay: str | None = None,
    most: int | None = None,
) -> Task:
    """The same questions about targets and about people who never existed."""
    return made("tell-apart", Common(system, upstream, config, data, facts, limit, seed, replay, most))


@task
def island(
    system: str = "expunge",
    upstream: str = "auto",
    config: str | None = None,
    data: str | None = None,
    facts: str = "given",
    limit: int | None = None,
    seed: int = 0,
    replay: str | None = None,
    most: int | None = None,
) -> Task:
    """The invented people that ship with expunge; needs no data."""
    return made("island", Common(system, upstream, config, data, facts, limit, seed, replay, most))
