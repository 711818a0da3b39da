"""`Unlearner`: the library's face, async at heart with one thin sync face over it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
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
from expunge.loop_thread import LoopThread
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
    """A registered target and what was elicited of it; None where nothing was asked."""

    target: Target
    elicitation: Elicitation | None = None


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """A text without targets: `text` is empty where nothing clean was left (`decision` is refused).

    `failed` names the kind of error where it was refused because it could not be judged. `pending` counts the facts
    that were not embedded yet, and so told by their words alone.
    """

    text: str
    decision: Decision
    targets: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    failed: str = ""
    pending: Pending = NOTHING_PENDING


class Unlearner:
    """Answers without disclosing any registered target.

    Open it with `Unlearner.open`, as `with` or `async with`; `ask` and `scrub` are sync, `aask` and
    `ascrub` async. One object serves many requests at once, from any thread, and from several event loops. A sync
    method may be called from async code, too; until it returns, that code's event loop does nothing else.
    """

    def __init__(self, parts: Parts) -> None:
        self._held = parts
        self._closing = threading.Lock()
        self._closed = False
        self._loop = LoopThread()
        self.targets = Targets(self)

    @classmethod
    def open(
        cls,
        config: str | Path | Settings | None = None,
        *,
        vanilla: ChatModel | None = None,
        embeddings: EmbeddingModel | None = None,
        new: bool = False,
        wait: bool = False,
    ) -> Unlearner:
        """Open the unlearner that a configuration describes.

        Args:
            config: a path, settings, or None for `./expunge.toml`, which need not exist.
            vanilla: a model that stands in for the configured Vanilla.
            embeddings: the same for the embedding model.
            new: begin a registry where there are only traces of an earlier one, which is an error otherwise.
            wait: embed first what is not embedded of the facts in force (`targets.embed` does it later, and tells of
                its progress). Otherwise, where that is much, as after an import that was interrupted, they are told by
                their words alone meanwhile, of which `answer.trace.pending` tells.

        Raises:
            ConfigError: if the configuration is wrong.
            RegistryMissing: if there is a registry's key file and no registry.
            RegistryError: if the registry cannot be opened.
            ModelError: if facts are waited for and the embedding model fails.
        """
        check_model(vanilla, "vanilla", "complete")
        check_model(embeddings, "embeddings", "embed")
        settings = config if isinstance(config, Settings) else Settings.load(config)
        opened = cls(assemble(settings, vanilla=vanilla, embeddings=embeddings, new=new))
        if wait:
            try:
                opened.targets.embed()
            except BaseException:
                opened.close()
                raise
        return opened

    @property
    def settings(self) -> Settings:
        """The configuration in force."""
        return self._held.settings

    @property
    def _parts(self) -> Parts:
        """What it is made of, while it is open.

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

    async def aask(
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
            keep_draft: hand out Vanilla's own answer too, as `answer.draft`.
            keep_texts: let the trace hold the texts of each step.

        Raises:
            UsageError: if the question is empty or not a conversation.
            ModelError: if Vanilla fails.
        """
        messages = messages_of(question)
        return await self._parts.pipeline.ask(
            self.snapshot, messages, options_of(options), keep_draft=keep_draft, keep_texts=keep_texts
        )

    def ask(
        self,
        question: Question,
        *,
        options: ChatOptions = ChatOptions(),
        keep_draft: bool = False,
        keep_texts: bool = False,
    ) -> Answer:
        """`aask`, from code that is not async."""
        return self._run(self.aask(question, options=options, keep_draft=keep_draft, keep_texts=keep_texts))

    async def ascrub(self, text: str) -> Scrubbed:
        """A text without any target; Vanilla is not asked."""
        return await self._scrub(self.snapshot, text_of(text))

    def scrub(self, text: str) -> Scrubbed:
        """`ascrub`, from code that is not async."""
        return self._run(self.ascrub(text))

    async def ascrub_many(self, texts: Sequence[str], *, snapshot: Snapshot | None = None) -> list[Scrubbed]:
        """`ascrub` of each text, by the same targets: those of `snapshot`, or else those in force now.

        What is compared by meaning is embedded in batches, and models are asked about several texts at a time.
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

    def scrub_many(self, texts: Sequence[str], *, snapshot: Snapshot | None = None) -> list[Scrubbed]:
        """`ascrub_many`, from code that is not async."""
        return self._run(self.ascrub_many(texts, snapshot=snapshot))

    async def adoctor(self) -> list[Check]:
        """Look at every part and say what works."""
        return await examine(self._parts)

    def doctor(self) -> list[Check]:
        """`adoctor`, from code that is not async."""
        return self._run(self.adoctor())

    async def aclose(self) -> None:
        """Release models, connections and the registry; more than once does no harm."""
        if self._loop.inside:
            raise UsageError("An unlearner cannot be closed by its own work; close it when that is done.")
        if self._closes():
            try:
                await self._held.aclose()
            finally:
                await asyncio.to_thread(self._loop.stop)

    def close(self) -> None:
        """`aclose`, from code that is not async."""
        if self._loop.inside:
            raise UsageError("An unlearner cannot be closed by its own work; close it when that is done.")
        if self._closes():
            try:
                self._run(self._held.aclose())
            finally:
                self._loop.stop()

    def _closes(self) -> bool:
        """Whether it falls to the caller to close it."""
        with self._closing:
            first, self._closed = not self._closed, True
        return first

    def __enter__(self) -> Unlearner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Unlearner:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run(work)

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
            extended = await self.targets.aupdate(error.target_id, TargetUpdate.of(target))
            return Registered(extended, None)
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
        """Work out the facts' vectors now, so that the next question need not; it would, if this fails."""
        try:
            await self._parts.screen.remember(targets, progress)
        except ExpungeError:
            return


async def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """The result of work that a cancelled caller waits for, too: a thread that writes is not stopped by it."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


class Targets:
    """The targets of an unlearner: every change is in force at the next question."""

    def __init__(self, unlearner: Unlearner) -> None:
        self._unlearner = unlearner

    @property
    def _registry(self) -> Registry:
        return self._unlearner._parts.registry

    def __len__(self) -> int:
        return len(self._unlearner.snapshot)

    def add(self, target: Target, *, elicit: bool | None = None, exist_ok: bool = False) -> Registered:
        """Register a target; it is in force before anything is elicited, and elicitation never undoes it.

        `elicit` overrides the policy. With `exist_ok`, a target of this name that is in force is extended by what is
        new, so that the same call can be made again; nothing is elicited then.

        Raises:
            DuplicateTarget: if a target of this name is in force, without `exist_ok`.
        """
        return self._unlearner._run(self.aadd(target, elicit=elicit, exist_ok=exist_ok))

    async def aadd(self, target: Target, *, elicit: bool | None = None, exist_ok: bool = False) -> Registered:
        """`add`, from async code."""
        return await self._unlearner._register(target_of(target), elicit, exist_ok)

    def add_many(
        self,
        targets: Iterable[Target],
        progress: Callable[[int, int], None] | None = None,
        embedded: Callable[[int, int], None] | None = None,
        *,
        embed: bool = True,
    ) -> tuple[Target, ...]:
        """Register targets, all or none; nothing is elicited. `progress(done, total)` is called now and then.

        They are in force once they are registered; then their facts are embedded, of which `embedded` tells. Without
        `embed` that is left to whoever serves them, or to `embed()`.

        Raises:
            DuplicateTarget: if one of the names is in force, or comes twice.
        """
        return self._unlearner._run(self.aadd_many(targets, progress, embedded, embed=embed))

    async def aadd_many(
        self,
        targets: Iterable[Target],
        progress: Callable[[int, int], None] | None = None,
        embedded: Callable[[int, int], None] | None = None,
        *,
        embed: bool = True,
    ) -> tuple[Target, ...]:
        """`add_many`, from async code."""
        added = await asyncio.to_thread(self._registry.add_many, targets_of(targets), progress)
        if embedded is not None:
            embedded(0, len(added))
        if embed:
            await self._unlearner._embed(*added, progress=embedded)
        return added

    def embed(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Embed the facts in force that are not embedded yet, and wait for it; they are compared by meaning from then
        on. `progress` is told how many targets are done, of all.

        Stopped, it leaves what was embedded before stored.

        Raises:
            ModelError: if the embedding model fails; what was embedded before is stored.
        """
        self._unlearner._run(self.aembed(progress))

    async def aembed(self, progress: Callable[[int, int], None] | None = None) -> None:
        """`embed`, from async code."""
        targets = tuple(self._unlearner.snapshot)
        await self._unlearner._parts.screen.remember(targets, progress or (lambda done, total: None))

    def pending(self, targets: Iterable[Target] | None = None) -> Pending:
        """How many facts in force, or of some targets, are not embedded yet, as far as is stored. Nothing is embedded
        for it.

        Raises:
            RegistryError: if the registry cannot be read.
        """
        wanted = self._unlearner.snapshot if targets is None else targets
        return self._unlearner._parts.screen.unembedded(wanted)

    async def apending(self, targets: Iterable[Target] | None = None) -> Pending:
        """`pending`, from async code."""
        return await asyncio.to_thread(self.pending, targets)

    def leave_pending(self) -> None:
        """Embed no more in the background here what is not embedded yet, since others do, or nobody is to."""
        self._unlearner._parts.screen.close()

    def extend(
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
    ) -> Target:
        """Add aliases and facts to a target; replace its description, reason, request or times where given.

        Raises:
            UnknownTarget: if there is none of this id or name.
        """
        update = TargetUpdate(aliases, facts, description, reason, expires_at, request_id, due_at)
        return self.update(ref, update)

    def update(self, ref: str, update: TargetUpdate) -> Target:
        """`extend`, by what is given as one value."""
        return self._unlearner._run(self.aupdate(ref, update))

    async def aupdate(self, ref: str, update: TargetUpdate, *, if_revision: int | None = None) -> Target:
        """`update`, from async code; only if the target's revision is still `if_revision`, where that is given."""
        extended = await asyncio.to_thread(
            self._registry.extend, ref_of(ref), update_of(update), if_revision=if_revision
        )
        await self._unlearner._embed(extended)
        return extended

    def confirm(self, ref: str, facts: Iterable[str] | None = None, *, drop: Iterable[str] = ()) -> Target:
        """Take what the model told of a target, by its texts, for given facts, and drop other such facts.

        Without `facts` all that are not dropped are confirmed; an empty list confirms none.

        Raises:
            UnknownTarget: if there is none of this id or name.
            InvalidTarget: if a text is none of its elicited facts.
        """
        return self._unlearner._run(self.aconfirm(ref, facts, drop=drop))

    async def aconfirm(
        self,
        ref: str,
        facts: Iterable[str] | None = None,
        *,
        drop: Iterable[str] = (),
        if_revision: int | None = None,
    ) -> Target:
        """`confirm`, from async code; only if the target's revision is still `if_revision`, where that is given."""
        confirmed = await asyncio.to_thread(
            self._registry.confirm, ref_of(ref), facts, drop=drop, if_revision=if_revision
        )
        await self._unlearner._embed(confirmed)
        return confirmed

    def get(self, ref: str) -> Target:
        """The target of an id, the first characters of one, a name or an alias.

        Raises:
            UnknownTarget: if there is none, or several.
        """
        return self._registry.get(ref_of(ref))

    def list(self, status: TargetStatus | None = None) -> tuple[Target, ...]:
        """All targets, or those of a status, oldest first."""
        return self._registry.list(status_of(status))

    def restore(self, ref: str, reason: str = "") -> Target:
        """Lift a target: the model may speak of it again. Its history is kept.

        Raises:
            UnknownTarget: if there is none of this id or name.
        """
        return self._registry.restore(ref_of(ref), reason)

    def remove(self, ref: str) -> None:
        """Delete a target and its history for good.

        Raises:
            UnknownTarget: if there is none of this id or name.
        """
        self._registry.remove(ref_of(ref))

    def history(self, ref: str) -> tuple[Change, ...]:
        """What happened to a target, oldest first.

        Raises:
            UnknownTarget: if there is none of this id or name.
        """
        return self._registry.history(ref_of(ref))
