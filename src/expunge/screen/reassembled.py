"""Names of which the parts stand apart, put together as a reader puts them together.

"Margaret and Tom Carver", "the Carver girl, Margaret", "Carver's wife, Margaret", a first name in one field of a record
and a surname in another: nobody has to be registered for such a name to be read. So the names are put together first,
from the text alone, and then looked for like any others. What two people share no family, field or row with each other
is left apart: "Margaret Holloway left. Tom Carver stayed."
"""

from __future__ import annotations

import re
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, product

from expunge.text.normalise import fold
from expunge.text.rarity import GLUE, zipf
from expunge.text.segment import LETTER as _LETTER
from expunge.text.view import View

VIA = "apart"
"""The `via` of a name that was put together."""
_END = " .\n"
"""What stands after each name that was put together: the end of a sentence."""
_MOST = 400
"""Names put together from one stretch of `_STRETCH` characters."""
_STRETCH = 20_000
_LEADING = 120
"""Characters before such a word in which the first name that it is told of ends."""
_SENTENCE = 240
"""Characters to either side of a word of kinship in which names belong to it."""
_TOLD_BEFORE = 150
"""Characters before the key of a name in which the other part of it was told."""
_SECOND = 40
"""Characters between two surnames of one record."""
_RECORD = 300
"""Characters between two fields of one record."""


def _capitals() -> str:
    """The capital letters of Latin, Greek, Cyrillic and Armenian, as ranges of a character class."""
    codes = [c for c in range(sys.maxunicode) if c < 0x2000 and unicodedata.category(chr(c)) in ("Lu", "Lt")]
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and code <= ranges[-1][1] + 2:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(chr(a) if a == b else f"{chr(a)}-{chr(b)}" for a, b in ranges)


_U = _capitals()
# The capital comes first, so that a search skips to the capitals; what must not stand before it is looked at then.
_N = rf"[{_U}](?<!\w.)(?<!\w[’'].)\w*(?:[-’'](?![sS]\b)\w+)*(?!\w)"
"""A word that may be a name."""
_NAMES = rf"{_N}(?: {_N}){{0,3}}"
_AND_LIST = "and|und|et|y|e|i|og|och|en|oraz|и|та|і|και|sowie|plus|&|\\+"
_AND = rf"(?:{_AND_LIST})"
_POSSESSIVES = (
    "his|her|their|my|our|its|the|a|an|seine[rnms]?|ihre[rnms]?|sein|ihr|die|der|das|deren|dessen|sa|son|ses|leur|leurs|la|le|les|l|"
    "su|sus|el|las|los|una?|sua|suo|suoi|loro|seu|seus|suas|a|o|os|as|zijn|haar|hun|de|het|hans|hennes|deres|sin|sitt|"
    "jego|jej|ich|его|её|ее|их|його|її"
)  # fmt: skip
_KIN_WORDS = (
    # what speaks of a first name
    "first name|given name|Christian name|baptised|baptized|christened|called|calls|call|prefers|known|named|name|short for|goes by|answers to|Vornamen|Vorname|prénom|prénommée|"
    "nombre de pila|nome di battesimo|зовут|звали|имя|bride|groom|generation|"
    # close kin, who share a name as a rule
    "wife|husband|spouse|widow|widower|bride|son|sons|daughter|daughters|child|children|brother|brothers|sister|sisters|"
    "sibling|siblings|twin|twins|mother|father|parents|grandson|granddaughter|grandmother|grandfather|girl|girls|boy|boys|"
    "family|clan|household|dynasty|youngest|eldest|oldest|elder|younger|lad|lass|kid|kids|"
    "Frau|Ehefrau|Gattin|Mann|Ehemann|Gatte|Witwe|Witwer|Sohn|Söhne|Söhnen|Tochter|Töchter|Töchtern|Kind|Kinder|Kindern|Bruder|Brüder|Schwester|"
    "Schwestern|Geschwister|Geschwistern|Zwillinge|Zwillingsschwester|Zwillingsbruder|Mutter|Vater|Eltern|Ehepaar|Eheleute|Familie|jüngste|jüngster|älteste|ältester|Enkel|Enkelin|Mädchen|Junge|"
    "femme|épouse|mari|époux|veuve|veuf|fils|fille|filles|enfant|enfants|frère|frères|sœur|soeur|sœurs|soeurs|jumeaux|jumelles|mère|père|"
    "famille|cadette|cadet|aînée|aîné|benjamine|benjamin|"
    "esposa|mujer|esposo|marido|viuda|viudo|hijo|hija|hijos|hijas|hermano|hermana|hermanos|hermanas|madre|padre|familia|"
    "gemelos|gemelas|menor|mayor|"
    "moglie|marito|vedova|vedovo|figlio|figlia|figli|figlie|fratello|sorella|fratelli|sorelle|madre|padre|famiglia|coniugi|gemelli|"
    "minore|maggiore|primogenita|primogenito|"
    "mulher|filho|filha|filhos|filhas|irmão|irmã|irmãos|irmãs|mãe|pai|família|viúva|"
    "vrouw|echtgenote|echtgenoot|zoon|dochter|zonen|dochters|broer|zus|zussen|broers|moeder|vader|gezin|familie|weduwe|"
    "fru|hustru|mand|søn|datter|son|dotter|bror|syster|søster|familjen|familien|"
    "żona|mąż|syn|córka|brat|siostra|rodzina|rodziny|małżonka|"
    "dotter|żony|męża|braci|siostry"
)  # fmt: skip
_NAMING = frozenset(_KIN_WORDS.split("|")[:24])
"""Those of the words that speak of a first name."""
_KIN_STEMS = (
    r"жен[аыуео]\w?|муж\w{0,2}|супруг\w{0,3}|вдов\w{0,3}|сын\w{0,5}|дочер\w{0,4}|дочь\w{0,2}|дочк\w{0,2}|брат\w{0,4}|сест[её]?р\w{0,3}|мать|матери|"
    r"отец|отца|семь\w{0,3}|близнец\w{0,3}|дет[иейям]{1,2}|младш\w{1,3}|старш\w{1,3}|дружин\w{1,2}|чолов\w{1,4}|доньк\w{1,2}|родин\w{1,2}|"
    r"зовут|звали|имени|имя|фамили\w{1,2}"
)
"""The same where words of kinship are declined."""
_MEANT = re.compile(
    r"(?<!\w)(?:he|she|they|him|her|them|his|ihn|sie|er|lui|elle|il|ella|él|lei|его|её|ее|она|он)(?!\w)"
)
_BACK = re.compile(
    r"\s*(?:His|Her|Their|Seine|Sein|Ihre|Ihr|Deren|Dessen|Sa|Son|Ses|Leur|Su|Sus|Sua|Suo|I suoi|Le sue|Seu|Zijn|Haar|Его|Её|Ее|Их)\s+(?:[^\W\d_A-Z]+[\s-]+){0,2}$"
)
_WEAK = _NAMING | {"generation", "Mann", "bride", "groom"}
"""Those that tell of nobody's name where no family is spoken of."""
_KIN_DECLINED = re.compile(rf"(?<!\w)(?:{_KIN_STEMS})(?!\w)")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_KIN_BY_WORD: dict[str, tuple[str, ...]] = {}
for _form in dict.fromkeys(_KIN_WORDS.split("|")):
    _key = max(fold(_form).split(), key=len)
    _KIN_BY_WORD[_key] = (*_KIN_BY_WORD.get(_key, ()), _form)
