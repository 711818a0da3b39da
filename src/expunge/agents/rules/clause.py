"""Cuts a target's clause out of a sentence that is somebody else's, where that leaves a whole sentence.

Only plain joints are cut: a bracket, a phrase between commas, what hangs on the end, the company that somebody kept,
a name in a row of names. Where none is there, the sentence goes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from expunge.agents.rules.entities import Mention
from expunge.agents.rules.gender import Gender
from expunge.agents.rules.language import VERB_LAST, Language
from expunge.agents.rules.reading import Element, Reading
from expunge.text.segment import Span, clauses, words

_LONGEST = 4_000
"""Characters from which a sentence is not cut: it stays or goes."""
_VERB_SECOND = frozenset({"de", "nl", "sv"})
_TERMINAL = re.compile(r"[.!?…。！？।؟۔]+[\"'”’»)\]*_]*$")
_VERB_ENDINGS = {
    "en": r"ed|s",
    "de": r"te|ten|iert",
    "fr": r"a|ait|it|ut|aient|èrent|irent",
    "es": r"ó|aba|ía|aban|ían|aron|ieron",
    "it": r"ò|ì|ava|eva|iva|arono|irono",
    "pt": r"ou|eu|iu|ava|ia|aram|eram|iram",
    "nl": r"de|te|den|ten",
    "sv": r"de|te|ade",
    "pl": r"ł|ła|li|ły",
    "ru": r"л|ла|ли|ет|ит|ют|ят|лся|лась",
}
_VERBS = {code: re.compile(rf"\w(?:{endings})$") for code, endings in _VERB_ENDINGS.items()}
_TITLE_BEFORE = r"(?:the |le |la |el |der |die )?"


def cut(reading: Reading, element: Element) -> str | None:
    """Return what is left of an element's own text without its target, None if it must go whole."""
    text, unit = reading.text, element.unit
    if unit.span.end - unit.body > _LONGEST or not element.others or not element.signs.named:
        return None
    if reading.entities.names_target(unit.span.start, unit.body):
        return None  # its label names the target, and is no part of what is cut
    body = text[unit.body : unit.span.end].rstrip()
    sentence = _Sentence(reading, unit.body, unit.body + len(body))
    for joint in (sentence.row, sentence.brackets, sentence.company, sentence.owner, sentence.hanging):
        cut_out = joint()
        if cut_out is None:
            continue
        left = _tidy(sentence.without(cut_out), body)
        if left and sentence.stands(left, cut_out):
            return left
    return None


@dataclass(frozen=True, slots=True)
class _Cut:
    """The spans of a text that go, and perhaps one that is put in other words."""

    gone: tuple[Span, ...]
    reworded: Span | None = None
    wording: str = ""

    def takes(self, mention: Mention) -> bool:
        """Whether a mention goes with it."""
        return any(span.start <= mention.start < span.end for span in self.gone)


@dataclass(frozen=True, slots=True)
class _Clause(Span):
    """A clause of a sentence, and whether it names the target."""

    ours: bool


