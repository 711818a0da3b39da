"""`/v1/completions`, the legacy endpoint: texts that go on with a prompt."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from expunge.errors import ModelReplyError
from expunge.gateway.apis.base import NO_CHUNK, OPENAI_KEYS, Json, StreamedReply
from expunge.gateway.apis.chat.request import promises_form, texts_of
from expunge.gateway.apis.json_schema import ANY_OBJECT, fitting
from expunge.gateway.apis.texts import LABEL, Known, UnknownTexts, unknown_texts, word_pieces
from expunge.gateway.apis.usage import counterfactual_usage, usage_of
from expunge.gateway.errors import InvalidBody
from expunge.gateway.http_errors import Problem, openai_error
from expunge.gateway.json_text import NotReadable, parsed
from expunge.gateway.sse import DONE, Event
from expunge.pipeline import Outcome
from expunge.settings import RefusalForm
from expunge.text.segment import sentences
from expunge.types import Decision, Draft, Message

_USAGE: Known = {
    "prompt_tokens": LABEL,
    "completion_tokens": LABEL,
    "total_tokens": LABEL,
    "prompt_tokens_details": {
        "cached_tokens": LABEL,
        "cache_write_tokens": LABEL,
        "audio_tokens": LABEL,
    },
    "completion_tokens_details": {
        "reasoning_tokens": LABEL,
        "audio_tokens": LABEL,
        "accepted_prediction_tokens": LABEL,
        "rejected_prediction_tokens": LABEL,
    },
}
_REPLY: Known = {
    "id": LABEL,
    "object": LABEL,
    "created": LABEL,
    "model": LABEL,
    "system_fingerprint": LABEL,
    "service_tier": LABEL,
    "usage": _USAGE,
    "choices": None,
}
_CHOICE: Known = {"index": LABEL, "finish_reason": LABEL, "stop_reason": LABEL, "text": None, "logprobs": None}
_LOGPROBS: Known = {"tokens": None, "top_logprobs": None, "token_logprobs": {}, "text_offset": {}}
_LABELS = tuple(key for key, known in _REPLY.items() if known == LABEL)
_SETTINGS = (
    "model prompt prompt_embeds suffix best_of echo frequency_penalty logit_bias logprobs max_tokens n "
    "presence_penalty seed stop stream stream_options temperature top_p top_k min_p user repetition_penalty "
    "service_tier keep_alive response_format"
)
_KNOWN_BODY = frozenset(_SETTINGS.split())
"""Fields that are read elsewhere, or say how to answer."""
_ENDED = re.compile(r"[.!?…。！？]\W*\Z|\n\s*\Z")
_SEAM = 300
"""Characters of an answer, at its beginning or end, that are read together with what the prompt leaves unfinished."""


class CompletionsApi:
    """The endpoint as the gateway sees it.

    Of the forms of a refusal, `content_filter` ends it with that finish reason; there is no field for `refusal`. With
    `echo`, the prompt is a part of the answer, and is read and rewritten with it.
    """

    path = "completions"
    threaded = False
    key_headers = OPENAI_KEYS

    def __init__(self, refusal: RefusalForm = "text") -> None:
        self._content_filter = refusal == "content_filter"

    def error(self, problem: Problem, request_id: str) -> Event:
        """The error in OpenAI's form."""
        return openai_error(problem, request_id)

    def conversation(self, body: Json) -> tuple[Message, ...]:
        """All prompts as one question, the suffix included; before it what unknown fields say.

        Raises:
            InvalidBody: if it is no request of this endpoint.
        """
        asked = "\n\n".join((*_prompts(body), *filter(None, [_suffix(body)])))
        said = [Message("user", asked)] if asked else []
        unknown = {k: v for k, v in body.items() if k not in _KNOWN_BODY and isinstance(v, str | list | Mapping)}
        aside = "\n".join(texts_of(unknown))
        return (Message("system", aside), *said) if aside else tuple(said)

    def spoken(self, body: Json, messages: Sequence[Message]) -> tuple[Message, ...]:
        """The prompts."""
        return tuple(message for message in messages if message.role == "user")

    def promises_form(self, body: Json) -> bool:
        """Whether a format of the response is declared, as some servers allow here."""
        return promises_form(body)

    def drafts(self, body: Json, reply: Json, beside: Sequence[str] = ()) -> tuple[Draft, ...]:
        """One for each choice. Where an answer meets the prompt or the suffix, the two are read together."""
        choices, everywhere = _choices(reply), unknown_texts(reply, _REPLY, beside)
        if not choices:
            raise _unusable()
        return tuple(_draft(body, choice, everywhere) for choice in choices)

    def rewritten(self, body: Json, reply: Json, outcomes: Sequence[Outcome]) -> dict[str, Any]:
        """The reply with the decided texts."""
        choices = _choices(reply)
        if len(outcomes) != len(choices):
            raise _unusable()
        if all(outcome.decision is Decision.PASSED for outcome in outcomes):
            return dict(reply)
        written = [
            self._choice(body, choice, outcome, number)
            for number, (choice, outcome) in enumerate(zip(choices, outcomes, strict=True))
        ]
        if all(self._is_counterfactual(outcome) for outcome in outcomes):
            counterfactual = {**outcomes[0].counterfactual, "choices": written}
            if "usage" in counterfactual:
                counterfactual["usage"] = counterfactual_usage(reply.get("usage"), counterfactual["usage"])
            return counterfactual
        before, after = _length(choices), _length(written)
        usage = {"usage": usage_of(reply["usage"], before, after)} if "usage" in reply else {}
        return {**_labelled(reply), "choices": written, **usage}

    def collected(self, events: Sequence[Event]) -> StreamedReply:
        """The reply that the chunks add up to, and what they hold besides."""
        reply: dict[str, Any] = {}
        choices: dict[int, dict[str, Any]] = {}
        unknown = UnknownTexts()
        done = False
        for event in events:
            unknown.add({"event": event.name} if event.name else {}, {})
            if event.data.strip() == DONE:
                done = True
                continue
            chunk = _object(event)
            unknown.add(chunk, _REPLY)
            for choice in _choices(chunk):
                unknown.add(choice, _CHOICE)
                _add(choices.setdefault(_index(choice), {}), choice)
            reply.update({key: value for key, value in chunk.items() if key in _REPLY and value is not None})
        if not done and not (choices and all(choice.get("finish_reason") for choice in choices.values())):
            raise ModelReplyError("The upstream's stream ended before its answer was whole; try again.")
        reply["choices"] = [choices[index] for index in sorted(choices)]
        return StreamedReply(reply, unknown.texts)

    def streamed(self, body: Json, reply: Json, like: Json = NO_CHUNK) -> Iterator[Event]:
        """Word by word, choice after choice; then usage, if asked for, and the end."""
        chunks = _Chunks(body, {key: value for key, value in reply.items() if key not in ("choices", "usage")})
        for choice in _choices(reply):
            if tokens := _by_token(choice):
                for text, logprobs in tokens:
                    yield chunks.of({**choice, "text": text, "logprobs": logprobs, "finish_reason": None})
                yield chunks.of({**choice, "text": "", "logprobs": None})
                continue
            yield from chunks.text({**choice, "logprobs": None}, _text(choice))
            yield chunks.of({**choice, "text": ""})
        yield from chunks.closing(reply.get("usage"))

    def visible(self, body: Json, event: Event) -> str | None:
        """The text of a chunk of one choice that holds nothing else."""
        try:
            chunk = _object(event)
            choices = _choices(chunk)
            if event.name or unknown_texts(chunk, _REPLY) or chunk.get("usage") is not None or len(choices) != 1:
                return None
            (choice,) = choices
            more = choice.get("logprobs") is not None or choice.get("finish_reason") is not None
            return None if more or unknown_texts(choice, _CHOICE) or _index(choice) else _text(choice)
        except ModelReplyError:
            return None

    def continued(
        self, body: Json, reply: Json, sent: Sequence[Event], rest: str, like: Json = NO_CHUNK
    ) -> Iterator[Event]:
        """The rest of a text in chunks, and the end."""
        chunks = _Chunks(body, _labelled(reply))
        first = next(iter(_choices(reply)), {})
        choice = {"index": 0, "text": "", **({"logprobs": None} if "logprobs" in first else {})}
        yield from chunks.text(choice, rest)
        yield chunks.of({**choice, "finish_reason": "stop"})
        shown = sum(len(self.visible(body, event) or "") for event in sent) + len(rest)
        yield from chunks.closing(usage_of(reply.get("usage"), _length(_choices(reply)), shown))

    def _is_counterfactual(self, outcome: Outcome) -> bool:
        return outcome.counterfactual is not None and not self._content_filter

    def _choice(self, body: Json, choice: Json, outcome: Outcome, number: int) -> dict[str, Any]:
        if outcome.decision is Decision.PASSED:
            return dict(choice)
        if self._is_counterfactual(outcome):
            others = _choices(outcome.counterfactual)
            return {**others[number if number < len(others) else 0], "index": _index(choice)}
        refused = outcome.decision is Decision.REFUSED
        reason = choice.get("finish_reason")
        ended = reason if not refused and reason in ("stop", "length") else "stop"
        kept = {"logprobs": None} if "logprobs" in choice else {}
        return {
            "index": _index(choice),
            "text": _formed(body, outcome),
            **kept,
            "finish_reason": "content_filter" if refused and self._content_filter else ended,
        }


