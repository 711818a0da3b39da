"""Cuts text into lines of known kinds, sentences, clauses and words; every piece carries its offsets.

`lines`, `sentences` and `clauses` are exact partitions: their slices, joined, give the text back.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate


class LineKind(StrEnum):
    """The kind of a line, by its look."""

    BLANK = "blank"
    PROSE = "prose"
    ITEM = "item"
    HEADING = "heading"
    ROW = "row"
    FENCE = "fence"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text, as character offsets."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The characters of `text` that the span covers."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Line(Span):
    """One line with its line break."""

    kind: LineKind


_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"
_MARKS += "\u0981-\u0983\u09bc-\u09d7\u0b82-\u0bcd\u0e31-\u0e3a\u0e47-\u0e4e\u200c\u200d"
LETTER = rf"[\w{_MARKS}]"
"""A letter, digit or vowel sign, as a class of a regular expression: `\\w` leaves the signs of Indic scripts out."""
_WORD = re.compile(rf"[^\W_]{LETTER}*(?:[’'\-‐‑·]{LETTER}+)*")
MARKER = re.compile(r"[ \t]*(?:>[ \t]*)*(?:[-*+•‣◦–—][ \t]+|\(?(?:\d{1,3}|[a-zA-Z])[.)][ \t]+|(?<=\n)\d{1,3}[、．])")
"""A list marker with its indentation, at the start of a line."""
_BOLD_LINE = re.compile(r"\s*(?:\*\*|__)[^*_\n]+(?:\*\*|__):?\s*")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s")
_ROW = re.compile(r"\s*+\|.*\|\s*|\s*+\|?(?:\s*+:?-{3,}+:?\s*+\|)++\s*+(?::?-{3,}+:?)?\s*+")
_NUMBERED = re.compile(r"\s*\d{1,3}\s")
"""A line that a number opens, without a mark after it: next to another of the kind it is an entry of a list."""
_FENCE = re.compile(r"\s{0,3}(```|~~~)")
_OUTLINE_INITIAL = re.compile(r"\s*[A-Z]\.\s+(?:[A-Z]\.\s*)*[A-Z]")

_STOPS = re.compile(r"[.!?…‽۔؟।॥。！？｡．]+[\"'”’»)\]」』）】*_]*")
_WIDE_STOPS = "。！？｡．"
_SPACE = re.compile(r"\s*")
_ABBREVIATION_LIST = (
    "mr mrs ms dr prof rev fr sr jr st mt gen col capt lt sgt hon gov sen rep vs no vol pp ed eds fig approx ca c cf "
    "al inc ltd co corp dept univ est b d r e.g i.e eg ie viz nr bzw usw geb gest hl str bspw vgl evtl u.a z.b d.h "
    "o.ä ggf inkl dipl ing hr fr frl m mm mme mlle mgr env av ap sra srta dña d dn ud uds ee.uu pág núm sig sigg dott "
    "dr.ssa prof.ssa avv ecc es p.es dra exma exmo p.ex dhr mevr mw bijv o.a nl i.v.m г гг т.е т.д т.п и.о им ул см др "
    "проф акад tzw np prof.dr inż hab ks św nar zm bl.a t.ex osv kl apt ste rm bldg blvd"
)
_ABBREVIATIONS = frozenset(_ABBREVIATION_LIST.split())
_NUMBER_LIST = "no b d c r vol pp fig art op est sen al is am apt ste rm"
_BEFORE_NUMBERS = frozenset(_NUMBER_LIST.split())
"""Abbreviations that are words or letters as well, and are read as such unless a number follows."""
_MONTHS = re.compile(
    r"(?:Jan|Feb|M[aä]r|Apr|Ma[iy]|Jun|Jul|Aug|Sep|Okt|Oct|Nov|De[zc])\w*|(?:Jahrhundert|Klasse|Platz|Mal)\b|århundrade"
)
_AHEAD = 80
"""Characters after a full stop that tell whether it ends a sentence."""
_STARTER_LIST = (
    "he she they it the in on at his her their this that these those we you i a an when while after before as but and "
    "er sie es der die das im il elle ils elles le la les el ella los las lui lei gli ele ela os hij zij het "
    "он она они его её это"
)
_SENTENCE_STARTERS = frozenset(_STARTER_LIST.split())

_OPENER_LIST = (
    "and but while whereas whilst although though because since when after before until so yet or nor "
    "who whom whose which"
)
CLAUSE_OPENERS = frozenset(_OPENER_LIST.split())
"""The English words that open a clause; other languages bring their own."""
_REL_PHRASE = re.compile(
    r"(?:(?:both|one|two|all|some|each|neither|either|most|half) of (?:whom|which|whose)"
    r"|(?:with|to|for|from|under|by|through|in|at|on|about) (?:whom|which|whose)"
    r"|who|whom|whose|which|where)\b"
)
_PUNCT = re.compile(
    r"(?P<comma>[,;،؛，；])\s*|(?P<cjk>[、])|(?P<dash>(?<!\s)\s++[–—-]{1,2}\s+|—|–(?=\D))|(?P<colon>[:：]\s+)"
)
_OPEN, _CLOSE = "([（［", ")]）］"
_LINKS = re.compile(r"!?\[[^\]\n]{0,200}\]\([^)\s]{0,500}\)|https?://\S+")
_QUOTES = re.compile(
    r"“[^”\n]{0,300}”|«[^»\n]{0,300}»|„[^“\n]{0,300}“|「[^」\n]{0,300}」|『[^』\n]{0,300}』|\"[^\"\n]{0,300}\""
)


def words(text: str) -> tuple[Span, ...]:
    """The words of `text`, with inner apostrophes and hyphens; runs of Han or kana are one word each."""
    return tuple(Span(m.start(), m.end()) for m in _WORD.finditer(text))


def lines(text: str) -> tuple[Line, ...]:
    """The lines of `text`, each with its kind. A line break is `\\n`, `\\r\\n` or `\\r`."""
    found: list[Line] = []
    fence, at = "", 0
    for raw in re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text):
        start, at = at, at + len(raw)
        opening = _FENCE.match(raw)
        if fence:
            closing = opening is not None and opening[1] == fence
            found.append(Line(start, at, LineKind.FENCE if closing else LineKind.CODE))
            fence = "" if closing else fence
        elif opening:
            found.append(Line(start, at, LineKind.FENCE))
            fence = opening[1]
        else:
            found.append(Line(start, at, _kind(raw)))
    return tuple(found)


def _kind(raw: str) -> LineKind:
    if not raw.strip():
        return LineKind.BLANK
    if _ROW.fullmatch(raw):
        return LineKind.ROW
    if _HEADING.match(raw) or _BOLD_LINE.fullmatch(raw):
        return LineKind.HEADING
    if MARKER.match(raw) and not _OUTLINE_INITIAL.match(raw):
        return LineKind.ITEM
    return LineKind.PROSE


def sentences(text: str) -> tuple[Span, ...]:
    """The sentences of `text`, each with the white space after it.

    Headings, table rows and lines of code are one piece each; a list item starts a new sentence; a
    line break ends a sentence unless the line was merely wrapped.
    """
    if not text:
        return ()
    starts = [0]
    for chunk in _chunks(text):
        starts.extend(at for at in _breaks(text, chunk) if starts[-1] < at < len(text))
    return tuple(Span(a, b) for a, b in zip(starts, [*starts[1:], len(text)], strict=True))


def _chunks(text: str) -> Iterator[tuple[int, int, bool]]:
    """Runs of lines that may share a sentence: (start, end, whether it is flowing text)."""
    start = end = -1
    previous: Line | None = None
    for line in lines(text):
        flowing = line.kind in (LineKind.PROSE, LineKind.ITEM)
        joins = (
            line.kind is LineKind.PROSE
            and previous is not None
            and previous.kind in (LineKind.PROSE, LineKind.ITEM)
            and _wraps(previous.of(text), line.of(text))
        )
        if joins:
            end = line.end
        else:
            if start >= 0:
                yield start, end, True
            start, end = (line.start, line.end) if flowing else (-1, -1)
            if not flowing and line.kind is not LineKind.BLANK:
                yield line.start, line.end, False
        previous = line
    if start >= 0:
        yield start, end, True


def _wraps(line: str, following: str) -> bool:
    body, rest = line.rstrip(), following.lstrip()
    if not body or body.endswith((":", "：", "  ")) or line.rstrip("\r\n").endswith("  "):
        return False
    if _STOPS.search(body[-3:]) and _STOPS.search(body[-3:]).end() == len(body[-3:]):  # type: ignore[union-attr]
        return False
    if rest[:1].islower():
        return True
    if _NUMBERED.match(rest) and _NUMBERED.match(line):
        return False
    return len(body) >= 60 and not body.endswith(",") and rest[:1].isalnum()


def _breaks(text: str, chunk: tuple[int, int, bool]) -> Iterator[int]:
    start, end, flowing = chunk
    yield start
    if not flowing:
        return
    marker = MARKER.match(text, start, end)
    at = marker.end() if marker else start
    for stop in _STOPS.finditer(text, at, end):
        after = _SPACE.match(text, stop.end(), end)
        gap = after.end() if after else stop.end()
        if gap < end and _ends_sentence(text, stop, gap, at, end):
            yield gap


def _ends_sentence(text: str, stop: re.Match[str], gap: int, start: int, end: int) -> bool:
    mark = stop[0]
    if any(c in _WIDE_STOPS for c in mark):
        return True
    if gap == stop.end():
        return mark[0] in "।॥۔" and text[gap].isalpha()
    following = text[gap : min(end, gap + _AHEAD)]
    opener = following.lstrip("\"'“‘«(*_[„¿¡")
    if opener[:1].islower():
        return False
    if not mark.startswith("."):
        return True
    if len(mark) > 1 and mark.startswith("..") and not opener[:1].isupper():
        return not opener[:1].islower()
    head = text[max(start, stop.start() - 24) : stop.start()]
    # What stands right before the mark; a pattern that looks for it takes as long as all the rest.
    token = head.split()[-1].lstrip("(\"'“‘«[*_") if head and not head[-1].isspace() else ""
    next_word = _WORD.match(opener)
    starter = next_word is not None and next_word[0].casefold() in _SENTENCE_STARTERS
    if mark == "." and re.fullmatch(r"(?:[^\W\d_]\.)*[^\W\d_]", token) and token[-1].isupper():
        return starter
    if token.casefold() in _BEFORE_NUMBERS:
        return not opener[:1].isdigit()
    if token.casefold() in _ABBREVIATIONS and mark == ".":
        # A few abbreviations are also plain words, and any of them may end a sentence before "He …".
        return starter and token[:1].islower()
    if re.fullmatch(r"\d{1,2}", token):
        return _MONTHS.match(opener) is None
    return True


def clauses(text: str, keep: Sequence[Span] = (), openers: frozenset[str] = CLAUSE_OPENERS) -> tuple[Span, ...]:
    """The clauses of one sentence: split at punctuation, brackets, and the words that open a clause.

    A clause starts with the punctuation or the word that opens it and ends with the white space after it.
    Nothing is split inside a quotation, a link, a number, or a span of `keep` (names, say). `openers` are
    case-folded coordinating and relative words.
    """
    if not text:
        return ()
    kept = _merged([*keep, *(Span(m.start(), m.end()) for p in (_QUOTES, _LINKS) for m in p.finditer(text))])
    found = words(text)
    # Openers in a row ("and when") open one clause: how many of the words up to each place open none.
    ends = [w.end for w in found]
    fresh_by = [0, *accumulate(w.of(text).casefold() not in openers for w in found)]
    starts = [0]
    for at in sorted(set(_cuts(text, openers))):
        since, until = bisect_right(ends, starts[-1]), bisect_right(ends, at)
        fresh = fresh_by[until] > fresh_by[since] or _cut_through(text, found, since, until, starts[-1], at, openers)
        bracket = text[at : at + 1] in _OPEN or text[at - 1 : at] in _CLOSE
        if 0 < at < len(text) and at > starts[-1] and (fresh or bracket) and not _is_within(kept, at):
            starts.append(at)
    return tuple(Span(a, b) for a, b in zip(starts, [*starts[1:], len(text)], strict=True))


def _cut_through(
    text: str, found: Sequence[Span], since: int, until: int, start: int, at: int, openers: frozenset[str]
) -> bool:
    """Whether part of a word that a cut goes through is a word of its own."""
    cut = [found[i] for i in {since, until} if i < len(found)]
    pieces = (Span(max(w.start, start), min(w.end, at)) for w in cut if w.start < start < w.end or w.start < at < w.end)
    return any(w.of(p.of(text)).casefold() not in openers for p in pieces for w in words(p.of(text)))


def _merged(spans: Sequence[Span]) -> list[Span]:
    """Spans in order, those that overlap made one."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda s: s.start):
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def _is_within(spans: Sequence[Span], at: int) -> bool:
    """Whether a place is inside one of these spans, which do not overlap."""
    index = bisect_left(spans, at, key=lambda s: s.start) - 1
    return index >= 0 and at < spans[index].end


