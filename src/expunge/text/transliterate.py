"""Names across scripts and spellings.

How a name sounds, how a token in another script may sound in Latin letters, and how alike two names are.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from itertools import product

from anyascii import anyascii
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from expunge.text.fold import fold

_DIGRAPHS = (
    ("chr", "kr"), ("shch", "S"), ("tch", "S"), ("sch", "S"), ("zh", "S"), ("ch", "S"), ("sh", "S"), ("ph", "f"),
    ("th", "t"), ("kh", ""), ("gh", ""), ("dh", "d"), ("bh", "b"), ("dj", "S"), ("dzh", "S"), ("ck", "k"), ("qu", "k"),
    ("x", "ks"), ("ts", "s"), ("tz", "s"), ("dz", "s"), ("ll", "l"), ("wh", ""),
)  # fmt: skip
_CLASSES = str.maketrans({
    "b": "p", "p": "p", "f": "f", "v": "", "w": "", "c": "k", "k": "k", "q": "k", "g": "k",
    "s": "s", "z": "s", "j": "S", "d": "t", "t": "t", "l": "l", "r": "l", "m": "n", "n": "n",
    "a": "", "e": "", "i": "", "o": "", "u": "", "y": "", "h": "",
})  # fmt: skip
_SOFT_C = re.compile("c(?=[eiy])")
_NOT_LETTERS = re.compile(r"[^a-z]+")
_DOUBLED = re.compile(r"(.)\1+")


@lru_cache(maxsize=200_000)
def latin(token: str) -> str:
    """A folded token in plain Latin letters (by `anyascii` where it is in another script)."""
    if token.isascii():
        return token
    # Folded kana stand apart from their marks, and anyascii knows them together.
    return _NOT_LETTERS.sub("", anyascii(unicodedata.normalize("NFC", token)).lower())


@lru_cache(maxsize=200_000)
def sound(token: str) -> str:
    """The sound key of a folded token; empty where it has no consonant to go by."""
    letters = _NOT_LETTERS.sub("", latin(token))
    if not letters:
        return ""
    first = letters[0]
    if first == "x":
        letters = "s" + letters[1:]
    for digraph, code in _DIGRAPHS:
        letters = letters.replace(digraph, code)
    letters = _SOFT_C.sub("s", letters)
    key = _DOUBLED.sub(r"\1", letters.translate(_CLASSES).lower())
    if not key:
        return first if first not in "aeiouyhw" else ""
    return key


def similarity(a: str, b: str) -> float:
    """Return how similar two tokens in Latin letters are, 0..1; a swap of neighbours counts as one change."""
    if a == b:
        return 1.0
    longest = max(len(a), len(b))
    if not longest:
        return 0.0
    edits = 1.0 - DamerauLevenshtein.distance(a, b) / longest
    return float(max(edits, (edits + JaroWinkler.similarity(a, b)) / 2))


class Script(StrEnum):
    """The writing systems that are told apart."""

    LATIN = "latin"
    CYRILLIC = "cyrillic"
    GREEK = "greek"
    KANA = "kana"
    HAN = "han"
    HANGUL = "hangul"
    ABJAD = "abjad"
    INDIC = "indic"
    OTHER = "other"


_BLOCKS = (
    (0x250, Script.LATIN), (0x370, Script.OTHER), (0x400, Script.GREEK), (0x530, Script.CYRILLIC),
    (0x590, Script.OTHER), (0x780, Script.ABJAD), (0x900, Script.OTHER), (0xE00, Script.INDIC),
    (0x1100, Script.OTHER), (0x1200, Script.HANGUL), (0x1E00, Script.OTHER), (0x1F00, Script.LATIN),
    (0x2000, Script.GREEK), (0x3005, Script.OTHER), (0x3008, Script.HAN), (0x3040, Script.OTHER),
    (0x3100, Script.KANA), (0x31F0, Script.OTHER), (0x3200, Script.KANA), (0x3400, Script.OTHER),
    (0xA000, Script.HAN), (0xAC00, Script.OTHER), (0xD7A4, Script.HANGUL), (0xF900, Script.OTHER),
    (0xFB00, Script.HAN), (0x20000, Script.OTHER), (0x40000, Script.HAN),
)  # fmt: skip
"""The code point under which each script ends."""


@lru_cache(maxsize=50_000)
def script_of(token: str) -> Script:
    """The script of a token's first character."""
    code = ord(token[0]) if token else 0
    return next((script for end, script in _BLOCKS if code < end), Script.OTHER)


