from __future__ import annotations

import pytest

from expunge.screen.index import Segment, View
from expunge.screen.matches import TokenizedText
from expunge.screen.names import cross_script
from expunge.screen.names.exact import Names
from expunge.screen.names.fuzzy import Spelling
from expunge.screen.names.partial import RareParts, parts_in_company
from expunge.screen.names.patterns import parts_of, patterns_of, spelling_codes
from expunge.text.pattern_set import PatternSet
from expunge.types import EvidenceKind, Snapshot, Strength, Target, TargetKind

ORLA = Target("Dr. Orla Maeve Fenwick", aliases=("Fennimore",))


def test_patterns_leave_titles_out_and_topics_have_terms() -> None:
    assert [p.tokens for p in patterns_of(ORLA)] == [
        ("dr", "orla", "maeve", "fenwick"), ("orla", "maeve", "fenwick"), ("fennimore",),
    ]  # fmt: skip
    topic = Target("Falconry", aliases=("jesses",), kind=TargetKind.TOPIC)
    assert [p.tokens for p in patterns_of(topic)] == [("jesses",)]
    assert parts_of(patterns_of(Target("Basir Al-Qadri"))[0]) == ("basir", "qadri")
    assert spelling_codes(patterns_of(Target("Fennimore"))[0]) == {}


@pytest.mark.parametrize(
    ("name", "text", "strength"),
    [
        ("Rose", "Rose sells umbrellas.", Strength.LIKELY),
        ("Rose", "The rose is red.", Strength.HINT),
        ("Fennimore", "fennimore sells umbrellas", Strength.CERTAIN),
        ("And", "bread and butter", Strength.HINT),
        ("李", "李小龙是武术家。", Strength.HINT),
        ("李小", "李小龙是武术家。", Strength.LIKELY),
        ("Anna Lee", "We met Anna. Lee was there.", None),
        ("Anna Lee", "annalee", None),
        ("Martin Fish", "Martin Fisher sells umbrellas.", None),
        ("Daniel Roberts", "Daniel Robertson sells umbrellas.", None),
        ("山田太郎", "昨日、山田太郎さんが来た。", Strength.CERTAIN),
        ("Анна Коваленская", "Отец Анны Коваленской был кузнецом.", None),
        ("Коваленский Павел", "Коваленский Павелов", Strength.LIKELY),
        ("Aurelia (Relly) Stroud", "Where was Aurelia (Relly) Stroud born?", Strength.CERTAIN),
        ("Aurelia (Relly) Stroud", "Relly Stroud was born there.", Strength.CERTAIN),
        ("Osbert Tarn, 3rd Baron Tarn", "Osbert Tarn sells umbrellas.", Strength.CERTAIN),
        ("Osbert II, Duke of Tarn", "Osbert II sells umbrellas.", None),
        ("Maya Ostberg", "mayaostberg99@mail.example", Strength.LIKELY),
    ],
)
def test_strength_of_a_name(name: str, text: str, strength: Strength | None) -> None:
    found = list(Names([Target(name)]).find(TokenizedText(text)))
    assert (max(s.strength for s in found) if found else None) == strength


@pytest.mark.parametrize(
    ("name", "text", "kind", "strength"),
    [
        ("Henrik Dahlgren", "Henrik Dalhgren", EvidenceKind.SPELLING, Strength.LIKELY),
        ("Henrik Dahlgren", "Henryk Dalgren", EvidenceKind.SPELLING, Strength.LIKELY),
        ("John Smith", "Jon Smith", EvidenceKind.SPELLING, None),
        ("Henrik Dahlgren", "H. Dahlgren", EvidenceKind.PARTIAL_NAME, Strength.LIKELY),
        ("Henrik Dahlgren", "Dahlgren's", EvidenceKind.PARTIAL_NAME, None),
        ("Henrik Dahlgren", "Henrik Johan Dahlgren", EvidenceKind.PARTIAL_NAME, Strength.LIKELY),
        ("Henrik Dahlgren", "Henrik met Dahlgren", EvidenceKind.PARTIAL_NAME, None),
        ("Ji-Won Seo", "Ji-Won Ahn wrote", EvidenceKind.PARTIAL_NAME, None),
        ("Aurelia (Relly) Stroudwell", "Relly Stroudwel", EvidenceKind.SPELLING, Strength.LIKELY),
        ("Peter R. Shaw", "Peter Rudolph Shaw", EvidenceKind.PARTIAL_NAME, Strength.LIKELY),
        ("Peter R. Shaw", "Peter Thomas Shaw", EvidenceKind.PARTIAL_NAME, None),
        ("Mark West", "Lake Mark, West Dover", EvidenceKind.SPELLING, None),
        ("Brandon Brown", "Breanna Brown", EvidenceKind.SPELLING, None),
        ("Bram Tordrey", "Bram Torrell", EvidenceKind.SPELLING, None),
        ("Bram Tordrey", "Bram Tordrei", EvidenceKind.SPELLING, Strength.LIKELY),
        ("Michel Dupont", "Dupont, Michel", EvidenceKind.NAME, Strength.CERTAIN),
        ("Michel Dupont", "for Dupont. Michel is here", EvidenceKind.NAME, None),
        ("Анна Коваленская", "отец Анны Коваленской", EvidenceKind.SPELLING, Strength.LIKELY),
        ("Makoto Hayashi", "マコト・ハヤシ", EvidenceKind.TRANSLITERATION, Strength.LIKELY),
    ],
)
def test_spelling(name: str, text: str, kind: EvidenceKind, strength: Strength | None) -> None:
    found = [s for s in Spelling([Target(name)]).find(TokenizedText(text)) if s.strength > Strength.HINT]
    if strength is None:
        assert not found
    else:
        assert (kind, strength) in {(s.kind, s.strength) for s in found}


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("Henrik Dalhgren", Strength.LIKELY),
        ("Henrik Dahlgreen", Strength.HINT),  # Otto Dahlgreen bears it
    ],
)
def test_what_another_bears_is_no_slip(text: str, strength: Strength) -> None:
    segments = Segment([Target("Henrik Dahlgren", id="H")]), Segment([Target("Otto Dahlgreen", id="O")])
    held = {target.id: target for segment in segments for target in segment.targets}
    view = View(Snapshot(1, held, 1), segments)
    assert max(s.strength for target, s in view.find(TokenizedText(text)) if target.id == "H") is strength


