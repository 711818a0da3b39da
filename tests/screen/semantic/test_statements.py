"""Nothing is left unread: a fact told without its name is seen wherever in a long text it stands, plain or in code."""

from __future__ import annotations

import base64
import codecs
from collections.abc import Callable

import pytest

from expunge.errors import ExpungeError, OverBudget
from expunge.models.e5.files import find
from expunge.models.embeddings import EmbeddedEmbeddings
from expunge.models.scripted import ScriptedEmbeddings
from expunge.screen.screen import MOST_CHARACTERS, Screen
from expunge.settings import Settings
from expunge.types import Draft, Evidence, EvidenceKind, Fact, Message, Snapshot, Target

FACT = "She likes to eat her cake at night with the small cat."
TOLD = "At night she likes to eat her cake with the small cat."
TARGET = Target("Ottoline Brathwick", facts=(Fact(FACT), Fact("Her father sold lamps in Quellmere.")), id="t1")
SNAPSHOT = Snapshot(1, {"t1": TARGET}, 1)
QUESTION = (Message("user", "What is in the paper of today?"),)
OTHERS = (
    "Number {n} of the boats came into the harbour at {n} past noon.",
    "Das Boot Nummer {n} lief um {n} Uhr in den Hafen ein.",
    "Le bateau numéro {n} est entré au port à {n} heures.",
    "Лодка номер {n} вошла в гавань в {n} часов.",
)
SIGNS = ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.."
MORSE = dict(zip("abcdefghijklmnopqrstuvwxyz", SIGNS.split(), strict=True))
WAYS: dict[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "morse": lambda text: " / ".join(
        " ".join(MORSE[letter] for letter in word.lower() if letter in MORSE) for word in text.split()
    ),
}


def others(count: int) -> list[str]:
    return [OTHERS[n % len(OTHERS)].format(n=n) for n in range(count)]


def very_long(told: str) -> str:
    """Just under as many characters as are read, with something told in the middle."""
    line = " ".join(OTHERS[0].format(n=n) for n in range(40)) + "\n"
    half = line * ((MOST_CHARACTERS - len(told)) // len(line) // 2)
    return f"{half}{told}\n{half}"


async def found_in(draft: str, question: tuple[Message, ...] = QUESTION) -> tuple[Evidence, ...]:
    return await Screen(ScriptedEmbeddings()).read(SNAPSHOT, question, Draft(draft))


def in_code(told: str, way: str, place: int) -> str:
    """Fifty lines, each in code, by turns; `told` in one way in its place among them."""
    ways = ("base64", "hex", "base32", "morse")
    lines = [WAYS[ways[n % len(ways)]](OTHERS[0].format(n=n)) for n in range(49)]
    lines.insert(place, WAYS[way](told))
    return "\n".join(f"{line} was what came next over the wire." for line in lines)


@pytest.mark.parametrize("place", [0, 60, 200, 399])
async def test_in_whichever_of_400_sentences_in_four_languages_it_stands(place: int) -> None:
    told = others(399)
    told.insert(place, TOLD)
    draft = " ".join(told)
    assert draft.index(TOLD) in {e.start for e in await found_in(draft) if e.kind is EvidenceKind.FACT}


@pytest.mark.parametrize(("way", "place"), [("base64", 0), ("hex", 25), ("base32", 30), ("morse", 49)])
async def test_in_whichever_of_50_pieces_in_mixed_codes_it_stands(way: str, place: int) -> None:
    told = await found_in(in_code(TOLD, way, place))
    assert any(e.kind is EvidenceKind.DECODED and e.target_id == "t1" for e in told)
    assert not any(e.target_id == "t1" for e in await found_in(in_code(OTHERS[0].format(n=50), way, place)))


async def test_among_50_pieces_turned_by_13_letters() -> None:
    lines = [OTHERS[0].format(n=n) for n in range(49)]
    lines.insert(24, TOLD)
    draft = "\n".join(WAYS["rot13"](line) for line in lines)
    assert any(e.kind is EvidenceKind.DECODED and e.target_id == "t1" for e in await found_in(draft))


@pytest.mark.parametrize("place", [13, 49])
async def test_after_however_many_pieces_that_read_like_no_language(place: int) -> None:
    """A piece need not read like a language to hold a sentence that does."""
    noise = "xqzv kwjx vvqz zxkq jjwq qkzx wvxz zqjk xxwv kqzj "
    pieces = [noise * 2 + f"{n}." for n in range(50)]
    pieces[place] = noise * 6 + ". " + TOLD
    draft = "\n".join(f"{WAYS['base64'](piece)} came next." for piece in pieces)
    assert any(e.kind is EvidenceKind.DECODED and e.target_id == "t1" for e in await found_in(draft))


async def test_in_the_middle_of_two_million_characters() -> None:
    draft = very_long(TOLD)
    assert MOST_CHARACTERS - 10_000 <= len(draft) <= MOST_CHARACTERS
    found = await found_in(draft)
    assert draft.index(TOLD) in {e.start for e in found if e.kind is EvidenceKind.FACT and e.target_id == "t1"}


async def test_two_million_characters_of_different_sentences_are_over_the_budget() -> None:
    line = "Number {n} of the boats came into the harbour at {n} past noon and left it again. "
    draft = "".join(line.format(n=n) for n in range(MOST_CHARACTERS // len(line) - 2_000))
    with pytest.raises(OverBudget):
        await found_in(draft)


async def test_by_the_real_engine() -> None:
    settings = Settings.load(None)
    try:
        find(settings.cache())
    except ExpungeError as error:
        pytest.skip(str(error))
    engine = EmbeddedEmbeddings.kept_in(settings.cache())
    told = others(399)
    told.insert(217, "With her small cat beside her, she loves eating her cake in the night.")
    draft = " ".join(told)
    try:
        found = await Screen(engine).read(SNAPSHOT, QUESTION, Draft(draft))
    finally:
        await engine.aclose()
    assert {e.start for e in found if e.target_id == "t1" and e.kind is EvidenceKind.FACT} == {draft.index(told[217])}
