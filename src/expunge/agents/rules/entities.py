"""Who is named in a draft, and where: the targets, whoever the question asks about, and everybody else.

A name is a run of capitals, with a title or without; no list of first names is needed. In scripts without
capitals a name is what question and draft share, or what stands beside a title.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from expunge.agents.case import Case
from expunge.agents.rules.gender import Gender, is_given_name, usual_gender
from expunge.agents.rules.language import Language, is_unspaced
from expunge.text.budget import step
from expunge.text.frequency import zipf
from expunge.text.segment import Span, sentences, words
from expunge.text.slices import Taken
from expunge.types import Evidence, EvidenceKind, Strength, Target

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
_PARTICLE_LIST = "de da del della di du dos das la le van von der den ter ten zu bin ibn al el af av und & y"
_PARTICLES = frozenset(_PARTICLE_LIST.split()) - {"und", "&", "y"}
_CALENDAR_LIST = (
    "january february march april may june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday januar februar märz mai juni juli oktober dezember montag dienstag mittwoch "
    "donnerstag freitag samstag sonntag"
)
CALENDAR = frozenset(_CALENDAR_LIST.split())
_FORENAME = re.compile(rf"(\w+)[ -](?:(?:{'|'.join(sorted(_PARTICLES))}) ){{0,2}}$")
"""The word before a surname and its particles."""
_ELISION = re.compile(r"^(?:[ldjmtsnc]|qu|dell|all|nell|dall|sull|un|lorsqu|jusqu)[’'](?=\w)", re.IGNORECASE)
_SUFFIX = re.compile(r"[’'](?:s|in|ın|un|ün|nin|nın|nun|nün|de|da|te|ta|e|a|i|ı|yi)?$")
_NAME_GAP = re.compile(r"(?: |\u00a0|\. ?|-|\n)")
CASELESS = re.compile("[\u0590-\u08ff\u0900-\u0dff\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""A letter of a script without capitals."""
_OPENING = re.compile(r"(?:^|[.!?…:\n。|])[\s\d.)\-*+•‣#|>\"“«„'_(¿¡]*$")
_NAME = 4.3
"""Zipf frequency under which a capitalised word after a name is more likely a part of it."""
_UNCOMMON = 3.6
"""Zipf frequency under which a word that opens a sentence in capitals is more likely a name."""
_PLACE_LIST = (
    "in at near towards into through across from to around outside inside on zu nach aus bei en à dans vers depuis "
    "desde hacia hasta a in nel nella da verso em no na para в на из к near"
)
_SHORT = 400
"""Characters under which a text is one thing."""
_FEW = 4
"""Sentences up to which a draft is no document that may touch on a target, but an answer."""
_MANY = 8
"""Sentences from which it is one."""
_PLACED = frozenset(_PLACE_LIST.split())
_LOCATED = _PLACED - {"to", "from", "zu", "bei", "à", "a", "к"}
"""Those of them that seldom stand before somebody: "married to", "lernte bei"."""
_OF = frozenset(["of", "de", "di", "do", "da", "del", "van"])
_TITLE_MARKS = tuple("\"'“„«»‘*_")
_RARE_SURNAME, _USUAL_NAME = 4.0, 4.6
"""Zipf frequencies under which the last word and each word of a full name is, where none is a common given name."""


@dataclass(frozen=True, slots=True)
class NameWord(Span):
    """A word without elided article and possessive ending; `text` is what is left of it."""

    text: str


