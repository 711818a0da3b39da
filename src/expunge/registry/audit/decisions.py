"""The record of a decided request: ids, kinds, counts and times, and nobody's text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from expunge.types import Decision, Evidence

_MODEL = re.compile(r"[\w.:/@+-]{1,200}", re.ASCII)
OTHER_MODEL = "(other)"
"""In place of what a client sent as the name of a model and is none."""


@dataclass(frozen=True, slots=True)
class Sighted:
    """One piece of evidence, without its place in the text."""

    target: str
    kind: str
    strength: str
    channel: str
    via: str = ""
    score: float = 1.0

    @classmethod
    def of(cls, evidence: Evidence) -> Sighted:
        """Return the part of a piece of evidence that is kept."""
        return cls(
            evidence.target_id,
            evidence.kind.value,
            evidence.strength.name.lower(),
            evidence.channel,
            evidence.via,
            round(evidence.score, 4),
        )


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """One answered request.

    `decision` is the strictest among its choices. `scores` are the marks of its variants, `prompt_digests` those of
    the agents' prompts, `failures` the kinds of what went wrong. `timings_ms` are by step of the pipeline.
    `pending_facts` were not embedded yet, and so told by their words alone. `number` is its place in the audit log, and
    the log's to fill.
    """

    request_id: str
    at: datetime
    endpoint: str
    model: str
    streamed: bool
    revision: int
    decision: Decision
    key_id: str = ""
    targets: tuple[str, ...] = ()
    evidence: tuple[Sighted, ...] = ()
    scores: tuple[float, ...] = ()
    prompt_digests: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    upstream_seconds: float = 0.0
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    pending_facts: int = 0
    number: int = 0

    def to_body(self) -> dict[str, Any]:
        """As JSON holds it; empty parts are left out. Its time is the audit record's own."""
        body: dict[str, Any] = {
            "request_id": self.request_id,
            "endpoint": self.endpoint,
            "model": self.model if _MODEL.fullmatch(self.model) else OTHER_MODEL,
            "streamed": self.streamed,
            "revision": self.revision,
            "decision": self.decision.value,
            "seconds": round(self.seconds, 6),
            "upstream_seconds": round(self.upstream_seconds, 6),
        }
        parts: dict[str, Any] = {
            "key_id": self.key_id,
            "targets": list(self.targets),
            "evidence": [[e.target, e.kind, e.strength, e.channel, e.via, e.score] for e in self.evidence],
            "scores": list(self.scores),
            "prompt_digests": list(self.prompt_digests),
            "failures": list(self.failures),
            "calls": self.calls,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "timings_ms": dict(self.timings_ms),
            "pending_facts": self.pending_facts,
        }
        return body | {key: value for key, value in parts.items() if value}

    @classmethod
    def from_body(cls, body: Mapping[str, Any], at: datetime, number: int) -> DecisionRecord:
        """Return the record that `to_body` turned into JSON."""
        return cls(
            request_id=body["request_id"],
            at=at,
            endpoint=body["endpoint"],
            model=body["model"],
            streamed=body["streamed"],
            revision=body["revision"],
            decision=Decision(body["decision"]),
            key_id=body.get("key_id", ""),
            targets=tuple(body.get("targets", ())),
            evidence=tuple(Sighted(*parts) for parts in body.get("evidence", ())),
            scores=tuple(body.get("scores", ())),
            prompt_digests=tuple(body.get("prompt_digests", ())),
            failures=tuple(body.get("failures", ())),
            calls=body.get("calls", 0),
            prompt_tokens=body.get("prompt_tokens", 0),
            completion_tokens=body.get("completion_tokens", 0),
            seconds=body["seconds"],
            upstream_seconds=body["upstream_seconds"],
            timings_ms=body.get("timings_ms", {}),
            pending_facts=body.get("pending_facts", 0),
            number=number,
        )
