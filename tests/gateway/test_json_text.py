"""JSON that nobody reads otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from expunge.errors import ModelReplyError
from expunge.gateway.json_text import NotReadable, encoded, parsed, reply_of


@pytest.mark.parametrize("value", [{"a": [1, 2.5, None, True, "Ilse"]}, [], "tea", 7, {"emoji": "\U0001f375"}])
def test_what_is_written_is_read(value: Any) -> None:
    for spaced in (False, True):
        for escaped in (False, True):
            assert parsed(encoded(value, spaced=spaced, escaped=escaped)) == value


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{} {}",
        b'{"a": 1, "a": 2}',
        b'{"b": {"a": 1, "a": 1}}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b'{"\\udc00": 1}',
        b"[" * 100_000,
    ],
)
def test_what_another_reader_may_read_otherwise_is_not_read(raw: bytes) -> None:
    with pytest.raises(NotReadable):
        parsed(raw)
    with pytest.raises(ModelReplyError):
        reply_of(raw)


@pytest.mark.parametrize("raw", [b"[]", b'"tea"', b"7", b"null"])
def test_a_reply_is_an_object(raw: bytes) -> None:
    with pytest.raises(ModelReplyError):
        reply_of(raw)


def test_more_values_than_allowed() -> None:
    assert parsed(b"[1, 2, 3]", 10) == [1, 2, 3]
    with pytest.raises(NotReadable):
        parsed(b"[" + b"1," * 50 + b"1]", 10)


def test_a_pair_of_surrogates_is_a_character() -> None:
    assert parsed(b'"\\ud83c\\udf75"') == "\U0001f375"


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_no_number_that_json_does_not_have_is_written(number: float) -> None:
    with pytest.raises(NotReadable):
        encoded({"a": number})