class _Chunks:
    """Writes the chunks of one stream: `fields` are the same in all of them."""

    def __init__(self, body: Json, fields: Mapping[str, Any]) -> None:
        options = body.get("stream_options")
        self._counted = isinstance(options, Mapping) and options.get("include_usage") is True
        self._fields = fields

    def of(self, choice: Json) -> Event:
        """A chunk of one choice."""
        return self._event({"choices": [choice], **({"usage": None} if self._counted else {})})

    def text(self, choice: Json, text: str) -> Iterator[Event]:
        """A text of one choice, word by word."""
        for piece in word_pieces(text):
            yield self.of({**choice, "text": piece, "finish_reason": None})

    def closing(self, usage: Any) -> Iterator[Event]:
        """Usage, if the request asked for it, and the end."""
        if self._counted:
            yield self._event({"choices": [], "usage": usage})
        yield Event(DONE)

    def _event(self, chunk: Mapping[str, Any]) -> Event:
        return Event(json.dumps({**self._fields, **chunk}, ensure_ascii=False, separators=(",", ":")))


def _by_token(choice: Json) -> list[tuple[str, dict[str, Any]]]:
    """The text of a choice token by token with the log-probabilities of each, if these are of the whole text."""
    logprobs = choice.get("logprobs")
    tokens = logprobs.get("tokens") if isinstance(logprobs, Mapping) else None
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        return []
    if not isinstance(logprobs, Mapping) or "".join(tokens) != _text(choice):
        return []
    return [
        (token, {name: row[at : at + 1] if isinstance(row, list) else row for name, row in logprobs.items()})
        for at, token in enumerate(tokens)
    ]


