"""Names that nobody has: put together from syllables, in the script and about the length of the word they replace."""

from __future__ import annotations

import hashlib
import re

_SYLLABLES = {
    "latin": "bel dar fen gor hal jem kol lum mer nov pel ras sil tov vel wes zan bri dro kla mos tir yul pan",
    "cyrillic": "бел дар фен гор хал жем кол лум мер нов пел рас сил тов вел вес зан бри дро кла мос тир юл пан",
    "greek": "μπελ δαρ φεν γορ χαλ τζεμ κολ λουμ μερ νοβ πελ ρασ σιλ τοβ βελ βεσ ζαν μπρι δρο κλα μοσ τιρ γιουλ παν",
    "arabic": "بيل دار فين غور هال جيم كول لوم مير نوف بال راس سيل توف فيل ويس زان بري درو كلا موس تير يول بان",
    "hebrew": "בל דר פר גור הל גר קול לור מר נוב בר רס סיל טוב ול וס זל ברי דרו קלה מוס טיר יול שר",
    "devanagari": "बेल दर फेन गोर हल जेम कोल लुम मेर नोव पेल रस सिल तोव वेल वेस ज़न ब्री द्रो क्ला मोस तीर यूल पन",
    "bengali": "বেল দার ফেন গোর হাল জেম কোল লুম মের নভ পেল রাস সিল তোভ ভেল ওয়েস জান ব্রি দ্রো ক্লা মোস তির ইউল পান",
    "thai": "เบล ดาร์ เฟน กอร์ ฮาล เจม โคล ลุม เมอร์ นอฟ เพล ราส ซิล ทอฟ เวล เวส ซาน บรี โดร คลา มอส ทีร์ ยูล ปาน",
    "katakana": "ベル ダル フェン ゴル ハル ジェム コル ルム メル ノヴ ペル ラス シル トヴ ヴェル "
    "ウェス ザン ブリ ドロ クラ モス ティル ユル パン",
    "hiragana": "くみ なせ ほの さと るか ゆき みの たえ いの りよ せな "
    "つむ はや おと ちか すみ まう こは あき とわ のえ ひろ かな しの",
    "hangul": "윤 표 담 설 채 옥 탁 봉 곽 류 단 필 형 갑 묵 려 찬 휘 솔 겸 빈 낙 엽 학",
    "han": "柏 梧 岑 樊 巫 晏 蒲 蔺 霖 澹 岚 槐 祁 臧 茅 扈 郗 菀 昀 翊 琅 珂 钰 玥",
}  # fmt: skip
_TABLES = {script: text.split() for script, text in _SYLLABLES.items()}
_RANGES = {
    "cyrillic": "\u0400-\u04ff",
    "greek": "\u0370-\u03ff\u1f00-\u1fff",
    "arabic": "\u0600-\u06ff\u0750-\u077f",
    "hebrew": "\u0590-\u05ff",
    "devanagari": "\u0900-\u097f",
    "bengali": "\u0980-\u09ff",
    "thai": "\u0e00-\u0e7f",
    "katakana": "\u30a0-\u30ff",
    "hiragana": "\u3040-\u309f",
    "hangul": "\uac00-\ud7af",
    "han": "\u3400-\u9fff",
}
_SCRIPTS = {script: re.compile(f"[{chars}]") for script, chars in _RANGES.items()}
_ONE_CHARACTER = frozenset({"hangul", "han"})
_VOWELS = "aeiouyаеиоуыюяαηοω"
_CASED = frozenset({"latin", "cyrillic", "greek"})
_LONG = 7
"""Letters of a name over which its stand-in has three syllables."""


def script_of(word: str) -> str | None:
    """The script of the first letter of `word` that belongs to one with syllables here; "latin" for Latin letters."""
    for char in word:
        for script, pattern in _SCRIPTS.items():
            if pattern.match(char):
                return script
        if char.isalpha() and (char < "\u0250" or "\u1e00" <= char <= "\u1eff"):
            return "latin"
    return None


def invented_like(word: str, seed: str) -> str | None:
    """An invented word in the place of one part of a name; the same word and seed give the same.

    It has the script of `word`, about its length, its case and, in Latin, Cyrillic and Greek, its last vowel, since
    that tells the gender in many languages. None for a script that has no syllables here.
    """
    script = script_of(word)
    if script is None:
        return None
    table = _TABLES[script]
    count = len(word) if script in _ONE_CHARACTER else 3 if len(word) > _LONG else 2
    digest = hashlib.blake2b(seed.encode("utf-8", "replace"), digest_size=max(8, 2 * count)).digest()
    invented = "".join(table[int.from_bytes(digest[2 * i : 2 * i + 2], "big") % len(table)] for i in range(count))
    if script not in _CASED:
        return invented
    if (last := word[-1].casefold()) in _VOWELS:
        invented = invented.rstrip(_VOWELS) + last
    if script == "greek" and invented.endswith("σ"):
        invented = invented[:-1] + "ς"
    return in_case_of(word, invented)


def in_case_of(model: str, word: str) -> str:
    """`word` in the case of `model`: all capitals, a capital at the beginning, or none."""
    if len(model) > 1 and model.isupper():
        return word.upper()
    if model[:1].isupper():
        return word[:1].upper() + word[1:]
    return word.lower() if model.islower() else word
