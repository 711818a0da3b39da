"""Last names by themselves in a question: whether they mean the target that bears them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from expunge.screen.company import OTHER
from expunge.screen.partial import SURNAME
from expunge.screen.settling import VAGUE, Marked
from expunge.text.fold import fold
from expunge.text.frequency import zipf
from expunge.types import Evidence, EvidenceKind, Strength

_FEW_BEAR_IT = 3.7
"""Zipf frequency under which a last name is that of a few: Kissinger, not Kelly."""
_ARTICLE_BEFORE = re.compile(
    r"\b(?:an?|the|einen?|eine[mrs]?|der|die|das|dem|den|des|une?|l[ae]s?|el|los|una|il|lo)\s+$", re.I
)
_AUXILIARY_BEFORE = re.compile(
    r"\b(?:is|was|are|were|has|had|have|did|does|do|can|could|would|will|should|may|might|ist|war|hat|hatte|wurde|est|fut"
    r"|fue|fu|è|foi)\s+$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"['’]s?\b|\s*(?:[^\w\s]|$)|\s+(?:[^\W\d_]+ed|(?:was|were)(?! (?:an?|the)\b)|has|had|have|did|does|do|can"
    r"|could|would|will|and|or|who|whose|at|in|on|to|from|for|with|by|as|of|when|while|during|before|after|until|since|because"
    r"|if|that|so|but|then|also|ever|never|first|once|later|not|became|began|bought|brought|built|came|chose|drew"
    r"|fell|felt|found|fought|gave|got|grew|held|kept|knew|laid|led|left|lost|made|met|paid|put|ran|rose|said|sang|sat|saw|set|sold|spent|spoke|stood|swore"
    r"|taught|thought|threw|told|took|went|won|wore|wrote|plays?|says?|works?|lives?|makes?|gets?|goes|wins?|hat|wurde"
    r"|und|a|et|fut|y|fue|fu|e|foi|nel|à|en|im)\b"
)
"""What follows the name of somebody who does something: no thing that is called so, as in "the Turing machine"."""


def surnames(found: Sequence[Marked], question: str) -> list[Marked]:
    """The sightings; those of a mere last name in a question likely where the question is like a fact, else left out.

    Many have the name of Marx; who asks what Marx wrote with Engels means one of them. A name that few bear is likely
    the target's wherever the question speaks of somebody so called.
    """
    if not any(e.via == SURNAME for _, e in found):
        return list(found)
    fitting = {
        target.id
        for target, e in found
        if e.kind is EvidenceKind.FACT and e.channel == "question" and e.via != OTHER and e.via not in VAGUE
    }
    return [
        (target, replace(e, strength=Strength.LIKELY) if e.via == SURNAME else e)
        for target, e in found
        if e.via != SURNAME or target.id in fitting or _is_somebody(question, e)
    ]


def _is_somebody(question: str, e: Evidence) -> bool:
    """Whether a question speaks of somebody by a last name that few bear."""
    before, after = question[max(0, e.start - 20) : e.start], question[e.end : e.end + 20]
    if zipf(fold(question[e.start : e.end])) >= _FEW_BEAR_IT or _ARTICLE_BEFORE.search(before) or "_" in before[-2:]:
        return False  # "___ Harmon" asks which of them
    return _AUXILIARY_BEFORE.search(before) is not None or _GOES_ON.match(after) is not None
