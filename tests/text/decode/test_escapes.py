from __future__ import annotations

import pytest

from expunge.text.decode.escapes import escapes
from expunge.text.decode.look import Look


@pytest.mark.parametrize(
    ("source", "via", "text"),
    [
        ("Orla%20Fenwick", "url", "Orla Fenwick"),
        ("Orla %46enwick came", "url", "Orla Fenwick came"),
        (r"\u004f\u0072la", "unicode", "Orla"),
        (r"\ud842\udfb7 Orla", "unicode", "𠮷 Orla"),
        (r"\x5a\x6f\xc3\xab", "unicode", "Zoë"),
        (r"\x5a\x6f\xeb", "unicode", "Zoë"),
        (r"\N{LATIN CAPITAL LETTER O}rla", "unicode", "Orla"),
        ("%u004Frla", "unicode", "Orla"),
        ("Orla &#70;enwick", "html", "Orla Fenwick"),
        ("Zo&euml; Lind", "html", "Zoë Lind"),
        ("Orla&nbsp;Fenwick", "html", "Orla\xa0Fenwick"),
        ("=4F=72=6C=61", "quoted-printable", "Orla"),
        ("Fen=\nwick bees", "quoted-printable", "Fenwick bees"),
        (r"\4f \72 \6c \61 ", "css", "Orla"),
        ("xn--mnchen-3ya.de", "punycode", "münchen.de"),
    ],
)
def test_escapes(source: str, via: str, text: str) -> None:
    assert (via, text) in [(view.via, view.text) for view in escapes(Look.at(source))]


@pytest.mark.parametrize(
    "source",
    [
        "Tom &amp; Jerry",
        "a &lt; b &gt; c",
        "100% of 5%",
        "x=10&y=42",
        r"\d+\w{2}",
        "C:\\Users\\x",
        "\\x1b[0m",
        "2 + 2 = 4",
        "a%2Fb%3Ac",
    ],
)
def test_signs_hide_nothing(source: str) -> None:
    assert list(escapes(Look.at(source))) == []


@pytest.mark.parametrize(
    "source", [r"\N{NO SUCH THING}", "xn--\u0660", "xn--99999999", "&#xD800;", "&#1114112;", r"\U99999999", "%ff%fe"]
)
def test_broken_escapes_do_no_harm(source: str) -> None:
    assert all("\ud800" not in view.text for view in escapes(Look.at(source)))
