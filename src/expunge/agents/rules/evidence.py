"""The weight of the screen's evidence, once it is looked at where it stands.

The screen may only raise suspicion. A part of a name that stands there as an everyday word and a likeness that is told
of somebody else are no disclosure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from expunge.agents.case import Case
from expunge.agents.rules.entities import NAME_KINDS, Entities, Mention, entities_of
from expunge.agents.rules.knowledge import Knowledge
from expunge.agents.rules.language import Language, language_of
from expunge.agents.rules.names import CALENDAR, CASELESS, in_anothers_name, spelled
from expunge.screen.matches import FEW_WORDS, PHRASE, WORDS
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
_SPELT_OUT = NAME_KINDS - {EvidenceKind.DECODED, EvidenceKind.TRANSLITERATION}
"""Evidence of a name in its own letters."""
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
    """Return what counts of the `evidence` of a text that is the draft of `case`."""
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
    """Return what counts of the evidence that the screen found in a rewriting of the draft of `case`."""
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
    piece = text[e.start : e.end]
    if e.kind not in _SPELT_OUT or target.kind is TargetKind.TOPIC or CASELESS.search(piece):
        return False
    if e.kind is EvidenceKind.ALIAS and in_anothers_name(text, e, target, language, sure=True):
        return True
    match _WORD.findall(piece):
        case [article, noun] if article.casefold() in language.articles and noun.islower():
            return _is_common_noun(piece, noun, target)
        case [_]:
            return _is_one_mere_word(e, text, target, language)
        case _:
            return False  # "hill-grace@…" is a name, however it is written


def _is_common_noun(piece: str, noun: str, target: Target) -> bool:
    """Whether a noun that stands uncapitalised after an article has a capital in the name: "a onça", where the brewery
    is "a Onça"."""
    capital = any(name.casefold() == piece.casefold() and not name.endswith(noun) for name in target.names)
    return capital and zipf(noun) >= _KNOWN


def _is_one_mere_word(e: Evidence, text: str, target: Target, language: Language) -> bool:
    """Whether a single word is no name where it stands: another's name, or a word that everybody uses."""
    piece = text[e.start : e.end]
    if e.kind is EvidenceKind.PARTIAL_NAME and in_anothers_name(text, e, target, language, sure=False):
        return True
    if _is_elsewhere_a_word(e, text, target):
        return True
    if zipf(piece.casefold()) < _EVERYDAY and piece.casefold() not in CALENDAR:
        return False
    if piece.islower():
        return piece not in target.names
    step()
    return _is_led_as_a_word(e, text, target, language)


def _is_elsewhere_a_word(e: Evidence, text: str, target: Target) -> bool:
    """Whether a word opens a sentence, and stands elsewhere as the word that it is, and nowhere else as a name."""
    piece = text[e.start : e.end]
    folded = piece.casefold()
    if piece.islower() or not _opens(text, e.start) or folded in target.names:
        return False
    places = list(re.finditer(rf"(?<!\w){re.escape(piece)}(?!\w)", text, re.IGNORECASE))
    small = sum(place[0] == folded for place in places)
    return small > 1 and all(place[0] == folded or _opens(text, place.start()) for place in places)


def _is_led_as_a_word(e: Evidence, text: str, target: Target, language: Language) -> bool:
    """Whether what stands before a capitalised everyday word makes it that word, and nothing beside it a name."""
    ahead, behind = text[max(0, e.start - 40) : e.start], text[e.end : e.end + 40]
    before, after = re.search(r"(\w+)['’.]?\s+$", ahead), re.match(r"[\s.]+(\w+)", behind)
    capitals = {m[1].casefold() for m in (after, before) if m and m[1][:1].isupper()}
    own = {w.of(name).casefold() for name in target.names for w in words(name)}
    if capitals & (own | language.people):
        return False
    lead = before[1].casefold() if before else ""
    if text[e.start : e.end].casefold() in CALENDAR and lead in _BEFORE_A_MONTH | language.articles:
        return True
    if language.code == "de":
        # "mit Sommer" speaks of somebody, "im Sommer" and "der Sommer" do not.
        return lead in _WITH_AN_ARTICLE | language.articles
    # "a ponte da Rosa", "rua do Leão": a thing, and what it is called after.
    thing = re.search(r"(\w+)\s+(?:d[aoeu]s?|del|della|dello|de la|de los)\s+$", ahead)
    return thing is not None and thing[1].islower() and thing[1] not in language.people | language.function