@dataclass(slots=True)
class Entity:
    """Somebody or something with a name. `tokens` are case-folded; `person` and `gender` are guesses.

    `titled` says that it was met with a title.

    `focus` says that the question asks about it.
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


@dataclass(slots=True)
class Entities:
    """The entities of a case and their mentions in the draft, in order.

    `target_asked` tells whether the question names, or plainly means, a target.
    """

    all: list[Entity]
    mentions: list[Mention]
    target_asked: bool
    _starts: list[int] = field(default_factory=list)

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


def entities_of(case: Case, targets: Sequence[Target], language: Language, evidence: Iterable[Evidence]) -> Entities:
    """The entities of a case; `evidence` is the screen's, less what is another's name or a mere word."""
    text, question = case.draft.text, case.question
    found = [Entity(frozenset().union(*(name_tokens(n) for n in t.names)), True, person=True) for t in targets]
    for entity, target in zip(found, targets, strict=True):
        entity.gender = gender_of(target, language)
    index = {t.id: i for i, t in enumerate(targets)}
    spans = [Mention(a, b, index[t.id]) for t in targets for a, b in named(text, t, language)]
    spans += [Mention(a, b, index[t.id]) for t in targets for a, b in _initials(text, t)]
    spans += [
        Mention(e.start, e.end, index[e.target_id])
        for e in evidence
        if e.channel == "draft" and e.kind in NAME_KINDS and e.target_id in index and e.strength > Strength.HINT
        if e.start < e.end and is_located(e, text)
    ]
    mentions = _disjoint(spans)
    asked = _spelled_in(question, targets, index)
    _add_runs(question, language, found, None, asked)
    _add_runs(text, language, found, mentions, mentions)
    taken = Taken((m.start, m.end) for m in mentions)
    spoken = {
        source[e.start : e.end]
        for e in case.evidence
        for source in ({"question": question, "draft": text}.get(e.channel, ""),)
        if e.kind in NAME_KINDS and e.target_id in index and e.strength > Strength.HINT and e.end - e.start > 1
        if is_located(e, source)
    }
    _add_shared(text, question, language, found, mentions, taken, spoken)
    mentions.sort(key=_start)
    meant = [
        e for e in case.evidence if e.channel == "question" and e.target_id in index and e.strength > Strength.HINT
    ]
    # A question that only touches on a fact ("the company's history?") is about the target where little else is told.
    count = sum(1 for span in sentences(text) if span.of(text).strip())
    short = count <= _FEW
    shared = [t for e in found if not e.target for t in e.tokens]
    meant = [
        e
        for e in meant
        if e.kind is not EvidenceKind.PARTIAL_NAME or question[e.start : e.end].casefold() not in shared
    ]  # the name of a family is nobody's
    if count >= _MANY:
        meant = [e for e in meant if e.kind is not EvidenceKind.DECODED or e.strength is Strength.CERTAIN]
        if CASELESS.search(question):
            meant = [e for e in meant if e.kind is not EvidenceKind.PARTIAL_NAME]  # words, as likely as not
    target_asked = bool(asked) or any(short or e.kind is not EvidenceKind.FACT for e in meant)
    if not target_asked and not any(e.focus for e in found):
        _remember_focus(case, language, found, targets, index)
    if target_asked:
        asked += [
            Mention(e.start, e.end, index[e.target_id]) for e in meant if e.kind in NAME_KINDS and e.start < e.end
        ]
        beside = _beside(question, language, found, asked)
        for who, entity in enumerate(found):
            entity.focus = entity.focus and who in beside and entity.person
    _guess_genders(text, language, found, mentions)
    return Entities(found, mentions, target_asked)


def is_located(e: Evidence, text: str) -> bool:
    """Whether a piece of evidence says where in a text it is: it spans neither most of a long one nor lines of it."""
    within = text[e.start : e.end]
    if len(text) < _SHORT or not within:
        return True
    return len(within) < 0.6 * len(text) and (e.kind is not EvidenceKind.DECODED or within.strip().count("\n") < 2)


def name_words(text: str) -> Iterator[NameWord]:
    """Words without elided articles and possessive endings ("l'", "'s")."""
    for span in words(text):
        raw = span.of(text)
        elided = _ELISION.match(raw)
        start = span.start + (elided.end() if elided else 0)
        raw = text[start : span.end]
        suffix = _SUFFIX.search(raw)
        end = start + suffix.start() if suffix and suffix.start() else span.end
        yield NameWord(start, end, text[start:end])


def name_tokens(name: str) -> frozenset[str]:
    """The case-folded parts of a name that tell it from others: no particles, no initials."""
    parts = {w.text.casefold() for w in name_words(name)}
    return frozenset(p for p in parts if p not in _PARTICLES and (len(p) > 1 or is_unspaced(p)))


def name_runs(text: str, language: Language) -> Iterator[list[NameWord]]:
    """Runs of capitalised words that may be a name, without the function word that a sentence starts with."""
    run: list[NameWord] = []
    pending: list[NameWord] = []
    previous_end = 0
    for word in name_words(text):
        gap = text[previous_end : word.start]
        joined = (
            bool(run)
            and _NAME_GAP.fullmatch(gap) is not None
            and (gap[:1] != "." or _abbreviated(run[-1].text, language))
        )
        if run and not joined:
            yield run
            run, pending = [], []
        folded = word.text.casefold()
        calendar = folded in CALENDAR and not run
        capital = word.text[0].isupper() and not (folded in language.function or calendar)
        if capital and (run or folded not in language.verbs):
            run = [*run, *pending, word]
            pending = []
        elif run and folded in _PARTICLES and not word.text[0].isupper():
            pending.append(word)
        elif run:
            yield run
            run, pending = [], []
        previous_end = word.end
    if run:
        yield run


def full_names(text: str, language: Language) -> Iterator[str]:
    """The names of two words and more in `text` that are somebody's, by their look: of no work, firm or place."""
    for whole in name_runs(text, language):
        run = _before_an_article(whole, language)
        before = [w.text.casefold() for w in name_words(text[: run[0].start])][-2:]
        word = before[-1] if before else ""
        if len(run) < 2 or word in language.articles or text[run[0].start - 1 : run[0].start] in _TITLE_MARKS:
            continue
        common = [zipf(w.text.casefold()) for w in run]
        usual = common[-1] < _RARE_SURNAME and max(common) < _USUAL_NAME and _beside_somebody(before, language)
        if usual or any(is_given_name(w.text) for w in run):
            yield text[run[0].start : run[-1].end]


