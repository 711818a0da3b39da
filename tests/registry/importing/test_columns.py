from __future__ import annotations

import pytest

from expunge.errors import ImportFailed, UsageError
from expunge.registry.importing.columns import fields_of, parse_mapping


@pytest.mark.parametrize(
    ("headings", "mapping", "expected"),
    [
        (["name", "due_at"], None, ["name", "due_at"]),
        (["Name", "Request ID", "Due-Date"], None, ["name", "request_id", "due_at"]),
        (["Ticket", "name", "deadline"], {}, ["request_id", "name", "due_at"]),
        (["Subject", "Owner", "Case"], {"name": "subject"}, ["name", None, "request_id"]),
        (["name", "Data subject"], {"name": "Data subject"}, [None, "name"]),
    ],
)
def test_what_columns_hold(headings: list[str], mapping: dict[str, str] | None, expected: list[str | None]) -> None:
    assert fields_of(headings, 1, mapping) == expected


@pytest.mark.parametrize(
    ("headings", "mapping", "message"),
    [
        (["Owner"], None, "column name is missing|unknown column"),
        (["name", "owner"], None, 'column "owner" is unknown'),
        (["name", "due", "deadline"], None, "due_at appears twice"),
        (["Subject"], {"name": "Person"}, "No column has the heading given for name"),
        (["Owner"], {"due_at": "Owner"}, "column name is missing"),
    ],
)
def test_columns_that_cannot_be_read(headings: list[str], mapping: dict[str, str] | None, message: str) -> None:
    with pytest.raises(ImportFailed, match=message):
        fields_of(headings, 1, mapping)


def test_mappings() -> None:
    assert parse_mapping(["name=Data subject", " due_at = Due = date"]) == {
        "name": "Data subject",
        "due_at": "Due = date",
    }


@pytest.mark.parametrize("pairs", [["name"], ["name="], ["shoe=Size"], ["name=A", "name=B"]])
def test_no_mappings(pairs: list[str]) -> None:
    with pytest.raises(UsageError):
        parse_mapping(pairs)
