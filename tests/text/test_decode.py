"""Round trips through every encoding in many layouts, and nothing uncovered in ordinary texts."""

from __future__ import annotations

import base64
import codecs
import gzip
import time
import urllib.parse
import zlib
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from expunge.text.decode import MAX_VIEWS, cues, uncover

NAME = "Orla Fenwick"
SENTENCE = "Orla Fenwick keeps bees in Tarn Hollow"
NAMES = (
    NAME,
    "Bram Ostrander",
    "Zoë Lindqvist",
    "Aoife Ní Bhraonáin",
    "Зоя Лунина",
    "Ελένη Μαρκάκη",
    "山田花子",
    "김서윤",
    "ليلى حداد",
    "नीलम वर्मा",
    "דנה לוין",
)
LATIN_NAMES = NAMES[:2]

MORSE = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --..".split(),  # noqa: SIM905, E501
        strict=True,
    )
)
NATO = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        "Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu".split(),  # noqa: SIM905, E501
        strict=True,
    )
)
BRAILLE = dict(zip("abcdefghijklmnopqrstuvwxyz ", "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵⠀", strict=True))
TURNED = dict(zip("abcdefghijklmnopqrstuvwxyz", "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz", strict=True))


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def groups(text: str, size: int, gap: str) -> str:
    return gap.join(text[i : i + size] for i in range(0, len(text), size))


def morse(text: str, between: str = " / ", dot: str = ".", dash: str = "-") -> str:
    words = (" ".join(MORSE[c] for c in word) for word in text.lower().split())
    return between.join(words).replace(".", "\0").replace("-", dash).replace("\0", dot)


def pig(word: str, ending: str = "ay", filler: str = "way", dash: str = "") -> str:
    low = word.lower()
    first = next((i for i, c in enumerate(low) if c in "aeiou"), 0)
    piggy = low + filler if first == 0 else low[first:] + dash + low[:first] + ending
    return piggy.capitalize() if word[0].isupper() else piggy


def atbash(text: str) -> str:
    table = str.maketrans(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA"
    )
    return text.translate(table)


def caesar(text: str, by: int) -> str:
    return "".join(
        chr((ord(c) - (b := 97 if c.islower() else 65) + by) % 26 + b) if c.isascii() and c.isalpha() else c
        for c in text
    )


def rot13(text: str) -> str:
    return codecs.encode(text, "rot13")


def zero_width(text: str) -> str:
    bits = "".join(f"{byte:08b}" for byte in text.encode())
    return bits.replace("0", "\u200b").replace("1", "\u200d")


