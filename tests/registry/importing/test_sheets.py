from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest

from expunge.errors import ImportFailed
from expunge.registry.importing import sheets
from expunge.registry.importing.files import parse_targets
from expunge.registry.importing.sheets import rows_of


def workbook(*tables: list[list[Any]], then: Any = None) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for number, rows in enumerate(tables):
        sheet = made.create_sheet(f"Sheet {number}")
        for row in rows:
            sheet.append(row)
        if then is not None:
            then(sheet)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def test_a_table_of_targets() -> None:
    data = workbook(
        [
            [],
            ["Name", "aliases", "facts", "expires_at", "request_id", None],
            ["Orla Quennevest", "O. Quennevest|Quen", "She mends barometers.", date(2031, 5, 1), 7.0],
            [],
            ["Ivo Lute", None, None, datetime(2031, 5, 1, 12, 30), "A-8"],
        ]
    )
    orla, ivo = parse_targets(data, ".xlsx")
    assert (orla.name, orla.aliases, orla.request_id) == ("Orla Quennevest", ("O. Quennevest", "Quen"), "7")
    assert [fact.text for fact in orla.facts] == ["She mends barometers."]
    assert orla.expires_at == datetime(2031, 5, 1, tzinfo=UTC)
    assert (ivo.request_id, ivo.expires_at) == ("A-8", datetime(2031, 5, 1, 12, 30, tzinfo=UTC))


def test_headings_of_ones_own() -> None:
    data = workbook([["Betroffene Person", "Frist", "Schuhe"], ["Orla Quennevest", "2031-05-01", 9]])
    (target,) = parse_targets(data, ".xlsx", {"name": "Betroffene Person", "due_at": "Frist"})
    assert target.due_at is not None


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ([["name"], ["Orla"], [], ["Orla"]], r"^Line 4: The name repeats that of line 2"),
        ([["name", "aliases"], [None, "O."]], r"^Line 2: The name is empty"),
        ([["name"], ["Orla", "stray"]], r"^Line 2: 2 cells under 1 column; leave no value without a heading"),
        ([["Owner"], ["Orla"]], "name"),
        ([[]], "contains no targets"),
    ],
)
def test_an_error_names_the_row(rows: list[list[Any]], error: str) -> None:
    with pytest.raises(ImportFailed, match=error):
        parse_targets(workbook(rows), ".xlsx")


def test_a_second_filled_sheet_is_not_left_out_silently() -> None:
    with pytest.raises(ImportFailed, match="2 sheets with content"):
        parse_targets(workbook([["name"], ["Orla"]], [["name"], ["Ivo"]]), ".xlsx")
    assert [target.name for target in parse_targets(workbook([["name"], ["Orla"]], [[]]), ".xlsx")] == ["Orla"]


def test_rows_beyond_the_size_that_the_file_states_are_read() -> None:
    data = workbook([["name"], ["Orla"], ["Ivo"]])
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(changed, "w") as target:
        for part in source.namelist():
            target.writestr(part, source.read(part).replace(b'ref="A1:A3"', b'ref="A1:A2"'))
    assert changed.getvalue() != data
    assert [one.name for one in parse_targets(changed.getvalue(), ".xlsx")] == ["Orla", "Ivo"]


def packed(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", packed(a=b"x"), workbook([["name"]])[:-40], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 9]
)
def test_what_is_no_workbook(data: bytes) -> None:
    with pytest.raises(ImportFailed, match="not an Excel workbook"):
        list(rows_of(data))


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_UNPACKED", 2**20)
    with pytest.raises(ImportFailed, match="over 1 MiB unpacked"):
        list(rows_of(packed(a=bytes(2**20 + 1))))
    monkeypatch.undo()
    monkeypatch.setattr(sheets, "MOST_CELLS", 1_000)
    far = workbook([["name"]], then=lambda sheet: sheet.cell(1_001, 1, "Orla"))
    with pytest.raises(ImportFailed, match="over 1,000 cells"):
        list(rows_of(far))
