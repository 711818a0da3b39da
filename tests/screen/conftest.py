"""A few invented people, and ways to put them before the screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import pytest

from expunge.screen.screen import Screen
from expunge.types import Draft, Evidence, Message, Snapshot, Target

Read = Callable[..., Awaitable[tuple[Evidence, ...]]]


def snapshot_of(targets: Sequence[Target]) -> Snapshot:
    base = {f"t{i}": _with_id(target, f"t{i}") for i, target in enumerate(targets)}
    return Snapshot(1, base, 1, {})


def _with_id(target: Target, target_id: str) -> Target:
    from dataclasses import replace

    return replace(target, id=target_id)


@pytest.fixture
def people() -> list[Target]:
    return [
        Target("Orla Maeve Fenwick", aliases=["The Bee Queen of Tarn"]),
        Target("Basir Mahfoud Al-Qadri"),
        Target("Will Young"),
        Target("Tobin Ashgrove-Reyes"),
        Target("Jonah Smith"),
        Target("Дмитрий Коваленский"),
    ]


@pytest.fixture
def read(people: list[Target]) -> Read:
    """Read a question and a draft under the invented people (or `targets`); history as (role, text) pairs."""

    async def read_(
        question: str = "",
        draft: str = "",
        history: Sequence[tuple[str, str]] = (),
        targets: Sequence[Target] | None = None,
        screen: Screen | None = None,
    ) -> tuple[Evidence, ...]:
        messages = [Message(role, text) for role, text in history]  # type: ignore[arg-type]
        if question:
            messages.append(Message("user", question))
        return await (screen or Screen()).read(
            snapshot_of(people if targets is None else targets), messages, Draft(draft)
        )

    return read_
