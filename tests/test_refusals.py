from __future__ import annotations

import pytest

from expunge.refusals import ENGLISH, REFUSALS, plain_refusal
from expunge.text.language import language_of
from expunge.types import Message

QUESTIONS = {
    "en": "Who is Orla Fenwick?",
    "de": "Wer ist Orla Fenwick?",
    "fr": "Qui est Orla Fenwick ?",
    "ja": "オーラ・フェンウィックとは誰ですか？",
    "uk": "Хто така Орла Фенвік?",
    "th": "ออร์ลา เฟนวิค คือใคร",
}


@pytest.mark.parametrize("code", REFUSALS)
def test_six_different_texts_a_language(code: str) -> None:
    assert len(set(REFUSALS[code])) == 6
    assert sum(language_of(text) == code for text in REFUSALS[code]) >= 3
    assert not any("{" in text or text != text.strip() for text in REFUSALS[code])


@pytest.mark.parametrize(("code", "question"), QUESTIONS.items())
def test_the_language_of_the_question(code: str, question: str) -> None:
    assert plain_refusal([Message("user", question)]) in REFUSALS[code]


def test_the_language_of_an_earlier_question_where_the_last_has_none() -> None:
    turns = [Message("user", "Wer ist Orla?"), Message("assistant", "I do not know."), Message("user", "Fenwick?")]
    assert plain_refusal(turns) in REFUSALS["de"]


def test_the_same_question_gets_the_same_words_and_others_get_others() -> None:
    assert len({plain_refusal([Message("user", "Who is Orla?")]) for _ in range(5)}) == 1
    assert len({plain_refusal([Message("user", f"Who is Orla {i}?")]) for i in range(60)}) == 6


def test_configured_texts_are_for_every_language() -> None:
    asked = [Message("user", "Wer ist Orla Fenwick?")]
    assert plain_refusal(asked, ("No idea.",)) == "No idea."
    assert plain_refusal(asked, tuple(ENGLISH)) in REFUSALS["de"]


def test_without_a_conversation() -> None:
    assert plain_refusal([]) in ENGLISH
