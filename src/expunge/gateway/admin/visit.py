"""Who is visiting the admin API, and the parts of the unlearner that the visit is about."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from starlette.types import Message, Receive

from expunge.assemble import Parts
from expunge.gateway.asked import read_body
from expunge.gateway.caller import Caller, Gatekeeper, Scope
from expunge.gateway.tenancy import Tenancy
from expunge.settings import ServerSettings
from expunge.unlearner import Targets, Unlearner

_ADMITTED = "expunge.admitted"


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
    """A dependency of routes: lets in those who hold a scope, each to the own tenant.

    `server` says how much a visitor may bring, and how slowly.
    """

    scope: Scope
    gatekeeper: Gatekeeper
    tenancy: Tenancy
    server: ServerSettings

    async def __call__(self, request: Request) -> Visit:
        """The visit; who was let in before the body was read is not asked again.

        Raises:
            Denied: for anybody else.
            RegistryError: if the tenant cannot be opened.
        """
        caller = request.scope.get(_ADMITTED)
        if not isinstance(caller, Caller):
            caller = await self.gatekeeper.admit(request, self.scope)
        return Visit(caller, await self.tenancy.parts(caller.tenant))

    async def received(self, request: Request) -> Request:
        """The request with its body, which is read only if its sender is let in.

        Raises:
            Denied: if not.
            InvalidBody: if the body is too large, or comes too slowly.
            ClientGone: if the client went away before its end.
        """
        request.scope[_ADMITTED] = await self.gatekeeper.admit(request, self.scope)
        if request.method in ("GET", "HEAD"):
            return request
        body = await read_body(request.scope, request.receive, self.server)
        return Request(request.scope, _again(body, request.receive))


class Doors:
    """Where visitors come in."""

    def __init__(self, gatekeeper: Gatekeeper, tenancy: Tenancy, server: ServerSettings | None = None) -> None:
        self._gatekeeper = gatekeeper
        self._tenancy = tenancy
        self._server = server or ServerSettings()

    def needs(self, scope: Scope) -> Admission:
        """The dependency of a route that takes a scope."""
        return Admission(scope, self._gatekeeper, self._tenancy, self._server)


def _again(body: bytes, after: Receive) -> Receive:
    """A body that was read, to be read by somebody else."""
    given = False

    async def receive() -> Message:
        nonlocal given
        if given:
            return await after()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
