"""The people and things named in a draft: the targets, whoever the question asks about, and everybody else.

Names with capitals are entered in one roll, the question's before the draft's. In scripts without capitals a name is
what question and draft share, or what stands beside a title.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from expunge.agents.case import Case
from expunge.agents.rules.gender import Gender, gender_beside, gender_of, gender_of_name, is_given_name
from expunge.agents.rules.language import Language, is_unspaced
from expunge.agents.rules.names import (
    CASELESS,
    NameWord,
    initials,
    is_governed,
    is_name_like,
    may_be_a_person,
    name_runs,
    name_tokens,
    name_words,
    named,
    spelled,
    word_before,
)
from expunge.text.budget import step
from expunge.text.segment import Span, sentences, words
from expunge.text.slices import Taken
from expunge.types import Evidence, EvidenceKind, Message, Strength, Target

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
_SHORT = 400
"""Characters under which a text is one thing."""
_FEW = 4
"""Sentences up to which a draft is no document that may touch on a target, but an answer."""
_MANY = 8
"""Sentences from which it is one."""
_BESIDE_LIST = (
    "and with between than as like unlike und mit zwischen als wie et avec entre y con e ed com en met tussen и с"
)
_BESIDE = frozenset(_BESIDE_LIST.split())
_QUOTE = re.compile(r"[\"“”«»„]|(?<!\w)['‘]|['’](?!\w)")
_JOINERS = "and|und|et|y|e|ed|en|och|i|oraz|и|ve|&|as well as|sowie|و|और|or|oder|ou|o|of|vs\\.?|versus|with|than|/"
_JOINED = re.compile(rf"\s*(?:(?:,\s*)?(?:{_JOINERS})|,)\s*(?:of |von |de |di )?", re.IGNORECASE)
_JOINT = 80
"""Characters that may stand between two names that are joined."""
_UNNAMED = re.compile("[是谁什么的了吗在呢请和与はがのをにでともか誰何？?，,。]|出生|介绍|关于|教え|ですか|哪")


@dataclass(frozen=True, slots=True)
class Entity:
    """Somebody or something with a name. `tokens` are case-folded; `person` and `gender` are guesses.

    `titled` says that it was met with a title, `focus` that the question asks about it.
    """

    tokens: frozenset[str]
    target: bool = False
    focus: bool = False
    person: bool = False
    gender: Gender | None = None
    titled: bool = False

    @property
    def surely_a_person(self) -> bool:
        """Whether it has a title or a common given name, or the question is about it; and is not a work or a place."""
        return self.person and (self.titled or self.focus or any(is_given_name(t) for t in self.tokens))


@dataclass(frozen=True, slots=True)
class Mention(Span):
    """A name in the draft and the number of the entity that it names."""

    who: int


def _start(mention: Mention) -> int:
    return mention.start


@dataclass(frozen=True, slots=True)
class Entities:
    """The entities of a case and their mentions in the draft, in order.

    `target_asked` tells whether the question names, or plainly means, a target.
    """

    all: list[Entity]
    mentions: list[Mention]
    target_asked: bool

    def within(self, start: int, end: int) -> list[Mention]:
        """The mentions that touch an interval of the draft."""
        until = bisect_left(self.mentions, end, key=_start)
        since = until
        while since and self.mentions[since - 1].end > start:
            since -= 1
        return self.mentions[since:until]

    def is_target(self, who: int) -> bool:
        """Whether this entity is a target."""
        return self.all[who].target

    def names_target(self, start: int, end: int) -> bool:
        """Whether a target is named in an interval of the draft."""
        return any(self.all[m.who].target for m in self.within(start, end))

    def others(self, start: int, end: int) -> list[Mention]:
        """The mentions of people who are no targets."""
        return [m for m in self.within(start, end) if not self.all[m.who].target and self.all[m.who].person]

    @property
    def asks_others(self) -> bool:
        """Whether the question asks about somebody who is no target."""
        return any(e.focus and not e.target for e in self.all)


@dataclass(frozen=True, slots=True)
class _Run(Span):
    """A run of capitals as a name: its words, the title before it ("" if none), the tokens of the rest.

    `full` says that the rest is more than one word.
    """

    words: Sequence[NameWord]
    title: str
    tokens: frozenset[str]
    full: bool


def _run_of(run: Sequence[NameWord], text: str, language: Language) -> _Run:
    start, end = run[0].start, run[-1].end
    first = run[0].text.casefold()
    title = first if first in language.people else ""
    bare = run[1:] if title and len(run) > 1 else run
    return _Run(start, end, run, title, name_tokens(text[bare[0].start : end]), len(bare) > 1)


class _Roll:
    """Everybody named in a case, each with a number, and by which words each is known so far."""

    def __init__(self, targets: Sequence[Target], language: Language) -> None:
        """Begin with the targets, in order."""
        self.all: list[Entity] = []
        self._language = language
        self._bearers: dict[str, set[int]] = {}
        for target in targets:
            tokens = frozenset().union(*(name_tokens(name) for name in target.names))
            self._enter(Entity(tokens, target=True, person=True, gender=gender_of(target, language)))

    def read(self, text: str, taken: Sequence[Mention], *, focus: bool) -> list[Mention]:
        """Enter whoever is named in capitals outside what is `taken`, and return where; `focus` is their new focus."""
        places = Taken((m.start, m.end) for m in taken)
        seen = {m.who: m.start for m in taken}
        found: list[Mention] = []
        # Full names come first, so that a part of one is known when it is met.
        for run in sorted(name_runs(text, self._language), key=lambda run: (len(run) == 1, run[0].start)):
            step()
            if places.touches(run[0].start, run[-1].end):
                continue
            name = _run_of(run, text, self._language)
            who = self._bearer_of(name, text, seen, focus=focus)
            if who is not None:
                seen[who] = name.start
                found.append(Mention(name.start, name.end, who))
        return found

    def read_caseless(
        self, text: str, question: str, taken: Sequence[Mention], spoken: Collection[str]
    ) -> list[Mention]:
        """Enter whoever draft and question name in a script without capitals, and return where the draft does.

        `spoken` is how question and draft spell the targets' names, as far as the screen heard them.
        """
        if not CASELESS.search(text):
            return []
        for name in spoken:
            question = question.replace(name, " X ")  # in no such script, so that what stands around it is not joined
        unspaced = is_unspaced(text)
        names = _shared_unspaced(text, question) if unspaced else _shared_words(text, question, self._language)
        found: list[Mention] = []
        for name in sorted(names, key=len, reverse=True):
            tokens = name_tokens(name)
            if any(e.target and tokens <= e.tokens for e in self.all) or any(name in one for one in spoken):
                continue
            who = self._enter(Entity(tokens, focus=True, person=True))
            found += (Mention(m.start(), m.end(), who) for m in re.finditer(re.escape(name), text))
        if not unspaced:
            found += self._parts_of_names(text)
        return _free(found, taken)

    def ask_only_about(self, beside: Collection[int]) -> None:
        """Leave in focus only the people of these numbers."""
        self.all = [
            replace(entity, focus=False) if entity.focus and not (who in beside and entity.person) else entity
            for who, entity in enumerate(self.all)
        ]

    def recall_focus(self, messages: Sequence[Message], targets: Sequence[Target]) -> None:
        """Bring into focus whom the user named last before a question that names nobody, unless it was a target."""
        for message in reversed(messages):
            if message.role != "user":
                continue
            if any(spelled(message.content, target) for target in targets):
                return
            for run in name_runs(message.content, self._language):
                who = self._find(name_tokens(message.content[run[0].start : run[-1].end]), {})
                if who is not None and not self.all[who].target:
                    self._amend(who, replace(self.all[who], focus=True, person=True))
            if self.in_focus:
                return

    @property
    def in_focus(self) -> bool:
        """Whether anybody is in focus."""
        return any(entity.focus for entity in self.all)

    def _enter(self, entity: Entity) -> int:
        self.all.append(entity)
        self._amend(len(self.all) - 1, entity)
        return len(self.all) - 1

    def _amend(self, who: int, entity: Entity) -> None:
        self.all[who] = entity
        for token in entity.tokens:
            self._bearers.setdefault(token, set()).add(who)

    def _bearer_of(self, run: _Run, text: str, seen: Mapping[int, int], *, focus: bool) -> int | None:
        """The number of whoever a run of capitals names, entered if need be; None if it is no name."""
        who = self._find(run.tokens, seen)
        if who is None:
            if not run.tokens or not is_name_like(run.words, text, self._language):
                return None
            who = self._enter(Entity(run.tokens))
        entity = self.all[who]
        if entity.target:
            governed = len(run.words) == 1 and is_governed(run.words[0], text, self._language)
            return None if governed else who  # "the marsh", "im Sommer"
        person = entity.person or bool(run.title) or may_be_a_person(run.words, text, self._language)
        met = replace(
            entity,
            tokens=entity.tokens | run.tokens if run.full else entity.tokens,
            focus=entity.focus or focus,
            person=person,
            gender=entity.gender or self._gender_of_title(run.title),
            titled=entity.titled or bool(run.title),
        )
        self._amend(who, met)
        return who

    def _gender_of_title(self, title: str) -> Gender | None:
        if title in self._language.male:
            return "male"
        return "female" if title in self._language.female else None

    def _find(self, tokens: frozenset[str], seen: Mapping[int, int]) -> int | None:
        """The entity that a run names: the same name, or a part of it. A part that others bear is the nearest one's.

        A whole name of somebody else that shares a word with a target's is a namesake, and no target.
        """
        fits = self._fitting(tokens)
        others = [i for i in fits if not self.all[i].target]
        asked = [i for i in others if self.all[i].focus]
        if asked:
            return asked[0]
        if others and len(tokens) == 1:
            return max(fits, key=lambda i: (seen.get(i, -1), self.all[i].target))
        return max(fits, key=lambda i: (self.all[i].target, seen.get(i, -1)), default=None)

    def _fitting(self, tokens: frozenset[str]) -> list[int]:
        def fits(entity: Entity) -> bool:
            known = entity.tokens
            return tokens <= known or (len(known) > 1 and known <= tokens and not entity.target)

        if not tokens:
            return []
        near = sorted(set().union(*(self._bearers.get(t, ()) for t in tokens)))
        found = [i for i in near if fits(self.all[i])]
        if not found and any("\u0400" <= token[0] <= "\u04ff" for token in tokens):
            return [i for i, e in enumerate(self.all) if _same_inflected(tokens, e.tokens)]
        return found

    def _parts_of_names(self, text: str) -> Iterator[Mention]:
        """Words of a script without capitals that only one of all names has."""
        for word in name_words(text):
            bearers = self._bearers.get(word.text.casefold(), ())
            if len(bearers) != 1:
                continue
            (who,) = bearers
            if not (self.all[who].target and self._language.code == "ar"):
                yield Mention(word.start, word.end, who)


def entities_of(case: Case, targets: Sequence[Target], language: Language, evidence: Iterable[Evidence]) -> Entities:
    """The entities of a case; `evidence` is the screen's, less what is another's name or a mere word."""
    text, question = case.draft.text, case.question
    index = {t.id: i for i, t in enumerate(targets)}
    asked = _disjoint(Mention(a, b, index[t.id]) for t in targets for a, b in spelled(question, t))
    mentions = _mentions_of_targets(text, targets, language, [e for e in evidence if e.target_id in index])
    roll = _Roll(targets, language)
    roll.read(question, asked, focus=True)
    mentions += roll.read(text, mentions, focus=False)
    mentions += roll.read_caseless(text, question, mentions, _spoken(case, index))
    # A question that only touches on a fact ("the company's history?") is about the target where little else is told.
    count = sum(1 for span in sentences(text) if span.of(text).strip())
    meant = _meant(case, index, roll.all, many=count >= _MANY)
    target_asked = bool(asked) or any(count <= _FEW or e.kind is not EvidenceKind.FACT for e in meant)
    if target_asked:
        heard = [Mention(e.start, e.end, index[e.target_id]) for e in meant if e.kind in NAME_KINDS and e.start < e.end]
        roll.ask_only_about(_beside(question, language, roll.all, [*asked, *heard]))
    elif not roll.in_focus:
        roll.recall_focus(case.messages[:-1], targets)
    in_order = sorted(mentions, key=_start)
    genders = _genders(text, language, roll.all, in_order)
    everybody = [replace(e, gender=gender) for e, gender in zip(roll.all, genders, strict=True)]
    return Entities(everybody, in_order, target_asked)


def _mentions_of_targets(
    text: str, targets: Sequence[Target], language: Language, evidence: Iterable[Evidence]
) -> list[Mention]:
    """The places of targets in a draft: spelled out, by initials, or in a form that only the screen knows."""
    index = {t.id: i for i, t in enumerate(targets)}
    spans = [Mention(a, b, index[t.id]) for t in targets for a, b in named(text, t, language)]
    spans += [Mention(a, b, index[t.id]) for t in targets for a, b in initials(text, t)]
    spans += [
        Mention(e.start, e.end, index[e.target_id])
        for e in evidence
        if e.channel == "draft" and e.kind in NAME_KINDS and e.strength > Strength.HINT
        if e.start < e.end and is_located(e, text)
    ]
    return _disjoint(spans)


def _spoken(case: Case, target_ids: Collection[str]) -> set[str]:
    """The spellings of the targets' names in question and draft, as the screen heard them."""
    texts = {"question": case.question, "draft": case.draft.text}
    return {
        source[e.start : e.end]
        for e in case.evidence
        for source in (texts.get(e.channel, ""),)
        if e.kind in NAME_KINDS and e.target_id in target_ids and e.strength > Strength.HINT and e.end - e.start > 1
        if is_located(e, source)
    }


