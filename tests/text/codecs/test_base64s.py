from __future__ import annotations

import pytest

from expunge.text.codecs.base64s import base64, decoded
from expunge.text.codecs.look import Look


def texts(source: str) -> list[tuple[str, str]]:
    return [(view.text, source[view.start : view.end]) for view in base64(Look.at(source))]


@pytest.mark.parametrize(
    ("source", "text", "span"),
    [
        ("see T3JsYSBGZW53aWNr.", "Orla Fenwick", "T3JsYSBGZW53aWNr"),
        ("T3JsYSBG\n  ZW53aWNr and then", "Orla Fenwick", "T3JsYSBG\n  ZW53aWNr"),
        ('"T3JsYSBG" +\n"ZW53aWNr"', "Orla Fenwick", 'T3JsYSBG" +\n"ZW53aWNr'),
        ("T3JsYQ== RmVud2ljaw==", "Orla Fenwick", "T3JsYQ== RmVud2ljaw=="),
        ("a token T3JsYQ here", "Orla", "T3JsYQ"),
    ],
)
def test_layouts(source: str, text: str, span: str) -> None:
    assert (text, span) in texts(source)


@pytest.mark.parametrize(
    "source",
    [
        "getValueFromStore and camelCaseNames in JavaScript",
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
        "H4sIAAAAAAAAAxxx",
    ],
)
def test_identifiers_and_binary_data(source: str) -> None:
    assert texts(source) == []


def test_unused_bits_must_be_nil_where_asked() -> None:
    assert decoded("T3JsYR", canonical=True) is None
    assert decoded("T3JsYR") == b"Orla"
    assert decoded("T3JsY") is None
    assert decoded("-_-_") == decoded("+/+/")
