"""Whether two texts are in different languages: what a text is in as far as that is sure, and nothing where it is not.

`text.language` makes the best guess instead, for those who must answer in some language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from expunge.text.normalise import fold
from expunge.text.transliteration import Script, script_of

_COMMONEST = {
    "en": "the of and to in is was that for with as his her by on he she it are were has have from at this an be "
          "which what who how did does their they its been had not",
    "fr": "le la les de des du et en est dans que qui une un pour par sur avec son sa ses au aux il elle ce cette a "
          "ete quel quelle ont pas plus sont comment leur",
    "de": "der die das und ist in den von zu mit sich des auf fur im dem nicht ein eine als auch es an wurde war hat "
          "wie welche sein ihre seine er sie zum zur bei",
    "es": "el la los las de y en que es un una por con para su sus del al se como fue ha lo mas cual cuando donde era "
          "esta son quien no",
    "it": "il la i le di e che in un una per con del della dei delle al alla si come e stato ha suo sua suoi nel nella "
          "non quale sono anche da dove gli",
    "pt": "o a os as de e em que um uma por com para seu sua do da dos das no na ao se como foi ele ela qual nao mais "
          "onde sao quando",
    "nl": "de het een van en in is dat op te voor met zijn haar aan door als bij uit ook niet werd was wat wie welke "
          "heeft hij zij naar om die",
    "sv": "och att det som en ett av for pa med ar den till i har hans hennes om var vad inte fran sin sitt vilken "
          "han hon blev",
    "da": "og at det som en et af for pa med er den til i har hans hendes om var hvad ikke fra sin hvilken han hun "
          "blev der",
    "pl": "i w na z do jest sie ze nie jak o po co jego jej byl byla oraz przez dla ktory ktora czy za od to jaki jaka",
    "cs": "v na je se ze jeho jeji byl byla jako pro ktery ktera co z od po za jaky jake jsou",
    "ro": "si in de la cu pe un o a este din pentru care ce nu sa fost lui ei ale prin mai cum sau al",
    "hu": "az es egy hogy nem volt van ez meg mint milyen ki mi hol szerint de aki melyik",
    "fi": "ja on ei se etta oli han joka kun mika missa kuka hanen ovat mutta myos kuin tai sen",
    "tr": "ve bir bu da de icin ile ne olan olarak daha cok gibi kim nedir mi onun en ya hangi nerede nasil midir",
    "id": "yang dan di dari untuk dengan pada adalah ini itu dalam ke tidak oleh sebagai apa siapa bagaimana dia nya",
    "vi": "la cua va co cho khong mot nhung trong duoc da nay voi ong ba cac nguoi tai gi nhu",
}  # fmt: skip
_KANA = re.compile("[\u3041-\u30ff]")
_CODES = tuple(_COMMONEST)
_SPOKEN: dict[str, list[int]] = {}
"""The languages, by place in `_CODES`, in which a word is among the commonest."""
for _place, _text in enumerate(_COMMONEST.values()):
    for _word in set(_text.split()):
        _SPOKEN.setdefault(_word, []).append(_place)
SCRIPTS = frozenset(script.value for script in Script if script is not Script.LATIN)
"""What `language_of` answers for texts in other letters than Latin."""
_MOST = 400
"""Characters that are looked at."""
_SCRIPTLESS = ""


def tongue_of(text: str) -> str:
    """A language code for texts in Latin letters, a script's name for others; empty where nothing tells.

    Texts of different non-empty answers are in different languages; of those in one script other than Latin no more
    is told.
    """
    words = fold(text[:_MOST]).split()
    if text.isascii():
        return _among_latin(words) if any(not word[0].isdigit() for word in words) else _SCRIPTLESS
    scripts = Counter[Script]()
    for word in words:
        if not word[0].isdigit():
            scripts[script_of(word)] += len(word)
    if not scripts:
        return _SCRIPTLESS
    if scripts[Script.KANA] + scripts[Script.HAN] > scripts.total() / 4:
        return "kana" if _KANA.search(text[:_MOST]) else "han"
    script, _ = scripts.most_common(1)[0]
    if script is not Script.LATIN:
        return script.value
    return _among_latin(words)


def _among_latin(words: Sequence[str]) -> str:
    """The language of some folded words in Latin letters."""
    held = [0] * len(_CODES)
    for word in words:
        for place in _SPOKEN.get(word, ()):
            held[place] += 1
    # English comes first: it is what facts are mostly in, and its names and short words must not make another of it.
    best = held.index(max(held))
    if best == 0:
        return _CODES[0] if held[0] >= 2 else _SCRIPTLESS
    second = max(count for place, count in enumerate(held) if place != best)
    return _CODES[best] if held[best] >= max(2, held[0] + 2) and held[best] > second else _SCRIPTLESS
