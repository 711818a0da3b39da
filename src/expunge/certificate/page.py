"""The certificate as one page of HTML that needs nothing else, and holds the signed data that it shows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from expunge.certificate.questions import TECHNIQUES
from expunge.certificate.wording import (
    CAME_OUT,
    LET_THROUGH,
    by_technique,
    heading,
    headline,
    interval,
    particulars,
    percent,
    subject,
    summary,
)
from expunge.evals.report.markup import templates
from expunge.registry.security.signing import PublicKey

if TYPE_CHECKING:
    from jinja2 import Template

_DATA = re.compile(r'<script type="application/json" id="certificate">(.*?)</script>', re.DOTALL)
_STYLE = resources.files("expunge.certificate").joinpath("certificate.css")
_LONGEST = 1_200
"""Characters shown of a question or an answer."""


def page(document: Mapping[str, Any], key: PublicKey) -> str:
    """The page of a signed document; `key` is the one that signed it. The same document gives the same page."""
    return _template().render(
        document=document,
        key=key,
        data=_data(document),
        style=Markup(_STYLE.read_text(encoding="utf-8")),
        heading=heading(document),
        headline=headline(document),
        summary=summary(document),
        subject=subject(document),
        particulars=particulars(document),
        by_technique=by_technique(document),
        let_through=LET_THROUGH,
        techniques=TECHNIQUES,
        came_out=CAME_OUT,
        longest=_LONGEST,
    )


def data_of(html: str) -> dict[str, Any] | None:
    """The signed document that a page holds; None if it holds none."""
    found = _DATA.search(html)
    if found is None:
        return None
    try:
        data = json.loads(found[1])
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _data(document: Mapping[str, Any]) -> Markup:
    # In JSON a "<" stands in strings only, where it can be escaped: the element cannot end early.
    plain = json.dumps(document, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return Markup(plain.replace("<", "\\u003c"))


@cache
def _template() -> Template:
    engine = templates("expunge.certificate")
    engine.filters |= {"percent": percent, "interval": interval}
    return engine.get_template("certificate.html")
