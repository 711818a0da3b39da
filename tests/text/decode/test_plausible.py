from __future__ import annotations

import gzip
import zlib

import pytest

from expunge.errors import OverBudget
from expunge.text.decode.plausible import MAX_UNPACKED, longest_texts, plausible, text_of, unpack


@pytest.mark.parametrize(
    "text",
    [
        "Orla",
        "Zoë Lind",
        "McAdam",
        "Зоя",
        "山田",
        "김서윤",
        "नीलम",
        "ליאור",
        "line one\nline two",
        '{"name": "Orla"}',
        "T3JsYSBG",
        "4f726c61",
    ],
)
def test_what_people_write(text: str) -> None:
    assert plausible(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ab",
        "\x00abc",
        "\x1b[31mred",
        "UQ#Eg",
        "aXb",
        "jwfiÒ",
        "ÀÈÌ",
        "Зaא",
        "\ufffdabc",
        chr(0xD800) + "abc",
        "9,.-",
        "õ÷ø",
    ],
)
def test_what_chance_gives(text: str) -> None:
    assert not plausible(text)


def test_encodings_of_text() -> None:
    assert text_of("Orla Fenwick".encode("utf-16")) == "Orla Fenwick"
    assert text_of("Orla Fenwick".encode("utf-16-be")) == "Orla Fenwick"
    assert text_of(b"\xff\xfe\x00") is None
    assert text_of(b"\xc3\x28abc") is None


def test_unpacking_is_capped_and_what_is_more_is_never_left_unread() -> None:
    data, via = unpack(zlib.compress(b"\0\x01" * 5_000_000))
    assert (len(data), via) == (MAX_UNPACKED, ">gzip")
    data, via = unpack(zlib.compress(b"a" * MAX_UNPACKED))
    assert (len(data), via) == (MAX_UNPACKED, ">gzip")
    with pytest.raises(OverBudget):
        unpack(zlib.compress(b"a" * (MAX_UNPACKED + 1)))
    assert unpack(gzip.compress(b"hello", mtime=0))[0] == b"hello"
    assert unpack(b"\x1f\x8bnot gzip") == (b"\x1f\x8bnot gzip", "")


def test_a_stretch_ends_where_the_text_does() -> None:
    chunks = [
        (b"\xbe", 0, 2),
        *((bytes((c,)), 3 * i, 3 * i + 2) for i, c in enumerate(b"Orla", 1)),
        (b"\xad\xde", 15, 17),
    ]
    assert longest_texts(chunks) == [("Orla", 3, 14, "")]
