"""Names as they are written: runs of capitals, the places where a target's name is spelled, and whose a part of it is.

No list of first names is needed to find a name, only to tell a person's from a work's or a place's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from expunge.agents.rules.gender import is_given_name
from expunge.agents.rules.language import Language, is_unspaced
from expunge.text.frequency import zipf
from expunge.text.segment import Span, words
from expunge.types import Evidence, Target

_PARTICLE_LIST = "de da del della di du dos das la le van von der den ter ten zu bin ibn al el af av und & y"
_PARTICLES = frozenset(_PARTICLE_LIST.split()) - {"und", "&", "y"}
_CALENDAR_LIST = (
    "january february march april may june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday januar februar märz mai juni juli oktober dezember montag dienstag mittwoch "
    "donnerstag freitag samstag sonntag"
)
CALENDAR = frozenset(_CALENDAR_LIST.split())
_FORENAME = re.compile(rf"(\w+)[ -](?:(?:{'|'.join(sorted(_PARTICLES))}) ){{0,2}}$")
"""The word before a surname and its particles."""
_ELISION = re.compile(r"^(?:[ldjmtsnc]|qu|dell|all|nell|dall|sull|un|lorsqu|jusqu)[’'](?=\w)", re.IGNORECASE)
_SUFFIX = re.compile(r"[’'](?:s|in|ın|un|ün|nin|nın|nun|nün|de|da|te|ta|e|a|i|ı|yi)?$")
_NAME_GAP = re.compile(r"(?: |\u00a0|\. ?|-|\n)")
CASELESS = re.compile("[\u0590-\u08ff\u0900-\u0dff\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""A letter of a script without capitals."""
_OPENING = re.compile(r"(?:^|[.!?…:\n。|])[\s\d.)\-*+•‣#|>\"“«„'_(¿¡]*$")
_NAME = 4.3
"""Zipf frequency under which a capitalised word after a name is more likely a part of it."""
_UNCOMMON = 3.6
"""Zipf frequency under which a word that opens a sentence in capitals is more likely a name."""
_PLACE_LIST = (
    "in at near towards into through across from to around outside inside on zu nach aus bei en à dans vers depuis "
    "desde hacia hasta a in nel nella da verso em no na para в на из к near"
)
_PLACED = frozenset(_PLACE_LIST.split())
_LOCATED = _PLACED - {"to", "from", "zu", "bei", "à", "a", "к"}
"""Those of them that seldom stand before somebody: "married to", "lernte bei"."""
_OF = frozenset(["of", "de", "di", "do", "da", "del", "van"])
_TITLE_MARKS = tuple("\"'“„«»‘*_")
_RARE_SURNAME, _USUAL_NAME = 4.0, 4.6
"""Zipf frequencies under which the last word and each word of a full name is, where none is a common given name."""
_DEFINED = re.compile(r"(?<!\w)[A-Z]\w{1,60}+ [A-Z]\w{1,60}+ \([A-Z]{2,4}[,)]")
"""A name with its initials after it."""
_WORD_BEFORE = re.compile(r"([\w’']+)\s+$")


@dataclass(frozen=True, slots=True)
class NameWord(Span):
    """A word without elided article and possessive ending; `text` is what is left of it."""

    text: str


def name_words(text: str) -> Iterator[NameWord]:
    """Words without elided articles and possessive endings ("l'", "'s")."""
    for span in words(text):
        raw = span.of(text)
        elided = _ELISION.match(raw)
        start = span.start + (elided.end() if elided else 0)
        raw = text[start : span.end]
        suffix = _SUFFIX.search(raw)
        end = start + suffix.start() if suffix and suffix.start() else span.end
        yield NameWord(start, end, text[start:end])


def name_tokens(name: str) -> frozenset[str]:
    """The case-folded parts of a name that tell it from others: no particles, no initials."""
    parts = {w.text.casefold() for w in name_words(name)}
    return frozenset(p for p in parts if p not in _PARTICLES and (len(p) > 1 or is_unspaced(p)))


