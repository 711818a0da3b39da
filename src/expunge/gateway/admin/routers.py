"""All routes of the admin side, to be included in an app."""

from __future__ import annotations

from fastapi import APIRouter

from expunge.gateway.admin.checks import checks_router
from expunge.gateway.admin.reference import reference_router
from expunge.gateway.admin.replays import Replays
from expunge.gateway.admin.targets import targets_router
from expunge.gateway.admin.visit import Doors
from expunge.gateway.caller import Gatekeeper
from expunge.gateway.tenancy import Tenancy


def admin_routers(gatekeeper: Gatekeeper, tenancy: Tenancy) -> tuple[APIRouter, ...]:
    """The routers, one for each part of the API."""
    doors = Doors(gatekeeper, tenancy)
    routers = (targets_router(doors, Replays()), checks_router(doors))
    return (*routers, reference_router(routers))
