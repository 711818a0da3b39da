"""`AsyncUnlearner`: the library's public API for async code. `expunge.unlearner` is its sync counterpart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import EllipsisType, TracebackType
from typing import Any, TypeVar

from expunge.assemble import Parts, assemble
from expunge.doctor import Check, examine
from expunge.elicitation import Elicitation, elicit
from expunge.errors import DuplicateTarget, ExpungeError, UsageError
from expunge.given import (
    Question,
    check_model,
    messages_of,
    options_of,
    ref_of,
    status_of,
    target_of,
    targets_of,
    text_of,
    texts_of,
    update_of,
)
from expunge.models.base import ChatModel, ChatOptions, EmbeddingModel
from expunge.registry.rows import Change
from expunge.registry.store import Registry
from expunge.settings import Settings
from expunge.types import (
    NOTHING_PENDING,
    Answer,
    Decision,
    Evidence,
    Fact,
    Pending,
    Snapshot,
    Target,
    TargetStatus,
    TargetUpdate,
)

T = TypeVar("T")
_TOGETHER = 256
"""Texts whose sentences are embedded together: well under what the memory of vectors holds."""
_AT_ONCE = 16
"""Texts scrubbed at the same time."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered target and what was elicited about it; None if the model was not asked."""

    target: Target
    elicitation: Elicitation | None = None


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """A text without targets; `text` is empty if nothing clean was left (`decision` is refused).

    `failed` names the class of the error if the text was refused because it could not be judged. `pending` counts the
    facts that were not embedded yet and so were matched by words alone.
    """

    text: str
    decision: Decision
    targets: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    failed: str = ""
    pending: Pending = NOTHING_PENDING


class AsyncUnlearner:
    """Answers without disclosing any registered target, from async code; `Unlearner` does the same for sync code.

    Open it with `AsyncUnlearner.open`. No method blocks the event loop. One object serves many requests at once.
    """

    def __init__(self, parts: Parts) -> None:
        self._held = parts
        self._closed = False
        self.targets = AsyncTargets(self)

    @classmethod
    def open(
        cls,
        config: str | Path | Settings | None = None,
        *,
        vanilla: ChatModel | None = None,
        embeddings: EmbeddingModel | None = None,
        new: bool = False,
        wait: bool = False,
    ) -> Opening:
        """Open an unlearner from a configuration: `async with AsyncUnlearner.open(…) as unlearner`, or await it.

        Nothing happens before it is awaited or entered. The arguments and errors are those of `Unlearner.open`.
        """
        return Opening(config, vanilla, embeddings, new, wait)

    @property
    def settings(self) -> Settings:
        """The configuration in force."""
        return self._held.settings

    @property
    def _parts(self) -> Parts:
        """Return its parts while it is open.

        Raises:
            UsageError: if the unlearner was closed.
        """
        if self._closed:
            raise UsageError("The unlearner is closed; open it again.")
        return self._held

    @property
    def snapshot(self) -> Snapshot:
        """The targets in force now."""
        return self._parts.registry.snapshot()

    async def ask(
        self,
        question: Question,
        *,
        options: ChatOptions = ChatOptions(),
        keep_draft: bool = False,
        keep_texts: bool = False,
    ) -> Answer:
        """Answer a question, or a conversation that ends with one.

        Args:
            question: a text, or messages with "role" and "content".
            options: how Vanilla samples.
            keep_draft: also return Vanilla's own answer, as `answer.draft`.
            keep_texts: include the texts of each step in the trace.

        Raises:
            UsageError: if the question is empty or is not a conversation.
            ModelError: if Vanilla fails.
        """
        messages = messages_of(question)
        return await self._parts.pipeline.ask(
            self.snapshot, messages, options_of(options), keep_draft=keep_draft, keep_texts=keep_texts
        )

    async def scrub(self, text: str) -> Scrubbed:
        """Remove what discloses a target from a text, without asking Vanilla."""
        return await self._scrub(self.snapshot, text_of(text))

    async def scrub_many(self, texts: Sequence[str], *, snapshot: Snapshot | None = None) -> list[Scrubbed]:
        """Scrub every text by the same targets: those of `snapshot`, or those in force now.

        Sentences are embedded in batches, and models are asked about several texts at a time.
        """
        texts = texts_of(texts)
        targets = self.snapshot if snapshot is None else snapshot
        scrubbed: list[Scrubbed] = []
        for start in range(0, len(texts), _TOGETHER):
            batch = texts[start : start + _TOGETHER]
            # If this fails, so does the reading of each text, which says so.
            with suppress(ExpungeError):
                await self._parts.screen.foresee(targets, batch)
            for few in range(0, len(batch), _AT_ONCE):
                work = (self._scrub(targets, text) for text in batch[few : few + _AT_ONCE])
                scrubbed += await asyncio.gather(*work)
        return scrubbed

    async def doctor(self) -> list[Check]:
        """Check every part and report what works."""
        return await examine(self._parts)

    async def close(self) -> None:
        """Release models, connections and the registry. Closing twice is harmless."""
        first, self._closed = not self._closed, True
        if first:
            await self._held.aclose()

    async def __aenter__(self) -> AsyncUnlearner:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _scrub(self, snapshot: Snapshot, text: str) -> Scrubbed:
        outcome = await self._parts.pipeline.scrub(snapshot, text)
        trace = outcome.trace
        return Scrubbed(outcome.text, outcome.decision, outcome.targets, trace.evidence, trace.failure, trace.pending)

    async def _register(self, target: Target, elicit_: bool | None, exist_ok: bool) -> Registered:
        parts = self._parts
        try:
            registered = await _to_its_end(asyncio.to_thread(parts.registry.add, target))
        except DuplicateTarget as error:
            if not exist_ok:
                raise
            return await self.targets.update(error.target_id, TargetUpdate.of(target))
        wanted = parts.settings.policy.elicit if elicit_ is None else elicit_
        elicitation = None
        if wanted:
            elicitation = await elicit(parts.vanilla, registered, deadline=parts.settings.policy.deadline)
            if elicitation.facts or elicitation.aliases:
                told = TargetUpdate(aliases=elicitation.aliases, facts=elicitation.facts)
                registered = await asyncio.to_thread(parts.registry.extend, registered.id, told)
        await self._embed(registered)
        return Registered(registered, elicitation)

    async def _embed(self, *targets: Target, progress: Callable[[int, int], None] | None = None) -> None:
        """Embed the facts now. If that fails, the next question tries again."""
        try:
            await self._parts.screen.remember(targets, progress)
        except ExpungeError:
            return


