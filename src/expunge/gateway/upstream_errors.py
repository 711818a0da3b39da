"""An error of the upstream, told on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from expunge.errors import ExpungeError
from expunge.gateway.apis.strays import strays
from expunge.gateway.asked import Asked
from expunge.gateway.deciding import Deciding
from expunge.gateway.json_text import NotReadable, parsed
from expunge.gateway.last_look import check_unread
from expunge.gateway.problems import Problem
from expunge.types import DRAFT_CHANNELS, Draft

_KEYS = ("message", "type", "param", "code")
_MOST = 4_000
"""Characters of an error that are told on; a longer one quotes something."""


async def told(
    asked: Asked, deciding: Deciding, status: int, raw: bytes, headers: Mapping[str, str], *, own_key: bool
) -> Problem:
    """The error that a client gets for a status of the upstream.

    The upstream's words pass if they have OpenAI's shape and the screen sees nothing in them, since an error may
    quote the prompt or the draft. `headers` are those that may be passed on; `own_key` says that the upstream was
    given our key, so that its complaints about it are not the client's.
    """
    passed = dict(headers) if _is_label(asked, "\n".join(headers.values())) else {}
    if own_key and status in (401, 403):
        text = "The upstream does not accept the gateway's key; tell whoever runs the gateway."
        return Problem(502, text, "server_error", "upstream_unauthorized")
    if status < 400:
        text = "The upstream redirects to another address; whoever runs the gateway must correct base_url."
        return Problem(502, text, "server_error", "upstream_invalid")
    error = _error_in(raw)
    if error is not None and await _is_clean(asked, deciding, error):
        said = [error.get(key) for key in _KEYS]
        message, kind, param, code = (str(value) if isinstance(value, str | int) else None for value in said)
        if message and len(error) <= len(_KEYS):
            return Problem(status, message, kind or _kind(status), code, param, passed)
    text = f"The upstream answered with status {status}; {_advice(status)}."
    return Problem(status, text, _kind(status), "upstream_error", None, passed)


def _error_in(raw: bytes) -> Mapping[str, Any] | None:
    try:
        value = parsed(raw)
    except NotReadable:
        return None
    error = value.get("error") if isinstance(value, dict) else None
    return error if isinstance(error, dict) and error.keys() <= set(_KEYS) else None


async def _is_clean(asked: Asked, deciding: Deciding, error: Mapping[str, Any]) -> bool:
    try:
        text = "\n".join(strays({"": error}, {}))
        if len(text) > _MOST:
            return False
        evidence = await deciding.evidence(asked.parts, asked.snapshot, asked.messages, Draft(text))
    except ExpungeError:
        return False
    return _is_label(asked, text) and not any(e.channel in DRAFT_CHANNELS for e in evidence)


def _is_label(asked: Asked, text: str) -> bool:
    try:
        check_unread(asked.parts.screen, asked.snapshot, text.encode("ascii", "ignore"), (), asked.call.body or b"")
    except ExpungeError:
        return False
    return True


def _kind(status: int) -> str:
    return "server_error" if status >= 500 else "rate_limit_error" if status == 429 else "invalid_request_error"


def _advice(status: int) -> str:
    if status == 429:
        return "it limits the rate of requests; wait, and try again"
    return "try again" if status >= 500 else "check the request"
