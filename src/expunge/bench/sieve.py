"""The texts that pass the sieve: of the embedding model's finds, of ordinary text, of what is told of others.

Facts and sentences come from benchmarks; each fact is a target of its own, so that every pair of a sentence and a fact
counts. What is held against facts here took no part in setting the sieve's floors or in training its vectors: the
second ten authors of TOFU's forget10 in six languages, and every second person of WPU and RWKU.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

from expunge.bench.world import prose
from expunge.evals.reading import rows as rows_of
from expunge.evals.reading import subfolder, text
from expunge.models.base import EmbeddingModel
from expunge.screen.semantic.embeddings import FactEmbeddings, Vectors, as_rows, fact_text, texts_of
from expunge.screen.semantic.facts import Facts
from expunge.screen.semantic.negatives import general_samples
from expunge.screen.semantic.sieve import Sensitivity, Sieve, TextSentences, score_sentences
from expunge.text.segment import Span, sentences
from expunge.types import Fact, Strength, Target

LANGUAGES = ("fr", "ru", "ja", "ar", "hi")
_FIRST_OF_FORGET = 180
_OF_AN_AUTHOR = 20
_AUTHORS_TO_SET = 10
"""Authors of forget10, the first, by whom the floors were set; those that are left are reported."""
_FIRST_HELD_OUT = 150
"""TOFU's retain authors from here on took no part in training the static vectors."""
_BATCH = 64
_ITSELF = 0.999
"""Cosine from which a sentence is a fact, word by word."""
Tick = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Suite:
    """Sentences, each whether it is a question, that are held against facts."""

    name: str
    facts: tuple[Fact, ...]
    asked: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class SieveRecall:
    """Pairs of a sentence and a fact that the embedding model finds, and those whose sentence the sieve lets through
    where hints count; the likely ones, and those that it lets through where only such count; the sentences, and how
    many of them are let through in either case."""

    name: str
    sentences: int
    through: int
    through_likely: int
    pairs: int
    kept: int
    likely: int
    likely_kept: int

    @property
    def recall(self) -> float:
        """Share of the pairs that is let through."""
        return self.kept / self.pairs if self.pairs else 1.0