async def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Wait for work to finish even if the caller is cancelled: a thread that writes cannot be stopped."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


class Opening:
    """An unlearner that is about to be opened: enter it with `async with`, or await it and close it yourself."""

    def __init__(
        self,
        config: str | Path | Settings | None,
        vanilla: ChatModel | None,
        embeddings: EmbeddingModel | None,
        new: bool,
        wait: bool,
    ) -> None:
        check_model(vanilla, "vanilla", "complete")
        check_model(embeddings, "embeddings", "embed")
        self._config = config
        self._models = (vanilla, embeddings)
        self._new = new
        self._wait = wait
        self._opened: AsyncUnlearner | None = None

    def __await__(self) -> Generator[Any, None, AsyncUnlearner]:
        return self._open().__await__()

    async def __aenter__(self) -> AsyncUnlearner:
        self._opened = await self._open()
        return self._opened

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opened is not None:
            await self._opened.close()

    async def _open(self) -> AsyncUnlearner:
        # Opening migrates the registry and reads weights, which takes too long for an event loop. It runs to its end,
        # so that a caller who gives up leaves no registry open.
        opening = asyncio.ensure_future(asyncio.to_thread(self._assembled))
        try:
            parts = await asyncio.shield(opening)
        except asyncio.CancelledError:
            await asyncio.wait([opening])
            if not opening.cancelled() and opening.exception() is None:
                await opening.result().aclose()
            raise
        opened = AsyncUnlearner(parts)
        if self._wait:
            try:
                await opened.targets.embed()
            except BaseException:
                await opened.close()
                raise
        return opened

    def _assembled(self) -> Parts:
        settings = self._config if isinstance(self._config, Settings) else Settings.load(self._config)
        vanilla, embeddings = self._models
        return assemble(settings, vanilla=vanilla, embeddings=embeddings, new=self._new)


