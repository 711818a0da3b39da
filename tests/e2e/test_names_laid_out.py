"""A registered name, of any script and however it is laid out, never leaves where a person would read it."""

from __future__ import annotations

import asyncio
import html
import json
from collections.abc import Callable, Sequence

from hypothesis import example, given, settings
from hypothesis import strategies as st

from expunge.agents.roles import Roles
from expunge.pipeline import Pipeline
from expunge.screen.screen import Screen
from expunge.settings import PolicySettings
from expunge.types import Decision, Draft, Message, Snapshot, Target

Parts = tuple[str, ...]

GIVEN = {
    "latin, common": [
        "Margaret",
        "Grace",
        "Mark",
        "Rose",
        "Jack",
        "Daisy",
        "Victor",
        "Hope",
        "Dean",
        "June",
        "Will",
        "Robin",
    ],
    "latin, rare": ["Ottoline", "Zephania", "Thessaly", "Evadne", "Perpetua", "Isambard", "Corisande", "Leocadia"],
    "latin, accents": ["Hélène", "Jürgen", "Łucja", "Søren", "Chloë", "Íñigo"],
    "cyrillic": ["Дарья", "Глеб", "Зинаида", "Тихон"],
    "greek": ["Ελπίδα", "Θεόδωρος", "Καλλιόπη"],
    "arabic": ["ليلى", "سامر", "هالة"],
    "hebrew": ["תמר", "אביגיל", "נדב"],
    "devanagari": ["कविता", "मीरा", "रोहन"],
    "hangul": ["서윤", "지호", "하은"],
    "han": ["若溪", "晓岚", "志远"],
    "kana": ["さくら", "ひなた", "アオイ"],
    "thai": ["มะลิ", "สมชาย", "กานดา"],
}
FAMILY = {
    "latin, common": [
        "Carver",
        "Hill",
        "Young",
        "Field",
        "Stone",
        "Cook",
        "Lane",
        "Carpenter",
        "Walker",
        "Potter",
        "Archer",
    ],
    "latin, rare": ["Brathwick", "Mockridge", "Orrincrantz", "Quillfeather", "Threlkeld", "Pinfold", "Fornasier"],
    "latin, accents": ["Charpentier", "Müller", "Wójcik", "Østergård", "Castaño"],
    "cyrillic": ["Мельникова", "Рыбаков", "Соколовская"],
    "greek": ["Παπαδάκη", "Μαυρομάτης"],
    "arabic": ["النجار", "الحداد"],
    "hebrew": ["אברמוביץ", "שטרנברג"],
    "devanagari": ["कुलकर्णी", "पाठक"],
    "hangul": ["김", "선우", "박"],
    "han": ["陈", "周", "欧阳"],
    "kana": ["たかはし", "おのでら"],
    "thai": ["ใจดี", "ทองคำ"],
}
UNSPACED = ("han", "kana", "hangul")
"""Scripts in which the family name stands first, without a space."""


@st.composite
def names(draw: st.DrawFn) -> tuple[str, Parts]:
    """A name of two to four parts, as it is registered, and its parts, the family name last."""
    script = draw(st.sampled_from(list(GIVEN)))
    family = draw(st.sampled_from(FAMILY[script]))
    if script in UNSPACED:
        parts: Parts = (draw(st.sampled_from(GIVEN[script])), family)
        return "".join(parts[::-1]), parts
    given_names = draw(st.lists(st.sampled_from(GIVEN[script]), min_size=1, max_size=3, unique=True))
    parts = (*given_names, family)
    return " ".join(parts), parts


BETWEEN = [
    *("\n", "\r\n", "\u2028", "\u2029", "\x0b", "\x0c", "\x85", "\n\n", "\n> ", "\n    ", "<br>", "<br/>\n"),
    *(" | ", "; ", ";", "/", " / ", "\t", " · ", " – ", "—", "_", " _ ", "&nbsp;", "&#32;", "\u00a0", "\u3000"),
    *("<!-- x --> ", "[^1] ", "[2] ", "\\\\ ", " ** ", "</b> <b>", "</td><td>", "</span><span> ", "`  `"),
    *("\x1b[0m \x1b[1m", "~", " = ", " + ", " & ", "…", "\\quad ", "|"),
]
"""What may stand between the parts of a name."""
INSIDE = [
    *("&shy;", "&#8203;", "\u200b", "\u00ad", "\u034f", "\u2060", "\ufeff", "\ufe0f", "\U000e0041", "\u115f"),
    *("<wbr>", "<i></i>", "**", "\x1b[31m"),
]
"""What may stand between the letters of a part."""


