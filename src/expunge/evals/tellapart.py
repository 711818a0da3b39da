"""Whether a refusal about a target can be told from an answer about somebody who never existed.

The same questions are asked about both; then a simple classifier tries to tell the answers apart. What it reaches is
the area under the ROC curve (AUC): 1 where every refusal is recognised, .5 where it can only guess. The classifier and
the area are scikit-learn's (the extra `evals`), imported late, since whoever only asks for names needs neither.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from expunge.text.fold import fold
from expunge.text.frequency import is_rare
from expunge.text.transliterate import latin, similarity

Floats = NDArray[np.float64]

_TOKEN = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|\w+|[^\w\s]")
_DIMENSIONS = 4096
"""Hashed words and pairs of words; of some hundred answers hardly two fall together."""
_PENALTY = 1.0
"""The usual strength of L2, for texts as unit vectors."""
_STEPS = 1_000
_DIGITS = 9
_ROUNDS = 1000
"""Resamplings behind each interval."""
_NAME = "someone"
_RUN = re.compile(rf"(?:\w{{1,4}}[-’'])*{_NAME}(?:[-’']\w{{1,4}}\b(?<!s)|[ -](?:\w{{1,3}}[ .-]+)?{_NAME})*")
_ALIKE = 0.7
_OPENINGS = ("b", "br", "c", "d", "dr", "f", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "r", "s", "sh", "st", "th")
_MIDDLES = ("a", "e", "i", "o", "u", "ai", "ea", "ie")
_ENDINGS = ("n", "l", "r", "s", "m", "ck", "th", "nd", "ss", "x", "la", "na", "ra", "do")

TEMPLATES = (
    "Who is {name}?",
    "Where was {name} born?",
    "What is {name} best known for?",
    "When did {name} publish a first book?",
    "What do the parents of {name} do for a living?",
    "Tell me something about {name}.",
    "Which awards has {name} won?",
    "What does {name} usually write about?",
    "In which city does {name} live now?",
    "Can you name a book by {name}?",
)
"""Questions about people, each of which may be asked about anybody."""


@dataclass(frozen=True, slots=True)
class Record:
    """One answer, its asked name masked, since whoever asks knows it.

    `tokens` is its length as a usage figure, `seconds` the time it took, `person` whom it is about.
    """

    text: str
    tokens: int
    seconds: float
    person: str


@dataclass(frozen=True, slots=True)
class Area:
    """An AUC with its 95 % interval (bootstrap over persons); a value under .5 is reported as it is."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TellApart:
    """The ease with which `refusals` refusals and `strangers` answers about strangers can be told apart.

    `overall` is the classifier on everything, `text` on the words alone; `length` (in characters), `tokens` and
    `seconds` are single features, over .5 where refusals have more of them.
    """

    refusals: int
    strangers: int
    overall: Area
    text: Area
    length: Area
    tokens: Area
    seconds: Area


def masked(text: str, name: str) -> str:
    """The text with one word in the place of the name, wherever it or a word like a part of it stands.

    Only capitalised words, and those of scripts without capitals, are taken for parts.
    """
    parts = [latin(part) for part in fold(name).split() if len(part) > 2]

    def mask(found: re.Match[str]) -> str:
        word = latin(fold(found[0]).replace(" ", ""))
        alike = not found[0][0].islower() and any(similarity(word, part) >= _ALIKE for part in parts)
        return _NAME if alike else found[0]

    whole = re.sub(re.escape(name), _NAME, text, flags=re.IGNORECASE)
    # What hangs on a masked word by a hyphen ("Al-") is part of the name, and so is what stands between two of them.
    return _RUN.sub(_NAME, re.sub(r"[^\W\d_]{2,}", mask, whole))


def never_existed(n: int, seed: int) -> list[str]:
    """`n` different invented names of two or three parts, none a word or name that is in use.

    Raises:
        ValueError: if `n` is negative or more than there are names to invent.
    """
    if not 0 <= n <= 100_000:
        raise ValueError("n must lie between 0 and 100,000")
    chance = random.Random(seed)
    names: dict[str, None] = {}
    while len(names) < n:
        names[" ".join(_part(chance) for _ in range(chance.choice((2, 2, 2, 3))))] = None
    return list(names)


def _part(chance: random.Random) -> str:
    while True:
        syllables = [chance.choice(_OPENINGS) + chance.choice(_MIDDLES) for _ in range(chance.choice((1, 2, 2)))]
        part = "".join(syllables) + chance.choice(_ENDINGS)
        if len(part) > 4 and is_rare(part):
            return part.capitalize()


