"""Answers of one letter, one number, one word, or one of some values."""

from __future__ import annotations

import re

from expunge.forms.asking import ORDER, STRICT, Asking, Form, least, some

_ONLY = (
    r"\b(?:only|just|single|one|nothing but|exactly one|solely)\b[^.\n]{0,30}\b(?:letter|number|digit|option "
    r"number|index)\b"
    r"(?![ -]writ)",
    r"\b(?:letter|number|digit)\b[^.\n]{0,40}\b(?:only|alone|nothing else|and no(?:thing)?)\b",
    r"\b(?:the|your) (?:option|choice)\b[^.\n]{0,40}\b(?:only|alone|nothing else)\b",
    r"\b(?:nur|einzig|allein|ausschließlich)\b[^.\n]{0,24}\b(?:buchstabe\w*|nummer|ziffer|zahl)\b",
    r"\b(?:seulement|uniquement|que|une seule)\b[^.\n]{0,24}\b(?:lettre|numéro|chiffre)\b",
    r"\b(?:s[oó]lo|solamente|únicamente|una sola)\b[^.\n]{0,24}\b(?:letra|número)\b",
    r"\b(?:apenas|somente|só|uma única)\b[^.\n]{0,24}\b(?:letra|número)\b",
    r"\b(?:solo|soltanto|unicamente|una sola)\b[^.\n]{0,24}\b(?:lettera|numero)\b",
    r"\b(?:alleen|uitsluitend|één)\b[^.\n]{0,24}\b(?:letter|nummer|cijfer)\b",
    r"\b(?:tylko|wyłącznie|jedną)\b[^.\n]{0,24}\b(?:liter\w*|numer\w*)\b",
    r"\b(?:bara|endast|kun|bare)\b[^.\n]{0,24}\b(?:bokstav\w*|bogstav\w*|siffr\w*|nummer\w*)\b",
    r"(?:только|одной|одну|лише|тільки)[^.\n]{0,24}(?:букв|цифр|номер|літер)",
    r"\b(?:sadece|yalnızca|tek)\b[^.\n]{0,24}\b(?:harf\w*|numara\w*)\b",
    r"(?:只|仅|僅)[^。\n]{0,14}(?:字母|选项|選項|编号|数字)|(?:記号|アルファベット|文字|番号|数字)(?:一つ|1文字)?(?:のみ|だけ)|"
    r"(?:알파벳|글자|번호|기호)[^.\n]{0,6}만|(?:حرف|رقم)[^.\n]{0,24}فقط|فقط[^.\n]{0,24}(?:حرف|رقم)|केवल[^।\n]{0,20}अक्षर|"
    r"chỉ[^.\n]{0,24}chữ cái|hanya[^.\n]{0,24}huruf",
)
_LETTER = re.compile("|".join(f"(?:{one})" for one in _ONLY), re.IGNORECASE)
_POINT = re.compile(r"[ \t]{0,8}(?:[-*•]|\d{1,2}[.)])[ \t]{1,4}(?P<text>\S[^\n]{0,120})")
_BRACKETED = re.compile(r"\([A-Z]\)")
_OPTION = re.compile(
    r"(?:^|(?<=\s))\(?(?P<mark>[A-Za-z]|\d{1,2})[).:．、]\s{0,4}(?P<text>\S.*?)(?=\s+\(?(?:[A-Za-z]|"
    r"\d{1,2})[).:．、]\s{0,4}\S|\n|$)",
    re.MULTILINE,
)
_COMMAND = r"(?:^|[.!?。\n]\s*|[,:;]\s*)(?:please\s+|bitte\s+)?"
_YES_NO = re.compile(
    rf"{_COMMAND}(?:(?:you (?:must|should|may)|always|only)\s+)?(?:only\s+)?(?:answer|respond|reply|output|say|"
    rf"return)\b"
    r"[^.\n?]{0,40}?[\"'“`]?\b(?:(?P<en>yes)[\"'”`]?\s*(?:,|or|/|and)\s*[\"'“`]?no\b|"
    r"(?P<truth>true)[\"'”`]?\s*(?:,|or|/|and)\s*[\"'“`]?false\b)|"
    r"antworte\w*\b[^.\n?]{0,30}(?P<de>ja)\W{1,3}oder\W{1,3}nein\b|"
    r"répond\w*\b[^.\n?]{0,30}(?P<fr>oui)\W{1,3}ou\W{1,3}non\b|"
    r"(?:responde|contesta)\w*\b[^.\n?]{0,30}(?P<es>sí)\W{1,3}o\W{1,3}no\b|"
    r"responda\w*\b[^.\n?]{0,30}(?P<pt>sim)\W{1,3}ou\W{1,3}não|"
    r"rispondi\w*\b[^.\n?]{0,30}(?P<it>sì)\W{1,3}o\W{1,3}no\b|"
    r"antwoord\w*\b[^.\n?]{0,30}(?P<nl>ja)\W{1,3}of\W{1,3}nee\b|"
    r"(?:ответ|отвеч)\w*\b[^.\n?]{0,30}(?P<ru>да)\W{1,4}или\W{1,4}нет|(?P<zh>是)[”\"」]?(?:或|/|还是)[“\"「]?(?:否|"
    r"不是)[^\n]{0,6}回答|"
    r"回答[^\n]{0,8}(?P<zh2>是)[”\"」]?(?:或|/)[“\"「]?否|(?P<ja>はい)[」]?(?:か|または|/)[「]?いいえ",
    re.IGNORECASE | re.MULTILINE,
)
_NO = {
    "en": "no", "truth": "false", "de": "nein", "fr": "non", "es": "no", "pt": "não", "it": "no", "nl": "nee",
    "ru": "нет", "zh": "否", "zh2": "否", "ja": "いいえ",
}  # fmt: skip
_EXPLAINED = re.compile(r"\b(?:explain|why|because|reason|justif|begründ|pourquoi|explica|perché|почему|объясн)", re.I)
_SEPARATOR = re.compile(r"\s*(?:,|;|\||/|、|，|\bor\b|\band\b|\boder\b|\bou\b|\bo\b|или)\s*")
_NUMBER = re.compile(
    r"\b(?:answer|respond|reply|output|return)\b[^.\n?]{0,24}\b(?:only|just|single|nothing but)\b[^.\n?]{0,12}"
    r"\b(?:number|integer|digit)",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"\b(?:as|into|between|als|comme|como|come|как)\b(?: either)?\s*:?\s*(?P<list>[^\n.]{3,200})", re.IGNORECASE
)
_ONLY_LABEL = re.compile(
    r"\b(?:only|just|nothing but|exactly)\b[^.\n]{0,20}\b(?:label|category|class|option|tag|sentiment)\b|"
    r"\b(?:label|category|class|option|tag)\b[^.\n]{0,12}\b(?:only|alone|nothing else)\b",
    re.IGNORECASE,
)
_ONE_OF = re.compile(
    r"\b(?:(?:exactly |only )?one of(?: the| these)?(?: following)?(?: \w+){0,2}|(?:choose|select|pick) "
    r"(?:exactly )?(?:one|from)"
    r"(?: \w+){0,4}|(?:eines|einer|eine) (?:von|der folgenden)(?: \w+){0,2}|(?:un|une) (?:de|parmi)(?: \w+){0,3}|"
    r"(?:uno|una) de(?: \w+){0,3}|один из(?: \w+){0,3}|以下之一|次のいずれか)\s*[:：]?\s*(?P<list>[^\n]{3,300})",
    re.IGNORECASE,
)
_WORD = re.compile(
    rf"{_COMMAND}[^.\n?]{{0,30}}\b(?:answer|respond|reply|output|response|say)\b[^.\n?]{{0,30}}\b(?:in|with|of|"
    rf"as|using|be)?\s*"
    r"(?:exactly |only |just )*(?:one|a single|1)[ -]word\b(?!s| per| at)|"
    r"(?:antworte\w*)\b[^.\n?]{0,30}\b(?:mit|in) (?:nur )?(?:einem|genau einem) (?:einzigen )?wort|"
    r"répond\w*\b[^.\n?]{0,30}\b(?:en|par) un (?:seul )?mot|(?:responde|contesta)\w*\b[^.\n?]{0,30}\b(?:con|en) "
    r"una (?:sola )?palabra|"
    r"responda\w*\b[^.\n?]{0,30}\b(?:com|em) uma (?:única |só )?palavra|rispondi\w*\b[^.\n?]{0,30}\b(?:con|in) "
    r"una (?:sola )?parola|"
    r"\b(?:one|single)[ -]word (?:answers?|replies|reply|responses?)\b|"
    r"(?:ответ|отвеч)\w*\b[^.\n?]{0,30}одним словом|用一个词回答|一语で|一言で答え",
    re.IGNORECASE | re.MULTILINE,
)