def _beside_somebody(before: Sequence[str], language: Language) -> bool:
    """Whether the words before a full name may stand before somebody: "studied with", "the wife of". What follows a
    verb may be the title of a work, and so may what is somebody's: "wrote", "the author of"."""
    if not before:
        return True
    if before[-1] in _OF:
        return len(before) > 1 and before[-2] in language.people
    return before[-1] in language.function | language.people and before[-1] not in _LOCATED


def _before_an_article(run: Sequence[NameWord], language: Language) -> Sequence[NameWord]:
    """A run up to what is an article in this language: "Torben Askling den Orgelbau" goes on as "van den Berg" does."""
    for at in range(1, len(run)):
        if run[at].text in language.articles and run[at - 1].text.casefold() not in _PARTICLES:
            return run[:at]
    return run


def _initials(text: str, target: Target) -> Iterator[tuple[int, int]]:
    """Where the initials of a target stand in a text that goes by initials: "Graham Stott (GS, chair), MOH"."""
    if len(_DEFINED.findall(text)) < 2:
        return
    letters = "".join(part[0] for part in re.split(r"[\s-]+", target.name) if part[:1].isupper())
    if len(letters) > 1:
        yield from ((m.start(), m.end()) for m in re.finditer(rf"(?<!\w){letters}(?!\w)", text))


_DEFINED = re.compile(r"(?<!\w)[A-Z]\w{1,60}+ [A-Z]\w{1,60}+ \([A-Z]{2,4}[,)]")


def _abbreviated(word: str, language: Language) -> bool:
    """Whether a full stop after a word of a name may be that of an initial or a title."""
    return len(word) == 1 or word.casefold() in language.people or word in ("St", "Jr", "Sr", "Mme", "Fr", "Prof")


def spelled(text: str, target: Target) -> list[tuple[int, int]]:
    """Where a full name or alias of `target` stands in `text`, inflected or not.

    A name that is an everyday word as well must be capitalised as a name is.
    """
    found: list[tuple[int, int]] = []
    for name in target.names:
        parts = [re.escape(p) for p in name.split()]
        if is_unspaced(name):
            pattern = r"\s*".join(parts)
        else:
            pattern = r"(?<!\w)" + r"[\s_\-]+".join(_inflected(p) for p in parts) + r"(?!\w)"
        word = len(parts) == 1 and name[:1].isupper() and zipf(name.casefold()) >= _UNCOMMON
        for m in re.finditer(pattern, text, re.IGNORECASE):
            if not (word and m[0].islower()):
                found.append((m.start(), m.end()))
    return found


def named(text: str, target: Target, language: Language) -> list[tuple[int, int]]:
    """Where `target` is `spelled`, less its surname alone where it stands in somebody else's full name."""
    return [
        (start, end)
        for start, end in spelled(text, target)
        if not in_anothers_name(text, Span(start, end), target, language, sure=True)
    ]


