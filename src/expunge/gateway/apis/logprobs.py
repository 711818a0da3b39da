"""The texts that log-probabilities hold, in the form that chat completions and responses share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from expunge.errors import ModelReplyError
from expunge.gateway.apis.strays import LABEL, Known, strays

_ALTERNATIVE: Known = {"token": None, "bytes": None, "logprob": LABEL}
_ENTRY: Known = {**_ALTERNATIVE, "top_logprobs": _ALTERNATIVE}


def logprob_texts(entries: Any, text: str) -> tuple[str, ...]:
    """What a list of log-probabilities says beside `text`: the tokens in a row, by characters and by bytes, the
    alternatives of each rank in a row, and whatever stands in fields that such an entry does not have.

    Raises:
        ModelReplyError: if it is no such list.
    """
    if entries is None:
        return ()
    if not isinstance(entries, list):
        raise _unusable()
    rows: dict[tuple[int, str], list[str]] = {}
    for entry in entries:
        for rank, token in enumerate(_tokens(entry)):
            rows.setdefault((rank, "token"), []).append(_text(token.get("token")))
            rows.setdefault((rank, "bytes"), []).append(_decoded(token.get("bytes"), _text(token.get("token"))))
    found = dict.fromkeys("".join(row) for row in rows.values())
    return tuple(row for row in found if row.strip() and row != text) + strays(entries, _ENTRY)


def _tokens(entry: Any) -> Iterator[Mapping[str, Any]]:
    """The token itself, then its alternatives."""
    alternatives = entry.get("top_logprobs") if isinstance(entry, Mapping) else None
    for token in (entry, *(alternatives if isinstance(alternatives, list) else ())):
        if not isinstance(token, Mapping):
            raise _unusable()
        yield token
    if alternatives is not None and not isinstance(alternatives, list):
        raise _unusable()


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _unusable()
    return value


def _decoded(value: Any, token: str) -> str:
    if value is None:
        return token
    if not isinstance(value, list) or not all(type(item) is int and 0 <= item < 256 for item in value):
        raise _unusable()
    # A token may be a part of a character; the row as a whole says it, the part by itself nothing.
    return token if "\ufffd" in token else bytes(value).decode("utf-8", "replace")


def _unusable() -> ModelReplyError:
    return ModelReplyError("The upstream's log-probabilities do not follow OpenAI's protocol; check what it sends.")
