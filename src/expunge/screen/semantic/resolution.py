"""Whether a turn goes on about a target that an earlier turn mentions, and its draft says something of them.

Plain signals of the question, the draft and the turns (`signals`) are weighed by a small logistic regression. Beside
them stand how much three linear models take the draft, the question and both together for something about a person:
by their meaning, or by their words where the embedding model is not there. Facts of the target are weighed where it has
some. The model is learnt by `python -m benchmarks.turns`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from expunge.screen.context.anaphora import (
    asks_for_attributes,
    drops_its_subject,
    goes_on,
    introduces_somebody,
    is_courtesy,
    names_somebody,
    names_somebody_else,
    persons_named,
    refers_back,
    speaks_of_somebody,
    stands_alone,
    stands_in,
)
from expunge.screen.context.focus import known_words
from expunge.screen.matches import Marked
from expunge.screen.semantic.embeddings import FactEmbeddings, Vectors, as_vectors, fact_text, texts_of
from expunge.screen.semantic.sentences import Compared
from expunge.screen.semantic.signals import NAMES, Setting, given_name, is_brief, is_owned, is_short, signals
from expunge.text.budget import counted, step
from expunge.text.fold import fold
from expunge.text.frequency import zipf
from expunge.text.slices import search
from expunge.types import Draft, EvidenceKind, Message, Strength, Target

Numbers = NDArray[np.float64]
_TURN = 400
"""Characters of an earlier turn that count, the last."""
_READ = 4_000
"""Characters of a turn in which somebody else is looked for."""
_TOLD = 300
"""Characters of a draft that count beside its question."""
_MOST_TURNS = 12
"""Turns since the last mention that are compared, the newest; and mentions, likewise."""
_EVERYDAY = 4.5
"""Zipf frequency from which a word says nothing of whom it means; "headmaster" is under it."""
_UNLIKE, _NO_FACT = 0.75, 0.8
"""About how near any two texts are, where there is nothing to compare."""

_SHE_OR_HE = re.compile(r"\b(?:she|he|her|him|his|hers)\b", re.IGNORECASE)
_BEGINS = re.compile(r"\W{0,9}(?:(?:yes|no|well|yeah)\W{1,3})?(?:she|he|her|his)\b", re.IGNORECASE)
_ANEW = re.compile(
    r"\W{0,3}(?:(?:and|now|please|ok|okay)\W{1,2}){0,2}"
    r"(?:once more|(?:try |do it )?again|one more time|another one|one more|go on|carry on|keep going)"
    r"\W{0,2}(?:please)?\W{0,3}",
    re.IGNORECASE,
)
"""A turn that asks for what came last once more, whatever came before that."""

SAID, ASKED, BOTH = range(3)
"""The linear models: of a draft, of a question, of both."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear model: weights and a constant."""

    weights: Numbers
    constant: float

    def of(self, vector: NDArray[np.float32] | Numbers) -> float:
        """Return the model's value for a vector."""
        return float(vector @ self.weights) + self.constant


@dataclass(frozen=True, slots=True)
class Model:
    """All that is learnt: linear models by words and by meaning, and the decisions; `alone` is that without facts.

    `space` names the embedding model by whose vectors those by meaning were learnt, which say nothing of another's.
    """

    space: str
    words: tuple[Linear, Linear, Linear]
    meanings: tuple[Linear, Linear, Linear]
    by_words: Linear
    by_meaning: Linear
    alone: Linear


@cache
def shipped() -> Model:
    """The model in this package."""
    data = files("expunge.screen.semantic").joinpath("resolution.npz").read_bytes()
    with np.load(BytesIO(data), allow_pickle=False) as kept:
        return unpacked({name: kept[name] for name in kept.files})


def packed(model: Model) -> dict[str, NDArray[np.generic]]:
    """A model as it is kept: the words' weights in steps of a 127th of the largest."""
    words = np.stack([one.weights for one in model.words])
    scale = np.abs(words).max(axis=1) / 127
    linears = {"meanings": model.meanings, "by_words": (model.by_words,)}
    linears |= {"by_meaning": (model.by_meaning,), "alone": (model.alone,)}
    kept: dict[str, NDArray[np.generic]] = {
        "space": np.array(model.space),
        "words": np.rint(words / scale[:, None]).astype(np.int8),
        "words_scale": scale.astype(np.float32),
        "words_constant": np.array([one.constant for one in model.words], dtype=np.float32),
    }
    for name, some in linears.items():
        kept[name] = np.stack([one.weights for one in some]).astype(np.float32)
        kept[f"{name}_constant"] = np.array([one.constant for one in some], dtype=np.float32)
    return kept


