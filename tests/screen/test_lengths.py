"""An endpoint that serves another model under the same name, whose vectors have another length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from expunge.errors import ModelReplyError
from expunge.models.scripted import ScriptedEmbeddings
from expunge.screen.screen import Screen
from expunge.screen.semantic.embeddings import FactEmbeddings, Vectors
from expunge.types import Draft, Fact, Message, Target
from tests.screen.conftest import snapshot_of

FIRST = Target("Orla Fenwick", facts=(Fact("Her father kept bees."),), id="t0")
SECOND = Target("Basir Qadri", facts=(Fact("He sails a red ketch."),), id="t1")


class Changing(ScriptedEmbeddings):
    length = 384

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return (await super().embed(texts))[:, : self.length]


class Store:
    def __init__(self) -> None:
        self.held: dict[str, tuple[str, bytes]] = {}

    def get_vectors(self, space: str, digests: Mapping[str, str]) -> Mapping[str, bytes]:
        return {key: self.held[key][1] for key, digest in digests.items() if self.held.get(key, ("",))[0] == digest}

    def put_vectors(self, space: str, entries: Mapping[str, tuple[str, bytes]]) -> None:
        self.held.update(entries)


@pytest.fixture
async def store() -> Store:
    """Holds vectors of 384 numbers."""
    made = Store()
    await FactEmbeddings(Changing(), made).work_out([FIRST, SECOND])
    return made


async def test_texts_are_not_compared_with_vectors_of_another_length(store: Store) -> None:
    model = Changing()
    model.length = 256
    vectors = FactEmbeddings(model, store)
    assert (await vectors.of([FIRST])).shape == (1, 384)
    with pytest.raises(ModelReplyError, match=r"256 numbers.*384.*expunge targets embed"):
        await vectors.texts(["Whose father kept bees?"])


async def test_embedding_anew_mends_it(store: Store) -> None:
    model = Changing()
    model.length = 256
    await FactEmbeddings(model, store).work_out([FIRST, SECOND])
    later = FactEmbeddings(model, store)
    assert (await later.of([FIRST, SECOND])).shape == (2, 256)
    assert (await later.texts(["Whose father kept bees?"])).shape == (1, 256)


async def test_what_has_the_right_length_is_not_embedded_anew(store: Store) -> None:
    model = Changing()
    await FactEmbeddings(model, store).work_out([FIRST, SECOND])
    assert model.texts == ["Her father kept bees."]


async def test_some_of_one_length_and_some_of_another(store: Store) -> None:
    model = Changing()
    model.length = 256
    await FactEmbeddings(model, mixed := Store()).work_out([SECOND])
    store.put_vectors("", mixed.held)
    rows, missing = FactEmbeddings(model, store).known([FIRST, SECOND])
    assert (rows.shape, missing) == ((2, 384), [SECOND])


async def test_a_model_that_changes_under_a_running_screen() -> None:
    model = Changing()
    screen = Screen(model)
    question = [Message("user", "Whose father kept bees?")]
    assert await screen.read(snapshot_of([FIRST]), question, Draft("Her father kept bees."))
    model.length = 256
    with pytest.raises(ModelReplyError):
        await screen.read(snapshot_of([FIRST]), question, Draft("Her mother kept goats, I believe."))
    with pytest.raises(ModelReplyError):
        await screen.read(snapshot_of([FIRST, SECOND]), question, Draft("He sails a red ketch."))