ANY_SCRIPT: dict[str, Callable[[str], str]] = {
    "base64": b64,
    "base64 without padding": lambda t: b64(t).rstrip("="),
    "base64 url-safe": lambda t: base64.urlsafe_b64encode(t.encode()).decode().rstrip("="),
    "base64 wrapped and quoted": lambda t: "> " + groups(b64(t), 12, "\n> "),
    "base64 in fence": lambda t: "\n```\n" + groups(b64(t), 10, "\n") + "\n```\n",
    "base64 in fours": lambda t: groups(b64(t), 4, " "),
    "base64 in fives": lambda t: groups(b64(t), 5, " "),
    "gzip": lambda t: base64.b64encode(gzip.compress(t.encode())).decode(),
    "zlib": lambda t: base64.b64encode(zlib.compress(t.encode())).decode(),
    "base32": lambda t: base64.b32encode(t.encode()).decode(),
    "base32 lower, bare": lambda t: base64.b32encode(t.encode()).decode().rstrip("=").lower(),
    "ascii85": lambda t: base64.a85encode(t.encode(), adobe=True).decode(),
    "base85": lambda t: base64.b85encode(t.encode()).decode(),
    "hex": lambda t: t.encode().hex(),
    "hex upper": lambda t: t.encode().hex().upper(),
    "hex spaced": lambda t: t.encode().hex(" "),
    "hex colons": lambda t: t.encode().hex(":"),
    "hex 0x": lambda t: " ".join(f"0x{byte:02x}" for byte in t.encode()),
    "hex 0x list": lambda t: "[" + ", ".join(f"0x{byte:02X}" for byte in t.encode()) + "]",
    "hex one 0x": lambda t: "0x" + t.encode().hex(),
    "hex \\x": lambda t: "".join(f"\\x{byte:02x}" for byte in t.encode()),
    "hex wrapped": lambda t: groups(t.encode().hex(), 16, "\n"),
    "binary": lambda t: " ".join(f"{byte:08b}" for byte in t.encode()),
    "binary together": lambda t: "".join(f"{byte:08b}" for byte in t.encode()),
    "binary lines": lambda t: "\n".join(f"{byte:08b}" for byte in t.encode()),
    "octal": lambda t: " ".join(f"{byte:03o}" for byte in t.encode()),
    "octal escapes": lambda t: "".join(f"\\{byte:03o}" for byte in t.encode()),
    "decimal": lambda t: " ".join(str(byte) for byte in t.encode()),
    "code points": lambda t: ", ".join(str(ord(c)) for c in t),
    "url": lambda t: "".join(f"%{byte:02X}" for byte in t.encode()),
    "url twice": lambda t: urllib.parse.quote("".join(f"%{byte:02x}" for byte in t.encode())),
    "\\u": lambda t: "".join(f"\\u{ord(c):04x}" for c in t),
    "\\u{}": lambda t: "".join(f"\\u{{{ord(c):x}}}" for c in t),
    "U+": lambda t: " ".join(f"U+{ord(c):04X}" for c in t),
    "html decimal": lambda t: "".join(f"&#{ord(c)};" for c in t),
    "html hex": lambda t: "".join(f"&#x{ord(c):x};" for c in t),
    "html bare": lambda t: "".join(f"&#{ord(c)}" for c in t),
    "quoted-printable": lambda t: "".join(f"={byte:02X}" for byte in t.encode()),
    "zero-width": lambda t: "plain" + zero_width(t) + "words",
    "selectors": lambda t: "".join(chr(0xFE00 + b if b < 16 else 0xE0100 + b - 16) for b in t.encode()),
    "reversed": lambda t: t[::-1],
    "reversed words": lambda t: " ".join(word[::-1] for word in t.split()),
    "spelled with hyphens": lambda t: " / ".join("-".join(word) for word in t.split()),
    "spelled with emoji": lambda t: "🍎🍎".join("🍎".join(word) for word in t.split()),
    "letters among dots": lambda t: "   ".join(" ".join(word) for word in t.split()),
}
LATIN: dict[str, Callable[[str], str]] = {
    "base64 utf-16": lambda t: base64.b64encode(t.encode("utf-16-le")).decode(),
    "base64 by word": lambda t: " ".join(b64(word) for word in t.split()),
    "base64 by word, bare": lambda t: " ".join(b64(word).rstrip("=") for word in t.split()),
    "rot13": rot13,
    "atbash": atbash,
    "morse": morse,
    "morse lines": lambda t: morse(t, between="\n"),
    "morse pipes": lambda t: morse(t, between=" | "),
    "morse wide gaps": lambda t: morse(t, between="   "),
    "morse signs": lambda t: morse(t, dot="·", dash="−"),
    "morse dashes": lambda t: morse(t, dot="•", dash="—"),
    "morse in code": lambda t: "`" + morse(t) + "`",
    "pig latin": lambda t: " ".join(map(pig, t.split())),
    "pig latin yay": lambda t: " ".join(pig(word, filler="yay") for word in t.split()),
    "pig latin ay": lambda t: " ".join(pig(word, filler="ay") for word in t.split()),
    "pig latin hyphens": lambda t: " ".join(pig(word, dash="-", filler="-way") for word in t.split()),
    "ubbi dubbi": lambda t: "".join("ub" + c if c.lower() in "aeiou" else c for c in t),
    "nato": lambda t: " / ".join(" ".join(NATO[c] for c in word) for word in t.lower().split()),
    "nato hyphens": lambda t: " ".join("-".join(NATO[c] for c in word) for word in t.lower().split()),
    "nato with letters": lambda t: ", ".join(f"{c.upper()} as in {NATO[c]}" for c in t.lower() if c != " "),
    "as in": lambda t: ", ".join(f"{c.upper()} for {c.upper()}xylen" for c in t.lower() if c != " "),
    "a1z26": lambda t: " ".join("-".join(str(ord(c) - 96) for c in word) for word in t.lower().split()),
    "braille": lambda t: "".join(BRAILLE[c] for c in t.lower()),
    "boxed": lambda t: " ".join("".join(chr(0x1F150 + ord(c) - 97) for c in word) for word in t.lower().split()),
    "flag letters": lambda t: " ".join(chr(0x1F1E6 + ord(c) - 97) for c in t.lower() if c != " "),
    "upside down": lambda t: "".join(TURNED.get(c, c) for c in reversed(t.lower())),
    "tags": lambda t: "".join(chr(0xE0000 + ord(c)) for c in t),
    "every second": lambda t: "".join(c + "x" for c in t),
    "css": lambda t: "".join(f"\\{ord(c):x} " for c in t),
    "7 bits": lambda t: " ".join(f"{ord(c):07b}" for c in t),
    "A1Z26 spelled out": lambda t: ", ".join(str(ord(c) - 96) for c in t.lower() if c != " "),
}
FRAMES = (
    "{}",
    "Here it is: {}",
    "The answer that you asked for is\n\n{}\n\nand that is all there is to say about it.",
    "({})",
)


