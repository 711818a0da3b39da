"""`POST /v1/messages` as the gateway sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from expunge.gateway.apis.base import NO_CHUNK, Json, StreamedReply
from expunge.gateway.apis.json_schema import call_id, fitting, forced_tool, said_by_call
from expunge.gateway.apis.messages.reply import LABELS, MESSAGE, OWN_CALL, THOUGHTS, blocks_of, draft_of, length_of
from expunge.gateway.apis.messages.request import as_functions, conversation_of, spoken_of, wanted_schema
from expunge.gateway.apis.messages.stream import collect, continue_stream, stream, visible_text
from expunge.gateway.apis.texts import unknown_texts
from expunge.gateway.apis.usage import counterfactual_usage, usage_of
from expunge.gateway.http_errors import Problem, anthropic_error
from expunge.gateway.sse import Event
from expunge.pipeline import Outcome
from expunge.settings import RefusalForm
from expunge.types import Decision, Draft, Message

_KEPT_REASONS = frozenset(
    ("end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "model_context_window_exceeded")
)
"""Why an answer ended, as far as that is still true of one that was rewritten."""


class MessagesApi:
    """Anthropic's API. A message is one choice: its texts together are the visible answer.

    `refusal` says how a refusal looks: as an ordinary answer, or, in either other form, with the reason `refusal` for
    its end, which is the only mark that this API has.
    """

    path = "messages"
    threaded = False
    key_headers = frozenset((b"authorization", b"x-api-key"))

    def __init__(self, refusal: RefusalForm = "text") -> None:
        self._marked = refusal != "text"

    def error(self, problem: Problem, request_id: str) -> Event:
        """The error in Anthropic's form."""
        return anthropic_error(problem, request_id)

    def conversation(self, body: Json) -> tuple[Message, ...]:
        """The system prompt, what tools and unknown fields say, and the turns.

        Raises:
            InvalidBody: if there are no messages, or one is none.
        """
        return conversation_of(body)

    def spoken(self, body: Json, messages: Sequence[Message]) -> tuple[Message, ...]:
        """The system prompt and the turns."""
        return spoken_of(body, messages)

    def promises_form(self, body: Json) -> bool:
        """Whether tools or a format are declared."""
        return bool(body.get("tools")) or wanted_schema(body) is not None

    def drafts(self, body: Json, reply: Json, beside: Sequence[str] = ()) -> tuple[Draft, ...]:
        """The only one.

        Raises:
            ModelReplyError: if the reply is no message.
        """
        return (draft_of(body, reply, beside),)

    def rewritten(self, body: Json, reply: Json, outcomes: Sequence[Outcome]) -> dict[str, Any]:
        """The message with one text in the place of all."""
        (outcome,) = outcomes
        if outcome.decision is Decision.PASSED:
            return dict(reply)
        if outcome.counterfactual is not None and not self._marked:
            return _counterfactual(body, reply, outcome.counterfactual)
        content = self._content(body, reply, outcome)
        return _written(body, reply, content, self._reason(reply, content, outcome))

    def collected(self, events: Sequence[Event]) -> StreamedReply:
        """The message that events add up to.

        Raises:
            ModelReplyError: if they are no whole answer.
        """
        return collect(events)

    def streamed(self, body: Json, reply: Json, like: Json = NO_CHUNK) -> Iterator[Event]:
        """The message from its start to its end, block after block."""
        return stream(reply, like)

    def visible(self, body: Json, event: Event) -> str | None:
        """The text of a delta of a message's first block, as long as there is nothing else."""
        return visible_text(body, event)

    def continued(
        self, body: Json, reply: Json, sent: Sequence[Event], rest: str, like: Json = NO_CHUNK
    ) -> Iterator[Event]:
        """The rest of the only text, and all that ends it."""
        shown = "".join(self.visible(body, event) or "" for event in sent)
        message = _written(body, reply, [_text_block(blocks_of(reply), shown + rest)], "end_turn")
        return continue_stream(message, sent, rest, like)

    def _content(self, body: Json, reply: Json, outcome: Outcome) -> list[Json]:
        """One text where the first one stood, none if it says nothing; calls stay if nothing was found in them."""
        blocks = blocks_of(reply)
        refused = outcome.decision is Decision.REFUSED
        words = outcome.words or outcome.text
        if refused and not self._marked:
            forced = forced_tool(as_functions(body))
            if forced is not None and (arguments := said_by_call(forced[1], words)) is not None:
                given = json.loads(arguments)
                called = next((block for block in blocks if block.get("type") == OWN_CALL), {})
                made = {"type": OWN_CALL, "id": f"toolu_{call_id(words)}", "name": forced[0], "input": given}
                if called.get("caller") == {"type": "direct"}:
                    made["caller"] = {"type": "direct"}
                return [_like(made, called)]
        text = _formed(body, outcome)
        said = [_text_block(blocks, text)] if text else []
        # Of what is left without a text, the calls were judged by themselves.
        in_calls = bool(outcome.text) and any(evidence.channel == "tool_call" for evidence in outcome.trace.evidence)
        if refused or in_calls:
            return list(said)
        content: list[Json] = []
        put = False
        for block in blocks:
            if block.get("type") == "text":
                content += [] if put else said
                put = True
            # A signature is of the thought that was given with it, and holds for no other.
            elif block.get("type") not in THOUGHTS:
                content.append(block)
        return content if put else [*said, *content]

    def _reason(self, reply: Json, content: Sequence[Json], outcome: Outcome) -> str:
        if any(block.get("type") == OWN_CALL for block in content):
            return "tool_use"
        if outcome.decision is Decision.REFUSED:
            return "refusal" if self._marked else "end_turn"
        reason = reply.get("stop_reason")
        ended = isinstance(reason, str) and reason in _KEPT_REASONS and reason != "tool_use"
        return reason if ended and isinstance(reason, str) else "end_turn"


