"""The texts of a request to `/v1/messages`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from expunge.errors import ModelReplyError
from expunge.gateway.apis.base import Json
from expunge.gateway.apis.binary import text_within, without_data
from expunge.gateway.apis.documents import TooLarge
from expunge.gateway.apis.json_schema import Schema
from expunge.gateway.apis.texts import LABEL, Known, each_unknown_text
from expunge.gateway.errors import InvalidBody
from expunge.types import Message, Role

_SETTINGS = (
    "model messages system tools tool_choice max_tokens stream stream_options stop_sequences temperature top_p top_k "
    "metadata thinking service_tier container context_management mcp_servers output_config output_format "
    "cache_control inference_geo speed diagnostics compaction fallbacks fallback_credit_token thread betas "
    "billing_policy user_profile_id workspace_id"
)
_KNOWN = frozenset(_SETTINGS.split())
"""Fields of a request that are read elsewhere, or say how to answer."""
_TOOL: Known = {"type": LABEL, "cache_control": None}
_BLOCK: dict[str, Any] = {
    **dict.fromkeys(("type", "id", "tool_use_id", "role", "media_type", "file_id", "is_error", "toolset_name"), LABEL),
    **{key: {} for key in ("text", "title", "context", "data", "url", "thinking")},
    "cache_control": None,
    "citations": {"enabled": LABEL},
    "caller": {"type": LABEL, "tool_id": LABEL},
    "signature": None,
}
_BLOCK |= {"content": _BLOCK, "source": _BLOCK}
"""What is known of a block: of what says nothing by itself, the names of its fields are not read either."""
_ROLES: Mapping[str, Role] = {"system": "system", "assistant": "assistant", "user": "user"}
_DOCUMENTS = ("document", "search_result")
"""Blocks that come with what somebody says, and are somebody else's words."""
_CALLS = ("tool_use", "server_tool_use", "mcp_tool_use")


def conversation_of(body: Json) -> tuple[Message, ...]:
    """All that a request says, in order: the system prompt, what tools and unknown fields say, and the turns.

    Raises:
        InvalidBody: if it is no such request.
    """
    try:
        return tuple(message for message in _messages(body) if message.content.strip())
    except TooLarge as error:
        raise InvalidBody(str(error), "messages", status=413, code="request_too_large") from None
    except ModelReplyError:
        raise InvalidBody("The request is nested too deeply; send it flatter.") from None


def spoken_of(body: Json, messages: Sequence[Message]) -> tuple[Message, ...]:
    """Of the messages of a request those that somebody said: the system prompt and the turns."""
    first = sum(bool(message.content.strip()) for message in _system(body))
    beside = sum(bool(message.content.strip()) for message in _beside(body))
    return (*messages[:first], *messages[first + beside :])


def wanted_schema(body: Json) -> Schema | None:
    """The JSON schema that the answer must meet; None where it is free text."""
    config = body.get("output_config")
    form = config.get("format") if isinstance(config, Mapping) else None
    form = form if form is not None else body.get("output_format")
    if not isinstance(form, Mapping) or form.get("type") != "json_schema":
        return None
    schema = form.get("schema", True)
    return schema if isinstance(schema, Mapping | bool) else True


def as_functions(body: Json) -> dict[str, Any]:
    """The tools and the choice among them as OpenAI's API has them: those that a client runs."""
    tools = body.get("tools")
    functions = [
        {"type": "function", "name": tool.get("name"), "parameters": tool.get("input_schema")}
        for tool in (tools if isinstance(tools, list) else ())
        if isinstance(tool, Mapping) and tool.get("type") in (None, "custom")
    ]
    choice = body.get("tool_choice")
    kind = choice.get("type") if isinstance(choice, Mapping) else None
    asked: Any = {"name": choice.get("name")} if kind == "tool" and choice else "required" if kind == "any" else None
    return {"tools": functions, "tool_choice": asked}


def declared_tools(body: Json) -> frozenset[str]:
    """The names of the tools that a request declares."""
    tools = body.get("tools")
    names = (tool.get("name") for tool in (tools if isinstance(tools, list) else ()) if isinstance(tool, Mapping))
    return frozenset(name for name in names if isinstance(name, str))


def prefill_of(body: Json) -> str:
    """The beginning of the answer, where the request gives one: its last turn, if that is the assistant's."""
    turns = body.get("messages")
    last = turns[-1] if isinstance(turns, list) and turns else None
    if not isinstance(last, Mapping) or last.get("role") != "assistant":
        return ""
    return "\n".join(message.content for message in _turn(last, "messages") if message.role == "assistant")


def call_texts(block: Json) -> Iterator[str]:
    """Yield what a call is given, as JSON; a text that is no JSON object as it stands, and without its escapes."""
    given = block.get("input")
    if not isinstance(given, str):
        if given is not None:
            yield json.dumps(given, ensure_ascii=False)
        return
    yield given
    if "\\" in given:
        try:
            yield json.dumps(json.loads(given), ensure_ascii=False)
        except (ValueError, RecursionError):
            return


