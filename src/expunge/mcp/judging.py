"""Decisions on the values of MCP messages, under the targets that are in force when they are read."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from expunge.assemble import Parts
from expunge.errors import ExpungeError
from expunge.gateway.access.principal import Principal
from expunge.gateway.json_scrub import Keep, ScrubbedJson, merged, scrub_json
from expunge.gateway.json_text import NotReadable, parsed
from expunge.gateway.proxy.moderator import Moderator
from expunge.gateway.telemetry.observer import Decided, Observer
from expunge.pipeline import Outcome
from expunge.refusals import plain_refusal
from expunge.text.budget import budget
from expunge.types import Decision, Draft, Message, Snapshot

ENDPOINT = "mcp"
_PLAIN = Keep()
_STYLES: tuple[dict[str, Any], ...] = (
    {"indent": 2, "ensure_ascii": False},
    {"ensure_ascii": False},
    {"separators": (",", ":"), "ensure_ascii": False},
    {"indent": 2},
    {},
    {"separators": (",", ":")},
    {"indent": 4, "ensure_ascii": False},
)
"""How servers write JSON into a text; the first is taken where none is what was written."""


@dataclass(frozen=True, slots=True)
class Judging:
    """Judges for one registry; `observer` is told what was decided."""

    parts: Parts
    moderator: Moderator
    observer: Observer

    async def scrubbed(self, value: Any, keep: Keep = _PLAIN) -> ScrubbedJson:
        """Return the value without targets. Whatever cannot be judged is refused: then its value is not to be used."""
        began = time.perf_counter()
        snapshot = self.parts.registry.snapshot()
        found = await self._judged(value, snapshot, keep)
        self.observer.decided(
            Decided(
                request_id=uuid4().hex,
                principal=Principal(self.parts.registry.tenant),
                endpoint=ENDPOINT,
                model="",
                streamed=False,
                revision=snapshot.revision,
                outcomes=(merged(found),),
                seconds=time.perf_counter() - began,
                upstream_seconds=0.0,
            )
        )
        return found

    async def tells_nothing(self, value: Any) -> bool:
        """Whether a value may go on as it is."""
        return _passed(await self.scrubbed(value))

    async def is_clean(self, value: Any) -> bool:
        """Whether what was made of a scrubbed value may go; it was decided, so that nobody is told again."""
        return _passed(await self._judged(value, self.parts.registry.snapshot(), _PLAIN))

    async def _judged(self, value: Any, snapshot: Snapshot, keep: Keep) -> ScrubbedJson:
        async def judge(drafts: Sequence[Draft]) -> Sequence[Outcome]:
            return await self.moderator.each(self.parts, snapshot, (), drafts)

        with budget():
            try:
                return await scrub_json(value, judge, keep)
            except ExpungeError as error:
                return ScrubbedJson(None, Decision.REFUSED, failed=type(error).__name__, stuck=True)

    def ignorance(self, asked: Any) -> str:
        """Return what is said where nothing is known, in the language of what was asked."""
        spoken = "\n".join(strings_in(asked))
        return plain_refusal([Message("user", spoken)], self.parts.settings.policy.refusals)


def _passed(found: ScrubbedJson) -> bool:
    return found.decision is Decision.PASSED and not found.failed


def strings_in(value: Any) -> list[str]:
    """Return all strings of a value in their order, without its keys."""
    waiting, found = [value], []
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            found.append(part)
        elif isinstance(part, list):
            waiting += reversed(part)
        elif isinstance(part, dict):
            waiting += reversed(part.values())
    return found


def opened(text: str) -> Any:
    """Return the object or the list that a text holds as JSON, None if it holds none."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return parsed(text.encode("utf-8", "surrogatepass"))
    except NotReadable:
        return None


def closed(value: Any, text: str, before: Any) -> str:
    """Return JSON of a value in the style in which `text` holds the value `before`."""
    style = next((each for each in _STYLES if json.dumps(before, **each) == text), _STYLES[0])
    return json.dumps(value, **style)
