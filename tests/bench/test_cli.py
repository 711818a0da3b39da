from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from expunge.bench.cli import app
from expunge.errors import UsageError

RUNNER = CliRunner()


def run(*arguments: str) -> str:
    result = RUNNER.invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_every_command_has_help_and_json() -> None:
    for command in ("tofu", "people", "screen", "start", "profiles", "all"):
        assert "--json" in run(command, "--help").replace("\n", " ")


def test_people_as_json_and_in_a_file(people_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    figures = json.loads(run("people", "--data", str(people_folder), "--targets", "2", "--json", "--out", str(out)))
    assert figures == json.loads(out.read_text(encoding="utf-8"))
    assert figures["suite"] == "kbench 2"
    assert figures["totals"][0]["leaks"]["hits"] == 0
    assert {"expunge", "python", "command", "processors"} <= set(figures)


def test_people_as_a_table(people_folder: Path) -> None:
    shown = run("people", "--data", str(people_folder), "--targets", "2", "--limit", "1")
    assert "people forget" in shown
    assert "all forget" not in shown
    assert "CHANGED" not in shown


def test_the_worst_are_printed_only_when_asked_for(people_folder: Path) -> None:
    queries = people_folder / "kbench" / "queries.jsonl"
    told = queries.read_text(encoding="utf-8").replace('"Ferryman"', '"Ferryman under Odo Brackwell"')
    queries.write_text(told, encoding="utf-8")
    arguments = ("people", "--data", str(people_folder), "--targets", "2")
    assert "Vesna" not in run(*arguments)
    shown = run(*arguments, "--worst", "3")
    assert "CHANGED people retain 0" in shown
    assert "draft:    Vesna Tarlo works as a Ferryman under Odo Brackwell." in shown


def test_screen_with_a_plot(tmp_path: Path) -> None:
    plot = tmp_path / "times.svg"
    arguments = ("--sizes", "10,50", "--with-facts", "", "--rounds", "1", "--no-memory", "--plot", str(plot))
    figures = json.loads(run("screen", *arguments, "--json"))
    assert [row["targets"] for row in figures["names_only"]] == [10, 50]
    assert figures["ratio"] > 0
    assert plot.read_text(encoding="utf-8").startswith("<svg")
    assert "registry on disk" in run(
        "screen", "--sizes", "10", "--with-facts", "", "--rounds", "1", "--no-memory", "--store"
    )


@pytest.mark.parametrize("sizes", ["", "ten", "0", "1,,2", "9999999999"])
def test_bad_sizes(sizes: str) -> None:
    with pytest.raises(UsageError, match="whole numbers"):
        run("screen", "--sizes", sizes)


def test_a_missing_data_folder() -> None:
    with pytest.raises(UsageError, match="does not exist"):
        run("people", "--data", "nowhere")


def test_a_file_that_cannot_be_written(people_folder: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        run("people", "--data", str(people_folder), "--targets", "1", "--limit", "1", "--out", "no/such/folder/x.json")