def _cuts(text: str, openers: frozenset[str]) -> Iterator[int]:
    yield from (m.start() for m in _PUNCT.finditer(text) if not _inside_number(text, m))
    for at, char in enumerate(text):
        if char in _OPEN:
            yield at
        elif char in _CLOSE:
            yield at + 1
    phrases = [Span(m.start(), m.end()) for m in _REL_PHRASE.finditer(text)] if "who" in openers else []
    place = 0
    for m in _WORD.finditer(text):
        if m[0].casefold() in openers:
            while place < len(phrases) and phrases[place].end <= m.start():
                place += 1
            inside = place < len(phrases) and phrases[place].start <= m.start()
            yield phrases[place].start if inside else m.start()


def _inside_number(text: str, m: re.Match[str]) -> bool:
    at = m.start()
    return (
        0 < at < len(text) - 1
        and text[at - 1].isdigit()
        and text[m.end() : m.end() + 1].isdigit()
        and m.end() == at + 1
    )


_UNSETTLED = 16
"""Characters after the end of a sentence that tell whether it ended there: a word or two, or the mark of a list."""
_DUE = _UNSETTLED + 2
"""The same after a mark that may end one, with the white space between."""
_MAY_END = re.compile(r"[.!?…‽۔؟।॥。！？｡．\r\n]")
_FENCES = ("```", "~~~")