def in_anothers_name(text: str, place: Span | Evidence, target: Target, language: Language, *, sure: bool) -> bool:
    """Whether the word beside a part of a target's name makes it a namesake's: "Anton Vell", where it is Marisa Vell.

    `sure` asks for more: a given name before its surname that is neither its own nor may be short for it, or another
    surname after its given name.
    """
    seen = text[place.start : place.end]
    piece = {w.of(seen).casefold() for w in words(seen)}
    own = {w.of(name).casefold() for name in target.names for w in words(name)}
    parts = [w.of(target.name).casefold() for w in words(target.name)]
    surname, given = piece <= set(parts[1:]), piece == set(parts[:1])
    if sure and (len(parts) < 2 or not (surname or given)):
        return False
    after = re.match(r"[ -](\w+)", text[place.end : place.end + 40])
    before = _FORENAME.search(text[max(0, place.start - 40) : place.start])
    for match in (before, after):
        if match is None or not match[1][:1].isupper() or len(match[1]) < 2:
            continue
        word = match[1].casefold()
        if word in own | language.people | language.function or any(word.startswith(o) for o in own if len(o) > 3):
            continue
        if sure and not (given if match is after else surname and all(word[0] != o[0] for o in own - piece)):
            continue
        opens = match is before and (
            language.code == "de" or _OPENING.search(text[: place.start - len(match[0])][-24:])
        )
        if is_given_name(word) or ((sure or match is after) and not opens and zipf(word) < _NAME):
            return True
    return False


def gender_of(target: Target, language: Language) -> Gender | None:
    """The gender that the facts of a target use for it, or that its given name usually has."""
    told = " ".join([target.description, *(f.text for f in target.facts)])
    said = [w.of(told).casefold() for w in words(told)]
    she = sum(w in language.she or w in language.her for w in said)
    he = sum(w in language.he or w in language.his for w in said)
    if language.code != "en":
        she += sum(w in ("she", "her", "hers") for w in said)
        he += sum(w in ("he", "his", "him") for w in said)
    if she != he:
        return "female" if she > he else "male"
    roles = [w.of(target.description).casefold() for w in words(target.description)]
    she, he = sum(w in language.female for w in roles), sum(w in language.male for w in roles)
    if she != he:
        return "female" if she > he else "male"
    given = target.name.split()
    if not given:
        return None
    known = usual_gender(given[0])
    if known is None and language.code == "de" and re.match(r"[A-ZÄÖÜ]\w+in\b", target.description):
        return "female"
    return known


def is_name_like(run: Sequence[NameWord], text: str, language: Language) -> bool:
    """Whether a run of capitals is a name, and not the word that opens a sentence, or a German noun."""
    if len(run) > 1:
        common = [zipf(w.text.casefold()) for w in run]
        return language.code != "de" or any(is_given_name(w.text) for w in run) or sum(common) < 7.0
    word = run[0].text
    if len(word) < 2 or (word.isupper() and len(word) > 3):
        return False
    opens = _OPENING.search(text[max(0, run[0].start - 24) : run[0].start]) is not None
    if language.code == "de":
        # Any noun has a capital: alone, one is a name where it opens a sentence without an article.
        return is_given_name(word) or (opens and zipf(word.casefold()) < 2.8)
    if opens:
        return is_given_name(word) or zipf(word.casefold()) < _UNCOMMON
    return True


def _add_runs(
    text: str, language: Language, found: list[Entity], mentions: list[Mention] | None, taken: Sequence[Mention]
) -> None:
    """The names of others; without `mentions` those of the question, which are its focus."""
    beside = Taken((m.start, m.end) for m in taken)
    bearers: dict[str, set[int]] = {}
    for at, entity in enumerate(found):
        for token in entity.tokens:
            bearers.setdefault(token, set()).add(at)
    runs = sorted(name_runs(text, language), key=lambda r: (len(r) == 1, r[0].start))
    seen: dict[int, int] = {m.who: m.start for m in taken}
    for run in runs:
        step()
        titled = run[0].text.casefold() in language.people
        bare = run[1:] if titled and len(run) > 1 else run
        start, end = run[0].start, run[-1].end
        if beside.touches(start, end):
            continue
        tokens = name_tokens(text[bare[0].start : end])
        who = _find(tokens, found, seen, bearers)
        lone = len(run) == 1
        if who is not None and found[who].target and lone and _governed(run[0], text, language):
            continue  # "the marsh", "im Sommer"
        if who is None:
            if not tokens or not is_name_like(run, text, language):
                continue
            found.append(Entity(tokens, focus=mentions is None))
            who = len(found) - 1
        entity = found[who]
        if not entity.target:
            entity.focus = entity.focus or mentions is None
            entity.titled = entity.titled or titled
            entity.person = entity.person or titled or _may_be_a_person(run, text, language)
            if len(bare) > 1:
                entity.tokens |= tokens
            if titled and entity.gender is None:
                title = run[0].text.casefold()
                entity.gender = "male" if title in language.male else "female" if title in language.female else None
        for token in entity.tokens:
            bearers.setdefault(token, set()).add(who)
        seen[who] = start
        if mentions is not None:
            mentions.append(Mention(start, end, who))
            if mentions is taken:
                beside.add(start, end)
    if mentions is not None:
        mentions.sort(key=_start)