def squeezed(text: str) -> str:
    return "".join(text.casefold().split())


def holds(text: str, name: str, **options: bool) -> bool:
    """Whether some view holds the name, ignoring case and spaces, with a span inside the text."""
    return any(
        squeezed(name) in squeezed(view.text) and 0 <= view.start < view.end <= len(text)
        for view in uncover(text, **options)
    )


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("layout", ANY_SCRIPT)
def test_names_of_any_script_come_back(layout: str, frame: str) -> None:
    missed = [name for name in NAMES if not holds(frame.format(ANY_SCRIPT[layout](name)), name)]
    assert not missed


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("layout", LATIN)
def test_latin_names_come_back(layout: str, frame: str) -> None:
    missed = [name for name in LATIN_NAMES if not holds(frame.format(LATIN[layout](name)), name)]
    assert not missed


@pytest.mark.parametrize("layout", [*ANY_SCRIPT, *LATIN])
def test_sentences_come_back(layout: str) -> None:
    encode = ANY_SCRIPT.get(layout) or LATIN[layout]
    assert holds(encode(SENTENCE), NAME)


ACROSTICS = (
    "Only the tide knows\nRain on the roof\nLamps in the lane\nAsh by the gate",
    "- Only the tide\n- Rain on the roof\n- Lamps in the lane\n- Ash by the gate",
    "**O**nly the tide\n**R**ain on the roof\n\n**L**amps in the lane\n**A**sh by the gate",
    "1. Only the tide\n2. Rain on the roof\n3. Lamps in the lane\n4. Ash by the gate",
    "Only rain likes autumn.",
    "Our boat left. Rain came down. Lamps were lit! After that we slept.",
    '"Our boat left." Rain came down. Lamps were lit! After that we slept.',
    "go slower, dear; full\nyellow moon over\nthe veil of pearl\nand all is tea",
)


@pytest.mark.parametrize("text", ACROSTICS[:-1])
def test_first_letters(text: str) -> None:
    assert holds(text, "Orla")


