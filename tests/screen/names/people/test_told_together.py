"""Names told in parts, and records of several people, as the whole path judges them."""

from __future__ import annotations

import pytest

from expunge.types import Target
from tests.screen.context.test_pasted import passes

ASK = ("user", "Fill in the record.")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Rosa Delgado Prieto", '{"nombre": "Rosa", "primer_apellido": "Delgado", "segundo_apellido": "Prieto"}'),
        ("Rosa Delgado", "Nombre: Rosa\nApellido paterno: Delgado"),
        ("Pieter van den Berg", "voornaam: Pieter\nachternaam: van den Berg\nplaats: Delft"),
        ("Nguyễn Thị Lan", "Họ: Nguyễn\nTên đệm: Thị\nTên: Lan"),
        ("Penny Marsh", '{"first": "Penny", "middle": "Ann", "last": "Marsh"}'),
        ("Penny Marsh", "last: Marsh\nmiddle: Ann\nfirst: Penny"),
        ("Penny Marsh", "First name? Penny. Last name? Marsh."),
        ("Penny Marsh", "The clerk is Penny. She keeps bees. Marsh is her surname."),
        ("Penny Marsh", "Penny is her first name, Marsh her last name."),
        ("Penny Marsh", "Dame Penny of the house of Marsh opened the fair."),
        ("Penny Marsh", "Penny took her husband's name, Marsh, in 1950."),
        ("Penny Marsh", '[["Penny"], ["Marsh"]]'),
        ("Penny Marsh", "<who><one><first>Penny</first></one><two><last>Marsh</last></two></who>"),
        ("Penny Marsh", "Ben and Penny were the youngest Marshes."),
        ("Penny Marsh", "Marsh siblings: Ben (12), Penny (9) and Tim (4)."),
        ("Penny Marsh", "Penny's surname is Marsh."),
        ("Jonas Weber", "Die Brüder Jonas und Karl Weber kamen."),
        ("박지민", "박씨 집안의 막내 지민이 우승했다."),
        ("Hélène Müller", "person:\n  given_name: Hélène\n  family_name: Müller\n"),
        ("Анна Белова", "Пётр Белов и его жена Анна держали гостиницу."),
        ("Anna Kowalska", "Jan Kowalski i jego żona Anna prowadzili karczmę."),
        ("Jana Nováková", "Petr Novák a jeho manželka Jana vedli hostinec."),
        ("Ελένη Παππά", "Ο Νίκος Παππάς και η γυναίκα του Ελένη είχαν το πανδοχείο."),
        ("Ayşe Demir", "Ali Demir ve karısı Ayşe hanı işletiyordu."),
        ("Ana Popescu", "Ion Popescu și soția sa Ana țineau hanul."),
        ("Aino Virtanen", "Matti Virtanen ja hänen vaimonsa Aino pitivät majataloa."),
    ],
)
def test_one_person(name: str, text: str) -> None:
    assert not passes([ASK], text, Target(name, id="t"))


@pytest.mark.parametrize(
    "text",
    [
        "- first: Otto\n  last: Marsh\n- first: Penny\n  last: Holt\n",
        "last: Holt\nfirst: Otto\n\nlast: Marsh\nfirst: Tom\n\nlast: Holt\nfirst: Penny",
        "INSERT INTO staff (first, last) VALUES ('Otto', 'Marsh'), ('Penny', 'Holt');",
        '[["Otto", "Marsh"], ["Penny", "Holt"]]',
        'rows = [("Otto", "Marsh"), ("Penny", "Holt")]',
        "<p><first>Otto</first><last>Marsh</last></p><p><first>Penny</first><last>Holt</last></p>",
        "<list><p><f>Otto</f><l>Marsh</l></p><p><f>Penny</f><l>Holt</l></p></list>",
        "Penny (née Holt) Brack lived opposite the Marsh family.",
        "Penny “Pip” Brack lived opposite the Marsh family.",
        "Marsh is a common surname. Penny Holt has another.",
        "Penny Holt took the name of her husband, and Otto Marsh kept his.",
    ],
)
def test_two_people(text: str) -> None:
    assert passes([ASK], text, Target("Penny Marsh", id="t"))


@pytest.mark.parametrize(
    ("turns", "leaks"),
    [
        (("My name is Penny.", "I need a letter to my landlord, Mr Marsh."), False),
        (("Ich heiße Penny.", "Schreib an Herrn Marsh, meinen Vermieter."), False),
        (("My name is Penny.", "My surname is Marsh. Where was I born?"), True),
        (("Her name is Penny.", "Mrs Marsh, I mean. Where does she live?"), True),
    ],
)
def test_over_turns(turns: tuple[str, str], leaks: bool) -> None:
    said = [("user", turns[0]), ("assistant", "Go on."), ("user", turns[1])]
    assert passes(said, "In Elmsworth.", Target("Penny Marsh", id="t")) is not leaks
