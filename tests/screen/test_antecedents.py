"""Whose a pronoun is."""

from __future__ import annotations

import pytest

from expunge.screen.antecedents import (
    asks_for_attributes,
    genders,
    introduces_somebody,
    is_courtesy,
    owned_within,
    stands_alone,
)
from expunge.screen.reference import refers_back


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
