"""Letter games with a whole text: shifted alphabets, reading backwards, acrostics, skipped letters.

Any prose yields some text by them, so their views are weak, unless the text reads like no language
as it stands and like one afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from expunge.text.codecs.look import Look, common_pairs, function_words
from expunge.text.slices import translated
from expunge.text.view import View

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_GREEK = "αβγδεζηθικλμνξοπρστυφχψω"
_HEBREW = "אבגדהוזחטיכלמנסעפצקרשת"
_LONG = 400
_LIKELY_SHIFTS = 6
_FIRST_OF_LINE = re.compile(r"^(?:[^\w\n]|[\d_])*+([^\W\d_])", re.MULTILINE)
_LAST_OF_LINE = re.compile(r"([^\W\d_])(?:[^\w\n]|[\d_])*+$", re.MULTILINE)
_FIRST_OF_SENTENCE = re.compile(r"[.!?。！？](?:[\"'”’)]|\s){1,9}+[^\w\n]{0,9}+([^\W\d_])")
_SIGNS = "\"'“”‘’«»()[]{}*_#>-•¿¡.,;:!?…"
_NO_SIGNS = str.maketrans("", "", _SIGNS)
_NOT_SPACE = re.compile(r"[^\s\x1c-\x1f]+")
_FIRST_WORD = re.compile(r"^[^\w\n]*+(\w+)", re.MULTILINE)
_KEYBOARD = ("qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./")


def _table(plain: str, cipher: str) -> dict[int, int]:
    return str.maketrans(plain + plain.upper(), cipher + cipher.upper())


def _shift(alphabet: str, by: int) -> dict[int, int]:
    return _table(alphabet, alphabet[by:] + alphabet[:by])


_ROT13 = _shift(_LATIN, 13)
_ATBASH_LATIN = _table(_LATIN, _LATIN[::-1])
_ATBASH = {
    **_ATBASH_LATIN,
    **_table(_CYRILLIC, _CYRILLIC[::-1]),
    **_table(_GREEK, _GREEK[::-1]),
    **str.maketrans(_HEBREW, _HEBREW[::-1]),
}
_ROT47 = {code: 33 + (code - 33 + 47) % 94 for code in range(33, 127)}
_KEY_LEFT = {k: v for row in _KEYBOARD for k, v in _table(row[1:], row[:-1]).items()}
_KEY_RIGHT = {k: v for row in _KEYBOARD for k, v in _table(row[:-1], row[1:]).items()}


def rot13(text: str) -> str:
    """Each Latin letter thirteen places on."""
    return translated(text, _ROT13)


def atbash(text: str) -> str:
    """The alphabet backwards: Latin, Cyrillic, Greek or Hebrew."""
    return translated(text, _ATBASH_LATIN if text.isascii() else _ATBASH)


def backwards(text: str) -> str:
    """The text from its end to its beginning."""
    return text[::-1]


def whole(look: Look, *, wide: bool = False) -> Iterator[View]:
    """Views by letter games; `wide` gives every shift of every alphabet and the rarer games too."""
    text, size = look.text, len(look.text)
    if not any(map(str.isalpha, text)):
        return
    same = partial(range, size)
    if look.has(_LATIN) or look.has(_LATIN.upper()):
        yield View(rot13(text), 0, size, "rot13", not _turns_natural(look, rot13), same)
    yield View(atbash(text), 0, size, "atbash", not _turns_natural(look, atbash), same)
    yield View(text[::-1], 0, size, "reversed", not _turns_natural(look, backwards), partial(range, size - 1, -1, -1))
    if wide or not look.natural:
        yield from _shifts(look, wide=wide)
    if wide:
        yield from _rarer(text)


def _turns_natural(look: Look, change: Callable[[str], str]) -> bool:
    if look.natural:
        return False
    changed = change(look.text)
    return function_words(changed) >= 2 and function_words(changed) > 2 * function_words(look.text)


def _shifts(look: Look, *, wide: bool) -> Iterator[View]:
    text, size = look.text, len(look.text)
    same = partial(range, size)
    shifts = [by for by in range(1, 26) if by != 13]
    if not wide:
        if not (look.has(_LATIN) or look.has(_LATIN.upper())):
            return
        sample = text[:_LONG]
        scores = {by: common_pairs(sample.translate(_SHIFTS[by])) for by in shifts}
        shifts = sorted((by for by in shifts if scores[by] >= 0.4), key=lambda by: -scores[by])[:_LIKELY_SHIFTS]
    for by in shifts:
        shifted = translated(text, _SHIFTS[by])
        natural = not look.natural and function_words(shifted) >= 2 > function_words(text)
        yield View(shifted, 0, size, f"caesar-{26 - by}", not natural, same)
    if wide and not text.isascii():
        for alphabet in (_CYRILLIC, _GREEK, _HEBREW):
            if look.has(alphabet):
                for by in range(1, len(alphabet)):
                    shifted = translated(text, _shift(alphabet, by))
                    yield View(shifted, 0, size, f"caesar-{len(alphabet) - by}", True, same)


_SHIFTS = {by: _shift(_LATIN, by) for by in range(1, 26)}


def _rarer(text: str) -> Iterator[View]:
    size = len(text)
    same = partial(range, size)
    yield View(translated(text, _ROT47), 0, size, "rot47", True, same)
    yield View(translated(text, _KEY_LEFT), 0, size, "keyboard", True, same)
    yield View(translated(text, _KEY_RIGHT), 0, size, "keyboard", True, same)
    yield View(" ".join(reversed(text.split())), 0, size, "reversed-order", True)
    yield View(" ".join(_FIRST_WORD.findall(text)), 0, size, "acrostic", True)
    places = [place for place, c in enumerate(text) if c.isalpha()]
    for step in (2, 3, 4):
        for first in range(step):
            chosen = places[first::step]
            yield View("".join(map(text.__getitem__, chosen)), 0, size, "every-nth", True, partial(tuple, chosen))


def skips(look: Look) -> Iterator[View]:
    """First and last letters of words, lines and sentences, and every second character; all weak."""
    text, size = look.text, len(look.text)
    words = translated(text, _NO_SIGNS).split()
    if len(words) >= 2:
        yield View(" ".join([word[::-1] for word in words]), 0, size, "reversed-words", True)
    if len(words) >= 4:
        firsts, lasts = "".join([word[0] for word in words]), "".join([word[-1] for word in words])
        yield View(firsts, 0, size, "acrostic", True, partial(_word_places, text, last=False))
        yield View(lasts, 0, size, "telestich", True, partial(_word_places, text, last=True))
    if text.count("\n") >= 3:
        for via, pattern in (("acrostic", _FIRST_OF_LINE), ("telestich", _LAST_OF_LINE)):
            yield _skip(text, via, pattern)
    if text.count(". ") + text.count("! ") + text.count("? ") + text.count("。") >= 2:
        # A sentence end is put before the text, so that its first sentence counts; offsets take it off again.
        letters = "".join(_FIRST_OF_SENTENCE.findall(f". {text}"))
        yield View(letters, 0, size, "acrostic", True, partial(_sentence_places, text))
    if size >= 8:
        for first in (0, 1):
            yield View(text[first::2], first, size, "every-second", True, partial(range, first, size, 2))


def _skip(text: str, via: str, pattern: re.Pattern[str]) -> View:
    return View("".join(pattern.findall(text)), 0, len(text), via, True, partial(_places, text, pattern))


def _places(text: str, pattern: re.Pattern[str]) -> Sequence[int]:
    return [match.start(1) for match in pattern.finditer(text)]


def _sentence_places(text: str) -> Sequence[int]:
    return [match.start(1) - 2 for match in _FIRST_OF_SENTENCE.finditer(f". {text}")]


def _word_places(text: str, *, last: bool) -> Sequence[int]:
    places: list[int] = []
    for word in _NOT_SPACE.finditer(text):
        kept = [place for place, c in enumerate(word[0], word.start()) if c not in _SIGNS]
        if kept:
            places.append(kept[-1] if last else kept[0])
    return places
