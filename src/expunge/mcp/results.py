"""The results of a server as they may leave: the same form without targets, or what a server says that knows nothing.

A result is judged as one value, since several blocks may tell together what none of them tells alone. Text that holds
JSON is judged as JSON, so that it keeps its form and agrees with `structuredContent`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jsonschema_rs

from expunge.gateway.json_scrub import Keep
from expunge.mcp.judging import Judging, closed, opened
from expunge.mcp.messages import INTERNAL, INVALID_PARAMS, NO_RESOURCE, Parsed, answer, error
from expunge.types import Decision

LISTS = {
    "tools/list": "tools",
    "resources/list": "resources",
    "resources/templates/list": "resourceTemplates",
    "prompts/list": "prompts",
}
_LISTED = Keep(fixed=("name", "uri", "uriTemplate", "nextCursor"), labels=("type", "mimeType", "$schema", "format"))
_TYPES = frozenset({"text", "image", "audio", "resource", "resource_link", "tool_use", "tool_result"})
_ROLES = ("user", "assistant")
_IDENTITY = ("type", "role", "uri", "mimeType", "data", "blob", "annotations")
"""Fields without which a block is another one, or none: where one of them may not stay, the block goes."""
_PROSE = frozenset({"title", "description", "$comment"})
_SAMPLES = frozenset({"default", "examples"})
_NAMED = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
"""Keywords of JSON Schema whose keys are names, not keywords."""
_DEEPEST = 100


def ignorance(judging: Judging, asked: Parsed) -> bytes:
    """Return what a server answers that knows nothing of what was asked, or has nothing to tell."""
    if asked.method == "tools/call":
        said = {"type": "text", "text": judging.ignorance(asked.params.get("arguments"))}
        return answer(asked.number, {"content": [said], "isError": True})
    if asked.method == "completion/complete":
        return answer(asked.number, {"completion": {"values": [], "hasMore": False}})
    if asked.method.startswith("resources/"):
        return error(asked.number, NO_RESOURCE, "Resource not found")
    if asked.method == "prompts/get":
        return error(asked.number, INVALID_PARAMS, "Unknown prompt")
    return error(asked.number, INTERNAL, "Internal error")


class Results:
    """Scrubs the results of one server. It remembers the output schemas of the tools that were listed."""

    def __init__(self, judging: Judging) -> None:
        self._judging = judging
        self._schemas: dict[str, Any] = {}

    async def error(self, asked: Parsed, reply: Parsed) -> bytes:
        """Return what the client gets in place of an error."""
        told = reply.body["error"]
        if await self._judging.tells_nothing(told):
            return reply.raw
        code = told.get("code") if isinstance(told, dict) else None
        return error(asked.number, code if type(code) is int else INTERNAL, "Internal error")

    async def result(self, asked: Parsed, reply: Parsed) -> bytes:
        """Return what the client gets in place of a result."""
        result = reply.body["result"]
        if not isinstance(result, dict):
            return error(asked.number, INTERNAL, "Internal error")
        if asked.method in LISTS:
            return await self._listed(asked, reply, result)
        if asked.method == "tools/call" and isinstance(result.get("content"), list):
            return await self._called(asked, reply, result)
        if asked.method == "resources/read" and isinstance(result.get("contents"), list):
            return await self._in_blocks(asked, reply, result, "contents")
        if asked.method == "prompts/get" and isinstance(result.get("messages"), list):
            return await self._in_blocks(asked, reply, result, "messages")
        if asked.method == "completion/complete" and isinstance(result.get("completion"), dict):
            return await self._completed(asked, reply, result)
        if asked.method == "initialize":
            return await self._initialized(asked, reply, result)
        if await self._judging.tells_nothing(result):
            return reply.raw
        return ignorance(self._judging, asked)

    async def _initialized(self, asked: Parsed, reply: Parsed, result: dict[str, Any]) -> bytes:
        """Only what is relayed is announced."""
        offered = result.get("capabilities")
        told = {**result, "capabilities": server_capabilities(offered if isinstance(offered, dict) else {})}
        found = await self._judging.scrubbed(told)
        if found.decision is Decision.PASSED and not found.failed:
            return reply.raw if told == result else answer(asked.number, told)
        left = found.value if isinstance(found.value, dict) and not found.failed else {}
        for key in ("protocolVersion", "capabilities"):
            if left.get(key) != told.get(key):
                return error(asked.number, INTERNAL, "Internal error")
        if left.get("serverInfo") != told.get("serverInfo"):
            left["serverInfo"] = {"name": "server", "version": "0"}
        return await self._if_clean(asked, {key: part for key, part in left.items() if part or key == "capabilities"})

    async def _listed(self, asked: Parsed, reply: Parsed, result: dict[str, Any]) -> bytes:
        """Entries whose name tells of a target are left out, the others described without it."""
        key = LISTS[asked.method]
        found = await self._judging.scrubbed(result, _LISTED)
        if found.failed or found.stuck or not isinstance(found.value, dict):
            return error(asked.number, INTERNAL, "Internal error")
        written, value = reply.raw, found.value
        if found.decision is not Decision.PASSED:
            before = {_key(entry): entry for entry in _objects(result.get(key))}
            entries = [
                kept
                for entry in _objects(value.get(key))
                if (kept := _entry(before.get(_key(entry), {}), entry)) is not None
            ]
            value = {**value, key: entries}
            written = await self._if_clean(asked, value)
        if key == "tools":
            self._schemas |= {str(tool.get("name")): tool.get("outputSchema") for tool in _objects(value.get(key))}
        return written

    async def _called(self, asked: Parsed, reply: Parsed, result: dict[str, Any]) -> bytes:
        refused = ignorance(self._judging, asked)
        value = {**result, "content": opened_blocks(result["content"])}
        found = await self._judging.scrubbed(value)
        if found.decision is Decision.PASSED and not found.failed:
            return reply.raw
        if found.failed or found.decision is Decision.REFUSED or not isinstance(result.get("isError", False), bool):
            return refused
        left = dict(found.value)
        content = closed_blocks(result["content"], value["content"], left.get("content"))
        if "structuredContent" in result:
            told = left["structuredContent"] = _records(result["structuredContent"], left.get("structuredContent"))
            schema = self._schemas.get(str(asked.params.get("name")))
            if told != result["structuredContent"] and not (isinstance(told, dict) and _fits(told, schema)):
                return refused
        elif not any(map(_says, content)):
            return refused
        left["content"] = content
        if "isError" in result:
            left["isError"] = result["isError"]
        return await self._if_clean(asked, left, "content")

    async def _in_blocks(self, asked: Parsed, reply: Parsed, result: dict[str, Any], key: str) -> bytes:
        """The contents of a resource, or the messages of a prompt."""
        value = {**result, key: opened_blocks(result[key])}
        found = await self._judging.scrubbed(value)
        if found.decision is Decision.PASSED and not found.failed:
            return reply.raw
        if found.failed or found.decision is Decision.REFUSED:
            return ignorance(self._judging, asked)
        blocks = closed_blocks(result[key], value[key], found.value.get(key))
        if not any(map(_says, blocks)):
            return ignorance(self._judging, asked)
        return await self._if_clean(asked, {**found.value, key: blocks}, key)

    async def _completed(self, asked: Parsed, reply: Parsed, result: dict[str, Any]) -> bytes:
        """Values that tell of a target are left out, and not counted."""
        found = await self._judging.scrubbed(result)
        if found.decision is Decision.PASSED and not found.failed:
            return reply.raw
        told = found.value.get("completion") if isinstance(found.value, dict) else None
        given = result["completion"].get("values")
        if found.failed or not isinstance(told, dict) or not isinstance(given, list):
            return ignorance(self._judging, asked)
        values = [new for new, old in zip(told.get("values") or [], given, strict=False) if new == old]
        completion = {"values": values, "hasMore": result["completion"].get("hasMore") is True}
        total = result["completion"].get("total")
        if type(total) is int:
            completion["total"] = max(len(values), total - (len(given) - len(values)))
        return await self._if_clean(asked, {"completion": completion})

    async def _if_clean(self, asked: Parsed, result: dict[str, Any], blocks: str = "") -> bytes:
        """Answer with a result that was put together anew, if it is clean as it will be read.

        What stood between two parts may be gone with what it told.
        """
        shown = {**result, blocks: opened_blocks(result[blocks])} if blocks else result
        if await self._judging.is_clean(shown):
            return answer(asked.number, result)
        return ignorance(self._judging, asked)


def server_capabilities(offered: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a server's capabilities is relayed."""
    known = ("tools", "resources", "prompts", "completions", "logging")
    return {key: part for key, part in offered.items() if key in known}


