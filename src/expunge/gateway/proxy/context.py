"""What all endpoints of a gateway share."""

from __future__ import annotations

from dataclasses import dataclass, field

from expunge.gateway.access.principal import Gatekeeper
from expunge.gateway.access.tenants import Tenancy
from expunge.gateway.conversations import Threads
from expunge.gateway.proxy.moderator import Deciding
from expunge.gateway.telemetry.observer import Observer
from expunge.gateway.upstream.base import Upstream
from expunge.settings import DEFAULT_TENANT, ServerSettings


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a running gateway; `tenant` is whose targets are made ready at its start."""

    server: ServerSettings
    tenancy: Tenancy
    upstream: Upstream
    gatekeeper: Gatekeeper
    observer: Observer
    tenant: str = DEFAULT_TENANT
    deciding: Deciding = field(default_factory=Deciding)
    threads: Threads = field(default_factory=Threads)

    async def aclose(self) -> None:
        """Release them all."""
        await self.deciding.aclose()
        await self.upstream.aclose()
        await self.tenancy.aclose()
