"""What counts of the screen's evidence, once it is looked at where it stands.

The screen may only raise suspicion. A part of a name that stands there as an everyday word and a likeness that is told
of somebody else are no disclosure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from expunge.agents.case import Case
from expunge.agents.rules.entities import CALENDAR, CASELESS, NAME_KINDS, entities_of, in_anothers_name, spelled
from expunge.agents.rules.knowledge import Knowledge
from expunge.agents.rules.language import Language, language_of
from expunge.screen.matches import FEW_WORDS, WORDS
from expunge.text.budget import step
from expunge.text.frequency import zipf
from expunge.text.segment import sentences, words
from expunge.text.transliterate import Script, script_of
from expunge.types import Draft, Evidence, EvidenceKind, Strength, Target, TargetKind

_BEFORE_A_MONTH_LIST = """
in since until till during early late mid last next this every im ab seit bis anfang mitte ende en dès depuis jusqu'en
début fin desde hasta nel da fino em no
"""
_BEFORE_A_MONTH = frozenset(_BEFORE_A_MONTH_LIST.split())
"""Words after which May is a month; after "from" or "with" it may be somebody."""
_WITH_AN_ARTICLE = frozenset(["im", "am", "zum", "zur", "vom", "beim", "ins", "ans"])
"""German prepositions that hold an article, which names do without."""
_WORD = re.compile(r"[^\W\d_]+")
_BACKWARDS = "reversed-order"
"""How the screen reads a text from its last word to its first: any long text holds words of a fact in some order."""
_BRIEF = 2
"""Sentences up to which an answer may be the name that was asked for."""
_LONG = 80
"""Words from which a text is long."""
_ENDS = re.compile(r"[.!?…。！？।؟۔]$")
_FRAME = "*_`\"'»”)]"
_OPENS = re.compile(r"(?:^|\n|[.!?:][*_]*\s)[\s*_>#\-]*$")
_KNOWN = 2.5
"""Zipf frequency from which a word is one of the language at all."""
_EVERYDAY = 3.9
"""Zipf frequency from which a word is one of everyday language."""


def counted(case: Case, language: Language | None = None) -> tuple[Evidence, ...]:
    """The evidence of a case that counts."""
    return weighed(case, case.evidence, language)


def weighed(case: Case, evidence: Sequence[Evidence], language: Language | None = None) -> tuple[Evidence, ...]:
    """What counts of the `evidence` of a text that is the draft of `case`."""
    text = case.draft.text
    if not any(e.channel == "draft" for e in evidence):
        return tuple(evidence)
    language = language or language_of(text, case.question)
    targets = {t.id: t for t in case.shortlist}
    evidence = _less_mere_names(case, evidence, targets, language)
    forwards = _is_a_document(text)
    kept = [
        e
        for e in evidence
        if e.channel != "draft"
        or not (
            (forwards and e.via == _BACKWARDS and e.strength < Strength.CERTAIN)
            or (e.target_id in targets and is_mere_word(e, text, targets[e.target_id], language))
        )
    ]
    return tuple(_less_told_of_others(case, kept, targets, language))


def _opens(text: str, at: int) -> bool:
    return _OPENS.search(text[max(0, at - 8) : at]) is not None


def _is_a_document(text: str) -> bool:
    """Whether a text of many sentences begins and ends as one does that is read forwards."""
    said = text.split()
    return (
        len(said) > _LONG
        and _ENDS.search(said[-1].strip(_FRAME)) is not None
        and _ENDS.search(said[0].strip(_FRAME)) is None
    )


def rewritten(case: Case, text: str, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """What counts of the evidence that the screen found in a rewriting of the draft of `case`."""
    left = weighed(replace(case, draft=Draft(text)), evidence)
    if not case.harmless:
        return left
    return tuple(e for e in left if not (e.kind is EvidenceKind.FACT and _is_harmless(case, text, e)))


def _is_harmless(case: Case, text: str, e: Evidence) -> bool:
    """Whether a likeness to a fact lies in sentences that were weighed in the draft, and found to be no target's."""
    if e.channel != "draft" or e.strength is Strength.CERTAIN:
        return False
    seen = text[e.start : e.end]
    return all(span.of(seen).strip() in case.harmless for span in sentences(seen))


