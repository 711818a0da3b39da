from __future__ import annotations

from pathlib import Path

import pytest

from expunge.batch.cutting import LARGEST, SMALLEST, cut, part_bytes
from expunge.batch.parts import Kind
from expunge.errors import ImportFailed, UsageError


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
    monkeypatch.setattr("expunge.batch.cutting.LONGEST", 100)
    path = tmp_path / "x"
    path.write_bytes(b"one\n" + b"x" * 200)
    with pytest.raises(ImportFailed, match="Line 2 is longer"):
        cut(0, path, Kind.JSONL)


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no file"):
        cut(0, tmp_path / "x", Kind.LINES)
