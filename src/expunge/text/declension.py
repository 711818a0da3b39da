"""The forms that a Slavic surname takes in a sentence: Соболева, Соболеву; Havránek, Havránka."""

from __future__ import annotations

from expunge.text.frequency import RARE, zipf

_SHORTEST = 5
_COMMONER = 0.5
"""How much more common, by Zipf frequency, a form may be than the name."""
_CYRILLIC = (
    # What a folded name ends in, and what takes its place; the first that fits counts. Folded, й is и and ї is і.
    (("скии", "цкии"), 2, "ого ому им ом ие их ими"),
    (("ськии", "цькии", "зькии"), 2, "ого ому им ому і их"),
    (("ская", "цкая"), 2, "ои ую ою"),
    (("ська", "цька", "зька"), 1, "оі ои іи у ую ою"),
    (("енко",), 1, "а у ом і ові"),
    (("ова", "ева", "ина", "ына"), 1, "ои у ою ы"),
    (("ов", "ев", "ин", "ын"), 0, "а у ым е ы ых ыми"),
    (("ыи",), 2, "ого ому ым ом ые ых"),
    (("ия",), 1, "и ю еи"),
    (("я",), 1, "и е ю еи"),
    (("а",), 1, "ы и е у ои ою"),
    (("и", "ь"), 1, "я ю ем е и"),
    (tuple("бвгджзклмнпрстфхцчшщ"), 0, "а у ом ем е ы ові"),
)
_LATIN = (
    (("ski", "cki", "dzki"), 0, "ego emu m ch mi"),
    (("ska", "cka", "dzka"), 1, "iej"),
    (("ova",), 1, "e ou"),
    (("y",), 1, "eho emu em ym ych"),  # Novotný, Veselý
    (("ek",), 2, "ka kovi kem ku"),
    (("ec",), 2, "ce ci cem covi"),
)


def declined(word: str) -> tuple[str, ...]:
    """Other forms of a folded surname, without those that are commoner than the name itself and so other words: none of
    a name that is short, or whose language does not decline names or adds endings only."""
    if len(word) < _SHORTEST:
        return ()
    rows = _LATIN if word.isascii() else _CYRILLIC if all("а" <= letter <= "ӿ" for letter in word) else ()
    for endings, cut, others in rows:
        if word.endswith(endings):
            stem, most = word[: len(word) - cut], max(RARE, zipf(word) + _COMMONER)
            return tuple(form for form in (stem + ending for ending in others.split()) if zipf(form) < most)
    return ()
