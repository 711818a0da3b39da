"""Callers, the seam to whoever lets them in, and the parts of the tenant whom they call for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import HTTPConnection

from expunge.assemble import Parts, for_tenant
from expunge.errors import UnknownTenant
from expunge.registry.api_keys import OPERATOR, SCOPES, Scope
from expunge.settings import DEFAULT_TENANT, Settings
from expunge.types import Pending

__all__ = ["OPERATOR", "SCOPES", "AdmitEverybody", "Authenticator", "Principal", "Scope"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever sent a request: whose targets apply, and what may be done. `key_id` is "" where nobody needs a key."""

    tenant: str = DEFAULT_TENANT
    scopes: frozenset[str] = frozenset(SCOPES)
    key_id: str = ""

    def may(self, scope: Scope) -> bool:
        """Whether the scope was granted, by itself or by `admin`, which holds all that a tenant's key may be for."""
        return scope in self.scopes or ("admin" in self.scopes and scope in SCOPES)


class Authenticator(Protocol):
    """Lets callers in, and keeps count of what they use."""

    async def admit(self, request: HTTPConnection, scope: Scope) -> Principal:
        """The caller of a request that needs a scope.

        Raises:
            Denied: 401 without a valid key, 403 without the scope, 429 over a limit.
        """
        ...

    def spend(self, principal: Principal, tokens: int) -> None:
        """Count tokens against the caller's limit of the minute."""
        ...

    async def valid(self, principal: Principal) -> bool:
        """Whether the caller's key still holds; asked again while a long answer is streamed."""
        ...


class AdmitEverybody:
    """Lets everybody in as one tenant, with every scope: `auth = "none"`, on loopback only."""

    def __init__(self, tenant: str = DEFAULT_TENANT) -> None:
        self._principal = Principal(tenant, frozenset((*SCOPES, OPERATOR)))

    async def admit(self, request: HTTPConnection, scope: Scope) -> Principal:
        """Anybody."""
        return self._principal

    def spend(self, principal: Principal, tokens: int) -> None:
        """Nothing is counted."""

    async def valid(self, principal: Principal) -> bool:
        """Always."""
        return True


class Tenants(Protocol):
    """Hands out the parts of a tenant's unlearner."""

    async def parts(self, tenant: str) -> Parts:
        """The parts, opened when a tenant is first asked for.

        Raises:
            UnknownTenant: if it has no key, no target and no settings.
            RegistryError: if the tenant's registry cannot be opened.
        """
        ...

    def opened(self) -> tuple[Parts, ...]:
        """The parts of all tenants that were asked for."""
        ...

    async def aclose(self) -> None:
        """Release what was opened."""
        ...


class SingleTenant:
    """One unlearner for whoever calls."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def parts(self, tenant: str) -> Parts:
        """The only parts."""
        return self._parts

    def opened(self) -> tuple[Parts, ...]:
        """The only parts."""
        return (self._parts,)

    async def aclose(self) -> None:
        """Release them."""
        await self._parts.aclose()


class ConfiguredTenants:
    """A tenant's parts are made when it is first asked for, beside those of the configured tenant, whose models
    and database they share."""

    def __init__(self, settings: Settings, parts: Parts) -> None:
        """Serve the tenants of a configuration.

        Args:
            settings: the whole configuration.
            parts: what `assemble` made of it; closed with this.
        """
        self._settings = settings
        self._parts = parts
        self._opened = {parts.registry.tenant: parts}
        self._lock = asyncio.Lock()

    async def parts(self, tenant: str) -> Parts:
        """The tenant's parts."""
        found = self._opened.get(tenant)
        if found is not None:
            return found
        async with self._lock:
            if tenant not in self._opened:
                # Loading targets takes a while where there are many.
                self._opened[tenant] = await asyncio.to_thread(self._open, tenant)
            return self._opened[tenant]

    def pending(self) -> Pending:
        """Return what is not embedded yet of the targets of all tenants that were asked for."""
        counted = [parts.screen.pending_embeddings for parts in self._opened.values()]
        return Pending(sum(one.facts for one in counted), sum(one.targets for one in counted))

    def opened(self) -> tuple[Parts, ...]:
        """The parts of all tenants that were asked for."""
        return tuple(self._opened.values())

    async def aclose(self) -> None:
        """Release the models and the registry."""
        await self._parts.aclose()

    def _open(self, tenant: str) -> Parts:
        if tenant not in self._settings.tenants and tenant not in self._parts.registry.tenants():
            raise UnknownTenant("This tenant does not exist; create an API key for it, or name it under [tenants].")
        return for_tenant(self._settings, self._parts, tenant)