class AsyncTargets:
    """The targets of an unlearner. Changes take effect with the next question."""

    def __init__(self, unlearner: AsyncUnlearner) -> None:
        self._unlearner = unlearner

    @property
    def _registry(self) -> Registry:
        return self._unlearner._parts.registry

    def __len__(self) -> int:
        return len(self._unlearner.snapshot)

    async def add(self, target: Target, *, elicit: bool | None = None, exist_ok: bool = False) -> Registered:
        """Register a target. It takes effect before the model is asked about it, whatever comes of that.

        `elicit` overrides the policy. With `exist_ok`, a target of this name that is in force is extended instead, so
        that the call can be repeated; the model is not asked then.

        Raises:
            DuplicateTarget: if a target of this name is in force, without `exist_ok`.
        """
        return await self._unlearner._register(target_of(target), elicit, exist_ok)

    async def add_many(
        self,
        targets: Iterable[Target],
        progress: Callable[[int, int], None] | None = None,
        embedded: Callable[[int, int], None] | None = None,
        *,
        embed: bool = True,
    ) -> tuple[Registered, ...]:
        """Register targets, all or none, without asking the model. `progress(done, total)` reports progress.

        They take effect once registered. Then their facts are embedded, and `embedded(done, total)` reports progress.
        Without `embed`, that is left to the gateway that serves them, or to `embed()`.

        Raises:
            DuplicateTarget: if one of the names is in force, or is given twice.
        """
        added = await asyncio.to_thread(self._registry.add_many, targets_of(targets), progress)
        if embedded is not None:
            embedded(0, len(added))
        if embed:
            await self._unlearner._embed(*added, progress=embedded)
        return tuple(Registered(target) for target in added)

    async def embed(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Embed the facts in force that are not embedded yet, so that they are matched by meaning.

        `progress(done, total)` counts targets. Facts embedded before an interruption or a failure stay stored.

        Raises:
            ModelError: if the embedding model fails.
        """
        targets = tuple(self._unlearner.snapshot)
        await self._unlearner._parts.screen.remember(targets, progress or (lambda done, total: None))

    async def pending(self, targets: Iterable[Target] | None = None) -> Pending:
        """Count the facts in force, or those of given targets, whose vectors are not stored yet. Embeds nothing.

        Raises:
            RegistryError: if the registry cannot be read.
        """
        wanted = self._unlearner.snapshot if targets is None else targets
        return await asyncio.to_thread(self._unlearner._parts.screen.unembedded, wanted)

    async def leave_pending(self) -> None:
        """Stop embedding facts in the background of this process."""
        await asyncio.to_thread(self._unlearner._parts.screen.close)

    async def extend(
        self,
        ref: str,
        *,
        aliases: Sequence[str] = (),
        facts: Sequence[Fact | str | Mapping[str, str]] = (),
        description: str | None = None,
        reason: str | None = None,
        expires_at: datetime | EllipsisType | None = ...,
        request_id: str | None = None,
        due_at: datetime | EllipsisType | None = ...,
    ) -> Registered:
        """Add aliases and facts to a target; replace its description, reason, request or times if given.

        Raises:
            UnknownTarget: if no target has this id or name.
        """
        update = TargetUpdate(aliases, facts, description, reason, expires_at, request_id, due_at)
        return await self.update(ref, update)

    async def update(self, ref: str, update: TargetUpdate, *, if_revision: int | None = None) -> Registered:
        """Add to a target, as `extend` does, with everything given as one value.

        Raises:
            UnknownTarget: if no target has this id or name.
            TargetChanged: if `if_revision` is given and is no longer the target's revision.
        """
        extended = await asyncio.to_thread(
            self._registry.extend, ref_of(ref), update_of(update), if_revision=if_revision
        )
        await self._unlearner._embed(extended)
        return Registered(extended)

    async def confirm(
        self,
        ref: str,
        facts: Iterable[str] | None = None,
        *,
        drop: Iterable[str] = (),
        if_revision: int | None = None,
    ) -> Target:
        """Confirm or drop elicited facts, given by their texts, and return the target.

        Without `facts`, all that are not dropped are confirmed; an empty list confirms none.

        Raises:
            UnknownTarget: if no target has this id or name.
            InvalidTarget: if a text does not match an elicited fact.
            TargetChanged: if `if_revision` is given and is no longer the target's revision.
        """
        confirmed = await asyncio.to_thread(
            self._registry.confirm, ref_of(ref), facts, drop=drop, if_revision=if_revision
        )
        await self._unlearner._embed(confirmed)
        return confirmed

    async def get(self, ref: str) -> Target:
        """Return the target with this id, start of an id, name or alias.

        Raises:
            UnknownTarget: if no target matches, or several do.
        """
        return await asyncio.to_thread(self._registry.get, ref_of(ref))

    async def list(self, status: TargetStatus | None = None) -> tuple[Target, ...]:
        """Return all targets, or those with a status, oldest first."""
        return await asyncio.to_thread(self._registry.list, status_of(status))

    async def restore(self, ref: str, reason: str = "") -> Target:
        """Lift a target: the model may talk about it again. Its history is kept.

        Raises:
            UnknownTarget: if no target has this id or name.
        """
        return await _to_its_end(asyncio.to_thread(self._registry.restore, ref_of(ref), reason))

    async def remove(self, ref: str) -> None:
        """Permanently delete a target and its history.

        Raises:
            UnknownTarget: if no target has this id or name.
        """
        await _to_its_end(asyncio.to_thread(self._registry.remove, ref_of(ref)))

    async def history(self, ref: str) -> tuple[Change, ...]:
        """Return the changes of a target, oldest first.

        Raises:
            UnknownTarget: if no target has this id or name.
        """
        return await asyncio.to_thread(self._registry.history, ref_of(ref))
