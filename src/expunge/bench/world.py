"""Invented people and prose for measuring the screen: the same on every machine, as many as asked for."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

from expunge.types import Fact, Target

SEED = 20260101


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _list(
    """
    Ada Alba Aldo Alina Amir Anika Anton Arlo Asha Astrid Aurel Bela Benno Bianca Boris Bruna Calla Carlo
    Cecil Chloe Cora Dalia Daria Davor Dinah Dorian Edda Elias Elina Emil Enzo Esme Ezra Fabio Farah Felix
    Fiona Flora Freya Gael Gemma Goran Greta Hagen Halima Hana Hedda Hugo Ibrahim Ida Igor Ilse Imani Ines
    Irma Ivo Jana Jarek Jonas Josef Juna Kaia Kamal Karim Katya Keiko Kiran Lara Leif Lena Linus Livia Lorna
    Luca Mabel Magnus Malik Mara Marek Milan Mina Mira Nadia Naomi Nasir Nico Nils Nina Noor Odile Olaf Orla
    Otto Pavel Petra Pia Quinn Rafi Ravi Remy Rhea Rosa Rufus Sadia Samir Saskia Selma Silas Sina Soren Stella
    Sven Tariq Tessa Theo Tilda Tomas Ulla Uma Vadim Vera Viggo Wanda Wim Xenia Yara Yusuf Zelda Zora
    """
)
_MIDDLE = _list(
    """
    A. B. C. D. E. F. G. H. J. K. L. M. N. P. R. S. T. V. W. Jo Lou Mae Ray Lee Kit Roy Ash Bo Gil Lin
    """
)
_ONSET = _list(
    """
    Bar Bel Bran Cal Cor Dal Dor Drum El Fal Fen Gar Gol Hal Har Hol Ing Jar Kel Kor Lan Lor Mar Mel Mor Nor
    Os Pal Per Quin Ral Ros Sal Sten Sul Tar Thorn Tol Ul Val Ver Wal Wen Wil Yar Zan
    """
)
_CORE = _list(
    """
    a ba ca da de di ga go ka ke la le li lo ma me mi mo na ne ni no ra re ri ro sa se ta te ti to va ve
    """
)
_END = _list(
    """
    bach berg bourne by croft dale ditz dorf feld ford gard gate grove ham hart heim holm hurst ides kamp kin
    land ley lund man mere mont more nev ova quist ridge rup sen shaw son stad ston strom thorpe ton vale vik
    ville wald ward well wick worth
    """
)
_STRANGERS = _list(
    """
    Ambrose Clotilde Euphemia Gideon Isolde Lancelot Ottoline Percival Prospero Seraphina Thaddeus Ursula
    """
)
"""First names that no target bears."""
_COMMON_SHARE = 0.3
"""Share of people with one of the 200 commonest surnames. Real surnames are far from even; here the commonest
is borne by about 1 in 400."""
_COMMON_WEIGHTS = tuple(1 / (rank + 10) for rank in range(200))

_TRADES = _list(
    """
    archivist baker beekeeper botanist brewer cartographer cellist clockmaker cooper diver engraver falconer ferryman
    geologist glazier gardener harpist ironmonger judge knifegrinder locksmith midwife notary optician potter
    quarryman restorer saddler surveyor tanner translator upholsterer veterinarian weaver
    """
)
_THINGS = _list(
    """
    accordions anchors barometers bells butterflies compasses ferns ginger glaciers kites lanterns lichens lighthouses
    locomotives marionettes meteorites mosaics moths oysters pianos quilts reefs sundials tapestries telescopes
    tides truffles tulips umbrellas violins volcanoes windmills
    """
)
_FACTS = (
    "{name} was born in {place} and trained there as a {trade}.",
    "The father of {name} was a {trade} who went bankrupt in {year}.",
    "{name} wrote a book about {thing}, published by {place} & {other} in {year}.",
    "In {year}, {name} won the {place} medal for a study of {thing}.",
    "{name} lives at {number} {place} Street in {other}.",
    "{name} married a {trade} from {place} and has a daughter who collects {thing}.",
    "Before becoming a {trade}, {name} spent {number} months in {place} as a {second}.",
    "{name} is known for having repaired the {thing} of {place}.",
    "The {place} Institute dismissed {name} in {year} after a quarrel over {thing}.",
)
_LAST_FACT = "{name} has been a {trade} in {place} since {year} and teaches about {thing}."
"""The one that comes after all others."""
_PROSE = (
    "The report describes how the harbour was rebuilt after the storm and who paid for it.",
    "Most of the work was done in the spring, when the ground had thawed and the river was low.",
    "{name} is said to have kept a diary of those years, though nobody has seen it since.",
    "A short walk from the station leads to a small museum with old maps and a model of the mill.",
    "The first edition sold slowly, but the second was read all over the country within a year.",
    "Bread, salted fish and a few apples were all that the crew had for the last part of the voyage.",
    "According to {name}, the choice of colour was an accident that the painter decided to keep.",
    "It rained for eleven days, and the committee met on each of them without reaching a decision.",
    "The method is simple: measure twice, write both numbers down, and keep the smaller one.",
    "Later the building became a school, then a warehouse, and now it stands empty again.",
    "Visitors are asked to leave their coats at the door and to speak quietly in the reading room.",
    "Nothing in the letters suggests that {name} ever travelled further than the next town.",
)


def people(count: int, seed: int = SEED) -> list[str]:
    """`count` different full names in a fixed order; a shorter list is the beginning of a longer one."""
    return list(_names(count, seed))


def _names(count: int, seed: int) -> Iterator[str]:
    draw = random.Random(seed)
    common = [_surname(draw) for _ in _COMMON_WEIGHTS]
    steps = list(itertools.accumulate(_COMMON_WEIGHTS))
    seen: set[str] = set()
    while len(seen) < count:
        middle = f"{draw.choice(_MIDDLE)} " if draw.random() < 0.3 else ""
        last = _surname(draw)
        if draw.random() < _COMMON_SHARE:
            last = draw.choices(common, cum_weights=steps)[0]
        name = f"{draw.choice(_FIRST)} {middle}{last}"
        if name not in seen:
            seen.add(name)
            yield name


def _surname(draw: random.Random) -> str:
    return draw.choice(_ONSET) + draw.choice(_CORE) + draw.choice(_END)


def targets(count: int, *, facts: int = 0, seed: int = SEED) -> list[Target]:
    """`count` invented people as targets, their ids filled in, with `facts` statements each, ten at most."""
    draw = random.Random(seed + 1)
    return [
        Target(name=name, facts=tuple(Fact(text) for text in _facts(name, facts, draw)), id=f"{index:08x}")
        for index, name in enumerate(people(count, seed))
    ]


def _facts(name: str, count: int, draw: random.Random) -> list[str]:
    return [
        form.format(
            name=name,
            place=_surname(draw),
            other=_surname(draw),
            trade=draw.choice(_TRADES),
            second=draw.choice(_TRADES),
            thing=draw.choice(_THINGS),
            number=draw.randint(3, 90),
            year=draw.randint(1950, 2015),
        )
        for form in (*draw.sample(_FACTS, min(count, len(_FACTS))), *(_LAST_FACT,) * (count > len(_FACTS)))
    ]


def prose(count: int, length: int = 1000, seed: int = SEED) -> list[str]:
    """`count` answers of exactly `length` characters that mention nobody of `people`, but namesakes of some.

    Whoever appears in them has a first name that none of `people` has and a surname that some may have, so the
    screen has parts of names to weigh and nobody to find.
    """
    draw = random.Random(seed + 2)
    texts = []
    for _ in range(count):
        text = ""
        while len(text) < length:
            for sentence in draw.sample(_PROSE, len(_PROSE)):
                text += sentence.format(name=f"{draw.choice(_STRANGERS)} {_surname(draw)}") + " "
        texts.append(text[:length])
    return texts


def numbered(text: str, source: str, number: int) -> str:
    """The same with the number of its source in every sentence, the last one included, which may be cut off."""
    said = f", as {source} {number} says."
    whole = text.replace(".", said)
    return whole if whole.rstrip().endswith(said) else f"{whole.rstrip()}{said}"
