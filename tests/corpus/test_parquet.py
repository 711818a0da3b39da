from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expunge.corpus import parquet
from expunge.corpus.files import cut
from expunge.corpus.parts import Counts, Kind, Order, Part
from expunge.corpus.work import scrub_part
from expunge.errors import ImportFailed, MissingError, UsageError

Orders = Callable[..., Order]
MESSAGES = pa.list_(pa.struct([pa.field("role", pa.string(), nullable=False), pa.field("content", pa.large_string())]))
SCHEMA = pa.schema(
    [
        pa.field("id", pa.int32(), nullable=False),
        pa.field("text", pa.string(), metadata={"note": "kept"}),
        pa.field("cat", pa.dictionary(pa.int8(), pa.string())),
        pa.field("messages", MESSAGES),
        pa.field("tags", pa.map_(pa.string(), pa.string())),
        pa.field("price", pa.decimal128(9, 2)),
        pa.field("when", pa.timestamp("ns", tz="UTC")),
        pa.field("raw", pa.binary()),
    ],
    metadata={"made": "by hand"},
)


def row(number: int, text: str | None) -> dict[str, Any]:
    return {
        "id": number,
        "text": text,
        "cat": "abc"[number % 3],
        "messages": [{"role": "user", "content": text}, {"role": "model", "content": None}] if number % 2 else None,
        "tags": [("Isolde", text or "x")],
        "price": Decimal("1.50"),
        "when": number * 1_000_000_007,
        "raw": b"Isolde Farrow",
    }


TEXTS = [None if n % 17 == 3 else f"The sea {n}." for n in range(70)]
TEXTS[12] = TEXTS[55] = "Isolde Farrow swam."
TEXTS[40] = "Isolde knows."


@pytest.fixture(autouse=True)
def ten_rows_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_MOST_ROWS", 10)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.parquet"
    table = pa.Table.from_pylist([row(n, text) for n, text in enumerate(TEXTS)], schema=SCHEMA)
    pq.write_table(
        table,
        path,
        row_group_size=25,
        compression={"id": "ZSTD", "text": "GZIP", "cat": "SNAPPY", "messages.list.element.content": "BROTLI"},
        use_dictionary=["cat", "text"],
        write_statistics=["id"],
    )
    return path


def scrubbed(source: Path, order: Order, scrubber: Any) -> tuple[Path, Counts]:
    parts = cut(0, source, Kind.PARQUET).parts
    done = {part.number: scrub_part(part, order, scrubber) for part in parts}
    destination = source.with_name("out.parquet")
    parquet.write_file(source, destination, parts, lambda number: done[number].data)
    return destination, sum((piece.counts for piece in done.values()), Counts())


def test_parts_are_rows_of_one_group(source: Path) -> None:
    parts = cut(0, source, Kind.PARQUET).parts
    assert [(p.group, p.start, p.end, p.first) for p in parts][:4] == [
        (0, 0, 10, 1), (0, 10, 20, 11), (0, 20, 25, 21), (1, 0, 10, 26)
    ]  # fmt: skip
    assert sum(p.end - p.start for p in parts) == 70


def test_only_the_texts_change(source: Path, order: Orders, scrubber: Any) -> None:
    destination, counts = scrubbed(source, order(), scrubber)
    clean = {12: "someone swam.", 55: "someone swam.", 40: ""}
    expected = [row(n, clean.get(n, text)) for n, text in enumerate(TEXTS)]
    expected[40]["tags"] = [("Isolde", "")]
    table = pq.read_table(destination)
    assert table.schema.equals(pq.read_table(source).schema, check_metadata=True)
    assert table.schema.metadata == {b"made": b"by hand"}
    assert table.equals(pa.Table.from_pylist(expected, schema=SCHEMA))
    assert (counts.rows, counts.changed, counts.emptied) == (70, 3, 1)
    before, after = pq.ParquetFile(source).metadata, pq.ParquetFile(destination).metadata
    assert [after.row_group(g).num_rows for g in range(3)] == [25, 25, 20]
    for column in range(before.num_columns):
        old, new = before.row_group(1).column(column), after.row_group(1).column(column)
        assert (new.path_in_schema, new.compression) == (old.path_in_schema, old.compression)
        assert (new.is_stats_set, set(new.encodings)) == (old.is_stats_set, set(old.encodings)), old.path_in_schema