def in_order(name: str, parts: Parts) -> Parts:
    """The parts as they stand in the name."""
    return parts if name.startswith(parts[0]) else parts[::-1]


def _inside(parts: Parts, mark: str) -> str:
    return " ".join(part[:1] + mark + part[1:] if len(part) > 1 else part for part in parts)


def _rows(parts: Parts) -> Parts:
    return (" ".join(parts[:-1]), parts[-1])


LAYOUTS: dict[str, Callable[[Parts], str]] = {
    "bold each": lambda p: "It was " + " ".join(f"**{part}**" for part in p) + ".",
    "italic each": lambda p: "It was " + " ".join(f"*{part}*" for part in p) + ".",
    "links": lambda p: " ".join(f"[{part}](https://example.org/{i})" for i, part in enumerate(p)) + " 1931",
    "footnotes": lambda p: " ".join(f"{part}[^{i}]" for i, part in enumerate(p)),
    "headings": lambda p: "\n".join(f"{'#' * (i + 1)} {part}" for i, part in enumerate(p)) + "\n\n1931",
    "bullets": lambda p: "\n".join(f"- {part}" for part in p),
    "numbered": lambda p: "\n".join(f"{i}. {part}" for i, part in enumerate(p, 1)),
    "quoted mail": lambda p: "\n".join(f"> {part}" for part in p),
    "html list": lambda p: "<ul>" + "".join(f"<li>{part}</li>" for part in p) + "</ul>",
    "html divs": lambda p: "".join(f"<div>{part}</div>" for part in p),
    "html row": lambda p: "<table><tr>" + "".join(f"<td>{part}</td>" for part in p) + "<td>1931</td></tr></table>",
    "entities": lambda p: " ".join("".join(f"&#{ord(c)};" for c in part) for part in p),
    "escaped html": lambda p: html.escape("<b>") + " ".join(p) + html.escape("</b>"),
    "markdown row": lambda p: "| " + " | ".join(p) + " | 1931 |",
    "markdown table": lambda p: f"| first name | last name |\n|---|---|\n| {' '.join(p[:-1])} | {p[-1]} |",
    "json": lambda p: json.dumps(dict(zip(("given", "family"), _rows(p), strict=True)), ensure_ascii=False),
    "json, family first": lambda p: json.dumps(
        {"last_name": p[-1], "age": 51, "first_name": " ".join(p[:-1])}, ensure_ascii=False
    ),
    "json, escaped": lambda p: json.dumps({"firstName": " ".join(p[:-1]), "lastName": p[-1]}),
    "json list": lambda p: json.dumps(list(p), ensure_ascii=False),
    "yaml": lambda p: f"person:\n  given_name: {' '.join(p[:-1])}\n  family_name: {p[-1]}\n",
    "form": lambda p: f"First name: {' '.join(p[:-1])}\nLast name: {p[-1]}\n",
    "csv": lambda p: f"id,first_name,last_name\n7,{' '.join(p[:-1])},{p[-1]}\n",
    "vcard": lambda p: f"BEGIN:VCARD\nN:{p[-1]};{' '.join(p[:-1])};;;\nEND:VCARD",
    "xml": lambda p: f"<person><firstname>{' '.join(p[:-1])}</firstname><surname>{p[-1]}</surname></person>",
    "latex": lambda p: "\\author{" + " ".join(f"\\textsc{{{part}}}" for part in p) + "}",
    "bibtex": lambda p: f"author = {{{p[-1]}, {' '.join(p[:-1])}}},",
    "surname first": lambda p: f"1931: {p[-1]}, {' '.join(p[:-1])}",
    "colours": lambda p: " ".join(f"\x1b[1m{part}\x1b[0m" for part in p),
}  # fmt: skip
BY_FIELD = (
    "markdown table",
    "json",
    "json, family first",
    "json, escaped",
    "yaml",
    "form",
    "csv",
    "vcard",
    "xml",
    "bibtex",
    "surname first",
)
"""Layouts that tell which part is the family name."""
PEOPLE: dict[str, Callable[[Parts], str]] = {
    "couple": lambda p: f"The shop was kept by {p[0]} and Tom {p[-1]}.",
    "his wife": lambda p: f"Tom {p[-1]} and his wife {p[0]} kept the shop.",
    "of the family": lambda p: f"It was {p[0]}, of the {p[-1]} family, who kept the shop.",
    "the girl": lambda p: f"The {p[-1]} girl, {p[0]}, kept the shop.",
    "daughter": lambda p: f"The {p[-1]}s' daughter {p[0]} kept the shop.",
    "lady": lambda p: f"The shop was kept by {p[0]}, Lady {p[-1]}.",
    "siblings": lambda p: f"The {p[-1]} siblings, Tom, {p[0]} and Jo, kept the shop.",
}

