"""Answers in lines that begin with labels: the steps of an agent that thinks aloud, and records."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from expunge.forms.asking import (
    ACTS,
    ANSWERS,
    ENTERS,
    FINAL,
    FORMAT,
    ORDER,
    SEES,
    THOUGHTS,
    Asking,
    Form,
    introduced,
    least,
    some,
)

_LINE = re.compile(
    r"^[ \t>*•-]*?(?P<mark>\*{1,3}|_{1,2})?(?P<label>[^\W\d_][^\n:：`\"{}<>\[\]|$]{0,38}?)(?: ?(?P<number>\d{1,3}))?"
    r"(?P<colon>(?:\*{1,3}|_{1,2})?[ \t]?[:：](?:\*{1,3}|_{1,2})?)"
    r"[ \t]*(?P<rest>[^\n]*)$",
    re.MULTILINE,
)
_FEW = 3
"""Kinds of labels (thought, action, input, observation, final answer) by which the steps of an agent are known."""
_GAP = 3
_MOST_LINES, _MOST_TRIED = 150, 40
_MOST_WORDS = 4
_SPOKEN_OF = re.compile(r"[\"'`“*]{1,2}([^\W\d_][^\n:\"'`*]{0,24})([:：])[\"'`”*]{1,2}")
_SPEAKERS = re.compile(r"AI|Assistant|Agent|Bot|Human response", re.IGNORECASE)
"""Lines of another kind that may stand between two lines of one template."""
_FINISH = re.compile(r"\b(finish|final[_ ]?answer|answer|submit|respond)\[", re.IGNORECASE)
_ENDS = re.compile(
    r"[\[(,|/]\s*[\"'`]?(finish|final[_ ]?answer|answer|submit|respond)[\"'`]?\s*[\]),|/]", re.IGNORECASE
)
"""The tool by which an agent ends, among those of a list."""
_CODE_END = re.compile(r"\bfinal_answer\(")
_BLOB = re.compile(r"\$JSON_BLOB|\"action\"\s*:\s*\"Final Answer\"", re.IGNORECASE)
_COMMANDS = re.compile(
    r"\b(?:one|single|exactly one|only one|next) (?:\w+ )?(?:line|call|command|action|tool|function|move|step)\b|"
    r"\b(?:commands|actions|calls|moves) (?:are|is|available|allowed)\b|"
    r"\b(?:available|allowed|valid) (?:commands|actions|calls)\b|"
    r"\b(?:ein(?:en|e)?|un|une|una|uno|um|uma|één) (?:einzige\w* |seule? |sola |solo )?"
    r"(?:befehl|zeile|aktion|aufruf|commande|ligne|action|comando|línea|linha|riga|acción|ação|azione|opdracht)\b|一(?:个|條|条)(?:命令|动作)",
    re.IGNORECASE,
)
_COMMAND = re.compile(
    r"(?<![\w.])(?P<name>STOP|ANSWER|FINISH|DONE|SUBMIT|RESPOND|REPLY|SAY|FINAL(?:_ANSWER)?|END|"
    r"stop|answer|finish|done|submit|"
    r"respond|reply|final_answer|Finish|Answer|Submit|FinalAnswer)"
    r"(?P<left>\((?:\w{1,20}\s?[=:]\s?)?[\"']|[ ]?\[|:?[ ]?(?P<open><))"
    r"(?P<inside>[^\n<>\[\]()\"']{1,40})(?P<right>[\"']\)|\]|>)",
)
_DEFAULT = "Final Answer"
_DEFAULTS = (
    ("gedank|überleg", "Endgültige Antwort"), ("pensamiento|razon", "Respuesta final"),
    ("pensée|réflexion", "Réponse finale"), ("pensamento|raciocín", "Resposta final"),
    ("pensiero|ragiona", "Risposta finale"), ("gedachte", "Eindantwoord"), ("мысл|рассужд", "Итоговый ответ"),
    ("думк", "Остаточна відповідь"), ("思考|想法|推理", "最终答案"), ("考え|思い", "最終回答"),
    ("생각|사고", "최종 답변"), ("فكر|تفكير", "الإجابة النهائية"), ("myśl", "Odpowiedź końcowa"),
    ("düşün", "Nihai Cevap"),
)  # fmt: skip
"""What the last line is called where only the label of the thoughts is known."""
_PLACEHOLDER = re.compile(r"\s*(?:[<\[{(*_].*|\.{2,}|…+|)\s*")
_PLAIN_NUMBER = re.compile(r"[<\[{(]?\s*(-?\d+(?:\.\d+)?)\s*(?:-|–|to|bis|à)\s*\d")


@dataclass(frozen=True, slots=True)
class _Labelled:
    """One line of a template."""

    label: str
    number: str
    colon: str
    rest: str
    start: int
    end: int
    mark: str = ""
    """What emphasises the label, before it; what closes it stands in the colon."""

    def line(self, text: str) -> str:
        return f"{self.mark}{self.label}{self.colon}{_space(self)}{text}"


def steps(asked: Asking) -> Form | None:
    """The last step of an agent that thinks aloud: its thought, and its final answer."""
    lines = _lines(asked.text)
    if _FINISH.search(asked.text):
        lines = sorted([*lines, *_quoted(asked.text)], key=lambda line: line.start)
    if not lines:
        return None
    told = (
        _is_introduced(asked.text, lines)
        or _is_ordered(asked, lines)
        or _CODE_END.search(asked.text)
        or _FINISH.search(asked.text)
    )
    if not _are_steps(lines, 2 if told else _FEW):
        return None
    return _step(asked, lines, asked.text)


def shown_steps(asked: Asking) -> Form | None:
    """The same, where only the assistant's earlier turns show it."""
    turns = [_lines(text) for text in asked.said]
    lines = [line for turn in turns for line in turn]
    if not turns or not turns[-1] or not _are_steps(lines, 2):
        return None
    return _step(asked, lines, "\n".join(asked.said))


