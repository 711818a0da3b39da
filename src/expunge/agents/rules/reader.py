"""Whether an element of a draft is a target's, learnt from labelled documents (docs/reader.md).

Plain signals (`signals`), among them what the rules say, and the element's vector less the mean of its draft's, which
tells callbacks and kinds of sentences, are weighed by one logistic regression. Where no name makes it certain, a
document as a whole is judged by its strongest element. The rules stay the floor: what names a target is told of it,
whatever the weights say. A likeness to a fact that the screen saw is one of the signals. It is learnt by
`python -m benchmarks.reader`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from expunge.agents.rules.reading import WHOLE, Element, Reading, Verdict
from expunge.agents.rules.sections import pieces
from expunge.agents.rules.signals import Numbers, Vectors, signals, text_of
from expunge.screen.semantic.sentences import Meanings

DOCUMENT = 8
"""Elements from which a draft is a document, of which a target may be a part: of shorter ones nothing was learnt."""
MOST = 300
"""Elements up to which a draft is weighed, a second of embedding; a longer one stays with the rules."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """The weights of the signals and of the vector, and a constant. `space` names the embedding model.

    `sure` and `doubtful` are the sums from which an element is told of a target, and from which it may be; `whole`
    weighs the strongest element of a document and whether the screen saw anything likely in it, with a constant.
    """

    space: str
    weights: Numbers
    meaning: Numbers
    constant: float
    sure: float
    doubtful: float
    whole: Numbers

    def of(self, rows: Numbers, vectors: Vectors) -> Numbers:
        """Return how much speaks for each element, as log-odds."""
        found: Numbers = rows @ self.weights + centred(vectors) @ self.meaning + self.constant
        return found

    def discloses(self, strongest: float, likely: bool) -> bool:
        """Whether a document discloses a target whom nothing certain names in it."""
        return float(self.whole @ (strongest, likely, 1.0)) >= 0.0


@cache
def shipped() -> Model:
    """The model in this package."""
    data = files("expunge.agents.rules").joinpath("reader.npz").read_bytes()
    with np.load(BytesIO(data), allow_pickle=False) as kept:
        return unpacked({name: kept[name] for name in kept.files})


def packed(model: Model) -> dict[str, NDArray[np.generic]]:
    """A model as it is kept."""
    limits = np.array([model.constant, model.sure, model.doubtful], dtype=np.float32)
    return {
        "space": np.array(model.space),
        "weights": model.weights.astype(np.float32),
        "meaning": model.meaning.astype(np.float32),
        "limits": limits,
        "whole": model.whole.astype(np.float32),
    }


def unpacked(kept: Mapping[str, NDArray[np.generic]]) -> Model:
    """The model that was kept so."""
    constant, sure, doubtful = (float(number) for number in np.asarray(kept["limits"], dtype=np.float64))
    weights, meaning, whole = (np.asarray(kept[name], dtype=np.float64) for name in ("weights", "meaning", "whole"))
    return Model(str(kept["space"]), weights, meaning, constant, sure, doubtful, whole)


def centred(vectors: Vectors) -> Numbers:
    """The vectors of a draft's elements less their mean, which is what the draft is about and its language."""
    found: Numbers = (vectors - vectors.mean(axis=0)).astype(np.float64)
    return found


def compared_texts(text: str) -> list[str]:
    """The texts of a draft whose vectors `decide` needs; none where it decides nothing."""
    found = [piece for span in pieces(text) if (piece := span.of(text).strip())]
    return found if DOCUMENT <= len(found) <= MOST else []


def weighable(reading: Reading, meanings: Meanings, target_ids: Sequence[str]) -> tuple[Numbers, Vectors] | None:
    """The signals and the vector of each element, None where some are missing or there is nothing to compare."""
    nothing = next(iter(meanings.texts.values()), None)
    if nothing is None:
        return None
    own = [text_of(reading, element) for element in reading.elements]
    if any(text and text not in meanings.texts for text in own):
        return None
    if not all(len(meanings.facts.get(ref, ())) for ref in target_ids):
        return None  # of whom nothing is known but a name, the rules alone can tell
    facts = [meanings.facts[ref] for ref in target_ids]
    described = [meanings.descriptions[ref] for ref in target_ids]
    vectors = np.stack([meanings.texts[text] if text else np.zeros_like(nothing) for text in own])
    return signals(reading, vectors, np.concatenate(facts), np.concatenate(described), reading.knowledge.texts), vectors


def decide(reading: Reading, meanings: Meanings, target_ids: Sequence[str]) -> None:
    """Put the learnt verdict in place of the rules' where it may: on sentences, items and headings without a name."""
    model = shipped()
    if meanings.space != model.space or reading.entities.target_asked:
        return
    weighed = weighable(reading, meanings, target_ids)
    if weighed is None:
        return
    for element, odds in zip(reading.elements, map(float, model.of(*weighed)), strict=True):
        element.odds = odds
        if is_open(element):
            maybe = Verdict.DOUBTFUL if odds >= model.doubtful else Verdict.NONE
            element.verdict = Verdict.INDIRECT if odds >= model.sure else maybe


def is_open(element: Element) -> bool:
    """Whether an element's verdict is not certain: it is no part of a block, and does not name a target."""
    return element.unit.kind not in WHOLE and not element.signs.named


def strongest(reading: Reading, odds: Sequence[float | None]) -> float | None:
    """The most that speaks for any element without a name, None where the reader was not asked."""
    elements = zip(reading.elements, odds, strict=True)
    known = [o for e, o in elements if o is not None and e.unit.kind not in WHOLE and not e.signs.named]
    return max(known, default=None)


def discloses(reading: Reading, likely: bool) -> bool | None:
    """Whether a document that was read with its meanings discloses its targets, None where the reader was not asked."""
    most = strongest(reading, [element.odds for element in reading.elements])
    return None if most is None else shipped().discloses(most, likely)
