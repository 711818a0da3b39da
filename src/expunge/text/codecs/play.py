"""Play languages: pig latin, ubbi dubbi, and those that double syllables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from expunge.text.codecs.look import Look, common_pairs
from expunge.text.view import View

_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_VOWELS = "aeiouäöüáéíóúàèìòùâêîôûåæøõãăąęıyAEIOUYÄÖÜÁÉÍÓÚÅÆØ"
_ONSETS_LIST = (
    "b c d f g h j k l m n p q r s t v w x y z qu ch sh th ph wh gh kn gn wr st sp sk sc sl sm sn sw br cr dr fr "
    "gr pr tr bl cl fl gl pl tw dw str spr scr spl thr shr sch squ chr phr kh zh ts kr kl kw vl vr zw mc rh ps pf "
    "zb sz cz"
)
_ONSETS = frozenset(_ONSETS_LIST.split())
_ORDINARY_LIST = (
    "okay today away always sunday monday tuesday wednesday thursday friday saturday birthday holiday midday "
    "everyday yesterday someday play stay gray pray tray stray spray clay slay sway bray fray replay display "
    "delay relay essay array decay portray betray convey highway subway railway runway gateway pathway doorway "
    "hallway driveway motorway airway freeway waterway halfway anyway norway broadway galway midway gangway "
    "speedway archway roadway underway takeaway overlay underlay payday weekday doomsday noonday overstay repay "
    "prepay underpay outlay inlay foray dismay murray ramsay lindsay finlay macaulay bombay paraguay uruguay "
    "malay x-ray xray hooray hurray buffet bluejay ashtray screenplay gameplay wordplay foreplay roundelay "
    "hemingway conway ray bay hay lay day may pay say way jay nay gay mainstay faraway runaway giveaway getaway "
    "castaway breakaway hideaway stowaway layaway mayday fairway walkway expressway causeway stairway entryway "
    "alleyway passageway cutaway leeway segway safeway"
)
_ORDINARY = frozenset(_ORDINARY_LIST.split())
_ORDINARY_ENDS = ("array", "display", "delay", "overlay", "gateway")
_AY = re.compile(r"(?:ay|AY)(?![^\W\d_])")
_FEW = 3
_BRIEF = 200
_UBBI = re.compile(r"(?:[^aeiou\W]*?ub[aeiouy]+)+[^aeiou\W]*", re.IGNORECASE)
_UBBI_ONE = re.compile(r"(?i)ub(?=[aeiouy])")
_DOUBLING = (
    ("b-language", re.compile(r"(?i)([aeiouäöüáéíóú]{1,3})[bpfgsk]\1"), r"\1"),
    ("robber", re.compile(r"(?i)([b-df-hj-np-tv-z])o\1"), r"\1"),
)

Word = tuple[str, int, int]


def pig_latin(look: Look) -> Iterator[View]:
    """Words with their first consonants moved behind and "ay" (also "way", "yay", "hay", "-ay") added."""
    if not any(_word_before(look.text, m.end()) not in _ORDINARY for m in _AY.finditer(look.text)):
        return
    run: list[Word] = []
    for match in _WORD.finditer(look.text):
        word = match[0]
        if len(word) >= 4 and word[-2:].lower() == "ay":
            run.append((word, match.start(), match.end()))
        elif run:
            yield from _pig_views(run)
            run = []
    yield from _pig_views(run)


def _word_before(text: str, end: int) -> str:
    """The word that ends there, with whatever stands before it up to a space; it only has to be known or not."""
    return text[text.rfind(" ", 0, end) + 1 : end].lower().lstrip("\"'“‘(*_")


def _pig_views(run: list[Word]) -> Iterator[View]:
    unusual = sum(word.lower() not in _ORDINARY and not word.lower().endswith(_ORDINARY_ENDS) for word, _, _ in run)
    if not unusual:
        return
    weak = len(run) < 2 or unusual * 2 < len(run)
    options = [_unpig(word) for word, _, _ in run]
    if len(run) <= _FEW:
        chosen = [list(words) for words in product(*options)]
    else:
        chosen = [[words[min(choice, len(words) - 1)] for words in options] for choice in (0, 1, 2)]
    texts = dict.fromkeys(" ".join(words) for words in chosen)
    for text in texts:
        yield View(text, run[0][1], run[-1][2], "pig-latin", weak=weak)


def _unpig(word: str) -> list[str]:
    """What a word may have been, the likeliest first."""
    plain = dict.fromkeys(_unpigged(word.lower()))
    return [option.capitalize() if word[:1].isupper() else option for option in plain]


def _unpigged(word: str) -> Iterator[str]:
    stem = word[:-2]
    if "-" in word:
        stem, _, moved = word.rpartition("-")
        if moved in ("way", "yay", "hay") and stem[:1] in _VOWELS:
            yield stem
        yield moved[:-2] + stem
        return
    if stem[-1] in "wyh" and stem[0] in _VOWELS and stem[-2:] not in _ONSETS:
        yield stem[:-1]
    sizes = [size for size in (3, 2, 1) if len(stem) > size and stem[-size:] in _ONSETS]
    moved_back = [stem[-size:] + stem[:-size] for size in sizes]
    kept = stem[0] in _VOWELS and common_pairs(stem) >= 0.7
    yield from moved_back[:1]
    if kept or not sizes:
        yield stem
    yield from moved_back[1:]


def ubbi_dubbi(look: Look) -> Iterator[View]:
    """ "ub" before every vowel: "Uborluba Fubenwubick"."""
    if look.text.lower().count("ub") < 2:
        return
    run: list[Word] = []
    for match in _WORD.finditer(look.text):
        if "ub" in match[0].lower() and _UBBI.fullmatch(match[0]):
            run.append((match[0], match.start(), match.end()))
        elif run:
            yield from _ubbi_view(run)
            run = []
    yield from _ubbi_view(run)


def _ubbi_view(run: list[Word]) -> Iterator[View]:
    source = " ".join(word for word, _, _ in run)
    times = len(_UBBI_ONE.findall(source))
    if times >= 2:
        text = _UBBI_ONE.sub("", source).title()
        yield View(text, run[0][1], run[-1][2], "ubbi-dubbi", weak=times < 3)


def doubled(look: Look, *, wide: bool = False) -> Iterator[View]:
    """Vowels doubled around a consonant ("Oporlapa") and consonants around an o ("Ororlola"), whole texts only."""
    if look.natural and not wide and len(look.text) > _BRIEF:
        return
    for via, pattern, single in _DOUBLING:
        text, times = pattern.subn(single, look.text)
        if times >= 3 and times * 2 >= len(look.words):
            yield View(text, 0, len(look.text), via, weak=True)
