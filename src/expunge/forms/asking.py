"""Demands for a form: the parts of a conversation that ask, and the words that distinguish an order from a topic."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from expunge.text.language import language_of
from expunge.types import Message

_GAPS = re.compile(r"(\s)\1{4,}")
_LONGEST = 12_000
"""Characters of a text that are looked through, half of them from its end: whoever demands a form says so there."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form that answers must have.

    `write` puts plain words into it. `strict` says whether a program is likely to read the answer, so that one in
    another form breaks what it does.
    """

    write: Callable[[str], str]
    strict: bool = True


class _Conversation:
    """The facts that the texts of a conversation share, worked out when needed, since most texts demand no form."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._messages = messages
        self.users = [message.content for message in messages if message.role == "user"]
        self.scene = [message.content for message in messages if message.role in ("system", "developer")]
        self.said = tuple(message.content for message in messages if message.role == "assistant")

    @cached_property
    def unknown(self) -> str:
        return UNKNOWN.get(language_of(*reversed(self.users)), UNKNOWN["en"])

    @cached_property
    def seed(self) -> int:
        text = "\0".join(message.content for message in self._messages)
        return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


@dataclass(frozen=True, slots=True)
class Asking:
    """One text that may demand a form: what it says, and whether a user's turn does."""

    text: str
    by_user: bool
    conversation: _Conversation

    @property
    def question(self) -> str:
        """The last turn of the user."""
        return self.conversation.users[-1] if self.conversation.users else ""

    @property
    def said(self) -> tuple[str, ...]:
        """The assistant's own turns."""
        return self.conversation.said

    @property
    def unknown(self) -> str:
        """One word that says that something is not known, in the conversation's language."""
        return self.conversation.unknown

    def pick(self, options: Sequence[str]) -> str:
        """The option that says least; where none says nothing, one that depends on the conversation alone."""
        return least(options) or options[self.conversation.seed % len(options)]


def asking(messages: Sequence[Message]) -> tuple[Asking, ...]:
    """The texts that may demand a form, the one that counts most first.

    These are the question, what sets the scene (the first and the last that does), the question before, and the first.
    """
    conversation = _Conversation(messages)
    last, earlier, scene = conversation.users[-1:], conversation.users[-2::-1], conversation.scene
    told = [(text, True) for text in last] + [(text, False) for text in (*scene[:1], *scene[1:][-1:])]
    told += [(text, True) for text in earlier[:1] + earlier[1:][-1:]]
    return tuple(Asking(_cut(text), by_user, conversation) for text, by_user in told if text.strip())


def _cut(text: str) -> str:
    """The beginning and the end of a text, without wide gaps, at which patterns would try again and again."""
    half = _LONGEST // 2
    text = text if len(text) <= _LONGEST else f"{text[:half]}\n{text[-half:]}"
    return _GAPS.sub(r"\1\1\1\1", text)


UNKNOWN = {
    "en": "Unknown", "de": "Unbekannt", "fr": "Inconnu", "es": "Desconocido", "pt": "Desconhecido",
    "it": "Sconosciuto", "nl": "Onbekend", "pl": "Nieznane", "cs": "Neznámé", "sv": "Okänt", "da": "Ukendt",
    "no": "Ukjent", "fi": "Tuntematon", "ro": "Necunoscut", "hu": "Ismeretlen", "el": "Άγνωστο", "tr": "Bilinmiyor",
    "ru": "Неизвестно", "uk": "Невідомо", "ar": "مجهول", "he": "לא-ידוע", "fa": "نامعلوم", "hi": "अज्ञात",
    "bn": "অজানা", "zh": "未知", "ja": "不明", "ko": "미상", "vi": "Không-rõ", "th": "ไม่ทราบ", "id": "Tidak-diketahui",
}  # fmt: skip
"""One word that says that something is not known, by language."""

