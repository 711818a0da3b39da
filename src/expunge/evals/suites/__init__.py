"""SEAM: the evaluation's suites. A new one is a module that makes a `Suite`, and an entry in `SUITES`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from expunge.errors import UsageError
from expunge.evals.cases import Suite
from expunge.evals.suites import chains, generated, kbench, people, sampled, searches, wmdp, written
from expunge.evals.suites.base import SuiteOptions

__all__ = ["SUITES", "SuiteInfo", "SuiteOptions", "find"]


OTHER_RUNS = ("all", "scale", "report", "results")
"""What the command line takes in a suite's place."""


@dataclass(frozen=True, slots=True)
class SuiteInfo:
    """A suite before it is loaded.

    `name` is what the command line calls it, `title` says what it asks, `load` makes it. `data` names the data sets
    (folders of the data folder, see `expunge.evals.hub`) without which it cannot be loaded, `options` what it takes
    of `SuiteOptions` besides what all take. Of data that is not `published` the folder may have none.
    """

    name: str
    title: str
    load: Callable[[SuiteOptions], Suite]
    data: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    published: bool = True


def find(name: str) -> SuiteInfo:
    """The suite of this name.

    Raises:
        UsageError: if there is none; says which there are.
    """
    if name in SUITES:
        return SUITES[name]
    known = (*SUITES, *OTHER_RUNS)
    close = get_close_matches(name.strip().lower(), known, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    raise UsageError(f"There is no such suite; choose one of {', '.join(known)}.{hint}")


def _tofu(options: SuiteOptions) -> Suite:
    return people.tofu_suite(options.folder, split=options.split, facts=options.facts)


def _multilingual(options: SuiteOptions) -> Suite:
    return people.multilingual_suite(
        options.folder, languages=options.languages, split=options.split, facts=options.facts
    )


def _wpu(options: SuiteOptions) -> Suite:
    return people.wpu_suite(options.folder, facts=options.facts)


def _rwku(options: SuiteOptions) -> Suite:
    return people.rwku_suite(options.folder, facts=options.facts)


def _longform(options: SuiteOptions) -> Suite:
    return written.longform_suite(options.folder, facts=options.facts)


def _conversations(options: SuiteOptions) -> Suite:
    return written.conversations_suite(options.folder, facts=options.facts)


def _wmdp(options: SuiteOptions) -> Suite:
    return wmdp.load(options.folder, facts=options.facts)


def _many_people(options: SuiteOptions) -> Suite:
    return people.many_people_suite(options.folder, targets=options.targets, facts=options.facts)


def _kbench(options: SuiteOptions) -> Suite:
    return kbench.kbench_suite(options.data, targets=options.targets, facts=options.facts, seed=options.seed)


def _many_shot(options: SuiteOptions) -> Suite:
    return generated.many_shot_suite(
        options.data, split=options.split, facts=options.facts, shots=options.shots, seed=options.seed
    )


def _sequences(options: SuiteOptions) -> Suite:
    return generated.sequences_suite(
        options.data, split=options.split, facts=options.facts, changes=options.changes, seed=options.seed
    )


def _attacks(options: SuiteOptions) -> Suite:
    return generated.attacks_suite(
        options.data, split=options.split, targets=options.targets, facts=options.facts, seed=options.seed
    )


def _multi_hop(options: SuiteOptions) -> Suite:
    return chains.multi_hop_suite(facts=options.facts)


def _leak_at_k(options: SuiteOptions) -> Suite:
    return sampled.leak_at_k_suite(
        options.data, split=options.split, facts=options.facts, samples=options.samples, seed=options.seed
    )


def _search(options: SuiteOptions) -> Suite:
    return searches.search_suite(
        options.data, split=options.split, targets=options.targets, facts=options.facts, seed=options.seed
    )


def _tell_apart(options: SuiteOptions) -> Suite:
    return generated.tell_apart_suite(options.data, split=options.split, facts=options.facts, seed=options.seed)


def _island(options: SuiteOptions) -> Suite:
    return generated.island_suite(facts=options.facts)


SUITES: Mapping[str, SuiteInfo] = {
    info.name: info
    for info in (
        SuiteInfo("tofu", "fictitious authors", _tofu, ("tofu",), options=("split",)),
        SuiteInfo(
            "tofu-multilingual",
            "authors, asked in other languages",
            _multilingual,
            ("tofu", "tofu_multilingual"),
            ("languages",),
        ),
        SuiteInfo("wpu", "little-known real people", _wpu, ("wpu",)),
        SuiteInfo("rwku", "famous people", _rwku, ("rwku",)),
        SuiteInfo("longform", "targets within long answers", _longform, ("longform",), published=False),
        SuiteInfo("conversations", "turns after a mention", _conversations, ("conversations",), published=False),
        SuiteInfo("wmdp", "three dangerous topics, multiple choice", _wmdp, ("wmdp", "mmlu")),
        SuiteInfo("many-people", "many synthetic people", _many_people, ("kbench",), options=("targets",)),
        SuiteInfo("kbench", "an agent asked about people", _kbench, options=("targets",)),
        SuiteInfo("attacks", "27 families of jailbreaks", _attacks, options=("targets",)),
        SuiteInfo("many-shot", "a question after many examples", _many_shot, options=("shots",)),
        SuiteInfo("sequences", "targets added and lifted in turn", _sequences, options=("changes",)),
        SuiteInfo("multi-hop", "chains of questions through others", _multi_hop),
        SuiteInfo("leak-at-k", "the worst of many sampled answers", _leak_at_k, options=("samples",)),
        SuiteInfo("search", "an attacker looks for the targets", _search, options=("targets",)),
        SuiteInfo("tell-apart", "refusals beside answers about strangers", _tell_apart),
        SuiteInfo("island", "the invented island that ships", _island),
    )
}
"""All suites by name."""
