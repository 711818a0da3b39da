from __future__ import annotations

import base64
import codecs

import pytest

from expunge.counterfactual.surrogates import Surrogates, put_surrogates
from expunge.screen.screen import Screen
from expunge.text.fold import fold
from expunge.types import Message, Snapshot, Target

ORLA = Target("Orla Maeve Fenwick", aliases=["オーラ・フェンウィック"], id="t1")
BASILIO = Target("Basilio Al-Harzeni", id="t2")
TAEHO = Target("Tae-ho Brisk", id="t3")
ANNA = Target("Анна Фенвикова", id="t4")
HANAKO = Target("榊原花乃", id="t5")
SNAPSHOT = Snapshot(1, {t.id: t for t in (ORLA, BASILIO, TAEHO, ANNA, HANAKO)}, 1, {})


def surrogates_of(*turns: str, attempt: int = 0) -> Surrogates | None:
    roles = ("user", "assistant")
    messages = [Message(roles[i % 2], text) for i, text in enumerate(turns)]  # type: ignore[arg-type]
    evidence = Screen().named(SNAPSHOT, messages)
    targets = {e.target_id: target for e in evidence if (target := SNAPSHOT.get(e.target_id)) is not None}
    return put_surrogates(messages, evidence, targets, attempt)


@pytest.mark.parametrize(
    ("question", "gone"),
    [
        ("Who is Orla Maeve Fenwick?", ["orla", "maeve", "fenwick"]),
        ("who is orla fenwick", ["orla", "fenwick"]),
        ("Who is Orla Maeve Fenwik's father?", ["orla", "maeve", "fenwik"]),
        ("Did Orla Maeve Fenwick know Basilio Al-Harzeni?", ["orla", "fenwick", "basilio", "harzeni"]),
        ("Which genre does Tae-ho Brisk write?", ["tae", "brisk"]),
        ("Tell me about ORLA MAEVE FENWICK.", ["orla", "fenwick"]),
        ("Кто такая Анна Фенвикова?", ["анна", "фенвикова"]),
        ("オーラ・フェンウィックとは誰ですか？", ["オーラ", "フェンウィック"]),
        ("榊原花乃は誰ですか？", ["榊原"]),
    ],
)
def test_names_are_replaced_and_come_back_as_they_were_typed(question: str, gone: list[str]) -> None:
    found = surrogates_of(question)
    assert found is not None
    text = found.messages[0].content
    assert not any(fold(name) in fold(text) for name in gone)
    assert len(fold(text).split()) == len(fold(question).split())
    put_back = found.undo(text)
    assert (put_back.text, put_back.garbled) == (question, False)
    assert all(span.of(question).strip() for span in put_back.spans)


def test_a_stand_in_depends_on_the_target_alone() -> None:
    first, second = (
        surrogates_of("Who is Orla Maeve Fenwick?"),
        surrogates_of("Where does Orla Maeve Fenwick live now?"),
    )
    other = surrogates_of("Who is Orla Maeve Fenwick?", attempt=1)
    assert first is not None
    assert second is not None
    assert other is not None
    assert first.typed == second.typed
    assert not set(first.typed) & set(other.typed)


def test_earlier_turns_and_loose_parts_of_the_name() -> None:
    found = surrogates_of("Who is Orla Maeve Fenwick?", "Fenwick is not known to me.", "What does Orla Fenwick do?")
    assert found is not None
    assert len(found.typed) == 3
    assert not any("Fenwick" in message.content or "Orla" in message.content for message in found.messages)


def test_other_words_stay() -> None:
    found = surrogates_of("Is Orla Maeve Fenwick a friend of Brendan Garrow, the fenwick man?")
    assert found is not None
    assert "Brendan Garrow" in found.messages[0].content


@pytest.mark.parametrize(
    ("answer", "expected", "garbled"),
    [
        ("{A} {C} is unknown to me.", "Orla Fenwick is unknown to me.", False),
        ("{C}'s work; {C}s; {a}.{c}@x.org", "Fenwick's work; Fenwicks; orla.fenwick@x.org", False),
        ("I know no {A} {C}x.", "I know no Orla Fenwickx.", False),
        ("MS {CC}", "MS FENWICK", False),
        ("Mac{C} sings.", "MacFenwick sings.", True),
        ("Nobody.", "Nobody.", False),
    ],
)
def test_undo(answer: str, expected: str, garbled: bool) -> None:
    found = surrogates_of("Who is Orla Fenwick?")
    assert found is not None
    first, last = found.typed
    forms = {"A": first, "C": last, "a": first.lower(), "c": last.lower(), "CC": last.upper()}
    put_back = found.undo(answer.format(**forms))
    assert (put_back.text, put_back.garbled) == (expected, garbled)


@pytest.mark.parametrize("letter", ["İ", "ı", "ſ", "K"])
def test_letters_with_a_case_of_their_own(letter: str) -> None:
    found = surrogates_of("Who is Kristin Fenwick, or Orla Fenwick?")
    assert found is not None
    for stand_in in found.typed:
        for plain in "isk":
            found.undo(stand_in.replace(plain, letter))


def test_a_misspelt_stand_in_is_put_back_too() -> None:
    found = surrogates_of("Who is Orla Fenwick?")
    assert found is not None
    last = list(found.typed)[1]
    assert found.undo(f"I know {last[:3]}{last[2:]} well.").text == "I know Fenwick well."


@pytest.mark.parametrize("form", ["{0}", "{0}-hyphens", "backwards {1}", "base64 {2}", "rot13 {3}"])
def test_a_stand_in_in_code_is_seen(form: str) -> None:
    found = surrogates_of("Who is Orla Fenwick?")
    assert found is not None
    name = max(found.typed, key=len)
    coded = base64.b64encode(f"The name is {name}.".encode()).decode()
    text = form.format("-".join(name), name[::-1], coded, codecs.encode(f"the name is {name} indeed", "rot13"))
    assert found.shows(text)
    assert not found.shows("The name is Orla Fenwick.")


@pytest.mark.parametrize(
    "question",
    ["Who is T3JsYSBNYWV2ZSBGZW53aWNr?", "Who is O r l a  M a e v e  F e n w i c k?", "Who is Brendan Garrow?"],
)
def test_what_cannot_be_replaced(question: str) -> None:
    assert surrogates_of(question) is None