def name_runs(text: str, language: Language) -> Iterator[list[NameWord]]:
    """Runs of capitalised words that may be a name, without the function word that a sentence starts with."""
    run: list[NameWord] = []
    pending: list[NameWord] = []
    previous_end = 0
    for word in name_words(text):
        gap = text[previous_end : word.start]
        joined = (
            bool(run)
            and _NAME_GAP.fullmatch(gap) is not None
            and (gap[:1] != "." or _abbreviated(run[-1].text, language))
        )
        if run and not joined:
            yield run
            run, pending = [], []
        folded = word.text.casefold()
        calendar = folded in CALENDAR and not run
        capital = word.text[0].isupper() and not (folded in language.function or calendar)
        if capital and (run or folded not in language.verbs):
            run = [*run, *pending, word]
            pending = []
        elif run and folded in _PARTICLES and not word.text[0].isupper():
            pending.append(word)
        elif run:
            yield run
            run, pending = [], []
        previous_end = word.end
    if run:
        yield run


def full_names(text: str, language: Language) -> Iterator[str]:
    """The names of two words and more in `text` that are somebody's, by their look: of no work, firm or place."""
    for whole in name_runs(text, language):
        run = _before_an_article(whole, language)
        before = [w.text.casefold() for w in name_words(text[: run[0].start])][-2:]
        word = before[-1] if before else ""
        if len(run) < 2 or word in language.articles or text[run[0].start - 1 : run[0].start] in _TITLE_MARKS:
            continue
        common = [zipf(w.text.casefold()) for w in run]
        usual = common[-1] < _RARE_SURNAME and max(common) < _USUAL_NAME and _beside_somebody(before, language)
        if usual or any(is_given_name(w.text) for w in run):
            yield text[run[0].start : run[-1].end]


def _beside_somebody(before: Sequence[str], language: Language) -> bool:
    """Whether the words before a full name may stand before somebody: "studied with", "the wife of". What follows a
    verb may be the title of a work, and so may what is somebody's: "wrote", "the author of"."""
    if not before:
        return True
    if before[-1] in _OF:
        return len(before) > 1 and before[-2] in language.people
    return before[-1] in language.function | language.people and before[-1] not in _LOCATED


def _before_an_article(run: Sequence[NameWord], language: Language) -> Sequence[NameWord]:
    """A run up to what is an article in this language: "Torben Askling den Orgelbau" goes on as "van den Berg" does."""
    for at in range(1, len(run)):
        if run[at].text in language.articles and run[at - 1].text.casefold() not in _PARTICLES:
            return run[:at]
    return run


def _abbreviated(word: str, language: Language) -> bool:
    """Whether a full stop after a word of a name may be that of an initial or a title."""
    return len(word) == 1 or word.casefold() in language.people or word in ("St", "Jr", "Sr", "Mme", "Fr", "Prof")


def spelled(text: str, target: Target) -> list[tuple[int, int]]:
    """Return where a full name or alias of `target` stands in `text`, inflected or not.

    A name that is an everyday word as well must be capitalised as a name is.
    """
    found: list[tuple[int, int]] = []
    for name in target.names:
        parts = [re.escape(p) for p in name.split()]
        if is_unspaced(name):
            pattern = r"\s*".join(parts)
        else:
            pattern = r"(?<!\w)" + r"[\s_\-]+".join(_inflected(p) for p in parts) + r"(?!\w)"
        word = len(parts) == 1 and name[:1].isupper() and zipf(name.casefold()) >= _UNCOMMON
        for m in re.finditer(pattern, text, re.IGNORECASE):
            if not (word and m[0].islower()):
                found.append((m.start(), m.end()))
    return found


def _inflected(part: str) -> str:
    if re.search("[\u0400-\u04ff]", part) and len(part) >= 4:
        return part[:-1] + r"\w{0,3}"
    return part


def named(text: str, target: Target, language: Language) -> list[tuple[int, int]]:
    """Return where `target` is `spelled`, less its surname alone where it stands in somebody else's full name."""
    return [
        (start, end)
        for start, end in spelled(text, target)
        if not in_anothers_name(text, Span(start, end), target, language, sure=True)
    ]


