"""Who is named in a draft, and where: the targets, whoever the question asks about, and others."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count

from expunge.agents.case import Case
from expunge.agents.rules.gender import Gender, is_given_name, usual_gender
from expunge.agents.rules.language import Language, is_unspaced
from expunge.agents.rules.names import (
    CASELESS,
    JOINER,
    name_runs,
    name_tokens,
    name_words,
    shared_unspaced,
    shared_words,
)
from expunge.text.budget import step
from expunge.text.rarity import zipf
from expunge.text.segment import Span
from expunge.text.taken import Taken
from expunge.types import EvidenceKind, Strength, Target

NAME_KINDS = frozenset(
    {
        EvidenceKind.NAME,
        EvidenceKind.ALIAS,
        EvidenceKind.PARTIAL_NAME,
        EvidenceKind.SPELLING,
        EvidenceKind.TRANSLITERATION,
        EvidenceKind.DECODED,
    }
)
_EVERYDAY = 4.2
"""Zipf frequency from which a word is part of everyday language."""
_UNCOMMON = 3.2
"""Zipf frequency under which a word is more often a name than not."""
_OPENING = re.compile(r"(?:^|[.!?…:\n。])[\s\d.)\-*+•‣#|>\"“«„'_(¿¡]*$")


@dataclass(slots=True)
class Entity:
    """Somebody or something with a name. `tokens` are case-folded; `person` is a guess."""

    tokens: frozenset[str]
    target: bool = False
    focus: bool = False
    person: bool = False
    gender: Gender | None = None
    linked: bool = False
    """Named first, or only, in what was told of a target: a target's book, a target's husband."""


@dataclass(frozen=True, slots=True)
class Mention(Span):
    """A name in the draft and the number of the entity that it names."""

    who: int


def _start(mention: Mention) -> int:
    return mention.start


@dataclass(slots=True)
class Cast:
    """The entities of a case and their mentions in the draft, in order.

    `target_asked` tells whether the question names, or plainly means, a target.
    """

    entities: list[Entity]
    mentions: list[Mention]
    target_asked: bool

    def within(self, start: int, end: int) -> list[Mention]:
        """The mentions that touch an interval of the draft."""
        until = bisect_left(self.mentions, end, key=_start)
        since = until
        while since and self.mentions[since - 1].end > start:
            since -= 1
        return self.mentions[since:until]

    def last_before(self, end: int) -> Mention | None:
        """The last mention that begins before a place of the draft."""
        until = bisect_left(self.mentions, end, key=_start)
        return self.mentions[until - 1] if until else None

    def is_target(self, who: int | None) -> bool:
        """Whether this entity is a target."""
        return who is not None and self.entities[who].target

    def belongs(self, who: int | None) -> bool:
        """Whether this entity is a target, or known only through one."""
        return who is not None and (self.entities[who].target or self.entities[who].linked)

    def names_target(self, start: int, end: int) -> bool:
        """Whether a target is named in an interval of the draft."""
        return any(self.entities[m.who].target for m in self.within(start, end))


def assemble_cast(case: Case, target_ids: Iterable[str], language: Language) -> Cast:
    """The cast of a case, with `target_ids` for targets."""
    text, question = case.draft.text, case.question
    wanted = set(target_ids)
    targets = [t for t in case.shortlist if t.id in wanted]
    entities = [Entity(frozenset().union(*(name_tokens(n) for n in t.names)), True, person=True) for t in targets]
    index = {t.id: i for i, t in enumerate(targets)}
    spans = [
        Mention(e.start, e.end, index[e.target_id])
        for e in case.evidence
        if e.channel == "draft" and e.kind in NAME_KINDS - {EvidenceKind.PARTIAL_NAME} and e.target_id in index
        if e.strength > Strength.HINT and e.start < e.end
    ]
    spans += [Mention(a, b, index[t.id]) for t in targets for a, b in spelled(text, t)]
    mentions = _disjoint(spans)
    _add_runs(question, language, entities, None, spelled_in(question, targets, index), focus=True)
    _add_runs(text, language, entities, mentions, mentions, focus=False)
    places = Taken((m.start, m.end) for m in mentions)
    _add_shared(text, question, language, entities, mentions, places)
    for e in case.evidence:
        if e.channel == "draft" and e.kind is EvidenceKind.PARTIAL_NAME and e.strength > Strength.HINT:
            # A part of a name that somebody else here has as well is left to the reading above.
            _place([(e.start, e.end)] if e.target_id in index else [], index.get(e.target_id, 0), mentions, places)
    _mark_focus(question, entities)
    mentions.sort(key=lambda m: m.start)
    if not any(e.focus for e in entities if not e.target):
        _remember_focus(case, language, entities, targets, index)
    mentions_target = any(entities[m.who].target for m in mentions)
    asked = any(spelled(question, t) for t in targets) or any(
        e.channel == "question" and e.target_id in wanted and e.strength > Strength.HINT for e in case.evidence
    )
    if asked:
        beside = _beside(question, language, entities, spelled_in(question, targets, index))
        for who, entity in enumerate(entities):
            entity.focus = entity.focus and who in beside and may_be_a_person(entity)
            if not entity.target and not entity.focus:
                # Met through the target; or, where no name is known to stand here, perhaps the target.
                entity.linked = True
                entity.target = entity.person and not mentions_target
    _guess_genders(text, language, entities, mentions)
    return Cast(entities, mentions, asked)


def _remember_focus(
    case: Case, language: Language, entities: list[Entity], targets: list[Target], index: dict[str, int]
) -> None:
    """A question that names nobody asks about whom the user named last."""
    known = len(entities)
    for message in reversed(case.messages[:-1]):
        if message.role != "user":
            continue
        taken = spelled_in(message.content, targets, index)
        if taken:
            return
        for run in name_runs(message.content, language):
            who = _find(name_tokens(message.content[run[0].start : run[-1].end]), entities[:known], {})
            if who is not None and not entities[who].target:
                entities[who].focus = entities[who].person = True
        if any(e.focus for e in entities):
            return


_BESIDE_LIST = (
    "and with between than as like unlike und mit zwischen als wie et avec entre y con e ed com en met tussen и с"
)
_BESIDE = frozenset(_BESIDE_LIST.split())
_QUOTE = re.compile(r"[\"“”«»„]|(?<!\w)['‘]|['’](?!\w)")
_JOINT = 80
"""Characters that may stand between two names that are joined."""
_JOINED = re.compile(
    rf"\s*(?:{JOINER}|,|or|oder|ou|o|of|vs\.?|versus|with|than|/)\s*(?:of |von |de |di )?", re.IGNORECASE
)


def _beside(question: str, language: Language, entities: list[Entity], targets: list[Mention]) -> set[int]:
    """Whom the question asks about as well as a target: joined to its name, or governed by no preposition."""
    found: set[int] = set()
    quotes = [m.start() for m in _QUOTE.finditer(question)]
    for run in name_runs(question, language):
        step()
        start, end = run[0].start, run[-1].end
        who = _find(name_tokens(question[start:end]), entities, {})
        if who is None:
            continue
        if bisect_left(quotes, start) % 2:
            continue  # the title of a work, and most likely the target's
        sides = [(t.end, start) if t.end <= start else (end, t.start) for t in targets]
        gaps = [question[a:b] for a, b in sides if b - a <= _JOINT]
        before = re.search(r"([\w’']+)\s+$", question[max(0, start - 40) : start])
        word = before[1].casefold() if before else ""
        free = word not in (language.prepositions - _BESIDE) | language.articles and len(run) > 1
        if free or any(_JOINED.fullmatch(gap) for gap in gaps):
            found.add(who)
    if not targets or CASELESS.search(question):
        found |= {i for i, e in enumerate(entities) if e.focus and e.person}
    return found


def may_be_a_person(entity: Entity) -> bool:
    """Whether a name has a given name or an uncommon word in it, and not only everyday words, as many titles have."""
    common = [zipf(token) for token in entity.tokens]
    named = any(is_given_name(token) for token in entity.tokens)
    return entity.target or named or min(common) < _UNCOMMON or max(common) < _EVERYDAY


def is_a_person(entity: Entity) -> bool:
    """Whether an entity that is no target is most likely a person: more than one name, or a given name."""
    if entity.target:
        return False
    return any(is_given_name(token) for token in entity.tokens) or (entity.person and may_be_a_person(entity))


def spelled(text: str, target: Target) -> list[tuple[int, int]]:
    """Where a full name or alias of `target` stands in `text`, whatever its case and spacing, inflected or not."""
    found: list[tuple[int, int]] = []
    for name in target.names:
        parts = [re.escape(p) for p in name.split()]
        if is_unspaced(name):
            pattern = r"\s*".join(parts)
        else:
            pattern = r"(?<!\w)" + r"[\s_\-]+".join(_inflected(p) for p in parts) + r"(?!\w)"
        found += [(m.start(), m.end()) for m in re.finditer(pattern, text, re.IGNORECASE)]
    return found


def spelled_in(text: str, targets: list[Target], index: dict[str, int]) -> list[Mention]:
    """The mentions of all `targets` in `text`, numbered by `index`."""
    return _disjoint(Mention(a, b, index[t.id]) for t in targets for a, b in spelled(text, t))


def _inflected(part: str) -> str:
    if re.search("[\u0400-\u04ff]", part) and len(part) >= 4:
        return part[:-1] + r"\w{0,3}"
    return part


def _disjoint(mentions: Iterable[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for m in sorted(mentions, key=lambda m: (m.start, -m.end)):
        if not kept or m.start >= kept[-1].end:
            kept.append(m)
    return kept


def _add_runs(
    text: str,
    language: Language,
    entities: list[Entity],
    mentions: list[Mention] | None,
    taken: list[Mention],
    *,
    focus: bool,
) -> None:
    seen = {who: at for at, who in enumerate(m.who for m in taken)}
    number = count(len(taken))
    beside = Taken((m.start, m.end) for m in taken)
    bearers: dict[str, set[int]] = {}
    for at, entity in enumerate(entities):
        for token in entity.tokens:
            bearers.setdefault(token, set()).add(at)
    runs = list(name_runs(text, language))
    runs.sort(key=lambda r: (len(r) == 1, r[0].start))
    for run in runs:
        start, end = run[0].start, run[-1].end
        step()
        if beside.touches(start, end):
            continue
        if len(run) > 1 and run[0].text.casefold() in language.people:
            run, start = run[1:], run[1].start
        tokens = name_tokens(text[start:end])
        who = _find(tokens, entities, seen, bearers)
        if who is None:
            lone = len(run) == 1
            opening = _OPENING.search(text[max(0, start - 24) : start]) is not None
            if not tokens or (lone and (language.code == "de" or (opening and not focus))):
                continue
            if lone and focus and opening:
                continue
            before = re.search(r"([\w’']+)\s+$", text[max(0, start - 40) : start])
            thing = lone or (before is not None and before[1].casefold() in language.articles)
            entities.append(Entity(tokens, focus=focus, person=not thing))
            who = len(entities) - 1
        elif len(run) > 1 and not entities[who].target:
            entities[who].tokens |= tokens
        for token in entities[who].tokens:
            bearers.setdefault(token, set()).add(who)
        seen[who] = next(number)
        if mentions is not None:
            mentions.append(Mention(start, end, who))
            if mentions is taken:
                beside.add(start, end)
    if mentions is not None:
        mentions.sort(key=lambda m: m.start)


def _find(
    tokens: frozenset[str],
    entities: list[Entity],
    seen: Mapping[int, int],
    bearers: Mapping[str, set[int]] | None = None,
) -> int | None:
    """The entity that a run names: a full match, or a part of its name. `bearers` tells who has each token."""
    if not tokens:
        return None
    step()
    near = range(len(entities)) if bearers is None else sorted(set().union(*(bearers.get(t, ()) for t in tokens)))
    fits = [
        i
        for i in near
        if tokens <= entities[i].tokens or (len(entities[i].tokens) > 1 and entities[i].tokens <= tokens)
    ]
    if not fits and any("\u0400" <= token[0] <= "\u04ff" for token in tokens):
        fits = [i for i, e in enumerate(entities) if _same_inflected(tokens, e.tokens)]
    if not fits:
        return None
    asked = [i for i in fits if entities[i].focus and not entities[i].target]
    if asked:
        return asked[0]
    return max(fits, key=lambda i: (seen.get(i, -1), entities[i].target))


def _same_inflected(tokens: frozenset[str], others: frozenset[str]) -> bool:
    def alike(a: str, b: str) -> bool:
        stem = min(len(a), len(b)) - 2
        return stem >= 3 and abs(len(a) - len(b)) <= 2 and a[:stem] == b[:stem] and "\u0400" <= a[0] <= "\u04ff"

    return all(any(alike(t, o) for o in others) for t in tokens)


def _add_shared(
    text: str, question: str, language: Language, entities: list[Entity], mentions: list[Mention], taken: Taken
) -> None:
    """In scripts without capitals: what question and draft share, and the parts of a target's name."""
    if not CASELESS.search(text):
        return
    names = shared_unspaced(text, question) if is_unspaced(text) else shared_words(text, question, language)
    for name in sorted(names, key=len, reverse=True):
        tokens = name_tokens(name)
        if any(tokens & e.tokens == tokens for e in entities if e.target):
            continue
        entities.append(Entity(tokens, focus=True, person=True))
        places = [(m.start(), m.end()) for m in re.finditer(re.escape(name), text)]
        _place(places, len(entities) - 1, mentions, taken)
    if not is_unspaced(text):
        bearers: dict[str, list[int]] = {}
        for who, entity in enumerate(entities):
            for token in entity.tokens:
                bearers.setdefault(token, []).append(who)
        for word in name_words(text):
            if len(own := bearers.get(word.text.casefold(), [])) == 1:
                _place([(word.start, word.end)], own[0], mentions, taken)


