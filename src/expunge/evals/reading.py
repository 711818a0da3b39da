"""Reading records of a data set; whatever is wrong with them is told in one sentence that names file and line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from expunge.errors import UsageError

Row = Mapping[str, Any]


def subfolder(folder: Path, name: str) -> Path:
    """The folder of one data set in the data folder.

    Raises:
        UsageError: if either is not there.
    """
    if not folder.is_dir():
        raise UsageError(f"There is no data folder {folder}; give the folder that holds {name}/ with --data.")
    if not (folder / name).is_dir():
        raise UsageError(
            f"The data folder {folder} has no {name}/ in it; give the folder that holds {name}/ with --data."
        )
    return folder / name


def rows(path: Path) -> Iterator[tuple[str, Row]]:
    """The objects of a JSON-lines file, each with its place for error messages.

    Raises:
        UsageError: if the file is missing, not UTF-8 text, or a line is not a JSON object.
    """
    for number, line in enumerate(_content(path).split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{_shown(path)}, line {number}"
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            raise UsageError(f"{where}: not JSON; fetch the data again.") from None
        if not isinstance(row, dict):
            raise UsageError(f"{where}: not a JSON object; fetch the data again.")
        yield where, row


def some_rows(path: Path) -> list[tuple[str, Row]]:
    """All objects of a JSON-lines file that must not be empty.

    Raises:
        UsageError: as `rows`, or if there are none.
    """
    found = list(rows(path))
    if not found:
        raise UsageError(f"The data file {_shown(path)} is empty; fetch the data again.")
    return found


def document(path: Path) -> tuple[str, Any]:
    """Return what a JSON file holds, with its place for error messages.

    Raises:
        UsageError: if the file is missing, not UTF-8 text or not JSON.
    """
    try:
        return _shown(path), json.loads(_content(path))
    except (json.JSONDecodeError, RecursionError):
        raise UsageError(f"{_shown(path)}: not JSON; fetch the data again.") from None


def objects(values: object, where: str) -> list[tuple[str, Row]]:
    """The objects of a list, each with its place.

    Raises:
        UsageError: if it is no list of objects, or an empty one.
    """
    if not isinstance(values, list) or not values or not all(isinstance(value, dict) for value in values):
        raise UsageError(f"{where}: a list of objects was expected; fetch the data again.")
    return [(f"{where}, entry {number}", value) for number, value in enumerate(values, start=1)]


def text(row: Row, key: str, where: str) -> str:
    """The text under `key`.

    Raises:
        UsageError: if there is none, or it is empty.
    """
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f'{where}: "{key}" is missing or not text; fetch the data again.')
    return value


def texts(row: Row, key: str, where: str) -> tuple[str, ...]:
    """The texts of the list under `key`, which may be empty.

    Raises:
        UsageError: if there is none, or something else is in it.
    """
    values = row.get(key)
    if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
        raise UsageError(f'{where}: "{key}" is missing or no list of texts; fetch the data again.')
    return tuple(values)


def flag(row: Row, key: str, where: str) -> bool:
    """The truth value under `key`.

    Raises:
        UsageError: if there is none.
    """
    value = row.get(key)
    if not isinstance(value, bool):
        raise UsageError(f'{where}: "{key}" is missing or neither true nor false; fetch the data again.')
    return value


def number(row: Row, key: str, where: str) -> int:
    """The whole number under `key`.

    Raises:
        UsageError: if there is none.
    """
    value = row.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise UsageError(f'{where}: "{key}" is missing or not a whole number; fetch the data again.')
    return value


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"The data file {_shown(path)} is missing; fetch the data again.") from None
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"The data file {_shown(path)} cannot be read as UTF-8 text.") from None


def _shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
