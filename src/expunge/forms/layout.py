"""Answers that begin or end in a certain way, or have the layout of a table, a list, headings, YAML or CSV."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from expunge.forms.asking import ANSWERS, FORMAT, STRICT, Asking, Form, least, ordered, some

_QUOTED = r"[\"“`'‘「]([^\"”`'’」\n]{1,40})[\"”`'’」]"
_BEGINS = re.compile(
    r"\b(?:begin|start|prefix|open|beginne|starte|commence[rz]?|comienza|empieza|comece|inizia)\b[^.\n\"“`'‘]{0,50}?"
    rf"(?:{_QUOTED}|(\[[A-Z_ ]{{2,20}}\]))",
    re.IGNORECASE,
)
_ENDS = re.compile(
    rf"\b(?:end|finish|conclude|close|beende|termine[rz]?|termina|conclua|concludi)\b[^.\n\"“`'‘]{{0,70}}{_QUOTED}",
    re.IGNORECASE,
)
_LED = re.compile(
    r"\s*,?\s*(?:and )?(?:then|followed by|and your|gefolgt von|und dann|suivi de|puis|"
    r"seguid[oa] (?:de|por)|seguito da|"
    r"gevolgd door|a potem|följt av|затем)\b",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r"\b(?:end|finish|conclude|close|terminate|beende|termine[rz]?|termina|conclua|concludi|eindig\w*|zakończ|avsluta|"
    r"заверш\w*|заканчива\w*)\b[^.\n]{0,70}?"
    r"(?P<word><\|\w{1,30}\|>|</s>|(?-i:\[[A-Z][A-Z_ ]{1,20}\])|#{2,3}\s?[A-Z_]{2,20}\s?#{2,3})",
    re.IGNORECASE,
)
_FIELD = re.compile(r"^[ \t]*(?P<name>[^\W\d]\w{0,40})[ \t]?(?P<sign>[:=])[ \t]*(?P<value>[^\n]{0,120})$", re.MULTILINE)
_PLACE = re.compile(r"[<\[{][^<>\[\]{}\n]{1,30}[>\]}]|\.{3}|…")
_TABLE = re.compile(
    r"\b(?:table(?! of| for\b| tennis)|tabelle|tableau|tabla|tabela|tabella|tabel|таблиц\w*|tablo)\b|表格|表形式|표로|"
    r"جدول",
    re.IGNORECASE,
)
_COLUMNS = re.compile(
    r"\b(?:columns?|spalten|colonnes|columnas|colunas|colonne|kolommen|столбц\w*|колонк\w*|"
    r"headers?)\b\s*:?\s*(?P<list>[^\n.]{3,160})",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^(?P<mark>#{1,4}) +(?P<title>[^\n]{1,60})$", re.MULTILINE)
_NAMED_HEADING = re.compile(r"[\"'“`](?P<mark>#{1,4}) +(?P<title>[^\"'”`\n]{1,60})[\"'”`]")
_MOST_HEADINGS = 40
_HEADINGS = re.compile(
    r"heading|section|überschrift|abschnitt|titre|section|título|secci|seção|titolo|заголов|раздел|标题|見出し", re.I
)
_BULLETS = re.compile(
    r"\b(?:bulleted list|bullet(?:ed)? points?|bullets|bullet list|stichpunkt\w*|aufzählung|liste à puces|"
    r"viñetas)\b|项目符号|箇条書き",
    re.I,
)
_NUMBERED = re.compile(
    r"\bnumbered list\b|\bnummerierte\w* liste\b|\bliste numérotée\b|\blista numerada\b|有序列表|番号付きリスト", re.I
)
_TOML = re.compile(r"\btoml\b", re.IGNORECASE)
_DONE = re.compile(r"\b(?P<word>TERMINATE|TASK_?(?:DONE|COMPLETED?|FINISHED)|CAMEL_TASK_DONE|FINISHED|ALL_DONE)\b")
_HTML = re.compile(r"\bhtml\b", re.IGNORECASE)
_YAML = re.compile(r"\byaml\b", re.IGNORECASE)
_KEYS = re.compile(
    r"\b(?:keys?|fields?|schlüsseln?|clés?|claves?|campos?|chaves)\b\s*:?\s*(?P<list>[^\n.]{2,160})", re.IGNORECASE
)
_CSV = re.compile(r"\b[ct]sv\b", re.IGNORECASE)
_HEADER = re.compile(
    r"\b(?:header|columns?|kopfzeile|spalten|en-tête|colonnes|encabezado|columnas)\b(?: row| "
    r"line)?\s*:?\s*[\"`]?(?P<list>[^\n.\"`]{2,160})",
    re.I,
)


def beginning(asked: Asking) -> Form | None:
    """A label before the words."""
    for match in some(_BEGINS, asked.text):
        label = match[2] or _PLACE.sub("", match[1]).rstrip()
        if label and ((not label[-1].isalnum() and label[-1] not in "!?.,'") or label.startswith("#")):
            return _around(f"{label} ", "")
    return None


def _repeated(left: str, right: str) -> Form:
    return Form(lambda words: f"{words}\n{left}{words}{right}")


def _around(left: str, right: str) -> Form:
    return Form(lambda words: f"{left}{words}{right}")


def ending(asked: Asking) -> Form | None:
    """A last line with the words in the place that it leaves open."""
    for match in some(_TOKEN, asked.text):
        if ordered(asked.text, match.start("word"), match.end(), by_user=asked.by_user):
            return _ended_by(match["word"])
    for match in some(_ENDS, asked.text):
        if not any(map(str.isalnum, match[1])) and _LED.match(asked.text, match.end()):
            return _repeated(f"{match[1].rstrip()} ", "")
        place = _PLACE.search(match[1])
        if (place is not None and place[0] != match[1].strip()) or match[1].rstrip()[-1:] in ":：":
            line = match[1]
            open_ = place.span() if place is not None else (len(line), len(line))
            left = line[: open_[0]] if place is not None else f"{line.rstrip()} "
            return _repeated(left, line[open_[1] :])
    return None


def html(asked: Asking) -> Form | None:
    """A paragraph of HTML, where nothing else is wanted."""
    return Form(lambda words: f"<p>{words}</p>") if _binds(asked, _HTML) else None


def table(asked: Asking) -> Form | None:
    """A Markdown table of one row."""
    if not any(ordered(asked.text, m.start(), m.end(), by_user=asked.by_user) for m in some(_TABLE, asked.text)):
        return None
    columns = _COLUMNS.search(asked.text)
    names = _listed(columns["list"]) if columns else []
    names = names if len(names) > 1 else ["Answer"]

    def write(words: str) -> str:
        cells = [*(asked.unknown for _ in names[1:]), words]
        rows = (names, ["---"] * len(names), cells)
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    return Form(write, strict=_binds(asked, _TABLE))


def headings(asked: Asking) -> Form | None:
    """The words under the first heading, nothing known under the others."""
    found: list[re.Match[str]] = []
    for match in islice(_HEADING.finditer(asked.text), _MOST_HEADINGS):
        between = (
            asked.text[found[-1].end() : match.start()]
            if found
            else asked.text[max(0, match.start() - 160) : match.start()]
        )
        last = between.strip().splitlines()[-1:] or [""]
        announced = (_HEADINGS.search(last[0]) or FORMAT.search(last[0])) and last[0].rstrip().endswith((":", "："))
        if (found and between.count("\n") <= 4 and not found[-1]["title"].endswith(":")) or (not found and announced):
            found.append(match)
    titles = [(m["mark"], m["title"].strip()) for m in found]
    if not titles:
        titles = [
            (m["mark"], m["title"].strip())
            for m in some(_NAMED_HEADING, asked.text)
            if ordered(asked.text, m.start(), m.end(), by_user=asked.by_user)
        ]
    if not titles:
        return None

    def write(words: str) -> str:
        parts = [f"{mark} {title}\n{words if at == 0 else asked.unknown}" for at, (mark, title) in enumerate(titles)]
        return "\n\n".join(parts)

    return Form(write, strict=not asked.by_user)


def bullets(asked: Asking) -> Form | None:
    """A list of one point, where nothing but a list is wanted."""
    if _binds(asked, _NUMBERED):
        return Form(lambda words: f"1. {words}", strict=not asked.by_user)
    if not _binds(asked, _BULLETS):
        return None
    mark = re.search(r"[\"'`]([-*•]) ?[\"'`]", asked.text)
    return Form(lambda words: f"{mark[1] if mark else '-'} {words}", strict=not asked.by_user)


def yaml(asked: Asking) -> Form | None:
    """A line of YAML for each key that is named or shown."""
    if not any(ordered(asked.text, m.start(), m.end(), by_user=asked.by_user) for m in some(_YAML, asked.text)):
        return None
    keys = _KEYS.search(asked.text)
    names = [name for name in (_listed(keys["list"]) if keys else []) if re.fullmatch(r"[^\W\d]\w*", name)]
    shown = {} if names else _shown(asked.text, ":")
    spoken = _spoken(names or list(shown) or ["answer"])

    def value(name: str, words: str) -> str:
        return _quoted(words) if name == spoken else _one_of(shown.get(name, "")) or "null"

    return Form(lambda words: "\n".join(f"{name}: {value(name, words)}" for name in names or shown or ("answer",)))


def toml(asked: Asking) -> Form | None:
    """A line of TOML for each key that is named or shown."""
    if not any(ordered(asked.text, m.start(), m.end(), by_user=asked.by_user) for m in some(_TOML, asked.text)):
        return None
    keys = _KEYS.search(asked.text)
    names = [name for name in (_listed(keys["list"]) if keys else []) if re.fullmatch(r"\w+", name)]
    shown = {} if names else _shown(asked.text, "=")
    spoken = _spoken(names or list(shown) or ["answer"])

    def value(name: str, words: str) -> str:
        return _quoted(words if name == spoken else _one_of(shown.get(name, "")))

    return Form(lambda words: "\n".join(f"{name} = {value(name, words)}" for name in names or shown or ("answer",)))


def _shown(text: str, sign: str) -> dict[str, str]:
    """The keys of an example that stands in lines, each with what is shown in its place."""
    found = [
        m for m in islice(_FIELD.finditer(text), _MOST_HEADINGS) if m["sign"] == sign and not m["value"].endswith(":")
    ]
    return {m["name"]: m["value"].strip() for m in found if not _YAML.search(m["name"]) and not _TOML.search(m["name"])}


def _spoken(names: Sequence[str]) -> str:
    """The key that gets the words."""
    return next((name for name in names if ANSWERS.search(name)), names[0])


def _one_of(shown: str) -> str:
    """The value that says least of those among which a place lets one choose; empty where it lets one say anything."""
    options = [part.strip("<>[](){}\"'`* ") for part in shown.split("|")]
    return (least(options) or options[0]) if len(options) > 1 else ""


def last_word(asked: Asking) -> Form | None:
    """The word by which an agent tells that it is done."""
    for match in some(_DONE, asked.text):
        if ordered(asked.text, match.start(), match.end(), by_user=asked.by_user):
            return _ended_by(match["word"])
    return None


def _ended_by(word: str) -> Form:
    return Form(lambda words: f"{words}\n{word}")


def csv(asked: Asking) -> Form | None:
    """The header, and nothing below it."""
    if not any(ordered(asked.text, m.start(), m.end(), by_user=asked.by_user) for m in some(_CSV, asked.text)):
        return None
    header = _HEADER.search(asked.text)
    listed = header["list"].partition("(")[0] if header else ""
    names = _listed(listed)
    between = next((mark for mark in (";", "|") if mark in listed), "\t" if "tsv" in asked.text.casefold() else ",")
    return Form(lambda words: between.join(names) if len(names) > 1 else f"answer\n{_quoted(words)}")


def _binds(asked: Asking, pattern: re.Pattern[str]) -> bool:
    """Whether a layout is ordered in a sentence that says that nothing else will do."""
    for match in some(pattern, asked.text):
        before = re.split(r"[.!?\n]\s", asked.text[max(0, match.start() - 90) : match.start()])[-1]
        after = re.split(r"[.!?\n]\s", asked.text[match.end() : match.end() + 60])[0]
        if STRICT.search(f"{before} {after}") and ordered(
            asked.text, match.start(), match.end(), by_user=asked.by_user
        ):
            return True
    return False


def _listed(text: str) -> list[str]:
    parts = re.split(r"\s*(?:,|;|\||\t|\band\b|\bund\b|\bet\b|\by\b|\be\b|и|、|和)\s*", text)
    return [name for part in parts if (name := part.strip("\"'“”`* "))][:12]


def _quoted(words: str) -> str:
    return '"' + words.replace('"', "'") + '"'
