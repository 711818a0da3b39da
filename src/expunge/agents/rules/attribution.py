"""Who is each clause of a draft about? Follows the subject from sentence to sentence.

A sentence that names only a target, or continues one, is the target's; a sentence with somebody else for
subject is theirs, less the clauses that hang on the target. Where the signs conflict, the target wins:
what is cut too much costs a fact of a neighbour, what is cut too little is a leak.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal

from expunge.agents.case import Case
from expunge.agents.rules.cast import Cast, Mention, assemble_cast
from expunge.agents.rules.content import content_words, fact_words
from expunge.agents.rules.language import Language, language_of
from expunge.agents.rules.names import JOINER
from expunge.agents.rules.phrase import is_verb, read_phrase
from expunge.agents.rules.reading import Context, Owner, Reading, Sentence, State
from expunge.agents.rules.sections import Layout, Unit, lay_out
from expunge.agents.rules.walk import SentenceWalk
from expunge.text.budget import step
from expunge.text.segment import LineKind, Span, clauses, words
from expunge.types import EvidenceKind, Strength

_WHOLE = (LineKind.ROW, LineKind.CODE, LineKind.FENCE, LineKind.HEADING)
_LONGEST = 4_000
"""Characters from which a sentence is not cut into clauses: it stays or goes whole."""
_MEMORY = 6
"""For how many sentences after a target was told of an unclear subject may still be the target."""


def read_draft(case: Case, target_ids: Iterable[str], language: Language | None = None) -> Reading:
    """Reads the draft of `case` with `target_ids` for targets; `language` where it is known."""
    ids = frozenset(target_ids)
    language = language or language_of(case.draft.text, case.question)
    cast = assemble_cast(case, ids, language)
    focus = [i for i, e in enumerate(cast.entities) if e.focus and not e.target]
    target = next((i for i, e in enumerate(cast.entities) if e.target), None)
    default = target if cast.target_asked else (focus[0] if focus else None)
    context = Context(
        text=case.draft.text,
        language=language,
        cast=cast,
        state=State(default, persons=focus),
        facts=fact_words([t for t in case.shortlist if t.id in ids], case.question),
        fact_spans=[
            Span(e.start, e.end)
            for e in case.evidence
            if e.channel == "draft" and e.kind in (EvidenceKind.FACT, EvidenceKind.TOPIC) and e.target_id in ids
            if e.strength > Strength.HINT
        ],
        asked=content_words(case.question, language),
    )
    _settle_genders(cast, language, (case.draft.text, case.question))
    return _read(context, lay_out(case.draft.text))


def _settle_genders(cast: Cast, language: Language, texts: Sequence[str]) -> None:
    """A pronoun in use that cannot be one person's must be the other's."""
    said = {w.of(t).casefold() for t in texts for w in words(t)}
    used = {
        "male": bool(said & (language.he | language.his)),
        "female": bool(said & (language.she | language.her)),
    }
    people = [e for e in cast.entities if e.person]
    targets, others = [e for e in people if e.target], [e for e in people if e.focus and not e.target]
    for known, unknown in ((targets, others), (others, targets)):
        if len(known) == 1 and len(unknown) == 1 and known[0].gender and unknown[0].gender is None:
            opposite: Literal["male", "female"] = "female" if known[0].gender == "male" else "male"
            if used[opposite]:
                unknown[0].gender = opposite


def _read(context: Context, layout: Layout) -> Reading:
    state = context.state
    sentences: list[Sentence] = []
    listed: int | None = None
    inside = False
    scope = _Scope()
    for number, unit in enumerate(layout.units):
        step()
        if unit.opens_item:
            if not inside:
                listed, inside = state.topic, True
            state.topic, state.shared, state.ended_on_target = listed, False, False
        elif inside and not unit.in_item:
            inside, state.topic = False, listed
        if unit.label is not None:
            _hear(context, unit.label)
        sentence = _sentence(context, unit, number)
        if scope.covers(context, unit, sentence):
            _give_to_target(context, sentence, number)
        sentences.append(sentence)
    return Reading(
        context.text,
        context.language,
        context.cast,
        layout,
        sentences,
        frozenset(state.target_words),
        frozenset(state.other_words),
    )


def _hear(context: Context, label: Span) -> None:
    """A label names who speaks, or whom the line is about."""
    named = context.cast.within(label.start, label.end)
    if named:
        context.state.topic, context.state.shared = named[-1].who, False


class _Scope:
    """How far a heading, a label or a list item that is about a target reaches."""

    def __init__(self) -> None:
        self.level = 0
        self.indent = -1
        self.label = False

    def covers(self, context: Context, unit: Unit, sentence: Sentence) -> bool:
        """Whether the unit stands under a target's heading, label or item; takes note of new ones."""
        cast = context.cast
        named = [m for m in cast.within(unit.span.start, unit.span.end) if cast.is_target(m.who)]
        alone = bool(named) and all(cast.is_target(m.who) for m in cast.within(unit.span.start, unit.span.end))
        if unit.line_start:
            self.label = unit.label is not None and cast.names_target(unit.label.start, unit.label.end)
        if unit.level:
            if self.level and unit.level <= self.level:
                self.level = 0
            if alone and not self.level:
                self.level = unit.level
        elif self.level >= 7 and unit.line_start and not unit.in_item and sentence.plain and not named:
            self.level = 0
        if (unit.opens_item and unit.indent <= self.indent) or not unit.in_item:
            self.indent = -1
        if unit.opens_item and self.indent < 0 and sentence.owner is Owner.TARGET and named:
            self.indent = unit.indent
        return bool(self.level) or self.label or self.indent >= 0