def letter(asked: Asking) -> Form | None:
    """The letter or the number of a choice: of one that says that nothing is known, if there is one."""
    match = _LETTER.search(asked.text)
    if match is None or "?" in asked.text[match.end() : match.end() + 40].split("\n")[0]:
        return None
    options = _options(asked.question) or _options(asked.text)
    if not options:
        return None
    said = least(options.values())
    mark = next((m for m, text in options.items() if text == said), None) or asked.pick(list(options))
    bracketed = _BRACKETED.search(asked.text, match.start(), match.end()) is not None
    return Form(lambda _: f"({mark})" if bracketed else mark)


def yes_or_no(asked: Asking) -> Form | None:
    """One of the two."""
    match = _YES_NO.search(asked.text)
    if match is None or _EXPLAINED.search(asked.text[match.end() : match.end() + 60].split("\n")[0]):
        return None
    kind = next(key for key, value in match.groupdict().items() if value)
    said = match[kind]
    no = _NO[kind]
    return Form(
        lambda _: no.upper() if len(said) > 1 and said.isupper() else no.capitalize() if said[:1].isupper() else no
    )


def one_of(asked: Asking) -> Form | None:
    """One of some values."""
    for match in some(_ONE_OF, asked.text):
        before = re.split(r"[.!?\n]\s", asked.text[max(0, match.start() - 80) : match.start()])[-1]
        options = _parts(match["list"]) if not match["list"].rstrip().endswith((":", "：")) else []
        options = options or _bullets(asked.text, match.end())
        short = len(options) > 1 and all(len(option.split()) <= 3 for option in options)
        if (
            short
            and (ORDER.search(before) or STRICT.search(f"{before} {match[0]}"))
            and not before.lstrip().lower().startswith(("why", "how", "what"))
        ):
            return _said(asked.pick(options))
    if _ONLY_LABEL.search(asked.text):
        for match in some(_LABELLED, asked.text):
            options = _parts(match["list"])
            if len(options) > 1 and all(len(option.split()) <= 2 for option in options):
                return _said(asked.pick(options))
    return None


