"""Texts outside of the fields that a projection knows."""

from __future__ import annotations

from typing import Any

import pytest

from expunge.errors import ModelReplyError
from expunge.gateway.apis.texts import LABEL, Known, UnknownTexts, boundaries, unknown_texts, word_pieces

KNOWN: Known = {"id": None, "choices": {"message": {"content": None}, "index": None}}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"id": "a name"}, ()),
        ({"choices": [{"message": {"content": "read elsewhere"}, "index": 0}]}, ()),
        ({"note": "Odo"}, ("note", "Odo")),
        ({"choices": [{"message": {"content": "", "aside": ["Odo", 7, None]}}]}, ("aside", "Odo")),
        (
            {"choices": [{"message": {"content": "", "aside": {"who": {"Odo": True}}}}]},
            ("aside", "who", "Odo", "aside who Odo"),
        ),
        ({"choices": ["a text where an object should be"]}, ("a text where an object should be",)),
        ({"bytes": [79, 100, 111]}, ("bytes", "Odo")),
        ({"note": ["O", "d", "o"]}, ("note", "O", "d", "o", "Odo")),
        ({"a": "Od", "b": {"c": "o"}}, ("a", "Od", "b", "c", "o", "Odo")),
        ({"Odo": 1, "Brackwell": 2}, ("Odo", "Brackwell", "Odo Brackwell")),
        ({"counts": [1_000, 2, 3], "flag": True, "none": None, "n": 4}, ("counts", "flag", "none", "n")),
    ],
)
def test_texts_under_unknown_fields(value: Any, found: tuple[str, ...]) -> None:
    assert unknown_texts(value, KNOWN) == found


def test_what_is_nested_too_deeply_is_not_read() -> None:
    value: Any = "Odo"
    for _ in range(200):
        value = [value]
    with pytest.raises(ModelReplyError, match="too deeply"):
        unknown_texts({"note": value}, KNOWN)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("chatcmpl-7Xa", ()),
        (1_760_000_000.5, ()),
        (None, ()),
        ("Odo Brackwell", ("Odo Brackwell",)),
        ("Одо", ("Одо",)),
        ("x" * 201, ("x" * 201,)),
        (["Odo"], ("Odo",)),
        ({"who": "Odo"}, ("who", "Odo")),
    ],
)
def test_a_label_is_read_if_it_is_none(value: Any, found: tuple[str, ...]) -> None:
    assert unknown_texts({"id": value}, {"id": LABEL}) == found


def test_a_word_in_pieces_is_read_in_a_row() -> None:
    unknown = UnknownTexts()
    for piece in ("Odo Brack", "well", " sails"):
        unknown.add({"id": "c-1", "aside": piece}, KNOWN)
    assert unknown.texts == ("Odo Brackwell sails", "Odo Brack", "well", " sails", "aside")


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("", []),
        (" ", [" "]),
        ("I know.", ["I", " know", "."]),
        ("It isn't so…", ["It", " isn", "'t", " so", "…"]),
        ("a_b __c", ["a", "_", "b", " __", "c"]),
        ("  two\n\nlines \n", ["  two", "\n\nlines", " \n"]),
        ("x" * 30, ["x" * 10, "x" * 10, "x" * 10]),
        ("私は知りません", ["私は", "知り", "ませ", "ん"]),
    ],
)
def test_a_text_is_cut_by_itself_alone(text: str, cut: list[str]) -> None:
    assert word_pieces(text) == cut
    assert "".join(cut) == text


@pytest.mark.parametrize(
    ("texts", "met"),
    [
        ([], []),
        (["One text."], []),
        (["She is Odo Brack", "well, I think."], ["Odo Brackwell, I", "Odo Brack well, I"]),
        (["She is Odo", " ", "Brackwell, I think."], ["is OdoBrackwell, I", "is Odo Brackwell, I"]),
        (["a", "b", "c"], ["ab", "a b", "bc", "b c"]),
    ],
)
def test_the_end_of_a_text_with_the_beginning_of_the_next(texts: list[str], met: list[str]) -> None:
    assert list(boundaries(texts)) == met


def test_little_is_taken_of_long_texts() -> None:
    assert all(len(text) < 600 for text in boundaries(["x" * 10_000, "y" * 10_000]))
