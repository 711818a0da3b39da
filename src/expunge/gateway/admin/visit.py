"""Who is visiting the admin API, and the parts of the unlearner that the visit is about."""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Admission:
    """A dependency of routes: lets in those who hold a scope, each to the own tenant."""

    scope: Scope
    gatekeeper: Gatekeeper
    tenancy: Tenancy

    async def __call__(self, request: Request) -> Visit:
        """The visit.

        Raises:
            Denied: for anybody else.
            RegistryError: if the tenant cannot be opened.
        """
        caller = await self.gatekeeper.admit(request, self.scope)
        return Visit(caller, await self.tenancy.parts(caller.tenant))


class Doors:
    """Where visitors come in."""

    def __init__(self, gatekeeper: Gatekeeper, tenancy: Tenancy) -> None:
        self._gatekeeper = gatekeeper
        self._tenancy = tenancy

    def needs(self, scope: Scope) -> Admission:
        """The dependency of a route that takes a scope."""
        return Admission(scope, self._gatekeeper, self._tenancy)