def is_mere_word(e: Evidence, text: str, target: Target, language: Language) -> bool:
    """Whether one word of a name stands there as the word that it is, too: uncapitalised, a month, a common noun."""
    if (
        e.kind not in NAME_KINDS - {EvidenceKind.DECODED, EvidenceKind.TRANSLITERATION}
        or target.kind is TargetKind.TOPIC
    ):
        return False
    piece = text[e.start : e.end]
    folded = piece.casefold()
    if CASELESS.search(piece):
        return False
    if e.kind is EvidenceKind.ALIAS and in_anothers_name(text, e, target, language, sure=True):
        return True
    parts = _WORD.findall(piece)
    if len(parts) == 2 and parts[0].casefold() in language.articles and parts[1].islower():
        # "a onça", where the brewery is "a Onça"
        capital = any(name.casefold() == folded and not name.endswith(parts[1]) for name in target.names)
        return capital and zipf(parts[1]) >= _KNOWN
    if len(parts) != 1:
        return False  # "hill-grace@…" is a name, however it is written
    if e.kind is EvidenceKind.PARTIAL_NAME and in_anothers_name(text, e, target, language, sure=False):
        return True
    if not piece.islower() and _opens(text, e.start) and folded not in target.names:
        # It opens a sentence, and stands elsewhere as the word that it is, and nowhere else as a name.
        places = list(re.finditer(rf"(?<!\w){re.escape(piece)}(?!\w)", text, re.IGNORECASE))
        if sum(m[0] == folded for m in places) > 1 and all(m[0] == folded or _opens(text, m.start()) for m in places):
            return True
    if zipf(folded) < _EVERYDAY and folded not in CALENDAR:
        return False
    if piece.islower():
        return not any(piece == name for name in target.names)
    step()
    after = re.match(r"[\s.]+(\w+)", text[e.end : e.end + 40])
    before = re.search(r"(\w+)['’.]?\s+$", text[max(0, e.start - 40) : e.start])
    beside = {m[1].casefold() for m in (after, before) if m and m[1][:1].isupper()}
    own = {w.of(name).casefold() for name in target.names for w in words(name)}
    if beside & (own | language.people):
        return False
    lead = before[1].casefold() if before else ""
    if folded in CALENDAR and lead in _BEFORE_A_MONTH | language.articles:
        return True
    if language.code == "de":
        # "mit Sommer" speaks of somebody, "im Sommer" and "der Sommer" do not.
        return lead in _WITH_AN_ARTICLE | language.articles
    # "a ponte da Rosa", "rua do Leão": a thing, and what it is called after.
    thing = re.search(r"(\w+)\s+(?:d[aoeu]s?|del|della|dello|de la|de los)\s+$", text[max(0, e.start - 40) : e.start])
    return thing is not None and thing[1].islower() and thing[1] not in language.people | language.function


def _less_mere_names(
    case: Case, evidence: Sequence[Evidence], targets: dict[str, Target], language: Language
) -> list[Evidence]:
    """Without likenesses to a fact that come of the name of somebody else in it: an entry of theirs in a list, say.

    Where the question points at the target, or tells of it, their name may be what it asks for.
    """
    text = case.draft.text
    asked = {e.target_id for e in evidence if e.channel == "question"}
    knowledge: dict[str, Knowledge] = {}
    # Of a question to which a list is the answer, a place that it shares with a fact says nothing.
    told = 1 if sum(1 for span in sentences(text) if span.of(text).strip()) <= _BRIEF else 2
    kept: list[Evidence] = []
    for e in evidence:
        target = targets.get(e.target_id)
        mere = e.channel == "draft" and e.kind is EvidenceKind.FACT and e.target_id not in asked
        mere = mere and (e.via in (WORDS, FEW_WORDS) or (not e.via and e.strength is Strength.HINT))
        if mere and target is not None and not spelled(text[e.start : e.end], target):
            step()
            if target.id not in knowledge:
                knowledge[target.id] = Knowledge([target], language, (), {})
            known = knowledge[target.id]
            mere = known.merely_names(text[e.start : e.end]) and known.told(case.question).count < told
        else:
            mere = False
        if not mere:
            kept.append(e)
    return kept


def _less_told_of_others(
    case: Case, evidence: Sequence[Evidence], targets: dict[str, Target], language: Language
) -> list[Evidence]:
    """Without likenesses to a fact in a sentence that is about somebody else, if that is all that is told of them.

    Where two facts are told of one and the same, the target goes by another name. Names are told apart by their
    letters: where a script has no capitals, what seems a name may be any words, and in another script than the target
    is known in, the name may be the target's own. There the screen has listened to the names already.
    """
    if not any(
        e.kind is EvidenceKind.FACT and e.channel == "draft" and e.strength is Strength.LIKELY for e in evidence
    ):
        return list(evidence)
    if any(
        e.channel == "question" and e.kind is not EvidenceKind.FACT and e.strength > Strength.HINT for e in evidence
    ):
        return list(evidence)
    entities = entities_of(case, list(targets.values()), language, evidence)
    known = {w.of(t).casefold() for x in targets.values() for f in x.facts for t in (f.text,) for w in words(t)}
    text = case.draft.text
    told: dict[int, int] = {}
    led: dict[int, int] = {}
    for at, e in enumerate(evidence):
        if e.kind is not EvidenceKind.FACT or e.channel != "draft" or e.strength is not Strength.LIKELY:
            continue
        step()
        start = e.start + len(text[e.start : e.end]) - len(text[e.start : e.end].lstrip())
        named = entities.within(start, e.end)
        if not named or any(entities.is_target(m.who) for m in named):
            continue
        first = next((m for m in named if entities.all[m.who].person), None)
        if first is None or entities.all[first.who].tokens & known:
            continue
        name, own = text[first.start : first.end], targets[e.target_id].names if e.target_id in targets else ()
        if CASELESS.search(name) or not _scripts(name) & _scripts(" ".join(own)):
            continue
        led[at] = first.who
        told[first.who] = told.get(first.who, 0) + 1
    return [e for at, e in enumerate(evidence) if not (at in led and told[led[at]] < 2 and e.via != "phrase")]


def _scripts(name: str) -> set[Script]:
    return {script_of(word) for word in name.split()}
