"""Asking all the questions of a certificate, before and after: of the model alone, and of the live system."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from expunge.assemble import Parts
from expunge.certificate.questions import Other, Probe, says_nothing
from expunge.errors import ContextTooLong, ModelError
from expunge.evals.cases import Case
from expunge.evals.judging import disclosed
from expunge.evals.metrics import Rate
from expunge.evals.systems.base import GREEDY
from expunge.models.base import ChatModel
from expunge.text.ignorance import is_ignorance
from expunge.types import Message


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: `text` is all of it that a reader can see, `shown` what is kept as history in the conversation.

    `draft` is what the model alone said to the same messages, where the side knows; `decision` and `revision`
    likewise.
    """

    text: str
    shown: str
    draft: str | None = None
    decision: str = ""
    revision: int | None = None


class Side(Protocol):
    """Whatever answers a conversation."""

    async def ask(self, messages: Sequence[Message]) -> Said:
        """Answer a conversation that ends with a user's message.

        Raises:
            ModelError: if the model fails.
        """
        ...


class ModelSide:
    """A chat model as it is: the model alone, or a running gateway, which is a chat model to whoever asks it."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    async def ask(self, messages: Sequence[Message]) -> Said:
        """The model's answer on every channel.

        Raises:
            ModelError: if it fails.
        """
        reply = await self._model.complete(messages, GREEDY)
        told = [part for part in (reply.text, reply.reasoning, *reply.tool_calls) if part]
        return Said("\n".join(told), reply.text)


class LiveSide:
    """The unlearning layer of a configuration, in this process, with its registry as it is."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def ask(self, messages: Sequence[Message]) -> Said:
        """The answer under the targets in force at this moment.

        Raises:
            ModelError: if the model behind it fails.
        """
        snapshot = await asyncio.to_thread(self._parts.registry.snapshot)
        answer = await self._parts.pipeline.ask(snapshot, messages, GREEDY, keep_draft=True)
        draft = answer.draft
        told = None if draft is None else "\n".join(filter(None, (draft.text, draft.reasoning, *draft.tool_calls)))
        return Said(answer.text, answer.text, told, answer.decision.value, answer.revision)


async def converse(case: Case, side: Side) -> tuple[Said, ...]:
    """The answers to each live turn of a case; the next turn follows on what was answered.

    A user's message that an assistant's follows already is not asked: that turn was made up.

    Raises:
        ModelError: if the side fails.
    """
    history: list[Message] = []
    said: list[Said] = []
    for message, following in zip(case.messages, [*case.messages[1:], None], strict=True):
        history.append(message)
        if message.role == "user" and (following is None or following.role != "assistant"):
            said.append(await side.ask(history))
            history.append(Message("assistant", said[-1].shown))
    return tuple(said)


IN_A_ROW = 5
"""Failures one after another that end the run: the model is gone, and each further question would wait for it."""

AGAIN = 2
"""How often an answer that seems lost by its form is asked for once more."""

Tick = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question about the target and what came out before and after."""

    probe: Probe
    before: tuple[Said, ...]
    after: tuple[Said, ...]
    told_before: bool
    told_after: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """One question about something else and what came out before and after.

    Where what the model alone said to the very same request is not known, as of a gateway that is asked from outside,
    a model that samples words each answer anew: then an answer is told from none by its form, and only what is none
    each time it is asked for, while the model alone gives one each time, is lost. `again` holds the further answers of
    both, and `canned` the texts that the live system gave to several questions.
    """

    other: Other
    before: Said
    after: Said
    again: tuple[tuple[Said, Said], ...] = ()
    canned: frozenset[str] = frozenset()

    @property
    def by_form(self) -> bool:
        """Whether an answer is told from none by its form."""
        return self.after.draft is None

    @property
    def unchanged(self) -> bool:
        """Whether the answer is the same, byte for byte."""
        return self.after.text == self.before.text

    @property
    def answered(self) -> bool:
        """Whether it is still answered."""
        pairs = ((self.before, self.after), *self.again)
        if any(self.other.is_kept(before.text, after.text) for before, after in pairs):
            return True
        if not self.by_form:
            return False
        # A sentence that the model alone says to several questions, too, is its own.
        own = {before.text for before, _ in pairs}
        silent = all(says_nothing(after.text, self.canned - own) for _, after in pairs)
        return not silent or any(says_nothing(before.text) for before, _ in pairs)


@dataclass(frozen=True, slots=True)
class Measured:
    """All that was asked; `failed` counts questions that a model failed to answer."""

    asked: tuple[Asked, ...]
    kept: tuple[Kept, ...]
    failed: int = 0

    @property
    def before(self) -> Rate:
        """The rate at which the model alone disclosed something."""
        return Rate(sum(one.told_before for one in self.asked), len(self.asked))

    @property
    def after(self) -> Rate:
        """The rate at which the live system did."""
        return Rate(sum(one.told_after for one in self.asked), len(self.asked))

    @property
    def unchanged(self) -> Rate:
        """The rate of answers about others that are the same, byte for byte."""
        return Rate(sum(one.unchanged for one in self.kept), len(self.kept))

    @property
    def answered(self) -> Rate:
        """The rate of questions about others that are still answered."""
        return Rate(sum(one.answered for one in self.kept), len(self.kept))

    @property
    def by_form(self) -> bool:
        """Whether, for some of them, an answer is told from none by its form alone."""
        return any(one.by_form for one in self.kept)

    @property
    def revisions(self) -> tuple[int, ...]:
        """The registry's revisions that answers were decided under, oldest first; none where the side does not say."""
        said = (*(s for one in self.asked for s in one.after), *(one.after for one in self.kept))
        return tuple(sorted({one.revision for one in said if one.revision is not None}))


