"""The JSON that the admin API takes and gives. The only place where outside data becomes values of ours."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from expunge.async_unlearner import Registered
from expunge.gateway.http_errors import without_address
from expunge.registry.audit.decisions import DecisionRecord
from expunge.registry.rows import Change
from expunge.types import MAX_NAME, MAX_REQUEST_ID, MAX_TEXT, Evidence, Fact, Target, TargetUpdate

Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
Text = Annotated[str, Field(max_length=MAX_TEXT)]
RequestId = Annotated[str, Field(max_length=MAX_REQUEST_ID)]


class _Taken(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Given(BaseModel):
    model_config = ConfigDict(frozen=True)


class FactIn(_Taken):
    """Something true of a target: an answer, and the question that it answers."""

    answer: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
    question: Text = ""


FactsIn = list[Annotated[str, Field(min_length=1, max_length=MAX_TEXT)] | FactIn]


def facts_of(facts: FactsIn) -> tuple[Fact, ...]:
    """The facts that a request gives."""
    return tuple(Fact(fact) if isinstance(fact, str) else Fact(fact.answer, fact.question) for fact in facts)


class NewTarget(_Taken):
    """Somebody or something to forget.

    `request_id` and `due_at` are those of the request to forget it. `elicit` overrides the policy: whether the model
    is asked what it knows.
    """

    name: Name
    aliases: list[Name] = []
    facts: FactsIn = []
    description: Text = ""
    kind: Literal["entity", "topic"] = "entity"
    expires_at: datetime | None = None
    reason: Text = ""
    request_id: RequestId = ""
    due_at: datetime | None = None
    elicit: bool | None = None

    def target(self) -> Target:
        """The target that this describes.

        Raises:
            InvalidTarget: if it names nobody.
        """
        return Target(
            name=self.name,
            aliases=self.aliases,
            facts=facts_of(self.facts),
            description=self.description,
            kind=self.kind,
            expires_at=self.expires_at,
            reason=self.reason,
            request_id=self.request_id,
            due_at=self.due_at,
        )


class TargetChange(_Taken):
    """The change to a target: aliases and facts are added, the rest is replaced, and what is left out stays."""

    aliases: list[Name] = []
    facts: FactsIn = []
    description: Text | None = None
    expires_at: datetime | None = None
    reason: Text | None = None
    request_id: RequestId | None = None
    due_at: datetime | None = None

    def update(self) -> TargetUpdate:
        """The update that this describes: a time that is null is taken away, one that is left out stays."""
        return TargetUpdate(
            aliases=self.aliases,
            facts=facts_of(self.facts),
            description=self.description,
            reason=self.reason,
            expires_at=self.expires_at if "expires_at" in self.model_fields_set else ...,
            request_id=self.request_id,
            due_at=self.due_at if "due_at" in self.model_fields_set else ...,
        )


class Confirmation(_Taken):
    """The elicited facts to confirm (null: all that are not dropped) and those to drop, each by its text."""

    facts: list[Text] | None = None
    drop: list[Text] = []


class Because(_Taken):
    """Why a target is lifted."""

    reason: Text = ""


class FactOut(_Given):
    """A fact; `elicited` marks what the model said itself."""

    answer: str
    question: str
    elicited: bool


class TargetOut(_Given):
    """A target with all that it holds."""

    id: str
    name: str
    kind: Literal["entity", "topic"]
    status: Literal["active", "lifted", "expired"]
    aliases: list[str]
    facts: list[FactOut]
    description: str
    reason: str
    request_id: str
    due_at: datetime | None
    revision: int
    expires_at: datetime | None
    created_at: datetime | None
    updated_at: datetime | None

    @classmethod
    def of(cls, target: Target) -> TargetOut:
        """The target as JSON."""
        return cls.model_validate(_fields(target))


def _fields(target: Target) -> dict[str, object]:
    return {
        "id": target.id,
        "name": target.name,
        "kind": target.kind.value,
        "status": target.status.value,
        "aliases": list(target.aliases),
        "facts": [FactOut(answer=f.text, question=f.question, elicited=f.elicited) for f in target.facts],
        "description": target.description,
        "reason": target.reason,
        "request_id": target.request_id,
        "due_at": target.due_at,
        "revision": target.revision,
        "expires_at": target.expires_at,
        "created_at": target.created_at,
        "updated_at": target.updated_at,
    }


class Elicited(_Given):
    """The model's knowledge: how many facts and aliases were added, and what kept it from being asked."""

    facts: int
    aliases: int
    problem: str