def _meant(case: Case, target_ids: Collection[str], found: Sequence[Entity], *, many: bool) -> list[Evidence]:
    """The evidence in the question that tells that it means a target. `many` says that the draft is a document."""
    question = case.question
    others = {token for e in found if not e.target for token in e.tokens}
    mere_words = many and CASELESS.search(question) is not None

    def tells(e: Evidence) -> bool:
        if e.kind is EvidenceKind.PARTIAL_NAME:
            # The name of a family is nobody's, and parts of names without capitals are words, as likely as not.
            return question[e.start : e.end].casefold() not in others and not mere_words
        return not many or e.kind is not EvidenceKind.DECODED or e.strength is Strength.CERTAIN

    return [
        e
        for e in case.evidence
        if e.channel == "question" and e.target_id in target_ids and e.strength > Strength.HINT and tells(e)
    ]


def is_located(e: Evidence, text: str) -> bool:
    """Whether a piece of evidence says where in a text it is: it spans neither most of a long one nor lines of it."""
    within = text[e.start : e.end]
    if len(text) < _SHORT or not within:
        return True
    return len(within) < 0.6 * len(text) and (e.kind is not EvidenceKind.DECODED or within.strip().count("\n") < 2)


def _beside(question: str, language: Language, found: Sequence[Entity], targets: Sequence[Mention]) -> set[int]:
    """Those that a question asks about beside a target: joined to its name, or governed by no preposition."""
    beside: set[int] = set()
    quotes = [m.start() for m in _QUOTE.finditer(question)]
    for run in name_runs(question, language):
        step()
        start, end = run[0].start, run[-1].end
        tokens = name_tokens(question[start:end])
        who = next((i for i, e in enumerate(found) if tokens and tokens <= e.tokens and not e.target), None)
        if who is None or bisect_left(quotes, start) % 2:
            continue  # nobody, or the title of a work, and most likely the target's
        sides = [(t.end, start) if t.end <= start else (end, t.start) for t in targets]
        gaps = [question[a:b] for a, b in sides if b - a <= _JOINT]
        free = (
            word_before(question, start) not in (language.prepositions - _BESIDE) | language.articles and len(run) > 1
        )
        if free or any(_JOINED.fullmatch(gap) for gap in gaps):
            beside.add(who)
    if not targets or CASELESS.search(question):
        joined = not targets or is_unspaced(question)
        beside |= {
            i
            for i, e in enumerate(found)
            if e.focus and e.person and (joined or _is_joined(e.tokens, question, targets))
        }
    return beside


