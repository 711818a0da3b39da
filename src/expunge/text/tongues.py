"""A check whether two texts are in different languages: a text's language only where it is certain.

`text.language` makes the best guess instead, for callers that must answer in some language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from expunge.text.fold import fold
from expunge.text.transliterate import Script, script_of

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
_LETTERS = {
    "ñ¿¡": "es", "ß": "de", "łżśźąę": "pl", "ěřů": "cs", "ãõ": "pt", "ğşı": "tr", "øæ": "da", "őű": "hu", "țșăţ": "ro",
    "đơưạảấầậắếềệịọốồộớờợụứừự": "vi", "ùœ": "fr", "å": "sv da", "è": "fr it", "çêîôû": "fr", "äö": "de sv fi",
}  # fmt: skip
_KANA = re.compile("[\u3041-\u30ff]")
_CODES = tuple(_COMMONEST)
_SPOKEN: dict[str, list[int]] = {}
"""The languages, by place in `_CODES`, in which a word is among the commonest."""
for _place, _text in enumerate(_COMMONEST.values()):
    for _word in set(_text.split()):
        _SPOKEN.setdefault(_word, []).append(_place)
_WRITTEN = {
    letter: [_CODES.index(code) for code in codes.split()] for letters, codes in _LETTERS.items() for letter in letters
}
"""The languages of letters that few write."""
SCRIPTS = frozenset(script.value for script in Script if script is not Script.LATIN)
"""What `language_of` answers for texts in other letters than Latin."""
_MOST = 400
"""Characters that are looked at."""
_SCRIPTLESS = ""
_LEAST, _LEAST_AMONG_NAMES = 2, 3
"""Different common words that a text must hold; the second where most of its words begin with a capital."""
_INITIAL = 2
_SHARE = 0.15
"""Share of a text's words that must be among a language's commonest: names hold such words, too."""
_ENDS = ".!?:;"


def tongue_of(text: str) -> str:
    """A language code for texts in Latin letters, a script's name for others; empty where nothing tells.

    Texts of different non-empty answers are in different languages; of those in one script other than Latin no more
    is told.
    """
    text = text[:_MOST]
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
        return "kana" if _KANA.search(text) else "han"
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
