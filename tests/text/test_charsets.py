"""Bytes as text."""

from __future__ import annotations

import pytest

from expunge.text.charsets import readings

LATIN = "Ilse Ñuñez-Brontë keeps the lighthouse of Hollowmere, and her dog."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((LATIN, encoding) for encoding in ("utf-8", "utf-8-sig", "latin-1", "cp1252", "mac_roman", "cp850")),
        *((LATIN, encoding) for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")),
        *(("Сказитель Одо Бракуэлл живёт у моря.", name) for name in ("cp1251", "koi8_r", "cp866", "iso8859_5")),
        ("Сказитель Одо Бракуэлл живёт у моря.", "utf-16-be"),
        ("Zofia Ołeńska-Dvořák rysuje mapy wyspy.", "cp1250"),
        ("Ayşe Yıldırım adanın haritasını çizdi.", "cp1254"),
        ("Η Ελένη Παπαδοπούλου ζει στο νησί.", "cp1253"),
        *(("山田太郎は島の地図を描いています。", name) for name in ("cp932", "euc_jp", "utf-16-le", "utf-16-be")),
        *(("王小明住在岛上，他画地图。", name) for name in ("gb18030", "utf-16-le")),
        ("김철수는 섬에서 지도를 그린다.", "cp949"),
    ],
)
def test_a_text_is_read_in_its_encoding(text: str, encoding: str) -> None:
    assert any(text in reading for reading in readings(text.encode(encoding)))


@pytest.mark.parametrize("text", ["", "Odo sails.", "Odo\nsails.\n", LATIN, "山田太郎"])
def test_utf_8_has_one_reading(text: str) -> None:
    assert readings(text.encode()) == ((text,) if text else ())


def test_the_encoding_that_is_declared_comes_first() -> None:
    raw = "Ołeńska".encode("iso8859_2")
    assert readings(raw, "iso-8859-2")[0] == "Ołeńska"
    assert "Ołeńska" in readings(b'<?xml version="1.0" encoding="iso-8859-2"?>' + raw)[0]
    for unknown in ("base64", "nonsense", "zlib"):
        assert readings(b"Odo sails.", unknown) == ("Odo sails.",)


@pytest.mark.parametrize("raw", [bytes(400), bytes(range(256)) * 4, b"GIF89a" + bytes([7, 1, 0, 255]) * 60])
def test_what_is_no_text_has_no_reading(raw: bytes) -> None:
    assert readings(raw) == ()