def _is_joined(tokens: Iterable[str], question: str, targets: Sequence[Mention]) -> bool:
    """Whether a name of a script without capitals is joined to a target's: any word that both texts hold may be one."""
    places = [m.span() for t in tokens for m in re.finditer(re.escape(t), question)]
    if not places:
        return False
    start, end = min(a for a, _ in places), max(b for _, b in places)
    gaps = [question[t.end : start] if t.end <= start else question[end : t.start] for t in targets]
    return any(len(gap) <= _JOINT and _JOINED.fullmatch(gap) for gap in gaps)


def _shared_words(text: str, question: str, language: Language) -> list[str]:
    """Runs of words of a script without capitals that question and text share, function words aside."""
    found, run = [], []
    stands: dict[str, bool] = {}
    for word in name_words(question):
        plain = word.text.casefold() in language.function or not CASELESS.search(word.text)
        if not plain and word.text not in stands:
            step()
            stands[word.text] = re.search(rf"(?<!\w){re.escape(word.text)}", text) is not None
        if not plain and stands[word.text]:
            run.append(word.text)
            continue
        if run:
            found.append(" ".join(run))
        run = []
    if run:
        found.append(" ".join(run))
    return [name for name in found if name in text and len(name) > 2]


def _shared_unspaced(text: str, question: str) -> list[str]:
    """The longest strings that question and text share in a script without spaces, up to 12 characters."""
    best: list[str] = []
    for size in range(min(12, len(question)), 1, -1):
        step()
        told = {text[at : at + size] for at in range(len(text) - size + 1)}
        within = {longer[at : at + size] for longer in best for at in range(len(longer) - size + 1)}
        for at in range(len(question) - size + 1):
            part = question[at : at + size]
            if part not in told or part in within or _UNNAMED.search(part):
                continue
            if all(CASELESS.match(c) or c in "·・" for c in part):
                best.append(part)
                within.add(part)
    return best


