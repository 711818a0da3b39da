"""The screen: reads a conversation and a draft, and says which targets it sees, where and how surely.

Deterministic; it may raise suspicion and never clears an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from expunge.errors import OverBudget
from expunge.screen.context.anaphora import names_somebody_else
from expunge.screen.context.asides import mentioned_aside
from expunge.screen.context.called import first_names, surnames
from expunge.screen.context.disambiguation import confirmed, settled, told_apart
from expunge.screen.context.focus import guessed, known_words, only_echoes, talked_about, told_in_company
from expunge.screen.context.followups import reference, references
from expunge.screen.context.retrieved import quoted_on_the_side, told_by_others, told_in_documents
from expunge.screen.encoded import find_encoded, find_in_pieces, find_joined, find_masked, find_shown
from expunge.screen.index import Index, View
from expunge.screen.matches import VAGUE, Found, Marked, TokenizedTexts, evidence_of
from expunge.screen.names.partial import parts_in_company
from expunge.screen.names.patterns import patterns_of
from expunge.screen.semantic.embeddings import NO_ROWS, Embedder, FactEmbeddings, VectorStore
from expunge.screen.semantic.facts import Facts
from expunge.screen.semantic.index import SemanticIndex
from expunge.screen.semantic.phrases import without_coined
from expunge.screen.semantic.resolution import given_names_elsewhere, pointed_at
from expunge.screen.semantic.sentences import MOST_SENTENCES, Compared, Meanings, compared_of, different, meanings_of
from expunge.screen.semantic.sieve import Sensitivity, let_through
from expunge.screen.semantic.statements import Saying, sieves_of
from expunge.screen.semantic.topics import Parts
from expunge.text.budget import budget, counted
from expunge.text.decode.search import cues
from expunge.text.segment import sentences
from expunge.types import (
    DRAFT_CHANNELS,
    Channel,
    Draft,
    Evidence,
    Message,
    Pending,
    Snapshot,
    Strength,
    Target,
    TargetKind,
)

MOST_CHARACTERS = 2_000_000
"""Characters of one request, conversation and draft together, that are screened; one with more is over its budget."""
_LONG_NAME = 9
"""Letters from which a name does not come about by chance among ids."""


class Screen:
    """Finds targets in texts. One object serves many requests at once.

    Args:
        embedder: the model by which facts and topics are compared; without one they are found by
            their telling words and terms alone.
        store: keeps the facts' vectors between processes.
        echo: whether giving back what the user typed is no disclosure.
        thorough: whether every sentence is compared by meaning, and not only those that a sieve lets through.
        teacher: the model by which targets are learnt, where `embedder` remembers what it has read.
        hints: whether whoever weighs the evidence makes anything of a bare hint at a fact, with nothing else that
            points at its target; rules do not.
    """

    def __init__(
        self,
        embedder: Embedder | None = None,
        store: VectorStore | None = None,
        *,
        echo: bool = False,
        thorough: bool = False,
        teacher: Embedder | None = None,
        hints: bool = True,
    ) -> None:
        self._vectors = FactEmbeddings(embedder, store, teacher) if embedder is not None else None
        self.remembers = teacher is not None
        """Whether what `foresee` embeds is known when it is read."""
        self.semantic = SemanticIndex(self._vectors)
        """What the targets mean, and whether there is anything of the kind (`SemanticIndex.in_use`)."""
        self._index = Index(self.semantic.finish)
        self._echo = echo
        self._thorough = thorough
        self._hints = hints

    @property
    def pending_embeddings(self) -> Pending:
        """The facts that are still told by their words alone, since their vectors are being worked out."""
        backfill = self.semantic.backfill
        return Pending() if backfill is None else backfill.pending

    def unembedded(self, targets: Iterable[Target]) -> Pending:
        """Those of some targets' facts whose vectors are nowhere stored; nothing is indexed or embedded for it.

        Raises:
            RegistryError: if the store cannot be read.
        """
        return Pending() if self._vectors is None else Pending.of(self._vectors.lacking(targets))

    @property
    def building(self) -> bool:
        """Whether an index is being built that will take the place of one that serves."""
        return self._index.building

    async def dimensions(self) -> int:
        """How long the embedding model's vectors are; it is asked for one. Stored vectors of another length do not
        count from then on. 0 without a model.

        Raises:
            ModelError: if the embedding model fails, or targets are compared by vectors of another length.
        """
        return 0 if self._vectors is None else int((await self._vectors.texts(["Say hello."])).shape[1])

    def close(self) -> None:
        """Leave what is still being worked out to others: from now on nothing is embedded but what is asked for."""
        self.semantic.close()

    async def remember(self, targets: Sequence[Target], progress: Callable[[int, int], None] | None = None) -> None:
        """Work out and store the vectors of these targets' facts, and have them in force as they come; of very many
        beside, where `prepare` said so and no `progress` is given.

        Raises:
            ModelError: if the embedding model fails; what was worked out before is stored.
        """
        await self.semantic.remember(targets, progress)

    async def prepare(self, snapshot: Snapshot, *, beside: bool = False, wait: bool = False) -> None:
        """Build what is needed to read under a snapshot now, and not at the first text.

        Neither this nor any reading waits for the vectors of many targets: until these are there (see
        `pending_embeddings`), their facts are told by words alone. With `wait` this does, and with `beside` not even
        who registers very many waits for theirs.

        Raises:
            ModelError: if facts or topics must be embedded and the embedding model fails.
        """
        self.semantic.beside = self.semantic.beside or beside
        if wait:
            await self.semantic.remember(tuple(snapshot), lambda done, total: None)
        for segment in self._index.view(snapshot).segments:
            await self.semantic.of(segment)

    def follow(self, snapshot: Snapshot) -> None:
        """Index the names that a snapshot adds before it is in force, if something was read before."""
        self._index.follow(snapshot)

    async def foresee(
        self,
        snapshot: Snapshot,
        texts: Sequence[str],
        openings: Sequence[str] | None = None,
        *,
        question: bool = False,
    ) -> int:
        """Embed what `read` will compare of these texts by meaning, for a model that remembers its vectors.

        The texts are questions or drafts. They are whole or, of one that is still being written, some of its sentences;
        then `openings` are its first `topics.LONGEST` characters, once they are there. Returns how many sentences there
        are to embed. Where something points at a target, `read` compares more.

        Raises:
            ModelError: if the embedding model fails.
            OverBudget: if the budget that holds is spent.
        """
        if self._vectors is None:
            return 0
        meanings = [await self.semantic.of(segment) for segment in self._index.view(snapshot).segments]
        if not any(facts is not None for facts, _, _ in meanings):
            return 0
        topical = any(topics is not None for _, topics, _ in meanings)
        sieves = None if self._thorough else sieves_of(meanings)
        count = 0
        wanted: dict[str, None] = {}
        for text in texts:
            with counted():
                compared = different(text, compared_of(text))
            if sieves is not None:
                compared = await let_through(text, compared, sieves, question=question, sensitivity=self._sensitivity)
            count += len(compared)
            if not compared or len(compared) > MOST_SENTENCES:
                continue  # it says nothing, or will be over its budget
            wanted.update((piece.of(text).strip(), None) for piece in compared)
            if topical and openings is None:
                wanted.update((view, None) for view in Parts.of(text, ()).views)
        if topical:
            wanted.update((view, None) for text in openings or () for view in Parts.of(text, ()).views)
        if wanted:
            # Texts of a length in one batch leave the least to fill up.
            await self._vectors.texts(sorted(wanted, key=len))
        return count

    @property
    def _sensitivity(self) -> Sensitivity:
        """What texts are looked through for where nothing points at a target."""
        return Sensitivity.HINTS if self._hints else Sensitivity.LIKELY

    async def read(self, snapshot: Snapshot, messages: Sequence[Message], draft: Draft) -> tuple[Evidence, ...]:
        """All evidence in a conversation (its last user message is the question) and the draft's channels.

        Raises:
            ModelError: if facts or topics must be compared and the embedding model fails.
            OverBudget: if the texts are too long, or take too long, to be read to their ends.
        """
        with budget():
            return await self._read(snapshot, messages, draft)

    async def _read(self, snapshot: Snapshot, messages: Sequence[Message], draft: Draft) -> tuple[Evidence, ...]:
        texts = [*_conversation(messages), *_channels(draft)]
        _check_length(texts)
        view = self._index.view(snapshot)
        asked, question = next(((number, text) for channel, number, text in texts if channel == "question"), (-1, ""))
        readings = TokenizedTexts()
        with counted():
            wide = bool(cues(question))
            said = bool(draft.reasoning or draft.tool_calls)
            if self._echo and question and only_echoes(question, draft.text) and not said:
                return ()
            found = _by_name(view, texts, messages, readings, wide=wide)
        meanings = [(segment, await self.semantic.of(segment)) for segment in view.segments]
        if not found and all(meaning.facts is None for _, meaning in meanings):
            return ()  # names alone are in force, and none stands anywhere
        compared = None if self._vectors is None else Compared(self._vectors)
        saying = Saying(view, meanings, compared, readings, question, thorough=self._thorough, hints=self._hints)
        with counted():
            found += saying.recalled(texts)
        pointed = await pointed_at(found, messages, question, draft, self._vectors, compared) if question else []
        with counted():
            if question and not pointed:
                others = told_by_others(found, messages, question, draft.text)
                pointed = [(target, Strength.LIKELY) for target in others]
            found += [reference(question, target, strength) for target, strength in pointed]
            found = first_names(found, messages, question)
            ids = frozenset(target.id for target, strength in pointed if strength is Strength.LIKELY)
            live = {target.id: target for target, e in found if e.channel != "system" and e.strength > Strength.HINT}
            context = told_in_documents(found, messages)
            told_before = Facts(context, NO_ROWS) if context else None
        await saying.adjust_sensitivity(found, texts)
        for channel, number, text in texts:
            if channel in ("question", *DRAFT_CHANNELS):
                with counted():
                    company = _company(live.values(), text, channel, number, readings)
                    found += company if channel != "question" else given_names_elsewhere(company, text, ids)
                stated = await saying.said(text, channel, number)
                found += stated
                found += await saying.said_in_code(text, channel, number, wide=wide)
                if stated and channel == "question":
                    saying.raise_sensitivity()
            if channel in DRAFT_CHANNELS and question:
                with counted():
                    found += confirmed(saying.completed(text, channel, number), readings[question], asked)
            if channel in DRAFT_CHANNELS and told_before is not None:
                with counted():
                    repeated = told_before.repeated(text, sentences(text)) + told_before.by_both(question, text)
                    for s in repeated:
                        if not names_somebody_else(text[s.start : s.end], known_words(context[s.target])):
                            found.append((context[s.target], evidence_of(context[s.target], s, channel, number)))
        with counted():
            found = surnames(found, question)
            unshared = without_coined(question, (e for _, e in found))
            about = talked_about(found, question, ids, unshared)
            meant = talked_about([(target, e) for target, e in found if e.via not in VAGUE], question, ids, unshared)
            for channel, number, text in texts:
                if channel in DRAFT_CHANNELS:
                    for target in about.values():
                        told = told_in_company(target, 0, question, text)
                        found += [(target, evidence_of(target, s, channel, number)) for s in told]
                        offered = guessed(target, 0, question, text) if target.id in meant else ()
                        found += [(target, evidence_of(target, s, "question", -1)) for s in offered]
            found = quoted_on_the_side(found, texts, messages)
            found = mentioned_aside(told_apart(found, question, draft.text), texts, question)
            return settled(found, about)

    async def meanings(self, targets: Sequence[Target], texts: Sequence[str]) -> Meanings | None:
        """The vectors of texts and of what is known of targets; None without texts, without an embedding model, or
        before they are there.

        Raises:
            ModelError: if the embedding model fails.
            OverBudget: if there are too many texts.
        """
        return await meanings_of(self._vectors, targets, texts) if self._vectors is not None and texts else None

    def named(self, snapshot: Snapshot, messages: Sequence[Message]) -> tuple[Evidence, ...]:
        """What names alone tell in a conversation, while there is no draft; without the embedding model."""
        texts = list(_conversation(messages))
        _check_length(texts)
        question = next((text for channel, _, text in texts if channel == "question"), "")
        readings = TokenizedTexts()
        found = _by_name(self._index.view(snapshot), texts, messages, readings, wide=False)
        found = surnames(first_names([*found, *references(found, messages, question)], messages, question), question)
        live = {target.id: target for target, e in found if e.channel != "system" and e.strength > Strength.HINT}
        for channel, number, text in texts:
            if channel == "question":
                found += _company(live.values(), text, channel, number, readings)
        return settled(told_apart(found, question, ""))

    def spelled(self, snapshot: Snapshot, squashed: str) -> tuple[str, ...]:
        """The whole names of several words, squashed, that stand anywhere in a text of letters and digits alone."""
        found: dict[str, None] = {}
        for target, _ in self._index.view(snapshot).inside(squashed, _LONG_NAME):
            if target.kind is not TargetKind.TOPIC:
                names = (p.squashed for p in patterns_of(target) if len(p.tokens) > 1 and len(p.squashed) >= _LONG_NAME)
                found.update((name, None) for name in names if name in squashed)
        return tuple(found)

    async def read_text(self, snapshot: Snapshot, text: str, *, wide: bool = False) -> tuple[Evidence, ...]:
        """All evidence in a text by itself, as channel `draft`, outside any conversation.

        Raises:
            ModelError, OverBudget: as `read`.
        """
        with budget():
            view = self._index.view(snapshot)
            _check_length([("draft", -1, text)])
            readings = TokenizedTexts()
            with counted():
                found = first_names(_names(view, text, "draft", -1, readings, wide=wide), (), "")
                found += _company([t for t, e in found if e.strength > Strength.HINT], text, "draft", -1, readings)
            meanings = [(segment, await self.semantic.of(segment)) for segment in view.segments]
            compared = None if self._vectors is None else Compared(self._vectors)
            saying = Saying(view, meanings, compared, readings, thorough=self._thorough, hints=self._hints)
            await saying.adjust_sensitivity(found, ())
            found += await saying.said(text, "draft", -1)
            found += await saying.said_in_code(text, "draft", -1, wide=wide)
            with counted():
                return settled(found)


def _check_length(texts: Iterable[tuple[Channel, int, str]]) -> None:
    if sum(len(text) for _, _, text in texts) > MOST_CHARACTERS:
        raise OverBudget(f"The request has over {MOST_CHARACTERS:,} characters, which is more than is screened.")


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


def _names(
    view: View, text: str, channel: Channel, number: int, readings: TokenizedTexts, *, wide: bool
) -> list[Marked]:
    """Names in one text, plain, masked and encoded."""
    asked = channel == "question"

    def find() -> Found:
        return (
            *find_shown(view, text, asked=asked, readings=readings),
            *find_masked(view, text),
            *find_encoded(view, text, wide=wide, readings=readings),
            *find_joined(view, text),
        )

    found = view.remembered.of(text, f"{asked:d}{wide:d}", find)
    return [(target, evidence_of(target, sighting, channel, number)) for target, sighting in found]


def _by_name(
    view: View,
    texts: Sequence[tuple[Channel, int, str]],
    messages: Sequence[Message],
    readings: TokenizedTexts,
    *,
    wide: bool,
) -> list[Marked]:
    """Names in all texts."""
    found: list[Marked] = []
    for channel, number, text in texts:
        found += _names(view, text, channel, number, readings, wide=wide and channel in DRAFT_CHANNELS)
    asked = max((number for channel, number, _ in texts if channel == "question"), default=-1)
    for target, sighting, turn in find_in_pieces(view, messages) if len(messages) > 1 else ():
        found.append((target, evidence_of(target, sighting, "question" if turn == asked else "history", turn)))
    return quoted_on_the_side(found, texts, messages) if found else found


def _company(
    targets: Iterable[Target], text: str, channel: Channel, number: int, readings: TokenizedTexts
) -> list[Marked]:
    """Parts of the names of targets that the conversation is about."""
    found: list[Marked] = []
    for target in targets:
        for sighting in parts_in_company(target, 0, readings[text]):
            found.append((target, evidence_of(target, sighting, channel, number)))
    return found
