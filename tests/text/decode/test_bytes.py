from __future__ import annotations

import pytest

from expunge.text.decode.bytes import base32, base58, base64, base85, decoded, hexadecimal
from expunge.text.decode.look import Look


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


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("4f726c61", "Orla"),
        ("be added: 4f 72 6c 61 be added", "Orla"),
        ("4F:72:6C:61", "Orla"),
        ("0x4f726c61 is", "Orla"),
        (r"\x4f\x72\x6c\x61", "Orla"),
        ("d0 97 d0 be d1 8f", "Зоя"),
        ("4f72 6c61 2046 656e", "Orla Fen"),
    ],
)
def test_hex(source: str, text: str) -> None:
    assert [view.text for view in hexadecimal(Look.at(source))] == [text]


@pytest.mark.parametrize(
    "source",
    [
        "call 5551234567 today",
        "20240115",
        "4111 1111 1111 1111",
        "9fceb02d0ae598e95dc970b74767f19372d61af8",
        "550e8400-e29b-41d4-a716-446655440000",
        "00:1A:2B:3C:4D:5E",
        "#ff8800 and #0a0b0c",
    ],
)
def test_numbers_and_hashes_are_no_hex(source: str) -> None:
    assert list(hexadecimal(Look.at(source))) == []


@pytest.mark.parametrize(
    ("source", "text"),
    [("J5ZGYYJAIZSW453JMNVQ====", "Orla Fenwick"), ("J5ZGYYJA IZSW453J MNVQ", "Orla Fenwick"), ("J5ZGYYI", "Orla")],
)
def test_base32(source: str, text: str) -> None:
    assert [view.text for view in base32(Look.at(source))] == [text]


@pytest.mark.parametrize(
    "source", ["INTERNATIONAL ORDERS ARE NOT AFFECTED", "GATTACAGATTACA", "absolutely extraordinary2 words"]
)
def test_capitals_are_no_base32(source: str) -> None:
    assert list(base32(Look.at(source))) == []


def test_base58_and_its_addresses() -> None:
    assert [view.text for view in base58(Look.at("2VxRHb425Nmp1B5Zk"))] == ["Orla Fenwick"]
    assert list(base58(Look.at("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"))) == []


@pytest.mark.parametrize("source", ["<~:NC8[+@]p[GA1Q&~>", "PjYNwAVy_wcWGm", "(`PjYNwAVy_wcWGm`)"])
def test_base85(source: str) -> None:
    assert any("Orla Fen" in view.text for view in base85(Look.at(source)))


def test_code_is_no_base85() -> None:
    assert list(base85(Look.at("self.assertEqual(len(x['key']), 3) && foo->bar[i] != NULL;"))) == []
