"""The record of a request once it is over, the seam to whoever writes it down, and what they make of it.

Metrics, logs, traces and the decision log tell of a request one decision and its counts, and no caller's text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from expunge.gateway.access.principal import Principal
from expunge.pipeline import Outcome
from expunge.types import Decision, Step

ENDPOINTS = frozenset(
    {
        *("chat/completions", "responses", "completions", "messages", "messages/count_tokens"),
        *("models", "litellm_guardrail", "scrub", "mcp", "console"),
    }
)
OTHER = "other"
_GRAVITY = (Decision.PASSED, Decision.REWRITTEN, Decision.REFUSED)


@dataclass(frozen=True, slots=True)
class Decided:
    """One answered request: ids, counts and times, and no text.

    `endpoint` is the API's path ("chat/completions"); `outcomes` holds one for each choice; `revision` is the
    registry's under which it was decided; times are in seconds: `seconds` of the whole request, `upstream_seconds` of
    Vanilla's part. Tokens are the upstream's own counts, or estimated by characters where it does not say, as in most
    streams.
    """

    request_id: str
    principal: Principal
    endpoint: str
    model: str
    streamed: bool
    revision: int
    outcomes: tuple[Outcome, ...]
    seconds: float
    upstream_seconds: float
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Failed:
    """One request that ended in an error: the status, and the kind of error (a class's name)."""

    request_id: str
    endpoint: str
    status: int
    kind: str
    seconds: float
    principal: Principal | None = None


class Observer(Protocol):
    """Is told of requests. Never waits, never raises: an answer does not depend on it."""

    def decided(self, request: Decided) -> None:
        """An answer was given."""
        ...

    def failed(self, request: Failed) -> None:
        """None was."""
        ...


class Observers:
    """Several observers as one."""

    def __init__(self, observers: Sequence[Observer] = ()) -> None:
        self._observers = tuple(observers)

    def decided(self, request: Decided) -> None:
        """Tell each."""
        for observer in self._observers:
            observer.decided(request)

    def failed(self, request: Failed) -> None:
        """Tell each."""
        for observer in self._observers:
            observer.failed(request)


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
