"""Facts and topics in the texts of one request, plain or encoded, whoever they name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from expunge.screen.context.disambiguation import Asked, bears, in_doubt
from expunge.screen.encoded import mostly_masked, unmasked_readings
from expunge.screen.index import Segment, View
from expunge.screen.matches import Marked, Match, Passage, TokenizedTexts, evidence_of
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
from expunge.types import DRAFT_CHANNELS, EvidenceKind, Strength, Target


class Statements:
    """Reads the texts of one request for facts and topics.

    Args:
        view: the segments that serve.
        meanings: each segment with what it means.
        compared: compares sentences by meaning; without it, telling words alone are looked for.
        tokenized: the texts as they are read for names.
        question: what the request asks, "" outside a conversation.
        thorough: whether every sentence is compared by meaning, without a sieve.
        hints: whether a bare hint at a fact, with nothing else that points at its target, counts.
    """

    def __init__(
        self,
        view: View,
        meanings: Sequence[tuple[Segment, Meaning]],
        compared: Compared | None,
        tokenized: TokenizedTexts,
        question: str = "",
        *,
        thorough: bool = False,
        hints: bool = True,
    ) -> None:
        self._view = view
        self._meanings = meanings
        self._compared = compared
        self._tokenized = tokenized
        self._asked, self._unasked = Asked(question), Asked()
        self._thorough = thorough
        self.sensitivity = Sensitivity.HINTS if hints else Sensitivity.LIKELY
        """What the texts are looked through for: more where there is something that a hint may agree with."""
        self._split: dict[str, list[Span]] = {}
        self._unmasked: dict[str, list[str]] = {}
        self._scores: dict[tuple[str, bool], ScoredSentences] = {}
        self._read: dict[str, _ComparedText] = {}

    async def adjust_sensitivity(self, marked: Sequence[Marked], passages: Iterable[Passage]) -> None:
        """Look for hints, too, where one may count: where something points at a target, or where question and draft
        may both hint at a fact.

        Raises:
            OverBudget: if the budget that holds is spent.
        """
        if any(e.channel != "system" and e.strength > Strength.HINT for _, e in marked):
            self.sensitivity = Sensitivity.EVERY_HINT
        elif self.sensitivity is Sensitivity.LIKELY and (marked or await self._may_hint_in_both(passages)):
            self.sensitivity = Sensitivity.HINTS

    def raise_sensitivity(self) -> None:
        """From now on look for hints, too: something was found with which one may agree."""
        self.sensitivity = max(self.sensitivity, Sensitivity.HINTS)

    async def _may_hint_in_both(self, passages: Iterable[Passage]) -> bool:
        if self._compared is None or self._thorough:
            return False
        answered = [passage for passage in passages if passage.channel in ("question", *DRAFT_CHANNELS)]
        read = [(passage.text, passage.channel == "question") for passage in answered]
        if any(self._masked(text) for text, _ in read):
            return True
        sieves = sieves_of(meaning for _, meaning in self._meanings)
        if sieves is None:
            return False
        heard = await self._scored(read, sieves)
        return all(any(one.may_hint() for one in heard if one.question is asks) for asks in (True, False))

    async def _scored(self, texts: Sequence[tuple[str, bool]], sieves: Sequence[Sieve]) -> list[ScoredSentences]:
        """Return the sieves' scores for texts; each comes with whether it is a question."""
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
        """Return the readings of a text of which most was masked."""
        known = self._unmasked.get(text)
        if known is None:
            readings = [unmasked for unmasked, _ in unmasked_readings(text)]
            known = self._unmasked[text] = [unmasked for unmasked in readings if mostly_masked(text, unmasked)]
        return known

    def recalled(self, passages: Iterable[Passage]) -> list[Marked]:
        """Return the targets that earlier turns spoke of without a name, by the words of a fact."""
        history = [passage for passage in passages if passage.channel == "history"]
        marked: list[Marked] = []
        for segment, (facts, _, phrases) in self._meanings:
            if facts is None or phrases is None:
                continue
            for passage in history:
                text = passage.text
                matches = [*phrases.find(text), *facts.by_words(text, sentences(text))]
                marked += self._in_force(segment, matches, passage, self._unasked)
        return marked

    def completed(self, passage: Passage) -> list[Marked]:
        """Facts of which the question gives a part and a passage of the draft the rest."""
        marked: list[Marked] = []
        question = self._asked.text
        asked, told = self._read.get(question), self._read.get(passage.text)
        for segment, (facts, _, _) in self._meanings:
            if facts is None:
                continue
            matches = facts.by_both(question, passage.text)
            if asked is not None and told is not None:
                matches += facts.by_pairs(question, passage.text, asked.vectors, told.vectors, told.sentences)
            marked += self._in_force(segment, matches, passage, self._asked)
        return marked

    async def stated(self, passage: Passage) -> list[Marked]:
        """Facts and topics that a passage speaks of, perhaps in answer to the question.

        Raises:
            ModelError: if the embedding model fails.
            OverBudget: if there are too many sentences to compare.
        """
        return await self._stated(passage, self._asked)

    async def stated_in_code(self, passage: Passage, *, wide: bool) -> list[Marked]:
        """Facts and topics that a passage speaks of in an encoding; each stands for the whole span that was decoded.

        Raises:
            ModelError, OverBudget: as `stated`.
        """
        marked: list[Marked] = []
        if not any(meaning.facts for _, meaning in self._meanings):
            return marked
        with counted():
            masked = self._masked(passage.text)
            uncovered = self._tokenized.uncovered(passage.text, wide=wide)
            pieces = [u for u in uncovered if not u.weak or (wide and is_natural(u.text))]
        for unmasked in masked:
            marked += await self._stated(passage._replace(text=unmasked), self._unasked)
        for piece in pieces:
            # Gibberish is close to anything: only what reads like a language has a topic. But a fact may stand amid it.
            decoded = passage._replace(text=piece.text)
            for target, e in await self._stated(decoded, self._unasked, topical=is_natural(piece.text)):
                start, end = piece.locate(e.start, e.end)
                marked.append((target, replace(e, kind=EvidenceKind.DECODED, start=start, end=end, via=piece.via)))
        return marked

    async def _stated(self, passage: Passage, asked: Asked, *, topical: bool = True) -> list[Marked]:
        """Facts and, if `topical`, topics."""
        served = [one for one in self._meanings if one[1].facts is not None and one[1].phrases is not None]
        if not served:
            return []
        text, asks = passage.text, passage.channel == "question"
        with counted():
            pieces = self._pieces(text)
        compared = await self._compare(text, pieces, asks=asks, topical=topical)
        if compared is not None and asked is self._asked:
            self._read[text] = compared
        marked: list[Marked] = []
        for segment, meaning in served:
            with counted():
                matches = _by_wording(text, pieces, meaning, asks=asks)
                if compared is not None:
                    matches += _by_meaning(text, pieces, meaning, compared, asks=asks)
                marked += self._in_force(segment, matches, passage, asked)
        return await by_given_facts(marked, text, pieces, self._compared) if asks and marked else marked

    async def _compare(self, text: str, pieces: Sequence[Span], *, asks: bool, topical: bool) -> _ComparedText | None:
        """The vectors of the sentences that are compared and, for topics in force, of the text's parts; None where no
        sentence is compared."""
        sentences = await self._worth_comparing(text, pieces, asks=asks) if self._compared is not None else []
        if self._compared is None or not sentences:
            return None
        vectors = await self._compared.vectors([piece.of(text).strip() for piece in sentences])
        if not topical or all(meaning.topics is None for _, meaning in self._meanings):
            return _ComparedText(sentences, vectors, None)
        parts = Parts.of(text, sentences)
        return _ComparedText(sentences, vectors, (parts, await self._compared.vectors(parts.views)))

    async def _worth_comparing(self, text: str, pieces: Sequence[Span], *, asks: bool) -> list[Span]:
        """The different sentences of a text that are compared by meaning."""
        sieves = None if self._thorough else sieves_of(meaning for _, meaning in self._meanings)
        if sieves is None:
            with counted():
                return different(text, pieces)
        (heard,) = await self._scored([(text, asks)], sieves)
        return heard.passing(self.sensitivity)

    def _in_force(self, segment: Segment, matches: Iterable[Match], passage: Passage, asked: Asked) -> list[Marked]:
        """Matches of a segment's facts as evidence, those of targets no longer in force left out."""
        marked: list[Marked] = []
        for match in matches:
            target = segment.targets[match.target]
            if self._view.snapshot.get(target.id) is target:
                weighed = in_doubt(target, match, passage.text, asked)
                marked.append((target, evidence_of(target, weighed, passage.channel, passage.number)))
        return marked


