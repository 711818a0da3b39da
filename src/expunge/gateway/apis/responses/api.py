"""`/v1/responses` as the gateway sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from expunge.gateway.apis.base import NO_CHUNK, OPENAI_KEYS, Json, StreamedReply
from expunge.gateway.apis.json_schema import ANY_OBJECT, Schema, call_id, fitting, forced_tool, said_by_call
from expunge.gateway.apis.responses.reply import ECHOES, LABELS, RESPONSE, draft_of, items_of, length_of, unechoed
from expunge.gateway.apis.responses.request import conversation_of, spoken_of
from expunge.gateway.apis.responses.stream import begun, collect, continue_stream, stream, visible_text
from expunge.gateway.apis.texts import LABEL, unknown_texts
from expunge.gateway.apis.usage import counterfactual_usage, usage_of
from expunge.gateway.http_errors import Problem, openai_error
from expunge.gateway.sse import Event
from expunge.pipeline import Outcome
from expunge.settings import RefusalForm
from expunge.types import Decision, Draft, Message


class ResponsesApi:
    """The endpoint's protocol. A response is one choice: all its messages together are the visible answer.

    `refusal` says how a refusal looks: as an ordinary answer, as a part of type `refusal`, or as an answer cut
    short by a content filter.
    """

    path = "responses"
    threaded = True
    key_headers = OPENAI_KEYS

    def __init__(self, refusal: RefusalForm = "text") -> None:
        self._form = refusal

    def error(self, problem: Problem, request_id: str) -> Event:
        """The error in OpenAI's form."""
        return openai_error(problem, request_id)

    def conversation(self, body: Json) -> tuple[Message, ...]:
        """All that the request says; what the server adds by itself is judged by the answer alone."""
        return conversation_of(body)

    def spoken(self, body: Json, messages: Sequence[Message]) -> tuple[Message, ...]:
        """Instructions and input."""
        return spoken_of(body, messages)

    def promises_form(self, body: Json) -> bool:
        """Whether tools or a format of the text are declared."""
        text = body.get("text")
        form = text.get("format") if isinstance(text, Mapping) else None
        return bool(body.get("tools")) or (isinstance(form, Mapping) and form.get("type") not in (None, "text"))

    def drafts(self, body: Json, reply: Json, beside: Sequence[str] = ()) -> tuple[Draft, ...]:
        """The only one."""
        return (draft_of(body, reply, beside),)

    def rewritten(self, body: Json, reply: Json, outcomes: Sequence[Outcome]) -> dict[str, Any]:
        """The reply with one message in the place of all."""
        (outcome,) = outcomes
        if outcome.decision is Decision.PASSED:
            return dict(reply)
        if outcome.counterfactual is not None and self._form == "text":
            return _counterfactual(body, reply, outcome.counterfactual)
        if outcome.decision is Decision.REFUSED and self._form == "content_filter":
            reason = "content_filter"
        elif outcome.decision is Decision.REWRITTEN and reply.get("status") == "incomplete":
            reason = "max_output_tokens"
        else:
            reason = ""
        return _written(body, reply, self._output(body, reply, outcome), reason)

    def collected(self, events: Sequence[Event]) -> StreamedReply:
        """The response that the last event holds, and what other events say besides."""
        return collect(events)

    def streamed(self, body: Json, reply: Json, like: Json = NO_CHUNK) -> Iterator[Event]:
        """The response from its creation to its end, item after item."""
        return stream(reply)

    def visible(self, body: Json, event: Event) -> str | None:
        """The text of a delta of a response's first message, as long as there is nothing else."""
        return visible_text(body, event)

    def continued(
        self, body: Json, reply: Json, sent: Sequence[Event], rest: str, like: Json = NO_CHUNK
    ) -> Iterator[Event]:
        """The rest of the only message, and all that ends it."""
        shown = "".join(self.visible(body, event) or "" for event in sent)
        message = {**_first_message(reply), **begun(sent)}
        message["content"] = [_part(reply, shown + rest)]
        return continue_stream(_written(body, reply, [message], ""), sent, rest)

    def _output(self, body: Json, reply: Json, outcome: Outcome) -> list[Any]:
        """One message where the first one stood, none if it says nothing; calls stay if nothing was found in them."""
        given = items_of(reply)
        message = self._message(body, reply, outcome)
        if outcome.decision is Decision.REFUSED and self._form == "text":
            words = outcome.words or outcome.text
            forced = forced_tool(body)
            if forced is not None and (arguments := said_by_call(forced[1], words)) is not None:
                key = call_id(words)
                made = {"type": "function_call", "call_id": f"call_{key}", "name": forced[0], "arguments": arguments}
                return [{"id": f"fc_{key}", "status": "completed", **made}]
        # Of what is left without a text, the calls were judged by themselves.
        in_calls = bool(outcome.text) and any(evidence.channel == "tool_call" for evidence in outcome.trace.evidence)
        if outcome.decision is Decision.REFUSED or in_calls:
            return [message]
        output: list[Any] = []
        for item in given:
            if item.get("type") == "message":
                output += [message] if outcome.text and message not in output else []
            elif item.get("type") != "reasoning":
                output.append(item)
        return output if message in output or not outcome.text else [message, *output]

    def _message(self, body: Json, reply: Json, outcome: Outcome) -> dict[str, Any]:
        refused = outcome.decision is Decision.REFUSED
        text = _formed(body, outcome)
        part = _part(reply, text or "")
        if text is None or (refused and self._form == "refusal"):
            part = {"type": "refusal", "refusal": outcome.words or outcome.text}
        return {**_first_message(reply), "content": [part]}


