"""How hard an erasing goes: which sentences of a draft are left out whole at each level."""

from __future__ import annotations

from enum import IntEnum

from expunge.agents.rules.cast import is_a_person
from expunge.agents.rules.phrase import speaks_of_somebody
from expunge.agents.rules.reading import Owner, Reading
from expunge.text.segment import LineKind

_WHOLE_LINES = (LineKind.ROW, LineKind.CODE, LineKind.FENCE)


class Level(IntEnum):
    """From gentle to hard."""

    CLAUSES = 1
    SENTENCES = 2
    REFERENCES = 3
    PLAIN = 4
    PARAGRAPHS = 5


def dropped(reading: Reading, level: Level) -> frozenset[int]:
    """The numbers of the sentences that go whole at `level`."""
    gone: set[int] = set()
    units = reading.layout.units
    touched = {units[i].paragraph for i, s in enumerate(reading.sentences) if s.touched}
    alone = not any(is_a_person(entity) for entity in reading.cast.entities)
    for at, sentence in enumerate(reading.sentences):
        unit = units[at]
        if unit.kind in _WHOLE_LINES:
            continue
        whole = sentence.owner in (Owner.TARGET, Owner.SHARED) and all(c.cut for c in sentence.clauses)
        listed = unit.in_item and sentence.owner is Owner.OTHER
        frame = unit.level > 0 or (unit.kind is LineKind.HEADING)
        if (
            # Where nobody else is named, "he" and "her" can only be the target.
            (alone and not frame and any(speaks_of_somebody(c.phrase) for c in sentence.clauses))
            # Asked about a target, a draft speaks of it wherever nobody else is the subject.
            or (reading.cast.target_asked and not sentence.plain and not listed and not frame)
            or (whole and level is Level.CLAUSES and sentence.owner is Owner.TARGET)
            or (level >= Level.SENTENCES and sentence.touched)
            or (level >= Level.REFERENCES and sentence.unsure and not frame)
            or (level is Level.PLAIN and not sentence.plain and not frame)
            or (level is Level.PARAGRAPHS and unit.paragraph in touched and not frame)
        ):
            gone.add(at)
    return frozenset(gone)