def _genders(
    text: str, language: Language, entities: Sequence[Entity], mentions: Sequence[Mention]
) -> list[Gender | None]:
    """The gender of each entity, as far as a title, a given name or a pronoun tells."""
    told = [entity.gender for entity in entities]
    for mention in mentions:
        who = mention.who
        if told[who] is None or not entities[who].target:
            told[who] = gender_beside(text, mention.start, language) or told[who] or gender_of_name(mention, text)
    targets = [i for i, e in enumerate(entities) if e.person and e.target]
    others = [i for i, e in enumerate(entities) if e.person and e.focus and not e.target]
    if len(targets) == len(others) == 1:
        for known, unknown in ((targets[0], others[0]), (others[0], targets[0])):
            told[unknown] = told[unknown] or _opposite_in_use(told[known], text, language)
    return told


def _opposite_in_use(gender: Gender | None, text: str, language: Language) -> Gender | None:
    """The other gender if a text uses its pronouns: of two people, one that cannot be the one's must be the other's."""
    if gender is None:
        return None
    said = {w.of(text).casefold() for w in words(text)}
    if gender == "male":
        return None if said.isdisjoint(language.she | language.her) else "female"
    return None if said.isdisjoint(language.he | language.his) else "male"


def _same_inflected(tokens: frozenset[str], others: frozenset[str]) -> bool:
    def alike(a: str, b: str) -> bool:
        stem = min(len(a), len(b)) - 2
        return stem >= 3 and abs(len(a) - len(b)) <= 2 and a[:stem] == b[:stem] and "\u0400" <= a[0] <= "\u04ff"

    return all(any(alike(t, o) for o in others) for t in tokens)


def _disjoint(mentions: Iterable[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for m in sorted(mentions, key=lambda m: (m.start, -m.end)):
        if not kept or m.start >= kept[-1].end:
            kept.append(m)
    return kept


def _free(mentions: Iterable[Mention], taken: Iterable[Mention]) -> list[Mention]:
    """The mentions that share no character with what is taken, nor with one before them."""
    places = Taken((m.start, m.end) for m in taken)
    kept: list[Mention] = []
    for m in mentions:
        if not places.touches(m.start, m.end):
            places.add(m.start, m.end)
            kept.append(m)
    return kept