@dataclass(frozen=True, slots=True)
class Completed:
    """The whole sentences at the beginning of a text that goes on; `fence` opens the block of code after them, if any.

    `text` is "" where there are none; otherwise it holds `length` characters of the text, after the mark of the block
    of code that they stand in.
    """

    text: str
    length: int
    fence: str


def completed(text: str, fence: str = "") -> Completed:
    """The sentences of an unfinished text that nothing which follows can change; `fence` opens the block of code that
    the text begins in, if any."""
    before = f"{fence}\n" if fence else ""
    whole = before + text
    end = max((span.end for span in sentences(whole)[:-1] if span.end <= len(whole) - _UNSETTLED), default=0)
    if end <= len(before):
        return Completed("", 0, fence)
    if any(mark in whole for mark in _FENCES):
        fence = _open_at(whole, end)
    return Completed(whole[:end], end - len(before), fence)


def _open_at(text: str, end: int) -> str:
    """Return the fence that opened the block of code around a place."""
    fence = ""
    for line in lines(text):
        if line.start >= end:
            break
        if line.kind is LineKind.FENCE:
            fence = "" if fence else line.of(text).strip()[:3]
    return fence


class GrowingText:
    """A text that comes in pieces, without the sentences that were taken from it.

    To look for sentences costs as much as what is left is long, so that it is done where one may have ended, and where
    none had, not before the text is a quarter longer.
    """

    def __init__(self) -> None:
        self.left = ""
        self.fence = ""
        self._due: int | None = None
        self._not_before = 0

    def add(self, piece: str) -> bool:
        """Take a piece; whether sentences may have been completed."""
        left, self.left = self.left, ""
        if self._due is None and (end := _MAY_END.search(piece)) is not None:
            self._due = max(len(left) + end.end() + _DUE, self._not_before)
        # In two steps, so that the text grows in place.
        left += piece
        self.left = left
        return self.due

    @property
    def due(self) -> bool:
        """Whether a sentence may have been completed."""
        return self._due is not None and len(self.left) >= self._due

    def take(self, found: Completed, looked_at: int) -> None:
        """Let go of what `completed` found when the text had so many characters."""
        self.left = self.left[found.length :]
        self.fence = found.fence
        self._not_before = 0 if found.length else looked_at + max(_UNSETTLED // 2, looked_at // 4)
        end = _MAY_END.search(self.left, 0 if found.length else max(0, looked_at - _DUE))
        self._due = None if end is None else max(end.end() + _DUE, self._not_before)


_LIST_ITEM = r"[ \t]*(?:\(?[{}][.):．、：]|[-*•])[ \t]*\S"
_LIST_BEGINS = re.compile(rf"^{_LIST_ITEM.format('Aa1')}[^\n]*\n\s*{_LIST_ITEM.format('Bb2')}", re.MULTILINE)
"""Two lines that begin a list."""


def list_start(text: str) -> int:
    """Return the start of a text's first list, or its length if it has none."""
    found = _LIST_BEGINS.search(text)
    return found.start() if found else len(text)


def before_list(text: str) -> str:
    """Return the text before its first list, or all of it, stripped."""
    return text[: list_start(text)].strip()
