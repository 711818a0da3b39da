from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from expunge.models.e5 import files, static, tokenizer
from expunge.models.e5.engine import Engine
from expunge.models.e5.static import Network, StaticVectors
from expunge.models.e5.tokenizer import Tokenizer

from .conftest import WIDTH, Floats, Tiny

DIMENSIONS, HIDDEN = 5, 7


def network(words: str = "") -> Network:
    draw = np.random.default_rng(3)

    def drawn(*shape: int) -> Floats:
        return draw.standard_normal(shape).astype(np.float32)

    return Network(
        words,
        drawn(DIMENSIONS, 2 * WIDTH + 1),
        drawn(HIDDEN, 2 * WIDTH + 1),
        drawn(DIMENSIONS, HIDDEN),
        drawn(DIMENSIONS, WIDTH + 1),
        drawn(WIDTH),
    )


@pytest.fixture
def made(tiny_wheel: list[str], tmp_path: Path) -> files.Files:
    return files.pull(tmp_path)


@pytest.fixture
def cut(made: files.Files) -> Tokenizer:
    return tokenizer.load(made.vocabulary)


@pytest.fixture
def vectors(made: files.Files, cut: Tokenizer) -> StaticVectors:
    return StaticVectors(made.folder / files.WORDS, cut, cut.likelihoods(), network())


def test_the_means_are_those_of_the_models_word_vectors(vectors: StaticVectors, cut: Tokenizer, tiny: Tiny) -> None:
    ids = cut.rough_ids("the sea the")
    words = tiny.tensors["emb.word"][ids]
    words = (words - words.mean(axis=1, keepdims=True)) / np.sqrt(words.var(axis=1, keepdims=True) + 1e-5)
    rare = 1e-6 / (1e-6 + cut.likelihoods()[ids])
    expected = np.concatenate([words.mean(axis=0), rare @ words / rare.sum()])
    assert np.allclose(vectors._means([ids])[0], expected, atol=1e-4)


def test_a_text_has_the_same_vector_alone_and_among_others(vectors: StaticVectors) -> None:
    texts = ["the sea", "sea", "", "the the sea", "\u4e00"] * 30
    together = vectors.of_pieces(vectors.pieces(texts))
    alone = np.concatenate([vectors.of_pieces(vectors.pieces([text])) for text in texts])
    assert np.allclose(together, alone, atol=1e-5)
    lengths = np.linalg.norm(together, axis=1)
    assert np.allclose(lengths[[0, 1, 3]], 1)


@pytest.mark.parametrize("kept", [4_096, 3, 1])
def test_a_vector_is_what_the_network_makes_of_the_means(
    vectors: StaticVectors, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    """However many pieces are kept."""
    monkeypatch.setattr(static, "_KEPT", kept)
    texts = ["the sea", "sea", "the the sea", "a sea the"]
    made = network()
    for text in texts * 2:
        (means,) = vectors.means_of([text])
        inner = made.inner[:, :-1] @ means + made.inner[:, -1]
        inner = inner * (0.5 * (1 + np.tanh(0.7978845608 * (inner + 0.044715 * inner**3))))
        expected = made.direct[:, :-1] @ means + made.direct[:, -1] + made.outer @ inner
        expected /= np.linalg.norm(expected)
        assert np.allclose(vectors.of_pieces(vectors.pieces([text]))[0], expected, atol=1e-4)


def test_a_text_of_no_known_piece_has_zeros(vectors: StaticVectors) -> None:
    assert not vectors._tokenizer.rough_ids("")[1:]
    found = vectors.of_pieces(vectors.pieces(["the", "x"]))
    assert found.shape == (2, DIMENSIONS)


def test_vectors_of_the_engine_are_led_to_ones_of_length_one(vectors: StaticVectors) -> None:
    led = vectors.of_vectors(np.eye(3, WIDTH, dtype=np.float32))
    assert led.shape == (3, DIMENSIONS)
    assert np.allclose(np.linalg.norm(led, axis=1), 1)


def test_weights_for_other_words_are_not_used(made: files.Files, cut: Tokenizer) -> None:
    assert static.load(made, cut) is None


def test_word_vectors_of_another_width_are_refused(cut: Tokenizer, tmp_path: Path) -> None:
    (tmp_path / "words").write_bytes(bytes(1_000))
    with pytest.raises(ValueError, match="64 numbers"):
        StaticVectors(tmp_path / "words", cut, cut.likelihoods(), network())


def test_the_weights_are_read_as_they_were_packed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    packed = network("digest")
    (tmp_path / "static_weights.npz").write_bytes(packed.pack())
    monkeypatch.setattr(static, "resources", lambda package: tmp_path)
    again = Network.shipped()
    assert again.words == "digest"
    assert np.allclose(again.direct, packed.direct, atol=1e-2)


async def test_the_shipped_weights_bring_like_texts_together(engine: Engine) -> None:
    assert engine.static is not None
    said = "Her father kept bees on the island and sold the honey in town."
    like = "On the island her father was a beekeeper, who sold honey in the town."
    far = "The compiler reports an error if the variable is not declared."
    found = engine.static.of_pieces(engine.static.pieces([said, like, far]))
    facts = engine.static.of_vectors(await engine.embed([said]))[0] + found[0]
    assert facts @ found[1] > 2 * abs(facts @ found[2])


def test_rough_pieces_are_mostly_the_exact_ones(engine: Engine) -> None:
    cut = engine._tokenizer
    text = "The harbour was rebuilt after the storm, and the council of the town paid for it."
    exact, rough = cut.ids(text), cut.rough_ids(text)
    assert len(set(exact) & set(rough)) >= 0.9 * len(set(exact))
