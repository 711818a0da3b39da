"""Names in other scripts, letter by letter: rough, as somebody types them who only knows how they sound."""

from __future__ import annotations

import re
import unicodedata

_LETTERS = "a b c d e f g h i j k l m n o p q r s t u v w x y z sh ch th ph zh kh ts ya yu oo ee ou"
_CYRILLIC = "а б к д е ф г х и дж к л м н о п к р с т у в в кс и з ш ч т ф ж х ц я ю у и у"
_GREEK = "α μπ κ ντ ε φ γκ χ ι τζ κ λ μ ν ο π κ ρ σ τ ου β ου ξ ι ζ σ τσ θ φ ζ χ τσ για γιου ου ι ου"
_ARABIC = "ا ب ك د ي ف غ ه ي ج ك ل م ن و ب ق ر س ت و ف و كس ي ز ش تش ث ف ج خ تس يا يو و ي و"
_DEVANAGARI = "ा ब क द े फ ग ह ि ज क ल म न ो प क र स त ु व व क्स ी ज़ श च थ फ ज़ ख त्स या यू ू ी ू"
_INDEPENDENT = {"ा": "अ", "े": "ए", "ि": "इ", "ो": "ओ", "ु": "उ", "ी": "ई", "ू": "ऊ"}
_ROWS = (
    " ア イ ウ エ オ", "b バ ビ ブ ベ ボ", "c カ シ ク セ コ", "d ダ ディ ドゥ デ ド", "f ファ フィ フ フェ フォ",
    "g ガ ギ グ ゲ ゴ", "h ハ ヒ フ ヘ ホ", "j ジャ ジ ジュ ジェ ジョ", "k カ キ ク ケ コ", "l ラ リ ル レ ロ",
    "m マ ミ ム メ モ", "n ナ ニ ヌ ネ ノ", "p パ ピ プ ペ ポ", "q カ キ ク ケ コ", "r ラ リ ル レ ロ",
    "s サ シ ス セ ソ", "t タ ティ トゥ テ ト", "v ヴァ ヴィ ヴ ヴェ ヴォ", "w ワ ウィ ウ ウェ ウォ",
    "x クサ クシ クス クセ クソ", "y ヤ イ ユ イェ ヨ", "z ザ ジ ズ ゼ ゾ", "sh シャ シ シュ シェ ショ",
    "ch チャ チ チュ チェ チョ", "ts ツァ ツィ ツ ツェ ツォ", "kh ハ ヒ フ ヘ ホ", "th サ シ ス セ ソ",
    "ph ファ フィ フ フェ フォ",
)  # fmt: skip
_KANA = {
    consonant + vowel: kana
    for row in _ROWS
    for consonant, kanas in [(row.split(" ")[0], row.split(" ")[1:])]
    for vowel, kana in zip("aiueo", kanas, strict=True)
}
_ALONE = {"n": "ン", "m": "ム", "t": "ト", "d": "ド", "j": "ジ", "ch": "チ", "sh": "シュ", "y": "イ", "h": "フ"}
_SYLLABLE = re.compile(
    r"(sh|ch|ts|kh|th|ph|[bcdfghjklmnpqrstvwxyz])?([aiueo])|(sh|ch|ts|kh|th|ph|[bcdfghjklmnpqrstvwxyz])"
)


def cyrillic(name: str) -> str:
    """A name in Cyrillic."""
    return _by_table(name, _CYRILLIC).title()


def greek(name: str) -> str:
    """A name in Greek."""
    return re.sub(r"σ\b", "ς", _by_table(name, _GREEK)).title()


def arabic(name: str) -> str:
    """A name in Arabic letters, with all vowels written."""
    return _by_table(name, _ARABIC)


def devanagari(name: str) -> str:
    """A name in Devanagari; two vowels in a row and a first one stand alone."""
    out = ""
    for char in _by_table(name, _DEVANAGARI):
        follows_consonant = bool(out) and "क" <= out[-1] <= "ह"
        out += char if char not in _INDEPENDENT or follows_consonant or out[-1:] == "़" else _INDEPENDENT[char]
    return out


def katakana(name: str) -> str:
    """A name in Katakana, its words apart by a dot."""
    written = []
    for word in re.split(r"[\s-]+", re.sub(r"ck|([bcdfgjklmprstvz])\1", lambda m: m[1] or "k", _latin(name))):
        kana = ""
        for match in _SYLLABLE.finditer(word):
            lone = match[3]
            kana += (_ALONE.get(lone) or _KANA[lone + "u"]) if lone else _KANA[(match[1] or "") + match[2]]
        written.append(kana)
    return "・".join(filter(None, written))


def accented(name: str) -> str:
    """A name with accents as a scholar might set them."""
    return name.translate(str.maketrans("aeiouzs", "āēīōūżṣ"))


def respelled(name: str) -> str:
    """A name as it might be spelled by ear."""
    out = name
    for plain, heard in (("ph", "f"), ("ou", "oo"), ("c", "k"), ("ee", "i"), ("z", "s"), ("y", "i"), ("w", "v")):
        out = re.sub(rf"(?<=\w){plain}", heard, out, count=1)
        if out != name:
            break
    return out if out != name else re.sub(r"(?<=\w)([bdlmnrst])(?=\w)", r"\1\1", name, count=1)


def _latin(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in decomposed if c.isascii() and (c.isalpha() or c in " -"))


def _by_table(name: str, signs: str) -> str:
    table = dict(zip(_LETTERS.split(), signs.split(), strict=True))
    return re.sub(r"sh|ch|th|ph|zh|kh|ts|ya|yu|oo|ee|ou|[a-z]", lambda m: table[m[0]], _latin(name))
