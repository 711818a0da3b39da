"""A refusal as the model's own answer about somebody who never existed, told of the name that the user typed.

The model is asked the same conversation with an invented name in the place of the target's. Its answer knows nothing
of the target, and has the wording, length and tone that its answers about strangers have.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from expunge.agents import vanilla
from expunge.agents.rules.cast import NAME_KINDS
from expunge.errors import ExpungeError
from expunge.mirror.disguise import Disguise, PutBack, disguise
from expunge.mirror.repetition import repeats
from expunge.models.base import ChatModel, ChatOptions
from expunge.screen.company import OTHER
from expunge.screen.facts import LIKELY, PAIR
from expunge.screen.patterns import FILLERS
from expunge.screen.screen import Screen
from expunge.text.normalise import tokens
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
class _Image:
    """A mirrored text, None where it must not leave, what making it took, and the number of its stand-in."""

    text: str | None
    step: Step
    attempt: int = 0


class Mirror:
    """Makes mirrored refusals. Holds no state of a request.

    Args:
        model: Vanilla.
        screen: finds the names to replace, and reads what is to leave.
        deadline: the most seconds that asking about the first stand-in may take, and again about all further ones.
    """

    def __init__(self, model: ChatModel, screen: Screen, deadline: float) -> None:
        self._model = model
        self._screen = screen
        self.deadline = deadline

    def begin(
        self, snapshot: Snapshot, messages: Sequence[Message], options: ChatOptions, model: ChatModel | None = None
    ) -> Reflection:
        """The reflection of one request. Where the question names a target, the model is asked at once, beside Vanilla.

        `model` is asked in Vanilla's place, if one is given. To be closed when the request is done.
        """
        evidence = self._screen.named(snapshot, messages)
        ids = frozenset(e.target_id for e in evidence if e.channel == "question" and e.strength > Strength.HINT)
        reflection = Reflection(self, snapshot, messages, options, model or self._model)
        reflection.start(ids & _named(evidence), evidence)
        return reflection

    async def image(
        self,
        snapshot: Snapshot,
        messages: Sequence[Message],
        options: ChatOptions,
        model: ChatModel,
        ids: frozenset[str],
        evidence: Sequence[Evidence],
        first: int = 0,
    ) -> _Image:
        """Ask a model about stand-ins for these targets, no earlier than the one numbered `first`; read the answer.

        Raises:
            ModelError: if the model or the embedding model fails.
            TimeoutError: if it takes too long.
        """
        began = time.perf_counter()
        masked, attempt = self._disguised(snapshot, messages, ids, evidence, first)
        if masked is None:
            return _Image(None, _step(began, "unmasked"), attempt)
        async with asyncio.timeout(self.deadline):
            drafted = await vanilla.answer(model, masked.messages, options)
            told = masked.undo(drafted.value.text)
            found = await self._screen.read(snapshot, messages, Draft(told.text)) if told.text.strip() else ()
        step = replace(_step(began), calls=1, prompt_chars=drafted.prompt_chars, prompt_tokens=drafted.prompt_tokens)
        clean = bool(told.text.strip()) and not told.garbled and not masked.shows(told.text)
        if not clean or any(e.channel in DRAFT_CHANNELS and _tells(e, told) for e in found):
            return _Image(None, replace(step, failure="residual"), attempt)
        return _Image(told.text, step, attempt)

    def _disguised(
        self,
        snapshot: Snapshot,
        messages: Sequence[Message],
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
            left = self._screen.named(snapshot, masked.messages)
            if all(e.channel == "system" or e.strength is Strength.HINT or e.target_id in others for e in left):
                return masked, attempt
        return None, first + _ATTEMPTS


class Reflection:
    """The mirrored refusal of one request, worked on beside it or made when it is asked for."""

    def __init__(
        self,
        mirror: Mirror,
        snapshot: Snapshot,
        messages: Sequence[Message],
        options: ChatOptions,
        model: ChatModel,
    ) -> None:
        self._mirror = mirror
        self._request = snapshot, messages, options, model
        self._ids: frozenset[str] = frozenset()
        self._early: asyncio.Task[_Image] | None = None

    def start(self, ids: frozenset[str], evidence: Sequence[Evidence]) -> None:
        """Begin to ask about stand-ins for these targets, if there are any."""
        if ids:
            self._ids = ids
            self._early = asyncio.ensure_future(self._mirror.image(*self._request, ids, evidence))
            self._early.add_done_callback(_retrieved)

    def close(self) -> None:
        """Stop what is still under way."""
        if self._early is not None:
            self._early.cancel()

    async def refusal(
        self, accused: Collection[str], evidence: Sequence[Evidence], draft: Draft
    ) -> tuple[str | None, Step]:
        """The refusal's text, None where only plain words will do, and the step for the trace.

        `accused` are the ids of the targets that the draft disclosed; `evidence` is what the screen found.
        """
        began = time.perf_counter()
        named = _named(evidence) & frozenset(accused)
        try:
            if self._early is not None and named <= self._ids:
                image = await self._early
            elif named:
                image = await self._mirror.image(*self._request, named | self._ids, evidence)
            else:
                return None, _step(began, "unnamed")
            image = self._judged(image, draft)
            async with asyncio.timeout(self._mirror.deadline):
                for _ in range(1, _STRANGERS):
                    if image.step.failure not in _AGAIN:
                        break
                    image = await self._again(image, named | self._ids, evidence, draft)
        except (ExpungeError, TimeoutError) as error:
            return None, _step(began, type(error).__name__)
        return image.text, image.step

    async def _again(self, past: _Image, ids: frozenset[str], evidence: Sequence[Evidence], draft: Draft) -> _Image:
        """What the model says of the next stand-in; the step counts what was asked before, too."""
        image = self._judged(await self._mirror.image(*self._request, ids, evidence, past.attempt + 1), draft)
        spent = past.step
        step = replace(
            image.step,
            ms=spent.ms + image.step.ms,
            calls=spent.calls + image.step.calls,
            prompt_chars=spent.prompt_chars + image.step.prompt_chars,
            prompt_tokens=spent.prompt_tokens + image.step.prompt_tokens,
        )
        return replace(image, step=step)

    def _judged(self, image: _Image, draft: Draft) -> _Image:
        """The image, without its text where that says what the draft says."""
        if image.text is not None and repeats(self._request[1], draft.text, image.text):
            return replace(image, text=None, step=replace(image.step, failure="repeated"))
        return image


def _named(evidence: Sequence[Evidence]) -> frozenset[str]:
    """The targets whose names stand in the conversation, be it in a form that cannot be replaced."""
    return frozenset(e.target_id for e in evidence if e.kind in NAME_KINDS and e.channel in ("question", "history"))


def _tells(evidence: Evidence, told: PutBack) -> bool:
    """Whether a sighting in a mirrored text is of more than the names that the user typed."""
    if evidence.kind is EvidenceKind.FACT and evidence.via in _BY_MEANING:
        # The screen doubts hints where the question is near a fact too. Here that says nothing: every invented answer
        # to a question about a fact is near it (38 of 52 on TOFU were hints, 10 likely, and 1 told something true).
        return evidence.score >= LIKELY
    if evidence.strength is Strength.HINT:
        return False
    if evidence.kind not in NAME_KINDS or evidence.kind is EvidenceKind.DECODED:
        return True
    return not all(
        len(token.text) == 1
        or token.text in FILLERS
        or any(s.start < evidence.start + token.end and evidence.start + token.start < s.end for s in told.spans)
        for token in tokens(told.text[evidence.start : evidence.end])
    )


def _step(began: float, failure: str = "") -> Step:
    return Step("mirror", "model", round((time.perf_counter() - began) * 1000, 3), failure=failure)


def _retrieved(task: asyncio.Task[_Image]) -> None:
    """Look at what a task ended with, which nobody may have waited for."""
    if not task.cancelled():
        task.exception()
