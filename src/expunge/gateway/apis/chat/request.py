"""The texts of a request for a chat completion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from expunge.errors import ModelReplyError
from expunge.gateway.apis.base import Json
from expunge.gateway.apis.binary import without_data
from expunge.gateway.apis.documents import TooLarge
from expunge.gateway.apis.texts import Known, each_unknown_text
from expunge.gateway.errors import InvalidBody
from expunge.types import Message, Role

_ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "developer",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}
_SETTINGS = (
    "model messages temperature top_p top_k min_p n stream stream_options stop max_tokens max_completion_tokens "
    "presence_penalty frequency_penalty repetition_penalty logit_bias logprobs top_logprobs seed tool_choice "
    "function_call parallel_tool_calls user safety_identifier prompt_cache_key prompt_cache_retention service_tier "
    "store reasoning_effort verbosity modalities audio keep_alive"
)
_KNOWN_BODY: Known = dict.fromkeys(_SETTINGS.split())
"""Fields that say how to answer, and hold no text that an answer could repeat."""
_GRAMMARS = (
    "guided_json",
    "guided_regex",
    "guided_choice",
    "guided_grammar",
    "structured_outputs",
    "grammar",
    "json_schema",
)
"""Fields by which vLLM and llama.cpp are told the form of an answer."""
_SPOKEN = frozenset(("text", "refusal", "input_text", "image_url", "input_image", "input_audio"))
"""Kinds of parts that are said, or shown, and no document that comes with what is said."""
_IMAGE: Known = {"url": None, "detail": None}
_KNOWN_PART: Known = {
    "type": None,
    "text": None,
    "refusal": None,
    "image_url": _IMAGE,
    "input_audio": {"format": None},
    "file": {"file_id": None},
    "cache_control": None,
}
_KNOWN_MESSAGE: Known = {"role": None, "content": None, "tool_call_id": None, "audio": {"id": None}, "tool_calls": {
    "id": None, "type": None, "index": None}, "cache_control": None}  # fmt: skip


def conversation_of(body: Json) -> tuple[Message, ...]:
    """The turns in order; before them, as a system message, what tools, schemas and unknown fields say.

    Raises:
        InvalidBody: if there are no messages, or one is none.
    """
    turns = turns_of(body)
    aside = aside_of(body)
    return (Message("system", aside), *turns) if aside else turns


def aside_of(body: Json) -> str:
    """Return what tools, schemas and unknown fields say.

    Raises:
        InvalidBody: if they are nested too deeply, or hold a document that is too large.
    """
    return "\n".join(_unknown(body, _KNOWN_BODY))


def turns_of(body: Json) -> tuple[Message, ...]:
    """The turns alone.

    Raises:
        InvalidBody: as `conversation_of`.
    """
    given = body.get("messages")
    if not isinstance(given, list) or not given:
        raise InvalidBody("A chat needs at least one message; put it into `messages`.", "messages")
    if not isinstance(body.get("model", ""), str):
        raise InvalidBody("The name of the model must be a string.", "model")
    return tuple(turn for number, message in enumerate(given) for turn in _turns(message, f"messages[{number}]"))


def texts_of(fields: Json) -> tuple[str, ...]:
    """All texts in fields of a request, those in files included; pictures and sound left out.

    Raises:
        InvalidBody: if they are nested too deeply, or hold a document that is too large.
    """
    return _unknown(fields, {})


def wants_json(body: Json) -> bool | Mapping[str, Any] | None:
    """The JSON schema that the answer must meet; None where it is free text."""
    wanted = body.get("response_format")
    if not isinstance(wanted, Mapping):
        return None
    if wanted.get("type") == "json_object":
        return {"type": "object"}
    described = wanted.get("json_schema")
    if wanted.get("type") != "json_schema" or not isinstance(described, Mapping):
        return None
    schema = described.get("schema")
    return schema if isinstance(schema, Mapping | bool) else {}


def promises_form(body: Json) -> bool:
    """Whether a request declares tools or functions, or a format that is not free text."""
    form = body.get("response_format")
    formed = isinstance(form, Mapping) and form.get("type") not in (None, "text")
    return formed or any(bool(body.get(key)) for key in ("tools", "functions", *_GRAMMARS))


def wants_usage(body: Json) -> bool:
    """Whether a stream is to end with a chunk of usage."""
    options = body.get("stream_options")
    return isinstance(options, Mapping) and options.get("include_usage") is True


def _turns(message: Any, place: str) -> Iterator[Message]:
    """A message; before one of the user's, the documents that come with it, which are somebody else's words."""
    if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
        raise InvalidBody("A message is an object with a role and a content.", place)
    role = _ROLES.get(message["role"], "tool")
    content = message.get("content")
    if role == "user" and isinstance(content, list):
        documents = [part for part in content if _is_document(part)]
        if documents and len(documents) < len(content):
            attached = "\n".join(filter(None, _content(documents, place)))
            yield Message("tool", attached)
            content = [part for part in content if not _is_document(part)]
    texts = [*_content(content, place), *_unknown(message, _KNOWN_MESSAGE)]
    yield Message(role, "\n".join(text for text in texts if text))


def _is_document(part: Any) -> bool:
    return isinstance(part, Mapping) and part.get("type", "text") not in _SPOKEN


def _content(content: Any, place: str) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for part in content:
            if isinstance(part, str):
                yield part
            elif isinstance(part, Mapping):
                yield from _part(part)
            else:
                raise InvalidBody("A part of a message is an object with a type.", f"{place}.content")
    elif content is not None:
        raise InvalidBody("The content of a message is a string or a list of parts.", f"{place}.content")


def _part(part: Mapping[str, Any]) -> Iterator[str]:
    for key in ("text", "refusal"):
        if isinstance(part.get(key), str):
            yield part[key]
        elif part.get(key) is not None:
            yield from _unknown({"": part[key]}, {})
    image = part.get("image_url")
    url = image.get("url") if isinstance(image, Mapping) else image
    if isinstance(url, str):
        yield _without_data({"url": url})["url"]
    beside = {key: value for key, value in part.items() if key not in ("image_url", "text", "refusal")}
    if isinstance(image, Mapping):
        beside["image_url"] = {key: value for key, value in image.items() if key != "url"}
    yield from _unknown(beside, _KNOWN_PART)


def _unknown(value: Any, known: Known) -> tuple[str, ...]:
    """The texts under fields that are not known, those in files included; pictures and sound left out."""
    unknown = {key: part for key, part in value.items() if key not in known or known[key] is not None}
    if not unknown:
        return ()
    try:
        return each_unknown_text(_without_data(unknown), known)
    except ModelReplyError:
        raise _too_deep() from None


def _without_data(value: Any) -> Any:
    try:
        return without_data(value)
    except TooLarge as error:
        raise InvalidBody(str(error), "messages", status=413, code="request_too_large") from None
    except ModelReplyError:
        raise _too_deep() from None


def _too_deep() -> InvalidBody:
    return InvalidBody("The request is nested too deeply; send it flatter.")
