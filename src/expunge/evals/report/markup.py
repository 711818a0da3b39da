"""HTML made of escaped parts: what is `Markup` is safe to put into a page, what is `str` is not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import NewType

Markup = NewType("Markup", str)

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Controls that HTML does not allow, and halves of surrogate pairs that cannot be encoded; tab and newline stay."""
_VOID = frozenset({"meta", "br", "hr"})


def text(value: object) -> Markup:
    """Any text, escaped; characters that no page may hold become U+FFFD."""
    return Markup(escape(_UNPRINTABLE.sub("�", str(value).replace("\r\n", "\n"))))


def join(parts: Iterable[Markup], between: str = "") -> Markup:
    """Parts one after another; `between` is text."""
    return Markup(text(between).join(parts))


def tag(element: str, *inside: Markup, **attributes: str | int | bool | None) -> Markup:
    """An element. `class_` stands for class, `aria_label` for aria-label; None and False leave an attribute out."""
    told = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        called = key.rstrip("_").replace("_", "-")
        told.append(f" {called}" if value is True else f' {called}="{text(value)}"')
    opening = f"<{element}{''.join(told)}>"
    return Markup(opening if element in _VOID else f"{opening}{''.join(inside)}</{element}>")


def scrolling(table: Markup, label: str) -> Markup:
    """A table in a box of its own, which scrolls where the page is narrow, by keyboard too."""
    return tag("div", table, class_="scroll", role="region", tabindex=0, aria_label=label)


def facts(pairs: Iterable[tuple[str, Markup]], class_: str = "facts") -> Markup:
    """Terms and what they are, as a list of definitions."""
    return tag("dl", *(tag("div", tag("dt", text(term)), tag("dd", value)) for term, value in pairs), class_=class_)


def command(line: str) -> Markup:
    """A command to copy."""
    return tag("pre", tag("code", text(line)), class_="command")
