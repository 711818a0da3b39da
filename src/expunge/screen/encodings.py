"""Names hidden in encodings: searched in every text that decoding uncovers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from expunge.screen.index import View
from expunge.screen.sightings import Reading, Sighting
from expunge.text.decode import uncover
from expunge.text.normalise import unmask_homoglyphs, unmask_leet
from expunge.types import EvidenceKind, Strength, Target

_LONG_ENOUGH = 9
"""Letters that a name found by a letter game needs, since games find short names in any text."""
_LOWER = bytes(range(256)).lower()
_NOT_ALPHANUMERIC = bytes(c for c in range(256) if not chr(c).isascii() or not chr(c).isalnum())
_KEEPS_WORDS = re.compile(r"rot|caesar|atbash|reversed|shift")
_ON_REQUEST = frozenset({"atbash", "every-second", "telestich"})
"""Letter games that nobody plays without being asked to."""
_BY_NAME = (EvidenceKind.NAME, EvidenceKind.ALIAS)


def find_masked(view: View, text: str) -> Iterator[tuple[Target, Sighting]]:
    """Names behind look-alike letters or digits for letters; places are the text's own."""
    masks = [(reading, "leet") for reading in unmask_leet(text)]
    latin = unmask_homoglyphs(text)
    if latin is not None:
        masks.append((latin, "homoglyph"))
    for unmasked, via in masks:
        for target, found in view.find(Reading(unmasked)):
            kind = EvidenceKind.SPELLING if found.kind in _BY_NAME else found.kind
            yield target, Sighting(found.target, kind, found.strength, found.start, found.end, via, found.score)


def find_encoded(view: View, text: str, *, wide: bool) -> Iterator[tuple[Target, Sighting]]:
    """Names in what decoding uncovers; places are those of the encoded text.

    `wide` searches rarer codes too and trusts letter games more, for when the conversation speaks of one.
    """
    for uncovered in uncover(text, wide=wide):
        if uncovered.weak:
            if uncovered.via in _ON_REQUEST and not wide:
                continue
            sightings = _in_a_game(view, uncovered.text, uncovered.via, wide=wide)
        else:
            sightings = view.find(Reading(uncovered.text))
        for target, found in sightings:
            start, end = uncovered.locate(found.start, found.end)
            # Nobody puts a name into code by chance, be it a rare part of one.
            strength = found.strength if uncovered.weak else max(found.strength, Strength.LIKELY)
            kind = EvidenceKind.DECODED
            yield target, Sighting(found.target, kind, strength, start, end, uncovered.via, found.score)


def _in_a_game(view: View, text: str, via: str, *, wide: bool) -> Iterator[tuple[Target, Sighting]]:
    """Long names in a text that a letter game makes of any prose."""
    keeps_words = _KEEPS_WORDS.search(via) is not None
    if text.isascii():
        squashed = text.encode("ascii").translate(_LOWER, _NOT_ALPHANUMERIC).decode("ascii")
        if not view.holds(squashed, _LONG_ENOUGH):
            return
    if keeps_words:
        for target, found in view.find(Reading(text), exact=True):
            if len("".join(text[found.start : found.end].split())) >= _LONG_ENOUGH:
                yield target, found
        return
    # Without word edges a match may be chance, unless somebody asked for such a game.
    strength = Strength.LIKELY if wide else Strength.HINT
    reading = Reading("".join(text.split()))
    for target, index in view.inside(reading.squashed, _LONG_ENOUGH):
        yield target, Sighting(index, EvidenceKind.DECODED, strength, 0, len(text), via, 0.8)
