"""Reads the rows of an Excel workbook (.xlsx)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from expunge.errors import ImportFailed
from expunge.text.counting import counted

MOST_UNPACKED = 512 * 2**20
"""Bytes that a workbook may take unpacked."""
MOST_CELLS = 20_000_000
"""Cells that are read, empty ones included."""
_UNREADABLE = "The file is not an Excel workbook, or is damaged; save it anew as .xlsx, without a password, or as CSV."


def rows_of(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a workbook's only filled sheet as its numbers from 1 and the texts of its cells.

    Dates are in ISO 8601, whole numbers without a decimal point, and formulas give what Excel last computed.

    Raises:
        ImportFailed: if the file is not a workbook, is too large, or fills several sheets, of which one would be lost.
    """
    workbook = _opened(data)
    try:
        filled = [rows for sheet in workbook.worksheets if (rows := _filled(sheet))]
    except ImportFailed:
        raise
    except Exception:  # noqa: BLE001 - the library raises whatever its parsers do, on damaged files
        raise ImportFailed(_UNREADABLE) from None
    finally:
        workbook.close()
    if len(filled) > 1:
        raise ImportFailed(
            f"The workbook has {counted(len(filled), 'sheet')} with content; put all targets on one sheet and delete "
            "the others."
        )
    for rows in filled:
        yield from rows


def _opened(data: bytes) -> Any:
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > MOST_UNPACKED:
            raise ImportFailed(
                f"The workbook takes over {MOST_UNPACKED // 2**20} MiB unpacked; split it, or save it as CSV."
            )
        return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except ImportFailed:
        raise
    except Exception:  # noqa: BLE001 - the library raises whatever its parsers do, on damaged files
        raise ImportFailed(_UNREADABLE) from None


def _filled(sheet: Any) -> list[tuple[int, list[str]]]:
    """Return the rows of a sheet that hold anything, with their numbers."""
    sheet.reset_dimensions()  # what a file says of its own size may leave rows out
    rows, cells = [], 0
    for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
        cells += len(values) + 1
        if cells > MOST_CELLS:
            raise ImportFailed(f"The workbook has over {MOST_CELLS:,} cells; split it, or save it as CSV.")
        texts = [_text_of(value) for value in values]
        if any(text.strip() for text in texts):
            rows.append((number, texts))
    return rows


def _text_of(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        whole_day = value.hour == value.minute == value.second == value.microsecond == 0
        return value.date().isoformat() if whole_day else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
