"""The closed-class words that the rules go by, language by language, and which language a text is in."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files

from expunge.text.segment import words

_HAN = re.compile("[\u3400-\u9fff]")
_KANA = re.compile("[\u3040-\u30ff]")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_SCRIPTS = {
    "ar": re.compile("[\u0600-\u06ff]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "ko": re.compile("[\uac00-\ud7af]"),
}
VERB_LAST = frozenset({"ja", "ko", "hi", "tr"})
"""Languages whose verb ends the clause, so that cutting a clause out of a sentence breaks it."""


@dataclass(frozen=True, slots=True)
class Language:
    """The word lists of one language; `languages.toml` tells what each list holds."""

    code: str
    he: frozenset[str] = frozenset()
    she: frozenset[str] = frozenset()
    they: frozenset[str] = frozenset()
    it: frozenset[str] = frozenset()
    his: frozenset[str] = frozenset()
    her: frozenset[str] = frozenset()
    their: frozenset[str] = frozenset()
    him: frozenset[str] = frozenset()
    hers: frozenset[str] = frozenset()
    them: frozenset[str] = frozenset()
    self: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()
    prepositions: frozenset[str] = frozenset()
    with_: frozenset[str] = frozenset()
    openers: frozenset[str] = frozenset()
    contrast: frozenset[str] = frozenset()
    relatives: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset()
    joint: frozenset[str] = frozenset()
    male: frozenset[str] = frozenset()
    female: frozenset[str] = frozenset()
    kin: frozenset[str] = frozenset()
    stop: frozenset[str] = frozenset()
    leads: frozenset[str] = frozenset()
    agree: tuple[tuple[str, str], ...] = ()
    function: frozenset[str] = frozenset()
    """Every word above that tells nothing by itself: all but those for people and the verbs."""
    people: frozenset[str] = frozenset()
    """Words for people: kin, colleagues, titles."""
    possessives: frozenset[str] = frozenset()
    """Possessive pronouns of the third person."""
    telling: frozenset[str] = frozenset()
    """The words by which the language is recognised."""
    joint_phrases: tuple[str, ...] = ()
    """The entries of `joint` that are more than one word."""


_OPEN_CLASS = {
    "verbs",
    "joint",
    "male",
    "female",
    "kin",
    "agree",
    "function",
    "code",
    "people",
    "telling",
    "joint_phrases",
}


@cache
def languages() -> dict[str, Language]:
    """Every language known, by its code."""
    raw = tomllib.loads(files(__package__).joinpath("languages.toml").read_text("utf-8"))
    return {code: _language(code, table) for code, table in raw.items()}


def _language(code: str, table: dict[str, str]) -> Language:
    lists = {key: frozenset(word.casefold().replace("_", " ") for word in text.split()) for key, text in table.items()}
    pairs = (pair.split("=") for pair in table.get("agree", "").split())
    lists.pop("agree", None)
    lists["with_"] = lists.pop("with", frozenset())
    closed = {f.name for f in fields(Language)} - _OPEN_CLASS
    function = frozenset().union(*(lists[key] for key in closed if key in lists))
    empty: frozenset[str] = frozenset()
    return Language(
        code=code,
        agree=tuple((a, b) for a, b in pairs),
        function=function,
        telling=function | lists.get("verbs", empty),
        people=empty.union(*(lists.get(key, empty) for key in ("male", "female", "kin"))),
        possessives=empty.union(*(lists.get(key, empty) for key in ("his", "her", "their"))),
        joint_phrases=tuple(word for word in sorted(lists.get("joint", empty)) if " " in word),
        **lists,
    )


def language_of(text: str, beside: str = "") -> Language:
    """The language of `text` as far as its function words and letters tell.

    Where they hardly do, `beside` (the question, say) is asked as well; English where neither tells.
    """
    known = languages()
    sample = text[:4000]
    if _KANA.search(sample):
        return known["ja"]
    letters = max(1, sum(c.isalpha() for c in sample))
    if len(_HAN.findall(sample)) * 4 > letters:
        return known["zh"]
    for code, script in _SCRIPTS.items():
        if len(script.findall(sample)) * 2 > letters:
            return known[code]
    found = Counter(sample[w.start : w.end].casefold() for w in words(sample))
    scores = {code: sum(n for word, n in found.items() if word in lang.telling) for code, lang in known.items()}
    best = max(scores, key=lambda code: (scores[code], code == "en"))
    if scores[best] < 2 and beside:
        return language_of(f"{sample}\n{beside}")
    return known[best] if scores[best] else known["en"]


def is_unspaced(text: str) -> bool:
    """Whether `text` is written, at least in part, in a script without spaces between words."""
    return _UNSPACED.search(text) is not None
