from __future__ import annotations

import pytest

from expunge.evals.report.markup import join, tag, text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("<b>&\"'", "&lt;b&gt;&amp;&quot;&#x27;"),
        ("a\r\nb\tc", "a\nb\tc"),
        ("a\x00\x1b[31m\x85\ufffe", "a��[31m��"),
        ("half \ud83d of one", "half � of one"),
        ("אנא ספר 😀", "אנא ספר 😀"),
        (7, "7"),
    ],
)
def test_text(raw: object, expected: str) -> None:
    assert text(raw) == expected


def test_elements() -> None:
    inside = tag("td", text("<"), class_="n", aria_label='"', hidden=True, id=None, open=False, colspan=2)
    assert inside == '<td class="n" aria-label="&quot;" hidden colspan="2">&lt;</td>'
    assert tag("meta", charset="utf-8") == '<meta charset="utf-8">'
    assert join([text("a"), text("b")], " < ") == "a &lt; b"
