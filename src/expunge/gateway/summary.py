"""What metrics, logs, traces and the decision log tell of a request: one decision, its counts, and no caller's text."""

from __future__ import annotations

from collections.abc import Iterable

from expunge.gateway.observer import Decided
from expunge.types import Decision, Step

ENDPOINTS = frozenset({"chat/completions", "responses", "completions", "models", "litellm_guardrail"})
OTHER = "other"
_GRAVITY = (Decision.PASSED, Decision.REWRITTEN, Decision.REFUSED)


def endpoint_of(path: str) -> str:
    """The endpoint, if it is one of ours: a path that somebody made up must not become a label."""
    return path if path in ENDPOINTS else OTHER


def model_of(name: str, configured: str | None) -> str:
    """The model, if it is the configured one: callers may ask for anything, a name included."""
    return name if name and name == configured else OTHER


def decision_of(request: Decided) -> Decision:
    """The gravest decision among the choices."""
    return max((outcome.decision for outcome in request.outcomes), key=_GRAVITY.index, default=Decision.PASSED)


def steps_of(request: Decided) -> Iterable[Step]:
    """The steps of all choices."""
    return (step for outcome in request.outcomes for step in outcome.trace.steps)


def agent_calls(request: Decided) -> int:
    """Calls to chat models that deciding took."""
    return sum(outcome.trace.calls for outcome in request.outcomes)


def agent_tokens(request: Decided) -> int:
    """Tokens of the prompts of those calls."""
    return sum(outcome.trace.prompt_tokens for outcome in request.outcomes)
