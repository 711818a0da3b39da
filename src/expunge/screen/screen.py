"""The screen: reads a conversation and a draft, and says which targets it sees, where and how surely.

Deterministic; it may raise suspicion and never clears an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary

import numpy as np

from expunge.screen.echo import only_echoes
from expunge.screen.encodings import find_encoded, find_masked
from expunge.screen.facts import Facts, facts_of
from expunge.screen.index import Index, Segment, View
from expunge.screen.namesakes import bears, is_somebody_else, is_told_of_another
from expunge.screen.partial import FIRST_NAME, belongs_to_another, parts_in_company
from expunge.screen.reference import names_a_person, refers_back, speaks_of_somebody
from expunge.screen.sightings import Reading, Sighting
from expunge.screen.topics import Topics, topics_of
from expunge.screen.vectors import Embedder, FactVectors, VectorStore
from expunge.text.codecs.look import is_natural
from expunge.text.decode import cues, uncover
from expunge.text.segment import Span, sentences
from expunge.types import (
    DRAFT_CHANNELS,
    Channel,
    Draft,
    Evidence,
    EvidenceKind,
    Fact,
    Message,
    Snapshot,
    Strength,
    Target,
)

_MOST_SENTENCES = 120
"""Sentences of one text that are compared by meaning; of a longer text the last ones."""
_OTHER = "named-other"
"""Marks a likeness in a sentence that names somebody else."""
_MOST_DECODED = 12
"""Decoded texts, the surest first, that are compared by meaning."""
_QUOTED = re.compile(r"[\"“«][^\"”»]*[\"”»]|(?<!\w)['‘][^'’]*['’](?!\w)")
_LOOK_BACK = 12
"""Earlier turns in which a follow-up question may find the one it points at."""

_Marked = tuple[Target, Evidence]


class Screen:
    """Finds targets in texts. One object serves many requests at once.

    Args:
        embedder: the model by which facts and topics are compared; without one they are found by
            their telling words and terms alone.
        store: keeps the facts' vectors between processes.
        echo: whether giving back what the user typed is no disclosure.
    """

    def __init__(
        self, embedder: Embedder | None = None, store: VectorStore | None = None, *, echo: bool = False
    ) -> None:
        self._vectors = FactVectors(embedder, store) if embedder is not None else None
        self._index = Index()
        self._facts: WeakKeyDictionary[Segment, tuple[Facts | None, Topics | None]] = WeakKeyDictionary()
        self._echo = echo

    async def remember(self, targets: Sequence[Target]) -> None:
        """Work out the vectors of these targets' facts now.

        Raises:
            ModelError: if the embedding model fails.
        """
        if self._vectors is not None:
            await self._vectors.of(targets)

    async def read(self, snapshot: Snapshot, messages: Sequence[Message], draft: Draft) -> tuple[Evidence, ...]:
        """All evidence in a conversation (its last user message is the question) and the draft's channels.

        Raises:
            ModelError: if facts or topics must be compared and the embedding model fails.
        """
        view = self._index.view(snapshot)
        texts = list(_conversation(messages))
        question = next((text for channel, _, text in texts if channel == "question"), "")
        wide = bool(cues(question))
        texts += list(_channels(draft))
        if self._echo and question and only_echoes(question, draft.text) and not (draft.reasoning or draft.tool_calls):
            return ()
        found: list[_Marked] = []
        for channel, number, text in texts:
            found += _names(view, text, channel, number, wide=wide and channel in DRAFT_CHANNELS)
        found += _references(found, messages, question)
        found = _first_names(found, messages, question)
        live = {target.id: target for target, e in found if e.channel != "system" and e.strength > Strength.HINT}
        context = _told(found, messages)
        for channel, number, text in texts:
            if channel in ("question", *DRAFT_CHANNELS):
                found += _company(live.values(), text, channel, number)
                found += await self._said(view, text, channel, number, question)
                found += await self._said_in_code(view, text, channel, number, wide=wide)
            if channel in DRAFT_CHANNELS and question:
                found += await self._completed(view, question, text, channel, number)
            if channel in DRAFT_CHANNELS and context:
                facts = Facts(context, np.zeros((0, 1), dtype=np.float32))
                pieces = sentences(text)
                for s in facts.by_words(text, pieces):
                    found.append((context[s.target], _evidence(context[s.target], s, channel, number)))
        return _settled(_told_apart(found, question, draft.text))

    async def read_text(self, snapshot: Snapshot, text: str, *, wide: bool = False) -> tuple[Evidence, ...]:
        """All evidence in a text by itself, as channel `draft`, outside any conversation.

        Raises:
            ModelError: as `read`.
        """
        view = self._index.view(snapshot)
        found = _first_names(_names(view, text, "draft", -1, wide=wide), (), "")
        found += _company([t for t, e in found if e.strength > Strength.HINT], text, "draft", -1)
        found += await self._said(view, text, "draft", -1)
        found += await self._said_in_code(view, text, "draft", -1, wide=wide)
        return _settled(found)

    async def _meaning(self, segment: Segment) -> tuple[Facts | None, Topics | None]:
        ready = self._facts.get(segment)
        if ready is None:
            if any(target.facts or target.description for target in segment.targets):
                topics = await topics_of(segment.targets, self._vectors) if self._vectors is not None else None
                ready = await facts_of(segment.targets, self._vectors), topics
            else:
                ready = None, None
            self._facts[segment] = ready
        return ready

    async def _completed(self, view: View, question: str, text: str, channel: Channel, number: int) -> list[_Marked]:
        """Facts of which the question gives a part and the draft the rest."""
        found: list[_Marked] = []
        for segment in view.segments:
            facts, _ = await self._meaning(segment)
            for sighting in facts.by_both(question, text) if facts is not None else ():
                target = segment.targets[sighting.target]
                if view.snapshot.get(target.id) is target:
                    found.append((target, _evidence(target, sighting, channel, number)))
        return found

    async def _said_in_code(self, view: View, text: str, channel: Channel, number: int, *, wide: bool) -> list[_Marked]:
        """Facts and topics that a text speaks of in an encoding; each stands for the whole span that was decoded."""
        found: list[_Marked] = []
        if not any([(await self._meaning(segment))[0] for segment in view.segments]):
            return found
        for uncovered in uncover(text, wide=wide)[:_MOST_DECODED]:
            if uncovered.weak and not (wide and is_natural(uncovered.text)):
                continue
            for target, evidence in await self._said(view, uncovered.text, channel, number):
                start, end = uncovered.locate(evidence.start, evidence.end)
                via = uncovered.via
                found.append((target, replace(evidence, kind=EvidenceKind.DECODED, start=start, end=end, via=via)))
        return found

    async def _said(self, view: View, text: str, channel: Channel, number: int, question: str = "") -> list[_Marked]:
        """Facts and topics that a text speaks of, perhaps in answer to a question."""
        found: list[_Marked] = []
        pieces: list[Span] | None = None
        vectors = None
        for segment in view.segments:
            facts, topics = await self._meaning(segment)
            if facts is None:
                continue
            if pieces is None:
                pieces = [p for p in sentences(text) if len(p.of(text).strip()) > 2][-_MOST_SENTENCES:]
                if self._vectors is not None and pieces:
                    vectors = await self._vectors.texts([p.of(text).strip() for p in pieces])
            sightings = facts.by_words(text, pieces)
            if vectors is not None:
                sightings += facts.by_meaning(text, pieces, vectors, question=channel == "question")
                if topics is not None:
                    sightings += topics.find(pieces, vectors)
            for sighting in sightings:
                target = segment.targets[sighting.target]
                if view.snapshot.get(target.id) is target:
                    found.append(
                        (target, _evidence(target, _in_doubt(target, sighting, text, question), channel, number))
                    )
        return found


def _in_doubt(target: Target, sighting: Sighting, text: str, question: str) -> Sighting:
    """A likeness in meaning, made a hint where the sentence, or the question before it, is about somebody else."""
    if sighting.kind is not EvidenceKind.FACT or sighting.via:
        return sighting
    piece = text[sighting.start : sighting.end]
    if is_told_of_another(target, piece) or (not bears(target, piece) and is_told_of_another(target, question)):
        return replace(sighting, strength=Strength.HINT, via=_OTHER)
    return sighting


def _conversation(messages: Sequence[Message]) -> Iterator[tuple[Channel, int, str]]:
    last = max((i for i, m in enumerate(messages) if m.role == "user"), default=-1)
    for index, message in enumerate(messages):
        if index == last:
            yield "question", index, message.content
        elif message.role in ("user", "assistant"):
            yield "history", index, message.content
        else:
            yield "system", index, message.content


def _channels(draft: Draft) -> Iterator[tuple[Channel, int, str]]:
    yield "draft", -1, draft.text
    if draft.reasoning:
        yield "reasoning", -1, draft.reasoning
    for number, call in enumerate(draft.tool_calls):
        yield "tool_call", number, call


def _evidence(target: Target, sighting: Sighting, channel: Channel, number: int) -> Evidence:
    return Evidence(
        target.id, sighting.kind, sighting.strength, channel, sighting.start, sighting.end, number, sighting.via,
        sighting.score,
    )  # fmt: skip


def _names(view: View, text: str, channel: Channel, number: int, *, wide: bool) -> list[_Marked]:
    """Names in one text, plain, masked and encoded."""
    found = list(view.find(Reading(text), asked=channel == "question"))
    found += find_masked(view, text)
    found += find_encoded(view, text, wide=wide)
    return [(target, _evidence(target, sighting, channel, number)) for target, sighting in found]


def _company(targets: Iterable[Target], text: str, channel: Channel, number: int) -> list[_Marked]:
    """Parts of the names of targets that the conversation is about."""
    found: list[_Marked] = []
    reading: Reading | None = None
    for target in targets:
        reading = reading or Reading(text)
        for sighting in parts_in_company(target, 0, reading):
            found.append((target, _evidence(target, sighting, channel, number)))
    return found


def _references(found: Sequence[_Marked], messages: Sequence[Message], question: str) -> list[_Marked]:
    """The targets that a follow-up question points back at: those named last before it."""
    if not question or not refers_back(question):
        return []
    earlier = [i for i, m in enumerate(messages) if m.role in ("user", "assistant")][:-1][-_LOOK_BACK:]
    named = {
        (e.message, target.id): (target, e)
        for target, e in found
        if e.channel == "history" and e.strength > Strength.HINT
    }
    others_named = False
    for index in reversed(earlier):
        here = [target for (message, _), (target, _) in named.items() if message == index]
        if here:
            strength = Strength.HINT if others_named else Strength.LIKELY
            return [
                (t, Evidence(t.id, EvidenceKind.REFERENCE, strength, "question", 0, len(question), -1)) for t in here
            ]
        others_named = others_named or (messages[index].role == "user" and names_a_person(messages[index].content))
    return []


def _first_names(found: list[_Marked], messages: Sequence[Message], question: str) -> list[_Marked]:
    """The sightings; those of a mere first name likely where the draft alone comes up with it.

    Who asks about "her" without naming anybody, and is told of "Evangeline", was understood to mean somebody known.
    """
    said = " ".join(message.content for message in messages)
    meant = speaks_of_somebody(question) and not names_a_person(_QUOTED.sub(" ", said))
    kept: list[_Marked] = []
    for target, e in found:
        if e.via != FIRST_NAME:
            kept.append((target, e))
        elif meant and e.channel in DRAFT_CHANNELS and not bears(target, said):
            kept.append((target, replace(e, strength=Strength.LIKELY)))
    return kept


def _told(found: Sequence[_Marked], messages: Sequence[Message]) -> list[Target]:
    """Targets that the system prompt, a tool or a document tells about, with what it tells as their facts."""
    told: dict[str, tuple[Target, list[str]]] = {}
    for target, evidence in found:
        if evidence.channel == "system" and evidence.strength > Strength.HINT:
            text = messages[evidence.message].content
            for piece in sentences(text):
                if piece.start <= evidence.start < piece.end:
                    told.setdefault(target.id, (target, []))[1].append(piece.of(text).strip()[:2_000])
    return [replace(target, facts=tuple(Fact(text) for text in texts)) for target, texts in told.values()]


def _told_apart(found: list[_Marked], question: str, draft: str) -> list[_Marked]:
    """The sightings, those of somebody else's name turned into one kind of hint."""
    by_target: dict[str, list[_Marked]] = {}
    for target, evidence in found:
        by_target.setdefault(target.id, []).append((target, evidence))
    kept: list[_Marked] = []
    for marked in by_target.values():
        target = marked[0][0]
        here = [e for _, e in marked if e.channel in ("question", *DRAFT_CHANNELS)]
        if here and all(e.kind is EvidenceKind.PARTIAL_NAME and e.channel == "question" for e in here):
            if belongs_to_another(target, Reading(question), Reading(draft)):
                marked = [(t, e) for t, e in marked if e not in here]
        elif here and is_somebody_else(target, here, question, draft):
            marked = [(t, replace(e, strength=Strength.HINT)) for t, e in marked if e.kind is EvidenceKind.NAME]
        kept += marked
    return kept


def _settled(found: Sequence[_Marked]) -> tuple[Evidence, ...]:
    """Each sighting once, hints of one fact in question and draft made likely."""
    best: dict[tuple[object, ...], Evidence] = {}
    for _, evidence in found:
        key = (evidence.target_id, evidence.kind, evidence.channel, evidence.message, evidence.start, evidence.end)
        if key not in best or (evidence.strength, evidence.score) > (best[key].strength, best[key].score):
            best[key] = evidence
    facts_asked = {e.target_id for e in best.values() if e.kind is EvidenceKind.FACT and e.channel == "question"}
    facts_told = {e.target_id for e in best.values() if e.kind is EvidenceKind.FACT and e.channel in DRAFT_CHANNELS}
    both = facts_asked & facts_told
    return tuple(
        replace(e, strength=Strength.LIKELY)
        if e.kind is EvidenceKind.FACT and e.strength is Strength.HINT and e.target_id in both and e.via != _OTHER
        else e
        for e in best.values()
    )
