"""Data that is no text: images, sound and ciphers, told from texts that only look like it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from expunge.errors import ModelReplyError

_DATA_URL = re.compile(r"data:(?P<kind>[\w.+-]+/[\w.+-]+)?(?:;[\w.=+-]+)*?(?P<coded>;base64)?,(?P<data>.*)", re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_DATA = frozenset(("file_data", "image_url", "data", "encrypted_content", "result", "screenshot", "partial_image_b64"))
"""Keys under which data stands."""
_SHORT = 64
"""Characters under which data that says nothing by itself is read as it stands: it may be a word."""
_DEEPEST = 100


def text_within(data: str) -> str:
    """The text that a piece of data, base64 or a `data:` URL, holds; "" if it is none (an image, sound, a cipher).

    What is neither is text itself.
    """
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


def without_data(value: Any, depth: int = 0) -> Any:
    """A value with the text that it holds in the place of each piece of data.

    Raises:
        ModelReplyError: if it is nested too deeply to be read.
    """
    if depth > _DEEPEST:
        raise ModelReplyError("The upstream's reply is nested too deeply to be read; check what it sends.")
    if isinstance(value, list):
        return [without_data(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {
            key: text_within(part) if key in _DATA and isinstance(part, str) else without_data(part, depth + 1)
            for key, part in value.items()
        }
    return text_within(value) if isinstance(value, str) and value.startswith("data:") else value
