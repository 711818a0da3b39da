"""A refusal as the model's own answer about somebody who never existed, told of the name that the user typed.

The model is asked the same conversation with an invented name, a surrogate, in the place of the target's. Its answer
knows nothing of the target, and has the wording, length and tone that its answers about strangers have.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from expunge.agents import vanilla
from expunge.agents.rules.entities import NAME_KINDS
from expunge.counterfactual.repetition import repeats, repeats_rarities
from expunge.counterfactual.surrogates import TOLD, Surrogates, put_surrogates
from expunge.forms.acting import is_act
from expunge.models.base import ChatModel, ChatOptions
from expunge.screen.matches import OTHER, PAIR
from expunge.screen.names.patterns import FILLERS
from expunge.screen.screen import Screen
from expunge.screen.semantic.facts import LIKELY
from expunge.text.fold import tokens
from expunge.text.segment import Span, sentences
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

T = TypeVar("T")

_ATTEMPTS = 4
"""Surrogates that are tried before none is found whom the screen does not take for somebody registered."""
MOST_STRANGERS = 3
"""Surrogates that the model may be asked about, one after the other, while what it says of them must not leave."""
_AGAIN = ("residual", "repeated")
"""Failures that another surrogate may mend."""
_ASKS = ("?", "？", "؟", ";")
"""How a question ends; the last is the Greek one."""
_BY_MEANING = ("", PAIR, OTHER)
"""How evidence of a fact is marked that rests on likeness alone and on no word of the fact."""


@dataclass(frozen=True, slots=True)
class SurrogateReply:
    """The model's answers about surrogates, one draft per choice: `raw` as they came, `named` with the typed names in
    them again.

    `reply` is the whole that `named` was read from, for callers that pass it on. `garbled` says that a surrogate
    was not copied exactly somewhere, so that the name cannot be put back.
    """

    raw: tuple[Draft, ...]
    named: tuple[Draft, ...]
    reply: Any = None
    garbled: bool = False
    prompt_chars: int = 0
    prompt_tokens: int = 0


class Asks(Protocol):
    """Asks a conversation again."""

    def with_surrogates(self, surrogates: Surrogates) -> Sequence[Message]:
        """All that is said when it is asked about surrogates."""
        ...

    async def ask(self, surrogates: Surrogates) -> SurrogateReply:
        """Ask it so.

        Raises:
            ModelError: if there is no answer.
        """
        ...

    async def beside(self, work: Coroutine[Any, Any, T]) -> T:
        """Do work that takes as long as the conversation is long, where it holds up nobody with a shorter one."""
        ...


class AskModel:
    """Asks a chat model."""

    def __init__(self, model: ChatModel, messages: Sequence[Message], options: ChatOptions) -> None:
        self._model = model
        self._messages = tuple(messages)
        self._options = options

    def with_surrogates(self, surrogates: Surrogates) -> Sequence[Message]:
        """The conversation with surrogates."""
        return surrogates.messages

    async def beside(self, work: Coroutine[Any, Any, T]) -> T:
        """Do the work here."""
        return await work

    async def ask(self, surrogates: Surrogates) -> SurrogateReply:
        """The model's answer.

        Raises:
            ModelError: if it fails.
        """
        drafted = await vanilla.answer(self._model, surrogates.messages, self._options)
        # Reasoning and calls stay in the process.
        raw = Draft(drafted.value.text)
        undone = surrogates.undo(raw.text)
        named = Draft(undone.text)
        return SurrogateReply((raw,), (named,), None, undone.garbled, drafted.prompt_chars, drafted.prompt_tokens)


@dataclass(frozen=True, slots=True)
class CounterfactualReply:
    """The model's answer about a stranger, one draft per choice, under the name that the user typed.

    `reply` is the whole reply that contains it, as in `SurrogateReply`."""

    drafts: tuple[Draft, ...]
    reply: Any = None


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A counterfactual answer, None where it must not leave, what making it took, and the number of its surrogate."""

    reply: CounterfactualReply | None
    step: Step
    number: int = 0


