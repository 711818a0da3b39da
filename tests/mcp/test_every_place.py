"""Every place of a result in which text can stand, and many ways of writing a name there: none of them tells it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from expunge.types import Target
from tests.mcp.conftest import Session

CLEAN = "Brendan Garrow sells umbrellas in Tarn Hollow."
PEOPLE = {
    "Thaddeus Okonjo-Brill": "He restores pipe organs in Vellmouth.",
    "Юлия Ветрогонова": "Она строит маяки на мысе Туман.",
}


def text(said: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": said, **more}


def coded(said: str) -> str:
    return base64.b64encode(said.encode()).decode()


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda name: f"{name} lives here.",
    "capitals": str.upper,
    "base64": lambda name: f"See {coded(f'{name} lives here and works there.')}",
    "hexadecimal": lambda name: f"{name} lives here".encode().hex(),
    "zero width": "\u200b".join,
    "an address": lambda name: f"https://village.example/find?q={quote(name)}",
    "mark-up": lambda name: f"<b>{name.split()[0]}</b>&nbsp;<i>{name.split()[-1]}</i>",
    "a row": lambda name: f"first,last,town\n{','.join(name.split())},Vellmouth",
    "backwards": lambda name: name[::-1],
}
PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "text": lambda said: {"content": [text(CLEAN), text(said)]},
    "JSON in text": lambda said: {"content": [text(json.dumps({"items": [{"note": said}, {"note": CLEAN}]}))]},
    "JSON in JSON": lambda said: {"content": [text(json.dumps({"inner": json.dumps({"x": said})})), text(CLEAN)]},
    "structured": lambda said: {"content": [text(CLEAN)], "structuredContent": {"items": [{"note": said}]}},
    "a key": lambda said: {"content": [text(CLEAN)], "structuredContent": {said: 1, "other": CLEAN}},
    "metadata": lambda said: {"content": [text(CLEAN)], "_meta": {"village/note": said}},
    "an annotation": lambda said: {"content": [text(CLEAN), text(CLEAN, annotations={"lastModified": said})]},
    "a link": lambda said: {"content": [text(CLEAN), {"type": "resource_link", "uri": "a://b", "name": said}]},
    "a resource": lambda said: {
        "content": [text(CLEAN), {"type": "resource", "resource": {"uri": "a://b", "text": said}}]
    },
    "a blob": lambda said: {
        "content": [text(CLEAN), {"type": "resource", "resource": {"uri": "a://b", "blob": coded(said)}}]
    },
    "a media type": lambda said: {"content": [text(CLEAN), {"type": "image", "data": "aaaa", "mimeType": said}]},
    "a type": lambda said: {"content": [text(CLEAN), {"type": said, "text": CLEAN}]},
}


@pytest.mark.parametrize("place", PLACES)
async def test_a_name_in_every_place(session: Session, place: str) -> None:
    for name, fact in PEOPLE.items():
        session.parts.registry.add(Target(name, facts=[fact]))
    for name in PEOPLE:
        for way, spelling in SPELLINGS.items():
            said = spelling(name)
            told = json.dumps(await session.called(PLACES[place](said)), ensure_ascii=False)
            written = {said, coded(said), json.dumps(said, ensure_ascii=False)[1:-1]}
            assert not any(each in told for each in written), (name, way)
            assert name.split()[-1].lower() not in told.lower(), (name, way)
            # Whoever is named beside it stays.
            assert CLEAN in told, (name, way)


@pytest.mark.parametrize("place", PLACES)
async def test_others_pass_in_every_place(session: Session, place: str) -> None:
    for name in ("Brendan Garrow", "Ines Halloran"):
        given = PLACES[place](SPELLINGS["plain"](name))
        assert await session.called(given) == given