def suites(data: Path, *, held_out: bool = True) -> list[Suite]:
    """Return the part that is reported or, where not `held_out`, the other one, by which the floors were set.

    Raises:
        UsageError: if the data cannot be used.
    """
    tofu, other = subfolder(data, "tofu"), subfolder(data, "tofu_multilingual")
    english, asked = [], []
    for number, (where, row) in enumerate(rows_of(tofu / "forget10_perturbed.jsonl")):
        if (number // _OF_AN_AUTHOR >= _AUTHORS_TO_SET) is held_out:
            english.append(Fact(text(row, "answer", where), text(row, "question", where)))
            asked.append((text(row, "paraphrased_question", where), True))
            asked.append((text(row, "paraphrased_answer", where), False))
    found = [Suite("TOFU, paraphrases", tuple(english), tuple(asked))]
    for language in LANGUAGES:
        told = [
            Fact(text(row, "answer", where), text(row, "question", where))
            for where, row in rows_of(other / f"{language}.jsonl")
            if row["author_index"] >= _FIRST_OF_FORGET
            and (row["author_index"] >= _FIRST_OF_FORGET + _AUTHORS_TO_SET) is held_out
        ]
        found.append(Suite(f"TOFU, {language} to {language}", tuple(told[::2]), _said(told[1::2])))
        found.append(Suite(f"TOFU, {language} to en", tuple(english), _said(told)))
    found.append(_wpu(subfolder(data, "wpu"), held_out))
    found.append(_rwku(subfolder(data, "rwku"), held_out))
    return found


def _said(facts: Sequence[Fact]) -> tuple[tuple[str, bool], ...]:
    """Question and answer of each fact as sentences."""
    return tuple(pair for fact in facts for pair in ((fact.question or "", True), (fact_text(fact), False)))


def _wpu(folder: Path, held_out: bool) -> Suite:
    facts = [
        Fact(text(row, "answer", where), text(row, "question", where))
        for where, row in rows_of(folder / "forget_qa.jsonl")
        if _held_out(str(row["title"])) is held_out
    ]
    return Suite("WPU", tuple(facts[::2]), _said(facts[1::2]))


def _rwku(folder: Path, held_out: bool) -> Suite:
    facts, asked = [], []
    for level in ("forget_level1", "forget_level2", "forget_level3"):
        for where, row in rows_of(folder / f"{level}.jsonl"):
            if _held_out(str(row["subject"])) is not held_out:
                continue
            query, answer = text(row, "query", where), text(row, "answer", where)
            if level == "forget_level1":
                facts.append(Fact(query.replace("___", answer)))
            elif level == "forget_level2":
                facts.append(Fact(answer, query))
            else:
                asked += [(query[piece.start : piece.end].strip(), True) for piece in sentences(query)]
    return Suite("RWKU", tuple(facts), tuple(pair for pair in asked if len(pair[0]) > 2))


def _held_out(name: str) -> bool:
    return zlib.crc32(name.encode()) % 2 == 0


def ordinary(data: Path) -> Mapping[str, list[tuple[str, bool]]]:
    """Sentences that are about none of the facts: ordinary ones, and what is told of other people.

    Raises:
        UsageError: if the data cannot be used.
    """
    samples = general_samples()
    found = {"prose": [(piece.of(t).strip(), False) for t in prose(40) for piece in sentences(t)]}
    found["questions"] = [(t, True) for t, code in zip(samples.texts, samples.languages, strict=True) if code == "en"]
    found["others' lives"] = [
        (text(row, "answer", where), False)
        for where, row in rows_of(subfolder(data, "tofu") / "full.jsonl")
        if _FIRST_HELD_OUT <= row["author_index"] < _FIRST_OF_FORGET
    ]
    held = json.loads((subfolder(data, "wpu") / "celebrities_retain.json").read_text(encoding="utf-8"))
    found["about celebrities"] = [(str(row["Question"]), True) for rows in held.values() for row in rows]
    return {name: list(dict.fromkeys(pairs)) for name, pairs in found.items()}


async def measure_sieve(
    data: Path, model: EmbeddingModel, tick: Tick = lambda what, done, total: None, *, held_out: bool = True
) -> tuple[list[SieveRecall], list[SieveRecall]]:
    """The recall of each suite, and what is let through of ordinary sentences held against TOFU's English facts.

    Raises:
        UsageError: if the data cannot be used.
        ModelError: if the embedding model fails.
    """
    embedder = _Memory(model, tick)
    vectors = FactEmbeddings(model)
    static = await vectors.static()
    recalls = []
    english: Facts | None = None
    for suite in suites(data, held_out=held_out):
        targets = [Target(f"N{number}", facts=(fact,), id=str(number)) for number, fact in enumerate(suite.facts)]
        texts = [one for target in targets for one in texts_of(target)]
        facts = Facts(targets, as_rows(await embedder.of(texts)), static)
        english = english or facts
        recalls.append(await _recall(suite.name, facts, suite.asked, embedder, frozenset(texts)))
    assert english is not None
    through = [
        await _recall(name, english, tuple(pairs), embedder, frozenset()) for name, pairs in ordinary(data).items()
    ]
    return recalls, through


async def _recall(
    name: str, facts: Facts, asked: Sequence[tuple[str, bool]], embedder: _Memory, own: frozenset[str]
) -> SieveRecall:
    vectors = await embedder.of([said for said, _ in asked])
    counts = np.zeros(6, dtype=np.int64)
    sieves: list[Sieve] = [facts.sieve] if facts.sieve is not None else []
    for (said, question), vector in zip(asked, vectors, strict=True):
        span = [Span(0, len(said))]
        (heard,) = await score_sentences([TextSentences(said, span, question)], sieves)
        kept = not sieves or bool(heard.passing(Sensitivity.HINTS))
        kept_if_likely = not sieves or bool(heard.passing(Sensitivity.LIKELY))
        # A sentence that is itself a fact is no measure.
        found = facts.by_meaning(said, span, vector[None], question=question)
        seen = [sighting for sighting in found if said not in own or sighting.score < _ITSELF]
        likely = sum(s.strength is not Strength.HINT for s in seen)
        counts += (kept, kept_if_likely, len(seen), kept * len(seen), likely, kept_if_likely * likely)
    return SieveRecall(name, len(asked), *map(int, counts))


class _Memory:
    """Embeds each text once."""

    def __init__(self, model: EmbeddingModel, tick: Tick) -> None:
        self._model = model
        self._tick = tick
        self._known: dict[str, Vectors] = {}

    async def of(self, texts: Iterable[str]) -> Vectors:
        listed = list(texts)
        new = sorted({one for one in listed if one not in self._known}, key=len)
        for start in range(0, len(new), _BATCH):
            self._tick("embedding", start, len(new))
            some = new[start : start + _BATCH]
            self._known.update(zip(some, await self._model.embed(some), strict=True))
        return np.stack([self._known[one] for one in listed])


def sieve_table(recalls: Sequence[SieveRecall], through: Sequence[SieveRecall]) -> Table:
    """The recall of each suite, then what is let through of ordinary sentences."""
    table = Table(
        title="Sieve: what it lets through of what the embedding model finds",
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    headings = ("facts", "sentences", "pairs found", "let through", "likely ones", "let through", "read", "if likely")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "facts" else "right")
    for one in (*recalls, *through):
        likely = f"{100 * one.likely_kept / one.likely:.2f} %" if one.likely else "-"
        kept = f"{100 * one.recall:.2f} %" if one.pairs else "-"
        read, if_likely = (f"{100 * count / one.sentences:.1f} %" for count in (one.through, one.through_likely))
        table.add_row(
            one.name, f"{one.sentences:,}", f"{one.pairs:,}", kept, f"{one.likely:,}", likely, read, if_likely
        )
    table.caption = (
        "Likely ones are let through where only such count: where rules judge, and nothing else points at a\n"
        "target. The last columns tell how many of the sentences are read, in either case. The last rows are held\n"
        "against TOFU's English facts; the fewer of them are read, the better."
    )
    return table
