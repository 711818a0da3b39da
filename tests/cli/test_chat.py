from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from expunge.models.scripted import ScriptedChat

Expunge = Callable[..., Any]


def test_every_line_is_a_turn(expunge: Expunge, vanilla: ScriptedChat) -> None:
    result = expunge("chat", "--system", "Be brief.", stdin=b"Where is the harbour?\n\nWho are you?\n")
    assert result.code == 0
    assert result.out == "The harbour is at the end of Salt Street.\nI cannot say.\n"
    assert [m.role for m in vanilla.calls[-1].messages] == ["system", "user", "assistant", "user"]


def test_the_draft_never_enters_the_conversation(expunge: Expunge, vanilla: ScriptedChat) -> None:
    expunge("targets", "add", "Isolde Farrow", "--no-elicit")
    result = expunge("chat", "--json", stdin=b"Who is Isolde Farrow?\nWhere does she live?\n")
    answers = [json.loads(line) for line in result.out.splitlines()]
    assert [answer["decision"] for answer in answers] == ["refused", "refused"]
    told = vanilla.calls[-1].messages[1]
    assert told.role == "assistant"
    assert told.content == answers[0]["text"]
    assert "Hollowmere" not in result.out


def test_commands(expunge: Expunge, vanilla: ScriptedChat) -> None:
    turns = b"Where is the harbour?\n/new\nWhere is the harbour?\n/draft\nWhere is the harbour?\n/quit\nWho are you?\n"
    result = expunge("chat", stdin=turns)
    assert len(vanilla.calls) == 3
    assert len(vanilla.calls[1].messages) == 1
    assert result.out.count("Draft:") == 1


def test_at_a_terminal(at_terminal: Expunge) -> None:
    result = at_terminal("chat", typed="Where is the harbour?\n")
    assert result.code == 0
    assert "The harbour is at the end of Salt Street." in result.out


def test_help_and_unknown_commands(at_terminal: Expunge, expunge: Expunge, vanilla: ScriptedChat) -> None:
    result = at_terminal("chat", typed="/help\n/drafts\n")
    assert result.err.count("/draft shows or hides") == 3
    assert "There is no command /drafts." in result.err
    assert vanilla.calls == []
    expunge("chat", stdin=b"/help\n/etc\n")
    assert [call.messages[-1].content for call in vanilla.calls] == ["/etc"]
