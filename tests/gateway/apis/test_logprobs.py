"""What log-probabilities say beside the text."""

from __future__ import annotations

from typing import Any

import pytest

from expunge.errors import ModelReplyError
from expunge.gateway.apis.logprobs import logprob_texts


def entry(token: str, *others: str, said: list[int] | None = None) -> dict[str, Any]:
    alternatives = [{"token": other, "bytes": list(other.encode()), "logprob": -2.5} for other in others]
    return {
        "token": token,
        "bytes": said if said is not None else list(token.encode()),
        "logprob": -0.1,
        "top_logprobs": alternatives,
    }


@pytest.mark.parametrize(
    ("entries", "text", "found"),
    [
        (None, "", ()),
        ([], "", ()),
        ([entry("I"), entry(" know")], "I know", ()),
        ([entry("I"), entry(" know")], "Something else", ("I know",)),
        ([entry("I", "Odo"), entry(" know", " Brackwell")], "I know", ("Odo Brackwell",)),
        ([entry("Od", said=list(b"Odo"))], "Od", ("Odo",)),
        ([{"token": "é", "bytes": None, "logprob": 0.0}], "é", ()),
        ([entry("\ufffd", said=[0xC3]), entry("\ufffd", said=[0xA9])], "\ufffd\ufffd", ()),
        ([{**entry("a"), "aside": "Odo"}], "a", ("aside", "Odo")),
    ],
)
def test_what_is_said(entries: Any, text: str, found: tuple[str, ...]) -> None:
    assert logprob_texts(entries, text) == found


@pytest.mark.parametrize(
    "entries",
    [
        "Odo",
        ["Odo"],
        [{"token": 7}],
        [{"token": "a", "bytes": "Odo"}],
        [{"token": "a", "bytes": [300]}],
        [{"token": "a", "top_logprobs": "Odo"}],
        [{"token": "a", "top_logprobs": ["Odo"]}],
    ],
)
def test_what_is_none_is_not_read(entries: Any) -> None:
    with pytest.raises(ModelReplyError):
        logprob_texts(entries, "a")
