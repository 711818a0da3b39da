"""Whether a given name is usually a man's or a woman's: a hint for pronouns, never a fact about a person."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

Gender = Literal["male", "female"]

_FEMALE_ENDINGS = ("a", "ette", "elle", "ine", "hild", "gard", "trud", "lyn", "а", "я")
_MALE_ENDINGS = ("o", "us", "os", "bert", "mund", "rich", "й")


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