def in_anothers_name(text: str, place: Span | Evidence, target: Target, language: Language, *, sure: bool) -> bool:
    """Whether the word beside a part of a target's name makes it a namesake's: "Anton Vell", where it is Marisa Vell.

    `sure` asks for more: a given name before its surname that is neither its own nor may be short for it, or another
    surname after its given name.
    """
    seen = text[place.start : place.end]
    piece = {w.of(seen).casefold() for w in words(seen)}
    own = {w.of(name).casefold() for name in target.names for w in words(name)}
    parts = [w.of(target.name).casefold() for w in words(target.name)]
    surname, given = piece <= set(parts[1:]), piece == set(parts[:1])
    if sure and (len(parts) < 2 or not (surname or given)):
        return False
    after = re.match(r"[ -](\w+)", text[place.end : place.end + 40])
    before = _FORENAME.search(text[max(0, place.start - 40) : place.start])
    for match in (before, after):
        if match is None or not match[1][:1].isupper() or len(match[1]) < 2:
            continue
        word = match[1].casefold()
        if word in own | language.people | language.function or any(word.startswith(o) for o in own if len(o) > 3):
            continue
        if sure and not (given if match is after else surname and all(word[0] != o[0] for o in own - piece)):
            continue
        opens = match is before and (
            language.code == "de" or _OPENING.search(text[: place.start - len(match[0])][-24:])
        )
        if is_given_name(word) or ((sure or match is after) and not opens and zipf(word) < _NAME):
            return True
    return False


def initials(text: str, target: Target) -> Iterator[tuple[int, int]]:
    """Yield where the initials of a target stand in a text that goes by initials: "Graham Stott (GS, chair), MOH"."""
    if len(_DEFINED.findall(text)) < 2:
        return
    letters = "".join(part[0] for part in re.split(r"[\s-]+", target.name) if part[:1].isupper())
    if len(letters) > 1:
        yield from ((m.start(), m.end()) for m in re.finditer(rf"(?<!\w){letters}(?!\w)", text))


def is_name_like(run: Sequence[NameWord], text: str, language: Language) -> bool:
    """Whether a run of capitals is a name, and not the word that opens a sentence, or a German noun."""
    if len(run) > 1:
        common = [zipf(w.text.casefold()) for w in run]
        return language.code != "de" or any(is_given_name(w.text) for w in run) or sum(common) < 7.0
    word = run[0].text
    if len(word) < 2 or (word.isupper() and len(word) > 3):
        return False
    opens = _OPENING.search(text[max(0, run[0].start - 24) : run[0].start]) is not None
    if language.code == "de":
        # Any noun has a capital: alone, one is a name where it opens a sentence without an article.
        return is_given_name(word) or (opens and zipf(word.casefold()) < 2.8)
    if opens:
        return is_given_name(word) or zipf(word.casefold()) < _UNCOMMON
    return True


def is_governed(word: NameWord, text: str, language: Language) -> bool:
    """Whether a word that is an everyday one, too, stands after an article, or is the name of a month."""
    folded = word.text.casefold()
    if zipf(folded) < _UNCOMMON and folded not in CALENDAR:
        return False
    lead = word_before(text, word.start)
    if language.code == "de" or folded in CALENDAR:
        return lead in (language.articles | language.prepositions) or folded in CALENDAR
    return lead in language.articles


def may_be_a_person(run: Sequence[NameWord], text: str, language: Language) -> bool:
    """Whether a name may be a person's: by a given name in it, by how rare it is, and by the word before it."""
    if any(is_given_name(w.text) for w in run):
        return True
    word = word_before(text, run[0].start)
    if word in _PLACED or word in language.articles:
        return False
    common = [zipf(w.text.casefold()) for w in run]
    if len(run) == 1:
        return common[0] < _UNCOMMON
    return min(common) < 4.0 or max(common) < 4.6


def word_before(text: str, start: int) -> str:
    """Return the word that stands before a place in a text, case-folded; "" if none does."""
    before = _WORD_BEFORE.search(text[max(0, start - 40) : start])
    return before[1].casefold() if before else ""
