"""Learns by which signals an element of a draft is told to be a target's: `agents/rules/reader.npz` (docs/reader.md).

    python -m benchmarks.reader tests/e2e/documents/{documents,strangers_*}.jsonl

Each line of the files is a document: targets, messages, a draft (or a text to scrub), and the strings of it that must
go and that must stay. An element that holds a part of the former is the
target's, one that holds parts of the latter alone is not, and of any other nothing is learnt. Prints how well those
elements are told apart whose document no part was learnt from, beside the rules; by language and by genre as well; and
what becomes of the documents as a whole. Needs the embedding model, and two minutes.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from benchmarks.turns import regression
from expunge.agents import rules
from expunge.agents.case import Case
from expunge.agents.roles import Roles
from expunge.agents.rules.attribution import read_draft
from expunge.agents.rules.audit import is_unsure
from expunge.agents.rules.evidence import counted
from expunge.agents.rules.reader import Model, centred, compared_texts, is_open, packed, shipped, strongest, weighable
from expunge.agents.rules.reading import Element, Reading, Verdict, score
from expunge.agents.rules.signals import NAMES, Numbers, Vectors
from expunge.models.base import ChatOptions
from expunge.models.embeddings import NAME, EmbeddedEmbeddings
from expunge.models.scripted import ScriptedChat
from expunge.pipeline import Pipeline
from expunge.screen.screen import Screen
from expunge.screen.semantic.embeddings import StaticVectors
from expunge.settings import PolicySettings
from expunge.types import Draft, Message, Snapshot, Strength, Target

_KEPT = Path(rules.__file__).with_name("reader.npz")
_FOLDS = 8
_SEED = 1
_AXES = 32
"""Main axes of the vectors that are weighed."""
_STRETCH = 10.0
"""How much the axes are stretched: they are held down less than the signals."""
_RIDGE = 50.0
_FALSE = 0.23
"""Share of the elements that are nobody's or somebody else's which may be told of a target, on documents that the model
has not seen: of what goes a tenth is left then, and of what stays a sixth is lost with it."""
_MAYBE = 0.3
"""The same for those that are doubtful."""
_CAREFUL = 0.2
"""Log-odds by which a document is sooner held to disclose where the screen saw something likely. What it saw is among
the signals of each element already: more care touched more controls on the folds and found no document more."""
_LEAST = 3
"""Characters that an element must share with a labelled string."""


@dataclass(frozen=True, slots=True)
class Document:
    """A labelled document."""

    name: str
    language: str
    genre: str
    kind: str
    targets: tuple[Target, ...]
    messages: tuple[Message, ...]
    draft: str
    gone: tuple[str, ...]
    kept: tuple[str, ...]
    asked: bool
    sentences: tuple[tuple[str, str], ...]
    """Sentences and their labels, `direct`, `indirect` or `none`, where there are some."""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Document:
        """The document of a JSON object."""
        targets = tuple(
            Target(t["name"], t["aliases"], t["facts"], t["description"], id=f"t{number}")
            for number, t in enumerate(row["targets"])
        )
        messages = tuple(Message(m["role"], m["content"]) for m in row.get("messages", ()))
        kind = row.get("kind", "entangled" if row["gone"] else "control")
        text = row["draft"] if "draft" in row else row["text"]
        genre = row.get("genre", "scrub")
        gone, kept = tuple(row["gone"]), tuple(row["kept"])
        asked, said = "draft" in row, tuple((s["text"], s["label"]) for s in row.get("sentences", ()))
        kind = kind.split("-")[0]
        return cls(row["id"], row["lang"], genre, kind, targets, messages, text, gone, kept, asked, said)

    @property
    def snapshot(self) -> Snapshot:
        """Its targets in force."""
        return Snapshot(1, {target.id: target for target in self.targets}, 1, {})


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """The open elements of one document that are labelled."""

    document: Document
    rows: Numbers
    vectors: NDArray[np.float32]
    labels: NDArray[np.bool_]
    rules: Numbers
    every: tuple[Numbers, Vectors]
    """The signals and vectors of all elements."""
    reading: Reading
    uncertain: bool
    """Whether the screen saw something, and nothing certain."""
    likely: bool


def documents(paths: Iterable[Path]) -> list[Document]:
    """The documents of files of JSON lines."""
    lines = (line for path in paths for line in path.read_text(encoding="utf-8").splitlines())
    return [Document.of(json.loads(line)) for line in lines if line.strip()]


async def labelled(document: Document, screen: Screen) -> Labelled | None:
    """What is learnt from a document, None where nothing is."""
    evidence = await screen.read(document.snapshot, document.messages, Draft(document.draft))
    meanings = await screen.meanings(document.targets, compared_texts(document.draft))
    case = Case(document.messages, Draft(document.draft), document.targets, evidence)
    ids = [target.id for target in document.targets]
    reading = read_draft(case, ids)
    weighed = None if meanings is None else weighable(reading, meanings, ids)
    if weighed is None or reading.entities.target_asked:
        return None
    seen = [e for e in counted(case) if e.channel == "draft"]
    uncertain = bool(seen) and all(is_unsure(e, document.draft) for e in seen if e.strength > Strength.HINT)
    likely = any(e.strength is Strength.LIKELY for e in seen)
    rows, vectors = weighed[0], centred(weighed[1]).astype(np.float32)
    gone, kept = _places(document.draft, document.gone), _places(document.draft, document.kept)
    direct, free = (
        _places(document.draft, [text for text, label in document.sentences if label == told])
        for told in ("direct", "none")
    )
    chosen: list[int] = []
    labels: list[bool] = []
    for at, element in enumerate(reading.elements):
        own = _shares(element, gone)
        others = _shares(element, kept)
        if not own and not others:
            own, others = _shares(element, direct), _shares(element, free)
        if is_open(element) and (own or others):
            chosen.append(at)
            labels.append(own)
    rules = np.array([_by_rules(reading.elements[at]) for at in chosen])
    if not chosen:
        return None
    own_rows, own_vectors, told = rows[chosen], vectors[chosen], np.array(labels, dtype=bool)
    return Labelled(document, own_rows, own_vectors, told, rules, weighed, reading, uncertain, likely)


def _by_rules(element: Element) -> float:
    sure = 10.0 * element.touched + 3.0 * (element.verdict is Verdict.DOUBTFUL)
    return sure + max(-2.0, min(4.0, score(element.signs)))


def _places(text: str, strings: Iterable[str]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for string in strings:
        at = text.find(string)
        while at >= 0:
            found.append((at, at + len(string)))
            at = text.find(string, at + 1)
    return found


def _shares(element: Element, places: Iterable[tuple[int, int]]) -> bool:
    begins, ends = element.unit.body, element.unit.span.end
    return any(min(ends, end) - max(begins, start) >= min(_LEAST, end - start) for start, end in places)


def learnt(some: Sequence[Labelled]) -> Model:
    """The model of some documents, whose limits are still to be set."""
    rows = np.concatenate([one.rows for one in some])
    vectors = np.concatenate([one.vectors for one in some]).astype(np.float64)
    labels = np.concatenate([one.labels for one in some]).astype(np.float64)
    _, _, axes = np.linalg.svd(vectors, full_matrices=False)
    main = axes[:_AXES].T * _STRETCH
    spread = (vectors @ main).std()
    # All axes are measured alike, so that the ridge holds down what varies little.
    found = regression(np.hstack([rows, vectors @ main / spread]), labels, _RIDGE)
    weights, along = found.weights[: len(NAMES)], found.weights[len(NAMES) :]
    return Model(NAME, weights, main @ along / spread, found.constant, 0.0, 0.0, np.zeros(3))


def _of(model: Model, one: Labelled) -> Numbers:
    found: Numbers = one.rows @ model.weights + one.vectors @ model.meaning + model.constant
    return found


def wholly(some: Sequence[tuple[Labelled, Model]]) -> Numbers:
    """How a document is judged by its strongest element, learnt from documents under models that did not see them."""
    rows, labels = [], []
    for one, model in some:
        most = strongest(one.reading, list(map(float, model.of(*one.every)))) if one.uncertain else None
        if most is not None:
            rows.append([most])
            labels.append(float(bool(one.document.gone)))
    found = regression(np.array(rows), np.array(labels), 1.0)
    return np.array([*found.weights, _CAREFUL, found.constant])


def folds(some: Sequence[Labelled]) -> Iterator[tuple[list[Labelled], list[Labelled]]]:
    """Documents to learn from, and those held out."""
    order = list(range(len(some)))
    random.Random(_SEED).shuffle(order)
    for fold in range(_FOLDS):
        out = set(order[fold::_FOLDS])
        yield [one for n, one in enumerate(some) if n not in out], [one for n, one in enumerate(some) if n in out]


def limit(scores: Numbers, labels: NDArray[np.bool_], false: float) -> float:
    """The score from which a share of what is no target's is told of one."""
    return float(np.quantile(scores[~labels], 1 - false))


