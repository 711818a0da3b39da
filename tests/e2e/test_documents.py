"""Whole documents and scrubbed texts, written by hand, by rules alone: what of a target is left, and what others lose.

The rules were tuned on these documents, so the floors say only that nothing got worse; no figure for strangers' texts
may be taken from here. The embedding model is left out, so that every figure is the same on every machine.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from expunge.agents.roles import Roles
from expunge.models.base import ChatOptions
from expunge.models.scripted import ScriptedChat
from expunge.pipeline import Pipeline
from expunge.screen.screen import Screen
from expunge.settings import PolicySettings
from expunge.types import Message, Snapshot, Target

DATA = Path(__file__).parent / "documents"
SCRUBS_LEFT, SCRUBS_KEPT = 13, 151
"""Of 137 strings that should go and 157 that should stay."""
DOCUMENTS_LEFT, DOCUMENTS_KEPT = 42, 164
"""Of 223 and 187 of the entangled documents."""
DIRECT_LEFT = 0
CONTROLS_UNCHANGED = 7
"""Of 10; the tenth shares the target's given names and speaks of the family that a street is called after."""


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()]


async def answered(row: dict[str, Any]) -> str:
    """What a caller gets for a document's question, or for a text to scrub; empty where it is refused."""
    targets = {
        f"t{i}": Target(t["name"], t["aliases"], t["facts"], t["description"], id=f"t{i}")
        for i, t in enumerate(row["targets"])
    }
    snapshot = Snapshot(1, targets, 1, {})
    draft = row.get("draft", "")
    policy = PolicySettings(refusal="plain")
    pipeline = Pipeline(ScriptedChat(lambda messages, options: draft), Screen(), Roles({}, "rules"), policy)
    if not draft:
        return (await pipeline.scrub(snapshot, row["text"])).text
    messages = [Message(m["role"], m["content"]) for m in row["messages"]]
    return (await pipeline.ask(snapshot, messages, ChatOptions())).text


async def measured(name: str) -> Counter[str]:
    figures: Counter[str] = Counter()
    for row in rows(name):
        text = await answered(row)
        kind = row.get("kind", "entangled" if row["gone"] else "control")
        figures[kind] += 1
        figures[f"{kind}: gone"] += len(row["gone"])
        figures[f"{kind}: left"] += sum(part in text for part in row["gone"])
        figures[f"{kind}: kept"] += sum(part in text for part in row["kept"])
        figures[f"{kind}: unchanged"] += text == row.get("draft", row.get("text"))
    return figures


async def test_scrubbing_takes_the_target_and_leaves_the_bystanders() -> None:
    figures = await measured("scrubs")
    assert figures["entangled: gone"] == 137
    assert figures["entangled: left"] <= SCRUBS_LEFT
    assert figures["entangled: kept"] + figures["control: kept"] >= SCRUBS_KEPT
    assert figures["control: unchanged"] == figures["control"] == 4


async def test_documents_lose_the_target_and_keep_the_rest() -> None:
    figures = await measured("documents")
    assert figures["entangled: gone"] == 223
    assert figures["entangled: left"] <= DOCUMENTS_LEFT
    assert figures["entangled: kept"] >= DOCUMENTS_KEPT
    assert figures["direct: left"] <= DIRECT_LEFT
    assert figures["control: unchanged"] >= CONTROLS_UNCHANGED


@pytest.mark.parametrize("name", ["scrubs", "documents", "strangers_a", "strangers_b", "strangers_c", "strangers_e"])
def test_the_data_is_what_it_says(name: str) -> None:
    for row in rows(name):
        text = row["draft"] if "draft" in row else row["text"]
        assert [part for part in (*row["gone"], *row["kept"]) if part not in text] == [], row["id"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Orla Fenwick carved marionettes. Brendan Garrow sells umbrellas.", "Brendan Garrow sells umbrellas."),
        ("Brendan Garrow sells umbrellas. Orla Fenwick carved marionettes.", "Brendan Garrow sells umbrellas."),
        ("Orla Fenwick wept. Colonel Dray sat down. He is tired.", "Colonel Dray sat down. He is tired."),
        ("Orla Fenwick rests. The hall is let on Fridays.", "The hall is let on Fridays."),
        ("Nobody is named here.", "Nobody is named here."),
    ],
)
async def test_no_list_of_names_is_needed(text: str, left: str) -> None:
    target = {"name": "Orla Fenwick", "aliases": [], "facts": ["Orla Fenwick carved marionettes."], "description": ""}
    assert await answered({"targets": [target], "text": text, "gone": [], "kept": []}) == left
