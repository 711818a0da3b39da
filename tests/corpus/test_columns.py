from __future__ import annotations

from typing import Any

import pytest

from expunge.corpus.columns import Columns, texts_in, with_texts

ROW = {
    "text": "a",
    "a.b": "b",
    "meta": {"note": "c", "n": 1, "deep": {"note": "d"}},
    "messages": [{"role": "e", "content": "f"}, {"role": "g", "content": None}, {"content": ["h", 2]}],
    "map": [("text", "i"), ("k", "j")],
}


@pytest.mark.parametrize(
    ("names", "found", "seen"),
    [
        ((), "abcdefghij", set()),
        (("text",), "a", {"text"}),
        (("a.b",), "b", {"a.b"}),
        (("meta",), "cd", {"meta"}),
        (("meta.note",), "c", {"meta.note"}),
        (("meta.deep.note", "text"), "ad", {"meta.deep.note", "text"}),
        (("messages.content",), "fh", {"messages.content"}),
        (("map.k",), "j", {"map.k"}),
        (("meta.n",), "", {"meta.n"}),
        (("Text", "meta.nothing", "text.more"), "", set()),
    ],
)
def test_texts_and_their_replacement(names: tuple[str, ...], found: str, seen: set[str]) -> None:
    columns = Columns(names)
    assert "".join(texts_in(ROW, columns, columns.wanted)) == found
    assert columns.seen == seen
    upper = iter(found.upper())
    changed: Any = with_texts(ROW, columns, columns.wanted, upper.__next__)
    assert list(upper) == []
    everything = Columns(())
    before, after = ("".join(texts_in(row, everything, everything.wanted)) for row in (ROW, changed))
    assert after == "".join(c.upper() if c in found else c for c in before)
