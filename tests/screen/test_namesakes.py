from __future__ import annotations

import pytest

from expunge.screen.screen import Screen
from expunge.types import Draft, Fact, Message, Snapshot, Strength, Target

MILLER = Target(
    "John Miller",
    description="Cartographer of Tarn Hollow, born in 1931",
    facts=(Fact("He drew the harbour charts of Skelwith."), Fact("His mother repaired theodolites.")),
    id="t",
)
RARE = Target("Basir Oduyani", description="Cartographer of Tarn Hollow", id="t")
PLAIN = Target("John Miller", id="t")


async def strongest(target: Target, question: str, draft: str) -> Strength | None:
    evidence = await Screen().read(Snapshot(1, {"t": target}, 1, {}), [Message("user", question)], Draft(draft))
    return max((e.strength for e in evidence), default=None)


@pytest.mark.parametrize(
    ("question", "draft"),
    [
        ("Who is John Miller?", "John Miller is a baseball pitcher who played for Baltimore."),
        ("Who won?", "The prize went to the jazz trombonist John Miller, a teacher from Chicago."),
        ("Tell me of John Miller.", "John Miller (an American film producer, 1952-2009) made forty westerns."),
    ],
)
async def test_somebody_else_is_told_apart(question: str, draft: str) -> None:
    assert await strongest(MILLER, question, draft) is Strength.HINT


@pytest.mark.parametrize(
    ("target", "question", "draft"),
    [
        (MILLER, "Who is John Miller?", "John Miller is a cartographer who lived by the sea."),
        (MILLER, "Who is John Miller, the baseball pitcher?", "His mother repaired instruments."),
        (MILLER, "Who is John Miller, the baseball pitcher?", "John Miller drew charts."),
        (MILLER, "Who is John Miller?", "John Miller is a baseball pitcher. He drew the harbour charts of Skelwith."),
        (MILLER, "Who drew the charts of Skelwith?", "John Miller is a baseball pitcher from Baltimore."),
        (PLAIN, "Who is John Miller?", "John Miller is a baseball pitcher who played for Baltimore."),
        (RARE, "Who is Basir Oduyani?", "Basir Oduyani is a baseball pitcher who played for Baltimore."),
    ],
)
async def test_in_doubt_it_is_the_target(target: Target, question: str, draft: str) -> None:
    assert await strongest(target, question, draft) is Strength.CERTAIN
