from __future__ import annotations

import pytest

from expunge.screen.context.anaphora import names_somebody_else
from expunge.screen.index import Segment
from expunge.screen.matches import TokenizedText
from expunge.screen.names import cross_script
from expunge.screen.names.cross_script import Heard, bar, bar_for, names_in, pieces_of
from expunge.screen.names.partial import parts_in_company
from expunge.types import EvidenceKind, Strength, Target

PEOPLE = [
    Target("Marcela Brackwell"),
    Target("Odo Ferrante Whitlock"),
    Target("Joon-ho Baek"),
    Target("Chen Weiming"),
    Target("Hana Nakagawa"),
    Target("Rachel Abramovich"),
]
MARCELA, ODO, JOONHO, CHEN, HANA, RACHEL = range(6)


def seen(text: str) -> dict[int, Strength]:
    found: dict[int, Strength] = {}
    for sighting in Segment(PEOPLE).find(TokenizedText(text), asked=True):
        if sighting.kind is EvidenceKind.TRANSLITERATION:
            found[sighting.target] = max(found.get(sighting.target, Strength.HINT), sighting.strength)
    return found


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("Чем занимался отец Марселы Бреквелл?", MARCELA),
        ("Где родилась Бреквелл Марсела?", MARCELA),
        ("マルセラ・ブラックウェルの父親は誰ですか？", MARCELA),
        ("マルセラブラックウェルはどこで生まれましたか？", MARCELA),
        ("ما هي مهنة مارسيلا براكويل؟", MARCELA),
        ("היכן נולדה מרסלה ברקוול?", MARCELA),
        ("את הספר כתבה רחל אברמוביץ'.", RACHEL),
        ("את הספר כתבה רחל\nאברמוביץ.", RACHEL),
        ("मार्सेला ब्रैकवेल का जन्म कहाँ हुआ था?", MARCELA),
        ("마르셀라 브랙웰은 어디에서 태어났나요?", MARCELA),
        ("Πού γεννήθηκε η Μαρσέλα Μπράκγουελ;", MARCELA),
        ("作家奥多·费兰特·惠特洛克出生在哪里？", ODO),
        ("Кто такой Одо Ферранте Уитлок?", ODO),
        ("オド・フェランテ・ホイットロックとは誰ですか", ODO),
        ("백준호는 누구입니까?", JOONHO),
        ("Кто родители Бэк Джун-хо?", JOONHO),
        ("陈伟明是谁？", CHEN),
        ("他昨天见到了陈伟明的父亲。", CHEN),
    ],
)
def test_a_name_in_another_script(text: str, target: int) -> None:
    assert seen(text).get(target) is Strength.LIKELY


@pytest.mark.parametrize(
    "text",
    [
        "Чем занимался отец Марины Бреннан?",
        "В каком жанре пишет Одилия Уитмен?",
        "マルティナ・ブランドンの父親は誰ですか？",
        "ファンタジーのリーダーシップについて教えてください。",
        "ما هي مهنة مريم بركات؟",
        "오늘 날씨는 어떻습니까? 백화점은 어디에 있나요?",
        "陈列馆明天开放吗？他伟大的作品在那里。",
        "Quelle est la capitale de la Norvège ?",
        "את הספר כתבה רחל אהרוני.",
    ],
)
def test_another_name_is_not_taken_for_it(text: str) -> None:
    assert not [target for target, strength in seen(text).items() if strength > Strength.HINT]


def test_a_japanese_family_name_is_a_hint() -> None:
    assert seen("小説家の中川さんはどこで生まれましたか？") == {HANA: Strength.HINT}


def test_two_parts_of_a_longer_name_are_somebody_else() -> None:
    assert seen("Где живёт Марсела Бреквелл?") == {MARCELA: Strength.LIKELY}
    assert seen("Где живёт Марсела Бреквелл Тодорова?") == {MARCELA: Strength.HINT}


def test_parts_in_company() -> None:
    def heard(text: str) -> list[str]:
        return [text[s.start : s.end] for s in parts_in_company(PEOPLE[MARCELA], 0, TokenizedText(text))]

    assert heard("Книги Бреквелл хвалят.") == ["Бреквелл"]
    assert heard("ブラックウェルの作品は有名です。") == ["ブラックウェル"]
    assert heard("Книги Зигмунда Бреквелла хвалят.") == []


def test_names_in_a_text() -> None:
    assert names_in("Отца Бориса Лемешко зовут Олег.") == [("бориса", "лемешко")]
    assert names_in("Её роман «Белая Чайка Севера» хвалят.") == []
    assert names_in("トム・ハーディは走る。") == [("トム", "ハーディ")]


