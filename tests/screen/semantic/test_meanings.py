"""The vectors of a draft's sentences and of targets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from expunge.screen.screen import Screen
from expunge.types import Snapshot, Target


class _Lengths:
    """Vectors that tell how long a text is."""

    name = "lengths"

    async def embed(self, texts: Sequence[str]) -> np.ndarray:
        return np.array([[1.0, len(text) / 1_000] for text in texts], dtype=np.float32).reshape(-1, 2)


TOLD = Target(
    "Orla Fenwick", facts=["She carved.", {"question": "Where?", "answer": "In Olm."}], description="a carver"
)
BARE = Target("Brendan Garrow", id="b")


async def test_facts_and_descriptions_stand_apart() -> None:
    target = Target(TOLD.name, facts=TOLD.facts, description=TOLD.description, id="a")
    screen = Screen(_Lengths())
    await screen.prepare(Snapshot(1, {"a": target, "b": BARE}, 1, {}))
    found = await screen.meanings([target, BARE], ["One.", "Two two.", "One."])
    assert found is not None
    assert found.space == "lengths"
    assert set(found.texts) == {"One.", "Two two."}
    assert set(found.facts) == {"a"}
    assert len(found.facts["a"]) == 2
    assert len(found.descriptions["a"]) == 1


async def test_there_are_none_without_a_model_or_a_fact() -> None:
    assert await Screen().meanings([TOLD], ["One."]) is None
    screen = Screen(_Lengths())
    await screen.prepare(Snapshot(1, {"b": BARE}, 1, {}))
    assert await screen.meanings([BARE], ["One."]) is None
