"""`POST /beta/litellm_basic_guardrail_api`: LiteLLM's proxy asks what may pass (its "generic guardrail API").

What a user types about a target is no disclosure, so that of a request only tool results are rewritten; its
conversation is remembered until the answer comes, which LiteLLM sends without it. Of an answer the texts are rewritten
where they must be; tool calls and images cannot be, and are blocked.

The reply says whether a text was changed, which tells who is registered. So the route takes a key with a scope of its
own, `guard`, that no key has unless it was given.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict

from expunge.gateway.admin.dependencies import AdminContext, ScopeRequirements, admin_router
from expunge.gateway.apis.binary import text_within, without_data
from expunge.gateway.apis.chat.request import conversation_of
from expunge.gateway.apis.texts import boundaries, unknown_texts
from expunge.gateway.conversations import Conversations
from expunge.gateway.proxy.moderator import Moderator
from expunge.gateway.telemetry.observer import Decided, Observer
from expunge.gateway.telemetry.tracing import request_id_of
from expunge.pipeline import Outcome
from expunge.types import Decision, Draft, Message, Snapshot

ENDPOINT = "litellm_guardrail"
_BLOCKED = "This answer cannot be given."
_TOOL_ROLES = ("tool", "function")
_JOINT = "\n"
"""Stands between the texts of one answer where they are judged together, as between the lines of a text."""


class GuardrailRequest(BaseModel):
    """A request of LiteLLM; of fields that it may add nothing is read."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    input_type: Literal["request", "response"]
    texts: list[str] | None = None
    images: list[str] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_calls: list[dict[str, Any]] | None = None
    structured_messages: list[dict[str, Any]] | None = None
    litellm_call_id: str | None = None
    additional_provider_specific_params: dict[str, Any] | None = None

    @property
    def blocks(self) -> bool:
        """Whether an answer is to be blocked where it would be rewritten (`on_evidence: block`)."""
        return (self.additional_provider_specific_params or {}).get("on_evidence") == "block"


class GuardrailReply(BaseModel):
    """The reply to LiteLLM: let it pass, put these texts in place of its own, or answer with an error."""

    action: Literal["NONE", "GUARDRAIL_INTERVENED", "BLOCKED"]
    texts: list[str] | None = None
    blocked_reason: str | None = None


def guardrail_router(
    scopes: ScopeRequirements, moderator: Moderator, observer: Observer, conversations: Conversations
) -> APIRouter:
    """The one route of the guardrail."""
    router = admin_router(tag="guardrails")
    guarding = Depends(scopes.require("guard"))

    @router.post("/beta/litellm_basic_guardrail_api", response_model_exclude_none=True)
    async def judge(wanted: GuardrailRequest, request: Request, context: AdminContext = guarding) -> GuardrailReply:
        """Say what LiteLLM's proxy may pass on. An answer's texts are rewritten, or blocked where they cannot be."""
        tenant, call = context.principal.tenant, wanted.litellm_call_id or ""
        snapshot = context.parts.registry.snapshot()
        if wanted.input_type == "request":
            messages = await asyncio.to_thread(_conversation, wanted)
            if call:
                conversations.remember(tenant, call, messages)
            return await _of_request(moderator, context, snapshot, wanted)
        began = time.perf_counter()
        messages = conversations.recall(tenant, call)
        reply, outcomes = await _of_response(_Judge(moderator, context, snapshot, messages), wanted)
        observer.decided(
            Decided(
                request_id=request_id_of(request.scope),
                principal=context.principal,
                endpoint=ENDPOINT,
                model="",
                streamed=False,
                revision=snapshot.revision,
                outcomes=outcomes,
                seconds=time.perf_counter() - began,
                upstream_seconds=0.0,
            )
        )
        return reply

    return router


@dataclass(frozen=True, slots=True)
class _Judge:
    """Decides under one snapshot, after one conversation."""

    moderator: Moderator
    context: AdminContext
    snapshot: Snapshot
    messages: Sequence[Message]

    async def outcomes(self, *drafts: Draft) -> tuple[Outcome, ...]:
        return await self.moderator.each(self.context.parts, self.snapshot, self.messages, drafts)

    async def together(self, texts: Sequence[str], left: Callable[[Outcome], str]) -> tuple[list[str] | None, Outcome]:
        """Texts of one answer without what they tell only together; None where no cut of them is clean.

        `left` says what stands in the place of a text that had a part in it.
        """
        outcome = await self._of(texts)
        if outcome.decision is Decision.PASSED:
            return list(texts), outcome
        cuts = (_parted(outcome.text, texts), await self._without(outcome, texts, left), [left(outcome)] * len(texts))
        for cut in cuts:
            if cut is not None and (await self._of(cut)).decision is Decision.PASSED:
                return cut, outcome
        return None, outcome

    async def _of(self, texts: Sequence[str]) -> Outcome:
        """The outcome of texts line by line, or, where that passes, of the places where one meets the next."""
        joined, met = await self.outcomes(Draft(_JOINT.join(texts)), Draft("", tool_calls=tuple(boundaries(texts))))
        return met if joined.decision is Decision.PASSED else joined

    async def _without(self, outcome: Outcome, texts: Sequence[str], left: Callable[[Outcome], str]) -> list[str]:
        """The texts, those replaced in which any of the evidence lies, or that meet where it does."""
        spans = [(e.start, e.end) for e in outcome.trace.evidence if e.channel == "draft"]
        ends = list(accumulate(len(text) + len(_JOINT) for text in texts))
        touched = {
            place
            for place, (text, end) in enumerate(zip(texts, ends, strict=True))
            if any(a < end - len(_JOINT) and b > end - len(_JOINT) - len(text) for a, b in spans)
        }
        said = [place for place, text in enumerate(texts) if text.strip()]
        pairs = list(pairwise(said))
        met = [Draft("", tool_calls=tuple(boundaries([texts[one], texts[other]]))) for one, other in pairs]
        for pair, seen in zip(pairs, await self.outcomes(*met), strict=True):
            if seen.decision is not Decision.PASSED:
                touched.update(pair)
        return [left(outcome) if place in touched else text for place, text in enumerate(texts)]