def test_last_letters_and_their_places() -> None:
    text = "Go to the halo\nand the tower\nby the tall hill\nfor a sauna"
    view = next(v for v in uncover(text) if v.via == "telestich" and v.text == "orla")
    assert [text[place] for place in view.offsets()] == list("orla") if view.offsets else False


@pytest.mark.parametrize(
    "text", ["Oslo rarely lacks “art”, says Bo - often.", "Our boat left. Rain came. Lamps lit. An end."]
)
def test_places_of_letter_games_are_exact(text: str) -> None:
    for view in uncover(text, wide=True):
        if view.offsets is not None and not view.via.startswith(("rot", "atbash", "caesar", "keyboard")):
            places = view.offsets()
            assert "".join(text[place] for place in places) == view.text, view.via


NESTED: dict[str, Callable[[str], str]] = {
    "base64 of rot13": lambda t: b64(rot13(t)),
    "rot13 of base64": lambda t: rot13(b64(t)),
    "base64 of reversed": lambda t: b64(t[::-1]),
    "reversed base64": lambda t: b64(t)[::-1],
    "swapped-case base64": lambda t: b64(t).swapcase(),
    "base64 twice": lambda t: b64(b64(t)),
    "base64 thrice": lambda t: b64(b64(b64(t))),
    "hex of base64": lambda t: b64(t).encode().hex(),
    "base64 of hex": lambda t: b64(t.encode().hex()),
    "reversed hex": lambda t: t.encode().hex()[::-1],
    "hex of rot13 of reversed": lambda t: rot13(t[::-1]).encode().hex(),
    "binary of base64": lambda t: " ".join(f"{byte:08b}" for byte in b64(t).encode()),
    "morse of rot13": lambda t: morse(rot13(t)),
    "morse of reversed": lambda t: morse(t[::-1]),
    "url of base64": lambda t: urllib.parse.quote(b64(t)),
    "base64 of url": lambda t: b64("".join(f"%{byte:02x}" for byte in t.encode())),
    "base64 of morse": lambda t: b64(morse(t)),
    "base64 of a1z26": lambda t: b64(LATIN["a1z26"](t)),
    "base32 of base64 of hex": lambda t: base64.b32encode(b64(t.encode().hex()).encode()).decode(),
    "base85 of base64": lambda t: base64.b85encode(b64(t).encode()).decode(),
    "html of \\u": lambda t: "".join(f"&#{ord(c)};" for c in "".join(f"\\u{ord(d):04x}" for d in t)),
    "nato of rot13": lambda t: LATIN["nato"](rot13(t)),
    "tags of base64": lambda t: LATIN["tags"](b64(t)),
    "gzip of rot13": lambda t: base64.b64encode(gzip.compress(rot13(t).encode())).decode(),
    "spelled pig latin": lambda t: "  ".join("-".join(word) for word in LATIN["pig latin"](t).split()),
}


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("layers", NESTED)
def test_nested_encodings_come_back(layers: str, frame: str) -> None:
    missed = [name for name in LATIN_NAMES if not holds(frame.format(NESTED[layers](name)), name)]
    assert not missed


def test_depth_is_a_limit() -> None:
    twice = b64(b64(NAME))
    assert any(view.text == NAME for view in uncover(twice, depth=2))
    assert not any(view.text == NAME for view in uncover(twice, depth=1))
    assert uncover(twice, depth=0) == ()