_SMALL = dict(zip("ァィゥェォャュョヮ", ("a", "i", "u", "e", "o", "ya", "yu", "yo", "wa"), strict=True))
_HARD = {"テ": "t", "デ": "d", "ト": "t", "ド": "d"}
_KOREAN = {
    "박": "park", "이": "lee", "최": "choi", "정": "jung", "강": "kang", "김": "kim", "조": "cho", "임": "lim",
    "오": "oh", "노": "noh", "유": "yoo", "신": "shin", "안": "ahn", "권": "kwon", "문": "moon", "우": "woo",
    "구": "koo", "류": "ryu",
}  # fmt: skip
"""Korean family names whose usual Latin spelling is not the official one."""
_GREEK = (
    ("^μπ", "b"), ("μπ", "mb"), ("^ντ", "d"), ("ντ", "nd"), ("γκ", "g"), ("γγ", "ng"), ("τζ", "j"), ("τσ", "ts"),
    ("ου", "u"), ("ει", "i"), ("οι", "i"), ("αι", "e"), ("ευ", "ev"), ("αυ", "av"),
)  # fmt: skip
_EMPHATIC = str.maketrans({"ظ": "ز", "ض": "د", "ذ": "ز"})
_SPELLINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), form)
    for pattern, form in (
        ("chr", "kr"), ("shch|tsch|tch|sch|sh|sz|cz", "S"), ("ch", "C"), ("dzh|dj|zh", "J"), ("dz", "z"),
        ("ph", "f"), ("th", "T"), ("kh", "h"), ("gh", "h"), ("bh", "b"), ("dh", "d"), ("ck|q(?:u(?=[aeiouy]))?", "k"),
        ("^x", "s"), ("x", "ks"), ("^kn", "n"), ("^wr", "r"), ("wh", "w"), ("c(?=[eiy])", "s"), ("c", "k"), ("j", "J"),
        ("ts|tz", "ts"), ("oo", "u"), ("ee", "i"), ("ng(?![aeiouy])", "N"),
        ("dt", "t"), ("pf", "f"), (r"(.)\1+", r"\1"), ("r(?![aeiouy])", "R"),
    )
)  # fmt: skip
"""From spelling to a rough phonemic form: S as in ship, C as in chip, J as in job, T as in thin, N as in sing.

R is an r that no vowel follows, which many do not say. A long vowel is followed by `:`.
"""
_VOWELS = frozenset("aeiouy")
_LIGHT = frozenset("aeiouyhw:'")
"""What the scripts disagree about most."""
_LIGHT_WEIGHT = 0.4


@lru_cache(maxsize=100_000)
def phonemes(token: str) -> str:
    """The rough phonemic form of a folded token of any script."""
    token = unicodedata.normalize("NFC", token)
    script = script_of(token)
    if script is Script.KANA:
        return re.sub("ngu(?![aeiou:])", "N", _kana(token))
    if script is Script.HANGUL:
        if token[0] in _KOREAN and len(token) == 1:
            token = _KOREAN[token[0]]
    elif script is Script.GREEK:
        for pair, letter in _GREEK:
            token = re.sub(pair, letter, token)
    elif script is Script.ABJAD:
        token = token.translate(_EMPHATIC)
    elif script is Script.CYRILLIC:
        token = (
            re.sub("^и(?=[аоуэею])", "y", token.replace("чж", "j").replace("дж", "j"))
            .replace("ъ", "")
            .replace("ь", "")
            .replace("х", "h")
        )
    form = re.sub("[^a-z]+", "", anyascii(token).lower())
    for pattern, turned in _SPELLINGS:
        form = pattern.sub(turned, form)
    return form


