"""First names and surnames that are called so: in the fields of a record, in columns, or in running text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from expunge.screen.names.people.parts import (
    CAPITAL,
    NAME,
    NAMES,
    WORDS,
    Span,
    ToldName,
    alternatives,
    items,
    occurrences,
    stands_alone,
)
from expunge.text.budget import step
from expunge.text.segment import LETTER

_RECORD = 300
"""Characters between two fields of one record."""
_SECOND = 40
"""Characters between two surnames of one record."""
_TOLD_BEFORE = 150
"""Characters before the key of one part of a name in which the other part was told."""
_TITLED_BEFORE = 240
"""Characters before the key of a first name in which the surname stands after a title."""
_WORDS_BEFORE = 12
"""Words of a script without capitals that may be the other part, the last."""
_MOST_GIVENS = 4
_LONGEST_CELL = 60
_LONGEST_ROW = 2_000
_MOST_COLUMNS = 60


def _of(kind: str) -> str:
    table = WORDS["key"][kind]
    return "|".join(table[key] for key in ("en", "eu", "other"))


_KEY = re.compile(
    rf"(?<![^\W_])(?<!</)(?:(?P<family>(?:{_of('family')}))|(?P<given>(?:{_of('given')})))(?:_?\d)?(?![^\W\d_])",
    re.IGNORECASE,
)
_SECOND_KEY = re.compile(r"segundo|materno|apellido[ _-]materno|último|ultimo", re.IGNORECASE)
_KEY_UNSPACED = re.compile(
    r"(?P<family>姓氏|姓|성(?:이|은|씨)?|苗字|氏)(?=[\s:：=은는이가を는,，、\"']*[\u4e00-\u9fff\uac00-\ud7a3])"
    r"|(?P<given>下の名前|名前|名字|名叫|名为|名|이름(?:은|이)?)"
)
"""The same in scripts where no space stands before or after a key."""
_FOLDED = frozenset(WORDS["key"]["folded"]["all"].split())
_BARE = frozenset(WORDS["key"]["folded"]["bare"].split())
_NAME_WORDS = frozenset(["name", "names"])
_NAME_KEY = re.compile(r"(?:irst|iven|ore|hristian|iddle|et|ick|ast|amily|ur|econd|aiden)[ _-]?[nN]ames?(?!\w)|NAME")
_AFTER_KEY = re.compile(r"(?:_?\d)?['\"”’)\]]{0,2}[ ]{0,8}(?:[:=>|\t,;]|\r?\n)")
_VALUE_WORD = rf"[^\W\d_]{LETTER}*(?:[-’'](?![sS]\b)[^\W\d_]{LETTER}*){{0,5}}"
_PARTICLES = (
    "[Vv]an|[Vv]on|[Vv]om|[Zz]u|[Dd]er|[Dd]en|[Dd]e[lrs]?|[Dd]i|[Dd]a|[Dd]os|[Dd]as|[Ll]a|[Ll]e|[Ll]os|[Tt]en|[Tt]er|'t"
    "|[Aa]l|[Bb]in|[Yy]"
)
"""Small words with which a surname may begin."""
_PARTICLE = re.compile(_PARTICLES)
_VALUE = re.compile(
    r"(?:\(s\))?['\"”’»`)\]]{0,3}[ ]{0,8}"
    r"(?P<sep>[:=>|?]{1,3}|[.…]{2,}|=>|->|：|\t|is|was|ist|lautet|war|est|es|è|é|是|叫|は|은|는)?"
    r"[ \t]{0,8}\n?[ \t]{0,8}"
    rf"(?:['\"“‘«`(\[]{{0,3}}|<[^<>]{{0,40}}>)"
    rf"(?P<value>(?:(?:{_PARTICLES})[ ]){{0,3}}{_VALUE_WORD}(?:[ ]{_VALUE_WORD}){{0,2}})"
)
"""A value right after its key: `"first_name": "Margaret"`, "First name: Margaret"."""
_SMALL = rf"[^.!?\n:;=<>{CAPITAL}]"
_TOLD = re.compile(rf"(?:[ \t,]+{_SMALL}{{0,70}}?(?:\bI\b{_SMALL}{{0,40}}?)?)?[ \t\"“‘«:]+(?!I\b)(?P<value>{NAMES})")
"""A value that running text comes to: "surname, if I remember, is Carver"."""
_TITLED = re.compile(rf"\b(?:{alternatives('title', 'civil')})\.?[ \t]+(?P<value>{NAME})")
_KIND_OF_NAME = re.compile(r"\b(?:an?|une?)[ \t]+$", re.IGNORECASE)
_FIELD = re.compile(r"[{}\[\]<>|=\"]|:\s")
_CASELESS = re.compile("[\u0590-\u0dff\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_UNSPACED = re.compile("[\u4e00-\u9fff\uac00-\ud7a3]")
_WORD = re.compile(rf"[^\W\d_]{LETTER}*")
_LINE = re.compile(r"[^\n\r\u2028\u2029\x0b\x0c\x85]+")
_MARKS = (",", ";", "\t", "|")
_QUOTES = " \t\"'“”"
_INVERTED = re.compile(
    rf"(?m)^[ \t|]*(?:[-*+•][ \t]+|\d{{1,3}}[.)][ \t]+)?(?P<last>{NAME})[ \t]*[,;\t|][ \t]*(?P<first>{NAME})[ \t]*"
    r"(?=[,;\t|(]|$)"
)
"""A line that gives a surname, a comma and a first name, as an index does."""


_OWNER_BEFORE = re.compile(rf"(?<!\w )(?P<value>{NAME})['’]s[ \t]+$")
"""Who it is whose surname is told next: "Margaret's surname is Carver"."""
_SAID_BEFORE = re.compile(
    rf"(?P<value>{NAME})[ \t]*[,(]?[ \t]*(?:is|was|being|ist|war|est|était|es|era|è|=|as)[ \t]+"
    rf"(?:(?:the|a|an|his|her|their|my|our|sein|ihr|der|son|leur|le|su|el|il|suo|seu|o)[ \t]+)?$"
)
"""What leads from a name to what it is called: "Carver is her surname"."""


def names_in_fields(text: str, words: frozenset[str]) -> Iterator[ToldName]:
    """Names of which the parts are called first name and surname, or stand in columns or in an index of such.

    `words` are the folded words of the text.
    """
    if _holds_keys(text, words):
        yield from _keyed(text)
        yield from _columns(text)
    for m in _INVERTED.finditer(text):
        yield ToldName((m.span("first"), m.span("last")))


def _holds_keys(text: str, words: frozenset[str]) -> bool:
    if not _FOLDED.isdisjoint(words) or (not _NAME_WORDS.isdisjoint(words) and _NAME_KEY.search(text)):
        return True
    if not text.isascii() and _CASELESS.search(text):
        return True
    bare = _BARE & words
    low = text.lower() if bare else ""
    return any(_AFTER_KEY.match(low, end) for word in bare for _, end in occurrences(low, word))


@dataclass(frozen=True, slots=True)
class _Record:
    """First names or a surname read so far without the other, and the last whole name.

    `called` is what the last first name was called.
    """

    givens: tuple[Span, ...] = ()
    family: Span | None = None
    whole: tuple[Span, ...] = ()
    called: str = ""

    def is_followed_by(self, value: Span) -> bool:
        """Whether a value stands so soon after the whole name that it is likely a further part of it."""
        return bool(self.whole) and 0 < value[0] - max(end for _, end in self.whole) <= _SECOND


class _Step(NamedTuple):
    """The names that are whole with one more value, and the record with it."""

    names: list[ToldName]
    record: _Record


def _keyed(text: str) -> Iterator[ToldName]:
    """First names and surnames after what they are called."""
    record = _Record()
    unspaced = not text.isascii() and _UNSPACED.search(text) is not None
    for key in _keys(text, unspaced=unspaced):
        step()
        value = _value_of(text, key)
        if value is None:
            continue
        if key["family"] is not None:
            names, record = _with_family(text, record, key, value)
        else:
            names, record = _with_given(text, record, key, value, unspaced=unspaced)
        yield from names


def _value_of(text: str, key: re.Match[str]) -> Span | None:
    """The name that a key is said of, after it or before it."""
    if _KIND_OF_NAME.search(text, max(0, key.start() - 4), key.start()):
        return None  # "Reyes is a family name" calls nobody so
    value = _value(text, key)
    if value is None and (said := _SAID_BEFORE.search(text, max(0, key.start() - _SECOND), key.start())):
        return said.span("value")
    return value


def _keys(text: str, *, unspaced: bool) -> list[re.Match[str]]:
    keys = list(_KEY.finditer(text))
    if not unspaced:
        return keys
    found = {key.start(): key for key in (*_KEY_UNSPACED.finditer(text), *keys)}
    return [found[start] for start in sorted(found)]


def _with_family(text: str, record: _Record, key: re.Match[str], family: Span) -> _Step:
    """Read one more surname into a record."""
    givens = tuple(given for given in record.givens if abs(family[0] - given[0]) <= _RECORD)
    if givens:
        names = [name for given in givens for name in _as_one(text, given, family)]
        together = [ToldName((*givens, family))] if len(givens) > 1 else []
        return _Step([*names, *together], _Record(whole=(*givens, family)))
    if record.whole and (key.group()[-1].isdigit() or _SECOND_KEY.match(key.group())):
        names = [ToldName((*record.whole, family))] if record.is_followed_by(family) else []
        return _Step(names, replace(record, called=""))
    names = _with_words_before(text, record, key, family)
    return _Step(names, replace(record, family=family, called=""))


def _with_given(text: str, record: _Record, key: re.Match[str], given: Span, *, unspaced: bool) -> _Step:
    """Read one more first name into a record."""
    called = key.group().lower()
    another = record.called not in ("", called)
    if unspaced and record.family is None and record.givens:
        record = replace(record, family=record.givens[-1])  # 名字 is a surname in Japanese, a given name in Chinese
    if record.family is not None and abs(given[0] - record.family[0]) <= _RECORD:
        names = list(_as_one(text, given, record.family))
        return _Step(names, _Record(whole=(given, record.family), called=called))
    if another and len(record.whole) == 2 and record.is_followed_by(given):
        # A surname, a middle name and a first name, in this order.
        middle, family = record.whole
        names = [*_as_one(text, given, family), ToldName((family, middle, given))]
        return _Step(names, replace(record, called=called))
    names = [*_with_title_before(text, key, given), *_with_words_before(text, record, key, given)]
    givens = (*record.givens, given)[-_MOST_GIVENS:] if another else (given,)
    return _Step(names, replace(record, givens=givens, called=called))


def _with_title_before(text: str, key: re.Match[str], given: Span) -> list[ToldName]:
    """A first name and the surname that came by a title: "a Mrs Porter, whose first name is Ivy"."""
    titled = list(_TITLED.finditer(text, max(0, key.start() - _TITLED_BEFORE), key.start()))
    return list(_as_one(text, given, titled[-1].span("value"))) if titled else []


def _with_words_before(text: str, record: _Record, key: re.Match[str], value: Span) -> list[ToldName]:
    """A value and the other part where that was all that was said so far: "Margaret. Her surname is Carver." """
    words = _words_before(text, key.start(), value)
    return [name for word in words if word not in record.whole for name in _as_one(text, word, value)]


def _as_one(text: str, given: Span, family: Span) -> Iterator[ToldName]:
    """A first name and a surname as one name, in either order."""
    if given == family:
        return
    if not (_UNSPACED.match(text, given[0]) and _UNSPACED.match(text, family[0])):
        yield ToldName((given, family))
        yield ToldName((family, given))
        return
    # In these scripts particles stick to the words.
    for last in {min(family[1], family[0] + length) for length in (1, 2, family[1] - family[0])}:
        for first in {min(given[1], given[0] + length) for length in (1, 2, 3, given[1] - given[0])}:
            yield ToldName(((family[0], last), (given[0], first)), spaced=False)


def _words_before(text: str, end: int, value: Span) -> list[Span]:
    """The single names of the running text before a key; none where that is another field of a record."""
    start = max(0, end - _TOLD_BEFORE)
    fields = [m.end() for m in _FIELD.finditer(text, start, end)]
    start = fields[-1] if fields else start
    if _CASELESS.match(text, value[0]):
        return [m.span() for m in _WORD.finditer(text, start, end)][-_WORDS_BEFORE:]
    owner = _OWNER_BEFORE.search(text, start, end)
    owned = [] if owner is None else [owner.span("value")]
    return [*owned, *(item for item in items(text, start, end) if stands_alone(text, item))]


def _value(text: str, key: re.Match[str]) -> Span | None:
    """Return what is said to be a first name or a surname."""
    called = key.group()
    right_after = _VALUE.match(text, key.end())
    if right_after is not None and _is_value(text, key, right_after):
        return _first_words(text, right_after.span("value"))
    if not called.isascii() or (len(called) > 3 and called.lower() not in _BARE):
        told = _TOLD.match(text, key.end())
        if told is not None:
            return told.span("value")
    return None


def _is_value(text: str, key: re.Match[str], found: re.Match[str]) -> bool:
    value, sep = found["value"], found["sep"]
    if _KEY.fullmatch(value) is not None:
        return False
    if sep is not None and not sep[0].isalpha():
        return True
    if value[0].islower():
        return False
    below = (
        "\n" in text[key.end() : found.start("value")] and text[found.end("value") : found.end("value") + 1] in "\r\n\t"
    )
    return sep is not None or not key.group().isascii() or below


def _first_words(text: str, span: Span) -> Span:
    """A value up to the first of its further words that begins with a small letter; of unspaced scripts one word."""
    words = [m.span() for m in re.compile(r"[^ ]+").finditer(text, *span)]
    end = words[0][1]
    opening = True
    for before, word in pairwise(words):
        opening = opening and _PARTICLE.fullmatch(text, *before) is not None
        if (text[word[0]].islower() and not opening) or _UNSPACED.match(text, span[0]):
            break
        end = word[1]
    return span[0], end


@dataclass(frozen=True, slots=True)
class _Header:
    """A row that names the columns: the mark between its cells, which hold first names and surnames, and how many."""

    mark: str
    given: int
    family: int
    columns: int


def _columns(text: str) -> Iterator[ToldName]:
    """Rows under a header that has a column of first names and one of surnames."""
    header: _Header | None = None
    for line in _LINE.finditer(text):
        cells = [] if header is None else _cells(line.group(), header.mark, line.start())
        if header is None or len(cells) <= max(header.given, header.family) or abs(len(cells) - header.columns) > 1:
            header = _header(line.group()) or (header if header is not None and header.mark in line.group() else None)
            continue
        given, family = cells[header.given], cells[header.family]
        if all(0 < end - start < _LONGEST_CELL for start, end in (given, family)):
            yield from _as_one(text, given, family)


def _header(row: str) -> _Header | None:
    for mark in _MARKS if len(row) <= _LONGEST_ROW else ():
        cells = [row[slice(*cell)] for cell in _cells(row, mark, 0)] if mark in row else []
        kinds = [_KEY.fullmatch(cell) for cell in cells[:_MOST_COLUMNS]]
        families = [i for i, kind in enumerate(kinds) if kind is not None and kind["family"] is not None]
        givens = [i for i, kind in enumerate(kinds) if kind is not None and kind["given"] is not None]
        if families and givens:
            return _Header(mark, givens[0], families[0], len(cells))
    return None


def _cells(row: str, mark: str, base: int) -> list[Span]:
    """The places of the cells of a row, without quotation marks and the space around them."""
    found: list[Span] = []
    at = base + len(row) - len(row.lstrip())
    inner = row.strip()
    if mark == "|":
        at += len(inner) - len(inner.lstrip("|"))
        inner = inner.strip("|")
    for cell in inner.split(mark):
        start = at + len(cell) - len(cell.lstrip(_QUOTES))
        found.append((start, max(start, at + len(cell.rstrip(_QUOTES)))))
        at += len(cell) + 1
    return found
