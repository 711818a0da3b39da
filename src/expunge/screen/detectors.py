"""The detectors that read a request's passages one by one, and what they know of the request around these.

A detector returns the evidence that it sees in one passage. What all of them found is weighed by `resolved`, once, when
the last passage was read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from expunge.screen.context.anaphora import names_somebody_else
from expunge.screen.context.asides import mentioned_aside
from expunge.screen.context.called import surnames
from expunge.screen.context.disambiguation import confirmed, settled, weigh_namesakes
from expunge.screen.context.focus import disclosed_in_focus, guessed, known_words, talked_about
from expunge.screen.context.retrieved import document_facts, quoted_on_the_side
from expunge.screen.matches import VAGUE, Marked, Passage, TokenizedTexts, evidence_of
from expunge.screen.names.partial import parts_in_company
from expunge.screen.semantic.embeddings import NO_ROWS
from expunge.screen.semantic.facts import Facts
from expunge.screen.semantic.phrases import without_coined
from expunge.screen.semantic.resolution import given_names_elsewhere
from expunge.screen.semantic.statements import Statements
from expunge.text.budget import counted
from expunge.text.segment import sentences
from expunge.types import DRAFT_CHANNELS, Draft, Evidence, Message, Strength, Target


@dataclass(frozen=True, slots=True)
class Request:
    """A conversation and the draft that answers it.

    `passages` are the messages in order, then what the draft says on each of its channels. `question` is the last
    message of the user, and `asked` its number; "" and -1 where there is none.
    """

    messages: Sequence[Message]
    draft: Draft
    passages: tuple[Passage, ...]
    question: str
    asked: int

    def of_the_draft(self) -> Iterator[Passage]:
        """Yield what the draft says on each of its channels."""
        return (passage for passage in self.passages if passage.channel in DRAFT_CHANNELS)

    def answered(self) -> Iterator[Passage]:
        """The question and what the draft says to it."""
        return (passage for passage in self.passages if passage.channel in ("question", *DRAFT_CHANNELS))


class Documented:
    """The things told of targets by system prompts, tools and documents, to be known again in a draft."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._targets = targets
        self._facts = Facts(targets, NO_ROWS)

    @classmethod
    def of(cls, marked: Sequence[Marked], messages: Sequence[Message]) -> Documented | None:
        """Return what messages tell of the targets that evidence finds in them; None where they tell of none."""
        targets = document_facts(marked, messages)
        return cls(targets) if targets else None

    def repeated(self, passage: Passage, question: str) -> Iterator[Marked]:
        """Yield what a draft repeats, or completes of what the question gives, in sentences that name nobody else."""
        text = passage.text
        for match in (*self._facts.repeated(text, sentences(text)), *self._facts.by_both(question, text)):
            target = self._targets[match.target]
            if not names_somebody_else(text[match.start : match.end], known_words(target)):
                yield target, evidence_of(target, match, passage.channel, passage.number)


@dataclass(frozen=True, slots=True)
class Scene:
    """The knowledge of the detectors before they read a passage.

    Attributes:
        request: the conversation and the draft.
        statements: reads texts for facts and topics.
        tokenized: the request's texts, each cut into words once.
        present: the targets that the conversation or the draft surely names or means.
        pointed_at: the ids of those that the question surely points back at.
        documents: what documents tell of targets; None where they tell of none.
        wide: whether every encoding is tried, since the question asks for one.
    """

    request: Request
    statements: Statements
    tokenized: TokenizedTexts
    present: tuple[Target, ...]
    pointed_at: frozenset[str]
    documents: Documented | None
    wide: bool


def present_in(marked: Iterable[Marked]) -> tuple[Target, ...]:
    """The targets that evidence outside documents surely names or means."""
    return tuple({t.id: t for t, e in marked if e.channel != "system" and e.strength > Strength.HINT}.values())


Detector = Callable[[Scene, Passage], Awaitable[list[Marked]]]
"""Returns the evidence in one passage: the question, or what a draft says on one channel.

Raises `ModelError` if the embedding model fails, and `OverBudget` if the passage takes too long to be read.
"""


async def detect_name_parts(scene: Scene, passage: Passage) -> list[Marked]:
    """Parts of the names of the targets that are present; a given name in a question is a hint where it leans on
    nobody."""
    with counted():
        parts = name_parts(scene.present, passage, scene.tokenized)
        if passage.channel != "question":
            return parts
        return given_names_elsewhere(parts, passage.text, scene.pointed_at)


async def detect_statements(scene: Scene, passage: Passage) -> list[Marked]:
    """Facts and topics, plain and in code.

    After a question that states a fact, the draft is read for hints at one, too.
    """
    stated = await scene.statements.stated(passage)
    encoded = await scene.statements.stated_in_code(passage, wide=scene.wide)
    if stated and passage.channel == "question":
        scene.statements.raise_sensitivity()
    return [*stated, *encoded]


async def detect_completed_facts(scene: Scene, passage: Passage) -> list[Marked]:
    """Facts of which the question gives a part and the draft the rest."""
    request = scene.request
    if passage.channel == "question" or not request.question:
        return []
    with counted():
        completed = scene.statements.completed(passage)
        return list(confirmed(completed, scene.tokenized[request.question], request.asked))


async def detect_repeated_documents(scene: Scene, passage: Passage) -> list[Marked]:
    """Return what a draft repeats of a document that tells of a target."""
    if passage.channel == "question" or scene.documents is None:
        return []
    with counted():
        return list(scene.documents.repeated(passage, scene.request.question))


DETECTORS: tuple[Detector, ...] = (
    detect_name_parts,
    detect_statements,
    detect_completed_facts,
    detect_repeated_documents,
)
"""In the order in which a passage is read."""


def name_parts(targets: Iterable[Target], passage: Passage, tokenized: TokenizedTexts) -> list[Marked]:
    """Parts of the names of targets of whom the conversation is known to be."""
    return [
        (target, evidence_of(target, match, passage.channel, passage.number))
        for target in targets
        for match in parts_in_company(target, 0, tokenized[passage.text])
    ]


def resolved(scene: Scene, marked: Sequence[Marked]) -> tuple[Evidence, ...]:
    """The evidence of a request, once all of it is known: what is told of the targets that the conversation is about
    added, that of namesakes and of who is mentioned on the side weakened."""
    request, question = scene.request, scene.request.question
    marked = surnames(marked, question)
    unshared = without_coined(question, (e for _, e in marked))
    subjects = talked_about(marked, question, scene.pointed_at, unshared)
    precise = [(target, e) for target, e in marked if e.via not in VAGUE]
    meant = talked_about(precise, question, scene.pointed_at, unshared)
    told = [one for passage in request.of_the_draft() for one in _told_of(subjects.values(), meant, question, passage)]
    marked = quoted_on_the_side([*marked, *told], request.passages, request.messages)
    marked = mentioned_aside(weigh_namesakes(marked, question, request.draft.text), request.passages, question)
    return settled(marked, subjects)


def _told_of(subjects: Iterable[Target], meant: Container[str], question: str, passage: Passage) -> Iterator[Marked]:
    """Yield what a draft tells of the targets that the conversation is about.

    Of those that are `meant` for more than a vague hint, by id, a guess in the question counts that it confirms.
    """
    for target in subjects:
        for match in disclosed_in_focus(target, 0, question, passage.text):
            yield target, evidence_of(target, match, passage.channel, passage.number)
        for match in guessed(target, 0, question, passage.text) if target.id in meant else ():
            yield target, evidence_of(target, match, "question", -1)
