"""Names hidden in encodings: searched in every text that decoding uncovers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from expunge.screen.index import View
from expunge.screen.reassembled import over_turns, reassembled
from expunge.screen.sightings import Reading, Sighting
from expunge.text.codecs.joined import JOINED, joined, quoted
from expunge.text.codecs.look import is_natural
from expunge.text.decode import cues, uncover
from expunge.text.normalise import unmask_homoglyphs, unmask_leet
from expunge.text.rendered import rendered
from expunge.text.view import View as Uncovered
from expunge.types import EvidenceKind, Message, Strength, Target

_LONG_ENOUGH = 9
"""Letters that a name found by a letter game needs, since games find short names in any text."""
_LOWER = bytes(range(256)).lower()
_NOT_ALPHANUMERIC = bytes(c for c in range(256) if not chr(c).isascii() or not chr(c).isalnum())
_KEEPS_WORDS = re.compile(r"rot|caesar|atbash|reversed|shift")
_ON_REQUEST = frozenset({"atbash", "every-second", "telestich"})
"""Letter games that nobody plays without being asked to."""
_BY_NAME = (EvidenceKind.NAME, EvidenceKind.ALIAS)
_AS_IT_STANDS = (*_BY_NAME, EvidenceKind.PARTIAL_NAME)
_LATIN = 0.95
"""Share of its letters that a text has in Latin once look-alikes are put back, if it was disguised."""
_DISGUISED = 4
"""One word of so many that is disguised makes a disguised text."""
_TURNS = 12
_PIECES = 24
"""Turns and quoted pieces in which the pieces of one name are looked for."""


def find_masked(view: View, text: str) -> Iterator[tuple[Target, Sighting]]:
    """Names behind look-alike letters or digits for letters; places are the text's own."""
    for unmasked, via in unmasked_readings(text):
        for target, found in view.find(Reading(unmasked)):
            kind = EvidenceKind.SPELLING if found.kind in _BY_NAME else found.kind
            yield target, Sighting(found.target, kind, found.strength, found.start, found.end, via, found.score)


def find_shown(view: View, text: str, reading: Reading) -> Iterator[tuple[Target, Sighting]]:
    """Names in what a person sees of a text: mark-up gone, and parts that stand apart put together."""
    yield from _in_reassembled(view, text, reading.words, None)
    shown = rendered(text)
    if shown is None:
        return
    seen = Reading(shown.text)
    for target, found in view.find(seen):
        if found.kind is EvidenceKind.PARTIAL_NAME and len(seen.source[found.start : found.end].split()) < 2:
            continue
        start, end = shown.locate(found.start, found.end)
        yield target, Sighting(found.target, found.kind, found.strength, start, end, found.via or shown.via, found.score)
    yield from _in_reassembled(view, shown.text, seen.words, shown)


def _in_reassembled(
    view: View, text: str, words: Sequence[str], outer: Uncovered | None
) -> Iterator[tuple[Target, Sighting]]:
    put = reassembled(text, set(words))
    if put is None:
        return
    for target, found in view.find(Reading(put.text)):
        whole = put.text[found.start : found.end].split()
        if found.kind is EvidenceKind.PARTIAL_NAME and len(whole) < 2:
            continue
        start, end = put.locate(found.start, found.end)
        if outer is not None:
            start, end = outer.locate(start, end)
        strength = min(found.strength, Strength.LIKELY)
        yield target, Sighting(found.target, found.kind, strength, start, end, put.via, min(found.score, 0.9))


def unmasked_readings(text: str) -> list[tuple[str, str]]:
    """A text with look-alike letters put back, and with digits and signs in words read as letters; places stay."""
    masks = [(reading, "leet") for reading in unmask_leet(text)]
    latin = unmask_homoglyphs(text)
    if latin is not None:
        masks.append((latin, "homoglyph"))
    return masks


def mostly_masked(text: str, unmasked: str) -> bool:
    """Whether a text was disguised as a whole, so that what it says is to be read: not "H2O", nor a Russian text."""
    letters = [c for c in unmasked if c.isalpha()]
    if sum(map(str.isascii, letters)) < _LATIN * len(letters):
        return False
    words, plain = text.split(), unmasked.split()
    changed = sum(a != b for a, b in zip(words, plain, strict=True))
    return changed * _DISGUISED >= len(words) and is_natural(unmasked)


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


def find_joined(view: View, text: str) -> Iterator[tuple[Target, Sighting]]:
    """Names that a text gives in pieces, plain or, where it speaks of a code, encoded; places are the pieces'."""
    coded: bool | None = None
    for together in joined(text):
        sightings = list(_in_joined(view, together.text))
        if not sightings:
            coded = bool(cues(text)) if coded is None else coded
            if coded:
                sightings = [s for u in uncover(together.text) if not u.weak for s in _in_joined(view, u.text)]
        for target, found in sightings:
            strength = max(found.strength, Strength.LIKELY)
            start, end = together.start, together.end
            yield target, Sighting(found.target, EvidenceKind.DECODED, strength, start, end, JOINED, found.score)


def _in_joined(view: View, text: str) -> Iterator[tuple[Target, Sighting]]:
    """Names as they stand: pieces put together at random come near to many names."""
    return ((t, found) for t, found in view.find(Reading(text), asked=True) if found.kind in _AS_IT_STANDS)


def find_in_pieces(view: View, messages: Sequence[Message]) -> Iterator[tuple[Target, Sighting, int]]:
    """Names of which the user gave a piece in each of several turns, with the last such turn.

    The pieces stand in quotation marks, are called a name, or answer who is meant.
    """
    turns = [(number, m.content) for number, m in enumerate(messages) if m.role == "user"][-_TURNS:]
    if len(turns) < 2:
        return
    last = turns[-1][0]
    end = len(messages[last].content)
    found = view.remembered.of("\n\0".join(text for _, text in turns), "turns", lambda: _over_turns(view, turns))
    for target, s in found:
        yield target, Sighting(s.target, EvidenceKind.DECODED, max(s.strength, Strength.LIKELY), 0, end, JOINED, s.score), last


def _over_turns(view: View, turns: Sequence[tuple[int, str]]) -> tuple[tuple[Target, Sighting], ...]:
    texts = [text for _, text in turns]
    pieces = [piece for text in texts for piece in quoted(text)][-_PIECES:]
    several = sum(bool(quoted(text)) for text in texts) > 1
    together = ["".join(pieces), " ".join(piece.strip() for piece in pieces)] if several else []
    found = [hit for text in together for hit in _in_joined(view, text)]
    names = " .\n".join(over_turns(texts))
    found += [hit for hit in view.find(Reading(names), exact=True)] if names else []
    whole = "\n".join(texts)
    put = reassembled(whole, set(Reading(whole).words))
    if put is not None:
        alone = {target.id for text in texts for target, _ in view.find(Reading(text), exact=True)}
        found += [hit for hit in view.find(Reading(put.text), exact=True) if hit[0].id not in alone]
    return tuple(found)


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
