"""The pages about targets: a list to search, and one page for each, from which it is changed.

Changes go the way of the admin API: through the same methods, with the revision that the page showed, so that nobody
undoes unseen what somebody else did meanwhile. Addresses hold ids, never names; a search is sent as a form.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from fastapi import Response
from starlette.concurrency import run_in_threadpool

from expunge.assemble import Parts
from expunge.async_unlearner import Registered
from expunge.errors import DuplicateTarget, InvalidTarget, TargetChanged, UnknownTarget, UsageError
from expunge.gateway.access.principal import Scope
from expunge.gateway.admin.idempotency import IdempotentWrites
from expunge.gateway.console.directory import MATTERS, Directory, Found, Matter, newest
from expunge.gateway.console.visits import ConsoleRoutes, Form, Visit
from expunge.gateway.http_errors import problem_for, without_address
from expunge.registry.importing.files import parse_due, parse_time
from expunge.screen.ordinary import ordinary_questions, too_common, touched
from expunge.text.counting import counted
from expunge.types import Fact, Target, TargetKind, TargetStatus, TargetUpdate

_PAGE = 50
_ID = re.compile(r"t_[a-z2-7]{16}")
_PAIR = re.compile(r"(?P<question>[^?？؟]+(?:[?؟](?=\s)|？))\s*(?P<answer>\S.*)", re.DOTALL)
"""A question and what follows its mark; an address with a question mark in it is none."""
_VIEWS = (
    ("active", "In force"),
    ("due", "Due"),
    ("expiring", "Expiring"),
    ("unconfirmed", "To confirm"),
    ("lifted", "Lifted"),
    ("expired", "Expired"),
    ("all", "All"),
)
"""What the list can be narrowed to. Due and expiring ones come by urgency, the others newest first."""


class TargetPages:
    """The handlers, with a directory for each tenant's search."""

    def __init__(self, writes: IdempotentWrites) -> None:
        self._writes = writes
        self._directories: dict[str, Directory] = {}
        self._foreseeing: asyncio.Task[None] | None = None

    async def listed(self, visit: Visit) -> Response:
        """The list, narrowed to what `show` names, from `after` on."""
        show = _view(visit.request.query_params.get("show", "active"))
        after = visit.request.query_params.get("after", "")
        found, following = await run_in_threadpool(self._some, visit.parts, show, after)
        self._foresee(visit.parts)
        return await self._rows(visit, found, following, show, "", after)

    async def searched(self, visit: Visit) -> Response:
        """The targets in force with a part of a name, or the one that a whole name or id means."""
        wanted, after = visit.form.text("q"), visit.form.text("after")
        if not wanted:
            found, following = await run_in_threadpool(self._some, visit.parts, "active", "")
            return await self._rows(visit, found, following, "active", "", "")
        result = await run_in_threadpool(self._search, visit.parts, wanted, after)
        return await self._rows(visit, result.targets, result.next, "search", wanted, after)

    async def blank(self, visit: Visit) -> Response:
        """An empty form for a new target."""
        return self._new(visit, Form(), "")

    async def added(self, visit: Visit) -> Response:
        """Register what the form says, or show what is wrong with it."""
        form = visit.form
        try:
            target = _new_target(form)
            if form.checked("look"):
                return await self._foreseen(visit, target)
            elicit = form.checked("elicit") and target.kind is TargetKind.ENTITY
            registered = await visit.targets.add(target, elicit=elicit)
        except DuplicateTarget as error:
            return self._new(visit, form, "A target of this name is in force already.", error.target_id, 409)
        except (InvalidTarget, UsageError) as error:
            return self._new(visit, form, str(error), status=422)
        return visit.then(f"/console/targets/{registered.target.id}", _registered(registered))

    async def shown(self, visit: Visit) -> Response:
        """One target with its history."""
        return await self._one(visit, await _target(visit))

    async def changed(self, visit: Visit) -> Response:
        """Add aliases and facts, and replace the rest."""
        target = await _target(visit)
        try:
            update = _update(visit.form, target)
            await visit.targets.update(target.id, update, if_revision=_revision(visit.form))
        except (InvalidTarget, TargetChanged, UsageError) as error:
            return await self._one(visit, target, str(error), problem_for(error).status, visit.form)
        return visit.then(_path(target), "Saved.")

    async def confirmed(self, visit: Visit) -> Response:
        """Confirm the ticked facts, or drop them."""
        target = await _target(visit)
        texts = visit.form.all("fact")
        kept, dropped = ([], texts) if visit.form.text("do") == "drop" else (texts, [])
        if not texts:
            return await self._one(visit, target, "No fact is ticked; tick those that you mean.", 422)
        try:
            await visit.targets.confirm(target.id, kept, drop=dropped, if_revision=_revision(visit.form))
        except (InvalidTarget, TargetChanged) as error:
            return await self._one(visit, target, str(error), problem_for(error).status)
        done = "dropped" if dropped else "confirmed"
        return visit.then(_path(target), f"{counted(len(texts), 'fact')} {done}.")

    async def asked_to_lift(self, visit: Visit) -> Response:
        """Ask for the reason."""
        return await self._question(visit, "lift.html")

    async def lifted(self, visit: Visit) -> Response:
        """Take a target out of force and keep it."""
        target = await _target(visit)
        try:
            await run_in_threadpool(
                visit.parts.registry.restore,
                target.id,
                visit.form.text("reason"),
                if_revision=_revision(visit.form),
            )
        except (InvalidTarget, TargetChanged) as error:
            return await self._question(visit, "lift.html", str(error), problem_for(error).status)
        return visit.then(_path(target), "Lifted: the model may speak of it again.")

    async def reactivated(self, visit: Visit) -> Response:
        """Put a target back in force that was lifted or has run out."""
        target = await _target(visit)
        if target.status is TargetStatus.ACTIVE:
            return visit.then(_path(target), "It is in force already.")
        await visit.targets.add(Target(target.name, kind=target.kind), elicit=False)
        return visit.then(_path(target), "In force again, without an end.")

    async def asked_to_remove(self, visit: Visit) -> Response:
        """Ask for the name."""
        return await self._question(visit, "remove.html")

    async def removed(self, visit: Visit) -> Response:
        """Delete a target for good, if its name was typed."""
        target = await _target(visit)
        if " ".join(visit.form.text("name").split()) != target.name:
            wrong = "The name is not the one above; type it exactly to remove the target."
            return await self._question(visit, "remove.html", wrong, 422)
        try:
            await run_in_threadpool(visit.parts.registry.remove, target.id, if_revision=_revision(visit.form))
        except TargetChanged as error:
            return await self._question(visit, "remove.html", str(error), problem_for(error).status)
        self._writes.forget(target.id)
        return visit.then("/console/targets", "Removed for good, with its history.")

    def _some(self, parts: Parts, show: str, after: str) -> tuple[Sequence[Target], str | None]:
        registry = parts.registry
        if show == "active":
            found = newest(registry.snapshot(), after=after, limit=_PAGE)
            return found.targets, found.next
        for matter in MATTERS:
            if show == matter:
                found = self._matter(parts, matter, after)
                return found.targets, found.next
        status = None if show == "all" else TargetStatus(show)
        place = int(after) if re.fullmatch(r"[0-9]{1,18}", after) else 0
        targets, following = registry.page(place, _PAGE, status, newest_first=True)
        return targets, None if following is None else str(following)

    def _matter(self, parts: Parts, matter: Matter, after: str) -> Found:
        return self.directory(parts).matter(parts.registry.snapshot(), matter, after=after, limit=_PAGE)

    def _search(self, parts: Parts, wanted: str, after: str) -> Found:
        found = self.directory(parts).search(parts.registry.snapshot(), wanted, after=after, limit=_PAGE)
        if not found.targets and not after:
            # Whoever is out of force is in the database alone, which knows whole names.
            try:
                return Found((parts.registry.get(wanted),))
            except UnknownTarget:
                return found
        return found

    def _foresee(self, parts: Parts) -> None:
        """Have the directory ready when somebody searches, who has just begun to read the list."""
        directory, snapshot = self.directory(parts), parts.registry.snapshot()
        if not directory.is_ready(snapshot) and (self._foreseeing is None or self._foreseeing.done()):
            self._foreseeing = asyncio.create_task(run_in_threadpool(directory.prepare, snapshot))

    def directory(self, parts: Parts) -> Directory:
        """Return what searches the targets of a tenant."""
        return self._directories.setdefault(parts.registry.tenant, Directory())

    async def _rows(
        self, visit: Visit, targets: Sequence[Target], following: str | None, show: str, wanted: str, after: str
    ) -> Response:
        await visit.looked_at("targets", [target.id for target in targets])
        values: dict[str, Any] = {
            "targets": targets,
            "next": following,
            "show": show,
            "wanted": wanted,
            "after": after,
            "views": _VIEWS,
            "in_force": len(visit.parts.registry.snapshot()),
        }
        if visit.wants_part:
            return visit.part("target_rows.html", **values)
        return visit.page("targets.html", **values)

    def _new(self, visit: Visit, form: Form, problem: str, known: str = "", status: int = 200, **more: Any) -> Response:
        policy = visit.parts.settings.policy
        ask = form.checked("elicit") if form.fields else policy.elicit
        values: dict[str, Any] = {
            "form": form,
            "problem": problem,
            "known": known,
            "ask": ask,
            "foreseen": None,
            **more,
        }
        return visit.page("target_new.html", status, **values)

    async def _foreseen(self, visit: Visit, target: Target) -> Response:
        """Show what a target would touch in ordinary questions, before it is registered."""
        named = await run_in_threadpool(touched, replace(target, id="t_new"))
        foreseen = {"touched": named, "of": len(ordinary_questions()), "common": too_common(target)}
        return self._new(visit, visit.form, "", foreseen=foreseen)

    async def _one(
        self, visit: Visit, target: Target, problem: str = "", status: int = 200, form: Form | None = None
    ) -> Response:
        await visit.looked_at("target", [target.id])
        history = await run_in_threadpool(visit.parts.registry.history, target.id)
        values = {"target": target, "history": history[::-1], "problem": problem, "form": form or _form_of(target)}
        return visit.page("target.html", status, **values)

    async def _question(self, visit: Visit, template: str, problem: str = "", status: int = 200) -> Response:
        target = await _target(visit)
        await visit.looked_at("target", [target.id])
        return visit.page(template, status, target=target, problem=problem)


