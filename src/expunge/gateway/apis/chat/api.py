"""`POST /v1/chat/completions`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from expunge.errors import ModelReplyError
from expunge.gateway.apis.base import NO_CHUNK, OPENAI_KEYS, Json, StreamedReply
from expunge.gateway.apis.chat.reply import KNOWN_REPLY, choices_of, drafts_of
from expunge.gateway.apis.chat.request import aside_of, conversation_of, promises_form, wants_json
from expunge.gateway.apis.chat.stream import Chunks, chunk_of, collect, stream
from expunge.gateway.apis.json_schema import fitting, forced_call
from expunge.gateway.apis.texts import unknown_texts
from expunge.gateway.apis.usage import counterfactual_usage, share_of, timings_of, usage_of
from expunge.gateway.http_errors import Problem, openai_error
from expunge.gateway.sse import Event
from expunge.pipeline import Outcome
from expunge.settings import RefusalForm
from expunge.types import Decision, Draft, Message

_KEPT = (
    *("id", "object", "created", "model", "system_fingerprint", "service_tier", "provider"),
    # Null unless asked for; of anything else nothing stays.
    *("prompt_logprobs", "prompt_token_ids", "kv_transfer_params"),
)
_KEPT_OF_CHOICE = ("stop_reason", "token_ids", "matched_stop")
_VISIBLE_DELTA = frozenset({"role", "content"})
_EMPTY: Mapping[str, Any] = {"tool_calls": [], "annotations": []}
"""What stands in a message for nothing; where a changed one had such a field, it keeps it so."""


class ChatApi:
    """Chat completions, as OpenAI, vLLM, Ollama and llama.cpp give them."""

    path = "chat/completions"
    threaded = False
    key_headers = OPENAI_KEYS

    def __init__(self, refusal: RefusalForm = "text") -> None:
        self._refusal = refusal

    def error(self, problem: Problem, request_id: str) -> Event:
        """The error in OpenAI's form."""
        return openai_error(problem, request_id)

    def conversation(self, body: Json) -> tuple[Message, ...]:
        """The turns with their tool results and documents; before them what tools and unknown fields say.

        Raises:
            InvalidBody: if there are no messages, or one is none.
        """
        return conversation_of(body)

    def spoken(self, body: Json, messages: Sequence[Message]) -> tuple[Message, ...]:
        """The turns alone."""
        return tuple(messages[1:] if aside_of(body) else messages)

    def promises_form(self, body: Json) -> bool:
        """Whether tools, functions or a format of the response are declared."""
        return promises_form(body)

    def drafts(self, body: Json, reply: Json, beside: Sequence[str] = ()) -> tuple[Draft, ...]:
        """One draft a choice.

        Raises:
            ModelReplyError: if the reply is no completion.
        """
        return drafts_of(body, reply, beside)

    def rewritten(self, body: Json, reply: Json, outcomes: Sequence[Outcome]) -> dict[str, Any]:
        """The completion with the decided texts."""
        choices = choices_of(reply)
        done = [
            choice if outcome.decision is Decision.PASSED else self._changed(body, choice, outcome, number)
            for number, (choice, outcome) in enumerate(zip(choices, outcomes, strict=True))
        ]
        if all(self._is_counterfactual(outcome) for outcome in outcomes):
            counterfactual = {**outcomes[0].counterfactual, "choices": done}
            if "usage" in counterfactual:
                counterfactual["usage"] = counterfactual_usage(reply.get("usage"), counterfactual["usage"])
            return counterfactual
        labels = {key: reply[key] for key in _KEPT if key in reply}
        changed = {key: None if unknown_texts({key: value}, KNOWN_REPLY) else value for key, value in labels.items()}
        changed["choices"] = done
        if "usage" in reply:
            changed["usage"] = usage_of(reply["usage"], _length(choices), _length(done))
        if "timings" in reply:
            changed["timings"] = timings_of(reply["timings"], share_of(reply.get("usage"), changed.get("usage")))
        return {key: changed[key] for key in (*(k for k in reply if k in changed), *changed)}

    def collected(self, events: Sequence[Event]) -> StreamedReply:
        """The completion that chunks add up to.

        Raises:
            ModelReplyError: if they are no whole answer.
        """
        return collect(events)

    def streamed(self, body: Json, reply: Json, like: Json = NO_CHUNK) -> Iterator[Event]:
        """A whole completion in chunks."""
        return stream(body, reply, like)

    def visible(self, body: Json, event: Event) -> str | None:
        """The text that a chunk adds to the answer; None for anything else."""
        try:
            chunk = chunk_of(event)
        except ModelReplyError:
            return None
        if event.name or chunk is None or chunk.get("usage") is not None or len(chunk.get("choices", ())) != 1:
            return None
        if any(value is not None and key not in KNOWN_REPLY for key, value in chunk.items()):
            return None
        if unknown_texts({key: value for key, value in chunk.items() if value is not None}, KNOWN_REPLY):
            return None
        choice = chunk["choices"][0]
        delta = choice.get("delta")
        held = any(value is not None for key, value in choice.items() if key not in ("index", "delta"))
        if held or choice.get("index", 0) != 0 or not isinstance(delta, dict):
            return None
        if any(value and key not in _VISIBLE_DELTA for key, value in delta.items()):
            return None
        if delta.get("role") not in (None, "assistant"):
            return None
        content = delta.get("content")
        return content if isinstance(content, str) else None if content is not None else ""

    def continued(
        self, body: Json, reply: Json, sent: Sequence[Event], rest: str, like: Json = NO_CHUNK
    ) -> Iterator[Event]:
        """The rest of a text in chunks, and the end."""
        chunks = Chunks(body, reply, like)
        if not sent:
            yield chunks.opening(0)
        yield from chunks.text(0, rest)
        yield chunks.delta(0, {}, "stop")
        after = sum(len(self.visible(body, event) or "") for event in sent) + len(rest)
        yield from chunks.closing(usage_of(reply.get("usage"), _length(choices_of(reply)), after))

    def _is_counterfactual(self, outcome: Outcome) -> bool:
        return outcome.counterfactual is not None and self._refusal == "text"

    def _changed(self, body: Json, choice: Mapping[str, Any], outcome: Outcome, number: int) -> dict[str, Any]:
        """A choice with the decided text: the fields that it had, without what they said; or a counterfactual one."""
        if self._is_counterfactual(outcome):
            others = choices_of(outcome.counterfactual)
            return {**others[number if number < len(others) else 0], "index": choice.get("index", 0)}
        old: Mapping[str, Any] = choice["message"]
        refused = outcome.decision is Decision.REFUSED
        # In the order in which the upstream has them, as in an answer that was not changed.
        message: dict[str, Any] = {key: None if old[key] is None else _EMPTY.get(key) for key in old if key in _FIELDS}
        message |= {"role": "assistant", "content": outcome.text}
        calls = None if refused or _in_calls(outcome) else old.get("tool_calls")
        schema = wants_json(body)
        form = self._refusal if refused else "text"
        if schema is not None and not calls and form == "text":
            fitted = fitting(outcome.text, schema, (outcome.words or outcome.text) if refused else "")
            message["content"] = fitted
            form = form if fitted is not None else "refusal"
        made = forced_call(body, outcome.words or outcome.text) if refused and form == "text" else None
        if made is not None:
            message |= {"content": None, "tool_calls": [made]}
        if form == "refusal":
            message |= {"content": None, "refusal": outcome.words or outcome.text}
        finish = "content_filter" if form == "content_filter" else "stop"
        if calls or made is not None:
            # Whether a call that the request leaves no choice about ends with "stop" differs among upstreams.
            said = choice.get("finish_reason") if old.get("tool_calls") else None
            usual = "stop" if isinstance(body.get("tool_choice"), Mapping) else "tool_calls"
            finish = said if said in ("stop", "tool_calls") else usual
        if calls:
            message["tool_calls"] = calls
            message["content"] = message["content"] or None
        changed = {"index": choice.get("index", 0), "message": message, "logprobs": None, "finish_reason": finish}
        changed |= dict.fromkeys(_KEPT_OF_CHOICE)
        if isinstance(choice.get("native_finish_reason"), str):
            changed["native_finish_reason"] = finish
        return {key: changed[key] for key in choice if key in changed} | {"finish_reason": finish}


