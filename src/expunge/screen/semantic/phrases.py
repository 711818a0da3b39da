"""Titles and coined names out of facts: who asks for the author of "The Salt Meridian" means one person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from expunge.screen.context.anaphora import names_somebody_else
from expunge.screen.matches import COINED, PHRASE, Match, TokenizedText
from expunge.screen.names.patterns import patterns_of
from expunge.text.budget import giving_way, step
from expunge.text.fold import fold
from expunge.text.frequency import zipf
from expunge.text.pattern_set import PatternSet
from expunge.types import Evidence, EvidenceKind, Fact, Strength, Target, TargetKind

_QUOTED = re.compile(
    r"[\"“”„«»]([^\"“”„«»\n]{6,90})[\"“”„«»]|[「『《]([^」』》\n]{3,60})[」』》]"
    r"|(?<!\w)['‘]([^'‘’\n]{3,90}(?:['’](?=\w)[^'‘’\n]{1,60}){0,2})['’](?!\w)"
)
_CAPITAL = r"[A-ZÀ-ÞА-Я0-9][\w'’&-]*"
_WORK = (
    "novel novella book memoir poem poems play opera song songs album film movie series painting sculpture symphony "
    "concerto story tale thesis essay podcast show game ballet musical trilogy"
)
_MADE = re.compile(
    r"\b(?:wrote|written|author(?:ed)?|composed|painted|published|created|debut|(?:his|her|their) \w+)\b"
)
_CREATOR = re.compile(
    r"\b(?:wrote|written|writ(?:ing|er)|author\w*|penned|composed|composer|painted|published|created|direct(?:ed|or|ing)"
    r"|(?:his|her|their)(?: [\w-]+){0,3} (?:novel|novella|book|memoir|poem|opera|song|album|painting|sculpture|symphony"
    r"|story|tale|essay|collection|series)s?)\b",
    re.IGNORECASE,
)
"""What is said of a work that is the target's own."""
_PERFORMED = re.compile(
    r"\b(?:films?|movies?|(?:tv|television|reality|comedy|drama|animated|web) (?:series|shows?|dramas?|films?)|sitcom"
    r"|soap opera|box office|co-?starr?(?:s|ed|ing)|starr?(?:s|ed|ing)?|cast|roles?|portray\w*"
    r"|play(?:s|ed|ing)?|appear(?:s|ed|ing)?|premiered?|aired|hosts?|hosted|hosting|voic(?:es?|ed|ing))\b",
    re.IGNORECASE,
)
"""What is said of a work that many play in, and that is none of theirs alone."""
_TITLED = re.compile(
    rf"\b(?:(?:{'|'.join(_WORK.split())})s?,?|wrote|written|composed|painted|(?:en)?titled|called|named|nicknamed)"
    rf"(?: (?:the|a|an|his|her|their|first|second|debut|{'|'.join(_WORK.split())})){{0,3}}"
    rf" ((?:{_CAPITAL})(?: (?:of|the|and|in|on|to|for|a|an|at|with|from|{_CAPITAL})){{0,8}} (?:{_CAPITAL}))"
)
"""A title or a coined name without quotation marks: "her novel The Salt Meridian", "a cello called Old Bess"."""
_MARKS = tuple("\"'“”„«»‘’「」『』《》*_")
_SHORTEST = 6
_LONG = 10
"""Letters of a phrase that need not be written as a title."""
_RARE = 1.0
"""How far under 5.5 the Zipf frequencies of its words must lie for that, in sum."""
_SAYS_LITTLE = 6.6
"""Zipf frequency of a word that does not make a title ("the", "and", "one")."""
_HONOURS_LIST = """
award awards prize prizes medal honor honour honors honours fellowship university college academy institute
festival magazine journal newspaper times review society foundation club league cup championship school
"""
_HONOURS = frozenset(_HONOURS_LIST.split())
"""Words of names that many people have to do with."""
_WINNER = re.compile(
    r"\b(?:person|somebody|someone|one|author|writer|artist|man|woman|winner|recipient|laureate|holder|honou?ree|who|whose)"
    r"\b[^.!?\n]{0,60}$",
    re.IGNORECASE,
)
_BEFORE = 100
"""Characters before a phrase in which somebody asks for its winner."""
_SHARED = -1
_PLAYED, _COINED, _FOREIGN, _HONOUR, _OWN, _CREATED = range(-1, 5)
_PERSON = r"[A-ZÀ-ÞА-Я][\w'’-]{1,60}+(?: (?:[a-z]{2,3} )?[A-ZÀ-ÞА-Я][\w'’.-]{1,60}){1,8}"
_OWNER = re.compile(rf"({_PERSON})['’]s? (?:\w+ ){{0,3}}$")
_MAKER = re.compile(rf"\W*by ({_PERSON})")
_LIKENED = re.compile(
    r"\b(?:inspired|influenced|influences?|reading|admires?|loved?|favou?rite|(?:authors?|classics?) (?:such as|like))"
    r"\b[^.]*$"
)


