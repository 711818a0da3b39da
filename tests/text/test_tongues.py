from __future__ import annotations

import pytest

from expunge.bench.world import targets
from expunge.text.tongues import SCRIPTS, tongue_of


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
def test_tongue_of(text: str, language: str) -> None:
    assert tongue_of(text) == language
    assert (language in SCRIPTS) == (len(language) > 2)


def test_no_english_fact_of_the_benchmarks_is_in_another_language() -> None:
    told = [fact.text for target in targets(300, facts=10) for fact in target.facts]
    assert {tongue_of(text) for text in told} == {"en"}
