"""What is told of a request once it is over, and the seam to whoever writes it down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from expunge.gateway.caller import Caller
from expunge.pipeline import Outcome


@dataclass(frozen=True, slots=True)
class Decided:
    """One answered request: ids, counts and times, and no text.

    `endpoint` is the API's path ("chat/completions"); `outcomes` holds one for each choice; `revision` is the
    registry's under which it was decided; times are in seconds: `seconds` of the whole request, `upstream_seconds` of
    Vanilla's part. Tokens are the upstream's own counts, or estimated by characters where it does not say, as in most
    streams.
    """

    request_id: str
    caller: Caller
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
    caller: Caller | None = None


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
