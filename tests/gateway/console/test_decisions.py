from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from expunge.registry.audit.decisions import DecisionRecord, Sighted
from expunge.types import Decision
from tests.gateway.console.conftest import Gateway, Opening, text_of

START = datetime(2031, 5, 1, tzinfo=UTC)
TARGET = "t_aaaaaaaaaaaaaaaa"
LOG = "/console/decisions"


def record(number: int) -> DecisionRecord:
    refused = number % 2 == 1
    return DecisionRecord(
        f"req_{number}", START + timedelta(hours=number), "chat/completions", "served", False, 7,
        Decision.REFUSED if refused else Decision.PASSED,
        targets=(TARGET,) if refused else (),
        evidence=(Sighted(TARGET, "partial_name", "certain", "draft"),) if refused else (),
    )  # fmt: skip


def ids(page: str) -> list[int]:
    return [int(number) for number in re.findall(r"<code>req_(\d+)</code>", page)]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [3, 2, 1, 0]),
        ("?decision=refused", [3, 1]),
        ("?decision=passed", [2, 0]),
        ("?decision=rewritten", []),
        ("?decision=nonsense", [3, 2, 1, 0]),
        (f"?target={TARGET}", [3, 1]),
        ("?target=t_bbbbbbbbbbbbbbbb", []),
        ("?since=2031-05-01T02:00", [3, 2]),
        ("?since=2031-05-02", []),
        ("?before=x", [3, 2, 1, 0]),
    ],
)
async def test_the_log_is_filtered(browse: Opening, gateway: Gateway, query: str, numbers: list[int]) -> None:
    gateway.registry.record_decisions([record(number) for number in range(4)])
    browser = await browse(["audit:read"])
    page = (await browser.get(LOG + query)).text
    assert ids(page) == numbers
    if not numbers:
        assert "There is none." in page


@pytest.mark.parametrize(("query", "sentence"), [("?since=soon", "2030-12-31"), ("?target=Orla", "whole id")])
async def test_a_wrong_filter_is_told_so(browse: Opening, query: str, sentence: str) -> None:
    response = await (await browse(["audit:read"])).get(LOG + query)
    assert response.status_code == 422
    assert sentence in text_of(response.text)


async def test_the_log_is_paged_and_keeps_its_filter(browse: Opening, gateway: Gateway) -> None:
    gateway.registry.record_decisions([record(number) for number in range(240)])
    browser = await browse(["audit:read"])
    path, seen = f"{LOG}?decision=refused", []
    for _ in range(5):
        page = (await browser.get(path)).text
        seen += ids(page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if following is None:
            break
        path = following[1].replace("&amp;", "&")
    assert seen == list(range(239, 0, -2))


async def test_ids_lead_to_targets_where_these_may_be_read(browse: Opening, gateway: Gateway) -> None:
    gateway.registry.record_decisions([record(1)])
    link = f'href="/console/targets/{TARGET}"'
    assert link in (await (await browse()).get(LOG)).text
    assert link not in (await (await browse(["audit:read"])).get(LOG)).text
