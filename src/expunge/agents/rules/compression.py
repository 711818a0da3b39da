"""Puts together what stays of a draft, and mends what the gaps leave: white space, empty headings, numbers, counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from expunge.agents.rules.reading import WHOLE, Reading
from expunge.agents.rules.sections import LABEL
from expunge.text.segment import LineKind

_NUMBER = re.compile(r"(\s*\(?)(\d{1,3})([.)])")
_NUMBERED = re.compile(r"[\s#*_]*\d{1,2}[.)]\s")
_COUNT_LIST = {
    "en": "two three four five six seven eight nine ten eleven twelve",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "it": "due tre quattro cinque sei sette otto nove dieci undici dodici",
    "pt": "dois três quatro cinco seis sete oito nove dez onze doze",
    "nl": "twee drie vier vijf zes zeven acht negen tien elf twaalf",
    "ru": "два три четыре пять шесть семь восемь девять десять",
}
_COUNTS = {code: names.split() for code, names in _COUNT_LIST.items()}
_LEAST_COUNT = 3
"""A number under this that a text states is more often of something else."""


def compressed(reading: Reading, new: list[str | None]) -> str:
    """The draft with `new[i]` in place of its unit i; None leaves the unit out."""
    _drop_empty_frames(reading, new)
    _mend_counts(reading, new)
    return _joined(reading, new)


def _drop_empty_frames(reading: Reading, new: list[str | None]) -> None:
    """Headings, lead-ins and questions whose content is gone go too."""
    units = reading.layout.units
    for at in range(len(units) - 1, -1, -1):
        own = new[at]
        if own is None or at + 1 >= len(units):
            continue
        following = next((i for i in range(at + 1, len(units)) if new[i] is not None), None)
        emptied = following is None or following > at + 1
        if units[at].level:
            last = following is None or (units[following].level and units[following].level <= units[at].level)
            if units[at].level == LABEL and following is not None:
                # A label alone on its line reaches to the end of the list or paragraph after it.
                first, after = units[at + 1], units[following]
                last = not (after.in_item if first.in_item else after.paragraph == first.paragraph)
            if emptied and last:
                new[at] = None
        elif units[at].kind not in WHOLE and own.rstrip().endswith((":", "：")) and emptied and new[at + 1] is None:
            same_list = following is not None and (
                units[following].opens_item or units[following].kind in (LineKind.ROW, LineKind.CODE)
            )
            if not same_list:
                new[at] = None


def _mend_counts(reading: Reading, new: list[str | None]) -> None:
    """A number that the text states of a list, with the entries that went taken off: "Three people were there:"."""
    names = _COUNTS.get(reading.language.code)
    if names is None:
        return
    for entries, start, end in _lists(reading):
        gone = sum(new[i] is None for i in entries)
        if not gone or gone == len(entries) or len(entries) < _LEAST_COUNT:
            continue
        lead = max((i for i in range(start) if reading.text[slice(*_bounds(reading, i))].strip()), default=-1)
        for i, own in enumerate(new):
            if own is not None and not start <= i < end and reading.layout.units[i].kind not in WHOLE:
                new[i] = recounted(own, len(entries), len(entries) - gone, names, digits=i == lead)


def _bounds(reading: Reading, at: int) -> tuple[int, int]:
    span = reading.layout.units[at].span
    return span.start, span.end


def _lists(reading: Reading) -> Iterator[tuple[list[int], int, int]]:
    """The lists of a draft: the units that open their entries, and where each list begins and ends."""
    units = reading.layout.units
    at = 0
    while at < len(units):
        end = at + 1
        if units[at].opens_item:
            while end < len(units) and units[end].in_item:
                end += 1
            yield [i for i in range(at, end) if units[i].opens_item and units[i].indent == units[at].indent], at, end
        elif units[at].kind is LineKind.ROW:
            while end < len(units) and units[end].kind is LineKind.ROW:
                end += 1
            yield list(range(at + 2, end)), at, end
        at = end
    headed = [i for i, unit in enumerate(units) if unit.level and _NUMBERED.match(unit.span.of(reading.text))]
    if headed:
        yield headed, headed[0], headed[-1] + 1


def recounted(text: str, count: int, left: int, names: Sequence[str], *, digits: bool) -> str:
    """A text that states a number of things, with another number: in letters, or with `digits` in those."""
    if not 2 <= count <= len(names) + 1 or left < 2:
        return text
    pattern = re.compile(
        rf"(?<![\w.,-])(?:{names[count - 2]}{f'|{count}' if digits else ''})(?![\w.,]\w|\w)", re.IGNORECASE
    )

    def other(match: re.Match[str]) -> str:
        if match[0].isdigit():
            return str(left)
        word = names[left - 2]
        return word.capitalize() if match[0][0].isupper() else word

    return pattern.sub(other, text, count=1)


def _joined(reading: Reading, new: Sequence[str | None]) -> str:
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
            labelled = unit.label is not None and reading.entities.names_target(unit.label.start, unit.label.end)
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