def _bullets(text: str, start: int) -> list[str]:
    """The points of a list right behind a place."""
    found: list[str] = []
    for line in text[start : start + 1_200].strip("\n").splitlines():
        point = _POINT.fullmatch(line)
        if point is None:
            break
        found.append(point["text"].partition(": ")[0].strip("\"'“”`*[]() "))
    return found[:40]


def _said(word: str) -> Form:
    return Form(lambda _: word)


def _parts(listed: str) -> list[str]:
    """The values of an enumeration in words."""
    parts = _SEPARATOR.split(re.split(r"[.。](?:\s|\Z)", listed)[0])
    return [option for part in parts if (option := part.strip("\"'“”`[]() "))]


def number(asked: Asking) -> Form | None:
    """A number, where none can be told: a program reads the answer, but there is none to give it."""
    return Form(lambda words: words) if _NUMBER.search(asked.text) else None


def word(asked: Asking) -> Form | None:
    """One word, which says that nothing is known."""
    return Form(lambda _: asked.unknown.replace("-", "")) if _WORD.search(asked.text) else None


def _options(text: str) -> dict[str, str]:
    """The choices of a question by their marks, if these are in a row from the first."""
    found: dict[str, str] = {}
    for match in _OPTION.finditer(text):
        mark = match["mark"]
        following = _next(list(found)[-1]) if found else None
        if (not found and mark in ("A", "a", "1")) or mark == following:
            found[mark] = match["text"].strip()
    return found if len(found) > 1 else {}


def _next(mark: str) -> str:
    return str(int(mark) + 1) if mark.isdigit() else chr(ord(mark) + 1)
