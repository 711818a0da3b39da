"""Answers promised as JSON: a changed text still keeps the promise, or words are put into a form that does.

Calls that a request leaves no choice about are such a promise, too: a program reads the arguments of one tool as the
answer.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from expunge.forms.asking import ACTS, ANSWERS, ENTERS, least
from expunge.gateway.apis.base import Json

if TYPE_CHECKING:
    import jsonschema_rs

Schema = Mapping[str, Any] | bool
ANY_OBJECT: Schema = {"type": "object"}
"""What the mode `json_object` promises."""
_DEEPEST = 40
_BY_SAYING = ("null", "enum", "string", "array", "object", "boolean", "number", "integer")
_FILLERS = ("", "unknown", "Unknown", "UNKNOWN", "none", "NONE", "n/a", "N/A", "-", "x", "X")
_NONE = object()
_FORMATS = {
    "date-time": "1970-01-01T00:00:00Z",
    "date": "1970-01-01",
    "time": "00:00:00Z",
    "duration": "PT0S",
    "email": "nobody@example.org",
    "hostname": "example.org",
    "ipv4": "0.0.0.0",
    "ipv6": "::",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "uri": "https://example.org/",
}
_MOST = 1_000
_ENDS = re.compile(
    r"(?:(?:give|send|submit|return|provide)_?)?(?:the_?)?(?:final_?)?(?:answer|response|reply|result|output)"
    r"(?:_?to_?user)?|(?:answer|respond|reply)(?:_?to)?(?:_?user)?|finish(?:_?task)?|submit|done|complete(?:_?task)?",
    re.IGNORECASE,
)
"""Names of the function by which an agent tells its answer, and does nothing else."""


def fitting(text: str, schema: Schema, words: str) -> str | None:
    """`text` if it meets a JSON schema; else the smallest document that does.

    It has `words` where an answer belongs, or else in its first free string, and says nothing in all other places: null
    where that is allowed, an empty text or list, the value of an enumeration that says that nothing is known, a number
    only where nothing else will do. The document is made from the schema and the words alone, so that it tells nothing
    of what they stand for. None if none is found, or the schema is none.
    """
    import jsonschema_rs  # few answers are promised in a form

    try:
        validator = jsonschema_rs.validator_for(_plain(schema), offline=True)
    except (ValueError, jsonschema_rs.ReferencingError):
        return None
    if _meets(text, validator):
        return text
    for said, everywhere in ((words, False), (words, True), ("", True)):
        maker = _Maker(schema, said, everywhere=everywhere)
        try:
            value = maker.value(schema, 0)
        except _Impossible:
            return None
        if not maker.said and schema == ANY_OBJECT:
            value = {"answer": said}
        made = json.dumps(value, ensure_ascii=False)
        if (maker.said or everywhere) and _meets(made, validator):
            return made
    return None


def said_by_call(parameters: Any, words: str) -> str | None:
    """The arguments of a call that must be made, which say no more than `words`; None where there are none."""
    return fitting("", parameters if isinstance(parameters, Mapping | bool) else ANY_OBJECT, words)


def _meets(text: str, validator: jsonschema_rs.Validator) -> bool:
    try:
        return validator.is_valid(json.loads(text))
    except (ValueError, RecursionError):
        return False


def _plain(schema: Schema) -> Any:
    return dict(schema) if isinstance(schema, Mapping) else schema


class _Impossible(Exception):
    pass


class _Maker:
    """Makes one document; `said` tells whether the words were put into it: into the strings that are called answers,
    or, `everywhere`, into the first that takes them."""

    def __init__(self, root: Schema, words: str, *, everywhere: bool) -> None:
        self._root = root
        self._words = words
        self._everywhere = everywhere
        self.said = False

    def value(self, schema: Any, depth: int, key: str = "") -> Any:
        if depth > _DEEPEST:
            raise _Impossible
        if not isinstance(schema, Mapping):
            return None
        schema = self._resolved(schema, depth)
        if "const" in schema:
            return schema["const"]
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            return _least_of(schema["enum"])
        for several in ("anyOf", "oneOf"):
            if isinstance(schema.get(several), list) and schema[several]:
                return self._either(schema[several], depth, key)
        return self._of_kind(schema, _kind(schema), depth, key)

    def _resolved(self, schema: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
        """The schema with what it refers to and what it combines put into one."""
        merged: dict[str, Any] = {}
        for part in self._parts(schema, depth):
            for key, value in part.items():
                if key == "properties" and isinstance(value, Mapping):
                    merged[key] = {**merged.get(key, {}), **value}
                elif key == "required" and isinstance(value, list):
                    merged[key] = [*merged.get(key, []), *value]
                else:
                    merged[key] = value
        return merged

    def _parts(self, schema: Any, depth: int) -> Iterator[Mapping[str, Any]]:
        if depth > _DEEPEST:
            raise _Impossible
        if not isinstance(schema, Mapping):
            return
        if "$ref" in schema:
            yield from self._parts(self._target(schema["$ref"]), depth + 1)
        for part in schema.get("allOf") or ():
            yield from self._parts(part, depth + 1)
        yield {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}

    def _target(self, reference: Any) -> Any:
        if not (isinstance(reference, str) and reference.startswith("#")):
            raise _Impossible
        value: Any = self._root
        for step in reference[1:].split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            if not (isinstance(value, Mapping) and step in value):
                raise _Impossible
            value = value[step]
        return value

    def _either(self, options: list[Any], depth: int, key: str) -> Any:
        """The first that can be made, in the order of how little they say."""
        for option in sorted(options, key=lambda option: self._says(option, depth, key)):
            try:
                return self.value(option, depth + 1, key)
            except _Impossible:
                continue
        raise _Impossible

    def _says(self, option: Any, depth: int, key: str) -> tuple[int, int]:
        """Return how much a schema makes one say: nothing at all, words, a truth, a number."""
        try:
            schema = self._resolved(option, depth + 1) if isinstance(option, Mapping) else {}
        except _Impossible:
            return len(_BY_SAYING), 0
        kind = "enum" if "enum" in schema or "const" in schema else _kind(schema)
        rank = _BY_SAYING.index(kind) if kind in _BY_SAYING else len(_BY_SAYING)
        if kind in ("null", "string") and _is_answer(key):
            rank = 0 if kind == "string" else 1
        known = schema.get("properties")
        names = list(known) if isinstance(known, Mapping) else []
        return rank, any(map(_is_act, names)) - any(map(_is_answer, names))

    def _of_kind(self, schema: Mapping[str, Any], kind: str, depth: int, key: str) -> Any:
        match kind:
            case "object":
                properties = schema.get("properties")
                known = properties if isinstance(properties, Mapping) else {}
                wanted = [name for name in schema.get("required") or () if isinstance(name, str)]
                if not any(map(_is_answer, wanted)):
                    wanted += [name for name in known if _is_answer(name)]
                made = {name: self.value(known.get(name, True), depth + 1, name) for name in dict.fromkeys(wanted)}
                names = [*known, *(f"unknown{n or ''}" for n in range(_count(schema, "minProperties")))]
                for name in (name for name in names if name not in made):
                    if len(made) >= _count(schema, "minProperties"):
                        break
                    other = schema.get("additionalProperties", True)
                    made[name] = self.value(known.get(name, other), depth + 1, name)
                return made
            case "array":
                given = schema.get("prefixItems")
                first = given if isinstance(given, list) else []
                rest = schema.get("items", True)
                kinds = [first[n] if n < len(first) else rest for n in range(_count(schema, "minItems"))]
                made_of = [self.value(one, depth + 1, key) for one in kinds]
                return self._unlike(made_of, kinds, depth) if schema.get("uniqueItems") is True else made_of
            case "string":
                return self._string(schema, key)
            case "integer" | "number":
                return _number(schema, whole=kind == "integer")
            case "boolean":
                return False
            case _:
                return None

    def _unlike(self, values: list[Any], kinds: list[Any], depth: int) -> list[Any]:
        """The items of a list none of which may be like another."""
        found: dict[str, Any] = {}
        others: dict[int, Iterator[Any]] = {}
        for value, kind in zip(values, kinds, strict=True):
            schema = self._resolved(kind, depth) if isinstance(kind, Mapping) else {}
            rest = others.setdefault(id(kind), _others(value, schema))  # goes on where the last item of its kind ended
            one = value
            while json.dumps(one) in found:
                if (one := next(rest, _NONE)) is _NONE:
                    raise _Impossible
            found[json.dumps(one)] = one
        return list(found.values())

    def _string(self, schema: Mapping[str, Any], key: str) -> str:
        if isinstance(form := schema.get("format"), str) and form in _FORMATS:
            return _FORMATS[form]
        if "pattern" in schema:
            return _patterned(schema)
        free = _is_answer(key) or (self._everywhere and not self.said)
        longest = schema.get("maxLength")
        text = self._words if free and not (isinstance(longest, int) and len(self._words) > longest) else ""
        self.said = self.said or bool(text)
        return text.ljust(_count(schema, "minLength"), ".")


def _others(value: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what else a schema may allow that says as little as a value."""
    given = schema.get("enum")
    if isinstance(given, list):
        yield from given[: 2 * _MOST]
    elif isinstance(value, str):
        yield from ("." * n for n in range(_MOST))
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        step = schema.get("multipleOf")
        step = step if isinstance(step, int | float) and step > 0 else 1
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        sign = 1 if isinstance(low, int | float) and value - step < low else -1
        yield from (value + n * step * sign for n in range(1, _MOST))