class RegisteredOut(TargetOut):
    """A target just registered; `elicitation` is null where the model was not asked."""

    elicitation: Elicited | None = None

    @classmethod
    def of_registered(cls, registered: Registered) -> RegisteredOut:
        """Return what was registered, as JSON."""
        asked = registered.elicitation
        elicited = asked and Elicited(
            facts=len(asked.facts), aliases=len(asked.aliases), problem=without_address(asked.problem)
        )
        return cls.model_validate({**_fields(registered.target), "elicitation": elicited})


class TargetPage(_Given):
    """Some targets, oldest first; `next` is the cursor of those that follow, or null."""

    object: Literal["list"] = "list"
    data: list[TargetOut]
    next: str | None


class Imported(_Given):
    """The result of an import."""

    registered: int
    ids: list[str]


class ChangeOut(_Given):
    """One entry of a target's history."""

    revision: int
    at: datetime
    action: str
    reason: str

    @classmethod
    def of(cls, change: Change) -> ChangeOut:
        """The entry as JSON."""
        return cls(revision=change.revision, at=change.at, action=change.action.value, reason=change.reason)


class History(_Given):
    """The history of a target, oldest first."""

    object: Literal["list"] = "list"
    data: list[ChangeOut]


class Turn(_Taken):
    """One turn of a conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str


class ToCheck(_Taken):
    """A text to screen, by itself or as the answer to a conversation."""

    text: str
    messages: list[Turn] = []


class EvidenceOut(_Given):
    """One sighting of a target: where and how, not what. Offsets are in characters of the text of its channel."""

    target: str
    kind: str
    strength: Literal["hint", "likely", "certain"]
    channel: str
    message: int
    start: int
    end: int
    via: str
    score: float

    @classmethod
    def of(cls, evidence: Evidence) -> EvidenceOut:
        """The sighting as JSON."""
        return cls.model_validate(
            {
                "target": evidence.target_id,
                "kind": evidence.kind.value,
                "strength": evidence.strength.name.lower(),
                "channel": evidence.channel,
                "message": evidence.message,
                "start": evidence.start,
                "end": evidence.end,
                "via": evidence.via,
                "score": round(evidence.score, 4),
            }
        )


class Checked(_Given):
    """The finds of the screen, and the registry's revision under which it looked."""

    found: bool
    revision: int
    evidence: list[EvidenceOut]


class ToScrub(_Taken):
    """The input to take targets out of: one of a text, the messages of a conversation, and any JSON."""

    text: str | None = None
    messages: list[dict[str, Any]] | None = None
    content: Any = Field(None, alias="json")

    @property
    def form(self) -> Literal["text", "messages", "json"]:
        """The one of the three that was given."""
        if "text" in self.model_fields_set:
            return "text"
        return "messages" if "messages" in self.model_fields_set else "json"

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        """Check that one of them was given."""
        given = self.model_fields_set
        if (
            len(given) != 1
            or ("text" in given and self.text is None)
            or ("messages" in given and self.messages is None)
        ):
            raise ValueError("one of text, messages and json")
        return self


class ScrubbedOut(_Given):
    """The same without targets. `targets` are given to keys with `targets:read` alone; `failed` names the error for
    which something was emptied without being judged."""

    decision: Literal["passed", "rewritten", "refused"]
    text: str = ""
    messages: list[dict[str, Any]] = []
    content: Any = Field(None, alias="json")
    targets: list[str] = []
    failed: str = ""


class ErrorOut(_Given):
    """An error, in one sentence, and words for programs."""

    message: str
    type: str
    param: str | None
    code: str | None


class ProblemOut(_Given):
    """Every error of this API."""

    error: ErrorOut


class SightedOut(_Given):
    """One piece of evidence of a decision, without its place."""

    target: str
    kind: str
    strength: str
    channel: str
    via: str
    score: float


class DecisionOut(_Given):
    """One answered request. Times are seconds, those of the steps milliseconds; `pending_facts` were not embedded."""

    number: int
    request_id: str
    at: datetime
    endpoint: str
    model: str
    streamed: bool
    revision: int
    decision: Literal["passed", "rewritten", "refused"]
    key_id: str
    targets: list[str]
    evidence: list[SightedOut]
    scores: list[float]
    prompt_digests: list[str]
    failures: list[str]
    calls: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    upstream_seconds: float
    timings_ms: dict[str, float]
    pending_facts: int

    @classmethod
    def of(cls, record: DecisionRecord) -> DecisionOut:
        """The record as JSON."""
        return cls.model_validate(asdict(record))


class DecisionPage(_Given):
    """Some decisions, the newest first; `next` is the cursor of older ones, or null."""

    object: Literal["list"] = "list"
    data: list[DecisionOut]
    next: str | None


class FaultOut(_Given):
    """A break of the log: its place, and what is wrong there."""

    number: int
    sentence: str


class VerdictOut(_Given):
    """Whether the log is whole; `head` names its last record."""

    intact: bool
    records: int
    head: str
    problems: list[FaultOut]