"""The forms by the folded word, the longest of each, that tells whether a text may hold them."""
_SOME = r"(?:[^\W\d_]+[ \t-]+){0,3}?"
"""Up to three words between: "his first", "the late"."""
_BE = "who is|who was|who were|who are|qui est|qui était|die|der|ist|war|quien es|que es|que era|is|was|are|were|est|sono|era|era"
_CALLED = (
    r"(?:[\s,:;–—(«\"“-]|\b(?:and|it|was|is|are|were|called|named|namely|one|of|whom|the|eldest|youngest|elder|younger|"
    r"first|second|third|only|late|dear|little|old|young|baby|namens|hieß|heißt|hießen|hieß|genannt|mit|Namen|"
    r"nommée?|appelée?|s'appelle|llamad[oa]|se llama|de nombre|di nome|chiamat[oa]|по имени|звали|зовут)\b)"
)
_AFTER_KIN = re.compile(rf"{_CALLED}{{0,8}}(?P<list>{_N}(?:\s*(?:,|,?\s*{_AND})\s+{_N}){{0,6}})")
_BEFORE_KIN = re.compile(
    rf"(?P<list>{_N}(?:\s*(?:,|,?\s*{_AND})\s+{_N}){{0,4}})\s*[,(–—]?\s*(?:{_AND}\s+)?(?:(?:{_BE})\s+)?"
    rf"(?:(?:of|from|aus|von|vom|de|du|di|da|dei|della|del|из)\s+)?(?:(?:{_POSSESSIVES})[ \t’']+)?{_SOME}"
    rf"(?P<owner>(?:{_N}[ \t]+){{0,3}}?{_N}(?:['’]s?)?[ \t]+)?{_SOME}$"
)
_FAMILIES = re.compile(
    rf"(?:\b(?:Mr|Mrs|Mr and Mrs|Messrs|Miss|Ms|Herrn?|Frau|Eheleute|Familie|Mme|Mlle|MM|[Ff]amille|[Ff]amilia|[Ff]amiglia|[Ff]amília|[Ff]amilie|семь[яиеёю]й?)\.?[ \t]+(?:{_N}[ \t]+){{0,2}}?(?P<last>{_N})(?![ \t]+{_N}))"
    rf"|(?:\b(?:[Tt]he|[Oo]ld|[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive|[Bb]oth|[Ss]ame|the same|des|les|der|den|los|dei|gli|брат\w*|сест[её]р\w*)[ \t]+(?P<plural>{_N}(?:[ \t]+{_N})?))(?![ \t]+{_N})"
)
_OF = re.compile(
    rf"[ \t]+(?:of|to|von|vom|des|der|de|du|d['’]|di|dei|degli|della|del|dos|da|van|til|til|av|z|з|из)[ \t]*"
    rf"(?:(?![{_U}])[^\W\d_]+[ \t]+){{0,3}}?"
    rf"(?:(?P<title>Mr|Mrs|Ms|Miss|Dr|Herrn?|Frau|M|Mme|Sr|Sra|Signor|Signora)\.?[ \t]+)?(?P<name>{_NAMES})"
)
_OF_THEN = re.compile(
    rf"(?:{_OF.pattern}|[ \t]+(?P<bare>{_NAMES}))[ \t]*[,:(–—-]+[ \t]*(?P<first>{_N}(?:\s*(?:,|,?\s*{_AND})\s+{_N}){{0,6}})".replace(
        "(?P<bare>", "(?P<name2>"
    )
)
_STOP = re.compile(r"[!?…;]\s|(?<![A-Z])(?<!\b[A-Z][a-z])(?<!\bMrs)(?<!\bMme)\.\s|\n\s*\n")
_TITLE_LIST = (
    "Lady|Lord|Baroness|Baron|Countess|Count|Earl|Viscountess|Viscount|Dame|Duchess|Duke|Marchioness|Marquess|Sir|Comtesse|"
    "Comte|Marquise|Marquis|Gräfin|Graf|Freifrau|Freiherr|Contessa|Conte|Condesa|Conde|Mrs|Mr|Miss|Ms"
)
_COORDINATED = re.compile(
    rf"(?P<list>{_N}(?:[ \t]*,[ \t]*{_N}){{0,6}})[ \t]*,?[ \t\n]+{_AND}[ \t\n]+(?:(?:{_POSSESSIVES})[ \t]+(?:[^\W\d_A-Z]+[ \t-]+){{0,3}})?"
    rf"(?P<second>{_N})[ \t\n]+(?P<last>{_N}(?:[ \t]+{_N}){{0,2}})"
)
_TITLED = re.compile(rf"(?P<first>{_N}),?[ \t]+(?:the[ \t]+)?(?:{_TITLE_LIST})[ \t]+(?:of[ \t]+)?(?P<last>{_N})")
_ONLY = re.compile(
    rf"\b(?:the|der|des|los|dei)[ \t]+(?P<last>{_N}),?[ \t]+(?:only|nur|seul|sólo|solo)[ \t]+(?P<first>{_N})"
)
_OF_THE = re.compile(
    rf"(?P<first>{_N})[ \t]*,?[ \t]+(?:(?:of|from)[ \t]+the|de[ \t]+l[oa]s|des|dei|degli|dos|das|von[ \t]+den|aus[ \t]+de[nrm])[ \t]+"
    rf"(?:[Ff]amil\w+[ \t]+)?(?P<last>{_N}(?:[ \t]+{_N})?)(?![ \t]+{_N})"
)
_ONE_OF_THE = re.compile(
    rf"(?P<first>{_N}),?[ \t]+(?:[a-z]+[ \t]+){{1,3}}(?:of|from)[ \t]+the[ \t]+(?P<last>{_N}(?<=s))(?![ \t]+{_N})"
)
_IS_A = re.compile(
    rf"(?P<first>{_N})[^.!?\n{_U}]{{0,70}}?[ \t](?:became|is|was|being|born|as)[ \t]+an?[ \t]+(?P<last>{_N})(?![ \t-]+{_N}|[ \t]+[a-z]+[ \t]+(?:man|woman))"
)
_LONG = re.compile(rf"{_N}(?: {_N}){{3,6}}")
"""A name with several middle names."""
_BRACKETED = re.compile(
    rf"(?P<first>{_N})[ \t]*(?:\([^()\n]{{1,60}}\)|\[[^\[\]\n]{{1,60}}\]|[“\"«][^“”\"«»\n]{{1,40}}[”\"»])[ \t]*(?P<last>{_N})"
)
_BORN = re.compile(
    rf"(?P<first>{_N})(?:[ \t]+{_N}){{0,2}},?[ \t]*\(?[ \t]*(?:née|nee|né|born|geb\.|geborene[rn]?|nata|nato|nacid[oa]|de soltera|"
    rf"nascida|geboren|født|född|urodzon[ay]|z domu|урожд[её]нн\w+|урожд\.)[ \t]+(?:a[ \t]+)?(?P<last>{_N})"
)
_BY_BIRTH = re.compile(
    rf"(?:\b[Aa]n?[ \t]+)(?P<last>{_N})[ \t]+(?:by birth|by blood|by marriage|born and bred)[ \t]*,?[ \t]*(?P<first>{_N})"
)
_BORN_A = re.compile(rf"\b(?:[Bb]orn|[Mm]arried)[ \t]+an?[ \t]+(?P<last>{_N})[ \t]*,[ \t]*(?P<first>{_N})")
_PLURAL = re.compile(
    rf"\b(?:[Tt]he|[Tt]wo|[Tt]hree|[Ff]our|[Bb]oth|[Dd]ie|[Ll]es|[Ll]os|I|[Gg]li)[ \t]+(?P<last>{_N})(?:[^.!?;\n(){_U}]{{0,40}})[:,(–—-]\s*(?P<list>{_N}(?:\s*(?:,|,?\s*{_AND})\s+{_N}){{0,6}})"
)
_ITEM = re.compile(_N)
_FOLLOWED = re.compile(rf"[ \t-]+{_N}")
_BEFORE = re.compile(rf"({_N})[ \t]+$")
_PATTERNS = (
    (_ONLY, frozenset(["only", "nur", "seul", "solo"])),
    (_ONE_OF_THE, frozenset(["of", "from"])),
    (_IS_A, frozenset(["became", "born", "being", "is", "was"])),
    (_OF_THE, frozenset("of from de des dei degli dos das von aus".split())),
    (_TITLED, frozenset(fold(_TITLE_LIST.replace("|", " ")).split())),
    (_BRACKETED, frozenset('([“"«')),
    (
        _BORN,
        frozenset(
            "nee ne born geb geborene geborener nata nato nacida nacido soltera nascida geboren fodt fodd urodzona domu".split()
        )
        | {"урожденная", "урожденной", "урожд"},
    ),
    (_BY_BIRTH, frozenset(["birth", "blood", "marriage", "bred"])),
    (_BORN_A, frozenset(["born", "married"])),
)
"""Patterns that give a first name and a surname, each with the folded words or signs without which it need not be tried."""
_NUMBERS = frozenset("two three four both die les los gli".split())

