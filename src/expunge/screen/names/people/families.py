"""First names and surnames that a sentence tells of one family: "Margaret and Tom Carver", "the Carver girl, Ann"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from expunge.screen.names.people.parts import (
    AND,
    CAPITAL,
    LIST,
    NAME,
    NAMES,
    OWNED,
    TITLES,
    Span,
    ToldName,
    alternatives,
    items,
    last_of,
    occurrences,
    paired,
    preceded,
    runs,
    single,
    stands_alone,
)
from expunge.text.budget import step
from expunge.text.fold import fold

_SENTENCE = 240
"""Characters to either side of a word of kinship in which names belong to it."""
_LEADING = 120
"""Characters before such a word in which the first name that it is told of ends."""
_BESIDE = 14
"""Characters to either side of a word that speaks of a name in which a pronoun says whose."""
_MOST = 12
"""First names beside one surname in a sentence, the nearest."""

_NAMING = frozenset(alternatives("naming").split("|"))
_KIN_WORDS = tuple(dict.fromkeys(f"{alternatives('naming')}|{alternatives('kin')}".split("|")))
_DECLINED = re.compile(rf"(?<!\w)(?:{alternatives('declined')})(?!\w)")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_WEAK = _NAMING | {"generation", "Mann", "bride", "groom"}
"""Those that tell of nobody's name where no family is spoken of."""


