"""Whether somebody is spoken of as a man or a woman: a hint for pronouns, never a fact about a person."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from expunge.agents.rules.language import Language, is_unspaced
from expunge.text.segment import Span, words
from expunge.types import Target

Gender = Literal["male", "female"]

_FEMALE_ENDINGS = ("a", "ette", "elle", "ine", "hild", "gard", "trud", "lyn", "а", "я")
_MALE_ENDINGS = ("o", "us", "os", "bert", "mund", "rich", "й")
_TITLE_BEFORE = re.compile(r"(\w[\w\-]*)\.?,?\s+$")
_GERMAN_WOMAN = re.compile(r"[A-ZÄÖÜ]\w+in")


@cache
def _listed() -> dict[str, frozenset[str]]:
    raw = tomllib.loads(files(__package__).joinpath("given_names.toml").read_text("utf-8"))
    return {gender: frozenset(names.split()) for gender, names in raw.items()}


def usual_gender(given_name: str) -> Gender | None:
    """The usual gender of a given name, by a list of common names and then by its ending; None if neither tells."""
    name = given_name.casefold()
    if name in _listed()["male"]:
        return "male"
    if name in _listed()["female"]:
        return "female"
    if len(name) < 3:
        return None
    if name.endswith(_FEMALE_ENDINGS):
        return "female"
    if name.endswith(_MALE_ENDINGS):
        return "male"
    return None


def is_given_name(word: str) -> bool:
    """Whether a word is in the list of common given names."""
    return any(word.casefold() in names for names in _listed().values())


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


def gender_beside(text: str, start: int, language: Language) -> Gender | None:
    """Return the gender of a title or a word for somebody before a place in a text, None if neither stands there."""
    before = _TITLE_BEFORE.search(text[max(0, start - 40) : start])
    if before is None:
        return None
    word = before[1].casefold()
    if word in language.male:
        return "male"
    if word in language.female or (language.code == "de" and _GERMAN_WOMAN.fullmatch(before[1])):
        return "female"
    return None


def gender_of_name(name: Span, text: str) -> Gender | None:
    """Return the usual gender of a name in a text, by its given name; None where none tells."""
    parts = name.of(text).split()
    usual = usual_gender(parts[0]) if parts and (len(parts) > 1 or is_given_name(parts[0])) else None
    if usual is None and is_unspaced(text):
        return usual_gender(text[name.start + 1 : name.end])
    return usual
