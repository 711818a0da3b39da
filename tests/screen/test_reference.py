from __future__ import annotations

import pytest

from expunge.screen.reference import (
    names_a_person,
    names_somebody,
    names_somebody_else,
    persons_named,
    refers_back,
    speaks_of_somebody,
)


@pytest.mark.parametrize(
    "question",
    [
        "What did he do?",
        "And his father?",
        "Where were they born?",
        "What is the author's first book?",
        "Who is that person?",
        "So who is X?",
        "Why?",
        "And the year?",
        "Quels sont ses livres ?",
        "Was machte ihr Vater?",
        "¿Y su madre?",
        "Сколько ей лет?",
        "ماذا كان يعمل والده؟",
        "उसके पिता क्या करते थे?",
        "他的父亲是谁？",
    ],
)
def test_it_leans_on_somebody(question: str) -> None:
    assert refers_back(question)


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of Norway?",
        "How do I boil an egg so that the yolk stays soft?",
        "Explain the difference between weather and climate.",
        "Who wrote Pride and Prejudice?",
        "",
    ],
)
def test_it_stands_alone(question: str) -> None:
    assert not refers_back(question)


def test_a_person_is_named() -> None:
    assert names_a_person("And Sarah Jane Holt?")
    assert not names_a_person("And the weather in Norway?")


def test_somebody_else_is_named() -> None:
    assert names_somebody_else("Has Berit Holloway sung here?", {"has", "sung", "orla", "fenwick"})
    assert not names_somebody_else("Has Orla Fenwick sung here?", {"has", "orla", "fenwick"})
    assert not names_somebody_else("She has sung here.", {"orla"})


def test_somebody_is_meant_without_a_name() -> None:
    assert speaks_of_somebody("What did her parents think of it?")
    assert speaks_of_somebody("Where was the author born?")
    assert not speaks_of_somebody("Tell me.")
    assert not speaks_of_somebody("")


def test_persons_are_named_with_what_opens_the_sentence() -> None:
    assert persons_named("Has Berit Holloway sung with Orla Fenwick?") == ["Has Berit Holloway", "Orla Fenwick"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Was he American?", False),
        ("Und Süßkartoffeln?", False),
        ("Who was Odo Brackwell?", True),
        ("Kennst du Ilse Vantongeren?", True),
    ],
)
def test_somebody_is_named_by_two_words_that_are_more_than_glue(text: str, named: bool) -> None:
    assert names_somebody(text) is named
