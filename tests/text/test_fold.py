from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunge.text.fold import fold, tokens, unmask_homoglyphs, unmask_leet


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Orla Fenwick", "orla fenwick"),
        ("ÓRLA   Fenwíck", "orla fenwick"),
        ("Ｏｒｌａ Ｆｅｎｗｉｃｋ", "orla fenwick"),
        ("Or\u200bla Fen\u00adwick", "orla fenwick"),
        ("O'Brien’s boat", "obrien s boat"),
        ("the Fenwicks' boat", "the fenwicks boat"),
        ("Al-Hashim_Aysha", "al hashim aysha"),
        ("Łukasz Straße Øre", "lukasz strasse ore"),
        ("ﬁne ⓄⓇⓁⒶ", "fine orla"),
        ("الأحمد", "الاحمد"),
        ("バジル・マ", "バジル マ".replace("バ", "ハ\u3099").replace("ジ", "シ\u3099")),
        ("Orla Fenwickは1931年", "orla fenwick は 1931 年"),
        ("Fenwick은 왔다", unicodedata.normalize("NFKD", "fenwick 은 왔다")),
        ("Wi-Fi-сеть", "wi fi сеть"),
        ("", ""),
        ("…!?", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(alphabet=st.characters(), max_size=60) | st.text("aÉ's ’Sß-ﬁ.İ\u200b भाЖ", max_size=40))
def test_tokens_are_those_of_the_folded_text(text: str) -> None:
    found = tokens(text)
    assert [token.text for token in found] == fold(text).split()
    assert all(0 <= token.start < token.end <= len(text) for token in found)
    assert [token.start for token in found] == sorted(token.start for token in found)


def test_a_token_knows_its_place() -> None:
    text = "See Órla O’Brien’s file"
    assert [text[t.start : t.end] for t in tokens(text)] == ["See", "Órla", "O’Brien", "s", "file"]


def test_homoglyphs_are_put_back() -> None:
    assert unmask_homoglyphs("Оrlа Fеnwісk") == "Orla Fenwick"
    assert unmask_homoglyphs("Orla Fenwick") is None
    assert unmask_homoglyphs("Örla") is None


@pytest.mark.parametrize("text", ["0rl4 F3nw1ck", "Orl@ F€nw!ck", "0r1a Fenw1ck"])
def test_leet_is_read_as_letters(text: str) -> None:
    assert any(fold(reading) in ("orla fenwick", "oria fenwick") for reading in unmask_leet(text))


@pytest.mark.parametrize("text", ["In 1931 the pier cost £300.", "Wait! Stop!", "3 + 4 = 7", "plain words"])
def test_ordinary_numbers_are_no_leet(text: str) -> None:
    assert unmask_leet(text) == ()