class Counterfactuals:
    """Makes counterfactual refusals. Holds no state of a request.

    Args:
        screen: finds the names to replace, and reads what is to leave.
        deadline: the most seconds that asking about the first surrogate may take, and again about all further ones.
        strangers: how many surrogates the model may be asked about, each a call, while its answers must not leave.
    """

    def __init__(self, screen: Screen, deadline: float, strangers: int = 1) -> None:
        self._screen = screen
        self.deadline = deadline
        self.strangers = strangers

    def begin(self, snapshot: Snapshot, messages: Sequence[Message], asks: Asks) -> CounterfactualRefusal:
        """The counterfactual refusal of one request, to be closed when the request is done.

        Where the question names a target, the model is asked at once, beside Vanilla.
        """
        return CounterfactualRefusal(self, snapshot, messages, asks)

    async def asked_about(
        self, snapshot: Snapshot, messages: Sequence[Message]
    ) -> tuple[frozenset[str], tuple[Evidence, ...]]:
        """The targets that the question names, and all that names tell in the conversation."""
        evidence = self._screen.named(snapshot, messages)
        ids = frozenset(e.target_id for e in evidence if e.channel == "question" and e.strength > Strength.HINT)
        return ids & _named(evidence), evidence

    async def attempt(
        self,
        snapshot: Snapshot,
        messages: Sequence[Message],
        asks: Asks,
        ids: frozenset[str],
        evidence: Sequence[Evidence],
        first: int = 0,
    ) -> _Attempt:
        """Ask about surrogates for these targets, no earlier than the one numbered `first`; read what is answered.

        Raises:
            ModelError: if the model or the embedding model fails.
            TimeoutError: if it takes too long.
        """
        began = time.perf_counter()
        surrogates, attempt = await asks.beside(self._find_surrogates(snapshot, messages, asks, ids, evidence, first))
        if surrogates is None:
            return _Attempt(None, _step(began, "unmasked"), attempt)
        async with asyncio.timeout(self.deadline):
            reply = await asks.ask(surrogates)
            clean = await asks.beside(self._are_clean(snapshot, messages, surrogates, reply))
        step = replace(_step(began), calls=1, prompt_chars=reply.prompt_chars, prompt_tokens=reply.prompt_tokens)
        if not clean:
            return _Attempt(None, replace(step, failure="residual"), attempt)
        return _Attempt(CounterfactualReply(reply.named, reply.reply), step, attempt)

    async def _are_clean(
        self, snapshot: Snapshot, messages: Sequence[Message], surrogates: Surrogates, reply: SurrogateReply
    ) -> bool:
        if reply.garbled or len(reply.raw) != len(reply.named):
            return False
        for raw, named in zip(reply.raw, reply.named, strict=True):
            if not await self._is_clean(snapshot, messages, surrogates, raw, named):
                return False
        return True

    async def _is_clean(
        self, snapshot: Snapshot, messages: Sequence[Message], surrogates: Surrogates, raw: Draft, named: Draft
    ) -> bool:
        """Whether an answer says nothing of a target but the names that the user typed, and shows no surrogate."""
        texts = (named.text, named.reasoning, *named.tool_calls)
        if not named.text.strip() and not named.tool_calls:
            return False
        if any(surrogates.shows(text) for text in texts if text):
            return False
        found = await self._screen.read(snapshot, messages, named)
        before = (raw.text, raw.reasoning, *raw.tool_calls)
        coded = any(e.kind is EvidenceKind.DECODED and e.channel in DRAFT_CHANNELS for e in found)
        if coded and any(self._names_somebody(snapshot, text) for text in before if text):
            return False
        for evidence in found:
            if evidence.channel in DRAFT_CHANNELS:
                at = {"draft": 0, "reasoning": 1}.get(evidence.channel, 2 + evidence.message)
                if _tells(evidence, texts[at], surrogates.put_back_in(before[at], texts[at])):
                    return False
        return True

    def _names_somebody(self, snapshot: Snapshot, text: str) -> bool:
        return any(e.strength > Strength.HINT for e in self._screen.named(snapshot, [Message("user", text)]))

    async def _find_surrogates(
        self,
        snapshot: Snapshot,
        messages: Sequence[Message],
        asks: Asks,
        ids: frozenset[str],
        evidence: Sequence[Evidence],
        first: int,
    ) -> tuple[Surrogates | None, int]:
        """The conversation about surrogates in whom the screen sees nobody new and none of those they stand for.

        With the number of the surrogates, counted from `first`.
        """
        targets = {target_id: snapshot.get(target_id) for target_id in ids}
        found = {k: t for k, t in targets.items() if t is not None and t.kind is TargetKind.ENTITY}
        if len(found) < len(targets):
            return None, first  # a topic has no surrogate
        others = {e.target_id for e in evidence} - ids
        for attempt in range(first, first + _ATTEMPTS):
            surrogates = put_surrogates(messages, evidence, found, attempt)
            if surrogates is None:
                return None, attempt
            left = self._screen.named(snapshot, asks.with_surrogates(surrogates))
            if all(_may_stay(e, ids, others) for e in left):
                return surrogates, attempt
        return None, first + _ATTEMPTS