def _messages(body: Json) -> Iterator[Message]:
    turns = body.get("messages")
    if not isinstance(turns, list) or not turns:
        raise InvalidBody("A request needs at least one message; put it into `messages`.", "messages")
    if not isinstance(body.get("model", ""), str):
        raise InvalidBody("The name of the model must be a string.", "model")
    yield from _system(body)
    yield from _beside(body)
    for number, turn in enumerate(turns):
        yield from _turn(turn, f"messages[{number}]")


def _system(body: Json) -> Iterator[Message]:
    if body.get("system") is not None:
        yield Message("system", "\n".join(filter(None, map(_said, _blocks(body["system"], "system")))))


def _beside(body: Json) -> Iterator[Message]:
    """Yield what tools, a format and unknown fields say."""
    unknown = {k: v for k, v in body.items() if k not in _KNOWN and isinstance(v, str | list | Mapping)}
    formats = [body.get("output_config"), body.get("output_format")]
    for texts in (
        each_unknown_text(body.get("tools"), _TOOL),
        each_unknown_text(formats, {"type": LABEL, "effort": LABEL, "task_budget": None}),
        _texts(unknown),
    ):
        if texts:
            yield Message("system", "\n".join(texts))


def _turn(turn: Any, place: str) -> Iterator[Message]:
    """A turn; before what the user says, tool results and documents, which are somebody else's words."""
    if not isinstance(turn, Mapping) or not isinstance(turn.get("role"), str):
        raise InvalidBody("A message must be an object with a role and a content.", place)
    # Who is not known is taken for the user, whose words weigh most.
    role = _ROLES.get(turn["role"], "user")
    blocks = _blocks(turn.get("content"), f"{place}.content")
    beside = "\n".join(_texts({key: part for key, part in turn.items() if key not in ("role", "content")}))
    said = [block for block in blocks if not _is_others(block)]
    if role == "user":
        for block in blocks:
            if _is_others(block) and (said or block.get("type") not in _DOCUMENTS):
                yield Message("tool", _said(block))
        documents = [] if said else [block for block in blocks if block.get("type") in _DOCUMENTS]
        yield Message(role, "\n".join(filter(None, (*map(_said, (*said, *documents)), beside))))
        return
    for others, run in groupby(blocks, _is_others):
        yield Message("tool" if others else role, _row(list(run)))
    if beside:
        yield Message(role, beside)


def _row(blocks: Sequence[Json]) -> str:
    """Blocks one after the other; a text that citations cut into several blocks is one text."""
    rows: list[str] = []
    for is_text, run in groupby(blocks, lambda block: block.get("type") == "text"):
        rows.append(("" if is_text else "\n").join(filter(None, map(_said, run))))
    return "\n".join(filter(None, rows))


def _is_others(block: Json) -> bool:
    """Whether a block is a result of a tool or a document."""
    kind = block.get("type")
    return kind in _DOCUMENTS or (isinstance(kind, str) and kind.endswith("tool_result"))


def _blocks(content: Any, place: str) -> list[Json]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if content is None:
        return []
    if not isinstance(content, list) or not all(isinstance(block, Mapping) for block in content):
        raise InvalidBody("The content of a message must be a string or a list of blocks.", place)
    return content


def _said(block: Json) -> str:
    """Return what a block says."""
    kind = block.get("type")
    if kind == "text" and isinstance(block.get("text"), str):
        rest = {key: value for key, value in block.items() if key != "text"}
        return "\n".join(filter(None, (block["text"], *_texts(rest))))
    if kind == "tool_result" and isinstance(block.get("content"), str | list):
        rest = {key: value for key, value in block.items() if key != "content"}
        # The parts of one result are read in a row, too, as those of a message are.
        given = [block["content"]] if isinstance(block["content"], str) else block["content"]
        parts = [_said(part) if isinstance(part, Mapping) else str(part) for part in given]
        return "\n".join(filter(None, (*parts, *_texts(rest))))
    if kind in _CALLS:
        name = block.get("name")
        rest = {key: value for key, value in block.items() if key not in ("name", "input")}
        called = f"{name if isinstance(name, str) else ''}({' '.join(call_texts(block))})"
        return "\n".join(filter(None, (called, *_texts(rest))))
    if kind == "thinking":
        signature = block.get("signature")
        hidden = text_within(signature) if isinstance(signature, str) else ""
        return "\n".join(filter(None, (*_texts(block), hidden)))
    return "\n".join(_texts(block))


def _texts(value: Json) -> tuple[str, ...]:
    """All texts of a block, those in files included; pictures and ciphers left out."""
    return each_unknown_text(without_data(value), _BLOCK)
