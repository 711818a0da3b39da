from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

import numpy as np
import pytest

from expunge.models.base import Vectors
from expunge.models.embeddings import CachedEmbeddings, EmbeddedEmbeddings
from expunge.models.scripted import ScriptedEmbeddings


async def test_closeness_follows_meaning_across_languages() -> None:
    model = EmbeddedEmbeddings()
    english, german, other = await model.embed(
        ["Her father kept bees.", "Ihr Vater hielt Bienen.", "The train to the coast leaves at noon."]
    )
    assert english @ german > english @ other + 0.05
    assert np.isclose(english @ english, 1, atol=1e-4)


async def test_shape_type_and_repeatability() -> None:
    model = EmbeddedEmbeddings()
    texts = [f"Sentence number {i} about the sea." for i in range(20)]
    got = await model.embed(texts)
    assert got.shape == (20, 384)
    assert got.dtype == np.float32
    assert np.allclose(got, await model.embed(texts))
    assert np.allclose(got[7], (await model.embed([texts[7]]))[0], atol=1e-3)
    assert (await model.embed([])).shape == (0, 384)


@pytest.mark.parametrize("text", ["", " ", "\0", "a\0b", "\ud800", "\U0001f600" * 3_000, "word " * 5_000])
async def test_any_text_has_a_vector(text: str) -> None:
    (vector,) = await EmbeddedEmbeddings().embed([text])
    assert np.isclose(vector @ vector, 1, atol=1e-3)


async def test_nothing_after_a_nul_is_lost() -> None:
    cut, whole, plain = await EmbeddedEmbeddings().embed(["The sea", "The \0sea is cold", "The sea is cold"])
    assert np.allclose(whole, plain)
    assert not np.allclose(whole, cut, atol=1e-3)


async def test_many_callers_at_once_and_many_loops() -> None:
    texts = [f"Caller {i} asks about tides." for i in range(6)]
    alone = await EmbeddedEmbeddings().embed(texts)
    together = await asyncio.gather(*(EmbeddedEmbeddings().embed([text]) for text in texts))
    assert np.allclose(np.concatenate(together), alone, atol=1e-3)
    elsewhere = await asyncio.to_thread(lambda: asyncio.run(EmbeddedEmbeddings().embed(texts)))
    assert np.allclose(elsewhere, alone)


async def test_leaves_the_environment_alone() -> None:
    await EmbeddedEmbeddings().embed(["x"])
    assert "OMP_NUM_THREADS" not in os.environ


async def test_cache_asks_only_for_what_is_new() -> None:
    inner = ScriptedEmbeddings()
    model = CachedEmbeddings(inner)
    first = await model.embed(["a", "b", "a"])
    assert inner.texts == ["a", "b"]
    second = await model.embed(["b", "c", "\ud800"])
    assert inner.texts == ["a", "b", "c", "\ud800"]
    assert np.array_equal(first[1], second[0])
    assert np.array_equal(first[0], first[2])
    assert (await model.embed([])).shape == (0, 512)
    assert model.name == inner.name


async def test_cache_drops_the_longest_unused() -> None:
    inner = ScriptedEmbeddings()
    model = CachedEmbeddings(inner, size=2)
    await model.embed(["a", "b"])
    await model.embed(["a"])
    await model.embed(["c"])
    inner.texts.clear()
    await model.embed(["a", "c"])
    assert inner.texts == []
    await model.embed(["b"])
    assert inner.texts == ["b"]


async def test_cache_is_not_changed_through_a_result() -> None:
    model = CachedEmbeddings(ScriptedEmbeddings())
    first = await model.embed(["a"])
    before = first.copy()
    first[:] = 0
    assert np.array_equal(await model.embed(["a"]), before)


async def test_cache_keeps_nothing_of_a_failure() -> None:
    class Failing(ScriptedEmbeddings):
        broken = True

        async def embed(self, texts: Sequence[str]) -> Vectors:
            if self.broken:
                raise ConnectionError
            return await super().embed(texts)

    inner = Failing()
    model = CachedEmbeddings(inner)
    with pytest.raises(ConnectionError):
        await model.embed(["a"])
    inner.broken = False
    assert (await model.embed(["a"])).shape == (1, 512)


async def test_memories_apart_know_nothing_of_each_other() -> None:
    inner = ScriptedEmbeddings()
    ours = CachedEmbeddings(inner)
    theirs = ours.apart()
    await ours.embed(["a"])
    await theirs.embed(["a"])
    assert inner.texts == ["a", "a"]
    assert theirs.name == ours.name
    await theirs.embed(["a"])
    assert inner.texts == ["a", "a"]
