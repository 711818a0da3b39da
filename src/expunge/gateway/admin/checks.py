"""`/api/check`: what the screen sees in a text. Nothing is generated, and nothing is written down."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from expunge.gateway.admin.models import Checked, EvidenceOut, ToCheck
from expunge.gateway.admin.route import admin_router
from expunge.gateway.admin.visit import Doors, Visit
from expunge.gateway.deciding import Deciding
from expunge.types import Draft, Message


def checks_router(doors: Doors, deciding: Deciding) -> APIRouter:
    """The route `/api/check`. It tells who is registered, so that it takes the scope to read targets."""
    router = admin_router(tag="checks")
    reading = Depends(doors.needs("targets:read"))

    @router.post("/api/check")
    async def check(wanted: ToCheck, visit: Visit = reading) -> Checked:
        """Screen a text, by itself or as the answer to a conversation: which targets it speaks of, where and how."""
        snapshot = visit.parts.registry.snapshot()
        messages = [Message(turn.role, turn.content) for turn in wanted.messages]
        evidence = await deciding.evidence(visit.parts, snapshot, messages, Draft(wanted.text))
        shown = [EvidenceOut.of(sighting) for sighting in evidence]
        return Checked(found=bool(shown), revision=snapshot.revision, evidence=shown)

    return router
