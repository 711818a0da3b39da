"""Names of which a user gives one part in one turn and the rest in a later one."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, product

from expunge.screen.names.people.parts import NAMES, TITLES, alternatives
from expunge.screen.names.people.reassembled import END, reassembled
from expunge.text.fold import fold
from expunge.text.frequency import GLUE, zipf
from expunge.text.segment import LETTER

_MOST = 12
"""Runs of capitalised words of one turn that are put together with those of others."""
_MOST_WORDS = 40
"""Words, and short runs of Han characters, of one turn in a script without capitals."""
_NO_NAMES = TITLES | frozenset(["who", "what", "where", "when", "i", "x", "y"])
_RUN = re.compile(NAMES)
_ANSWER = re.compile(rf"\s*(?:(?:{alternatives('answers', 'all')})\s+)?(?P<said>{NAMES})\s*(?:[.,;!?:]|$)")
_SPEAKS = re.compile(
    rf"\b\w{{1,12}} ?:?= ?\w|(?<!\w)(?:{alternatives('speaks')}|{alternatives('naming')}|{alternatives('kin')})(?!\w)"
)
_OWN = re.compile(
    r"\b(?:my (?:first |given |last |own )?name(?:['’]s| is)|call me|i(?:['’]m| am) called|mein (?:vor|nach)?name ist"
    r"|ich hei(?:ß|ss)e|je m['’]appelle|mon (?:pré)?nom est|me llamo|mi nombre es|mi chiamo|il mio nome è"
    r"|(?:eu )?me chamo|meu nome é|ik heet|mijn naam is|jag heter|jeg hedder|jeg heter|nazywam się|mam na imię"
    r"|меня зовут|мене звати|benim adım)\b",
    re.IGNORECASE,
)
_ANSWER_UNCASED = re.compile(
    rf"\s*(?:{alternatives('answers', 'uncased')})?\s*"
    r"(?P<said>[\u4e00-\u9fff]{1,4}|[\uac00-\ud7a3]{1,4}|[\u0590-\u0dff]{2,20})"
    r"(?:です|だ|입니다|이에요|예요)?\s*(?:[。，,.!?？！،؟।\n]|$)"
)
_UNSPACED = re.compile("[\u4e00-\u9fff\uac00-\ud7a3]")
_HAN_RUN = re.compile("[\u4e00-\u9fff]+")
_LONGEST_PART = 3
"""Han characters of a part of a name that is tried where no edge tells where it ends."""
_WORD = re.compile(rf"[^\W\d_]{LETTER}*")


def over_turns(turns: Sequence[str]) -> list[tuple[str, int]]:
    """Names that may be told over several turns, in either order of their parts, with the turn that completes them.

    The later turn only answers with the other part ("Carver. Where does she live?"), or either speaks of names, words
    or kin, or both read as one text tell the name.
    """
    names: dict[tuple[str, int], None] = {}
    units = [_units(turn) for turn in turns]
    speaks = [_SPEAKS.search(turn) is not None for turn in turns]
    own = [_OWN.search(turn) is not None for turn in turns]
    for later, turn in enumerate(turns):
        answer = _ANSWER.match(turn)
        said = dict.fromkeys((*units[later], *((answer["said"],) if answer else ())))
        uncased = None if turn.isascii() else _ANSWER_UNCASED.match(turn)
        for earlier in range(later):
            # Who says what they are called themselves does not say it of whom they speak of later.
            if answer or speaks[later] or (speaks[earlier] and not own[earlier]):
                firsts = dict.fromkeys((*units[earlier], *(unit.split()[0] for unit in units[earlier])))
                for a, b in product(firsts, said):
                    names.update(dict.fromkeys(((f"{a} {b}", later), (f"{b} {a}", later))))
            if uncased is not None:
                for a, b in product(_words(turns[earlier]), _stems(uncased["said"])):
                    names.update(dict.fromkeys((name, later) for name in (f"{a} {b}", f"{b} {a}", f"{a}{b}")))
    return [*names, *_as_one_text(turns)]


def _as_one_text(turns: Sequence[str]) -> Iterator[tuple[str, int]]:
    whole = "\n".join(turns)
    put = reassembled(whole, frozenset(fold(whole).split()))
    if put is None:
        return
    ends = list(accumulate(len(turn) + 1 for turn in turns))
    for parts, name in zip(put.names, put.text.split(END), strict=False):
        yield name, bisect_right(ends, max(start for start, _ in parts))


def _units(turn: str) -> list[str]:
    """The runs of capitalised words of a turn that may be a name or a part of one, without titles."""
    found: list[str] = []
    for run in _RUN.finditer(turn):
        words = [word for word in run.group().split() if fold(word) not in _NO_NAMES]
        if words and not (len(words) == 1 and zipf(fold(words[0])) >= GLUE):
            found.append(" ".join(words))
    return found[:_MOST]


def _words(turn: str) -> list[str]:
    """The words of a turn in a script without capitals; where it has no spaces, all short runs of Han characters."""
    words = _WORD.findall(turn)[:_MOST_WORDS]
    pieces = [
        run[start:end]
        for run in _HAN_RUN.findall(turn)[:_MOST_WORDS]
        for start in range(len(run))
        for end in range(start + 1, min(len(run), start + _LONGEST_PART) + 1)
    ]
    return [*words, *pieces[: 8 * _MOST_WORDS]]


def _stems(word: str) -> list[str]:
    """A word as it stands and, in scripts where particles stick to words, without its last characters."""
    if not _UNSPACED.match(word):
        return [word]
    return [word[:end] for end in range(1, len(word) + 1)][-_LONGEST_PART:]