def add_targets(routes: ConsoleRoutes, writes: IdempotentWrites) -> TargetPages:
    """Add the pages about targets and return their handlers."""
    pages = TargetPages(writes)
    read: tuple[Scope, ...] = ("targets:read",)
    change: tuple[Scope, ...] = ("targets:read", "targets:write")
    routes.add("GET", "/console/targets", pages.listed, *read)
    routes.add("POST", "/console/targets/search", pages.searched, *read)
    routes.add("GET", "/console/targets/new", pages.blank, *change)
    routes.add("POST", "/console/targets/new", pages.added, *change)
    routes.add("GET", "/console/targets/{id}", pages.shown, *read)
    routes.add("POST", "/console/targets/{id}", pages.changed, *change)
    routes.add("POST", "/console/targets/{id}/facts", pages.confirmed, *change)
    routes.add("GET", "/console/targets/{id}/lift", pages.asked_to_lift, *change)
    routes.add("POST", "/console/targets/{id}/lift", pages.lifted, *change)
    routes.add("POST", "/console/targets/{id}/reactivate", pages.reactivated, *change)
    routes.add("GET", "/console/targets/{id}/remove", pages.asked_to_remove, *change)
    routes.add("POST", "/console/targets/{id}/remove", pages.removed, *change)
    return pages


