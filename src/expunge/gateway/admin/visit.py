"""Who is visiting the admin API, and the parts of the unlearner that the visit is about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Request

from expunge.assemble import Parts
from expunge.gateway.caller import Caller, Gatekeeper, Scope
from expunge.gateway.tenancy import Tenancy
from expunge.unlearner import Targets, Unlearner


@dataclass(frozen=True, slots=True)
class Visit:
    """One admitted request."""

    caller: Caller
    parts: Parts

    @property
    def targets(self) -> Targets:
        """The targets of the caller's tenant, to be changed from async code."""
        return Unlearner(self.parts).targets


class Doors:
    """Lets visitors in by scope, each to the own tenant."""

    def __init__(self, gatekeeper: Gatekeeper, tenancy: Tenancy) -> None:
        self._gatekeeper = gatekeeper
        self._tenancy = tenancy

    def needs(self, scope: Scope) -> Callable[[Request], Awaitable[Visit]]:
        """A dependency that admits those who hold a scope.

        The dependency raises Denied for anybody else, and RegistryError if the tenant cannot be opened.
        """

        async def admitted(request: Request) -> Visit:
            caller = await self._gatekeeper.admit(request, scope)
            return Visit(caller, await self._tenancy.parts(caller.tenant))

        return admitted
