"""Signing in to the console and out of it, and the files that its pages load."""

from __future__ import annotations

import re

from fastapi import Request, Response
from starlette.responses import HTMLResponse, RedirectResponse

from expunge.gateway.access.principal import Principal
from expunge.gateway.console.rendering import MEDIA, render, static_files
from expunge.gateway.console.sessions import drop_cookie, set_cookie, token_of
from expunge.gateway.console.visits import SIGN_IN, ConsoleRoutes, Page, Visit, guarded, read_form
from expunge.gateway.errors import Denied

_NEXT = re.compile(r"/console(?:/[a-z0-9_-]{1,40}){0,4}")
_STATIC_HEADERS = {"cache-control": "public, max-age=31536000, immutable"}


def add_entrance(routes: ConsoleRoutes, pages: tuple[Page, ...]) -> None:
    """Add the routes that need no session, and the one that ends it."""

    async def shown(request: Request) -> Response:
        ended = "Your session has ended; sign in again." if request.query_params.get("ended") else ""
        return HTMLResponse(
            render("sign_in.html", next=next_of(request.query_params.get("next", "")), problem="", notice=ended)
        )

    async def sign_in(request: Request) -> Response:
        form = await read_form(request, routes.server)
        following = next_of(form.text("next"))
        try:
            principal = await routes.authenticator.identify(form.text("key"))
            first = first_page(principal, pages)
        except Denied as denied:
            page = render("sign_in.html", next=following, problem=str(denied), notice="")
            return HTMLResponse(page, denied.status)
        routes.sessions.end(token_of(request))
        token, _ = routes.sessions.begin(principal)
        response = RedirectResponse(first if following == "/console" else following, 303)
        set_cookie(request, response, token)
        return response

    async def static(request: Request) -> Response:
        name = request.path_params["name"]
        content = static_files().get(name)
        if content is None:
            raise Denied("This file does not exist.", status=404, kind="invalid_request_error")
        return Response(content, media_type=MEDIA[name[name.rindex(".") :]], headers=_STATIC_HEADERS)

    async def sign_out(visit: Visit) -> Response:
        routes.sessions.end(token_of(visit.request))
        response = RedirectResponse(SIGN_IN, 303)
        drop_cookie(visit.request, response)
        response.headers["clear-site-data"] = '"cache"'
        return response

    async def home(visit: Visit) -> Response:
        return RedirectResponse(first_page(visit.principal, pages), 303)

    async def get_sign_in(request: Request) -> Response:
        return await guarded(request, shown(request))

    async def post_sign_in(request: Request) -> Response:
        return await guarded(request, sign_in(request))

    async def get_static(request: Request) -> Response:
        return await guarded(request, static(request))

    router = routes.router
    router.add_route(SIGN_IN, get_sign_in, methods=["GET"], include_in_schema=False)
    router.add_route(SIGN_IN, post_sign_in, methods=["POST"], include_in_schema=False)
    router.add_route("/console/static/{name}", get_static, methods=["GET"], include_in_schema=False)
    routes.add("POST", "/console/sign-out", sign_out)
    routes.add("GET", "/console", home)


def next_of(path: str) -> str:
    """The page to go to after signing in: one of the console, whatever the address says."""
    return path if _NEXT.fullmatch(path) and path != SIGN_IN else "/console"


def first_page(principal: Principal, pages: tuple[Page, ...]) -> str:
    """The first page that a key opens.

    Raises:
        Denied: if it opens none.
    """
    for page in pages:
        if page.is_open_to(principal):
            return page.path
    raise Denied(
        "This key opens no page of the console; use one with the scope targets:read or audit:read.",
        status=403,
        kind="permission_error",
    )
