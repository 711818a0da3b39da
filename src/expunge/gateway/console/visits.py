"""One request to the console: who sent it, what may be shown, and what every answer carries.

A page names the scope that it takes. The key that somebody signed in with is looked up for each, so that a revoked key
ends what it opened. A form counts only with the token of its session, and from a page of this gateway.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse

from expunge.assemble import Parts
from expunge.async_unlearner import AsyncTargets, AsyncUnlearner
from expunge.errors import ExpungeError
from expunge.gateway.access.auth import ApiKeyAuthenticator
from expunge.gateway.access.principal import Principal, Scope, Tenants
from expunge.gateway.console.rendering import render
from expunge.gateway.console.sessions import Session, Sessions, drop_cookie, token_of
from expunge.gateway.errors import ClientGone, Denied, InvalidBody
from expunge.gateway.http_errors import problem_for
from expunge.gateway.proxy.request import read_body
from expunge.registry.audit.chain import acting_as
from expunge.settings import ServerSettings

SIGN_IN = "/console/sign-in"
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # Not "no-referrer": with that a browser hides where a form comes from, which is looked at here.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
_MOST_FIELDS = 1_000
_BOUNDARY = re.compile(r';\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_DISPOSITION = re.compile(r"^content-disposition:(.*)$", re.IGNORECASE | re.MULTILINE)
_NAME = re.compile(r';\s*name="([^"]*)"', re.IGNORECASE)
_FILE = re.compile(r';\s*filename="([^"]*)"', re.IGNORECASE)
"""How browsers write the heads of a form's parts; a quote in a name comes as %22."""
_UNREADABLE = "The form cannot be read; go back and load the page again."


