"""Entangled drafts with a capable model in all roles: its replies were given to the prompts, and are kept.

The people are invented. A reply is told by the fields that are asked for, so that a prompt may be reworded; whether a
model still answers alike is another matter, and measured elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from expunge.agents.roles import Roles
from expunge.models.base import ChatOptions
from expunge.models.scripted import ScriptedChat
from expunge.pipeline import Outcome, Pipeline
from expunge.screen.screen import Screen
from expunge.settings import PolicySettings
from expunge.types import Decision, Draft, Message, Snapshot, Target

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "recorded.json").read_text(encoding="utf-8"))


async def decided(case: dict[str, Any]) -> tuple[Outcome, list[str]]:
    """What becomes of a case's draft, and the replies that were used."""
    used: list[str] = []

    def reply(messages: Sequence[Message], options: ChatOptions) -> str:
        fields = (options.schema or {})["properties"]
        agent = next(a for a, f in {"audit": "disclosure", "edit": "edits", "critic": "ratings"}.items() if f in fields)
        used.append(json.dumps(case[agent], ensure_ascii=False))
        return used[-1]

    model = ScriptedChat(reply)
    roles = Roles({"audit_erase": model, "critic": model, "composer": model}, "model")
    target = Target(**case["target"], id="t")
    pipeline = Pipeline(None, Screen(), roles, PolicySettings())
    messages = [Message("user", case["question"])]
    return await pipeline.decide(Snapshot(1, {"t": target}, 1, {}), messages, Draft(case["draft"])), used


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
async def test_what_is_the_targets_goes_and_the_rest_stays(case: dict[str, Any]) -> None:
    outcome, used = await decided(case)
    assert [part for part in case["gone"] if part in outcome.text] == []
    assert [part for part in case["kept"] if part not in outcome.text] == []
    assert outcome.decision is (Decision.REFUSED if case["format"] == "refusal" else Decision.REWRITTEN)
    assert len(used) == outcome.trace.calls <= 3
    if case["format"] == "json":
        assert json.loads(outcome.text).keys() == json.loads(case["draft"]).keys()
    if case["format"] == "yaml":
        block = outcome.text.split("```")[1].removeprefix("yaml")
        assert [entry["name"] for entry in yaml.safe_load(block)["maintainers"]] == ["Oda Finch", "Lene Hartwig"]


async def test_what_a_rewritten_answer_costs() -> None:
    written = drafted = 0
    for case in CASES:
        outcome, used = await decided(case)
        if outcome.decision is Decision.REWRITTEN:
            written += sum(map(len, used))
            drafted += len(case["draft"])
    # These drafts are short; of answers twice as long the share is half of that.
    assert written < 0.7 * drafted, f"{written} characters for {drafted}"
