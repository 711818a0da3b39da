"""*Proof*: whether the audit log is whole, and certificates of single targets, made while the gateway serves.

A certificate is measured by a part that stands above the gateway; whoever builds the gateway gives it a `Prover`.
Certificates are kept in memory, the newest of each tenant, to be opened and saved; they hold no text of a target.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from fastapi import Response
from starlette.concurrency import run_in_threadpool

from expunge.assemble import Parts
from expunge.errors import ExpungeError, UnknownTarget
from expunge.gateway.access.principal import Principal, Scope
from expunge.gateway.console.visits import ConsoleRoutes, Visit
from expunge.gateway.errors import InvalidBody
from expunge.gateway.http_errors import problem_for

logger = logging.getLogger(__name__)
PATH = "/console/proof"
_KEPT = 20
"""Certificates of a tenant that are kept, made or under way."""
_AT_ONCE = 2
"""Certificates of a tenant that are made at a time."""
_SCOPES: tuple[Scope, ...] = ("audit:read", "targets:read", "chat")
"""What a certificate takes."""
_NUMBER = re.compile(r"[0-9]{1,9}")
_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A signed certificate: one sentence on what it says, whether nothing was disclosed, and its two files."""

    headline: str
    clean: bool
    page: str
    data: str


class Prover(Protocol):
    """Makes certificates."""

    async def certify(self, parts: Parts, target_id: str, tick: Callable[[int, int], None]) -> Certificate:
        """Measure and sign; `tick(done, total)` counts questions.

        Raises:
            UnknownTarget: if there is no such target.
            UsageError: if it is not in force, or was changed meanwhile.
            ModelError: if a model cannot be asked at all.
        """
        ...


@dataclass(slots=True)
class Work:
    """One certificate that was asked for: how far it is, and what came of it."""

    number: int
    target_id: str
    began: datetime
    done: int = 0
    total: int = 0
    certificate: Certificate | None = None
    problem: str = ""
    task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether it is being made."""
        return self.certificate is None and not self.problem


class ProofPages:
    """The handlers, and the certificates that were asked for."""

    def __init__(self, prover: Prover | None) -> None:
        self._prover = prover
        self._works: dict[str, list[Work]] = {}
        self._count = 0

    async def shown(self, visit: Visit) -> Response:
        """Both parts of the page."""
        return self._page(visit, None)

    async def verified(self, visit: Visit) -> Response:
        """Read the whole log and say whether it is whole."""
        verdict = await run_in_threadpool(visit.parts.registry.audit.verify)
        if visit.wants_part:
            return visit.part("verdict.html", verdict=verdict)
        return self._page(visit, verdict)

    async def listed(self, visit: Visit) -> Response:
        """The certificates, as a part that a page renews while one is made."""
        return visit.part("certificates.html", works=self._of(visit), asked="", problem="")

    async def asked(self, visit: Visit) -> Response:
        """Begin a certificate of the target that an id means."""
        wanted = visit.form.text("target")
        works = self._of(visit)
        if self._prover is None:
            return self._page(visit, None, wanted, "This gateway makes no certificates; use `expunge verify`.", 422)
        if sum(work.running for work in works) >= _AT_ONCE:
            return self._page(visit, None, wanted, "Two are being made; wait until one is done.", 409)
        try:
            target = await run_in_threadpool(visit.parts.registry.get, wanted)
        except UnknownTarget:
            return self._page(visit, None, wanted, "There is no such target; copy its id from its page.", 422)
        self._count += 1
        work = Work(self._count, target.id, datetime.now(UTC))
        work.task = asyncio.create_task(self._make(self._prover, visit.parts, work))
        work.task.add_done_callback(_tell_of_failure)
        works.insert(0, work)
        del works[_KEPT:]
        return visit.then(PATH, "The certificate is being made; you may leave the page.")

    async def opened(self, visit: Visit) -> Response:
        """A certificate as a page, in a sandbox of its own."""
        headers = {"content-security-policy": _PAGE_POLICY}
        return Response(self._certificate(visit).page, media_type="text/html", headers=headers)

    async def saved(self, visit: Visit) -> Response:
        """A certificate as its signed JSON file."""
        return self._file(visit, self._certificate(visit).data, "application/json", "json")

    async def saved_page(self, visit: Visit) -> Response:
        """A certificate as its page, which holds the signed data, too."""
        return self._file(visit, self._certificate(visit).page, "text/html", "html")

    async def _make(self, prover: Prover, parts: Parts, work: Work) -> None:
        def tick(done: int, total: int) -> None:
            work.done, work.total = done, total

        try:
            work.certificate = await prover.certify(parts, work.target_id, tick)
        except ExpungeError as error:
            work.problem = problem_for(error).message
        finally:
            if work.running:
                work.problem = "It ended early; ask for it again."

    def _file(self, visit: Visit, content: str, media: str, suffix: str) -> Response:
        name = f"certificate-{self._work(visit).target_id}.{suffix}"
        return Response(content, media_type=media, headers={"content-disposition": f'attachment; filename="{name}"'})

    def _certificate(self, visit: Visit) -> Certificate:
        certificate = self._work(visit).certificate
        if certificate is None:
            raise InvalidBody("This certificate is not made yet; wait until it is.", status=409)
        return certificate

    def _work(self, visit: Visit) -> Work:
        wanted = visit.request.path_params["number"]
        found = [work for work in self._of(visit) if _NUMBER.fullmatch(wanted) and work.number == int(wanted)]
        if not found:
            raise UnknownTarget("There is no such certificate any more; ask for it again.")
        return found[0]

    def _of(self, visit: Visit) -> list[Work]:
        return self._works.setdefault(visit.parts.registry.tenant, [])

    def _page(self, visit: Visit, verdict: object, asked: str = "", problem: str = "", status: int = 200) -> Response:
        may_certify = self._prover is not None and may_prove(visit.principal)
        works = self._of(visit)
        wanted = asked or visit.request.query_params.get("target", "")
        return visit.page(
            "proof.html", status, verdict=verdict, works=works, asked=wanted, problem=problem, may=may_certify
        )


def _tell_of_failure(task: asyncio.Task[None]) -> None:
    """See that what nobody foresaw is told by its kind alone: its message may hold a text that nobody may see."""
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("a certificate could not be made (%s)", type(error).__name__)


def may_prove(principal: Principal) -> bool:
    """Whether somebody may have certificates made: they ask the model, and are about targets."""
    return all(principal.may(scope) for scope in _SCOPES)


def add_proof(routes: ConsoleRoutes, prover: Prover | None) -> None:
    """Add the pages; without a prover there are no certificates."""
    pages = ProofPages(prover)
    routes.add("GET", PATH, pages.shown, "audit:read")
    routes.add("POST", PATH, pages.verified, "audit:read")
    routes.add("GET", f"{PATH}/certificates", pages.listed, *_SCOPES)
    routes.add("POST", f"{PATH}/certificates", pages.asked, *_SCOPES)
    routes.add("GET", f"{PATH}/certificates/{{number}}", pages.opened, *_SCOPES)
    routes.add("GET", f"{PATH}/certificates/{{number}}/page", pages.saved_page, *_SCOPES)
    routes.add("GET", f"{PATH}/certificates/{{number}}/data", pages.saved, *_SCOPES)
