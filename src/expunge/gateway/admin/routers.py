"""All routes of the admin side, to be included in an app."""

from __future__ import annotations

from fastapi import APIRouter

from expunge.gateway.admin.checks import checks_router
from expunge.gateway.admin.log import log_router
from expunge.gateway.admin.reference import reference_router
from expunge.gateway.admin.replays import Replays
from expunge.gateway.admin.targets import targets_router
from expunge.gateway.admin.visit import Doors
from expunge.gateway.caller import Gatekeeper
from expunge.gateway.conversations import Conversations
from expunge.gateway.deciding import Deciding
from expunge.gateway.guardrail import guardrail_router
from expunge.gateway.observer import Observer
from expunge.gateway.tenancy import Tenancy
from expunge.settings import ServerSettings


def admin_routers(
    gatekeeper: Gatekeeper,
    tenancy: Tenancy,
    deciding: Deciding,
    observer: Observer,
    server: ServerSettings | None = None,
) -> tuple[APIRouter, ...]:
    """The routers, one for each part of the API.

    `observer` is told of what the guardrail decides; `server` bounds the bodies of requests.
    """
    doors = Doors(gatekeeper, tenancy, server)
    routers = (
        targets_router(doors, Replays()),
        checks_router(doors, deciding),
        log_router(doors),
        guardrail_router(doors, deciding, observer, Conversations()),
    )
    return (*routers, reference_router(routers))
