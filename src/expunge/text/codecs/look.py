"""What one cheap reading of a text tells, so that most decoders can be skipped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+")
_SAMPLE = 2_000
"""Characters of the first words whose pairs are counted."""
_ASCII_SIGNS = {code: " " for code in range(128) if not chr(code).isalnum()}
# Looking back from the rarer character is what makes these quick.
_CAPITAL_INSIDE = re.compile(r"[A-Z](?:(?<=[a-z0-9][A-Z])|(?<=[A-Z]{2})[a-z])")
_DIGIT_INSIDE = re.compile(r"[0-9](?<=[A-Za-z][0-9])")

# The commonest words of two or more letters in 16 languages, and the 200 letter pairs that are commonest in
# them (88 % of all pairs there); both counted from wordfreq's lists.
_COMMON_WORDS = (
    "the to and of in is for that you it on with this was be as are have at he not by from has his they which an "
    "or die der und das ich ist nicht zu den von mit es ein auf für im sie eine sich auch dem le la et les est en "
    "des un que pas une du il pour dans je qui au ce sur el no se por del las con para lo su al como me más di "
    "che non per della da sono ma ha come più do em não um uma com os mais foi van het een dat voor te met niet "
    "zijn als maar om aan op nie na jest że jak ale co tak od po dla tym czy tego są det att och jag på inte som "
    "för med har av till kan ve bir bu için de çok ile ne daha olarak kadar ama să din pe cu nu mai este care "
    "yang dan ini dari untuk dengan itu adalah ja ei että oli mutta kun niin hän az nem hogy egy meg csak er og "
    "af"
)
_FUNCTION_WORDS = frozenset(_COMMON_WORDS.split())
_PAIRS = (
    "eneranteinreartaesstdealraonleorattintmelaelsenerimaliisieasetnaitndsitoveroninggesacheddaemcoprosdiunkaolam"
    "miicpacabeilcellhapepoiaioadhetrurcikeacvaomrtdosonoectuvilousaiakttnsulssigouutmoimbaeaegidkohogaagiroteize"
    "aarsfoncekluruodapjaiksukihiscivtheebifigioprdskjemuvoevzifauedunnzaaugoavltfeocspszpiyaabkunympnuwiovwarmob"
    "grumctrnokquahuicuowbopuoiweayazplbruaudgubueplytsldblogebeujodrezrkuchtmmtyktooej"
)
_COMMON_PAIRS = frozenset(_PAIRS[i : i + 2] for i in range(0, len(_PAIRS) - 1, 2))


@dataclass(frozen=True)
class Look:
    """A text and what decoders ask of it, each worked out when the first one asks."""

    text: str
    chars: frozenset[str]
    """The characters that occur."""
    jagged: bool
    """Whether some word has a capital or a digit inside, as nearly all base64 and base32 does."""

    @classmethod
    def at(cls, text: str) -> Look:
        """Read `text` once."""
        return cls(text, frozenset(text), bool(_CAPITAL_INSIDE.search(text) or _DIGIT_INSIDE.search(text)))

    @cached_property
    def words(self) -> list[str]:
        """The words in lower case, letters and digits only."""
        return _words(self.text)

    @cached_property
    def natural(self) -> bool:
        """Whether the text reads like a language as it stands; texts in other scripts than Latin do."""
        return _is_natural(self.text, self.words)

    def has(self, characters: str) -> bool:
        """Whether any of these characters occurs."""
        return not self.chars.isdisjoint(characters)


def _words(text: str) -> list[str]:
    low = text.lower()
    return low.translate(_ASCII_SIGNS).split() if low.isascii() else _WORD.findall(low)


def _is_natural(text: str, words: list[str]) -> bool:
    common = sum(map(_FUNCTION_WORDS.__contains__, words))
    if common >= 2 and common * 8 >= len(words):
        return True
    sample = text[:400]
    if not sample.isascii() and sum(c >= "\u0370" for c in sample) * 3 > len(sample):
        return True
    return common_pairs(" ".join(words[:60])[:_SAMPLE]) >= 0.72


def is_natural(text: str) -> bool:
    """Whether a text reads like a language as it stands, going by its words and pairs of letters."""
    return _is_natural(text, _words(text))


def function_words(text: str) -> int:
    """How many of the words of `text` are among the commonest of 16 languages."""
    return sum(map(_FUNCTION_WORDS.__contains__, _words(text)))


def common_pairs(text: str) -> float:
    """The share, in 0..1, of the pairs of ASCII letters in `text` that are common ones; 0 where there is none."""
    low = text.lower()
    pairs = [a + b for a, b in pairwise(low) if "a" <= a <= "z" and "a" <= b <= "z"]
    return sum(map(_COMMON_PAIRS.__contains__, pairs)) / len(pairs) if pairs else 0.0