def _patterned(schema: Mapping[str, Any]) -> str:
    """A string of a pattern that says nothing."""
    import jsonschema_rs

    try:
        validator = jsonschema_rs.validator_for(dict(schema), offline=True)
        return next((text for text in _FILLERS if validator.is_valid(text)), "")
    except (ValueError, jsonschema_rs.ReferencingError):
        return ""


def _least_of(values: list[Any]) -> Any:
    """The value of an enumeration that says least."""
    if None in values:
        return None
    texts = [value for value in values if isinstance(value, str)]
    return "" if "" in texts else least(texts) or values[0]


def _is_answer(key: str) -> bool:
    return ANSWERS.search(key) is not None and not _is_act(key) and ENTERS.search(key) is None


def _is_act(key: str) -> bool:
    return ACTS.search(key) is not None


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        return min(map(str, kind), key=_rank, default="null")
    if isinstance(kind, str):
        return kind
    return "object" if "properties" in schema or "required" in schema else "string"


def _rank(kind: str) -> int:
    return _BY_SAYING.index(kind) if kind in _BY_SAYING else len(_BY_SAYING)


def _count(schema: Mapping[str, Any], key: str) -> int:
    value = schema.get(key)
    if not isinstance(value, int) or value <= 0:
        return 0
    if value > _MOST:
        raise _Impossible
    return value


