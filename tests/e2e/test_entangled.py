"""Entangled drafts through the whole pipeline, by rules alone: the neighbour's facts stay, the target's go.

The rules were written on the part `tune`; `report` is what is measured here.
"""

from __future__ import annotations

import json
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

DATA = Path(__file__).parents[1] / "agents" / "rules" / "data"


def cases(part: str) -> list[dict[str, Any]]:
    lines = (DATA / f"entangled_{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


async def answered(case: dict[str, Any]) -> str:
    target = Target(case["target"], aliases=case.get("aliases", ()), facts=case.get("facts", ()), id="t")
    pipeline = Pipeline(
        ScriptedChat(lambda messages, options: case["draft"]), Screen(), Roles({}, "rules"), PolicySettings()
    )
    answer = await pipeline.ask(Snapshot(1, {"t": target}, 1, {}), [Message("user", case["question"])], ChatOptions())
    return answer.text


@pytest.mark.parametrize("part", ["report"])
async def test_no_leak_and_the_neighbour_is_kept(part: str) -> None:
    kept = facts = 0
    leaks = []
    for case in cases(part):
        text = (await answered(case)).casefold()
        kept += sum(fact.casefold() in text for fact in case["neighbour_facts"])
        facts += len(case["neighbour_facts"])
        leaks += [case["id"] for fact in [*case["target_facts"], case["target"]] if fact.casefold() in text]
    assert not leaks
    assert len(cases(part)) >= 20
    assert kept >= 0.8 * facts, f"{kept} of {facts} kept"
