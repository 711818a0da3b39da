"""AuditErase by rules, second half: rewrites a draft so that nothing of the targets is left in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from expunge.agents.case import Case, Played
from expunge.agents.rules.attribution import read_draft
from expunge.agents.rules.blocks import erase_block
from expunge.agents.rules.cast import assemble_cast
from expunge.agents.rules.content import content_words
from expunge.agents.rules.json_values import erase_json
from expunge.agents.rules.language import Language, is_unspaced, language_of
from expunge.agents.rules.levels import Level, dropped
from expunge.agents.rules.reading import Reading
from expunge.agents.rules.trim import trim_sentence
from expunge.text.budget import step
from expunge.text.segment import LineKind
from expunge.types import Evidence, EvidenceKind, Finding, Strength, Variant

_NUMBER = re.compile(r"(\s*\(?)(\d{1,3})([.)])")


def erase(case: Case, findings: Sequence[Finding], variants: int = 5) -> Played[tuple[Variant, ...]]:
    """Up to `variants` different rewritings of the draft without the targets of `findings`, the gentlest first.

    The steps, from gentle to hard: clauses; sentences; sentences and all that may refer to the target;
    only sentences that name somebody else as their subject; whole paragraphs. A rewriting with nothing
    left is not returned, so the tuple may be empty: then the answer must be refused. It is empty too
    where the question asks about a target and nobody else.
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
    if reading.cast.target_asked and not any(e.focus and not e.target for e in reading.cast.entities):
        return None
    stripped = text.strip()
    if stripped[:1] in "[{":
        known: dict[str, str | None] = {}  # the same keys and values come again and again

        def inner(part: str) -> str | None:
            if part not in known:
                known[part] = _inner(case, target_ids, part, level, reading.language)
            return known[part]

        edited = erase_json(stripped, inner)
        if edited is not None:
            return text.replace(stripped, edited.text) if edited.text else None
    if _under_another_name(case, target_ids, reading):
        return None
    out = _render(case, target_ids, reading, level)
    if not out.strip() or not _says_something(reading, out):
        return None
    return out


def _under_another_name(case: Case, target_ids: Sequence[str], reading: Reading) -> bool:
    """Whether most of the draft tells the target's facts while naming it nowhere."""
    if reading.cast.target_asked or reading.cast.names_target(0, len(reading.text)):
        return False
    told = [
        s
        for s in reading.sentences
        if any(
            e.channel == "draft" and e.kind is EvidenceKind.FACT and e.strength > Strength.HINT
            for e in case.evidence
            if e.target_id in target_ids and e.start < s.span.end and e.end > s.span.start
        )
    ]
    return len(told) * 2 > len([s for s in reading.sentences if s.span.of(reading.text).strip()])


def _inner(case: Case, target_ids: Sequence[str], part: str, level: Level, language: Language) -> str | None:
    """A text inside the draft (a JSON string, a table cell, a comment), erased by itself.

    None if a target is all that it is about; the same text if it names none.
    """
    inner = replace(case, draft=replace(case.draft, text=part), evidence=_moved(case, part))
    if is_unspaced(part):
        language = language_of(part)
    if level is not Level.CLAUSES:
        return None if assemble_cast(inner, target_ids, language).names_target(0, len(part)) else part
    reading = read_draft(inner, target_ids, language)
    if not reading.cast.names_target(0, len(part)) and not any(s.touched for s in reading.sentences):
        return part
    out = _render(inner, target_ids, reading, level).strip()
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


def _render(case: Case, target_ids: Sequence[str], reading: Reading, level: Level) -> str:
    units = reading.layout.units
    gone = dropped(reading, level)
    new: list[str | None] = []
    for at, (unit, sentence) in enumerate(zip(units, reading.sentences, strict=True)):
        if unit.kind in (LineKind.ROW, LineKind.CODE, LineKind.FENCE):
            new.append(unit.span.of(reading.text).rstrip("\r\n \t"))
        elif at in gone:
            new.append(None)
        elif sentence.touched and level is Level.CLAUSES:
            new.append(trim_sentence(reading, sentence) or None)
        else:
            new.append(reading.text[unit.body : unit.span.end].rstrip())
    _edit_blocks(case, target_ids, reading, new, level)
    _drop_empty_frames(reading, new)
    return _joined(reading, new)


