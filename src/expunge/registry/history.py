"""What happened to a target, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ChangeAction(StrEnum):
    """What a change did. `removed` has no entry: a removal takes the history with it."""

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
class Change:
    """One entry of a target's history; `reason` is what was given with the change, or empty."""

    revision: int
    at: datetime
    action: ChangeAction
    reason: str = ""


def reason_context(target_id: str, revision: int) -> str:
    """What an encrypted reason is bound to."""
    return f"change:{target_id}:{revision}"
