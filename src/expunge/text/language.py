"""The language of a short text: by its script, then by its function words, then by telling letters.

`language_of` makes the best guess, for callers that must answer in some language. `certain_language_of` tells a
language only where it is certain, for callers that compare texts. Each has its own words: the one looks for those with
which people ask, in 30 languages; the other for the commonest of prose, so that names do not make a language.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache

from expunge.text.fold import fold
from expunge.text.transliterate import Script, script_of

_SAMPLE = 4_000
"""Characters that are looked at."""
_LETTER = 0.6
"""What a telling letter counts, against 1 for a function word: a loan word may carry it."""
_SCRIPTS = {
    "ko": "\u1100-\u11ff\uac00-\ud7af",
    "th": "\u0e00-\u0e7f",
    "hi": "\u0900-\u097f",
    "bn": "\u0980-\u09ff",
    "el": "\u0370-\u03ff\u1f00-\u1fff",
    "he": "\u0590-\u05ff",
    "ar": "\u0600-\u06ff\u0750-\u077f",
    "ru": "\u0400-\u04ff",
    "zh": "\u3400-\u9fff",
    "ja": "\u3040-\u30ff",
}
"""Scripts by the language that a text in them is taken for, unless its words or letters say another."""
_COUNTED = {code: re.compile(f"[{chars}]") for code, chars in _SCRIPTS.items()}
_DENSE = {"zh": 3, "ja": 2, "ko": 2}
"""About how many letters of an alphabet a character stands for."""
_KANA = re.compile(r"[\u3040-\u30fa\u30fc-\u30ff]")
_RUN = re.compile(r"[A-Za-z0-9+/=_-]{16,}")
"""What may be a code: an address, a token, base64. Its parts are words of no language."""
_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)?")
_MOSTLY = 0.3
"""Share of the letters from which a script tells the language: a question may hold a long name in another."""

_WORDS = {
    "en": "the a an of and is are was were in on to for with what who whom whose which when where why how does did do "
    "has have had it he she his her they their this that about by from at as you me my i can could would tell please "
    "be been not name any give describe explain if or am met know knew told saw need help yesterday today tomorrow",
    "de": "der die das den dem des ein eine einen einem einer und ist sind war waren wer wen wem was wann wo warum wie "
    "welche welcher welches hat haben hatte er sie es sein seine ihr ihre von für mit auf zu zum zur im am bei über "
    "nicht mir mich ich du sie wurde wird erzähl erzähle nenne kannst bitte auch als aus man oder gibt",
    "fr": "le la les l un une des du de et est sont était qui que quoi quel quelle quels quelles quand où pourquoi "
    "comment a ont il elle ils son sa ses leur leurs ce cette dans sur pour avec par au aux en ne pas je tu vous nous "
    "moi parle parlez dis peux est-ce c'est qu'est j'ai d'où s'il connaissez sais plus sur été fait",
    "es": "el la los las un una de del y es son fue era quién quiénes qué cuál cuáles cuándo dónde cómo por para con "
    "en su sus se lo le al que ha han no me te yo tú usted sobre este esta eso cuéntame dime háblame puedes sabes "
    "nació está tiene como más sin hay",
    "pt": "o a os as um uma de do da dos das e é são foi era quem que qual quais quando onde como por para com em no "
    "na nos nas seu sua seus suas se ao não me eu você sobre este esta isso fale conte diga pode sabe nasceu está tem "
    "escreveu mais sem há à porquê pelo pela",
    "it": "il lo la i gli le un uno una di del della dei delle e è sono era chi che cosa quale quali quando dove come "
    "perché per con in nel nella sul sulla su al alla suo sua suoi sue non mi ti io tu lei questo questa parlami dimmi "
    "puoi sai nato nata ha hanno più da dal cos'è qual dov'è chi'è sapere ho",
    "nl": "de het een van en is zijn was waren wie wat welke wanneer waar waarom hoe heeft hebben had hij zij ze haar "
    "hun in op voor met aan bij door over niet mij me ik je jij u vertel kun kunt geef dit dat deze naar uit ook als "
    "werd wordt er om",
    "pl": "i w we z ze na do od o po przez dla jest są był była było kto kogo kim co jaki jaka jakie który która które "
    "kiedy gdzie dlaczego jak czy jego jej ich się nie mi ja ty ten ta to tym opowiedz powiedz proszę podaj możesz "
    "urodził urodziła ma czym oraz",
    "cs": "a v ve z ze na do od o po pro je jsou byl byla bylo kdo koho kým co jaký jaká jaké který která které kdy "
    "kde proč jak jeho její jejich se si ne mi já ty ten ta to řekni prosím můžeš narodil narodila má s kdo čím svém "
    "nebo své mám tom není žádné něco čem kým jsem prosím",
    "sv": "och är var en ett den det de av i på för med till som om vem vad vilken vilket vilka när varför hur har "
    "hade han hon hans hennes deras inte mig jag du kan berätta heter född från vid där eller blev sin",
    "da": "og er var en et den det de af i på for med til som om hvem hvad hvilken hvilket hvilke hvornår hvorfor "
    "hvordan hvor har havde han hun hans hendes deres ikke mig jeg du kan fortæl hedder født fra ved eller blev sin "
    "noget nogen kender af mig arbejder laver skrevet ved hvilken hvad skrev boede lever by bor",
    "no": "og er var en et ei den det de av i på for med til som om hvem hva hvilken hvilket hvilke når hvorfor "
    "hvordan hvor har hadde han hun hans hennes deres ikke meg jeg du kan fortell heter født fra ved eller ble sin "
    "noe noen kjenner til ingen beklager jobber gjør faren skrevet hvilken vet skrev bodde by bor",
    "fi": "ja on oli ovat olivat kuka kenen ketä mikä mitä missä milloin miksi miten kuinka se hän hänen heidän ei en "
    "että kun joka jotka jos mutta tai kerro minulle minä sinä voitko syntyi syntynyt tämä tuo myös kuin ole tunnetko "
    "tiedätkö mistä tiedä siitä mitään hänestä jonka olla vain",
    "ro": "și în este sunt era a al ale un o de la cu pe pentru din cine ce care când unde cum câți ale lui ei lor să "
    "nu mi eu tu despre acest această spune spune-mi povestește poți născut născută are fost fi îmi mai ai către",
    "hu": "a az és egy is van volt ki kit kinek mi mit melyik mikor hol miért hogyan milyen ő nem de hogy ez ezt kell "
    "meg mondd kérlek tudsz született hány honnan kicsoda róla neki vagy lehet mesélj erről nincs sem semmit írt",
    "tr": "ve bir bu da de ile için kim kimdir kimin ne nedir nerede neden nasıl hangi hangisi zaman doğdu mi mı mu mü "
    "var yok olan olarak onun hakkında bana ben sen anlat söyle misin mısın nereli kaç daha en gibi çok değil nelerdir",
    "vi": "là của và có không ai gì nào đâu khi sao thế ở được cho với trong một những các này đó về ông bà anh cô tôi "
    "hãy bạn biết nói sinh năm người tên đã",
    "id": "yang dan di dari ke adalah siapa siapakah apa apakah kapan mana bagaimana mengapa berapa ini itu dengan "
    "untuk pada tidak saya anda dia ia nya tentang ceritakan jelaskan sebutkan lahir oleh dalam sebuah seorang bisa "
    "tolong tahu ada",
    "ru": "и в во не на с со что кто кого кем как где когда почему какой какая какие чем его её ее их он она это этот "
    "был была было у о об от по для расскажи скажи мне меня я ты вы или родился родилась есть из",
    "uk": "і й в у не на з із що хто кого ким як де коли чому який яка які чим його її їх він вона це цей був була "
    "було про від по для розкажи скажи мені я ти ви або народився народилася є та",
    "ar": "من في على إلى عن ما ماذا متى أين كيف لماذا هل هو هي هذا هذه التي الذي كان كانت مع أن لا أي أخبرني ولد ولدت "
    "و اسم",
    "fa": "از در به با که این آن چه کی کیست چیست کجا چرا چگونه چطور را است بود شد برای درباره آیا او می من تو شما و "
    "هست متولد نام بگو کدام",
}
"""Function words and the words with which people ask; without accents they count as well."""
_LETTERS = {
    "de": "äöüß", "fr": "àâçéèêëîôùûœ", "es": "ñáéíóú", "pt": "ãõçáâéêóú", "it": "àèìòù", "nl": "ëï", "pl": "ąćęłńśźż",
    "cs": "áčďéěíňřšťúůýž", "sv": "åäö", "da": "æøå", "no": "æøå", "fi": "äö", "ro": "ăâîșțşţ", "hu": "áéíóöőúüű",
    "tr": "çğıöşü", "vi": "ăâđêôơư", "uk": "іїєґ", "ru": "ыэёъ", "fa": "پچژگکی",
}  # fmt: skip


def language_of(*texts: str) -> str:
    """The ISO 639-1 code of the first of `texts` that tells its language; "en" where none does.

    Knows 30 languages: en de fr es pt it nl pl cs sv da no fi ro hu tr vi id ru uk ar fa he el hi bn th zh ja ko. Of
    another language in a known script it says the nearest.
    """
    for text in texts:
        code = _language(text[:_SAMPLE])
        if code is not None:
            return code
    return "en"


def _language(text: str) -> str | None:
    letters = sum(c.isalpha() for c in text)
    if not letters:
        return None
    shares = {code: len(pattern.findall(text)) * _DENSE.get(code, 1) for code, pattern in _COUNTED.items()}
    if _KANA.search(text) and shares["ja"] + shares["zh"] >= _MOSTLY * letters:
        return "ja"  # no other language mixes kana into its text
    code = max(shares, key=lambda code: shares[code])
    if shares[code] < _MOSTLY * letters:
        return _best(text, _IN_LATIN)
    among = {"ru": ("ru", "uk"), "ar": ("ar", "fa")}.get(code)
    return code if among is None else _best(text, among) or code


_IN_LATIN = tuple(code for code in _WORDS if code not in ("ru", "uk", "ar", "fa"))


def _best(text: str, among: tuple[str, ...]) -> str | None:
    """The language with the highest score; None where no word or letter says anything."""
    text = _RUN.sub(lambda run: run[0] if run[0][1:].islower() else " ", unicodedata.normalize("NFC", text))
    counts = Counter(_WORD.findall(text))
    scores = dict.fromkeys(among, 0.0)
    for word, times in counts.items():
        folded = word.casefold().replace("’", "'")
        for form in {folded, *(part for part in folded.split("'") if len(part) > 1)}:
            for code, value in _telling(among).get(form, ()):
                scores[code] += value * min(times, 3)
        if not word[0].isupper():  # a capitalised word may be a name from anywhere
            for code in among:
                if set(folded) & _letters(code):
                    scores[code] += _LETTER
    if "es" in scores and ("¿" in text or "¡" in text):
        scores["es"] += 2.0
    best = max(scores, key=lambda code: scores[code])
    return best if scores[best] else None


@cache
def _telling(among: tuple[str, ...]) -> dict[str, tuple[tuple[str, float], ...]]:
    """For each function word, the languages that have it and what it counts for each: less, the more have it."""
    lists = {code: set(_WORDS[code].split()) for code in among}
    for words in lists.values():
        words.update([bare for word in words if len(bare := _bare(word)) > 1])
    telling: dict[str, list[str]] = {}
    for code, words in lists.items():
        for word in words:
            telling.setdefault(word, []).append(code)
    return {
        word: tuple((code, (1.0 if word in _WORDS[code].split() else 0.8) / len(codes) ** 0.5) for code in codes)
        for word, codes in telling.items()
    }


@cache
def _letters(code: str) -> frozenset[str]:
    return frozenset(_LETTERS.get(code, ""))


def _bare(word: str) -> str:
    """The word without its accents, as many people type it."""
    decomposed = unicodedata.normalize("NFD", word)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("ı", "i").replace("đ", "d")


_COMMONEST = {
    "en": "the of and to in is was that for with as a an his her my your our by on he she it we you i me him them us "
          "are were be been have has had do does did from at this these those which what who whom how when where while "
          "before after into than or but if not no their they its one all there also would could can will other about "
          "over through during between until because so up out only then more most some such many years",
    "fr": "le la les l d de des du et en est dans que qui une un pour par sur avec son sa ses au aux il elle ils ce "
          "cette a ete quel quelle ont pas plus sont comment leur mais ou nous vous je etait etre se ne s qu n",
    "de": "der die das und ist in den von zu mit sich des auf fur im dem nicht ein eine einer einem als auch es an "
          "wurde war hat wie welche sein ihre seine er sie zum zur bei nach aus oder aber wird sind wo wer kann man "
          "ich du wir mein was noch uber durch vor",
    "es": "el la los las de y en que es un una por con para su sus del al se como fue ha lo mas cual cuando donde era "
          "esta son quien no pero sobre entre desde hasta sin o a este muy nos mi tambien",
    "it": "il la i le di e che in un una per con del della dei delle al alla si come e stato ha suo sua suoi nel nella "
          "non quale sono anche da dove gli lo dal dalla sul sulla ma piu era l dell nell o a cosa mi chi",
    "pt": "o a os as de e em que um uma por com para seu sua do da dos das no na ao se como foi ele ela qual nao mais "
          "onde sao quando nos nas pelo pela mas era tem entre ou foram isso",
    "nl": "de het een van en in is dat op te voor met zijn haar aan door als bij uit ook niet werd was wat wie welke "
          "heeft hij zij naar om die hoe waar er ik je mijn over of maar worden deze dit nog tot kan",
    "sv": "och att det som en ett av for pa med ar den de till i har hans hennes om var vad inte fran sin sitt vilken "
          "han hon blev kan hur jag du men eller nar mot efter under vid ut denna detta",
    "da": "og at det som en et af for pa med er den de til i har hans hendes om var hvad ikke fra sin hvilken han hun "
          "blev der kan hvordan jeg du men eller efter under ved ud denne dette blevet",
    "pl": "i w na z do jest sie ze nie jak o po co jego jej byl byla oraz przez dla ktory ktora czy za od to jaki jaka "
          "a we ktore ale tym jako sa tego ich lub",
    "cs": "v na je se ze jeho jeji byl byla jako pro ktery ktera co z od po za jaky jake jsou a i s k o do by jsem "
          "bylo byly ktere ale tak jak to nebo podle jen uz si mezi pri aby kde kdo",
    "ro": "si in de la cu pe un o a este din pentru care ce nu sa fost lui ei ale prin mai cum sau al sunt era unde "
          "acest dar fi ca",
    "hu": "a az es egy hogy nem volt van ez meg mint milyen ki mi hol szerint de aki melyik is csak vagy amely meg el",
    "fi": "ja on ei se etta oli han joka kun mika missa kuka hanen ovat mutta myos kuin tai sen oli jossa jotka "
          "miten ole",
    "tr": "ve bir bu da de icin ile ne olan olarak daha cok gibi kim nedir mi onun en ya hangi nerede nasil midir "
          "o ama kadar sonra once olan olup icin iki her degil ise var bunu",
    "id": "yang dan di dari untuk dengan pada adalah ini itu dalam ke tidak oleh sebagai apa siapa bagaimana dia nya "
          "akan telah atau juga para bisa ada mereka karena saya lebih",
    "vi": "la cua va co cho khong mot nhung trong duoc da nay voi ong ba cac nguoi tai gi nhu o den tu khi vao ve the "
          "nam",
}  # fmt: skip
_RARE_LETTERS = {
    "ñ¿¡": "es", "ß": "de", "łżśźąę": "pl", "ěřů": "cs", "ãõ": "pt", "ğşı": "tr", "øæ": "da", "őű": "hu", "țșăţ": "ro",
    "đơưạảấầậắếềệịọốồộớờợụứừự": "vi", "ùœ": "fr", "å": "sv da", "è": "fr it", "çêîôû": "fr", "äö": "de sv fi",
}  # fmt: skip
_ANY_KANA = re.compile("[\u3041-\u30ff]")
_CODES = tuple(_COMMONEST)
_SPOKEN: dict[str, list[int]] = {}
"""The languages, by place in `_CODES`, in which a word is among the commonest."""
for _place, _text in enumerate(_COMMONEST.values()):
    for _word in set(_text.split()):
        _SPOKEN.setdefault(_word, []).append(_place)
_WRITTEN = {
    letter: [_CODES.index(code) for code in codes.split()]
    for letters, codes in _RARE_LETTERS.items()
    for letter in letters
}
"""The languages of letters that few write."""
SCRIPTS = frozenset(script.value for script in Script if script is not Script.LATIN)
"""What `certain_language_of` answers for texts in other letters than Latin."""
_LOOKED_AT = 400
"""Characters that are looked at."""
_SCRIPTLESS = ""
_LEAST, _LEAST_AMONG_NAMES = 2, 3
"""Different common words that a text must hold; the second where most of its words begin with a capital."""
_INITIAL = 2
_SHARE = 0.15
"""Share of a text's words that must be among a language's commonest: names hold such words, too."""
_ENDS = ".!?:;"


def certain_language_of(text: str) -> str:
    """A language code for texts in Latin letters, a script's name for others; empty where nothing tells.

    Texts of different non-empty answers are in different languages; of those in one script other than Latin no more
    is told.
    """
    text = text[:_LOOKED_AT]
    if text.isascii():
        return _among_latin(text)
    words = fold(text).split()
    scripts = Counter[Script]()
    for word in words:
        if not word[0].isdigit():
            scripts[script_of(word)] += len(word)
    if not scripts:
        return _SCRIPTLESS
    if scripts[Script.KANA] + scripts[Script.HAN] > scripts.total() / 4:
        return "kana" if _ANY_KANA.search(text) else "han"
    script, _ = scripts.most_common(1)[0]
    if script is not Script.LATIN:
        return script.value
    return _among_latin(text)


def _among_latin(text: str) -> str:
    """The language of a text in Latin letters."""
    words = text.split()
    kept = _without_names(words)
    least = _LEAST
    if 2 * len(kept) < len(words):
        kept, least = words, _LEAST_AMONG_NAMES
    plain = " ".join(kept)
    held, different = [0] * len(_CODES), set(fold(plain).split())
    for word in different:
        for place in _SPOKEN.get(word, ()):
            held[place] += 1
    if not plain.isascii():
        for letter in set(plain.lower()):
            for place in _WRITTEN.get(letter, ()):
                held[place] += 1
    # English comes first: it is what facts are mostly in, and its short words must not make another language of it.
    best = held.index(max(held))
    if held[best] < max(least, _SHARE * len(different)):
        return _SCRIPTLESS
    if best == 0:
        return _CODES[0]
    second = max(count for place, count in enumerate(held) if place != best)
    return _CODES[best] if held[best] >= held[0] + 2 and held[best] > second else _SCRIPTLESS


def _without_names(words: Sequence[str]) -> list[str]:
    """The words but those inside a sentence that begin with a capital."""
    kept: list[str] = []
    starts = True
    for word in words:
        if starts or not word[0].isupper():
            kept.append(word)
        starts = word[-1] in _ENDS and len(word) > _INITIAL
    return kept
