"""Whose a pronoun is."""

from __future__ import annotations

import pytest

from expunge.screen.context.anaphora import (
    asks_for_attributes,
    genders,
    introduces_somebody,
    is_courtesy,
    names_a_person,
    names_somebody,
    names_somebody_else,
    owned_within,
    persons_named,
    refers_back,
    speaks_of_somebody,
    stands_alone,
)


@pytest.mark.parametrize(
    ("text", "owned"),
    [
        ("My wife says she cannot log in.", True),
        ("My dear old grandmother lost her keys.", True),
        ("Ma femme dit qu'elle ne peut pas.", True),
        ("Meine Frau sagt, sie kann nicht.", True),
        ("Моя жена говорит, что она не может.", True),
        ("If a user forgets it, can they reset it?", True),
        ("Someone left their coat.", True),
        ("Who is the president of France, and where does he live?", True),
        ("The man from the bakery, is he open?", True),
        ("And the woman from before, does she have debts?", False),
        ("The author you named, does she live here?", False),
        ("When was she born?", False),
        ("Did her husband say where he went?", False),
        ("What did the author say of her youth?", False),
        ("In which town did she live?", False),
        ("My coat is red.", False),
    ],
)
def test_owners(text: str, owned: bool) -> None:
    assert owned_within(text) is owned


def test_a_word_for_the_target_is_no_owner() -> None:
    assert owned_within("A nurse, was she?")
    assert not owned_within("A nurse, was she?", {"nurse"})


@pytest.mark.parametrize(
    ("text", "brought_in"),
    [("My sister is moving.", True), ("A customer is angry.", True), ("The sea is calm.", False), ("Be kind.", False)],
)
def test_who_is_brought_in(text: str, brought_in: bool) -> None:
    assert introduces_somebody(text) is brought_in


@pytest.mark.parametrize(
    ("text", "said"), [("Is she in?", {"she"}), ("He saw her.", {"he", "she"}), ("They did.", set())]
)
def test_genders(text: str, said: set[str]) -> None:
    assert genders(text) == said


@pytest.mark.parametrize(
    "text", ["Thanks!", "Thank you so much.", "Ok, great", "Vielen Dank!", "Merci beaucoup", "Hello"]
)
def test_courtesies_lean_on_nothing(text: str) -> None:
    assert is_courtesy(text)
    assert not refers_back(text)


@pytest.mark.parametrize(
    "question",
    [
        "What is the largest planet?",
        "How do I reset my password?",
        "How many moons has Mars?",
        "Write a poem.",
        "What is love?",
        "Can you translate?",
        "How do you make bread?",
        "Where can I buy stamps?",
    ],
)
def test_what_says_itself_what_it_is_about(question: str) -> None:
    assert stands_alone(question)
    assert not refers_back(question)


@pytest.mark.parametrize(
    "question",
    [
        "And the birth year?",
        "What was the first book?",
        "Where exactly?",
        "What is the surname?",
        "And after that?",
        "Who is that?",
        "When did she die?",
        "Name?",
        "What about flowers?",
        "Why?",
    ],
)
def test_what_leans_on_what_was_said_before(question: str) -> None:
    assert not stands_alone(question)
    assert refers_back(question)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Thanks anyway.",
            "Never mind.",
            "I see.",
            "That's fine.",
            "See you later",
            "You too, thanks!",
            "Fair enough.",
        ),
        *(
            "Makes sense.",
            "OK, next topic.",
            "Bedankt",
            "Grazie lo stesso",
            "Спасибо всё равно",
            "понятно",
            "谢谢你",
            "好的",
        ),
        *("ありがとうございます", "고마워요", "شكرا لك"),
    ],
)
def test_courtesies_lean_on_nobody(text: str) -> None:
    assert is_courtesy(text)
    assert not refers_back(text)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        *((text, True) for text in ("Place and year of birth", "Birthplace?", "Write a short bio.", "Geburtsort?")),
        *(
            (text, False)
            for text in ("Where was I born?", "What is a biography?", "Books for children", "The birth rate")
        ),
    ],
)
def test_what_a_life_holds(text: str, asks: bool) -> None:
    assert asks_for_attributes(text) is asks


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