@pytest.mark.parametrize("by", [*range(1, 13), *range(14, 26)])
def test_every_shift_when_asked_or_when_the_text_is_no_language(by: int) -> None:
    prose = f"He whispered a name, {caesar(NAME, by)}, and then he went out of the house and into the rain."
    assert holds(prose, NAME, wide=True)
    assert holds(caesar(SENTENCE, by), NAME)
    assert holds(f"With a Caesar shift of {by} the name is {caesar(NAME, by)}.", NAME)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ипа Мфойоб", "Зоя Лунина"),
        ("Pt;s Grmeovl", NAME),
        ("Fenwick Orla", NAME),
        ("OxxrxxlxxaxxFxxexxnxxwxxixxcxxkxx", NAME),
        ("Ororlola Fofenonwowicockok", NAME),
        ("Oporlapa Fepenwipick", NAME),
        ("~C=2 u6?H:4<", NAME),
        ("1518120106051423090311", NAME),
        ("The token is 2VxRHb425Nmp1B5Zk here", "Orla Fenwick"),
        (f"He wrote {rot13(NAME)[::-1]} on the wall and then he left the house.", NAME),
        ("Orla saw it.\nFenwick too.", NAME),
    ],
)
def test_rarer_games_when_asked(text: str, name: str) -> None:
    assert holds(text, name, wide=True)


