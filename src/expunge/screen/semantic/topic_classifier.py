"""A probe: tells the texts of one topic from general ones by their vectors, learnt from the topic's examples.

A kernel ridge regression (Gaussian kernel, examples +1, general samples -1, anything far from both -1) plus the
margin between the closest examples and the closest general samples. Its threshold comes from leaving out: the share
of general questions, each judged by a probe that does not know it, that may look like the topic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from expunge.screen.semantic.embeddings import Vectors
from expunge.screen.semantic.negatives import Samples, closest, unit, without_own

Scores = NDArray[np.float32]
Doubles = NDArray[np.float64]

_GAMMA = 4.0
"""Sharpness of the kernel exp(gamma (cos - 1)) on centred vectors. Of 1 to 8, 2.5 to 6 do as well as each other
(half of WMDP against a third of an MMLU sample, three draws of examples). Duller ones err on texts unlike any sample:
a linear probe finds 58 % where this one finds 92 %."""
_RIDGE = 0.3
"""Doubt about each example; from 0.01 to 1 it changes nothing much."""
_NEAR = 800
"""General samples that a probe learns from, those closest to the topic; all 4,600 add nothing but time."""
_MARGIN = 2.0
"""Weight of the margin beside the regression."""
NEIGHBOURS = 3
"""Closest examples and closest general samples that the margin is a mean of."""
_FALSE_ALARMS = 0.0075
"""Largest share of the general questions that may pass for the topic."""
_PRICE = 40
"""Share of the examples that one share of the general questions weighs: the threshold goes up from the largest share
of false alarms while that costs few examples. Topics of WMDP with 5, 10, 20 and 50 examples find .68, .75, .81 and .92
of their questions (means of three topics and two draws, half of WMDP), and 3 to 6 of 570 MMLU questions pass for one of
the three; with no such price .72, .81, .90 and .96, and 3 to 20."""
_ENOUGH_TO_PRICE = 5
_BLUR = 0.08
"""Scale of the logistic curve by which the scores of the examples stand for those of other questions."""
_FLOOR = -1.15
"""Score under which nothing is on a topic: a text that resembles neither side has about -1. It guards topics told by a
description and terms alone: of three such, 11 to 18 of 20 questions are over it, and 0 to 2 of 570 of MMLU."""
_FLOOR_WITH_EXAMPLES = -0.7
_ENOUGH = 20
"""The floor where a topic has so many examples: it is closer to them. Of 60 new questions on three topics with 20
examples each 56 are over it, of 36 about neighbouring things 20; over -0.9 are 59 and 28."""
_ACCENTS = 8
"""Directions of language that are left out of all vectors. Of 24 questions in 11 languages about three topics with
English examples, 12 are found with none left out, 19 with one, 21 to 23 with six or more; English loses nothing."""
_SPOKEN = 5
"""Samples of a language that its mean is taken from."""
_SLACK = 0.2
"""How far under its worst example a topic may still reach: a clear topic does not creep up to the general questions."""


@dataclass(frozen=True, slots=True)
class General:
    """General samples in a vector space.

    `center` is their mean, `accents` the directions in which languages differ (orthonormal rows), `rows` the samples
    as they are compared, `questions` the number of the question that each is a form of.
    """

    center: Vectors
    accents: Vectors
    rows: Vectors
    questions: NDArray[np.int32]

    @classmethod
    def of(cls, samples: Samples, vectors: Vectors) -> General:
        """From the samples and their vectors."""
        accents = _accents(samples.languages, vectors)
        plain = _without(vectors, accents)
        center: Vectors = plain.mean(axis=0)
        return cls(center, accents, unit(np.asarray(plain - center, dtype=np.float32)), samples.questions)

    def place(self, vectors: Vectors) -> Vectors:
        """Vectors of the space as a probe compares them: without their language, centred, of length one."""
        return unit(_without(vectors, self.accents) - self.center)


def _without(vectors: Vectors, directions: Vectors) -> Vectors:
    """Vectors with all that lies along some orthonormal directions taken away."""
    return np.asarray(vectors - (vectors @ directions.T) @ directions, dtype=np.float32)


def _accents(languages: Sequence[str], vectors: Vectors) -> Vectors:
    """The main directions in which the means of the languages differ from that of the first."""
    spoken = np.array(languages)
    counts = {language: int((spoken == language).sum()) for language in dict.fromkeys(languages)}
    first, *others = (vectors[spoken == name].mean(axis=0) for name, count in counts.items() if count >= _SPOKEN)
    if not others:
        return np.zeros((0, vectors.shape[1]), dtype=np.float32)
    directions: Vectors = np.linalg.svd(np.stack(others) - first, full_matrices=False)[2][:_ACCENTS]
    return directions


@dataclass(frozen=True, slots=True)
class TopicClassifier:
    """A learnt probe. `threshold` is the score from which a text is on the topic."""

    examples: Vectors
    near: NDArray[np.intp]
    weights: Vectors
    threshold: float

    def scores(self, placed: Vectors, to_general: Scores, general: Scores) -> Scores:
        """Scores of texts, about -2 (far from the topic) to 2.

        `placed` are their vectors as `General.place` gives them, `to_general` their products with all general rows,
        `general` their closeness to the nearest of these.
        """
        to_examples = placed @ self.examples.T
        kernel = _kernel(np.hstack([to_examples, to_general[:, self.near]]))
        learnt = kernel @ self.weights - 1.0
        return _with_margin(learnt, to_examples, general)


def learn(general: General, examples: Vectors, forms: Sequence[int]) -> TopicClassifier:
    """The probe of a topic.

    `examples` are the vectors of its texts. The first of them are example questions, of which `forms` gives the
    numbers: forms of one question (with its choices and without) stand together and have the same number. The others
    stand for its terms and its description.
    """
    placed = general.place(examples)
    count = len(placed)
    to_general = placed @ general.rows.T
    closeness = closest(np.ascontiguousarray(to_general.T), NEIGHBOURS)
    near = np.sort(np.argsort(-closeness)[:_NEAR])
    known = np.vstack([placed, general.rows[near]])
    among = known @ known.T
    total = len(known)
    # Both sides weigh the same, however many samples each has.
    noise = np.full(total, 2 * (total - count) / total)
    noise[:count] = 2 * count / total
    kernel = _kernel(among).astype(np.float64) + _RIDGE * np.diag(noise)
    inverse = np.asarray(np.linalg.inv(kernel), dtype=np.float64)
    answers = np.full(total, -1.0)
    answers[:count] = 1.0
    weights = inverse @ (answers + 1.0)
    numbers = np.concatenate([forms, np.arange(len(forms), count) - total]).astype(np.int32)
    residuals = _residuals(inverse, weights, np.concatenate([numbers, count + general.questions[near]]))
    left_out = (answers - residuals).astype(np.float32)
    of_general = _general_scores(general, near, left_out[count:], to_general)
    own = among[:count, :count].copy()
    without_own(own, np.arange(count), numbers)
    of_examples = _with_margin(left_out[:count], own, closest(to_general, NEIGHBOURS))
    of_examples = _means(of_examples[: len(forms)], numbers[: len(forms)])
    threshold = _threshold(general.questions, near, of_general, of_examples)
    return TopicClassifier(placed, near, weights.astype(np.float32), threshold)


def _kernel(cosines: Scores) -> Scores:
    values: Scores = np.exp(_GAMMA * (cosines - 1.0))
    return values


def _means(scores: Scores, numbers: NDArray[np.int32]) -> Scores:
    """The mean score of each question's forms."""
    places = np.unique(numbers, return_inverse=True)[1]
    means: Scores = (np.bincount(places, scores) / np.bincount(places)).astype(np.float32)
    return means


