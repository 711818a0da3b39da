"""Cases that were written by hand, each with the targets that it is about."""

from __future__ import annotations

from collections.abc import Mapping

from expunge.errors import UsageError
from expunge.evals.data import Facts
from expunge.evals.reading import Row, objects, text, texts
from expunge.types import Message, Role, Target

_ROLES: Mapping[str, Role] = {"system": "system", "user": "user", "assistant": "assistant"}


def target_of(row: Row, where: str, facts: Facts) -> Target:
    """The target that an object describes: by its names alone, or with description and facts where they are given.

    Raises:
        UsageError: if a part is missing or malformed.
    """
    name, aliases = text(row, "name", where), texts(row, "aliases", where)
    if facts != "given":
        return Target(name, aliases)
    return Target(name, aliases, texts(row, "facts", where), text(row, "description", where))


def messages_of(row: Row, where: str) -> tuple[Message, ...]:
    """The conversation of a row, which ends with what the user asks.

    Raises:
        UsageError: if it is malformed.
    """
    said = []
    for place, turn in objects(row.get("messages"), f"{where}, messages"):
        role = _ROLES.get(text(turn, "role", place))
        if role is None:
            raise UsageError(f"{place}: the role must be system, user or assistant.")
        said.append(Message(role, text(turn, "content", place)))
    if said[-1].role != "user":
        raise UsageError(f"{where}: the last message must be the user's.")
    return tuple(said)
