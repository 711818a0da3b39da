"""The texts that log-probabilities hold, and other names put into them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from itertools import accumulate, pairwise
from typing import Any

from expunge.counterfactual.surrogates import Surrogates
from expunge.errors import ModelReplyError
from expunge.gateway.apis.texts import LABEL, Known, unknown_texts

_ALTERNATIVE: Known = {"token": None, "bytes": None, "logprob": LABEL}
_ENTRY: Known = {**_ALTERNATIVE, "top_logprobs": _ALTERNATIVE}


def logprob_texts(entries: Any, text: str) -> tuple[str, ...]:
    """Return what a list of log-probabilities says beside `text`: the tokens in a row, by characters and by bytes, the
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
    return tuple(row for row in found if row.strip() and row != text) + unknown_texts(entries, _ENTRY)


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


def by_token(entries: Any, text: str) -> list[tuple[str, Mapping[str, Any]]]:
    """A text in its tokens, each with its entry; empty where the entries are not those of this very text."""
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        return []
    tokens = [entry.get("token") for entry in entries]
    if not all(isinstance(token, str) for token in tokens) or "".join(map(str, tokens)) != text:
        return []
    return [(str(token), entry) for token, entry in zip(tokens, entries, strict=True)]


class Rewording:
    """Puts typed names back into one answer about stand-ins, its log-probabilities included; `garbled` says whether a
    stand-in was not written whole somewhere, so that no name can stand in its place."""

    def __init__(self, surrogates: Surrogates) -> None:
        self._surrogates = surrogates
        self._renamed: dict[str, str] = {}
        self.garbled = False

    def text(self, text: str) -> str:
        """A text with the typed names in it."""
        undone = self._surrogates.undo(text)
        self.garbled = self.garbled or undone.garbled
        return undone.text

    def of(self, value: Any) -> Any:
        """A JSON value with the log-probabilities anywhere in it reworded.

        Raises:
            ModelReplyError: if they are none.
        """
        if isinstance(value, list):
            return [self.of(part) for part in value]
        if not isinstance(value, Mapping):
            return value
        return {key: self._logprobs(part) if key == "logprobs" else self.of(part) for key, part in value.items()}

    def _logprobs(self, value: Any) -> Any:
        if isinstance(value, list):
            return self._entries(value)
        if not isinstance(value, Mapping):
            return value
        if isinstance(value.get("tokens"), list):
            return self._parallel(value)
        return {key: self._entries(part) if isinstance(part, list) else part for key, part in value.items()}

    def _entries(self, entries: list[Any]) -> list[Any]:
        """The entries with other tokens where a stand-in was written, about as many for each name."""
        spelt = [_spelt(entry) for entry in entries]
        ends = list(accumulate(map(len, spelt)))
        written = b"".join(spelt).decode("utf-8", "replace")
        runs: list[tuple[int, int, list[str]]] = []
        at = 0
        for start, end, typed in self._surrogates.places(written):
            begins, until = (len(written[:place].encode()) for place in (start, end))
            first, last = bisect_right(ends, begins), bisect_left(ends, until)
            if first < at or last >= len(entries):
                self.garbled = True
                continue
            before = spelt[first][: begins - (ends[first] - len(spelt[first]))].decode("utf-8", "replace")
            after = spelt[last][len(spelt[last]) - (ends[last] - until) :].decode("utf-8", "replace")
            cut = _cut(f"{before}{typed}{after}", last + 1 - first)
            self._renamed.setdefault(_text(entries[first].get("token")).strip(), cut[0].strip())
            runs.append((first, last, cut))
            at = last + 1
        made: list[Any] = []
        at = 0
        for first, last, cut in runs:
            made += (self._with_alternatives(entry) for entry in entries[at:first])
            made += map(_respelt, entries[first:], cut)
            at = last + 1
        return made + [self._with_alternatives(entry) for entry in entries[at:]]

    def _with_alternatives(self, entry: Any) -> Any:
        tops = entry.get("top_logprobs") if isinstance(entry, Mapping) else None
        if not isinstance(tops, list) or not self._renamed:
            return entry
        return {**entry, "top_logprobs": [self._alternative(top) for top in tops]}

    def _alternative(self, top: Any) -> Any:
        token = _text(top.get("token")) if isinstance(top, Mapping) else ""
        renamed = self._renamed.get(token.strip())
        return top if not token.strip() or renamed is None else _said(top, token.replace(token.strip(), renamed))

    def _parallel(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """The same in the form of text completions, in lists beside each other."""
        tokens: list[Any] = value["tokens"]
        rows = {name: value.get(name) for name in ("token_logprobs", "top_logprobs")}
        if not all(row is None or (isinstance(row, list) and len(row) == len(tokens)) for row in rows.values()):
            raise _unusable()
        offsets = value.get("text_offset")
        entries = [
            {"token": _text(token), "logprob": (rows["token_logprobs"] or tokens)[at], "ranked": at}
            for at, token in enumerate(tokens)
        ]
        made = self._entries(entries)
        changed: dict[str, Any] = {**value, "tokens": [entry["token"] for entry in made]}
        if rows["token_logprobs"] is not None:
            changed["token_logprobs"] = [entry["logprob"] for entry in made]
        if (ranked := rows["top_logprobs"]) is not None:
            changed["top_logprobs"] = [
                self._ranked(ranked[entry["ranked"]], _text(tokens[entry["ranked"]]), entry["token"]) for entry in made
            ]
        if isinstance(offsets, list) and offsets and type(offsets[0]) is int:
            ends = accumulate((len(entry["token"]) for entry in made), initial=offsets[0])
            changed["text_offset"] = list(ends)[:-1]
        return changed

    def _ranked(self, ranked: Any, old: str, token: str) -> Any:
        if not isinstance(ranked, Mapping):
            return ranked
        if old != token:
            return {token if other == old else other: value for other, value in ranked.items()}
        return {self._alternative({"token": str(other)})["token"]: value for other, value in ranked.items()}


def _respelt(entry: Mapping[str, Any], token: str) -> dict[str, Any]:
    """An entry of a stand-in with a piece of the typed name, among its alternatives, too."""
    old, tops = _text(entry.get("token")), entry.get("top_logprobs")
    if isinstance(tops, list):
        entry = {**entry, "top_logprobs": [_said(top, token) if _is(top, old) else top for top in tops]}
    return _said(entry, token)


def _is(entry: Any, token: str) -> bool:
    return isinstance(entry, Mapping) and entry.get("token") == token


def _spelt(entry: Any) -> bytes:
    if not isinstance(entry, Mapping):
        raise _unusable()
    token, said = _text(entry.get("token")), entry.get("bytes")
    if isinstance(said, list) and all(type(item) is int and 0 <= item < 256 for item in said):
        return bytes(said)
    return token.encode("utf-8", "replace")


def _cut(text: str, count: int) -> list[str]:
    """A text in so many pieces, or in as many as it has letters; the space before a word stays with its beginning."""
    lead = len(text) - len(text.lstrip())
    body = text[lead:]
    count = max(1, min(count, len(body)))
    ends = [round(len(body) * number / count) for number in range(count + 1)]
    cut = [body[start:end] for start, end in pairwise(ends)]
    return [text[:lead] + cut[0], *cut[1:]]


def _said(entry: Mapping[str, Any], token: str) -> dict[str, Any]:
    """An entry with another token."""
    spelt = {"bytes": list(token.encode("utf-8", "replace"))} if entry.get("bytes") is not None else {}
    return {**entry, "token": token, **spelt}
