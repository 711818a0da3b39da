from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from expunge.bench.cli import app
from expunge.errors import UsageError

RUNNER = CliRunner()
SMALL = ("screen", "--sizes", "10", "--with-facts", "", "--rounds", "1", "--no-memory")


def run(*arguments: str) -> str:
    result = RUNNER.invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_every_command_has_help_and_json() -> None:
    for command in ("screen", "start", "gateway", "recall", "reader", "agents", "fidelity", "scrub"):
        assert "--json" in run(command, "--help").replace("\n", " ")


def test_screen_with_a_plot(tmp_path: Path) -> None:
    plot = tmp_path / "times.svg"
    arguments = ("--sizes", "10,50", "--with-facts", "", "--rounds", "1", "--no-memory", "--plot", str(plot))
    figures = json.loads(run("screen", *arguments, "--json"))
    assert [row["targets"] for row in figures["names_only"]] == [10, 50]
    assert figures["ratio"] > 0
    assert plot.read_text(encoding="utf-8").startswith("<svg")
    assert "registry on disk" in run(*SMALL, "--store")


@pytest.mark.parametrize("sizes", ["", "ten", "0", "1,,2", "9999999999"])
def test_bad_sizes(sizes: str) -> None:
    with pytest.raises(UsageError, match="whole numbers"):
        run("screen", "--sizes", sizes)


def test_figures_in_a_file(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    figures = json.loads(run(*SMALL, "--json", "--out", str(out)))
    assert figures == json.loads(out.read_text(encoding="utf-8"))
    assert {"expunge", "python", "processors"} <= set(figures)
    assert figures["command"][0] == "expunge"


def test_figures_as_a_table() -> None:
    assert "Screen, names only" in run(*SMALL)


def test_a_file_that_cannot_be_written() -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        run(*SMALL, "--out", "no/such/folder/x.json")


def test_scrub_without_ray() -> None:
    figures = json.loads(run("scrub", "--rows", "120", "--targets", "5", "--workers", "1", "--no-ray", "--json"))
    assert [(rate["engine"], rate["workers"], rate["rows"], rate["changed"]) for rate in figures["rates"]] == [
        ("local", 1, 120, 1)
    ]
    assert (figures["equal"], figures["workers_to_one"], figures["ray_to_local"]) == (True, 1.0, None)
