"""Texts made to be dear: as long as asked for, each of one kind of thing that some step might stumble over."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable

NAME = "Ottoline Brathwick"
COMMON = "Margaret Carver"


_WORDS = "the of a map river was house in old and town with bridge people many years small north garden letter"


def _again(piece: str) -> Callable[[int], str]:
    return lambda size: (piece * (size // len(piece) + 1))[:size]


def _prose(size: int) -> str:
    dice = random.Random(5)
    words = _WORDS.split()
    pieces: list[str] = []
    length = 0
    while length < size:
        pieces.append(" ".join(dice.choices(words, k=dice.randint(5, 15))).capitalize() + ". ")
        length += len(pieces[-1])
    return "".join(pieces)[:size]


def _bytes(size: int) -> bytes:
    return random.Random(2).randbytes(size)


def _coded(size: int) -> str:
    return base64.b64encode(_prose(size).encode()).decode()[:size]


TEXTS: dict[str, Callable[[int], str]] = {
    "prose": _prose,
    "one letter": _again("a"),
    "digits and letters": _again("4a"),
    "digits": _again("7"),
    "numbers": _again("72 105 "),
    "bits": _again("01001000 "),
    "one capital": _again("A"),
    "single capitals": _again("A "),
    "capitalised words": _again("Aa Bb "),
    "initials": _again("A. B. "),
    "hyphens": _again("A-"),
    "Han": _again("王李张刘陈杨黄赵吴周"),
    "mixed Han": lambda size: "".join(random.Random(1).choices([chr(c) for c in range(0x4E00, 0x9F00, 3)], k=size)),
    "dotted Han": _again("奥托琳·布拉斯威克·"),
    "Hangul": _again("김이박최정"),
    "Hangul words": _again("김민준은 박서연을 "),
    "kana": _again("カタカナ"),
    "dotted kana": _again("オットリン・ブラスウィック・"),
    "Cyrillic": _again("Оттолин Братвик "),
    "Arabic letters": _again("ه"),
    "Arabic words": _again("والده كتبها "),
    "Thai": _again("สวัสดีครับ"),
    "base64": lambda size: base64.b64encode(_bytes(size)).decode()[:size],
    "base64 of prose": _coded,
    "base64 of base64": lambda size: base64.b64encode(_coded(size).encode()).decode()[:size],
    "lines of base64": lambda size: "\n".join(
        base64.b64encode(f"line {n} said".encode()).decode() for n in range(size // 17)
    ),
    "hex": lambda size: _bytes(size // 2).hex(),
    "hex apart": lambda size: _prose(size // 3).encode().hex(" "),
    "percent signs": _again("%4fa%20"),
    "Unicode escapes": _again("\\u0041"),
    "entities": _again("&amp;&#65;"),
    "quoted-printable": _again("=4F=74"),
    "spaces": _again(" "),
    "spaces and a letter": lambda size: " " * (size - 1) + "x",
    "newlines": _again("\n"),
    "quotation marks": _again('"'),
    "open quotation marks": _again("“«"),
    "quoted pieces": _again('"ot" "to" '),
    "brackets": _again("["),
    "closed brackets": _again("()"),
    "commas": _again("a, "),
    "pipes": _again("|"),
    "rows": _again("| a | b |\n"),
    "rules": _again("|---"),
    "list": _again("- a\n"),
    "Morse": _again("-.. . / "),
    "backslashes": _again("\\"),
    "tags": _again("<b>a</b>"),
    "open tags": _again("<b "),
    "assignments": _again("x=y "),
    "combining marks": lambda size: "e" + "\u0301" * (size - 1),
    "zero-width": _again("\u200b\u200c"),
    "emoji": _again("😀🇬🇧"),
    "look-alikes": _again("Оttоlinе "),
    "one-word sentences": _again("Yes. "),
    "a sentence without an end": lambda size: _prose(size).replace(".", "").lower(),
    "different words": lambda size: " ".join(f"w{n}q" for n in range(size // 7)),
    "many people": lambda size: " ".join(f"Ab{n} Cd{n} wrote." for n in range(size // 18)),
    "the name": _again(f"{NAME} "),
    "sentences with the name": _again(f"{NAME} drew maps. "),
    "the first name": _again("Ottoline "),
    "the surname": _again("Brathwick "),
    "the name in one word": _again("ottolinebrathwick"),
    "near the name": _again("Otoline Brathwik "),
    "a common name": _again(f"{COMMON} "),
    "a common name, small": _again("margaret carver "),
    "a family": _again("Ottoline and Tom Brathwick, his wife Ottoline, "),
    "fields": _again("first name Ottoline, surname Brathwick\n"),
    "rows with the name": _again(f"| {NAME} | maps |\n"),
    "pronouns": _again("she "),
    "epithets": _again("the author "),
    "stand-ins": _again("call a A "),
    "openers": _again("and who "),
    "nested JSON": lambda size: "[" * (size // 2) + "]" * (size // 2),
    "JSON": lambda size: "[" + ", ".join(['{"name": "Ottoline Brathwick", "n": 3}'] * (size // 41)) + "]",
}
