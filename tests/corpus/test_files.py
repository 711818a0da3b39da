"""Which files are scrubbed, and where they are cut."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from expunge.corpus.files import LARGEST, SMALLEST, cut, jobs_of, part_bytes
from expunge.corpus.parts import Kind
from expunge.errors import ImportFailed, UsageError


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


@pytest.mark.parametrize(("size", "length"), [(0, SMALLEST), (10**6, SMALLEST), (10**9, 10**6), (10**12, LARGEST)])
def test_parts_grow_with_the_file(size: int, length: int) -> None:
    assert part_bytes(size) == length


@pytest.mark.usefixtures("short_parts")
@pytest.mark.parametrize(
    ("kind", "data", "pieces", "firsts"),
    [
        (Kind.LINES, b"", [], []),
        (Kind.LINES, b"x" * 20 + b"\n" + b"y" * 30 + b"\nz", [b"x" * 20 + b"\n" + b"y" * 30 + b"\n", b"z"], [1, 3]),
        # A paragraph is cut only where it is much longer than a part.
        (Kind.PARAGRAPHS, b"x" * 50 + b"\ny\n\nz\n", [b"x" * 50 + b"\ny\n\n", b"z\n"], [1, 4]),
        (Kind.PARAGRAPHS, b"123456789\n" * 20, [b"123456789\n" * 16, b"123456789\n" * 4], [1, 17]),
    ],
)
def test_parts_end_between_rows(
    tmp_path: Path, kind: Kind, data: bytes, pieces: list[bytes], firsts: list[int]
) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    found = cut(0, path, kind)
    assert [data[part.start : part.end] for part in found.parts] == pieces
    assert [part.first for part in found.parts] == firsts
    assert [part.number for part in found.parts] == list(range(len(pieces)))
    assert found.size == len(data)


def test_the_digest_tells_files_apart(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"one\n")
    one = cut(0, path, Kind.LINES).digest
    assert cut(1, path, Kind.LINES).digest == one
    path.write_bytes(b"two\n")
    assert cut(0, path, Kind.LINES).digest != one


def test_a_line_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("expunge.corpus.files.LONGEST", 100)
    path = tmp_path / "x"
    path.write_bytes(b"one\n" + b"x" * 200)
    with pytest.raises(ImportFailed, match="Line 2 is longer"):
        cut(0, path, Kind.JSONL)


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no file"):
        cut(0, tmp_path / "x", Kind.LINES)
