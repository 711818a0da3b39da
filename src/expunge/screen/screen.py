"""The screen: reads a conversation and a draft, and says which targets it sees, where and how surely.

Deterministic; it may raise suspicion and never clears an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from expunge.errors import OverBudget
from expunge.screen.context.called import first_names, surnames
from expunge.screen.context.disambiguation import settled, weigh_namesakes
from expunge.screen.context.focus import only_echoes
from expunge.screen.context.followups import reference, references
from expunge.screen.context.retrieved import antecedents_in_documents, quoted_on_the_side
from expunge.screen.detectors import DETECTORS, Documented, Request, Scene, name_parts, present_in, resolved
from expunge.screen.encoded import find_encoded, find_in_pieces, find_joined, find_masked, find_shown
from expunge.screen.index import Index, Segment, View
from expunge.screen.matches import Found, Marked, Passage, TokenizedTexts, evidence_of
from expunge.screen.names.patterns import patterns_of
from expunge.screen.semantic.embeddings import Embedder, FactEmbeddings, VectorStore
from expunge.screen.semantic.index import Meaning, SemanticIndex
from expunge.screen.semantic.resolution import pointed_at
from expunge.screen.semantic.sentences import MOST_SENTENCES, Compared, Meanings, compared_of, different, meanings_of
from expunge.screen.semantic.sieve import Sensitivity, let_through
from expunge.screen.semantic.statements import Statements, sieves_of
from expunge.screen.semantic.topics import Parts
from expunge.text.budget import budget, counted
from expunge.text.decode.search import cues
from expunge.types import (
    DRAFT_CHANNELS,
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
        """Return the length of the embedding model's vectors; it is asked for one. Stored ones of another length do not
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
        """The sensitivity where nothing points at a target."""
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
        request = _request_of(messages, draft)
        _check_length(request.passages)
        view = self._index.view(snapshot)
        tokenized = TokenizedTexts()
        with counted():
            wide = bool(cues(request.question))
            if self._echo and _only_echoes(request):
                return ()
            marked = _by_name(view, request.passages, messages, tokenized, wide=wide)
        meanings = [(segment, await self.semantic.of(segment)) for segment in view.segments]
        if not marked and all(meaning.facts is None for _, meaning in meanings):
            return ()  # names alone are in force, and none stands anywhere
        compared = None if self._vectors is None else Compared(self._vectors)
        statements = self._statements(view, meanings, compared, tokenized, request.question)
        with counted():
            marked += statements.recalled(request.passages)
        references = await self._references(marked, request, compared) if request.question else []
        marked += references
        with counted():
            leaned_on = frozenset(target.id for target, e in references if e.strength is Strength.LIKELY)
            documents = Documented.of(marked, messages)
            scene = Scene(request, statements, tokenized, present_in(marked), leaned_on, documents, wide)
        await statements.adjust_sensitivity(marked, request.passages)
        for passage in request.answered():
            for detect in DETECTORS:
                marked += await detect(scene, passage)
        with counted():
            return resolved(scene, marked)

    def _statements(
        self,
        view: View,
        meanings: Sequence[tuple[Segment, Meaning]],
        compared: Compared | None,
        tokenized: TokenizedTexts,
        question: str = "",
    ) -> Statements:
        return Statements(view, meanings, compared, tokenized, question, thorough=self._thorough, hints=self._hints)

    async def _references(self, marked: Sequence[Marked], request: Request, compared: Compared | None) -> list[Marked]:
        """Return the targets that the question points back at: of earlier turns, or else of tools and documents."""
        question = request.question
        pointed = await pointed_at(marked, request.messages, question, request.draft, self._vectors, compared)
        if pointed:
            return [reference(question, target, strength) for target, strength in pointed]
        with counted():
            others = antecedents_in_documents(marked, request.messages, question, request.draft.text)
        return [reference(question, target) for target in others]

    async def meanings(self, targets: Sequence[Target], texts: Sequence[str]) -> Meanings | None:
        """The vectors of texts and of what is known of targets; None without texts, without an embedding model, or
        before they are there.

        Raises:
            ModelError: if the embedding model fails.
            OverBudget: if there are too many texts.
        """
        return await meanings_of(self._vectors, targets, texts) if self._vectors is not None and texts else None

    def named(self, snapshot: Snapshot, messages: Sequence[Message]) -> tuple[Evidence, ...]:
        """Return what names alone tell in a conversation, while there is no draft; without the embedding model."""
        passages = list(_passages(messages))
        _check_length(passages)
        asked = [passage for passage in passages if passage.channel == "question"]
        question = asked[0].text if asked else ""
        tokenized = TokenizedTexts()
        marked = _by_name(self._index.view(snapshot), passages, messages, tokenized, wide=False)
        marked = surnames([*marked, *references(marked, messages, question)], question)
        present = present_in(marked)
        for passage in asked:
            marked += name_parts(present, passage, tokenized)
        return settled(weigh_namesakes(marked, question, ""))

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
            passage = Passage("draft", -1, text)
            _check_length([passage])
            tokenized = TokenizedTexts()
            with counted():
                marked = first_names(_names(view, passage, tokenized, wide=wide), (), "")
                named = [target for target, e in marked if e.strength > Strength.HINT]
                marked += name_parts(named, passage, tokenized)
            meanings = [(segment, await self.semantic.of(segment)) for segment in view.segments]
            compared = None if self._vectors is None else Compared(self._vectors)
            statements = self._statements(view, meanings, compared, tokenized)
            await statements.adjust_sensitivity(marked, ())
            marked += await statements.stated(passage)
            marked += await statements.stated_in_code(passage, wide=wide)
            with counted():
                return settled(marked)


