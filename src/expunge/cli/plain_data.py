"""Answers, traces and targets as plain data for `--json`. A trace contains ids, kinds and numbers, never text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from expunge.types import Answer, Evidence, Fact, Pending, Step, Target, Trace


def of_answer(answer: Answer) -> dict[str, Any]:
    """Return `{"text", "decision", "revision", "targets", "calls", "timings_ms", "trace"}`."""
    return {
        "text": answer.text,
        "decision": str(answer.decision),
        "revision": answer.revision,
        "targets": list(answer.targets),
        "calls": answer.trace.calls,
        "timings_ms": answer.trace.timings_ms,
        "trace": of_trace(answer.trace),
    }


def of_trace(trace: Trace) -> list[dict[str, Any]]:
    """Return the steps in order, without `Step.texts`."""
    return [_of_step(step) for step in trace.steps]


def _of_step(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "by": step.by,
        "ms": round(step.ms, 3),
        "calls": step.calls,
        "prompt_chars": step.prompt_chars,
        "prompt_tokens": step.prompt_tokens,
        "prompt_digest": step.prompt_digest,
        "failure": step.failure,
        "pending": of_pending(step.pending) if step.pending else None,
        "evidence": [of_evidence(evidence) for evidence in step.evidence],
        "findings": [{"target": f.target_id, "disclosure": f.disclosure, "by": f.by} for f in step.findings],
        "ratings": [{"forgetting": r.forgetting, "usefulness": r.usefulness} for r in step.ratings],
    }


def of_pending(pending: Pending) -> dict[str, int]:
    """Return how many facts, of how many targets, are matched by words alone."""
    return {"facts": pending.facts, "targets": pending.targets}


def of_evidence(evidence: Evidence) -> dict[str, Any]:
    """Return one piece of evidence: where and how, not what."""
    return {
        "target": evidence.target_id,
        "kind": str(evidence.kind),
        "strength": evidence.strength.name.lower(),
        "channel": evidence.channel,
        "message": evidence.message,
        "start": evidence.start,
        "end": evidence.end,
        "via": evidence.via,
        "score": round(evidence.score, 4),
    }


def of_target(target: Target) -> dict[str, Any]:
    """Return a target with everything it holds."""
    return {
        "id": target.id,
        "name": target.name,
        "kind": str(target.kind),
        "status": str(target.status),
        "aliases": list(target.aliases),
        "facts": [_of_fact(fact) for fact in target.facts],
        "description": target.description,
        "reason": target.reason,
        "request_id": target.request_id,
        "due_at": of_time(target.due_at),
        "revision": target.revision,
        "expires_at": of_time(target.expires_at),
        "created_at": of_time(target.created_at),
        "updated_at": of_time(target.updated_at),
    }


def _of_fact(fact: Fact) -> dict[str, Any]:
    return {"question": fact.question, "answer": fact.text, "elicited": fact.elicited}


def of_time(moment: datetime | None) -> str | None:
    """Return ISO 8601, or None."""
    return None if moment is None else moment.isoformat()
