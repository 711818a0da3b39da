from __future__ import annotations

import pytest

from expunge.text.names import is_form_of
from expunge.text.rarity import is_rare, zipf
from expunge.text.sounds import latin, similarity, sound


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("basil", "bazil"),
        ("mahfouz", "mafhouz"),
        ("fenwick", "fenwyck"),
        ("katherine", "catherine"),
        ("yusuf", "yousef"),
        ("petrov", "петров"),
        ("makoto", "マコト"),
        ("oduya", "odooya"),
    ],
)
def test_forms_of_a_name_sound_alike(a: str, b: str) -> None:
    assert sound(a) == sound(b) != ""


@pytest.mark.parametrize(("a", "b"), [("basil", "martin"), ("fenwick", "garrow"), ("anna", "oleg")])
def test_other_names_do_not(a: str, b: str) -> None:
    assert sound(a) != sound(b)


def test_latin_letters() -> None:
    assert latin("петров") == "petrov"
    assert latin("fenwick") == "fenwick"


def test_similarity_is_one_only_for_equals() -> None:
    assert similarity("orla", "orla") == 1
    assert 0.7 < similarity("fenwick", "fenwikc") < 1
    assert similarity("orla", "brendan") < 0.5
    assert similarity("", "") == 1


@pytest.mark.parametrize(
    ("candidate", "name", "form"),
    [
        ("Орла Фенвик", "Orla Fenwick", True),
        ("Orla Fenwyck", "Orla Fenwick", True),
        ("Orla Fenwick", "Orla Maeve Fenwick", True),
        ("Orla", "Orla Fenwick", False),
        ("Brendan Garrow", "Orla Fenwick", False),
        ("Orla Fenwick", "Orla Fenwick", False),
        ("The Beekeeper", "Orla Fenwick", False),
        ("", "Orla Fenwick", False),
    ],
)
def test_forms(candidate: str, name: str, form: bool) -> None:
    assert is_form_of(candidate, name) is form


def test_rarity() -> None:
    assert zipf("the") > 7 > zipf("lighthouse") > zipf("fenwyckian") == 0
    assert is_rare("oduyani")
    assert not is_rare("smith")
    assert zipf("москва") > 4
