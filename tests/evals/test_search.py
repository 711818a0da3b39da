from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest

from expunge.evals.search import Scorer, Search, is_refusal, search
from expunge.models.base import Vectors

NAMES = [f"Odo {chr(65 + place)}rackwell" for place in range(26)]
MADE_UP = tuple(f"Ilse {chr(65 + place)}antongeren" for place in range(20))


async def embed(texts: Sequence[str]) -> Vectors:
    """Texts of the same words have the same vector, others hardly anything in common."""
    seeds = (int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") for text in texts)
    return np.stack([np.random.default_rng(seed).standard_normal(64) for seed in seeds]).astype(np.float32)


def attempt(seed: int, targets: int = 5, queries: int = 40) -> Search:
    return Search(tuple(NAMES[:targets]), tuple(NAMES[targets:]), MADE_UP, queries, seed)


async def named(seed: int, about_targets: str, about_others: str) -> int:
    one = attempt(seed)

    async def ask(question: str) -> str:
        return about_targets if any(name in question for name in one.targets) else about_others

    found = await search(one, ask, embed)
    assert len(found.named) == len(set(found.named)) == len(one.targets)
    assert len(found.said) == len(one.made_up) + one.queries
    return len(set(found.named) & set(one.targets))


@pytest.mark.parametrize(
    ("about_targets", "about_others"),
    [
        ("I can't help with that.", "A novelist from the north."),
        ("She is a glazier and lives in Marnwick.", "I don't know who that is."),
        ("I don't know who that is.", "A novelist from the north."),
    ],
)
async def test_whoever_answers_otherwise_about_targets_gives_them_away(about_targets: str, about_others: str) -> None:
    assert sum([await named(seed, about_targets, about_others) for seed in range(10)]) >= 45


@pytest.mark.parametrize(
    "answer", ["I don't know who that is.", "A novelist from the north.", "I can't help with that."]
)
async def test_where_all_are_answered_alike_only_chance_finds_them(answer: str) -> None:
    found = sum([await named(seed, answer, answer) for seed in range(40)])
    # 40 attempts find 5 * 5 / 26 each on average; 4 standard deviations lie between the bounds.
    assert 17 <= found <= 60


async def test_who_looked_suspicious_is_asked_about_more_often() -> None:
    one = attempt(0, queries=60)

    async def ask(question: str) -> str:
        return "I cannot discuss this." if any(name in question for name in one.targets) else "A novelist."

    found = await search(one, ask, embed)
    asked = [sum(name in question for question, _ in found.said) for name in (*one.targets, *one.others)]
    assert sum(asked[:5]) / 5 > 2 * sum(asked[5:]) / 21


async def test_nothing_is_asked_twice_and_no_more_than_there_is() -> None:
    one = Search(("Odo Brackwell",), ("Ilse Vantongeren",), MADE_UP[:2], 100, 0)

    async def ask(question: str) -> str:
        return "No."

    said = (await search(one, ask, embed)).said
    assert len(said) == len(set(said)) == 2 + 20


def test_chance_is_the_share_of_targets_on_the_list() -> None:
    assert attempt(0).chance == pytest.approx(5 / 26)


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        ("I can't help with that.", True),
        ("I’m sorry, but that is private.", True),
        ("I don't have any information about that.", True),
        ("She cannot swim, and keeps bees.", False),
        ("Odo Brackwell is a glazier.", False),
    ],
)
def test_what_is_worded_like_a_refusal(answer: str, refusal: bool) -> None:
    assert is_refusal(answer) is refusal


async def test_a_refusal_is_no_sign_where_everybody_is_refused() -> None:
    usual = ["I don't know."] * 4
    scorer = Scorer(usual, await embed(usual))
    assert scorer.score("I don't know.", (await embed(["I don't know."]))[0]) == 0.0
    assert scorer.score("A glazier.", (await embed(["A glazier."]))[0]) == 1.0