# --- fields: what a first name and a surname are called
_GIVEN_LIST = (
    r"(?:first|given|fore|christian|middle|pet|nick)[ _-]?names?|known as|baptised|baptized|christened|givn|forename|firstname|givenname|fname|f_name|first|given|fn|gn|"
    r"vornamen?|rufname|pr[eé]noms?|nombres?|nome|voornaam|f[öo]rnamn|fornavn|etunimi|imi[eę]|jm[eé]no|keresztn[eé]v|prenume|ime|isim|"
    r"(?:nome|nombre) de pila|имя|им'я|ім'я|ім’я|όνομα|מה? ?פרטי|שם פרטי|الاسم الأول|الاسم|و?اسم(?:ه|ها)|نام|प्रथम नाम|नाम|ชื่อ|이름은?|名前|名字|名"
)
_FAMILY_LIST = (
    r"(?:last|family|sur|second|maiden)[ _-]?names?|surname|surn|lastname|familyname|lname|l_name|last|family|ln|sn|"
    r"nachnamen?|familiennamen?|zuname|geburtsname|noms? de famille|nom|apellidos?|cognome|sobrenome|apelido|achternaam|efternamn|"
    r"etternavn|efternavn|sukunimi|nazwisko|p[rř][ií]jmen[ií]|vezet[eé]kn[eé]v|nume de familie|prezime|soyad[ıi]?|фамили[яюи]|прізвище|επώνυμο|"
    r"שם משפחה|اسم العائلة|و?اسم عائلت(?:ه|ها)|و?لقب(?:ه|ها)|و?كنيت(?:ه|ها)|اللقب|نام خانوادگی|उपनाम|कुलनाम|सरनेम|นามสกุล|성이?은?|성씨|姓氏|苗字|名字|姓|氏"
)
_KEYS = re.compile(
    rf"(?<![^\W_])(?<!</)(?:(?P<family>(?:{_FAMILY_LIST}))|(?P<given>(?:{_GIVEN_LIST})))(?:_?\d)?(?![^\W\d_])",
    re.IGNORECASE,
)
_KEYS_UNSPACED = re.compile(
    r"(?P<family>姓氏|姓|성(?:이|은|씨)?|苗字|氏)(?=[\s:：=은는이가を는,，、\"']*[\u4e00-\u9fff\uac00-\ud7a3])|(?P<given>下の名前|名前|名字|名叫|名为|名|이름(?:은|이)?)"
)
_VALUE_WORD = rf"[^\W\d_]{_LETTER}*(?:[-’'](?![sS]\b)[^\W\d_]{_LETTER}*)*"
_VALUE = re.compile(
    r"(?:\(s\))?['\"”’»`)\]]{0,3}[ ]{0,8}(?P<sep>[:=>|]{1,3}|[.…]{2,}|=>|->|：|\t|is|was|ist|lautet|war|est|es|è|é|:=|是|叫|は|은|는|:)?[ \t]{0,8}\n?[ \t]{0,8}"
    r"(?:(?:['\"“‘«`(\[]{0,3})|<[^<>]{0,40}>)"
    rf"(?P<value>{_VALUE_WORD}(?:[ ]{_VALUE_WORD}){{0,2}})"
)
_LOOSE = re.compile(
    rf"(?:[ \t,]+[^.!?\n:;=<>{_U}]{{0,70}}?(?:\bI\b[^.!?\n:;=<>{_U}]{{0,40}}?)?)?[ \t\"“‘«:]+(?!I\b)(?P<value>{_NAMES})"
)
_BARE = frozenset("known first last given family second middle nom nome nombre name ime isim".split())
"""Keys of a record that are everyday words in running text."""
_KEY_WORDS = frozenset(
    "surname surn forename forenames givn fname lname fn ln sn vorname vornamen nachname nachnamen familienname zuname rufname "
    "geburtsname prenom prenoms nom nombre nombres apellido apellidos cognome sobrenome apelido achternaam voornaam fornamn fornavn efternamn "
    "etternavn efternavn etunimi sukunimi imie nazwisko jmeno prijmeni keresztnev vezeteknev prenume isim soyad soyadi firstname lastname "
    "givenname familyname имя фамилия фамилию фамилии прізвище прiзвище імя ονομα επωνυμο επωνυμο baptised baptized christened apellido1 apellido2".split()
)
"""Folded words of which a text that calls somebody's first name or surname so holds one, those of `_BARE` apart."""
_NAME_KEY = re.compile(r"(?:irst|iven|ore|hristian|iddle|et|ick|ast|amily|ur|econd|aiden)[ _-]?[nN]ames?(?!\w)|NAME")
_NAME_WORDS = frozenset(["name", "names"])
_AFTER_KEY = re.compile(r"(?:_?\d)?['\"”’)\]]{0,2}[ ]{0,8}(?:[:=>|\t,;]|\r?\n)")
_CASELESS = re.compile("[\u0590-\u0dff\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
"""A letter of a script that has no capitals."""
_HEADED_BY = re.compile(
    rf"\b(?:Mrs|Mr|Ms|Miss|Dr|Herrn?|Frau|Mme|Sra?|Signora?|pani?|г-жа|господин|госпожа)\.?[ \t]+(?P<value>{_N})"
)
_A_NAME = re.compile(r"(?i)\b(?:an?|une?)[ \t]+$")
_MARKS = {",": ",", ";": ";", "\t": "\t", "|": "|"}
_INVERTED = re.compile(
    rf"(?m)^[ \t|]*(?:[-*+•][ \t]+|\d{{1,3}}[.)][ \t]+)?(?P<last>{_N})[ \t]*[,;\t|][ \t]*(?P<first>{_N})[ \t]*(?=[,;\t|(]|$)"
)
_LINES = re.compile(r"[^\n\r\u2028\u2029\x0b\x0c\x85]+")
_MOST_COLUMNS = 60
_HAN_OR_HANGUL = re.compile("[\u4e00-\u9fff\uac00-\ud7a3]")

# --- names without spaces
_HAN = "\u4e00-\u9fff"
_HOUSE = re.compile(
    rf"(?P<last>[{_HAN}]{{1,3}})家(?:の|的)?(?:[^\s。！？、，,]{{0,6}}?)"
    rf"(?:長男|次男|三男|長女|次女|三女|娘|息子|妻|夫|兄|弟|姉|妹|子|女儿|儿子|女兒|兒子|妻子|丈夫|哥哥|弟弟|姐姐|妹妹|孩子|千金|公子)"
    rf"(?:[、，,\s]|である|の|叫|是){{0,3}}(?P<first>[{_HAN}]{{1,3}})"
)
_SPOUSE_HAN = re.compile(
    rf"(?P<last>[{_HAN}]{{2,4}}?)[{_HAN}]{{0,2}}?(?:和|与|與|と|及)(?:他|她|その|彼の|彼女の)?的?(?:妻子?|丈夫|夫|妹妹?|姐姐|姉|弟弟?|哥哥|兄|女儿|儿子|娘|息子)の?"
    rf"[、，,]?(?P<first>[{_HAN}]{{1,2}})"
)
_HOUSE_NAMED = re.compile(
    rf"(?P<last>[{_HAN}]{{1,3}})家(?:の|的)?[^\s。！？]{{0,24}}?(?:名字|名前|名叫|名为|名は|叫做|叫|取名|という名の)(?:是|叫|は|を)?(?P<first>[{_HAN}]{{1,3}})"
)
_WORD = re.compile(rf"[^\W\d_]{_LETTER}*")
_MOST_UNITS = 12
"""Runs of capitalised words of one turn that are put together with those of others."""
_HONORIFICS = frozenset(
    "Mr Mrs Ms Miss Dr Sir Lady Lord Herr Frau M Mme Mlle Sr Sra Signor Signora The Who What Where When I X Y".split()
)
_ANSWERS = re.compile(
    rf"\s*(?:(?:[Ii]t['’]?s|[Ii]t is|[Ss]he['’]?s|[Hh]e['’]?s|[Tt]he one called|[Tt]he|[Yy]es,?|[Yy]es, it is|[Nn]o,?|[Ii]ch meine|[Cc]['’]est|[Ee]s)\s+)?(?P<said>{_NAMES})\s*(?:[.,;!?:]|$)"
)
_SPEAKS_OF_NAMES = re.compile(
    r"\b\w{1,12} ?:?= ?\w|(?<!\w)(?:names?|named|called|surname|forename|christened|word|words|front|before|together|combine|append|prepend|followed|"
    r"Name|Vorname|Nachname|namens|heißt|hieß|genannt|Wort|nom|prénom|nommée?|appelle|appelée?|mot|apellido|nombre|llamad[oa]|llama|palabra|"
    r"cognome|nome|chiamat[oa]|chiama|parola|sobrenome|chamad[oa]|palavra|naam|heet|genaamd|имени|имя|фамилия|зовут|слово|nazwisko|imię|"
    rf"first_name|last_name|fname|lname|{_KIN_WORDS})(?!\w)"
)
_MOST_WORDS = 40
_ANSWERS_UNCASED = re.compile(
    rf"\s*(?:是|叫|名叫|她叫|他叫|下の名前は|名前は|名字は|姓は|이름은|성은|هي|هو|اسمها|اسمه)?\s*(?P<said>[\u4e00-\u9fff]{{1,4}}|[\uac00-\ud7a3]{{1,4}}|[\u0590-\u0dff]{{2,20}})(?:です|だ|입니다|이에요|예요)?\s*(?:[。，,.!?？！،؟।\n]|$)"
)
_UNCASED = "\u0590-\u08ff\u0900-\u0dff"
_TOKEN_UNCASED = rf"(?<![{_UNCASED}])[{_UNCASED}]+"
_COORDINATED_UNCASED = re.compile(
    rf"(?P<first>{_TOKEN_UNCASED})[ \t]+(?:(?:و|اور|और|एवं|तथा|व|ও|এবং|ਅਤੇ|અને|மற்றும்|ו)[ \t]+|[وו])[{_UNCASED}]+[ \t]+(?P<last>{_TOKEN_UNCASED})"
)
_FAMILY_BEFORE = re.compile(rf"(?P<last>{_TOKEN_UNCASED})[ \t]+(?:परिवार|खानदान|घराने|পরিবার|कुटुंब|குடும்ப|కుటుంబ|خاندان)")
_HOUSE_HANGUL = re.compile(r"(?<![가-힣])(?P<last>[가-힣]{1,2})(?:씨)?[ \t]?(?:집안|가문|씨네|가족|네)의?(?![가-힣])")
_FAMILY_UNCASED = re.compile(
    rf"(?:لعائلة|عائلة|أسرة|لأسرة|آل|خانواده|خاندان|למשפחת|משפחת|בת|בן|परिवार की|परिवार के)[ \t]+(?P<last>{_TOKEN_UNCASED})"
)


@dataclass(frozen=True, slots=True)
class Reassembled(View):
    """The names of a text that were put together, a line each, and the spans of their parts."""

    names: tuple[tuple[tuple[int, int], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class _Name:
    """A name in the order of its parts: the spans of the source that they came from."""

    parts: tuple[tuple[int, int], ...]
    spaced: bool = True


def reassembled(text: str, words: Collection[str]) -> Reassembled | None:
    """Every name that a reader puts together from parts that stand apart, a line each; None if there is none.

    `words` are the folded words of the text (see `expunge.text.normalise.fold`).
    """
    held = frozenset(words)
    found: dict[tuple[tuple[int, int], ...], _Name] = {}
    for start in range(0, max(1, len(text)), _STRETCH):
        low = max(0, start - _RECORD)
        stretch = text if len(text) <= _STRETCH else text[low : start + _STRETCH]
        at = 0 if len(text) <= _STRETCH else low
        for number, name in enumerate(_names(stretch, held)):
            if number >= _MOST:
                break
            parts = tuple((a + at, b + at) for a, b in name.parts)
            found.setdefault(parts, _Name(parts, name.spaced))
    if not found:
        return None
    names = list(found.values())
    spans = tuple(name.parts for name in names)
    return Reassembled(_written(text, names), 0, len(text), VIA, offsets=partial(_places, names), names=spans)


def over_turns(turns: Sequence[str]) -> list[tuple[str, int]]:
    """Names, with the number of the turn that completes them, of which a user gives one part in one turn and the rest in a later one, in either order.

    The later turn only answers with it ("Carver. Where does she live?"), or either speaks of names, words or kin.
    """
    names: dict[tuple[str, int], None] = {}
    units = [_units(turn) for turn in turns]
    for later in range(1, len(turns)):
        answer = _ANSWERS.match(turns[later])
        uncased = None if turns[later].isascii() else _ANSWERS_UNCASED.match(turns[later])
        speaks = _SPEAKS_OF_NAMES.search(turns[later])
        for earlier in range(later):
            if answer or speaks or _SPEAKS_OF_NAMES.search(turns[earlier]):
                said = dict.fromkeys((*units[later], *((answer["said"],) if answer else ())))
                firsts = dict.fromkeys((*units[earlier], *(unit.split()[0] for unit in units[earlier])))
                for a, b in product(firsts, said):
                    names.update(dict.fromkeys(((f"{a} {b}", later), (f"{b} {a}", later))))
            if uncased:
                for a in _words_of(turns[earlier]):
                    for b in _stems_of(uncased["said"]):
                        names.update(((name, later), None) for name in (f"{a} {b}", f"{b} {a}", f"{a}{b}"))
    return [*names, *_put_together_over(turns)]


def _put_together_over(turns: Sequence[str]) -> Iterator[tuple[str, int]]:
    """The names that all turns read as one text would give."""
    whole = "\n".join(turns)
    put = reassembled(whole, fold(whole).split())
    if put is None:
        return
    ends = list(accumulate(len(turn) + 1 for turn in turns))
    for parts, name in zip(put.names, put.text.split(_END), strict=False):
        yield name, bisect_right(ends, max(a for a, _ in parts))


def _words_of(turn: str) -> list[str]:
    """The words of a turn in a script without capitals; where it has no spaces, all short runs of Han characters."""
    words = _WORD.findall(turn)[:_MOST_WORDS]
    runs = re.findall(f"[{_HAN}]+", turn)[:_MOST_WORDS]
    pieces = [run[a:b] for run in runs for a in range(len(run)) for b in range(a + 1, min(len(run), a + 3) + 1)]
    return [*words, *pieces[: 8 * _MOST_WORDS]]


def _stems_of(word: str) -> list[str]:
    """A word as it stands, and without what may be a particle after it."""
    if not _HAN_OR_HANGUL.match(word):
        return [word]
    return [word[:end] for end in range(1, len(word) + 1)][-3:]


def _units(turn: str) -> list[str]:
    """The runs of capitalised words of a turn that may be a name or a part of one."""
    found: list[str] = []
    for run in re.finditer(_NAMES, turn):
        words = [word for word in run.group().split() if word not in _HONORIFICS]
        if not words or len(words) == 1 and zipf(fold(words[0])) >= GLUE:
            continue
        found.append(" ".join(words))
        if len(found) == _MOST_UNITS:
            break
    return found


def _written(text: str, names: Sequence[_Name]) -> str:
    return "".join((" " if name.spaced else "").join(text[a:b] for a, b in name.parts) + _END for name in names)


def _places(names: Sequence[_Name]) -> list[int]:
    places: list[int] = []
    for name in names:
        for number, (a, b) in enumerate(name.parts):
            if number and name.spaced:
                places.append(a)
            places += range(a, b)
        places += [name.parts[-1][1] - 1] * 3
    return places


def _names(text: str, words: frozenset[str]) -> Iterator[_Name]:
    yield from _coordinated(text)
    for pattern, cues in _PATTERNS:
        if not cues.isdisjoint(words) or (pattern is _BRACKETED and any(sign in text for sign in cues)):
            for m in pattern.finditer(text):
                if pattern is not _TITLED or not _goes_on(text, m.end("last")):
                    yield from _pairs(text, [m.span("first")], m.span("last"))
    if ":" in text or not _NUMBERS.isdisjoint(words):
        for m in _PLURAL.finditer(text):
            yield from _pairs(text, _single(text, *m.span("list")), m.span("last"))
    for m in _LONG.finditer(text):
        run = [n.span() for n in _ITEM.finditer(text, *m.span())]
        yield _Name((run[0], run[-1]))
    yield from _kin(text, words)
    caseless = not text.isascii() and _CASELESS.search(text) is not None
    if caseless or _holds_keys(text, words):
        yield from _fields(text)
        yield from _columns(text)
    yield from _listed(text)
    if caseless:
        yield from _without_capitals(text)


def _holds_keys(text: str, words: frozenset[str]) -> bool:
    """Whether a text calls anything a first name or a surname, in words or as the key of a field."""
    if not _KEY_WORDS.isdisjoint(words) or (not _NAME_WORDS.isdisjoint(words) and _NAME_KEY.search(text)):
        return True
    bare = _BARE & words
    low = text.lower() if bare else ""
    return any(_AFTER_KEY.match(low, end) for word in bare for _, end in _occurrences(low, word))


def _without_capitals(text: str) -> Iterator[_Name]:
    """Names in scripts that have no capitals, or no spaces."""
    for pattern in (_HOUSE, _SPOUSE_HAN, _HOUSE_NAMED):
        for m in pattern.finditer(text):
            yield from _joined(m.span("last"), m.span("first"))
    for m in _HOUSE_HANGUL.finditer(text):
        for word in re.finditer("[가-힣]{1,4}", text[m.end() : m.end() + 24]):
            yield from _joined(m.span("last"), (m.end() + word.start(), m.end() + word.end()))
    for m in _FAMILY_BEFORE.finditer(text):
        for word in _WORD.finditer(text, m.end(), m.end() + 80):
            yield _Name((word.span(), m.span("last")))
    for m in _COORDINATED_UNCASED.finditer(text):
        yield _Name((m.span("first"), m.span("last")))
    for m in _FAMILY_UNCASED.finditer(text):
        for word in _WORD.finditer(text, max(0, m.start() - 80), m.start()):
            yield _Name((word.span(), m.span("last")))


def _coordinated(text: str) -> Iterator[_Name]:
    """ "Margaret and Tom Carver": first names that share the surname of the last."""
    at = 0
    while (m := _COORDINATED.search(text, at)) is not None:
        at = m.start("second")
        firsts = _single(text, *m.span("list"))
        if firsts and not _preceded(text, firsts[0][0]):
            tail = [n.span() for n in _ITEM.finditer(text, *m.span("last"))]
            for first in firsts:
                yield _Name((first, *tail))
                if len(tail) > 1:
                    yield _Name((first, tail[-1]))
                yield from _pairs(text, [first], tail[0])


def _kin(text: str, words: frozenset[str]) -> Iterator[_Name]:
    """Names of those who are told to be of a family: the word of kinship has a first name and a surname beside it."""
    places = [
        place for key in _KIN_BY_WORD.keys() & words for form in _KIN_BY_WORD[key] for place in _occurrences(text, form)
    ]
    if not text.isascii() and _CYRILLIC.search(text):
        places += [m.span() for m in _KIN_DECLINED.finditer(text)]
    if not places:
        return
    families = [m.span("last" if m["last"] else "plural") for m in _FAMILIES.finditer(text)]
    for start, end in sorted(set(places)):
        if families or text[start:end] not in _WEAK:
            yield from _kin_at(text, start, end, families)


def _occurrences(text: str, form: str) -> Iterator[tuple[int, int]]:
    at = text.find(form)
    while at >= 0:
        end = at + len(form)
        if not (at and text[at - 1].isalnum()) and not text[end : end + 1].isalnum():
            yield at, end
        at = text.find(form, end)


def _kin_at(text: str, start: int, end: int, families: Sequence[tuple[int, int]]) -> Iterator[_Name]:
    naming = text[start:end] in _NAMING
    left = max(0, start - _SENTENCE)
    stops = [m.end() for m in _STOP.finditer(text, left, start)]
    sentence = stops[-1] if stops else left
    # Who is spoken of may have been named in the sentence before: "Miss Mason taught. Her friends called her Pearl."
    back = (
        _MEANT.search(text, max(sentence, start - 14), min(len(text), end + 14))
        if naming
        else _BACK.match(text, sentence, start)
    )
    left = (stops[-2] if len(stops) > 1 else left) if back else sentence
    stop = _STOP.search(text, end, end + _SENTENCE)
    right = stop.start() if stop else min(len(text), end + _SENTENCE)
    after = _AFTER_KIN.match(text, end, right)
    if after is not None:
        firsts = _single(text, *after.span("list"))
        for owner in _owners(text, left, start)[-1:]:
            yield from _pairs(text, firsts, owner)
        if naming:
            for single in _ITEM.finditer(text, sentence, start):
                if _stands_alone(text, *single.span()):
                    yield from _pairs(text, firsts, single.span())
    named = _OF_THEN.match(text, end, right)
    if named is not None:
        yield from _pairs(
            text, _single(text, *named.span("first")), _last_of(text, named.span("name" if named["name"] else "name2"))
        )
    for family in families:
        if left <= family[0] and family[1] <= right:
            yield from _in_family(text, family, end if naming else left, right)
    led = _BEFORE_KIN.search(text, max(sentence, start - _LEADING), start)
    if led is None:
        return
    firsts = [f for f in _single(text, *led.span("list")) if not _preceded(text, f[0])]
    if not firsts:
        return
    of = _OF.match(text, end, right)
    if of is not None:
        yield from _pairs(text, firsts, _last_of(text, of.span("name")))
    for family in families:
        if end <= family[0] <= right:
            yield from _pairs(text, firsts, family)
    if led["owner"]:
        yield from _pairs(text, firsts, _last_of(text, led.span("owner")))
    earlier = [owner for owner in _owners(text, sentence, start) if owner[1] <= firsts[0][0]]
    if earlier:
        yield from _pairs(text, firsts, earlier[-1])


def _in_family(text: str, family: tuple[int, int], left: int, right: int) -> Iterator[_Name]:
    """First names of a sentence that speaks of a family by its surname alone: "Of the Wheelers, only Bill rode." """
    singles = [
        m.span() for m in _ITEM.finditer(text, left, right) if m.span() != family and _stands_alone(text, *m.span())
    ]
    yield from _pairs(text, singles, family)
    if " " in text[family[0] : family[1]]:
        yield from _pairs(text, singles, _last_of(text, family))


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a capitalised word is a name by itself: no longer name's part, no possessor, no word that opens a sentence."""
    if _goes_on(text, end) or _preceded(text, start) or text[end : end + 2] in ("'s", "’s"):
        return False
    return not (_opens(text, start) and zipf(fold(text[start:end])) >= GLUE)


def _owners(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Surnames in a stretch: after a first name or a title, before a possessive, or right before its end."""
    found: list[tuple[int, int]] = []
    for run in re.finditer(_NAMES, text[start:end]):
        tokens = [(start + run.start() + m.start(), start + run.start() + m.end()) for m in _ITEM.finditer(run.group())]
        first, last = tokens[0], tokens[-1]
        if text[last[0] : last[1]] in _KIN_TITLES:
            continue
        behind = text[last[1] : last[1] + 2]
        possessed = behind[:1] in "'’" and behind != ""
        titled = re.search(
            rf"(?:\b(?:{_TITLE_LIST}|Dr|Herrn?|Frau|M|Mme|Mlle|Sr|Sra|Signor|Signora|Don|Doña)\.?)[ \t]+$",
            text[max(0, first[0] - 16) : first[0]],
        )
        owns = len(tokens) > 1 or possessed or titled or not text[last[1] : end].strip(' -–—"”')
        plural = re.search(
            r"(?i)\b(?:the|two|three|both|des|der|les|los|dei|i|gli|de|семь[яеий]+)[ \t]+$",
            text[max(0, first[0] - 12) : first[0]],
        )
        if owns or plural or _cyrillic_plural(text[last[0] : last[1]]):
            found.append(last)
    return found


_KIN_TITLES = frozenset(["Mr", "Mrs", "Ms", "Miss", "Dr", "Old", "The"])


def _cyrillic_plural(word: str) -> bool:
    return word.endswith(("овы", "евы", "ины", "ских", "овых", "евых", "иных", "ские", "цкие", "цких"))


def _last_of(text: str, span: tuple[int, int]) -> tuple[int, int]:
    spans = [m.span() for m in _ITEM.finditer(text, *span)]
    return spans[-1] if spans else span


def _single(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The words of a list of first names that have no surname of their own."""
    found = []
    for item in _ITEM.finditer(text, start, end):
        # The last of a list may go on: "Walter, Daisy Holt".
        if _goes_on(text, item.end()) or text[item.end() : item.end() + 2] in ("'s", "’s"):
            continue
        found.append(item.span())
    return found


def _goes_on(text: str, end: int) -> bool:
    """Whether another name follows a word in the same run."""
    return _FOLLOWED.match(text, end) is not None


def _opens(text: str, start: int) -> bool:
    """Whether a word opens a sentence or a line, where any word has a capital."""
    before = text[max(0, start - 20) : start].rstrip(" \t")
    return not before or before[-1] in '.!?:\n“"«„'


_STYLES = frozenset(
    "mr mrs ms miss messrs dr prof sir master frau herr frl m mme mlle mm sr sra don dona signor signora".split()
)


def _preceded(text: str, start: int) -> bool:
    """Whether a word is the end of a longer name."""
    if text[start - 1 : start] not in (" ", "\t"):
        return False
    before = _BEFORE.search(text[max(0, start - 40) : start])
    if before is None:
        return False
    word = fold(before[1])
    opens = _opens(text, max(0, start - 40) + before.start())
    return not (opens and zipf(word) >= GLUE - 0.6) and word not in _STYLES


def _pairs(text: str, firsts: Sequence[tuple[int, int]], *lasts: tuple[int, int]) -> Iterator[_Name]:
    """First names with a surname; a surname that may be a plural without its ending, too."""
    for a, b in lasts:
        ends = [b]
        word = text[a:b]
        ends += [b - len(ending) for ending in ("s", "es") if word.endswith(ending) and len(word) > len(ending) + 2]
        for first in firsts:
            if first != (a, b):
                for end in ends:
                    yield _Name((first, (a, end)))


def _joined(last: tuple[int, int], first: tuple[int, int]) -> Iterator[_Name]:
    """A surname and a given name in a script without spaces, of which it is not known where they end."""
    for end in range(first[0] + 1, first[1] + 1):
        for begin in range(last[0], last[1]):
            yield _Name(((begin, last[1]), (first[0], end)), spaced=False)


def _fields(text: str) -> Iterator[_Name]:
    """First names and surnames that are called so, in a record or in running text."""
    given: tuple[int, int] | None = None
    family: tuple[int, int] | None = None
    pair: tuple[tuple[int, int] | None, tuple[int, int] | None] = (None, None)
    keys = list(_KEYS.finditer(text))
    wide = not text.isascii() and _HAN_OR_HANGUL.search(text) is not None
    if wide:
        found = {key.start(): key for key in (*_KEYS_WIDE.finditer(text), *keys)}
        keys = [found[start] for start in sorted(found)]
    for key in keys:
        is_family = key["family"] is not None
        if _A_NAME.search(text, max(0, key.start() - 4), key.start()):
            continue  # "Reyes is a family name" calls nobody so
        value = _value(text, key)
        if value is None:
            continue
        near = given if is_family else family
        if near is None and wide and not is_family and given is not None:
            # 名字 is a surname in Japanese and a given name in Chinese.
            family, near = given, given
        if is_family:
            family = value
        else:
            given = value
        if near is not None and abs(value[0] - near[0]) <= _RECORD:
            yield from _field_pairs(text, given, family)
            pair, given, family = (given, family), None, None
        elif (
            is_family
            and key.group()[-1].isdigit()
            and pair[0] is not None
            and pair[1] is not None
            and 0 < value[0] - pair[1][1] <= _SECOND
        ):
            yield _Name((pair[0], pair[1], value))  # a second surname
            family = None
        elif not is_family:
            # A surname may come by a title: "a Mrs Porter, whose first name is Ivy".
            titled = list(_HEADED_BY.finditer(text, max(0, key.start() - _SENTENCE), key.start()))
            if titled:
                yield from _field_pairs(text, value, titled[-1].span("value"))
            for word in _words_before(text, key.start(), value):
                yield from _field_pairs(text, value, word)
        else:
            # A first name may have been all that was said so far: "Margaret. Her surname is Carver."
            for word in _words_before(text, key.start(), value):
                yield from _field_pairs(text, word, value)


def _words_before(text: str, end: int, value: tuple[int, int]) -> list[tuple[int, int]]:
    """The single names of the running text before a place; none if that is the field of a record."""
    start = max(0, end - _TOLD_BEFORE)
    marks = [start + m.end() for m in re.finditer(r"[{}\[\]<>|=\"]|:\s", text[start:end])]
    start = marks[-1] if marks else start
    if _CASELESS.match(text, value[0]):
        return [m.span() for m in _WORD.finditer(text, start, end)][-_MOST_WORDS:]
    return [m.span() for m in _ITEM.finditer(text, start, end) if _stands_alone(text, *m.span())]


def _field_pairs(text: str, given: tuple[int, int] | None, family: tuple[int, int] | None) -> Iterator[_Name]:
    if given is None or family is None or given == family:
        return
    if _HAN_OR_HANGUL.match(text, given[0]) and _HAN_OR_HANGUL.match(text, family[0]):
        # Particles stick to the words of these scripts.
        for last in {family[1], min(family[1], family[0] + 1), min(family[1], family[0] + 2)}:
            for first in {
                given[1],
                min(given[1], given[0] + 2),
                min(given[1], given[0] + 1),
                min(given[1], given[0] + 3),
            }:
                yield _Name(((family[0], last), (given[0], first)), spaced=False)
        return
    yield _Name((given, family))
    yield _Name((family, given))


def _value(text: str, key: re.Match[str]) -> tuple[int, int] | None:
    """What is said to be a first name or a surname, right after its key."""
    strict = _VALUE.match(text, key.end())
    if strict is not None:
        value, sep = strict["value"], strict["sep"]
        cased = value[0].isupper() or not value[0].islower()
        if _KEYS.fullmatch(value) is None and (
            (sep is not None and (cased or sep in ":=>|" or sep == "=>"))
            or (cased and (not key.group().isascii() or _on_next_line(text, key.end(), strict)))
        ):
            return _without_small_words(text, *strict.span("value"))
    if (len(key.group()) > 3 and key.group().lower() not in _BARE) or not key.group().isascii():
        loose = _LOOSE.match(text, key.end())
        if loose is not None:
            return loose.span("value")
    return None


def _on_next_line(text: str, end: int, value: re.Match[str]) -> bool:
    """Whether a value stands alone on the line below its key."""
    return "\n" in text[end : value.start("value")] and text[value.end("value") : value.end("value") + 1] in "\r\n\t"


def _without_small_words(text: str, start: int, end: int) -> tuple[int, int]:
    """A value up to the first of its further words that begins with a small letter; of unspaced scripts one word."""
    words = [m.span() for m in re.finditer(r"[^ ]+", text[start:end])]
    last = words[0][1]
    for a, b in words[1:]:
        if text[start + a].islower() or _HAN_OR_HANGUL.match(text, start):
            break
        last = b
    return start, start + last


_KEYS_WIDE = re.compile(f"{_KEYS_UNSPACED.pattern}", re.IGNORECASE)


def _columns(text: str) -> Iterator[_Name]:
    """Rows under a header that has a column of first names and one of surnames."""
    header: tuple[str, int, int, int] | None = None
    for line in _LINES.finditer(text):
        row = line.group()
        if header is None or header[0] not in row:
            header = _header(row) or header if header is None else _header(row)
            continue
        mark, given, family, width = header
        cells = _cells(row, mark, line.start())
        if len(cells) < max(given, family) + 1 or abs(len(cells) - width) > 1:
            header = _header(row)
            continue
        (a, b), (c, d) = cells[given], cells[family]
        if a < b and c < d and b - a < 60 and d - c < 60:
            spaced = not (_HAN_OR_HANGUL.match(text, a) and _HAN_OR_HANGUL.match(text, c))
            if spaced:
                yield _Name(((a, b), (c, d)))
            yield _Name(((c, d), (a, b)), spaced=spaced)


def _listed(text: str) -> Iterator[_Name]:
    """Lines that give a surname, a comma and a first name, as an index or a list of members does."""
    for m in _INVERTED.finditer(text):
        yield _Name((m.span("first"), m.span("last")))


def _header(row: str) -> tuple[str, int, int, int] | None:
    if len(row) > 2_000:
        return None
    for mark in _MARKS:
        if mark not in row:
            continue
        cells = [row[a:b] for a, b in _cells(row, mark, 0)]
        if len(cells) > _MOST_COLUMNS:
            continue
        kinds = [_KEYS.fullmatch(cell) for cell in cells]
        families = [i for i, kind in enumerate(kinds) if kind is not None and kind["family"] is not None]
        givens = [i for i, kind in enumerate(kinds) if kind is not None and kind["given"] is not None]
        if families and givens:
            return mark, givens[0], families[0], len(cells)
    return None


def _cells(row: str, mark: str, base: int) -> list[tuple[int, int]]:
    """The places of the cells of a row, without quotation marks and the space around them."""
    found: list[tuple[int, int]] = []
    at = 0
    inner = row.strip()
    offset = row.find(inner[:1]) if inner else 0
    if mark == "|":
        offset += len(inner) - len(inner.lstrip("|"))
        inner = inner.strip("|")
    for cell in inner.split(mark):
        left = len(cell) - len(cell.lstrip(" \t\"'“”"))
        right = len(cell.rstrip(" \t\"'“”"))
        found.append((base + offset + at + left, base + offset + at + max(left, right)))
        at += len(cell) + 1
    return found
