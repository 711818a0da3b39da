"""An error of the upstream, told on: its status, and its words as far as they are those of the protocol.

An upstream quotes what it likes in an error: the model that was asked for, a header, the prompt, a draft. A text that
passed only where the screen finds nobody in it would tell who is registered. So nothing here asks the screen: what
consists of known words passes, whoever is a target, and a sentence of ours stands in the place of anything else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from expunge.gateway.http_errors import Problem
from expunge.gateway.json_text import NotReadable, parsed

_KEYS = ("message", "type", "param", "code")
_MOST = 4_000
"""Characters of an error's message that are looked through."""
_OF_CODES = """
    a above access account ai already an and api argument arguments array at audio auth authentication authorization
    availability available background bad batch below billing blocked body boolean budget call cancelled capacity
    chat choice choices code completion completions configuration conflict connection content context conversation
    country credit credits data deactivated decimal decode decoded denied deployment deprecated detected disabled
    does download duplicate empty encrypted endpoint engine entity error exceed exceeded exceeds exception exist
    expected expired extra failed failure field file filter filtered flagged for forbidden format found function
    gateway generation hard id image in incomplete inference input insufficient integer internal invalid is item
    items json key large length limit limited limits locked long malformed many max maximum media message messages
    method min minimum missing model models moderation most must name no not null number object of operation or
    organization out output over overloaded parallel param parameter parameters parse parsing payload payment per
    permission policy previous process processing project prompt property provider quality quota range rate reached
    read reasoning refused region rejected request requested requests required resource response responses
    responsible role safety schema seed server service short size small stop stream string structured supported
    system temperature template temporarily temporary territory text tier time timed timeout to token tokens too
    tool tools top type unauthorized unavailable unexpected unknown unprocessable unsupported upstream url usage use
    user validate validation value values version violation window with wrong
"""
"""What the codes and kinds of errors are made of. No name of a person is among them."""
_OF_FIELDS = """
    allowed assistant b64 bias budget cache calls choice conversation custom definitions description detail
    developer domains echo effort enabled encoding enum filename filters format frequency_penalty functions grammar
    guided history include instructions k language logit logprobs metadata modalities n obfuscation options p
    penalty prediction presence properties repetition retention schema search service speed store strict suffix
    summary thinking timestamp topk truncation verbosity voice web
"""
"""What the names of a request's fields are made of, besides."""
_OF_SENTENCES = """
    after again all allow allows also although another any are as b be because been before between both but by can
    cannot change check choose contain contains could current details didn doesn don due during each either enable
    enabled ensure few fewer from give given greater had has have here how however if include included including
    into isn it its just later least less longer made make maybe moment more most new next of off on once one only
    other our plan please possible provide provided receive received recommended reduce remove retry s same see send
    sent set should since single so some something sorry specified specify start still such supply t than that the
    their them then there these they this those through try trying two under until up use used using very via wait
    was we went were what when where whether which while who whole why without work would wrong yet you your
"""
"""What a sentence about an error may consist of, besides."""
_WORDS = frozenset(_OF_CODES.split())
_FIELDS = _WORDS | set(_OF_FIELDS.split())
_PROSE = _WORDS | set(_OF_SENTENCES.split())
_SPLIT = re.compile(r"[_\W]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PLAIN = re.compile(r"[A-Za-z0-9_]{1,64}")
_PLACE = re.compile(r"[A-Za-z0-9_.\[\]-]{1,120}")
_SENTENCE = re.compile(r"[A-Za-z ,.;:'`\"()!?/_-]{1,300}")
_INDEX = re.compile(r"\d{1,3}")
_TOO_LONG = re.compile(
    r"context[ _](?:length|size|window)|maximum context|prompt is too long|too many (?:input )?tokens"
    r"|max_new_tokens`? must be",
    re.IGNORECASE,
)
"""How endpoints that know no codes say that a conversation is too long."""
_LENGTH = "context_length_exceeded"
_SENTENCES = {
    _LENGTH: "The conversation is longer than the model's context length; shorten it, or ask for fewer tokens.",
    "model_not_found": "The upstream does not know this model; /v1/models lists those there are.",
    "insufficient_quota": "The upstream's quota is used up; tell whoever runs the gateway.",
    "content_filter": "The upstream's content filter turned the request down; word it otherwise.",
    "content_policy_violation": "The upstream's content policy turned the request down; word it otherwise.",
    "missing_required_parameter": "The upstream misses a field of the request; add what param names.",
    "unknown_parameter": "The upstream does not know a field of the request; leave out what param names.",
    "unsupported_parameter": "The upstream does not take a field of the request; leave out what param names.",
    "unsupported_value": "The upstream does not take the value of a field; change what param names.",
    "invalid_value": "The upstream does not take the value of a field; change what param names.",
    "invalid_type": "The upstream does not take the type of a field; change what param names.",
}


def problem_from_upstream(status: int, raw: bytes, headers: Mapping[str, str], *, own_key: bool) -> Problem:
    """The error that a client gets for a status of the upstream.

    `headers` are those that may be passed on; `own_key` says that the upstream was given our key, so that its
    complaints about it are not the client's.
    """
    passed = dict(headers)
    if own_key and status in (401, 403):
        text = "The upstream does not accept the gateway's key; tell whoever runs the gateway."
        return Problem(502, text, "server_error", "upstream_unauthorized")
    if status < 400:
        text = "The upstream redirects to another address; whoever runs the gateway must correct base_url."
        return Problem(502, text, "server_error", "upstream_invalid")
    error = _error_in(raw)
    kind, code, param = _word(error.get("type")), _word(error.get("code")), _field(error.get("param"))
    if (code is None or code.isdigit()) and status in (400, 413, 422, 500):
        too_long = kind == "exceed_context_size_error" or _TOO_LONG.search(str(error.get("message"))[:_MOST])
        code = _LENGTH if too_long else code
    sentence = (
        _sentence(error.get("message"))
        or _SENTENCES.get(code or "")
        or f"The upstream answered with status {status}; {_advice(status, param)}."
    )
    return Problem(status, sentence, kind or _kind(status), code or "upstream_error", param, passed)


def _error_in(raw: bytes) -> Mapping[str, Any]:
    """The error in a body, if it has OpenAI's shape."""
    try:
        value = parsed(raw)
    except NotReadable:
        return {}
    error = value.get("error") if isinstance(value, dict) else None
    return error if isinstance(error, dict) and error.keys() <= set(_KEYS) else {}


def _word(value: Any) -> str | None:
    """A code or a kind that consists of words of the protocol; None for any other value."""
    if type(value) is int:
        value = str(value)
    if not isinstance(value, str) or not _PLAIN.fullmatch(value):
        return None
    if value.isdigit():
        return value if len(value) == 3 else None
    return value if len(value) == 1 or _known(_SPLIT.split(value), _WORDS) else None


def _field(value: Any) -> str | None:
    """The name of a request's field, or a path to it; None for any other value."""
    if not isinstance(value, str) or not _PLACE.fullmatch(value):
        return None
    return value if _known(_SPLIT.split(value), _FIELDS) else None


def _sentence(value: Any) -> str | None:
    """A sentence that consists of known words; None for any other value."""
    if not isinstance(value, str) or not _SENTENCE.fullmatch(value) or not value.strip():
        return None
    return value if _known(_SPLIT.split(value), _PROSE) else None


def _known(parts: list[str], words: frozenset[str]) -> bool:
    return all(not part or part.lower() in words or _INDEX.fullmatch(part) for part in parts)


def _kind(status: int) -> str:
    return "server_error" if status >= 500 else "rate_limit_error" if status == 429 else "invalid_request_error"


def _advice(status: int, param: str | None) -> str:
    if status == 429:
        return "it limits the rate of requests; wait, and try again"
    if status == 404:
        return "check the model; /v1/models lists those there are"
    if status >= 500:
        return "try again"
    return "check what param names in the request" if param else "check the request"
