"""What segments mean is worked out once, beside those that serve where it takes long."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from expunge.bench.memory import resident
from expunge.errors import ModelUnreachable
from expunge.models.scripted import ScriptedEmbeddings
from expunge.screen import index as indexing
from expunge.screen.index import Segment
from expunge.screen.screen import Screen
from expunge.screen.semantic import embeddings, index
from expunge.screen.semantic import index as heap
from expunge.screen.semantic.embeddings import FactEmbeddings, Vectors, as_vectors
from expunge.screen.semantic.index import SemanticIndex
from expunge.text.segment import Span
from expunge.types import Fact, Pending, Snapshot, Target, TargetKind

TARGETS = tuple(
    Target(f"Person {name}", facts=(Fact(f"{what} is kept at home by the {trade}."),), id=name)
    for name, what, trade in (("Ab", "An otter", "glazier"), ("Cd", "A magpie", "ferryman"), ("Ef", "An owl", "cooper"))
)
TOLD = "An otter is kept at home by the glazier."
"""What the first target's fact says, so that its vector is the very same."""


def pending_of(meant: SemanticIndex) -> Pending:
    """What is still to be embedded."""
    return Pending() if meant.backfill is None else meant.backfill.pending


class Model(ScriptedEmbeddings):
    """A model that can be out of reach."""

    def __init__(self) -> None:
        super().__init__()
        self.broken = False

    async def embed(self, texts: Sequence[str]) -> Vectors:
        if self.broken:
            raise ModelUnreachable("The model is out of reach.")
        return await super().embed(texts)


class Store:
    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, bytes]] = {}

    def get_vectors(self, space: str, digests: Mapping[str, str]) -> Mapping[str, bytes]:
        return {key: self.kept[key][1] for key, digest in digests.items() if self.kept.get(key, ("",))[0] == digest}

    def put_vectors(self, space: str, entries: Mapping[str, tuple[str, bytes]]) -> None:
        self.kept.update(entries)


async def test_the_model_is_called_beside_where_all_vectors_are_stored() -> None:
    store = Store()
    await FactEmbeddings(Model(), store).of(TARGETS)
    model, called = Model(), asyncio.Event()
    loop = asyncio.get_running_loop()

    async def embed(texts: Sequence[str]) -> Vectors:
        loop.call_soon_threadsafe(called.set)
        raise ModelUnreachable("The model is out of reach.")

    model.embed = embed  # type: ignore[method-assign]
    made = SemanticIndex(FactEmbeddings(model, store))
    assert not made.in_use
    await made.of(Segment((Target("Person Gh", id="gh"),)))
    assert not made.in_use
    assert not called.is_set()
    segment = Segment(TARGETS)
    meaning = await made.of(segment)
    assert meaning.facts is not None
    assert made.in_use
    async with asyncio.timeout(10):
        await called.wait()


async def by_meaning(made: SemanticIndex, segment: Segment, model: ScriptedEmbeddings) -> list[float]:
    """The cosines of what is told with the facts that are near."""
    facts, _, _ = await made.of(segment)
    assert facts is not None
    vectors = await model.embed([TOLD])
    return [score for _, score in facts._nearest.find(vectors, 0.9)[0]]


async def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