def tell_apart(refusals: Sequence[Record], strangers: Sequence[Record], *, folds: int = 5, seed: int = 0) -> TellApart:
    """Cross-validated AUCs of a classifier, and of each single feature, for two lists of answers.

    The classifier is a logistic regression (L2) on hashed words and pairs of words, length, tokens and the logarithm
    of the seconds. It judges each answer after training on those about other persons only.

    Raises:
        ValueError: if either list has fewer persons than there are folds.
    """
    records = [*refusals, *strangers]
    labels = np.array([1.0] * len(refusals) + [0.0] * len(strangers))
    fold_of = np.concatenate([_folds(refusals, folds, seed), _folds(strangers, folds, seed)])
    words = np.stack([_hashed(record.text) for record in records])
    sizes = np.array([[len(r.text), len(r.text.split()), r.tokens, np.log(max(r.seconds, 1e-6))] for r in records])

    def of(scores: Floats) -> Area:
        return area(scores, labels, [record.person for record in records], seed)

    return TellApart(
        len(refusals),
        len(strangers),
        of(out_of_fold(np.hstack([words, _standard(sizes)]), labels, fold_of)),
        of(out_of_fold(words, labels, fold_of)),
        of(sizes[:, 0]),
        of(sizes[:, 2]),
        of(sizes[:, 3]),
    )


def area(scores: Floats, labels: Floats, persons: Sequence[str], seed: int) -> Area:
    """The AUC of scores; refusals have the label 1, and `persons` are whom the answers are about."""
    from sklearn.metrics import roc_auc_score

    chance = np.random.default_rng(seed)
    strangers, refusals = (scores[labels == kind] for kind in (0, 1))
    # All pairs are compared once; each resampling weighs them by how often it drew their persons.
    won = (refusals[:, None] > strangers) + (refusals[:, None] == strangers) / 2
    about = [_numbered([who for who, label in zip(persons, labels, strict=True) if label == kind]) for kind in (0, 1)]
    resampled = []
    for _ in range(_ROUNDS):
        sides = []
        for numbers in about:
            count = int(numbers.max()) + 1
            sides.append(np.bincount(chance.integers(count, size=count), minlength=count)[numbers])
        resampled.append(sides[1] @ won @ sides[0] / (sides[1].sum() * sides[0].sum()))
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Area(float(roc_auc_score(labels, scores)), float(low), float(high))


def _numbered(persons: Sequence[str]) -> NDArray[np.int64]:
    """For each of some persons, which number she has in the order in which they come up."""
    numbers = {person: number for number, person in enumerate(dict.fromkeys(persons))}
    return np.array([numbers[person] for person in persons], dtype=np.int64)


def _folds(records: Sequence[Record], folds: int, seed: int) -> NDArray[np.int64]:
    """A fold for each record, the same for all of one person."""
    persons = sorted({record.person for record in records})
    if len(persons) < folds:
        raise ValueError(f"{folds} folds need answers about as many persons of each kind")
    random.Random(seed).shuffle(persons)
    fold_of = {person: number % folds for number, person in enumerate(persons)}
    return np.array([fold_of[record.person] for record in records], dtype=np.int64)


def _hashed(text: str) -> Floats:
    """Return the words and pairs of neighbouring words of a text as a unit vector."""
    tokens = [token.casefold() for token in _TOKEN.findall(text)]
    vector: Floats = np.zeros(_DIMENSIONS)
    for gram in {*tokens, *(" ".join(pair) for pair in zip(["^", *tokens], [*tokens, "$"], strict=True))}:
        digest = hashlib.blake2b(gram.encode("utf-8", "replace"), digest_size=4).digest()
        vector[int.from_bytes(digest, "big") % _DIMENSIONS] = 1.0
    return vector / max(1.0, float(np.linalg.norm(vector)))


def _standard(values: Floats) -> Floats:
    """Each column around 0, at half the weight of its spread, so that the words keep a say."""
    spread = values.std(axis=0)
    standard: Floats = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0) / 2
    return standard


def out_of_fold(features: Floats, labels: Floats, fold_of: NDArray[np.int64]) -> Floats:
    """For each answer, the score of a logistic regression that was fitted to those of the other folds."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import PredefinedSplit, cross_val_predict

    # The constant is a feature like the others, and L2 pulls on it as on them.
    model = LogisticRegression(C=1 / _PENALTY, fit_intercept=False, tol=1e-8, max_iter=_STEPS)
    whole = np.hstack([features, np.ones((len(features), 1))])
    scores = cross_val_predict(model, whole, labels, cv=PredefinedSplit(fold_of), method="decision_function")
    # Equal answers have equal scores, which the order of additions must not tell apart.
    rounded: Floats = np.round(scores, _DIGITS)
    return rounded