def test_rows_can_be_dropped(source: Path, order: Orders, scrubber: Any) -> None:
    destination, counts = scrubbed(source, order("text", drop_rows=True), scrubber)
    table = pq.read_table(destination)
    assert table.column("id").to_pylist() == [n for n in range(70) if n != 40]
    assert counts.emptied == 1


@pytest.mark.parametrize(
    ("column", "changed"),
    [("text", ["text"]), ("messages.content", ["messages"]), ("tags.Isolde", ["tags"]), ("cat", [])],
)
def test_columns(source: Path, order: Orders, scrubber: Any, column: str, changed: list[str]) -> None:
    destination, _ = scrubbed(source, order(column), scrubber)
    old, new = pq.read_table(source), pq.read_table(destination)
    assert [name for name in SCHEMA.names if not old.column(name).equals(new.column(name))] == changed


@pytest.mark.parametrize(
    ("column", "seen"), [("text", True), ("messages.content", True), ("messages.who", False), ("raw", False)]
)
def test_columns_that_hold_text_are_told(source: Path, order: Orders, scrubber: Any, column: str, seen: bool) -> None:
    part = cut(0, source, Kind.PARQUET).parts[0]
    assert (column in scrub_part(part, order(column), scrubber).columns) is seen


def test_a_file_without_a_target_is_copied(source: Path, order: Orders, scrubber: Any) -> None:
    destination, _ = scrubbed(source, order("cat"), scrubber)
    assert destination.read_bytes() == source.read_bytes()


def test_no_rows(tmp_path: Path, order: Orders, scrubber: Any) -> None:
    path = tmp_path / "in.parquet"
    pq.write_table(SCHEMA.empty_table(), path)
    destination, counts = scrubbed(path, order(), scrubber)
    assert counts == Counts()
    assert destination.read_bytes() == path.read_bytes()


def test_files_that_cannot_be_used(tmp_path: Path, order: Orders, scrubber: Any) -> None:
    path = tmp_path / "in.parquet"
    path.write_bytes(b"no parquet")
    with pytest.raises(ImportFailed, match="is no Parquet file"):
        cut(0, path, Kind.PARQUET)
    twins = pa.Table.from_arrays([pa.array(["x"]), pa.array(["y"])], names=["a", "a"])
    pq.write_table(twins, path)
    with pytest.raises(ImportFailed, match="two columns of one name"):
        scrub_part(cut(0, path, Kind.PARQUET).parts[0], order(), scrubber)
    twins = pa.StructArray.from_arrays([pa.array(["x"]), pa.array(["y"])], names=["a", "a"])
    path = tmp_path / "twins.parquet"
    pq.write_table(pa.table({"nested": twins}), path)
    with pytest.raises(UsageError, match="name the text columns"):
        scrub_part(cut(0, path, Kind.PARQUET).parts[0], order(), scrubber)


def test_pyarrow_is_an_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingError, match=r"expunge\[parquet\]"):
        list(parquet.cut_groups(0, tmp_path / "x.parquet"))


def test_a_group_is_read_once_for_its_parts(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from expunge.corpus.columns import Columns

    reads: list[int] = []
    opened = parquet._opened

    def counting(path: Path) -> Any:
        reads.append(1)
        return opened(path)

    monkeypatch.setattr(parquet, "_opened", counting)
    parts: list[Part] = list(parquet.cut_groups(0, source))
    reads.clear()
    parquet._group.cache_clear()
    for part in parts:
        parquet.Slice(part, Columns(()))
    assert len(reads) == 3
