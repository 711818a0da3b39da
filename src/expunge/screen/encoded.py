"""Names hidden in encodings: searched in every text that decoding uncovers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import chain

from expunge.screen.index import View
from expunge.screen.matches import Match, TokenizedText, TokenizedTexts
from expunge.screen.names.patterns import patterns_of
from expunge.screen.names.people.reassembled import END, Reassembled, reassembled
from expunge.screen.names.people.turns import over_turns
from expunge.text.budget import step
from expunge.text.decode.look import is_natural
from expunge.text.decode.search import cues, uncover
from expunge.text.decode.wordplay import JOINED, joined, quoted
from expunge.text.fold import fold, unmask_homoglyphs, unmask_leet
from expunge.text.rendered import rendered
from expunge.text.view import View as Uncovered
from expunge.types import EvidenceKind, Message, Strength, Target

_LONG_ENOUGH = 9
"""Letters that a name found by a letter game needs, since games find short names in any text."""
_LOWER = bytes(range(256)).lower()
_NOT_ALPHANUMERIC = bytes(c for c in range(256) if not chr(c).isascii() or not chr(c).isalnum())
_BETWEEN = "\x01"
"""What stands between texts that are searched at once."""
_NOT_ALPHANUMERIC_BETWEEN = _NOT_ALPHANUMERIC.replace(_BETWEEN.encode("ascii"), b"")
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


def find_masked(view: View, text: str) -> Iterator[tuple[Target, Match]]:
    """Names behind look-alike letters or digits for letters; places are the text's own."""
    for unmasked, via in unmasked_readings(text):
        for target, found in view.find(TokenizedText(unmasked)):
            kind = EvidenceKind.SPELLING if found.kind in _BY_NAME else found.kind
            yield target, Match(found.target, kind, found.strength, found.start, found.end, via, found.score)


def find_shown(
    view: View, text: str, *, asked: bool, readings: TokenizedTexts | None = None
) -> Iterator[tuple[Target, Match]]:
    """Names in a text as it stands and as a person sees it: mark-up gone, and parts that stand apart put together."""
    reading = TokenizedText(text) if readings is None else readings[text]
    shown = rendered(text)
    seen = None if shown is None else TokenizedText(shown.text)
    other = seen is not None and seen.words != reading.words
    put = _put_together(view, reading) if seen is None or other else None
    put_shown = None if seen is None else _put_together(view, seen)
    beside = _beside(put, text, None) or _beside(put_shown, "" if shown is None else shown.text, shown)
    for target, found in view.find(reading, asked=asked):
        if found.kind is not EvidenceKind.PARTIAL_NAME or not _of_another(target, beside.get((found.start, found.end))):
            yield target, found
    yield from _in_reassembled(view, put, None)
    if seen is None or shown is None:
        return
    if other or seen.source.count("\n") != text.count("\n"):
        yield from _as_shown(view, shown, seen)
    yield from _in_reassembled(view, put_shown, shown)


def _put_together(view: View, reading: TokenizedText) -> Reassembled | None:
    return reassembled(reading.source, frozenset(reading.words)) if view.may_name_in_parts(reading) else None


def _beside(put: Reassembled | None, text: str, outer: Uncovered | None) -> dict[tuple[int, int], set[str]]:
    """By the place of each part of a name that was put together, the folded words of the parts beside it."""
    beside: dict[tuple[int, int], set[str]] = {}
    for parts in () if put is None else put.names:
        step()
        for place in parts:
            words = beside.setdefault(place if outer is None else outer.locate(*place), set())
            words.update(word for a, b in parts if (a, b) != place for word in fold(text[a:b]).split())
    return beside


def _of_another(target: Target, beside: Collection[str] | None) -> bool:
    """Whether a part of a name was put together with words of which none is the target's."""
    return bool(beside) and {t for pattern in patterns_of(target) for t in pattern.tokens}.isdisjoint(beside or ())


def _as_shown(view: View, shown: Uncovered, seen: TokenizedText) -> Iterator[tuple[Target, Match]]:
    for target, found in view.find(seen):
        if found.kind is EvidenceKind.PARTIAL_NAME and len(seen.source[found.start : found.end].split()) < 2:
            continue
        start, end = shown.locate(found.start, found.end)
        yield (
            target,
            Match(found.target, found.kind, found.strength, start, end, found.via or shown.via, found.score),
        )


def _in_reassembled(view: View, put: Reassembled | None, outer: Uncovered | None) -> Iterator[tuple[Target, Match]]:
    if put is None:
        return
    for target, found in view.find(TokenizedText(put.text)):
        if found.kind is EvidenceKind.PARTIAL_NAME and len(put.text[found.start : found.end].split()) < 2:
            continue
        start, end = put.locate(found.start, found.end)
        if outer is not None:
            start, end = outer.locate(start, end)
        strength = min(found.strength, Strength.LIKELY)
        yield target, Match(found.target, found.kind, strength, start, end, put.via, min(found.score, 0.9))


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


