"""Answers that are JSON because the conversation says so, in words or by an example."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from expunge.forms.asking import (
    ACTS,
    ANSWERS,
    ENTERS,
    FORMAT,
    ORDER,
    STRICT,
    THOUGHTS,
    Asking,
    Form,
    least,
    ordered,
    some,
)
from expunge.forms.examples import DEEPEST, MOST_KEYS, Array, Example, Object, Scalar, examples_in

_JSON = re.compile(r"json", re.IGNORECASE)
_NAMED_KEYS = re.compile(
    r"\b(?:keys?|fields?|propert(?:y|ies)|attributes?|members?|schlüsseln?|feldern?|felder|clés?|champs?|"
    r"claves?|campos?|"
    r"chaves?|chiav[ei]|campi|sleutels?|velden|klucz\w*|pola(?:mi)?|klíč\w*|nycklar\w*|nøgler\w*|nøkler\w*|"
    r"fält\w*|felter\w*|"
    r"ключ\w*|пол(?:я|ями|ей)|anahtar\w*|alan\w*)\b|键|字段|鍵|キー|フィールド|키|필드|مفاتيح|المفتاح|حقول|الحقول|מפתחות|שדות|"
    r"کلید|फ़ील्ड|कुंजी|khóa|trường|คีย์|ฟิลด์",
    re.IGNORECASE,
)
_QUOTED = re.compile(
    r"[\"“„«`'‘「]\s*([^\W\d]\w{0,40}(?:[ .-]\w{1,20}){0,2})\s*[\"”“»`'’」](?:\s*[:(\[-]+\s*([^)\]\n,;]{1,80}))?"
)
_BARE = re.compile(r"[^\W\d]\w{0,40}")
_AND = frozenset(
    [
        "and",
        "und",
        "y",
        "e",
        "et",
        "i",
        "и",
        "و",
        "和",
        "と",
        "및",
        "와",
        "과",
        "하고",
        "입니다",
        "は",
        "です",
        "を",
        "为",
        "是",
        "en",
        "och",
        "og",
        "ja",
        "și",
        "és",
        "και",
        "ve",
        "và",
        "และ",
        "dan",
        "the",
        "a",
        "an",
        "or",
        "only",
        "of",
    ]
)
_FENCED = re.compile(r"```\s*json|json[ -]?(?:code ?block|codeblock|fence)|code ?block|codeblock|fenced", re.IGNORECASE)
_PROGRAM = re.compile(
    r"\b(?:function|script|program|code|method|class|endpoint|api|query|funktion|skript|programm|fonction|"
    r"función|função|"
    r"funzione|функци\w*|скрипт\w*)\b|函数|関数|함수",
    re.IGNORECASE,
)
"""What else may return JSON."""
_REPLIES = re.compile(
    r"\b(?:reply|answer|respond|antworte|réponds|responde|responda|"
    r"rispondi)\w*\b[^{]{0,20}\Z",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:never|not|don't|nicht|jamais|nunca)\b", re.IGNORECASE)
_LISTED = re.compile(
    r"^[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+[\"'`*]{0,2}([^\W\d]\w{0,40})[\"'`*]{0,2}[ "
    r"\t]*(?:\(([^()\n]{1,60})\))?[ \t]*[:–-][ \t]*([^\n]{0,80})",
    re.MULTILINE,
)
_WITH_KIND = re.compile(r"([^\W\d]\w{0,40})\s*(?:\(([^()]{1,60})\))?")
_BEYOND = re.compile(
    r"[,;]?\s+(?:(?:and|with|but) )?(?:no|nothing|without|exactly|only|please|ohne|sonst|sans|sin|sem|senza|zonder|bez|"
    r"utan|"
    r"без)\b",
    re.IGNORECASE,
)
"""Where what is said of keys ends, and what is said of the rest begins."""
_AS = re.compile(r"\bas (?:an? )?(?:valid |single )?\Z", re.IGNORECASE)
_LIST = re.compile(
    r"json[- ]?(?:array|list|liste|lista)|(?:array|list|liste|lista|массив|数组|配列|배열)\b.{0,20}json", re.I
)
_FINISHES = re.compile(
    r"(?P<before>(?:^|\n|[\"'`*(,;:|]|[-•]|\d[.)])\s{0,3}[\"'`*]{0,2})?"
    r"\b(?P<name>final[_ ]answer|finish(?:_?task)?|final_response|respond|answer|reply|submit(?:_answer)?|"
    r"complete(?:_task)?|task_complete|done|end|stop)\b[\"'`*]{0,2}\s?(?:\((?P<given>[\w,: ]*)\))?",
    re.IGNORECASE,
)
_WEAK = ("end", "stop", "done", "answer", "reply")
_GIVEN = re.compile(r"[^\n]{0,80}?[\"'`]([^\W\d]\w{0,30})[\"'`]\s*[:=(<]")


@dataclass(frozen=True, slots=True)
class Constant:
    """A value by which one kind of object is told from another."""

    value: str


def document(asked: Asking) -> Form | None:
    """A JSON document whose keys are told in words or shown by an example."""
    text = asked.text
    places = [
        m
        for m in some(_JSON, text)
        if (
            ordered(text, m.start(), m.end(), by_user=asked.by_user)
            or (_AS.search(text, max(0, m.start() - 20), m.start()) and "?" not in text[m.end() : m.end() + 40])
        )
        and not (asked.by_user and _PROGRAM.search(text, max(0, m.start() - 80), m.start()))
    ]
    examples = list(examples_in(text))
    if not places:
        shown = [example for example in examples if _is_demanded(asked, example)]
        if not shown:
            return None
        examples = shown
    fence = _FENCED.search(text) is not None
    if (schema := _schema(text, examples)) is not None:
        return _form(asked, text, schema, fence=fence)
    if examples and all(text[:start].rstrip().endswith("[") for _, start, _ in examples):
        return Form(lambda _: _written([], fence=fence))
    if (node := _ending(examples)) is not None:
        return _form(asked, text, node, fence=fence)
    if any(_LIST.search(text[max(0, m.start() - 40) : m.end() + 40]) for m in places):
        return Form(lambda _: _written([], fence=fence))
    named = next((keys for m in places if (keys := _keys(text, m.end()))), {}) or next(
        (keys for m in places if (keys := _in_list(text, m.end()))), {}
    )
    if not named:
        return Form(lambda words: _written({"answer": words}, fence=fence))
    return _form(asked, text, Object({key: Scalar(kind) for key, kind in named.items()}), fence=fence)


def shown_document(asked: Asking) -> Form | None:
    """The same, where the assistant's earlier turns are JSON objects."""
    if not asked.said:
        return None
    found = []
    for text in asked.said:
        stripped = text.strip()
        inside = re.fullmatch(r"```(?:json)?\s*(.*?)\s*```", stripped, re.DOTALL)
        try:
            value = json.loads(inside[1] if inside else stripped)
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, dict):
            return None
        found.append((value, inside is not None))
    nodes = [(Object(node.parts), 0, 0) for value, _ in found if isinstance(node := _of_value(value, 0), Object)]
    if (node := _ending(nodes)) is None:
        return None
    return _form(asked, "", node, fence=found[-1][1])


