"""Data that is no text: images, sound and ciphers, told from texts that only look like it."""

from __future__ import annotations

import base64
import binascii
import re

_DATA_URL = re.compile(r"data:(?P<kind>[\w.+-]+/[\w.+-]+)?(?:;[\w.=+-]+)*?(?P<coded>;base64)?,(?P<data>.*)", re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_LINK = re.compile(r"https?://[!-~]+")


def text_within(data: str) -> str:
    """The text that a piece of data, base64 or a `data:` URL, holds; "" if it is none (an image, sound, a cipher).

    What is neither is text itself. So is a link with more than printable ASCII in it.
    """
    if _LINK.fullmatch(data):
        return ""
    coded, text = data, ""
    if url := _DATA_URL.fullmatch(data):
        if not url["coded"]:
            return url["data"]
        coded = url["data"]
    stripped = "".join(coded.split())
    if not _BASE64.fullmatch(stripped):
        return data
    plain = stripped.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        text = base64.b64decode(plain + "=" * (-len(plain) % 4)).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        # Bytes that are no text, or a word that is no base64.
        return data if len(stripped) < _SHORT and coded == data else ""
    return text if text.isprintable() or "\n" in text or len(stripped) >= _SHORT else data


_SHORT = 64
"""Characters under which data that says nothing by itself is read as it stands: it may be a word."""
