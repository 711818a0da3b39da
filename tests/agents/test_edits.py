from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunge.agents.edits import Edit, edited, made
from expunge.errors import AgentError
from expunge.types import Change

DRAFT = "Ivo Brandt dug the harbour in 1884. Tamsin Orlebeck, a friend, built its clock. It still runs.\n"


def cut(find: str, until: str = "", put: str = "") -> Edit:
    return Edit(find, until, put)


@pytest.mark.parametrize(
    ("draft", "edits", "text"),
    [
        (DRAFT, [], DRAFT),
        (DRAFT, [cut("Tamsin", "clock.")], "Ivo Brandt dug the harbour in 1884. It still runs.\n"),
        (DRAFT, [cut("It still", "", "The clock")], DRAFT.replace("It still", "The clock")),
        # Several at once, in any order, and the same one twice.
        (DRAFT, [cut(" It still runs."), cut(", a friend,"), cut(", a friend,")],
         "Ivo Brandt dug the harbour in 1884. Tamsin Orlebeck built its clock.\n"),
        # `until` is the next one after `find`.
        ("a b c b d", [cut("a", "b")], "c b d"),
        # A cut takes the blank, or the empty line, that it would leave.
        ("One. Two. Three.", [cut("Two.")], "One. Three."),
        ("One. Two.", [cut("Two.")], "One."),
        ("One. Two.", [cut("One.")], "Two."),
        ("Ida and Ora, too.", [cut("and Ora")], "Ida, too."),
        ("- one\n- two\n- three\n", [cut("- two")], "- one\n- three\n"),
        ("- one\n- two\n- three\n", [cut("two")], "- one\n- three\n"),
        ("- one\n- two\n- three\n", [cut("- two\n")], "- one\n- three\n"),
        ("- one\n- two\n- three", [cut("- three")], "- one\n- two"),
        ("- one\n- two\n- three", [cut("\n- three")], "- one\n- two"),
        ("In\n\n- one\n- two\n\nOut\n", [cut("- one"), cut("- two")], "In\n\nOut\n"),
        ("One.\n\nTwo.\n\nThree.\n", [cut("Two.")], "One.\n\nThree.\n"),
        ("One.\r\n\r\nTwo.\r\n\r\nThree.", [cut("Two.")], "One.\r\n\r\nThree."),
        ("One.\n\nTwo.", [cut("Two.")], "One."),
        ("One.\n\nTwo.", [cut("One.")], "Two."),
        ("One.\n\nTwo.\n", [cut("Two.")], "One.\n"),
        ("One.\r\n\r\nTwo.\r\n", [cut("Two.\n")], "One.\r\n"),
        ("Two.\n", [cut("Two.")], ""),
        ("a: 1\nb: 2\n\nc: 3\n", [cut("b: 2\n")], "a: 1\n\nc: 3\n"),
        ("a: 1\n\nb: 2\n\nc: 3\n", [cut("b: 2\n")], "a: 1\n\nc: 3\n"),
        ("x: 1   # hers\ny: 2\n", [cut("# hers")], "x: 1\ny: 2\n"),
        ("a:\n  b: 1\n  c: 2\n", [cut("  b: 1\n")], "a:\n  c: 2\n"),
        ("第一句。第二句。第三句。", [cut("第二句。")], "第一句。第三句。"),
        # What is not cut keeps its own blanks and lines.
        ("a  b\n\n\n\nc Tamsin d", [cut("Tamsin")], "a  b\n\n\n\nc d"),
    ],
)  # fmt: skip
def test_edits_are_made_and_nothing_else(draft: str, edits: list[Edit], text: str) -> None:
    variant = edited(draft, edits)
    assert variant.text == text
    assert made(draft, variant.changes) == text


@pytest.mark.parametrize(
    ("edits", "match"),
    [
        ([cut("Tamsin Orlbeck")], "fits no passage"),
        ([cut("")], "fits no passage"),
        ([cut("", "runs.")], "fits no passage"),
        ([cut("a")], "fits several"),
        ([cut("Tamsin", "harbour")], "has no end"),
        ([cut("Tamsin Orlebeck, a"), cut("a friend")], "overlap"),
        ([cut("Tamsin", "clock."), cut("a friend")], "overlap"),
    ],
)
def test_an_edit_that_does_not_fit(edits: list[Edit], match: str) -> None:
    with pytest.raises(AgentError, match=match) as caught:
        edited(DRAFT, edits)
    assert "Orl" not in str(caught.value)


def test_an_edit_is_made_where_it_was_seen() -> None:
    """The model is shown the draft without hidden characters; those around what it cuts stay, those within go."""
    hidden = "Ivo\u200b Brandt dug it. Tam\u200bsin\U000e0041 built\r\na clock.\u200b It runs\u200b."
    variant = edited(hidden, [cut("Tamsin", "built\na clock.")])
    assert variant.text == "Ivo\u200b Brandt dug it. It runs\u200b."
    assert edited("<untrusted-1> here", [cut("(untrusted-1>")]).text == "here"


def test_json_must_stay_json() -> None:
    draft = '{"a": [1, 2], "her": "Tamsin"}'
    assert edited(draft, [cut(', "her": "Tamsin"')]).text == '{"a": [1, 2]}'
    with pytest.raises(AgentError, match="format"):
        edited(draft, [cut('"her": "Tamsin"')])


def test_marks_stand_where_the_draft_was_changed() -> None:
    assert made("abc", [Change(0, 1, ""), Change(2, 3, "x")], "<%d>") == "<1>bx<2>"


@given(
    st.text("ab .\n-,\u200b", max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 8), st.sampled_from(["", "", "x"])), max_size=4),
)
def test_whatever_the_edits_the_rest_is_the_drafts_in_order(draft: str, spans: list[tuple[int, int, str]]) -> None:
    edits = [Edit(draft[start : start + length], "", put) for start, length, put in spans]
    try:
        variant = edited(draft, edits)
    except AgentError:
        return
    at = 0
    for change in variant.changes:
        assert at <= change.start <= change.end <= len(draft)
        at = change.end
    assert made(draft, variant.changes) == variant.text
    gone = "".join(draft[change.start : change.end] for change in variant.changes)
    wanted = "".join(dict.fromkeys(edit.find for edit in edits))
    assert sum(c in "ab" for c in gone) == sum(c in "ab" for c in wanted)