def _kana(token: str) -> str:
    """Kana as they sound, long vowels marked; small letters turn the vowel before them."""
    token = "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in token)
    out: list[str] = []
    for at, char in enumerate(token):
        following = token[at + 1 : at + 2]
        if char == "ー":
            out.append(":")
        elif char == "ッ":
            continue
        elif char in _SMALL and out and out[-1][-1] in "aiueo":
            glide = _SMALL[char]
            before = out[-1][:-1]
            if before[-1:] in ("S", "J", "C") or before in ("f", "v", "w", "ts", "t", "d"):
                glide = glide[-1]
            out[-1] = before + glide
        elif char in _HARD and following in ("ィ", "ュ", "ゥ"):
            out.append(_HARD[char] + "i")
        elif char == "ウ" and following in ("ィ", "ェ", "ォ"):
            out.append("wu")
        else:
            form = re.sub("[^a-z]+", "", anyascii(char).lower())
            for spelt, heard in (("shi", "Si"), ("chi", "Ci"), ("ji", "Ji")):
                form = form.replace(spelt, heard)
            out.append(form)
    return "".join(out)


_ENDINGS = {
    Script.CYRILLIC: re.compile("(?:ыми|ими|ами|ями|ого|его|ому|ему|ой|ей|ою|ом|ем|ём|ым|им|ах|ях|ою|[аяуюыиейоь])$"),
    Script.HANGUL: re.compile(
        "(?:에게서|으로서|이라는|이라고|에서는|에게|에서|께서|으로|이라|라는|라고|이란|씨는|씨의|씨가|씨|님|은|는|이|가|을|를|의|에|와|과|도|로)$"
    ),
    Script.GREEK: re.compile("(?:ος|ου|ας|ης|[σς])$"),
}
_OPENINGS = {Script.ABJAD: re.compile("^(?:وال|بال|لل|ال|[وبلفكهבלמשוהכ])")}
"""What case, and particles written without a space, add to a name."""


@lru_cache(maxsize=50_000)
def stems(token: str) -> tuple[str, ...]:
    """A folded token as it stands, and without the ending or opening that its language may have added to a name."""
    script = script_of(token)
    found = [token]
    token = unicodedata.normalize("NFC", token)
    for affixes in (_ENDINGS, _OPENINGS):
        pattern = affixes.get(script)
        bare = pattern.sub("", token) if pattern is not None else token
        if len(bare) > 1 and bare != token:
            found.append(bare)
    return tuple(found)


_ANY = {
    "b": ("p",), "p": ("p",), "f": ("f", ""), "v": ("", "f"), "w": ("",), "k": ("k",), "g": ("k",), "s": ("s",),
    "z": ("s",), "S": ("s",), "C": ("s",), "J": ("s", "k"), "T": ("t",), "d": ("t",), "t": ("t",), "l": ("l",),
    "r": ("l",), "R": ("l",), "m": ("n",), "n": ("n",), "N": ("nk", "n"), "h": ("", "k", "s"), "y": ("", "s"),
}  # fmt: skip
_IN_SCRIPT: dict[Script, dict[str, tuple[str, ...]]] = {
    Script.KANA: {
        "b": ("p", ""), "f": ("f", "", "p"), "s": ("s", "t"), "z": ("s", "t"), "S": ("s",),
        "C": ("s", "t"), "J": ("s", "t", "k"), ":": ("", "l"), "y": ("",), "h": ("", "s"),
    },
    Script.CYRILLIC: {"g": ("k", ""), "f": ("f", "t"), "v": ("",)},
    Script.HAN: {"s": ("s", "t"), "f": ("f", ""), "S": ("s",), "r": ("l", ""), "R": ("l", "")},
    Script.HANGUL: {"b": ("p", ""), "p": ("p", "f", ""), "s": ("s", "t"), "r": ("l",)},
    Script.ABJAD: {"w": ("",), "h": ("", "k"), "s": ("s", "t"), "v": ("", "p"), "J": ("s", "k"), "y": ("",)},
    Script.INDIC: {"v": ("",), "w": ("",), "h": ("",), "y": ("",), "C": ("s",)},
    Script.GREEK: {"v": ("", "p"), "h": ("", "s")},
}  # fmt: skip
"""The classes of `sound` that a phoneme, as each script hears it, may have in a Latin spelling."""
_HEBREW = re.compile("[א-ת]")
_IN_HEBREW = {**_IN_SCRIPT[Script.ABJAD], "f": ("f", "p", ""), "h": ("", "k", "s"), "k": ("k", "s")}
"""The same in Hebrew: f and p are one letter, and Latin spellings have a "ch" for two letters (Rachel, Michael)."""
_STROKED = (("ts", "C"), ("g", "J"))
"""Hebrew consonants that a stroke (geresh) turns into others: it is folded, and often left out."""


