"""The matrix of what the gateway serves: endpoint by way of delivery by feature, each cell with a request and a reply.

A reply holds a text in one channel; what the tests put there is harmless, or about a target. `docs/matrix.md` is
written from these cells and from the outcome of their tests (`python -m tests.gateway.matrix.page`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from expunge.gateway.sse import DONE, Event
from tests.gateway.apis.messages import replies
from tests.gateway.test_every_channel import (
    BY_KIND,
    ENDPOINTS,
    HIDDEN,
    chat,
    chunks,
    completion,
    data,
    filled,
    logprob,
    message,
    response,
    tool,
)

ASK = "What is there to do today?"
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)
SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}
NOTE = {"name": "note", "description": "Keeps a note.", "parameters": {"type": "object"}}
FEATURES = ("text", "tools", "reasoning", "JSON", "n > 1", "log-probabilities", "images in", "refusal")
WAYS = ("whole", "streamed")


@dataclass(frozen=True)
class Cell:
    """One feature of one endpoint: `fields` are added to the request, `reply` holds the text where `HIDDEN` stands.

    `asked` tells that the question names the target, so that the answer as a whole must be a refusal.
    """

    endpoint: str
    feature: str
    reply: Mapping[str, Any]
    fields: Mapping[str, Any] = field(default_factory=dict)
    asked: bool = False

    def request(self, question: str, way: str) -> dict[str, Any]:
        """Return the body of a request with this question."""
        return {
            **_spoken(self.endpoint, question, self.feature == "images in"),
            **self.fields,
            "stream": way != "whole",
        }

    def replied(self, text: str) -> dict[str, Any]:
        """Return the upstream's reply with this text in the cell's channel."""
        reply: dict[str, Any] = filled(self.reply, text)
        return reply

    def events(self, text: str) -> list[Event]:
        """Return the same reply as the events of a stream."""
        reply = self.replied(text)
        if self.endpoint in BY_KIND:
            return list(ENDPOINTS[self.endpoint][0].streamed({}, reply))
        return [*map(data, chunks(self.endpoint, reply)), Event(DONE)]


def _spoken(endpoint: str, question: str, with_image: bool) -> dict[str, Any]:
    if endpoint == "completions":
        return {"model": "stub", "prompt": question}
    if endpoint == "responses":
        if not with_image:
            return {"model": "stub", "input": question}
        parts = [{"type": "input_text", "text": question}, {"type": "input_image", "image_url": PIXEL}]
        return {"model": "stub", "input": [{"role": "user", "content": parts}]}
    if endpoint == "messages":
        asked: Any = question
        if with_image:
            image = {"type": "base64", "media_type": "image/png", "data": PIXEL.partition(",")[2]}
            asked = [{"type": "image", "source": image}, {"type": "text", "text": question}]
        return {"model": "stub", "max_tokens": 64, "messages": [{"role": "user", "content": asked}]}
    content: Any = question
    if with_image:
        content = [{"type": "text", "text": question}, {"type": "image_url", "image_url": {"url": PIXEL}}]
    return {"model": "stub", "messages": [{"role": "user", "content": content}]}


def _answer(text: str = HIDDEN) -> str:
    return json.dumps({"answer": text})


_JSON_FORMAT = {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": SCHEMA}}
_CHAT_REPLY = chat(content=HIDDEN)
_COMPLETION_REPLY = completion(text=HIDDEN)

CELLS = (
    Cell("chat/completions", "text", _CHAT_REPLY),
    Cell(
        "chat/completions",
        "tools",
        chat({"finish_reason": "tool_calls"}, content=None, tool_calls=tool(arguments='{"note": "@@"}')),
        {"tools": [{"type": "function", "function": NOTE}]},
    ),
    Cell("chat/completions", "reasoning", chat(reasoning_content=HIDDEN), {"reasoning_effort": "low"}),
    Cell("chat/completions", "JSON", chat(content=_answer()), {"response_format": _JSON_FORMAT}),
    Cell(
        "chat/completions",
        "n > 1",
        {**chat(), "choices": [*chat()["choices"], *chat({"index": 1}, content=HIDDEN)["choices"]]},
        {"n": 2},
    ),
    Cell(
        "chat/completions",
        "log-probabilities",
        chat({"logprobs": {"content": [logprob("Tea", HIDDEN)], "refusal": None}}),
        {"logprobs": True, "top_logprobs": 1},
    ),
    Cell("chat/completions", "images in", _CHAT_REPLY),
    Cell("chat/completions", "refusal", _CHAT_REPLY, asked=True),
    Cell("responses", "text", response(message(text=HIDDEN))),
    Cell(
        "responses",
        "tools",
        response(
            {
                "id": "fc_1",
                "type": "function_call",
                "status": "completed",
                "call_id": "c",
                "name": "note",
                "arguments": '{"note": "@@"}',
            }
        ),
        {"tools": [{"type": "function", **NOTE}]},
    ),
    Cell(
        "responses",
        "reasoning",
        response({"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": HIDDEN}]}, message()),
        {"reasoning": {"effort": "low", "summary": "auto"}},
    ),
    Cell(
        "responses",
        "JSON",
        response(message(text=_answer())),
        {"text": {"format": {"type": "json_schema", "name": "reply", "strict": True, "schema": SCHEMA}}},
    ),
    Cell(
        "responses",
        "log-probabilities",
        response(message(logprobs=[logprob("Tea", HIDDEN)])),
        {"include": ["message.output_text.logprobs"], "top_logprobs": 1},
    ),
    Cell("responses", "images in", response(message(text=HIDDEN))),
    Cell("responses", "refusal", response(message(text=HIDDEN)), asked=True),
    Cell("messages", "text", replies.reply(replies.text(HIDDEN))),
    Cell(
        "messages",
        "tools",
        replies.reply(replies.call({"note": HIDDEN}), stop_reason="tool_use"),
        {"tools": [{"name": "note", "description": "Keeps a note.", "input_schema": {"type": "object"}}]},
    ),
    Cell(
        "messages",
        "reasoning",
        replies.reply(replies.thinking(HIDDEN), replies.text()),
        {"max_tokens": 2048, "thinking": {"type": "enabled", "budget_tokens": 1024}},
    ),
    Cell(
        "messages",
        "JSON",
        replies.reply(replies.text(_answer())),
        {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
    ),
    Cell("messages", "images in", replies.reply(replies.text(HIDDEN))),
    Cell("messages", "refusal", replies.reply(replies.text(HIDDEN)), asked=True),
    Cell("completions", "text", _COMPLETION_REPLY),
    Cell(
        "completions",
        "n > 1",
        {**completion(), "choices": [*completion()["choices"], *completion(index=1, text=HIDDEN)["choices"]]},
        {"n": 2},
    ),
    Cell(
        "completions",
        "log-probabilities",
        completion(logprobs={"tokens": ["Tea"], "token_logprobs": [-0.1], "top_logprobs": [{"Tea": -0.1, HIDDEN: -2.0}],
                             "text_offset": [0]}),
        {"logprobs": 1},
    ),
    Cell("completions", "refusal", _COMPLETION_REPLY, asked=True),
)  # fmt: skip

ABSENT = {
    ("responses", "n > 1"): "the API gives one answer",
    ("messages", "n > 1"): "the API gives one answer",
    ("messages", "log-probabilities"): "the API gives none",
    ("completions", "tools"): "the API has no tools",
    ("completions", "reasoning"): "the API has no reasoning",
    ("completions", "JSON"): "the API has no formats",
    ("completions", "images in"): "the API takes text only",
}
"""Cells that an API has no use for, with the reason."""
