"""A question with a text pasted beside it: whom the text names on the side is not whom the question is about."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from expunge.screen.company import known_words
from expunge.screen.documents import Document
from expunge.screen.reference import names_somebody_else, speaks_of_somebody
from expunge.screen.settling import Marked
from expunge.text.fold import fold
from expunge.text.frequency import GLUE, zipf
from expunge.types import DRAFT_CHANNELS, Channel, Message, Target

_LONGEST = 400
"""Characters that a question beside a text has at most."""
_STEM = 5
_STRANGE = 4
"""One telling word of so many may be the answer's own, beside those of the pasted text."""
_MARKED = re.compile(
    r"^[ \t>*#_]*(?:(?:user |my |the )?(?:question|query|q)|frage|pregunta|domanda|pergunta|vraag|fråga|pytanie|вопрос"
    r"|питання|soru|问题|問題|質問|질문|سؤال|प्रश्न)[ \t*_]*[:：]",
    re.IGNORECASE | re.MULTILINE,
)
_MARK_ENDS = re.compile(r"\n[ \t]*\n|\n[^\n:：]{1,20}[:：]")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*|\n(?=</?[A-Za-z][\w-]*>)|(?<=>)\n")
_ADDRESSED_LIST = """
tell answer write give say explain describe list name show please you your yours i me my who whom whose what where
when why how which sag sage schreib nenne wer wo wann was dis donne ecris qui ou quand di dime escribe quien donde
cuando chi dove quando скажи напиши кто где когда
"""
_ADDRESSED = frozenset(fold(_ADDRESSED_LIST).split())
"""Words with which a sentence speaks to whoever answers, when it opens with one."""


def quoted_on_the_side(
    found: Sequence[Marked], texts: Sequence[tuple[Channel, int, str]], messages: Sequence[Message]
) -> list[Marked]:
    """The evidence, that of targets whom a pasted text names on the side counted as a document's.

    So it is where the question beside the text names somebody else, or nobody, and where the answer says only what the
    text says outside the sentences about the target. Of earlier turns it is so where their question names somebody
    else.
    """
    asked = {n for channel, n, _ in texts if channel == "question"}
    said = [text for channel, _, text in texts if channel in DRAFT_CHANNELS]
    by_message: dict[tuple[int, str], list[Marked]] = {}
    for target, e in found:
        if e.channel in ("question", "history") and e.message >= 0 and messages[e.message].role == "user":
            by_message.setdefault((e.message, target.id), []).append((target, e))
    aside: set[tuple[int, str]] = set()
    pages: dict[int, _Page | None] = {}
    for (number, ref), marked in by_message.items():
        if number not in pages:
            pages[number] = _Page.of(messages[number].content)
        page = pages[number]
        spans = [(e.start, e.end) for _, e in marked]
        if page is None or (number in asked and not said):
            continue
        if page.only_quotes(marked[0][0], spans, said if number in asked else None):
            aside.add((number, ref))
    if not aside:
        return list(found)
    return [(t, replace(e, channel="system") if (e.message, t.id) in aside else e) for t, e in found]


class _Page:
    """A message that holds a short question and a longer text."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self._asked = text[start:end]
        self._start, self._end = start, end
        self._document = Document(text[:start] + " " * (end - start) + text[end:])

    @classmethod
    def of(cls, text: str) -> _Page | None:
        span = _asked_in(text)
        return None if span is None else cls(text, *span)

    def only_quotes(self, target: Target, spans: Sequence[tuple[int, int]], said: Sequence[str] | None) -> bool:
        """Whether the text tells of a target on the side; `said` is the answer, None where it is not at hand."""
        if any(start < self._end and end > self._start for start, end in spans):
            return False
        known = known_words(target)
        names_another = names_somebody_else(self._asked, known)
        if not names_another and (said is None or speaks_of_somebody(self._asked)):
            return False
        places = set(self._document.about({start for start, _ in spans}))
        if any(self._addresses(place) for place in places):
            return False
        if said is None:
            return True
        elsewhere = _stems(" ".join(self._elsewhere(places)))
        of_the_target = _stems(" ".join(map(self._document.sentence, places))) - elsewhere
        if not names_another and not of_the_target.isdisjoint(_stems(self._asked)):
            return False  # "Where was the head of design born?"
        told = _stems(" ".join(said))
        strange = told - elsewhere - _stems(self._asked)
        return len(strange) * _STRANGE <= len(told) and (bool(told) or names_another)

    def _addresses(self, place: int) -> bool:
        sentence = self._document.sentence(place)
        first = next(iter(fold(sentence).split()), "")
        return first in _ADDRESSED or sentence.rstrip().endswith(("?", "？", "؟"))

    def _elsewhere(self, places: Collection[int]) -> Iterator[str]:
        yield from (self._document.sentence(p) for p in range(len(self._document)) if p not in places)


def _asked_in(text: str) -> tuple[int, int] | None:
    """Where the question stands in a message that holds a longer text, too."""
    marks = list(_MARKED.finditer(text)) if ":" in text or "：" in text else ()
    if marks:
        start = marks[-1].end()
        stop = _MARK_ENDS.search(text, start)
        end = stop.start() if stop else len(text)
        return (start, end) if _is_short(text, start, end) else None
    if "\n" not in text:
        return None
    breaks = [m.span() for m in _PARAGRAPHS.finditer(text.rstrip())]
    if not breaks:
        return None
    last = (breaks[-1][1], len(text))
    if _is_short(text, *last) and _asks(text[slice(*last)]):
        return last
    first = (0, breaks[0][0])
    return first if _is_short(text, *first) and _asks(text[slice(*first)]) else None


def _is_short(text: str, start: int, end: int) -> bool:
    return bool(text[start:end].strip()) and end - start <= min(_LONGEST, len(text) - (end - start))


def _asks(paragraph: str) -> bool:
    said = paragraph.strip()
    first = next(iter(fold(said).split()), "")
    return said.endswith(("?", "？", "؟", ":")) or first in _ADDRESSED


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in fold(text).split() if word.isdigit() or zipf(word) < GLUE)
