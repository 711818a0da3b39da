"""*Try it*: a question or a conversation, its draft beside the answer, and how the one became the other.

The draft is what nobody outside may see, so that the page takes the scope to read targets beside the one to ask. What
is tried is decided as any request is, and logged as one.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import Response
from starlette.concurrency import run_in_threadpool

from expunge.agents import vanilla
from expunge.errors import UsageError
from expunge.gateway.console.marking import Difference, Piece, differences, marked
from expunge.gateway.console.visits import ConsoleRoutes, Form, Visit
from expunge.gateway.proxy.moderator import Moderator
from expunge.gateway.telemetry.observer import Decided, Observer
from expunge.gateway.telemetry.tracing import request_id_of
from expunge.models.base import ChatOptions
from expunge.pipeline import Outcome
from expunge.text.counting import counted
from expunge.types import (
    DRAFT_CHANNELS,
    Decision,
    Draft,
    Evidence,
    EvidenceKind,
    Message,
    Rating,
    Role,
    Snapshot,
    Step,
    Strength,
)

ENDPOINT = "console"
PATH = "/console/try"
_LONGEST = 40_000
"""Characters of a conversation or an answer that may be tried."""
_TURN = re.compile(r"^[ \t]*(user|assistant|system)[ \t]*:[ \t]*", re.IGNORECASE | re.MULTILINE)
_KINDS = {
    EvidenceKind.NAME: "the name",
    EvidenceKind.ALIAS: "another name",
    EvidenceKind.PARTIAL_NAME: "a part of the name",
    EvidenceKind.SPELLING: "another spelling of the name",
    EvidenceKind.TRANSLITERATION: "the name in another script",
    EvidenceKind.DECODED: "the name in disguise",
    EvidenceKind.FACT: "a fact",
    EvidenceKind.TOPIC: "the topic",
    EvidenceKind.REFERENCE: "a word that points back",
}
_PLACES = {
    "system": "the instructions",
    "history": "an earlier turn",
    "question": "the question",
    "draft": "the draft",
    "reasoning": "the draft's reasoning",
    "tool_call": "a call of the draft",
}
_STEPS = {
    "vanilla": "Vanilla writes the draft",
    "screen": "The screen reads conversation and draft",
    "audit": "AuditErase judges the draft",
    "erase": "AuditErase writes versions",
    "critic": "The Critic marks them",
    "composer": "The Composer puts the best together",
    "gate": "The screen reads the result once more",
    "mirror": "The model is asked about a stranger",
    "failure": "The draft could not be judged",
}
_PLAYERS = {"model": "by the model", "rules": "by rules", "code": "by code"}


@dataclass(frozen=True, slots=True)
class Passage:
    """One text of the conversation or of the draft, with what was seen in it."""

    title: str
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class Version:
    """One rewriting, with its marks out of 5 if the Critic gave any."""

    text: str
    rating: Rating | None


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the timeline."""

    title: str
    by: str
    ms: float
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Tried:
    """All that the page shows of one request."""

    decision: Decision
    why: str
    answer: str
    passages: list[Passage]
    differences: list[Difference]
    stages: list[Stage]
    versions: list[Version]
    targets: tuple[str, ...]
    longest_ms: float