def _number(schema: Mapping[str, Any], *, whole: bool) -> int | float:
    low = schema.get("minimum")
    above = schema.get("exclusiveMinimum")
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    value: int | float = -1  # 0 may well be an answer
    if isinstance(high, int | float) and high <= value:
        value = high - 1
    if isinstance(low, int | float) and value < low:
        value = low
    if isinstance(above, int | float) and value <= above:
        value = above + 1
    step = schema.get("multipleOf")
    if isinstance(step, int | float) and step > 0:
        value = -(-value // step) * step
    return -int(-value // 1) if whole else value


def forced_tool(body: Json) -> tuple[str, Any] | None:
    """The name and the parameters of the function that an answer must be: the one that is chosen, or where some call is
    required, the only one, or the one by whose name an agent answers."""
    tools, choice = body.get("tools"), body.get("tool_choice")
    functions = {}
    for tool in tools if isinstance(tools, Sequence) and not isinstance(tools, str) else ():
        if isinstance(tool, Mapping) and tool.get("type", "function") == "function":
            function = tool.get("function", tool)
            if isinstance(function, Mapping) and isinstance(function.get("name"), str):
                functions[function["name"]] = function.get("parameters")
    if isinstance(choice, Mapping):
        chosen = choice.get("function", choice)
        name = chosen.get("name") if isinstance(chosen, Mapping) else None
        return (name, functions[name]) if isinstance(name, str) and name in functions else None
    if choice != "required":
        return None
    if len(functions) == 1:
        return next(iter(functions.items()))
    ending = [name for name in functions if _ENDS.fullmatch(name)]
    return (ending[0], functions[ending[0]]) if len(ending) == 1 else None


def forced_call(body: Json, words: str) -> dict[str, Any] | None:
    """The call of a chat that says no more than `words`, None where none must be made or none can be."""
    forced = forced_tool(body)
    arguments = said_by_call(forced[1], words) if forced is not None else None
    if forced is None or arguments is None:
        return None
    return {"id": f"call_{call_id(words)}", "type": "function", "function": {"name": forced[0], "arguments": arguments}}


def call_id(words: str) -> str:
    """The same for the same words, and as long as ids are."""
    return hashlib.blake2b(words.encode("utf-8", "replace"), digest_size=12).hexdigest()
