"""*Import*: targets from a file or a pasted list, looked through before they are registered, all or none."""

from __future__ import annotations

import secrets
from pathlib import PurePath

from fastapi import Response
from starlette.concurrency import run_in_threadpool

from expunge.errors import DuplicateTarget, ImportFailed, InvalidTarget
from expunge.gateway.console.visits import ConsoleRoutes, Form, Visit
from expunge.gateway.http_errors import problem_for
from expunge.registry.importing.files import SUFFIXES, Checked, check_targets
from expunge.text.counting import counted

PATH = "/console/import"
_SHOWN = 20
"""Targets that the preview shows; all of them are imported."""
_MOST_ERRORS = 500
_FORMATS = ((".txt", "one name a line"), (".csv", "a table with a header"), (".jsonl", "one JSON object a line"))


async def blank(visit: Visit) -> Response:
    """The form."""
    return _page(visit)


async def looked_through(visit: Visit) -> Response:
    """Show what a file holds and every line that is wrong; nothing is registered."""
    try:
        data, suffix = _given(visit.form)
        checked = await run_in_threadpool(_checked, visit, data, suffix)
    except ImportFailed as error:
        return _page(visit, str(error), 422)
    visit.session.held = None
    token = ""
    if not checked.errors:
        token = secrets.token_urlsafe(16)
        visit.session.held = (token, checked.targets)
    return visit.page(
        "import.html",
        422 if checked.errors else 200,
        problem="",
        formats=_FORMATS,
        checked=checked,
        errors=checked.errors[:_MOST_ERRORS],
        more=max(0, len(checked.errors) - _MOST_ERRORS),
        shown=checked.targets[:_SHOWN],
        token=token,
    )


async def imported(visit: Visit) -> Response:
    """Register what was looked through."""
    held = visit.session.held
    if held is None or not secrets.compare_digest(held[0].encode(), visit.form.text("token").encode()):
        return _page(visit, "What was looked through is no longer held; give the file again.", 409)
    visit.session.held = None
    try:
        # The gateway embeds their facts beside its other work, however many they are.
        added = await visit.targets.add_many(held[1], embed=False)
    except (DuplicateTarget, InvalidTarget) as error:
        return _page(visit, str(error), problem_for(error).status)
    return visit.then("/console/targets", f"{counted(len(added), 'target')} imported; in force now.")


def add_import(routes: ConsoleRoutes) -> None:
    """Add the pages."""
    routes.add("GET", PATH, blank, "targets:read", "targets:write")
    routes.add("POST", PATH, looked_through, "targets:read", "targets:write")
    routes.add("POST", f"{PATH}/confirm", imported, "targets:read", "targets:write")


def _page(visit: Visit, problem: str = "", status: int = 200) -> Response:
    return visit.page("import.html", status, problem=problem, formats=_FORMATS, checked=None)


def _given(form: Form) -> tuple[bytes, str]:
    """The content of the file, or of the pasted list, and the suffix of its format.

    Raises:
        ImportFailed: if there is neither, or the file is of another format.
    """
    if "file" in form.files:
        name, content = form.files["file"]
        suffix = PurePath(name).suffix.lower()
        if suffix not in SUFFIXES:
            raise ImportFailed(f"The file must end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}; save it as one.")
        return content, suffix
    text, suffix = form.text("list"), form.text("format")
    if not text:
        raise ImportFailed("There is nothing to import; choose a file, or paste a list.")
    if suffix not in SUFFIXES:
        raise ImportFailed("The format of the list is unknown; choose one of those shown.")
    return text.encode("utf-8", "surrogatepass"), suffix


def _checked(visit: Visit, data: bytes, suffix: str) -> Checked:
    """Return what a file holds, with an error for each target of a name that is in force already."""
    checked = check_targets(data, suffix)
    taken = visit.parts.registry.in_force([target.name for target in checked.targets])
    known = tuple(
        f"{target.name} is in force already; leave it out." for target in checked.targets if target.name in taken
    )
    return Checked(checked.targets, (*checked.errors, *known))