def _written(body: Json, reply: Json, output: list[Any], cut_by: str) -> dict[str, Any]:
    """A response with other output; `cut_by` says why it is incomplete, if it is."""
    written: dict[str, Any] = {}
    for key, value in reply.items():
        if key == "output":
            written[key] = output
        elif key == "usage":
            before, after = length_of(items_of(reply)), length_of(output)
            written[key] = usage_of(value, before, after)
        elif key == "status":
            written[key] = "incomplete" if cut_by else "completed"
        elif key == "incomplete_details":
            written[key] = {"reason": cut_by} if cut_by else None
        elif key == "error":
            written[key] = None
        elif key in LABELS:
            written[key] = None if unknown_texts({key: value}, RESPONSE) else value
        elif key in ECHOES:
            written[key] = body.get(key) if unechoed(body, {key: value}) else value
    return written


def _counterfactual(body: Json, reply: Json, about_stranger: Json) -> dict[str, Any]:
    """A counterfactual response under the labels of the other, by which the upstream knows it."""
    written = _written(body, reply, list(items_of(about_stranger)), "")
    given = {key: value for key, value in about_stranger.items() if key not in LABELS and key not in ECHOES}
    fields = {**written, **given, "status": about_stranger.get("status", "completed")}
    if "usage" in fields:
        fields["usage"] = counterfactual_usage(reply.get("usage"), fields["usage"])
    return {key: fields[key] for key in (*(key for key in reply if key in fields), *fields)}


def _first_message(reply: Json) -> dict[str, Any]:
    """The first message of a response without its content, or one that it may well have had."""
    first: Json = next((item for item in items_of(reply) if item.get("type") == "message"), {})
    kept = {key: label for key in ("id", "phase") if (label := _label(first.get(key)))}
    made = {
        "id": f"msg_{_label(reply.get('id')).removeprefix('resp_')}",
        "type": "message",
        "status": "completed",
        **kept,
        "content": [],
        "role": "assistant",
    }
    return _like(made, first)


def _part(reply: Json, text: str) -> dict[str, Any]:
    """A part of a message, in the form that the response's own have."""
    parts = (part for item in items_of(reply) if item.get("type") == "message" for part in item.get("content") or ())
    first: Json = next((part for part in parts if part.get("type") == "output_text"), {})
    made = {"type": "output_text", "annotations": [], "logprobs": [], "text": text}
    if first:
        made = {key: value for key, value in made.items() if key in first or key not in ("annotations", "logprobs")}
    return _like(made, first)


def _like(made: dict[str, Any], first: Json) -> dict[str, Any]:
    """The same fields in the order in which the upstream has them."""
    return {key: made[key] for key in (*(key for key in first if key in made), *made)}


def _formed(body: Json, outcome: Outcome) -> str | None:
    """The decided text in the form that was asked for, None if none can be made."""
    schema = wanted_schema(body)
    if schema is None:
        return outcome.text
    return fitting(
        outcome.text, schema, (outcome.words or outcome.text) if outcome.decision is Decision.REFUSED else ""
    )


def wanted_schema(body: Json) -> Schema | None:
    """The JSON schema that the answer must meet; None where it is free text."""
    text = body.get("text")
    form = text.get("format") if isinstance(text, Mapping) else None
    kind = form.get("type") if isinstance(form, Mapping) else None
    if kind == "json_object":
        return ANY_OBJECT
    if not isinstance(form, Mapping) or kind != "json_schema":
        return None
    schema = form.get("schema", True)
    return schema if isinstance(schema, Mapping | bool) else True


def _label(value: Any) -> str:
    return value if isinstance(value, str) and not unknown_texts({"id": value}, {"id": LABEL}) else ""
