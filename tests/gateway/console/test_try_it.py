from __future__ import annotations

import re

import pytest

from expunge.errors import UsageError
from expunge.gateway.console.try_it import conversation_of
from expunge.types import Message, Target
from tests.gateway.console.conftest import Gateway, Opening, text_of
from tests.gateway.console.test_visits import looks_in

TRY = "/console/try"
ORLA = Target("Orla Quennell", facts=["Orla Quennell kept the lighthouse of Skelwith."])


async def test_a_draft_that_discloses_is_explained(browse: Opening, gateway: Gateway) -> None:
    browser = await browse(targets=[ORLA])
    answer = "The sea was rough in May. Orla Quennell kept the lighthouse of Skelwith. The harbour froze in 1911."
    response = await browser.send(TRY, TRY, question="What about the coast?", answer=answer)
    page, text = response.text, text_of(response.text)
    assert response.status_code == 200
    assert "Rewritten, since the draft discloses Orla Quennell" in text
    mark = re.search(r'<mark class="seen-certain" title="([^"]*)">Orla', page)
    assert mark
    assert "Orla Quennell: the name (certain)" in mark[1]
    assert "<del>" in page
    assert re.search(r"<del>[^<]*Orla Quennell", page)
    assert "The harbour froze in 1911." in text
    for step in ("The screen reads", "AuditErase judges", "AuditErase writes", "The Critic marks", "Version 1"):
        assert step in text
    (look,) = [look for look in looks_in(gateway) if look["page"] == "try"]
    assert look["targets"] == [gateway.registry.get("Orla Quennell").id]


async def test_a_refusal_is_explained(browse: Opening) -> None:
    browser = await browse(targets=[ORLA])
    answer = "Orla Quennell kept the lighthouse of Skelwith."
    response = await browser.send(TRY, TRY, question="Who is Orla Quennell?", answer=answer)
    assert "Refused, since the draft would disclose Orla Quennell" in text_of(response.text)


async def test_a_question_is_asked_of_the_model(browse: Opening, gateway: Gateway) -> None:
    browser = await browse(targets=[Target("Tobin Ashgrove")])
    response = await browser.send(TRY, TRY, question="Who made the puppets?")
    text = text_of(response.text)
    assert "She carved marionettes in Skelwith." in text
    assert "byte for byte" in text
    assert "Vanilla writes the draft" in text
    assert not [look for look in looks_in(gateway) if look["page"] == "try"], "nobody's text was shown"


async def test_a_part_is_all_that_a_script_gets(browse: Opening) -> None:
    browser = await browse()
    page = (await browser.get(TRY)).text
    token = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
    response = await browser.post(TRY, {"csrf": token, "question": "Who?"}, **{"hx-request": "true"})
    assert response.text.startswith('<div id="result"')


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("", "There is no question"),
        ("x" * 40_001, "shorten it"),
        ("User: Who?\nAssistant: She.", "end with a question"),
    ],
)
async def test_what_is_no_question_is_told_so(browse: Opening, question: str, sentence: str) -> None:
    browser = await browse()
    response = await browser.send(TRY, TRY, question=question)
    assert response.status_code == 422
    assert sentence in text_of(response.text)


async def test_nobody_sees_a_draft_without_both_scopes(browse: Opening) -> None:
    reader = await browse(["targets:read", "audit:read"])
    assert TRY not in (await reader.get("/console/targets")).text
    assert (await reader.get(TRY)).status_code == 403
    assert (await reader.send("/console/targets", TRY, question="Who?")).status_code == 403


def test_a_conversation_is_read_by_its_turns() -> None:
    assert conversation_of("Who is she?") == (Message("user", "Who is she?"),)
    assert conversation_of("Note: user: x") == (Message("user", "Note: user: x"),)
    text = "System: Be brief.\nUser: Who kept the lighthouse?\n\nassistant:  Orla.\nUSER: And then?\nTell me more."
    assert conversation_of(text) == (
        Message("system", "Be brief."),
        Message("user", "Who kept the lighthouse?"),
        Message("assistant", "Orla."),
        Message("user", "And then?\nTell me more."),
    )
    with pytest.raises(UsageError, match="end with a question"):
        conversation_of("User: Who?\nAssistant: She.")
