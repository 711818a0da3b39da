"""`POST /api/scrub`: what a text, a conversation or any JSON discloses of targets is taken out of it, before an agent
reads it or remembers it.

The reply says whether anything had to be changed, which tells who is registered. So the route takes the scope `guard`,
as the guardrail for LiteLLM does; the ids of targets are given to keys alone that may look them up.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends, Request

from expunge.gateway.admin.dependencies import AdminContext, ScopeRequirements, admin_router
from expunge.gateway.admin.schemas import ScrubbedOut, ToScrub
from expunge.gateway.errors import InvalidBody
from expunge.gateway.json_scrub import Keep, ScrubbedJson, merged, scrub_json
from expunge.gateway.proxy.moderator import MOST, Moderator
from expunge.gateway.proxy.request import object_of
from expunge.gateway.telemetry.observer import Decided, Observer
from expunge.gateway.telemetry.tracing import request_id_of
from expunge.pipeline import Outcome
from expunge.text.budget import budget
from expunge.types import Decision, Draft, Message, Role, Snapshot

ENDPOINT = "scrub"
_BEFORE = 8
"""Turns before a message that say whom it is about."""
_LABELS = Keep(labels=("role", "type", "id", "tool_call_id", "call_id"))
_ROLES: tuple[Role, ...] = ("system", "developer", "user", "assistant", "tool")


def scrub_router(scopes: ScopeRequirements, moderator: Moderator, observer: Observer) -> APIRouter:
    """The one route `/api/scrub`; `observer` is told what was decided."""
    router = admin_router(tag="scrubbing")
    guarding = Depends(scopes.require("guard"))

    @router.post("/api/scrub", response_model_exclude_unset=True)
    async def scrub(wanted: ToScrub, request: Request, context: AdminContext = guarding) -> ScrubbedOut:
        """Take targets out of a text, a conversation or any JSON, and answer in the same form.

        Strings of JSON are rewritten or emptied, keys stay. What cannot be judged is emptied as well, and `failed`
        names why.
        """
        began = time.perf_counter()
        body = object_of(await request.body())
        form = wanted.form
        given = body[form]
        if _length(given) > MOST:
            sentence = f"`{form}` has over {MOST:,} characters; send it in parts."
            raise InvalidBody(sentence, form, status=413, code="request_too_large")
        snapshot = context.parts.registry.snapshot()
        scrubber = Scrubber(moderator, context, snapshot)
        with budget():
            result = await scrubber.scrubbed(form, given)
        observer.decided(
            Decided(
                request_id=request_id_of(request.scope),
                principal=context.principal,
                endpoint=ENDPOINT,
                model="",
                streamed=False,
                revision=snapshot.revision,
                outcomes=(merged(result),),
                seconds=time.perf_counter() - began,
                upstream_seconds=0.0,
            )
        )
        fields: dict[str, Any] = {"decision": result.decision.value, form: result.value}
        if context.principal.may("targets:read"):
            fields["targets"] = list(result.targets)
        if result.failed:
            fields["failed"] = result.failed
        return ScrubbedOut.model_validate(fields)

    return router


@dataclass(frozen=True, slots=True)
class Scrubber:
    """Scrubs for one caller under one snapshot."""

    moderator: Moderator
    context: AdminContext
    snapshot: Snapshot

    async def scrubbed(self, form: str, given: Any) -> ScrubbedJson:
        """Return what is left of a text, of messages, or of any JSON."""
        if form == "text":
            (outcome,) = await self._judged([Draft(given)])
            left = "" if outcome.decision is Decision.REFUSED else outcome.text
            return ScrubbedJson(left, outcome.decision, (outcome,), outcome.trace.failure)
        if form == "json":
            return await scrub_json(given, self._judged)
        return await self._of_messages(given)

    async def _of_messages(self, messages: Sequence[Mapping[str, Any]]) -> ScrubbedJson:
        """All messages are read as JSON; then what is left of each answer is judged after the turns before it."""
        spoken = [Message(_role(message), _said(message)) for message in messages]
        found = await scrub_json(list(messages), self._judged, _LABELS)
        left: list[dict[str, Any]] = []
        outcomes = list(found.outcomes)
        for at, message in enumerate(found.value):
            before = [turn for turn in spoken[max(0, at - _BEFORE) : at] if turn.content]
            if before and spoken[at].role == "assistant" and _said(message):
                message, decided = await self._after(before, message)
                outcomes += decided
            left.append(message)
        decision = found.decision
        if left != found.value:
            decision = Decision.REWRITTEN if any(map(_said, left)) else Decision.REFUSED
        failed = found.failed or next((one.trace.failure for one in outcomes if one.trace.failure), "")
        return ScrubbedJson(left, decision, tuple(outcomes), failed)

    async def _after(
        self, before: Sequence[Message], message: Mapping[str, Any]
    ) -> tuple[dict[str, Any], tuple[Outcome, ...]]:
        """A message without what it discloses as an answer to those before it."""
        content = message["content"]
        texts = [content] if isinstance(content, str) else [part["text"] for part in content if _is_text(part)]
        outcomes = await self._judged([Draft(text) for text in texts], before)
        left = iter("" if one.decision is Decision.REFUSED else one.text for one in outcomes)
        if isinstance(content, str):
            return {**message, "content": next(left)}, outcomes
        parts = [{**part, "text": next(left)} if _is_text(part) else part for part in content]
        return {**message, "content": parts}, outcomes

    async def _judged(self, drafts: Sequence[Draft], before: Sequence[Message] = ()) -> tuple[Outcome, ...]:
        return await self.moderator.each(self.context.parts, self.snapshot, before, drafts)


def _role(message: Mapping[str, Any]) -> Role:
    return next((role for role in _ROLES if role == message.get("role")), "user")


def _said(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if _is_text(part)) if isinstance(content, list) else ""


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and isinstance(part.get("text"), str)


def _length(value: Any) -> int:
    """Characters of all strings of a value, keys included."""
    waiting, length = [value], 0
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            length += len(part)
        elif isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            waiting += [*part, *part.values()]
    return length