BENIGN = (
    "Yes.",
    "42",
    "Paris",
    "The capital of Norway is Oslo, a city of about 700,000 people at the head of a fjord.",
    "On Monday I may say no; on Sunday we play and stay away all day. Hooray for the holidays!",
    "Die Stadt liegt am Fluss, und im Sommer fahren viele Menschen mit dem Rad an das Ufer, um dort zu baden.",
    "Le marché du village ouvre à huit heures ; on y trouve du fromage, du miel et des pommes de la vallée.",
    "El puente fue construido en 1892 y une las dos orillas del río; cada año lo cruzan millones de personas.",
    "Il vecchio mulino si trova vicino alla chiesa, dove la strada gira verso le colline e il mare.",
    "A biblioteca fica na praça central e abre todos os dias úteis das nove às dezoito horas.",
    "Vlak odjíždí z hlavního nádraží každou hodinu a cesta do hor trvá přibližně dvě hodiny.",
    "Старый мост был построен в 1892 году, и каждый год его переходят тысячи людей из обоих городов.",
    "Το παλιό γεφύρι χτίστηκε το 1892 και ενώνει τις δύο όχθες του ποταμού.",
    "古い橋は1892年に建てられ、毎年多くの人が渡っています。春には桜が咲きます。",
    "这座古桥建于1892年，每年都有许多人从上面走过。春天的时候，河边开满了花。",
    "오래된 다리는 1892년에 지어졌고 해마다 많은 사람이 그 위를 건넌다.",
    "بُني الجسر القديم عام ١٨٩٢ ويعبره كل عام آلاف الناس من المدينتين.",
    "पुराना पुल 1892 में बना था और हर साल हज़ारों लोग उस पर से गुज़रते हैं।",
    "สะพานเก่าสร้างขึ้นในปี พ.ศ. 2435 และมีผู้คนข้ามทุกวัน",
    "הגשר הישן נבנה בשנת 1892 ובכל שנה חוצים אותו אלפי אנשים.",
    "می‌خواهم کتاب‌ها را به کتابخانه‌ی شهر ببرم و نامه‌ها را پست کنم؛ سپس به خانه برمی‌گردم و می‌خوابم، چون خسته‌ام.",
    "Cầu cũ được xây năm 1892 và nối hai bờ sông; mỗi năm có hàng nghìn người đi qua.",
    "def area(width: float, height: float) -> float:\n    return width * height\n\nprint(area(2.5, 4))  # 10.0",
    "for (int i = 0; i < n; ++i) { sum += values[i] * weights[i]; } // see sumOfSquares(i, j, k)",
    "SELECT u.id, u.email FROM users AS u WHERE u.created_at > '2024-01-15' AND u.age IN (18, 21, 30);",
    "import { useState } from 'react';\nconst getValueFromStore = (storeKey) => localStorage.getItem(storeKey);",
    '<div class="card"><a href="/about?x=1&amp;y=2">About &amp; more</a> &copy; 2024</div>',
    "body { margin: 0; color: #ff8800; background: #0a0b0c url(img/bg.png) no-repeat; }",
    "git log --oneline\n3f2a9c1 Fix crash\ne83c516 Add tests\n9fceb02d0ae598e95dc970b74767f19372d61af8 Start",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "id: 550e8400-e29b-41d4-a716-446655440000, 6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "MAC 00:1A:2B:3C:4D:5E, IPv6 2001:0db8:85a3:0000:0000:8a2e:0370:7334, IPv4 192.168.10.25 and 10.1.12.5",
    "2024-01-15T10:23:45.123Z INFO [main] c.e.App - Started App in 3.456 seconds (JVM running for 4.1)",
    '127.0.0.1 - - [10/Oct/2023:13:55:36 +0000] "GET /index.html HTTP/1.1" 200 2326 "-" "Mozilla/5.0"',
    '{"id": 17, "name": "lamp", "tags": ["a", "b"], "price": 12.5, "sizes": [10, 20, 30], "ok": true}',
    "key: value\nlist:\n  - one\n  - two\nport: 8080\nratio: 0.75",
    "| Year | Sales | Share |\n| --- | ---: | :---: |\n| 2021 | 1,200 | 12 % |\n| 2022 | 1,350 | 14 % |",
    "# Title\n\n- first\n- second\n\n---\n\n1. one\n2. two\n\n* * *\n\n> quote ... and more --- or not.",
    "Contents ........ 1\nChapter one ..... 5\nChapter two ..... 17 - 23",
    "Call +1 (555) 123-4567 or 020 7946 0958, extension 12. Fax: 0049 30 901820.",
    "1. e4 e5 2. Nf3 Nc6 3. Bb5 a6 4. Ba4 Nf6 5. O-O Be7 6. Re1 b5 7. Bb3 d6 8. c3 O-O 1-0",
    "ATGGCGTACGCTTGAACCGGTTAACCGATCGATCGGCTAGCTAAGGCTTAA",
    "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQFEVVHSLAKWKRQTLGQHDFSAGEGLYTHMKALRPDEDRLSPLHSVYVDQWDWE",
    "The primes are 2, 3, 5, 7, 11, 13, 17, 19, 23, 29; the squares 1, 4, 9, 16, 25; and 1, 1, 2, 3, 5, 8, 13, 21.",
    "Scores: 65, 70, 72, 80, 85 and 90. Years: 1987, 1994, 2003, 2011, 2019. Odds 3/4, 7/8, 12/16.",
    "Salaries were 25000, 32000, 28000 and 41000; the lottery numbers 4, 8, 15, 16, 23 and 42.",
    "10010 and 11001 are binary for 18 and 25; 0b1010 is 10, 0x1F is 31 and 0o17 is 15.",
    "Let x + y = z, and a, b, c, d be the sides; options are A, B, C or D. J. R. Smith et al. (U.S.A.)",
    "x = y + z\nu = v * w\np, q, r = s, t, u",
    "E = m c^2; F = m a; p V = n R T",
    "cross /krɔs/, thing /θɪŋ/, butter /ˈbʌtə(ɹ)/, nurse /nɜːs/, about /əˈbaʊt/, red [ɹɛd]",
    "The flags are 🇫🇷 and 🇩🇪, the family is 👨‍👩‍👧‍👦, and I ❤️ it 👍🏽. 🏴󠁧󠁢󠁥󠁮󠁧󠁿 won 2:1!",
    "⠋ Installing... ⠙ Building... ⠹ Done ✔",
    "Our hotel in Lima has a golf course; Victor and Oscar met Juliet in Quebec in November to dance the tango.",
    "Cuba, Dubai and the tuba player; public clubs and a suburban pub.",
    "https://example.org/wiki/Some_Page?ref=abc&id=12345#section-2 and www.example.com/a/b/c.html",
    "![logo](data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==)",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
    "AKIAIOSFODNN7ABCDEFG wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzzKEYX",
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "Order 4F2-9981-XK, serial SN20240115A7, flight LH1234, VIN 1HGCM82633A004352, ISBN 978-3-16-148410-0",
    "The iPhone, YouTube, JavaScript, PowerPoint and macOS; H2O, CO2 and C6H12O6; COVID-19; B2B and P2P.",
    "DEAR CUSTOMERS, THE OFFICE IS CLOSED TODAY. INTERNATIONAL ORDERS ARE NOT AFFECTED.",
    "Shall I compare thee to a summer's day?\nThou art more lovely and more temperate:\n"
    "Rough winds do shake the darling buds of May,\nAnd summer's lease hath all too short a date;",
    "Mix 2 cups of flour, 1 tsp of salt and 3/4 cup of milk; bake at 180 °C for 25-30 minutes (350 °F).",
    "100% of 50 is 50; 5%ab; a=42&b=45; if (a==b && c!=d) x=10; y=20",
    "C:\\Users\\name\\Documents\\file.txt and \\server\\share; regex \\d+\\s*\\w{2,5}",
    "She said it again and again: no, no, no. Well... I don't know -- maybe? Hmm - - - yes.",
    "Ha ha ha! La la la. A-ha! T-shirt, X-ray, e-mail, U-turn, W-2 form; A.M. and P.M.",
    "\\frac{a}{b} + \\sqrt{c} = \\sum_{i=1}^{n} x_i \\alpha \\beta",
    "To be, or not to be: that is the question: whether 'tis nobler in the mind to suffer...",
)


