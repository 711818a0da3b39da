from __future__ import annotations

from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.evals.reading import document, number, objects, rows, some_rows, subfolder, text


def test_rows_say_where_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "set" / "file.jsonl"
    path.parent.mkdir()
    path.write_text('{"a": "b\u2028c"}\n\n{"a": 2}\n', encoding="utf-8")
    assert list(rows(path)) == [
        ("set/file.jsonl, line 1", {"a": "b\u2028c"}),
        ("set/file.jsonl, line 3", {"a": 2}),
    ]


def test_documents_and_their_objects(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text('[{"a": 1}]', encoding="utf-8")
    where, found = document(path)
    assert objects(found, where) == [(f"{tmp_path.name}/file.json, entry 1", {"a": 1})]
    unusable: list[object] = [{}, [], [1], None]
    for wrong in unusable:
        with pytest.raises(UsageError, match="a list of objects was expected"):
            objects(wrong, where)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "is missing"),
        (b"\xff", "cannot be read as UTF-8"),
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"{", "line 1: not JSON"),
        (b"[" * 100_000, "line 1: not JSON"),
        (b"7", "line 1: not a JSON object"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "file.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=says):
        some_rows(path)


def test_a_document_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file.json").write_text("{")
    with pytest.raises(UsageError, match="not JSON"):
        document(tmp_path / "file.json")


@pytest.mark.parametrize("value", [None, 3, "", "  ", ["x"]])
def test_not_text(value: object) -> None:
    with pytest.raises(UsageError, match='here: "a" is missing or not text'):
        text({"a": value}, "a", "here")


@pytest.mark.parametrize("value", [None, "3", 1.5, True])
def test_not_a_number(value: object) -> None:
    with pytest.raises(UsageError, match='here: "a" is missing or not a whole number'):
        number({"a": value}, "a", "here")
    assert number({"a": 0}, "a", "here") == 0


def test_folders(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no data folder"):
        subfolder(tmp_path / "nowhere", "tofu")
    with pytest.raises(UsageError, match="no tofu/ in it"):
        subfolder(tmp_path, "tofu")
    (tmp_path / "tofu").mkdir()
    assert subfolder(tmp_path, "tofu") == tmp_path / "tofu"
