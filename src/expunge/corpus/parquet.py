"""Parquet files: their texts by row group, and the file written anew with all else as it was (extra `parquet`)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expunge.corpus.columns import Columns, Wanted, texts_in, with_texts
from expunge.corpus.parts import Kind, Part
from expunge.errors import ImportFailed, MissingError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

_PART_BYTES = 256 * 2**10
_MOST_ROWS = 4096
_KEPT = "expunge:kept"
"""The column of a part's result that says which rows stay."""


def arrow() -> Any:
    """The modules pyarrow and pyarrow.parquet.

    Raises:
        MissingError: if they are not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingError('Parquet files need pyarrow; install it with: pip install "expunge[parquet]"') from None
    return pyarrow


def cut_groups(job: int, path: Path) -> Iterator[Part]:
    """The parts of a file: stretches of rows, none across two row groups.

    Raises:
        ImportFailed: if it is no Parquet file.
        MissingError: if pyarrow is not installed.
    """
    with _opened(path) as file:
        number, first = 0, 1
        for group in range(file.metadata.num_row_groups):
            shape = file.metadata.row_group(group)
            step = max(1, min(_MOST_ROWS, shape.num_rows * _PART_BYTES // max(1, shape.total_byte_size)))
            for start in range(0, shape.num_rows, step):
                end = min(start + step, shape.num_rows)
                yield Part(job, path, Kind.PARQUET, number, start, end, first + start, group)
                number += 1
            first += shape.num_rows


class Slice:
    """The rows of one part: their texts, and how the clean ones become the part's result."""

    def __init__(self, part: Part, columns: Columns) -> None:
        self._columns = columns
        table = _group(part.path, part.group, tuple(name for name, _ in columns.wanted if name))
        self._table = table.slice(part.start, part.end - part.start)
        for field in table.schema:
            _meet(field.type, columns, columns.below(columns.wanted, field.name))
        try:
            self._values = [column.to_pylist() for column in self._table.columns]
        except (ValueError, arrow().ArrowException):
            raise UsageError(
                f"A column of {part.path} cannot be turned into plain values; name the text columns with --column."
            ) from None

    def texts(self) -> list[list[str]]:
        """The texts of each row."""
        wanted = [self._columns.below(self._columns.wanted, name) for name in self._table.column_names]
        rows: list[list[str]] = [[] for _ in range(len(self._table))]
        for values, below in zip(self._values, wanted, strict=True):
            if below:
                for row, value in zip(rows, values, strict=True):
                    row.extend(texts_in(value, self._columns, below))
        return rows

    def with_texts(self, rows: Sequence[Sequence[str]], kept: Sequence[bool]) -> bytes:
        """The changed columns with other texts, and which rows stay, as an Arrow stream; empty if all is as it was."""
        pa = arrow()
        takers = [iter(row) for row in rows]
        names, arrays, fields = [], [], []
        for values, field in zip(self._values, self._table.schema, strict=True):
            below = self._columns.below(self._columns.wanted, field.name)
            if not below:
                continue
            clean = [
                with_texts(value, self._columns, below, taker.__next__)
                for value, taker in zip(values, takers, strict=True)
            ]
            if clean != values:
                names.append(field.name)
                arrays.append(pa.array(clean, type=field.type))
                fields.append(field)
        if not all(kept):
            arrays.append(pa.array(kept, type=pa.bool_()))
            fields.append(pa.field(_KEPT, pa.bool_()))
        if not arrays:
            return b""
        table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        data: bytes = sink.getvalue().to_pybytes()
        return data


def write_file(source: Path, destination: Path, parts: Sequence[Part], result: Callable[[int], bytes]) -> None:
    """Write the file anew: same schema, metadata, row groups, and compression and dictionaries of each column.

    `result(number)` is what `Slice.with_texts` gave for a part. A file in which nothing changed is copied.
    """
    results = {part.number: bool(result(part.number)) for part in parts}
    if not any(results.values()):
        shutil.copyfile(source, destination)
        return
    pq = arrow().parquet
    with _opened(source) as file, pq.ParquetWriter(destination, file.schema_arrow, **_shape_of(file)) as writer:
        for group in range(file.metadata.num_row_groups):
            table = file.read_row_group(group, use_threads=False)
            pieces = [
                _replaced(table.slice(part.start, part.end - part.start), result(part.number))
                for part in parts
                if part.group == group
            ]
            whole = arrow().concat_tables(pieces) if pieces else table
            if len(whole):
                writer.write_table(whole, row_group_size=len(whole))


def _replaced(table: pa.Table, data: bytes) -> pa.Table:
    if not data:
        return table
    changed = arrow().ipc.open_stream(data).read_all()
    for name in changed.column_names:
        if name != _KEPT:
            index = table.schema.get_field_index(name)
            table = table.set_column(index, table.schema.field(index), changed.column(name))
    return table.filter(changed.column(_KEPT)) if _KEPT in changed.column_names else table


def _shape_of(file: Any) -> dict[str, Any]:
    """Return how the file was written, as far as its metadata tells."""
    meta = file.metadata
    shape: dict[str, Any] = {
        "version": meta.format_version,
        "store_schema": b"ARROW:schema" in (meta.metadata or {}),
    }
    if meta.num_row_groups:
        group = meta.row_group(0)
        columns = [group.column(number) for number in range(group.num_columns)]
        shape["compression"] = {
            column.path_in_schema: "NONE" if column.compression == "UNCOMPRESSED" else column.compression
            for column in columns
        }
        shape["use_dictionary"] = [c.path_in_schema for c in columns if any("DICT" in kind for kind in c.encodings)]
        shape["write_statistics"] = [c.path_in_schema for c in columns if c.is_stats_set]
    return shape


def _opened(path: Path) -> Any:
    pa = arrow()
    try:
        return pa.parquet.ParquetFile(path)
    except pa.ArrowException:
        raise ImportFailed(f"{path} is no Parquet file that can be read; check how it was written.") from None


@lru_cache(maxsize=1)
def _group(path: Path, group: int, names: tuple[str, ...]) -> Any:
    """The columns of a row group that may hold wanted texts; kept, since the next part is mostly of the same group."""
    with _opened(path) as file:
        schema = file.schema_arrow
        chosen = [
            field.name
            for field in schema
            if _holds_text(field.type) and (not names or any(f"{name}.".startswith(f"{field.name}.") for name in names))
        ]
        if len(set(schema.names)) < len(schema.names):
            raise ImportFailed(f"{path} has two columns of one name; rename one of them.")
        return file.read_row_group(group, columns=chosen, use_threads=False).select(chosen)


def _meet(kind: pa.DataType, columns: Columns, wanted: Wanted) -> None:
    """Note which wanted columns a type holds: a nested one may be null in every row."""
    types = arrow().types
    if types.is_struct(kind):
        for number in range(kind.num_fields):
            _meet(kind.field(number).type, columns, columns.below(wanted, kind.field(number).name))
    elif types.is_nested(kind) and not types.is_map(kind):
        _meet(kind.value_type, columns, wanted)


def _holds_text(kind: pa.DataType) -> bool:
    types = arrow().types
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return True
    if types.is_dictionary(kind):
        return _holds_text(kind.value_type)
    if types.is_map(kind):
        return _holds_text(kind.item_type)
    if types.is_nested(kind):
        return any(_holds_text(kind.field(number).type) for number in range(kind.num_fields))
    return isinstance(kind, arrow().BaseExtensionType) and _holds_text(kind.storage_type)
