from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from expunge.batch.files import AT_ONCE, Counts, check_paths, scrub_file
from expunge.errors import ImportFailed, UsageError
from expunge.types import Decision


@dataclass(frozen=True)
class Clean:
    text: str
    decision: Decision


async def scrub(text: str) -> Clean:
    """Knows Isolde Farrow; withholds whatever calls her by her first name only."""
    if "Isolde\nFarrow" in text or "Isolde Farrow" in text:
        await asyncio.sleep(0.002)
        return Clean(text.replace("Isolde Farrow", "someone").replace("Isolde\nFarrow", "someone"), Decision.REWRITTEN)
    if "Isolde" in text:
        return Clean("", Decision.REFUSED)
    return Clean(text, Decision.PASSED)


def paths(tmp_path: Path, content: bytes, kind: str) -> tuple[Path, Path]:
    source = tmp_path / f"in.{kind}"
    source.write_bytes(content)
    return source, tmp_path / f"out.{kind}"


@pytest.mark.parametrize(
    ("content", "clean", "counts"),
    [
        (b"", b"", Counts()),
        (b"The sea is wide.\n", b"The sea is wide.\n", Counts(passed=1)),
        (b"No newline", b"No newline", Counts(passed=1)),
        (b"One.\r\n\r\n\r\nTwo.\r\n", b"One.\r\n\r\n\r\nTwo.\r\n", Counts(passed=2)),
        (b"\n\n  \nOne.\n\n", b"\n\n  \nOne.\n\n", Counts(passed=1)),
        (b"Ask Isolde Farrow.\n\nThe end.\n", b"Ask someone.\n\nThe end.\n", Counts(passed=1, rewritten=1)),
        (b"A name broken: Isolde\nFarrow.\n", b"A name broken: someone.\n", Counts(rewritten=1)),
        (b"Isolde knows.\n\nThe end.", b"\n\nThe end.", Counts(passed=1, refused=1)),
        (b"\xef\xbb\xbfIsolde Farrow\n", b"\xef\xbb\xbfsomeone\n", Counts(rewritten=1)),
    ],
)
async def test_text(tmp_path: Path, content: bytes, clean: bytes, counts: Counts) -> None:
    source, out = paths(tmp_path, content, "txt")
    assert await scrub_file(source, out, scrub) == counts
    assert out.read_bytes() == clean


async def test_json_lines(tmp_path: Path) -> None:
    lines = [
        '{"a":   "The sea.", "n": 1.50, "b": null}',
        '{"a": "Isolde Farrow sang.", "deep": {"list": ["Isolde Farrow", 3, true]}}',
        "",
        '"Isolde Farrow"',
        '["\\u0049solde Farrow"]',
    ]
    source, out = paths(tmp_path, "\n".join(lines).encode(), "jsonl")
    assert await scrub_file(source, out, scrub) == Counts(passed=1, rewritten=4)
    got = out.read_text(encoding="utf-8").split("\n")
    assert got[0] == lines[0], "a line in which nothing changes stays byte for byte"
    assert json.loads(got[1]) == {"a": "someone sang.", "deep": {"list": ["someone", 3, True]}}
    assert got[2:] == ["", '"someone"', '["someone"]']


async def test_json_lines_by_field(tmp_path: Path) -> None:
    source, out = paths(tmp_path, b'{"a": "Isolde Farrow", "b": "Isolde Farrow"}\n{"b": "x"}\n', "jsonl")
    assert await scrub_file(source, out, scrub, fields=["a"]) == Counts(rewritten=1)
    assert out.read_bytes() == b'{"a": "someone", "b": "Isolde Farrow"}\n{"b": "x"}\n'


@pytest.mark.parametrize(
    ("kind", "content", "fields", "message"),
    [
        ("jsonl", b'{"a": "x"}\n{"a": \n', [], "Line 2 is not valid JSON"),
        ("jsonl", b'{"a": "x"}\n{"a": "Isolde Farrow", "a": "x"}\n', [], "Line 2 has the same key twice"),
        ("jsonl", b'{"a": "x"}\n\n{"a": "\xff"}\n', [], "Line 3 is not UTF-8"),
        ("jsonl", b"[" * 100_000, [], "Line 1 is not valid JSON"),
        ("jsonl", b'["x"]\n', ["a"], "Line 1 is no JSON object"),
        ("jsonl", b'{"a": "x"}\n', ["A"], "--field occurs on no line"),
        ("txt", b"One.\n\nTwo.\nThree \xff.\n", [], "Line 4 is not UTF-8"),
    ],
)
async def test_malformed_files_leave_nothing_behind(
    tmp_path: Path, kind: str, content: bytes, fields: list[str], message: str
) -> None:
    source, out = paths(tmp_path, content, kind)
    with pytest.raises(ImportFailed, match=message):
        await scrub_file(source, out, scrub, fields=fields)
    assert os.listdir(tmp_path) == [source.name]


async def test_an_error_leaves_the_old_file(tmp_path: Path) -> None:
    source, out = paths(tmp_path, b'{"a": "x"}\nbroken\n', "jsonl")
    out.write_bytes(b"old")
    with pytest.raises(ImportFailed):
        await scrub_file(source, out, scrub, force=True)
    assert out.read_bytes() == b"old"


async def test_a_failing_scrubber_leaves_nothing_behind(tmp_path: Path) -> None:
    async def failing(text: str) -> Clean:
        await asyncio.sleep(0)
        raise UsageError("no")

    source, out = paths(tmp_path, b"a\n\n" * 50, "txt")
    with pytest.raises(UsageError, match="no"):
        await scrub_file(source, out, failing)
    assert os.listdir(tmp_path) == [source.name]


async def test_order_is_kept_and_little_is_held(tmp_path: Path) -> None:
    running = most = 0

    async def slow_first(text: str) -> Clean:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.003 if text.endswith("0") else 0)
        running -= 1
        return Clean(text, Decision.PASSED)

    content = "".join(f"line {number}\n\n" for number in range(100)).encode()
    source, out = paths(tmp_path, content, "txt")
    seen: list[int] = []
    assert await scrub_file(source, out, slow_first, progress=seen.append) == Counts(passed=100)
    assert out.read_bytes() == content
    assert 1 < most <= AT_ONCE
    assert seen == sorted(seen)
    assert seen[-1] == len(content)


async def test_in_place(tmp_path: Path) -> None:
    source, _ = paths(tmp_path, b"Isolde Farrow.\n", "txt")
    assert await scrub_file(source, source, scrub, force=True) == Counts(rewritten=1)
    assert source.read_bytes() == b"someone.\n"


@pytest.mark.parametrize(
    ("source", "destination", "fields", "message"),
    [
        ("in.csv", "out.txt", [], "ends in .txt or .jsonl"),
        ("in.txt", "out.txt", ["a"], "--field is for .jsonl"),
        ("missing.txt", "out.txt", [], "does not exist"),
        ("in.txt", "there.txt", [], "exists already"),
        ("in.txt", "", [], "is a folder"),
        ("in.txt", "no/out.txt", [], "folder of the file"),
    ],
)
def test_paths_that_cannot_be_used(
    tmp_path: Path, source: str, destination: str, fields: list[str], message: str
) -> None:
    for name in ("in.txt", "in.csv", "there.txt"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        check_paths(tmp_path / source, tmp_path / destination, fields, force=False)
    if message == "exists already":
        check_paths(tmp_path / source, tmp_path / destination, fields, force=True)