def find_encoded(
    view: View, text: str, *, wide: bool, readings: TokenizedTexts | None = None
) -> Iterator[tuple[Target, Match]]:
    """Names in what decoding uncovers; places are those of the encoded text.

    `wide` searches rarer codes too and trusts letter games more, for when the conversation speaks of one.
    """
    inside = uncover(text, wide=wide) if readings is None else readings.uncovered(text, wide=wide)
    found_inside = [u for u in inside if wide or not u.weak or u.via not in _ON_REQUEST]
    in_games = _may_be_in_games(view, [u.text for u in found_inside if u.weak])
    for uncovered in found_inside:
        step()
        sightings: Iterator[tuple[Target, Match]]
        if uncovered.weak:
            if not in_games and uncovered.text.isascii():
                continue
            sightings = _in_a_game(view, uncovered.text, uncovered.via, wide=wide)
        else:
            reading = TokenizedText(uncovered.text)
            sightings = chain(view.find(reading), _in_reassembled(view, _put_together(view, reading), None))
        for target, found in sightings:
            start, end = uncovered.locate(found.start, found.end)
            # Nobody puts a name into code by chance, be it a rare part of one.
            strength = found.strength if uncovered.weak else max(found.strength, Strength.LIKELY)
            kind = EvidenceKind.DECODED
            yield target, Match(found.target, kind, strength, start, end, uncovered.via, found.score)


def find_joined(view: View, text: str) -> Iterator[tuple[Target, Match]]:
    """Names that a text gives in pieces, plain or, where it speaks of a code, encoded; places are the pieces'."""
    coded: bool | None = None
    known: dict[str, list[tuple[Target, Match]]] = {}
    for together in joined(text):
        step()
        sightings = known.get(together.text)
        if sightings is None:
            sightings = list(_in_joined(view, together.text))
            if not sightings:
                coded = bool(cues(text)) if coded is None else coded
                if coded:
                    sightings = [s for u in uncover(together.text) if not u.weak for s in _in_joined(view, u.text)]
            known[together.text] = sightings
        for target, found in sightings:
            strength = max(found.strength, Strength.LIKELY)
            start, end = together.start, together.end
            yield target, Match(found.target, EvidenceKind.DECODED, strength, start, end, JOINED, found.score)


def _in_joined(view: View, text: str) -> Iterator[tuple[Target, Match]]:
    """Names as they stand: pieces put together at random come near to many names."""
    for target, found in view.find(TokenizedText(text), asked=True):
        # A part that is one of the pieces is seen, and judged, where it stands.
        piece = found.kind is EvidenceKind.PARTIAL_NAME and " " in text
        if found.kind in _AS_IT_STANDS and not piece:
            yield target, found


def find_in_pieces(view: View, messages: Sequence[Message]) -> Iterator[tuple[Target, Match, int]]:
    """Names of which the user gave a piece in each of several turns, with the last such turn.

    The pieces stand in quotation marks, are called a name, or answer who is meant.
    """
    turns = [(number, m.content) for number, m in enumerate(messages) if m.role == "user"][-_TURNS:]
    if len(turns) < 2:
        return
    texts = [text for _, text in turns]
    found: dict[tuple[str, int], tuple[Target, Match, int]] = {}
    for target, sighting, turn in _in_turns(view, texts):
        number, text = turns[turn]
        strength = max(sighting.strength, Strength.LIKELY)
        whole = Match(sighting.target, EvidenceKind.DECODED, strength, 0, len(text), JOINED, sighting.score)
        found.setdefault((target.id, number), (target, whole, number))
    yield from found.values()


def _in_turns(view: View, turns: Sequence[str]) -> Iterator[tuple[Target, Match, int]]:
    """Names that are complete with a turn, by its index."""
    given = [(number, quoted(text)) for number, text in enumerate(turns)]
    given = [(number, pieces) for number, pieces in given if pieces]
    if len(given) > 1:
        pieces = [piece for _, said in given for piece in said][-_PIECES:]
        for text in ("".join(pieces), " ".join(piece.strip() for piece in pieces)):
            for target, sighting in _in_joined(view, text):
                yield target, sighting, given[-1][0]
    names = over_turns(turns) if view.may_name_in_parts(TokenizedText("\n".join(turns))) else []
    if not names:
        return
    # Who is named in one turn is told by that turn.
    alone = {target.id for text in turns for target, _ in view.find(TokenizedText(text), exact=True)}
    for completed in dict.fromkeys(turn for _, turn in names):
        text = END.join(name for name, turn in names if turn == completed)
        for target, sighting in view.find(TokenizedText(text), exact=True):
            if target.id not in alone:
                yield target, sighting, completed


def _may_be_in_games(view: View, texts: Sequence[str]) -> bool:
    """Whether a long name stands in any of the texts in ASCII that letter games make: all are searched at once."""
    plain = [text for text in texts if text.isascii()]
    together = _BETWEEN.join(plain)
    if together.count(_BETWEEN) >= max(1, len(plain)):
        return True  # it stands within one of them, too
    return view.holds(_squashed(together, _NOT_ALPHANUMERIC_BETWEEN), _LONG_ENOUGH)


def _squashed(text: str, dropped: bytes) -> str:
    return text.encode("ascii").translate(_LOWER, dropped).decode("ascii")


def _in_a_game(view: View, text: str, via: str, *, wide: bool) -> Iterator[tuple[Target, Match]]:
    """Long names in a text that a letter game makes of any prose."""
    if text.isascii() and not view.holds(_squashed(text, _NOT_ALPHANUMERIC), _LONG_ENOUGH):
        return
    if _KEEPS_WORDS.search(via) is not None:
        for target, found in view.find(TokenizedText(text), exact=True):
            if len("".join(text[found.start : found.end].split())) >= _LONG_ENOUGH:
                yield target, found
        return
    # Without word edges a match may be chance, unless somebody asked for such a game.
    strength = Strength.LIKELY if wide else Strength.HINT
    reading = TokenizedText("".join(text.split()))
    for target, index in view.inside(reading.squashed, _LONG_ENOUGH):
        yield target, Match(index, EvidenceKind.DECODED, strength, 0, len(text), via, 0.8)
