"""`expunge bench`: what expunge holds back, lets through and costs, measured."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from expunge.bench.progress import Tick, progress
from expunge.errors import UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True, help="Measure what is held back, what is let through, and what it costs.")


class Facts(StrEnum):
    """What the targets carry besides their names."""

    NONE = "none"
    GIVEN = "given"
    ELICITED = "elicited"


Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Out = Annotated[Path | None, typer.Option("--out", help="Also write the figures to this file as JSON.")]
Config = Annotated[Path | None, typer.Option("--config", help="Configuration file (default: ./expunge.toml).")]
Data = Annotated[Path, typer.Option("--data", help="Folder with the benchmark data (tofu/, kbench/).")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Ask only this many questions of each part.")]
AtOnce = Annotated[int, typer.Option("--at-once", min=1, help="Questions asked at the same time.")]
Worst = Annotated[
    int, typer.Option("--worst", min=0, help="Print so many failures of each kind in full, with their texts.")
]
Sizes = Annotated[str, typer.Option("--sizes", help="Numbers of targets, separated by commas.")]
FactsOption = Annotated[Facts, typer.Option("--facts", help="What the targets carry besides their names.")]
ReplayFile = Annotated[Path | None, typer.Option("--replay", help="Keep Vanilla's answers in this file between runs.")]


@app.command()
def tofu(
    data: Data,
    model: Annotated[
        Path | None, typer.Option("--model", help="GGUF file for Vanilla (default: the configuration's).")
    ] = None,
    facts: FactsOption = Facts.NONE,
    split: Annotated[str, typer.Option("--split", help="forget01, forget05 or forget10.")] = "forget10",
    limit: Limit = None,
    at_once: AtOnce = 2,
    replay: ReplayFile = None,
    worst: Worst = 0,
    config: Config = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Forget the authors of a TOFU split: leaks, and what stays of everything else."""
    from expunge.bench.runs import tofu_run

    run = _waited(lambda tick: tofu_run(data, model, facts.value, split, limit, at_once, replay, config, tick))
    _quality(run, worst, out, as_json)


@app.command()
def people(
    data: Data,
    targets: Annotated[int, typer.Option("--targets", min=1, help="How many people are to be forgotten.")] = 1000,
    facts: FactsOption = Facts.NONE,
    limit: Limit = None,
    worst: Worst = 0,
    config: Config = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Forget people of K-Bench, answered for by an oracle that knows them all."""
    from expunge.bench.runs import people_run

    run = _waited(lambda tick: people_run(data, targets, facts.value, limit, config, tick))
    _quality(run, worst, out, as_json)


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

    names, factual = _sizes(sizes), _sizes(with_facts) if with_facts.strip() else []
    figures, tables = _waited(lambda tick: screen_run(names, factual, rounds, store, memory, config, tick))
    if plot is not None:
        _written(plot, screen_plot(figures))
    _deliver(figures, tables, out, as_json)


@app.command()
def start(
    runs: Annotated[int, typer.Option("--runs", min=1, help="Processes started.")] = 5,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Process start to first answer, without loading a model."""
    from expunge.bench.runs import start_run

    figures, tables = _waited(lambda tick: start_run(runs, tick))
    _deliver(figures, tables, out, as_json)


@app.command()
def profiles(
    sizes: Sizes = "20,200",
    each: Annotated[int, typer.Option("--each", min=1, help="Questions about targets, and as many about others.")] = 10,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Calls and prompt characters an answer, for the profiles screened and paper."""
    from expunge.bench.runs import profiles_run

    chosen = _sizes(sizes)
    figures, tables = _waited(lambda tick: profiles_run(chosen, each, tick))
    _deliver(figures, tables, out, as_json)


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

    figures, tables = _waited(lambda tick: agents_run(questions, deadline, config, tick))
    _deliver(figures, tables, out, as_json)


@app.command("all")
def everything(
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder with the benchmark data; without it, costs only.")
    ] = None,
    model: Annotated[Path | None, typer.Option("--model", help="GGUF file for Vanilla.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A few cases of each, in about a minute.")] = False,
    replay: ReplayFile = None,
    config: Config = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Everything above in one go."""
    from expunge.bench.runs import all_runs

    figures, tables = _waited(lambda tick: all_runs(data, model, quick, replay, config, tick))
    _deliver(figures, tables, out, as_json)


def _sizes(text: str) -> list[int]:
    try:
        sizes = [int(part.replace("_", "")) for part in text.split(",")]
    except ValueError:
        sizes = []
    if not sizes or min(sizes) < 1 or max(sizes) > 5_000_000:
        raise UsageError("The sizes must be whole numbers from 1 to 5,000,000, separated by commas.")
    return sizes


def _quality(run: Any, worst: int, out: Path | None, as_json: bool) -> None:
    from expunge.bench.runs import quality_figures
    from expunge.bench.show import quality_tables, transcript
    from expunge.evals.outcomes import worst as worst_of

    tables: list[RenderableType] = list(quality_tables(f"{run.suite}, facts: {run.facts}", run.rows))
    _deliver(quality_figures(run), tables, out, as_json)
    for outcome in worst_of(run.outcomes, worst):
        typer.echo("\n" + transcript(outcome), err=as_json)


def _waited(run: Callable[[Tick], Coroutine[Any, Any, T]]) -> T:
    with progress() as tick:
        return asyncio.run(run(tick))


def _deliver(figures: dict[str, Any], tables: list[RenderableType], out: Path | None, as_json: bool) -> None:
    text = json.dumps(figures, indent=2, ensure_ascii=False)
    if out is not None:
        _written(out, text + "\n")
    if as_json:
        typer.echo(text)
        return
    from rich.console import Console

    console = Console()
    for table in tables:
        console.print(table)


def _written(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError:
        raise UsageError("The figures cannot be written to that file; name another one.") from None
