"""The runs behind the commands: each returns its figures as plain values and as tables."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import show
from benchmarks.console import console_table, measure_console
from benchmarks.facts import measure_facts
from benchmarks.profiles import measure_profiles
from benchmarks.registry import measure_registry
from benchmarks.registry_table import registry_table
from benchmarks.streaming import measure_streaming, streaming_table
from benchmarks.timing import measure_timing, timing_table
from expunge.bench.runs import Figures, machine, screen_run, start_run
from expunge.bench.terminal import Tick
from expunge.errors import MissingError
from expunge.evals.report.plots import lines_svg
from expunge.models.choose import embedding_model
from expunge.models.embeddings import CachedEmbeddings
from expunge.settings import Settings

if TYPE_CHECKING:
    from rich.console import RenderableType

    from benchmarks.replicas import OwnDatabase

PROGRAM = ("python", "-m", "benchmarks")


async def profiles_run(sizes: Sequence[int], each: int, tick: Tick) -> Figures:
    """Calls and prompt characters by profile."""
    costs = await measure_profiles(sizes, each, progress=lambda what: tick(what, 0, 0))
    return {"bench": "profiles", **machine(PROGRAM), "costs": [asdict(cost) for cost in costs]}, [
        show.profiles_table(costs)
    ]


async def console_run(count: int, rounds: int, tick: Tick) -> Figures:
    """The pages of the console among so many targets.

    Raises:
        MissingError: if a page does not come.
    """
    found = await measure_console(count, rounds, tick)
    figures = {"bench": "console", **machine(PROGRAM), "targets": count, "pages": [asdict(page) for page in found]}
    return figures, [console_table(count, found)]


def _require_aiohttp() -> None:
    if importlib.util.find_spec("aiohttp") is None:
        raise MissingError("This benchmark needs aiohttp, which `make test` installs.")


async def soak_run(minutes: float, clients: int, per_second: float, tick: Tick) -> Figures:
    """The gateway under mixed load for so many minutes.

    Raises:
        MissingError: if the gateway does not start, or dies.
    """
    _require_aiohttp()
    from benchmarks.soak import measure_soak

    measured = await measure_soak(minutes, clients, per_second, tick)
    curve = measured.memory
    figures = {
        "bench": "soak",
        **machine(PROGRAM),
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
    from benchmarks.hostile import measure_hostile

    measured = await measure_hostile(size, only, tick)
    figures = {
        "bench": "hostile",
        **machine(PROGRAM),
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
    from benchmarks.replicas import OwnDatabase, measure_replicas

    with tempfile.TemporaryDirectory() as folder:
        tick("starting PostgreSQL", 0, 0)
        database = OwnDatabase(Path(folder))
        try:
            measured = await measure_replicas(database, changes, kills, tick)
        finally:
            database.stop()
    return {"bench": "replicas", **machine(PROGRAM), **asdict(measured)}, [show.replicas_table(measured)]


def registry_run(names: int, facts: int, rounds: int, postgres: bool, tick: Tick) -> Figures:
    """A registry of very many targets, on SQLite or on a PostgreSQL of its own.

    Raises:
        MissingError: if PostgreSQL is asked for and not installed, or a part does not come to its end.
    """
    with tempfile.TemporaryDirectory() as folder:
        database: OwnDatabase | None = None
        if postgres:
            _require_aiohttp()
            from benchmarks.replicas import OwnDatabase

            database = OwnDatabase(Path(folder))
        try:
            url = database.url if database is not None else f"sqlite:///{folder}/registry.db"
            sizes = measure_registry(url, names, facts, rounds, tick)
        finally:
            if database is not None:
                database.stop()
    figures = {
        "bench": "registry",
        **machine(PROGRAM),
        "database": "postgresql" if postgres else "sqlite",
        "embeddings": "stand-in",
        "sizes": [{**asdict(size), "per_second": size.per_second} for size in sizes],
    }
    return figures, [registry_table(sizes, "PostgreSQL" if postgres else "SQLite")]


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
    figures = {"bench": "facts", **machine(PROGRAM), "embeddings": model.name, **asdict(costs)}
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
    figures = {"bench": "streaming", **machine(PROGRAM), **choices, "waits": [asdict(wait) for wait in found]}
    return figures, [streaming_table(found, sentences, pace)]


async def timing_run(people: int, pace: float, drafts: Sequence[float], at_once: int, tick: Tick) -> Figures:
    """What the time of an answer tells of who is forgotten."""
    found = await measure_timing(people, pace, drafts, at_once, "auto", tick)
    choices = {"people": people, "pace": pace, "at_once": at_once, "embeddings": "stand-in"}
    figures = {"bench": "timing", **machine(PROGRAM), **choices, "telling": [asdict(each) for each in found]}
    return figures, [timing_table(found, pace)]


async def all_runs(quick: bool, config: Path | None, tick: Tick) -> Figures:
    """Every run, one after the other."""
    figures: dict[str, Any] = {"bench": "all", "quick": quick, **machine(PROGRAM)}
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
