"""Data that is no text."""

from __future__ import annotations

import base64
import unicodedata
from hashlib import sha256

import pytest

from expunge.errors import ModelReplyError
from expunge.gateway.apis.binary import text_within, without_data

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(200, 256)) * 4).decode()


WORDS = "OdoBrackwellSailsTheSeasAndLivesOnTheIslandOfHollowmereWithHisDogAndManyCats"


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
        ("OdoBrackwellSailsTheSeas", "OdoBrackwellSailsTheSeas"),
        (WORDS, WORDS),
        (WORDS.lower(), WORDS.lower()),
        ("Odo Brackwell sails the seas and lives on the island of Hollowmere with his dog and many cats", None),
        ("odo_brackwell_sails_the_seas_and_lives_on_the_island_of_hollowmere_with_his_dog", None),
        ("data:,Odo%20sails", "Odo sails"),
        (f"DATA:text/plain;name=a.txt;BASE64,{coded('Odo sails.')}", "Odo sails."),
        (
            "\n".join((coded("Odo Brackwell sails. " * 9) + "=" * 99)[:252][at : at + 76] for at in range(0, 252, 76)),
            "Odo Brackwell sails. " * 9,
        ),
        ("https://example.org/odo.png", "https://example.org/odo.png"),
        ("https://example.org/ Odo sails", "https://example.org/ Odo sails"),
    ],
)
def test_the_text_within(data: str, text: str | None) -> None:
    assert text_within(data) == (data if text is None else text)


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


def test_long_data_is_told_from_words_under_any_key() -> None:
    long = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(200, 256)) * 40).decode()
    assert without_data({"note": long}) == {"note": ""}
    assert without_data({"note": WORDS * 20}) == {"note": WORDS * 20}


def test_words_amid_data_are_read() -> None:
    noise = base64.b64encode(b"".join(sha256(bytes([n])).digest() for n in range(60))).decode()
    found = unicodedata.normalize("NFKC", text_within(noise + WORDS + noise))
    assert "Brackwell Sails The Seas" in found
    assert len(found) < 3 * len(WORDS)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
@pytest.mark.parametrize("text", ["né Ñuñez", "Odo Brackwell, né Ñuñez, sails the seas and lives on the island."])
def test_texts_in_other_encodings_are_read(encoding: str, text: str) -> None:
    assert text in text_within(base64.b64encode(text.encode(encoding)).decode()).splitlines()


def test_captions_in_pictures_are_read() -> None:
    raw = b"\x89PNG\r\n\x1a\n" + bytes(range(128, 256)) + b"tEXtComment\0Odo Brackwell sails\0" + bytes(range(128, 256))
    assert "Odo Brackwell sails" in text_within(base64.b64encode(raw).decode())
