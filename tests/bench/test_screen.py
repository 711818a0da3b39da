from __future__ import annotations

from collections.abc import Sequence

import pytest

from expunge.bench.screen import ADDED, LENGTH, ScreenTime, as_json, measure, ratio
from expunge.registry.store import Registry
from expunge.types import Draft, Evidence, EvidenceKind, Message, Snapshot, Strength


class Plain:
    """Finds exact names; `deaf` overlooks whatever is not in the base."""

    def __init__(self, *, deaf: bool = False) -> None:
        self.deaf = deaf
        self.lengths: set[int] = set()
        self.texts: list[str] = []

    async def read(self, snapshot: Snapshot, messages: Sequence[Message], draft: Draft) -> tuple[Evidence, ...]:
        self.lengths.add(len(draft.text))
        return await self.read_text(snapshot, draft.text)

    async def read_text(self, snapshot: Snapshot, text: str) -> tuple[Evidence, ...]:
        self.texts.append(text)
        known = snapshot.base.values() if self.deaf else snapshot
        return tuple(
            Evidence(target.id, EvidenceKind.NAME, Strength.CERTAIN, "draft", 0, 1)
            for target in known
            if target.name in text
        )


async def test_every_size_is_measured_with_the_same_texts() -> None:
    screens: list[Plain] = []

    def make() -> Plain:
        screens.append(Plain())
        return screens[-1]

    said: list[str] = []
    small, large = await measure(make, [10, 200], rounds=2, texts=3, progress=said.append)
    assert (small.targets, large.targets) == (10, 200)
    assert small.runs == large.runs == 6
    assert small.found == large.found == 0
    assert all(screen.lengths == {LENGTH} for screen in screens)
    assert screens[0].texts == screens[1].texts
    assert len(set(screens[0].texts)) == len(screens[0].texts), "a text that was read before costs nothing"
    assert 0 < small.answer_median_ms <= small.answer_p99_ms
    assert 0 < small.force_median_ms <= small.force_max_ms
    assert any("200" in what for what in said)
    assert as_json([small])[0]["targets"] == 10


async def test_with_a_registry_its_own_snapshots_are_read() -> None:
    opened: list[int] = []

    def store(size: int) -> Registry:
        opened.append(size)
        return Registry.open("sqlite:///:memory:")

    rows = await measure(Plain, [3, 6], rounds=1, texts=1, store=store)
    assert opened == [3, 6]
    assert [row.targets for row in rows] == [3, 6]


async def test_facts_are_counted() -> None:
    (row,) = await measure(Plain, [5], facts=2, rounds=1, texts=1)
    assert row.facts == 10


async def test_a_screen_that_overlooks_a_new_target_is_a_fault() -> None:
    with pytest.raises(RuntimeError, match="did not find"):
        await measure(lambda: Plain(deaf=True), [5], rounds=1, texts=1)


def test_ratio_of_last_to_first() -> None:
    def at(ms: float) -> ScreenTime:
        return ScreenTime(1, 0, 0.0, ms, ms, ms, ms, ms, ADDED, 0)

    assert ratio([at(2.0), at(9.0), at(3.0)]) == 1.5
    assert ratio([at(2.0)]) == ratio([]) == 1.0