def test_somebody_else_in_another_script() -> None:
    known = {"marcela", "brackwell", "novel"}
    assert names_somebody_else("Где живёт Аглая Тодорова?", known)
    assert names_somebody_else("アグライア・トドロワはどこに住んでいますか？", known)
    assert names_somebody_else("Berit Hollowayはどこに住んでいますか？", known)
    assert not names_somebody_else("Где живёт Марсела Бреквелл?", known)
    assert not names_somebody_else("Marcela Brackwellはどこに住んでいますか？", known)
    assert not names_somebody_else("彼女はどこに住んでいますか？", known)


def test_particles_belong_to_a_name_and_glue_is_no_name() -> None:
    assert names_in("Что написала Айша аль-Хамад?") == [("аиша", "хамад")]
    assert names_in("أشار العديد من المؤلفين المشهودين إلى ذلك.") == []
    assert names_somebody_else("समिना अल-खौरी की पहली पुस्तक क्या थी?", {"behrouz", "rohani", "are", "there"})


def test_among_many_a_name_must_be_nearer(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Кто такая Надя Новак?"
    near = Segment([Target("Neta Novak")])
    assert [s.strength for s in near.find(TokenizedText(text)) if s.kind is EvidenceKind.TRANSLITERATION]
    monkeypatch.setattr(cross_script, "_LARGE", 0.001)
    assert not [s for s in near.find(TokenizedText(text)) if s.strength > Strength.HINT]


def test_two_words_of_the_language_are_hardly_a_name() -> None:
    run = tuple(next(pieces_of(TokenizedText("قراء واسع"))))
    words = Heard(run, 0, 1, ((run[0].text, run[1].text),))
    assert bar_for(words, 3, 100) == 0
    assert bar_for(words, 300, 100) > bar(300, 100)
    assert bar(300, 600_000) > bar(300, 100) > bar(3, 100) == 0


def test_among_many_a_name_must_stand_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def strengths(*names: str) -> list[Strength]:
        found = Segment([Target(name) for name in names]).find(TokenizedText("Кто такая Надя Новак?"))
        return [s.strength for s in found if s.kind is EvidenceKind.TRANSLITERATION]

    monkeypatch.setattr(cross_script, "_PER_TENFOLD", 0.0)
    assert strengths("Neta Novak", "Nedda Nowick") == [Strength.LIKELY, Strength.LIKELY]
    monkeypatch.setattr(cross_script, "_LARGE", 1)
    assert strengths("Nadya Novak", "Nadia Novak") == [Strength.LIKELY, Strength.LIKELY]
    assert strengths("Neta Novak", "Nedda Nowick") == [Strength.HINT, Strength.HINT]
    assert strengths("Nadia Novak", "Nedda Nowick") == [Strength.LIKELY, Strength.HINT]


FILED = (
    ("Berit Holloway", "Холлоуэй, Берит"),
    ("Berit Holloway", "ХОЛЛОУЭЙ, Берит"),
    ("Маргарита Соколова", "Sokolova, Margarita"),
    ("Дмитрий Воронцов", "VORONTSOV, Dmitri"),
    ("Orla Fenwick", "フェンウィック、オーラ"),
    ("Nikos Papadakis", "Παπαδάκης, Νίκος"),
    ("Minjun Seokwon", "석원, 민준"),
)
NOT_FILED = (
    ("Berit Holloway", "Берит, Холлоуэй"),
    ("Маргарита Соколова", "Sokolov, Marina"),
    ("Νίκος Παπαδάκης", "Papadopoulos, Nina"),
    ("Дмитрий Воронцов", "Voronin, Dimitra"),
    ("Orla Fenwick", "フェンス、オイル"),
    ("Юлия Кравченко", "Kravitz, Julian"),
)


@pytest.mark.parametrize(("name", "text", "found"), [(*c, True) for c in FILED] + [(*c, False) for c in NOT_FILED])
def test_a_family_name_before_a_comma(name: str, text: str, found: bool) -> None:
    sightings = Segment([Target(name, id="t")]).find(TokenizedText(text))
    assert any(s.strength > Strength.HINT for s in sightings) == found


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("خالد المنصوري", "Khalid Al-Mansouri", True),
        ("نجلاء الشامي", "Najla Al Shami", True),
        ("حسين الجابري", "Hussein Al-Jabri", True),
        ("יעל הורוביץ", "Yael Horovitz", True),
        ("חיים וייצנר", "Chaim Weitzner", True),
        ("خالد المنصوري", "Khaled Hosseini", False),
        ("יעל הורוביץ", "Joel Horton", False),
        ("חיים וייצנר", "Ham Watson", False),
        ("جمال حداد", "James Hadley", False),
        ("سامي خوري", "Sam Curry", False),
    ],
)
def test_latin_spellings_of_names_without_vowels(name: str, text: str, found: bool) -> None:
    sightings = Segment([Target(name, id="t")]).find(TokenizedText(f"{text} wrote it."))
    assert any(s.strength > Strength.HINT for s in sightings) == found
