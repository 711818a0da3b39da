"""AuditErase by rules, second half: rewrites a draft so that nothing of the targets is left in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import IntEnum

from expunge.agents.case import Case, Played
from expunge.agents.rules.attribution import read_draft
from expunge.agents.rules.clause import cut
from expunge.agents.rules.compression import compressed
from expunge.agents.rules.content import content_words
from expunge.agents.rules.entities import entities_of
from expunge.agents.rules.json_values import erase_json
from expunge.agents.rules.language import Language, is_unspaced, language_of
from expunge.agents.rules.reader import DOCUMENT, is_open
from expunge.agents.rules.reading import WHOLE, Element, Reading, Verdict
from expunge.agents.rules.structured import Judge, erase_block, erase_code
from expunge.text.budget import step
from expunge.text.segment import LineKind
from expunge.types import Evidence, EvidenceKind, Finding, Strength, Variant

_ASIDE = 0.4
"""Share of a document's elements under which what a question asks about is not what the document is about."""


_HEAD = 2
"""Elements at the head of a document, which are its title or the first sentences."""
_MUCH = 8
"""Words of a question that say something, its target's name among them, from which it may ask for much else."""


class Level(IntEnum):
    """The thoroughness of an erasing."""

    CLAUSES = 1
    SENTENCES = 2
    DOUBTFUL = 3
    OTHERS_ONLY = 4
    PARAGRAPHS = 5


def erase(case: Case, findings: Sequence[Finding], variants: int = 5) -> Played[tuple[Variant, ...]]:
    """Up to `variants` different rewritings of the draft without the targets of `findings`, the gentlest first.

    The steps, from gentle to hard: clauses where a sentence can be cut; sentences; what is doubtful as well; only
    sentences that name somebody else; whole paragraphs. A rewriting with nothing left is not returned, so the tuple
    may be empty: then the answer must be refused. It is empty too where the question asks about a target and nobody
    else.
    """
    ids = tuple(dict.fromkeys(f.target_id for f in findings))
    texts: list[str] = []
    reading = read_draft(case, ids) if ids else None
    for level in Level if ids else ():
        text = erased(case, ids, level, reading)
        if text is not None and text not in texts:
            texts.append(text)
        if len(texts) == variants:
            break
    return Played(tuple(Variant(text, "rules") for text in texts[:variants]), "rules")


def erased(case: Case, target_ids: Sequence[str], level: Level, reading: Reading | None = None) -> str | None:
    """The draft without these targets, erased at one level; None if nothing is left that answers.

    `reading` is the draft as `read_draft` reads it for these targets, where that was done already.
    """
    text = case.draft.text
    reading = reading or read_draft(case, target_ids)
    if reading.entities.target_asked and not reading.entities.asks_others and not _is_aside(case, target_ids, reading):
        return None
    stripped = text.strip()
    judge = _judge(case, target_ids, level, reading)
    if stripped[:1] in ("[", "{"):
        edited = erase_json(stripped, judge.erase)
        if edited is not None:
            return text.replace(stripped, edited.text) if edited.text else None
    if _under_another_name(case, target_ids, reading):
        return None
    out = _render(reading, judge, level)
    if not out.strip() or not _says_something(reading, out):
        return None
    return out


def _is_aside(case: Case, target_ids: Sequence[str], reading: Reading) -> bool:
    """Whether a question asks for much else, and the document tells of the target only beside other matters.

    What a document is about stands at its head; and of whom nothing is known, few of the sentences can be recognised.
    """
    known = all(target.facts for target in case.shortlist if target.id in target_ids)
    if not known or len(content_words(case.question, reading.language)) < _MUCH:
        return False
    units = [e for e in reading.elements if e.unit.span.of(reading.text).strip()]
    if len(units) < DOCUMENT or any(e.touched for e in units[:_HEAD]):
        return False
    return sum(e.touched for e in units) < _ASIDE * len(units)


def harmless(case: Case, findings: Sequence[Finding]) -> frozenset[str]:
    """The texts of those elements of a draft that the learnt reader finds to be no target's; none where it is not
    asked, or where the screen saw no likeness to a fact."""
    ids = tuple(dict.fromkeys(f.target_id for f in findings))
    likenesses = (e.channel == "draft" and e.kind is EvidenceKind.FACT and e.target_id in ids for e in case.evidence)
    if case.meanings is None or not any(likenesses):
        return frozenset()
    reading = read_draft(case, ids)
    cleared = (e for e in reading.elements if e.odds is not None and is_open(e) and not e.touched)
    return frozenset(text for e in cleared if (text := e.unit.span.of(reading.text).strip()))


def less(text: str, evidence: Sequence[Evidence], case: Case, target_ids: Sequence[str]) -> str | None:
    """A rewriting without the elements in which the screen still sees a target; None if nothing is left of it."""
    left = replace(case, draft=replace(case.draft, text=text), evidence=tuple(evidence), meanings=None)
    reading = read_draft(left, target_ids, evidence=evidence)
    spans = [e for e in evidence if e.channel == "draft" and e.start < e.end]
    new: list[str | None] = []
    for element in reading.elements:
        unit = element.unit
        seen = any(e.start < unit.span.end and e.end > unit.body for e in spans)
        new.append(None if seen and unit.span.of(text).strip() else _own(reading, element))
    out = compressed(reading, new)
    return out if out.strip() and out != text and _says_something(reading, out) else None


