"""The context of a request, which all endpoints of a gateway share."""

from __future__ import annotations

from dataclasses import dataclass, field

from expunge.gateway.access.principal import Authenticator, Tenants
from expunge.gateway.conversations import Threads
from expunge.gateway.proxy.moderator import Moderator
from expunge.gateway.proxy.timing import Timing
from expunge.gateway.telemetry.observer import Observer
from expunge.gateway.upstream.base import Upstream
from expunge.settings import DEFAULT_TENANT, ServerSettings


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of a running gateway that requests share; `tenant` is whose targets are made ready at its start."""

    server: ServerSettings
    tenants: Tenants
    upstream: Upstream
    authenticator: Authenticator
    observer: Observer
    tenant: str = DEFAULT_TENANT
    moderator: Moderator = field(default_factory=Moderator)
    threads: Threads = field(default_factory=Threads)
    timing: Timing = field(default_factory=Timing)

    async def aclose(self) -> None:
        """Release them all."""
        await self.moderator.aclose()
        await self.upstream.aclose()
        await self.tenants.aclose()