def _residuals(inverse: Doubles, weights: Doubles, questions: NDArray[np.int32]) -> Doubles:
    """Return the regression's error at each sample if it has learnt neither from it nor from its other form.

    The two forms of a question stand one after the other.
    """
    diagonal = np.diag(inverse)
    off = weights / diagonal
    one = np.flatnonzero(questions[1:] == questions[:-1])
    other = one + 1
    cross = inverse[one, other]
    area = diagonal[one] * diagonal[other] - cross**2
    off[one] = (diagonal[other] * weights[one] - cross * weights[other]) / area
    off[other] = (diagonal[one] * weights[other] - cross * weights[one]) / area
    return off


def _with_margin(learnt: Scores, to_examples: Scores, general: Scores) -> Scores:
    scores: Scores = (learnt + _MARGIN * (closest(to_examples, NEIGHBOURS) - general)).astype(np.float32)
    return scores


def _general_scores(general: General, near: NDArray[np.intp], left_out: Scores, to: Scores) -> Scores:
    """Return the scores of the near general samples as if the probe did not know them."""
    among = general.rows[near] @ general.rows.T
    without_own(among, near, general.questions)
    to_examples = np.ascontiguousarray(to[:, near].T)
    return _with_margin(left_out, to_examples, closest(among, NEIGHBOURS))


def _threshold(questions: NDArray[np.int32], near: NDArray[np.intp], of_general: Scores, of_examples: Scores) -> float:
    """The least score that few enough general questions reach, each in the form that is more like the topic."""
    best = np.full(int(questions.max()) + 1, -np.inf)
    np.maximum.at(best, questions, of_general.min())
    np.maximum.at(best, questions[near], of_general)
    best = np.sort(best[np.isfinite(best)])[::-1]
    allowed = max(1, round(_FALSE_ALARMS * len(best)))
    if len(of_examples) >= _ENOUGH_TO_PRICE:
        allowed = _worth_most(best[: allowed + 1], of_examples, _PRICE / len(best))
    floor = _FLOOR + (_FLOOR_WITH_EXAMPLES - _FLOOR) * min(1.0, len(of_examples) / _ENOUGH)
    told_apart = max(float(best[allowed]), floor)
    if len(of_examples) < 2:
        return told_apart
    return max(told_apart, float(of_examples.min()) - _SLACK)


def _worth_most(highest: Scores, of_examples: Scores, price: float) -> int:
    """Return how many of the highest general scores to exceed, each at a price in shares of the examples."""
    missed = 1 / (1 + np.exp((of_examples[:, None] - highest[None, :]) / _BLUR))
    return int(np.argmin(missed.mean(axis=0) + price * np.arange(len(highest))))
