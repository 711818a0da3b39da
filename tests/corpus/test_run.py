"""Runs over files and folders: what is written, resumed, refused and reported."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expunge.corpus.files import jobs_of
from expunge.corpus.parts import Counts, Order, Part, Result
from expunge.corpus.run import Choices, Corpus, FileReport, Report, run
from expunge.errors import ImportFailed, ScrubStopped, UsageError
from expunge.registry.store import Registry
from expunge.settings import Settings
from expunge.types import Target

Orders = Callable[..., Order]
Engine = Callable[[Iterator[Part]], Generator[Result]]
Engines = Callable[[Order], Engine]
LINES = (
    b"".join(b'{"a": "The sea is wide, say %d people."}\n' % n for n in range(9)) + b'{"a": "Isolde Farrow swam."}\n'
)


@pytest.fixture
def tree(tmp_path: Path, short_parts: None) -> Path:
    for name, data in {"a.jsonl": LINES, "sub/b.txt": b"Isolde Farrow.\n\nThe end.\n", "sub/empty.log": b""}.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    pq.write_table(pa.table({"a": ["Isolde Farrow", "x"]}), tmp_path / "in" / "c.parquet")
    return tmp_path


@pytest.fixture
def scrub(tree: Path, order: Orders, engine: Engines) -> Callable[..., list[FileReport]]:
    """Scrub a file or folder of the tree; `wrap` may change the engine, what else is named goes to the corpus."""

    def run(
        source: str = "in",
        destination: str = "out",
        columns: tuple[str, ...] = (),
        wrap: Callable[[Engine], Engine] = lambda engine: engine,
        mark: str = "mark",
        **more: Any,
    ) -> list[FileReport]:
        chosen = order(*columns, mark=mark)
        corpus = Corpus(jobs_of(tree / source, tree / destination, columns), chosen, **more)
        return corpus.run(wrap(engine(chosen)))

    return run


def stopping_after(count: int, error: BaseException) -> Callable[[Engine], Engine]:
    def wrap(engine: Engine) -> Engine:
        def run(parts: Iterator[Part]) -> Generator[Result]:
            yield from islice(engine(parts), count)
            raise error

        return run

    return wrap


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_is_mirrored(tree: Path, scrub: Callable[..., list[FileReport]]) -> None:
    seen: list[tuple[int, int]] = []
    reports = scrub(progress=lambda done, total: seen.append((done, total)))
    written = {name: data for name, data in files(tree / "out").items() if not name.startswith(".expunge/")}
    assert written.pop("a.jsonl") == LINES.replace(b"Isolde Farrow", b"someone")
    assert written.pop("sub/b.txt") == b"someone.\n\nThe end.\n"
    assert written.pop("sub/empty.log") == b""
    assert pq.read_table(tree / "out" / "c.parquet").column("a").to_pylist() == ["someone", "x"]
    assert list(written) == ["c.parquet"]
    assert [(report.name, report.counts.changed) for report in reports] == [
        ("a.jsonl", 1), ("c.parquet", 1), ("sub/b.txt", 1), ("sub/empty.log", 0)
    ]  # fmt: skip
    assert seen == sorted(seen)
    assert seen[-1] == (sum(map(len, files(tree / "in").values())),) * 2
    assert {Path(name).suffix for name in files(tree / "out" / ".expunge")} == {".done"}


def test_what_is_done_is_not_done_again(tree: Path, scrub: Callable[..., list[FileReport]], scrubber: Any) -> None:
    first = scrub()
    scrubber.texts.clear()
    second = scrub()
    assert scrubber.texts == []
    assert [report.counts for report in second] == [report.counts for report in first]
    assert all(report.resumed == report.parts for report in second)
    (tree / "in" / "sub" / "b.txt").write_bytes(b"Another sea.\n")
    scrub()
    assert scrubber.texts == ["Another sea."]
    scrub(mark="other targets")
    assert "Isolde Farrow swam." in scrubber.texts


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ScrubStopped("no")], ids=["interrupted", "stopped"])
def test_a_run_that_was_stopped_goes_on(
    tree: Path, scrub: Callable[..., list[FileReport]], scrubber: Any, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        scrub("in/a.jsonl", "out.jsonl", wrap=stopping_after(3, error))
    assert not (tree / "out.jsonl").exists()
    done = set(scrubber.texts)
    scrubber.texts.clear()
    (report,) = scrub("in/a.jsonl", "out.jsonl")
    assert report.resumed == 3
    assert report.counts.rows == 10
    assert len(done) == 3
    assert done.isdisjoint(scrubber.texts)
    assert (tree / "out.jsonl").read_bytes() == LINES.replace(b"Isolde Farrow", b"someone")
    assert sorted(path.name for path in tree.iterdir()) == ["in", "out.jsonl", "state"]


def test_a_run_that_was_killed_goes_on(tree: Path, scrub: Callable[..., list[FileReport]], settings: Any) -> None:
    code = f"""