class TryPages:
    """The handlers."""

    def __init__(self, moderator: Moderator, observer: Observer) -> None:
        self._moderator = moderator
        self._observer = observer

    async def blank(self, visit: Visit) -> Response:
        """The form."""
        return visit.page("try.html", form=Form(), tried=None, problem="")

    async def tried(self, visit: Visit) -> Response:
        """Ask, decide and show how."""
        try:
            tried = await self._try(visit)
            values = {"tried": tried, "problem": ""}
        except UsageError as error:
            values = {"tried": None, "problem": str(error)}
        if visit.wants_part:
            return visit.part("try_result.html", **values)
        return visit.page("try.html", 422 if values["problem"] else 200, form=visit.form, **values)

    async def _try(self, visit: Visit) -> Tried:
        messages = conversation_of(visit.form.text("question"))
        given = visit.form.text("answer")
        if len(given) > _LONGEST:
            raise UsageError(f"The answer has over {_LONGEST:,} characters; shorten it.")
        parts, began = visit.parts, time.perf_counter()
        snapshot = parts.registry.snapshot()
        drafted = 0.0
        if given:
            draft = Draft(given)
            outcome = await self._moderator.explained(parts, snapshot, messages, draft)
            first: tuple[Step, ...] = ()
        else:
            counterfactual = parts.pipeline.counterfactual(snapshot, messages, ChatOptions())
            try:
                played = await vanilla.answer(parts.vanilla, messages, ChatOptions())
                draft, drafted = played.value, time.perf_counter() - began
                outcome = await self._moderator.explained(parts, snapshot, messages, draft, counterfactual)
            finally:
                if counterfactual is not None:
                    counterfactual.close()
            first = (Step("vanilla", "model", drafted * 1000, played.calls),)
        await visit.looked_at("try", _about(outcome))
        self._observer.decided(
            Decided(
                request_id=request_id_of(visit.request.scope),
                principal=visit.principal,
                endpoint=ENDPOINT,
                model="",
                streamed=False,
                revision=snapshot.revision,
                outcomes=(outcome,),
                seconds=time.perf_counter() - began,
                upstream_seconds=drafted,
            )
        )
        return await run_in_threadpool(_shown, snapshot, messages, draft, outcome, first)


def add_try(routes: ConsoleRoutes, moderator: Moderator, observer: Observer) -> None:
    """Add the page to try a question."""
    pages = TryPages(moderator, observer)
    routes.add("GET", PATH, pages.blank, "chat", "targets:read")
    routes.add("POST", PATH, pages.tried, "chat", "targets:read")


def conversation_of(text: str) -> tuple[Message, ...]:
    """The messages of a text: one question, or turns that begin with `User:`, `Assistant:` or `System:`.

    Raises:
        UsageError: if there is no question at its end, or it is too long.
    """
    if not text.strip():
        raise UsageError("There is no question; write one.")
    if len(text) > _LONGEST:
        raise UsageError(f"The conversation has over {_LONGEST:,} characters; shorten it.")
    turns = list(_TURN.finditer(text))
    if not turns or text[: turns[0].start()].strip():
        return (Message("user", text.strip()),)
    messages: list[Message] = []
    for turn, following in zip(turns, [*turns[1:], None], strict=True):
        content = text[turn.end() : following.start() if following else len(text)].strip()
        role = turn[1].lower()
        known: Role = "user" if role == "user" else "assistant" if role == "assistant" else "system"
        messages.append(Message(known, content))
    if messages[-1].role != "user" or not messages[-1].content:
        raise UsageError("The conversation must end with a question; put the user's last.")
    return tuple(messages)


def _about(outcome: Outcome) -> list[str]:
    return list(dict.fromkeys((*outcome.targets, *(e.target_id for e in outcome.trace.evidence))))


def _shown(
    snapshot: Snapshot, messages: Sequence[Message], draft: Draft, outcome: Outcome, first: Sequence[Step]
) -> Tried:
    names = {target_id: _name(snapshot, target_id) for target_id in _about(outcome)}
    stages = [_stage(step, names) for step in (*first, *outcome.trace.steps)]
    refused = outcome.decision is Decision.REFUSED
    return Tried(
        outcome.decision,
        why(outcome, names),
        outcome.text,
        _passages(messages, draft, outcome.trace.evidence, names),
        [] if refused else differences(draft.text, outcome.text),
        stages,
        _versions(outcome.trace.steps),
        tuple(names),
        max((stage.ms for stage in stages), default=1.0) or 1.0,
    )


def _name(snapshot: Snapshot, target_id: str) -> str:
    target = snapshot.get(target_id)
    return target_id if target is None else target.name


def _passages(
    messages: Sequence[Message], draft: Draft, evidence: Sequence[Evidence], names: Mapping[str, str]
) -> list[Passage]:
    described = [(e, _described(e, names)) for e in evidence]

    def seen_in(channels: Sequence[str], number: int | None = None) -> list[tuple[Evidence, str]]:
        return [each for each in described if each[0].channel in channels and number in (None, each[0].message)]

    found: list[Passage] = []
    for number, message in enumerate(messages):
        last = number == len(messages) - 1
        title = "The question" if last else {"user": "User", "assistant": "Assistant"}.get(message.role, "Instructions")
        seen = seen_in(["question"]) if last else seen_in(["history", "system"], number)
        found.append(Passage(title, marked(message.content, seen)))
    found.append(Passage("The draft", marked(draft.text, seen_in(["draft"]))))
    if draft.reasoning:
        found.append(Passage("The draft's reasoning", marked(draft.reasoning, seen_in(["reasoning"]))))
    return found