def _less_mere_names(
    case: Case, evidence: Sequence[Evidence], targets: dict[str, Target], language: Language
) -> list[Evidence]:
    """Without likenesses to a fact that come of the name of somebody else in it: an entry of theirs in a list, say.

    Where the question points at the target, or tells of it, their name may be what it asks for.
    """
    text = case.draft.text
    asked = {e.target_id for e in evidence if e.channel == "question"}
    # Of a question to which a list is the answer, a place that it shares with a fact says nothing.
    shared = 1 if sum(1 for span in sentences(text) if span.of(text).strip()) <= _BRIEF else 2
    knowledge: dict[str, Knowledge] = {}
    kept: list[Evidence] = []
    for e in evidence:
        target, passage = targets.get(e.target_id), text[e.start : e.end]
        if target is None or target.id in asked or not _is_faint(e) or spelled(passage, target):
            kept.append(e)
            continue
        step()
        if target.id not in knowledge:
            knowledge[target.id] = Knowledge([target], language, (), {})
        known = knowledge[target.id]
        if not (known.merely_names(passage) and known.told(case.question).count < shared):
            kept.append(e)
    return kept


def _is_faint(e: Evidence) -> bool:
    """Whether evidence is a likeness of the draft to a fact by telling words, or a mere hint at one by meaning."""
    if e.channel != "draft" or e.kind is not EvidenceKind.FACT:
        return False
    return e.via in (WORDS, FEW_WORDS) or (not e.via and e.strength is Strength.HINT)


def _less_told_of_others(
    case: Case, evidence: Sequence[Evidence], targets: dict[str, Target], language: Language
) -> list[Evidence]:
    """Without likenesses to a fact in a sentence that is about somebody else, if that is all that is told of them.

    Where two facts are told of one and the same, the target goes by another name. Names are told apart by their
    letters: where a script has no capitals, what seems a name may be any words, and in another script than the target
    is known in, the name may be the target's own. There the screen has listened to the names already.
    """
    if not any(map(_is_likeness, evidence)) or any(map(_asks_of_a_target, evidence)):
        return list(evidence)
    entities = entities_of(case, list(targets.values()), language, evidence)
    known = {w.of(fact.text).casefold() for x in targets.values() for fact in x.facts for w in words(fact.text)}
    text = case.draft.text
    subjects: dict[int, int] = {}
    for at, e in enumerate(evidence):
        if not _is_likeness(e):
            continue
        step()
        subject = _subject_of(e, text, entities)
        if subject is None or entities.all[subject.who].tokens & known:
            continue
        name, own = text[subject.start : subject.end], targets[e.target_id].names if e.target_id in targets else ()
        if not CASELESS.search(name) and _scripts(name) & _scripts(" ".join(own)):
            subjects[at] = subject.who
    told = Counter(subjects.values())
    return [e for at, e in enumerate(evidence) if e.via == PHRASE or at not in subjects or told[subjects[at]] > 1]


def _is_likeness(e: Evidence) -> bool:
    """Whether evidence is a likely likeness of the draft to a fact."""
    return e.kind is EvidenceKind.FACT and e.channel == "draft" and e.strength is Strength.LIKELY


def _asks_of_a_target(e: Evidence) -> bool:
    """Whether evidence says that the question names or means a target."""
    return e.channel == "question" and e.kind is not EvidenceKind.FACT and e.strength > Strength.HINT


def _subject_of(e: Evidence, text: str, entities: Entities) -> Mention | None:
    """The first person whom a passage names that names no target."""
    passage = text[e.start : e.end]
    named = entities.within(e.start + len(passage) - len(passage.lstrip()), e.end)
    if any(entities.is_target(m.who) for m in named):
        return None
    return next((m for m in named if entities.all[m.who].person), None)


def _scripts(name: str) -> set[Script]:
    return {script_of(word) for word in name.split()}
