from __future__ import annotations

from expunge.screen.semantic.embeddings import example_numbers, texts_of
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