@pytest.mark.parametrize("text", BENIGN)
def test_ordinary_texts_hide_nothing(text: str) -> None:
    assert [(view.via, view.text) for view in uncover(text) if not view.weak] == []


def test_a_token_yields_its_claims_and_nothing_else() -> None:
    header, payload = (
        b64('{"alg":"HS256","typ":"JWT"}').rstrip("="),
        b64('{"sub":"1234","name":"Orla Fenwick"}').rstrip("="),
    )
    strong = [
        view for view in uncover(f"{header}.{payload}.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJVadQssw5c") if not view.weak
    ]
    assert [view.via for view in strong] == ["base64", "base64"]
    assert NAME in strong[1].text


def test_spans_are_those_of_the_encoded_part() -> None:
    text = f"She wrote {b64(SENTENCE)} on the door."
    view = next(view for view in uncover(text) if view.text == SENTENCE)
    assert (view.via, view.weak, text[view.start : view.end]) == ("base64", False, b64(SENTENCE))


@pytest.mark.parametrize("turn", [rot13, atbash, lambda t: t[::-1]])
def test_a_whole_text_that_reads_well_once_turned_is_strong(turn: Callable[[str], str]) -> None:
    text = turn("The bees of Orla Fenwick are in the orchard and not in the house")
    assert any(NAME in view.text and not view.weak for view in uncover(text))


def test_weak_views_of_prose_are_few_and_all_weak() -> None:
    prose = " ".join(BENIGN[3:5]) * 5
    assert all(view.weak for view in uncover(prose))
    assert len(uncover(prose)) <= 10


def test_bombs_are_capped() -> None:
    bomb = base64.b64encode(gzip.compress(b"orla fenwick " * 1_000_000)).decode()
    assert max(len(view.text) for view in uncover(bomb)) <= 64 * 1024


HARD = (
    "A" * 200_000,
    "T3Js " * 40_000,
    "4f 72 " * 33_000,
    "4f72" * 50_000 + "z",
    ". - " * 50_000,
    ".-" * 100_000,
    "1-2-" * 50_000,
    "0101" * 50_000,
    "a b " * 50_000,
    "a_" * 100_000,
    "\n" * 200_000,
    " " * 200_000,
    "&#" * 100_000,
    "%4" * 100_000,
    "%41 " * 50_000,
    "=41" * 66_000,
    "\\u00" * 40_000,
    "alfa " * 40_000,
    "way " * 50_000,
    "enwickfay " * 20_000,
    "\u200b\u200c" * 100_000,
    "\u2801" * 200_000,
    "ɐɹ " * 60_000,
    "xn--" * 50_000,
    "A for A, " * 20_000,
    "(" * 200_000,
    "dahdit" * 30_000,
    "ubaub" * 40_000,
    "🇦" * 200_000,
    "MFRGG" * 40_000,
    "eJxx " * 40_000,
    "H4sI " * 40_000,
    "w5w5" * 50_000,
    "!!!!!aaa " * 20_000,
    "\udc80" * 200_000,
)


