"""`expunge eval SUITE`: measure what is forgotten and what is kept, compared with other systems."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from expunge.bench.terminal import deliver, progress, written
from expunge.cli.options import Config, Json
from expunge.errors import EvaluationStopped, MissingError, UsageError

if TYPE_CHECKING:
    from expunge.evals.plan import Request

Suite = Annotated[
    str,
    typer.Argument(
        metavar="SUITE",
        help="tofu, tofu-multilingual, wpu, rwku, longform, conversations, wmdp, many-people, kbench, "
        "attacks, many-shot, sequences, multi-hop, leak-at-k, search, tell-apart, island; all; scale (by number of "
        "targets); report (from the logs of --log-dir); results (the pages of figures).",
        show_default=False,
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR", help="Folder with the data sets. Default: fetch them from their public hubs."
    ),
]
System = Annotated[
    list[str] | None,
    typer.Option(
        "--system",
        help="none, guardrail-prompt, icul, keyword, alu-paper or expunge; repeatable. "
        "Default: expunge, or every system with all. none always runs, as the baseline.",
        show_default=False,
    ),
]
Upstream = Annotated[
    str,
    typer.Option(
        "--upstream",
        help="The model behind: oracle (knows every answer), config (the configured Vanilla), a GGUF file, or "
        "URL#MODEL; auto means config if the configuration names a model, otherwise oracle.",
    ),
]
LogDir = Annotated[
    Path | None,
    typer.Option(
        "--log-dir", metavar="DIR", help="Folder for logs, for inspect view. Give it again to resume a stopped run."
    ),
]


def evaluate(
    suite: Suite,
    data: Data = None,
    system: System = None,
    upstream: Upstream = "auto",
    facts: Annotated[str, typer.Option("--facts", help="Facts that targets have: none, given or elicited.")] = "given",
    split: Annotated[str | None, typer.Option("--split", help="tofu: forget01, forget05 or forget10.")] = None,
    languages: Annotated[str | None, typer.Option("--languages", help="tofu-multilingual: fr,ru,ja.")] = None,
    targets: Annotated[
        int | None, typer.Option("--targets", min=1, help="many-people, kbench, attacks, search: number of targets.")
    ] = None,
    shots: Annotated[str | None, typer.Option("--shots", help="many-shot: 0,8,16,32,64,128.")] = None,
    changes: Annotated[int | None, typer.Option("--changes", min=1, help="sequences: number of changes.")] = None,
    samples: Annotated[
        int | None, typer.Option("--samples", min=1, help="leak-at-k: number of samples of each answer.")
    ] = None,
    sizes: Annotated[
        str | None, typer.Option("--sizes", help="scale: numbers of targets, separated by commas.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Maximum number of cases in each part.")] = None,
    most: Annotated[int | None, typer.Option("--most", min=1, help="Maximum number of cases in a suite.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A few cases of everything, in minutes.")] = False,
    seed: Annotated[int, typer.Option("--seed", help="Seed for random choices.")] = 0,
    at_once: Annotated[int, typer.Option("--at-once", min=1, help="Number of cases to ask concurrently.")] = 1,
    replay: Annotated[
        Path | None, typer.Option("--replay", metavar="FILE", help="Cache the upstream's answers in this file.")
    ] = None,
    log_dir: LogDir = None,
    report: Annotated[Path | None, typer.Option("--report", metavar="FILE", help="Write an HTML report.")] = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="scale, all: plot figures by number of targets, as SVG."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the figures as JSON.")] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            "--into",
            metavar="FILE",
            help="results: the page whose table to update. Each suite's own page is in a folder of the same name: "
            "results/tofu.md beside results.md.",
        ),
    ] = None,
    source: Annotated[
        list[Path] | None,
        typer.Option("--from", metavar="FILE", help="results: figures written by --out, or a folder of such files."),
    ] = None,
    serve: Annotated[
        bool,
        typer.Option("--serve", help="Serve the suite's oracle as an endpoint until Ctrl-C instead of running it."),
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Run benchmarks of what is forgotten and what is kept, compared with other systems."""
    if suite == "results":
        _results(source or [], into)
        return
    from expunge.evals.plan import Request, jobs

    request = Request(
        suite=suite,
        systems=tuple(system or ()),
        upstream=upstream,
        config=None if config is None else str(config),
        data=None if data is None else str(data),
        facts=facts,
        limit=limit,
        most=most,
        seed=seed,
        replay=None if replay is None else str(replay),
        quick=quick,
        options={
            "split": split,
            "languages": languages,
            "targets": targets,
            "shots": shots,
            "changes": changes,
            "samples": samples,
        },
    )
    if suite not in ("report", "scale"):
        jobs(request)  # report misspelt options before missing packages
    _need_extra()
    _need_folders(report, plot, out)
    if serve:
        _serve(request)
    folder = log_dir or Path("logs") / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S")
    summary = _measured(request, folder, at_once, sizes)
    if plot is not None:
        _draw(summary, plot)
    _deliver(summary, report, out, as_json)