class CounterfactualRefusal:
    """The counterfactual refusal of one request, worked on beside it or made when it is asked for."""

    def __init__(self, maker: Counterfactuals, snapshot: Snapshot, messages: Sequence[Message], asks: Asks) -> None:
        self._maker = maker
        self._request = snapshot, messages, asks
        self._early = asyncio.ensure_future(self._begun())
        self._early.add_done_callback(_retrieved)

    async def _begun(self) -> tuple[frozenset[str], _Attempt | None]:
        """Ask about surrogates for the targets that the question names, and return both; nothing if it names none."""
        snapshot, messages, asks = self._request
        ids, evidence = await asks.beside(self._maker.asked_about(snapshot, messages))
        return ids, await self._maker.attempt(*self._request, ids, evidence) if ids else None

    def close(self) -> None:
        """Stop what is still under way."""
        self._early.cancel()

    @property
    def at_hand(self) -> tuple[Draft, ...]:
        """The answers about surrogates that were asked for ahead; none until they are there, or if they must not
        leave."""
        early = self._early
        if not early.done() or early.cancelled() or early.exception() is not None:
            return ()
        attempt = early.result()[1]
        return () if attempt is None or attempt.reply is None else attempt.reply.drafts

    async def refusal(
        self, accused: Collection[str], evidence: Sequence[Evidence], draft: Draft, *, asked_ahead: bool = False
    ) -> tuple[CounterfactualReply | None, Step | None]:
        """Return the refusal, None where only plain words will do, and its step, None if the model was not asked.

        Whatever fails here ends in plain words. `accused` are the ids of the targets that the draft disclosed;
        `evidence` is what the screen found. With `asked_ahead` only what was asked for ahead is looked at, and the
        model is asked nothing more.
        """
        began = time.perf_counter()
        named = _named(evidence) & frozenset(accused)
        try:
            ids, early = await self._early
            if early is not None and named <= ids:
                tried = early
            elif named and not asked_ahead:
                tried = await self._maker.attempt(*self._request, named | ids, evidence)
            else:
                return None, None
            tried = await self._judged(tried, evidence, draft)
            async with asyncio.timeout(self._maker.deadline):
                for _ in range(1, 1 if asked_ahead else self._maker.strangers):
                    if tried.step.failure not in _AGAIN:
                        break
                    tried = await self._again(tried, named | ids, evidence, draft)
        except Exception as error:  # noqa: BLE001 - a refusal stands already; only its words are at stake here
            return None, _step(began, type(error).__name__)
        return tried.reply, tried.step

    async def _again(self, past: _Attempt, ids: frozenset[str], evidence: Sequence[Evidence], draft: Draft) -> _Attempt:
        """Ask about the next surrogate; the step counts what was asked before, too."""
        tried = await self._maker.attempt(*self._request, ids, evidence, past.number + 1)
        tried = await self._judged(tried, evidence, draft)
        spent = past.step
        step = replace(
            tried.step,
            ms=spent.ms + tried.step.ms,
            calls=spent.calls + tried.step.calls,
            prompt_chars=spent.prompt_chars + tried.step.prompt_chars,
            prompt_tokens=spent.prompt_tokens + tried.step.prompt_tokens,
        )
        return replace(tried, step=step)

    async def _judged(self, tried: _Attempt, evidence: Sequence[Evidence], draft: Draft) -> _Attempt:
        """Return the attempt, without its answer where that says what the draft says."""
        if tried.reply is None:
            return tried
        _, messages, asks = self._request
        if await asks.beside(_repeated(messages, evidence, draft, tried.reply.drafts)):
            return replace(tried, reply=None, step=replace(tried.step, failure="repeated"))
        return tried


async def _repeated(
    messages: Sequence[Message], evidence: Sequence[Evidence], draft: Draft, drafts: Sequence[Draft]
) -> bool:
    known = repeatable(messages, evidence)
    return any(_repeats(known, draft, told) for told in drafts)


def repeatable(messages: Sequence[Message], evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Return what of a conversation any answer may repeat.

    A turn about a target may tell of it what must not be told again, as a pasted page does: it counts with its
    questions and its last sentence, and what a system prompt or a tool says of a target does not count at all.
    """
    about = {e.message for e in evidence if e.channel in TOLD and e.strength > Strength.HINT}
    known = []
    for number, message in enumerate(messages):
        if number not in about:
            known.append(message.content)
        elif message.role in ("user", "assistant"):
            said = [span.of(message.content) for span in sentences(message.content)]
            known += [sentence for sentence in said[:-1] if sentence.rstrip().endswith(_ASKS)] + said[-1:]
    return tuple(known)


def _repeats(known: Sequence[str], draft: Draft, answer: Draft) -> bool:
    """Return whether a counterfactual answer says what the draft says.

    That the model looks something up for whomever it is asked about tells nothing, so that of such a step only rare
    words count.
    """
    texts = [text for text in (answer.text, answer.reasoning, *answer.tool_calls) if text.strip()]
    said = draft.text if draft.text.strip() else "\n".join(draft.tool_calls)
    if not draft.text.strip() or is_act(draft.text):
        return any(repeats_rarities(known, said, text) for text in texts)
    return any(repeats(known, said, text) for text in texts)


def _may_stay(evidence: Evidence, ids: frozenset[str], others: Collection[str]) -> bool:
    """Whether a conversation about surrogates may keep a sighting: one of somebody else who was in it before."""
    if evidence.target_id in ids:
        return evidence.strength is Strength.HINT
    return evidence.channel == "system" or evidence.strength is Strength.HINT or evidence.target_id in others


def _named(evidence: Sequence[Evidence]) -> frozenset[str]:
    """The targets whose names stand in the conversation, be it in a form that cannot be replaced."""
    return frozenset(e.target_id for e in evidence if e.kind in NAME_KINDS and e.channel in TOLD)


def _tells(evidence: Evidence, text: str, put_back: Sequence[Span]) -> bool:
    """Whether a sighting in a counterfactual text goes beyond the names that the user typed."""
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