def _check_length(passages: Iterable[Passage]) -> None:
    if sum(len(passage.text) for passage in passages) > MOST_CHARACTERS:
        raise OverBudget(f"The request has over {MOST_CHARACTERS:,} characters, which is more than is screened.")


def _request_of(messages: Sequence[Message], draft: Draft) -> Request:
    passages = tuple(_passages(messages, draft))
    asked, question = next(((p.number, p.text) for p in passages if p.channel == "question"), (-1, ""))
    return Request(messages, draft, passages, question, asked)


def _passages(messages: Sequence[Message], draft: Draft | None = None) -> Iterator[Passage]:
    """The messages of a conversation, and what the draft says on each of its channels."""
    last = max((i for i, m in enumerate(messages) if m.role == "user"), default=-1)
    for index, message in enumerate(messages):
        if index == last:
            yield Passage("question", index, message.content)
        elif message.role in ("user", "assistant"):
            yield Passage("history", index, message.content)
        else:
            yield Passage("system", index, message.content)
    if draft is None:
        return
    yield Passage("draft", -1, draft.text)
    if draft.reasoning:
        yield Passage("reasoning", -1, draft.reasoning)
    for number, call in enumerate(draft.tool_calls):
        yield Passage("tool_call", number, call)


def _only_echoes(request: Request) -> bool:
    """Whether a draft gives back words of the question and nothing else, on no channel but its text."""
    draft = request.draft
    beside = bool(draft.reasoning or draft.tool_calls)
    return bool(request.question) and not beside and only_echoes(request.question, draft.text)


def _names(view: View, passage: Passage, tokenized: TokenizedTexts, *, wide: bool) -> list[Marked]:
    """Names in one passage, plain, masked and encoded."""
    text, asked = passage.text, passage.channel == "question"

    def find() -> Found:
        return (
            *find_shown(view, text, asked=asked, readings=tokenized),
            *find_masked(view, text),
            *find_encoded(view, text, wide=wide, readings=tokenized),
            *find_joined(view, text),
        )

    matches = view.remembered.of(text, f"{asked:d}{wide:d}", find)
    return [(target, evidence_of(target, match, passage.channel, passage.number)) for target, match in matches]


def _by_name(
    view: View, passages: Sequence[Passage], messages: Sequence[Message], tokenized: TokenizedTexts, *, wide: bool
) -> list[Marked]:
    """Names in all passages, and those that a conversation gives piece by piece."""
    marked: list[Marked] = []
    for passage in passages:
        marked += _names(view, passage, tokenized, wide=wide and passage.channel in DRAFT_CHANNELS)
    asked, question = next(((p.number, p.text) for p in passages if p.channel == "question"), (-1, ""))
    for target, match, turn in find_in_pieces(view, messages) if len(messages) > 1 else ():
        marked.append((target, evidence_of(target, match, "question" if turn == asked else "history", turn)))
    return first_names(quoted_on_the_side(marked, passages, messages), messages, question) if marked else marked
