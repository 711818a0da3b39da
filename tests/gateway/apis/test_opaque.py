"""Data that is no text."""

from __future__ import annotations

import base64

import pytest

from expunge.errors import ModelReplyError
from expunge.gateway.apis.opaque import text_within, without_data

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(200, 256)) * 4).decode()


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("", ""),
        ("Odo Brackwell sails.", "Odo Brackwell sails."),
        ("Odo", "Odo"),
        ("Brackwell", "Brackwell"),
        (coded("Odo Brackwell sails."), "Odo Brackwell sails."),
        (coded("Odo Brackwell sails.").rstrip("="), "Odo Brackwell sails."),
        (f"data:text/plain;base64,{coded('Odo sails.')}", "Odo sails."),
        (f"data:text/plain;charset=utf-8;base64,{coded('Odo sails.')}", "Odo sails."),
        ("data:text/plain,Odo sails.", "Odo sails."),
        (PNG, ""),
        (f"data:image/png;base64,{PNG}", ""),
        (f"data:image/svg+xml;base64,{coded('<svg><text>Odo</text></svg>')}", "<svg><text>Odo</text></svg>"),
        ("https://example.org/odo.png", "https://example.org/odo.png"),
        ("https://example.org/ Odo sails", "https://example.org/ Odo sails"),
    ],
)
def test_the_text_within(data: str, text: str) -> None:
    assert text_within(data) == text


def test_data_gives_way_to_what_it_says() -> None:
    value = {"result": PNG, "parts": [{"file_data": coded("Odo Brackwell sails."), "note": PNG}], "data": 7}
    assert without_data(value) == {
        "result": "",
        "parts": [{"file_data": "Odo Brackwell sails.", "note": PNG}],
        "data": 7,
    }


def test_what_is_nested_too_deeply_is_an_error() -> None:
    value: object = "Odo"
    for _ in range(900):
        value = {"a": value}
    with pytest.raises(ModelReplyError, match="too deeply"):
        without_data(value)
