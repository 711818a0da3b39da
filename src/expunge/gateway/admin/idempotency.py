"""Writes that are sent twice under one `Idempotency-Key` are done once, and answered alike, for a day.

Kept in memory, so each replica knows its own: a balancer must send a repeated write to where the first one went, or
the registry's own rules answer it (a name that is in force already is a 409).
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from fastapi import Request, Response

from expunge.errors import ExpungeError
from expunge.gateway.access.principal import Principal
from expunge.gateway.http_errors import Problem, problem_for
from expunge.registry.audit.chain import acting_as

HEADER = "idempotency-key"
_DAY = 86_400.0
_LONGEST = 200
_OURS = ("etag", "location", "content-type")


@dataclass(slots=True)
class _Entry:
    digest: bytes
    until: float
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    answer: Response | None = None
    about: str = ""


class IdempotentWrites:
    """The answers to writes of the last day, the oldest forgotten first where they are too many."""

    def __init__(
        self, *, seconds: float = _DAY, most: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._entries: OrderedDict[tuple[str, ...], _Entry] = OrderedDict()

    async def once(
        self, principal: Principal, request: Request, work: Callable[[], Awaitable[Response]], *, about: str = ""
    ) -> Response:
        """The answer of `work`, or that of the same write before, marked `Idempotency-Replayed: true`.

        Changes are recorded as done by the caller. An error of the caller's counts as an answer; one of ours does not,
        so that the write can be tried again.
        `about` is the id of the target that it changes, where there is one already.
        """
        with acting_as(principal.key_id):
            return await self._once(principal, request, work, about)

    def forget(self, target_id: str) -> None:
        """Drop what answers said of a target that is removed; its writes are still not done again."""
        for entry in self._entries.values():
            if entry.about == target_id and entry.answer is not None and entry.answer.body:
                entry.answer = Problem(
                    410, "This was done, and what came of it is removed since; send another key to do it anew."
                ).response()

    async def _once(
        self, principal: Principal, request: Request, work: Callable[[], Awaitable[Response]], about: str
    ) -> Response:
        name = request.headers.get(HEADER)
        if name is None:
            return await _answered(work)
        if not (name.isascii() and name.isprintable() and 0 < len(name) <= _LONGEST):
            return Problem(
                400, f"An Idempotency-Key is 1 to {_LONGEST} printable ASCII characters; send such a one."
            ).response()
        digest = hashlib.sha256(await request.body()).digest()
        key = (principal.tenant, principal.key_id, request.method, request.url.path, request.url.query, name)
        entry = self._entry(key, digest)
        if entry.digest != digest:
            return Problem(
                422,
                "This Idempotency-Key was used with another body; send the same body, or another key.",
                code="idempotency_key_reused",
            ).response()
        async with entry.lock:
            if entry.answer is not None:
                return _copy(entry.answer)
            try:
                answer = await _answered(work)
            except BaseException:
                self._drop(key, entry)
                raise
            if answer.status_code >= 500:
                self._drop(key, entry)
            else:
                entry.answer = answer
                entry.about = about or answer.headers.get("location", "").rpartition("/")[2]
            return answer

    def _entry(self, key: tuple[str, ...], digest: bytes) -> _Entry:
        now = self._clock()
        while self._entries:
            oldest = next(iter(self._entries.values()))
            if oldest.until > now and len(self._entries) <= self._most:
                break
            self._entries.popitem(last=False)
        return self._entries.setdefault(key, _Entry(digest, now + self._seconds))

    def _drop(self, key: tuple[str, ...], entry: _Entry) -> None:
        if self._entries.get(key) is entry:
            del self._entries[key]


async def _answered(work: Callable[[], Awaitable[Response]]) -> Response:
    try:
        return await work()
    except ExpungeError as error:
        return problem_for(error).response()


def _copy(answer: Response) -> Response:
    headers = {name: answer.headers[name] for name in _OURS if name in answer.headers}
    return Response(bytes(answer.body), answer.status_code, {**headers, "idempotency-replayed": "true"})
