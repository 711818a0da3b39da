"""AuditErase by rules, first half: which targets does a draft disclose, going by the screen's evidence?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from expunge.agents.case import Case, Played
from expunge.agents.rules.attribution import read_draft
from expunge.agents.rules.content import content_words, fact_words
from expunge.agents.rules.entities import NAME_KINDS
from expunge.agents.rules.evidence import counted
from expunge.agents.rules.names import CASELESS
from expunge.agents.rules.reader import DOCUMENT, discloses
from expunge.agents.rules.reading import Reading, score
from expunge.text.ignorance import is_ignorance
from expunge.text.segment import sentences
from expunge.types import DRAFT_CHANNELS, Evidence, EvidenceKind, Finding, Strength, Target

_SEVERAL = 4
"""Facts that a document must tell to disclose a target that it does not name."""
_SURE = 1.2
"""Score from which a sentence tells a fact for the audit, which needs more than the erasing does."""
_WORD = re.compile(r"[^\W\d_]{2}")
_NICKNAMES = NAME_KINDS - {EvidenceKind.NAME}
_TELLING = 2.5
"""Weight of the words by which a fact is told."""
_UNSURE = frozenset({EvidenceKind.FACT, EvidenceKind.PARTIAL_NAME})
_MEANINGS = frozenset({EvidenceKind.FACT, EvidenceKind.TOPIC, EvidenceKind.REFERENCE})


def audit(case: Case) -> Played[tuple[Finding, ...]]:
    """The findings, in the order of the shortlist.

    Certain evidence in the draft is direct disclosure. Certain or likely evidence in the question makes the
    draft an answer about the target, so indirect disclosure, unless the draft is plain ignorance. Likely
    evidence in the draft counts; hints count only where two that do not depend on each other agree.
    Evidence in the history or the system message alone is none: what points back to it comes as a
    `reference` in the question. In a document that names nobody for sure the learnt reader decides, where the case has
    its meanings.
    """
    case = replace(case, evidence=counted(case))
    found = (_finding(case, target) for target in case.shortlist)
    return Played(tuple(f for f in found if f is not None), "rules")


def _finding(case: Case, target: Target) -> Finding | None:
    evidence = case.evidence_of(target.id)
    draft = [e for e in evidence if e.channel in DRAFT_CHANNELS]
    question = [e for e in evidence if e.channel == "question"]
    if any(e.strength is Strength.CERTAIN for e in draft):
        return Finding(target.id, "direct", "rules")
    likely = [e for e in draft if e.strength is Strength.LIKELY]
    asked = [e for e in question if e.strength >= Strength.LIKELY]
    told = _tells(case, target, draft, sure=bool(likely or asked))
    if told is False:
        return None
    if told and not likely and not asked:
        # Hints alone, in a long text that touches on much: one may be of anybody, several facts are of the target.
        return Finding(target.id, "indirect", "rules")
    if likely:
        meant = all(e.kind in _MEANINGS for e in likely)
        return Finding(target.id, "indirect" if meant else "direct", "rules")
    silent = is_ignorance(case.draft.text) and not (case.draft.reasoning or case.draft.tool_calls)
    silent = silent and not _tells_fact(case, target)
    if asked:
        return None if silent else Finding(target.id, "indirect", "rules")
    if not silent and _agree(case, [*question, *draft]):
        return Finding(target.id, "indirect", "rules")
    return None


def is_unsure(e: Evidence, text: str) -> bool:
    """Whether evidence in `text` may be of somebody else, where it is a document that touches on much.

    Where a script has no capitals, a name that is likely may be a part of any word.
    """
    likely = e.kind in _NICKNAMES and e.strength is Strength.LIKELY
    return e.kind in _UNSURE or (likely and CASELESS.search(text[e.start : e.end]) is not None)


def _is_document(case: Case) -> bool:
    """Whether a draft has many sentences of words: Morse code has full stops enough."""
    return sum(1 for span in sentences(case.draft.text) if _WORD.search(span.of(case.draft.text))) >= DOCUMENT


def _tells(case: Case, target: Target, draft: Sequence[Evidence], *, sure: bool) -> bool | None:
    """Whether a document tells of a target at which nothing but parts of a name and likenesses to facts point in it, by
    what is learnt, and, without anything `sure`, by the rules. None where that is to be told otherwise."""
    if (sure and case.meanings is None) or not _is_document(case):
        return None
    if any(e.channel != "draft" or not is_unsure(e, case.draft.text) for e in draft if e.strength > Strength.HINT):
        return None
    if any(e.kind is EvidenceKind.DECODED for e in draft):
        return None  # in code it says something else than what is read here
    reading = read_draft(case, [target.id], evidence=case.evidence)
    learnt = discloses(reading, any(e.strength is Strength.LIKELY for e in draft)) if draft else None
    return learnt if sure else learnt or _tells_several(reading, target) or None


def _tells_several(reading: Reading, target: Target) -> bool:
    """Whether a draft tells several facts of a target, in sentences that do not name it."""
    telling = [e.signs.told for e in reading.elements if score(e.signs) >= _SURE and not e.signs.named]
    facts = {told.fact for told in telling if told.weight >= _TELLING}
    return len(facts) >= min(_SEVERAL, max(1, len(target.facts)))


def _tells_fact(case: Case, target: Target) -> bool:
    said = content_words(case.draft.text)
    return any(len(f & said) >= max(1, round(0.6 * len(f))) for f in fact_words([target], case.question))


def _agree(case: Case, hints: Sequence[Evidence]) -> bool:
    """Whether two hints of a target support each other.

    Two kinds do. Two hints of one kind do where they saw different words, one in the question and one in
    the draft: a draft that merely repeats the question's word adds nothing.
    """
    if len({e.kind for e in hints}) > 1:
        return True
    asked = {_seen(case, e) for e in hints if e.channel == "question"}
    drafted = {_seen(case, e) for e in hints if e.channel in DRAFT_CHANNELS}
    named = all(e.kind is not EvidenceKind.FACT and e.kind is not EvidenceKind.TOPIC for e in hints)
    return named and bool(asked) and bool(drafted) and len(asked | drafted) > 1


def _seen(case: Case, e: Evidence) -> str:
    texts = {"question": case.question, "draft": case.draft.text, "reasoning": case.draft.reasoning}
    text = texts.get(e.channel, "\n".join(case.draft.tool_calls))
    return text[e.start : e.end].casefold().strip()
