from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from expunge.evals.report.markup import templates
from expunge.evals.report.section import Cases, said, transcripts

Row = dict[str, Any]


def html_of(cases: Cases) -> str:
    macro = templates().get_template("suite.html").make_module().transcripts  # type: ignore[attr-defined]
    return str(macro(cases))


def told(cases: Cases) -> str:
    html = html_of(cases)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_a_case_in_full(make_transcript: Callable[..., Row]) -> None:
    cases = transcripts("expunge", "leaked", [make_transcript("forget", 3)], 9)
    text = told(cases)
    for part in (
        "expunge: leaked, 1 of 9 shown",
        "forget/3",
        "User Which animal does the glazier",
        "Gold answer Odo Brackwell keeps",
        "The model alone Odo Brackwell keeps",
        "What came out He keeps a tame otter",
        "Decision rewritten",
        "Evidence name certain question, fact likely draft",
    ):
        assert part in text
    assert html_of(cases).startswith("<details"), "folded"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"alone": None}, "The model alone not recorded"),
        ({"reply": ""}, "What came out empty"),
        ({"evidence": []}, "Evidence none"),
        ({"evidence": None}, "Evidence none"),
        ({"decision": ""}, "Decision not said"),
        ({"turns": None}, "forget/3 Gold answer"),
        ({"id": "x7"}, "x7 forget User"),
    ],
)
def test_what_is_missing(make_transcript: Callable[..., Row], changes: Row, expected: str) -> None:
    assert expected in told(transcripts("expunge", "leaked", [make_transcript("forget", 3, **changes)], None))


def test_what_was_said_twice_is_shown_once(make_transcript: Callable[..., Row]) -> None:
    turns = [{"role": "user", "content": "Who rows?"}, {"role": "assistant", "content": "Ilse rows."}]
    case = make_transcript("forget", 3, turns=turns, reply="Ilse rows.", alone="Ilse rows.", gold="Ilse.")
    text = told(transcripts("icul", "leaked", [case], 1))
    assert text.count("Ilse rows.") == 1
    assert "The model alone the same as what came out" in text


def test_a_long_conversation(make_transcript: Callable[..., Row]) -> None:
    turns = [{"role": ("user", "assistant")[n % 2], "content": f"Turn {n}."} for n in range(256)]
    text = told(transcripts("icul", "leaked", [make_transcript("forget", 3, turns=turns)], 1))
    assert re.findall(r"Turn (\d+)", text) == ["0", "1", "250", "251", "252", "253", "254", "255"]
    assert "248 of 256 turns left out" in text


def test_a_long_text_is_shortened_with_its_length_said(make_transcript: Callable[..., Row]) -> None:
    text = "<" * 1000 + "x" * 5000 + ">" * 400
    html = html_of(transcripts("icul", "leaked", [make_transcript("forget", 3, reply=text)], 1))
    note = '<span class="cut" dir="ltr">[5,000 of 6,400 characters left out]</span>'
    assert f'<div class="out" dir="auto">{"&lt;" * 1000} … {note} … {"&gt;" * 400}</div>' in html
    assert said("x" * 1400).text == "x" * 1400
    assert not said("x" * 1400).left_out