def test_a_longer_word_that_another_bears_is_another_name() -> None:
    alone = Segment([Target("Dustin Moskoby")])
    assert list(alone.find(TokenizedText("Dustin Moskobyveld wrote"), exact=True))
    both = Segment([Target("Dustin Moskoby"), Target("Ada Moskobyveld")])
    assert not list(both.find(TokenizedText("Dustin Moskobyveld wrote"), exact=True))


@pytest.mark.parametrize(
    ("name", "text", "seen"),
    [
        ("Hilda Dahlgren", "H. Dahlgren wrote", True),
        ("Hilda Dahlgren", "Mrs. H. Dahlgren wrote", True),
        ("Hilda Dahlgren", "J. H. Dahlgren wrote", False),
        ("Hilda Dahlgren", "Elfriedolin H. Dahlgren wrote", False),
        ("Antonio Specter", "A specter haunts Europe.", False),
        ("Antonio Specter", "A. Specter wrote to me.", True),
        ("Mara In", "Who met Mara Corey in Rome?", False),
    ],
)
def test_a_first_name_by_its_initial(name: str, text: str, seen: bool) -> None:
    found = list(Spelling([Target(name)]).find(TokenizedText(text)))
    assert any(s.strength > Strength.HINT for s in found) is seen


def test_rare_parts_belong_to_one_target_only() -> None:
    parts = RareParts([Target("Anna Oduyani"), Target("Ben Kestrelwood"), Target("Carl Kestrelwood")])
    assert [s.strength for s in parts.find(TokenizedText("Is Oduyani here?"), asked=True)] == [Strength.LIKELY]
    assert not list(parts.find(TokenizedText("Is Kestrelwood here?"), asked=True))
    assert not list(parts.find(TokenizedText("Is Anna here?"), asked=True))
    assert not list(parts.find(TokenizedText("Ask Bola Oduyani."), asked=True))


def test_parts_in_company() -> None:
    target = Target("Anna Grace Park")
    assert [s.start for s in parts_in_company(target, 0, TokenizedText("Grace said so. The park is open."))] == [0]
    assert not list(parts_in_company(target, 0, TokenizedText("Linda Park said so.")))


def test_among_many_of_one_sound_the_right_one_is_found() -> None:
    crowd = [
        Target(f"{first} Dahlgren") for first in ("Henk", "Hanka", "Honka", "Hinke", "Inka", "Anika", "Onka", "Unko")
    ]
    found = [s.target for s in Spelling([*crowd, Target("Hanke Dahlgren")]).find(TokenizedText("Hanke Dalhgren"))]
    assert 8 in found


def test_among_many_a_spelling_must_be_nearer(monkeypatch: pytest.MonkeyPatch) -> None:
    spelling = Spelling([Target("Michaela Weidmann")])
    assert [s.strength for s in spelling.find(TokenizedText("Michael Tiemann"))] == [Strength.LIKELY]
    monkeypatch.setattr(cross_script, "_LARGE", 0.02)
    assert [s.strength for s in spelling.find(TokenizedText("Michael Tiemann"))] == [Strength.HINT]
    assert [s.strength for s in spelling.find(TokenizedText("Michaela Weidman"))] == [Strength.LIKELY]


def test_what_only_has_the_hash_value_of_a_name_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names([ORLA])
    assert list(names.inside("drorlamaevefenwick", 10)) == [0]
    monkeypatch.setattr(PatternSet, "find", lambda self, text: iter([(1, 0, len(text))]))
    assert list(names.find(TokenizedText("Orla Maeve Fenfolk"))) == []
    assert list(names.inside("orlamaevefenfolk", 10)) == []


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("Соболева", "Прежнюю, Соболеву, уволили.", True),
        ("Тучин", "С Тучиным говорили.", True),
        ("Havránek", "Viděl jsem Havránka včera.", True),
        ("Тучин", "Над городом висела туча.", False),
    ],
)
def test_a_surname_by_itself_is_found_declined(name: str, text: str, found: bool) -> None:
    names = Names([Target(name, id="t")])
    assert bool(list(names.find(TokenizedText(text)))) is found