def _is_demanded(asked: Asking, example: Example) -> bool:
    """Whether an object is announced as what answers are, though nobody says what it is called."""
    node, start, _ = example
    before = asked.text[max(0, start - 160) : start]
    line = before.splitlines()[-1] if before.strip() and before.splitlines() else ""
    told = re.split(r"[.!?。！？]\s", before if not line.strip() else line)[-1]
    if not node.parts or _NOT.search(told):
        return False
    ordered_ = ORDER.search(told) is not None or STRICT.search(told) is not None
    leads = re.search(r"(?:\b(?:as|with|like|als|wie|como|comme|come)|[:：])\s*(?:```\w*\s*)?\Z", before) is not None
    return ordered_ and (
        FORMAT.search(told) is not None or (leads and not asked.by_user) or _REPLIES.search(told) is not None
    )


def _schema(text: str, examples: Sequence[Example]) -> Object | None:
    """Return the object that the last JSON schema among the objects describes."""
    for _, start, end in reversed(examples):
        try:
            value = json.loads(text[start:end])
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and isinstance(value.get("properties"), dict) and value["properties"]:
            described = _described(value, 0)
            return described if isinstance(described, Object) else None
    return None


def _described(schema: Mapping[str, Any], depth: int) -> Any:
    """An example of what a JSON schema describes."""
    if isinstance(schema.get("enum"), list):
        return Scalar(" | ".join(json.dumps(value, ensure_ascii=False) for value in schema["enum"]))
    if isinstance(schema.get("properties"), dict) and depth < DEEPEST:
        parts = schema["properties"].items()
        return Object({k: _described(v, depth + 1) if isinstance(v, dict) else Scalar("") for k, v in parts})
    kind = schema.get("type")
    return Array() if kind == "array" else Scalar(" or ".join(kind) if isinstance(kind, list) else str(kind or ""))


def _ending(examples: Sequence[Example]) -> Object | None:
    """The object by which a conversation ends: the one that answers, and calls nothing."""
    nodes = [node for node, _, _ in examples if node.parts]
    if not nodes:
        return None

    def cost(node: Object) -> tuple[bool, bool]:
        return not any(_answers(key) for key in node.parts), any(_calls(key) for key in node.parts)

    chosen = min(nodes, key=cost)
    told = {key: value.raw.strip('"') for key, value in chosen.parts.items() if _tells_kind(key, value, nodes)}
    return Object({key: Constant(told[key]) if key in told else value for key, value in chosen.parts.items()})