TWO_PEOPLE = [
    "{0} Holloway opened the shop. Years later Tom {1} bought it.",
    "{0} Holloway's sister married Tom {1}.",
    "- {0} Holloway\n- Tom {1}",
    "Holloway, {0}\n{1}, Tom",
    "| {0} | Holloway |\n| Tom | {1} |",
    "first,last\n{0},Holloway\nTom,{1}\n",
    '[{{"first": "{0}", "last": "Holloway"}}, {{"first": "Tom", "last": "{1}"}}]',
]
"""Texts in which the two parts are two people's."""

_screen = Screen()
_ids = iter(range(1, 10_000_000))
_pipeline = Pipeline(None, _screen, Roles({}, "rules"), PolicySettings(agents="rules"))


def decided(name: str, text: str, messages: Sequence[Message] = (Message("user", "Who kept the shop?"),)) -> Decision:
    target = Target(name, id="t")
    snapshot = Snapshot(1, {"t": target}, next(_ids), {})
    return asyncio.run(_pipeline.decide(snapshot, messages, Draft(text))).decision


@settings(max_examples=300, deadline=None)
@given(names(), st.sampled_from(BETWEEN))
@example(("Margaret Carver", ("Margaret", "Carver")), "\n")
def test_parted(named: tuple[str, Parts], between: str) -> None:
    name, parts = named
    assert decided(name, f"1931: {between.join(in_order(name, parts))} (shop)") is not Decision.PASSED


@settings(max_examples=200, deadline=None)
@given(names(), st.sampled_from(INSIDE))
@example(("Margaret Carver", ("Margaret", "Carver")), "&shy;")
def test_marks_between_letters(named: tuple[str, Parts], mark: str) -> None:
    name, parts = named
    assert decided(name, f"1931: {_inside(in_order(name, parts), mark)} (shop)") is not Decision.PASSED


@settings(max_examples=300, deadline=None)
@given(names(), st.sampled_from(list(LAYOUTS)))
@example(("Margaret Carver", ("Margaret", "Carver")), "json")
def test_laid_out(named: tuple[str, Parts], layout: str) -> None:
    name, parts = named
    ordered = parts if layout in BY_FIELD else in_order(name, parts)
    assert decided(name, LAYOUTS[layout](ordered)) is not Decision.PASSED


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([(g, f) for kind in ("latin, common", "latin, rare") for g in GIVEN[kind] for f in FAMILY[kind]]),
    st.sampled_from(list(PEOPLE)),
)
def test_of_a_family(parts: Parts, way: str) -> None:
    assert decided(" ".join(parts), PEOPLE[way](parts)) is not Decision.PASSED


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([(g, f) for kind in ("latin, common", "latin, rare") for g in GIVEN[kind] for f in FAMILY[kind]]),
    st.sampled_from(TWO_PEOPLE),
)
def test_two_people_are_left_alone(parts: Parts, way: str) -> None:
    assert decided(" ".join(parts), way.format(*parts)) is Decision.PASSED
