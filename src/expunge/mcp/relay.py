"""Each message between a client and a server: what goes on, what is changed, and what is answered in place of it.

Only methods that are known here go on: what has no reader is answered with "Method not found", or left out. The
client's text is judged before the server acts on it, the server's before the client sees it.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from expunge.gateway.json_scrub import Keep
from expunge.gateway.json_text import encoded
from expunge.mcp.judging import Judging, strings_in
from expunge.mcp.messages import (
    CANCELLED,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    REJECTED,
    Id,
    NotReadable,
    Parsed,
    answer,
    error,
    parse,
    request,
)
from expunge.mcp.results import LISTS, Results, closed_blocks, ignorance, opened_blocks
from expunge.types import Decision

_READ = frozenset(
    {
        "tools/call",
        "resources/read",
        "resources/subscribe",
        "resources/unsubscribe",
        "prompts/get",
        "completion/complete",
    }
)
"""Requests whose parameters are the client's own text: they go to the server only if they tell of nobody."""
_CLIENT_REQUESTS = frozenset({"initialize", "ping", "logging/setLevel", *LISTS, *_READ})
_CLIENT_NOTICES = frozenset(
    {
        "notifications/initialized",
        "notifications/cancelled",
        "notifications/progress",
        "notifications/roots/list_changed",
    }
)
_SERVER_REQUESTS = frozenset({"ping", "roots/list", "sampling/createMessage", "elicitation/create"})
_CHANGES = frozenset(
    {
        "notifications/tools/list_changed",
        "notifications/resources/list_changed",
        "notifications/prompts/list_changed",
    }
)
_CLIENT_CAPABILITIES = ("roots", "sampling", "elicitation")
_REWRITABLE = {"sampling/createMessage": ("messages", "systemPrompt"), "elicitation/create": ("message",)}
"""Of what the server asks of the client, what may be said otherwise."""
_ROOTS = Keep(fixed=("uri", "name"))
_LEVELS = frozenset({"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"})
_RECENT, _TAIL = 8, 200
"""Notices, and characters of each, that the next one is read after: a name may come in pieces."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The messages sent on account of one; `about` is the client's request to which a message to it belongs."""

    to_client: bytes | None = None
    to_server: bytes | None = None
    about: Id | None = None


NOTHING = Sent()