@dataclass(frozen=True, slots=True)
class Page:
    """One entry of the navigation: who holds one of its scopes sees it."""

    title: str
    path: str
    scopes: tuple[Scope, ...]

    def is_open_to(self, principal: Principal) -> bool:
        """Whether somebody may use it."""
        return all(principal.may(scope) for scope in self.scopes)


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form that was sent, and its files by field: the name and the content of each."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The value of a field without white space around it; "" if it was not sent."""
        return self.fields.get(name, ("",))[0].strip()

    def lines(self, name: str) -> list[str]:
        """The lines of a field that hold anything."""
        return [line.strip() for line in self.text(name).splitlines() if line.strip()]

    def all(self, name: str) -> list[str]:
        """Every value of a field that may be sent several times."""
        return list(self.fields.get(name, ()))

    def checked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return name in self.fields


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of somebody who is signed in."""

    request: Request
    session: Session
    principal: Principal
    parts: Parts
    pages: tuple[Page, ...]
    form: Form = Form()

    @property
    def targets(self) -> AsyncTargets:
        """The targets of the visitor's tenant, to be changed as the admin API changes them."""
        return AsyncUnlearner(self.parts).targets

    @property
    def wants_part(self) -> bool:
        """Whether a page that is open asks for a part of itself."""
        return self.request.headers.get("hx-request") == "true"

    def may(self, scope: Scope) -> bool:
        """Whether the visitor's key has a scope."""
        return self.principal.may(scope)

    async def looked_at(self, page: str, targets: Sequence[str]) -> None:
        """Write to the audit log that texts of these targets are about to be shown.

        Raises:
            RegistryError: if that cannot be written; then nothing may be shown.
        """
        if targets:
            await run_in_threadpool(self.parts.registry.audit.record_look, page, targets)

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A whole page, with the navigation and the notice that was left for it."""
        shown = render(
            template,
            visit=self,
            csrf=self.session.csrf,
            notice=self.session.take_notice(),
            here=self.request.url.path,
            **values,
        )
        return HTMLResponse(shown, status)

    def part(self, template: str, **values: Any) -> Response:
        """A part of a page."""
        return HTMLResponse(render(template, visit=self, csrf=self.session.csrf, **values))

    def then(self, path: str, notice: str = "") -> Response:
        """Go on to another page, which shows the notice."""
        self.session.notice = notice
        return RedirectResponse(path, 303)


Handler = Callable[[Visit], Awaitable[Response]]


class ConsoleRoutes:
    """Adds pages to a router, each behind its scope."""

    def __init__(
        self,
        authenticator: ApiKeyAuthenticator,
        tenants: Tenants,
        server: ServerSettings,
        sessions: Sessions,
        pages: tuple[Page, ...],
    ) -> None:
        self.router = APIRouter(include_in_schema=False)
        self.sessions = sessions
        self.server = server
        self.authenticator = authenticator
        self._tenants = tenants
        self._pages = pages

    def add(self, method: str, path: str, handler: Handler, *scopes: Scope) -> None:
        """Have a handler answer requests of those who are signed in and hold all the scopes."""

        async def answered(request: Request) -> Response:
            return await guarded(request, self._visited(request, handler, scopes))

        self.router.add_route(path, answered, methods=[method], include_in_schema=False)

    async def _visited(self, request: Request, handler: Handler, scopes: Sequence[Scope]) -> Response:
        session = self.sessions.find(token_of(request))
        if session is None:
            return sign_in_again(request)
        try:
            principal = self.authenticator.admit_again(session.principal, None)
        except Denied as denied:
            if denied.status != 401:
                raise
            self.sessions.end(token_of(request))
            return sign_in_again(request)
        pages = tuple(page for page in self._pages if page.is_open_to(principal))
        form = Form()
        if request.method == "POST":
            form = await read_form(request, self.server)
            if not hmac.compare_digest(form.text("csrf").encode(), session.csrf.encode()):
                raise Denied(
                    "This form is not of your session; go back, load the page again and send it anew.",
                    status=403,
                    kind="permission_error",
                )
        if lacking := [scope for scope in scopes if not principal.may(scope)]:
            raise Denied(
                f"Your key lacks the scope {lacking[0]}; sign in with one that has it.",
                status=403,
                kind="permission_error",
            )
        parts = await self._tenants.parts(principal.tenant)
        visit = Visit(request, session, principal, parts, pages, form)
        with acting_as(principal.key_id):
            return await handler(visit)


async def guarded(request: Request, work: Awaitable[Response]) -> Response:
    """The answer of a page, an error as a page of its own, each with the headers that keep browsers in bounds."""
    try:
        response = await work
    except ExpungeError as error:
        problem = problem_for(error)
        template = "problem_part.html" if request.headers.get("hx-request") == "true" else "problem.html"
        page = render(template, problem=problem, notice="")
        waiting = {name: value for name, value in problem.headers.items() if name == "retry-after"}
        response = HTMLResponse(page, problem.status, waiting)
    except ClientGone:
        response = Response(status_code=400)  # nobody is there to read it
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


async def read_form(request: Request, server: ServerSettings) -> Form:
    """The fields of a form that a page of this gateway sent.

    Raises:
        Denied: if it comes from a page of another site.
        InvalidBody: if the body is no form, too large, or comes too slowly.
        ClientGone: if the client went away before its end.
    """
    check_origin(request)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await read_body(request.scope, request.receive, server)
    if media == "multipart/form-data":
        return parts_of(request.headers["content-type"], body)
    if media != "application/x-www-form-urlencoded":
        raise InvalidBody("This page takes forms only; go back and load it again.", status=415)
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise InvalidBody(_UNREADABLE) from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return Form(fields)


def parts_of(content_type: str, body: bytes) -> Form:
    """The fields and files of a form that may hold files (`multipart/form-data`).

    Raises:
        InvalidBody: if it cannot be read.
    """
    named = _BOUNDARY.search(content_type)
    if named is None:
        raise InvalidBody(_UNREADABLE)
    delimiter = b"\r\n--" + (named[1] or named[2]).encode("latin-1", "replace")
    fields: dict[str, list[str]] = {}
    files: dict[str, tuple[str, bytes]] = {}
    parts = (b"\r\n" + body).split(delimiter, _MOST_FIELDS + 2)[1:]
    if len(parts) > _MOST_FIELDS + 1 or not parts or not parts[-1].startswith(b"--"):
        raise InvalidBody(_UNREADABLE)
    for part in parts[:-1]:
        head, found, content = part.partition(b"\r\n\r\n")
        try:
            described = _DISPOSITION.search(head.decode("utf-8"))
            name = described and _NAME.search(described[1])
            file = described and _FILE.search(described[1])
            if not found or not name:
                raise InvalidBody(_UNREADABLE)
            if not file:
                fields.setdefault(name[1], []).append(content.decode("utf-8"))
            elif file[1]:
                files[name[1]] = (file[1], content)
        except UnicodeDecodeError:
            raise InvalidBody(_UNREADABLE) from None
    return Form(fields, files)


def check_origin(request: Request) -> None:
    """See that a form comes from a page of this gateway, as far as the browser says.

    Raises:
        Denied: if not.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        own = site in ("same-origin", "none")
    elif origin is not None:
        own = urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
    else:
        own = True  # no browser; the token of the session is asked for all the same
    if not own:
        raise Denied(
            "The console takes no form from another site; open it by its own address.",
            status=403,
            kind="permission_error",
        )


def sign_in_again(request: Request) -> Response:
    """Lead somebody without a session to sign in, and back to the page that was asked for."""
    wanted = request.url.path if request.method == "GET" else "/console"
    ended = "&ended=1" if token_of(request) else ""
    path = f"{SIGN_IN}?next={quote(wanted)}{ended}"
    if request.headers.get("hx-request") == "true":
        # A script asked: its page is to go there as a whole.
        response = Response(status_code=200, headers={"hx-redirect": f"{SIGN_IN}?next=/console{ended}"})
    else:
        response = RedirectResponse(path, 303)
    drop_cookie(request, response)
    return response
