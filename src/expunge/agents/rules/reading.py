"""What reading a draft gives: sentences and clauses, and whom each is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from expunge.agents.rules.cast import Cast
from expunge.agents.rules.language import Language
from expunge.agents.rules.phrase import Phrase
from expunge.agents.rules.sections import Layout
from expunge.text.segment import LineKind, Span


class Owner(Enum):
    """Whom a clause is about."""

    TARGET = "target"
    OTHER = "other"
    SHARED = "shared"
    NOBODY = "nobody"


@dataclass(slots=True)
class Clause:
    """One clause: whom it is about, and how it stands in its sentence.

    `role`: `head` has a subject of its own, `verb` shares the subject of a head before it, `hang` belongs to
    the clause before it, `lead` to the one after it. `cut` says that it tells of a target.
    """

    phrase: Phrase
    owner: Owner
    role: Literal["head", "verb", "hang", "lead"]
    cut: bool
    group: int = -1

    @property
    def span(self) -> Span:
        """Where the clause stands in the draft."""
        return self.phrase.span


@dataclass(slots=True)
class Sentence:
    """One sentence of the draft with its clauses.

    `body` is where its text begins after a list marker and a label; `plain` says that it names a subject
    that is no target; `unsure` that its subject was inferred while a target was about.
    """

    span: Span
    body: int
    kind: LineKind
    clauses: list[Clause] = field(default_factory=list)
    owner: Owner = Owner.NOBODY
    plain: bool = False
    unsure: bool = False

    @property
    def touched(self) -> bool:
        """Whether any part of it tells of a target."""
        return self.owner in (Owner.TARGET, Owner.SHARED) or any(c.cut for c in self.clauses)


@dataclass(slots=True)
class Reading:
    """A draft, read: its cast, its layout, its sentences, and the words that tell of targets and of others."""

    text: str
    language: Language
    cast: Cast
    layout: Layout
    sentences: list[Sentence]
    target_words: frozenset[str]
    other_words: frozenset[str]


@dataclass(slots=True)
class State:
    """What is remembered from sentence to sentence.

    `topic` is whom the last sentence was about (a number of the cast), `shared` that it was about a target
    and somebody else together. `persons` may be meant by a pronoun, the likeliest first. `met` are those
    named where nothing was said of a target. `target_seen` is the number of the last sentence that told of one.
    """

    topic: int | None
    shared: bool = False
    persons: list[int] = field(default_factory=list)
    met: set[int] = field(default_factory=set)
    ended_on_target: bool = False
    target_seen: int = -9
    target_words: set[str] = field(default_factory=set)
    other_words: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Context:
    """All that the reading of a sentence needs to know beside the sentence.

    `facts` holds the telling words of each fact of the targets, `fact_spans` where the screen saw one,
    `asked` the content words of the question.
    """

    text: str
    language: Language
    cast: Cast
    state: State
    facts: list[frozenset[str]]
    fact_spans: list[Span]
    asked: frozenset[str]
