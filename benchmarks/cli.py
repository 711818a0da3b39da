"""`python -m benchmarks`: what developers measure of expunge, in a clone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks import runs
from expunge.bench.cli import Config, Json, Out, Sizes, sizes_of, waited
from expunge.bench.terminal import deliver, progress, written

app = typer.Typer(
    no_args_is_help=True, help="What developers measure of expunge. What users measure: expunge bench --help."
)


@app.command()
def profiles(
    sizes: Sizes = "20,200",
    each: Annotated[int, typer.Option("--each", min=1, help="Questions about targets, and as many about others.")] = 10,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Calls and prompt characters an answer, for the profiles screened and paper."""
    chosen = sizes_of(sizes)
    figures, tables = waited(lambda tick: runs.profiles_run(chosen, each, tick))
    deliver(figures, tables, out, as_json)


@app.command()
def soak(
    minutes: Annotated[float, typer.Option("--minutes", min=0.05, help="How long.")] = 30.0,
    clients: Annotated[int, typer.Option("--clients", min=1, help="Connections that ask at once.")] = 10,
    pace: Annotated[float, typer.Option("--pace", min=1, help="Requests a second, of all clients together.")] = 60.0,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """The gateway under mixed load for long: no decision lost, nothing told, memory flat. Exit code 1 if not."""
    figures, tables = waited(lambda tick: runs.soak_run(minutes, clients, pace, tick))
    deliver(figures, tables, out, as_json)
    if not figures["holds"]:
        raise typer.Exit(1)


@app.command()
def hostile(
    size: Annotated[int, typer.Option("--size", min=1, max=8_000_000, help="Characters of each text.")] = 1_000_000,
    only: Annotated[str, typer.Option("--only", help="Names of texts, separated by semicolons; empty for all.")] = "",
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Texts made to be dear, as question and as answer: their seconds, and the longest wait of others beside them.

    Exit code 1 if one takes over 10 seconds, or keeps `/healthz` waiting for over 250 ms.
    """
    names = [name.strip() for name in only.split(";") if name.strip()]
    figures, tables = waited(lambda tick: runs.hostile_run(size, names, tick))
    deliver(figures, tables, out, as_json)
    if not figures["holds"]:
        raise typer.Exit(1)


@app.command()
def registry(
    names: Annotated[int, typer.Option("--names", min=1, help="Targets with names only.")] = 1_000_000,
    facts: Annotated[int, typer.Option("--facts", min=1, help="Targets with five facts each.")] = 100_000,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Rounds of 25 texts.")] = 20,
    postgres: Annotated[
        bool, typer.Option("--postgres", help="On a PostgreSQL of its own, and not on SQLite.")
    ] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A small size, in well under a minute.")] = False,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Very many targets: import, cold start, memory, time until a change is in force, the screen."""
    if quick:
        names, facts, rounds = 5_000, 500, 2
    with progress() as tick:
        figures, tables = runs.registry_run(names, facts, rounds, postgres, tick)
    deliver(figures, tables, out, as_json)


@app.command()
def console(
    names: Annotated[int, typer.Option("--names", min=4, help="Targets, with names only.")] = 1_000_000,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="How often each page is asked for.")] = 10,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Pages of the console among very many targets: the first time, and the times after it."""
    figures, tables = waited(lambda tick: runs.console_run(names, rounds, tick))
    deliver(figures, tables, out, as_json)


@app.command()
def facts(
    sizes: Annotated[str, typer.Option("--sizes", help="Numbers of facts, separated by commas.")] = (
        "1000,3000,10000,30000,100000,200000,500000"
    ),
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Rounds, all sizes in turns.")] = 3,
    plot: Annotated[Path | None, typer.Option("--plot", help="Also draw the times into this SVG file.")] = None,
    config: Config = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """What finding the nearest facts costs an answer, by the number of facts, beside the embedding engine alone."""
    chosen = sizes_of(sizes)
    figures, tables = waited(lambda tick: runs.facts_run(chosen, rounds, config, tick))
    if plot is not None:
        written(plot, runs.facts_plot(figures))
    deliver(figures, tables, out, as_json)


@app.command()
def streaming(
    sentences: Annotated[int, typer.Option("--sentences", min=2, help="Sentences of a streamed answer.")] = 40,
    answers: Annotated[int, typer.Option("--runs", min=1, help="Answers a client, with and without each.")] = 3,
    clients: Annotated[int, typer.Option("--clients", min=1, help="Clients at once, beside one alone.")] = 10,
    pace: Annotated[float, typer.Option("--pace", min=1, help="Tokens a second that the upstream writes.")] = 100,
    config: Config = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """What a client waits for after the last token, with the answer embedded as it comes and without."""
    figures, tables = waited(lambda tick: runs.streaming_run(sentences, answers, clients, pace, config, tick))
    deliver(figures, tables, out, as_json)


@app.command()
def timing(
    people: Annotated[int, typer.Option("--people", min=2, help="Targets, and as many strangers.")] = 20,
    pace: Annotated[float, typer.Option("--pace", min=1, help="Tokens a second that the upstream writes.")] = 200,
    drafts: Annotated[
        str,
        typer.Option("--drafts", help="How many times as long drafts about targets are, separated by commas."),
    ] = "1,3",
    clients: Annotated[int, typer.Option("--clients", min=1, help="Requests at once.")] = 4,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Whether the time of an answer tells that somebody was forgotten, whole and streamed."""
    chosen = sizes_of(drafts)
    figures, tables = waited(lambda tick: runs.timing_run(people, pace, chosen, clients, tick))
    deliver(figures, tables, out, as_json)


@app.command()
def replicas(
    changes: Annotated[int, typer.Option("--changes", min=1, help="Targets added and lifted under load.")] = 500,
    kills: Annotated[int, typer.Option("--kills", min=0, help="How often a replica is killed.")] = 50,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Two gateways on one PostgreSQL: right answers, propagation, another key, kills of database and replicas."""
    figures, tables = waited(lambda tick: runs.replicas_run(changes, kills, tick))
    deliver(figures, tables, out, as_json)


@app.command("all")
def everything(
    quick: Annotated[bool, typer.Option("--quick", help="A few cases of each, in about a minute.")] = False,
    config: Config = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Start, profiles and screen in one go; `make bench` runs it."""
    figures, tables = waited(lambda tick: runs.all_runs(quick, config, tick))
    deliver(figures, tables, out, as_json)
