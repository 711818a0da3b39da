"""`GET /v1/models` and `/v1/models/{id}`, from a short cache: some clients ask at each page they show.

The list has the form of the API that the upstream speaks.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from expunge.errors import ExpungeError, ModelReplyError, ModelUnreachable
from expunge.gateway.http_errors import HttpError, Problem, anthropic_error, openai_error, problem_for
from expunge.gateway.json_text import reply_of
from expunge.gateway.proxy.context import Context
from expunge.gateway.proxy.response import ClientResponse
from expunge.gateway.telemetry.tracing import request_id_of
from expunge.gateway.upstream.base import UpstreamRequest, read_all
from expunge.settings import ModelApi

_FRESH = 30.0
"""Seconds for which a list is given out without asking."""
_STALE = 600.0
"""Seconds for which one is given out when the upstream does not answer."""
_TIMEOUT = 10.0
_KEY = re.compile(r"[a-z_]{1,40}")
_ALL = "models?limit=1000"
"""Anthropic's API gives its models by pages of 20, if it is not asked for more."""
_DATE = re.compile(r"[0-9T:.Z+-]{1,40}")


@dataclass(slots=True)
class _Listed:
    """The list that one tenant was told, and the time."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    at: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class ModelList:
    """Serves the upstream's models, those left out whose names the screen sees a target in."""

    def __init__(self, context: Context, spoken: ModelApi = "openai") -> None:
        self._context = context
        self._anthropic = spoken == "anthropic"
        self._lists: dict[str, _Listed] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the list, or with one of it."""
        form = anthropic_error if self._anthropic else openai_error
        response = ClientResponse(send, form, request_id_of(scope))
        try:
            content = await self._content(scope)
        except ExpungeError as error:
            await response.problem(problem_for(error))
        else:
            await response.send(json.dumps(content, ensure_ascii=False).encode())

    async def _content(self, scope: Scope) -> Any:
        if scope["method"] not in ("GET", "HEAD"):
            text = "This route takes GET."
            raise HttpError(Problem(405, text, code="method_not_allowed", headers={"allow": "GET, HEAD"}))
        principal = await self._context.authenticator.admit(HTTPConnection(scope), "chat")
        entries = await self._clean(await self._listed(principal.tenant), principal.tenant)
        wanted = scope.get("path_params", {}).get("model")
        if wanted is None and self._anthropic:
            ids = [entry["id"] for entry in entries]
            ends = {"first_id": ids[0] if ids else None, "last_id": ids[-1] if ids else None}
            return {"data": entries, "has_more": False, **ends}
        if wanted is None:
            return {"object": "list", "data": entries}
        for entry in entries:
            if entry["id"] == wanted:
                return entry
        text = "This model does not exist; /v1/models lists the available ones."
        raise HttpError(Problem(404, text, code="model_not_found", param="model"))

    async def _listed(self, tenant: str) -> list[dict[str, Any]]:
        """The upstream's models; from the tenant's cache while they are fresh, or while it does not answer."""
        listed = self._lists.setdefault(tenant, _Listed())
        if time.monotonic() - listed.at < _FRESH:
            return listed.entries
        async with listed.lock:
            if time.monotonic() - listed.at < _FRESH:
                return listed.entries
            try:
                async with asyncio.timeout(_TIMEOUT):
                    listed.entries = await self._ask()
                listed.at = time.monotonic()
            except (ExpungeError, TimeoutError):
                if time.monotonic() - listed.at > _STALE:
                    raise ModelUnreachable("The upstream does not list its models; try again.") from None
            return listed.entries

    async def _ask(self) -> list[dict[str, Any]]:
        async with self._context.upstream.open(UpstreamRequest(_ALL if self._anthropic else "models")) as received:
            if received.status != 200:
                raise ModelReplyError("The upstream does not list its models; check that it speaks the configured API.")
            listed = reply_of(await read_all(received)).get("data")
        if not isinstance(listed, list):
            raise ModelReplyError(
                "The upstream's list of models is not valid; check that it speaks the configured API."
            )
        form = _anthropic_entry if self._anthropic else _entry
        return [form(entry) for entry in listed if isinstance(entry, dict) and isinstance(entry.get("id"), str)]

    async def _clean(self, entries: list[dict[str, Any]], tenant: str) -> list[dict[str, Any]]:
        parts = await self._context.tenants.parts(tenant)
        snapshot = parts.registry.snapshot()
        clean = self._context.moderator.is_clean
        texts = [f"{e['id']}\n{e.get('owned_by') or e.get('display_name')}" for e in entries]
        return [e for e, text in zip(entries, texts, strict=True) if await clean(parts, snapshot, (), text)]


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of a model: names and numbers, and no text that nobody has read."""
    numbers = {k: v for k, v in entry.items() if isinstance(v, int | float) and _KEY.fullmatch(k)}
    owner = entry.get("owned_by")
    return {
        "id": entry["id"],
        "object": "model",
        "created": 0,
        **numbers,
        "owned_by": owner if isinstance(owner, str) else "upstream",
    }


def _anthropic_entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a model in the form of Anthropic's API."""
    name, created = entry.get("display_name"), entry.get("created_at")
    return {
        "type": "model",
        "id": entry["id"],
        "display_name": name if isinstance(name, str) else entry["id"],
        "created_at": created if isinstance(created, str) and _DATE.fullmatch(created) else "1970-01-01T00:00:00Z",
    }