@dataclass(frozen=True, slots=True, eq=False)
class _ComparedText:
    """The sentences of a text that are compared by meaning with their vectors, and its parts with theirs where topics
    are looked for."""

    sentences: list[Span]
    vectors: Vectors
    parts: tuple[Parts, Vectors] | None


def _by_wording(text: str, pieces: Sequence[Span], meaning: Meaning, *, asks: bool) -> list[Match]:
    """Return the matches of a segment's targets by a text's words and titles."""
    facts, _, phrases = meaning
    if facts is None or phrases is None:
        return []
    matches = [*facts.by_words(text, pieces), *phrases.find(text)]
    return [*matches, *facts.by_several(text)] if asks else matches


def _by_meaning(
    text: str, pieces: Sequence[Span], meaning: Meaning, compared: _ComparedText, *, asks: bool
) -> list[Match]:
    """Return the matches of a segment's targets by the compared sentences of a text and their repetitions."""
    facts, topics, _ = meaning
    if facts is None:
        return []
    near = facts.by_meaning(text, compared.sentences, compared.vectors, question=asks)
    if topics is not None and compared.parts is not None:
        parts, views = compared.parts
        near += topics.find(text, compared.sentences, compared.vectors, parts, views, question=asks)
    return list(everywhere(text, pieces, near)) if len(compared.sentences) < len(pieces) else near


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
    """Whether a question resembles what is known of a target, without unconfirmed facts."""
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
