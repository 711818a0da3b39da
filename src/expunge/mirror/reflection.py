"""A refusal as the model's own answer about somebody who never existed, told of the name that the user typed.

The model is asked the same conversation with an invented name in the place of the target's. Its answer knows nothing
of the target, and has the wording, length and tone that its answers about strangers have.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from expunge.agents.rules.entities import NAME_KINDS
from expunge.errors import ExpungeError
from expunge.forms.acting import is_act
from expunge.mirror.asking import Asks, Reflected
from expunge.mirror.disguise import TOLD, Disguise, disguise
from expunge.mirror.repetition import repeats, repeats_rarities
from expunge.screen.company import OTHER
from expunge.screen.patterns import FILLERS
from expunge.screen.screen import Screen
from expunge.screen.semantic.facts import LIKELY, PAIR
from expunge.text.fold import tokens
from expunge.text.segment import Span
from expunge.types import (
    DRAFT_CHANNELS,
    Draft,
    Evidence,
    EvidenceKind,
    Message,
    Snapshot,
    Step,
    Strength,
    TargetKind,
)

_ATTEMPTS = 4
"""Stand-ins that are tried before none is found whom the screen does not take for somebody registered."""
_STRANGERS = 3
"""Stand-ins that the model is asked about, one after the other, while what it says of them must not leave."""
_AGAIN = ("residual", "repeated")
"""Failures that another stand-in may mend."""
_BY_MEANING = ("", PAIR, OTHER)
"""How evidence of a fact is marked that rests on likeness alone and on no word of the fact."""


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What the model says of a stranger, one draft a choice, told of the name that the user typed; `whole` is the reply
    that it stands in, as `Reflected` has it."""

    drafts: tuple[Draft, ...]
    whole: Any = None


@dataclass(frozen=True, slots=True)
class _Image:
    """A mirrored answer, None where it must not leave, what making it took, and the number of its stand-in."""

    mirrored: Mirrored | None
    step: Step
    attempt: int = 0