_FIELDS = frozenset(
    (
        "role",
        "content",
        "refusal",
        "annotations",
        "audio",
        "function_call",
        "tool_calls",
        "reasoning_content",
        "reasoning",
    )
)


def _in_calls(outcome: Outcome) -> bool:
    # Of what is left without a text, the calls were judged by themselves.
    return bool(outcome.text) and any(evidence.channel == "tool_call" for evidence in outcome.trace.evidence)


def _length(choices: Sequence[Mapping[str, Any]]) -> int:
    """Characters that a model wrote: answers, refusals, calls, and thoughts, which servers give under either name."""
    return sum(map(_written, (choice["message"] for choice in choices)))


def _written(message: Mapping[str, Any]) -> int:
    content = message.get("content")
    texts = [part.get("text") for part in content if isinstance(part, Mapping)] if isinstance(content, list) else []
    texts += [content, message.get("refusal"), message.get("reasoning_content") or message.get("reasoning")]
    given = message.get("tool_calls")
    calls = [call for call in given if isinstance(call, Mapping)] if isinstance(given, list) else []
    inner = [call.get("function", call.get("custom")) for call in calls]
    texts += [value for call in inner if isinstance(call, Mapping) for value in call.values()]
    return sum(len(text) for text in texts if isinstance(text, str))