def _conversation(wanted: GuardrailRequest) -> tuple[Message, ...]:
    """Return what was asked; where LiteLLM gives the texts alone, they count as the user's."""
    if wanted.structured_messages:
        return conversation_of({"messages": wanted.structured_messages, "tools": wanted.tools})
    return tuple(Message("user", text) for text in wanted.texts or () if text.strip())


def _parted(text: str, texts: Sequence[str]) -> list[str] | None:
    """A rewritten text as as many texts as there were, where its lines tell which is which."""
    lines, counts = text.split(_JOINT), [part.count(_JOINT) + 1 for part in texts]
    if len(lines) != sum(counts):
        return None
    ends = list(accumulate(counts))
    return [_JOINT.join(lines[end - count : end]) for end, count in zip(ends, counts, strict=True)]


async def _of_response(judge: _Judge, wanted: GuardrailRequest) -> tuple[GuardrailReply, tuple[Outcome, ...]]:
    """Return the reply to LiteLLM and the outcomes.

    There is one for each text, one for all that cannot be rewritten, and one for all texts together where there are
    several.
    """
    texts = wanted.texts or []
    calls = unknown_texts(without_data(wanted.tool_calls or []), {})
    # The bytes of an image are no text; its address may hold a name.
    addresses = [text_within(image) for image in wanted.images or ()]
    met = [met for call in calls for met in boundaries([*texts[-1:], call])]
    fixed = Draft("", tool_calls=(*calls, *addresses, *met))
    *each, rest = outcomes = await judge.outcomes(*map(Draft, texts), fixed)
    written: list[str] | None = [outcome.text for outcome in each]
    if written and len(texts) > 1:
        written, together = await judge.together(written, lambda refused: _refusal(refused, each))
        outcomes = (*outcomes, together)
    if written and calls and rest.decision is Decision.PASSED:
        # What is said may be only one half of a name whose other half a tool is given.
        (rest,) = await judge.outcomes(Draft("", tool_calls=(_JOINT.join([*written, *calls]),)))
        outcomes = (*outcomes, rest)
    stuck = bool(wanted.tool_calls or wanted.images) and rest.decision is not Decision.PASSED
    if stuck or written is None or (written != texts and wanted.blocks):
        return GuardrailReply(action="BLOCKED", blocked_reason=_BLOCKED), outcomes
    if written != texts or any(outcome.decision is not Decision.PASSED for outcome in each):
        return GuardrailReply(action="GUARDRAIL_INTERVENED", texts=written), outcomes
    return GuardrailReply(action="NONE"), outcomes


def _refusal(together: Outcome, each: Sequence[Outcome]) -> str:
    """The words that stand in the place of a text: a refusal's, if any was refused, else none."""
    return next((o.text for o in (together, *each) if o.decision is Decision.REFUSED), "")


async def _of_request(
    moderator: Moderator, context: AdminContext, snapshot: Snapshot, wanted: GuardrailRequest
) -> GuardrailReply:
    texts = wanted.texts or []
    roles = _roles(wanted.structured_messages or ())
    if len(roles) != len(texts):
        # Which text is whose cannot be told; the answer is judged all the same.
        return GuardrailReply(action="NONE")
    judge = _Judge(moderator, context, snapshot, ())
    places = [place for place, role in enumerate(roles) if role in _TOOL_ROLES]
    left = [_left_of(outcome) for outcome in await judge.outcomes(*(Draft(texts[place]) for place in places))]
    if len(left) > 1:
        cut, _ = await judge.together(left, _left_of)
        left = cut if cut is not None else [""] * len(left)
    rewritten = list(texts)
    for place, text in zip(places, left, strict=True):
        rewritten[place] = text
    if rewritten == texts:
        return GuardrailReply(action="NONE")
    return GuardrailReply(action="GUARDRAIL_INTERVENED", texts=rewritten)


def _left_of(outcome: Outcome) -> str:
    """Return what is left of a tool's result; a refusal would be no result."""
    return "" if outcome.decision is Decision.REFUSED else outcome.text


def _roles(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return whose each text is, in the order in which LiteLLM lists the texts of messages."""
    roles: list[str] = []
    for message in messages:
        content = message.get("content")
        role = str(message.get("role", ""))
        if isinstance(content, str):
            roles.append(role)
        elif isinstance(content, list):
            roles += [role for part in content if isinstance(part, Mapping) and part.get("text") is not None]
    return roles