def _serve(request: Request) -> None:
    from expunge.cli.evaluating import served_oracle

    with served_oracle(request) as url:
        typer.echo(f"The oracle answers at {url} as model oracle, until Ctrl-C.")
        threading.Event().wait()


def _measured(request: Request, folder: Path, at_once: int, sizes: str | None) -> dict[str, Any]:
    """Run the suites, or read the logs of an earlier run, and return the summary."""
    from expunge.cli.evaluating import logged_summary, run_request, run_scale

    with progress() as tick:
        try:
            if request.suite == "report":
                return logged_summary(folder)
            if request.suite == "scale":
                return run_scale(request, sizes, tick)
            return run_request(request, folder, at_once, sizes, tick)
        except EvaluationStopped as stopped:
            raise EvaluationStopped(f"{stopped} To resume, run it again with --log-dir {folder}.") from None


def _draw(summary: dict[str, Any], plot: Path) -> None:
    from expunge.evals.report.figures import SYSTEMS
    from expunge.evals.report.pictures import cost_picture
    from expunge.evals.report.tables import marks

    picture = cost_picture(summary.get("scale") or {}, marks(SYSTEMS))
    if not picture:
        raise UsageError("Nothing was measured by number of targets; --plot applies to scale and all.")
    written(plot, picture)


def _need_folders(*paths: Path | None) -> None:
    for path in paths:
        if path is not None and not path.absolute().parent.is_dir():
            raise UsageError(f"The folder of {path} does not exist; make it first.")


def _need_extra() -> None:
    try:
        import inspect_ai  # noqa: F401

        if find_spec("sklearn") is None:  # looked for only: most suites do not use it
            raise ModuleNotFoundError
    except ImportError:
        raise MissingError('Evaluations need inspect-ai and scikit-learn: pip install "expunge[evals]".') from None


def _deliver(summary: dict[str, Any], report: Path | None, out: Path | None, as_json: bool) -> None:
    from expunge.evals.report.page import page
    from expunge.evals.show import tables

    if report is not None:
        written(report, page(summary))
    plain = without_texts(summary)
    deliver(plain, tables(plain), out, as_json)
    if report is not None and not as_json:
        typer.echo(f"The report is in {report}.")


def without_texts(summary: dict[str, Any]) -> dict[str, Any]:
    """Return the summary without transcripts, which contain questions and answers."""
    suites = [
        {
            **suite,
            "systems": [{key: value for key, value in system.items() if key != "worst"} for system in suite["systems"]],
        }
        for suite in summary["suites"]
    ]
    return {**summary, "suites": suites}


def _results(sources: list[Path], into: Path | None) -> None:
    from expunge.evals.results import fill, new_page, overview, results_pages

    if not sources or into is None:
        raise UsageError("Give figures with --from FILE (written by --out) and the page to update with --into FILE.")
    if not into.suffix:
        raise UsageError(
            f"{into} needs an ending, as results.md has; the suites' own pages go into a folder without it."
        )
    files = [file for source in sources for file in (_figures(source) if source.is_dir() else [source])]
    if not files:
        raise UsageError("The folder contains no JSON files; name one with files written by --out.")
    summaries = []
    for file in files:
        try:
            summaries.append(json.loads(file.read_text(encoding="utf-8")))
            page = into.read_text(encoding="utf-8")
        except (OSError, ValueError):
            raise UsageError("A file of figures, or the page, cannot be read; name files written by --out.") from None
    filled = {into: fill(page, overview(summaries, into.stem))}
    folder = into.with_suffix("")
    for suite, table in results_pages(summaries).items():
        own = folder / f"{suite}.md"
        try:
            before = own.read_text(encoding="utf-8") if own.exists() else new_page(suite)
        except (OSError, ValueError):
            raise UsageError(f"The page {own} cannot be read; delete it to have it made anew.") from None
        filled[own] = fill(before, table)
    # Nothing is written unless every page can be filled.
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        raise UsageError(f"The folder {folder} cannot be made; check who may write beside {into}.") from None
    for path, text in filled.items():
        written(path, text)


def _figures(folder: Path) -> list[Path]:
    """Return the JSON files of a folder, each name before longer names that start with it."""
    return sorted(folder.glob("*.json"), key=lambda file: file.stem)
