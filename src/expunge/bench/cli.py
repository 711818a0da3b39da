"""`expunge bench`: what expunge costs, measured."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from expunge.bench.terminal import Tick, deliver, progress, written
from expunge.errors import UsageError

T = TypeVar("T")
app = typer.Typer(
    no_args_is_help=True,
    help="Measure what expunge costs on this machine: time, memory, calls. What it holds back: expunge eval. "
    "What its developers measure: python -m benchmarks, in a clone of the repository.",
)


Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Out = Annotated[Path | None, typer.Option("--out", help="Also write the figures to this file as JSON.")]
Config = Annotated[Path | None, typer.Option("--config", help="Configuration file (default: ./expunge.toml).")]
Sizes = Annotated[str, typer.Option("--sizes", help="Numbers of targets, separated by commas.")]


@app.command()
def screen(
    sizes: Sizes = "1000,100000,1000000",
    with_facts: Annotated[
        str, typer.Option("--with-facts", help="Numbers of targets measured with facts, too; empty for none.")
    ] = "100,1000",
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Rounds of 25 texts at each size.")] = 20,
    store: Annotated[
        bool, typer.Option("--store", help="Keep the targets in a registry on disk; slower to set up.")
    ] = False,
    memory: Annotated[
        bool, typer.Option("--memory/--no-memory", help="Measure memory in processes of their own.")
    ] = True,
    plot: Annotated[Path | None, typer.Option("--plot", help="Also draw the times into this SVG file.")] = None,
    config: Config = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """The screen's time, memory, and how soon a new target is in force, by number of targets."""
    from expunge.bench.runs import screen_plot, screen_run

    names, factual = sizes_of(sizes), sizes_of(with_facts) if with_facts.strip() else []
    figures, tables = waited(lambda tick: screen_run(names, factual, rounds, store, memory, config, tick))
    if plot is not None:
        written(plot, screen_plot(figures))
    deliver(figures, tables, out, as_json)


