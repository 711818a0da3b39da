"""`/api/check`, `/api/decisions` and `/api/audit/verify`: what the screen sees in a text, what was decided, and whether
the log of it is whole."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Query
from starlette.concurrency import run_in_threadpool

from expunge.gateway.admin.dependencies import AdminContext, ScopeRequirements, admin_router
from expunge.gateway.admin.schemas import Checked, DecisionOut, DecisionPage, EvidenceOut, FaultOut, ToCheck, VerdictOut
from expunge.gateway.proxy.moderator import Moderator
from expunge.types import Draft, Message

_SINCE = Query(None, description="Only decisions of this time or later.")
_TARGET = Query(None, description="Only those about a target of this id.", pattern=r"^t_[a-z2-7]{16}$")
_CURSOR = Query(None, description="`next` of the page before.", pattern=r"^[0-9]{1,18}$")
_LIMIT = Query(100, ge=1, le=1000, description="Most decisions of one page.")


def checks_router(scopes: ScopeRequirements, moderator: Moderator) -> APIRouter:
    """The route `/api/check`. It tells who is registered, so that it takes the scope to read targets."""
    router = admin_router(tag="checks")
    reading = Depends(scopes.require("targets:read"))

    @router.post("/api/check")
    async def check(wanted: ToCheck, context: AdminContext = reading) -> Checked:
        """Screen a text, by itself or as the answer to a conversation: which targets it speaks of, where and how."""
        snapshot = context.parts.registry.snapshot()
        messages = [Message(turn.role, turn.content) for turn in wanted.messages]
        evidence = await moderator.evidence(context.parts, snapshot, messages, Draft(wanted.text))
        shown = [EvidenceOut.of(sighting) for sighting in evidence]
        return Checked(found=bool(shown), revision=snapshot.revision, evidence=shown)

    return router


def log_router(scopes: ScopeRequirements) -> APIRouter:
    """The routes of the audit log."""
    router = admin_router(tag="audit")
    auditing = Depends(scopes.require("audit:read"))

    @router.get("/api/decisions")
    async def list_decisions(
        since: datetime | None = _SINCE,
        target: str | None = _TARGET,
        cursor: str | None = _CURSOR,
        limit: int = _LIMIT,
        context: AdminContext = auditing,
    ) -> DecisionPage:
        """Return the decisions, the newest first, a page at a time: ids, kinds, counts and times, no text."""
        moment = since.replace(tzinfo=UTC) if since is not None and since.tzinfo is None else since
        before = int(cursor) if cursor is not None else None
        found = await run_in_threadpool(context.parts.registry.decisions, moment, limit, target, before)
        following = str(found[-1].number) if len(found) == limit else None
        return DecisionPage(data=[DecisionOut.of(record) for record in found], next=following)

    @router.get("/api/audit/verify")
    async def verify_audit(context: AdminContext = auditing) -> VerdictOut:
        """Read the whole audit log of the tenant and say whether anything in it was changed, or is missing."""
        verdict = await run_in_threadpool(context.parts.registry.audit.verify)
        problems = [FaultOut(number=problem.number, sentence=problem.sentence) for problem in verdict.problems]
        return VerdictOut(intact=verdict.intact, records=verdict.records, head=verdict.head, problems=problems)

    return router
