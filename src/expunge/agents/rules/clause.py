"""Cuts a target's clause out of a sentence that is somebody else's, where that leaves a whole sentence.

Only plain joints are cut: a bracket, a phrase between commas, what hangs on the end, the company that somebody kept,
a name in a row of names. Where none is there, the sentence goes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from expunge.agents.rules.entities import Mention
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
    """What is left of an element's own text without its target, None if it must go whole."""
    text = reading.text
    start, end = element.unit.body, element.unit.span.end
    if end - start > _LONGEST or not element.others or not element.signs.named:
        return None
    body = text[start:end].rstrip()
    cutter = _Cutter(reading, start, start + len(body))
    for attempt in (cutter.row, cutter.brackets, cutter.company, cutter.owner, cutter.hanging):
        cutter.replaced = None
        spans = attempt()
        if spans is None:
            continue
        left = _tidy(cutter.without(spans), body)
        if left and cutter.stands(left, spans):
            return left
    return None


class _Cutter:
    """The joints of one sentence."""

    def __init__(self, reading: Reading, start: int, end: int) -> None:
        self.reading, self.language = reading, reading.language
        self.text, self.start, self.end = reading.text, start, end
        entities = reading.entities
        named = entities.within(start, end)
        self.ours = [m for m in named if entities.is_target(m.who)]
        self.others = [m for m in named if not entities.is_target(m.who) and entities.all[m.who].surely_a_person]
        self.named = named
        self.replaced: tuple[int, int, str] | None = None

    # Joints, each as the spans that go, or None where there is none.

    def row(self) -> list[Span] | None:
        """A name in a row of three or more: "Klein, Noether and Hilbert"."""
        if len(self.ours) != 1 or len(self.named) < 2:
            return None
        pair = self._pair()
        if pair is not None or len(self.named) == 2:
            return pair
        at = self.named.index(self.ours[0])
        name = self.ours[0]
        before = self.text[self.named[at - 1].end : name.start] if at else ""
        after = self.text[name.end : self.named[at + 1].start] if at + 1 < len(self.named) else ""
        comma = re.compile(r"\s*[,、،]\s*" + _TITLE_BEFORE)
        last = re.compile(rf"\s*,?\s*(?:{_COORDINATORS})\s+{_TITLE_BEFORE}", re.IGNORECASE)
        if comma.fullmatch(after) and at + 2 < len(self.named):
            beyond = self.text[self.named[at + 1].end : self.named[at + 2].start]
            if comma.fullmatch(beyond) or last.fullmatch(beyond):
                return [Span(name.start, self.named[at + 1].start)]
        if comma.fullmatch(before) and last.fullmatch(after):
            return [Span(self.named[at - 1].end, name.end)]
        return None

    def _pair(self) -> list[Span] | None:
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
        if singular:
            self.replaced = (second.end + verb.start(1), second.end + verb.end(1), singular)
        return [gone]

    def brackets(self) -> list[Span] | None:
        """A bracket that holds all the mentions: "(X's brother)"."""
        spans = [
            Span(self.start + m.start(), self.start + m.end())
            for m in re.finditer(r"\s?[(（\[][^()（）\[\]]*[)）\]]", self.text[self.start : self.end])
        ]
        holding = [s for s in spans if any(s.start <= m.start < s.end for m in self.ours)]
        inside = all(any(s.start <= m.start < s.end for s in holding) for m in self.ours)
        return holding if holding and inside else None

    def company(self) -> list[Span] | None:
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
        return [Span(self.start + match.start(), name.end)]

    def owner(self) -> list[Span] | None:
        """Whose somebody is: "X's brother Anton was born" keeps Anton."""
        if len(self.ours) != 1 or not self.others or self.text[self.start : self.ours[0].start].strip():
            return None
        name, other = self.ours[0], self.others[0]
        between = self.text[name.end : other.start]
        if not re.fullmatch(r"[’']s?\s+(?:[\w-]+\s+){1,3}", between):
            return None
        return [Span(self.start, other.start)]

    def hanging(self) -> list[Span] | None:
        """What hangs on a clause of somebody else's, between commas, at the end or before it."""
        code = self.language.code
        if code in VERB_LAST or code in ("zh", "ar"):
            return None
        rows = [Span(m.start - self.start, m.end - self.start) for m in self.named]
        parts = [
            Span(self.start + p.start, self.start + p.end)
            for p in clauses(self.text[self.start : self.end], rows, self.language.openers)
        ]
        touched = [any(p.start <= m.start < p.end for m in self.ours) for p in parts]
        if not any(touched) or len(parts) < 2:
            return None
        first = touched.index(True)
        led = any(parts[0].start <= m.start < parts[0].end for m in self.others) or self._pronoun_leads(parts[0])
        if first > 0 and led:
            last = first
            body = self._body(parts[first])
            main = body > parts[first].start + 2 or self.text[parts[first].start] in ";:—–-"
            main = main and any(body <= m.start <= body + 1 for m in self.ours)
            while last + 1 < len(parts) and (
                touched[last + 1]
                or not (self._somebody_begins(parts[last + 1]) if main else self._resumes(parts[last], parts[last + 1]))
            ):
                last += 1
            if any(touched[last + 1 :]):
                return None
            head = self.text[self.start : parts[first].start]
            if last == len(parts) - 1:
                return [Span(self._back(parts[first].start), self.end)] if _has_verb(head, self.language) else None
            rest = self.text[parts[last + 1].start : self.end]
            return [Span(self._back(parts[first].start), self._forward(parts[last + 1].start, head, rest))]
        if first == 0 and code not in _VERB_SECOND:
            lead = self.others[0] if self.others else None
            if lead is not None and parts[0].start <= lead.start < self.ours[0].start and lead.start - self.start <= 1:
                # "Anton is the brother of X and bakes": the subject goes on with the second verb.
                later = next((p for p, t in zip(parts[1:], touched[1:], strict=True) if not t), None)
                if later is None or (touched.index(False) + 1 < len(parts) and any(touched[touched.index(False) :])):
                    return None
                match = re.match(rf"(?:{_COORDINATORS})\s+", self.text[later.start : later.end], re.IGNORECASE)
                begins = later.start + match.end() if match else later.start
                if match and _opens_with_verb(self.text[begins : later.end], self.language):
                    return [Span(lead.end, begins - 1)]
                return None
            at = max(i for i, t in enumerate(touched) if t) + 1
            while at < len(parts) and not self._somebody_begins(parts[at]):
                at += 1
            if at < len(parts):
                return [Span(self.start, self._body(parts[at]))]
        return None

    # Parts of joints.

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

    def _forward(self, at: int, head: str, rest: str) -> int:
        if _has_verb(head, self.language):
            return at
        match = re.match(r"[\s,)—–]+", rest)
        return at + (match.end() - 1 if match and match.end() else 0)

    # What is left.

    def without(self, spans: Sequence[Span]) -> str:
        edits = [(span.start, span.end, "") for span in spans]
        if self.replaced is not None:
            edits = sorted([*edits, self.replaced])
        out, at = "", self.start
        for start, end, instead in edits:
            out += self.text[at:start] + instead
            at = max(at, end)
        return out + self.text[at : self.end]

    def stands(self, left: str, spans: Sequence[Span]) -> bool:
        """Whether what is left tells of somebody else alone, and nothing of both of them."""
        language, everybody = self.language, self.reading.entities.all
        said = [w.of(left).casefold() for w in words(left)]

        def gone(m: Mention) -> bool:
            return any(s.start <= m.start < s.end for s in spans)

        if not language.joint.isdisjoint(said) or any(j in left.casefold() for j in language.joint_phrases):
            return False
        kept = {everybody[m.who].gender for m in self.others if not gone(m)}
        if not all(gone(m) for m in self.ours) or not (kept or self._pronoun_leads(Span(self.start, self.end))):
            return False
        if None not in kept:
            pronouns = {"female": language.she | language.her, "male": language.he | language.his}
            for gender in {everybody[m.who].gender for m in self.ours} - kept:
                if gender is not None and not pronouns[gender].isdisjoint(said):
                    return False
        return _has_verb(left, language) and not self.reading.tells(left) and len(said) >= 3


_COORDINATORS = "and|und|et|y|e|ed|en|och|i|oraz|и|ve|&|as well as|sowie"
_COORDINATOR_WORDS = frozenset(_COORDINATORS.split("|"))
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
    """What is left, with a capital where the sentence had one, its end mark, and no stray punctuation."""
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
