"""Documents that are archives of XML and other texts: docx, xlsx, pptx, odt, epub."""

from __future__ import annotations

import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from expunge.errors import ModelReplyError
from expunge.text.charsets import readings

ZIP = b"PK\x03\x04"
"""How an archive begins."""
_MOST_BYTES = 8 * 1024 * 1024
_MOST_PARTS = 5_000
_SLICE = 1 << 16
_TAG = re.compile(r"<[^<>]*>")
_APART = re.compile(
    r"</?(?:[\w.-]{1,30}:)?(?:p|h\d?|li|tr|row|c|tc|td|th|si|br|cr|div|tab|title|line-break|table-cell|table-row|list-item"
    r"|section)(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
"""Elements that set apart what they hold; all others are within a word or a line."""
_SEEN = (
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".webp",
    ".bmp",
    ".tif",
    ".tiff",
    ".emf",
    ".wmf",
    ".ttf",
    ".otf",
    ".woff",
    ".woff2",
)
"""Pictures and fonts, which nobody who reads a document takes for a text."""
_MARKUP = (".xml", ".html", ".htm", ".xhtml", ".svg", ".opf", ".ncx", ".rels")


class TooLarge(ModelReplyError):
    """A document that unpacks to more than is read."""


def packed_text(raw: bytes) -> str | None:
    """The text of an archive's parts; None if it cannot be opened.

    Raises:
        TooLarge: if its parts are more, or larger together, than is read: it may be made to exhaust the memory.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError):
        return None
    if len(members) > _MOST_PARTS:
        raise TooLarge("A document has too many parts to be read; send its text.")
    left = _MOST_BYTES
    texts: list[str] = []
    with archive:
        for member in members:
            if member.filename.lower().endswith(_SEEN):
                continue
            content = _content(archive, member, left)
            if content is None:
                continue
            left -= len(content)
            found = readings(content)
            texts.append(member.filename)
            texts += map(plain, found) if member.filename.lower().endswith(_MARKUP) else found
    return "\n".join(text for text in texts if text.strip())


def plain(markup: str) -> str:
    """The text between the tags of XML or HTML; paragraphs, cells and lines end in a line break."""
    return "".join(html.unescape(_TAG.sub("", _APART.sub("\n", slice_))) for slice_ in _slices(markup))


def _slices(markup: str) -> Iterator[str]:
    """Pieces that end with a tag where they can, so that other threads get their turn between them."""
    start = 0
    while start < len(markup):
        end = start + _SLICE
        cut = markup.rfind(">", start, end) + 1 if end < len(markup) else len(markup)
        yield markup[start : (start := cut if cut > start else end)]


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes | None:
    """Return what a part holds, None if that cannot be had; what it says about its size is not believed."""
    try:
        with archive.open(member) as part:
            content = part.read(most + 1)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, OSError, EOFError, ValueError):
        return None
    if len(content) > most:
        raise TooLarge("A document is too large to be read once it is unpacked; send its text.")
    return content