def _governed(word: NameWord, text: str, language: Language) -> bool:
    """Whether a word that is an everyday one, too, stands after an article, or is the name of a month."""
    folded = word.text.casefold()
    if zipf(folded) < _UNCOMMON and folded not in CALENDAR:
        return False
    before = re.search(r"([\w’']+)\s+$", text[max(0, word.start - 40) : word.start])
    lead = before[1].casefold() if before else ""
    if language.code == "de" or folded in CALENDAR:
        return lead in (language.articles | language.prepositions) or folded in CALENDAR
    return lead in language.articles


def _may_be_a_person(run: Sequence[NameWord], text: str, language: Language) -> bool:
    if any(is_given_name(w.text) for w in run):
        return True
    before = re.search(r"([\w’']+)\s+$", text[max(0, run[0].start - 40) : run[0].start])
    word = before[1].casefold() if before else ""
    if word in _PLACED or (word in language.articles and len(run) > 1):
        return False
    if word in language.articles:
        return False
    common = [zipf(w.text.casefold()) for w in run]
    if len(run) == 1:
        return common[0] < _UNCOMMON
    return min(common) < 4.0 or max(common) < 4.6


def _find(
    tokens: frozenset[str], found: Sequence[Entity], seen: dict[int, int], bearers: dict[str, set[int]]
) -> int | None:
    """The entity that a run names: the same name, or a part of it. A part that others bear is the nearest one's.

    A whole name of somebody else that shares a word with a target's is a namesake, and no target.
    """
    if not tokens:
        return None
    near = sorted(set().union(*(bearers.get(t, ()) for t in tokens)))
    fits = [
        i
        for i in near
        if tokens <= found[i].tokens or (len(found[i].tokens) > 1 and found[i].tokens <= tokens and not found[i].target)
    ]
    if not fits and any("\u0400" <= token[0] <= "\u04ff" for token in tokens):
        fits = [i for i, e in enumerate(found) if _same_inflected(tokens, e.tokens)]
    if not fits:
        return None
    others = [i for i in fits if not found[i].target]
    asked = [i for i in others if found[i].focus]
    if asked:
        return asked[0]
    if others and len(tokens) == 1:
        return max(fits, key=lambda i: (seen.get(i, -1), found[i].target))
    return max(fits, key=lambda i: (found[i].target, seen.get(i, -1)))


def _same_inflected(tokens: frozenset[str], others: frozenset[str]) -> bool:
    def alike(a: str, b: str) -> bool:
        stem = min(len(a), len(b)) - 2
        return stem >= 3 and abs(len(a) - len(b)) <= 2 and a[:stem] == b[:stem] and "\u0400" <= a[0] <= "\u04ff"

    return all(any(alike(t, o) for o in others) for t in tokens)


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


def _spelled_in(text: str, targets: Sequence[Target], index: dict[str, int]) -> list[Mention]:
    return _disjoint(Mention(a, b, index[t.id]) for t in targets for a, b in spelled(text, t))


def _remember_focus(
    case: Case, language: Language, found: list[Entity], targets: Sequence[Target], index: dict[str, int]
) -> None:
    """A question that names nobody asks about whom the user named last."""
    known = len(found)
    bearers = {token: {i for i in range(known) if token in found[i].tokens} for e in found for token in e.tokens}
    for message in reversed(case.messages[:-1]):
        if message.role != "user":
            continue
        if _spelled_in(message.content, targets, index):
            return
        for run in name_runs(message.content, language):
            who = _find(name_tokens(message.content[run[0].start : run[-1].end]), found, {}, bearers)
            if who is not None and not found[who].target:
                found[who].focus = found[who].person = True
        if any(e.focus for e in found):
            return