def _tells_kind(key: str, value: Any, nodes: Sequence[Object]) -> bool:
    """Whether a key has another plain word in each of several objects."""
    values = [node.parts[key].raw for node in nodes if isinstance(node.parts.get(key), Scalar)]
    words = [raw for raw in values if re.fullmatch(r'"[\w -]{1,40}"', raw)]
    return len(nodes) > 1 and len(values) == len(nodes) == len(set(words)) and isinstance(value, Scalar)


def _answers(key: str) -> bool:
    return ANSWERS.search(key) is not None and not _calls(key) and ENTERS.search(key) is None


def _calls(key: str) -> bool:
    return ACTS.search(key) is not None and not THOUGHTS.search(key)


def _form(asked: Asking, text: str, node: Object, *, fence: bool) -> Form:
    node = Object({key: _picked(asked, value) for key, value in node.parts.items()})
    calling = [key for key, value in node.parts.items() if _calls(key) and not isinstance(value, Constant)]
    if calling and not any(_answers(key) for key in node.parts):
        ends = [m for m in islice(_FINISHES.finditer(text), 60) if m["before"] is not None or m["given"] is not None]
        if ends:
            end = min(ends, key=lambda m: (m["given"] is None, m["name"].casefold() in _WEAK, -m.start()))
            told = _GIVEN.match(text, end.end()) if not end["given"] else None
            given = told[1] if told else next(iter(re.findall(r"[^\W\d]\w*", end["given"] or "")), "answer")
            return Form(lambda words: _written(_call(node, calling[0], end["name"], given, words), fence=fence))
    return Form(lambda words: _written(_filled(node, words), fence=fence))


def _picked(asked: Asking, value: Any) -> Any:
    """A choice among letters is made; no other value says as little."""
    options = _options(value.raw) if isinstance(value, Scalar) else []
    letters = len(options) > 1 and all(len(option) == 1 and option.isalpha() for option in options)
    return Constant(asked.pick(options)) if letters else value


def _call(node: Object, key: str, end: str, parameter: str, words: str) -> dict[str, Any]:
    """The call of the tool that ends it all, with the words as what it is given."""
    made = _filled(node, words)
    inner = node.parts[key]
    if isinstance(inner, Object):
        name = next((k for k in inner.parts if re.search(r"name|tool|action|type", k, re.I)), "name")
        given = next((k for k in inner.parts if k != name), None)
        made[key] = {name: end, **({given: {parameter: words}} if given else {})}
        return made
    made[key] = end
    for other, value in node.parts.items():
        if other != key and re.search(r"input|arg|param|value|payload", other, re.I):
            takes = isinstance(value, Object) or (isinstance(value, Scalar) and re.search(r"\{|dict|object", value.raw))
            made[other] = {parameter: words} if takes else words
    return made


def _filled(node: Object, words: str) -> dict[str, Any]:
    spoken = [
        key for key, value in node.parts.items() if isinstance(value, Scalar) and _answers(key) and not _bound(value)
    ]
    spoken += [key for key, value in node.parts.items() if isinstance(value, Scalar) and THOUGHTS.search(key)]
    if not spoken:
        notes = re.compile(
            r"note|comment|remark|summary|explanation|description|bemerk|begründ|nota|raison|explica", re.I
        )
        spoken = [key for key, value in node.parts.items() if isinstance(value, Scalar) and notes.search(key)]
    return {key: words if key in spoken else _least(value, 0) for key, value in node.parts.items()}


_NUMBER = re.compile(
    r"\b(?:numbers?|numeric|int|integers?|floats?|double|decimal|zahl|nombre|número|numero|число)\b|-?\d", re.I
)
_TRUTH = re.compile(r"\b(?:bool|boolean|true|false)\b", re.IGNORECASE)
_MANY = re.compile(r"\b(?:array|list|liste|lista)\b|\[\s*\]|\[str", re.IGNORECASE)
_MAP = re.compile(r"\b(?:dict|object|map|mapping)\b", re.IGNORECASE)
_TEXT = re.compile(r"\b(?:string|str|text)\b", re.IGNORECASE)


def _bound(value: Scalar) -> bool:
    """Whether a placeholder lets one choose among values, or is no place for words."""
    raw = value.raw
    other = _NUMBER.search(raw) or _TRUTH.search(raw) or _MANY.search(raw) or _MAP.search(raw)
    return len(_options(raw)) > 1 or (other is not None and not raw.startswith('"'))