async def _target(visit: Visit) -> Target:
    """The target that the address names.

    Raises:
        UnknownTarget: if there is none.
    """
    wanted = visit.request.path_params["id"]
    if not _ID.fullmatch(wanted):
        raise UnknownTarget("There is no such target; look for it in the list.")
    try:
        return await run_in_threadpool(visit.parts.registry.get, wanted)
    except UnknownTarget:
        raise UnknownTarget("There is no such target any more; it may have been removed.") from None


def _path(target: Target) -> str:
    return f"/console/targets/{target.id}"


def _view(wanted: str) -> str:
    return wanted if wanted in dict(_VIEWS) else "active"


def _revision(form: Form) -> int | None:
    """The revision of the target that the page showed."""
    told = form.text("revision")
    return int(told) if re.fullmatch(r"[0-9]{1,18}", told) else None


def _new_target(form: Form) -> Target:
    kind = TargetKind.TOPIC if form.text("kind") == "topic" else TargetKind.ENTITY
    return Target(
        name=form.text("name"),
        aliases=form.lines("aliases"),
        facts=facts_of(form.lines("facts"), kind),
        description=form.text("description"),
        kind=kind,
        expires_at=_expiry(form),
        reason=form.text("reason"),
        request_id=form.text("request_id"),
        due_at=_due(form),
    )


