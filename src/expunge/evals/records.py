"""A suite before a system, case by case; and what each case gave, in plain values that the log of a run keeps."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from expunge.errors import UsageError
from expunge.evals.cases import Case, Suite, question
from expunge.evals.judging import chosen, disclosed, left, lost
from expunge.evals.metrics import leaks, rouge_l
from expunge.evals.react import CHANNELS, WRITTEN, Channel, Session, Task, play
from expunge.evals.search import Search, search
from expunge.evals.systems.base import Reply, System
from expunge.models.base import ChatOptions, EmbeddingModel, Vectors
from expunge.types import Message


@dataclass(frozen=True, slots=True)
class Record:
    """One case, the live replies to it, and what they are worth.

    `turns` is the whole conversation as (role, content). `texts` are the live replies and `drafts` what the model alone
    said in their place, None where the system does not know it. `leak` says whether a case to forget was disclosed;
    `picked` is the index of the choice made (None: none), `right` that of the right one (-1: no choices, of which there
    are `options`). Counts are sums over the live turns; `seconds` is wall time, `own_ms` all but the model's own.
    Of a verbatim case, `left` are those of its `spans` that came out, `lost` those of its `kept` passages that did not.
    Of an agent's session, `channels` are those that carried the fact, `answered` says whether the answer holds it, and
    `degenerate` whether it came to no answer; `answered` is None of anything else. Where samples were drawn, they are
    the `texts`; `sampled` says of each whether it disclosed, `recalls` holds its ROUGE-L recall, and `decision` is the
    most frequent one. Of a search for the targets, `found` of so many `hidden` ones were named, where naming people at
    random finds the share `chance` of them.
    """

    case: str
    part: str
    forget: bool
    gold: str
    turns: tuple[tuple[str, str], ...]
    texts: tuple[str, ...]
    drafts: tuple[str, ...] | None
    decision: str
    leak: bool
    rouge_recall: float
    rouge_f1: float
    picked: int | None
    right: int
    options: int
    calls: int
    prompt_chars: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    own_ms: float
    evidence: tuple[str, ...]
    revision: int | None
    left: tuple[str, ...] = ()
    spans: int = 0
    lost: tuple[str, ...] = ()
    kept: int = 0
    channels: tuple[str, ...] = ()
    answered: bool | None = None
    degenerate: bool = False
    sampled: tuple[bool, ...] = ()
    recalls: tuple[float, ...] = ()
    found: int = 0
    hidden: int = 0
    chance: float = 0.0

    @property
    def text(self) -> str:
        """All live replies."""
        return "\n".join(self.texts)

    def plain(self) -> dict[str, Any]:
        """The record as JSON values."""
        return asdict(self)

    @classmethod
    def of_plain(cls, values: Mapping[str, Any]) -> Record:
        """Make a record of what `plain` made.

        Raises:
            TypeError, KeyError, ValueError: if it is something else.
        """
        return cls(
            **{
                **values,
                "turns": tuple((role, content) for role, content in values["turns"]),
                "texts": tuple(values["texts"]),
                "drafts": None if values["drafts"] is None else tuple(values["drafts"]),
                "evidence": tuple(values["evidence"]),
                "left": tuple(values.get("left", ())),
                "lost": tuple(values.get("lost", ())),
                "channels": tuple(values.get("channels", ())),
                "sampled": tuple(values.get("sampled", ())),
                "recalls": tuple(values.get("recalls", ())),
            }
        )


def record(case: Case, conversation: Sequence[Message], replies: Sequence[Reply]) -> Record:
    """Judge the live replies to a case; `conversation` is all that was said, in order."""
    texts = tuple(reply.text for reply in replies)
    drafts = tuple(reply.draft for reply in replies if reply.draft is not None)
    rouge = rouge_l(case.gold, texts[-1])
    return Record(
        case=case.id,
        part=case.part,
        forget=case.forget,
        gold=case.gold,
        turns=tuple((message.role, message.content) for message in conversation),
        texts=texts,
        drafts=drafts if len(drafts) == len(replies) else None,
        decision=replies[-1].decision,
        leak=case.forget and disclosed(case, texts),
        rouge_recall=rouge.recall,
        rouge_f1=rouge.f1,
        picked=chosen(case, texts[-1]) if case.choices else None,
        right=case.right,
        options=len(case.choices),
        calls=sum(reply.calls for reply in replies),
        prompt_chars=sum(reply.prompt_chars for reply in replies),
        prompt_tokens=sum(reply.prompt_tokens for reply in replies),
        completion_tokens=sum(reply.completion_tokens for reply in replies),
        seconds=sum(reply.seconds for reply in replies),
        own_ms=sum(reply.own_ms for reply in replies),
        evidence=tuple(dict.fromkeys(seen for reply in replies for seen in reply.evidence)),
        revision=replies[-1].revision,
        left=left(case, texts),
        spans=len(case.spans) if case.verbatim else 0,
        lost=lost(case, texts),
        kept=len(case.kept),
    )


Open = Callable[[], System]
OpenEmbeddings = Callable[[], EmbeddingModel]


class Stage:
    """Asks one suite's cases of one system, which is opened and prepared when the first case comes.

    `embeddings` opens what an attacker compares answers with, when a case first needs it.

    In an ordered suite cases wait for each other, and the targets in force are changed to each case's beforehand.
    """

    def __init__(self, suite: Suite, open_: Open, embeddings: OpenEmbeddings | None = None) -> None:
        self.suite = suite
        self._open = open_
        self._open_embeddings = embeddings
        self._embeddings: EmbeddingModel | None = None
        self._system: System | None = None
        self._ready = asyncio.Lock()
        self._turn = asyncio.Lock()

    async def ask(self, case: Case) -> Record:
        """Ask every live turn of a case and judge the replies.

        Raises:
            ModelError: if the upstream fails.
        """
        system = await self._prepared()
        if case.search is not None:
            return await _search(system, case, case.search, self._compared_with())
        if not self.suite.ordered:
            return await _played(system, case)
        async with self._turn:
            wanted = case.in_force
            await system.forget([t for t in self.suite.targets if wanted is None or t.name in wanted])
            return await _played(system, case)

    async def aclose(self) -> None:
        """Release the system, if it was opened."""
        if self._system is not None:
            await self._system.aclose()
            self._system = None
        if self._embeddings is not None:
            await self._embeddings.aclose()
            self._embeddings = None

    def _compared_with(self) -> EmbeddingModel:
        if self._embeddings is None:
            if self._open_embeddings is None:
                raise UsageError("A search needs an embedding model; configure one under [embeddings].")
            self._embeddings = self._open_embeddings()
        return self._embeddings

    async def _prepared(self) -> System:
        async with self._ready:
            if self._system is None:
                system = self._open()
                if not self.suite.ordered:
                    await system.forget(self.suite.targets)
                self._system = system
            return self._system


async def _played(system: System, case: Case) -> Record:
    if case.samples:
        return await _samples(system, case)
    return await _conversation(system, case) if case.task is None else await _session(system, case, case.task)


async def _search(system: System, case: Case, attempt: Search, embeddings: EmbeddingModel) -> Record:
    replies: list[Reply] = []
    known: dict[str, Vectors] = {}

    async def ask(asked: str) -> str:
        reply = await system.ask(question(asked))
        replies.append(reply)
        return reply.text

    async def embed(texts: Sequence[str]) -> Vectors:
        fresh = [text for text in dict.fromkeys(texts) if text not in known]
        if fresh:
            known.update(zip(fresh, await embeddings.embed(fresh), strict=True))
        return np.stack([known[text] for text in texts])

    made = await search(attempt, ask, embed)
    decisions = Counter(reply.decision for reply in replies)
    return replace(
        record(case, made.messages, replies),
        found=len(set(made.named) & set(attempt.targets)),
        hidden=len(attempt.targets),
        chance=attempt.chance,
        decision=decisions.most_common(1)[0][0],
    )


async def _samples(system: System, case: Case) -> Record:
    """The same conversation asked once for each seed; whoever asks so often sees every reply, but each by itself."""
    replies = [await system.ask(case.messages, ChatOptions(temperature=1.0, seed=seed)) for seed in case.samples]
    sampled = tuple(case.forget and disclosed(case, [reply.text]) for reply in replies)
    shown = replies[sampled.index(True)] if any(sampled) else replies[-1]
    recalls = tuple(rouge_l(case.gold, reply.text).recall for reply in replies)
    decisions = Counter(reply.decision for reply in replies)
    return replace(
        record(case, [*case.messages, Message("assistant", shown.text)], replies),
        leak=any(sampled),
        sampled=sampled,
        recalls=recalls,
        rouge_recall=max(recalls),
        decision=decisions.most_common(1)[0][0],
    )


async def _session(system: System, case: Case, task: Task) -> Record:
    replies: list[Reply] = []

    async def ask(messages: Sequence[Message]) -> tuple[str, str]:
        reply = await system.ask(messages)
        replies.append(reply)
        return reply.text, reply.reasoning

    session = await play(task, ask)
    carried = tuple(channel for channel in CHANNELS if _carries(session, channel))
    # What an agent was told by the request or its tools is no excuse: the question alone counts as known.
    return replace(
        record(case, session.said, replies),
        leak=case.forget and bool(set(carried) & set(WRITTEN)),
        channels=carried,
        answered="answer" in carried,
        degenerate=session.degenerate,
    )


def _carries(session: Session, channel: Channel) -> bool:
    """Whether a channel carried the fact; of retrieved ids, the id of whom it is about."""
    task = session.task
    if channel == "retrieved ids":
        return task.subject in session.channels[channel]
    return leaks(task.question, task.truth, session.text(channel), (task.truth,))


async def _conversation(system: System, case: Case) -> Record:
    said: list[Message] = []
    replies: list[Reply] = []
    for number, message in enumerate(case.messages):
        said.append(message)
        following = case.messages[number + 1 :]
        # A user's turn that the case answers itself is past; an assistant's at the end is a beginning to go on from.
        if (message.role == "user" and not (following and following[0].role == "assistant")) or not following:
            reply = await system.ask(tuple(said))
            replies.append(reply)
            said.append(Message("assistant", reply.text))
    return record(case, said, replies)
