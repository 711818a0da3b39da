"""What events add to the texts of an answer, whatever the endpoint."""

from __future__ import annotations

import json
from typing import Any

import pytest

from expunge.gateway.apis.deltas import MOST, deltas
from expunge.gateway.sse import DONE, Event


def texts(value: Any) -> list[str]:
    return [text for _, text in deltas(Event(json.dumps(value)))]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Tea. "}}]}, ["Tea. "]),
        ({"choices": [{"index": 0, "delta": {"reasoning_content": "Hm. "}, "finish_reason": "stop"}]}, ["Hm. "]),
        ({"choices": [{"index": 0, "delta": {"content": "a"}}, {"index": 1, "delta": {"content": "b"}}]}, ["a", "b"]),
        ({"choices": [{"index": 0, "text": "Tea. ", "logprobs": {"tokens": ["Tea", ". "]}}]}, ["Tea. "]),
        (
            {
                "choices": [
                    {"delta": {"tool_calls": [{"index": 1, "id": "c", "function": {"name": "f", "arguments": "{"}}]}}
                ]
            },
            ["f", "{"],
        ),
        ({"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Tea. "}, ["Tea. "]),
        ({"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": "Tea. "}, []),
        ({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Tea. "}}, ["Tea. "]),
        ({"type": "content_block_delta", "index": 1, "delta": {"type": "thinking_delta", "thinking": "Hm."}}, ["Hm."]),
        ({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, []),
        ({"choices": []}, []),
        ({"choices": None}, []),
        ({"choices": [None, 1, {"delta": None}]}, []),
        ({"error": {"message": "Odo"}}, []),
        ({"delta": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": {"j": "deep"}}}}}}}}}}}, []),
    ],
)
def test_the_texts_that_an_event_adds(value: Any, said: list[str]) -> None:
    assert texts(value) == said


@pytest.mark.parametrize("data", [DONE, "", "[1]", "{", '{"choices": [' + "[" * 100_000, '{"a": "' + "a" * MOST + '"}'])
def test_what_is_no_such_event_adds_nothing(data: str) -> None:
    assert list(deltas(Event(data))) == []


def test_each_text_goes_on_at_its_own_place() -> None:
    places = [
        {place for place, _ in deltas(Event(json.dumps(value)))}
        for value in (
            {"choices": [{"index": 0, "delta": {"content": "a"}}]},
            {"choices": [{"index": 1, "delta": {"content": "a"}}]},
            {"choices": [{"index": 0, "delta": {"reasoning": "a"}}]},
            {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": "a"}}]}}]},
            {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 1, "function": {"arguments": "a"}}]}}]},
            {"type": "response.output_text.delta", "output_index": 0, "delta": "a"},
            {"type": "response.output_text.delta", "output_index": 1, "delta": "a"},
            {"type": "response.reasoning_text.delta", "output_index": 0, "delta": "a"},
        )
    ]
    assert len(frozenset().union(*places)) == len(places)


@pytest.mark.parametrize("kind", [["a"], {"a": 1}, None, 7])
def test_a_place_can_be_looked_up_whatever_the_event_says_of_itself(kind: Any) -> None:
    [(place, text)] = deltas(Event(json.dumps({"type": kind, "delta": "Tea. "})))
    assert {place: text} == {place: "Tea. "}