@app.command()
def start(
    runs: Annotated[int, typer.Option("--runs", min=1, help="Processes started.")] = 5,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Process start to first answer, without loading a model."""
    from expunge.bench.runs import start_run

    figures, tables = waited(lambda tick: start_run(runs, tick))
    deliver(figures, tables, out, as_json)


@app.command()
def reader(
    each: Annotated[
        int, typer.Option("--each", min=1, help="Answers that name a target, and as many that do not.")
    ] = 60,
    count: Annotated[int, typer.Option("--targets", min=1, help="How many targets are in force.")] = 200,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Measure what the learnt reader adds to an answer, where a target is named in it and where nothing is found."""
    from expunge.bench.runs import reader_run

    figures, tables = waited(lambda tick: reader_run(each, count, tick))
    deliver(figures, tables, out, as_json)


@app.command()
def agents(
    questions: Annotated[int, typer.Option("--questions", min=1, help="How many questions are asked.")] = 100,
    deadline: Annotated[float, typer.Option("--deadline", min=0.1, help="Most seconds that an agent may take.")] = 60.0,
    config: Config = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Every agent played by the configured model, however weak: its replies parse, or the answer is a refusal."""
    from expunge.bench.runs import agents_run

    figures, tables = waited(lambda tick: agents_run(questions, deadline, config, tick))
    deliver(figures, tables, out, as_json)


@app.command()
def scrub(
    rows: Annotated[int, typer.Option("--rows", min=1, help="Rows of 200 characters, one in 100 about a target.")] = (
        100_000
    ),
    targets: Annotated[int, typer.Option("--targets", min=1, help="How many targets.")] = 1_000,
    facts: Annotated[int, typer.Option("--facts", min=0, max=10, help="Facts of each; with any, all is embedded.")] = 0,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes, beside a run with one.")] = 2,
    ray: Annotated[bool, typer.Option("--ray/--no-ray", help="Measure Ray Data with as many, too.")] = True,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Rows a second that `expunge scrub` takes, by engine; exit code 1 if not all of them write the same."""
    from expunge.bench.runs import scrub_run

    with progress() as tick:
        figures, tables = scrub_run(rows, targets, facts, workers, ray, tick)
    deliver(figures, tables, out, as_json)
    if not figures["equal"]:
        raise typer.Exit(1)


@app.command()
def gateway(
    targets: Annotated[int, typer.Option("--targets", min=1, help="How many targets.")] = 1_000,
    facts: Annotated[
        str, typer.Option("--facts", help="Facts of each target, 1 to 10, in further runs, with commas; 0: names only.")
    ] = "1,10",
    clients: Annotated[int, typer.Option("--clients", min=1, help="Connections that ask at once.")] = 10,
    seconds: Annotated[float, typer.Option("--seconds", min=0.5, help="Seconds of each round.")] = 5.0,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Rounds, all systems in turns.")] = 3,
    pace: Annotated[float, typer.Option("--pace", min=1, help="Requests a second where time is measured.")] = 50.0,
    litellm: Annotated[
        Path | None, typer.Option("--litellm", help="The command of LiteLLM's proxy (default: the one on the path).")
    ] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """The gateway beside its upstream and beside LiteLLM's proxy: requests a second, time added, memory, start-up."""
    from expunge.bench.gateway import GatewayChoices, find_litellm
    from expunge.bench.runs import gateway_run

    choices = GatewayChoices(clients, targets, _facts_each(facts), seconds, rounds, pace, find_litellm(litellm))
    with progress() as tick:
        figures, tables = gateway_run(choices, tick)
    deliver(figures, tables, out, as_json)


@app.command()
def recall(
    data: Annotated[Path, typer.Option("--data", help="Folder with TOFU, in all its languages, WPU and RWKU.")],
    rows: Annotated[int, typer.Option("--rows", min=1, help="Facts that are searched, mixed from TOFU's.")] = 500_000,
    asked: Annotated[int, typer.Option("--asked", min=1, help="Sentences that are looked for.")] = 200,
    config: Config = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Measure what the sieve lets through, by language, and whether the search among very many facts finds all."""
    from expunge.bench.runs import recall_run

    figures, tables = waited(lambda tick: recall_run(data, rows, asked, config, tick))
    deliver(figures, tables, out, as_json)


@app.command()
def fidelity(
    sentences: Annotated[
        int, typer.Option("--sentences", min=8, help="Sentences compared, an eighth in each of eight languages.")
    ] = 2_000,
    config: Config = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Measure how near the embedded embedding model is to the engine of its weights, and how much faster."""
    from expunge.bench.runs import fidelity_run

    figures, tables = waited(lambda tick: fidelity_run(sentences, config, tick))
    deliver(figures, tables, out, as_json)


_MOST_FACTS_EACH = 10


def sizes_of(text: str) -> list[int]:
    """Read numbers of targets, separated by commas.

    Raises:
        UsageError: if they are none, or not from 1 to 5,000,000.
    """
    try:
        sizes = [int(part.replace("_", "")) for part in text.split(",")]
    except ValueError:
        sizes = []
    if not sizes or min(sizes) < 1 or max(sizes) > 5_000_000:
        raise UsageError("The sizes must be whole numbers from 1 to 5,000,000, separated by commas.")
    return sizes


def _facts_each(text: str) -> tuple[int, ...]:
    try:
        counts = tuple(int(part) for part in text.split(","))
    except ValueError:
        counts = ()
    if not counts or min(counts) < 0 or max(counts) > _MOST_FACTS_EACH or (0 in counts and counts != (0,)):
        raise UsageError("--facts takes whole numbers from 1 to 10, separated by commas, or 0 for names only.")
    return () if counts == (0,) else counts


def waited(run: Callable[[Tick], Coroutine[Any, Any, T]]) -> T:
    """Return what a run comes to, with its progress shown meanwhile."""
    with progress() as tick:
        return asyncio.run(run(tick))
