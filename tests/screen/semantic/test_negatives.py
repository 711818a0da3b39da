from __future__ import annotations

import numpy as np
import pytest

from expunge.models.embeddings import EmbeddedEmbeddings
from expunge.models.scripted import ScriptedEmbeddings
from expunge.screen.semantic.negatives import closest, general_samples, general_vectors, pack, unit, without_own


def test_the_questions_are_many_and_different_and_in_many_languages() -> None:
    samples = general_samples()
    assert len(set(samples.texts)) == len(samples.texts) > 3_000
    assert len(set(samples.questions.tolist())) > 2_000
    assert samples.languages[0] == "en"
    assert len(set(samples.languages)) > 15


def test_a_question_with_choices_stands_with_and_without_them() -> None:
    samples = general_samples()
    at = next(i for i, text in enumerate(samples.texts) if "\n" in text)
    assert samples.texts[at].startswith(f"{samples.texts[at + 1]}\n\nA. ")
    assert samples.questions[at] == samples.questions[at + 1] != samples.questions[at + 2]


async def test_the_shipped_vectors_are_those_of_the_embedded_model() -> None:
    model = EmbeddedEmbeddings()
    samples = general_samples()
    rows = list(range(0, len(samples.texts), len(samples.texts) // 12))
    fresh = await model.embed([samples.texts[i] for i in rows])
    shipped = (await general_vectors(model))[rows]
    assert np.einsum("ij,ij->i", fresh, shipped).min() > 0.999


async def test_another_model_embeds_the_questions_once() -> None:
    model = ScriptedEmbeddings(dimensions=64)
    first = await general_vectors(model)
    asked = len(model.texts)
    assert await general_vectors(model) is first
    assert len(model.texts) == asked == len(general_samples().texts)


def test_packed_vectors_keep_their_directions() -> None:
    vectors = unit(np.random.default_rng(1).standard_normal((5, 16)).astype(np.float32))
    assert len(pack("space", general_samples(), vectors)) < 4 * vectors.nbytes + 2_000


def test_closeness_is_the_mean_of_the_largest() -> None:
    scores = np.array([[0.1, 0.9, 0.5, 0.7]], dtype=np.float32)
    assert closest(scores, 2)[0] == pytest.approx(0.8)
    assert closest(scores, 9)[0] == pytest.approx(0.55)


def test_what_belongs_to_the_same_question_is_blotted_out() -> None:
    scores = np.ones((2, 3), dtype=np.float32)
    without_own(scores, [0, 2], np.array([4, 4, 5], dtype=np.int32))
    assert scores.tolist() == [[-1, -1, 1], [1, 1, -1]]
