"""What the texts of one request say by facts and topics, plain or in code, whoever is named in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from expunge.screen.context.disambiguation import Asked, bears, in_doubt
from expunge.screen.encoded import mostly_masked, unmasked_readings
from expunge.screen.index import Segment, View
from expunge.screen.matches import Marked, Match, TokenizedTexts, evidence_of
from expunge.screen.semantic.embeddings import NO_ROWS, Vectors, as_rows, texts_of
from expunge.screen.semantic.facts import Facts
from expunge.screen.semantic.index import Meaning
from expunge.screen.semantic.phrases import Phrases
from expunge.screen.semantic.sentences import Compared, compared_of, different, everywhere
from expunge.screen.semantic.sieve import ScoredSentences, Sensitivity, Sieve, TextSentences, score_sentences
from expunge.screen.semantic.topics import Parts
from expunge.text.budget import counted
from expunge.text.decode.look import is_natural
from expunge.text.segment import Span, sentences
from expunge.types import DRAFT_CHANNELS, Channel, EvidenceKind, Strength, Target


class Saying:
    """Reads the texts of one request.

    Args:
        view: the segments that serve.
        meanings: each segment with what it means.
        compared: compares sentences by meaning; without it, telling words alone are looked for.
        readings: the texts as they are read for names.
        question: what the request asks, "" outside a conversation.
        thorough: whether every sentence is compared by meaning, without a sieve.
        hints: whether a bare hint at a fact, with nothing else that points at its target, counts.
    """

    def __init__(
        self,
        view: View,
        meanings: Sequence[tuple[Segment, Meaning]],
        compared: Compared | None,
        readings: TokenizedTexts,
        question: str = "",
        *,
        thorough: bool = False,
        hints: bool = True,
    ) -> None:
        self._view = view
        self._meanings = meanings
        self._compared = compared
        self._readings = readings
        self._asked, self._unasked = Asked(question), Asked()
        self._thorough = thorough
        self.sensitivity = Sensitivity.HINTS if hints else Sensitivity.LIKELY
        """What the texts are looked through for: more where there is something that a hint may agree with."""
        self._split: dict[str, list[Span]] = {}
        self._unmasked: dict[str, list[str]] = {}
        self._scores: dict[tuple[str, bool], ScoredSentences] = {}
        self._read: dict[str, tuple[list[Span], Vectors]] = {}
        """The sentences of each text that were compared, and their vectors."""

    async def adjust_sensitivity(self, found: Sequence[Marked], texts: Iterable[tuple[Channel, int, str]]) -> None:
        """Look for hints, too, where one may count: where something points at a target, or where question and draft
        may both hint at a fact.

        Raises:
            OverBudget: if the budget that holds is spent.
        """
        if any(e.channel != "system" and e.strength > Strength.HINT for _, e in found):
            self.sensitivity = Sensitivity.EVERY_HINT
        elif self.sensitivity is Sensitivity.LIKELY and (found or await self._may_hint_in_both(texts)):
            self.sensitivity = Sensitivity.HINTS

    def raise_sensitivity(self) -> None:
        """From now on look for hints, too: something was found with which one may agree."""
        self.sensitivity = max(self.sensitivity, Sensitivity.HINTS)

    async def _may_hint_in_both(self, texts: Iterable[tuple[Channel, int, str]]) -> bool:
        if self._compared is None or self._thorough:
            return False
        read = [(text, channel == "question") for channel, _, text in texts if channel in ("question", *DRAFT_CHANNELS)]
        if any(self._masked(text) for text, _ in read):
            return True
        sieves = sieves_of(meaning for _, meaning in self._meanings)
        if sieves is None:
            return False
        heard = await self._scored(read, sieves)
        return all(any(one.may_hint() for one in heard if one.question is asks) for asks in (True, False))

    async def _scored(self, texts: Sequence[tuple[str, bool]], sieves: Sequence[Sieve]) -> list[ScoredSentences]:
        """What the sieves know of some texts, each whether it is a question."""
        new = [key for key in dict.fromkeys(texts) if key not in self._scores]
        if new:
            with counted():
                said = [TextSentences(text, different(text, self._pieces(text)), asks) for text, asks in new]
            self._scores.update(zip(new, await score_sentences(said, sieves), strict=True))
        return [self._scores[key] for key in texts]

    def _pieces(self, text: str) -> list[Span]:
        """The sentences of a text."""
        known = self._split.get(text)
        if known is None:
            known = self._split[text] = compared_of(text)
        return known

    def _masked(self, text: str) -> list[str]:
        """What a text reads as where most of it was masked."""
        known = self._unmasked.get(text)
        if known is None:
            readings = [unmasked for unmasked, _ in unmasked_readings(text)]
            known = self._unmasked[text] = [unmasked for unmasked in readings if mostly_masked(text, unmasked)]
        return known

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
            masked = self._masked(text)
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
        asks = channel == "question"
        with counted():
            pieces = self._pieces(text)
        compared = await self._worth_comparing(text, pieces, asks=asks) if self._compared is not None else []
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

    async def _worth_comparing(self, text: str, pieces: Sequence[Span], *, asks: bool) -> list[Span]:
        """The different sentences of a text that are compared by meaning."""
        sieves = None if self._thorough else sieves_of(meaning for _, meaning in self._meanings)
        if sieves is None:
            with counted():
                return different(text, pieces)
        (heard,) = await self._scored([(text, asks)], sieves)
        return heard.passing(self.sensitivity)

    def _in_force(
        self,
        segment: Segment,
        sightings: Iterable[Match],
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


def sieves_of(meanings: Iterable[Meaning]) -> list[Sieve] | None:
    """The sieves of the facts; None where every sentence is compared by meaning, since topics are in force, which need
    the whole text, or facts have no sieve."""
    sieves: list[Sieve] = []
    for facts, topics, _ in meanings:
        if topics is not None:
            return None
        if facts is not None and facts.comparable:
            if facts.sieve is None:
                return None
            sieves.append(facts.sieve)
    return sieves


async def by_given_facts(
    found: Sequence[Marked], text: str, pieces: Sequence[Span], compared: Compared | None
) -> list[Marked]:
    """The evidence in a question, without what only unconfirmed facts of a target tell that it does not name.

    Raises:
        ModelError: if the embedding model fails.
        OverBudget: if there are too many facts to compare.
    """
    fits: dict[str, bool] = {}
    kept = []
    for target, evidence in found:
        if evidence.kind is EvidenceKind.FACT and target.unconfirmed and not bears(target, text):
            if target.id not in fits:
                fits[target.id] = await _fits(target, text, pieces, compared)
            if not fits[target.id]:
                continue
        kept.append((target, evidence))
    return kept


async def _fits(target: Target, text: str, pieces: Sequence[Span], compared: Compared | None) -> bool:
    """Whether a question is like what is known of a target without unconfirmed facts."""
    given = replace(target, facts=tuple(fact for fact in target.facts if not fact.elicited))
    known = texts_of(given)
    if not known:
        return False
    rows = NO_ROWS if compared is None else as_rows(await compared.vectors(known))
    facts = Facts([given], rows)
    if facts.by_words(text, pieces) or facts.by_several(text) or any(Phrases([given]).find(text)):
        return True
    if compared is None or not pieces:
        return False
    vectors = await compared.vectors([piece.of(text).strip() for piece in pieces])
    return bool(facts.by_meaning(text, pieces, vectors, question=True))
