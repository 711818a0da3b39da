"""`Unlearner`: the library's public API for sync code, a thin layer over `AsyncUnlearner`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import EllipsisType, TracebackType
from typing import Any, Protocol, TypeVar

from expunge.assemble import Parts, assemble
from expunge.async_unlearner import AsyncTargets, AsyncUnlearner, Registered, Scrubbed
from expunge.doctor import Check
from expunge.errors import UsageError
from expunge.given import Question, check_model
from expunge.loop_thread import LoopThread
from expunge.models.base import ChatModel, ChatOptions, EmbeddingModel
from expunge.registry.rows import Change
from expunge.settings import Settings
from expunge.types import Answer, Fact, Pending, Snapshot, Target, TargetStatus, TargetUpdate

T = TypeVar("T")


class _Run(Protocol):
    """Run async work and return its result."""

    def __call__(self, work: Coroutine[Any, Any, T], /) -> T: ...


class Unlearner:
    """Answers without disclosing any registered target, from sync code; `AsyncUnlearner` does the same for async code.

    Open it with `Unlearner.open`, in a `with` statement. One object serves many requests at once, from any thread.
    Called from async code, its methods block the event loop until they return.
    """

    def __init__(self, parts: Parts) -> None:
        self._async = AsyncUnlearner(parts)
        self._closing = threading.Lock()
        self._closed = False
        self._loop = LoopThread()
        self.targets = Targets(self._async.targets, self._run)

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
        """Open an unlearner from a configuration.

        Args:
            config: a path, settings, or None for `./expunge.toml`, which need not exist.
            vanilla: a model to use instead of the configured Vanilla.
            embeddings: an embedding model to use instead of the configured one.
            new: start an empty registry where only the key file of an earlier one is left; otherwise an error.
            wait: first embed the facts that are not embedded yet (`targets.embed` does so later, and reports
                progress). Otherwise, if there are many, for example after an interrupted import, they are matched by
                words alone meanwhile, and `answer.trace.pending` counts them.

        Raises:
            ConfigError: if the configuration is wrong.
            RegistryMissing: if a registry's key file exists, but no registry.
            RegistryError: if the registry cannot be opened.
            ModelError: if `wait` is set and the embedding model fails.
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
        return self._async.settings

    @property
    def _parts(self) -> Parts:
        return self._async._parts

    @property
    def snapshot(self) -> Snapshot:
        """The targets in force now."""
        return self._async.snapshot

    def ask(
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
        return self._run(self._async.ask(question, options=options, keep_draft=keep_draft, keep_texts=keep_texts))

    def scrub(self, text: str) -> Scrubbed:
        """Remove what discloses a target from a text, without asking Vanilla."""
        return self._run(self._async.scrub(text))

    def scrub_many(self, texts: Sequence[str], *, snapshot: Snapshot | None = None) -> list[Scrubbed]:
        """Scrub every text by the same targets: those of `snapshot`, or those in force now.

        Sentences are embedded in batches, and models are asked about several texts at a time.
        """
        return self._run(self._async.scrub_many(texts, snapshot=snapshot))

    def doctor(self) -> list[Check]:
        """Check every part and report what works."""
        return self._run(self._async.doctor())

    def close(self) -> None:
        """Release models, connections and the registry. Closing twice is harmless."""
        if self._loop.inside:
            raise UsageError("The unlearner cannot be closed from inside its own work; close it after that is done.")
        with self._closing:
            first, self._closed = not self._closed, True
        if first:
            try:
                self._run(self._async.close())
            finally:
                self._loop.stop()

    def __enter__(self) -> Unlearner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run(work)


class Targets:
    """The targets of an unlearner. Changes take effect with the next question."""

    def __init__(self, targets: AsyncTargets, run: _Run) -> None:
        self._async = targets
        self._run = run

    def __len__(self) -> int:
        return len(self._async)

    def add(self, target: Target, *, elicit: bool | None = None, exist_ok: bool = False) -> Registered:
        """Register a target. It takes effect before the model is asked about it, whatever comes of that.

        `elicit` overrides the policy. With `exist_ok`, a target of this name that is in force is extended instead, so
        that the call can be repeated; the model is not asked then.

        Raises:
            DuplicateTarget: if a target of this name is in force, without `exist_ok`.
        """
        return self._run(self._async.add(target, elicit=elicit, exist_ok=exist_ok))

    def add_many(
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
        return self._run(self._async.add_many(targets, progress, embedded, embed=embed))

    def embed(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Embed the facts in force that are not embedded yet, so that they are matched by meaning.

        `progress(done, total)` counts targets. Facts embedded before an interruption or a failure stay stored.

        Raises:
            ModelError: if the embedding model fails.
        """
        self._run(self._async.embed(progress))

    def pending(self, targets: Iterable[Target] | None = None) -> Pending:
        """Count the facts in force, or those of given targets, whose vectors are not stored yet. Embeds nothing.

        Raises:
            RegistryError: if the registry cannot be read.
        """
        return self._run(self._async.pending(targets))

    def leave_pending(self) -> None:
        """Stop embedding facts in the background of this process."""
        self._run(self._async.leave_pending())

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
    ) -> Registered:
        """Add aliases and facts to a target; replace its description, reason, request or times if given.

        Raises:
            UnknownTarget: if no target has this id or name.
        """
        return self._run(
            self._async.extend(
                ref,
                aliases=aliases,
                facts=facts,
                description=description,
                reason=reason,
                expires_at=expires_at,
                request_id=request_id,
                due_at=due_at,
            )
        )

    def update(self, ref: str, update: TargetUpdate, *, if_revision: int | None = None) -> Registered:
        """Add to a target, as `extend` does, with everything given as one value.

        Raises:
            UnknownTarget: if no target has this id or name.
            TargetChanged: if `if_revision` is given and is no longer the target's revision.
        """
        return self._run(self._async.update(ref, update, if_revision=if_revision))

    def confirm(
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
        return self._run(self._async.confirm(ref, facts, drop=drop, if_revision=if_revision))

    def get(self, ref: str) -> Target:
        """Return the target with this id, start of an id, name or alias.

        Raises:
            UnknownTarget: if no target matches, or several do.
        """
        return self._run(self._async.get(ref))

    def list(self, status: TargetStatus | None = None) -> tuple[Target, ...]:
        """Return all targets, or those with a status, oldest first."""
        return self._run(self._async.list(status))

    def restore(self, ref: str, reason: str = "") -> Target:
        """Lift a target: the model may talk about it again. Its history is kept.

        Raises:
            UnknownTarget: if no target has this id or name.
        """
        return self._run(self._async.restore(ref, reason))

    def remove(self, ref: str) -> None:
        """Permanently delete a target and its history.

        Raises:
            UnknownTarget: if no target has this id or name.
        """
        self._run(self._async.remove(ref))

    def history(self, ref: str) -> tuple[Change, ...]:
        """Return the changes of a target, oldest first.

        Raises:
            UnknownTarget: if no target has this id or name.
        """
        return self._run(self._async.history(ref))
