from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Expunge = Callable[..., Any]
MIXED = "The harbour is at the end of Salt Street. Isolde Farrow lives in Hollowmere."


@pytest.fixture(autouse=True)
def registered(expunge: Expunge, sandbox: Path) -> None:
    added = expunge("targets", "add", "Isolde Farrow", "--fact", "Isolde Farrow lives in Hollowmere.", "--no-elicit")
    assert added.code == 0


@pytest.mark.parametrize(("args", "stdin"), [(("--text", MIXED), b""), (("-",), MIXED.encode())])
def test_text(expunge: Expunge, args: tuple[str, ...], stdin: bytes) -> None:
    result = expunge("scrub", *args, stdin=stdin)
    assert (result.code, result.out) == (0, "The harbour is at the end of Salt Street.\n")
    data = json.loads(expunge("scrub", *args, "--json", stdin=stdin).out)
    assert list(data) == ["text", "decision", "targets", "evidence"]
    assert data["decision"] == "rewritten"


def test_clean_text_is_left_alone(expunge: Expunge) -> None:
    assert expunge("scrub", "-", stdin=b"The sea\n\n  is wide.\n").out == "The sea\n\n  is wide.\n"


def test_a_text_of_which_nothing_is_left(expunge: Expunge) -> None:
    result = expunge("scrub", "--text", "Isolde Farrow lives in Hollowmere.")
    assert (result.code, result.out) == (0, "")
    assert result.err == "Nothing clean was left, so the whole text is withheld.\n"


def test_files(expunge: Expunge, at_terminal: Expunge, sandbox: Path) -> None:
    (sandbox / "in.txt").write_text(f"The sea is wide.\n\n{MIXED}\n")
    result = expunge("scrub", "in.txt", "out.txt")
    assert (result.code, result.out) == (0, "2 texts: 1 unchanged, 1 rewritten, 0 withheld.\n")
    assert (sandbox / "out.txt").read_text() == "The sea is wide.\n\nThe harbour is at the end of Salt Street.\n"
    again = expunge("scrub", "in.txt", "out.txt")
    assert again.code == 2
    assert "--force" in again.err
    forced = at_terminal("scrub", "in.txt", "out.txt", "--force")
    assert forced.code == 0


@pytest.mark.parametrize("option", ["--column", "--field"])
def test_json_lines_by_column(expunge: Expunge, sandbox: Path, option: str) -> None:
    (sandbox / "in.jsonl").write_text(json.dumps({"a": {"b": MIXED}, "b": MIXED}) + "\n")
    result = expunge("scrub", "in.jsonl", "out.jsonl", option, "a.b", "--json")
    figures = json.loads(result.out)
    expected = {"texts": 1, "passed": 0, "rewritten": 1, "refused": 0, "rows": 1, "changed": 1, "revision": 1}
    assert expected.items() <= figures.items()
    line = json.loads((sandbox / "out.jsonl").read_text())
    assert line == {"a": {"b": "The harbour is at the end of Salt Street."}, "b": MIXED}


def test_a_folder_with_a_report(expunge: Expunge, sandbox: Path) -> None:
    (sandbox / "in").mkdir()
    (sandbox / "in" / "a.log").write_text(f"The sea is wide.\n{MIXED}\nIsolde Farrow lives in Hollowmere.\n")
    (sandbox / "in" / "b.png").write_bytes(b"x")
    dry = expunge("scrub", "in", "out", "--dry-run")
    assert dry.out == "3 texts: 1 unchanged, 1 rewritten, 1 withheld.\n1 file, 3 rows, 2 changed.\n"
    assert dry.err == "Nothing was written.\n1 file of other types was skipped.\n"
    assert not (sandbox / "out").exists()
    assert expunge("scrub", "in", "out", "--drop-rows", "--report", "report.json").code == 0
    assert (sandbox / "out" / "a.log").read_text() == "The sea is wide.\nThe harbour is at the end of Salt Street.\n"
    report = (sandbox / "report.json").read_text()
    assert json.loads(report)["files"][0]["emptied"] == 1
    assert "Isolde" not in report
    again = json.loads(expunge("scrub", "in", "out", "--drop-rows", "--json").out)
    assert (again["files"][0]["resumed"], again["files"][0]["parts"]) == (1, 1)


