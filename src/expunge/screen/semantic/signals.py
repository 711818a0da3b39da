"""Signals that a turn continues about somebody named earlier, from a question, a draft and the turns.

A pronoun or an ellipsis in a question is doubtful evidence, since many questions depend on what was said last. So the
draft counts as well, and what was spoken of in between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from math import log1p

from expunge.screen.context.anaphora import (
    asks_for_attributes,
    drops_its_subject,
    goes_on,
    introduces_somebody,
    is_courtesy,
    names_somebody,
    names_somebody_else,
    own_words,
    owned_within,
    refers_back,
    refers_within,
    speaks_of_somebody,
    stands_alone,
)
from expunge.text.budget import step
from expunge.text.fold import fold
from expunge.text.frequency import GLUE, zipf
from expunge.text.ignorance import is_ignorance
from expunge.text.segment import sentences
from expunge.types import Message, Target

_READ = 4_000
"""Characters of one turn that are looked at, from its start; what a draft says of somebody after them is found by its
names and by its meaning."""
_MOST_SENTENCES = 12
_MOST_WORDS = 60
_BRIEF, _SHORT = 4, 6
"""Words of a question that may leave out what it is about, and of an answer that is nothing without it."""
_CONTENT = 4
_RARE = 4.5
"""Zipf frequency under which a capitalised word may be a name."""
_CAPITALS = re.compile(r"\b[A-ZÀ-ÞА-Я][\w'’-]{2,}")
_CODE = re.compile(r"```|^\s*(?:def |import |SELECT |for \w+ in )|[{}=<>]{2}|=\w+\(", re.MULTILINE)
_LIST = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s", re.MULTILINE)
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_YOU_LIST = """
you your yours yourself du dir dich dein deine deinen deiner ihr euch ihnen tu te toi ton ta tes vous votre vos usted
ustedes tus ti tuo tua tuoi voi vostro vostra voce lhe siz sizin size sizi sana senin ты тебя тебе твой вы вас вам ваш
ваша ваше ваши إليك لك عليك آپ आप आपका आपके आपको तुम तुम्हारा
"""
_YOU = frozenset(fold(_YOU_LIST).split())
_YOU_UNSPACED = re.compile(r"您|你|あなた|ください|ましょう|세요|십시오")
_I_LIST = """
i my me mine we our us ich mir mich mein meine meinen wir uns unser je j moi mon ma mes nous notre nos yo mi mis me
nosotros nuestro io mio mia miei noi nostro eu meu minha nos ben benim bana biz bizim я мне меня мой моя мои мы нам нас
наш أنا لي عندي मैं मेरा मेरी मेरे मुझे हम हमारा
"""
_I = frozenset(fold(_I_LIST).split())
_I_UNSPACED = re.compile(r"我|私|僕|俺|저는|제가|우리|내가")
_POLAR_LIST = """
yes no true false right wrong correct indeed oui non si ja nein sim nao sì da нет да evet hayir tak nie نعم لا हाँ नहीं
"""
_POLAR = frozenset(fold(_POLAR_LIST).split())
_POLAR_UNSPACED = re.compile(r"\s*(?:はい|いいえ|是的?|不是|对|没有|네|아니요)[。.!！]?\s*")


@dataclass(frozen=True, slots=True)
class Setting:
    """A question and its draft in their conversation, for one target that earlier turns mention.

    `mentions` are the numbers of the turns that mention the target; `known` are the folded words of the target's names
    and facts.
    """

    turns: tuple[Message, ...]
    mentions: tuple[int, ...]
    question: str
    draft: str
    known: frozenset[str]
    given: frozenset[str] = frozenset()
    """The target's given name, which others bear, too."""

    @property
    def last(self) -> int:
        """The last turn that mentions the target."""
        return max(self.mentions)

    @property
    def since(self) -> tuple[Message, ...]:
        """Return the messages after that turn, up to the question."""
        return self.turns[self.last + 1 :]

    @property
    def about(self) -> int:
        """The last turn that is still about the target: asked and answered without a word for anybody else."""
        at = self.last
        if self.turns[at].role == "user" and at + 1 < len(self.turns):
            answer = self.turns[at + 1].content[:_READ]
            if not is_ignorance(answer) and not speaks_of_somebody(answer):
                return at
            at += 1
        known = set(self.known)
        for place in range(at + 1, len(self.turns) - 1, 2):
            asked, answer = self.turns[place].content[:_READ], self.turns[place + 1].content[:_READ]
            step()
            if not _goes_on_about(asked, answer, known):
                break
            at = place + 1
        return at


