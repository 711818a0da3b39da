"""Admission to the admin API and to a tenant's targets, and the errors of its routes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from expunge.assemble import Parts
from expunge.async_unlearner import AsyncTargets, AsyncUnlearner
from expunge.errors import ExpungeError
from expunge.gateway.access.principal import Authenticator, Principal, Scope, Tenants
from expunge.gateway.admin.schemas import ProblemOut
from expunge.gateway.errors import ClientGone
from expunge.gateway.http_errors import Problem, problem_for
from expunge.gateway.proxy.request import read_body
from expunge.settings import ServerSettings

_ADMITTED = "expunge.admitted"
_UNREADABLE = "The body is not JSON that can be read; send one object in UTF-8."


@dataclass(frozen=True, slots=True)
class AdminContext:
    """The sender of an admitted request, and the parts of the unlearner that it is about."""

    principal: Principal
    parts: Parts

    @property
    def targets(self) -> AsyncTargets:
        """The targets of the caller's tenant, to be changed from async code."""
        return AsyncUnlearner(self.parts).targets


@dataclass(frozen=True, slots=True)
class RequireScope:
    """A dependency of routes: lets in those who hold a scope, each to the own tenant.

    `server` bounds the size of a body, and how slowly it may come.
    """

    scope: Scope
    authenticator: Authenticator
    tenants: Tenants
    server: ServerSettings

    async def __call__(self, request: Request) -> AdminContext:
        """The context of an admitted request; who was let in before the body was read is not asked again.

        Raises:
            Denied: for anybody else.
            RegistryError: if the tenant cannot be opened.
        """
        principal = request.scope.get(_ADMITTED)
        if not isinstance(principal, Principal):
            principal = await self.authenticator.admit(request, self.scope)
        return AdminContext(principal, await self.tenants.parts(principal.tenant))

    async def received(self, request: Request) -> Request:
        """The request with its body, which is read only if its sender is let in.

        Raises:
            Denied: if not.
            InvalidBody: if the body is too large, or comes too slowly.
            ClientGone: if the client went away before its end.
        """
        request.scope[_ADMITTED] = await self.authenticator.admit(request, self.scope)
        if request.method in ("GET", "HEAD"):
            return request
        body = await read_body(request.scope, request.receive, self.server)
        return Request(request.scope, _again(body, request.receive))


class ScopeRequirements:
    """Makes the dependencies of routes: each names the scope that it takes."""

    def __init__(self, authenticator: Authenticator, tenants: Tenants, server: ServerSettings | None = None) -> None:
        self._authenticator = authenticator
        self._tenants = tenants
        self._server = server or ServerSettings()

    def require(self, scope: Scope) -> RequireScope:
        """The dependency of a route that takes a scope."""
        return RequireScope(scope, self._authenticator, self._tenants, self._server)


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


class AdminRoute(APIRoute):
    """Answers errors itself, so that its router is at home in any app; reads a body only of whom it lets in."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with its errors answered."""
        handle = super().get_route_handler()
        calls = (dependency.call for dependency in self.dependant.dependencies)
        admission = next((call for call in calls if isinstance(call, RequireScope)), None)

        async def answered(request: Request) -> Response:
            try:
                response = await handle(request if admission is None else await admission.received(request))
            except RequestValidationError as error:
                response = _invalid(error.errors()).response()
            except HTTPException as error:
                response = Problem(error.status_code, _UNREADABLE).response()
            except ExpungeError as error:
                response = problem_for(error).response()
            except ClientGone:
                # Nobody is there to read it.
                response = Response(status_code=400)
            response.headers.setdefault("cache-control", "no-store")
            return response

        return answered


def admin_router(*, tag: str) -> APIRouter:
    """An empty router whose routes are `AdminRoute`s."""
    errors: dict[int | str, dict[str, Any]] = {"default": {"model": ProblemOut, "description": "What went wrong"}}
    return APIRouter(route_class=AdminRoute, tags=[tag], responses=errors)


def _invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """The first thing that is wrong, by the name of its field; an unknown field's name is the caller's text."""
    first = errors[0]
    place, kind = [str(part) for part in first["loc"]], str(first["type"])
    if kind == "json_invalid":
        return Problem(400, _UNREADABLE)
    if kind == "extra_forbidden":
        return Problem(422, "The body has an unknown field; /api/openapi.json lists those there are.", param=None)
    param = ".".join(part for part in place[1:] if part.isidentifier() or part.isdigit())
    if kind == "missing":
        return Problem(422, f"{param or 'The body'} is missing; /api/openapi.json says what is needed.", param=param)
    return Problem(422, f"{param or 'The body'} is not what it must be; /api/openapi.json says what is.", param=param)
