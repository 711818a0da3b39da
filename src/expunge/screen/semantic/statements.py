"""What the texts of one request say by facts and topics, plain or in code, whoever is named in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from expunge.screen.doubt import Asked, in_doubt
from expunge.screen.encodings import mostly_masked, unmasked_readings
from expunge.screen.index import Segment, View
from expunge.screen.semantic.embeddings import Vectors
from expunge.screen.semantic.index import Meaning
from expunge.screen.semantic.sentences import Compared, compared_of, different, everywhere
from expunge.screen.semantic.sieve import Sieve, let_through
from expunge.screen.semantic.topics import Parts
from expunge.screen.semantic.unconfirmed import by_given_facts
from expunge.screen.settling import Marked
from expunge.screen.sightings import Readings, Sighting, evidence_of
from expunge.text.budget import counted
from expunge.text.codecs.look import is_natural
from expunge.text.segment import Span, sentences
from expunge.types import Channel, EvidenceKind


class Saying:
    """Reads the texts of one request.

    Args:
        view: the segments that serve.
        meanings: each segment with what it means.
        compared: compares sentences by meaning; without it, telling words alone are looked for.
        readings: the texts as they are read for names.
        question: what the request asks, "" outside a conversation.
        thorough: whether every sentence is compared by meaning, without a sieve.
    """

    def __init__(
        self,
        view: View,
        meanings: Sequence[tuple[Segment, Meaning]],
        compared: Compared | None,
        readings: Readings,
        question: str = "",
        *,
        thorough: bool = False,
    ) -> None:
        self._view = view
        self._meanings = meanings
        self._compared = compared
        self._readings = readings
        self._asked, self._unasked = Asked(question), Asked()
        self._thorough = thorough
        self.wary = False
        """Whether the request names a target, so that a mere hint at a fact counts."""
        self._read: dict[str, tuple[list[Span], Vectors]] = {}
        """The sentences of each text that were compared, and their vectors."""

    def recalled(self, texts: Iterable[tuple[Channel, int, str]]) -> list[Marked]:
        """Whom earlier turns spoke of without a name: by the words of a fact."""
        found: list[Marked] = []
        for segment, (facts, _, phrases) in self._meanings:
            if facts is None or phrases is None:
                continue
            for channel, number, text in texts:
                if channel == "history":
                    sightings = [*phrases.find(text), *facts.by_words(text, sentences(text))]
                    found += self._in_force(segment, sightings, text, channel, number, self._unasked)
        return found

    def completed(self, text: str, channel: Channel, number: int) -> list[Marked]:
        """Facts of which the question gives a part and the draft the rest."""
        found: list[Marked] = []
        question = self._asked.text
        asked, told = self._read.get(question), self._read.get(text)
        for segment, (facts, _, _) in self._meanings:
            if facts is None:
                continue
            sightings = facts.by_both(question, text)
            if asked is not None and told is not None:
                sightings += facts.by_pairs(question, text, asked[1], told[1], told[0])
            found += self._in_force(segment, sightings, text, channel, number, self._asked)
        return found

    async def said(self, text: str, channel: Channel, number: int) -> list[Marked]:
        """Facts and topics that a text speaks of, perhaps in answer to the question.

        Raises:
            ModelError: if the embedding model fails.
            OverBudget: if there are too many sentences to compare.
        """
        return await self._said(text, channel, number, self._asked)

    async def said_in_code(self, text: str, channel: Channel, number: int, *, wide: bool) -> list[Marked]:
        """Facts and topics that a text speaks of in an encoding; each stands for the whole span that was decoded.

        Raises:
            ModelError, OverBudget: as `said`.
        """
        found: list[Marked] = []
        if not any(meaning.facts for _, meaning in self._meanings):
            return found
        with counted():
            masked = [unmasked for unmasked, _ in unmasked_readings(text) if mostly_masked(text, unmasked)]
            uncovered = self._readings.uncovered(text, wide=wide)
            pieces = [u for u in uncovered if not u.weak or (wide and is_natural(u.text))]
        for unmasked in masked:
            found += await self._said(unmasked, channel, number, self._unasked)
        for piece in pieces:
            # Gibberish is close to anything: only what reads like a language has a topic. But a fact may stand amid it.
            told = await self._said(piece.text, channel, number, self._unasked, topical=is_natural(piece.text))
            for target, evidence in told:
                start, end = piece.locate(evidence.start, evidence.end)
                seen = replace(evidence, kind=EvidenceKind.DECODED, start=start, end=end, via=piece.via)
                found.append((target, seen))
        return found

    async def _said(
        self, text: str, channel: Channel, number: int, asked: Asked, *, topical: bool = True
    ) -> list[Marked]:
        """Facts and, if `topical`, topics."""
        found: list[Marked] = []
        if not any(facts is not None and phrases is not None for _, (facts, _, phrases) in self._meanings):
            return found
        with counted():
            pieces = compared_of(text)
            compared = different(text, pieces) if self._compared is not None else []
        asks = channel == "question"
        if compared and not self._thorough:
            held = [meaning for _, meaning in self._meanings]
            compared = await worth_comparing(held, text, compared, question=asks, wary=self.wary)
        vectors = views = None
        parts: Parts | None = None
        if self._compared is not None and compared:
            vectors = await self._compared.vectors([p.of(text).strip() for p in compared])
            if asked is self._asked:
                self._read[text] = compared, vectors
            if topical and any(topics is not None for _, (_, topics, _) in self._meanings):
                parts = Parts.of(text, compared)
                views = await self._compared.vectors(parts.views)
        for segment, (facts, topics, phrases) in self._meanings:
            if facts is None or phrases is None:
                continue
            with counted():
                sightings = [*facts.by_words(text, pieces), *phrases.find(text)]
                if asks:
                    sightings += facts.by_several(text)
                if vectors is not None:
                    near = facts.by_meaning(text, compared, vectors, question=asks)
                    if topics is not None and parts is not None and views is not None:
                        near += topics.find(text, compared, vectors, parts, views, question=asks)
                    sightings += everywhere(text, pieces, near) if len(compared) < len(pieces) else near
                found += self._in_force(segment, sightings, text, channel, number, asked)
        return await by_given_facts(found, text, pieces, self._compared) if asks and found else found

    def _in_force(
        self,
        segment: Segment,
        sightings: Iterable[Sighting],
        text: str,
        channel: Channel,
        number: int,
        asked: Asked,
    ) -> list[Marked]:
        """Sightings of a segment's facts as evidence, those of targets no longer in force left out."""
        found: list[Marked] = []
        for sighting in sightings:
            target = segment.targets[sighting.target]
            if self._view.snapshot.get(target.id) is target:
                weighed = in_doubt(target, sighting, text, asked)
                found.append((target, evidence_of(target, weighed, channel, number)))
        return found


async def worth_comparing(
    meanings: Iterable[Meaning],
    text: str,
    pieces: Sequence[Span],
    *,
    question: bool,
    wary: bool = False,
) -> list[Span]:
    """The sentences of a text, a draft or perhaps a `question`, that are compared by meaning: those that the sieves of
    the facts let through, or all.

    It is all of them where topics are in force, which need the whole text, and where facts have no sieve.

    Raises:
        OverBudget: if the budget that holds is spent.
    """
    sieves: list[Sieve] = []
    for facts, topics, _ in meanings:
        if topics is not None:
            return list(pieces)
        if facts is not None and facts.comparable:
            if facts.sieve is None:
                return list(pieces)
            sieves.append(facts.sieve)
    return await let_through(text, pieces, sieves, question=question, wary=wary)
