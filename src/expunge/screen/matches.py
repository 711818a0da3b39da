"""A text cut into words once for all detectors, what detectors find in it, and how that is marked."""

from __future__ import annotations

import hashlib
import re
import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from expunge.text.budget import check
from expunge.text.decode.search import View, uncover
from expunge.text.fold import Token, fold, tokens
from expunge.text.frequency import zipf
from expunge.text.slices import slices
from expunge.types import Channel, Evidence, EvidenceKind, Strength, Target

WORDS = "words"
"""Marks a fact known by its telling words."""
FEW_WORDS = "word"
"""Marks a fact known by one telling word or two, which may be told of anybody: a rare trade, say."""
SEVERAL = "several"
"""Marks telling words of several facts in one question: who asks what a daughter and a birthplace have in common."""
SCATTERED = "scattered"
"""Marks telling words of several facts in different sentences of a document, which may tell of a target that it does
not name, in another language perhaps."""
PAIR = "pair"
"""Marks a fact known by question and answer together, each near to its own."""
PHRASE = "phrase"
"""Marks the title of a work of the target's own."""
COINED = "coined"
"""Marks a name out of a fact that may be shared: of a ship, of a film somebody played in. It says whom a question may
mean, and in question and answer alike it says no more than that."""
COMPANY = "company"
"""Marks a fact that is told where the target is spoken of."""
OTHER = "named-other"
"""Marks a likeness in a sentence that names somebody else."""
VAGUE = (COINED, SEVERAL, SCATTERED)
"""Hints of a fact that say whom a text may mean and no more: what an answer repeats of them tells nothing."""
Marked = tuple[Target, Evidence]
"""A piece of evidence with the target that it is of."""


class Passage(NamedTuple):
    """A text of a request: its channel, and the number of its message or tool call."""

    channel: Channel
    number: int
    text: str


_BREAK = re.compile(r"[\n\r\u2028\u2029\x0b\x0c\x85\x1c-\x1e]")
_STOP = re.compile(r"(?<!\.\.\.)[.!?…]['\"”’»)\]]*(?=\s)|[。！？｡．؟।]")
_WRAPPED = re.compile(r"[ \t]*(?:\r\n|[\n\r\u2028\u2029\x0b\x0c\x85])[ \t]*")
"""One line break and nothing else: running text that was wrapped."""
_BESIDE = re.compile(r"[ \t]?(?:[-.’'()“”\"«»][ \t]?){0,3}|[ \t]*\r?\n[ \t]*")
"""What stands between two words of one name."""
_COMMAS = ",，、،"
_OPENING = (".", "!", "?", ":", "\n", "\r", "")
_NAMELIKE = 5.0
"""Zipf frequency under which a capitalised word that may open a sentence is taken for a name."""
_LONG = 20_000
"""Characters of a text from which reading it is worth a look at the budget."""
_LINE = 300
"""Characters of a line that are looked at; a longer one is no row of a table."""
_CELL = 5
"""Words that a cell of a row has at most."""
_GROUP = 120
"""Characters of a group of values that are looked at."""
_NEXT_GROUP = re.compile(r"[)\]}][^()\[\]{}\w]*[(\[{]")
_GROUP_OPENS = re.compile(r"[(\[{]([^()\[\]{}]*)$")
_GROUP_CLOSES = re.compile(r"([^()\[\]{}]*)[)\]}]")
_AND = frozenset(["and", "und", "et", "y", "e", "i", "og", "och", "en", "ve", "и", "та"])
_TITLES_BEFORE_LIST = "mr mrs ms miss dr prof sir lady lord dame herr frau m mme mlle sr sra don doña"
_TITLES_BEFORE = frozenset(_TITLES_BEFORE_LIST.split())


def _goes_on(values: str) -> bool:
    """Whether a group holds a value beside the one that it is looked at from."""
    return any(c in ",;|\t" for c in values) and any(c.isalpha() for c in values)


