"""The runs behind the commands: each returns its figures as plain values and as tables."""

from __future__ import annotations

import importlib.util
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
from expunge.bench.facts import measure_facts
from expunge.bench.fidelity import fidelity_table, measure_fidelity, original
from expunge.bench.gateway import GatewayChoices, as_json, measure_gateway
from expunge.bench.memory import measure_apart
from expunge.bench.profiles import measure_profiles
from expunge.bench.reader_cost import measure_reader
from expunge.bench.recall import measure_recall
from expunge.bench.registry import measure_registry
from expunge.bench.registry_table import recall_table, registry_table
from expunge.bench.scrub import measure_scrub
from expunge.bench.sieve import measure_sieve, sieve_table
from expunge.bench.start import measure_start
from expunge.bench.streaming import measure_streaming, streaming_table
from expunge.errors import MissingError
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

    from expunge.bench.replicas import OwnDatabase

Figures = tuple[dict[str, Any], "list[RenderableType]"]
_SENTENCES = 2_000
"""Sentences of eight languages by which `recall` tells how true the embedded model is to its weights."""
Tick = Callable[[str, int, int], None]


def machine() -> dict[str, Any]:
    """What the figures were made on: version of expunge, Python, platform and number of processors."""
    return {
        "expunge": __version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "command": ["expunge", *sys.argv[1:]],
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


async def profiles_run(sizes: Sequence[int], each: int, tick: Tick) -> Figures:
    """Calls and prompt characters by profile."""
    costs = await measure_profiles(sizes, each, progress=lambda what: tick(what, 0, 0))
    return {"bench": "profiles", **machine(), "costs": [asdict(cost) for cost in costs]}, [show.profiles_table(costs)]


async def reader_run(each: int, count: int, tick: Tick) -> Figures:
    """What the learnt reader adds to an answer.

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


def _require_aiohttp() -> None:
    if importlib.util.find_spec("aiohttp") is None:
        raise MissingError('This benchmark needs aiohttp: pip install "expunge[bench]".')


async def soak_run(minutes: float, clients: int, per_second: float, tick: Tick) -> Figures:
    """The gateway under mixed load for so many minutes.

    Raises:
        MissingError: if the gateway does not start, or dies.
    """
    _require_aiohttp()
    from expunge.bench.soak import measure_soak

    measured = await measure_soak(minutes, clients, per_second, tick)
    curve = measured.memory
    figures = {
        "bench": "soak",
        **machine(),
        **asdict(measured),
        "memory": {"every_s": curve.every, "mb": curve.mb, "grown_mb": curve.grown, "noise_mb": curve.noise},
        "flat": curve.flat,
        "holds": measured.holds,
    }
    return figures, [show.soak_table(measured)]


async def hostile_run(size: int, only: Sequence[str], tick: Tick) -> Figures:
    """Texts of so many characters that are made to be dear, before a gateway.

    Raises:
        MissingError: if the gateway does not start.
    """
    _require_aiohttp()
    from expunge.bench.hostile import measure_hostile

    measured = await measure_hostile(size, only, tick)
    figures = {
        "bench": "hostile",
        **machine(),
        "size": size,
        "requests": [asdict(dear) for dear in measured],
        "slowest_s": max((dear.seconds for dear in measured), default=0.0),
        "longest_wait_s": max((dear.wait for dear in measured), default=0.0),
        "holds": all(dear.holds for dear in measured),
    }
    return figures, [show.hostile_table(size, measured)]


async def replicas_run(changes: int, kills: int, tick: Tick) -> Figures:
    """Two gateways on one PostgreSQL of their own.

    Raises:
        MissingError: if PostgreSQL is not installed or a replica does not start.
    """
    _require_aiohttp()
    from expunge.bench.replicas import OwnDatabase, measure_replicas

    with tempfile.TemporaryDirectory() as folder:
        tick("starting PostgreSQL", 0, 0)
        database = OwnDatabase(Path(folder))
        try:
            measured = await measure_replicas(database, changes, kills, tick)
        finally:
            database.stop()
    return {"bench": "replicas", **machine(), **asdict(measured)}, [show.replicas_table(measured)]


def registry_run(names: int, facts: int, rounds: int, postgres: bool, tick: Tick) -> Figures:
    """A registry of very many targets, on SQLite or on a PostgreSQL of its own.

    Raises:
        MissingError: if PostgreSQL is asked for and not installed, or a part does not come to its end.
    """
    with tempfile.TemporaryDirectory() as folder:
        database: OwnDatabase | None = None
        if postgres:
            _require_aiohttp()
            from expunge.bench.replicas import OwnDatabase

            database = OwnDatabase(Path(folder))
        try:
            url = database.url if database is not None else f"sqlite:///{folder}/registry.db"
            sizes = measure_registry(url, names, facts, rounds, tick)
        finally:
            if database is not None:
                database.stop()
    figures = {
        "bench": "registry",
        **machine(),
        "database": "postgresql" if postgres else "sqlite",
        "embeddings": "stand-in",
        "sizes": [{**asdict(size), "per_second": size.per_second} for size in sizes],
    }
    return figures, [registry_table(sizes, "PostgreSQL" if postgres else "SQLite")]


async def recall_run(data: Path, rows: int, asked: int, config: Path | None, tick: Tick) -> Figures:
    """What the sieve lets through, how true the embedded model is to its weights, and the screen's search among very
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


async def facts_run(sizes: Sequence[int], rounds: int, config: Path | None, tick: Tick) -> Figures:
    """The search among facts at each size, beside the embedding model by itself.

    Raises:
        ModelError: if the embedding model fails.
    """
    settings = Settings.load(config)
    model = embedding_model(settings.embeddings, cache=settings.cache())
    inner = model.inner if isinstance(model, CachedEmbeddings) else model
    try:
        costs = await measure_facts(inner, sizes, rounds, tick)
    finally:
        await model.aclose()
    figures = {"bench": "facts", **machine(), "embeddings": model.name, **asdict(costs)}
    return figures, [show.facts_table(costs)]


def facts_plot(figures: Mapping[str, Any]) -> str:
    """The costs of a run as an SVG document."""
    named = {"all measured": "all_ms", "answer alike": "alike_ms", "other answer": "other_ms"}
    rows = figures["sizes"]
    series = {name: [(row["facts"], max(row[key], 0.001)) for row in rows] for name, key in named.items()}
    series["engine alone"] = [(row["facts"], figures["engine_ms"]) for row in rows]
    return lines_svg(
        series,
        title="Finding the nearest facts of an answer of ten sentences",
        x_label="facts",
        y_label="milliseconds of a processor",
    )


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


async def streaming_run(
    sentences: int, runs: int, clients: int, pace: float, config: Path | None, tick: Tick
) -> Figures:
    """What clients wait for after the last token of an answer.

    Raises:
        ModelError: if the embedding model fails.
    """
    settings = Settings.load(config)
    embeddings = embedding_model(settings.embeddings, cache=settings.cache())
    tick("streaming", 0, 0)
    found = await measure_streaming(settings, embeddings, sentences, runs, clients, pace)
    choices = {"sentences": sentences, "pace": pace, "embeddings": embeddings.name}
    figures = {"bench": "streaming", **machine(), **choices, "waits": [asdict(wait) for wait in found]}
    return figures, [streaming_table(found, sentences, pace)]


async def all_runs(quick: bool, config: Path | None, tick: Tick) -> Figures:
    """Every run, one after the other."""
    figures: dict[str, Any] = {"bench": "all", "quick": quick, **machine()}
    tables: list[RenderableType] = []

    def keep(name: str, result: Figures) -> None:
        figures[name] = result[0]
        tables.extend(result[1])

    keep("start", await start_run(2 if quick else 5, tick))
    keep("profiles", await profiles_run((20,) if quick else (20, 200), 3 if quick else 10, tick))
    sizes = (1_000, 10_000) if quick else (1_000, 100_000, 1_000_000)
    keep(
        "screen",
        await screen_run(sizes, (100,) if quick else (100, 1_000), 4 if quick else 20, False, True, config, tick),
    )
    return figures, tables