def unpacked(kept: Mapping[str, NDArray[np.generic]]) -> Model:
    """The model that was kept so."""

    def linears(name: str, weights: Numbers) -> list[Linear]:
        constants = np.asarray(kept[f"{name}_constant"], dtype=np.float64)
        return [Linear(row, float(constant)) for row, constant in zip(weights, constants, strict=True)]

    scale = np.asarray(kept["words_scale"], dtype=np.float64)
    words = linears("words", np.asarray(kept["words"], dtype=np.float64) * scale[:, None])
    decisions = ("by_words", "by_meaning", "alone")
    rest = {name: linears(name, np.asarray(kept[name], dtype=np.float64)) for name in ("meanings", *decisions)}
    (said, asked, both), (say, ask, pair) = words, rest["meanings"]
    space = str(kept["space"])
    return Model(space, (said, asked, both), (say, ask, pair), *(rest[name][0] for name in decisions))


def asked_of(at: Setting) -> tuple[str, str, str]:
    """The draft, the question and both, as far as they count."""
    said = at.draft[:_TOLD]
    return said, at.question[-_TURN:], f"{at.question[-_TOLD:]}\n{said}"


def mentions_of(at: Setting) -> list[str]:
    """The turns that mention the target, the last of them."""
    return [at.turns[number].content[-_TURN:] for number in at.mentions[-_MOST_TURNS:]]


def since_of(at: Setting, role: str = "") -> list[str]:
    """Return what was said since, by one role or by both."""
    return [m.content[-_TURN:] for m in at.since[-_MOST_TURNS:] if role in ("", m.role)]


def compared_texts(at: Setting) -> list[str]:
    """The texts whose vectors `by_meaning` needs."""
    last = [m.content[-_TURN:] for m in (at.turns[-1:] + at.turns[-2:-1])]
    return list(dict.fromkeys([*asked_of(at), *mentions_of(at), *since_of(at), *last]))


def by_words(at: Setting, plain: Sequence[float], models: Sequence[Linear]) -> Numbers:
    """Return the numbers to weigh if there is no embedding model."""

    def score(text: str, kind: int) -> float:
        step()
        return models[kind].of(worded(text))

    said, asked, both = asked_of(at)
    before_user, before_model = _before(at)
    return np.array(
        [
            *plain,
            score(said, SAID),
            score(asked, ASKED),
            score(both, BOTH),
            max(score(text, ASKED) for text in mentions_of(at)),
            score(before_user, ASKED) if before_user else 0.0,
            score(before_model, SAID) if before_model else 0.0,
            max((score(text, ASKED) for text in since_of(at, "user")), default=0.0),
        ]
    )


def by_meaning(
    at: Setting,
    plain: Sequence[float],
    models: Sequence[Linear],
    vectors: Mapping[str, NDArray[np.float32]],
    facts: NDArray[np.float32] | None,
) -> Numbers:
    """Return the numbers to weigh with the vectors of `compared_texts` and of the target's facts, if any are known."""
    said, asked, both = (vectors[text] for text in asked_of(at))
    mentions = np.stack([vectors[text] for text in mentions_of(at)])
    since = np.stack([vectors[text] for text in since_of(at)]) if since_of(at) else None
    before_user, before_model = _before(at)

    def near(vector: NDArray[np.float32], others: NDArray[np.float32] | None, otherwise: float) -> float:
        return float((others @ vector).max()) if others is not None and len(others) else otherwise

    return np.array(
        [
            *plain,
            models[SAID].of(said),
            models[ASKED].of(asked),
            models[BOTH].of(both),
            max(models[ASKED].of(vector) for vector in mentions),
            models[ASKED].of(vectors[before_user]) if before_user else 0.0,
            models[SAID].of(vectors[before_model]) if before_model else 0.0,
            near(asked, mentions, _UNLIKE),
            near(said, mentions, _UNLIKE),
            near(asked, since, _UNLIKE),
            near(said, since, _UNLIKE),
            near(said, facts, _NO_FACT),
            near(asked, facts, _NO_FACT),
            near(both, facts, _NO_FACT),
            max((models[ASKED].of(vectors[text]) for text in since_of(at, "user")), default=0.0),
        ]
    )