def _is_row(line: str, mark: str) -> bool:
    """Whether a line is a row of short cells: single words, or names and numbers, with no running text in them."""
    if mark not in line or len(line) >= _LINE:
        return False
    cells = [cell.split() for cell in line.strip().strip("|").split(mark)]
    return len(cells) > 1 and all(
        len(words) < 2 or (len(words) <= _CELL and not any(word[0].islower() for word in words)) for words in cells
    )


@dataclass(slots=True)
class TokenizedText:
    """A text in the forms that the detectors compare.

    `words` are the folded tokens, `squashed` the same without spaces, `starts` where each token starts
    in it. `spans` gives each token's place in the source and is worked out only when somebody asks.
    """

    source: str
    words: list[str] = field(init=False)
    squashed: str = field(init=False)
    starts: list[int] = field(init=False)
    _spans: list[Token] | None = field(init=False, default=None)
    _capitals: bool | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if len(self.source) > _LONG:
            check()
        folded = fold(self.source)
        self.words = folded.split()
        self.squashed = folded.replace(" ", "")
        self.starts = [0, *accumulate(map(len, self.words))]

    @property
    def foreign(self) -> bool:
        """Whether any token is in another script than Latin."""
        return not self.squashed.isascii()

    @property
    def spans(self) -> list[Token]:
        """Each token with its place in the source."""
        if self._spans is None:
            if len(self.source) > _LONG:
                check()
            self._spans = tokens(self.source)
        return self._spans

    @property
    def capitals(self) -> bool:
        """Whether any letter of the source is a capital."""
        if self._capitals is None:
            self._capitals = any(any(map(str.isupper, piece)) for piece in slices(self.source))
        return self._capitals

    def token_at(self, position: int) -> tuple[int, bool]:
        """The token that holds a position of `squashed`, and whether the position is that token's start."""
        index = bisect_left(self.starts, position)
        if index < len(self.starts) and self.starts[index] == position:
            return index, True
        return index - 1, False

    def gap(self, left: int) -> str:
        """Return what stands in the source between a token and the next."""
        return self.source[self.spans[left].end : self.spans[left + 1].start]

    def broken(self, first: int, last: int, breaks: str = ".!?;:\n|") -> bool:
        """Whether punctuation parts the tokens; the full stop of an initial or a title does not."""
        for index in range(first, last):
            gap = self.gap(index)
            after_initial = gap[1:] if gap.startswith(".") and len(self.words[index]) <= 3 and "\n" not in gap else gap
            if any(c in breaks for c in after_initial):
                return True
        return False

    def parted(self, first: int, last: int, *, reordered: bool = False) -> bool:
        """Whether a reader takes the tokens, parts of one name, for parts of two names or of two sentences.

        A line break, a mark or a cell's edge between them does not part them by itself. The end of a sentence does,
        and so do the edges of rows that hold a person each, and other names that they are parts of.
        `reordered` tells that the surname stands first.
        """
        return any(
            self._parted_at(index, first, last, reordered) for index in range(first, last) if self.gap(index) != " "
        )

    def _parted_at(self, index: int, first: int, last: int, reordered: bool) -> bool:
        gap = self.gap(index)
        if _STOP.search(gap) and not (gap.startswith(".") and len(self.words[index]) <= 3 and not _BREAK.search(gap)):
            return True
        if self._groups_meet(index, gap):
            return True
        listed = gap.strip()[:1] in _COMMAS and bool(gap.strip())
        lines = _BREAK.search(gap) is not None
        cells = any(c in "|;\t/" for c in gap)
        if not (listed or lines or cells or ":" in gap):
            return False
        if lines and self._rows_meet(index):
            return True
        before, after = self._name_beside(first, -1), self._name_beside(last, 1)
        if (before and after) or (reordered and (before or (after and (lines or not self._opens_entry(first))))):
            return True
        if ";" in gap and not reordered and self._comma_at(first - 1) and self._comma_at(last):
            return True  # "Lowther, Ernest; Moss, Lucian"
        if lines and not gap.isspace() and not (self._is_capital(first) and self._is_capital(last)):
            return True  # two lines of code
        if after and (cells or (lines and not _WRAPPED.fullmatch(gap))):
            return True
        if self._speaks(index, last, gap):
            return True
        return listed and not reordered and self._enumerated(first, last)

    def _groups_meet(self, index: int, gap: str) -> bool:
        """Whether one group of values ends between two tokens and the next begins: "('Tom', 'Carver'), ('Ann', …)".

        A group that holds one value may hold a part of a name.
        """
        if _NEXT_GROUP.search(gap) is None:
            return False
        before = self.source[max(0, self.spans[index].start - _GROUP) : self.spans[index].start]
        after = self.source[self.spans[index + 1].end : self.spans[index + 1].end + _GROUP]
        opened, closed = _GROUP_OPENS.search(before), _GROUP_CLOSES.match(after)
        return opened is not None and closed is not None and _goes_on(opened[1]) and _goes_on(closed[1])

    def _is_capital(self, index: int) -> bool:
        return not self.source[self.spans[index].start].islower()

    def _comma_at(self, index: int) -> bool:
        """Whether a comma stands between a token and the next."""
        return 0 <= index < len(self.words) - 1 and self.gap(index).strip()[:1] in tuple(_COMMAS)

    def _opens_entry(self, index: int) -> bool:
        """Whether a token is the first of a line, a cell, or what follows a colon."""
        start = self.spans[index].start
        before = self.source[max(0, start - 40) : start].rstrip(" \t\"'“(*#-•0123456789.")
        return (not before and start < 40) or before[-1:] in ("\n", "\r", ":", ";", "|", "\u2028")

    def _name_beside(self, index: int, step: int) -> bool:
        """Whether a capitalised word that is no everyday one stands right beside a token: a longer name."""
        near = index + step
        if not 0 <= near < len(self.words):
            return False
        gap, word = self.gap(min(index, near)), self.words[near]
        if gap not in (" ", ". ", "-") or (gap == ". " and len(self.words[min(index, near)]) > 2):
            return False
        first = self.source[self.spans[near].start]
        if not first.isupper() or word in _TITLES_BEFORE:
            return False
        opens = step < 0 and self.opens(near)
        return not opens or len(word) == 1 or zipf(word) < _NAMELIKE

    def opens(self, index: int) -> bool:
        """Whether a token opens the text, a sentence or a line."""
        if index == 0:
            return True
        before = self.gap(index - 1).rstrip(" \t")
        return before != "" and before[-1] in _OPENING

    def _rows_meet(self, index: int) -> bool:
        """Whether a break between two tokens ends a row of cells and begins another."""
        left, right = self.spans[index].end, self.spans[index + 1].start
        breaks = _BREAK.search(self.source, left, right)
        assert breaks is not None
        above = _BREAK.split(self.source[max(0, breaks.start() - _LINE) : breaks.start()])[-1]
        end = max(m.end() for m in _BREAK.finditer(self.source, left, right))
        below = _BREAK.split(self.source[end : end + _LINE])[0]
        return any(_is_row(above, mark) and _is_row(below, mark) for mark in ("\t", "|", ";", ","))

    def _speaks(self, index: int, last: int, gap: str) -> bool:
        """Whether a colon between or after the tokens makes one of them a speaker: "Margaret: Carver is late." """
        if ":" in gap:
            return (
                last + 1 < len(self.words)
                and self.gap(last) == " "
                and self.source[self.spans[last + 1].start].islower()
            )
        return _BREAK.search(gap) is not None and last + 1 < len(self.words) and self.gap(last).startswith(": ")

    def _enumerated(self, first: int, last: int) -> bool:
        """Whether the tokens stand in a list of single names: "Anna, Margaret, Carver and Tom"."""
        before = first > 0 and self.gap(first - 1).strip() in _COMMAS and self.gap(first - 1).strip() != ""
        before = before and self.source[self.spans[first - 1].start].isupper() and not self._name_beside(first - 1, -1)
        if last + 1 >= len(self.words):
            return before and len(self.words) > last - first + 2
        after = self.gap(last).strip()
        follows = last + 1
        if self.words[follows] in _AND:
            after, follows = ",", follows + 1
        if follows >= len(self.words) or not self.source[self.spans[follows].start].isupper():
            return False
        return after in _COMMAS and after != "" and not self._name_beside(follows, 1)

    def in_address(self, first: int, last: int) -> bool:
        """Whether the tokens stand, without a space, in an address, a path, a handle or an identifier."""
        gaps = [self.gap(index) for index in range(first, last)]
        if any(not gap or gap.strip("._-+%~/") for gap in gaps):
            return False
        start, end = self.spans[first].start, self.spans[last].end
        before, after = self.source[max(0, start - 1) : start], self.source[end : end + 2]
        if all("_" in gap for gap in gaps):
            return True
        if any("/" in gap for gap in gaps):
            return before == "/" and after[:1] == "/"
        return (
            before in ("/", "@", "#", "\\", "=", "_")
            or after[:1] in ("/", "@", "_")
            or (after[:1] in (".", "-") and after[1:].isalnum())
        )

    def side_by_side(self, first: int, last: int) -> bool:
        """Whether nothing but spaces, hyphens, full stops of initials, quotes and brackets stands between tokens."""
        return all(_BESIDE.fullmatch(self.gap(index)) is not None for index in range(first, last))

    def capital_within(self, index: int, position: int) -> bool:
        """Whether the letter at a position of `squashed`, inside a token, is a capital after a small letter."""
        token = self.spans[index]
        place = token.start + position - self.starts[index]
        if token.end - token.start != len(token.text) or place <= token.start:
            return False
        return self.source[place].isupper() and not self.source[place - 1].isupper()

    def capitalised(self, index: int) -> bool:
        """Whether a token begins with a capital, or is in a script that has none."""
        first = self.source[self.spans[index].start]
        return first.isupper() or not first.islower()


