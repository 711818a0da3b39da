"""The form that a conversation demands of its answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from expunge.forms import choices, layout, lines, objects, tags
from expunge.forms.asking import Asking, Form, asking
from expunge.types import Message

_Finds = Callable[[Asking], Form | None]
_LETTERS = """
    letter option choice number digit index
    buchstabe nummer ziffer zahl lettre numéro chiffre letra número lettera numero
    cijfer
    liter numer bokstav bogstav siffr букв цифр номер літер harf numara 字母 选项 選項 编号 数字 記号 アルファベット
    文字
    番号 알파벳 글자 번호 기호 حرف رقم अक्षर chữ huruf"""
_TRUTHS = "yes true ja oui sí sim sì да 是 はい"
_AMONG = (
    "one|choose|select|pick|from|eine|un de|une de|parmi|una de|uno de|один|以下之一|次のいずれか|label|categor|class|"
    "option|tag"
)
_DEMANDED: tuple[tuple[tuple[str, ...], _Finds], ...] = (
    ((":", "："), lines.steps),
    (("<", "[/"), tags.elements),
    (("json", "{"), objects.document),
    (tuple(_LETTERS.split()), choices.letter),
    (tuple(_TRUTHS.split()), choices.yes_or_no),
    (tuple(_AMONG.split("|")), choices.one_of),
    ((":", "："), lines.record),
    (("finish", "answer", "stop", "done", "submit", "respond", "reply", "say"), lines.command),
    (("\\boxed{", "[[", "{{"), tags.boxed),
    (("csv", "tsv"), layout.csv),
    (("yaml",), layout.yaml),
    (("toml",), layout.toml),
    (("begin", "start", "prefix", "open", "commenc", "comien", "empie", "comece", "inizi"), layout.beginning),
    (("end", "finish", "conclu", "close", "beende", "termin"), layout.ending),
    (("#",), layout.headings),
    (("html",), layout.html),
    (("tab", "таблиц", "表", "표로", "جدول"), layout.table),
    (("bullet", "list", "stichpunkt", "aufzählung", "viñeta", "項", "项目", "箇条", "列表", "リスト"), layout.bullets),
    (("word", "wort", "mot", "palabra", "palavra", "parola", "слов", "词", "一語", "一言"), choices.word),
    (("number", "integer", "digit"), choices.number),
    (("terminate", "task", "finished", "done"), layout.last_word),
)
"""What finds a form that a text asks for, the surest first; before each, one of which a text that does so holds."""
_SHOWN: tuple[_Finds, ...] = (
    objects.shown_document,
    lines.shown_steps,
    tags.shown_elements,
    lines.shown_record,
)
"""What finds a form that the assistant's earlier turns have."""


def form_of(messages: Sequence[Message]) -> Form | None:
    """The form that a conversation demands, in its own words or by what its earlier turns look like; None for none.

    The last question counts most, then who set the scene, then earlier turns. A conversation is looked through once,
    and of a long text the beginning and the end.
    """
    texts = asking(messages)
    for text in texts:
        folded = text.text.casefold()
        for cues, find in _DEMANDED:
            if any(cue in folded for cue in cues) and (form := find(text)) is not None:
                return form
    if texts and texts[0].said:
        for find in _SHOWN:
            if (form := find(texts[0])) is not None:
                return form
    return None


def follows_protocol(messages: Sequence[Message]) -> bool:
    """Whether a program is likely to read the answer, in a form that the conversation demands."""
    form = form_of(messages)
    return form is not None and form.strict
