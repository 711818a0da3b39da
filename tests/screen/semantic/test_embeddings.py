from __future__ import annotations

from dataclasses import replace

from expunge.models.scripted import ScriptedEmbeddings
from expunge.screen.semantic.embeddings import FactEmbeddings, Rows, example_numbers, texts_of
from expunge.types import Fact, Target

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