@pytest.fixture
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "FEW", 1)
    monkeypatch.setattr(index, "_REGISTERED_AT_ONCE", 1)
    monkeypatch.setattr(index, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(index, "_RETRY_SECONDS", 0.01)


async def test_whoever_asks_meanwhile_waits_for_the_same_work() -> None:
    model = Model()
    made = SemanticIndex(FactEmbeddings(model))
    segment = Segment(TARGETS)
    first, *others = await asyncio.gather(*(made.of(segment) for _ in range(5)))
    assert all(other is first for other in others)
    assert len(model.texts) == len(TARGETS)
    assert not pending_of(made)


async def test_a_failure_is_told_and_the_next_one_tries_again() -> None:
    model = Model()
    made = SemanticIndex(FactEmbeddings(model))
    segment = Segment(TARGETS)
    model.broken = True
    for result in await asyncio.gather(made.of(segment), made.of(segment), return_exceptions=True):
        assert isinstance(result, ModelUnreachable)
    model.broken = False
    assert await by_meaning(made, segment, model)


@pytest.mark.usefixtures("few_are_many")
async def test_who_asks_to_wait_waits_for_all() -> None:
    model = Model()
    screen = Screen(model)
    snapshot = Snapshot(1, {target.id: target for target in TARGETS}, 1, {})
    await screen.prepare(snapshot, wait=True)
    assert not screen.pending_embeddings
    assert {e.target_id for e in await screen.read_text(snapshot, TOLD)} == {"Ab"}


@pytest.mark.usefixtures("few_are_many")
async def test_very_many_are_in_force_by_words_at_once_and_by_meaning_as_their_vectors_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(index, "_CHECK_AGAIN", 0.0)
    monkeypatch.setattr(index, "_TOGETHER", 1)
    model, store = Model(), Store()
    made = SemanticIndex(FactEmbeddings(model, store))
    segment = Segment(TARGETS)
    facts, _, phrases = await made.of(segment)
    assert facts is not None
    assert phrases is not None
    await until(lambda: not pending_of(made))
    assert await by_meaning(made, segment, model) == [pytest.approx(1.0, abs=0.001)]
    assert store.kept.keys() == {target.id for target in TARGETS}
    assert sorted(model.texts[: len(TARGETS)]) == sorted(target.facts[0].text for target in TARGETS)


@pytest.mark.usefixtures("few_are_many")
async def test_what_another_process_stores_is_not_worked_out_again() -> None:
    theirs, store = Model(), Store()
    elsewhere = FactEmbeddings(theirs, store)
    await elsewhere.work_out(TARGETS[:1])
    model = Model()
    made = SemanticIndex(FactEmbeddings(model, store))
    segment = Segment(TARGETS)
    await made.of(segment)
    assert pending_of(made) == Pending(2, 2)
    await elsewhere.work_out(TARGETS)
    await until(lambda: not pending_of(made))
    assert set(model.texts) <= {"ready"}  # which only has the model load
    assert len(await by_meaning(made, segment, model)) == 1


@pytest.mark.usefixtures("few_are_many")
async def test_a_model_that_is_out_of_reach_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_CHECK_AGAIN", 0.0)
    model, store = Model(), Store()
    await FactEmbeddings(Model(), store).work_out(TARGETS[:1])
    made = SemanticIndex(FactEmbeddings(model, store))
    model.broken = True
    await made.of(Segment(TARGETS))
    await asyncio.sleep(0.05)
    assert pending_of(made) == Pending(2, 2)
    model.broken = False
    await until(lambda: not pending_of(made))


@pytest.mark.usefixtures("few_are_many")
async def test_closing_leaves_the_rest_to_others() -> None:
    made = SemanticIndex(FactEmbeddings(Model(), Store()))
    await made.of(Segment(TARGETS))
    made.close()
    pending = pending_of(made)
    await asyncio.sleep(0.05)
    assert pending_of(made) == pending
    assert pending


async def test_a_replica_loads_vectors_and_works_out_none() -> None:
    model, store = Model(), Store()
    snapshot = Snapshot(1, {target.id: target for target in TARGETS}, 1, {})
    first = Screen(model, store)
    await first.remember(TARGETS)
    asked = len(model.texts)
    replica = Screen(model, store)
    await replica.prepare(snapshot)
    assert asked == len(TARGETS)
    assert set(model.texts[asked:]) <= {"ready"}  # which only has the model load
    evidence = await replica.read_text(snapshot, TOLD)
    assert "Ab" in {sighting.target_id for sighting in evidence}


async def test_a_large_base_is_replaced_with_its_meaning_and_no_vector_is_worked_out_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(indexing, "_LARGE", 2)
    model = Model()
    screen = Screen(model)
    base = {target.id: target for target in TARGETS}
    await screen.prepare(Snapshot(1, base, 1, {}))
    new = Target("Person Gh", facts=(Fact("A heron is kept at home by the weaver."),), id="Gh")
    changed = Snapshot(2, base, 1, {new.id: new})
    await screen.prepare(changed)
    asked = len(model.texts)
    before = screen._index.view(changed).segments
    renewed = Snapshot(3, {**base, new.id: new}, 2, {})
    await screen.prepare(renewed)
    await until(lambda: len(screen._index.view(renewed).segments[0].targets) == 4)
    assert screen._index.view(renewed).segments[0] is not before[0]
    assert len(model.texts) == asked
    evidence = await screen.read_text(renewed, "A heron is kept at home by the weaver.")
    assert "Gh" in {sighting.target_id for sighting in evidence}


async def test_progress_is_told_and_vectors_are_stored_while_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr(embeddings, "_EMBEDDED_AT_ONCE", 1)
    monkeypatch.setattr(embeddings, "_STORED_AFTER", -1.0)
    model, store = Model(), Store()
    screen = Screen(model, store)
    told: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        told.append((done, total))
        if done == 2:
            model.broken = True

    with pytest.raises(ModelUnreachable):
        await screen.remember(TARGETS, stop)
    assert told == [(1, 3), (2, 3)]
    assert len(store.kept) == 2
    model.broken = False
    asked = len(model.texts)
    await screen.remember(TARGETS)
    assert len(model.texts) == asked + 1


async def test_vectors_that_were_stored_as_32_bit_floats_serve_on() -> None:
    model, store = Model(), Store()
    vectors = FactEmbeddings(model, store)
    made = await vectors.of(TARGETS[:1])
    (digest, _), key = store.kept["Ab"], "Ab"
    store.kept[key] = digest, as_vectors(made).astype("<f4").tobytes()
    again, missing = FactEmbeddings(model, store).known(TARGETS[:1])
    assert not missing
    assert np.array_equal(as_vectors(again), as_vectors(made))
    store.kept[key] = digest, b"?" + store.kept[key][1]
    assert FactEmbeddings(model, store).known(TARGETS[:1])[1] == [TARGETS[0]]


@pytest.mark.usefixtures("few_are_many")
async def test_very_many_are_remembered_beside_by_who_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    model, store = Model(), Store()
    screen = Screen(model, store)
    await screen.prepare(Snapshot(), beside=True)
    model.broken = True
    await screen.remember(TARGETS)
    assert screen.pending_embeddings == Pending(3, 3)
    model.broken = False
    await until(lambda: not screen.pending_embeddings)
    assert store.kept.keys() == {target.id for target in TARGETS}
    screen.close()


TOPICS = tuple(
    Target(
        f"the craft of {craft}",
        kind=TargetKind.TOPIC,
        facts=tuple(Fact(f"How does one {verb} {what} by hand?") for what in whats),
        id=craft,
    )
    for craft, verb, whats in (
        ("glazing", "glaze", ("a fanlight", "a lantern", "a greenhouse")),
        ("coopering", "cooper", ("a firkin", "a hogshead", "a puncheon")),
    )
)


@pytest.mark.usefixtures("few_are_many")
async def test_topics_of_a_backlog_are_learnt_when_their_vectors_have_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_CHECK_AGAIN", 0.0)
    model = Model()
    made = SemanticIndex(FactEmbeddings(model, Store()))
    made.close()
    segment = Segment((*TARGETS, *TOPICS))
    before = await made.of(segment)
    assert before.topics is None
    assert pending_of(made).targets == len(TARGETS) + len(TOPICS) - 1
    await made.remember(segment.targets, None)
    assert not pending_of(made)
    after = await made.of(segment)
    assert after.topics is not None
    assert list(after.topics._owners) == [3, 4]
    assert after.facts is before.facts
    assert await by_meaning(made, segment, model)


@pytest.mark.usefixtures("few_are_many")
async def test_what_is_embedded_while_a_segment_is_made_is_not_overlooked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vectors come after the segment has looked for them, and before it serves."""
    model, store = Model(), Store()
    made = SemanticIndex(FactEmbeddings(model, store))
    segment = Segment(TARGETS)
    before = made._serve_without

    def late(*args: Any) -> None:
        asyncio.run(FactEmbeddings(Model(), store).work_out(TARGETS))
        before(*args)

    monkeypatch.setattr(made, "_serve_without", late)
    await made.of(segment)
    await until(lambda: not pending_of(made))
    assert await by_meaning(made, segment, model)
    assert len(model.texts) == 2, "the first tells the length of vectors, the last is asked about here"


@pytest.mark.usefixtures("few_are_many")
async def test_two_processes_share_a_backlog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_CHECK_AGAIN", 0.0)
    monkeypatch.setattr(index, "_TOGETHER", 4)
    monkeypatch.setattr(embeddings, "_STORED_AFTER", -1.0)
    many = tuple(Target(f"Person {n}", facts=(Fact(f"Number {n} is kept."),), id=f"{n:04}") for n in range(200))
    store, models = Store(), (Model(), Model())
    made = [SemanticIndex(FactEmbeddings(model, store)) for model in models]
    for one in made:
        await one.of(Segment(many))
    await until(lambda: not any(pending_of(one) for one in made))
    assert store.kept.keys() == {target.id for target in many}
    assert len(models[0].texts) + len(models[1].texts) < 1.5 * len(many)


async def test_vectors_that_come_are_learnt_once_and_only_where_they_were_waited_for() -> None:
    model = Model()
    made = SemanticIndex(FactEmbeddings(model, Store()))
    segment = Segment(TARGETS)
    facts = (await made.of(segment)).facts
    assert facts is not None
    put = facts._nearest.put
    told: list[int] = []
    facts._nearest.put = lambda start, rows: told.append(start) or put(start, rows)  # type: ignore[method-assign,func-returns-value]
    await made.remember(TARGETS, lambda done, total: None)
    assert told == []


async def test_the_next_large_segment_takes_over_the_vectors_of_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "MOST_FACTS", 0)
    model, crowd = (
        Model(),
        tuple(Target(f"Person {n}", facts=(Fact(f"Number {n} is kept."),), id=str(n)) for n in "1234567"),
    )
    vectors = FactEmbeddings(model, Store())
    await vectors.work_out((*crowd, *TARGETS))
    made = SemanticIndex(vectors)
    new = Target("Person Gh", facts=(Fact("A newt is kept at home by the tinker."),), id="gh")
    changed = replace(TARGETS[2], facts=(Fact("A heron is kept at home by the baker."),))
    texts = [target.facts[0].text for target in (*TARGETS, changed, new)]

    async def told(segment: Segment, text: str) -> set[str]:
        facts = (await made.of(segment)).facts
        assert facts is not None
        found = facts.by_meaning(text, [Span(0, len(text))], await model.embed([text]), question=False)
        return {segment.targets[sighting.target].id for sighting in found if sighting.score > 0.99}

    before = Segment((*crowd, *TARGETS), whole=True)
    assert [await told(before, text) for text in texts] == [{"Ab"}, {"Cd"}, {"Ef"}, set(), set()]
    # One is lifted and one has other facts.
    after = Segment((*crowd, TARGETS[0], changed), whole=True)
    assert [await told(after, text) for text in texts] == [{"Ab"}, set(), set(), {"Ef"}, set()]
    # What serves meanwhile knows nobody but its own.
    assert await told(before, changed.facts[0].text) == set()
    last = Segment((*crowd, TARGETS[0], changed, new), whole=True)
    assert [await told(last, text) for text in texts] == [{"Ab"}, set(), set(), {"Ef"}, {"gh"}]
    nearest = []
    for segment in (before, after, last):
        facts = (await made.of(segment)).facts
        assert facts is not None
        nearest.append(facts._nearest)
    assert nearest[0] is nearest[1]
    assert nearest[1] is not nearest[2], "there was no room left"


async def test_of_names_alone_nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = FactEmbeddings(Model(), Store())
    made = SemanticIndex(vectors)
    looked_at: list[Target] = []

    async def work_out(targets: Sequence[Target], **_: object) -> None:
        looked_at.extend(targets)

    monkeypatch.setattr(vectors, "work_out", work_out)
    await made.remember([Target(f"Person {number}") for number in range(9)] + [TARGETS[0]], None)
    assert looked_at == [TARGETS[0]]


@pytest.mark.skipif(heap._TRIM is None or sys.platform != "linux", reason="only glibc keeps what is freed")
def test_what_is_freed_in_small_pieces_goes_back_to_the_system() -> None:
    pieces = [np.zeros(10_000, dtype=np.uint8) + 1 for _ in range(8_000)]
    last = pieces[1::400]
    del pieces
    before = resident()
    heap.give_back()
    assert before - resident() > 40_000_000
    assert len(last) == 20


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap, "_TRIM", None)
    heap.give_back()
