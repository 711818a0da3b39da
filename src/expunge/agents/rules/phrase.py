"""Reads one clause: how it opens, who its subject is, what it says besides."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

from expunge.agents.rules.cast import Cast, Mention
from expunge.agents.rules.gender import Gender
from expunge.agents.rules.language import Language
from expunge.agents.rules.names import JOINER
from expunge.text.budget import step
from expunge.text.segment import Span, words

Opening = Literal["plain", "start", "opener", "relative", "bracket", "dash", "comma", "semicolon"]

_LEAD = re.compile(r"[\s,;:、,;،؛([（［)\]）］–—\-*_\"“„«]*")
_ROW = re.compile(rf"(?:\s*{JOINER}\s+|,\s*)(?:the |le |la |el )?")
_VERB_ENDINGS = {
    "en": r"ed|es|s",
    "de": r"te|ten|iert",
    "fr": r"a|ait|it|ut|aient|èrent|irent",
    "es": r"ó|aba|ía|aban|ían|aron|ieron",
    "it": r"ò|ì|ava|eva|iva|arono|irono|é",
    "pt": r"ou|eu|iu|ava|ia|aram|eram|iram",
    "nl": r"de|te|den|ten",
    "sv": r"de|te|ade",
    "pl": r"ł|ła|li|ły",
    "ru": r"л|ла|ли|ет|ит|ют|ят|лся|лась",
}
_VERB_PATTERNS = {code: re.compile(rf"(?:{endings})$") for code, endings in _VERB_ENDINGS.items()}
_INVERTING = frozenset({"de", "nl", "sv", "es"})
_THAT = frozenset({"que", "che", "that"})
_GENITIVE_LIST = "of by de del du des von vom di del della da do dos das par por van door av"
_GENITIVES = frozenset(_GENITIVE_LIST.split())
_NOT_VERBS = re.compile(r"(?:.*(?:ness|less|ous|ss|us|is|ers|ors|ists|ies)|this|his|its|years?|times|hundred|red)$")


@dataclass(frozen=True, slots=True)
class Pronoun:
    """A pronoun and what it tells of whom it stands for."""

    gender: Gender | None
    number: Literal["one", "many", "any"]
    thing: bool = False


@dataclass(slots=True)
class Phrase:
    """What one clause shows on its face. Offsets are those of the draft.

    `body` is where the text after punctuation and opener begins. `subject` lists the entities named as
    subject; `pronoun` is a subject pronoun; `possessor` a possessive that opens the subject.
    `self_speaks` marks a subject in the first or second person.
    """

    span: Span
    body: int
    opening: Opening
    opener: str
    mentions: list[Mention]
    subject: list[Mention]
    pronoun: Pronoun | None
    possessor: Pronoun | None
    owner_name: Mention | None
    self_speaks: bool
    subject_end: int
    others: list[Pronoun]
    noun_subject: tuple[str, ...]
    verb_first: bool
    has_verb: bool
    bare_names: bool
    joint: bool


def read_phrase(text: str, span: Span, cast: Cast, language: Language, *, first: bool) -> Phrase:
    """Reads the clause at `span` of the draft `text`."""
    step()
    lead = _LEAD.match(text, span.start, span.end)
    body = lead.end() if lead else span.start
    tokens = [Span(body + s.start, body + s.end) for s in words(text[body : span.end])]
    folded = [text[t.start : t.end].casefold() for t in tokens]
    opening, opener, skip = _opening(text, span, body, folded, language, first)
    mentions = cast.within(span.start, span.end)
    for name in mentions:
        if skip and tokens[0].start >= name.start:
            skip, opener = 0, ""
    if skip:
        body = tokens[skip].start if skip < len(tokens) else span.end
    tokens, folded = tokens[skip:], folded[skip:]
    phrase = Phrase(
        span, body, opening, opener, mentions, [], None, None, None, False, body, [], (), False, False, False, False
    )
    _find_subject(text, phrase, tokens, folded, language, cast)
    named = [_mention_at(mentions, token.start) is not None for token in tokens]
    after = [(f, n) for t, f, n in zip(tokens, folded, named, strict=True) if t.start >= phrase.subject_end]
    rest = [f for f, n in after if not n]
    phrase.has_verb = any(is_verb(f, language) for f in rest) or (
        bool(phrase.subject or phrase.pronoun) and len([f for f in rest if f not in language.prepositions]) > 0
    )
    phrase.verb_first = bool(folded) and not named[0] and is_verb(_first_content(folded, language), language)
    phrase.bare_names = bool(mentions) and all(n or f in language.function for n, f in zip(named, folded, strict=True))
    phrase.joint = not language.joint.isdisjoint(folded) or any(
        j in text[span.start : span.end].casefold() for j in language.joint_phrases
    )
    return phrase


def _mention_at(mentions: list[Mention], at: int) -> Mention | None:
    """The mention in which a place is; mentions stand in order and do not overlap."""
    index = bisect_right(mentions, at, key=lambda mention: mention.start) - 1
    return mentions[index] if index >= 0 and at < mentions[index].end else None


def is_verb(word: str, language: Language) -> bool:
    """Whether a case-folded word looks like a finite verb; wrong at times, in either direction."""
    if not word.isalpha() or word in language.people or word in language.possessives or word in language.articles:
        return False
    if word in language.verbs:
        return True
    endings = _VERB_PATTERNS.get(language.code)
    if endings is None or word in language.function or (language.code == "en" and _NOT_VERBS.match(word)):
        return False
    return len(word) > 3 and endings.search(word) is not None


def _first_content(folded: list[str], language: Language) -> str:
    for word in folded:
        if word in language.verbs or not (word in language.stop or word.endswith("ly")):
            return word
    return ""


def _opening(
    text: str, span: Span, body: int, folded: list[str], language: Language, first: bool
) -> tuple[Opening, str, int]:
    lead = text[span.start : body]
    word = folded[0] if folded else ""
    clause = text[body : span.end].casefold()
    if any(c in "([（［" for c in lead):
        return "bracket", "", 0
    whom = re.match(
        r"(?:\w+ of |with |to |for |from |under |by |through |in |at |on |about )?(?:whom|whose|who|which)\b", clause
    )
    if not first and (word in language.relatives or (language.code == "en" and whom)):
        return "relative", word, 1
    if word in language.openers:
        skip = next((i for i, f in enumerate(folded) if f not in language.openers), len(folded))
        if skip > 1 and folded[skip - 1] in language.relatives - _THAT and not first:
            return "relative", folded[skip - 1], skip
        return "opener", word, skip
    if first:
        return "start", "", 0
    if ";" in lead or "；" in lead or "؛" in lead:
        return "semicolon", "", 0
    if re.search(r"[–—:]|\s-", lead):
        return "dash", "", 0
    if lead.strip():
        return "comma", "", 0
    return "plain", "", 0


def _pronoun(word: str, language: Language) -> Pronoun | None:
    if word in language.he:
        return Pronoun("male", "one")
    if word in language.she:
        return Pronoun("female", "one")
    if word in language.they:
        if language.code in ("de", "nl"):
            # "sie", "ze": she or they.
            return Pronoun("female", "any")
        return Pronoun(None, "any" if language.code == "hi" else "many")
    if word in language.it:
        return Pronoun(None, "one", thing=True)
    return None


def _possessive(word: str, language: Language) -> Pronoun | None:
    if word in language.his:
        return Pronoun("male", "one")
    if word in language.her:
        return Pronoun("female", "one")
    if word in language.their:
        return Pronoun(None, "any")
    return None


def _object(word: str, language: Language) -> Pronoun | None:
    if word in language.him:
        return Pronoun("male", "one")
    if word in language.hers:
        return Pronoun("female", "one")
    return None


def _find_subject(
    text: str, phrase: Phrase, tokens: list[Span], folded: list[str], language: Language, cast: Cast
) -> None:
    """Walks to the first name or pronoun that can be the subject, as far as no verb stands before it."""
    unspaced = language.code in ("zh", "ja")
    if unspaced:
        _find_subject_unspaced(text, phrase, language)
        return
    nouns: list[str] = []
    # The "I" of a quotation is whoever is quoted.
    quoted = any(c in '"“„«「『' for c in text[phrase.span.start : phrase.body])
    preposition = False
    blocked = False
    at = 0
    while at < len(tokens):
        token, word = tokens[at], folded[at]
        mention = _mention_at(phrase.mentions, token.start)
        if mention is not None:
            span = at
            while span < len(tokens) and tokens[span].start < mention.end:
                span += 1
            possessive = re.match(r"[’']s?(?!\w)", text[mention.end : mention.end + 3]) is not None
            if not blocked and not preposition:
                if possessive:
                    phrase.owner_name = phrase.owner_name or mention
                else:
                    _take_subject(text, phrase, mention)
                    at = max(span, at + 1)
                    blocked = True
                    continue
            preposition = False
            at = max(span, at + 1)
            continue
        if not blocked:
            own = _possessive(word, language)
            stands = _pronoun(word, language)
            ambiguous = word in language.articles and at + 1 < len(tokens) and not is_verb(folded[at + 1], language)
            if stands and not preposition and not nouns and not (own and at + 1 < len(tokens)) and not ambiguous:
                phrase.pronoun, phrase.subject_end, blocked = stands, token.end, True
            elif (
                word in language.self and not quoted and not preposition and not nouns and word not in language.articles
            ):
                phrase.self_speaks, phrase.subject_end, blocked = True, token.end, True
            elif own and not preposition and not nouns:
                phrase.possessor = phrase.possessor or own
            elif word in language.prepositions:
                preposition = True
                if nouns and phrase.owner_name is None and word in _GENITIVES:
                    owner = _complement(tokens, at, phrase)
                    if owner is not None:
                        phrase.owner_name = owner
            elif not nouns and is_verb(word, language) and _inverted(tokens, folded, at, phrase, language):
                pass
            elif (
                is_verb(word, language)
                and (nouns or not phrase.possessor)
                and (nouns or at == 0 or language.code != "en")
            ):
                blocked = True
                phrase.subject_end = token.start
            elif word not in language.function and word not in language.joint and not word.isdigit():
                if preposition:
                    preposition = False
                else:
                    nouns.append(word)
        elif not unspaced:
            for other in (_object(word, language), _possessive(word, language)):
                if other is not None and other.gender is not None:
                    phrase.others.append(other)
                    break
            else:
                late = _pronoun(word, language)
                if late is not None and late.gender is not None:
                    phrase.others.append(late)
        at += 1
    phrase.noun_subject = tuple(nouns[:4])


def _inverted(tokens: list[Span], folded: list[str], at: int, phrase: Phrase, language: Language) -> bool:
    """Whether the verb at `at` stands before its subject: "1951 heiratete er …"."""
    if language.code not in _INVERTING or at + 1 >= len(tokens):
        return False
    following, word = tokens[at + 1], folded[at + 1]
    named = any(m.start == following.start for m in phrase.mentions)
    return named or (word in language.he | language.she | language.they and word not in language.articles)


def _complement(tokens: list[Span], at: int, phrase: Phrase) -> Mention | None:
    """The name right after the preposition at `at`: "the brother of X"."""
    for token in tokens[at + 1 : at + 4]:
        for mention in phrase.mentions:
            if mention.start <= token.start < mention.end:
                return mention
    return None


def _take_subject(text: str, phrase: Phrase, mention: Mention) -> None:
    phrase.subject.append(mention)
    end = mention.end
    for other in phrase.mentions:
        between = text[end : other.start] if other.start >= end else ""
        if other.start > end and between.strip() and len(between) < 14 and _ROW.fullmatch(between):
            phrase.subject.append(other)
            end = other.end
    phrase.subject_end = end


def _find_subject_unspaced(text: str, phrase: Phrase, language: Language) -> None:
    body = text[phrase.body : phrase.span.end]
    for name in ("they", "he", "she", "it", "self"):
        for word in getattr(language, name):
            if body.startswith(word):
                after = body[len(word) :]
                owns = after.startswith(("的", "の"))
                if name == "they" or (name == "he" and body.startswith(tuple(language.she | language.they))):
                    continue
                stands = Pronoun("male" if name == "he" else "female" if name == "she" else None, "one", name == "it")
                if name == "self":
                    phrase.self_speaks = True
                elif owns:
                    phrase.possessor = stands
                else:
                    phrase.pronoun = stands
                phrase.subject_end = phrase.body + len(word)
    if phrase.pronoun is None and any(body.startswith(w) for w in language.they):
        phrase.pronoun = Pronoun(None, "many")
        return
    first = phrase.mentions[0] if phrase.mentions else None
    if first is None or phrase.pronoun is not None:
        return
    before = text[phrase.body : first.start]
    if text[first.end : first.end + 1] in ("的", "の"):
        phrase.owner_name = first
        if len(phrase.mentions) > 1 and phrase.mentions[1].start - first.end < 8:
            first, before = phrase.mentions[1], ""
        else:
            return
    if len(before) <= 2 or before.endswith(("的", "の")) or text[first.end : first.end + 1] in ("は", "が"):
        _take_subject(text, phrase, first)
        if phrase.possessor is not None:
            phrase.subject_end = first.end
    elif phrase.possessor is not None and len(before) <= 8:
        _take_subject(text, phrase, first)


def bracket_groups(text: str, phrases: list[Phrase]) -> list[int]:
    """For each clause the number of the bracket that it stands in, -1 outside."""
    groups: list[int] = []
    depth, group = 0, -1
    for phrase in phrases:
        opens = text[phrase.span.start : phrase.span.start + 1] in tuple("([（［")
        if opens and depth == 0:
            group += 1
        groups.append(group if depth > 0 or opens else -1)
        for char in text[phrase.span.start : phrase.span.end]:
            depth = max(0, depth + (char in "([（［") - (char in ")]）］"))
    return groups


def speaks_of_somebody(phrase: Phrase) -> bool:
    """Whether a pronoun of the clause stands for a person."""
    pronouns = [phrase.pronoun, phrase.possessor, *phrase.others]
    return any(p is not None and not p.thing and p.gender is not None for p in pronouns)
