"""The values that travel through expunge: frozen, small, and free of behaviour that needs anything else.

Words are those of the design page (`docs/design.md`, section 1).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from types import EllipsisType
from typing import TYPE_CHECKING, Literal

from expunge.errors import InvalidTarget

Role = Literal["system", "developer", "user", "assistant", "tool"]

MAX_NAME = 200
"""Longest name or alias, in characters."""
MAX_REQUEST_ID = 200
"""Longest id of a request, in characters."""
MAX_TEXT = 4_000
"""Longest fact, description or reason, in characters."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation; `content` is its text."""

    role: Role
    content: str


class TargetKind(StrEnum):
    """The kind of a target: somebody (or something) with a name, or a field of knowledge."""

    ENTITY = "entity"
    TOPIC = "topic"


class TargetStatus(StrEnum):
    """`active` is in force; `lifted` was restored by hand; `expired` ran out by itself."""

    ACTIVE = "active"
    LIFTED = "lifted"
    EXPIRED = "expired"


class ChangeAction(StrEnum):
    """The action of a change. `removed` has no entry: a removal deletes the history, too."""

    ADDED = "added"
    EXTENDED = "extended"
    CONFIRMED = "confirmed"
    """What the model told of it was confirmed, or dropped."""
    RESTORED = "restored"
    """Lifted by hand."""
    EXPIRED = "expired"
    REACTIVATED = "reactivated"
    """Back in force after it was lifted or had expired."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something true of a target.

    `text` is a statement, or the answer where `question` is given. For a topic, a fact is an example
    question (`text` holds it). `elicited` marks what the Vanilla model said itself at registration, as long as nobody
    has confirmed it: such a fact never makes a question the target's that does not name it.
    """

    text: str
    question: str = ""
    elicited: bool = False

    def __post_init__(self) -> None:
        for part in (self.text, self.question):
            if not isinstance(part, str):
                raise InvalidTarget(
                    'A fact must be a statement, or an object with "question" and "answer", all of them text.'
                )
            if len(part) > MAX_TEXT:
                raise InvalidTarget(f"A fact is over {MAX_TEXT:,} characters long; split it into several facts.")
        if not self.text.strip():
            raise InvalidTarget("A fact is empty; give a statement, or a question with its answer.")

    @classmethod
    def of(cls, value: Fact | str | Mapping[str, str]) -> Fact:
        """A fact from a statement, a `{"question", "answer"}` pair, or a fact.

        Raises:
            InvalidTarget: if it is none of these.
        """
        if isinstance(value, Fact):
            return value
        if isinstance(value, str):
            return cls(value)
        if isinstance(value, Mapping) and set(value) <= {"question", "answer", "text", "elicited"}:
            text = value.get("answer") or value.get("text") or ""
            question = value.get("question") or ""
            if isinstance(text, str) and isinstance(question, str):
                return cls(text, question, bool(value.get("elicited", False)))
        raise InvalidTarget('A fact must be a statement, or an object with "question" and "answer".')