class _Sentence:
    """One sentence and its joints."""

    def __init__(self, reading: Reading, start: int, end: int) -> None:
        self.reading, self.language = reading, reading.language
        self.text, self.start, self.end = reading.text, start, end
        entities = reading.entities
        self.named = entities.within(start, end)
        self.ours = [m for m in self.named if entities.is_target(m.who)]
        self.others = [m for m in self.named if not entities.is_target(m.who) and entities.all[m.who].surely_a_person]

    # Joints, each as what goes, or None where there is none.

    def row(self) -> _Cut | None:
        """A name in a row of three or more: "Klein, Noether and Hilbert"."""
        if len(self.ours) != 1 or len(self.named) < 2:
            return None
        pair = self._pair()
        if pair is not None or len(self.named) == 2:
            return pair
        name, at = self.ours[0], self.named.index(self.ours[0])
        before = self.text[self.named[at - 1].end : name.start] if at else ""
        after = self.text[name.end : self.named[at + 1].start] if at + 1 < len(self.named) else ""
        if _COMMA.fullmatch(after) and at + 2 < len(self.named):
            beyond = self.text[self.named[at + 1].end : self.named[at + 2].start]
            if _COMMA.fullmatch(beyond) or _LAST.fullmatch(beyond):
                return _Cut((Span(name.start, self.named[at + 1].start),))
        if _COMMA.fullmatch(before) and _LAST.fullmatch(after):
            return _Cut((Span(self.named[at - 1].end, name.end),))
        return None

    def _pair(self) -> _Cut | None:
        """One of two subjects, where the verb says nothing of how many they are: "A and X moved to Kelm"."""
        first, second = self.named[:2]
        joint = self.text[first.end : second.start]
        if self.text[self.start : first.start].strip() or not re.fullmatch(rf"\s+(?:{_COORDINATORS})\s+", joint):
            return None
        verb = re.match(r"\s+(\w+)", self.text[second.end : self.end])
        singular = dict(self.language.agree).get(verb[1]) if verb else None
        if verb is None or not (singular or (self.language.code == "en" and verb[1].endswith("ed"))):
            return None
        name = self.ours[0]
        if name not in (first, second):
            return None
        gone = Span(first.end, second.end) if name is second else Span(first.start, second.start)
        if not singular:
            return _Cut((gone,))
        return _Cut((gone,), Span(second.end + verb.start(1), second.end + verb.end(1)), singular)

    def brackets(self) -> _Cut | None:
        """A bracket that holds all the mentions: "(X's brother)"."""
        spans = [
            Span(self.start + m.start(), self.start + m.end())
            for m in re.finditer(r"\s?[(（\[][^()（）\[\]]*[)）\]]", self.text[self.start : self.end])
        ]
        holding = _Cut(tuple(s for s in spans if any(s.start <= m.start < s.end for m in self.ours)))
        return holding if holding.gone and all(map(holding.takes, self.ours)) else None

    def company(self) -> _Cut | None:
        """The company that somebody kept: "He trained with X in Kelm"."""
        if len(self.ours) != 1 or self.language.code in VERB_LAST or self.language.code in _VERB_SECOND:
            return None
        name = self.ours[0]
        alone = {w for w in self.language.with_ if w not in _COORDINATOR_WORDS}
        before = self.text[self.start : name.start]
        match = re.search(
            rf"\s(?:{'|'.join(sorted(map(re.escape, alone), key=len, reverse=True)) or '(?!)'})\s+$", before
        )
        after = self.text[name.end : self.end]
        follows = re.match(r"\s+(\w+)", after)
        ends = re.fullmatch(r"\W*", after) is not None
        goes_on = follows is not None and follows[1].casefold() in self.language.prepositions
        if match is None or not (ends or goes_on) or not _has_verb(before[: match.start()], self.language):
            return None
        return _Cut((Span(self.start + match.start(), name.end),))

    def owner(self) -> _Cut | None:
        """Cut the owner of somebody: "X's brother Anton was born" keeps Anton."""
        if len(self.ours) != 1 or not self.others or self.text[self.start : self.ours[0].start].strip():
            return None
        name, other = self.ours[0], self.others[0]
        between = self.text[name.end : other.start]
        if not re.fullmatch(r"[’']s?\s+(?:[\w-]+\s+){1,3}", between):
            return None
        return _Cut((Span(self.start, other.start),))

    def hanging(self) -> _Cut | None:
        """Cut what hangs on a clause of somebody else's, between commas, at the end or before it."""
        code = self.language.code
        if code in VERB_LAST or code in ("zh", "ar"):
            return None
        parts = self._clauses()
        first = next((at for at, part in enumerate(parts) if part.ours), None)
        if first is None or len(parts) < 2:
            return None
        if first > 0:
            return self._inserted(parts, first) if self._somebody_leads(parts[0]) else None
        if code in _VERB_SECOND:
            return None
        subject = self._subject_before(parts[0])
        return self._opening(parts) if subject is None else self._first_predicate(parts, subject)

    def _clauses(self) -> list[_Clause]:
        rows = [Span(m.start - self.start, m.end - self.start) for m in self.named]
        spans = clauses(self.text[self.start : self.end], rows, self.language.openers)
        placed = [Span(self.start + span.start, self.start + span.end) for span in spans]
        return [_Clause(p.start, p.end, any(p.start <= m.start < p.end for m in self.ours)) for p in placed]

    def _inserted(self, parts: Sequence[_Clause], first: int) -> _Cut | None:
        """The clauses from the first of the target's up to where somebody else's sentence goes on, or to its end."""
        last = self._last_of_target(parts, first)
        if any(part.ours for part in parts[last + 1 :]):
            return None
        start, head = self._back(parts[first].start), self.text[self.start : parts[first].start]
        if last + 1 == len(parts):
            return _Cut((Span(start, self.end),)) if _has_verb(head, self.language) else None
        return _Cut((Span(start, self._forward(parts[last + 1].start, head)),))

    def _last_of_target(self, parts: Sequence[_Clause], first: int) -> int:
        """The last of the clauses that go on about the target after its first."""
        subject = self._is_subject(parts[first])
        last = first
        for at in range(first + 1, len(parts)):
            ends = self._somebody_begins(parts[at]) if subject else self._resumes(parts[at - 1], parts[at])
            if ends and not parts[at].ours:
                break
            last = at
        return last

    def _is_subject(self, part: _Clause) -> bool:
        """Whether the target is the subject of a clause that stands by itself: "…, but X bakes"."""
        body = self._body(part)
        apart = body > part.start + 2 or self.text[part.start] in ";:—–-"
        return apart and any(body <= m.start <= body + 1 for m in self.ours)

    def _subject_before(self, part: _Clause) -> Mention | None:
        """Somebody else with whom the sentence begins, before the target is named."""
        lead = self.others[0] if self.others else None
        if lead is None or not part.start <= lead.start < self.ours[0].start or lead.start - self.start > 1:
            return None
        return lead

    def _first_predicate(self, parts: Sequence[_Clause], subject: Mention) -> _Cut | None:
        """Cut what a subject is said to be before the second verb: "Anton is the brother of X and bakes"."""
        at = next((at for at, part in enumerate(parts) if not part.ours), None)
        if at is None or any(part.ours for part in parts[at:]):
            return None
        later = parts[at]
        match = re.match(rf"(?:{_COORDINATORS})\s+", self.text[later.start : later.end], re.IGNORECASE)
        if match is None or not _opens_with_verb(self.text[later.start + match.end() : later.end], self.language):
            return None
        return _Cut((Span(subject.end, later.start + match.end() - 1),))

    def _opening(self, parts: Sequence[_Clause]) -> _Cut | None:
        """All before the clause in which somebody else begins, after the last of the target's."""
        last = max(at for at, part in enumerate(parts) if part.ours)
        begins = next((part for part in parts[last + 1 :] if self._somebody_begins(part)), None)
        return None if begins is None else _Cut((Span(self.start, self._body(begins)),))

    # Parts of joints.

    def _somebody_leads(self, part: Span) -> bool:
        return any(part.start <= m.start < part.end for m in self.others) or self._pronoun_leads(part)

    def _pronoun_leads(self, part: Span) -> bool:
        found = [w.of(self.text[part.start : part.end]).casefold() for w in words(self.text[part.start : part.end])[:2]]
        return any(w in self.language.he | self.language.she | self.language.self for w in found)

    def _body(self, part: Span) -> int:
        match = re.match(
            rf"[\s,;:—–-]*(?:(?:{_COORDINATORS}|{_CONTRASTS})\s+)?", self.text[part.start : part.end], re.IGNORECASE
        )
        return part.start + (match.end() if match else 0)

    def _somebody_begins(self, part: Span) -> bool:
        begins = self._body(part)
        who = next((m for m in self.others if begins <= m.start <= begins + 4), None)
        return who is not None and _has_verb(self.text[who.start : part.end], self.language)

    def _resumes(self, before: Span, part: Span) -> bool:
        """Whether a part goes on with the clause that was interrupted, or is another's."""
        if self._somebody_begins(part):
            return True
        piece = self.text[part.start : part.end]
        closed = re.match(r"[,)—–]\s*", piece)
        return (
            closed is not None and _opens_with_verb(piece[closed.end() :], self.language) and before.start > self.start
        )

    def _back(self, at: int) -> int:
        while at > self.start and self.text[at - 1] in " \t,;—–":
            at -= 1
        return at

    def _forward(self, at: int, head: str) -> int:
        if _has_verb(head, self.language):
            return at
        match = re.match(r"[\s,)—–]+", self.text[at : self.end])
        return at + (match.end() - 1 if match and match.end() else 0)

    # What is left.

    def without(self, cut_out: _Cut) -> str:
        """The sentence without what goes."""
        edits = [(span, "") for span in cut_out.gone]
        if cut_out.reworded is not None:
            edits = sorted([*edits, (cut_out.reworded, cut_out.wording)], key=lambda edit: edit[0].start)
        kept, at = "", self.start
        for span, instead in edits:
            kept += self.text[at : span.start] + instead
            at = max(at, span.end)
        return kept + self.text[at : self.end]

    def stands(self, left: str, cut_out: _Cut) -> bool:
        """Whether what is left tells of somebody else alone, and nothing of both of them."""
        language, everybody = self.language, self.reading.entities.all
        said = [w.of(left).casefold() for w in words(left)]
        if not language.joint.isdisjoint(said) or any(j in left.casefold() for j in language.joint_phrases):
            return False
        kept = {everybody[m.who].gender for m in self.others if not cut_out.takes(m)}
        if not all(map(cut_out.takes, self.ours)):
            return False
        if not (kept or self._pronoun_leads(Span(self.start, self.end))):
            return False
        if None not in kept and self._has_pronoun_of(said, {everybody[m.who].gender for m in self.ours} - kept):
            return False
        return _has_verb(left, language) and not self.reading.tells(left) and len(said) >= 3

    def _has_pronoun_of(self, said: Sequence[str], genders: Collection[Gender | None]) -> bool:
        """Whether words hold a pronoun of one of these genders."""
        language = self.language
        pronouns = {"female": language.she | language.her, "male": language.he | language.his}
        return any(gender is not None and not pronouns[gender].isdisjoint(said) for gender in genders)


