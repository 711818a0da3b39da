"""The changes that a new target would make, seen on past questions, before it is registered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from expunge.agents import vanilla
from expunge.assemble import Parts
from expunge.elicitation import Elicitation, elicit
from expunge.errors import ImportFailed, ModelError
from expunge.models.base import ChatOptions
from expunge.reasons import unreadable
from expunge.types import Decision, Draft, Message, Snapshot, Target

MOST = 10_000
"""Most past questions of one sample."""
_ROLES = ("system", "developer", "user", "assistant", "tool")
_NEW = "t_new"

Tick = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class PastQuestion:
    """A conversation that ends with a question, and what the model answered then; None has it asked again."""

    id: str
    messages: tuple[Message, ...]
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One past question: the answer under the targets in force now, and with the new one as well."""

    id: str
    now: str
    then: str
    decision: Decision

    @property
    def is_changed(self) -> bool:
        """Whether the new target makes a difference."""
        return self.then != self.now


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The changes that a target would make. `failed` are the ids of questions that the model could not answer."""

    rehearsed: tuple[Rehearsed, ...]
    failed: tuple[str, ...] = ()
    elicitation: Elicitation | None = None

    @property
    def changed(self) -> tuple[Rehearsed, ...]:
        """The questions whose answers would be others."""
        return tuple(one for one in self.rehearsed if one.is_changed)


def read_sample(path: Path) -> tuple[PastQuestion, ...]:
    """Past questions from a JSON-lines file.

    A line holds `question`, or `messages` with `role` and `content`; perhaps `answer`, which the last message may be
    instead, if it is the assistant's; and perhaps `id` (else the line's number).

    Raises:
        ImportFailed: if it cannot be read, is empty or too long, or a line is malformed.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ImportFailed(unreadable(path, error)) from None
    found = [_past(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not found:
        raise ImportFailed("The sample holds no question; write at least one.")
    ids: dict[str, int] = {}
    for number, past in enumerate(found, start=1):
        if (first := ids.setdefault(past.id, number)) != number:
            raise ImportFailed(f"Questions {first:,} and {number:,} have the same id; give each its own, or none.")
    if len(found) > MOST:
        raise ImportFailed(f"The sample holds {len(found):,} questions; {MOST:,} are the most.")
    return tuple(found)


async def rehearse(
    parts: Parts,
    target: Target,
    sample: Sequence[PastQuestion],
    *,
    ask_model: bool | None = None,
    tick: Tick = lambda done, total: None,
) -> Rehearsal:
    """Decide every past question under the targets in force, and again with a target that is not registered.

    Nothing is registered or kept. `ask_model` says whether the model is asked what it knows of the target, as it would
    be at registration (None: as the policy says). A target with an id stands in for the registered one of that id.

    Raises:
        ModelError: if not one question could be answered, or meanings cannot be compared.
    """
    policy = parts.settings.policy
    elicitation = None
    if policy.elicit if ask_model is None else ask_model:
        elicitation = await elicit(parts.vanilla, target, deadline=policy.deadline)
        facts, aliases = (*target.facts, *elicitation.facts), (*target.aliases, *elicitation.aliases)
        target = replace(target, facts=facts, aliases=aliases)
    now = await asyncio.to_thread(parts.registry.snapshot)
    then = _with(now, target if target.id else replace(target, id=_NEW))
    drafts: list[tuple[PastQuestion, Draft]] = []
    failures: dict[str, ModelError] = {}
    total = 2 * len(sample)
    for past in sample:
        try:
            drafts.append((past, await _draft(parts, past)))
        except ModelError as error:
            failures[past.id] = error
        tick(len(drafts) + len(failures), total)
    if failures and not drafts:
        raise next(iter(failures.values()))
    # One set of targets after the other: an index follows a change, and would follow each of these.
    before = [(await parts.pipeline.decide(now, past.messages, draft)).text for past, draft in drafts]
    rehearsed = []
    for (past, draft), text in zip(drafts, before, strict=True):
        outcome = await parts.pipeline.decide(then, past.messages, draft)
        rehearsed.append(Rehearsed(past.id, text, outcome.text, outcome.decision))
        tick(len(sample) + len(rehearsed), total)
    return Rehearsal(tuple(rehearsed), tuple(failures), elicitation)


def _with(snapshot: Snapshot, target: Target) -> Snapshot:
    return replace(snapshot, overlay={**snapshot.overlay, target.id: target})


async def _draft(parts: Parts, past: PastQuestion) -> Draft:
    if past.answer is not None:
        return Draft(past.answer)
    return (await vanilla.answer(parts.vanilla, past.messages, ChatOptions(temperature=0, seed=0))).value


def _past(number: int, line: str) -> PastQuestion:
    wrong = ImportFailed(f'Line {number:,}: Write {{"question": "…", "answer": "…"}}; the answer may be left out.')
    try:
        row = json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        raise wrong from None
    if not isinstance(row, dict):
        raise wrong
    answer, given = row.get("answer"), row.get("messages")
    if given is None and isinstance(row.get("question"), str):
        given = [{"role": "user", "content": row["question"]}]
    if not isinstance(given, list) or not (answer is None or isinstance(answer, str)):
        raise wrong
    messages = [_message(entry, wrong) for entry in given]
    if answer is None and messages and messages[-1].role == "assistant":
        answer = messages.pop().content
    if not messages or messages[-1].role != "user" or not messages[-1].content.strip():
        raise wrong
    return PastQuestion(str(row.get("id", number)), tuple(messages), answer)


def _message(entry: Any, wrong: ImportFailed) -> Message:
    role = entry.get("role") if isinstance(entry, Mapping) else None
    content = entry.get("content") if isinstance(entry, Mapping) else None
    if role not in _ROLES or not isinstance(content, str):
        raise wrong
    return Message(role, content)