def opened_blocks(blocks: Sequence[Any]) -> list[Any]:
    """Return blocks, or messages of them, as they are judged: without what is form alone, and with values for JSON.

    Form is told by its vocabulary, so that it hides nothing, and left out since it would go with what it labels.
    """
    return [_open(block) for block in blocks]


def closed_blocks(given: Sequence[Any], shown: Sequence[Any], left: Any) -> list[Any]:
    """Return what is left of blocks, each in the form in which it was given; those that must stay whole or go, go."""
    rows = zip(given, shown, left if isinstance(left, list) else [], strict=False)
    kept = [_block(*row) for row in rows]
    return [block for block in kept if block is not None]


def _open(block: Any) -> Any:
    if not isinstance(block, dict):
        return block
    shown = {key: part for key, part in block.items() if not _is_form(key, part)}
    for key in ("resource", "content"):
        if isinstance(block.get(key), dict):
            shown[key] = _open(block[key])
        elif isinstance(block.get(key), list):
            shown[key] = opened_blocks(block[key])
    if isinstance(text := block.get("text"), str) and (value := opened(text)) is not None:
        shown["text"] = value
    return shown


def _is_form(key: str, part: Any) -> bool:
    """Whether a field of a block holds one of the protocol's own words."""
    if key == "annotations":
        audience = part.get("audience", []) if isinstance(part, dict) and part.keys() <= {"audience", "priority"} else 0
        plain = isinstance(audience, list) and all(one in _ROLES for one in audience)
        return plain and isinstance(part.get("priority", 0), int | float)
    return isinstance(part, str) and part in {"type": _TYPES, "role": _ROLES}.get(key, ())