def _options(raw: str) -> list[str]:
    inside = raw[1:-1] if raw.count('"') == 2 and raw.startswith('"') and raw.endswith('"') else raw
    if "|" not in inside and not re.search(r"\"\s*(?:or|,|/)\s*\"", inside):
        return []
    parts = re.split(r"\s*(?:\||\bor\b|,|/)\s*", inside)
    return [part.strip("\"'`<>() ") for part in parts if part.strip("\"'`<>() ")]


_KINDS = frozenset(
    [
        "null",
        "none",
        "string",
        "str",
        "text",
        "number",
        "int",
        "integer",
        "float",
        "bool",
        "boolean",
        "true",
        "false",
        "object",
        "dict",
        "array",
        "list",
    ]
)


def _least(node: Any, depth: int) -> Any:
    """The value that says nothing in the place of one that is shown."""
    if depth > DEEPEST:
        return None
    if isinstance(node, Object):
        return {key: _least(value, depth + 1) for key, value in node.parts.items()}
    if isinstance(node, Array):
        return []
    if isinstance(node, Constant):
        return node.value
    raw = node.raw.strip()
    options = [option for option in _options(raw) if option.casefold() not in _KINDS]
    if options and (chosen := least(options)) is not None:
        return chosen
    if options or "null" in raw or _NUMBER.fullmatch(raw.split()[0] if raw.split() else ""):
        return None
    if raw.startswith('"') or _TEXT.search(raw):
        return "" if not _MANY.search(raw) or raw.startswith('"') else []
    if _TRUTH.search(raw):
        return False
    if _MANY.search(raw):
        return []
    return {} if _MAP.search(raw) else None


def _written(value: Any, *, fence: bool) -> str:
    made = json.dumps(value, ensure_ascii=False)
    return f"```json\n{made}\n```" if fence else made


def _of_value(value: Any, depth: int) -> Any:
    """A JSON value as an example."""
    if isinstance(value, dict) and depth < DEEPEST:
        return Object({str(key): _of_value(part, depth + 1) for key, part in value.items()})
    if isinstance(value, list):
        return Array()
    return Scalar(json.dumps(value, ensure_ascii=False))


def _keys(text: str, start: int) -> dict[str, str]:
    """The keys that are told behind a place, each with what is said of its kind."""
    near = text[start : start + 400]
    named = _NAMED_KEYS.search(near)
    if named is None:
        before = _NAMED_KEYS.search(text, max(0, start - 160), start)
        if before is None:
            return {}
        near, named = text[before.start() : start + 200], _NAMED_KEYS.match(text[before.start() : start + 200])
    if named is None:
        return {}
    told = near[named.end() :]
    end = re.search(r"\n\s*\n|(?<=[^\d])[.!?。！？](?:\s|\Z)(?!\s*[`\"])", told)
    told = told[: end.start()] if end else told
    told = _BEYOND.split(told, maxsplit=1)[0]
    quoted = {m[1].strip(): m[2] or "" for m in _QUOTED.finditer(told)}
    if not quoted:
        near, named = text[max(0, start - 200) : start + 40], _NAMED_KEYS.search(text[max(0, start - 200) : start + 40])
    if not quoted and named is not None:
        # In languages that put the noun last ("答案和来源字段"), the keys stand before it.
        quoted = {m[1].strip(): m[2] or "" for m in _QUOTED.finditer(near[: named.start()][-160:])}
    if quoted:
        return dict(list(quoted.items())[:MOST_KEYS])
    told = re.split(r"[:：]\s", told.strip(" :："), maxsplit=1)[0]
    if not re.search(rf"[,，、:：]|\b(?:{'|'.join(sorted(_AND))})\b", told):
        return {}
    listed = {m[1]: m[2] or "" for m in _WITH_KIND.finditer(told.strip(" :：")) if m[1].casefold() not in _AND}
    if any(key.isascii() for key in listed):
        # Where the sentence is in a script without such letters, what is in it is its particles.
        listed = {key: kind for key, kind in listed.items() if key.isascii() or key.isascii() is _is_ascii(told)}
    return listed if 1 <= len(listed) <= 12 else {}


def _is_ascii(text: str) -> bool:
    """Whether most letters of a text are those of English."""
    letters = [letter for letter in text if letter.isalpha()]
    return 2 * sum(map(str.isascii, letters)) >= len(letters)


def _in_list(text: str, start: int) -> dict[str, str]:
    """The keys that a list behind a place tells, a line each."""
    found: dict[str, str] = {}
    at = start
    for match in islice(_LISTED.finditer(text, start, start + 1_500), MOST_KEYS):
        if text[at : match.start()].count("\n") > 3:
            break
        found[match[1]] = f"{match[2] or ''} {match[3]}".strip()
        at = match.end()
    return found