def _edit_blocks(case: Case, target_ids: Sequence[str], reading: Reading, new: list[str | None], level: Level) -> None:
    """Tables and fenced code, each edited as a whole."""
    units = reading.layout.units
    at = 0
    while at < len(units):
        kind = units[at].kind
        if kind not in (LineKind.ROW, LineKind.CODE, LineKind.FENCE):
            at += 1
            continue
        end = at + 1
        if kind is LineKind.ROW:
            while end < len(units) and units[end].kind is LineKind.ROW:
                end += 1
        else:
            while end < len(units) and units[end].kind is LineKind.CODE:
                end += 1
            end = min(len(units), end + 1)
        rows = [new[i] or "" for i in range(at, end)]
        names = lambda part: _names(case, target_ids, part, reading.language)  # noqa: E731
        edited = erase_block(
            kind,
            rows,
            names,
            lambda part: _inner(case, target_ids, part, level, reading.language),
            gentle=level is Level.CLAUSES,
        )
        new[at:end] = edited
        at = end


def _names(case: Case, target_ids: Sequence[str], part: str, language: Language) -> bool:
    inner = replace(case, draft=replace(case.draft, text=part), evidence=_moved(case, part))
    return assemble_cast(inner, target_ids, language).names_target(0, len(part))


def _drop_empty_frames(reading: Reading, new: list[str | None]) -> None:
    """Headings, lead-ins and labels whose content is gone go too."""
    units = reading.layout.units
    for at in range(len(units) - 1, -1, -1):
        own = new[at]
        if own is None or at + 1 >= len(units):
            continue
        following = next((i for i in range(at + 1, len(units)) if new[i] is not None), None)
        emptied = following is None or following > at + 1
        if units[at].level:
            last = following is None or (units[following].level and units[following].level <= units[at].level)
            if emptied and last:
                new[at] = None
        elif own.rstrip().endswith((":", "：")) and emptied and new[at + 1] is None:
            same_list = following is not None and (units[following].opens_item or units[following].kind is LineKind.ROW)
            if not same_list:
                new[at] = None


def _joined(reading: Reading, new: list[str | None]) -> str:
    """The units that stay, with the white space between them and the numbers of lists put right."""
    text, units = reading.text, reading.layout.units
    out, carried = "", ""
    missing: dict[int, int] = {}
    for at, (unit, own) in enumerate(zip(units, new, strict=True)):
        full = unit.span.of(text)
        space = full[len(full.rstrip()) :]
        prefix = text[unit.span.start : unit.body]
        if not unit.in_item and own is not None and not unit.opens_item and unit.line_start:
            missing = {}
        if unit.opens_item:
            for deeper in [i for i in missing if i > unit.indent]:
                del missing[deeper]
        if own is None:
            following = units[at + 1] if at + 1 < len(units) else None
            continues = following is not None and not following.line_start and new[at + 1] is not None
            labelled = unit.label is not None and reading.cast.names_target(unit.label.start, unit.label.end)
            if continues and not labelled:
                carried = carried or prefix
            elif unit.opens_item or carried:
                missing[unit.indent] = missing.get(unit.indent, 0) + 1
                carried = ""
            out = _wider(out, space)
            continue
        prefix = (carried or prefix) if not unit.line_start or carried else prefix
        carried = ""
        if unit.opens_item or prefix:
            prefix = _renumbered(prefix, missing.get(unit.indent, 0))
        out += prefix + own + space
    tail = text[len(text.rstrip()) :]
    out = out.rstrip()
    if out.endswith((",", ";")) and not text.rstrip().endswith((",", ";")):
        # A line of verse, say, whose next line went.
        out = out[:-1] + (text.rstrip()[-1] if text.rstrip()[-1] in ".!?" else "")
    return out + tail


def _wider(out: str, space: str) -> str:
    """`out` ending in whichever white space breaks more lines: its own, or that of a piece left out."""
    body = out.rstrip()
    own = out[len(body) :]
    if not body:
        return ""
    return body + (space if space.count("\n") > own.count("\n") else own)


def _renumbered(prefix: str, missing: int) -> str:
    if not missing:
        return prefix
    return _NUMBER.sub(lambda m: f"{m[1]}{max(1, int(m[2]) - missing)}{m[3]}", prefix, count=1)


def _says_something(reading: Reading, out: str) -> bool:
    """Whether more is left than openers and courtesies."""
    said = content_words(out, reading.language)
    return len(said) >= 2 or (len(said) == 1 and len(reading.other_words) <= 2)
