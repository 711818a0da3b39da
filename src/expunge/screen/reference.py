"""Follow-up questions: a pronoun, an epithet or an ellipsis that points at somebody named earlier."""

from __future__ import annotations

import re

from expunge.text.normalise import fold
from expunge.text.rarity import GLUE, zipf

_PRONOUN_LIST = """
he she him her his hers they them their theirs himself herself themselves
il elle lui eux elles son sa ses leur leurs
er sie ihn ihm ihr ihre ihren ihrem ihrer sein seine seinen seinem seiner
ella ellos ellas su sus suyo suya le lo
lei egli essa loro suo sua suoi sue gli
ele ela eles elas seu seus dele dela
hij zij hem haar zijn hun
он она они его ее ему ей их него нее ним ней йому його її він вона
jego jej jemu niego niej on ona oni
onun onu dia ia beliau yeye wake
هو هي هم هما او ایشان
वह वे उस उसका उसकी उसके उनका उनकी उनके उन्होंने इनका
"""
_PRONOUNS = frozenset(_PRONOUN_LIST.split())
_UNSPACED_PRONOUNS = re.compile("彼女|彼|かれ|あの人|その人|그녀|그는|그의|그가|他们|她们|他|她|此人|该人|เขา|เธอ")
_ATTACHED = re.compile(r"\w{2,}(?:ه|ها|هم|هما)\b")
"""Arabic possessives are endings: والده, "his father"."""
_EPITHETS = re.compile(
    r"\b(?:(?:the|this|that|same|said) (?:\w+ )?(?:person|man|woman|author|writer|artist|individual|guy|lady|character|"
    r"one|former|latter|subject|figure|scientist|musician|politician|poet|novelist|founder)|"
    r"(?:cet|cette|ce) (?:personne|homme|femme|auteur|autrice|ecrivain)|"
    r"(?:diese|dieser|die|der) (?:person|mann|frau|autor|autorin)|"
    r"(?:esta|esa|este|ese) (?:persona|hombre|mujer|autor|autora)|(?:questa|quella) persona|"
    r"этот (?:человек|автор)|эта женщина)\b"
)
_STANDS_FOR = re.compile(r"\b(?:person|author|writer|mr|ms)?\s?[XYZ]\b")
_OPENER_LIST = """
and or but also so then what how where when why
et mais aussi und aber auch oder y o pero tambien e ma anche mas tambem en maar ook и а но или
"""
_OPENERS = frozenset(_OPENER_LIST.split())
_ELLIPSIS = 6
"""Words up to which a question without a name of its own leans on the one before."""
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-ZÀ-ÞА-Я][\w'’-]+")
_PERSON = re.compile(r"\b[A-ZÀ-ÞА-Я][\w'’-]+(?:\s+(?:[a-z]{2,3}\s+)?[A-ZÀ-ÞА-Я][\w'’.-]+)+")


def refers_back(question: str) -> bool:
    """Whether a question leans on somebody named before it: by pronoun, by epithet, or by leaving the subject out."""
    words = fold(question).split()
    if not words:
        return False
    if speaks_of_somebody(question):
        return True
    return len(words) <= _ELLIPSIS and not _NAME.search(question) and (words[0] in _OPENERS or len(words) <= 3)


def speaks_of_somebody(text: str) -> bool:
    """Whether a text means somebody whom it does not name: by a pronoun or by an epithet ("the author")."""
    words = fold(text).split()
    if _PRONOUNS.intersection(words) or _UNSPACED_PRONOUNS.search(text) or _ATTACHED.search(text):
        return True
    return bool(_EPITHETS.search(" ".join(words)) or _STANDS_FOR.search(text))


def names_a_person(text: str) -> bool:
    """Whether a text seems to name a person: two capitalised words in a row."""
    return _PERSON.search(text) is not None


def persons_named(text: str) -> list[str]:
    """What seem to be the names of persons in a text: capitalised words in a row, perhaps with the word before them."""
    return [found.group() for found in _PERSON.finditer(text)]


def names_somebody_else(text: str, known: set[str]) -> bool:
    """Whether a text seems to name a person and no word of any such name is `known` (folded)."""
    # A word that opens the sentence may stand before the name: "Has Berit Holloway …"
    names = [{w for w in fold(found.group()).split() if zipf(w) < GLUE} for found in _PERSON.finditer(text)]
    return any(names) and not any(known & name for name in names)