def _line(name: str, scores: Numbers, rules: Numbers, labels: NDArray[np.bool_], sure: float) -> str:
    def found(of: Numbers, at: float) -> str:
        return f"{(of[labels] >= at).mean():.2f}/{(of[~labels] >= at).mean():.2f}"

    return (
        f"{name:<28} {int(labels.sum()):>4} of {len(labels):>4}  area {roc_auc_score(labels, rules):.3f} -> "
        f"{roc_auc_score(labels, scores):.3f}  found/false {found(rules, 10.0)} -> {found(scores, sure)}"
    )


def report(some: Sequence[Labelled], scores: Sequence[Numbers], sure: float, say: Callable[[str], None]) -> None:
    """Say how well elements of documents are told apart, by rules and learnt."""

    def line(name: str, chosen: Sequence[int]) -> None:
        labels = np.concatenate([some[n].labels for n in chosen])
        if 0 < labels.sum() < len(labels):
            by = np.concatenate([scores[n] for n in chosen]), np.concatenate([some[n].rules for n in chosen])
            say(_line(name, *by, labels, sure))

    line("all", range(len(some)))
    labels = np.concatenate([one.labels for one in some])
    for name, by in (("rules", np.concatenate([one.rules for one in some])), ("learnt", np.concatenate(scores))):
        shares = ", ".join(f"{(by[labels] >= limit(by, labels, f) + 1e-9).mean():.2f} at {f:.0%}" for f in (0.05, 0.1))
        say(f"  found by {name} at so many false: {shares}")
    for of in ("kind", "language", "genre"):
        for value, _ in Counter(getattr(one.document, of) for one in some).most_common(16):
            line(f"{of} {value}", [n for n, one in enumerate(some) if getattr(one.document, of) == value])