NAMES = (
    "q_back",
    "q_pronoun",
    "q_on",
    "q_alone",
    "q_length",
    "q_short",
    "q_owned",
    "q_other",
    "q_brings",
    "q_attribute",
    "q_courtesy",
    "q_i",
    "q_code",
    "d_length",
    "d_short",
    "d_polar",
    "d_pronoun",
    "d_pronoun_first",
    "d_you",
    "d_code",
    "d_list",
    "d_digits",
    "d_courtesy",
    "d_other",
    "d_known",
    "d_owned",
    "c_distance",
    "c_model_mentions",
    "c_unknown",
    "c_unknown_last",
    "c_asked_refused",
    "c_other",
    "c_brings",
    "c_broken",
    "c_answered",
    "c_mention_i",
    "c_about",
    "o_since",
    "o_mention",
    "o_question",
    "o_names_since",
    "q_content",
    "q_rare",
    "q_rarest",
    "q_dense",
    "d_rare",
    "d_asks",
    "d_exclaims",
    "d_quotes",
    "d_number",
    "f_back",
    "f_pronoun",
    "f_free",
    "f_told",
    "f_spoken",
)


def signals(at: Setting) -> list[float]:
    """The signals, in the order of `NAMES`."""
    texts = _Texts.of(at)
    step()
    values = {
        **_of_question(texts),
        **_of_draft(texts),
        **_of_turns_since(texts),
        **_of_shared_words(texts),
        **_of_distance(texts),
    }
    return [float(values[name]) for name in NAMES]


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of a setting, as far as they are looked at.

    `question` is in the user's own words and `typed` the whole of it; `since` is what was said, by role, after the last
    turn that is still about the target. `spoken` tells of each sentence of the draft whether it has a pronoun for
    somebody.
    """

    at: Setting
    question: str
    typed: str
    draft: str
    question_words: tuple[str, ...]
    draft_words: tuple[str, ...]
    draft_sentences: tuple[str, ...]
    spoken: tuple[bool, ...]
    about: int
    since: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, at: Setting) -> _Texts:
        """Read a setting once for all signals."""
        typed, draft, about = at.question[:_READ], at.draft[:_READ], at.about
        question = own_words(typed)
        pieces = tuple(span.of(draft) for span in sentences(draft)[:_MOST_SENTENCES])
        spoken = tuple(map(speaks_of_somebody, pieces)) or (False,)
        turns = (m for m in at.turns[about + 1 :] if m.role in ("user", "assistant"))
        since = tuple((m.role, m.content[:_READ]) for m in turns)
        words = tuple(fold(question).split()), tuple(fold(draft).split())
        return cls(at, question, typed, draft, *words, pieces, spoken, about, since)

    def since_by(self, role: str) -> list[str]:
        """Return what one role said since."""
        return [text for by, text in self.since if by == role]

    def names_somebody_else(self, text: str) -> bool:
        """Whether a text names a person other than the target, apart from the given name."""
        return names_somebody_else(text, set(self.at.known - self.at.given))


def _of_question(texts: _Texts) -> dict[str, float]:
    """`q_`: how the question leans on what was said, what it names, and how rare its words are."""
    question, known = texts.question, texts.at.known
    ranks = [zipf(word) for word in fold(texts.typed).split() if word not in known and len(word) > 3]
    return {
        "q_back": refers_back(question),
        "q_pronoun": speaks_of_somebody(question),
        "q_on": goes_on(question),
        "q_alone": stands_alone(question),
        "q_length": log1p(_amount(question)) / 3,
        "q_short": is_brief(question),
        "q_owned": is_owned(question, known),
        "q_other": texts.names_somebody_else(question),
        "q_brings": introduces_somebody(question),
        "q_attribute": asks_for_attributes(question) or drops_its_subject(question),
        "q_courtesy": is_courtesy(question),
        "q_i": _has(question, _I, _I_UNSPACED),
        "q_code": _CODE.search(question) is not None,
        "q_content": min(6, sum(rank < GLUE for rank in ranks)) / 3,
        "q_rare": min(4, sum(rank < _RARE for rank in ranks)) / 2,
        "q_rarest": min(ranks, default=6.0) / 6,
        "q_dense": min(20, len(_UNSPACED.findall(texts.typed))) / 10,
    }


def _of_draft(texts: _Texts) -> dict[str, float]:
    """`d_`: of whom the draft speaks, what it knows, and what it looks like."""
    draft, said, known = texts.draft, texts.draft_words, texts.at.known
    addressed = [_has(piece, _YOU, _YOU_UNSPACED) for piece in texts.draft_sentences] or [False]
    amount, digits = _amount(draft), sum(c.isdigit() for c in draft)
    rare = sum(zipf(word) < _RARE for word in said[:_MOST_WORDS] if len(word) > 3)
    return {
        "d_length": log1p(amount) / 5,
        "d_short": amount <= _SHORT,
        "d_polar": len(said) <= 2 and (not _POLAR.isdisjoint(said) or _POLAR_UNSPACED.fullmatch(draft) is not None),
        "d_pronoun": sum(texts.spoken) / len(texts.spoken),
        "d_pronoun_first": texts.spoken[0],
        "d_you": sum(addressed) / len(addressed),
        "d_code": _CODE.search(draft) is not None,
        "d_list": len(_LIST.findall(draft)) > 1,
        "d_digits": min(1.0, 3 * digits / (len(draft) + 1)),
        "d_courtesy": is_courtesy(draft),
        "d_other": texts.names_somebody_else(draft),
        "d_known": not known.isdisjoint(w for w in said if zipf(w) < GLUE and w not in texts.question_words),
        "d_owned": owned_within(draft, known),
        "d_rare": rare / (len(said[:_MOST_WORDS]) + 1),
        "d_asks": draft.rstrip().endswith(("?", "？", "؟")),
        "d_exclaims": "!" in draft or "！" in draft,
        "d_quotes": any(mark in draft for mark in '"«„“「'),
        "d_number": digits > 0,
    }


def _of_turns_since(texts: _Texts) -> dict[str, float]:
    """`c_`: how the target was mentioned last, and what the turns since then were about."""
    at, users = texts.at, texts.since_by("user")
    mention = at.turns[at.last]
    unknown = [is_ignorance(m.content[:_READ]) for m in at.since if m.role == "assistant"]
    answered = sum(not is_ignorance(text) for text in texts.since_by("assistant"))
    return {
        "c_distance": min(len(users), 6) / 3,
        "c_model_mentions": mention.role == "assistant",
        "c_unknown": any(unknown),
        "c_unknown_last": bool(unknown) and unknown[-1],
        "c_asked_refused": bool(unknown) and unknown[0] and mention.role == "user",
        "c_other": any(names_somebody(text) for _, text in texts.since),
        "c_brings": any(map(introduces_somebody, users)),
        "c_broken": any(not (goes_on(text) or refers_back(text)) for text in users),
        "c_answered": min(3, answered) / 3,
        "c_mention_i": mention.role == "user" and _has(mention.content[:_READ], _I, _I_UNSPACED),
        "c_about": texts.about >= len(at.turns) - 1,
    }


def _of_shared_words(texts: _Texts) -> dict[str, float]:
    """`o_`: what question and draft share with each other, with the mention and with the turns since."""
    at, asked, told = texts.at, _content(texts.question), _content(texts.draft)
    mention = " ".join(m.content[:_READ] for m in at.turns[at.last : texts.about + 1])
    since = " ".join(text for _, text in texts.since)
    return {
        "o_since": _shared(told | asked, _content(since)),
        "o_mention": _shared(told | asked, _content(mention)),
        "o_question": _shared(told, asked),
        "o_names_since": any(_shares_name(texts.draft, text) for _, text in texts.since),
    }


def _of_distance(texts: _Texts) -> dict[str, float]:
    """`f_`: how a question leans that comes after other turns, and whether these spoke of somebody."""
    far = texts.about < len(texts.at.turns) - 1
    pronoun = speaks_of_somebody(texts.question)
    others_spoken_of = any(speaks_of_somebody(text) or names_somebody(text) for _, text in texts.since)
    return {
        "f_back": far and refers_back(texts.question) and not pronoun,
        "f_pronoun": far and pronoun,
        "f_free": far and pronoun and not others_spoken_of,
        "f_told": far and any(texts.spoken) and not pronoun,
        "f_spoken": others_spoken_of,
    }


def given_name(target: Target) -> frozenset[str]:
    """The first word (folded) of a target's name of several words."""
    words = fold(target.name).split()
    return frozenset(words[:1]) - frozenset(words[1:]) if len(words) > 1 else frozenset()