class TokenizedTexts(dict[str, TokenizedText]):
    """The texts of one request, each read, and searched for what is in code, once for all who ask."""

    def __init__(self) -> None:
        super().__init__()
        self._uncovered: dict[tuple[str, bool], tuple[View, ...]] = {}

    def uncovered(self, text: str, *, wide: bool) -> tuple[View, ...]:
        """Return what decoding uncovers in a text (see `uncover`)."""
        found = self._uncovered.get((text, wide))
        if found is None:
            found = self._uncovered[text, wide] = uncover(text, wide=wide)
        return found

    def __missing__(self, text: str) -> TokenizedText:
        reading = self[text] = TokenizedText(text)
        return reading


@dataclass(frozen=True, slots=True)
class Match:
    """A detector's raw find: which target of the segment, where in the source, how sure."""

    target: int
    kind: EvidenceKind
    strength: Strength
    start: int
    end: int
    via: str = ""
    score: float = 1.0


def evidence_of(target: Target, sighting: Match, channel: Channel, number: int) -> Evidence:
    """A sighting of a target as evidence: in which channel, and in which message or tool call."""
    return Evidence(
        target.id, sighting.kind, sighting.strength, channel, sighting.start, sighting.end, number, sighting.via,
        sighting.score,
    )  # fmt: skip


Found = tuple[tuple[Target, Match], ...]
_MOST = 4_096


class Remembered:
    """The findings in the last texts read. Texts are kept as digests only. Safe to use from several threads."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._found: OrderedDict[bytes, Found] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, text: str, way: str, find: Callable[[], Found]) -> Found:
        """Return what is found in a text when it is read in this way; looked for only if it is not known."""
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, person=way.encode()).digest()
        with self._lock:
            known = self._found.get(digest)
            if known is not None:
                self._found.move_to_end(digest)
                return known
        found = find()
        with self._lock:
            self._found[digest] = found
            if len(self._found) > self._most:
                self._found.popitem(last=False)
        return found