def _by_word(forms: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Forms by the folded word, the longest of each, without which a text does not hold them."""
    found: dict[str, tuple[str, ...]] = {}
    for form in forms:
        key = max(fold(form).split(), key=len)
        found[key] = (*found.get(key, ()), form)
    return found


_KIN = _by_word(_KIN_WORDS)
_CIVIL, _NOBLE = alternatives("title", "civil"), alternatives("title", "noble")
_LOWER = r"[^\W\d_A-Z]+[ \t-]+"
"""A word in small letters and the space after it."""
_STOP = re.compile(r"[!?…;]\s|(?<![A-Z])(?<!\b[A-Z][a-z])(?<!\bMrs)(?<!\bMme)\.\s|\n\s*\n")
_CALLED = rf"(?:[\s,:;–—(«\"“-]|\b(?:{alternatives('called')})\b)"
_AFTER = re.compile(rf"{_CALLED}{{0,8}}(?P<list>{LIST})")
_IS = r"(?:(?:who|which|qui|quien|que|die|der)?\s*(?:is|was|are|were|est|était|ist|war|es|era|sono)\s+)"
_OUT_OF = r"(?:(?:of|from|aus|von|vom|de|du|di|da|dei|della|del|из)\s+)"
_WORDS = r"(?:[^\W\d_]+[ \t-]+){0,3}?"
_BEFORE = re.compile(
    rf"(?P<list>{LIST})(?:\s*[,(–—]\s*(?:{AND}\s+)?{_IS}?{_OUT_OF}?(?:{OWNED}[ \t’']+)?"
    rf"|\s+(?:{AND}\s+)?(?:{_IS}|{_OUT_OF}|{OWNED}[ \t’']+))"
    rf"{_WORDS}(?P<owner>(?:{NAME}[ \t]+){{0,3}}?{NAME}(?:['’]s?)?[ \t]+)?{_WORDS}$"
)
"""What leads from a first name to a word of kinship: "Ann, the second …", "Ann his …", "Ann, Tom Carver's …"."""
_OF = (
    rf"[ \t]+(?:of|to|von|vom|des|der|de|du|d['’]|di|dei|degli|della|del|dos|da|van|til|av|z|з|из)[ \t]*"
    rf"(?:(?![{CAPITAL}])[^\W\d_]+[ \t]+){{0,3}}?(?:(?:{_CIVIL})\.?[ \t]+)?(?P<name>{NAMES})"
)
_OF_WHOM = re.compile(_OF)
_THEN = re.compile(rf"(?:{_OF}|[ \t]+(?P<bare>{NAMES}))[ \t]*[,:(–—-]+[ \t]*(?P<list>{LIST})")
_SEVERAL = frozenset(alternatives("several").split("|")) | frozenset(
    ["famille", "familia", "famiglia", "família", "familie", "Mr."]
)
_STEMS = ("семь", "брат", "сест")
"""Words before a surname that speaks of a family, and how such words begin where they are declined."""
_HEADS = TITLES | frozenset(["familie", "eheleute", "the", "two", "three", "both", "old"])
"""Folded words with a capital that stand before a surname alone."""
_WORD_BEFORE = re.compile(r"[^\W\d_]+$")
_TITLED_BEFORE = re.compile(rf"(?:\b(?:{_NOBLE}|{_CIVIL})\.?)[ \t]+$")
_SEVERAL_BEFORE = re.compile(rf"\b(?:{alternatives('several')}|de|семь[яеий]+)[ \t]+$", re.IGNORECASE)
_PLURALS = ("овы", "евы", "ины", "ских", "овых", "евых", "иных", "ские", "цкие", "цких")
_MEANT = re.compile(rf"(?<!\w)(?:{alternatives('meant')})(?!\w)")
_BACK = re.compile(rf"\s*(?:{alternatives('back')})\s+(?:{_LOWER}){{0,2}}$")

_COORDINATED = re.compile(
    rf"(?P<list>{NAME}(?:[ \t]*,[ \t]*{NAME}){{0,6}})[ \t]*,?[ \t\n]+{AND}[ \t\n]+(?:{OWNED}[ \t]+(?:{_LOWER}){{0,3}})?"
    rf"(?P<second>{NAME})[ \t\n]+(?P<last>{NAME}(?:[ \t]+{NAME}){{0,2}})"
)
_LONG = re.compile(rf"{NAME}(?: {NAME}){{3,6}}")
_NUMBERED = re.compile(
    rf"\b(?:{alternatives('several')})[ \t]+(?P<last>{NAME})[^.!?;\n(){CAPITAL}]{{0,40}}[:,(–—-]\s*(?P<list>{LIST})"
)
_LISTED = re.compile(
    rf"(?P<list>{LIST})[ \t]+(?:were|are|was|is)[ \t]+(?:the|both|all|two|three)[ \t]+(?:[a-z]+[ \t]+){{0,2}}"
    rf"(?P<last>{NAME}(?<=s))(?![ \t]+{NAME})"
)
_BEING = frozenset(["were", "are", "was", "is"])
_NUMBERS = frozenset(["two", "three", "four", "both", "die", "les", "los", "gli"])
_UNTIL = rf"[^.!?\n{CAPITAL}]{{0,40}}?"
_SMALL_WORDS = r"(?:(?:the|her|his|dem|des|la|l['’]|el|lo|old|alten)[ \t]*){0,2}"
_HOUSES_LIST = "house clan line tribe lineage haus hause hauses maison lignee casa stirpe linaje linhagem рода дома"
_HOUSES = frozenset(_HOUSES_LIST.split())
_NOT_LONGER = rf"(?![ \t]+{NAME})"
_TOLD = (
    (
        re.compile(
            rf"(?P<first>{NAME})[ \t]+(?:had |has |then |later )?(?:took|taken|takes|bears|bore|keeps|kept|uses|used"
            rf"|adopted|adopts|carries|carried|has)[ \t]+{_UNTIL}\b(?:name|surname)s?"
            rf"(?:[ \t]*[,:(–—]|[ \t]+of|[ \t]+is)?[ \t]*[“\"«]?(?P<last>{NAME})"
        ),
        frozenset(["name", "names", "surname", "surnames"]),
    ),
    (
        re.compile(
            rf"(?P<first>{NAME}),?[ \t]+(?:of|from|aus|von|vom|de|du|della|di|da|из)[ \t]+{_SMALL_WORDS}"
            rf"(?:house|House|clan|line|tribe|lineage|Haus|Hause|Hauses|maison|lignée|casa|stirpe|linaje|linhagem|рода|дома)"
            rf"[ \t]+"
            rf"(?:(?:of|von|der|de|du|di|da|dos)[ \t]+)?(?P<last>{NAME}){_NOT_LONGER}"
        ),
        _HOUSES,
    ),
    (
        re.compile(
            rf"\b(?:the|der|des|los|dei)[ \t]+(?P<last>{NAME}),?[ \t]+(?:only|nur|seul|sólo|solo)"
            rf"[ \t]+(?P<first>{NAME})"
        ),
        frozenset(["only", "nur", "seul", "solo"]),
    ),
    (
        re.compile(
            rf"(?P<first>{NAME}),?[ \t]+(?:[a-z]+[ \t]+){{1,3}}(?:of|from)[ \t]+the[ \t]+"
            rf"(?P<last>{NAME}(?<=s)){_NOT_LONGER}"
        ),
        frozenset(["of", "from"]),
    ),
    (
        re.compile(
            rf"(?P<first>{NAME})[^.!?\n{CAPITAL}]{{0,70}}?[ \t](?:became|is|was|being|born|as)[ \t]+an?[ \t]+"
            rf"(?P<last>{NAME})"
            rf"(?![ \t-]+{NAME}|[ \t]+[a-z]+[ \t]+(?:man|woman))"
        ),
        frozenset(["became", "born", "being", "is", "was"]),
    ),
    (
        re.compile(
            rf"(?P<first>{NAME})[ \t]*,?[ \t]+(?:(?:of|from)[ \t]+the|de[ \t]+l[oa]s|des|dei|degli|dos|das|von[ \t]+den"
            rf"|aus[ \t]+de[nrm])[ \t]+(?:[Ff]amil\w+[ \t]+)?(?P<last>{NAME}(?:[ \t]+{NAME})?){_NOT_LONGER}"
        ),
        frozenset(["of", "from", "de", "des", "dei", "degli", "dos", "das", "von", "aus"]),
    ),
    (
        re.compile(
            rf"(?P<first>{NAME}),?[ \t]+(?:the[ \t]+)?(?:{_NOBLE})[ \t]+(?:of[ \t]+)?(?P<last>{NAME})(?![ \t-]+{NAME})"
        ),
        frozenset(fold(_NOBLE.replace("|", " ")).split()),
    ),
    (
        re.compile(
            rf"(?P<first>{NAME})(?:[ \t]+{NAME}){{0,2}},?[ \t]*\(?[ \t]*(?:{alternatives('born')})"
            rf"[ \t]+(?:a[ \t]+)?(?P<last>{NAME})"
        ),
        frozenset(
            [
                "nee",
                "ne",
                "born",
                "geb",
                "geborene",
                "geborener",
                "nata",
                "nato",
                "nacida",
                "nacido",
                "soltera",
                "nascida",
                "geboren",
                "fodt",
                "fodd",
                "urodzona",
                "domu",
                "урожденная",
                "урожденной",
                "урожд",
            ]
        ),
    ),
    (
        re.compile(
            rf"\b[Aa]n?[ \t]+(?P<last>{NAME})[ \t]+(?:by birth|by blood|by marriage|born and bred)"
            rf"[ \t]*,?[ \t]*(?P<first>{NAME})"
        ),
        frozenset(["birth", "blood", "marriage", "bred"]),
    ),
    (
        re.compile(rf"\b(?:[Bb]orn|[Mm]arried)[ \t]+an?[ \t]+(?P<last>{NAME})[ \t]*,[ \t]*(?P<first>{NAME})"),
        frozenset(["born", "married"]),
    ),
)
"""Ways to tell a first name and a surname, each with the folded words of which a text holds one if it tells so."""
_BRACKETED = re.compile(
    rf"(?P<first>{NAME})[ \t]*(?:\([^()\n]{{1,60}}\)|\[[^\[\]\n]{{1,60}}\]|[“\"«][^“”\"«»\n]{{1,40}}[”\"»])"
    rf"[ \t]*(?P<last>{NAME})"
)
_BRACKETS = '([“"«'


def names_of_families(text: str, words: frozenset[str]) -> Iterator[ToldName]:
    """Names whose parts a sentence tells of one family, or of one person. `words` are the folded words of the text."""
    yield from _coordinated(text)
    for pattern, cues in _TOLD:
        if not cues.isdisjoint(words):
            yield from _first_and_last(pattern, text)
    if any(sign in text for sign in _BRACKETS):
        yield from _first_and_last(_BRACKETED, text)
    if ":" in text or not _NUMBERS.isdisjoint(words):
        for m in _NUMBERED.finditer(text):
            yield from paired(text, single(text, m.span("list")), m.span("last"))
    if not _BEING.isdisjoint(words):
        for m in _LISTED.finditer(text):
            yield from paired(text, single(text, m.span("list")), m.span("last"))
    for m in _LONG.finditer(text):
        run = items(text, *m.span())
        yield ToldName((run[0], run[-1]))
    yield from _kin(text, words)


def _first_and_last(pattern: re.Pattern[str], text: str) -> Iterator[ToldName]:
    for m in pattern.finditer(text):
        yield from paired(text, [m.span("first")], m.span("last"))
        if " " in m["last"]:
            yield from paired(text, [m.span("first")], last_of(text, m.span("last")))


def _coordinated(text: str) -> Iterator[ToldName]:
    """First names that share the surname of the last: "Margaret and Tom Carver"."""
    at = 0
    while (m := _COORDINATED.search(text, at)) is not None:
        at = m.start("second")
        firsts = single(text, m.span("list"))
        if firsts and not preceded(text, firsts[0][0]):
            tail = items(text, *m.span("last"))
            yield from (ToldName((first, *tail)) for first in firsts)
            yield from paired(text, firsts, tail[0])
            if len(tail) > 1:
                yield from paired(text, firsts, tail[-1])


def _kin(text: str, words: frozenset[str]) -> Iterator[ToldName]:
    """Names told by a word of kinship, or by a word that speaks of a name, in one sentence with both parts."""
    places = {place for key in _KIN.keys() & words for form in _KIN[key] for place in occurrences(text, form)}
    if not text.isascii() and _CYRILLIC.search(text):
        places.update(m.span() for m in _DECLINED.finditer(text))
    if not places:
        return
    families = list(_families(text))
    for place in sorted(places):
        step()
        if families or text[slice(*place)] not in _WEAK:
            yield from _told_at(text, place, families)


def _families(text: str) -> Iterator[Span]:
    """Yield where a family, or one of it, is spoken of by surname: "Mrs Carver", "the Carvers", "the Carver girl"."""
    for run in runs(text, 0, len(text)):
        heads = next((i for i, item in enumerate(run) if fold(text[slice(*item)]) not in _HEADS), len(run))
        named = run[heads:]
        if heads and named:
            yield named[-1]
        elif 0 < len(named) < 3:
            start = named[0][0]
            before = _WORD_BEFORE.search(text[max(0, start - _BESIDE) : start].rstrip(" \t."))
            if before is not None and (before[0] in _SEVERAL or before[0].startswith(_STEMS)):
                yield named[0][0], named[-1][1]


def _told_at(text: str, kin: Span, families: Sequence[Span]) -> Iterator[ToldName]:
    """The names that one word of kinship tells."""
    start, end = kin
    naming = text[start:end] in _NAMING
    low = max(0, start - _SENTENCE)
    stops = [m.end() for m in _STOP.finditer(text, low, start)]
    sentence = stops[-1] if stops else low
    # Who is spoken of may have been named in the sentence before: "Miss Mason taught. Her friends called her Pearl."
    if naming:
        back = _MEANT.search(text, max(sentence, start - _BESIDE), min(len(text), end + _BESIDE))
    else:
        back = _BACK.match(text, sentence, start)
    left = (stops[-2] if len(stops) > 1 else low) if back else sentence
    stop = _STOP.search(text, end, end + _SENTENCE)
    right = stop.start() if stop else min(len(text), end + _SENTENCE)

    after = _AFTER.match(text, end, right)
    if after is not None:
        firsts = single(text, after.span("list"))
        for owner in _owners(text, left, start)[-1:]:
            yield from paired(text, firsts, owner)
        for alone in items(text, sentence, start) if naming else ():
            if stands_alone(text, alone):
                yield from paired(text, firsts, alone)
    then = _THEN.match(text, end, right)
    if then is not None:
        surname = then.span("name" if then["name"] else "bare")
        yield from paired(text, single(text, then.span("list")), last_of(text, surname))
    here = [family for family in families if left <= family[0] and family[1] <= right]
    for family in here:
        yield from _of_family(text, family, end if naming else left, right)
    yield from _led_by(text, kin, sentence, right, [family for family in here if family[0] >= end])


def _led_by(text: str, kin: Span, sentence: int, right: int, families: Sequence[Span]) -> Iterator[ToldName]:
    """Names whose first name stands before the word of kinship: "Ann, wife of Tom Carver", "Ann his wife"."""
    start, end = kin
    led = _BEFORE.search(text, max(sentence, start - _LEADING), start)
    if led is None:
        return
    firsts = [first for first in single(text, led.span("list")) if not preceded(text, first[0])]
    if not firsts:
        return
    of = _OF_WHOM.match(text, end, right)
    earlier = [owner for owner in _owners(text, sentence, start) if owner[1] <= firsts[0][0]]
    surnames = [
        *([last_of(text, of.span("name"))] if of is not None else ()),
        *families,
        *([last_of(text, led.span("owner"))] if led["owner"] else ()),
        *earlier[-1:],
    ]
    for surname in surnames:
        yield from paired(text, firsts, surname)


def _of_family(text: str, family: Span, left: int, right: int) -> Iterator[ToldName]:
    """First names of a sentence that speaks of a family by its surname alone: "Of the Wheelers, only Bill rode." """
    singles = [item for item in items(text, left, right) if item != family and stands_alone(text, item)]
    nearest = sorted(singles, key=lambda item: abs(item[0] - family[0]))[:_MOST]
    yield from paired(text, nearest, family)
    if " " in text[slice(*family)]:
        yield from paired(text, nearest, last_of(text, family))


def _owners(text: str, start: int, end: int) -> list[Span]:
    """Surnames in a stretch: after a first name or a title, before a possessive, in the plural, or at its end."""
    found: list[Span] = []
    for run in runs(text, start, end):
        first, last = run[0], run[-1]
        word = text[slice(*last)]
        if fold(word) in TITLES:
            continue
        owns = len(run) > 1 or text[last[1] : last[1] + 1] in ("'", "’") or not text[last[1] : end].strip(' -–—"”')
        before = text[max(0, first[0] - 16) : first[0]]
        if owns or _TITLED_BEFORE.search(before) or _SEVERAL_BEFORE.search(before) or word.endswith(_PLURALS):
            found.append(last)
    return found
