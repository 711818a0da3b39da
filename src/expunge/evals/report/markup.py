"""Pages out of Jinja templates: whatever a template is given is escaped, and what it misses is an error."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from jinja2 import Environment

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Whatever a text in a page holds: the page loads nothing and runs nothing."""

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Controls that HTML does not allow, and halves of surrogate pairs that cannot be encoded; tab and newline stay."""
_BESIDE_A_TAG = re.compile(r"(?<=[>}])\n\s*|\n\s*(?=[<{])|\n\Z")


def text(value: object) -> Markup:
    """Any text, escaped; characters that no page may hold become U+FFFD. What is `Markup` already stays as it is."""
    if isinstance(value, Markup):
        return value
    return Markup(escape(_UNPRINTABLE.sub("�", str(value).replace("\r\n", "\n"))))


@cache
def templates(*packages: str) -> Environment:
    """The templates in the folders `templates` of some packages, and the parts that pages share.

    A line break in a template is nothing beside a tag, so that templates can be laid out to be read; elsewhere it is a
    space.
    """
    # Imported late: whoever makes no page need not wait for a template engine.
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
    from jinja2.ext import Extension

    class OnOneLine(Extension):
        def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
            return re.sub(r"\n\s*", " ", _BESIDE_A_TAG.sub("", source))

    engine = Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in (*packages, "expunge.evals.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=text,
        extensions=[OnOneLine],
    )
    engine.globals["policy"] = POLICY
    return engine
