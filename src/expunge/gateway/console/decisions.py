"""*Decisions*: the log of what was decided."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from fastapi import Response
from starlette.concurrency import run_in_threadpool

from expunge.errors import InvalidTarget
from expunge.gateway.console.visits import ConsoleRoutes, Visit
from expunge.registry.audit.decisions import DecisionRecord
from expunge.registry.importing.files import parse_time
from expunge.types import Decision

DECISIONS = "/console/decisions"
_PAGE = 50
_ID = re.compile(r"t_[a-z2-7]{16}")


def add_decisions(routes: ConsoleRoutes) -> None:
    """Add the page. It holds ids, kinds and times, and nobody's text."""

    async def listed(visit: Visit) -> Response:
        asked = visit.request.query_params
        wanted: dict[str, Any] = {
            "target": asked.get("target", "").strip(),
            "since": asked.get("since", "").strip(),
            "decision": asked.get("decision", ""),
        }
        problem, since = "", None
        try:
            since = _since(wanted["since"])
        except InvalidTarget:
            problem = "The date must be written like 2030-12-31."
        if wanted["target"] and not _ID.fullmatch(wanted["target"]):
            problem = "A target is named by its whole id here, such as t_abcdefgh2345abcd."
        decision = Decision(wanted["decision"]) if wanted["decision"] in list(Decision) else None
        before = asked.get("before", "")
        place = int(before) if re.fullmatch(r"[0-9]{1,18}", before) else None
        found: tuple[DecisionRecord, ...] = ()
        if not problem:
            found = await run_in_threadpool(
                visit.parts.registry.decisions, since, _PAGE, wanted["target"] or None, place, decision
            )
        following = found[-1].number if len(found) == _PAGE else None
        return visit.page(
            "decisions.html",
            422 if problem else 200,
            records=found,
            next=following,
            before=before,
            wanted=wanted,
            problem=problem,
            logged=visit.parts.settings.audit.decisions,
            decisions=[kind.value for kind in Decision],
        )

    routes.add("GET", DECISIONS, listed, "audit:read")


def _since(text: str) -> datetime | None:
    return parse_time(text) if text else None
