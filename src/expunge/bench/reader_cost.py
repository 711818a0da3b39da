"""The cost of the learnt reader, for an answer in which something is found and for one in which nothing is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from expunge.agents.roles import Roles
from expunge.bench.world import numbered, prose, targets
from expunge.evals.metrics import percentile
from expunge.models.base import ChatOptions
from expunge.models.embeddings import CachedEmbeddings, EmbeddedEmbeddings
from expunge.models.scripted import ScriptedChat
from expunge.pipeline import Pipeline
from expunge.screen.screen import Screen
from expunge.screen.semantic.sentences import Meanings
from expunge.settings import PolicySettings
from expunge.types import Message, Snapshot, Target

_LENGTH = 1_200
"""Characters of an answer, about twelve sentences."""
_WARM_UP = 5
_QUESTION = "Who kept the ledgers of the harbour, and what else is told of it?"


@dataclass(frozen=True, slots=True)
class ReaderCost:
    """Milliseconds of `n` answers, the model's aside: medians without the reader and with it, and what it adds to an
    answer, as median and 90th percentile. `found` says whether a target is named in them."""

    found: bool
    n: int
    rules_ms: float
    reader_ms: float
    added_ms: float
    added_p90_ms: float


class _Unread(Screen):
    """A screen that lends the reader no vectors, so that the rules alone decide."""

    async def meanings(self, targets: Sequence[Target], texts: Sequence[str]) -> Meanings | None:
        return None


async def measure_reader(
    each: int = 60, count: int = 200, *, progress: Callable[[int, int], None] = lambda done, total: None
) -> list[ReaderCost]:
    """Ask for `each` answers that name one of `count` targets and as many that name none, all of them different, each
    with the reader and without, in turn. No vector is known from the other turn.

    Raises:
        MissingError: if the embedding model is not there.
    """
    registered = [replace(target, id=f"t{number}") for number, target in enumerate(targets(count, facts=2))]
    snapshot = Snapshot(1, {target.id: target for target in registered}, 1, {})
    texts = prose(each + _WARM_UP, _LENGTH)
    screens = [kind(CachedEmbeddings(EmbeddedEmbeddings())) for kind in (_Unread, Screen)]
    for screen in screens:
        await screen.prepare(snapshot, wait=True)
    costs = []
    for found in (False, True):
        taken: list[tuple[float, float]] = []
        for number, text in enumerate(texts):
            said = _naming(text, registered[number % count].name) if found else text
            order = (0, 1) if number % 2 else (1, 0)
            own = [0.0, 0.0]
            for which in order:
                own[which] = await _ask(screens[which], snapshot, numbered(said, "letter", number))
            taken.append((own[0], own[1]))
            progress(found * len(texts) + number + 1, 2 * len(texts))
        taken = taken[_WARM_UP:]
        added = [reader - rules for rules, reader in taken]
        costs.append(
            ReaderCost(
                found=found,
                n=len(taken),
                rules_ms=percentile([rules for rules, _ in taken], 0.5),
                reader_ms=percentile([reader for _, reader in taken], 0.5),
                added_ms=percentile(added, 0.5),
                added_p90_ms=percentile(added, 0.9),
            )
        )
    return costs


async def _ask(screen: Screen, snapshot: Snapshot, answer: str) -> float:
    model = ScriptedChat(lambda messages, options: answer)
    pipeline = Pipeline(model, screen, Roles({}, "rules"), PolicySettings(refusal="plain"))
    began = time.perf_counter()
    await pipeline.ask(snapshot, (Message("user", _QUESTION),), ChatOptions())
    return (time.perf_counter() - began) * 1000


def _naming(text: str, name: str) -> str:
    """The text with a sentence about somebody in its middle."""
    parts = text.split(". ")
    middle = len(parts) // 2
    return ". ".join([*parts[:middle], f"Beside them {name} kept the ledgers", *parts[middle:]])
