"""Texts of requests and replies that no API names a place for, and what can be read where two texts meet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, Literal

from expunge.errors import ModelReplyError

Known = Mapping[str, "Known | Literal['label'] | None"]
"""The fields that a projection knows: None where a value is read elsewhere, LABEL where it is no text but a number or a
single token (an id, a type, a status: read after all if it is anything else), else what is known in it."""
LABEL: Final = "label"

_DEEPEST = 100
_KEY = "#"
_BESIDE = "beside"
_PLAIN_KEY = re.compile(r"[a-z0-9_]*")
_TOKEN = re.compile(r"[!-~]{0,200}")


def unknown_texts(value: Any, known: Known, beside: Sequence[str] = ()) -> tuple[str, ...]:
    """All texts that stand anywhere under an unknown field; lists are looked into with what is known of their place.

    A list of small whole numbers is read as bytes of UTF-8, since that is how log-probabilities hold text. Unknown
    keys are texts, too. A word may come in pieces: the texts of one place, all texts, and all keys are read in a row
    as well. `beside` holds further texts, of a place of their own behind the value.

    Raises:
        ModelReplyError: if the value is nested too deeply to be read.
    """
    placed = [*_under_unknown(value, known, ""), *((_BESIDE, text) for text in beside)]
    texts = [text for _, text in placed]
    if len(placed) > 1:
        rows: dict[str, list[str]] = {}
        for path, text in placed:
            rows.setdefault(path, []).append(text)
        keys = rows.pop(_KEY, ())
        texts += map("".join, rows.values())
        texts.append("".join(text for row in rows.values() for text in row))
        if not all(map(_PLAIN_KEY.fullmatch, keys)):
            texts.append(" ".join(keys))
    return tuple(text for text in dict.fromkeys(texts) if text.strip())


def each_unknown_text(value: Any, known: Known) -> tuple[str, ...]:
    """The same texts, each by itself alone.

    Raises:
        ModelReplyError: as `unknown_texts`.
    """
    return tuple(text for _, text in _under_unknown(value, known, "") if text.strip())


def joined_texts(value: Any, known: Known) -> tuple[str, ...]:
    """The texts of each place that holds several, put together: a name may come in pieces there.

    Raises:
        ModelReplyError: as `unknown_texts`.
    """
    rows: dict[str, list[str]] = {}
    for path, text in _under_unknown(value, known, ""):
        if path != _KEY:
            rows.setdefault(path, []).append(text)
    return tuple(joint.join(row) for row in rows.values() if len(row) > 1 for joint in ("", "\n"))


class UnknownTexts:
    """Texts in unknown fields all over a stream: each as it came, and those of one place in a row, since a word may
    come in pieces."""

    def __init__(self) -> None:
        self._rows: dict[str, list[str]] = {}
        self._keys: list[str] = []

    def add(self, value: Any, known: Known, place: str = "") -> None:
        """Take one event's.

        Raises:
            ModelReplyError: as `unknown_texts`.
        """
        for path, text in _under_unknown(value, known, place):
            (self._keys if path == _KEY else self._rows.setdefault(path, [])).append(text)

    @property
    def texts(self) -> tuple[str, ...]:
        """All of them, each once."""
        single = [text for row in self._rows.values() for text in row]
        once = dict.fromkeys([*map("".join, self._rows.values()), *single, *self._keys])
        return tuple(text for text in once if text.strip())


def _under_unknown(value: Any, known: Known, path: str) -> Iterator[tuple[str, str]]:
    """Texts with the place where they stand."""
    _check(path)
    if isinstance(value, list):
        for item in value:
            yield from _under_unknown(item, known, f"{path}/")
    elif isinstance(value, Mapping):
        for key, part in value.items():
            place = f"{path}/{key}"
            if key not in known:
                yield _KEY, str(key)
                yield from _all_texts(part, place)
            elif (inner := known[key]) == LABEL:
                if not (isinstance(part, str) and _TOKEN.fullmatch(part)):
                    yield from _all_texts(part, place)
            elif inner is not None:
                yield from _under_unknown(part, inner, place)
    elif isinstance(value, str):
        yield path, value


def _all_texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    _check(path)
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        if len(value) > 1 and all(type(item) is int and 0 <= item < 256 for item in value):
            yield path, bytes(value).decode("utf-8", "replace")
            return
        for item in value:
            yield from _all_texts(item, f"{path}/")
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield _KEY, str(key)
            yield from _all_texts(part, f"{path}/{key}")


def _check(path: str) -> None:
    if path.count("/") > _DEEPEST:
        raise ModelReplyError("The upstream's reply is nested too deeply to be read; check what it sends.")


_PIECE = re.compile(r"\s*(?:[぀-ヿ㐀-鿿가-힯]{1,2}|['’]?[^\W_぀-ヿ㐀-鿿가-힯]{1,10}|[^\w\s]{1,3}|_+)|\s+\Z")
"""Much as tokenizers do: a space with its word, long words in parts, punctuation by itself, Han and kana by twos."""
_WORDS = 2
"""Words on either side: enough for names of four parts, too few to make one text answer for what the other says."""
_LONGEST = 60


def word_pieces(text: str) -> list[str]:
    """The text in pieces like a model's own, by itself alone, so that the cut tells nothing of a draft."""
    return _PIECE.findall(text)


def boundaries(texts: Sequence[str]) -> Iterator[str]:
    """The end of each text with the beginning of the next."""
    for end, start in seams(texts):
        # A word may itself be cut.
        yield f"{end}{start}"
        yield f"{end} {start}"


def seams(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The last words of each text, and the first of the next; blank texts are passed over."""
    filled = [text for text in texts if text.strip()]
    for left, right in pairwise(filled):
        end = " ".join(left[-_LONGEST * _WORDS :].split()[-_WORDS:])
        start = " ".join(right[: _LONGEST * _WORDS].split()[:_WORDS])
        yield end, start
