"""Topics: texts about a field of knowledge, told by a probe that is learnt from the topic's examples.

A text is judged as a whole, together with its opening where a list (the choices of a question) follows, and
sentence by sentence, since one sentence on the topic is enough.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np

from expunge.screen.matches import Match
from expunge.screen.semantic.embeddings import FactEmbeddings, Vectors, as_vectors, digest_of, example_numbers, texts_of
from expunge.screen.semantic.negatives import closest, general_samples, general_vectors
from expunge.screen.semantic.topic_classifier import NEIGHBOURS, General, TopicClassifier, learn
from expunge.text.segment import Span, list_start
from expunge.types import EvidenceKind, Strength, Target, TargetKind

_OF_A_SENTENCE = 0.2
"""How much clearer than a whole text a single sentence must be: each is one more chance to err. On half of WMDP it adds
1 point of recall, and of 171 MMLU questions none or one; without it, up to 13."""
_OF_A_DRAFT = 0.1
"""The same for a whole draft, since topics are learnt from questions. At half of it, of 12 answers on three topics in
seven languages 7 and 9 were found (two draws of examples), and of 12 harmless ones none."""
_OF_A_HINT = 0.15
"""How far under the threshold a text is a hint, which counts together with a term."""
_SHORTEST = 20
"""Bytes under which a text carries no topic: four words or so, in any script."""
LONGEST = 2_000
"""Characters of a text that are judged as a whole."""
_KEPT = 256
"""Probes that are kept, the latest: about 3 MB each at most."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A text as topics are looked for in it.

    `views` stand for the whole: all of it, and what comes before its list if there is one. `listed` tells, for each
    piece, whether it belongs to that list or comes after it.
    """

    views: tuple[str, ...]
    listed: tuple[bool, ...]

    @classmethod
    def of(cls, text: str, pieces: Sequence[Span]) -> Parts:
        """The parts of a text that was cut into pieces."""
        start = list_start(text)
        lead, whole = text[:start].strip()[:LONGEST], text.strip()[:LONGEST]
        if not lead or lead == whole:
            return cls((whole,), (False,) * len(pieces))
        return cls((whole, lead), tuple(piece.start >= start for piece in pieces))


class Topics:
    """The topics of one segment: `probes[i]` tells topic `owners[i]`."""

    def __init__(self, owners: Sequence[int], probes: Sequence[TopicClassifier], general: General) -> None:
        self._owners = owners
        self._probes = probes
        self._general = general

    def find(
        self, text: str, pieces: Sequence[Span], vectors: Vectors, parts: Parts, views: Vectors, *, question: bool
    ) -> list[Match]:
        """The text, or sentences of it, that are on a topic; `vectors` are those of the pieces, `views` of the views.

        The choices of a question are no sentences: they are judged with the whole.
        """
        if not all(_weighty(view) for view in parts.views):
            return []
        alone = [
            (piece, vector)
            for piece, listed, vector in zip(pieces, parts.listed, vectors, strict=True)
            if not (listed and question) and len(pieces) > 1 and _weighty(piece.of(text))
        ]
        placed = self._general.place(np.vstack([views, *(vector[None] for _, vector in alone)]))
        to_general = placed @ self._general.rows.T
        general = closest(to_general, NEIGHBOURS)
        found: list[Match] = []
        for owner, probe in zip(self._owners, self._probes, strict=True):
            above = probe.scores(placed, to_general, general) - probe.threshold
            whole = float(above[: len(views)].mean()) - (0 if question else _OF_A_DRAFT)
            if whole > -_OF_A_HINT:
                found.append(_sighting(owner, 0, len(text), whole))
            for (piece, _), score in zip(alone, above[len(views) :], strict=True):
                if score > _OF_A_SENTENCE:
                    found.append(_sighting(owner, piece.start, piece.end, float(score) - _OF_A_SENTENCE))
        return found


class Probes:
    """Learns the probes of topics, and keeps the latest."""

    def __init__(self, vectors: FactEmbeddings) -> None:
        self._vectors = vectors
        self._kept: OrderedDict[str, TopicClassifier] = OrderedDict()
        self._general: General | None = None

    async def topics_of(self, targets: Sequence[Target], without: Set[str] = frozenset()) -> Topics | None:
        """The topics among `targets`, or None if there are none with anything to compare; `without` are the ids of
        those that are left out.

        Raises:
            ModelError: if the embedding model fails.
        """
        topics = [i for i, target in enumerate(targets) if target.kind is TargetKind.TOPIC]
        owners = [i for i in topics if targets[i].id not in without and texts_of(targets[i])]
        if not owners:
            return None
        if self._general is None:
            vectors = await general_vectors(self._vectors.embedder)
            self._general = General.of(general_samples(), vectors)
        return Topics(owners, [await self._probe(targets[i], self._general) for i in owners], self._general)

    async def _probe(self, target: Target, general: General) -> TopicClassifier:
        digest = digest_of(target)
        probe = self._kept.get(digest)
        if probe is None:
            probe = learn(general, as_vectors(await self._vectors.of([target])), example_numbers(target))
        self._kept[digest] = probe
        self._kept.move_to_end(digest)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return probe


def _weighty(text: str) -> bool:
    return len(text.strip().encode("utf-8", "replace")) >= _SHORTEST


def _sighting(owner: int, start: int, end: int, over: float) -> Match:
    strength = Strength.LIKELY if over > 0 else Strength.HINT
    score = round(min(1.0, max(0.0, 0.5 + over / 2)), 3)
    return Match(owner, EvidenceKind.TOPIC, strength, start, end, "", score)