class TokenCountApi(MessagesApi):
    """`POST /v1/messages/count_tokens`: the requests of messages; its replies are numbers."""

    path = "messages/count_tokens"


def _written(body: Json, reply: Json, content: Sequence[Json], reason: str) -> dict[str, Any]:
    """A message with other content, which ended for this reason."""
    blocks = blocks_of(reply)
    written: dict[str, Any] = {}
    for key, value in reply.items():
        if key == "content":
            written[key] = list(content)
        elif key == "usage":
            written[key] = usage_of(value, length_of(blocks), length_of(content))
        elif key == "stop_reason":
            written[key] = reason
        elif key == "stop_sequence":
            given = body.get("stop_sequences")
            own = reason == "stop_sequence" and isinstance(given, list) and value in given
            written[key] = value if own else None
        elif key == "stop_details":
            written[key] = None
        elif key in LABELS:
            written[key] = None if unknown_texts({key: value}, MESSAGE) else value
    return written


def _counterfactual(body: Json, reply: Json, about_stranger: Json) -> dict[str, Any]:
    """A counterfactual message under the labels of the other, by which the upstream knows it."""
    written = _written(body, reply, blocks_of(about_stranger), str(about_stranger.get("stop_reason") or "end_turn"))
    if "stop_sequence" in written:
        written["stop_sequence"] = about_stranger.get("stop_sequence")
    if "usage" in written and "usage" in about_stranger:
        written["usage"] = counterfactual_usage(reply.get("usage"), about_stranger["usage"])
    return written


def _text_block(blocks: Sequence[Json], text: str) -> Json:
    """A text in the form that the reply's own have."""
    first: Json = next((block for block in blocks if block.get("type") == "text"), {})
    empty = {"citations": None} if "citations" in first else {}
    return _like({"type": "text", "text": text, **empty}, first)


def _like(made: dict[str, Any], first: Json) -> dict[str, Any]:
    """The same fields in the order in which the upstream has them."""
    return {key: made[key] for key in (*(key for key in first if key in made), *made)}


def _formed(body: Json, outcome: Outcome) -> str:
    """The decided text in the form that was asked for; as it is, if none can be made."""
    schema = wanted_schema(body)
    if schema is None:
        return outcome.text
    words = (outcome.words or outcome.text) if outcome.decision is Decision.REFUSED else ""
    made = fitting(outcome.text, schema, words)
    return outcome.text if made is None else made