_ORDERS = (
    r"answer|respond|reply|replies|output|outputs|return|print|produce|generate|format|write|provide|emit|use|follow|"
    r"wrap|put|enclose|place|give|end|begin|start|finish|conclude|say|classify|state|submit|structure|present|choose|"
    r"select|include|"
    r"antworte\w*|antwort|gib|gebe|schreib\w*|verwende|nutze|benutze|ausgabe|setze|"
    r"répond\w*|réponse|renvoie|renvoyez|retourne\w*|écri\w+|utilise\w*|donne\w*|place\w*|mets|mettez|"
    r"responde\w*|respuesta|responda|contesta|devuelve|devuelva|escribe|usa|utiliza|da|"
    r"responda|retorne|devolva|escreva|use|rispondi|risposta|restituisci|scrivi|"
    r"antwoord\w*|geef|gebruik|odpowied\w*|odpowiadaj|zwróć|użyj|odpov\w+|vrať|použij|svara|svar|använd|brug|bruk|"
    r"vastaa|käytä|palauta|răspunde\w*|returnează|folosește|válaszol\w*|használ\w*|απάντησε|απαντήστε|απάντα|"
    r"coloque|coloca|pon|ponga|insira|incluye|encierra|insérez|insère|entoure\w*|encadre\w*|suivre|suivez|suis|"
    r"sigue|siga|"
    r"segui|inserisci|metti|racchiudi|umieść|wpisz|zet|plaats|volg|skriv|sätt|lägg|schließe|fasse|folge|befolge|"
    r"помести\w*|заключи\w*|напиши\w*|оберни\w*|помісти\w*|yaz|koy|tulis|"
    r"cevapla\w*|yanıt\w*|cevap\w*|döndür\w*|kullan\w*|ответ\w*|отвеч\w*|верни\w*|выведи\w*|используй\w*|"
    r"відпові\w*|поверни|виведи|використовуй\w*|trả lời|trả về|dùng|jawab\w*|balas\w*|gunakan|keluarkan"
)
_ORDERS_UNSPACED = (
    r"回答|回复|回覆|返回|输出|輸出|使用|放在|放入|写在|包在|置于|入れ|囲|書|記述|넣|감싸|작성|答え|回答し|出力|返し|返答|使っ|답|출력|반환|응답|사용|ตอบ|ส่งคืน|ใช้|"
    r"أجب|أرجع|استخدم|اكتب|ענה|השב|החזר|השתמש|پاسخ|برگردان|استفاده|उत्तर|जवाब|उपयोग|উত্তর|ব্যবহার"
)
ORDER = re.compile(rf"\b(?:{_ORDERS})\b|{_ORDERS_UNSPACED}", re.IGNORECASE)
"""A verb by which an answer is ordered, in the languages that refusals are worded in."""
_STRICT_WORDS = (
    r"only|just|exactly|strictly|always|must|nothing else|nothing but|every|each|exclusively|no other|no prose|"
    r"precisely|"
    r"ausschließlich|nur|immer|stets|strikt|genau|jede\w*|uniquement|seulement|toujours|strictement|exactement|"
    r"s[oó]lo|solamente|siempre|únicamente|estrictamente|exactamente|apenas|somente|sempre|estritamente|soltanto|"
    r"esclusivamente|rigorosamente|alleen|altijd|uitsluitend|precies|tylko|zawsze|wyłącznie|ściśle|pouze|vždy|jen|"
    r"bara|endast|alltid|kun|altid|bare|vain|aina|doar|numai|întotdeauna|strict|csak|mindig|kizárólag|μόνο|"
    r"πάντα|αυστηρά|"
    r"doit|doivent|debe|deben|deve|devono|devem|muss|müssen|moet|musi|skal|måste|должен|должна|должны|"
    r"sadece|yalnızca|her zaman|только|всегда|строго|исключительно|лише|тільки|завжди|chỉ|luôn|phải|hanya|selalu|harus"
)
_STRICT_UNSPACED = (
    r"只|仅|必须|总是|严格|僅|務必|必ず|のみ|だけ|常に|厳|만|반드시|항상|엄격|เท่านั้น|เสมอ|ต้อง|فقط|دائم|يجب|رק|רק|"
    r"תמיד|חייב|همیشه|باید|केवल|हमेशा|सिर्फ|शुधु|শুধু|সর্বদা"
)
STRICT = re.compile(rf"\b(?:{_STRICT_WORDS})\b|{_STRICT_UNSPACED}", re.IGNORECASE)
"""A word by which a form is made binding."""
FORMAT = re.compile(
    r"modèle|modelo|modello|muster|szablon|wzór|skabelon|şablon|kalıp|模板|テンプレート|템플릿|plantilla|estructura|estrutura|"
    r"struttura|structuur|esquema|format|formát|formát|formaat|formato|formatu|template|vorlage|schema|schéma|"
    r"structure|struktur|muodo|μορφή|biçim|"
    r"формат|шаблон|تنسيق|صيغة|قالب|فرمت|פורמט|תבנית|प्रारूप|फ़ॉर्मेट|ফরম্যাট|格式|形式|フォーマット|형식|포맷|"
    r"định dạng|รูปแบบ|\blike this\b|\bas follows\b|\bfollowing (?:form|lines|layout|labels|fields)\b|"
    r"\blayout\b|\b(?:be|look|looks) like\b|"
    r"\bof the form\b|\bshape\b|\bconform|"
    r"\bsous (?:cette|la) forme\b|\bin (?:dieser|folgender) form\b|\b(?:esta|siguiente|seguinte|desta|questa|seguente) "
    r"forma\b|\b(?:deze|volgende) vorm\b|\btej formie\b|\bdenna form\b|\bdenne form\b|\bв таком виде\b",
    re.IGNORECASE,
)
"""A word for what answers look like."""
_ASKS = re.compile(
    r"\W*(?:what|how|why|when|where|who|whose|which|is|are|was|were|does|do|did|can|could|would|should i|"
    r"explain|describe|"
    r"tell me|was|wie|warum|wer|wo|welche\w*|ist|kann|que|qué|quoi|comment|pourquoi|qui|où|cómo|por qué|quién|como|"
    r"cosa|come|perché|chi|что|как|почему|кто|где|wat|hoe|waarom|co|jak|dlaczego|vad|hur|varför)\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:never|not|don'?t|avoid|without|no|kein\w*|nicht|niemals|jamais|sans|pas|nunca|sin|não|sem|non|mai|"
    r"senza|geen|niet|"
    r"nooit|nie|bez|inte|ikke|aldrig|не|без|никогда)\b|不要|勿|别",
    re.IGNORECASE,
)
_BUT = re.compile(
    r"\b(?:but|other than|except|besides|outside|anything|außer|als|sauf|que|autre|excepto|salvo|exceto|tranne|behalve|"
    r"oprócz|förutom|undtagen|кроме)\b|以外|之外|除",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:i|we|ich|wir|je|nous|yo|io|ik|jag|я|мы)\b(?:['’]\w+)?"
    r"(?: (?!(?:you|u|dich|dir|sie|euch|te|vous|ti|usted|je)\b)"
    r"[\w'’]+){0,4} \Z",
    re.IGNORECASE,
)
"""Before a verb: it tells what the user does, and orders nothing."""
_OF_OWN = re.compile(r"\W*(?:i|we|ich|wir|je|nous|yo|io|ik|jag|я|мы)\b", re.IGNORECASE)
"""A sentence of what the user does."""
_WISHES = re.compile(
    r"\b(?:you|your|answers?|reply|response|output|result|want|need|expect|require|would|like|parse|script|program|antwort|"
    r"brauche|möchte|will|erwarte|dich|dir|sie|réponse|veux|voudrais|besoin|vous|respuesta|quiero|necesito|usted|"
    r"resposta|quero|preciso|risposta|voglio|vorrei|antwoord|wil|ответ|хочу|нужен|нужно)\b|['’]d like",
    re.IGNORECASE,
)
"""What tells a wish about the answer from what the user does."""
_IF = re.compile(
    r"\b(?:if|when|whenever|unless|wenn|falls|si|quand|lorsque|cuando|se|quando|als|wanneer|jeśli|gdy|om|när|если|когда|"
    r"eğer)\b[^.!?\n]{0,40}\b(?:asks?|asked|wants?|wanted|requests?|requested|needs?|prefers?|verlangt|fragt|wünscht|bittet|"
    r"möchte|demande|souhaite|veut|pide|solicita|quiere|pede|quer|chiede|vuole|vraagt|wil|prosi|chce|ber|vill|просит|"
    r"хочет|isterse)\b|"
    r"(?:如果|若|当)[^。\n]{0,20}(?:要求|需要|请求)|(?:求められ|頼まれ)た?(?:場合|ら|とき)|요청하(?:면|는 경우)",
    re.IGNORECASE,
)
"""What is said of the answers that somebody may ask for one day."""
_STARTS = re.compile(r"[.!?。！？:：;]\s|\n")
_BEFORE, _AFTER = 120, 90
_MOST_PLACES = 12
"""Places of one kind that are looked at in a text."""


def some(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """The first matches of a pattern."""
    return islice(pattern.finditer(text), _MOST_PLACES)


def ordered(text: str, start: int, end: int, *, by_user: bool) -> bool:
    """Whether the sentence around a place orders what an answer looks like, and does not ask about it."""
    begin = max(0, start - _BEFORE)
    before = text[begin:start]
    starts = [match.end() for match in _STARTS.finditer(before)]
    sentence = before[starts[-1] :] if starts else before
    after = _STARTS.split(text[end : end + _AFTER], maxsplit=1)[0]
    if (no := _NEGATED.search(sentence)) is not None and _BUT.search(sentence, no.end()) is None:
        return False
    around = f"{sentence}{text[start:end]}{after}"
    if (_ASKS.match(sentence) and (by_user or "?" in after)) or _IF.search(around):
        return False
    if by_user and _OF_OWN.match(around) and not _WISHES.search(around):
        return False
    told = (
        any(not _OWN.search(sentence[: m.start()]) for m in some(ORDER, sentence))
        if by_user
        else (ORDER.search(sentence) is not None)
    )
    told = told or STRICT.search(sentence) is not None
    if not told and len(starts) == 1 and not sentence.strip():
        told = ORDER.search(before) is not None  # "Answer like this:\n…"
    return told or ORDER.search(after) is not None or STRICT.search(after) is not None


def introduced(text: str, start: int) -> bool:
    """Whether what stands at a place is announced just before it as the form that answers have."""
    before = text[max(0, start - 260) : start].rstrip()
    paragraph = "\n".join(before.splitlines()[-3:])
    return FORMAT.search(paragraph) is not None and (
        ORDER.search(paragraph) is not None or STRICT.search(paragraph) is not None or before.endswith((":", "："))
    )


_LEAST = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:unknown|not[ _-]?found|not[ _-]?known|don'?t[ _-]?know|do not know|no[ _-]?(?:answer|data|"
        r"info\w*|result|"
        r"match)|not[ _-]?(?:sure|available|applicable|enough|stated|specified|given)|cannot|can'?t|undetermined|"
        r"unclear|unspecified|insufficient|n/?a|missing|unanswerable|idk|abstain|"
        r"unbekannt|weiß nicht|keine angabe|inconnu\w*|ne sais pas|desconocid\w*|no s[eé]|desconhecid\w*|não sei|"
        r"sconosciut\w*|non so|onbekend|weet niet|nieznan\w*|nie wiem|okän\w*|ukendt|ukjent|неизвестно\w*|не знаю|"
        r"невідомо|bilinmiyor)\b|未知|不知道|不明|わからない|"
        r"분명하지|모름|알 수 없|مجهول|لا أعرف|غير معروف|לא ידוע|अज्ञात",
        r"\b(?:none|nothing|null|nil|keine\w*|nichts|aucun\w*|rien|ningun\w*|ninguém|nenhum\w*|nessun\w*|geen|"
        r"żaden|ingen|"
        r"никто|ничего|нет)\b|都不是|以上皆非|なし|없음",
        r"\b(?:other|others|misc\w*|neutral|undecided|maybe|mixed|low|lowest|andere\w*|sonstige\w*|autre\w*|otr[oa]\w*|"
        r"outr[oa]\w*|altr[oi]|overige|inne|annat|andet|annet|другое|інше)\b|其他|その他|기타|中立",
    )
)


