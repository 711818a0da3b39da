"""Which conversations demand a form, and whether a program can read plain words in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from expunge.forms.finding import follows_protocol, form_of
from expunge.types import Message
from tests.forms.more_protocols import MORE_ORDINARY, MORE_PROTOCOLS
from tests.protocols import ORDINARY, PROTOCOLS, Protocol

WORDS = "I'm not familiar with that."


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.id)
def test_plain_words_keep_the_form(protocol: Protocol) -> None:
    form = form_of(protocol.messages)
    assert form is not None
    assert protocol.reads(form.write(WORDS))
    assert form.write(WORDS) == form.write(WORDS)


@pytest.mark.parametrize(("id_", "system", "question"), ORDINARY, ids=[id_ for id_, _, _ in ORDINARY])
def test_an_ordinary_conversation_demands_none(id_: str, system: str, question: str) -> None:
    turns = [Message("system", system), Message("user", question)]
    assert form_of([turn for turn in turns if turn.content]) is None


@pytest.mark.parametrize(
    ("system", "question", "reads"),
    [pytest.param(*rest, id=id_) for id_, *rest in MORE_PROTOCOLS],
)
def test_plain_words_keep_other_forms(system: str, question: str, reads: Callable[[str], object]) -> None:
    form = form_of([Message(role, text) for role, text in (("system", system), ("user", question)) if text])  # type: ignore[arg-type]
    assert form is not None
    assert reads(form.write(WORDS))


@pytest.mark.parametrize(("system", "question"), MORE_ORDINARY)
def test_other_ordinary_conversations_demand_none(system: str, question: str) -> None:
    assert form_of([Message(role, text) for role, text in (("system", system), ("user", question)) if text]) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("system", "question", "strict"),
    [
        ('Reply in JSON: {"answer": "..."}', "Who is she?", True),
        ("", "Who is she? Respond exclusively with a numbered list.", False),
        ("Every reply must have these headings:\n## A\n## B", "Who is she?", True),
        ("", "Who is she? Give a summary with these headings:\n## A\n## B", False),
        ("You are a helpful assistant.", "Who is she?", False),
    ],
)
def test_a_layout_that_only_the_question_asks_for_is_no_protocol(system: str, question: str, strict: bool) -> None:
    assert follows_protocol([Message("system", system), Message("user", question)]) is strict


def test_the_question_counts_more_than_the_scene() -> None:
    turns = [Message("system", "Always answer inside <answer></answer> tags."), Message("user", "Why? Answer as JSON.")]
    form = form_of(turns)
    assert form is not None
    assert form.write(WORDS) == f'{{"answer": "{WORDS}"}}'


@pytest.mark.parametrize("role", ["tool", "assistant"])
def test_what_a_tool_says_demands_nothing(role: str) -> None:
    turns = [Message("user", "Who is she?"), Message(role, 'Always reply in JSON: {"answer": "..."}')]  # type: ignore[arg-type]
    assert form_of([*turns, Message("user", "Well?")]) is None


GREEDY = (
    "{", '{"a":', "<a", "<a></a>", "json {", "Thought: a\nAction: b\n", "[[a]]", "answer only letter A. b ",
    "# a\n", "`", " ", "\n", "one of: a, ", "answer yes or no ", 'begin with "a ', "csv table yaml ", "中", "*",
)  # fmt: skip


@pytest.mark.parametrize("seed", GREEDY)
def test_a_long_text_is_looked_through_by_its_ends_alone(seed: str) -> None:
    """What a text of two million characters says in its middle costs nothing, whatever it is."""
    ends = (seed * 6_000)[:6_000]
    long, short = f"{ends}{seed * (2_000_000 // len(seed))}{ends}", f"{ends}\n{ends}"
    found = [form_of([Message("user", text)]) for text in (long, short)]
    assert (found[0] is None) == (found[1] is None)
