"""Documents that are archives."""

from __future__ import annotations

import io
import zipfile

import pytest

from expunge.errors import ModelReplyError
from expunge.gateway.apis.documents import packed_text, plain


def archive(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (
            "<w:p><w:r><w:t>Odo Brack</w:t></w:r><w:r><w:t>well</w:t></w:r></w:p><w:p><w:t>sails.</w:t></w:p>",
            "Odo Brackwell\nsails.",
        ),
        ("<table:table-cell><text:p>Odo</text:p></table:table-cell><table:table-cell>1</table:table-cell>", "Odo\n1"),
        ("<si><t>Odo</t></si><si><t>sails &amp; rows</t></si>", "Odo\nsails & rows"),
        ("<a:p><a:r><a:t>Odo</a:t></a:r><a:br/><a:r><a:t>sails</a:t></a:r></a:p>", "Odo\nsails"),
        ("<p>Odo <b>sa</b>ils<!-- not --></p>", "Odo sails"),
        ("2 < 3", "2 < 3"),
        ("<p" * 9, "<p" * 9),
    ],
)
def test_text_between_tags(markup: str, text: str) -> None:
    assert [line for line in plain(markup).split("\n") if line] == text.split("\n")


def test_long_markup_is_read_whole() -> None:
    assert plain("<p>Odo sails.</p>" * 20_000).split() == ["Odo", "sails."] * 20_000


def test_parts() -> None:
    raw = archive({"word/document.xml": b"<p>Odo</p>", "notes.txt": "Ünner".encode("latin-1"), "media/a.png": b"Odo"})
    text = packed_text(raw)
    assert text is not None
    assert text.split() == ["word/document.xml", "Odo", "notes.txt", "Ünner", *text.split()[4:]]
    assert "media" not in text


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b"PK\x03\x04" + bytes(99), archive({"a.xml": b"Odo" * 99})[:-8]])
def test_what_cannot_be_opened(raw: bytes) -> None:
    assert packed_text(raw) is None


def test_a_part_that_is_spoilt_is_left_out() -> None:
    raw = bytearray(archive({"a.xml": b"<p>Odo</p>" * 99, "b.txt": b"sails"}))
    at = raw.index(b"a.xml") + len(b"a.xml")
    raw[at : at + 9] = b"\xff" * 9
    text = packed_text(bytes(raw))
    assert text is not None
    assert "sails" in text


@pytest.mark.parametrize(
    "parts",
    [{"a.xml": bytes(9 * 2**20)}, {f"{n}.xml": bytes(2**20) for n in range(9)}, {f"{n}": b"" for n in range(5_001)}],
)
def test_what_is_too_large(parts: dict[str, bytes]) -> None:
    with pytest.raises(ModelReplyError, match="send its text"):
        packed_text(archive(parts))
