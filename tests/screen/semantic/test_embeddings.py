"""An endpoint that serves another model under the same name, whose vectors have another length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from expunge.errors import ModelReplyError
from expunge.models.scripted import ScriptedEmbeddings
from expunge.screen.screen import Screen
from expunge.screen.semantic.embeddings import FactEmbeddings, Rows, Vectors, example_numbers, texts_of
from expunge.types import Draft, Fact, Message, Target
from tests.screen.conftest import snapshot_of

LISTED = "Which lure is best?\n\nA. red\nB. blue"


def test_an_example_is_compared_with_its_choices_and_without() -> None:
    topic = Target("Falconry", facts=(Fact(LISTED), Fact("Who trains hawks?")), kind="topic")
    assert texts_of(topic) == (LISTED, "Which lure is best?", "Who trains hawks?", "What is Falconry?")
    assert example_numbers(topic) == (0, 0, 1)


def test_the_facts_of_a_person_stay_whole() -> None:
    assert texts_of(Target("Orla Fenwick", facts=(Fact(LISTED),))) == (LISTED,)


def test_of_many_terms_the_first_are_compared_by_meaning() -> None:
    topic = Target("Falconry", aliases=tuple(f"jess {number}" for number in range(60)), kind="topic")
    texts = texts_of(topic)
    assert "What is jess 39?" in texts
    assert "What is jess 40?" not in texts


async def test_very_many_stay_where_they_are_and_what_is_gone_is_near_to_nothing() -> None:
    vectors = FactEmbeddings(ScriptedEmbeddings())
    facts = [(Fact(f"They keep {number} owls."), Fact(f"They like {number}.")) for number in range(9)]
    people = [Target(f"Person {number}", facts=told, id=str(number)) for number, told in enumerate(facts)]
    await vectors.work_out(people)
    put: list[int] = []

    def take(start: int, rows: Rows) -> None:
        assert first is not None
        put.append(start)
        first.rows.put(start, rows)

    first, missing = vectors.placed(people[:8], None, take)
    assert first is not None
    assert not missing
    assert [first.places[t.id] for t in people[:8]] == list(range(0, 16, 2))
    changed = replace(people[3], facts=(*people[3].facts, Fact("They sing.")))
    await vectors.work_out([changed])
    after = [*people[:3], changed, *people[5:8]]  # one is changed, one is lifted
    second, missing = vectors.placed(after, first, take)
    assert second is not None
    assert second.rows is first.rows
    assert not missing
    assert put == [16]
    assert second.places == {**{t.id: first.places[t.id] for t in after if t is not changed}, "3": 16}
    assert not second.rows.steps[6:10].any()
    assert second.rows.steps[[0, 4, 5, 10, 15]].all()
    # Where there is no room for what is new, all are put into rows of their own.
    third, _ = vectors.placed([*after, people[8]], second, take)
    assert third is not None
    assert third.rows is not second.rows
    assert third.rows.known().tolist() == list(range(17))
    assert put == [16]


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
