"""Round trips through every encoding in many layouts; what must not be found is in test_decode_precision.py."""

from __future__ import annotations

import base64
import codecs
import gzip
import urllib.parse
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expunge.text.decode.search import cues, uncover

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
    "gzip": lambda t: base64.b64encode(gzip.compress(t.encode(), mtime=0)).decode(),
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
)


@pytest.mark.parametrize("text", ACROSTICS)
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
    "gzip of rot13": lambda t: base64.b64encode(gzip.compress(rot13(t).encode(), mtime=0)).decode(),
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


@pytest.mark.parametrize("between", ["\n", "\r\n", "\n- ", "\n2. ", " | ", "\npart two: "])
@pytest.mark.parametrize("other", [b64, lambda t: t.encode().hex()], ids=["base64", "hex"])
def test_pieces_side_by_side_are_read_together(between: str, other: Callable[[str], str]) -> None:
    texts = [view.text for view in uncover(f"{b64('Orla Fen')}{between}{other('wick keeps bees')}") if not view.weak]
    assert "Orla Fenwick keeps bees" in texts
    texts = [view.text for view in uncover(f"{b64('Orla')}{between}{other('Fenwick keeps')}") if not view.weak]
    assert "Orla Fenwick keeps" in texts


def test_pieces_far_apart_are_not_read_together() -> None:
    text = f"{b64('Orla keeps')} and then there was a long way to go until {b64('Fenwick came')}"
    assert not any(view.via.endswith("+") for view in uncover(text))


def test_nothing_is_left_out_however_long_the_text_is() -> None:
    prose = "The river was low and the town was quiet in the morning. "
    text = prose * 5_000 + b64(SENTENCE) + " " + prose * 5_000
    assert any(SENTENCE in view.text for view in uncover(text))
    many = "\n".join(f"{b64(f'{number} boats came in')} is what the log says of that day" for number in range(500))
    assert any(SENTENCE in view.text for view in uncover(f"{many}\n{b64(SENTENCE)}"))


def test_a_token_yields_its_claims_and_nothing_else() -> None:
    header, payload = (
        b64('{"alg":"HS256","typ":"JWT"}').rstrip("="),
        b64('{"sub":"1234","name":"Orla Fenwick"}').rstrip("="),
    )
    strong = [
        view for view in uncover(f"{header}.{payload}.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJVadQssw5c") if not view.weak
    ]
    assert [view.via for view in strong] == ["base64", "base64", "base64+", "base64+"]
    assert NAME in strong[1].text


def test_spans_are_those_of_the_encoded_part() -> None:
    text = f"She wrote {b64(SENTENCE)} on the door."
    view = next(view for view in uncover(text) if view.text == SENTENCE)
    assert (view.via, view.weak, text[view.start : view.end]) == ("base64", False, b64(SENTENCE))


@pytest.mark.parametrize("turn", [rot13, atbash, lambda t: t[::-1]])
def test_a_whole_text_that_reads_well_once_turned_is_strong(turn: Callable[[str], str]) -> None:
    text = turn("The bees of Orla Fenwick are in the orchard and not in the house")
    assert any(NAME in view.text and not view.weak for view in uncover(text))


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
