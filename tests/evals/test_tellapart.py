from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from expunge.evals.tellapart import Record, auc, masked, never_existed, tell_apart


def records(texts: Sequence[str], who: str, *, seconds: float = 1.0) -> list[Record]:
    chance = random.Random(who)
    return [
        Record(text, len(text.split()), seconds * chance.uniform(0.9, 1.1), f"{who}{number % 10}")
        for number, text in enumerate(texts)
    ]


WORDINGS = ("I have not heard of someone.", "someone is not known to me.", "Who is someone? I do not know.")


def texts(seed: int, n: int = 80) -> list[str]:
    return [random.Random(f"{seed} {i}").choice(WORDINGS) for i in range(n)]


@pytest.mark.parametrize(
    ("positive", "negative", "expected"),
    [([2, 3], [0, 1], 1.0), ([0, 1], [2, 3], 0.0), ([1], [1], 0.5), ([1, 3], [2], 0.5), ([1, 2], [1, 0], 0.875)],
)
def test_auc(positive: list[float], negative: list[float], expected: float) -> None:
    assert auc(positive, negative) == expected


def test_auc_of_nothing() -> None:
    with pytest.raises(ValueError, match="need a score"):
        auc([], [1.0])


def test_the_same_answers_cannot_be_told_apart() -> None:
    found = tell_apart(records(texts(1), "a"), records(texts(2), "b"))
    assert (found.refusals, found.strangers) == (80, 80)
    for area in (found.overall, found.text, found.length, found.tokens, found.seconds):
        assert area.low <= area.value <= area.high
        assert area.low < 0.5 < area.high
    assert found == tell_apart(records(texts(1), "a"), records(texts(2), "b"))


def test_other_words_give_a_refusal_away() -> None:
    refused = ["Sorry, that is something that I cannot say."] * 80
    found = tell_apart(records(refused, "a"), records(texts(2), "b"))
    assert found.overall.value == found.text.value == 1.0


def test_time_alone_gives_a_refusal_away() -> None:
    found = tell_apart(records(texts(1), "a", seconds=1.5), records(texts(2), "b"))
    assert found.seconds.value > 0.95
    assert found.overall.value > 0.9
    assert found.text.value < 0.65


def test_what_is_said_of_one_person_does_not_teach_about_another() -> None:
    """Words peculiar to each person tell nothing, though they are the same in all answers about him."""
    own = [
        [f"someone was born in {who}{number % 10}town." for number in range(80)]
        for who in ("north", "south")
    ]  # fmt: skip
    assert abs(tell_apart(records(own[0], "a"), records(own[1], "b")).text.value - 0.5) < 0.25


def test_too_few_people() -> None:
    with pytest.raises(ValueError, match="5 folds"):
        tell_apart(records(texts(1), "a")[:3], records(texts(2), "b"))


def test_names_that_never_existed() -> None:
    names = never_existed(200, 1)
    assert len(set(names)) == 200
    assert names == never_existed(200, 1)
    assert names != never_existed(200, 2)
    assert {len(name.split()) for name in names} == {2, 3}
    assert never_existed(0, 1) == []
    with pytest.raises(ValueError, match="between"):
        never_existed(-1, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Orla Fenwick wrote it.", "someone wrote it."),
        ("Fenwik's book, by ORLA.", "someone's book, by someone."),
        ("An oral story.", "An oral story."),
        ("Orla M. Fenwick met Al-Fenwick.", "someone met someone."),
    ],
)
def test_masked(text: str, expected: str) -> None:
    assert masked(text, "Orla Fenwick") == expected
