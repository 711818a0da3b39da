"""`expunge eval` as a user types it; the suites' own data are the shipped invented people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from expunge.cli.evaluating import served_oracle
from expunge.cli.main import main
from expunge.evals.plan import WITHOUT_DATA, Request
from expunge.evals.running import TASKS
from expunge.evals.systems import SYSTEMS
from expunge.models.embeddings import EmbeddedEmbeddings
from expunge.models.scripted import ScriptedEmbeddings
from expunge.settings import Settings


@pytest.fixture
def here(sandbox: Path) -> Path:
    return sandbox


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Facts are compared by their words alone, so that nothing is loaded."""
    monkeypatch.setattr(EmbeddedEmbeddings, "__new__", lambda cls: ScriptedEmbeddings())


REAL_CACHE = Settings().cache()
"""Where `expunge models pull` put the weights, before any test moves the cache."""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["eval", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.slow
@pytest.mark.weights
def test_everything_quickly(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every suite and system on a case or two, with the real models, and the report of it."""
    monkeypatch.setenv("EXPUNGE_CACHE_DIR", str(REAL_CACHE))
    (here / "expunge.toml").write_text("[policy]\ndeadline = 1.0\n", encoding="utf-8")
    code, out, err = run(
        capsys, "all", "--quick", "--most", "2", "--sizes", "20", "--report", "r.html", "--out", "f.json", "--json"
    )
    assert code == 0, err
    summary = json.loads(out)
    assert summary == json.loads((here / "f.json").read_text(encoding="utf-8"))
    assert [suite["suite"] for suite in summary["suites"]] == list(WITHOUT_DATA)
    for suite in summary["suites"]:
        assert [system["system"] for system in suite["systems"]] == list(SYSTEMS)
        assert all(row["n"] for system in suite["systems"] for row in system["rows"])
    assert {point["system"] for point in summary["scale"]["points"]} == set(SYSTEMS)
    island = summary["suites"][-1]["systems"]
    leaks = {system["system"]: system["rows"][0]["leak"]["hits"] for system in island}
    assert (leaks["none"], leaks["expunge"]) == (1, 0)
    page = (here / "r.html").read_text(encoding="utf-8")
    assert all(system in page for system in SYSTEMS)
    assert "</html>" in page


@pytest.mark.usefixtures("scripted")
def test_figures_without_texts(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "island", "--json", "--log-dir", "logs")
    assert code == 0
    (suite,) = json.loads(out)["suites"]
    rows = {(s["system"], r["part"]): r for s in suite["systems"] for r in s["rows"]}
    assert rows["expunge", "forget"]["leak"]["hits"] == 0
    assert rows["expunge", "retain"]["unchanged"]["value"] == 1
    assert rows["none", "forget"]["leak"]["value"] == 1
    assert "Corvin" not in out
    assert suite["command"].startswith("expunge eval island")


@pytest.mark.usefixtures("scripted")
def test_a_report_from_logs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "island", "--system", "keyword", "--limit", "1", "--log-dir", "logs")
    code, out, _ = run(capsys, "report", "--log-dir", "logs", "--report", "r.html")
    assert code == 0
    assert "keyword" in out
    assert "keyword" in (here / "r.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("scripted")
def test_the_results_page_is_written_anew(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "figures").mkdir()
    run(capsys, "island", "--system", "keyword", "--out", "figures/f.json")
    page = here / "page.md"
    page.write_text("Before.\n<!-- table: begin -->\nold\n<!-- table: end -->\nAfter.\n", encoding="utf-8")
    code, _, _ = run(capsys, "results", "--from", "figures", "--into", "page.md")
    assert code == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("Before.\n")
    assert text.endswith("After.\n")
    assert "old" not in text
    assert "[island](page/island.md)" in text
    own = here / "page" / "island.md"
    assert "| keyword" in own.read_text(encoding="utf-8")
    own.write_text(own.read_text(encoding="utf-8").replace("# island", "# By hand"), encoding="utf-8")
    assert run(capsys, "results", "--from", "figures", "--into", "page.md")[0] == 0
    assert own.read_text(encoding="utf-8").startswith("# By hand")


@pytest.mark.usefixtures("scripted")
def test_no_page_is_written_unless_all_can_be(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "island", "--system", "keyword", "--out", "f.json")
    before = "<!-- table: begin -->\n<!-- table: end -->\n"
    (here / "page.md").write_text(before, encoding="utf-8")
    (here / "page").mkdir()
    (here / "page" / "island.md").write_text("No markers.\n", encoding="utf-8")
    code, _, err = run(capsys, "results", "--from", "f.json", "--into", "page.md")
    assert code == 2
    assert "needs the lines" in err
    assert (here / "page.md").read_text(encoding="utf-8") == before


def test_the_oracle_of_a_suite_is_an_upstream_from_outside(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with served_oracle(Request("island")) as url:
        code, out, _ = run(capsys, "island", "--system", "keyword", "--upstream", f"{url}#oracle", "--json")
    assert code == 0
    rows = {(s["system"], r["part"]): r for s in json.loads(out)["suites"][0]["systems"] for r in s["rows"]}
    assert rows["none", "forget"]["leak"]["value"] == 1
    assert rows["keyword", "retain"]["unchanged"]["value"] == 1


def test_figures_by_number_of_targets(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    systems = ["--system", "none", "--system", "keyword"]
    code, _, err = run(
        capsys, "scale", *systems, "--sizes", "1,30", "--limit", "2", "--plot", "s.svg", "--out", "f.json"
    )
    assert code == 0, err
    points = json.loads((here / "f.json").read_text(encoding="utf-8"))["scale"]["points"]
    assert [(p["targets"], p["system"], p["leak"]["value"], p["n"]) for p in points] == [
        (size, system, leak, 4) for size in (1, 30) for system, leak in (("none", 1.0), ("keyword", 0.0))
    ]
    assert "keyword, 30 targets" in (here / "s.svg").read_text(encoding="utf-8")
    (here / "page.md").write_text("<!-- table: begin -->\n<!-- table: end -->\n", encoding="utf-8")
    assert run(capsys, "results", "--from", "f.json", "--into", "page.md")[0] == 0
    assert "| 30 | keyword | 4 | 0.00 " in (here / "page" / "scale.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["tofuu"], 2, "Did you mean tofu?"),
        (["island", "--system", "expugne"], 2, "Did you mean expunge?"),
        (["tofu", "--data", "nowhere"], 2, "There is no data folder nowhere"),
        (["wpu", "--split", "forget01", "--data", "x"], 2, "--split belongs to tofu"),
        (["island", "--upstream", "oracel"], 2, "The upstream must be"),
        (["island", "--facts", "some"], 2, "must be one of none, given, elicited"),
        (["island", "--config", "nowhere.toml"], 2, "does not exist"),
        (["island", "--report", "nowhere/r.html"], 2, "The folder of nowhere/r.html does not exist"),
        (["many-shot", "--shots", "a,b"], 2, "whole numbers"),
        (["leak-at-k", "--samples", "0"], 2, "--samples"),
        (["island", "--samples", "2"], 2, "--samples belongs to leak-at-k"),
        (["scale", "--sizes", "0"], 2, "from 1 to 1,000,000"),
        (["report", "--log-dir", "empty"], 2, "no finished run"),
        (["results"], 2, "--from FILE"),
        (["results", "--from", "nowhere.json", "--into", "nowhere.md"], 2, "cannot be read"),
        (["results", "--from", ".", "--into", "nowhere.md"], 2, "contains no JSON files"),
        (["results", "--from", ".", "--into", "nowhere"], 2, "needs an ending"),
    ],
)
def test_wrong_use(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, sentence: str
) -> None:
    found, _, err = run(capsys, *arguments)
    assert found == code
    assert sentence in " ".join(err.split())
    assert "Traceback" not in err


def test_data_are_missed_before_anything_is_asked(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr("expunge.cli.evaluating.run_suite", lambda *arguments, **named: asked.append(arguments))
    monkeypatch.setattr("expunge.cli.evaluating.TASKS", {**TASKS, "tofu": lambda **arguments: None})
    (here / "data").mkdir()
    code, _, err = run(capsys, "all", "--quick", "--data", "data", "--system", "none")
    assert code == 2
    assert "no tofu/ in it" in " ".join(err.split())
    assert not asked


@pytest.mark.parametrize("package", ["inspect_ai", "sklearn"])
def test_without_the_extra_one_sentence_says_what_to_install(
    package: str, here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import builtins
    import importlib.util

    imported, found = builtins.__import__, importlib.util.find_spec

    def missing(name: str, *rest: Any, **named: Any) -> Any:
        if name == package:
            raise ImportError(name)
        return imported(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", missing)
    monkeypatch.setattr(
        "expunge.cli.evaluate.find_spec", lambda name, *rest: None if name == package else found(name, *rest)
    )
    code, _, err = run(capsys, "island")
    assert code == 3
    assert 'pip install "expunge[evals]"' in " ".join(err.split())
    for wrong, hint in (
        (("ilsand",), "Did you mean island?"),
        (("Island",), "Did you mean island?"),
        (("reprot",), "Did you mean report?"),
        (("nonsense",), "choose one of tofu"),
        (("island", "--system", "keywrod"), "Did you mean keyword?"),
        (("island", "--shots", "8"), "--shots belongs to many-shot"),
    ):
        code, _, err = run(capsys, *wrong)
        assert (code, hint in " ".join(err.split())) == (2, True), err