_BESIDE_LIST = (
    "and with between than as like unlike und mit zwischen als wie et avec entre y con e ed com en met tussen и с"
)
_BESIDE = frozenset(_BESIDE_LIST.split())
_QUOTE = re.compile(r"[\"“”«»„]|(?<!\w)['‘]|['’](?!\w)")
_JOINERS = "and|und|et|y|e|ed|en|och|i|oraz|и|ve|&|as well as|sowie|و|और|or|oder|ou|o|of|vs\\.?|versus|with|than|/"
_JOINED = re.compile(rf"\s*(?:(?:,\s*)?(?:{_JOINERS})|,)\s*(?:of |von |de |di )?", re.IGNORECASE)
_JOINT = 80
"""Characters that may stand between two names that are joined."""


def _beside(question: str, language: Language, found: Sequence[Entity], targets: Sequence[Mention]) -> set[int]:
    """Whom the question asks about as well as a target: joined to its name, or governed by no preposition."""
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
        before = re.search(r"([\w’']+)\s+$", question[max(0, start - 40) : start])
        word = before[1].casefold() if before else ""
        free = word not in (language.prepositions - _BESIDE) | language.articles and len(run) > 1
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


def _add_shared(
    text: str,
    question: str,
    language: Language,
    found: list[Entity],
    mentions: list[Mention],
    taken: Taken,
    spoken: Collection[str],
) -> None:
    """In scripts without capitals: what question and draft share, and the parts of a target's name.

    `spoken` is how question and draft spell the targets' names, as far as the screen heard them.
    """
    if not CASELESS.search(text):
        return
    for name in spoken:
        question = question.replace(name, " X ")  # in no such script, so that what stands around it is not joined
    names = _shared_unspaced(text, question) if is_unspaced(text) else _shared_words(text, question, language)
    for name in sorted(names, key=len, reverse=True):
        tokens = name_tokens(name)
        if any(tokens & e.tokens == tokens for e in found if e.target) or any(name in one for one in spoken):
            continue
        found.append(Entity(tokens, focus=True, person=True))
        places = [(m.start(), m.end()) for m in re.finditer(re.escape(name), text)]
        _place(places, len(found) - 1, mentions, taken)
    if not is_unspaced(text):
        bearers: dict[str, list[int]] = {}
        for who, entity in enumerate(found):
            for token in entity.tokens:
                bearers.setdefault(token, []).append(who)
        for word in name_words(text):
            own = bearers.get(word.text.casefold(), [])
            if len(own) == 1 and not (found[own[0]].target and language.code == "ar"):
                _place([(word.start, word.end)], own[0], mentions, taken)


def _place(places: list[tuple[int, int]], who: int, mentions: list[Mention], taken: Taken) -> None:
    for a, b in places:
        if not taken.touches(a, b):
            taken.add(a, b)
            mentions.append(Mention(a, b, who))


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


_UNNAMED = re.compile("[是谁什么的了吗在呢请和与はがのをにでともか誰何？?，,。]|出生|介绍|关于|教え|ですか|哪")


def _guess_genders(text: str, language: Language, found: list[Entity], mentions: list[Mention]) -> None:
    for mention in mentions:
        entity = found[mention.who]
        if entity.target and entity.gender is not None:
            continue
        before = re.search(r"(\w[\w\-]*)\.?,?\s+$", text[max(0, mention.start - 40) : mention.start])
        word = before[1].casefold() if before else ""
        if word in language.male:
            entity.gender = "male"
        elif word in language.female or (language.code == "de" and before and re.match(r"[A-ZÄÖÜ]\w+in$", before[1])):
            entity.gender = "female"
        elif entity.gender is None:
            first = text[mention.start : mention.end].split()
            entity.gender = usual_gender(first[0]) if first and (len(first) > 1 or is_given_name(first[0])) else None
            if entity.gender is None and is_unspaced(text):
                entity.gender = usual_gender(text[mention.start + 1 : mention.end])
    # A pronoun in use that cannot be the one person's must be the other's.
    people = [e for e in found if e.person]
    targets, others = [e for e in people if e.target], [e for e in people if e.focus and not e.target]
    said = {w.of(text).casefold() for w in words(text)}
    used = {"male": bool(said & (language.he | language.his)), "female": bool(said & (language.she | language.her))}
    for known, unknown in ((targets, others), (others, targets)):
        if len(known) == 1 and len(unknown) == 1 and known[0].gender and unknown[0].gender is None:
            opposite: Gender = "female" if known[0].gender == "male" else "male"
            if used[opposite]:
                unknown[0].gender = opposite
