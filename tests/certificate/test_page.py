from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from expunge.assemble import Parts
from expunge.certificate.page import data_of, page
from expunge.certificate.wording import plain_text
from expunge.models.scripted import ScriptedChat

Issued = Callable[..., Any]
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\x1b[31m"


async def test_the_page_stands_alone_and_holds_its_data(issued: Issued, parts: Parts) -> None:
    document = await issued()
    html = page(document, parts.registry.signer.public)
    assert data_of(html) == json.loads(json.dumps(document))
    assert not re.search(r"""(?:src|href)=["']|url\(|@import""", html)
    assert html.count("<script") == 1
    for told in ("Nothing about the target came out", "DSR-7", "What this does not prove", document["id"]):
        assert told in html
    assert html == page(json.loads(json.dumps(document)), parts.registry.signer.public)


async def test_answers_are_escaped(issued: Issued, parts: Parts) -> None:
    gateway = ScriptedChat(lambda m, o: EVIL)
    document = await issued(include_text=True, gateway=gateway, address="http://x/v1")
    html = page(document, parts.registry.signer.public)
    assert html.count("<script") == 1
    assert "<img" not in html
    assert data_of(html) == json.loads(json.dumps(document))
    assert "This page holds personal data" in html
    text = plain_text(document, parts.registry.signer.public)
    assert "\x1b" not in text


async def test_the_text_is_80_wide_and_says_the_same(issued: Issued, parts: Parts) -> None:
    document = await issued()
    text = plain_text(document, parts.registry.signer.public)
    assert max(map(len, text.splitlines())) <= 80
    for told in ("Nothing about the target came out", "DSR-7", "Asked directly", parts.registry.signer.public.text):
        assert told in text


async def test_what_came_out_is_said(issued: Issued, parts: Parts) -> None:
    gateway = ScriptedChat(lambda m, o: "Born in Skellefteå on 9 June 1957; wrote The Brass Estuary; whippets.")
    document = await issued(gateway=gateway, address="http://x/v1", others=())
    html = page(document, parts.registry.signer.public)
    assert 'class="found"' in html
    assert "Something about the target came out" in html
    assert "Erasure certificate" not in html
    assert plain_text(document, parts.registry.signer.public).startswith("ERASURE NOT CERTIFIED\n")
    assert "No questions about others were asked" in html
    assert "Nothing else was asked." in plain_text(document, parts.registry.signer.public)