class Mirror:
    """Makes mirrored refusals. Holds no state of a request.

    Args:
        screen: finds the names to replace, and reads what is to leave.
        deadline: the most seconds that asking about the first stand-in may take, and again about all further ones.
    """

    def __init__(self, screen: Screen, deadline: float) -> None:
        self._screen = screen
        self.deadline = deadline

    def begin(self, snapshot: Snapshot, messages: Sequence[Message], asks: Asks) -> Reflection:
        """The reflection of one request. Where the question names a target, the model is asked at once, beside Vanilla.

        To be closed when the request is done.
        """
        return Reflection(self, snapshot, messages, asks)

    async def asked_about(
        self, snapshot: Snapshot, messages: Sequence[Message]
    ) -> tuple[frozenset[str], tuple[Evidence, ...]]:
        """The targets that the question names, and all that names tell in the conversation."""
        evidence = self._screen.named(snapshot, messages)
        ids = frozenset(e.target_id for e in evidence if e.channel == "question" and e.strength > Strength.HINT)
        return ids & _named(evidence), evidence

    async def image(
        self,
        snapshot: Snapshot,
        messages: Sequence[Message],
        asks: Asks,
        ids: frozenset[str],
        evidence: Sequence[Evidence],
        first: int = 0,
    ) -> _Image:
        """Ask about stand-ins for these targets, no earlier than the one numbered `first`; read what is answered.

        Raises:
            ModelError: if the model or the embedding model fails.
            TimeoutError: if it takes too long.
        """
        began = time.perf_counter()
        masked, attempt = await asks.beside(self._disguised(snapshot, messages, asks, ids, evidence, first))
        if masked is None:
            return _Image(None, _step(began, "unmasked"), attempt)
        async with asyncio.timeout(self.deadline):
            reflected = await asks.ask(masked)
            clean = await asks.beside(self._are_clean(snapshot, messages, masked, reflected))
        step = replace(
            _step(began), calls=1, prompt_chars=reflected.prompt_chars, prompt_tokens=reflected.prompt_tokens
        )
        if not clean:
            return _Image(None, replace(step, failure="residual"), attempt)
        return _Image(Mirrored(reflected.told, reflected.whole), step, attempt)

    async def _are_clean(
        self, snapshot: Snapshot, messages: Sequence[Message], masked: Disguise, reflected: Reflected
    ) -> bool:
        if reflected.garbled or len(reflected.raw) != len(reflected.told):
            return False
        for raw, told in zip(reflected.raw, reflected.told, strict=True):
            if not await self._is_clean(snapshot, messages, masked, raw, told):
                return False
        return True

    async def _is_clean(
        self, snapshot: Snapshot, messages: Sequence[Message], masked: Disguise, raw: Draft, told: Draft
    ) -> bool:
        """Whether an answer says nothing of a target but the names that the user typed, and shows no stand-in."""
        texts = (told.text, told.reasoning, *told.tool_calls)
        if not told.text.strip() and not told.tool_calls:
            return False
        if any(masked.shows(text) for text in texts if text):
            return False
        found = await self._screen.read(snapshot, messages, told)
        before = (raw.text, raw.reasoning, *raw.tool_calls)
        coded = any(e.kind is EvidenceKind.DECODED and e.channel in DRAFT_CHANNELS for e in found)
        if coded and any(self._names_somebody(snapshot, text) for text in before if text):
            return False
        for evidence in found:
            if evidence.channel in DRAFT_CHANNELS:
                at = {"draft": 0, "reasoning": 1}.get(evidence.channel, 2 + evidence.message)
                if _tells(evidence, texts[at], masked.put_back_in(before[at], texts[at])):
                    return False
        return True

    def _names_somebody(self, snapshot: Snapshot, text: str) -> bool:
        return any(e.strength > Strength.HINT for e in self._screen.named(snapshot, [Message("user", text)]))

    async def _disguised(
        self,
        snapshot: Snapshot,
        messages: Sequence[Message],
        asks: Asks,
        ids: frozenset[str],
        evidence: Sequence[Evidence],
        first: int,
    ) -> tuple[Disguise | None, int]:
        """The conversation about stand-ins in whom the screen sees nobody new and none of those they stand for.

        With the number of the stand-ins, counted from `first`.
        """
        targets = {target_id: snapshot.get(target_id) for target_id in ids}
        found = {k: t for k, t in targets.items() if t is not None and t.kind is TargetKind.ENTITY}
        if len(found) < len(targets):
            return None, first  # a topic has no stand-in
        others = {e.target_id for e in evidence} - ids
        for attempt in range(first, first + _ATTEMPTS):
            masked = disguise(messages, evidence, found, attempt)
            if masked is None:
                return None, attempt
            left = self._screen.named(snapshot, asks.disguised(masked))
            if all(_may_stay(e, ids, others) for e in left):
                return masked, attempt
        return None, first + _ATTEMPTS


class Reflection:
    """The mirrored refusal of one request, worked on beside it or made when it is asked for."""

    def __init__(self, mirror: Mirror, snapshot: Snapshot, messages: Sequence[Message], asks: Asks) -> None:
        self._mirror = mirror
        self._request = snapshot, messages, asks
        self._early = asyncio.ensure_future(self._begun())
        self._early.add_done_callback(_retrieved)

    async def _begun(self) -> tuple[frozenset[str], _Image | None]:
        """What the model says of stand-ins for the targets that the question names, if it names any."""
        snapshot, messages, asks = self._request
        ids, evidence = await asks.beside(self._mirror.asked_about(snapshot, messages))
        return ids, await self._mirror.image(*self._request, ids, evidence) if ids else None

    def close(self) -> None:
        """Stop what is still under way."""
        self._early.cancel()

    async def refusal(
        self, accused: Collection[str], evidence: Sequence[Evidence], draft: Draft
    ) -> tuple[Mirrored | None, Step]:
        """The refusal, None where only plain words will do, and the step for the trace.

        `accused` are the ids of the targets that the draft disclosed; `evidence` is what the screen found.
        """
        began = time.perf_counter()
        named = _named(evidence) & frozenset(accused)
        try:
            ids, early = await self._early
            if early is not None and named <= ids:
                image = early
            elif named:
                image = await self._mirror.image(*self._request, named | ids, evidence)
            else:
                return None, _step(began, "unnamed")
            image = await self._judged(image, draft)
            async with asyncio.timeout(self._mirror.deadline):
                for _ in range(1, _STRANGERS):
                    if image.step.failure not in _AGAIN:
                        break
                    image = await self._again(image, named | ids, evidence, draft)
        except (ExpungeError, TimeoutError) as error:
            return None, _step(began, type(error).__name__)
        return image.mirrored, image.step

    async def _again(self, past: _Image, ids: frozenset[str], evidence: Sequence[Evidence], draft: Draft) -> _Image:
        """What the model says of the next stand-in; the step counts what was asked before, too."""
        image = await self._mirror.image(*self._request, ids, evidence, past.attempt + 1)
        image = await self._judged(image, draft)
        spent = past.step
        step = replace(
            image.step,
            ms=spent.ms + image.step.ms,
            calls=spent.calls + image.step.calls,
            prompt_chars=spent.prompt_chars + image.step.prompt_chars,
            prompt_tokens=spent.prompt_tokens + image.step.prompt_tokens,
        )
        return replace(image, step=step)

    async def _judged(self, image: _Image, draft: Draft) -> _Image:
        """The image, without its answer where that says what the draft says."""
        if image.mirrored is None:
            return image
        _, messages, asks = self._request
        if await asks.beside(_repeated(messages, draft, image.mirrored.drafts)):
            return replace(image, mirrored=None, step=replace(image.step, failure="repeated"))
        return image


