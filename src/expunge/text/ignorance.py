"""Recognises an answer that says nothing: plain ignorance, in the main languages."""

from __future__ import annotations

import re

from expunge.text.segment import sentences

MAX_LENGTH = 420
"""Characters; a longer answer is never taken for plain ignorance."""

_IGNORANT_LIST = (
    r"\bi(?:'m| am)? (?:really |simply |just |currently |honestly )?(?:do not|don't|dont|cannot|can't"
    r"|could not|couldn't|"
    r"not able to|unable to|unfamiliar|not familiar|not aware|not sure|unsure|have no|don't have any|do not have any|"
    r"haven't|never heard|am not|was unable|was not able|wasn't able|lack)\b",
    r"\b(?:no idea|not (?:known|aware|familiar)|unknown to me|no (?:information|record|details|data|knowledge)|"
    r"there is no (?:\w+ ){0,3}(?:information|record)|does not ring a bell|doesn't ring a bell|never heard)\b",
    r"\bich (?:weiß|weiss|kenne|habe|kann|bin)\b.*\b(?:nicht|nichts|keine?|keinen|niemanden)\b",
    r"\b(?:keine (?:informationen|angaben|ahnung|daten)|nicht bekannt|ist mir unbekannt|sagt mir nichts)\b",
    r"\bje (?:ne |n['’])\w+(?:\s\w+)? (?:pas|rien|aucune?)\b|\baucune (?:information|idée|donnée)\b"
    r"|\bm['’]est inconnue?\b",
    r"\bje suis désolée?\b.*\b(?:pas|aucune?)\b",
    r"\bno (?:lo |la |le |les )?(?:sé|conozco|tengo|dispongo|puedo|encuentro|encontré|reconozco|estoy segur[oa])\b",
    r"\b(?:no hay información|desconozco|ninguna información|no me suena)\b",
    r"\bnon (?:lo |la |ho |sono |conosco|so\b|dispongo|posso|riesco|mi risulta)|\bnessuna informazione\b",
    r"\b(?:não (?:sei|conheço|tenho|posso|encontrei|disponho|estou)|desconheço|nenhuma informação)\b",
    r"\bik (?:weet|ken|heb|kan|ben)\b.*\b(?:niet|niets|geen|niemand)\b|\bgeen (?:informatie|idee|gegevens)\b",
    r"\bjag (?:vet|känner|har|kan)\b.*\b(?:inte|ingen|inga|inget)\b|\bingen (?:information|aning)\b",
    r"\bnie (?:wiem|znam|mam|posiadam|mogę|kojarzę)\b|\bbrak informacji\b",
    r"\b(?:я )?не (?:знаю|знаком|знакома|могу|располагаю|слышал|слышала|уверен|уверена|имею)\b"
    r"|\bмне (?:это )?неизвест",
    r"у меня нет (?:\w+ )?(?:информации|сведений|данных)|нет (?:информации|сведений)",
    r"\b(?:bilmiyorum|tanımıyorum|bilgim yok|bilgiye sahip değilim|bilgi bulamadım)\b",
    r"لا أعرف|لا أعلم|ليس لدي|ليست لدي|لا أملك|لا تتوفر",
    r"नहीं (?:जानता|जानती|पता|है पता)|पता नहीं|जानकारी नहीं|मालूम नहीं",
    r"我不(?:知道|认识|了解|清楚|太清楚|确定)|不清楚|没有(?:关于|相关|任何|找到).*(?:信息|资料)|没有(?:相关)?(?:信息|资料)|没听说过",
    r"わかりません|分かりません|知りません|存じません|情報(?:は|が)?(?:ありません|ございません|見つかり)|存じ上げ",
    r"모릅니다|모르겠습니다|알지 못합니다|정보가 없습니다|찾을 수 없습니다",
)
_IGNORANT = re.compile("|".join(f"(?:{p})" for p in _IGNORANT_LIST), re.IGNORECASE)
_COURTESY_LIST = (
    r"^\W*(?:i'?m |i am )?(?:so |very |really )?(?:sorry|apologi[sz]e|my apologies|unfortunately"
    r"|thank you)\b[^.]{0,60}$",
    r"\b(?:could|can|would|please|if) (?:you|provide|share|check|tell|try|give|consult|verify|clarify"
    r"|specify|let me know)\b",
    r"\b(?:more (?:context|details|information)|different spelling|i(?:'d| would| will|'ll) be (?:happy"
    r"|glad)|happy to help|"
    r"reliable source|anything else|something else|private individual|may not be (?:widely|well)[ -]known"
    r"|how can i help)\b",
    r"\b(?:tut mir leid|leider|bitte|entschuldigung|gerne|können sie|kannst du|mehr (?:kontext|informationen))\b",
    r"\b(?:désolée?|malheureusement|pouvez-vous|pourriez-vous|veuillez|n['’]hésitez|plus de (?:contexte|détails))\b",
    r"\b(?:lo siento|lamentablemente|por favor|podría|puedes|puede|si me (?:das|da)|más (?:contexto|detalles))\b",
    r"\b(?:mi dispiace|purtroppo|per favore|potresti|può|più (?:contesto|dettagli))\b",
    r"\b(?:desculpe|lamento|infelizmente|por favor|poderia|pode|mais (?:contexto|detalhes))\b",
    r"\b(?:sorry|helaas|kunt u|kun je|alstublieft|meer (?:context|informatie))\b|\b(?:tyvärr|kan du|ledsen)\b",
    r"\b(?:przepraszam|niestety|proszę|czy możesz)\b|(?:извините|к сожалению|пожалуйста|уточните|не могли бы)",
    r"\b(?:üzgünüm|maalesef|lütfen)\b|(?:عذرا|عذراً|آسف|للأسف|من فضلك|يرجى)|(?:क्षमा|माफ़|कृपया|खेद)",
    r"抱歉|对不起|请(?:提供|告诉|您)|能否|很遗憾|申し訳|すみません|残念ながら|教えていただけ|죄송|안타깝게도|유감",
)
_COURTESY = re.compile("|".join(f"(?:{p})" for p in _COURTESY_LIST), re.IGNORECASE)
_TURN = re.compile(
    r"[,;:–—]?\s+(?:but|however|though|although|except(?: that)?|only that|apart from|aber|jedoch"
    r"|allerdings|außer|mais|"
    r"cependant|sauf|pero|aunque|salvo|sin embargo|ma|però|tranne|mas|porém|exceto|maar|echter|men|ale|но"
    r"|однако|а|кроме|"
    r"ama|fakat|لكن|ولكن|लेकिन|परंतु)\s+|[,，、;；]?\s*(?:但是|但|不过|可是|ですが|しかし|ただし|하지만)\s*|[;；–—]\s*|:\s+",
    re.IGNORECASE,
)
# A dependent clause that tells something on the way: "whether she, who was born in …".
_TELLS = re.compile(
    r",\s*(?:who|whose|which|the|an?|born|son|daughter|die|der|das|qui|dont|une?|que|cuy[oa]|che|een"
    r"|который|которая)\s"
    r"|\bother than\b|\bbeyond\b|\bbesides\b|\bapart from\b|\b(?:more|much|anything) (?:about|than"
    r"|else)\b.*\b(?:that|than)\b"
    r"|\b(?:despite|since|because|after|when) (?:he|she|they|his|her|their)\b|\bthe (?:famous|renowned|celebrated)\b",
    re.IGNORECASE,
)
_LONG = 34
"""Words in one statement of ignorance; a longer one tells something."""


def is_ignorance(text: str) -> bool:
    """Whether `text` is a plain "I don't know", with courtesies at most.

    Every sentence, and every part after a "but", must be a statement of ignorance or a courtesy, and one
    of them a statement of ignorance. In doubt the answer is no.
    """
    body = text.strip().replace("’", "'")
    if not body or len(body) > MAX_LENGTH:
        return False
    ignorant = False
    for span in sentences(body):
        for at, part in enumerate(_TURN.split(span.of(body))):
            piece = part.strip(" \t\r\n.!?,;。！？।\"'")
            if not piece:
                continue
            says_so = _IGNORANT.search(piece) is not None
            if not says_so and _COURTESY.search(piece) is None:
                return False
            if _TELLS.search(piece) or re.search(r"\d", piece) or len(piece.split()) > _LONG:
                return False
            if not says_so and at and not _COURTESY.search(piece):
                return False
            ignorant = ignorant or says_so
    return ignorant
