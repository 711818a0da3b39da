from __future__ import annotations

import pytest

from expunge.text.fold import fold
from expunge.text.frequency import is_rare, zipf
from expunge.text.transliterate import (
    Script,
    is_form_of,
    latin,
    letters_for,
    likeness,
    phonemes,
    script_of,
    similarity,
    sound,
    sounds,
    stems,
)


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


@pytest.mark.parametrize(
    ("token", "script"),
    [
        ("orla", Script.LATIN), ("østerlund", Script.LATIN), ("орла", Script.CYRILLIC), ("όρλα", Script.GREEK),
        ("オルラ", Script.KANA), ("おるら", Script.KANA), ("奥尔拉", Script.HAN), ("오를라", Script.HANGUL),
        ("أورلا", Script.ABJAD), ("אורלה", Script.ABJAD), ("ओरला", Script.INDIC), ("", Script.LATIN),
    ],
)  # fmt: skip
def test_script_of(token: str, script: Script) -> None:
    assert script_of(token) is script


@pytest.mark.parametrize(
    ("token", "form"),
    [
        ("ジェームズ", "Je:muzu"), ("ヴィクトル", "vikutoru"), ("ティナ", "tina"), ("ウィリアム", "wiriamu"),
        ("シャーロット", "Sa:roto"), ("джон", "Jon"), ("christopher", "kristofeR"), ("박", "paRk"), ("ντάφνη", "dafni"),
    ],
)  # fmt: skip
def test_phonemes(token: str, form: str) -> None:
    assert phonemes(token) == form


SAME = [
    ("オルラ", "orla"), ("フェンウィック", "fenwick"), ("ベアトリス", "beatrice"), ("ホルヴァート", "horvath"),
    ("марселины", "marceline"), ("брекуэллом", "brackwell"), ("хоакин", "joaquin"), ("гарольда", "harold"),
    ("إنغريد", "ingrid"), ("بالمارسيلا", "marcela"), ("תומס", "thomas"),
    ("רחל", "rachel"), ("הורוביץ", "horovich"), ("גרוסמנוביץ", "grossmanowitz"),
    ("लक्ष्मण", "lakshman"),
    ("도로시는", "dorothy"), ("베네딕트", "benedict"), ("Θεόδωρος", "theodoros"),
    ("托马斯", "thomas"), ("贝尔塔", "berta"),
]  # fmt: skip


@pytest.mark.parametrize(("foreign", "latin"), SAME)
def test_a_name_is_heard_in_another_script(foreign: str, latin: str) -> None:
    assert likeness(fold(foreign), latin) >= 0.8
    assert sound(latin) in sounds(fold(foreign))


@pytest.mark.parametrize(
    ("foreign", "latin"),
    [
        ("オルラ", "anselm"), ("フェンウィック", "garrow"), ("марселины", "martina"), ("إنغريد", "astrid"),
        ("도로시는", "deborah"), ("ベアトリス", "veronica"), ("托马斯", "tobias"), ("", "orla"), ("オルラ", ""),
    ],
)  # fmt: skip
def test_another_name_is_not(foreign: str, latin: str) -> None:
    assert likeness(fold(foreign), latin) < 0.75


def test_stems() -> None:
    assert stems("накамуры") == ("накамуры", "накамур")
    assert stems("орла".replace("а", "")) == ("орл",)
    assert "마르타" in stems("마르타는")
    assert stems("orlas") == ("orlas",)


def test_letters_that_may_spell_a_name() -> None:
    def mask(word: str) -> int:
        return sum(1 << (ord(c) - 97) for c in set(word))

    held = letters_for("ボリス")
    assert mask("boris") & ~held == 0 == mask("voris") & ~held
    assert mask("dmk") & held == 0