import os, signal
from itertools import islice
from pathlib import Path
from expunge.corpus import files
from expunge.corpus.run import Corpus
from expunge.corpus.files import jobs_of
from expunge.corpus.parts import Order
from expunge.corpus.work import scrub_part
from expunge.settings import Settings
from expunge.types import Decision
from expunge.async_unlearner import Scrubbed
files.SMALLEST = 40
order = Order(Settings.model_validate_json({settings.model_dump_json()!r}), (), False, "mark")
def engine(parts):
    for part in islice(parts, 3):
        yield scrub_part(part, order, lambda texts: [Scrubbed(t, Decision.PASSED) for t in texts])
    os.kill(os.getpid(), signal.SIGKILL)
Corpus(jobs_of(Path("in"), Path("out"), ()), order).run(engine)
"""
    killed = subprocess.run([sys.executable, "-c", code], cwd=tree, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [name for name in files(tree / "out") if not name.startswith(".expunge/")] == []
    reports = scrub()
    assert reports[0].resumed == 3
    assert (tree / "out" / "a.jsonl").read_bytes() == LINES.replace(b"Isolde Farrow", b"someone")


def test_a_changed_input_is_done_anew(tree: Path, scrub: Callable[..., list[FileReport]]) -> None:
    with pytest.raises(KeyboardInterrupt):
        scrub("in/a.jsonl", "out.jsonl", wrap=stopping_after(3, KeyboardInterrupt()))
    (tree / "in" / "a.jsonl").write_bytes(LINES[1:].replace(b'"a"', b'{"b"', 1))
    (report,) = scrub("in/a.jsonl", "out.jsonl")
    assert report.resumed == 0


def test_an_input_that_changes_meanwhile(tree: Path, scrub: Callable[..., list[FileReport]]) -> None:
    source = tree / "in" / "sub" / "b.txt"

    def changing(engine: Engine) -> Engine:
        def run(parts: Iterator[Part]) -> Generator[Result]:
            for result in engine(parts):
                source.write_bytes(b"Isolde Farrow was added.\n")
                yield result

        return run

    with pytest.raises(UsageError, match="changed while"):
        scrub("in/sub/b.txt", "out.txt", wrap=changing)
    assert not (tree / "out.txt").exists()


def test_files_of_others_are_not_overwritten(tree: Path, scrub: Callable[..., list[FileReport]]) -> None:
    (tree / "out").mkdir()
    (tree / "out" / "a.jsonl").write_bytes(b"mine")
    with pytest.raises(UsageError, match=r"a\.jsonl exists already"):
        scrub()
    with pytest.raises(UsageError, match="The file to write exists already"):
        scrub("in/a.jsonl", "out/a.jsonl")
    assert files(tree / "out") == {"a.jsonl": b"mine"}
    scrub(force=True)
    (tree / "out" / "sub" / "b.txt").write_bytes(b"mine, too")
    with pytest.raises(UsageError, match=r"sub/b\.txt exists already"):
        scrub()


def test_in_place(tree: Path, scrub: Callable[..., list[FileReport]]) -> None:
    scrub("in/sub/b.txt", "in/sub/b.txt", force=True)
    assert (tree / "in" / "sub" / "b.txt").read_bytes() == b"someone.\n\nThe end.\n"


def test_a_malformed_file_leaves_nothing_behind(tree: Path, scrub: Callable[..., list[FileReport]]) -> None:
    (tree / "in" / "a.jsonl").write_bytes(LINES + b'{"a": \n')
    (tree / "out.jsonl").write_bytes(b"old")
    with pytest.raises(ImportFailed, match=r"^Line 11 is not valid JSON"):
        scrub("in/a.jsonl", "out.jsonl", force=True)
    assert (tree / "out.jsonl").read_bytes() == b"old"
    assert sorted(path.name for path in tree.iterdir()) == ["in", "out.jsonl", "state"]
    with pytest.raises(ImportFailed, match=r"^a\.jsonl: Line 11"):
        scrub()
    assert files(tree / "out") == {}


@pytest.mark.parametrize("column", ["A", "a.b"])
def test_a_column_that_is_nowhere(tree: Path, scrub: Callable[..., list[FileReport]], column: str) -> None:
    with pytest.raises(ImportFailed, match="--column holds no text"):
        scrub("in/a.jsonl", "out.jsonl", (column,))
    assert sorted(path.name for path in tree.iterdir()) == ["in", "state"]


def test_a_dry_run_writes_nothing(tree: Path, scrub: Callable[..., list[FileReport]]) -> None:
    reports = scrub(dry_run=True)
    assert sum(report.counts.changed for report in reports) == 3
    assert not (tree / "out").exists()


def test_an_output_that_cannot_be_written(
    tree: Path, scrub: Callable[..., list[FileReport]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UsageError, match=r"a\.jsonl cannot be written: the disk is full; make room\."):
        scrub("in/a.jsonl", "out.jsonl")


def test_no_text_is_kept_outside_the_output(tree: Path, scrub: Callable[..., list[FileReport]]) -> None:
    with pytest.raises(KeyboardInterrupt):
        scrub(wrap=stopping_after(40, KeyboardInterrupt()))
    for name, data in files(tree / "out").items():
        assert b"Isolde" not in data, name
        if name.endswith((".journal", ".done")):
            assert b"sea" not in data
            for line in data.splitlines():
                json.loads(line)


def test_two_runs_on_one_output(tree: Path, scrub: Callable[..., list[FileReport]]) -> None:
    def again(engine: Engine) -> Engine:
        def run(parts: Iterator[Part]) -> Generator[Result]:
            with pytest.raises(UsageError, match="Another run"):
                scrub()
            yield from engine(parts)

        return run

    scrub(wrap=again)
    assert os.path.exists(tree / "out" / "a.jsonl")


@pytest.fixture
def scrub_rows(tmp_path: Path, settings: Settings) -> Callable[..., tuple[Report, bytes]]:
    """Scrub 1,200 rows, three of which name somebody, by choices; the report and what was written."""
    source = tmp_path / "in.jsonl"
    rows = [f'{{"n": {n}, "text": "The sea is wide, say {n} people. {"x " * 60}"}}\n' for n in range(1_200)]
    for n in (5, 600, 1_199):
        rows[n] = '{"text": "The sea is wide. Isolde Farrow swam."}\n'
    source.write_text("".join(rows), encoding="utf-8")
    with Registry.open(settings.registry.url) as registry:
        registry.add(Target("Isolde Farrow"))
        snapshot = registry.snapshot()

    def scrubbed(choices: Choices) -> tuple[Report, bytes]:
        out = tmp_path / f"{choices.engine}{choices.workers}.jsonl"
        report = run(jobs_of(source, out, ()), choices, settings, snapshot)
        assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
        return report, out.read_bytes()

    return scrubbed


# Ray calls what it has deprecated itself.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_engine_writes_the_same(scrub_rows: Callable[..., tuple[Report, bytes]]) -> None:
    report, alone = scrub_rows(Choices(workers=1))
    assert (report.counts.rows, report.counts.changed, report.revision) == (1_200, 3, 1)
    assert alone.count(b"Isolde") == 0
    assert alone.count(b"\n") == 1_200
    # Two processes here, and two actors of Ray, which is started for it on the loopback address.
    shared, together = scrub_rows(Choices(workers=2))
    assert (shared.workers, shared.counts, together) == (2, report.counts, alone)
    spread, by_ray = scrub_rows(Choices(workers=2, engine="ray"))
    assert (spread.engine, spread.counts, by_ray) == ("ray", report.counts, alone)


def test_a_short_file_needs_no_second_process(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "in.txt").write_text("The sea.", encoding="utf-8")
    with Registry.open(settings.registry.url) as registry:
        snapshot = registry.snapshot()
    report = run(jobs_of(tmp_path / "in.txt", tmp_path / "out.txt", ()), Choices(workers=8), settings, snapshot)
    assert report.workers == 1


def test_files_and_their_sum() -> None:
    files = [
        FileReport("a.txt", Counts(3, 2, 1, 1, 1, 1, {"t_1": 2}), 2, 1),
        FileReport("b.txt", Counts(1, 0, 0, 1), 1, 0),
    ]
    report = Report(7, "local", 2, False, True, ("text",), files, ("c.png",), 1.23456).as_json()
    assert report == {
        "revision": 7,
        "engine": "local",
        "workers": 2,
        "dry_run": False,
        "drop_rows": True,
        "columns": ["text"],
        "texts": 4,
        "rows": 4,
        "changed": 2,
        "emptied": 1,
        "passed": 2,
        "rewritten": 1,
        "refused": 1,
        "targets": {"t_1": 2},
        "files": [
            {"file": "a.txt", "rows": 3, "changed": 2, "emptied": 1, "passed": 1, "rewritten": 1, "refused": 1,
             "targets": {"t_1": 2}, "parts": 2, "resumed": 1},
            {"file": "b.txt", "rows": 1, "changed": 0, "emptied": 0, "passed": 1, "rewritten": 0, "refused": 0,
             "targets": {}, "parts": 1, "resumed": 0},
        ],
        "skipped": ["c.png"],
        "pending": {"facts": 0, "targets": 0},
        "seconds": 1.235,
    }  # fmt: skip