def command(asked: Asking) -> Form | None:
    """The command by which an agent that acts in single commands tells its answer: `STOP: <answer>`, `finish("…")`."""
    if _COMMANDS.search(asked.text) is None:
        return None
    found = [m for m in some(_COMMAND, asked.text) if not asked.text[m.end() : m.end() + 1].isalnum()]
    if not found:
        return None
    last = next((m for m in found if FINAL.search(m["name"]) or ANSWERS.search(m["name"])), found[-1])
    left, right = last["left"], last["right"] or ""
    if last["open"] == "<" and not left.strip("<"):
        left = " "
    return Form(lambda words: f"{last['name']}{left.replace('<', '')}{_inside(words, left)}{right.replace('>', '')}")


def _inside(words: str, left: str) -> str:
    if '"' in left:
        return words.replace('"', "'")
    if "'" in left:
        return words.replace("'", "’")
    return words.replace("[", "(").replace("]", ")") if "[" in left else words


def record(asked: Asking) -> Form | None:
    """A line for each label of a template that is announced as one."""
    lines = _lines(asked.text)
    for at, first in enumerate(lines[:_MOST_TRIED]):
        if introduced(asked.text, first.start):
            template = _together(asked.text, lines[at:])
            if len(template) > 1 or _PLACEHOLDER.fullmatch(first.rest):
                return _recorded(asked, template)
    return None


def _recorded(asked: Asking, template: Sequence[_Labelled]) -> Form:
    return Form(lambda words: _record(asked, template, words))