def _labelled(reply: Json) -> dict[str, Any]:
    """The fields of a reply that say nothing."""
    return {key: reply[key] for key in _LABELS if key in reply and not unknown_texts({key: reply[key]}, _REPLY)}


def _prompts(body: Json) -> list[str]:
    prompt = body.get("prompt")
    if body.get("prompt_embeds") is not None:
        raise InvalidBody("A prompt given as embeddings cannot be read; send its text.", "prompt_embeds")
    prompts = [] if prompt is None else [prompt] if isinstance(prompt, str) else prompt
    if not isinstance(prompts, list) or not all(isinstance(part, str) for part in prompts):
        raise InvalidBody("A prompt given as token ids cannot be read; send its text.", "prompt")
    return prompts


def _suffix(body: Json) -> str:
    suffix = body.get("suffix")
    if suffix is not None and not isinstance(suffix, str):
        raise InvalidBody("The suffix must be a string.", "suffix")
    return suffix or ""


def _draft(body: Json, choice: Json, everywhere: tuple[str, ...]) -> Draft:
    text = _text(choice)
    hidden = [*_boundaries(body, _index(choice), text), *_logprob_texts(choice.get("logprobs"), text)]
    return Draft(text, "\n".join(hidden), (*unknown_texts(choice, _CHOICE), *everywhere))


