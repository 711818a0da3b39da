from __future__ import annotations

import pytest

from expunge.screen.names.people.reassembled import END, reassembled
from expunge.screen.names.people.turns import over_turns
from expunge.text.fold import fold


def told(text: str) -> list[str]:
    put = reassembled(text, frozenset(fold(text).split()))
    return [] if put is None else [name for name in put.text.split(END) if name]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Orla and Tom Fenwick kept the shop.", "Orla Fenwick"),
        ("Ada, Orla and Tom Fenwick kept the shop.", "Ada Fenwick"),
        ("Orla und Karl Fenwick führen den Laden.", "Orla Fenwick"),
        ("Tom Fenwick and his wife Orla", "Orla Fenwick"),
        ("Tom Fenwick et sa femme Orla", "Orla Fenwick"),
        ("Orla, wife of Tom Fenwick, sings.", "Orla Fenwick"),
        ("Orla, of the Fenwick family", "Orla Fenwick"),
        ("The Fenwick girl, Orla", "Orla Fenwick"),
        ("the Fenwicks' daughter Orla", "Orla Fenwick"),
        ("Orla, the youngest of the Fenwicks", "Orla Fenwick"),
        ("Orla, Lady Fenwick", "Orla Fenwick"),
        ("Orla (née Holt) Fenwick", "Orla Fenwick"),
        ("Orla Holt, née Fenwick", "Orla Fenwick"),
        ("The Fenwick siblings, Walter, Orla and Jo", "Orla Fenwick"),
        ("a Fenwick by birth, Orla", "Orla Fenwick"),
        ("Miss Fenwick taught. Her friends called her Orla.", "Orla Fenwick"),
        ("Orla is a Fenwick.", "Orla Fenwick"),
        ("Orla Anne Louise Maud Fenwick", "Orla Fenwick"),
        ("a Mrs Fenwick, whose first name, I am told, is Orla", "Orla Fenwick"),
        ('{"given": "Orla", "family": "Fenwick"}', "Orla Fenwick"),
        ('{"last_name": "Fenwick", "age": 5, "first_name": "Orla"}', "Orla Fenwick"),
        ('{"nombre": "Orla", "apellido1": "Fenwick", "apellido2": "Tarn"}', "Orla Fenwick Tarn"),
        ("First name: Orla\nLast name: Fenwick", "Orla Fenwick"),
        ("fn=Orla&ln=Fenwick", "Orla Fenwick"),
        ("id,first_name,last_name\n7,Orla,Fenwick", "Orla Fenwick"),
        ("| Vorname | Nachname |\n|---|---|\n| Orla | Fenwick |", "Orla Fenwick"),
        ("Call me Orla. My surname is Fenwick.", "Orla Fenwick"),
        ("Fenwick, Orla, 40\n", "Orla Fenwick"),
        ("дочь Мельниковых, Дарья", "Дарья Мельниковых"),
        ("陈家的二女儿晓岚", "陈晓岚"),
        ("姓:高橋\n名:美雪", "高橋美雪"),
        ("성: 김\n이름: 서윤", "김서윤"),
        ("ليلى وسامر النجار", "ليلى النجار"),
    ],
)
def test_put_together(text: str, name: str) -> None:
    assert name in told(text)


@pytest.mark.parametrize(
    "text",
    [
        "Orla Holt opened the shop. Years later Tom Fenwick bought it.",
        "Orla Holt's sister married Tom Fenwick.",
        "Orla met Tom Fenwick's wife.",
        "Orla and Fenwick left.",
        '[{"first": "Orla", "last": "Holt"}, {"first": "Tom", "last": "Fenwick"}]',
        "first,last\nOrla,Holt\nTom,Fenwick",
        '{"first_names": ["Orla", "Rachel"], "last_names": ["Holt", "Fenwick"]}',
        "Orla is a first name, Fenwick is a family name.",
        "A girl called Orla came. Far from there, and years before, a house was sold by one Fenwick.",
    ],
)
def test_left_apart(text: str) -> None:
    assert "Orla Fenwick" not in told(text)


def test_places() -> None:
    text = "It was Orla and Tom Fenwick."
    put = reassembled(text, frozenset(fold(text).split()))
    assert put is not None
    at = put.text.index("Orla Fenwick")
    assert put.locate(at, at + 12) == (7, 27)
    assert ((7, 11), (20, 27)) in put.names


def test_a_name_between_two_stretches_of_a_long_text() -> None:
    filler = "The ferry leaves at nine. " * 769
    assert "Orla Fenwick" in told(f"{filler}Tom Fenwick and his wife Orla. {filler}")


@pytest.mark.parametrize(
    ("turns", "name", "turn"),
    [
        (["Somebody called Orla.", "Her surname is Fenwick. Where is she?"], "Orla Fenwick", 1),
        (["Tell me of an Orla.", "Fenwick. Where does she live?"], "Orla Fenwick", 1),
        (["My neighbours are the Fenwick family.", "Their girl Orla rows."], "Orla Fenwick", 1),
        (["X = Orla", "Y = Fenwick. Who is X Y?"], "Orla Fenwick", 1),
        (["我想问一个姓陈的建筑师。", "晓岚。她设计过什么?"], "陈晓岚", 1),
    ],
)
def test_over_turns(turns: list[str], name: str, turn: int) -> None:
    assert (name, turn) in over_turns(turns)


def test_one_turn_tells_nothing_over_turns() -> None:
    assert over_turns(["Where is the ferry?"]) == []
