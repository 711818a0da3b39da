"""Whether every part of an unlearner works, for a person who wants to know why one does not."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from expunge.assemble import Parts
from expunge.errors import ExpungeError
from expunge.models.base import ChatOptions
from expunge.settings import AGENTS
from expunge.text.counting import counted
from expunge.types import Message, Pending


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: its name, whether it works, and a sentence on how or why not."""

    name: str
    ok: bool
    detail: str


async def examine(parts: Parts) -> list[Check]:
    """Look at the registry, each model and who plays which agent. Asks each model one short question."""
    snapshot = parts.registry.snapshot()
    embeddings = await _embeddings(parts)  # the length of its vectors tells which of those that are stored are of use
    in_force = f"{counted(len(snapshot), 'target')} in force at revision {snapshot.revision}."
    if parts.registry.key_changing:
        in_force += " Its key is being changed; if that was interrupted, run `expunge keys rotate` again."
    try:
        in_force += _told(await asyncio.to_thread(parts.screen.unembedded, snapshot))
        checks = [Check("registry", True, in_force)]
    except ExpungeError as error:
        checks = [Check("registry", False, str(error))]
    checks.append(await _vanilla(parts))
    checks.append(embeddings)
    for role in AGENTS:
        mode = parts.settings.policy.agents
        if mode != "auto":
            checks.append(Check(role, True, f"Played by {'rules' if mode == 'rules' else parts.models[role].name}."))
            continue
        try:
            result = await parts.roles.competence(role)
        except ExpungeError as error:
            checks.append(Check(role, False, str(error)))
            continue
        who = parts.models[role].name if result.passed else "rules"
        passed = "passed" if result.passed else "did not pass"
        checks.append(
            Check(role, True, f"Played by {who}: {parts.models[role].name} {passed} its probes ({result.score:.0%}).")
        )
    return checks


def _told(pending: Pending) -> str:
    """Facts that are not embedded yet: no fault, since they are told by their words meanwhile."""
    if not pending:
        return ""
    what = f"{counted(pending.facts, 'fact')} of {counted(pending.targets, 'target')}"
    return f" Not embedded yet, and matched by words alone: {what}; run `expunge targets embed`."


async def _vanilla(parts: Parts) -> Check:
    began = time.perf_counter()
    try:
        await parts.vanilla.complete([Message("user", "Say hello.")], ChatOptions(max_tokens=8))
    except ExpungeError as error:
        return Check("vanilla", False, str(error))
    return Check("vanilla", True, f"{parts.vanilla.name} answered in {time.perf_counter() - began:.1f} s.")


async def _embeddings(parts: Parts) -> Check:
    try:
        length = await parts.screen.dimensions()
    except ExpungeError as error:
        return Check("embeddings", False, str(error))
    return Check("embeddings", True, f"{parts.embeddings.name}, {length} dimensions.")
