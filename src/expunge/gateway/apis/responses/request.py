"""The texts of a request to `/v1/responses`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from expunge.errors import ModelReplyError
from expunge.gateway.apis.base import Json
from expunge.gateway.apis.binary import without_data
from expunge.gateway.apis.documents import TooLarge
from expunge.gateway.apis.texts import LABEL, Known, each_unknown_text
from expunge.gateway.errors import InvalidBody
from expunge.types import Message, Role

_ROLES: dict[str, Role] = {role: role for role in get_args(Role)}
_LABELS: Known = dict.fromkeys(("type", "id", "status", "call_id", "phase", "role", "detail", "execution"), LABEL)
_SETTINGS = (
    "model input instructions tools text prompt background conversation include max_output_tokens max_tool_calls "
    "metadata parallel_tool_calls previous_response_id prompt_cache_key prompt_cache_retention reasoning "
    "safety_identifier service_tier store stream stream_options temperature tool_choice top_logprobs top_p truncation "
    "user context_management prompt_cache_options frequency_penalty presence_penalty seed top_k min_p stop "
    "repetition_penalty logit_bias"
)
_KNOWN = frozenset(_SETTINGS.split())
"""Fields of a request that are read elsewhere, or say how to answer."""
_MESSAGE = frozenset(("type", "role", "content", "id", "status", "phase"))
_CALLS = frozenset(("function_call", "custom_tool_call", "mcp_call", "mcp_approval_request"))


def conversation_of(body: Json) -> tuple[Message, ...]:
    """All that a request says, in order. What the server adds by itself (an earlier response, a conversation, the
    words of a stored prompt) is not seen; only what is put into a prompt is.

    Raises:
        InvalidBody: if it is no such request, or asks for an answer that could only be had by another route.
    """
    try:
        return _conversation(body)
    except TooLarge as error:
        raise InvalidBody(str(error), "input", status=413, code="request_too_large") from None
    except ModelReplyError:
        raise InvalidBody("The request is nested too deeply; send it flatter.") from None


def spoken_of(body: Json, messages: Sequence[Message]) -> tuple[Message, ...]:
    """Of the messages of a request those that somebody said: instructions and input."""
    first = sum(bool(message.content.strip()) for message in _instructions(body))
    beside = sum(bool(message.content.strip()) for message in _beside(body))
    return (*messages[:first], *messages[first + beside :])


def _conversation(body: Json) -> tuple[Message, ...]:
    if body.get("background"):
        raise InvalidBody("An answer in the background cannot be fetched here; leave background out.", "background")
    return tuple(message for message in _messages(body) if message.content.strip())


def _messages(body: Json) -> Iterator[Message]:
    yield from _instructions(body)
    yield from _beside(body)
    prompt = body.get("prompt")
    if isinstance(prompt, Mapping) and (filled := each_unknown_text(prompt.get("variables"), _LABELS)):
        yield Message("user", "\n".join(filled))
    if body.get("input") is not None:
        yield from _given(body["input"], "input", "user")


def _instructions(body: Json) -> Iterator[Message]:
    if body.get("instructions") is not None:
        yield from _given(body["instructions"], "instructions", "system")


def _beside(body: Json) -> Iterator[Message]:
    """Yield what tools, a format and unknown fields say."""
    unknown = {k: v for k, v in body.items() if k not in _KNOWN and isinstance(v, str | list | Mapping)}
    for texts in (
        each_unknown_text(body.get("tools"), _LABELS),
        each_unknown_text(body.get("text"), _LABELS),
        _texts(unknown),
    ):
        if texts:
            yield Message("system", "\n".join(texts))


def _given(value: Any, param: str, role: Role) -> Iterator[Message]:
    if isinstance(value, str):
        yield Message(role, value)
        return
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise InvalidBody(f"The field {param} must be a string or a list of items.", param)
    for item in value:
        if item.get("type", "message") == "message":
            yield from _turns(item)
        else:
            yield _item(item)


def _turns(item: Json) -> Iterator[Message]:
    """A message; before one of the user's, the documents that come with it, which are somebody else's words."""
    # Who is not known is taken for the user, whose words weigh most.
    role = _ROLES.get(str(item.get("role")), "user")
    content = item.get("content")
    beside = "\n".join(_texts({key: part for key, part in item.items() if key not in _MESSAGE}))
    if role == "user" and isinstance(content, list):
        documents = [part for part in content if _is_document(part)]
        if documents and any(_part(part) for part in content if _is_said(part)):
            yield Message("tool", _content(documents))
            content = [part for part in content if not _is_document(part)]
    yield Message(role, "\n".join(filter(None, (_content(content), beside))))


def _is_document(part: Any) -> bool:
    return isinstance(part, Mapping) and not _is_said(part) and part.get("type") not in ("input_image", "input_audio")


def _is_said(part: Any) -> bool:
    return isinstance(part, str) or (isinstance(part, Mapping) and isinstance(part.get("text"), str))


def _item(item: Json) -> Message:
    kind = item["type"]
    if kind == "item_reference":
        return Message("tool", "")
    if kind == "reasoning":
        return Message("assistant", "\n".join(_texts({**item, "type": "", "encrypted_content": None})))
    if kind in _CALLS:
        return Message("assistant", _call(item))
    output = item.get("output")
    if isinstance(output, list) and len(output) > 1 and all(isinstance(part, Mapping | str) for part in output):
        # The parts of one result are read in a row, too, as those of a message are.
        return Message("tool", "\n".join((*_texts(item), _content(output))))
    return Message("tool", "\n".join(_texts(item)))


def _content(content: Any) -> str:
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if not isinstance(content, list) or not all(isinstance(part, Mapping | str) for part in content):
        raise InvalidBody("The content of a message must be a string or a list of parts.", "input")
    return "\n".join(filter(None, map(_part, content)))


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part.get("text"), str) and part.keys() <= {"type", "text", "annotations", "logprobs"}:
        text: str = part["text"]
        return text
    return "\n".join(_texts(part))


def _call(item: Json) -> str:
    """A tool's name with what it is given, and what it gave back where that stands beside it."""
    given = next((key for key in ("arguments", "input") if isinstance(item.get(key), str)), "")
    rest = {key: value for key, value in item.items() if key not in ("name", given, "type")}
    if not given or not isinstance(item.get("name"), str | None):
        return "\n".join(_texts(item))
    return "\n".join(filter(None, (f"{item.get('name') or ''}({item[given]})", *_texts(rest))))


def _texts(value: Json) -> tuple[str, ...]:
    """All texts of an item, those in files included; pictures, sound and ciphers left out."""
    return each_unknown_text(without_data(value), _LABELS)