def test_an_interrupted_run_says_that_it_goes_on(
    expunge: Expunge, sandbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from expunge.corpus import run

    (sandbox / "in").mkdir()
    for name in ("a.log", "b.log"):
        (sandbox / "in" / name).write_text(f"{MIXED}\n")
    take = run.Corpus._take

    def interrupted(self: run.Corpus, result: Any) -> None:
        if result.part.job == 1:
            raise KeyboardInterrupt
        take(self, result)

    with monkeypatch.context() as patch:
        patch.setattr(run.Corpus, "_take", interrupted)
        stopped = expunge("scrub", "in", "out", "--workers", "1")
        assert (stopped.code, stopped.out) == (130, "")
        assert stopped.err == "Interrupted; finished parts are kept, and the same command resumes.\n"
        dry = expunge("scrub", "in", "other", "--workers", "1", "--dry-run")
        assert (dry.code, dry.err) == (130, "Interrupted; nothing was written.\n")
    again = expunge("scrub", "in", "out", "--workers", "1")
    assert (again.code, again.err) == (0, "1 of 2 parts were done by an earlier run.\n")


def test_a_malformed_line(expunge: Expunge, sandbox: Path) -> None:
    (sandbox / "in.jsonl").write_text('{"a": "x"}\n{"a"\n')
    result = expunge("scrub", "in.jsonl", "out.jsonl")
    assert (result.code, result.err) == (2, "Line 2 is not valid JSON; correct it. Nothing was written.\n")
    assert not (sandbox / "out.jsonl").exists()


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("in.txt",),
        ("-", "out.txt"),
        ("in.txt", "out.txt", "--text", "x"),
        ("--text", "x", "--column", "a"),
        ("in.txt", "out.txt", "--workers", "0"),
        ("in.txt", "out.txt", "--address", "auto"),
        ("in.txt", "out.txt", "--engine", "spark"),
    ],
)
def test_wrong_use(expunge: Expunge, args: tuple[str, ...]) -> None:
    assert expunge("scrub", *args).code == 2


def test_a_missing_file(expunge: Expunge) -> None:
    result = expunge("scrub", "none.txt", "out.txt")
    assert (result.code, result.err) == (
        2,
        "There is no file or folder none.txt to scrub; check its path.\n",
    )


def test_a_report_that_cannot_be_written(expunge: Expunge, sandbox: Path) -> None:
    (sandbox / "in.txt").write_text("The sea.")
    result = expunge("scrub", "in.txt", "out.txt", "--report", ".")
    assert (result.code, (sandbox / "out.txt").read_text()) == (2, "The sea.")
    assert "the report could not be written" in result.err


def test_where_nobody_is_to_be_forgotten_it_says_so(expunge: Expunge, sandbox: Path) -> None:
    assert expunge("targets", "remove", "Isolde Farrow", "--yes").code == 0
    (sandbox / "in.txt").write_text(MIXED)
    for args in (("--text", MIXED), ("in.txt", "out.txt")):
        result = expunge("scrub", *args)
        assert result.code == 0
        assert result.err.startswith("No target is registered yet.")


def test_a_report_that_cannot_be_written_is_told_of_before_the_work(expunge: Expunge, sandbox: Path) -> None:
    (sandbox / "in.txt").write_text(MIXED)
    result = expunge("scrub", "in.txt", "out.txt", "--report", "nowhere/report.json")
    assert result.code == 2
    assert "The folder of nowhere/report.json does not exist" in result.err
    assert not (sandbox / "out.txt").exists()
