from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from importlib import resources
from itertools import pairwise
from typing import Any

import pytest

from expunge.evals.report.page import page

Row = dict[str, Any]
VOID = {"meta", "br", "hr", "col"}


class Reader(HTMLParser):
    """The elements of a page in order, their nesting checked."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.found if tag in tags]


def test_a_page_stands_alone(sample: Row) -> None:
    html = page(sample)
    reader = Reader(html)
    assert html.startswith('<!doctype html>\n<html lang="en">')
    assert not {tag for tag, _ in reader.found} & {"script", "link", "img", "iframe", "object", "base", "form"}
    assert all(a["href"].startswith("#") for a in reader.all("a"))
    assert not re.search(r"url\(|@import|\bsrc=|\bon\w+=", html)
    assert any(meta.get("content", "").startswith("default-src 'none'") for meta in reader.all("meta"))


def test_it_can_be_read_aloud(sample: Row) -> None:
    reader = Reader(page(sample))
    levels = [int(tag[1]) for tag, _ in reader.found if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(th.get("scope") for th in reader.all("th"))
    pictures = [svg for svg in reader.all("svg") if svg.get("aria-hidden") != "true"]
    assert len(pictures) == 7, "a suite with both rates, and six of cost"
    assert all(svg["role"] == "img" and svg["aria-label"] for svg in pictures)
    ids = [attributes["id"] for _, attributes in reader.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {a["href"][1:] for a in reader.all("a")} | {s["aria-labelledby"] for s in reader.all("section")}
    assert targets <= set(ids)


def test_what_it_tells_and_in_which_order(sample: Row) -> None:
    html = page(sample)
    told = " ".join(Reader(html).texts)
    command = "expunge eval all --data 'my data' --seed 0"
    for part in ("24 November 2026", command, "3 suites", "4,600", "tell-apart AUC", "icul: leaked, 2 of "):
        assert part in told
    assert "none: leaked" not in told
    titles = re.findall(r"<h2[^>]*>(.*?)</h2>", html)
    assert [title.split(":")[0] for title in titles] == [
        "Summary",
        "Figure 1",
        "Figure 2",
        "TOFU forget10",
        "WMDP and MMLU",
        "Telling refusals from ignorance",
        "How to read this",
    ]


HOSTILE = "</style></title></details><script>alert('x')</script><img src=x onerror=\"alert(1)\">&amp;\x00\x1b\ud800"

LEAK = ("suites", 0, "systems", 1, "worst", "leaks", 0)


@pytest.mark.parametrize(
    "path",
    [
        ("made", "expunge"),
        ("made", "date"),
        ("made", "command", 0),
        ("suites", 0, "title"),
        ("suites", 0, "upstream"),
        ("suites", 0, "facts"),
        ("suites", 0, "command"),
        ("suites", 0, "targets"),
        ("suites", 0, "options", "split"),
        ("suites", 0, "systems", 0, "system"),
        ("suites", 0, "systems", 0, "models", "vanilla"),
        ("suites", 0, "systems", 0, "rows", 0, "part"),
        ("suites", 0, "systems", 0, "rows", 0, "n"),
        ("suites", 0, "systems", 0, "extra", HOSTILE),
        *((*LEAK, key) for key in ("id", "gold", "reply", "alone", "decision")),
        (*LEAK, "turns", 0, "content"),
        (*LEAK, "turns", 0, "role"),
        (*LEAK, "evidence", 0),
        ("scale", "upstream"),
        ("scale", "command"),
        ("scale", "points", 0, "system"),
    ],
)
def test_every_text_is_escaped(sample: Row, path: tuple[Any, ...]) -> None:
    place: Any = sample
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = HOSTILE
    html = page(sample)
    reader = Reader(html)
    assert not reader.all("script", "img")
    assert "alert(" in html
    assert "\x00" not in html
    html.encode()


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inside in value.items():
            yield key
            yield from keys(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from keys(inside)


def without(value: Any, key: str, put: Any) -> Any:
    """The value with everything under `key`, at any depth, replaced."""
    if isinstance(value, dict):
        return {own: put if own == key else without(inside, key, put) for own, inside in value.items()}
    return [without(inside, key, put) for inside in value] if isinstance(value, list) else value


def test_nulls_wherever_they_are(sample: Row) -> None:
    sample["suites"] = sample["suites"][1:]
    for suite in sample["suites"]:
        suite["systems"] = suite["systems"][-2:]
    for key in dict.fromkeys(keys(copy.deepcopy(sample))):
        Reader(page(without(sample, key, None)))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"suites": [], "scale": None}, "Nothing was measured"),
        ({"suites": None}, "Nothing was measured"),
        ({"scale": None}, "Cost by number of targets was not measured."),
        ({"scale": {"points": [], "screen": []}}, "Cost by number of targets was not measured."),
    ],
)
def test_half_a_summary(sample: Row, change: Row, told: str) -> None:
    assert told in page(sample | change)


def test_an_empty_summary() -> None:
    assert "nothing measured" in page({})


def test_systems_that_were_not_run_leave_no_trace(make_suite: Callable[..., Row]) -> None:
    suite = make_suite(
        "many-people", "People", [("people forget", 40, True), ("people retain", 40, False)], ["expunge"]
    )
    html = page({"suites": [suite]})
    assert "keyword" not in html
    assert html.count("<caption>To forget, expunge</caption>") == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(scheme: str) -> None:
    css = resources.files("expunge.evals.report").joinpath("report.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    colours = dict(re.findall(r"--([\w]+): (#\w{6});", blocks[0 if scheme == "light" else 1]))

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one: str, other: str) -> float:
        light, dark = sorted((luminance(colours[one]), luminance(colours[other])), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    for ground in ("paper", "well", "ours", "corner"):
        for text in ("ink", "quiet"):
            assert contrast(text, ground) >= 4.5, f"{text} on {ground}"
    for series in (f"s{number}" for number in range(8)):
        assert contrast(series, "paper") >= 3
        assert contrast(series, "corner") >= 3
    assert contrast("link", "paper") >= 4.5