def least(options: Iterable[str]) -> str | None:
    """The option that says that nothing is known, or nothing in particular; None where none does."""
    given = list(options)
    for pattern in _LEAST:
        for option in given:
            if pattern.search(option.replace("_", " ")):
                return option
    return None


ANSWERS = re.compile(
    r"answer|respond|antwort|réponse|reponse|respuesta|resposta|risposta|antwoord|odpowied|odpověď|svar|vastaus|"
    r"răspuns|válasz|"
    r"απάντηση|cevap|yanıt|ответ|відповід|إجابة|اجابة|جواب|תשובה|پاسخ|उत्तर|जवाब|উত্তর|答案|回答|回复|答え|답변|정답|응답|"
    r"câu trả lời|đáp án|คำตอบ|jawaban|response|reply|final|result|output|conclusion|message|content|say|text|"
    r"speech|utterance",
    re.IGNORECASE,
)
"""A name for the place where an answer stands."""
FINAL = re.compile(
    r"final|endgültig|abschließend|définiti|окончат|итог|остаточн|最终|最終|최종|نهائي|סופי|نهایی|अंतिम|চূড়ান্ত|cuối|"
    r"สุดท้าย|"
    r"akhir|slutlig|endelig|lopull|końcow|ostateczn|konečn|végső|τελικ|nihai|definitiv",
    re.IGNORECASE,
)
THOUGHTS = re.compile(
    r"thought|think|reason|plan\b|planning|scratchpad|analysis|gedank|überleg|denk|pens|raison|réflexion|razon|"
    r"raciocín|"
    r"pensament|ragiona|myśl|rozumowan|myšlenk|tank|tanke|ajatus|gând|gondolat|σκέψη|düşün|мысл|рассужд|думк|فكر|تفكير|"
    r"מחשבה|اندیشه|विचार|চিন্তা|思考|想法|推理|考え|思い|생각|사고|suy nghĩ|ความคิด|pikiran|pemikiran",
    re.IGNORECASE,
)
ACTS = re.compile(
    r"\baction|\bact\b|\btool|command|function|invoke|execute|\bcode\b|\bsearch\b|aktion|werkzeug|befehl|acci[oó]n|"
    r"herramienta|a[cç][aã]o|ferramenta|azione|strumento|actie|akcja|działanie|narzędzie|akce|åtgärd|verktyg|handling|"
    r"værktøj|toiminto|työkalu|acțiune|művelet|eszköz|ενέργεια|eylem|araç|действи|инструмент|команд|дія|إجراء|"
    r"أداة|פעולה|"
    r"כלי|اقدام|ابزار|कार्रवाई|क्रिया|कार्य|উপকরণ|行动|动作|工具|行動|アクション|ツール|행동|도구|hành động|công cụ|"
    r"การกระทำ|เครื่องมือ|tindakan|alat",
    re.IGNORECASE,
)
SEES = re.compile(
    r"observation|beobacht|observaci|observaç|osservazion|observatie|obserwacj|pozorován|iakttagelse|"
    r"observasjon|havainto|"
    r"observați|megfigyel|παρατήρηση|gözlem|наблюд|спостереж|ملاحظة|"
    r"תצפית|مشاهده|अवलोकन|পর্যবেক্ষণ|观察|観察|관찰|quan sát|"
    r"การสังเกต|pengamatan|tool_response|tool_result|function_result",
    re.IGNORECASE,
)
ENTERS = re.compile(
    r"input|question\b|eingabe|frage\b|entrada|entrée|pregunta|pergunta|domanda|vraag|pytani|ввод|вопрос|输入|问题|"
    r"入力|質問|입력|질문"
    r"|مدخل|سؤال|argument|args|param",
    re.IGNORECASE,
)
