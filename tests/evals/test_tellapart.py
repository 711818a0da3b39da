from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest

from expunge.evals.tellapart import Floats, Record, area, masked, never_existed, out_of_fold, tell_apart


def records(texts: Sequence[str], who: str, *, seconds: float = 1.0) -> list[Record]:
    chance = random.Random(who)
    return [
        Record(text, len(text.split()), seconds * chance.uniform(0.9, 1.1), f"{who}{number % 10}")
        for number, text in enumerate(texts)
    ]


WORDINGS = ("I have not heard of someone.", "someone is not known to me.", "Who is someone? I do not know.")


def texts(seed: int, n: int = 80) -> list[str]:
    return [random.Random(f"{seed} {i}").choice(WORDINGS) for i in range(n)]


def area_of(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The share of pairs in which the positive has the higher score; ties count half (Mann-Whitney)."""
    won = sum((one > other) + (one == other) / 2 for one in positive for other in negative)
    return won / (len(positive) * len(negative))


def fitted(gram: Floats, labels: Floats) -> Floats:
    """Logistic regression with an L2 penalty of 1 in the dual, by Newton's method."""
    weights: Floats = np.zeros(len(labels))
    for _ in range(30):
        chances = 1 / (1 + np.exp(-gram @ weights))
        slopes = np.maximum(chances * (1 - chances), 1e-6)
        aim = gram @ weights + (labels - chances) / slopes
        weights = np.asarray(np.linalg.solve(gram + np.diag(1 / slopes), aim), dtype=np.float64)
    return weights


def test_the_classifier_is_the_regression_that_newtons_method_finds() -> None:
    chance = np.random.default_rng(3)
    features = chance.normal(size=(60, 90))
    labels = (features[:, 0] + chance.normal(size=60) > 0).astype(np.float64)
    fold_of = np.arange(60) % 5
    gram = features @ features.T + 1.0
    expected = np.zeros(60)
    for fold in range(5):
        train, test = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        expected[test] = gram[np.ix_(test, train)] @ fitted(gram[np.ix_(train, train)], labels[train])
    assert out_of_fold(features, labels, fold_of) == pytest.approx(expected, abs=1e-5)


def test_an_area_is_the_share_of_pairs_and_its_interval_that_of_resampled_persons() -> None:
    chance = random.Random(4)
    ours, others = ([round(chance.gauss(mean, 1), 1) for _ in range(40)] for mean in (0.5, 0.0))
    persons = [f"{side}{number % 8}" for side in "ab" for number in range(40)]
    labels = np.array([1.0] * 40 + [0.0] * 40)
    found = area(np.array([*ours, *others]), labels, persons, seed=7)
    assert found.value == pytest.approx(area_of(ours, others))
    draw = np.random.default_rng(7)
    resampled = []
    for _ in range(1000):
        sides = [[score for pick in draw.integers(8, size=8) for score in scores[pick::8]] for scores in (others, ours)]
        resampled.append(area_of(sides[1], sides[0]))
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(resampled, [2.5, 97.5])))


@pytest.mark.parametrize(
    ("positive", "negative", "expected"),
    [([2, 3], [0, 1], 1.0), ([0, 1], [2, 3], 0.0), ([1], [1], 0.5), ([1, 3], [2], 0.5), ([1, 2], [1, 0], 0.875)],
)
def test_area(positive: list[float], negative: list[float], expected: float) -> None:
    scores = np.array([*positive, *negative], dtype=np.float64)
    labels = np.array([1.0] * len(positive) + [0.0] * len(negative))
    assert area(scores, labels, [str(number) for number in range(len(scores))], seed=0).value == expected


def test_the_same_answers_cannot_be_told_apart() -> None:
    found = tell_apart(records(texts(1), "a"), records(texts(2), "b"))
    assert (found.refusals, found.strangers) == (80, 80)
    for each in (found.overall, found.text, found.length, found.tokens, found.seconds):
        assert each.low <= each.value <= each.high
        assert each.low < 0.5 < each.high
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
