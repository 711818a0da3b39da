from __future__ import annotations

import pytest

from expunge.text.rendered import rendered


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("Orla<br>Fenwick", "Orla\nFenwick"),
        ("<b>Or</b>la F<i>en</i>wick", "Orla Fenwick"),
        ("Orla<!-- a note --> Fenwick", "Orla Fenwick"),
        ("<td>Orla</td><td>Fenwick</td>", "\tOrla\t\tFenwick\t"),
        ("Or&shy;la&nbsp;F&#101;nwick", "Or\u00adla\u00a0Fenwick"),
        ("Orla<sup>1</sup> Fenwick", "Orla Fenwick"),
        ('<img alt="Orla\nFenwick">', "\nOrla\nFenwick\n\n"),
        ("<script>x</script>Orla", "Orla"),
        ("<first>Orla</first><last>Fenwick</last>", "\tOrla\t\tFenwick\t"),
        ("**Or**la *Fenwick* ~~was~~ `here`", "Orla Fenwick was here"),
        ("[Orla](https://example.org) [Fenwick][1]", "Orla Fenwick"),
        ("![Orla](o.png)![Fenwick](f.png)", "OrlaFenwick"),
        ("Orla[^1] Fenwick[2]", "Orla Fenwick"),
        ("[Orla] Fenwick", None),
        ("# Orla\n## Fenwick", "Orla\nFenwick"),
        ("- Orla\n- Fenwick", "Orla\nFenwick"),
        ("- [x] Orla", "Orla"),
        ("1. Orla\n2) Fenwick", "Orla\nFenwick"),
        ("> Orla\n>\n> Fenwick", "Orla\n\nFenwick"),
        ("| a | b |\n|---|---|\n| c | d |", "| a | b |\n\n| c | d |"),
        ("Fen-\nwick", "Fenwick"),
        ("Fen-\nWick", None),
        ("\x1b[31mO\x1b[0mrla \\033[1mFenwick", "Orla Fenwick"),
        ("\\author{Orla \\textsc{Fenwick}}", "\nOrla Fenwick"),
        ('J\\"urgen \\v{C}apek \\o', "Jürgen Čapek ø"),
        ("Orla \\\\ Fenwick", "Orla   Fenwick"),
        ("Orla\\nFenwick", "Orla\nFenwick"),
        ("\\*Orla\\*", "*Orla*"),
        ("{O}rla", "Orla"),
        ("2 < 3 & 4 > 1", None),
        ("-5 degrees\n42", None),
        ("Plain text. Nothing else.", None),
        ("", None),
    ],
)
def test_shown(source: str, shown: str | None) -> None:
    view = rendered(source)
    assert (None if view is None else view.text) == shown


@pytest.mark.parametrize(
    "source", ["Orla<br>Fenwick", "**Or**la Fenwick", "x &amp; Orla &shy; Fenwick", "- Orla\n- Fenwick"]
)
def test_places_are_the_sources(source: str) -> None:
    view = rendered(source)
    assert view is not None
    start = view.text.index("Fenwick")
    a, b = view.locate(start, start + 7)
    assert source[a:b] == "Fenwick"
    assert view.offsets is not None
    assert len(view.offsets()) == len(view.text)
