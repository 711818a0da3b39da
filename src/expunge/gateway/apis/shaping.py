"""Answers promised as JSON: a changed text still keeps the promise, or words are put into a form that does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jsonschema_rs

Schema = Mapping[str, Any] | bool
ANY_OBJECT: Schema = {"type": "object"}
"""What the mode `json_object` promises."""
_DEEPEST = 40


def fitting(text: str, schema: Schema, words: str) -> str | None:
    """`text` if it meets a JSON schema; else the smallest document that does, with `words` in its first free string.

    The document is made from the schema and the words alone, so that it tells nothing of what they stand for. None if
    none is found, or the schema is none.
    """
    import jsonschema_rs  # few answers are promised in a form

    try:
        validator = jsonschema_rs.validator_for(_plain(schema), offline=True)
    except (ValueError, jsonschema_rs.ReferencingError):
        return None
    if _meets(text, validator):
        return text
    for said in (words, ""):
        maker = _Maker(schema, said)
        try:
            value = maker.value(schema, 0)
        except _Impossible:
            return None
        if not maker.said and schema == ANY_OBJECT:
            value = {"answer": said}
        made = json.dumps(value, ensure_ascii=False)
        if _meets(made, validator):
            return made
    return None


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
    """Makes one document; `said` tells whether the words were put into it."""

    def __init__(self, root: Schema, words: str) -> None:
        self._root = root
        self._words = words
        self.said = False

    def value(self, schema: Any, depth: int) -> Any:
        if depth > _DEEPEST:
            raise _Impossible
        if not isinstance(schema, Mapping):
            return None
        schema = self._resolved(schema, depth)
        if "const" in schema:
            return schema["const"]
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            return None if None in schema["enum"] else schema["enum"][0]
        for key in ("anyOf", "oneOf"):
            if isinstance(schema.get(key), list) and schema[key]:
                return self._either(schema[key], depth)
        return self._of_kind(schema, _kind(schema), depth)

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

    def _either(self, options: list[Any], depth: int) -> Any:
        """The first that can be made, nothing at all before anything else."""
        for option in sorted(options, key=lambda o: not (isinstance(o, Mapping) and _kind(o) == "null")):
            try:
                return self.value(option, depth + 1)
            except _Impossible:
                continue
        raise _Impossible

    def _of_kind(self, schema: Mapping[str, Any], kind: str, depth: int) -> Any:
        match kind:
            case "object":
                properties = schema.get("properties")
                known = properties if isinstance(properties, Mapping) else {}
                wanted = [key for key in schema.get("required") or () if isinstance(key, str)]
                return {key: self.value(known.get(key, True), depth + 1) for key in dict.fromkeys(wanted)}
            case "array":
                return [self.value(schema.get("items", True), depth + 1) for _ in range(_count(schema, "minItems"))]
            case "string":
                return self._string(schema)
            case "integer" | "number":
                return _number(schema, whole=kind == "integer")
            case "boolean":
                return False
            case _:
                return None

    def _string(self, schema: Mapping[str, Any]) -> str:
        if isinstance(form := schema.get("format"), str) and form in _FORMATS:
            return _FORMATS[form]
        free = not self.said and "pattern" not in schema
        longest = schema.get("maxLength")
        text = self._words if free and not (isinstance(longest, int) and len(self._words) > longest) else ""
        self.said = self.said or bool(text)
        return text.ljust(_count(schema, "minLength"), ".")


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


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        return "null" if "null" in kind or not kind else str(kind[0])
    if isinstance(kind, str):
        return kind
    return "object" if "properties" in schema or "required" in schema else "string"


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
    value: int | float = 0
    if isinstance(high, int | float) and high <= 0:
        value = high - 1
    if isinstance(low, int | float) and value < low:
        value = low
    if isinstance(above, int | float) and value <= above:
        value = above + 1
    step = schema.get("multipleOf")
    if isinstance(step, int | float) and step > 0:
        value = -(-value // step) * step
    return -int(-value // 1) if whole else value
