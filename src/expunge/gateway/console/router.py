"""The console as one router: its pages and what leads to them."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter

from expunge.gateway.access.auth import ApiKeyAuthenticator
from expunge.gateway.access.principal import Tenants
from expunge.gateway.admin.idempotency import IdempotentWrites
from expunge.gateway.console.decisions import add_decisions
from expunge.gateway.console.entrance import add_entrance
from expunge.gateway.console.importing import add_import
from expunge.gateway.console.keys import add_keys
from expunge.gateway.console.overview import add_overview
from expunge.gateway.console.proof import Prover, add_proof
from expunge.gateway.console.sessions import Sessions
from expunge.gateway.console.targets import add_targets
from expunge.gateway.console.try_it import add_try
from expunge.gateway.console.visits import ConsoleRoutes, Page
from expunge.gateway.health import Readiness
from expunge.gateway.proxy.moderator import Moderator
from expunge.gateway.telemetry.observer import Observer
from expunge.settings import ServerSettings

PAGES = (
    Page("Overview", "/console/overview", ("audit:read",)),
    Page("Targets", "/console/targets", ("targets:read",)),
    Page("Import", "/console/import", ("targets:read", "targets:write")),
    Page("Try it", "/console/try", ("chat", "targets:read")),
    Page("Decisions", "/console/decisions", ("audit:read",)),
    Page("Proof", "/console/proof", ("audit:read",)),
    Page("Keys", "/console/keys", ("admin",)),
)
"""The navigation, in its order; whoever signs in begins at the first page that the key opens."""


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a gateway that pages use.

    `writes` are those of the admin API, which must forget what is removed here. The `moderator` decides what is tried,
    `observer` is told of it, `readiness` says how the gateway is, and `prover`, if there is one, makes certificates.
    """

    writes: IdempotentWrites
    moderator: Moderator
    observer: Observer
    readiness: Readiness
    prover: Prover | None = None


def console_router(
    authenticator: ApiKeyAuthenticator,
    tenants: Tenants,
    server: ServerSettings,
    services: Services,
    sessions: Sessions | None = None,
) -> APIRouter:
    """Every route below `/console`."""
    routes = ConsoleRoutes(authenticator, tenants, server, sessions or Sessions(), PAGES)
    add_entrance(routes, PAGES)
    targets = add_targets(routes, services.writes)
    add_overview(routes, targets, services.readiness)
    add_import(routes)
    add_try(routes, services.moderator, services.observer)
    add_decisions(routes)
    add_proof(routes, services.prover)
    add_keys(routes)
    return routes.router
