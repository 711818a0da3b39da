"""`POST /beta/litellm_basic_guardrail_api`: LiteLLM's proxy asks what may pass (its "generic guardrail API").

What a user types about a target is no disclosure, so that of a request only tool results are rewritten; its
conversation is remembered until the answer comes, which LiteLLM sends without it. Of an answer the texts are rewritten
where they must be; tool calls and images cannot be, and are blocked.

The reply says whether a text was changed, which tells who is registered. So the route takes a key with a scope of its own,
`guard`, that no key has unless it was given.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict

from expunge.gateway.admin.route import admin_router
from expunge.gateway.admin.visit import Doors, Visit
from expunge.gateway.apis.chat_request import conversation_of
from expunge.gateway.apis.strays import strays
from expunge.gateway.conversations import Conversations
from expunge.gateway.deciding import Deciding
from expunge.gateway.observer import Decided, Observer
from expunge.gateway.request_ids import request_id_of
from expunge.pipeline import Outcome
from expunge.types import Decision, Draft, Message, Snapshot

ENDPOINT = "litellm_guardrail"
_BLOCKED = "This answer cannot be given."
_TOOL_ROLES = ("tool", "function")


class GuardrailRequest(BaseModel):
    """What LiteLLM sends; of fields that it may add nothing is read."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    input_type: Literal["request", "response"]
    texts: list[str] | None = None
    images: list[str] | None = None
    tool_calls: list[dict[str, Any]] | None = None
    structured_messages: list[dict[str, Any]] | None = None
    litellm_call_id: str | None = None
    additional_provider_specific_params: dict[str, Any] | None = None

    @property
    def blocks(self) -> bool:
        """Whether an answer is to be blocked where it would be rewritten (`on_evidence: block`)."""
        return (self.additional_provider_specific_params or {}).get("on_evidence") == "block"


class GuardrailReply(BaseModel):
    """What LiteLLM does with it: let it pass, put these texts in place of its own, or answer with an error."""

    action: Literal["NONE", "GUARDRAIL_INTERVENED", "BLOCKED"]
    texts: list[str] | None = None
    blocked_reason: str | None = None


def guardrail_router(doors: Doors, deciding: Deciding, observer: Observer, conversations: Conversations) -> APIRouter:
    """The one route of the guardrail."""
    router = admin_router(tag="guardrails")
    guarding = Depends(doors.needs("guard"))

    @router.post("/beta/litellm_basic_guardrail_api", response_model_exclude_none=True)
    async def judge(wanted: GuardrailRequest, request: Request, visit: Visit = guarding) -> GuardrailReply:
        """Say what LiteLLM's proxy may pass on. An answer's texts are rewritten, or blocked where they cannot be."""
        tenant, call = visit.caller.tenant, wanted.litellm_call_id or ""
        snapshot = visit.parts.registry.snapshot()
        if wanted.input_type == "request":
            messages = conversation_of({"messages": wanted.structured_messages}) if wanted.structured_messages else ()
            if call:
                conversations.remember(tenant, call, messages)
            return await _of_request(deciding, visit, snapshot, wanted)
        began = time.perf_counter()
        messages = conversations.recall(tenant, call)
        outcomes = await _judged(deciding, visit, snapshot, messages, wanted)
        observer.decided(
            Decided(
                request_id=request_id_of(request.scope),
                caller=visit.caller,
                endpoint=ENDPOINT,
                model="",
                streamed=False,
                revision=snapshot.revision,
                outcomes=outcomes,
                seconds=time.perf_counter() - began,
                upstream_seconds=0.0,
            )
        )
        return _of_response(wanted, outcomes)

    return router


async def _judged(
    deciding: Deciding, visit: Visit, snapshot: Snapshot, messages: Sequence[Message], wanted: GuardrailRequest
) -> tuple[Outcome, ...]:
    """An outcome for each text, and one for all that cannot be rewritten."""
    drafts = [Draft(text) for text in wanted.texts or ()]
    calls = strays(wanted.tool_calls or [], {})
    # The bytes of an image are no text; its address may hold a name.
    addresses = [image for image in wanted.images or () if not image.startswith("data:")]
    drafts.append(Draft("", tool_calls=(*calls, *addresses)))
    return await deciding.outcomes(visit.parts, snapshot, messages, drafts)


def _of_response(wanted: GuardrailRequest, outcomes: Sequence[Outcome]) -> GuardrailReply:
    *written, rest = outcomes
    changed = any(outcome.decision is not Decision.PASSED for outcome in written)
    fixed = bool(wanted.tool_calls or wanted.images)
    if (fixed and rest.decision is not Decision.PASSED) or (changed and wanted.blocks):
        return GuardrailReply(action="BLOCKED", blocked_reason=_BLOCKED)
    if changed:
        return GuardrailReply(action="GUARDRAIL_INTERVENED", texts=[outcome.text for outcome in written])
    return GuardrailReply(action="NONE")


async def _of_request(deciding: Deciding, visit: Visit, snapshot: Snapshot, wanted: GuardrailRequest) -> GuardrailReply:
    texts = wanted.texts or []
    roles = _roles(wanted.structured_messages or ())
    if len(roles) != len(texts):
        # Which text is whose cannot be told; the answer is judged all the same.
        return GuardrailReply(action="NONE")
    results = [Draft(text) for text, role in zip(texts, roles, strict=True) if role in _TOOL_ROLES]
    scrubbed = iter(await deciding.outcomes(visit.parts, snapshot, (), results))
    rewritten = [
        _left_of(next(scrubbed)) if role in _TOOL_ROLES else text for text, role in zip(texts, roles, strict=True)
    ]
    if rewritten == texts:
        return GuardrailReply(action="NONE")
    return GuardrailReply(action="GUARDRAIL_INTERVENED", texts=rewritten)


def _left_of(outcome: Outcome) -> str:
    """What is left of a tool's result; a refusal would be no result."""
    return "" if outcome.decision is Decision.REFUSED else outcome.text


def _roles(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """Whose each text is, in the order in which LiteLLM lists the texts of messages."""
    roles: list[str] = []
    for message in messages:
        content = message.get("content")
        role = str(message.get("role", ""))
        if isinstance(content, str):
            roles.append(role)
        elif isinstance(content, list):
            roles += [role for part in content if isinstance(part, Mapping) and part.get("text") is not None]
    return roles