def _described(evidence: Evidence, names: Mapping[str, str]) -> str:
    strength = {Strength.CERTAIN: "certain", Strength.LIKELY: "likely", Strength.HINT: "a hint"}[evidence.strength]
    via = f", by {evidence.via}" if evidence.via else ""
    return f"{names[evidence.target_id]}: {_KINDS[evidence.kind]}{via} ({strength})"


def _stage(step: Step, names: Mapping[str, str]) -> Stage:
    notes: list[str] = []
    if step.evidence:
        notes.append(f"{counted(len(step.evidence), 'piece')} of evidence")
    elif step.name == "screen":
        notes.append("nothing seen")
    notes += [f"{names.get(f.target_id, f.target_id)} disclosed, {f.disclosure}ly" for f in step.findings]
    if step.name == "audit" and not step.findings:
        notes.append("nothing disclosed")
    if step.ratings:
        notes.append("marks " + ", ".join(f"{rating.score:.1f}" for rating in step.ratings))
    if step.calls:
        notes.append(counted(step.calls, "call"))
    if step.pending:
        notes.append(f"{counted(step.pending.facts, 'fact')} not embedded yet")
    if step.failure:
        notes.append("a target was still there" if step.failure == "residual" else f"failed ({step.failure})")
    return Stage(_STEPS.get(step.name, step.name), _PLAYERS[step.by], step.ms, notes)


def _versions(steps: Sequence[Step]) -> list[Version]:
    written = [text for step in steps if step.name == "erase" for text in step.texts]
    ratings = [rating for step in steps if step.name == "critic" for rating in step.ratings]
    # Versions that are alike, or say nothing, are not marked; which they are is not told.
    if len(written) != len(ratings):
        return [Version(text, None) for text in dict.fromkeys(written) if text.strip()]
    return [Version(text, rating) for text, rating in zip(written, ratings, strict=True)]


def why(outcome: Outcome, names: Mapping[str, str]) -> str:
    """One sentence that says why an answer is as it is."""
    trace = outcome.trace
    if trace.failure:
        return f"Refused, since the draft could not be judged ({trace.failure}): what is not judged does not leave."
    if not trace.evidence and not outcome.targets:
        return "The draft is the answer, byte for byte: nothing in it or in the conversation points at a target."
    if outcome.decision is Decision.PASSED and not outcome.targets:
        seen = _sentence(trace.evidence, names)
        return f"The draft is the answer, byte for byte: {seen}, but the draft discloses nothing."
    whom = " and ".join(names.get(target_id, target_id) for target_id in outcome.targets)
    about = [e for e in trace.evidence if e.target_id in outcome.targets]
    in_draft = [e for e in about if e.channel in DRAFT_CHANNELS]
    seen = _sentence(in_draft or about, names)
    if outcome.decision is Decision.REFUSED:
        rated = [rating.score for step in trace.steps for rating in step.ratings]
        if any(step.failure == "residual" for step in trace.steps):
            end = "and a target was still to be seen in what was left"
        elif rated:
            end = f"and no version without it was good enough (the best has {max(rated):.1f} of 5)"
        else:
            end = "and without it nothing was left to say"
        return f"Refused, since the draft would disclose {whom}: {seen}, {end}."
    if outcome.decision is Decision.PASSED:
        return f"The draft is the answer, though it was suspected of {whom}: {seen}, and nothing had to go."
    return f"Rewritten, since the draft discloses {whom}: {seen}."


def _sentence(evidence: Sequence[Evidence], names: Mapping[str, str]) -> str:
    """Return what was seen most clearly, and where."""
    if not evidence:
        return "the audit found it"
    e = max(evidence, key=lambda each: (each.strength, each.channel in DRAFT_CHANNELS, each.score))
    certainty = {Strength.CERTAIN: "is", Strength.LIKELY: "is likely", Strength.HINT: "may be"}[e.strength]
    more = f", among {counted(len(evidence), 'piece')} of evidence" if len(evidence) > 1 else ""
    return f"{_KINDS[e.kind]} of {names[e.target_id]} {certainty} in {_PLACES[e.channel]}{more}"