async def measure(
    probes: Sequence[Probe], others: Sequence[Other], alone: Side, live: Side, tick: Tick = lambda done, total: None
) -> Measured:
    """Ask every question of both sides, one after another; `tick(done, total)` after each.

    Where the live side tells what the model alone said to the very same message, the model is not asked again.

    Raises:
        ModelError: if not one question about the target, or about others, could be asked; if the very first could
            not; or if several fail one after another.
    """
    items: list[Probe | Other] = [*probes, *others]
    asked: list[Asked] = []
    kept: list[Kept] = []
    failures: list[ModelError] = []
    row = 0
    for done, item in enumerate(items, start=1):
        try:
            if isinstance(item, Probe):
                asked.append(await _asked(item, alone, live))
            else:
                kept.append(await _kept(item, alone, live))
            row = 0
        except ModelError as error:
            failures.append(error)
            # A question too long for the model says nothing of the next one.
            row += not isinstance(error, ContextTooLong)
            if row and (done == 1 or row >= IN_A_ROW):
                raise
        tick(done, len(items))
    kept = await _asked_again(asked, kept, alone, live)
    if failures and ((probes and not asked) or (others and not kept)):
        raise failures[0]
    return Measured(tuple(asked), tuple(kept), len(failures))


async def _asked(probe: Probe, alone: Side, live: Side) -> Asked:
    after = await converse(probe.case, live)
    draft = after[0].draft if len(after) == 1 else None
    before = (Said(draft, draft),) if draft is not None else await converse(probe.case, alone)
    case = probe.case
    if probe.by_reference:
        # Nothing is known that must not come out, so what the model alone tells stands for it.
        case = replace(case, gold="\n".join(_texts(before)))
    return Asked(probe, before, after, _tells(probe, case, before), _tells(probe, case, after))


def _tells(probe: Probe, case: Case, said: Sequence[Said]) -> bool:
    if probe.by_reference:
        # Two ways of not knowing share words, and neither tells anything.
        said = [one for one in said if one.decision != "refused" and not is_ignorance(one.text)]
    return bool(said) and disclosed(case, _texts(said))


async def _kept(other: Other, alone: Side, live: Side) -> Kept:
    messages = [Message("user", other.question)]
    after = await live.ask(messages)
    before = Said(after.draft, after.draft) if after.draft is not None else await alone.ask(messages)
    return Kept(other, before, after)


async def _asked_again(asked: Sequence[Asked], kept: Sequence[Kept], alone: Side, live: Side) -> list[Kept]:
    """Ask once more for answers that seem lost by their form: one sample of a model proves nothing."""
    counts = Counter(text for texts in _given(asked, kept) for text in set(texts))
    canned = frozenset(text for text, count in counts.items() if count > 1)
    found = []
    for item in kept:
        one = replace(item, canned=canned)
        while one.by_form and not one.answered and len(one.again) < AGAIN:
            try:
                messages = [Message("user", one.other.question)]
                one = replace(one, again=(*one.again, (await alone.ask(messages), await live.ask(messages))))
            except ModelError:
                # What was said before stands.
                break
        found.append(one)
    return found


def _given(asked: Sequence[Asked], kept: Sequence[Kept]) -> Iterator[list[str]]:
    """Yield what the live system said to each question."""
    for one in asked:
        yield _texts(one.after)
    for other in kept:
        yield [other.after.text]


def _texts(said: Iterable[Said]) -> list[str]:
    return [one.text for one in said]
