from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from expunge.evals.systems.remembering import RememberingEmbeddings
from expunge.models.base import Vectors


class Counting:
    name = "counting"

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)

    async def aclose(self) -> None:
        self.asked.append("closed")


async def test_what_was_registered_is_known_again_in_another_run_and_questions_are_not() -> None:
    first, second = Counting(), Counting()
    earlier, later = RememberingEmbeddings(first), RememberingEmbeddings(second)
    with earlier.registering():
        one = await earlier.embed(["Odo keeps an otter.", "Odo keeps an otter.", "Ilse rows."])
    with later.registering():
        two = await later.embed(["Ilse rows.", "Bees."])
    three = await later.embed(["Ilse rows."])
    await later.aclose()
    assert [row[0] for row in one] == [19, 19, 10]
    assert [row[0] for row in two] == [10, 5]
    assert [row[0] for row in three] == [10]
    assert second.asked == ["Bees.", "Ilse rows.", "closed"]
    assert later.name == "counting"
