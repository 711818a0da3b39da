"""The runs behind the commands: each returns its figures as plain values and as tables."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expunge.bench import screen as screening
from expunge.bench import show
from expunge.bench.agents import measure_agents
from expunge.bench.fidelity import fidelity_table, measure_fidelity, original
from expunge.bench.gateway import GatewayChoices, as_json, measure_gateway
from expunge.bench.memory import measure_apart
from expunge.bench.reader_cost import measure_reader
from expunge.bench.recall import measure_recall, recall_table
from expunge.bench.scrub import measure_scrub
from expunge.bench.sieve import measure_sieve, sieve_table
from expunge.bench.start import measure_start
from expunge.evals.report.plots import lines_svg
from expunge.models.choose import embedding_model
from expunge.models.e5.engine import loaded
from expunge.models.e5.files import find
from expunge.models.embeddings import CachedEmbeddings, EmbeddedEmbeddings
from expunge.registry.store import Registry
from expunge.screen.screen import Screen
from expunge.settings import Settings
from expunge.version import __version__

if TYPE_CHECKING:
    from rich.console import RenderableType


Figures = tuple[dict[str, Any], "list[RenderableType]"]
_SENTENCES = 2_000
"""Sentences of eight languages by which `recall` tells how true the embedded model is to its weights."""
Tick = Callable[[str, int, int], None]


def machine(program: Sequence[str] = ("expunge",)) -> dict[str, Any]:
    """Return what the figures were made on: expunge, Python, platform, number of processors; and the command."""
    return {
        "expunge": __version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "command": [*program, *sys.argv[1:]],
    }


async def screen_run(
    sizes: Sequence[int],
    with_facts: Sequence[int],
    rounds: int,
    store: bool,
    memory: bool,
    config: Path | None,
    tick: Tick,
) -> Figures:
    """The screen by names only at `sizes`, and with three facts a target at `with_facts`.

    Raises:
        ModelError: if facts are measured and the embedding model cannot be used.
        MissingError: if memory cannot be measured.
    """

    def say(what: str) -> None:
        tick(what, 0, 0)

    held = []
    for size in sizes if memory else ():
        say(f"memory of {size:,} targets")
        held.append(measure_apart(size))
    with tempfile.TemporaryDirectory() as folder:

        def opened(size: int) -> Registry:
            return Registry.open(f"sqlite:///{folder}/{size}.db")

        times = await screening.measure(Screen, sizes, rounds=rounds, store=opened if store else None, progress=say)
    title = "Screen, names only" + (", registry on disk" if store else "")
    tables: list[RenderableType] = [show.screen_table(times, held, title)]
    figures = {
        "bench": "screen",
        **machine(),
        "store": store,
        "names_only": screening.as_json(times),
        "ratio": screening.ratio(times),
        "memory": [{**asdict(row), "bytes_per_target": row.bytes_per_target} for row in held],
    }
    if with_facts:
        say("loading the embedding model")
        settings = Settings.load(config)
        embeddings = embedding_model(settings.embeddings, cache=settings.cache())
        try:
            factual = await screening.measure(
                lambda: Screen(embeddings), with_facts, facts=3, rounds=max(1, rounds // 10), progress=say
            )
        finally:
            await embeddings.aclose()
        tables.append(show.screen_table(factual, (), "Screen, three facts a target"))
        figures["with_facts"] = screening.as_json(factual)
    return figures, tables


def screen_plot(figures: Mapping[str, Any]) -> str:
    """The times of a screen run as an SVG document."""
    named = {
        "median": "answer_median_ms",
        "99 %": "answer_p99_ms",
        "new target in force": "force_median_ms",
    }
    series = {name: [(row["targets"], row[key]) for row in figures["names_only"]] for name, key in named.items()}
    return lines_svg(
        series, title="Screening a 1,000-character answer", x_label="targets, names only", y_label="milliseconds"
    )


async def start_run(runs: int, tick: Tick) -> Figures:
    """Process start to first answer.

    Raises:
        MissingError: if the command does not answer.
    """
    tick("starting processes", 0, 0)
    start = measure_start(runs)
    return {"bench": "start", **machine(), **asdict(start)}, [show.start_table(start)]


async def reader_run(each: int, count: int, tick: Tick) -> Figures:
    """Return what the learnt reader adds to an answer.

    Raises:
        MissingError: if the embedding model is not there.
    """
    costs = await measure_reader(each, count, progress=lambda done, total: tick("answering", done, total))
    return {"bench": "reader", **machine(), "costs": [asdict(cost) for cost in costs]}, [show.reader_table(costs)]


async def agents_run(questions: int, deadline: float, config: Path | None, tick: Tick) -> Figures:
    """Every agent played by the configured model.

    Raises:
        ModelError: if the model cannot be used at all.
    """
    run = await measure_agents(
        Settings.load(config), questions, deadline, lambda done, total: tick("asking", done, total)
    )
    return {"bench": "agents", **machine(), **asdict(run)}, [show.agents_table(run)]


def scrub_run(rows: int, targets: int, facts: int, workers: int, ray: bool, tick: Tick) -> Figures:
    """Scrubbing a corpus by local processes, one and `workers`, and by Ray with as many.

    Raises:
        MissingError: if Ray is to be measured and not installed.
    """
    setups = list(dict.fromkeys([("local", 1), ("local", workers), *([("ray", workers)] if ray else [])]))
    measured = measure_scrub(rows, targets, facts, setups, tick)
    figures = {
        "bench": "scrub",
        **machine(),
        "targets": targets,
        "facts": facts,
        "rates": [{**asdict(rate), "rows_per_second": rate.rows_per_second} for rate in measured.rates],
        "equal": measured.equal,
        "workers_to_one": measured.ratio(("local", workers), ("local", 1)),
        "ray_to_local": measured.ratio(("ray", workers), ("local", workers)),
    }
    return figures, [show.scrub_table(measured)]


def gateway_run(choices: GatewayChoices, tick: Tick) -> Figures:
    """The gateway beside its upstream and another proxy.

    Raises:
        MissingError: if a system does not start.
    """
    measured = measure_gateway(choices, tick)
    return {"bench": "gateway", **machine(), **as_json(measured)}, [show.gateway_table(measured)]


async def recall_run(data: Path, rows: int, asked: int, config: Path | None, tick: Tick) -> Figures:
    """Measure what the sieve lets through, how true the embedded model is to its weights, and the search among very
    many facts beside an exact one.

    Raises:
        UsageError: if the data cannot be used.
        ModelUnreachable: if the engine to compare with cannot be fetched.
        ModelError: if the embedding model fails.
    """
    settings = Settings.load(config)
    model = embedding_model(settings.embeddings, cache=settings.cache())
    try:
        sieved, ordinary = await measure_sieve(data, model, tick)
        found = await measure_recall(data, model, rows, asked, tick)
    finally:
        await model.aclose()
    figures = {
        "bench": "recall",
        **machine(),
        "embeddings": model.name,
        "sieve": [{**asdict(one), "recall": one.recall} for one in sieved],
        "ordinary": [asdict(one) for one in ordinary],
        "recall": [asdict(one) for one in found],
    }
    tables: list[RenderableType] = [sieve_table(sieved, ordinary), recall_table(found)]
    if isinstance(model.inner if isinstance(model, CachedEmbeddings) else model, EmbeddedEmbeddings):
        likeness, beside = await fidelity_run(_SENTENCES, config, tick)
        figures["fidelity"] = {key: likeness[key] for key in ("likeness", "shift", "shift_p99")}
        tables.insert(1, beside[0])
    return figures, tables


async def fidelity_run(sentences: int, config: Path | None, tick: Tick) -> Figures:
    """The embedded model's vectors beside those of the engine that its weights come from.

    Raises:
        ModelUnreachable: if that engine cannot be fetched.
        ModelError: if the embedded model fails.
    """
    cache = Settings.load(config).cache()
    model = EmbeddedEmbeddings.kept_in(cache)
    await model.embed(["ready"])
    with original(tick) as reference:
        found = await measure_fidelity(model, reference, loaded(find(cache)).tokens, sentences, tick)
    figures = {"bench": "fidelity", **machine(), "embeddings": model.name, **asdict(found)}
    return figures, [fidelity_table(found)]
