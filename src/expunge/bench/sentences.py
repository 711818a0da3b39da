"""Sentences in eight languages to measure an embedding model with: what is told and asked of invented people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from expunge.screen.semantic.negatives import general_samples

_ASKED = 3
"""One sentence in so many is a general question that ships, where there are enough in its language."""


@dataclass(frozen=True, slots=True)
class _Language:
    names: Sequence[str]
    towns: Sequence[str]
    trades: Sequence[str]
    frames: Sequence[str]


def _language(names: str, towns: str, trades: str, *frames: str) -> _Language:
    return _Language(names.split("|"), towns.split("|"), trades.split("|"), frames)


LANGUAGES: Mapping[str, _Language] = {
    "en": _language(
        "Odo Brackwell|Ilse Vantongeren|Vesna Tarlo|Anselm Pruitt|Maren Oakhollow|Tobin Carrowfield",
        "Brackholm|Lower Sundgren|Port Ansgar|Harrowgate|the island of Rusk",
        "glazier|beekeeper|ferryman|botanist|watchmaker|midwife|cartographer",
        "{name} was born in {town} in {year} and worked there as a {trade}.",
        "Who taught {name} the trade of a {trade}?",
        "After the flood of {year} the {trade} left {town} and never came back.",
        "Her second novel, set in {town}, won a prize in {year}, although the critics found it too long.",
        "{name}'s father, a {trade}, kept bees behind the house.",
        "In which year did {name} move to {town}?",
        "The council of {town} named a bridge after {name}.",
        "It is said that {name} speaks four languages and has never owned a telephone.",
        "My grandmother, who was a {trade}, met {name} on the night train to {town} and they wrote until {year}.",
    ),
    "de": _language(
        "Odo Brackwell|Ilse Vantongeren|Jörn Aschenbeck|Mathilde Grünauer|Vesna Tarlo",
        "Brackholm|Niedersundgren|Ansgarhafen|Harzgrund",
        "Glaser|Imker|Fährmann|Botaniker|Uhrmacher|Kartograf",
        "{name} wurde {year} in {town} geboren und arbeitete dort als {trade}.",
        "Bei wem hat {name} das Handwerk gelernt?",
        "Nach dem Hochwasser von {year} verließ der {trade} den Ort {town} und kehrte nie zurück.",
        "Der zweite Roman, der in {town} spielt, erhielt {year} einen Preis, obwohl man ihn zu lang fand.",
        "Der Vater von {name}, ein {trade}, hielt Bienen hinter dem Haus.",
        "In welchem Jahr zog {name} nach {town}?",
        "Man sagt, {name} spreche vier Sprachen und habe nie ein Telefon besessen.",
    ),
    "fr": _language(
        "Odo Brackwell|Hélène Vauquerin|Anselme Prugnaud|Vesna Tarlo|Maëlle Oradour-Lys",
        "Brackholm|Port-Ansgar|Vieux-Sondre|l’île de Rusque",
        "vitrier|apiculteur|passeur|botaniste|horloger|cartographe",
        "{name} est né à {town} en {year} et y a travaillé comme {trade}.",
        "Qui a appris le métier de {trade} à {name} ?",
        "Après la crue de {year}, le {trade} a quitté {town} et n’est jamais revenu.",
        "Son deuxième roman, qui se passe à {town}, a reçu un prix en {year}, bien qu’on l’ait trouvé trop long.",
        "Le père de {name}, {trade}, élevait des abeilles derrière la maison.",
        "En quelle année {name} s’est-il installé à {town} ?",
        "On dit que {name} parle quatre langues et n’a jamais eu de téléphone.",
    ),
    "es": _language(
        "Odo Brackwell|Inés Valtorre|Anselmo Prieto-Luz|Vesna Tarlo|Maribel Ocampillo",
        "Brackholm|Puerto Ansgar|Sondra Baja|la isla de Rusca",
        "vidriero|apicultor|barquero|botánico|relojero|cartógrafo",
        "{name} nació en {town} en {year} y trabajó allí como {trade}.",
        "¿Quién le enseñó a {name} el oficio de {trade}?",
        "Tras la inundación de {year}, el {trade} dejó {town} y no volvió nunca.",
        "Su segunda novela, ambientada en {town}, ganó un premio en {year}, aunque pareció demasiado larga.",
        "El padre de {name}, {trade}, criaba abejas detrás de la casa.",
        "¿En qué año se mudó {name} a {town}?",
        "Dicen que {name} habla cuatro idiomas y nunca ha tenido teléfono.",
    ),
    "ru": _language(
        "Одо Брэквелл|Ильзе Вантонгерен|Весна Тарло|Ансельм Пруитов|Марена Дубровина-Лось",
        "Бракхольме|Нижнем Сундгрене|Порт-Ансгаре|Харроугейте",
        "стекольщик|пчеловод|паромщик|ботаник|часовщик|картограф",
        "В {year} году в {town} человеком года стал {name}, по профессии {trade}.",
        "Кто обучил ремеслу мастера по имени {name}?",
        "После наводнения {year} года {trade} больше никогда не бывал в {town}.",
        "Второй роман, действие которого происходит в {town}, получил премию в {year} году, хотя он длинный.",
        "Отец, {trade}, держал пчёл за домом, вспоминает {name}.",
        "В каком году {name} поселился в {town}?",
        "Говорят, что {name} знает четыре языка и никогда не имел телефона.",
    ),
    "zh": _language(
        "奥多·布拉克韦尔|伊尔莎·范通格伦|维斯娜·塔尔洛|林潮生|莫云栖",
        "布拉克霍尔姆|下松德格伦|安斯加港|鲁斯克岛",
        "玻璃匠|养蜂人|船夫|植物学家|钟表匠|制图师",
        "{name}于{year}年出生在{town}，后来在那里当{trade}。",
        "是谁教{name}做{trade}的？",
        "{year}年的洪水之后，那位{trade}离开了{town}，再也没有回来。",
        "她的第二部小说以{town}为背景，尽管评论家嫌它太长，还是在{year}年获了奖。",
        "{name}的父亲是{trade}，在屋后养蜂。",
        "{name}是哪一年搬到{town}的？",
        "据说{name}会说四种语言，却从来没有用过电话。",
    ),
    "ja": _language(
        "オド・ブラックウェル|イルゼ・ファントンゲレン|ヴェスナ・タルロ|汐見丈太郎|槙野うらら",
        "ブラックホルム|下スンドグレン|アンスガル港|ルスク島",
        "ガラス職人|養蜂家|渡し守|植物学者|時計職人|地図製作者",
        "{name}は{year}年に{town}で生まれ、そこで{trade}として働いた。",
        "{name}に{trade}の仕事を教えたのは誰ですか。",
        "{year}年の洪水のあと、その{trade}は{town}を離れ、二度と戻らなかった。",
        "{town}を舞台にした二作目の小説は、長すぎると評されながらも{year}年に賞を受けた。",
        "{name}の父は{trade}で、家の裏で蜜蜂を飼っていた。",
        "{name}が{town}に移り住んだのは何年ですか。",
        "{name}は四か国語を話し、電話を持ったことがないと言われている。",
    ),
    "ar": _language(
        "أودو براكويل|إلسه فانتونغرن|فيسنا تارلو|أنسلم بريت|ميساء الزورقي",
        "براكهولم|سوندغرين السفلى|ميناء أنسغار|جزيرة روسك",
        "زجاجًا|نحالًا|عبّارًا|عالم نبات|ساعاتيًا|رسام خرائط",
        "وُلد {name} في {town} عام {year} وعمل هناك {trade}.",
        "من علّم {name} هذه الحرفة؟",
        "بعد فيضان عام {year} غادر الجميع {town} ولم يعد أحد منهم.",
        "نالت روايته الثانية التي تدور أحداثها في {town} جائزة عام {year}، مع أن النقاد رأوها طويلة.",
        "كان والد {name} {trade} ويربي النحل خلف البيت.",
        "في أي عام انتقل {name} إلى {town}؟",
        "يقال إن {name} يتحدث أربع لغات ولم يمتلك هاتفًا قط.",
    ),
}


def sentences(count: int, seed: int = 0) -> list[tuple[str, str]]:
    """`count` different sentences, each after its language; as many in each, and the same for the same seed."""
    draw = Random(seed)
    samples = general_samples()
    found: dict[str, str] = {}
    for number, (code, language) in enumerate(LANGUAGES.items()):
        wanted = len(found) + count // len(LANGUAGES) + (number < count % len(LANGUAGES))
        asked = [text for text, other in zip(samples.texts, samples.languages, strict=True) if other == code]
        share = (wanted - len(found)) // _ASKED
        found.update(dict.fromkeys(draw.sample(asked, min(share, len(asked))), code))
        while len(found) < wanted:
            name, town, trade = (draw.choice(words) for words in (language.names, language.towns, language.trades))
            text = draw.choice(language.frames).format(name=name, town=town, trade=trade, year=draw.randint(1880, 2020))
            found.setdefault(text, code)
    return [(code, text) for text, code in found.items()]