def _choices(symbol: str, at: int, form: str, own: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    if symbol == "y" and at:
        return ("",)
    if symbol == "n" and at == len(form) - 1:
        return ("n", "nk")  # Cyrillic and kana do not tell "Min" from "Ming"
    return own.get(symbol, _ANY.get(symbol, ("",)))


def _heard(stem: str) -> tuple[str, ...]:
    """The phonemic forms of a stem, in Hebrew with and without the strokes that its consonants may have had."""
    forms = [phonemes(stem)]
    if _HEBREW.match(stem):
        for plain, stroked in _STROKED:
            forms += [form.replace(plain, stroked) for form in forms if plain in form]
    return tuple(forms)


_MOST_SOUNDS = 48
_REPEATS = re.compile(r"(.)\1+")


@lru_cache(maxsize=50_000)
def sounds(token: str) -> tuple[str, ...]:
    """The sound keys (see `sound`) of the Latin spellings that a folded token of another script may stand for."""
    script = script_of(token)
    if script is Script.LATIN:
        key = sound(token)
        return (key,) if key else ()
    keys: dict[str, None] = {}
    own = _IN_HEBREW if _HEBREW.match(token) else _IN_SCRIPT.get(script, {})
    for form in (form for stem in stems(token) for form in _heard(stem)):
        choices = [_choices(c, at, form, own) for at, c in enumerate(form) if c not in "aeiou'"]
        for picked in product(*choices):
            key = _REPEATS.sub(r"\1", "".join(picked))
            if key:
                keys[key] = None
            if len(keys) >= _MOST_SOUNDS:
                return tuple(keys)
    return tuple(keys)


def _costs(table: str) -> dict[frozenset[str], float]:
    """Lines of a cost and the pairs of phonemes that are swapped at it."""
    rows = (line.split() for line in table.strip().splitlines())
    return {frozenset(pair): float(cost) for cost, *pairs in rows for pair in pairs}


_NEAR = _costs("""
    0    rR
    0.05 iy vw
    0.1  Tt CS ae ei ou nN
    0.15 ao JC JS au ey oe uw sz hT hC
    0.25 ai iu eu oy ow Ts Tz zJ JZ zS sS sC fv vb
    0.3  td kg pb mn hf hk sJ
    0.35 Jy Jg Jh hJ pf Tf Td tC kC dJ gh
""")
"""What it costs to hear one phoneme for another; a pair that is not here costs as much as two other letters."""
_NEAR_IN_SCRIPT = {
    Script.KANA: _costs("""
        0    lr lR :R
        0.05 vb Ts
        0.1  Tz sS hf zJ Ct
        0.15 fv
        0.2  Jd
        0.3  gk
    """),
    Script.HAN: _costs("""
        0    wv
        0.1  lr lR fv Ts mn sz
        0.15 td kg
        0.2  bp hf sS gJ
    """),
    Script.HANGUL: _costs("""
        0    lr lR
        0.05 vb fp kg td pb JC
        0.1  vp sS zJ Ts
        0.2  hf
    """),
    Script.ABJAD: _costs("""
        0    yi
        0.05 pb vb wv wu
        0.1  fp vf wo ye dT
        0.15 gJ gk hk sS vo vu
        0.2  dz
    """),
    Script.CYRILLIC: _costs("""
        0.1  gh
        0.15 fT
        0.25 hk
        0.3  ft Jh
    """),
    Script.INDIC: _costs("""
        0    vw
        0.1  fp zJ
        0.15 sS
        0.25 td
    """),
    Script.GREEK: _costs("""
        0.1  vb sS
        0.25 td
        0.3  hJ
    """),
}
"""The same where a script hears otherwise. Tuned on every second retain row of TOFU in Russian and Japanese; the others
are from the scripts' tables of sounds alone."""
_FREE_VOWELS = {Script.KANA: 0.08, Script.HAN: 0.1, Script.HANGUL: 0.1, Script.INDIC: 0.12, Script.OTHER: 0.15}
"""What a vowel costs that the script had to add."""
_UNWRITTEN = {Script.ABJAD: 0.06}
"""What a vowel costs that the script does not write."""
_DROPS_R = frozenset({Script.KANA, Script.HAN, Script.HANGUL})
"""Scripts whose languages do not hear an r that no vowel follows."""


@lru_cache(maxsize=100_000)
def likeness(foreign: str, latin: str) -> float:
    """Return how well a folded token of another script fits a folded name part in Latin letters, 0..1.

    Either argument may also be several parts run together.
    """
    script = script_of(foreign)
    target = phonemes(latin)
    best = 0.0
    for stem in stems(foreign):
        score = max(_aligned(form, target, script) for form in _heard(stem))
        best = max(best, score if stem == foreign else score - 0.02)
    return best


def _weight(symbol: str) -> float:
    return _LIGHT_WEIGHT if symbol in _LIGHT else 1.0


def _aligned(form: str, target: str, script: Script) -> float:
    if not form or not target:
        return 0.0
    added, unwritten = _FREE_VOWELS.get(script, 0.25), _UNWRITTEN.get(script, 0.25)
    near = _NEAR_IN_SCRIPT.get(script, {})
    lost = [_lost(c, unwritten, script) for c in target]
    row = [0.0]
    for cost in lost:
        row.append(row[-1] + cost)
    for c in form:
        gone = _lost(c, added, script)
        diagonal, row[0] = row[0], row[0] + gone
        for at, other in enumerate(target, start=1):
            swap = diagonal + _swap(c, other, near)
            diagonal = row[at]
            row[at] = min(swap, row[at] + gone, row[at - 1] + lost[at - 1])
    size = (sum(map(_weight, target)) + sum(map(_weight, form))) / 2
    return max(0.0, 1.0 - row[-1] / size)


def _lost(symbol: str, vowel: float, script: Script) -> float:
    if symbol == "R":
        return 0.2 if script in _DROPS_R else 1.0
    if symbol in ":'":
        return 0.03
    if symbol in "hwy":
        return 0.2
    return vowel if symbol in _VOWELS else 1.0


def _swap(a: str, b: str, near: dict[frozenset[str], float]) -> float:
    if a == b:
        return 0.0
    pair = frozenset((a, b))
    cost = near.get(pair, _NEAR.get(pair))
    if cost is not None:
        return cost
    return 0.35 if a in _VOWELS and b in _VOWELS else 1.2


_SPELT_BY = {
    "p": "pbf", "b": "bvpf", "f": "fpvht", "v": "vbf", "w": "v", "t": "td", "d": "dtz", "T": "ts", "k": "kcqgx",
    "g": "gkjc", "s": "szcxt", "z": "zsxtjd", "S": "scxzjt", "C": "ctsjkzq", "J": "jgzdscx", "h": "jkgfx", "m": "mn",
    "n": "nmg", "N": "nmg", "l": "lr", "r": "rl", "R": "rl", "y": "j", ":": "rg",
}  # fmt: skip
_ALWAYS = "aeiouhwy"


@lru_cache(maxsize=50_000)
def letters_for(token: str) -> int:
    """The letters that a Latin spelling of a folded token may hold, as a 26-bit mask."""
    mask = 0
    for letter in _ALWAYS + "".join(_SPELT_BY.get(symbol, "") for symbol in phonemes(token)):
        mask |= 1 << (ord(letter) - 97)
    return mask


def is_form_of(candidate: str, name: str) -> bool:
    """Whether `candidate` is another spelling of `name`: as many parts, each similar in sound or letters.

    A shorter form must hold two parts of the name unchanged; a single part could be anybody's.
    """
    parts, given = fold(name).split(), fold(candidate).split()
    if not parts or not given or given == parts:
        return False
    if len(given) < len(parts):
        return len(given) > 1 and all(part in parts for part in given)
    if len(given) != len(parts):
        return False
    foreign = any(not part.isascii() for part in given) != any(not part.isascii() for part in parts)
    alike = [similarity(latin(a), latin(b)) for a, b in zip(given, parts, strict=True)]
    if foreign:
        return all(sound(a) == sound(b) or s >= 0.6 for a, b, s in zip(given, parts, alike, strict=True))
    return min(alike) >= 0.7