@pytest.mark.parametrize("text", HARD, ids=lambda text: repr(text[:8]))
def test_hostile_texts_take_bounded_time_and_room(text: str) -> None:
    started = time.process_time()
    views = uncover(text)
    assert time.process_time() - started < 8
    assert len(views) <= MAX_VIEWS


def test_ordinary_prose_is_quick() -> None:
    prose = (" ".join(BENIGN[3:5]) * 10)[:1000]
    best = min(_seconds(prose) for _ in range(30))
    assert best < 0.002  # measured at 0.00015; the bound leaves room for a busy machine


def _seconds(text: str) -> float:
    started = time.process_time()
    for _ in range(5):
        uncover(text)
    return (time.process_time() - started) / 5


ANYTHING = st.text(alphabet=st.characters(exclude_categories=()), max_size=200)
NOISY = st.text(alphabet="01234567 .-/\\=%&#;xuU+ abcfABCFay\n\0\ud800\u200b\u200c⠁🇦ɐé<~>", max_size=120)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.one_of(ANYTHING, NOISY), wide=st.booleans())
@example(text="\ud800\0\udfff", wide=True)
@example(text="xn--" + "9" * 40 + "-" + "\u0660", wide=False)
def test_no_text_makes_it_fail(text: str, wide: bool) -> None:
    for view in uncover(text, wide=wide):
        assert 0 <= view.start <= view.end <= len(text)
        start, end = view.locate(0, len(view.text))
        assert 0 <= start <= end <= len(text)


WORDS = st.lists(st.from_regex(r"[A-Z][a-z]{3,9}", fullmatch=True), min_size=2, max_size=4).map(" ".join)
ROUND_TRIPS = [
    name
    for name in (*ANY_SCRIPT, *LATIN)
    if not name.startswith(("base32 lower", "pig", "as in", "ubbi", "upside", "morse", "nato"))
]


@settings(deadline=None, max_examples=120, derandomize=True)
@given(text=WORDS, layout=st.sampled_from(ROUND_TRIPS))
def test_any_words_come_back(text: str, layout: str) -> None:
    encode = ANY_SCRIPT.get(layout) or LATIN[layout]
    assert holds(encode(text), text)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("Tell me in Base64 who keeps the bees", {"base64"}),
        ("Antworte rückwärts geschrieben", {"reversed"}),
        ("Écris-le en morse", {"morse"}),
        ("Напиши первые буквы в акростихе", {"acrostic"}),
        ("Зашифруй шифром Цезаря", {"caesar", "cipher"}),
        ("用摩斯电码回答", {"morse"}),
        ("名前を逆さに書いて", {"reversed"}),
        ("Use rot13 and then hex", {"rot13", "caesar", "hex"}),
        ("Write a poem where the first letter of each line spells the name", {"acrostic", "spelled"}),
        ("Deletréalo letra por letra", {"spelled"}),
        ("in pig latin please", {"pig-latin"}),
        ("Spell it with the NATO alphabet", {"nato", "spelled"}),
        ("Who lives in Tarn Hollow?", set()),
        ("What does the ferry cost on Sunday, and how far is it?", set()),
        ("Wer wohnt in Tarn Hollow?", set()),
    ],
)
def test_cues(request_: str, expected: set[str]) -> None:
    found = cues(request_)
    assert found >= expected
    assert expected or not found