def _boundaries(body: Json, index: int, text: str) -> Iterator[str]:
    """Yield where a name may be cut in two: the prompt's unfinished end with the answer, the answer with the suffix."""
    prompts = _prompts(body)
    each = body.get("n") if type(body.get("n")) is int else 1
    if prompts and text:
        prompt = prompts[min(max(index, 0) // max(each or 1, 1), len(prompts) - 1)]
        tail = _unfinished(prompt)
        if tail and not text.startswith(prompt):
            yield tail + text[:_SEAM]
    if text and (suffix := _suffix(body)):
        yield text[-_SEAM:] + suffix[:_SEAM]


def _unfinished(prompt: str) -> str:
    """The last sentence of a prompt, if it has not ended."""
    end = prompt[-4 * _SEAM :]
    tail = "".join(piece.of(end) for piece in sentences(end)[-1:])
    return "" if _ENDED.search(tail) else tail[-_SEAM:]


def _logprob_texts(logprobs: Any, text: str) -> Iterator[str]:
    """Yield what log-probabilities say beside the text: the tokens in a row, the alternatives of each rank in a row."""
    if logprobs is None:
        return
    if not isinstance(logprobs, Mapping):
        raise _unusable()
    tokens, tops = logprobs.get("tokens") or [], logprobs.get("top_logprobs") or []
    if not isinstance(tokens, list) or not isinstance(tops, list):
        raise _unusable()
    rows: dict[int, list[str]] = {}
    for token in tokens:
        if not isinstance(token, str):
            raise _unusable()
        rows.setdefault(0, []).append(token)
    for ranked in tops:
        if ranked is not None and not isinstance(ranked, Mapping):
            raise _unusable()
        for rank, token in enumerate(ranked or (), 1):
            rows.setdefault(rank, []).append(str(token))
    yield from (row for row in dict.fromkeys(map("".join, rows.values())) if row.strip() and row != text)
    yield from unknown_texts(logprobs, _LOGPROBS)
    yield from unknown_texts(
        {"top_logprobs": [list(ranked.values()) for ranked in tops if ranked]}, {"top_logprobs": {}}
    )


def _formed(body: Json, outcome: Outcome) -> str:
    """The decided text, as JSON where that was asked for (a thing that some servers allow here)."""
    form = body.get("response_format")
    if not isinstance(form, Mapping) or form.get("type") not in ("json_object", "json_schema"):
        return outcome.text
    described = form.get("json_schema")
    schema = described.get("schema", True) if isinstance(described, Mapping) else ANY_OBJECT
    words = (outcome.words or outcome.text) if outcome.decision is Decision.REFUSED else ""
    made = fitting(outcome.text, schema, words)
    return outcome.text if made is None else made


def _choices(reply: Json) -> list[Json]:
    choices = reply.get("choices")
    if not isinstance(choices, list) or not all(isinstance(choice, Mapping) for choice in choices):
        raise _unusable()
    return choices


def _text(choice: Json) -> str:
    text = choice.get("text")
    if text is not None and not isinstance(text, str):
        raise _unusable()
    return text or ""


def _index(choice: Json) -> int:
    index = choice.get("index", 0)
    if type(index) is not int:
        raise _unusable()
    return index


def _object(event: Event) -> dict[str, Any]:
    try:
        value = parsed(event.data.encode("utf-8", "replace"))
    except NotReadable:
        value = None
    if not isinstance(value, dict) or value.get("error"):
        raise _unusable()
    return value


def _add(choice: dict[str, Any], chunk: Json) -> None:
    """Put a chunk's choice behind what came before it."""
    for key, value in chunk.items():
        if key == "text":
            choice["text"] = choice.get("text", "") + _text(chunk)
        elif key == "logprobs" and value is not None:
            rows = choice.get("logprobs") or {}
            if not isinstance(value, Mapping) or not all(
                row is None or isinstance(row, list) for row in value.values()
            ):
                raise _unusable()
            choice["logprobs"] = {
                name: [*(rows.get(name) or ()), *(value.get(name) or ())] for name in {**rows, **value}
            }
        elif key in _CHOICE and (value is not None or key not in choice):
            choice[key] = value


def _length(choices: Sequence[Json]) -> int:
    return sum(len(_text(choice)) for choice in choices)


def _unusable() -> ModelReplyError:
    return ModelReplyError("The upstream's reply is not a text completion; check that base_url is correct.")