async def answered(document: Document, screen: Screen, snapshot: Snapshot | None = None) -> str:
    """What a caller gets for a document's question, or for a text to scrub; empty where it is refused.

    Its own targets are in force, or those of `snapshot`.
    """
    snapshot = snapshot or document.snapshot
    policy = PolicySettings(refusal="plain")
    pipeline = Pipeline(ScriptedChat(lambda messages, options: document.draft), screen, Roles({}, "rules"), policy)
    if not document.asked:
        return (await pipeline.scrub(snapshot, document.draft)).text
    return (await pipeline.ask(snapshot, document.messages, ChatOptions())).text


async def outcome(some: Iterable[tuple[Document, Model | None]], embeddings: _Remembered) -> Counter[str]:
    """What becomes of documents, each under a model, or by the rules alone."""
    figures: Counter[str] = Counter()
    for document, model in some:
        with patch("expunge.agents.rules.reader.shipped", lambda model=model: model or _NOBODY):
            text = await answered(document, Screen(embeddings))
        kind = document.kind
        figures[f"{kind}: documents"] += 1
        figures[f"{kind}: gone"] += len(document.gone)
        figures[f"{kind}: left"] += sum(part in text for part in document.gone)
        figures[f"{kind}: to keep"] += len(document.kept)
        figures[f"{kind}: kept"] += sum(part in text for part in document.kept)
        figures[f"{kind}: touched"] += text != document.draft
    return figures