@dataclass(frozen=True, slots=True)
class Target:
    """A person, thing or topic that must be forgotten.

    An *entity* has a name, aliases, facts and perhaps a description that distinguishes it from a namesake.
    A *topic* has a name, terms (`aliases`), example questions (`facts`) and a description.
    `request_id` is the case system's number for the request to forget it, `due_at` the time by which that must be
    answered. Lists are accepted where tuples are declared. The registry fills in `id`, `status`, `revision`,
    `created_at` and `updated_at`.

    Raises:
        InvalidTarget: if the name is empty, too long or holds no letter or digit, or a part is too long.
    """

    name: str
    aliases: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    description: str = ""
    kind: TargetKind = TargetKind.ENTITY
    expires_at: datetime | None = None
    reason: str = ""
    id: str = ""
    status: TargetStatus = TargetStatus.ACTIVE
    revision: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None
    request_id: str = ""
    due_at: datetime | None = None

    if TYPE_CHECKING:
        # What is accepted is wider than what is kept.
        def __init__(  # noqa: PLR0913 - one parameter for each field
            self,
            name: str,
            aliases: Sequence[str] = (),
            facts: Sequence[Fact | str | Mapping[str, str]] = (),
            description: str = "",
            kind: TargetKind | Literal["entity", "topic"] = TargetKind.ENTITY,
            expires_at: datetime | None = None,
            reason: str = "",
            id: str = "",
            status: TargetStatus = TargetStatus.ACTIVE,
            revision: int = 0,
            created_at: datetime | None = None,
            updated_at: datetime | None = None,
            request_id: str = "",
            due_at: datetime | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        for part in (self.aliases, self.facts):
            check_list(part)
        set_ = object.__setattr__
        set_(self, "name", _checked_name(self.name, "name"))
        set_(self, "aliases", _unique(_checked_name(alias, "alias") for alias in self.aliases))
        set_(self, "facts", tuple(dict.fromkeys(Fact.of(fact) for fact in self.facts)))
        try:
            set_(self, "kind", TargetKind(self.kind))
        except ValueError:
            raise InvalidTarget('The kind of a target must be "entity" or "topic".') from None
        for label, text in (("description", self.description), ("reason", self.reason)):
            if not isinstance(text, str) or len(text) > MAX_TEXT:
                raise InvalidTarget(f"The {label} must be text of at most {MAX_TEXT:,} characters.")
        if not isinstance(self.request_id, str) or len(self.request_id.strip()) > MAX_REQUEST_ID:
            raise InvalidTarget(f"The request id must be text of at most {MAX_REQUEST_ID} characters.")
        set_(self, "request_id", self.request_id.strip())
        for label, moment in (("expires_at", self.expires_at), ("due_at", self.due_at)):
            if moment is not None and not isinstance(moment, datetime):
                raise InvalidTarget(f'{label} must be a datetime, such as datetime.fromisoformat("2030-12-31").')
            if moment is not None and moment.tzinfo is None:
                set_(self, label, moment.replace(tzinfo=UTC))

    @property
    def names(self) -> tuple[str, ...]:
        """The name and every alias, the name first."""
        return (self.name, *self.aliases)

    @property
    def unconfirmed(self) -> tuple[Fact, ...]:
        """The facts that the model told and nobody has confirmed."""
        return tuple(fact for fact in self.facts if fact.elicited)


@dataclass(frozen=True, slots=True)
class TargetUpdate:
    """A change to a registered target: aliases and facts are added, the rest is replaced.

    A text of None and a time of `...` leave the target's value as it is; a time of None removes it. Lists are
    accepted where tuples are declared.

    Raises:
        InvalidTarget: if aliases or facts are no lists, or a fact is none.
    """

    aliases: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    description: str | None = None
    reason: str | None = None
    expires_at: datetime | EllipsisType | None = ...
    request_id: str | None = None
    due_at: datetime | EllipsisType | None = ...

    if TYPE_CHECKING:
        # What is accepted is wider than what is kept.
        def __init__(
            self,
            aliases: Sequence[str] = (),
            facts: Sequence[Fact | str | Mapping[str, str]] = (),
            description: str | None = None,
            reason: str | None = None,
            expires_at: datetime | EllipsisType | None = ...,
            request_id: str | None = None,
            due_at: datetime | EllipsisType | None = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        for part in (self.aliases, self.facts):
            check_list(part)
        object.__setattr__(self, "aliases", tuple(self.aliases))
        object.__setattr__(self, "facts", tuple(Fact.of(fact) for fact in self.facts))

    @classmethod
    def of(cls, target: Target) -> TargetUpdate:
        """All that a target holds besides its name and kind, so that a registered one holds it, too."""
        return cls(
            aliases=target.aliases,
            facts=target.facts,
            description=target.description or None,
            reason=target.reason or None,
            expires_at=target.expires_at or ...,
            request_id=target.request_id or None,
            due_at=target.due_at or ...,
        )

    def applied_to(self, target: Target) -> Target:
        """The target with what is new; an equal one if nothing is.

        Raises:
            InvalidTarget: if a part is too long.
        """
        return replace(
            target,
            aliases=(*target.aliases, *self.aliases),
            facts=(*target.facts, *self.facts),
            description=target.description if self.description is None else self.description,
            reason=target.reason if self.reason is None else self.reason,
            expires_at=target.expires_at if isinstance(self.expires_at, EllipsisType) else self.expires_at,
            request_id=target.request_id if self.request_id is None else self.request_id,
            due_at=target.due_at if isinstance(self.due_at, EllipsisType) else self.due_at,
        )


def check_list(values: object) -> None:
    """Aliases, or facts, must be several: a text, or an object, would pass for a list of its letters or keys.

    Raises:
        InvalidTarget: if they are not.
    """
    if isinstance(values, str | bytes | Mapping | Fact) or not isinstance(values, Iterable):
        raise InvalidTarget("Aliases and facts must be lists; put a single one in brackets.")


def _checked_name(value: object, label: str) -> str:
    if not isinstance(value, str):
        raise InvalidTarget(f"The {label} must be text.")
    name = unicodedata.normalize("NFC", " ".join(value.split()))
    if not name:
        raise InvalidTarget(f"The {label} is empty; give the {label} to forget.")
    if len(name) > MAX_NAME:
        raise InvalidTarget(f"The {label} is {len(name):,} characters long; shorten it to {MAX_NAME}.")
    if not any(unicodedata.category(c)[0] in "LN" for c in name):
        raise InvalidTarget(f"The {label} has no letters or digits; give a name that can be recognized.")
    if any(unicodedata.category(c) == "Cs" for c in name):
        raise InvalidTarget(f"The {label} is not valid Unicode text.")
    return name


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


_NOTHING: Mapping[str, Target] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """The targets in force: a large `base`, seldom replaced, and a small `overlay` of what changed since.

    Both map ids to targets and are never changed once a snapshot holds them; in the overlay, None
    marks a target that is no longer in force. `base_id` is another number whenever `base` is another
    mapping, so that whoever indexes the base can tell without looking. `folded`, if it holds anything, is
    all that the base differs in from the one with the number before, as an overlay. Made this way, a change
    to a registry of a million targets costs what the overlay costs.
    """

    revision: int = 0
    base: Mapping[str, Target] = field(default_factory=lambda: _NOTHING)
    base_id: int = 0
    overlay: Mapping[str, Target | None] = field(default_factory=dict)
    folded: Mapping[str, Target | None] = field(default_factory=lambda: _NOTHING)

    def get(self, target_id: str) -> Target | None:
        """The target in force under this id, or None."""
        if target_id in self.overlay:
            return self.overlay[target_id]
        return self.base.get(target_id)

    def __iter__(self) -> Iterator[Target]:
        for target_id, target in self.base.items():
            if target_id not in self.overlay:
                yield target
        for changed in self.overlay.values():
            if changed is not None:
                yield changed

    def __len__(self) -> int:
        gone = sum(1 for target_id in self.overlay if target_id in self.base)
        return len(self.base) - gone + sum(1 for changed in self.overlay.values() if changed is not None)


class EvidenceKind(StrEnum):
    """By what the screen recognised a target."""

    NAME = "name"
    ALIAS = "alias"
    PARTIAL_NAME = "partial_name"
    SPELLING = "spelling"
    TRANSLITERATION = "transliteration"
    DECODED = "decoded"
    FACT = "fact"
    TOPIC = "topic"
    REFERENCE = "reference"
    """A pronoun or ellipsis that points at a target named earlier in the conversation."""


class Strength(IntEnum):
    """The certainty of a piece of evidence. The audit may clear `hint` and `likely`, but never `certain` in a draft."""

    HINT = 1
    LIKELY = 2
    CERTAIN = 3


Channel = Literal["system", "history", "question", "draft", "reasoning", "tool_call"]
DRAFT_CHANNELS: frozenset[str] = frozenset({"draft", "reasoning", "tool_call"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sighting of a target: no text, only where and how.

    `start` and `end` are character offsets in the text of its channel, for `history` and `system` in
    the message numbered `message` (from 0). `via` names the decoders that uncovered it ("base64", …).
    `score` is the detector's own similarity in 0..1.
    """

    target_id: str
    kind: EvidenceKind
    strength: Strength
    channel: Channel
    start: int
    end: int
    message: int = -1
    via: str = ""
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Draft:
    """The Vanilla agent's answer on every channel; never shown outside the process.

    `tool_calls` are the texts of calls, of whatever else is kept or dropped with them, and of where they meet the text.
    `own_calls` are all but those last, if there are calls that the client is to make: such a draft is an answer even
    without its text.
    """

    text: str
    reasoning: str = ""
    tool_calls: tuple[str, ...] = ()
    finish_reason: str = "stop"
    own_calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """The audit's judgement that a draft discloses one target."""

    target_id: str
    disclosure: Literal["direct", "indirect"]
    by: Literal["model", "rules"]


@dataclass(frozen=True, slots=True)
class Change:
    """A piece of a draft, by character offsets, and what stands in its place."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class Variant:
    """One rewritten answer.

    `changes`, in the draft's order, are all in which it differs from the draft; empty where it was written anew.
    """

    text: str
    by: Literal["model", "rules"]
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Rating:
    """The Critic's marks of one variant, each 1 (bad) to 5 (good)."""

    forgetting: float
    usefulness: float

    def __post_init__(self) -> None:
        if not (1 <= self.forgetting <= 5 and 1 <= self.usefulness <= 5):
            raise ValueError("a rating lies between 1 and 5")

    @property
    def score(self) -> float:
        """One mark out of 5: never better than the forgetting, and lowered by uselessness."""
        return min(self.forgetting, (self.forgetting + self.usefulness) / 2)


class Decision(StrEnum):
    """The outcome for a draft."""

    PASSED = "passed"
    REWRITTEN = "rewritten"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Pending:
    """Facts in force that are told by their words alone, since they are not embedded yet, and the targets they are of.

    A target that holds no fact but a description counts as one of one fact. False where there are none.
    """

    facts: int = 0
    targets: int = 0

    @classmethod
    def of(cls, targets: Iterable[Target]) -> Pending:
        """Count targets of which nothing is embedded."""
        counts = [len(target.facts) or 1 for target in targets]
        return cls(sum(counts), len(counts))

    def __bool__(self) -> bool:
        return self.targets > 0


NOTHING_PENDING = Pending()


@dataclass(frozen=True, slots=True)
class Step:
    """A record of one pipeline step: ids, kinds, marks and times, and text only on request.

    `by` is who played the agent; `ms` is wall time in milliseconds; `calls`, `prompt_chars` and `prompt_tokens`
    (0 where a model does not count) say what went to chat models; `prompt_digest` is the SHA-256 of the
    prompt template used; `failure` names the kind of failure that ended the step, if one did. `texts` is
    filled only with `keep_texts`. `pending`, of the screen's step, says what it could not compare by meaning yet.
    """

    name: str
    by: Literal["model", "rules", "code"]
    ms: float
    calls: int = 0
    prompt_chars: int = 0
    prompt_digest: str = ""
    evidence: tuple[Evidence, ...] = ()
    findings: tuple[Finding, ...] = ()
    ratings: tuple[Rating, ...] = ()
    failure: str = ""
    texts: tuple[str, ...] = ()
    prompt_tokens: int = 0
    pending: Pending = NOTHING_PENDING


@dataclass(frozen=True, slots=True)
class Trace:
    """The steps of one request, in order."""

    steps: tuple[Step, ...] = ()

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """All evidence that the screen gave before the audit."""
        return next((step.evidence for step in self.steps if step.name == "screen"), ())

    @property
    def failure(self) -> str:
        """The kind of error for which a draft was refused unjudged, "" where there was none."""
        return next((step.failure for step in self.steps if step.name == "failure"), "")

    @property
    def pending(self) -> Pending:
        """Facts that were not embedded yet, and so told by their words alone, when the draft was screened."""
        return next((step.pending for step in self.steps if step.name == "screen"), NOTHING_PENDING)

    @property
    def timings_ms(self) -> dict[str, float]:
        """Milliseconds by step name; a step that ran twice is summed."""
        sums: dict[str, float] = {}
        for step in self.steps:
            sums[step.name] = round(sums.get(step.name, 0.0) + step.ms, 3)
        return sums

    @property
    def calls(self) -> int:
        """Calls made to chat models."""
        return sum(step.calls for step in self.steps)

    @property
    def prompt_chars(self) -> int:
        """Characters sent to chat models in prompts."""
        return sum(step.prompt_chars for step in self.steps)

    @property
    def prompt_tokens(self) -> int:
        """The same in tokens, as far as the models count them."""
        return sum(step.prompt_tokens for step in self.steps)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer that the caller gets.

    `targets` holds the ids of the targets that the decision was about (empty when passed);
    `revision` is the registry's at the start of the request; `draft` is None unless it was asked for.
    """

    text: str
    decision: Decision
    revision: int
    targets: tuple[str, ...] = ()
    trace: Trace = field(default_factory=Trace)
    draft: Draft | None = None
