from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from expunge.cli.ask import NO_TARGETS, why
from expunge.models.scripted import ScriptedChat
from expunge.types import Answer, Decision, Evidence, EvidenceKind, Step, Strength, Trace

Expunge = Callable[..., Any]


@pytest.fixture
def registered(expunge: Expunge) -> str:
    result = expunge("targets", "add", "Isolde Farrow", "--fact", "She lives in Hollowmere.", "--no-elicit", "--json")
    return str(json.loads(result.out)["id"])


def test_without_targets_it_answers_and_says_what_to_do(expunge: Expunge) -> None:
    result = expunge("ask", "Who is Isolde Farrow?")
    assert result.code == 0
    assert result.out == "Isolde Farrow is a cartographer from Hollowmere.\n"
    assert result.err == NO_TARGETS + "\n"
    assert "expunge targets add" in NO_TARGETS


def test_a_target_is_not_told(expunge: Expunge, registered: str) -> None:
    result = expunge("ask", "Who is Isolde Farrow?")
    assert result.code == 0
    assert "Hollowmere" not in result.out
    assert "cartographer" not in result.out
    assert result.err == ""


def test_others_are_answered_byte_for_byte(expunge: Expunge, registered: str) -> None:
    assert expunge("ask", "Where is the harbour?").out == "The harbour is at the end of Salt Street.\n"


def test_json_has_exactly_these_keys(expunge: Expunge, registered: str) -> None:
    result = expunge("ask", "Who is Isolde Farrow?", "--json")
    data = json.loads(result.out)
    assert list(data) == ["text", "decision", "revision", "targets", "calls", "timings_ms", "trace"]
    assert data["decision"] == "refused"
    assert data["targets"] == [registered]
    assert data["calls"] == 2  # the second one is about somebody who never existed
    assert data["revision"] == 1
    assert [step["name"] for step in data["trace"]][:2] == ["vanilla", "screen"]
    assert "Hollowmere" not in result.out
    assert "Isolde" not in result.out


def test_json_with_the_draft(expunge: Expunge, registered: str) -> None:
    data = json.loads(expunge("ask", "Who is Isolde Farrow?", "--json", "--show-draft").out)
    assert data["draft"] == "Isolde Farrow is a cartographer from Hollowmere."


def test_show_draft_puts_both_side_by_side(expunge: Expunge, at_terminal: Expunge, registered: str) -> None:
    plain = expunge("ask", "Who is Isolde Farrow?", "--show-draft").out
    assert "Draft:\nIsolde Farrow is a cartographer from Hollowmere.\n\nFinal (refused):\n" in plain
    assert "Evidence: name" in plain
    panels = at_terminal("ask", "Who is Isolde Farrow?", "--show-draft").out
    assert any("draft" in line and "final: refused" in line for line in panels.splitlines())
    assert registered in panels


def test_the_question_from_standard_input(expunge: Expunge, vanilla: ScriptedChat) -> None:
    result = expunge("ask", "-", "--system", "Be brief.", stdin=b"Where is the harbour?")
    assert result.out == "The harbour is at the end of Salt Street.\n"
    assert [(m.role, m.content) for m in vanilla.calls[-1].messages] == [
        ("system", "Be brief."),
        ("user", "Where is the harbour?"),
    ]


@pytest.mark.parametrize("question", ["", "  \n"])
def test_an_empty_question(expunge: Expunge, question: str) -> None:
    result = expunge("ask", question)
    assert (result.code, result.err) == (2, "The question is empty; type one.\n")


def test_a_terminal_gets_no_control_characters(
    at_terminal: Expunge, expunge: Expunge, vanilla: ScriptedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vanilla, "_reply", lambda messages, options: "a\x1b[2Jb\x07\nc")
    assert at_terminal("ask", "x").out.startswith("a[2Jb\nc\n")
    assert expunge("ask", "x").out == "a\x1b[2Jb\x07\nc\n"


def test_why_names_what_put_the_draft_on_trial() -> None:
    def seen(kind: EvidenceKind, channel: Any, via: str = "") -> Evidence:
        return Evidence("t_1", kind, Strength.CERTAIN, channel, 0, 1, via=via)

    evidence = (
        seen(EvidenceKind.NAME, "system"),
        seen(EvidenceKind.NAME, "question"),
        seen(EvidenceKind.PARTIAL_NAME, "question"),
        seen(EvidenceKind.DECODED, "draft", "base64"),
        seen(EvidenceKind.PARTIAL_NAME, "draft"),
    )
    answer = Answer("", Decision.REFUSED, 1, trace=Trace((Step("screen", "code", 0.0, evidence=evidence),)))
    assert why(answer) == "name in the question; decoded (base64), partial name in the draft"
