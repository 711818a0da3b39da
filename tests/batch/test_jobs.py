from __future__ import annotations

import os
from pathlib import Path

import pytest

from expunge.batch.jobs import jobs_of
from expunge.batch.parts import Kind
from expunge.errors import UsageError


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("in/b.jsonl", "in/a/x.TXT", "in/a/pic.png", "in/.expunge/k.part", "f.txt", "f.csv", "there.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    return tmp_path


def test_a_folder_is_mirrored(tree: Path) -> None:
    jobs = jobs_of(tree / "in", tree / "out", ())
    assert [(job.name, job.kind) for job in jobs.jobs] == [("b.jsonl", Kind.JSONL), ("a/x.TXT", Kind.PARAGRAPHS)]
    assert jobs.jobs[1].destination == tree / "out" / "a" / "x.TXT"
    assert jobs.skipped == ("a/pic.png",)
    assert jobs.state == tree / "out" / ".expunge"
    assert not (tree / "out").exists()


def test_columns_leave_texts_out(tree: Path) -> None:
    jobs = jobs_of(tree / "in", tree / "out", ("a",))
    assert [job.name for job in jobs.jobs] == ["b.jsonl"]
    assert jobs.skipped == ("a/pic.png", "a/x.TXT")


def test_one_file(tree: Path) -> None:
    jobs = jobs_of(tree / "f.txt", tree / "new.txt", ())
    assert (jobs.is_folder, jobs.state) == (False, tree / ".new.txt.expunge")
    assert jobs_of(tree / "f.txt", tree / "f.txt", ()).jobs[0].destination == tree / "f.txt"


@pytest.mark.parametrize(
    ("source", "destination", "columns", "message"),
    [
        ("f.csv", "out.txt", (), "ends in one of .txt"),
        ("f.txt", "out.txt", ("a",), "--column is for"),
        ("missing.txt", "out.txt", (), "There is no file or folder"),
        ("f.txt", "in", (), "is a folder"),
        ("f.txt", "no/out.txt", (), "does not exist; make it first"),
        ("in", "there.txt", (), "is a file"),
        ("in", "in", (), "lies in the folder to scrub"),
        ("in", "in/a/out", (), "lies in the folder to scrub"),
        ("in", "empty/../in/out", (), "lies in the folder to scrub"),
        ("empty", "out", (), "holds no file"),
    ],
)
def test_wrong_paths(tree: Path, source: str, destination: str, columns: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        jobs_of(tree / source, tree / destination, columns)


@pytest.mark.parametrize("source", ["in", "in/b.jsonl"])
def test_a_file_that_may_not_be_read(tree: Path, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The tests may run as root, who may read everything.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "b.jsonl")
    with pytest.raises(UsageError, match="cannot be read; change its permissions"):
        jobs_of(tree / source, tree / "out", ())