def _block(given: Any, shown: Any, left: Any) -> Any:
    if left == shown:
        return given
    if not isinstance(left, dict) or not isinstance(given, dict):
        return None
    if any(left.get(key) != shown.get(key) for key in _IDENTITY):
        return None
    block = {key: left.get(key, part) for key, part in given.items() if key in left or _is_form(key, part)}
    for key in ("resource", "content"):
        if isinstance(given.get(key), dict):
            if (inner := _block(given[key], shown[key], left.get(key))) is None:
                return None
            block[key] = inner
        elif isinstance(given.get(key), list):
            block[key] = closed_blocks(given[key], shown[key], left.get(key))
    if given.get("type") == "resource_link" and left.get("name") != shown.get("name"):
        return None
    text, value, new = given.get("text"), shown.get("text"), left.get("text")
    if isinstance(text, str) and new != value:
        if _is_blank(new := _records(value, new)):
            return None
        block["text"] = new if isinstance(value, str) else closed(new, text, value)
    elif isinstance(text, str):
        block["text"] = text
    return block


def _records(before: Any, left: Any) -> Any:
    """A value without the objects and rows of lists of which nothing is left: a record that is not there says less."""
    if isinstance(before, dict) and isinstance(left, dict):
        return {key: _records(before.get(key), part) for key, part in left.items()}
    if not isinstance(before, list) or not isinstance(left, list) or len(before) != len(left):
        return left
    pairs = zip(before, left, strict=True)
    kept = [(old, new) for old, new in pairs if new == old or isinstance(new, str | None) or not _is_blank(new)]
    return [_records(old, new) for old, new in kept]


def _is_blank(value: Any) -> bool:
    """Whether nothing is left of a value but its form."""
    if isinstance(value, dict):
        return all(map(_is_blank, value.values()))
    if isinstance(value, list):
        return all(map(_is_blank, value))
    return value in (None, "")


def _says(block: Any) -> bool:
    """Whether a block holds anything but its form."""
    if not isinstance(block, dict):
        return bool(block)
    inner = [part for key in ("resource", "content") for part in _listed_or_one(block.get(key))]
    linked = "uri" in block and "text" not in block
    return linked or any(block.get(key) for key in ("text", "data", "blob")) or any(map(_says, inner))


def _listed_or_one(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _key(entry: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a client calls an entry of a list by."""
    return str(entry.get("name")), str(entry.get("uri", entry.get("uriTemplate")))


def _entry(before: Mapping[str, Any], left: dict[str, Any]) -> dict[str, Any] | None:
    """An entry of a list as it is shown; None if it could not be used so."""
    kept = dict(left)
    for key in ("inputSchema", "outputSchema"):
        if key in before:
            if (schema := _schema(before[key], left.get(key))) is None:
                return None
            kept[key] = schema
    if [_key(one) for one in _objects(before.get("arguments"))] != [
        _key(one) for one in _objects(left.get("arguments"))
    ]:
        return None
    return kept


def _schema(before: Any, left: Any, depth: int = 0, *, names: bool = False) -> Any:
    """A schema that asks for the same, with other descriptions and fewer choices; None if there is none."""
    if before == left:
        return left
    if depth > _DEEPEST or not isinstance(before, dict) or not isinstance(left, dict) or before.keys() != left.keys():
        return None
    kept: dict[str, Any] = {}
    for key, part in before.items():
        new = left[key]
        prose = not names and key in _PROSE and isinstance(new, str)
        if new == part or prose:
            kept[key] = new
        elif not names and key in _SAMPLES:
            continue
        elif not names and key == "enum" and isinstance(new, list) and len(new) == len(part):
            if not (choices := [one for one, old in zip(new, part, strict=True) if one == old]):
                return None
            kept[key] = choices
        else:
            inner = _schema(part, new, depth + 1, names=not names and key in _NAMED)
            if inner is None:
                return None
            kept[key] = inner
    return kept


def _fits(value: Any, schema: Any) -> bool:
    """Whether a value is what a tool's output schema promises, if it has one."""
    if schema is None:
        return True
    try:
        return jsonschema_rs.validator_for(schema, offline=True).is_valid(value)
    except (ValueError, TypeError, jsonschema_rs.ReferencingError):
        return False