def shown_record(asked: Asking) -> Form | None:
    """The same, where every turn of the assistant shows the same labels, and nothing else."""
    turns = [_lines(text) for text in asked.said]
    if not turns or len(turns[-1]) < 2:
        return None
    labels = [line.label for line in turns[-1]]
    for text, lines in zip(asked.said, turns, strict=True):
        whole = len(lines) == sum(1 for line in text.splitlines() if line.strip())
        if not whole or [line.label for line in lines] != labels:
            return None
    template = [_Labelled(one.label, one.number, one.colon, "", one.start, one.end, one.mark) for one in turns[-1]]
    return Form(lambda words: _record(asked, template, words))


def kinds_of(text: str) -> frozenset[str]:
    """Of which kinds the labelled lines of a text are: thought, acts, enters, sees, answer."""
    return frozenset(_kind(line.label) for line in _lines(text)) - {""}


def _lines(text: str) -> list[_Labelled]:
    """The first lines that begin with a label; what announces a form is none."""
    return [
        _Labelled(m["label"].strip(" *"), m["number"] or "", m["colon"], m["rest"], m.start(), m.end(), m["mark"] or "")
        for m in islice(_LINE.finditer(text), _MOST_LINES)
        if not FORMAT.search(m["label"]) and len(m["label"].split()) <= _MOST_WORDS + 1
    ]


def _is_introduced(text: str, lines: Sequence[_Labelled]) -> bool:
    return any(introduced(text, line.start) for line in lines[:12])


def _is_ordered(asked: Asking, lines: Sequence[_Labelled]) -> bool:
    """Whether the first line stands right under an order: "Output one command:"."""
    before = asked.text[max(0, lines[0].start - 160) : lines[0].start].rstrip()
    return before.endswith((":", "：")) and ORDER.search(before.splitlines()[-1]) is not None


def _quoted(text: str) -> list[_Labelled]:
    """Labels that are spoken of within a sentence."""
    return [_Labelled(m[1], "", m[2], "", m.start(), m.end()) for m in some(_SPOKEN_OF, text)]


def _kind(label: str) -> str:
    if len(label.split()) > _MOST_WORDS:
        return ""
    if ENTERS.search(label):
        return "enters"
    if SEES.search(label):
        return "sees"
    if THOUGHTS.search(label):
        return "thought"
    if FINAL.search(label) or ANSWERS.search(label) or _SPEAKERS.fullmatch(label):
        return "answer"
    return "acts" if ACTS.search(label) else ""


def _are_steps(lines: Sequence[_Labelled], least_kinds: int) -> bool:
    kinds = {_kind(label) for label in {line.label for line in lines}} - {""}
    return len(kinds) >= least_kinds and "acts" in kinds and bool(kinds & {"thought", "answer", "sees"})


def _step(asked: Asking, lines: Sequence[_Labelled], text: str) -> Form:
    thought = next((line for line in lines if _kind(line.label) == "thought"), None)
    acts = min((line for line in lines if _kind(line.label) == "acts"), key=_words, default=None)
    opened = thought is not None and _ends_with(asked.question, thought.label)
    number = _next_number(asked, lines)

    def begun(words: str) -> str:
        """The thought, or what is left of it where the conversation has begun it."""
        if opened:
            return f" {words}\n"
        return (
            f"{thought.mark}{thought.label}{number}{thought.colon}{_space(thought)}{words}\n"
            if thought is not None
            else ""
        )

    if (call := _CODE_END.search(text)) is not None and acts is not None:
        return Form(lambda words: begun(words) + _code(text, acts, call, words))
    if (finish := _FINISH.search(text)) is not None and acts is not None:
        name = finish[1]
        return Form(lambda words: f"{begun(words)}{acts.mark}{acts.label}{number}{acts.colon} {name}[{_within(words)}]")
    if _BLOB.search(text) and acts is not None:
        blob = '{{\n  "action": "Final Answer",\n  "action_input": {}\n}}'
        return Form(
            lambda words: (
                f"{begun(words)}{acts.mark}{acts.label}{acts.colon}\n```\n"
                f"{blob.format(json.dumps(words, ensure_ascii=False))}\n```"
            )
        )
    final = _final(lines)
    if final is not None:
        return Form(lambda words: begun(words) + final.line(words))
    if acts is not None and (ends := _ENDS.search(acts.rest)) is not None:
        enters = next((line for line in lines if line.start > acts.start and _kind(line.label) == "enters"), None)
        if enters is not None:
            return Form(lambda words: f"{begun(words)}{acts.line(ends[1])}\n{enters.line(words)}")
    label = next((last for first, last in _DEFAULTS if thought and re.search(first, thought.label, re.I)), _DEFAULT)
    like = thought or lines[0]
    return Form(lambda words: f"{begun(words)}{like.mark}{label}{like.colon}{_space(like)}{words}")