def _place(places: list[tuple[int, int]], who: int, mentions: list[Mention], taken: Taken) -> None:
    for a, b in places:
        if not taken.touches(a, b):
            taken.add(a, b)
            mentions.append(Mention(a, b, who))


def _mark_focus(question: str, entities: list[Entity]) -> None:
    asked = {w.text.casefold() for w in name_words(question)}
    for entity in entities:
        if not entity.target and entity.person and len(entity.tokens) > 1 and entity.tokens <= asked:
            entity.focus = True


def _guess_genders(text: str, language: Language, entities: list[Entity], mentions: list[Mention]) -> None:
    for mention in mentions:
        entity = entities[mention.who]
        before = re.search(r"(\w[\w\-]*)\.?,?\s+$", text[max(0, mention.start - 40) : mention.start])
        word = before[1].casefold() if before else ""
        if word in language.male:
            entity.gender = "male"
        elif word in language.female or (language.code == "de" and before and re.match(r"[A-ZÄÖÜ]\w+in$", before[1])):
            entity.gender = "female"
        elif entity.gender is None:
            first = text[mention.start : mention.end].split()
            entity.gender = usual_gender(first[0]) if first and len(first) > 1 else None
            if entity.gender is None and is_unspaced(text):
                entity.gender = usual_gender(text[mention.start + 1 : mention.end])