def _give_to_target(context: Context, sentence: Sentence, number: int) -> None:
    sentence.owner, sentence.plain = Owner.TARGET, False
    for clause in sentence.clauses:
        clause.owner, clause.cut = Owner.TARGET, True
    told = content_words(sentence.span.of(context.text), context.language)
    context.state.target_words.update(told)
    context.state.target_seen = number


def _sentence(context: Context, unit: Unit, number: int) -> Sentence:
    state, cast, text = context.state, context.cast, context.text
    body, end = unit.body, unit.span.end
    sentence = Sentence(unit.span, body, unit.kind)
    keep = [Span(a - body, b - body) for a, b in _name_rows(context, body, end)]
    # What goes on and on has no clauses that anybody could tell apart.
    cut = clauses(text[body:end], keep, context.language.openers) if end - body <= _LONGEST else ()
    parts = cut or (Span(0, end - body),)
    phrases = [
        read_phrase(text, Span(body + p.start, body + p.end), cast, context.language, first=i == 0)
        for i, p in enumerate(parts)
    ]
    whole = unit.kind in _WHOLE
    walk = SentenceWalk(context, phrases, number)
    sentence.clauses = walk.whole() if whole else walk.run()
    heads = [c for c in sentence.clauses if c.role == "head"] or sentence.clauses
    owners = [c.owner for c in heads]
    sentence.owner = Owner.OTHER if Owner.OTHER in owners or len(set(owners)) > 1 else owners[0]
    sentence.plain = walk.plain and not whole
    sentence.unsure = not walk.plain and 0 < number - state.target_seen <= _MEMORY
    if cast.names_target(body, end) or sentence.touched:
        state.target_seen = number
    elif walk.plain:
        state.target_seen = -9
    if whole:
        named = cast.within(body, end)
        if unit.kind is LineKind.HEADING and named:
            state.topic, state.shared = named[0].who, False
    else:
        _remember(context, walk, sentence)
    return sentence


def _name_rows(context: Context, start: int, end: int) -> list[tuple[int, int]]:
    """Names, and rows of names ("A, B and C"), which are not cut apart."""
    text, language = context.text, context.language
    named = context.cast.within(start, end)
    rows = [(m.start, m.end) for m in named]
    for left, right in pairwise(named):
        joint = re.fullmatch(rf"\s*{JOINER}\s+(?:the |le |la |el )?", text[left.end : right.start]) is not None
        if not joint:
            continue
        next_words = text[right.end : min(end, right.end + 60)]
        last_words = text[max(start, left.start - 200) : left.start]
        after = [w.of(next_words).casefold() for w in words(next_words)[:1]]
        before = [w.of(last_words).casefold() for w in words(last_words)]
        if after and is_verb(after[0], language) and any(is_verb(w, language) for w in before):
            continue
        first = left
        for other in reversed([m for m in named if m.end <= left.start]):
            if text[other.end : first.start].strip() != ",":
                break
            first = other
        rows.append((first.start, right.end))
    return rows


def _remember(context: Context, walk: SentenceWalk, sentence: Sentence) -> None:
    state, cast = context.state, context.cast
    for clause in sentence.clauses:
        told = content_words(clause.span.of(context.text), context.language)
        (state.target_words if clause.cut else state.other_words).update(told)
        for mention in clause.phrase.mentions:
            _link(context, mention, theirs=clause.cut and clause.owner is Owner.TARGET)
    if walk.topic_set:
        state.topic, state.shared = walk.topic, walk.topic_shared
    persons = [m.who for m in cast.within(sentence.body, sentence.span.end) if cast.entities[m.who].person]
    first = [walk.topic] if walk.topic is not None and cast.entities[walk.topic].person else []
    state.persons = list(dict.fromkeys([*first, *reversed(persons), *state.persons]))[:8]
    if sentence.clauses:
        state.ended_on_target = sentence.clauses[-1].cut


def _link(context: Context, mention: Mention, *, theirs: bool) -> None:
    entity = context.cast.entities[mention.who]
    if entity.target or entity.focus:
        return
    if not theirs:
        context.state.met.add(mention.who)
    elif mention.who not in context.state.met:
        entity.linked = True