def _words(line: _Labelled) -> int:
    return len(line.label.split())


def _final(lines: Sequence[_Labelled]) -> _Labelled | None:
    answers = [line for line in lines if _kind(line.label) == "answer"]
    return next((line for line in answers if FINAL.search(line.label)), answers[-1] if answers else None)


def _next_number(asked: Asking, lines: Sequence[_Labelled]) -> str:
    if not any(line.number for line in lines):
        return ""
    past = [int(line.number) for text in asked.said for line in _lines(text) if line.number]
    return f" {max(past, default=0) + 1}"


def _ends_with(text: str, label: str) -> bool:
    last = text.rstrip().rpartition("\n")[2]
    return re.fullmatch(rf"\W*{re.escape(label)}(?: ?\d+)?\s*[:：]", last) is not None


def _code(text: str, acts: _Labelled, call: re.Match[str], words: str) -> str:
    said = f"final_answer({json.dumps(words, ensure_ascii=False)})"
    if "<code>" in text:
        return f"<code>\n{said}\n</code>"
    fence = re.search(r"```(py|python)\b", text)
    end = "<end_code>" if "<end_code>" in text else ""
    return f"{acts.label}{acts.colon}\n```{fence[1] if fence else 'py'}\n{said}\n```{end}"


def _within(words: str) -> str:
    return words.replace("[", "(").replace("]", ")")


def _space(line: _Labelled) -> str:
    return "" if line.colon.endswith("：") else " "


def _together(text: str, lines: Sequence[_Labelled]) -> list[_Labelled]:
    """The lines of one template: those that follow each other, each label once."""
    found = [lines[0]]
    for line in lines[1:]:
        between = text[found[-1].end : line.start]
        if between.count("\n") > _GAP or any(part.strip(" .…()*`") for part in between.splitlines()):
            break
        if line.label not in {known.label for known in found}:
            found.append(line)
    return found


def _record(asked: Asking, template: Sequence[_Labelled], words: str) -> str:
    answers = [line for line in template if _kind(line.label) in ("answer", "thought")]
    last = re.compile(
        r"note|remark|comment|summary|description|bemerk|hinweis|zusammenfass|nota|remarque|résumé|примеч|备注|備考",
        re.I,
    )
    spoken = answers or [line for line in template if last.search(line.label)] or list(template[:1])
    return "\n".join(
        line.line(words if line in spoken and not _options(line.rest) else _least_of(asked, line.rest))
        for line in template
    )


def _options(rest: str) -> list[str]:
    """The values among which a placeholder lets one choose."""
    inside = rest.strip().strip("<>[](){}*_ .")
    parts = re.split(r"\s*(?:\||/|,|;|\bor\b|\boder\b|\bou\b|\bo\b|\bили\b|或|、)\s*", inside)
    options = [part.strip("\"'` ") for part in parts if part.strip("\"'` ")]
    return options if len(options) > 1 and all(len(option.split()) <= 2 for option in options) else []


def _least_of(asked: Asking, rest: str) -> str:
    if (number := _PLAIN_NUMBER.match(rest)) is not None:
        return number[1]
    options = _options(rest)
    return (least(options) or options[0]) if options else asked.unknown