def _before(at: Setting) -> tuple[str, str]:
    """The last turns before the question, of the user and of the model, where they come right before it."""
    last = {m.role: m.content[-_TURN:] for m in at.turns[-2:]}
    return last.get("user", ""), last.get("assistant", "")


async def pointed_at(
    found: Iterable[Marked],
    messages: Sequence[Message],
    question: str,
    draft: Draft,
    vectors: FactEmbeddings | None,
    compared: Compared | None,
) -> list[tuple[Target, Strength]]:
    """The targets mentioned in earlier turns of whom the question goes on to ask and the draft says something.

    It is a hint where the words alone may mean somebody whom the user named since.

    Raises:
        ModelError: if the embedding model fails.
        OverBudget: if there is too much to compare.
    """
    targets: dict[str, Target] = {}
    mentions: dict[str, set[int]] = {}
    for target, e in found:
        if e.channel == "history" and e.strength > Strength.HINT:
            targets[target.id] = target
            mentions.setdefault(target.id, set()).add(e.message)
    together: dict[tuple[int, ...], list[Target]] = {}
    for ref, mentioned in mentions.items():
        together.setdefault(tuple(sorted(mentioned)), []).append(targets[ref])
    said = [text for text in (draft.text, draft.reasoning) if text.strip()] or [*draft.tool_calls]
    held: list[tuple[Target, Strength]] = []
    for numbers, some in together.items():
        step()
        if any(stands_in(question, messages[number].content) for number in numbers):
            held += [(target, Strength.LIKELY) for target in some]
            continue
        for text in said:
            at = _setting(messages, numbers, question, text, some)
            sure = None if at is None else await _is_about(at, some, vectors, compared)
            if sure is not None:
                held += [(target, sure) for target in some]
                break
    return held


def _setting(
    messages: Sequence[Message], numbers: Sequence[int], question: str, draft: str, targets: Sequence[Target]
) -> Setting | None:
    asked = max((i for i, m in enumerate(messages) if m.role == "user"), default=-1)
    kept = [i for i, m in enumerate(messages) if i != asked and m.role in ("user", "assistant")]
    places = {number: place for place, number in enumerate(kept)}
    mentioned = tuple(places[number] for number in numbers if number in places)
    if not mentioned:
        return None
    known = frozenset(word for target in targets for word in known_words(target))
    given = frozenset[str]().union(*map(given_name, targets))
    return Setting(tuple(messages[i] for i in kept), mentioned, question, draft, known, given)


def given_names_elsewhere(found: Iterable[Marked], question: str, pointed_at: frozenset[str]) -> list[Marked]:
    """The parts of names in a question; a mere given name a hint, where the turn does not go on about its target."""
    kept: list[Marked] = []
    for target, e in found:
        apart = e.kind is EvidenceKind.PARTIAL_NAME and target.id not in pointed_at
        if apart and given_name(target).issuperset(fold(question[e.start : e.end]).split()):
            e = replace(e, strength=Strength.HINT)
        kept.append((target, e))
    return kept


async def _is_about(
    at: Setting, targets: Sequence[Target], vectors: FactEmbeddings | None, compared: Compared | None
) -> Strength | None:
    if is_courtesy(at.question) or is_owned(at.question, at.known):
        return None
    if at.about == len(at.turns) - 1 and goes_on(at.question) and is_short(at.draft):
        return Strength.LIKELY  # "The second letter?" "R"
    if at.about < len(at.turns) - 1 and _ANEW.fullmatch(at.question):
        return None
    with counted():
        plain = signals(at)
    if _nobody_else(at):
        return Strength.LIKELY
    model = shipped()
    if vectors is not None and compared is not None and vectors.embedder.name == model.space:
        facts = _facts_known(targets, vectors)
        # Nothing is fetched where there are names alone.
        if facts is not None or await vectors.static() is not None:
            texts = compared_texts(at)
            known = dict(zip(texts, await compared.vectors(texts), strict=True))
            decides = model.alone if facts is None else model.by_meaning
            by = decides.of(by_meaning(at, plain, model.meanings, known, facts))
            if by < 0:
                return None
            return Strength.HINT if facts is None and _may_mean_another(at) else Strength.LIKELY
    with counted():
        if not _leans(at, model.words[SAID]) or model.by_words.of(by_words(at, plain, model.words)) < 0:
            return None
    return Strength.HINT if _may_mean_another(at) else Strength.LIKELY


