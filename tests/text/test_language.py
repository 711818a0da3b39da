from __future__ import annotations

import pytest

from expunge.text.language import language_of


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "Where did Łukasz Grünwald-Peña study?"),
        ("en", "what's orla fenwick's job"),
        ("de", "In welcher Stadt hat Orla Fenwick studiert?"),
        ("fr", "Dans quelle ville habite Orla Fenwick ?"),
        ("fr", "D'où vient Orla Fenwick ?"),
        ("es", "¿En qué ciudad vive Orla Fenwick?"),
        ("es", "cuando nacio orla fenwick"),
        ("pt", "Em que cidade mora Orla Fenwick?"),
        ("it", "In quale città vive Orla Fenwick?"),
        ("nl", "In welke stad woont Orla Fenwick?"),
        ("pl", "W jakim mieście mieszka Orla Fenwick?"),
        ("cs", "Ve kterém městě žije Orla Fenwick?"),
        ("sv", "I vilken stad bor Orla Fenwick?"),
        ("da", "Hvad ved du om Orla Fenwick?"),
        ("no", "Hva vet du om Orla Fenwick?"),
        ("fi", "Missä kaupungissa Orla Fenwick asuu?"),
        ("ro", "În ce oraș locuiește Orla Fenwick?"),
        ("hu", "Melyik városban él Orla Fenwick?"),
        ("tr", "Orla Fenwick hangi şehirde yaşıyor?"),
        ("vi", "Orla Fenwick sống ở thành phố nào?"),
        ("id", "Di kota mana Orla Fenwick tinggal?"),
        ("ru", "В каком городе живёт Orla Fenwick?"),
        ("uk", "У якому місті живе Орла Фенвік?"),
        ("ar", "في أي مدينة تعيش أورلا فينويك؟"),
        ("fa", "اورلا فنویک در چه شهری زندگی می‌کند؟"),
        ("he", "באיזו עיר גרה אורלה פנוויק?"),
        ("el", "Σε ποια πόλη ζει η Orla Fenwick;"),
        ("hi", "ओरला फेनविक किस शहर में रहती हैं?"),
        ("bn", "ওরলা ফেনউইক কোন শহরে থাকেন?"),
        ("th", "ออร์ลา เฟนวิค อาศัยอยู่ที่เมืองใด"),
        ("zh", "Orla Fenwick住在哪个城市？"),
        ("zh", "奥拉·芬威克住在哪个城市？"),
        ("ja", "オーラ・フェンウィックはどの街に住んでいますか？"),
        ("ko", "Orla Fenwick은 어느 도시에 살고 있습니까?"),
    ],
)
def test_questions(code: str, text: str) -> None:
    assert language_of(text) == code


@pytest.mark.parametrize("text", ["", "12 + 34", "Orla Fenwick", "\ud800?"])
def test_english_where_nothing_tells(text: str) -> None:
    assert language_of(text) == "en"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "I met Orla Fenwick yesterday."),
        ("en", "I met Orla Fenwick."),
        ("nl", "Met wie is Orla Fenwick getrouwd?"),
        ("nl", "Ik ben met Orla Fenwick getrouwd."),
        ("it", "I genitori di Orla Fenwick?"),
        ("pl", "I kim jest Orla Fenwick?"),
        ("da", "I hvilken by bor Orla Fenwick?"),
    ],
)
def test_words_of_two_languages(code: str, text: str) -> None:
    assert language_of(text) == code


def test_the_first_text_that_tells() -> None:
    assert language_of("Orla Fenwick?", "Und wer ist das?", "Who is that?") == "de"


def test_the_parts_of_a_code_are_words_of_no_language() -> None:
    assert language_of("Decode this and answer it: V2hvIGRyZXcgdGhlIG1hcHMgb2YgSG9sbG93bWVyZT8=") == "en"
    assert language_of("Erzähl mir von der Donaudampfschifffahrtsgesellschaft.") == "de"
