from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expunge.corpus.columns import Columns
from expunge.corpus.lines import rows_of
from expunge.corpus.parts import Kind, Part
from expunge.errors import ImportFailed


def part(kind: Kind, start: int = 0, first: int = 1) -> Part:
    return Part(0, Path("x"), kind, 0, start, 0, first)


@pytest.mark.parametrize(
    ("kind", "data", "texts"),
    [
        (Kind.PARAGRAPHS, b"", []),
        (Kind.PARAGRAPHS, b"One.\r\n\r\n\r\nTwo,\r\nand on.\r\n", ["One.", "Two,\r\nand on."]),
        (Kind.PARAGRAPHS, b"\n\n  \nOne.\n\n", ["One."]),
        (Kind.PARAGRAPHS, b"\xef\xbb\xbfOne.", ["One."]),
        (Kind.LINES, b"One.\n\nTwo.\r\nThree", ["One.", "Two.", "Three"]),
        (Kind.LINES, "a\u2028b\x0cc\n".encode(), ["a\u2028b\x0cc"]),
        (Kind.JSONL, b'{"a":   "x", "n": 1.50, "b": null, "c": ""}\n\n', ["x"]),
        (Kind.JSONL, b'["\\u0061\\"\\\\", {"k": ["b"]}]\n"c"', ['a"\\', "b", "c"]),
        (Kind.JSONL, '{"a": "x\u2028y"}\n'.encode(), ["x\u2028y"]),
    ],
)
def test_texts(kind: Kind, data: bytes, texts: list[str]) -> None:
    rows = rows_of(part(kind), data, Columns(()))
    assert [text for row in rows for text in row.texts] == texts
    assert b"".join(row.with_texts(row.texts) for row in rows) == data


@pytest.mark.parametrize(
    ("line", "names", "clean"),
    [
        ('{"a":  "x", "n": 1.50, "x": "x"}', (), '{"a":  "new", "n": 1.50, "x": "new"}'),
        ('{"a":  "x", "n": 1e999, "x": "x"}', ("x",), '{"a":  "x", "n": 1e999, "x": "new"}'),
        ('["x", ["x", true]]', (), '["new", ["new", true]]'),
        ('{"m": [{"c": "x"}, {"d": "x"}]}', ("m.d",), '{"m": [{"c": "x"}, {"d": "new"}]}'),
    ],
)
def test_only_the_text_changes_in_a_line(line: str, names: tuple[str, ...], clean: str) -> None:
    (row,) = rows_of(part(Kind.JSONL), line.encode(), Columns(names))
    assert row.with_texts(["new"] * len(row.texts)) == clean.encode()


@pytest.mark.parametrize(
    ("old", "new", "literal"),
    [
        ('"x"', 'ä "q"\n', '"ä \\"q\\"\\n"'),
        ('"\\u00e4"', "ä", '"\\u00e4"'),
        ('"x"', "\ud800", '"\\ud800"'),
    ],
)
def test_literals_are_escaped_as_before(old: str, new: str, literal: str) -> None:
    (row,) = rows_of(part(Kind.JSONL), f"[{old}]".encode(), Columns(()))
    assert row.with_texts([new + "."]) == f'[{literal[:-1]}."]'.encode()


@pytest.mark.parametrize(
    ("kind", "data", "names", "message"),
    [
        (Kind.JSONL, b'{"a": "x"}\n{"a": \n', (), "Line 12 is not valid JSON"),
        (Kind.JSONL, b'{"a": "x"}\n{"a": "x", "a": "x"}\n', (), "Line 12 has the same key twice"),
        (Kind.JSONL, b'{"a": "x"}\n\n{"a": "\xff"}\n', (), "Line 13 is not UTF-8"),
        (Kind.JSONL, b"[" * 100_000, (), "Line 11 is not valid JSON"),
        (Kind.JSONL, b'["x"]\n', ("a",), "Line 11 is no JSON object"),
        (Kind.PARAGRAPHS, b"One.\n\nTwo.\nThree \xff.\n", (), "Line 14 is not UTF-8"),
    ],
)
def test_malformed_lines_say_their_number(kind: Kind, data: bytes, names: tuple[str, ...], message: str) -> None:
    with pytest.raises(ImportFailed, match=message):
        rows_of(part(kind, start=500, first=11), data, Columns(names))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None)
@given(st.lists(JSON, max_size=4), st.booleans(), st.sampled_from(["\n", "\r\n", " \n"]))
def test_json_lines_without_targets_come_back_byte_for_byte(values: list[Any], escaped: bool, ending: str) -> None:
    data = "".join(json.dumps(value, ensure_ascii=escaped) + ending for value in values).encode("utf-8", "replace")
    rows = rows_of(part(Kind.JSONL), data, Columns(()))
    assert b"".join(row.with_texts(row.texts) for row in rows) == data
    for row in rows:
        changed = row.with_texts([f"{text}!" for text in row.texts])
        assert row.texts == () or json.loads(changed) != json.loads(row.source)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["a", "ä b", "", " ", "\t"]), max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_texts_without_targets_come_back_byte_for_byte(lines: list[str], ending: str) -> None:
    data = ending.join(lines).encode()
    for kind in (Kind.PARAGRAPHS, Kind.LINES):
        assert b"".join(row.with_texts(row.texts) for row in rows_of(part(kind), data, Columns(()))) == data
