"""Systems `expunge` and `alu-paper`: the unlearner, in its default profile and as the paper has it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal

import numpy as np

from expunge.assemble import assemble
from expunge.async_unlearner import AsyncUnlearner
from expunge.evals.systems.base import GREEDY, Reply
from expunge.models.base import ChatModel, ChatOptions, EmbeddingModel, Vectors
from expunge.models.choose import embedding_model
from expunge.settings import RegistrySettings, Settings
from expunge.types import Answer, Message, Target

_VANILLA = "vanilla"
PAPER_DEADLINE = 20.0
"""Most seconds that each of the paper's agents may take: a small model that rambles would hold every case for minutes,
and ends in the same refusal."""


class Unlearning:
    """An unlearner over a passing registry. `elicit` asks the upstream what it knows when a target is registered."""

    def __init__(self, name: Literal["expunge", "alu-paper"], settings: Settings, upstream: ChatModel) -> None:
        self.name = name
        registry = RegistrySettings(url="sqlite:///:memory:")
        self._embeddings = RememberingEmbeddings(embedding_model(settings.embeddings, cache=settings.cache()))
        self._unlearner = AsyncUnlearner(
            assemble(
                settings.model_copy(update={"registry": registry, "key": None, "new_key": None}),
                vanilla=upstream,
                embeddings=self._embeddings,
            )
        )

    @classmethod
    def screened(cls, settings: Settings, upstream: ChatModel, *, elicit: bool) -> Unlearning:
        """expunge, as the settings have it."""
        return cls("expunge", with_policy(settings, elicit=elicit), upstream)

    @classmethod
    def paper(cls, settings: Settings, upstream: ChatModel) -> Unlearning:
        """The paper's four agents on every question, each played by a model, with the whole list in the prompts."""
        deadline = min(settings.policy.deadline, PAPER_DEADLINE)
        paper = with_policy(settings, profile="paper", agents="model", elicit=False, deadline=deadline)
        return cls("alu-paper", paper, upstream)

    async def forget(self, targets: Sequence[Target]) -> None:
        """Register what is new and lift what is no longer wanted; targets of one name count as one."""
        wanted: dict[str, Target] = {}
        for target in targets:
            known = wanted.get(target.name)
            wanted[target.name] = target if known is None else replace(known, facts=(*known.facts, *target.facts))
        held = {target.name for target in self._unlearner.snapshot}
        for name in held - wanted.keys():
            await self._unlearner.targets.restore(name)
        with self._embeddings.registering():
            for name in [name for name in wanted if name not in held]:
                await self._unlearner.targets.add(wanted[name])

    async def ask(self, messages: Sequence[Message], options: ChatOptions = GREEDY) -> Reply:
        """The unlearner's answer with what its trace says.

        Raises:
            ModelError: if the upstream fails.
        """
        began = time.perf_counter()
        answer = await self._unlearner.ask(messages, options=options, keep_draft=True)
        return _reply(answer, time.perf_counter() - began)

    async def aclose(self) -> None:
        """Close the registry and all models."""
        await self._unlearner.close()


def with_policy(settings: Settings, **changes: object) -> Settings:
    """The settings with some of the policy's keys replaced."""
    return settings.model_copy(update={"policy": settings.policy.model_copy(update=changes)})


def _reply(answer: Answer, seconds: float) -> Reply:
    draft = answer.draft.text if answer.draft is not None else None
    seen = (f"{e.kind.value} {e.strength.name.lower()} {e.channel}" for e in answer.trace.evidence)
    return Reply(
        answer.text,
        draft=draft,
        decision=answer.decision.value,
        calls=answer.trace.calls,
        prompt_chars=answer.trace.prompt_chars,
        prompt_tokens=answer.trace.prompt_tokens,
        completion_tokens=len(answer.text.split()),
        seconds=seconds,
        own_ms=sum(ms for name, ms in answer.trace.timings_ms.items() if name != _VANILLA),
        evidence=tuple(dict.fromkeys(seen)),
        revision=answer.revision,
    )


MOST_REMEMBERED = 50_000
"""Texts whose vectors are kept; those that come later are embedded each time."""
_remembered: dict[tuple[str, str], Vectors] = {}


class RememberingEmbeddings:
    """An embedding model that knows again, in a `registering` block, what was embedded in an earlier one.

    Every run registers its targets anew, and embedding what they know takes longer than the questions of a short run:
    half a minute for 20 people with 20 facts each.

    Outside of such blocks it is the model behind it, so that what questions cost is measured in full.
    """

    def __init__(self, inner: EmbeddingModel) -> None:
        self._inner = inner
        self._registering = False

    @property
    def name(self) -> str:
        """The inner model's vector space."""
        return self._inner.name

    @contextmanager
    def registering(self) -> Iterator[None]:
        """Targets are registered in this block."""
        self._registering = True
        try:
            yield
        finally:
            self._registering = False

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """As the inner model.

        Raises:
            ModelError: what the inner model raises.
        """
        if not self._registering or not texts:
            return await self._inner.embed(texts)
        keys = [(self.name, text) for text in texts]
        fresh = [text for key, text in zip(keys, texts, strict=True) if key not in _remembered]
        found = dict(zip(fresh, await self._inner.embed(fresh), strict=True)) if fresh else {}
        for text, vector in found.items():
            if len(_remembered) < MOST_REMEMBERED:
                _remembered[self.name, text] = vector.copy()
        return np.stack([_remembered[key] if key in _remembered else found[key[1]] for key in keys])

    async def aclose(self) -> None:
        """Release the inner model."""
        await self._inner.aclose()
