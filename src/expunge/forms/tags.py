"""Answers between marks: elements of XML, or words in brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from expunge.forms.asking import (
    ACTS,
    ANSWERS,
    ENTERS,
    FINAL,
    ORDER,
    SEES,
    STRICT,
    THOUGHTS,
    Asking,
    Form,
    introduced,
    some,
)

_TAG = re.compile(r"<(?P<end>/?)(?P<name>[^\W\d_][\w.-]{0,40})(?P<more>\s[^<>\n]{0,80}?)?\s*(?P<empty>/?)>")
_SQUARE = re.compile(r"\[(?P<end>/?)(?P<name>[A-Z][A-Z_]{1,30})\]")
_HTML = frozenset(
    [
        "a",
        "abbr",
        "b",
        "body",
        "br",
        "button",
        "code",
        "div",
        "em",
        "font",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "hr",
        "html",
        "i",
        "img",
        "input",
        "li",
        "link",
        "meta",
        "ol",
        "p",
        "pre",
        "script",
        "section",
        "span",
        "strong",
        "style",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "title",
        "tr",
        "u",
        "ul",
    ]
)
_GIVEN = re.compile(
    r"context|document|docs?\b|passage|article|data|source|example|instruction|system|user|history|conversation|"
    r"tools?\b|"
    r"email|file|policy|rules|background|knowledge|article|available|schema|transcript|persona|role|task|query|"
    r"question",
    re.IGNORECASE,
)
"""Names of elements in which something is given, and nothing answered."""
_BOXED = re.compile(r"(?P<left>\\boxed\{)|(?P<square>\[\[)\w[\w ]{0,30}\]\]|(?P<curly>\{\{)\w[\w ]{0,30}\}\}")
_WITHIN = (
    r"\b(?:inside|within|between|in|dentro|entre|zwischen|innerhalb|dans|tra|fra|tussen|między|mellan|между|внутри)\b"
)
_MOST = 60
_BEFORE = 160


@dataclass(slots=True)
class _Element:
    name: str
    square: bool = False
    more: str = ""
    inside: str = ""
    within: list[_Element] = field(default_factory=list)


def elements(asked: Asking) -> Form | None:
    """An element for each that answers are to have; those that call a tool or are given are none."""
    text = asked.text
    found: list[_Element] = []
    called = False
    for pattern, square in ((_TAG, False), (_SQUARE, True)):
        for element, start, _ in _elements(text, pattern, square=square):
            if not square and element.name.casefold() in _HTML:
                continue
            if not _is_ordered(text, start):
                continue
            if _calls(element.name):
                called = True
            elif _is_told(element):
                continue
            elif not (_GIVEN.search(element.name) and not ANSWERS.search(element.name)) and not SEES.search(
                element.name
            ):
                found.append(element)
    return _form(found, called=called)


def shown_elements(asked: Asking) -> Form | None:
    """The same, where each of the assistant's earlier turns consists of elements alone."""
    found: list[_Element] = []
    for text in asked.said:
        outside, at = "", 0
        own = list(_elements(text, _TAG, square=False))
        for element, start, end in own:
            outside, at = outside + text[at:start], end
            if element.name.casefold() not in _HTML and not SEES.search(element.name):
                found.append(element)
        if not own or (outside + text[at:]).strip():
            return None
    return _form([e for e in found if not _calls(e.name)], called=any(_calls(e.name) for e in found))


def boxed(asked: Asking) -> Form | None:
    r"""An answer within `\boxed{}`, or in double brackets."""
    for match in some(_BOXED, asked.text):
        if _is_ordered(asked.text, match.start()):
            if match["left"]:
                return Form(lambda words: f"\\boxed{{\\text{{{words}}}}}")
            left, right = ("[[", "]]") if match["square"] else ("{{", "}}")
            return _between(left, right)
    return None


def _between(left: str, right: str) -> Form:
    return Form(lambda words: f"{left}{words}{right}")


def _form(found: Sequence[_Element], *, called: bool) -> Form | None:
    unique = list({element.name: element for element in sorted(found, key=lambda e: len(e.within))}.values())
    inner = {name for element in unique for name in _names(element.within)}
    outer = [element for element in found if element.name not in inner]
    outer = list({element.name: next(u for u in unique if u.name == element.name) for element in outer}.values())
    if not outer:
        # Tools are called between marks, and an answer ends it without any.
        return Form(lambda words: words) if called else None
    spoken = _spoken(outer)
    return Form(lambda words: "\n".join(_written(element, words, spoken) for element in outer))