_COORDINATORS = "and|und|et|y|e|ed|en|och|i|oraz|и|ve|&|as well as|sowie"
_COORDINATOR_WORDS = frozenset(_COORDINATORS.split("|"))
_COMMA = re.compile(r"\s*[,、،]\s*" + _TITLE_BEFORE)
_LAST = re.compile(rf"\s*,?\s*(?:{_COORDINATORS})\s+{_TITLE_BEFORE}", re.IGNORECASE)
"""What stands between the names of a row, and before its last."""
_CONTRASTS = "but|while|whereas|aber|während|mais|pero|mientras|ma|mentre|mas|enquanto|maar|terwijl|а|но"


def _has_verb(piece: str, language: Language) -> bool:
    found = [w.of(piece) for w in words(piece)]
    if language.code in VERB_LAST or language.code in ("zh", "ar"):
        return bool(found)
    return any(_is_verb(w, language) for w in found[1:])


def _opens_with_verb(piece: str, language: Language) -> bool:
    found = [w.of(piece) for w in words(piece)[:1]]
    return bool(found) and _is_verb(found[0], language)


def _is_verb(word: str, language: Language) -> bool:
    if word.casefold() in language.verbs:
        return True
    pattern = _VERBS.get(language.code)
    return pattern is not None and word[:1].islower() and word not in language.function and bool(pattern.search(word))


def _tidy(left: str, body: str) -> str:
    """Return what is left, with a capital where the sentence had one, its end mark, and no stray punctuation."""
    left = left.strip().lstrip(",;:—– ")
    terminal = _TERMINAL.search(body)
    if terminal and not _TERMINAL.search(left):
        left = re.sub(r"[\s,;:，；、—–-]+$", "", left) + terminal[0].rstrip(
            "\"'”’»" if left.count("“") <= left.count("”") else ""
        )
    if body[:1].isupper() and left[:1].islower():
        left = left[0].upper() + left[1:]
    left = re.sub(r"(?<![ \t])[ \t]++([,;.!?])", r"\1", left)
    left = re.sub(r",\s*([.;!?])", r"\1", left)
    left = re.sub(r"(?<=\S)[ \t]{2,}(?=\S)", " ", left)
    return re.sub(r",\s*,", ",", left)