def _under_another_name(case: Case, target_ids: Sequence[str], reading: Reading) -> bool:
    """Whether most of the draft tells the target's facts while naming it nowhere."""
    if reading.entities.target_asked or reading.entities.names_target(0, len(reading.text)):
        return False
    facts = [
        e
        for e in case.evidence
        if e.channel == "draft" and e.kind is EvidenceKind.FACT and e.strength > Strength.HINT
        if e.target_id in target_ids
    ]
    units = [e.unit for e in reading.elements if e.unit.span.of(reading.text).strip()]
    told = [u for u in units if any(e.start < u.span.end and e.end > u.span.start for e in facts)]
    return len(told) * 2 > len(units)


def _judge(case: Case, target_ids: Sequence[str], level: Level, reading: Reading) -> Judge:
    known: dict[str, str | None] = {}  # the same keys and values come again and again
    named: dict[str, bool] = {}

    def names(part: str) -> bool:
        if part not in named:
            inner = _inside(case, part)
            targets = [t for t in case.shortlist if t.id in target_ids]
            named[part] = entities_of(inner, targets, reading.language, inner.evidence).names_target(0, len(part))
        return named[part]

    def inner(part: str) -> str | None:
        if part not in known:
            known[part] = _inner(case, target_ids, part, level, reading.language)
        return known[part]

    def others(part: str) -> bool:
        inner = _inside(case, part)
        return bool(entities_of(inner, [], reading.language, ()).others(0, len(part)))

    return Judge(names, reading.tells, others, inner)


def _inside(case: Case, part: str) -> Case:
    return replace(case, draft=replace(case.draft, text=part), evidence=_moved(case, part), meanings=None)


def _inner(case: Case, target_ids: Sequence[str], part: str, level: Level, language: Language) -> str | None:
    """A text inside the draft (a JSON string, a table cell, a comment), erased by itself.

    None if a target is all that it is about; the same text if it tells of none.
    """
    inner = _inside(case, part)
    if is_unspaced(part):
        language = language_of(part)
    reading = read_draft(inner, target_ids, language)
    if not any(e.touched for e in reading.elements):
        return part
    plain = [e.signs for e in reading.elements if e.touched and not (e.signs.named or e.signs.points or e.signs.screen)]
    if len(plain) == sum(e.touched for e in reading.elements) and max(s.told.count for s in plain) < 2:
        return part  # one word of a fact says nothing by itself
    others = reading.entities.others(0, len(part))
    if len(others) == 1 and others[0].end - others[0].start == len(part):
        return part  # somebody else's name
    out = _render(reading, _judge(inner, target_ids, level, reading), level).strip()
    if not content_words(out, reading.language) - content_words(case.question, reading.language):
        return None
    return out


def _moved(case: Case, part: str) -> tuple[Evidence, ...]:
    """The evidence with offsets inside `part`, where that text stands once in the draft as it is."""
    step()
    at = case.draft.text.find(part)
    found: list[Evidence] = []
    for e in case.evidence:
        if e.channel != "draft":
            found.append(e)
        elif at >= 0 and e.start >= at and e.end <= at + len(part):
            found.append(replace(e, start=e.start - at, end=e.end - at))
    return tuple(found)


def _own(reading: Reading, element: Element) -> str:
    unit = element.unit
    start = unit.span.start if unit.kind in WHOLE else unit.body
    return reading.text[start : unit.span.end].rstrip()


def _render(reading: Reading, judge: Judge, level: Level) -> str:
    new: list[str | None] = []
    paragraphs = {e.unit.paragraph for e in reading.elements if e.touched}
    for element in reading.elements:
        unit = element.unit
        frame = unit.level > 0
        if unit.kind in WHOLE:
            new.append(_own(reading, element))
        elif element.touched:
            new.append(cut(reading, element) if level is Level.CLAUSES else None)
        elif (
            (level >= Level.DOUBTFUL and element.verdict is Verdict.DOUBTFUL)
            or (level is Level.OTHERS_ONLY and not element.others and not frame)
            or (level is Level.PARAGRAPHS and unit.paragraph in paragraphs and not frame)
        ):
            new.append(None)
        else:
            new.append(_own(reading, element))
    _edit_blocks(reading, new, judge, level)
    return compressed(reading, new)


def _edit_blocks(reading: Reading, new: list[str | None], judge: Judge, level: Level) -> None:
    """Tables and fenced code, each edited as a whole."""
    units = reading.layout.units
    at = 0
    while at < len(units):
        kind = units[at].kind
        if kind not in WHOLE:
            at += 1
            continue
        end = at + 1
        if kind is LineKind.ROW:
            while end < len(units) and units[end].kind is LineKind.ROW:
                end += 1
        else:
            while end < len(units) and units[end].kind is LineKind.CODE:
                end += 1
            end = min(len(units), end + (kind is LineKind.FENCE))
        rows = [new[i] or "" for i in range(at, end)]
        if kind is LineKind.CODE:
            new[at:end] = erase_code(rows, judge)
        else:
            new[at:end] = erase_block(kind, rows, judge, gentle=level is Level.CLAUSES)
        at = end


def _says_something(reading: Reading, out: str) -> bool:
    """Whether more is left than openers and courtesies."""
    said = content_words(out, reading.language)
    return len(said) >= 2 or (len(said) == 1 and len(content_words(reading.text, reading.language)) <= 4)