class Relay:
    """One client's session with one server.

    `from_client` and `from_server` note at once whose message it is and return what will be sent: messages are to be
    given in the order in which they came; they may be judged at the same time.
    """

    def __init__(self, judging: Judging, on_problem: Callable[[str], None] = lambda sentence: None) -> None:
        """Relay for one registry; `on_problem` is told, in a sentence without any text, of what was left out."""
        self._judging = judging
        self._results = Results(judging)
        self._problem = on_problem
        self._asked: dict[Id, Parsed] = {}
        """Requests of the client that wait for an answer."""
        self._told: dict[int, Parsed] = {}
        """Requests of the server that wait for one, under ids of our own."""
        self._numbers = itertools.count(1)
        self._recent: deque[str] = deque(maxlen=_RECENT)

    def from_client(self, raw: bytes) -> Coroutine[Any, Any, Sent]:
        """Take a message of the client."""
        try:
            message = parse(raw)
        except NotReadable as found:
            return _at_once(Sent(to_client=error(None, INVALID_REQUEST, f"The message {found}.")))
        if message.kind == "response":
            asked = self._told.pop(message.id, None) if isinstance(message.id, int) else None
            return _at_once(NOTHING) if asked is None else self._client_answer(asked, message)
        if message.kind == "notification":
            if message.method == "notifications/cancelled":
                number = message.params.get("requestId")
                return self._cancelled(
                    message, self._asked.pop(number, None) if isinstance(number, str | int) else None
                )
            return self._client_notice(message)
        if message.method not in _CLIENT_REQUESTS:
            return _at_once(Sent(to_client=error(message.number, METHOD_NOT_FOUND, "Method not found")))
        if message.number in self._asked:
            return _at_once(Sent(to_client=error(message.number, INVALID_REQUEST, "The `id` is in use already.")))
        self._asked[message.number] = message
        return self._client_request(message)

    def from_server(self, raw: bytes) -> Coroutine[Any, Any, Sent]:
        """Take a message of the server."""
        try:
            message = parse(raw)
        except NotReadable as found:
            self._problem(f"A message of the MCP server was left out, since it {found}.")
            return _at_once(NOTHING)
        if message.kind == "response":
            asked = None if message.id is None else self._asked.pop(message.id, None)
            return _at_once(NOTHING) if asked is None else self._server_answer(asked, message)
        if message.kind == "notification":
            if message.method == "notifications/progress":
                # Now, since the answer may be next.
                awaiting = self._awaiting(message.params)
                return _at_once(NOTHING) if awaiting is None else self._progress(message.params, awaiting)
            return self._server_notice(message, self._newest())
        if message.method not in _SERVER_REQUESTS:
            return _at_once(Sent(to_server=error(message.number, METHOD_NOT_FOUND, "Method not found")))
        number = next(self._numbers)
        self._told[number] = message
        return self._server_request(number, message, self._newest())

    def _newest(self) -> Id | None:
        """The request of the client that came last of those that wait: what the server says is likely about it."""
        return next(reversed(self._asked), None)

    async def _client_request(self, message: Parsed) -> Sent:
        params = message.params
        if "task" in params:
            self._asked.pop(message.number, None)
            return Sent(to_client=error(message.number, INVALID_PARAMS, "Tasks are not supported."))
        if message.method == "initialize":
            offered = params.get("capabilities")
            known = {key: part for key, part in _object(offered).items() if key in _CLIENT_CAPABILITIES}
            if known != offered:
                return Sent(to_server=message.with_params({**params, "capabilities": known}))
        said = {key: part for key, part in params.items() if key != "_meta"}
        if message.method in _READ and not await self._judging.tells_nothing(said):
            self._asked.pop(message.number, None)
            return Sent(to_client=ignorance(self._judging, message))
        return Sent(to_server=message.raw)

    async def _server_answer(self, asked: Parsed, reply: Parsed) -> Sent:
        become = self._results.error if "error" in reply.body else self._results.result
        return Sent(to_client=await become(asked, reply))

    async def _server_request(self, number: int, message: Parsed, about: Id | None) -> Sent:
        """Ask the client, under a number of our own, since an id may be a name."""
        params: dict[str, Any] | None = None
        if (rewritable := _REWRITABLE.get(message.method)) is not None:
            shown = dict(message.params)
            given = shown.get("messages")
            if isinstance(given, list):
                shown["messages"] = opened_blocks(given)
            found = await self._judging.scrubbed(shown)
            params = found.value if isinstance(found.value, dict) else {}
            if isinstance(given, list):
                params["messages"] = closed_blocks(given, shown["messages"], params.get("messages"))
            kept = {key: part for key, part in message.params.items() if key not in rewritable}
            same = {key: part for key, part in params.items() if key not in rewritable} == kept
            if found.failed or found.decision is Decision.REFUSED or not same:
                self._told.pop(number, None)
                return Sent(to_server=error(message.number, REJECTED, "The user rejected the request."))
        return Sent(to_client=request(number, message.method, params), about=about)

    async def _client_answer(self, asked: Parsed, reply: Parsed) -> Sent:
        rejected = Sent(to_server=error(asked.number, REJECTED, "The user rejected the request."))
        if "error" in reply.body:
            if not await self._judging.tells_nothing(reply.body["error"]):
                return rejected
            return Sent(to_server=encoded({"jsonrpc": "2.0", "id": asked.number, "error": reply.body["error"]}))
        result = reply.body["result"]
        if asked.method == "roots/list":
            found = await self._judging.scrubbed(result, _ROOTS)
            return rejected if found.failed or found.stuck else Sent(to_server=answer(asked.number, found.value))
        return Sent(to_server=answer(asked.number, result)) if await self._judging.tells_nothing(result) else rejected

    async def _client_notice(self, message: Parsed) -> Sent:
        if message.method not in _CLIENT_NOTICES:
            return NOTHING
        return Sent(to_server=message.raw) if await self._judging.tells_nothing(message.params) else NOTHING

    async def _cancelled(self, message: Parsed, asked: Parsed | None) -> Sent:
        """Tell the server, and end the request: over HTTP its stream stays open until it is answered."""
        if asked is None:
            return NOTHING
        raw = message.raw
        if not await self._judging.tells_nothing(message.params):
            raw = _notice(message.method, {"requestId": asked.number})
        return Sent(to_client=error(asked.number, CANCELLED, "Request cancelled"), to_server=raw)

    async def _server_notice(self, message: Parsed, about: Id | None) -> Sent:
        method, params = message.method, message.params
        if method in _CHANGES:
            return Sent(to_client=_notice(method))
        if method == "notifications/cancelled":
            number = next((own for own, told in self._told.items() if told.id == params.get("requestId")), None)
            if number is None:
                return NOTHING
            self._told.pop(number)
            return Sent(to_client=_notice(method, {"requestId": number}), about=about)
        if method == "notifications/message":
            told = {key: part for key, part in params.items() if key != "level"}
            found = await self._judging.scrubbed(told)
            if found.failed or found.decision is Decision.REFUSED or params.get("level") not in _LEVELS:
                return NOTHING
            if not await self._after_recent("\n".join(strings_in(found.value.get("data")))):
                return NOTHING
            return Sent(to_client=_notice(method, {"level": params["level"], **found.value}), about=about)
        if method in ("notifications/resources/updated", "notifications/elicitation/complete"):
            return Sent(to_client=message.raw) if await self._judging.tells_nothing(params) else NOTHING
        return NOTHING

    def _awaiting(self, params: Mapping[str, Any]) -> Id | None:
        """The request that waits whose progress this is."""
        token = params.get("progressToken")
        for number, asked in self._asked.items():
            meta = _object(asked.params.get("_meta"))
            if "progressToken" in meta and meta["progressToken"] == token:
                return number
        return None

    async def _progress(self, params: Mapping[str, Any], about: Id) -> Sent:
        """Progress, with its message if that tells of nobody."""
        numbers = {key: params[key] for key in ("progress", "total") if isinstance(params.get(key), int | float)}
        told: dict[str, Any] = {"progressToken": params.get("progressToken"), **numbers}
        said = params.get("message")
        if isinstance(said, str) and await self._judging.tells_nothing(said) and await self._after_recent(said):
            told["message"] = said
        return Sent(to_client=_notice("notifications/progress", told), about=about)

    async def _after_recent(self, said: str) -> bool:
        """Whether a notice tells of nobody after those before it, either; if so, the next ones are read after it."""
        if self._recent and not await self._judging.tells_nothing([*self._recent, said]):
            return False
        self._recent.append(said[-_TAIL:])
        return True


async def _at_once(sent: Sent) -> Sent:
    return sent


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _notice(method: str, params: Mapping[str, Any] | None = None) -> bytes:
    body: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
    return encoded(body if params is None else {**body, "params": params})
