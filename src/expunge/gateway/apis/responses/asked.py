"""What a request to `/v1/responses` says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from expunge.errors import ModelReplyError
from expunge.gateway.apis.base import Json
from expunge.gateway.apis.opaque import without_data
from expunge.gateway.apis.strays import LABEL, Known, each_stray
from expunge.gateway.errors import InvalidBody
from expunge.types import Message, Role

_ROLES: dict[str, Role] = {role: role for role in get_args(Role)}
_LABELS: Known = dict.fromkeys(("type", "id", "status", "call_id", "phase", "role", "detail", "execution"), LABEL)
_CALLS = frozenset(("function_call", "custom_tool_call", "mcp_call", "mcp_approval_request"))


def conversation(body: Json) -> tuple[Message, ...]:
    """All that a request says, in order. What the server adds by itself (an earlier response, a conversation, the
    words of a stored prompt) is not seen; only what is put into a prompt is.

    Raises:
        InvalidBody: if it is no such request, or asks for an answer that could only be had by another route.
    """
    try:
        return _conversation(body)
    except ModelReplyError:
        raise InvalidBody("The request is nested too deeply; send it flatter.") from None


def _conversation(body: Json) -> tuple[Message, ...]:
    if body.get("background"):
        raise InvalidBody("An answer in the background cannot be fetched here; leave background out.", "background")
    return tuple(message for message in _messages(body) if message.content.strip())


def _messages(body: Json) -> Iterator[Message]:
    if body.get("instructions") is not None:
        yield from _given(body["instructions"], "instructions", "system")
    for key in ("tools", "text"):
        if told := each_stray(body.get(key), _LABELS):
            yield Message("system", "\n".join(told))
    prompt = body.get("prompt")
    if isinstance(prompt, Mapping) and (filled := each_stray(prompt.get("variables"), _LABELS)):
        yield Message("user", "\n".join(filled))
    if body.get("input") is not None:
        yield from _given(body["input"], "input", "user")


def _given(value: Any, param: str, role: Role) -> Iterator[Message]:
    if isinstance(value, str):
        yield Message(role, value)
        return
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise InvalidBody(f"The field {param} is no text and no list of items; send either.", param)
    for item in value:
        yield _item(item)


def _item(item: Json) -> Message:
    kind = item.get("type", "message")
    if kind == "message":
        # Who is not known is taken for the user, whose words weigh most.
        return Message(_ROLES.get(str(item.get("role")), "user"), _content(item))
    if kind == "item_reference":
        return Message("tool", "")
    if kind == "reasoning":
        return Message("assistant", "\n".join(_texts({**item, "type": "", "encrypted_content": None})))
    if kind in _CALLS:
        return Message("assistant", _call(item))
    return Message("tool", "\n".join(_texts(item)))


def _content(item: Json) -> str:
    content = item.get("content")
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if not isinstance(content, list) or not all(isinstance(part, Mapping | str) for part in content):
        raise InvalidBody("The content of a message is no text and no list of parts; send either.", "input")
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
    said = item.get("arguments", item.get("input"))
    rest = {key: value for key, value in item.items() if key not in ("name", "arguments", "input", "type")}
    call = f"{item.get('name') or ''}({said})" if isinstance(said, str) else ""
    return "\n".join(filter(None, (call, *_texts(rest if call else item))))


def _texts(value: Json) -> tuple[str, ...]:
    """All texts of an item, those in files included; pictures, sound and ciphers left out."""
    return each_stray(without_data(value), _LABELS)
