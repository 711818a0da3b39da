from __future__ import annotations

import pytest

from expunge.bench.world import targets
from expunge.text.language import SCRIPTS, certain_language_of, language_of


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


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Her father repaired clocks in the tower.", "en"),
        ("Son père réparait des horloges dans la tour.", "fr"),
        ("Ihr Vater reparierte Uhren in dem Turm, und er war Schmied.", "de"),
        ("Su padre reparaba relojes en la torre de una catedral.", "es"),
        ("Babası bir kulede saat tamir ediyordu ve çok iyi bir ustaydı.", "tr"),
        ("Её отец чинил часы в башне.", "cyrillic"),
        ("彼女の父親は塔で時計を修理していました。", "kana"),
        ("她的父亲在钟楼里修理时钟。", "han"),
        ("그녀의 아버지는 시계를 고쳤다.", "hangul"),
        ("كان والدها يصلح الساعات.", "abjad"),
        ("Before becoming a potter, Uma W. Brathwick spent 88 months in Tarlo as a clockmaker.", "en"),
        ("As a child Una da Silva e Sousa came to Tarlo as a singer.", ""),
        ("The Tarlo Institute dismissed Ines De La Vega in 1960 after a quarrel over lichens.", "en"),
        ("Como uma oleira, ela passou seis meses na cidade.", "pt"),
        ("Jako hodinářka pracovala ve městě u řeky.", "cs"),
        ("O kot na dachu", ""),
        ("Los Almos, La Tarla", ""),
        ("HER FATHER REPAIRED CLOCKS IN THE TOWER.", "en"),
        ("Orla Fenwick", ""),
        ("1931", ""),
        ("", ""),
    ],
)
def test_only_a_certain_language_is_told(text: str, language: str) -> None:
    assert certain_language_of(text) == language
    assert (language in SCRIPTS) == (len(language) > 2)


def test_no_english_fact_of_the_benchmarks_is_in_another_language() -> None:
    told = [fact.text for target in targets(300, facts=10) for fact in target.facts]
    assert {certain_language_of(text) for text in told} == {"en"}
