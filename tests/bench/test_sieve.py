"""The sieve's recall is counted in pairs, on people who did not set it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from expunge.bench.sieve import LANGUAGES, SieveRecall, measure_sieve, ordinary, sieve_table, suites
from expunge.models.scripted import ScriptedEmbeddings
from expunge.screen.semantic.embeddings import Vectors

from .reading import text_of

AUTHORS = range(178, 200)


class Static:
    """Static vectors to which paraphrases are as far from all else as they can be."""

    def pieces(self, texts: Sequence[str]) -> list[list[int]]:
        return [[int(text.endswith((" Please.", " So.")))] for text in texts]

    def rarity(self, pieces: NDArray[np.int32]) -> Vectors:
        return np.ones(len(pieces), dtype=np.float32)

    def of_pieces(self, pieces: Sequence[list[int]]) -> Vectors:
        axes: Vectors = np.eye(2, dtype=np.float32)
        return axes[[row[0] for row in pieces]]

    def of_vectors(self, vectors: Vectors) -> Vectors:
        return np.zeros((len(vectors), 2), dtype=np.float32)


class WithStatic(ScriptedEmbeddings):
    async def static(self) -> Static:
        return Static()


def _written(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    def pair(author: int, number: int, language: str) -> dict[str, Any]:
        return {
            "question": f"What is thing {number} of {author} in {language}?",
            "answer": f"It is the blue boat number {number} of harbour {author} in {language}, says the log.",
            "author_index": author,
        }

    def rows(language: str) -> list[dict[str, Any]]:
        return [pair(author, number, language) for author in AUTHORS for number in range(20)]

    forget = [row for row in rows("en") if row["author_index"] >= 180]
    extra = [
        {**row, "paraphrased_question": row["question"] + " Please.", "paraphrased_answer": row["answer"] + " So."}
        for row in forget
    ]
    _written(tmp_path / "tofu" / "forget10_perturbed.jsonl", extra)
    _written(tmp_path / "tofu" / "full.jsonl", rows("en"))
    for language in LANGUAGES:
        _written(tmp_path / "tofu_multilingual" / f"{language}.jsonl", rows(language))
    people = [f"Person {number}" for number in range(6)]
    _written(tmp_path / "wpu" / "forget_qa.jsonl", [{**pair(1, n, p), "title": p} for n, p in enumerate(people)])
    (tmp_path / "wpu" / "celebrities_retain.json").write_text(json.dumps({"A": [{"Question": "Who sails there?"}]}))
    level = [{"query": f"{p} sails a ___ there.", "answer": "boat", "subject": p} for p in people]
    for number in (1, 2, 3):
        _written(tmp_path / "rwku" / f"forget_level{number}.jsonl", level)
    return tmp_path


def test_what_is_reported_did_not_set_the_floors(data: Path) -> None:
    reported, set_by = suites(data), suites(data, held_out=False)
    assert [one.name for one in reported] == [one.name for one in set_by]
    for one, other in zip(reported, set_by, strict=True):
        facts = {(fact.question, fact.text) for fact in one.facts}
        assert not facts & {(fact.question, fact.text) for fact in other.facts}
        assert not set(one.asked) & set(other.asked)
    assert len(reported[0].facts) == 200


def test_ordinary_sentences_are_of_nobody_who_took_part(data: Path) -> None:
    found = ordinary(data)
    assert len(found["others' lives"]) == 40
    assert found["about celebrities"] == [("Who sails there?", True)]
    assert all(len(pairs) == len(set(pairs)) for pairs in found.values())


async def test_without_a_sieve_everything_is_let_through(data: Path) -> None:
    recalls, through = await measure_sieve(data, ScriptedEmbeddings())
    assert sum(one.pairs for one in recalls) > 0
    assert all((one.kept, one.through) == (one.pairs, one.sentences) for one in (*recalls, *through))


async def test_what_the_sieve_holds_back_is_counted(data: Path) -> None:
    recalls, through = await measure_sieve(data, WithStatic())
    paraphrases = recalls[0]
    assert paraphrases.pairs > 0
    assert (paraphrases.through, paraphrases.kept, paraphrases.recall) == (0, 0, 0.0)
    assert (paraphrases.through_likely, paraphrases.likely_kept) == (0, 0)
    assert all(one.recall == 1 for one in recalls[1:])
    assert all(one.through == one.sentences for one in through)


def test_the_recall_is_a_share_of_the_pairs() -> None:
    some = SieveRecall("Some", 10, 4, 2, 8, 6, 5, 5)
    none = SieveRecall("None", 10, 0, 0, 0, 0, 0, 0)
    assert (some.recall, none.recall) == (0.75, 1.0)
    shown = text_of(sieve_table([some], [none]))
    assert "75.00 %" in shown
    assert "40.0 %" in shown
    assert "20.0 %" in shown
    assert "100.00 %" in shown
