"""What an answer is said to have cost."""

from __future__ import annotations

from typing import Any

import pytest

from expunge.gateway.apis.usage import counted, share_of, taken, timings_of, usage_of

CHAT = {
    "prompt_tokens": 10,
    "completion_tokens": 20,
    "total_tokens": 30,
    "prompt_tokens_details": {"cached_tokens": 4, "Odo": 1},
    "completion_tokens_details": {"reasoning_tokens": 12, "audio_tokens": None},
    "aside": "Odo",
    "cost": 0.5,
}


@pytest.mark.parametrize(
    ("before", "after", "tokens"),
    [
        (80, 20, 5),
        (80, 0, 0),
        (80, 1, 1),
        (0, 20, 5),
        (4_000, 24, 3),
        (16, 20, 10),
        (1, 20, 20),
    ],
)
def test_tokens_of_what_is_shown(before: int, after: int, tokens: int) -> None:
    assert usage_of(CHAT, before, after) == {
        "prompt_tokens": 10,
        "completion_tokens": tokens,
        "total_tokens": 10 + tokens,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": None},
        "cost": pytest.approx(0.5 * (tokens or 20) / 20),
    }


def test_usage_of_a_response() -> None:
    usage = {"input_tokens": 3, "output_tokens": 10, "total_tokens": 13, "output_tokens_details": {"text_tokens": 4}}
    assert usage_of(usage, 40, 8) == {
        "input_tokens": 3,
        "output_tokens": 2,
        "total_tokens": 5,
        "output_tokens_details": {"text_tokens": 0},
    }


@pytest.mark.parametrize("usage", [None, "Odo", [1]])
def test_what_is_no_usage_is_none(usage: Any) -> None:
    assert usage_of(usage, 1, 2) is None


def test_counts_that_are_none_are_left_out() -> None:
    assert usage_of({"prompt_tokens": -3, "completion_tokens": "Odo", "total_tokens": True}, 1, 8) == {}


@pytest.mark.parametrize(
    ("reply", "tokens"),
    [
        ({}, (0, 0)),
        ({"usage": CHAT}, (10, 20)),
        ({"usage": {"input_tokens": 3, "output_tokens": 4}}, (3, 4)),
        ({"usage": {"input_tokens": -3, "output_tokens": "4"}}, (0, 0)),
    ],
)
def test_what_a_reply_says_it_took(reply: dict[str, Any], tokens: tuple[int, int]) -> None:
    assert counted(reply) == tokens


def test_details_that_are_null_stay() -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 4, "prompt_tokens_details": None}
    assert usage_of(usage, 16, 8) == {"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": None}


def test_times_are_those_of_what_is_shown() -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 40, "completion_time": 2.0, "prompt_time": 0.1, "who": "Odo"}
    changed = usage_of(usage, 160, 20)
    assert changed == {"prompt_tokens": 5, "completion_tokens": 5, "completion_time": 0.25, "prompt_time": 0.1}
    assert share_of(usage, changed) == 0.125
    assert share_of(None, changed) == 1.0
    timings = {"prompt_n": 5, "predicted_n": 40, "predicted_ms": 400.0, "predicted_per_second": 100.0, "who": "Odo"}
    assert timings_of(timings, 0.125) == {
        "prompt_n": 5,
        "predicted_n": 5,
        "predicted_ms": 50.0,
        "predicted_per_second": 100.0,
    }
    assert timings_of("Odo", 1.0) is None


@pytest.mark.parametrize(
    ("reply", "tokens"),
    [
        ({}, (10, 2)),
        ({"usage": None}, (10, 2)),
        ({"usage": {"prompt_tokens": 12}}, (12, 2)),
        ({"usage": {"input_tokens": 3, "output_tokens": 4}}, (3, 4)),
    ],
)
def test_what_is_not_said_is_estimated(reply: dict[str, Any], tokens: tuple[int, int]) -> None:
    assert taken(reply, 40, 5) == tokens
    assert taken({}, 0, 0) == (0, 0)