def _update(form: Form, target: Target) -> TargetUpdate:
    expires_at = _expiry(form)
    # A date says less than a time: one that was not touched must not move the time.
    same = expires_at is not None and target.expires_at is not None and expires_at.date() == target.expires_at.date()
    due_at = _due(form)
    same_due = due_at is not None and target.due_at is not None and due_at.date() == target.due_at.date()
    return TargetUpdate(
        aliases=form.lines("aliases"),
        facts=facts_of(form.lines("facts"), target.kind),
        description=form.text("description"),
        # It goes into the history, too, where one that is not new would seem to be of this change.
        reason=form.text("reason") if form.text("reason") != target.reason else None,
        expires_at=target.expires_at if same else expires_at,
        request_id=form.text("request_id"),
        due_at=target.due_at if same_due else due_at,
    )


def _form_of(target: Target) -> Form:
    """A target as the fields that its form begins with; aliases and facts are only added."""
    fields = {
        "description": target.description,
        "reason": target.reason,
        "request_id": target.request_id,
        "expires": "" if target.expires_at is None else f"{target.expires_at:%Y-%m-%d}",
        "due": "" if target.due_at is None else f"{target.due_at:%Y-%m-%d}",
    }
    return Form({name: (value,) for name, value in fields.items()})


def facts_of(lines: Sequence[str], kind: TargetKind) -> list[Fact]:
    """Facts as people write them, one a line: a statement, or a question with its answer after the question mark.

    Of a topic each line is an example question.
    """
    facts: list[Fact] = []
    for line in lines:
        pair = _PAIR.fullmatch(line) if kind is TargetKind.ENTITY else None
        facts.append(Fact(line) if pair is None else Fact(pair["answer"], pair["question"].strip()))
    return facts


def _expiry(form: Form) -> datetime | None:
    return parse_time(form.text("expires")) if form.text("expires") else None


def _due(form: Form) -> datetime | None:
    return parse_due(form.text("due")) if form.text("due") else None


def _registered(registered: Registered) -> str:
    """A sentence on what came of a registration."""
    found = registered.elicitation
    if found is None:
        return "In force now."
    if found.problem:
        return f"In force now. The model could not be asked what it knows: {without_address(found.problem)}"
    if not found.facts and not found.aliases:
        return "In force now. The model told nothing of it that could be relied on."
    told = f"{counted(len(found.facts), 'fact')} and {counted(len(found.aliases), 'other name', 'other names')}"
    return f"In force now. The model told {told}: look through the facts, and confirm or drop them."
