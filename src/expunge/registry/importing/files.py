"""Reads targets and facts from files, all or none: an error names the line, and nothing is imported.

Files are UTF-8, with or without a byte order mark, or UTF-16 with one; workbooks are Excel's.

- `.txt`: one name per line. Blank lines and lines that begin with `#` are skipped.
- `.csv`: cells separated by commas, semicolons or tabs, detected from the header or from Excel's first line `sep=;`; a
  header with `name` and any of `aliases`, `facts`, `description`, `kind`, `expires_at`, `reason`, `request_id`,
  `due_at`, or common headings of case systems (`columns.OTHER_NAMES`). Several aliases or facts in one
  cell are separated by `|`; a fact is a statement. Empty columns after the last heading are ignored.
- `.xlsx`: the same table on the only filled sheet of an Excel workbook; lines are its rows.
- `.jsonl`: one object per line with the same keys. `aliases` and `facts` are lists; a fact is a statement or
  an object with `question` and `answer`.

`kind` is `entity` (the default) or `topic`; `expires_at` is a date (its first moment) or a time in
ISO 8601, in UTC unless it says otherwise; `due_at` likewise, but a date is meant to its last second.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from expunge.errors import ImportFailed, InvalidTarget
from expunge.reasons import unreadable
from expunge.registry.importing.columns import check_key, fields_of, known_fields
from expunge.registry.importing.sheets import rows_of
from expunge.registry.security.crypto import normalise_name
from expunge.text.counting import counted
from expunge.types import Fact, Target, TargetKind

SUFFIXES = (".txt", ".csv", ".xlsx", ".jsonl")
_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
_SEP_LINE = re.compile(r"""\s*(["']?)sep=(?P<sign>[^\w\s"']|\t)\1[,;\t]*(?=[\r\n]|$)""", re.IGNORECASE)
"""The line that Excel reads and writes before the header to set the separator."""
_BREAK = re.compile(r"\r\n|\r|\n")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks; that of UTF-32 begins with that of UTF-16."""
_TABLES = (".xls", ".xlsm", ".xlsb", ".ods", ".numbers", ".parquet", ".sqlite", ".db")
_DOCUMENTS = (".pdf", ".docx", ".doc", ".odt", ".rtf", ".pages", ".html", ".htm", ".md")
SEPARATOR = "|"
"""Separates several aliases or facts in a cell of a CSV file."""


Wrong = Callable[[ImportFailed], None]
"""Is told of a wrong line; where it returns, the line is left out and reading goes on."""


def _at_once(error: ImportFailed) -> None:
    raise error


@dataclass(frozen=True, slots=True)
class Checked:
    """The targets that a file's right lines hold, and an error for each wrong one, in order."""

    targets: tuple[Target, ...]
    errors: tuple[str, ...]


def parse_time(text: str) -> datetime:
    """Parse an ISO 8601 date or time, in UTC unless it says otherwise.

    Raises:
        InvalidTarget: if the text is neither.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidTarget("The expiry time of a target must be a date; write it like 2030-12-31.") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def parse_due(text: str) -> datetime:
    """Parse a due date from an ISO 8601 date (its last second) or time, in UTC unless it says otherwise.

    Raises:
        InvalidTarget: if the text is neither.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidTarget("The due time of a request must be a date; write it like 2030-12-31.") from None
    if len(text.strip()) <= len("2030-12-31"):
        moment = datetime.combine(moment.date(), time(23, 59, 59), moment.tzinfo)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def read_targets(path: str | Path, columns: Mapping[str, str] | None = None) -> list[Target]:
    """Read the targets in a `.txt`, `.csv`, `.xlsx` or `.jsonl` file, in order.

    `columns` maps fields to the headings of a table that has its own; other unknown columns are then ignored.

    Raises:
        ImportFailed: if the file cannot be read, contains no targets, or a line is wrong.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise ImportFailed(_other_format(path))
    return parse_targets(_data(path), path.suffix.lower(), columns)


def parse_targets(data: bytes, suffix: str, columns: Mapping[str, str] | None = None) -> list[Target]:
    """Parse the targets in a file's contents; `suffix` (".txt", ".csv", ".xlsx" or ".jsonl") gives the format.

    `columns` as for `read_targets`.

    Raises:
        ImportFailed: if the file contains no targets, or a line is wrong.
    """
    targets = list(_parsed(data, suffix, columns, _at_once))
    if not targets:
        raise ImportFailed("The file contains no targets; add at least one.")
    return targets


def check_targets(data: bytes, suffix: str, columns: Mapping[str, str] | None = None) -> Checked:
    """Parse as `parse_targets` does, and report every wrong line instead of the first.

    What makes the rest unreadable, as a broken quote in CSV does, is the last error.
    """
    errors: list[str] = []
    targets: list[Target] = []
    try:
        for target in _parsed(data, suffix, columns, lambda error: errors.append(str(error))):
            targets.append(target)
    except ImportFailed as error:
        errors.append(str(error))
    if not targets and not errors:
        errors.append("The file contains no targets; add at least one.")
    return Checked(tuple(targets), tuple(errors))


def _parsed(data: bytes, suffix: str, columns: Mapping[str, str] | None, wrong: Wrong) -> Iterator[Target]:
    if columns and suffix not in (".csv", ".xlsx"):
        raise ImportFailed("Headings apply to .csv and .xlsx files only; leave --column out.")
    readers: dict[str, Callable[[], Iterator[tuple[int, dict[str, Any]]]]] = {
        ".txt": lambda: _names(_text(data), wrong),
        ".csv": lambda: _csv_records(_text(data), columns, wrong),
        ".xlsx": lambda: _table_records(rows_of(data), columns, "leave no value without a heading", wrong),
        ".jsonl": lambda: _json_records(_text(data), wrong),
    }
    lines: dict[str, int] = {}
    for line, record in readers[suffix]():
        try:
            target = _target(record)
        except InvalidTarget as error:
            wrong(ImportFailed(f"Line {line:,}: {error}"))
            continue
        first = lines.setdefault(normalise_name(target.name), line)
        if first != line:
            wrong(ImportFailed(f"Line {line:,}: The name repeats that of line {first:,}; merge the two lines."))
            continue
        yield target


def read_facts(path: str | Path) -> list[Fact]:
    """Read the facts in a `.jsonl` file: per line a statement, or an object with `question` and `answer`.

    Raises:
        ImportFailed: if the file cannot be read, contains no facts, or a line is wrong.
    """
    path = Path(path)
    if path.suffix.lower() != ".jsonl":
        # What was taken for a path may be a statement, which must not be repeated.
        raise ImportFailed('A file of facts must end in .jsonl; give a single statement with --fact "…".')
    facts: list[Fact] = []
    for line, value in _json_lines(_text(_data(path)), _at_once):
        try:
            facts.append(Fact.of(value))
        except InvalidTarget as error:
            raise ImportFailed(f"Line {line:,}: {error}") from None
    if not facts:
        raise ImportFailed("The file contains no facts; add at least one.")
    return facts


def _other_format(path: Path) -> str:
    """Say how to convert a file of another format."""
    kind = path.suffix.lower()
    read = "Targets can be imported from .csv and .xlsx (a table), .txt (one name per line) and .jsonl files"
    if kind in _TABLES:
        return f'{read}; save {path.name} as .xlsx or CSV (in Excel or LibreOffice, "Save as").'
    if kind in _DOCUMENTS:
        return f"{read}; copy the names out of {path.name} into a .txt file, one per line."
    if kind == ".json":
        return f"{read}; write each object of {path.name} on a line of its own, and rename it to .jsonl."
    if kind in (".tsv", ".tab"):
        return f"{read}; rename {path.name} to .csv; tabs between cells are understood."
    return f"{read}; give {path.name} the suffix of its format."


def _data(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImportFailed(unreadable(path, error)) from None


def _text(data: bytes) -> str:
    encoding = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ImportFailed(
            f'Line {line:,}: The file is not UTF-8 text; save it as UTF-8, in Excel as "CSV UTF-8".'
        ) from None
    if "\0" in text:
        # UTF-16 without a mark can be valid UTF-8, and its names would be nobody's.
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ImportFailed(f'Line {line:,}: The file is not UTF-8 text; save it as UTF-8, in Excel as "CSV UTF-8".')
    return text


def _names(text: str, wrong: Wrong) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(_BREAK.split(text), 1):
        name = line.strip()
        if "\t" in name:
            advice = "if the file is a table, rename it to .csv"
            wrong(ImportFailed(f"Line {number:,}: The line contains a tab; {advice}."))
        elif name and not name.startswith("#"):
            yield number, {"name": name}


def _csv_records(text: str, mapping: Mapping[str, str] | None, wrong: Wrong) -> Iterator[tuple[int, dict[str, Any]]]:
    separator, text = _separator(text, mapping)
    advice = f"put cells that contain a {_SEPARATORS.get(separator, separator)} in double quotes"
    yield from _table_records(_csv_rows(text, separator), mapping, advice, wrong)


def _csv_rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    start = 1
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            yield line, cells
    except csv.Error:
        raise ImportFailed(
            f"Line {start:,}: The line is not valid CSV; check its quotes, and double quotes inside a cell."
        ) from None


def _table_records(
    rows: Iterable[tuple[int, list[str]]], mapping: Mapping[str, str] | None, advice: str, wrong: Wrong
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the records of a table under its header; `advice` says what to do about a row with too many cells."""
    columns: list[str | None] = []
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if not columns:
            columns = fields_of(_without_end([cell.strip() for cell in cells], 0), line, mapping)
            continue
        cells = _without_end(cells, len(columns))
        if len(cells) != len(columns):
            count = f"{counted(len(cells), 'cell')} under {counted(len(columns), 'column')}"
            wrong(ImportFailed(f"Line {line:,}: {count}; {advice}."))
            continue
        yield line, _from_cells({field: cell for field, cell in zip(columns, cells, strict=True) if field})


def _separator(text: str, mapping: Mapping[str, str] | None) -> tuple[str, str]:
    """Return the separator and the text without Excel's line for it; by default, detect it from the header."""
    if said := _SEP_LINE.match(text):
        # The line's end stays, so that lines keep their numbers.
        return said["sign"], text[said.end() :]
    header = _BREAK.split(text.lstrip("\r\n"), maxsplit=1)[0]

    def cells(sign: str) -> list[str]:
        return next(csv.reader([header], delimiter=sign), [])

    # A heading in quotes may hold another of the signs.
    return max(_SEPARATORS, key=lambda sign: (known_fields(cells(sign), mapping), len(cells(sign)))), text


def _without_end(cells: list[str], least: int) -> list[str]:
    """Drop empty cells at the end, which Excel writes, down to `least`."""
    end = len(cells)
    while end > least and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _from_cells(cells: dict[str, str]) -> dict[str, Any]:
    record: dict[str, Any] = {column: cell for column, cell in cells.items() if cell.strip() or column == "name"}
    for column in ("aliases", "facts"):
        if column in record:
            record[column] = [part.strip() for part in record[column].split(SEPARATOR) if part.strip()]
    return record


def _json_lines(text: str, wrong: Wrong) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(_BREAK.split(text), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            wrong(ImportFailed(f"Line {number:,}: The line is not valid JSON; write one object per line."))
            continue
        yield number, value


def _json_records(text: str, wrong: Wrong) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, value in _json_lines(text, wrong):
        try:
            if not isinstance(value, dict):
                raise ImportFailed(f'Line {number:,}: The line is not an object; write {{"name": "…"}}.')
            if "name" not in value:
                raise ImportFailed(f"Line {number:,}: The name is missing; add the name to forget.")
            for key in value:
                check_key(key, number, "key")
        except ImportFailed as error:
            wrong(error)
            continue
        yield number, {key: part for key, part in value.items() if part is not None or key == "name"}


def _target(record: Mapping[str, Any]) -> Target:
    parts = dict(record)
    for key in ("aliases", "facts"):
        if not isinstance(parts.get(key, []), list):
            raise InvalidTarget(f"{key.capitalize()} must be a list; put a single one in brackets.")
    if "expires_at" in parts:
        if not isinstance(parts["expires_at"], str):
            raise InvalidTarget("The expiry time of a target must be a date; write it like 2030-12-31.")
        parts["expires_at"] = parse_time(parts["expires_at"])
    if "due_at" in parts:
        if not isinstance(parts["due_at"], str):
            raise InvalidTarget("The due time of a request must be a date; write it like 2030-12-31.")
        parts["due_at"] = parse_due(parts["due_at"])
    kind = parts.get("kind", "entity")
    if not isinstance(kind, str) or kind.strip().lower() not in list(TargetKind):
        raise InvalidTarget('The kind of a target must be "entity" or "topic".')
    parts["kind"] = TargetKind(kind.strip().lower())
    return Target(**parts)
