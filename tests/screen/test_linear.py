"""Time per character: no step over somebody's text may cost more for each character, the longer the text is.

Ratios of processor time are compared, never seconds. `--hostile` of 10,000 or more measures at 10 and 100 kB; otherwise
the texts are a tenth of that.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from benchmarks.hostile_texts import COMMON, NAME, TEXTS
from expunge.agents.case import Case
from expunge.agents.rules.content import content_words
from expunge.agents.rules.erase import erase
from expunge.agents.rules.sections import lay_out
from expunge.counterfactual.repetition import repeats
from expunge.errors import ExpungeError
from expunge.forms.finding import form_of
from expunge.gateway.apis.binary import text_within
from expunge.gateway.json_text import NotReadable, parsed
from expunge.gateway.sse import EventParser
from expunge.refusals import plain_refusal
from expunge.screen import encoded
from expunge.screen.context import anaphora, disambiguation, focus, retrieved
from expunge.screen.index import Segment, View
from expunge.screen.matches import TokenizedText
from expunge.screen.names import cross_script, exact, fuzzy, partial
from expunge.screen.names.people.reassembled import reassembled
from expunge.screen.names.people.turns import over_turns
from expunge.screen.semantic import facts, phrases
from expunge.screen.semantic.embeddings import NO_ROWS
from expunge.text import fold, language, rendered, segment
from expunge.text.budget import budget, counted
from expunge.text.decode import search
from expunge.text.decode.look import cues
from expunge.text.ignorance import is_ignorance
from expunge.types import Draft, Evidence, EvidenceKind, Fact, Finding, Message, Snapshot, Strength, Target

TARGETS = (
    Target(
        NAME,
        aliases=("Otti Brathwick", "奥托琳·布拉斯威克"),
        facts=(Fact("She wrote the novel The Salt Meridian in Varmouth."), Fact("Her father sold lamps in Quellmere.")),
        id="t1",
    ),
    Target(COMMON, facts=(Fact("Margaret Carver was a cartographer."),), id="t2"),
)
SNAPSHOT = Snapshot(1, {target.id: target for target in TARGETS}, 1)
VIEW = View(SNAPSHOT, (Segment(TARGETS),))
NAMES, SPELLING, PARTS = exact.Names(TARGETS), fuzzy.Spelling(TARGETS), partial.RareParts(TARGETS)
FACTS, PHRASES = facts.Facts(TARGETS, NO_ROWS), phrases.Phrases(TARGETS)
KNOWN = focus.known_words(TARGETS[0])
NAMED = re.compile(f"{NAME}|{COMMON}")
ALLOWED = 3.0
"""Times as dear for each character a text of ten times the length may be."""
NOISE = 0.02
"""Seconds of processor time that tell nothing."""


def evidence(text: str, channel: Any) -> tuple[Evidence, ...]:
    number = 0 if channel == "system" else -1
    return tuple(
        Evidence("t1", EvidenceKind.NAME, Strength.CERTAIN, channel, m.start(), m.end(), number)
        for m in NAMED.finditer(text)
    )


def erased(text: str) -> None:
    case = Case((Message("user", "Who drew the maps?"),), Draft(text), TARGETS[:1], evidence(text, "draft"))
    erase(case, (Finding("t1", "direct", "rules"),), 1)


def written(text: str) -> None:
    form = form_of([Message("system", f"Answer in this form.\n{text}"), Message("user", "Who?")])
    if form is not None:
        form.write("I do not know.")


def read_json(text: str) -> None:
    with suppress(NotReadable):
        parsed(text.encode("utf-8", "replace"), 250_000)


STEPS: dict[str, Callable[[str], Any]] = {
    "fold": fold.fold,
    "tokens": fold.tokens,
    "leet": fold.unmask_leet,
    "look-alikes": fold.unmask_homoglyphs,
    "sentences": segment.sentences,
    "clauses": segment.clauses,
    "language": language.language_of,
    "certain language": language.certain_language_of,
    "rendered": rendered.rendered,
    "cues": cues,
    "codes": lambda text: search.uncover(text, depth=1),
    "codes in codes": search.uncover,
    "letter games": lambda text: search.uncover(text, depth=1, wide=True),
    "names": lambda text: NAMES.find(TokenizedText(text)),
    "spelling": lambda text: SPELLING.find(TokenizedText(text)),
    "parts": lambda text: PARTS.find(TokenizedText(text), asked=True),
    "parts in company": lambda text: partial.parts_in_company(TARGETS[0], 0, TokenizedText(text)),
    "put together": lambda text: reassembled(text, frozenset(TokenizedText(text).words)),
    "over turns": lambda text: over_turns([text, text]),
    "shown": lambda text: encoded.find_shown(VIEW, text, asked=True),
    "other scripts": lambda text: cross_script.names_heard(TokenizedText(text)),
    "Han": lambda text: cross_script.names_in_han(TokenizedText(text)),
    "masked": lambda text: encoded.find_masked(VIEW, text),
    "encoded": lambda text: encoded.find_encoded(VIEW, text, wide=False),
    "joined": lambda text: encoded.find_joined(VIEW, text),
    "in pieces": lambda text: encoded.find_in_pieces(VIEW, [Message("user", text)] * 2),
    "refers back": anaphora.refers_back.__wrapped__,
    "speaks of somebody": anaphora.speaks_of_somebody,
    "goes on": anaphora.goes_on,
    "stand-ins": lambda text: anaphora.stands_in(text, text),
    "refers within": lambda text: anaphora.refers_within(text, KNOWN),
    "somebody else": lambda text: anaphora.names_somebody_else(text, KNOWN),
    "told of another": lambda text: disambiguation.is_told_of_another(TARGETS[0], text),
    "namesake": lambda text: disambiguation.is_somebody_else(TARGETS[1], evidence(text, "draft"), "", text),
    "company": lambda text: focus.disclosed_in_focus(TARGETS[0], 0, "Where is she?", text),
    "guessed": lambda text: focus.guessed(TARGETS[0], 0, text, "Yes."),
    "phrases": PHRASES.find,
    "credited": lambda text: disambiguation.credited_to_another(TARGETS[0], text, shared=True),
    "facts by words": lambda text: FACTS.by_words(text, segment.sentences(text)),
    "facts by both": lambda text: FACTS.by_both(text, text),
    "documents": lambda text: retrieved.document_facts(
        [(TARGETS[0], e) for e in evidence(text, "system")], [Message("system", text)]
    ),
    "lists": segment.list_start,
    "echo": lambda text: focus.only_echoes(text, text),
    "layout": lay_out,
    "words": content_words,
    "ignorance": is_ignorance,
    "erasing": erased,
    "repetition": lambda text: repeats([text], text, text),
    "refusal": lambda text: plain_refusal([Message("user", text)]),
    "data": text_within,
    "form": lambda text: form_of([Message("system", text), Message("assistant", text), Message("user", text)]),
    "written form": written,
    "JSON": read_json,
    "events": lambda text: list(EventParser().feed(f"data: {text}\n\n".encode("utf-8", "replace"))),
}


def spent(step: Callable[[str], Any], text: str) -> float | None:
    """Seconds of processor time; None if the budget, which ends in a refusal, was spent first."""
    began = time.process_time()
    try:
        with budget(), counted():
            found = step(text)
            if isinstance(found, Iterator):
                # What is found is not kept, as the screen does not: a collector of garbage that walks over ever more
                # of it would take longer for each character, the longer the text is.
                deque(found, maxlen=0)
    except ExpungeError:
        return None
    return time.process_time() - began


def grows(step: Callable[[str], Any], text: Callable[[int], str], size: int) -> float:
    """How many times dearer a character of the ten times longer text is; 0 where nothing can be told."""
    short, long = text(size), text(10 * size)
    ratio = 0.0
    for _ in range(3):
        seconds = spent(step, long)
        if seconds is None or seconds < NOISE:
            return 0.0
        before = min(filter(None, (spent(step, short) for _ in range(3))), default=0.0)
        ratio = (seconds / len(long)) / max(before / len(short), NOISE / 10 / len(short))
        if ratio <= ALLOWED:
            return ratio
    return ratio


@pytest.mark.parametrize("text", TEXTS)
def test_ten_times_the_text_is_ten_times_the_work(text: str, request: pytest.FixtureRequest) -> None:
    size = 10_000 if request.config.getoption("--hostile") >= 10_000 else 1_000
    ratios = {name: grows(step, TEXTS[text], size) for name, step in STEPS.items()}
    assert {name: ratio for name, ratio in ratios.items() if ratio > ALLOWED} == {}


def test_a_step_that_is_not_linear_would_be_seen() -> None:
    late = re.compile(r"\w{2,}(?:x|y)\b")
    assert grows(late.search, TEXTS["one letter"], 1_000) > ALLOWED