def _spoken(outer: Sequence[_Element]) -> frozenset[str]:
    """The elements that get the words."""
    names = list(_names(outer))
    leaves = [name for name in names if not any(e.name == name and e.within for e in _all(outer))]
    answers = [name for name in leaves if ANSWERS.search(name) and not ENTERS.search(name)]
    final = [name for name in answers if FINAL.search(name)] or answers
    told = frozenset(final or (leaves if len(leaves) == 1 else ()))
    return told | {name for name in leaves if THOUGHTS.search(name)}


def _written(element: _Element, words: str, spoken: frozenset[str]) -> str:
    inside = words if element.name in spoken else ""
    if element.within:
        inside = "\n" + "\n".join(f"  {_written(inner, words, spoken)}" for inner in element.within) + "\n"
    left, right = ("[", "]") if element.square else ("<", ">")
    return f"{left}{element.name}{element.more}{right}{inside}{left}/{element.name}{right}"


def _elements(text: str, pattern: re.Pattern[str], *, square: bool) -> Iterator[tuple[_Element, int, int]]:
    """The outermost elements of a text with their places; a mark that is never closed is one, too, where its end is
    spoken of nearby ("in <x> tags")."""
    stack: list[tuple[_Element, int]] = []
    marks = list(pattern.finditer(text))[:_MOST]
    closed = {mark["name"] for mark in marks if mark["end"]}
    for mark in marks:
        if mark["end"]:
            for depth in range(len(stack) - 1, -1, -1):
                if stack[depth][0].name == mark["name"]:
                    element, start = stack[depth]
                    element.inside = text[start : mark.start()].partition(">")[2]
                    del stack[depth:]
                    if stack:
                        stack[-1][0].within.append(element)
                    else:
                        yield element, start, mark.end()
                    break
        elif mark["name"] in closed:
            if not any(element.name == mark["name"] for element, _ in stack):
                stack.append((_Element(mark["name"], square, _more(mark)), mark.start()))
        elif not square and re.match(
            r"[^\n<]{0,12}\b(?:tag|element|mark|balise|etiqueta|xml)|标签|タグ|태그",
            text[mark.end() : mark.end() + 24],
            re.I,
        ):
            yield _Element(mark["name"]), mark.start(), mark.end()


def _is_ordered(text: str, start: int) -> bool:
    """Whether answers are to have what stands at a place."""
    before = text[max(0, start - _BEFORE) : start]
    sentence = re.split(r"[.!?。！？]\s|\n\s*\n", before)[-1]
    if re.search(
        r"\b(?:from|using|use|read|based on|given|provided|found|see)\b[^<\[]{0,40}\Z", sentence, re.I
    ) and not (re.search(r"\b(?:tag|tags|wrap|put|enclose|output)\b", sentence, re.I)):
        return False
    ordered = ORDER.search(sentence) is not None or STRICT.search(sentence) is not None
    return ordered or introduced(text, start) or re.search(_WITHIN, sentence, re.I) is not None


def _more(mark: re.Match[str]) -> str:
    """The attributes of an element, if they are such as anybody would write."""
    more = (mark.groupdict().get("more") or "").rstrip()
    return more if re.fullmatch(r"(?:\s+[\w-]+=\"[^\"<>{}\[\]]*\")+", more) else ""


def _is_told(element: _Element) -> bool:
    """Whether an element holds a text of its own and no example of an answer."""
    if element.within or ANSWERS.search(element.name) or THOUGHTS.search(element.name):
        return False
    inside = element.inside.strip()
    return len(inside.split()) > 2 and inside[-1:] in ".!?。！？"


def _calls(name: str) -> bool:
    return ACTS.search(name.replace("_", " ")) is not None and not ANSWERS.search(name)


def _names(elements: Sequence[_Element]) -> Iterator[str]:
    return (element.name for element in _all(elements))


def _all(elements: Sequence[_Element]) -> Iterator[_Element]:
    for element in elements:
        yield element
        yield from _all(element.within)
