#!/usr/bin/env python3
"""How many clean rewritings of long answers get past the gates: the screen's, the validity check and the Critic's cap.

    clean_rewritings.py --data FOLDER [--reject-below SHARE] [--seen]

`FOLDER` holds `cases.jsonl` (`id`, `targets`, `messages`, `draft`) and `rewritings.jsonl` (`id`, `version`, `text`,
`gone_left`), rewritings of those drafts by a capable model. Each is put into the pipeline as the one version that an
eraser gives; the audit accuses every target and the Critic marks 5 and 5, as a model does that has looked. What is
counted are rewritings in which nothing of a target is left (`gone_left` is empty) and which leave as they are. With
`--reject-below` the exit code is 1 if the share is smaller; `--seen` lists what the screen saw in those rejected.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from expunge.agents.roles import Roles
from expunge.models.base import ChatOptions
from expunge.models.choose import embedding_model
from expunge.models.scripted import ScriptedChat
from expunge.pipeline import Pipeline
from expunge.screen.screen import Screen
from expunge.settings import PolicySettings, Settings
from expunge.types import Decision, Draft, Message, Snapshot, Target

_CONTEXT = 30
"""Characters beside the piece in which two texts differ, so that it is found once."""


def edit_between(draft: str, text: str) -> dict[str, str]:
    """One edit that makes `text` of `draft`: all between their common beginning and their common end."""
    before = _shared(draft, text)
    after = _shared(draft[before:][::-1], text[before:][::-1])
    before, after = max(0, before - _CONTEXT), max(0, after - _CONTEXT)
    return {
        "find": draft[before : len(draft) - after],
        "until": "",
        "put": text[before : len(text) - after],
    }


def _shared(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def playing(draft: str, text: str) -> ScriptedChat:
    """A model that accuses every target, gives one version, and marks it 5 and 5."""

    def reply(messages: Sequence[Message], options: ChatOptions) -> str:
        fields = (options.schema or {})["properties"]
        if "disclosure" in fields:
            return json.dumps({"reasoning": "", "disclosure": "direct"})
        if "edits" in fields:
            return json.dumps({"nothing_left": False, "edits": [edit_between(draft, text)], "versions": [[1]]})
        count = fields["ratings"]["minItems"]
        marks = {"reasoning": "", "forgetting": 5, "usefulness": 5}
        return json.dumps({"ratings": [{"version": n, **marks} for n in range(1, count + 1)]})

    return ScriptedChat(reply)


def targets_of(case: Mapping[str, Any]) -> dict[str, Target]:
    """The targets of a case by id."""
    fields = ("aliases", "facts", "description", "kind")
    return {
        f"{case['id']}-{n}": Target(t["name"], **{k: t[k] for k in fields if k in t}, id=f"{case['id']}-{n}")
        for n, t in enumerate(case["targets"])
    }


async def measure(folder: Path, *, seen: bool) -> float:
    """Put every clean rewriting through the pipeline; the share that leaves."""
    cases = {case["id"]: case for case in _lines(folder / "cases.jsonl")}
    snapshots = {name: Snapshot(1, targets_of(case), n, {}) for n, (name, case) in enumerate(cases.items(), 1)}
    settings = Settings.load(None)
    screen = Screen(embedding_model(settings.embeddings, cache=settings.cache()))
    rewritings = [row for row in _lines(folder / "rewritings.jsonl") if not row["gone_left"]]
    left = 0
    for row in rewritings:
        case, snapshot = cases[row["id"]], snapshots[row["id"]]
        messages = [Message(turn["role"], turn["content"]) for turn in case["messages"]]
        model = playing(case["draft"], row["text"])
        roles = Roles({"audit_erase": model, "critic": model, "composer": model}, "model")
        outcome = await Pipeline(None, screen, roles, PolicySettings()).decide(snapshot, messages, Draft(case["draft"]))
        leaves = outcome.text == row["text"] or outcome.decision is Decision.PASSED
        left += leaves
        print(f"{row['id']} version {row['version']}: {outcome.decision.value}{'' if leaves else ', rejected'}")
        if seen and not leaves:
            print(f"  failure: {outcome.trace.failure or 'none'}")
            for e in await screen.read(snapshot, messages, Draft(row["text"])):
                if e.channel == "draft":
                    print(f"  {e.strength.name} {e.kind.value} {e.via} {e.score}: {row['text'][e.start : e.end]!r}")
    share = left / len(rewritings)
    print(f"{left} of {len(rewritings)} clean rewritings leave ({100 * share:.1f} %)")
    return share


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def main() -> int:
    """Read the options and measure; 1 if too few rewritings leave."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--reject-below", type=float, default=0.0)
    parser.add_argument("--seen", action="store_true")
    options = parser.parse_args()
    return int(asyncio.run(measure(options.data, seen=options.seen)) < options.reject_below)


if __name__ == "__main__":
    raise SystemExit(main())
