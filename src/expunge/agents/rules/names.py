"""Finds what looks like a name in a text: runs of capitals, or what question and answer share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from expunge.agents.rules.language import Language, is_unspaced
from expunge.text.budget import step
from expunge.text.segment import Span, words

JOINER = r"(?:,\s*)?(?:and|und|et|y|e|ed|en|och|i|oraz|и|ve|&|as well as|sowie|و|और)"
"""What stands between two names of a row."""
_PARTICLE_LIST = "de da del della di du dos das la le van von der den ter ten zu bin ibn al el af av und & y"
_PARTICLES = frozenset(_PARTICLE_LIST.split()) - {"und", "&", "y"}
_CALENDAR_LIST = (
    "january february march april may june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday januar februar märz mai juni juli oktober dezember montag dienstag mittwoch "
    "donnerstag freitag samstag sonntag"
)
_CALENDAR = frozenset(_CALENDAR_LIST.split())
_ELISION = re.compile(r"^(?:[ldjmtsnc]|qu|dell|all|nell|dall|sull|un|lorsqu|jusqu)[’'](?=\w)", re.IGNORECASE)
_SUFFIX = re.compile(r"[’'](?:s|in|ın|un|ün|nin|nın|de|da|e|a|i|ı|yi)?$")
_NAME_GAP = re.compile(r"(?: |\u00a0|\. ?|-|\n)")
CASELESS = re.compile("[\u0590-\u08ff\u0900-\u0dff\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""A letter of a script without capitals."""


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
        joined = bool(run) and _NAME_GAP.fullmatch(gap) is not None and (gap != ". " or len(run[-1].text) <= 3)
        if run and not joined:
            yield run
            run, pending = [], []
        folded = word.text.casefold()
        capital = word.text[0].isupper() and not (folded in language.function or folded in _CALENDAR)
        if capital and not (not run and folded in language.verbs):
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


def shared_words(text: str, question: str, language: Language) -> list[str]:
    """Runs of words of a script without capitals that question and text share, function words aside."""
    found, run = [], []
    stands: dict[str, bool] = {}
    for word in name_words(question):
        plain = word.text.casefold() in language.function or not CASELESS.search(word.text)
        if not plain and word.text not in stands:
            step()
            stands[word.text] = re.search(rf"(?<!\w){re.escape(word.text)}", text) is not None
        if not plain and stands[word.text]:
            run.append(word.text)
            continue
        if run:
            found.append(" ".join(run))
        run = []
    if run:
        found.append(" ".join(run))
    return [name for name in found if name in text and len(name) > 2]


def shared_unspaced(text: str, question: str) -> list[str]:
    """The longest strings that question and text share in a script without spaces, up to 12 characters."""
    best: list[str] = []
    for size in range(min(12, len(question)), 1, -1):
        step()
        told = {text[at : at + size] for at in range(len(text) - size + 1)}
        within = {longer[at : at + size] for longer in best for at in range(len(longer) - size + 1)}
        for at in range(len(question) - size + 1):
            part = question[at : at + size]
            if part not in told or part in within or _UNNAMED.search(part):
                continue
            if all(CASELESS.match(c) or c in "·・" for c in part):
                best.append(part)
                within.add(part)
    return best


_UNNAMED = re.compile("[是谁什么的了吗在呢请和与はがのをにでともか誰何？?，,。]|出生|介绍|关于|教え|ですか|哪")
