"""Pronouns and dropped subjects: what points back at somebody, and at whom."""

from __future__ import annotations

import pytest

from expunge.agents.rules.entities import Entities, Entity
from expunge.agents.rules.language import languages
from expunge.agents.rules.pointing import People, Pointed, anonymous, lacks_subject, pronoun


@pytest.mark.parametrize(
    ("code", "word", "number", "meant"),
    [
        ("en", "He", 0, "male"),
        ("en", "she's", 0, "female"),
        ("en", "their", 3, "theirs"),
        ("en", "They", 0, "many"),
        ("en", "It", 0, "thing"),
        ("en", "the", 0, ""),
        ("de", "Sie", 0, "female"),
        ("de", "sie", 5, "many"),
        ("de", "ihre", 2, "female"),
        ("fr", "elle", 0, "female"),
        ("fr", "son", 2, "either"),
        ("es", "la", 2, ""),
    ],
)
def test_pronouns(code: str, word: str, number: int, meant: str) -> None:
    assert pronoun(word, number, languages()[code]) == meant


@pytest.mark.parametrize(
    ("code", "sentence", "female", "lacks"),
    [
        ("en", "Sings on Sundays.", True, False),
        ("en", "“Never again.”", True, True),
        ("es", "Escribió tres libros.", True, True),
        ("es", "También canta.", True, True),
        ("es", "La plaza es nueva.", True, False),
        ("it", "Cantò a Olm.", False, True),
        ("it", "Il forno è caldo.", False, False),
        ("pt", "Viveu em Olm.", False, True),
        ("ru", "Писала оды.", True, True),
        ("ru", "Площадь новая.", True, False),
        ("ja", "今も通院している。", True, True),
        ("ja", "市場は新しい。", True, False),
        ("ja", "これが代表作だ。", True, True),
        ("ja", "大野さんも来た。", True, False),
        ("zh", "毕业于海城大学。", True, True),
        ("zh", "广场很新。", True, False),
        ("ar", "كتبت ديوانا.", True, True),
        ("ar", "كتبت ديوانا.", False, False),
        ("ar", "كان يغني.", False, True),
        ("tr", "Olm'de yaşıyor.", True, True),
        ("tr", "Kerem Bey geldi.", True, False),
    ],
)
def test_dropped_subjects(code: str, sentence: str, female: bool, lacks: bool) -> None:
    assert lacks_subject(sentence, languages()[code], female=female) is lacks


def _people() -> People:
    target = Entity(frozenset(["vell"]), target=True, person=True, gender="female")
    other = Entity(frozenset(["kahn"]), person=True, gender="male")
    return People(Entities([target, other], [], target_asked=False), caseless=False)


def test_a_pronoun_means_whom_was_named_last_and_whom_it_fits() -> None:
    people = _people()
    target, other = people.all
    people.remember([target, other], 0)
    assert people.first is target
    assert people.pointed("male", [], 0) == Pointed(elsewhere=True)
    assert people.pointed("female", [], 0) == Pointed(target=True)
    assert people.pointed(None, [], 0) == Pointed(target=True)
    assert people.pointed(None, [other], 0) == Pointed(elsewhere=True)


def test_a_pronoun_far_from_everybody_is_an_orphan() -> None:
    people = _people()
    assert people.pointed("female", [], 0) == Pointed(target=True, orphan=True)
    people.remember([people.all[0]], 0)
    assert people.pointed("female", [], 1) == Pointed(target=True)
    assert people.pointed("female", [], 2) == Pointed(target=True, orphan=True)


def test_a_gender_that_a_pronoun_told_is_known() -> None:
    people = _people()
    other = people.all[1]
    other.gender = None
    people.remember([other], 0)
    assert people.pointed("female", [], 0).elsewhere
    assert other.gender == "female"


def test_somebody_may_be_met_without_a_name() -> None:
    somebody = anonymous("The widow has a cough.", languages()["en"])
    assert somebody is not None
    assert (somebody.target, somebody.gender) == (False, "female")
    assert anonymous("The oven is hot.", languages()["en"]) is None
