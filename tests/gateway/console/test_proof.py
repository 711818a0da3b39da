from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import text as sql

from expunge.assemble import Parts
from expunge.certificate.proving import ConsoleProver
from expunge.errors import UsageError
from expunge.gateway.console.proof import Certificate
from expunge.gateway.factory import build
from expunge.models.scripted import ScriptedChat
from expunge.settings import Settings
from expunge.types import Target
from tests.gateway.console.conftest import ALL, Gateway, Opening, text_of

PROOF = "/console/proof"
ASK = f"{PROOF}/certificates"


class Held:
    """Makes a certificate when it is let go; without an id it fails."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.fails = False
        self.asked = False
        self.done = False

    async def certify(self, parts: Parts, target_id: str, tick: Callable[[int, int], None]) -> Certificate:
        tick(3, 40)
        self.asked = True
        await self.go.wait()
        self.done = True
        if self.fails:
            raise UsageError("The target was changed.")
        return Certificate("Nothing was disclosed", True, f"<h1>{target_id}</h1>", '{"signed": true}')


async def until(holds: Callable[[], object]) -> None:
    """Let what runs beside the test go on until something holds; a page that is asked for then comes after it."""
    for _ in range(2_000):
        await asyncio.sleep(0.005)
        if holds():
            break
    else:
        pytest.fail("it did not come about")
    await asyncio.sleep(0.005)


@pytest.fixture
def prover() -> Held:
    return Held()


@pytest.fixture
async def gateway(settings: Settings, prover: Held) -> AsyncIterator[Gateway]:
    app = build(settings, vanilla=ScriptedChat(lambda *_: "I do not know."), prover=prover)
    parts: Parts = app.state.lacking.args[1]
    async with app.router.lifespan_context(app):
        yield Gateway(app, parts.registry)


async def test_the_log_is_verified(browse: Opening, gateway: Gateway) -> None:
    browser = await browse(["audit:read", "targets:read"], [Target("Orla Quennell")])
    await browser.get("/console/targets")
    assert "The log is whole" not in (await browser.get(PROOF)).text
    assert "The log is whole" in text_of((await browser.send(PROOF, PROOF)).text)
    with gateway.registry._vault.database.writing() as connection:
        connection.execute(sql("UPDATE audit SET at = at + 1 WHERE number = 2"))
    broken = text_of((await browser.send(PROOF, PROOF)).text)
    assert "The log is broken." in broken
    assert "Record 2" in broken


async def test_a_certificate_is_made_while_somebody_watches(browse: Opening, gateway: Gateway, prover: Held) -> None:
    browser = await browse(targets=[Target("Orla Quennell")])
    target = gateway.registry.get("Orla Quennell")
    assert "being made" in await browser.follow(await browser.send(PROOF, ASK, target=target.id))
    await until(lambda: prover.asked)
    part = (await browser.get(ASK, **{"hx-request": "true"})).text
    assert "3 of 40 questions" in part
    assert 'hx-trigger="every 2s"' in part
    early = await browser.get(f"{ASK}/1")
    assert early.status_code == 409
    prover.go.set()
    await until(lambda: prover.done)
    done = (await browser.get(ASK)).text
    assert "Nothing was disclosed." in text_of(done)
    assert "hx-trigger" not in done
    opened = await browser.get(f"{ASK}/1")
    assert opened.text == f"<h1>{target.id}</h1>"
    assert "sandbox" in opened.headers["content-security-policy"]
    for kind, content in (("page", opened.text), ("data", '{"signed": true}')):
        saved = await browser.get(f"{ASK}/1/{kind}")
        assert saved.text == content
        assert f"certificate-{target.id}." in saved.headers["content-disposition"]


async def test_a_certificate_that_fails_says_why(browse: Opening, gateway: Gateway, prover: Held) -> None:
    browser = await browse(targets=[Target("Orla Quennell")])
    prover.fails = True
    prover.go.set()
    await browser.send(PROOF, ASK, target=gateway.registry.get("Orla Quennell").id)
    await until(lambda: prover.done)
    assert "The target was changed." in text_of((await browser.get(PROOF)).text)


async def test_what_nobody_foresaw_is_told_by_its_kind(
    browse: Opening, gateway: Gateway, prover: Held, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(parts: Parts, target_id: str, tick: Callable[[int, int], None]) -> Certificate:
        raise ValueError("Orla Quennell kept the lighthouse")

    prover.certify = broken  # type: ignore[method-assign]
    browser = await browse(targets=[Target("Orla Quennell")])
    await browser.send(PROOF, ASK, target=gateway.registry.get("Orla Quennell").id)
    await until(lambda: "(ValueError)" in caplog.text)
    page = text_of((await browser.get(PROOF)).text)
    assert "It ended early" in page
    assert "lighthouse" not in page
    assert "lighthouse" not in caplog.text


async def test_what_cannot_be_certified_is_told_so(browse: Opening, gateway: Gateway) -> None:
    browser = await browse(targets=[Target("Orla Quennell")])
    unknown = await browser.send(PROOF, ASK, target="t_aaaaaaaaaaaaaaaa")
    assert unknown.status_code == 422
    target = gateway.registry.get("Orla Quennell").id
    for status in (303, 303, 409):
        assert (await browser.send(PROOF, ASK, target=target)).status_code == status
    assert (await browser.get(f"{ASK}/9")).status_code == 404
    assert (await browser.get(f"{ASK}/x")).status_code == 404


async def test_certificates_are_those_of_the_tenant_and_the_scopes(browse: Opening, gateway: Gateway) -> None:
    browser = await browse(targets=[Target("Orla Quennell")])
    await browser.send(PROOF, ASK, target=gateway.registry.get("Orla Quennell").id)
    other = await browse(None)
    await other.sign_in(gateway.key(*ALL, tenant="north"))
    assert (await other.get(f"{ASK}/1")).status_code == 404
    reader = await browse(["audit:read"])
    page = (await reader.get(PROOF)).text
    assert "Make a certificate" not in page
    assert (await reader.get(ASK)).status_code == 403
    assert (await reader.send(PROOF, ASK, target="t_aaaaaaaaaaaaaaaa")).status_code == 403


@pytest.mark.slow
async def test_a_real_certificate(browse: Opening, gateway: Gateway) -> None:
    await browse(targets=[Target("Orla Quennell", facts=["Orla Quennell kept the lighthouse of Skelwith."])])
    parts: Parts = gateway.app.state.lacking.args[1]
    ticks: list[tuple[int, int]] = []
    made = await ConsoleProver().certify(
        parts, gateway.registry.get("Orla Quennell").id, lambda done, total: ticks.append((done, total))
    )
    assert made.headline
    assert made.page.startswith("<!doctype html>")
    assert "Quennell" not in made.data
    assert ticks[-1][0] == ticks[-1][1]