async def _repeated(messages: Sequence[Message], draft: Draft, drafts: Sequence[Draft]) -> bool:
    return any(_repeats(messages, draft, told) for told in drafts)


def _repeats(messages: Sequence[Message], draft: Draft, told: Draft) -> bool:
    """Whether a mirrored answer says what the draft says.

    That the model looks something up for whomever it is asked about tells nothing, so that of such a step only rare
    words count.
    """
    texts = [text for text in (told.text, told.reasoning, *told.tool_calls) if text.strip()]
    said = draft.text if draft.text.strip() else "\n".join(draft.tool_calls)
    if not draft.text.strip() or is_act(draft.text):
        return any(repeats_rarities(messages, said, text) for text in texts)
    return any(repeats(messages, said, text) for text in texts)


def _may_stay(evidence: Evidence, ids: frozenset[str], others: Collection[str]) -> bool:
    """Whether a sighting may stand in a conversation about stand-ins: of somebody else who stood in it before."""
    if evidence.target_id in ids:
        return evidence.strength is Strength.HINT
    return evidence.channel == "system" or evidence.strength is Strength.HINT or evidence.target_id in others


def _named(evidence: Sequence[Evidence]) -> frozenset[str]:
    """The targets whose names stand in the conversation, be it in a form that cannot be replaced."""
    return frozenset(e.target_id for e in evidence if e.kind in NAME_KINDS and e.channel in TOLD)


def _tells(evidence: Evidence, text: str, put_back: Sequence[Span]) -> bool:
    """Whether a sighting in a mirrored text is of more than the names that the user typed."""
    if evidence.kind is EvidenceKind.FACT and evidence.via in _BY_MEANING:
        # The screen doubts hints where the question is near a fact too. Here that says nothing: every invented answer
        # to a question about a fact is near it (38 of 52 on TOFU were hints, 10 likely, and 1 told something true).
        return evidence.score >= LIKELY
    if evidence.strength is Strength.HINT:
        return False
    if evidence.kind is EvidenceKind.DECODED:
        # A name in quotes or brackets may look as if it were put together. Before it was put back, nothing was found.
        return not any(evidence.start <= s.start and s.end <= evidence.end for s in put_back)
    if evidence.kind not in NAME_KINDS:
        return True
    return not all(
        len(token.text) == 1
        or token.text in FILLERS
        or any(s.start < evidence.start + token.end and evidence.start + token.start < s.end for s in put_back)
        for token in tokens(text[evidence.start : evidence.end])
    )


def _step(began: float, failure: str = "") -> Step:
    return Step("mirror", "model", round((time.perf_counter() - began) * 1000, 3), failure=failure)


def _retrieved(task: asyncio.Task[Any]) -> None:
    """Look at what a task ended with, which nobody may have waited for."""
    if not task.cancelled():
        task.exception()
