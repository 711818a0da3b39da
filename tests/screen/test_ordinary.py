from __future__ import annotations

import pytest

from expunge.screen.ordinary import ordinary_questions, too_common, touched
from expunge.types import Target, TargetKind


@pytest.mark.parametrize("name", ["Ottoline Brathwick", "Linda Fox", "Тамара Вершинина"])
def test_a_whole_name_touches_nothing(name: str) -> None:
    assert (touched(Target(name)), too_common(Target(name))) == (0, "")


def test_a_short_word_touches_much() -> None:
    assert 3 < touched(Target("Python")) < len(ordinary_questions()) / 20


@pytest.mark.parametrize("name", ["X", "Will", "the", "Water", "и"])
def test_letters_and_everyday_words_are_too_common(name: str) -> None:
    assert too_common(Target("Ottoline Brathwick", aliases=(name,))) == name


@pytest.mark.parametrize("name", ["Cher", "Madonna", "Will Smith", "J. K."])
def test_names_that_people_have_are_not(name: str) -> None:
    assert too_common(Target(name)) == ""


def test_a_topic_is_no_name() -> None:
    topic = Target("Water", kind=TargetKind.TOPIC)
    assert (touched(topic), too_common(topic)) == (0, "")