class Phrases:
    """The quoted phrases of the facts of one segment that belong to one target only.

    A phrase counts if it has two words that say something. Prizes, schools and the like are shared by many, so
    theirs are hints where nobody asks for their winner; and so are works of others, and what only the model
    told of at registration.
    """

    def __init__(self, targets: Sequence[Target]) -> None:
        owners: dict[str, int] = {}
        rank: dict[str, int] = {}
        usual: set[str] = set()
        played: set[str] = set()
        for index, target in enumerate(giving_way(targets)):
            if target.kind is TargetKind.TOPIC:
                continue
            own = {pattern.squashed for pattern in patterns_of(target)}
            names = set(fold(" ".join(target.names)).split())
            for fact in target.facts:
                for phrase, kind in _phrases(fact, names):
                    tokens = fold(phrase).split()
                    squashed = "".join(tokens)
                    if not _telling(tokens) or any(name in squashed for name in own):
                        continue
                    owners[squashed] = index if owners.get(squashed, index) == index else _SHARED
                    if kind == _PLAYED:
                        played.add(squashed)
                        kind = _COINED
                    if kind >= _OWN and not _HONOURS.isdisjoint(tokens):
                        kind = _HONOUR
                    if fact.elicited:
                        kind = min(kind, _FOREIGN)
                    if _usual(squashed, tokens):
                        usual.add(squashed)
                    rank[squashed] = max(rank.get(squashed, kind), kind)
        rank.update((phrase, _COINED) for phrase in played if rank[phrase] < _CREATED)
        found = [phrase for phrase, owner in owners.items() if owner != _SHARED]
        self._owners = np.array([owners[phrase] for phrase in found], dtype=np.int32)
        self._rank = np.array([rank[phrase] for phrase in found], dtype=np.int8)
        self._usual = np.array([phrase in usual for phrase in found], dtype=np.bool_)
        self._patterns = PatternSet(found)

    def find(self, text: str) -> Iterator[Match]:
        """Every place at which such a phrase stands."""
        if not len(self._patterns):
            return
        reading = TokenizedText(text)
        for number, start, end in self._patterns.find(reading.squashed):
            first, opens = reading.token_at(start)
            after, closes = reading.token_at(end)
            step()
            if opens and closes:
                spans = reading.spans
                if self._usual[number] and not _as_a_title(text, spans[first].start, spans[after - 1].end):
                    continue
                rank = self._rank[number]
                sure = rank >= _OWN or (
                    rank == _HONOUR
                    and _WINNER.search(text[max(0, spans[first].start - _BEFORE) : spans[first].start]) is not None
                )
                strength = Strength.LIKELY if sure else Strength.HINT
                score = 1.0 if rank >= _OWN else 0.7
                via = COINED if rank == _COINED else PHRASE
                yield Match(
                    int(self._owners[number]),
                    EvidenceKind.FACT,
                    strength,
                    spans[first].start,
                    spans[after - 1].end,
                    via,
                    score,
                )


def without_coined(question: str, evidence: Iterable[Evidence]) -> str:
    """A question with the coined names blotted out that evidence saw in it."""
    for e in evidence:
        if e.channel == "question" and e.via == COINED:
            question = question[: e.start] + "_" * (e.end - e.start) + question[e.end :]
    return question


def _phrases(fact: Fact, names: set[str]) -> Iterator[tuple[str, int]]:
    """The titles and coined names in a fact, quoted or capitalised, and how far they are the target's own."""
    for text in (fact.text, fact.question):
        for match in _TITLED.finditer(text):
            before = text[max(0, match.start() - 60) : match.start(1)]
            own = _MADE.search(before) and not _OWNER.search(text[: match.start()]) and not _LIKENED.search(before)
            yield match[1], _standing(before, "") if own else _COINED
        for match in _QUOTED.finditer(text):
            phrase = next(filter(None, match.groups())).strip(" ,.;:!?")
            if not phrase[:1].islower():
                before, after = text[max(0, match.start() - 60) : match.start()], text[match.end() : match.end() + 60]
                near = [m[1] for m in (_OWNER.search(before), _MAKER.match(after)) if m]
                foreign = any(names_somebody_else(person, names) for person in near)
                if foreign or _LIKENED.search(before):
                    yield phrase, _FOREIGN
                else:
                    yield phrase, _standing(before, after)


def _standing(before: str, after: str) -> int:
    """Return how far a work is the target's own, by the words beside its title in the target's fact."""
    if _CREATOR.search(before):
        return _CREATED
    return _PLAYED if _PERFORMED.search(before) or _PERFORMED.search(after) else _OWN


def _telling(tokens: Sequence[str]) -> bool:
    if len(tokens) == 1 and not tokens[0].isascii():
        return len(tokens[0]) >= 4  # a script without spaces
    return len("".join(tokens)) >= _SHORTEST and sum(zipf(token) < _SAYS_LITTLE for token in tokens) >= 2


def _usual(squashed: str, tokens: Sequence[str]) -> bool:
    """Whether a phrase may stand in any sentence, so that it must be written as a title to be one."""
    rarity = sum(max(0.0, 5.5 - zipf(token)) for token in tokens)
    return squashed.isascii() and (len(squashed) < _LONG or rarity < _RARE)


def _as_a_title(text: str, start: int, end: int) -> bool:
    """Whether what stands there is quoted, or capitalised throughout."""
    if text[max(0, start - 1) : start] in _MARKS and text[end : end + 1] in (*_MARKS, ",", ".", "?", "!"):
        return True
    words = [word for word in re.findall(r"[^\W_]+", text[start:end]) if len(word) > 3]
    return bool(words) and all(word[0].isupper() or word[0].isdigit() for word in words)