def is_owned(question: str, known: frozenset[str]) -> bool:
    """Whether a question itself says whom its pronouns mean, and it is nobody who is known by these words."""
    return refers_within(question, set(known)) or owned_within(question, known)


def is_brief(question: str) -> bool:
    """Whether a question has so few words that it may leave out what it is about."""
    return _amount(question) <= _BRIEF


def is_short(text: str) -> bool:
    """Whether a draft is so short that it says nothing without its question."""
    return _amount(text) <= _SHORT


def _has(text: str, words: frozenset[str], unspaced: re.Pattern[str]) -> bool:
    return not words.isdisjoint(fold(text).split()) or unspaced.search(text) is not None


def _amount(text: str) -> int:
    """About how many words a text has: two characters of Chinese, Japanese, Korean or Thai count as one."""
    dense = len(_UNSPACED.findall(text))
    return dense // 2 + len(_UNSPACED.sub(" ", text).split())


def _content(text: str) -> frozenset[str]:
    """The beginnings of the words that say what a text is about; of unspaced scripts pairs of characters."""
    found = {word[:5] for word in fold(text).split() if len(word) >= _CONTENT and zipf(word) < GLUE}
    found.update(a + b for a, b in pairwise(text) if "\u3400" <= a <= "\u9fff" and "\u3400" <= b <= "\u9fff")
    found.update(word for word in fold(text).split() if word.isdigit())
    return frozenset(found)


def _shared(own: frozenset[str], others: frozenset[str]) -> float:
    return min(1.0, len(own & others) / 3)


def _goes_on_about(asked: str, answer: str, known: set[str]) -> bool:
    if introduces_somebody(asked) or names_somebody_else(asked, known) or is_courtesy(asked) or stands_alone(asked):
        return False
    if is_ignorance(answer):
        return True
    if not (refers_back(asked) or goes_on(asked) or speaks_of_somebody(asked)):
        return False
    return speaks_of_somebody(answer) or is_short(answer)


def _shares_name(draft: str, earlier: str) -> bool:
    """Whether a draft repeats a capitalised rare word of an earlier turn: "Bogart was about 5 ft 8 in"."""
    said = set(_CAPITALS.findall(draft))
    return any(zipf(fold(word)) < _RARE for word in said.intersection(_CAPITALS.findall(earlier)))
