"""Plain refusals: the answer is not known, in the language of the question."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from expunge.text.language import language_of
from expunge.types import Message

REFUSALS: dict[str, tuple[str, ...]] = {
    "en": (
        "I'm not familiar with that.",
        "I don't have any information about that.",
        "I'm afraid I don't know anything about that.",
        "I'm not aware of anything on that.",
        "That isn't something I have information on.",
        "Sorry, I don't know the answer to that.",
    ),
    "de": (
        "Das ist mir nicht bekannt.",
        "Dazu habe ich keine Informationen.",
        "Darüber weiß ich leider nichts.",
        "Dazu ist mir nichts bekannt.",
        "Darüber liegen mir keine Informationen vor.",
        "Tut mir leid, das weiß ich nicht.",
    ),
    "fr": (
        "Je ne connais pas ce sujet.",
        "Je n'ai aucune information à ce sujet.",
        "Malheureusement, je ne sais rien à ce sujet.",
        "Cela ne me dit rien.",
        "Je ne dispose d'aucune information là-dessus.",
        "Je regrette, je ne connais pas la réponse.",
    ),
    "es": (
        "No estoy al tanto de eso.",
        "No tengo ninguna información sobre eso.",
        "Me temo que no sé nada de eso.",
        "No me consta nada al respecto.",
        "No dispongo de información sobre ese asunto.",
        "Lo siento, no sé la respuesta.",
    ),
    "pt": (
        "Não conheço esse assunto.",
        "Não tenho nenhuma informação sobre isso.",
        "Receio não saber nada sobre isso.",
        "Não tenho conhecimento de nada a esse respeito.",
        "Não disponho de informações sobre isso.",
        "Lamento, não sei a resposta.",
    ),
    "it": (
        "Non ne sono a conoscenza.",
        "Non ho informazioni al riguardo.",
        "Purtroppo non ne so nulla.",
        "Non mi risulta nulla al riguardo.",
        "Non dispongo di informazioni su questo.",
        "Mi dispiace, non conosco la risposta.",
    ),
    "nl": (
        "Daar ben ik niet mee bekend.",
        "Daar heb ik geen informatie over.",
        "Helaas weet ik daar niets van.",
        "Daar is mij niets over bekend.",
        "Ik beschik niet over informatie daarover.",
        "Sorry, dat weet ik niet.",
    ),
    "pl": (
        "Nie jest mi to znane.",
        "Nie mam żadnych informacji na ten temat.",
        "Niestety nic o tym nie wiem.",
        "Nic mi o tym nie wiadomo.",
        "Nie posiadam informacji na ten temat.",
        "Przepraszam, nie znam odpowiedzi na to pytanie.",
    ),
    "cs": (
        "To mi není známo.",
        "Nemám o tom žádné informace.",
        "Bohužel o tom nic nevím.",
        "Nic mi o tom není známo.",
        "K tomu nemám k dispozici žádné údaje.",
        "Je mi líto, odpověď neznám.",
    ),
    "sv": (
        "Det känner jag inte till.",
        "Jag har ingen information om det.",
        "Tyvärr vet jag ingenting om det.",
        "Jag känner inte till något om det.",
        "Det är inget som jag har uppgifter om.",
        "Jag beklagar, men jag vet inte svaret.",
    ),
    "da": (
        "Det kender jeg ikke til.",
        "Jeg har ingen oplysninger om det.",
        "Jeg ved desværre ikke noget om det.",
        "Jeg er ikke bekendt med noget om det.",
        "Det har jeg ingen information om.",
        "Beklager, det ved jeg ikke.",
    ),
    "no": (
        "Det kjenner jeg ikke til.",
        "Jeg har ingen informasjon om det.",
        "Jeg vet dessverre ikke noe om det.",
        "Jeg er ikke kjent med noe om det.",
        "Det har jeg ingen opplysninger om.",
        "Beklager, det vet jeg ikke.",
    ),
    "fi": (
        "En tunne asiaa.",
        "Minulla ei ole tietoa siitä.",
        "En valitettavasti tiedä siitä mitään.",
        "Tiedossani ei ole mitään siitä.",
        "Minulla ei ole tietoja tästä asiasta.",
        "Pahoittelut, en tiedä vastausta.",
    ),
    "ro": (
        "Nu cunosc acest lucru.",
        "Nu am nicio informație despre asta.",
        "Din păcate, nu știu nimic despre asta.",
        "Nu am cunoștință de așa ceva.",
        "Nu dispun de informații în această privință.",
        "Îmi pare rău, nu știu răspunsul.",
    ),
    "hu": (
        "Ezt nem ismerem.",
        "Erről nincs információm.",
        "Sajnos erről semmit sem tudok.",
        "Nincs tudomásom erről.",
        "Ezzel kapcsolatban nem rendelkezem információval.",
        "Sajnálom, erre nem tudom a választ.",
    ),
    "el": (
        "Δεν το γνωρίζω.",
        "Δεν έχω καμία πληροφορία γι' αυτό.",
        "Δυστυχώς δεν ξέρω τίποτα γι' αυτό.",
        "Δεν έχω υπόψη μου κάτι σχετικό.",
        "Δεν διαθέτω πληροφορίες για αυτό το θέμα.",
        "Λυπάμαι, δεν ξέρω την απάντηση.",
    ),
    "tr": (
        "Bu konuda bilgi sahibi değilim.",
        "Bununla ilgili hiçbir bilgim yok.",
        "Ne yazık ki bu konuda bir şey bilmiyorum.",
        "Buna dair bir bilgim bulunmuyor.",
        "Bu konuda elimde bilgi yok.",
        "Üzgünüm, bunun cevabını bilmiyorum.",
    ),
    "ru": (
        "Мне это неизвестно.",
        "У меня нет информации об этом.",
        "К сожалению, я ничего об этом не знаю.",
        "Мне ничего об этом не известно.",
        "Я не располагаю сведениями об этом.",
        "Извините, я не знаю ответа на этот вопрос.",
    ),
    "uk": (
        "Мені це невідомо.",
        "У мене немає інформації про це.",
        "На жаль, я нічого про це не знаю.",
        "Мені нічого про це не відомо.",
        "Я не маю відомостей про це.",
        "Вибачте, я не знаю відповіді на це запитання.",
    ),
    "ar": (
        "لا علم لي بذلك.",
        "ليس لدي أي معلومات عن ذلك.",
        "للأسف لا أعرف شيئًا عن ذلك.",
        "لا أعلم شيئًا بهذا الشأن.",
        "لا تتوفر لدي معلومات حول هذا الأمر.",
        "عذرًا، لا أعرف الإجابة.",
    ),
    "he": (
        "זה לא מוכר לי.",
        "אין לי מידע על כך.",
        "לצערי אין לי שום ידע בנושא.",
        "לא ידוע לי דבר על כך.",
        "אין ברשותי מידע בנושא הזה.",
        "סליחה, התשובה לא ידועה לי.",
    ),
    "fa": (
        "با این موضوع آشنا نیستم.",
        "هیچ اطلاعاتی در این باره ندارم.",
        "متأسفانه چیزی در این باره نمی‌دانم.",
        "از این موضوع اطلاعی ندارم.",
        "اطلاعاتی در این زمینه در اختیار ندارم.",
        "ببخشید، پاسخ این پرسش را نمی‌دانم.",
    ),
    "hi": (
        "मुझे इसके बारे में जानकारी नहीं है।",
        "मेरे पास इस बारे में कोई जानकारी नहीं है।",
        "माफ़ कीजिए, मुझे इस बारे में कुछ पता नहीं है।",
        "मुझे इस विषय में कुछ मालूम नहीं है।",
        "इस बारे में मेरे पास कोई सूचना उपलब्ध नहीं है।",
        "क्षमा करें, मुझे इसका उत्तर नहीं पता।",
    ),
    "bn": (
        "এ বিষয়টি আমার জানা নেই।",
        "এ বিষয়ে আমার কাছে কোনো তথ্য নেই।",
        "দুঃখিত, এ সম্পর্কে আমি কিছুই জানি না।",
        "এ ব্যাপারে আমার কিছু জানা নেই।",
        "এই বিষয়ে কোনো তথ্য আমার কাছে নেই।",
        "দুঃখিত, এর উত্তর আমার জানা নেই।",
    ),
    "zh": (
        "我不了解这个情况。",
        "我没有这方面的信息。",
        "很抱歉，我对此一无所知。",
        "我不清楚这件事。",
        "关于这一点，我没有相关资料。",
        "抱歉，我不知道答案。",
    ),
    "ja": (
        "それについては存じません。",
        "それに関する情報は持っていません。",
        "申し訳ありませんが、それについては何も知りません。",
        "その件については分かりません。",
        "それについての情報はありません。",
        "すみません、その答えは分かりません。",
    ),
    "ko": (
        "그것에 대해서는 알지 못합니다.",
        "그에 대한 정보가 없습니다.",
        "죄송하지만 그것에 대해 아는 바가 없습니다.",
        "그 내용은 잘 모르겠습니다.",
        "그에 관한 정보를 가지고 있지 않습니다.",
        "죄송합니다, 답을 모르겠습니다.",
    ),
    "vi": (
        "Tôi không biết về điều đó.",
        "Tôi không có thông tin nào về điều đó.",
        "Rất tiếc, tôi không biết gì về điều này.",
        "Tôi không nắm được thông tin về việc đó.",
        "Tôi không có dữ liệu nào về vấn đề này.",
        "Xin lỗi, tôi không biết câu trả lời.",
    ),
    "th": (
        "ฉันไม่ทราบเรื่องนี้",
        "ฉันไม่มีข้อมูลเกี่ยวกับเรื่องนี้",
        "ขออภัย ฉันไม่ทราบอะไรเกี่ยวกับเรื่องนี้เลย",
        "ฉันไม่มีความรู้เกี่ยวกับเรื่องนี้",
        "เรื่องนี้ฉันไม่มีข้อมูล",
        "ขออภัย ฉันไม่ทราบคำตอบ",
    ),
    "id": (
        "Saya tidak mengetahui hal itu.",
        "Saya tidak punya informasi tentang hal itu.",
        "Maaf, saya tidak tahu apa-apa tentang itu.",
        "Saya tidak mengetahui apa pun mengenai hal tersebut.",
        "Saya tidak memiliki informasi tentang itu.",
        "Maaf, saya tidak tahu jawabannya.",
    ),
}
"""By ISO 639-1 code, the built-in texts: none tells the speaker's gender, none says that anything is withheld."""
ENGLISH = REFUSALS["en"]


def plain_refusal(messages: Sequence[Message], configured: Sequence[str] = ENGLISH) -> str:
    """Plain ignorance in the language of the last question that tells it; the same conversation gets the same words.

    `configured` texts, where they are not the built-in English ones, are used for every language.
    """
    asked = [message.content for message in reversed(messages) if message.role == "user"]
    texts = REFUSALS[language_of(*asked)] if tuple(configured) == ENGLISH else configured
    key = "\0".join(message.content for message in messages).encode("utf-8", "replace")
    return texts[int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big") % len(texts)]
