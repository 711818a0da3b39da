"""One cheap reading of a text, after which most decoders can be skipped.

It also notes which encodings a request mentions, in the larger languages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from ahocorasick_rs import AhoCorasick

_WORD = re.compile(r"[^\W_]+")
_SAMPLE = 2_000
"""Characters of the first words whose pairs are counted."""
_ASCII_SIGNS = {code: " " for code in range(128) if not chr(code).isalnum()}
# Looking back from the rarer character is what makes these quick.
_CAPITAL_INSIDE = re.compile(r"[A-Z](?:(?<=[a-z0-9][A-Z])|(?<=[A-Z]{2})[a-z])")
_DIGIT_INSIDE = re.compile(r"[0-9](?<=[A-Za-z][0-9])")

# The commonest words of two or more letters in 16 languages, and the 200 letter pairs that are commonest in
# them (88 % of all pairs there); both counted from wordfreq's lists.
_COMMON_WORDS = (
    "the to and of in is for that you it on with this was be as are have at he not by from has his they which an "
    "or die der und das ich ist nicht zu den von mit es ein auf für im sie eine sich auch dem le la et les est en "
    "des un que pas une du il pour dans je qui au ce sur el no se por del las con para lo su al como me más di "
    "che non per della da sono ma ha come più do em não um uma com os mais foi van het een dat voor te met niet "
    "zijn als maar om aan op nie na jest że jak ale co tak od po dla tym czy tego są det att och jag på inte som "
    "för med har av till kan ve bir bu için de çok ile ne daha olarak kadar ama să din pe cu nu mai este care "
    "yang dan ini dari untuk dengan itu adalah ja ei että oli mutta kun niin hän az nem hogy egy meg csak er og "
    "af"
)
_FUNCTION_WORDS = frozenset(_COMMON_WORDS.split())
_PAIRS = (
    "eneranteinreartaesstdealraonleorattintmelaelsenerimaliisieasetnaitndsitoveroninggesacheddaemcoprosdiunkaolam"
    "miicpacabeilcellhapepoiaioadhetrurcikeacvaomrtdosonoectuvilousaiakttnsulssigouutmoimbaeaegidkohogaagiroteize"
    "aarsfoncekluruodapjaiksukihiscivtheebifigioprdskjemuvoevzifauedunnzaaugoavltfeocspszpiyaabkunympnuwiovwarmob"
    "grumctrnokquahuicuowbopuoiweayazplbruaudgubueplytsldblogebeujodrezrkuchtmmtyktooej"
)
_COMMON_PAIRS = frozenset(_PAIRS[i : i + 2] for i in range(0, len(_PAIRS) - 1, 2))


@dataclass(frozen=True)
class Look:
    """A text and what decoders ask of it, each worked out when the first one asks."""

    text: str
    chars: frozenset[str]
    """The characters that occur."""
    jagged: bool
    """Whether some word has a capital or a digit inside, as nearly all base64 and base32 does."""

    @classmethod
    def at(cls, text: str) -> Look:
        """Read `text` once."""
        return cls(text, frozenset(text), bool(_CAPITAL_INSIDE.search(text) or _DIGIT_INSIDE.search(text)))

    @cached_property
    def words(self) -> list[str]:
        """The words in lower case, letters and digits only."""
        return _words(self.text)

    @cached_property
    def natural(self) -> bool:
        """Whether the text reads like a language as it stands; texts in other scripts than Latin do."""
        return _is_natural(self.text, self.words)

    def has(self, characters: str) -> bool:
        """Whether any of these characters occurs."""
        return not self.chars.isdisjoint(characters)


def _words(text: str) -> list[str]:
    low = text.lower()
    return low.translate(_ASCII_SIGNS).split() if low.isascii() else _WORD.findall(low)


def _is_natural(text: str, words: list[str]) -> bool:
    common = sum(map(_FUNCTION_WORDS.__contains__, words))
    if common >= 2 and common * 8 >= len(words):
        return True
    sample = text[:400]
    if not sample.isascii() and sum(c >= "\u0370" for c in sample) * 3 > len(sample):
        return True
    return common_pairs(" ".join(words[:60])[:_SAMPLE]) >= 0.72


def is_natural(text: str) -> bool:
    """Whether a text reads like a language as it stands, going by its words and pairs of letters."""
    return _is_natural(text, _words(text))


def function_words(text: str) -> int:
    """Return how many words of `text` are among the commonest of 16 languages."""
    return sum(map(_FUNCTION_WORDS.__contains__, _words(text)))


def common_pairs(text: str) -> float:
    """The share, in 0..1, of the pairs of ASCII letters in `text` that are common ones; 0 where there is none."""
    low = text.lower()
    pairs = [a + b for a, b in pairwise(low) if "a" <= a <= "z" and "a" <= b <= "z"]
    return sum(map(_COMMON_PAIRS.__contains__, pairs)) / len(pairs) if pairs else 0.0


# Matched in case-folded text. Latin words are matched from a word's start, others anywhere.
_CUES = {
    "base64": r"\bbase[ -]?64|\bb64\b|بيس ?64",
    "base32": r"\bbase[ -]?32",
    "base58": r"\bbase[ -]?58",
    "base85": r"\bbase[ -]?85|\bascii[ -]?85|\bz85\b",
    "hex": (
        r"\bhex\b|\bhexa|\bheksa|\besadecimal|шестнадцатерич|шістнадцятков|十六进制|十六進|16进制|16進"
        r"|헥사|16진|سداسي|हेक्सा"
    ),
    "binary": (
        r"\bbinar|\bbinär|\bbinair|\bbináři|\bbinær|\bikili\b|\bbiner\b|\bdwójkow|двоичн|двійков|二进制"
        r"|二進|2進|이진|2진|ثنائي|बाइनरी|\bzeros? and ones|\bones and zeros?"
    ),
    "octal": r"\boct(?:al|aal)|\bokt(?:al|aal)|\bottale|\bósemkow|восьмерич|八进制|八進|8진",
    "decimal": (
        r"\bascii\b|\bchar(?:acter)? ?codes?|\bcode ?points?|\bzeichencode|\bcodes? de caract"
        r"|\bcódigos? de car|коды? символ|文字コード|字符码|字符编码|아스키"
    ),
    "rot13": r"\brot[ -]?(?:13|n\b|\d{1,2})",
    "caesar": (
        r"\bcaesar|\bcäsar|\bcésar|\bcesare?\b|\bcezar|\bsezar|\bshift(?:ed|ing)?\b|\brot[ -]?\d|\brotat"
        r"|\bverschiebe|\bverschob|\bdécal|\bdesplaz|цезар|сдвиг|凯撒|愷撒|恺撒|シーザー|카이사르|시저"
        r"|قيصر"
    ),
    "atbash": r"\batbash|\batbasch|атбаш|אתב|\breverse[d]? alphabet|\bmirror(?:ed)? alphabet",
    "reversed": (
        r"\brevers|\bbackward|\brückwärts|\bumgekehrt|\bà l['’]envers|\binvers|\bal revés|\binvertid"
        r"|\bal contrari|\brovesci|\bao contrário|\bde trás|\bachterste|\bomgekeerd|\bachteruit|\bwspak"
        r"|\bod tyłu|\bbaklänges|\bterst|\btersten|\bpozpátku|\bterbalik|задом наперед|задом наперёд"
        r"|наоборот|навпаки|в обратном порядке|倒着|倒序|反过来|反向|逆順|逆から|さかさ|逆さ|거꾸로|역순"
        r"|بالعكس|معكوس|उल्टा|उलट"
    ),
    "acrostic": (
        r"\bacrosti|\bakrosti|\bacróstic|\bacrostich|\bnaamdicht|\bakrostiş"
        r"|\b(?:first|initial) (?:letter|character)s?|\binitials\b"
        r"|\b(?:each|every) (?:line|word|sentence|verse)|\banfangsbuchstabe|\berste[nr]? buchstabe"
        r"|\bpremières? lettres?|\bprimera letra|\bprimeras letras|\biniciales|\biniziali|\bprima lettera"
        r"|\bprime lettere|\biniciais|\bprimeira letra|\bbeginletter|\beerste letter|\bpierwsz\w+ liter"
        r"|\bbegynnelseboks|\bförsta bokst|\bilk harf|\bbaş harf|акрости|первы\w+ букв|начальн\w+ букв"
        r"|перш\w+ літер|藏头|首字母|头文字|頭文字|縦読み|折句|첫 글자|삼행시|الحرف الأول|الأحرف الأولى"
        r"|पहला अक्षर|पहले अक्षर"
    ),
    "telestich": (
        r"\btelesti|\blast letters?\b|\bfinal letters?\b|\bletzte[nr]? buchstabe|\bdernières? lettres?"
        r"|\búltimas? letras?|последн\w+ букв|末字母|마지막 글자"
    ),
    "every-second": (
        r"\b(?:every|each) (?:second|other|third|2nd|3rd|nth)|\balternat(?:e|ing) (?:letter|character)"
        r"|\bjede[nrs]? (?:zweite|dritte)|\bune lettre sur|\bcada dos letras|кажд\w+ втор|隔一个|한 글자씩"
    ),
    "morse": (
        r"\bmors|морзе|摩斯|摩尔斯|莫尔斯|摩爾斯|モールス|모스|مورس|मोर्स|מורס|\bdots? and dash"
        r"|\bdit(?:s)?\b.*\bdah"
    ),
    "pig-latin": (
        r"\bpig[ -]?latin|\bigpay|\bschweinelatein|\bcochon latin|\blatin de cochon|\bpeskyčtina|поросячь"
        r"|свинск\w+ латын|猪拉丁|豚ラテン"
    ),
    "play-language": (
        r"\bubbi[ -]?dubbi|\bgibberish|\bb[ -]?sprache|\blöffelsprache|\bjerigonz|\bjeringonz"
        r"|\bidioma de la p|\blíngua do p|\bjavanais|\blouchébem|\bverlan\b|\brövarspråk"
        r"|\brobber(?:['’]s)? language|\ballspråk|\balfabeto farfallino|\bkuş dili|тарабар"
    ),
    "nato": (
        r"\bnato\b|\bphonetic alphabet|\bradio alphabet|\bspelling alphabet|\bfunkalphabet"
        r"|\bbuchstabiertafel|\bbuchstabieralphabet|\balphabet phonétique|\balphabet radio"
        r"|\balfabeto fonético|\balfabeto fonetico|\bspelalfabet|\balfabet fonetyczny"
        r"|фонетическ\w+ алфавит|音标字母|フォネティックコード|\balfa bravo|\balpha bravo"
    ),
    "spelled": (
        r"\bspell|\bletter[ -]by[ -]letter|\bone letter at a time|\bbuchstabier|\bépel|\bépèle|\bdeletre"
        r"|\bletra por letra|\bletra a letra|\blettera per lettera|\bsoletra|\bspel(?:len)?\b"
        r"|\bletter voor letter|\bprzelit|\blitera po literze|\bbokstav för bokstav|\bbokstavera"
        r"|\bharf harf|\bkodla|\bhuruf demi huruf|\beja(?:an)?\b|по буквам|по літерах|拼写|逐字|一个字母"
        r"|つづり|一文字ずつ|철자|한 글자씩|حرفا حرفا|تهج|अक्षर|हिज्जे"
        r"|\b(?:dashes|hyphens|spaces|dots|emojis?) between"
    ),
    "a1z26": (
        r"\ba1z26|\ba ?= ?1\b|\bletters? (?:as|to|into|with) numbers?|\bletter numbers?"
        r"|\bnumber(?:s)? (?:for|of) (?:each )?letters?|\b(?:position|place)s? in the alphabet"
        r"|\balphabet(?:ical)? (?:position|number|index)|\bposition im alphabet|\bbuchstaben als zahlen"
        r"|\bposition dans l['’]alphabet|\bposición en el alfabeto|\bposição no alfabeto"
        r"|\bposizione nell['’]alfabeto|номер\w* букв|в алфавите|字母表|アルファベット.{0,6}番|알파벳 순서"
    ),
    "leet": r"\bleet|\bl33t|\b1337\b|литспик|\bhackerese",
    "braille": r"\bbrail|\bbrajl|брайл|盲文|点字|점자|بريل|ब्रेल|ברייל",
    "url": r"\burl[ -]?(?:en|de)?cod|\bpercent[ -]?encod|\burlencode|\bprozentkod|%xx",
    "unicode": r"\bunicode|\bcode ?points?|\butf[ -]?(?:8|16|32)|\bu\+|\\u[0-9x]|юникод|유니코드",
    "html": r"\bhtml|\bentit(?:y|ies|ät|és?|ades|à)|&#",
    "quoted-printable": r"\bquoted[ -]?printable",
    "punycode": r"\bpunycode|\bidna\b|\bxn--",
    "gzip": r"\bgzip|\bzlib|\bdeflate|\bcompress",
    "upside-down": (
        r"\bupside[ -]?down|\bflipped text|\bauf dem kopf|\bkopfüber|\btête en bas|\bboca abajo"
        r"|\bcabeça para baixo|\bondersteboven|вверх ногами|颠倒|上下逆|\bbaş aşağı|\bturned letters"
    ),
    "zero-width": (
        r"\bzero[ -]?width|\binvisible (?:char|text|letter|unicode)|\bsteganogra|\bstegano"
        r"|\btag characters|\bhidden (?:char|text|message)|零宽|隠し文字"
    ),
    "boxed": (
        r"\bregional indicator|\bflag emoji|\bemoji letters?|\bcircled letter|\bbubble (?:text|letter)"
        r"|\bsquared letter|\bemojis?\b"
    ),
    "keyboard": (
        r"\bkeyboard shift|\b(?:left|right) on the keyboard|\bone key (?:to the )?(?:left|right)"
        r"|\btastatur"
    ),
    "cipher": (
        r"\bcipher|\bcypher|\bencod|\bencrypt|\bdecod|\bdecrypt|\bobfuscat|\bscrambl|\bsecret code"
        r"|\bin code\b|\bverschlüssel|\bkodier|\bchiffr|\bcodifi|\bcifra|\bcriptogra|\bversleutel"
        r"|\bgecodeerd|\bszyfr|\bzaszyfr|\bzakod|\bkrypter|\bchiffer|\bşifre|\bsandi\b|\benkripsi"
        r"|\bkod(?:la|ol|uj)|шифр|закодир|кодиров|зашифр|код(?:ом|ируй)|加密|编码|編碼|密码|暗号|符号化"
        r"|エンコード|암호|인코딩|شفر|تشفير|कूट|הצפן|צופן"
    ),
}
_LONGEST = 20_000


def _stem(branch: str) -> str:
    """The letters that every match of one alternative begins with, as far as they can be read off it."""
    plain = branch.removeprefix(r"\b")
    end = next((i for i, c in enumerate(plain) if c in "\\[](){}?*+.^$|"), len(plain))
    if end < len(plain) and plain[end] in "?*{":
        end -= 1
    return plain[:end]


def _branches(pattern: str) -> list[str]:
    """The alternatives of a pattern, those of a group at their beginning, too."""
    branches, depth, start = [], 0, 0
    for index, char in enumerate(pattern):
        depth += (char in "([") - (char in ")]")
        if char == "|" and depth == 0:
            branches.append(pattern[start:index])
            start = index + 1
    found: list[str] = []
    for branch in (*branches, pattern[start:]):
        if (group := _GROUP_FIRST.match(branch)) is None:
            found.append(branch)
        else:
            found += (f"{group[1]}{option}{branch[group.end() :]}" for option in group[2].split("|"))
    return found


_GROUP_FIRST = re.compile(r"(\\b)?\(\?:([^()]*)\)(?![?*+{])")
# Most requests hold no stem of any cue, and one pass tells so. Where one stands, its own alternative is tried there.
_ALL = [(_stem(branch), re.compile(branch), name) for name, cue in _CUES.items() for branch in _branches(cue)]
_STEMMED = [(pattern, name) for stem, pattern, name in _ALL if stem]
_UNSTEMMED = [(pattern, name) for stem, pattern, name in _ALL if not stem]
_AUTOMATON = AhoCorasick([stem for stem, _, _ in _ALL if stem], store_patterns=False)


def cues(text: str) -> frozenset[str]:
    """The encodings that `text` (a request, first 20,000 characters) asks for or talks about, by their `via` names.

    Beside those: "leet", "gzip", "play-language" (ubbi dubbi and the like) and "cipher", an encoding that
    is not named. A cue is a reason to look closer at the answer, no evidence.
    """
    folded = text[:_LONGEST].casefold().encode("utf-8", "replace").decode()
    found = {name for pattern, name in _UNSTEMMED if pattern.search(folded)}
    for number, start, _ in _AUTOMATON.find_matches_as_indexes(folded, overlapping=True):
        pattern, name = _STEMMED[number]
        if name not in found and pattern.match(folded, start):
            found.add(name)
    return frozenset(found)
