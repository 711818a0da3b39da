from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from expunge.evals.report.markup import templates, text


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


def test_markup_stays_as_it_is() -> None:
    assert text(text("<b>")) == "&lt;b&gt;"


def test_whatever_a_template_is_given_is_escaped() -> None:
    template = templates().from_string('<p title="{{ value }}">{{ value }}{{ value | join }}{{ value ~ 1 }}</p>')
    html = template.render(value="<b>\"'\x00")
    told = "&lt;b&gt;&quot;&#x27;�"
    assert html.startswith(f'<p title="{told}">{told}')
    assert "<b>" not in html
    assert "\x00" not in html


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        templates().from_string("<p>{{ nothing }}</p>").render()


def test_a_line_break_beside_a_tag_is_nothing_and_a_space_elsewhere() -> None:
    source = "<p>\n  Nine\n  of ten\n  {{ value }}\n</p>\n{{ value }}\n"
    assert templates().from_string(source).render(value=7) == "<p>Nine of ten7</p>7"
