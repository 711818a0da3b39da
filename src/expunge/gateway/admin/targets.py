"""`/api/targets`: register, look up, change, lift and remove targets, one by one or many in one body."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool

from expunge.errors import ImportFailed, InvalidTarget, TargetChanged
from expunge.gateway.admin.dependencies import AdminContext, ScopeRequirements, admin_router
from expunge.gateway.admin.idempotency import IdempotentWrites
from expunge.gateway.admin.schemas import (
    Because,
    ChangeOut,
    Confirmation,
    History,
    Imported,
    NewTarget,
    RegisteredOut,
    TargetChange,
    TargetOut,
    TargetPage,
)
from expunge.gateway.errors import UnknownMedia
from expunge.registry.importing.files import parse_targets
from expunge.types import Target, TargetStatus

FORMATS = {
    "text/plain": ".txt",
    "text/csv": ".csv",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".jsonl",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
"""By media type, the kind of file that a body is."""

_LIST = TypeAdapter(list[NewTarget])
_ID = Path(description="The target's id.", pattern=r"^t_[a-z2-7]{16}$", examples=["t_abcdefgh2345abcd"])
_CURSOR = Query(None, description="`next` of the page before.", pattern=r"^[0-9]{1,18}$")
_LIMIT = Query(100, ge=1, le=1000, description="Most targets of one page.")
_STATUS = Query(None, description="Only those of a status.")
_BODIES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string"}} for kind in FORMATS}
        | {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/NewTarget"}}}},
    }
}


def targets_of(content_type: str, body: bytes) -> list[Target]:
    """The targets of a body, in its order.

    Raises:
        UnknownMedia: for a media type that is none of these.
        ImportFailed: if the body holds none, or one of them is wrong.
    """
    media = content_type.partition(";")[0].strip().lower()
    if media == "application/json":
        return _listed(body)
    if media not in FORMATS:
        known = ", ".join((*FORMATS, "application/json"))
        raise UnknownMedia(f"Send targets as one of {known}.")
    return parse_targets(body, FORMATS[media])


def _listed(body: bytes) -> list[Target]:
    try:
        new = _LIST.validate_json(body)
    except ValidationError as error:
        place = error.errors(include_url=False, include_input=False, include_context=False)[0]["loc"]
        where = f"Entry {int(place[0]) + 1:,}" if place and isinstance(place[0], int) else "The list"
        raise ImportFailed(f"{where} is not a target; /api/openapi.json shows the format.") from None
    if not new:
        raise ImportFailed("The list holds no target; send at least one.")
    targets: list[Target] = []
    for number, target in enumerate(new, 1):
        try:
            targets.append(target.target())
        except InvalidTarget as error:
            raise ImportFailed(f"Entry {number:,}: {error}") from None
    return targets


def etag(target: Target) -> str:
    """Another one after each change, and after the target has run out."""
    return f'"{target.revision}-{target.status.value}"'


def unchanged(request: Request, target: Target) -> bool:
    """Whether the caller has this version of the target already (`If-None-Match`)."""
    return _names(request.headers.get("if-none-match"), target, weakly=True)


def expected(request: Request, target: Target) -> int | None:
    """The revision that the caller wants to change (`If-Match`); None where nothing is said of it.

    Raises:
        TargetChanged: if it is not this one.
    """
    wanted = request.headers.get("if-match")
    if wanted is None or wanted.strip() == "*":
        return None
    if not _names(wanted, target, weakly=False):
        raise TargetChanged("The target was changed since it was read; read it again, and decide anew.")
    return target.revision


def _names(header: str | None, target: Target, *, weakly: bool) -> bool:
    tags = [tag.strip() for tag in (header or "").split(",")]
    if weakly:
        tags = [tag.removeprefix("W/") for tag in tags]
    return "*" in tags or etag(target) in tags


def targets_router(scopes: ScopeRequirements, writes: IdempotentWrites) -> APIRouter:
    """Return the routes below `/api/targets`."""
    router = admin_router(tag="targets")
    reading, writing = Depends(scopes.require("targets:read")), Depends(scopes.require("targets:write"))
    _add_reading(router, reading)
    _add_registration(router, writing, writes)
    _add_changes(router, writing, writes)
    return router


def _add_reading(router: APIRouter, reading: Any) -> None:
    @router.get("/api/targets")
    async def list_targets(
        cursor: str | None = _CURSOR,
        limit: int = _LIMIT,
        status: TargetStatus | None = _STATUS,
        context: AdminContext = reading,
    ) -> TargetPage:
        """The targets, oldest first, a page at a time."""
        found, following = await run_in_threadpool(context.parts.registry.page, int(cursor or 0), limit, status)
        shown = [TargetOut.of(target) for target in found]
        return TargetPage(data=shown, next=None if following is None else str(following))

    @router.get("/api/targets/{id}", response_model=TargetOut)
    async def get_target(request: Request, id: str = _ID, context: AdminContext = reading) -> Response:
        """One target. Its `ETag` changes with each change."""
        target = await run_in_threadpool(context.parts.registry.get, id)
        if unchanged(request, target):
            return Response(status_code=304, headers={"etag": etag(target)})
        return _answer(target, TargetOut.of(target))

    @router.get("/api/targets/{id}/history")
    async def target_history(id: str = _ID, context: AdminContext = reading) -> History:
        """The history of a target, oldest first."""
        changes = await run_in_threadpool(context.parts.registry.history, id)
        return History(data=[ChangeOut.of(change) for change in changes])


def _add_registration(router: APIRouter, writing: Any, writes: IdempotentWrites) -> None:
    @router.post("/api/targets", status_code=201, response_model=RegisteredOut)
    async def add_target(new: NewTarget, request: Request, context: AdminContext = writing) -> Response:
        """Register a target. It is in force before the model is asked what it knows, and then the answer is given."""

        async def work() -> Response:
            registered = await context.targets.add(new.target(), elicit=new.elicit)
            return _answer(registered.target, RegisteredOut.of_registered(registered), 201)

        return await writes.once(context.principal, request, work)

    @router.post("/api/targets/import", status_code=201, response_model=Imported, openapi_extra=_BODIES)
    async def import_targets(request: Request, context: AdminContext = writing) -> Response:
        """Register many targets, all or none. The model is not asked what it knows of them.

        The body is a file's content (plain text with a name a line, CSV or JSON Lines), or a JSON list of targets.
        """

        async def work() -> Response:
            # Beside the event loop: to read ten thousand takes a tenth of a second.
            new = await run_in_threadpool(targets_of, request.headers.get("content-type", ""), await request.body())
            added = await context.targets.add_many(new)
            return _json(Imported(registered=len(added), ids=[each.target.id for each in added]), 201)

        return await writes.once(context.principal, request, work)


def _add_changes(router: APIRouter, writing: Any, writes: IdempotentWrites) -> None:
    @router.patch("/api/targets/{id}", response_model=TargetOut)
    async def change_target(
        change: TargetChange, request: Request, id: str = _ID, context: AdminContext = writing
    ) -> Response:
        """Add aliases and facts; replace the description, the reason, the request and the times where given."""

        async def work(if_revision: int | None) -> Response:
            changed = (await context.targets.update(id, change.update(), if_revision=if_revision)).target
            return _answer(changed, TargetOut.of(changed))

        return await _if_unchanged(writes, context, request, id, work)

    @router.delete("/api/targets/{id}", status_code=204)
    async def remove_target(request: Request, id: str = _ID, context: AdminContext = writing) -> Response:
        """Delete a target and its history for good."""

        async def work(if_revision: int | None) -> Response:
            await run_in_threadpool(context.parts.registry.remove, id, if_revision=if_revision)
            writes.forget(id)
            return Response(status_code=204)

        return await _if_unchanged(writes, context, request, id, work)

    @router.post("/api/targets/{id}/confirm", response_model=TargetOut)
    async def confirm_facts(
        request: Request, confirmation: Confirmation | None = None, id: str = _ID, context: AdminContext = writing
    ) -> Response:
        """Take what the model told of a target for given facts, or drop it."""

        async def work(if_revision: int | None) -> Response:
            wanted = Confirmation() if confirmation is None else confirmation
            changed = await context.targets.confirm(id, wanted.facts, drop=wanted.drop, if_revision=if_revision)
            return _answer(changed, TargetOut.of(changed))

        return await _if_unchanged(writes, context, request, id, work)

    @router.post("/api/targets/{id}/restore", response_model=TargetOut)
    async def restore_target(
        request: Request, because: Because | None = None, id: str = _ID, context: AdminContext = writing
    ) -> Response:
        """Lift a target: the model may speak of it again. Its history is kept."""

        async def work(if_revision: int | None) -> Response:
            reason = because.reason if because is not None else ""
            lifted = await run_in_threadpool(context.parts.registry.restore, id, reason, if_revision=if_revision)
            return _answer(lifted, TargetOut.of(lifted))

        return await _if_unchanged(writes, context, request, id, work)


async def _if_unchanged(
    writes: IdempotentWrites,
    context: AdminContext,
    request: Request,
    id: str,
    work: Callable[[int | None], Awaitable[Response]],
) -> Response:
    """Change a target once, if it is still what the caller read; `work` is given the revision that it must have."""

    async def checked() -> Response:
        target = await run_in_threadpool(context.parts.registry.get, id)
        return await work(expected(request, target))

    return await writes.once(context.principal, request, checked, about=id)


def _answer(target: Target, shown: BaseModel, status: int = 200) -> Response:
    return _json(shown, status, {"etag": etag(target), "location": f"/api/targets/{target.id}"})


def _json(shown: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(shown.model_dump_json(), status, headers, "application/json")
