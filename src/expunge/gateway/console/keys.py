"""*Keys*: the keys of the visitor's tenant, made and revoked; and the tenants there are, for an operator."""

from __future__ import annotations

import re
from datetime import datetime

from fastapi import Response
from starlette.concurrency import run_in_threadpool

from expunge.errors import InvalidTarget, UnknownKey, UsageError
from expunge.gateway.access.principal import OPERATOR, SCOPES, Principal
from expunge.gateway.console.visits import ConsoleRoutes, Form, Visit
from expunge.registry.api_keys import ApiKey
from expunge.registry.importing.files import parse_time

PATH = "/console/keys"
_ID = re.compile(r"[a-z2-7]{16}")
_NUMBER = re.compile(r"[0-9]{1,9}")
_ABOUT = {
    "chat": "ask the model",
    "guard": "ask the guardrail, which says whether a text had to be changed",
    "targets:read": "read targets and check texts",
    "targets:write": "add, change, lift and remove targets",
    "audit:read": "read decisions and metrics, verify the log",
    "admin": "all of these, and keys",
    "operator": "the numbers of all tenants",
}


def add_keys(routes: ConsoleRoutes) -> None:
    """Add the pages. A key is given scopes that its maker's key holds, and no others."""

    async def listed(visit: Visit) -> Response:
        return await _page(visit)

    async def created(visit: Visit) -> Response:
        form, principal = visit.form, visit.principal
        scopes = [scope for scope in form.all("scope") if scope in grantable(principal)]
        try:
            secret = await run_in_threadpool(_create, visit, form, scopes)
        except (UsageError, InvalidTarget) as error:
            return await _page(visit, form, str(error), status=422)
        return await _page(visit, secret=secret, status=201)

    async def asked_to_revoke(visit: Visit) -> Response:
        return visit.page("revoke.html", key=await _key(visit))

    async def revoked(visit: Visit) -> Response:
        key = await _key(visit)
        await run_in_threadpool(visit.parts.registry.api_keys.revoke, key.id)
        return visit.then(PATH, "Revoked: nobody is let in with it any more.")

    routes.add("GET", PATH, listed, "admin")
    routes.add("POST", PATH, created, "admin")
    routes.add("GET", f"{PATH}/{{id}}/revoke", asked_to_revoke, "admin")
    routes.add("POST", f"{PATH}/{{id}}/revoke", revoked, "admin")


def grantable(principal: Principal) -> tuple[str, ...]:
    """The scopes that somebody may give to a key: those of the own one."""
    return tuple(scope for scope in (*SCOPES, OPERATOR) if principal.may(scope))


def _create(visit: Visit, form: Form, scopes: list[str]) -> str:
    _, secret = visit.parts.registry.api_keys.create(
        visit.principal.tenant,
        scopes,
        form.text("name"),
        _end(form),
        _limit(form, "requests"),
        _limit(form, "tokens"),
    )
    return secret


async def _page(
    visit: Visit, form: Form | None = None, problem: str = "", secret: str = "", status: int = 200
) -> Response:
    registry = visit.parts.registry
    keys = await run_in_threadpool(registry.api_keys.list, visit.principal.tenant)
    tenants: tuple[str, ...] = ()
    if visit.may(OPERATOR):
        tenants = await run_in_threadpool(registry.tenants)
    return visit.page(
        "keys.html",
        status,
        keys=keys[::-1],
        tenants=tenants,
        scopes=[(scope, _ABOUT[scope]) for scope in grantable(visit.principal)],
        form=form or Form(),
        problem=problem,
        secret=secret,
    )


async def _key(visit: Visit) -> ApiKey:
    """The key of the visitor's tenant that the address names.

    Raises:
        UnknownKey: if there is none.
    """
    wanted = visit.request.path_params["id"]
    keys = await run_in_threadpool(visit.parts.registry.api_keys.list, visit.principal.tenant)
    found = [key for key in keys if key.id == wanted and _ID.fullmatch(wanted)]
    if not found:
        raise UnknownKey("There is no such key; look for it in the list.")
    return found[0]


def _end(form: Form) -> datetime | None:
    try:
        return parse_time(form.text("expires")) if form.text("expires") else None
    except InvalidTarget:
        raise UsageError("The end of a key must be a date; write it like 2030-12-31.") from None


def _limit(form: Form, name: str) -> int | None:
    told = form.text(name)
    if told and not _NUMBER.fullmatch(told):
        raise UsageError("A limit must be a whole number; leave it empty for none.")
    return int(told) if told else None