async def under_others(some: Sequence[tuple[Document, Model | None]], embeddings: _Remembered) -> Counter[str]:
    """What becomes of documents where the targets of all the others are in force, and their own are not."""
    figures: Counter[str] = Counter()
    for document, model in some:
        own = {target.name for target in document.targets}
        others = (target for other, _ in some for target in other.targets if target.name not in own)
        targets = {f"o{number}": replace(target, id=f"o{number}") for number, target in enumerate(others)}
        with patch("expunge.agents.rules.reader.shipped", lambda model=model: model or _NOBODY):
            text = await answered(document, Screen(embeddings), Snapshot(1, targets, 1, {}))
        figures["documents"] += 1
        figures["touched"] += text != document.draft
        figures["strings"] += len(document.gone) + len(document.kept)
        figures["strings lost"] += sum(part not in text for part in (*document.gone, *document.kept))
    return figures


_NOBODY = Model("", np.zeros(len(NAMES)), np.zeros(0), 0.0, 0.0, 0.0, np.zeros(3))
"""A model of no vector space, which decides nothing."""


class _Remembered:
    """The embedding model with all the vectors that it has given."""

    name = NAME

    def __init__(self) -> None:
        self._model = EmbeddedEmbeddings()
        self._known: dict[str, NDArray[np.float32]] = {}

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As the model does."""
        new = sorted({text for text in texts if text not in self._known}, key=len)
        for start in range(0, len(new), 64):
            some = new[start : start + 64]
            self._known.update(zip(some, await self._model.embed(some), strict=True))
        return np.stack([self._known[text] for text in texts]) if texts else await self._model.embed(texts)

    async def static(self) -> StaticVectors | None:
        """As the model does."""
        return await self._model.static()


async def _learn(paths: Sequence[Path], say: Callable[[str], None]) -> Model:
    embeddings = _Remembered()
    every = documents(paths)
    found = [await labelled(document, Screen(embeddings)) for document in every]
    some = [one for one in found if one is not None]
    scores: dict[str, Numbers] = {}
    unseen: dict[str, Model] = {}
    for known, out in folds(some):
        model = learnt(known)
        unseen |= {one.document.name: model for one in out}
        scores |= {one.document.name: _of(model, one) for one in out}
    by = [scores[one.document.name] for one in some]
    labels = np.concatenate([one.labels for one in some])
    sure, doubtful = (limit(np.concatenate(by), labels, false) for false in (_FALSE, _MAYBE))
    report(some, by, sure, say)
    judged = [(one, unseen[one.document.name]) for one in some]
    held_out: dict[str, Model] = {}
    for number, (one, model) in enumerate(judged):
        whole = wholly(judged[:number] + judged[number + 1 :])
        held_out[one.document.name] = replace(model, sure=sure, doubtful=doubtful, whole=whole)
    for name, models in (("rules", {}), ("learnt", held_out)):
        figures = await outcome(((document, models.get(document.name)) for document in every), embeddings)
        say(f"{name}: " + ", ".join(f"{key} {value}" for key, value in sorted(figures.items())))
        others = await under_others([(document, models.get(document.name)) for document in every], embeddings)
        say(f"{name}, others in force: " + ", ".join(f"{key} {value}" for key, value in others.items()))
    return replace(learnt(some), sure=sure, doubtful=doubtful, whole=wholly(judged))


def main(paths: Sequence[str]) -> None:
    """Learn from files, and put what is learnt where the package ships it."""
    model = asyncio.run(_learn([Path(path) for path in paths], print))
    np.savez_compressed(_KEPT, **packed(model))  # type: ignore[arg-type]
    shipped.cache_clear()


if __name__ == "__main__":
    main(sys.argv[1:])