def _nobody_else(at: Setting) -> bool:
    """Whether a question has a "she" or "he", its draft begins with one, and nobody but the target was spoken of.

    However long ago the target was named, and however long the draft is.
    """
    if search(_SHE_OR_HE, at.question) is None or _BEGINS.match(at.draft) is None:
        return False
    others = [m.content[:_READ] for place, m in enumerate(at.turns) if not at.last <= place <= at.about]
    asked = [m.content[:_READ] for m in at.turns if m.role == "user"]
    return not any(speaks_of_somebody(text) or names_somebody(text) for text in others) and not any(
        introduces_somebody(text) for text in (*asked, at.question)
    )


def _leans(at: Setting, said: Linear) -> bool:
    """Whether a question leans on what was said before it, or its draft is about somebody by its words."""
    question = at.question
    if at.about < len(at.turns) - 1 and goes_on(question):
        leans = False  # it leans on what was said since
    else:
        leans = refers_back(question) or asks_for_attributes(question) or drops_its_subject(question)
        leans = leans or (not stands_alone(question) and (is_brief(question) or _is_everyday(question)))
    told = at.draft[:_TOLD]
    about_somebody = speaks_of_somebody(told) or (
        not is_short(told) and not stands_alone(question) and said.of(worded(told)) > 0
    )
    return leans or speaks_of_somebody(question) or about_somebody


def _may_mean_another(at: Setting) -> bool:
    """Whether somebody else was named last, and the question has nothing but everyday words for whom it means.

    By the user, or by what an answer begins with: "Who found Pluto?" "Clyde Tombaugh." "Was he American?" What was
    named before a question that leans on nobody is no longer meant.
    """
    if not _is_everyday(at.question):
        return False
    for message in reversed(at.turns[at.about + 1 :]):
        text = message.content[:_TURN]
        if message.role == "user":
            if names_somebody(text):
                return True
            if not (refers_back(text) or speaks_of_somebody(text)):
                return False
        else:
            name = next(iter(persons_named(text)), "")
            if name and text.startswith(name) and names_somebody(name) and names_somebody_else(name, set(at.known)):
                return True
    return False


def _is_everyday(question: str) -> bool:
    return all(len(word) < 4 or zipf(word) >= _EVERYDAY for word in fold(question).split())


def _facts_known(targets: Sequence[Target], vectors: FactEmbeddings) -> Vectors | None:
    """The vectors of the targets' own facts; None where they have none, or they are still being worked out."""
    told = [target for target in targets if target.facts]
    rows, missing = vectors.known(told)
    if not told or missing or not len(rows):
        return None
    marks: list[bool] = []
    for target in told:
        facts = set(map(fact_text, target.facts))
        marks += [text in facts for text in texts_of(target)]
    own: Vectors = as_vectors(rows)[np.flatnonzero(marks)]
    return own


COUNT_BY_WORDS = len(NAMES) + 7
COUNT_BY_MEANING = len(NAMES) + 14
"""How many numbers are weighed."""


SIZE = 4_096
"""Numbers that the words of all languages are spread over."""
_WORDED = 400
"""Characters of a text that are looked at."""
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]+")
_AFFIX = 3


def worded(text: str) -> NDArray[np.float32]:
    """A text by its words, how these begin and end, and the pairs of characters of scripts without spaces.

    A vector of length one and `SIZE` numbers.
    """
    folded = fold(text[:_WORDED])
    vector: NDArray[np.float32] = np.zeros(SIZE, dtype=np.float32)
    for word in _UNSPACED.sub(" ", folded).split():
        said = "0" * len(word) if word.isdigit() else word
        _count(vector, said)
        if len(said) > _AFFIX + 1:
            _count(vector, f"{said[:_AFFIX]}-")
            _count(vector, f"-{said[-_AFFIX:]}")
    for run in _UNSPACED.findall(folded):
        for character in run:
            _count(vector, character)
        for one, two in pairwise(run):
            _count(vector, one + two)
    np.sqrt(vector, out=vector)
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector


def _count(vector: NDArray[np.float32], part: str) -> None:
    vector[crc32(part.encode("utf-8", "replace")) % SIZE] += 1
