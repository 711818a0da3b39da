"""A route of the admin API: every error in one shape, no text of the request in it, and nothing kept by caches."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from expunge.errors import ExpungeError
from expunge.gateway.admin.models import ProblemOut
from expunge.gateway.admin.visit import Admission
from expunge.gateway.asked import ClientGone
from expunge.gateway.problems import Problem, of_error

_UNREADABLE = "The body is not JSON that can be read; send one object in UTF-8."


class AdminRoute(APIRoute):
    """Answers errors itself, so that its router is at home in any app; reads a body only of whom it lets in."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with its errors answered."""
        handle = super().get_route_handler()
        calls = (dependency.call for dependency in self.dependant.dependencies)
        admission = next((call for call in calls if isinstance(call, Admission)), None)

        async def answered(request: Request) -> Response:
            try:
                response = await handle(request if admission is None else await admission.received(request))
            except RequestValidationError as error:
                response = _invalid(error.errors()).response()
            except HTTPException as error:
                response = Problem(error.status_code, _UNREADABLE).response()
            except ExpungeError as error:
                response = of_error(error).response()
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
