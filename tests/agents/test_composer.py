from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from expunge.agents import composer
from expunge.agents.case import Case, Played
from expunge.agents.edits import Edit, edited
from expunge.errors import AgentError, ModelUnreachable
from expunge.models.base import Completion
from expunge.prompts.loader import load
from expunge.types import Draft, Variant

Make = Callable[..., Any]


def variants(*texts: str) -> list[Variant]:
    return [Variant(text, "model") for text in texts]


async def test_merges_in_one_call(case: Case, chat: Make) -> None:
    model = chat({"answer": "merged $5 {x}"})
    played = await composer.compose(case, variants("first", "", "second", "first"), model)
    assert played.value == "merged $5 {x}"
    assert (played.by, played.calls, played.prompt_digest) == ("model", 1, load("composer/compose").digest)
    user = model.calls[0][0][1].content
    assert "The 2 candidates" in user
    assert user.index("first") < user.index("second")


async def test_is_shown_no_target_no_draft_and_only_the_last_question(case: Case, chat: Make) -> None:
    model = chat({"answer": "merged"})
    await composer.compose(case, variants("first", "second"), model)
    user = model.calls[0][0][1].content
    assert "Orlebeck" not in user
    assert "glass" not in user
    assert "who made the clock" in user
    assert "Tell me about the harbour" not in user


@pytest.mark.parametrize(("texts", "answer"), [(["only"], "only"), (["a", "a", ""], "a"), (["", " "], ""), ([], "")])
async def test_nothing_to_merge_needs_no_call(texts: list[str], answer: str, case: Case, chat: Make) -> None:
    model = chat("never")
    played = await composer.compose(case, variants(*texts), model)
    assert (played.value, played.calls, model.calls) == (answer, 0, [])


@pytest.mark.parametrize(
    "reply",
    [
        "merged",
        {"answer": ""},
        {"answer": " \n"},
        {"answer": None},
        {"answer": ["merged"]},
        {"answer": "x" * 2_100},
        {"answer": "\ud800"},
        {"text": "merged"},
        {"answer": "merged", "note": "x"},
        Completion("", reasoning=json.dumps({"answer": "merged"})),
        Completion(json.dumps({"answer": "merged"}), finish_reason="length"),
        ModelUnreachable("gone"),
    ],
)
async def test_a_composer_that_fails_or_does_not_parse(reply: Any, case: Case, chat: Make) -> None:
    with pytest.raises(AgentError, match="the Composer"):
        await composer.compose(case, variants("first", "second"), chat(reply))


DRAFT = "Ivo Brandt, an engineer, dug the harbour in 1884. Tamsin Orlebeck built its clock. It still runs."


def version(*edits: tuple[str, str]) -> Variant:
    return edited(DRAFT, [Edit(find, "", put) for find, put in edits])


CLOCK = ("Tamsin Orlebeck built its clock. ", "")
NO_TRADE = version((", an engineer,", ""), CLOCK)
NO_YEAR = version((" in 1884", ""), CLOCK)
CAREFUL = version((" in 1884", ""), (", an engineer,", ""), CLOCK)


async def choosing(case: Case, model: Any, *versions: Variant) -> Played[str]:
    return await composer.choose(replace(case, draft=Draft(DRAFT)), versions, model)


async def test_versions_that_keep_different_things_are_merged_place_by_place(case: Case, chat: Make) -> None:
    model = chat({"choices": [2, 1]})
    played = await choosing(case, model, NO_TRADE, NO_YEAR)
    assert played.value == "Ivo Brandt, an engineer, dug the harbour in 1884. It still runs."
    assert (played.calls, played.prompt_digest) == (1, load("composer/choose").digest)
    user = model.calls[0][0][1].content
    assert user.count('what="place ') == 4
    assert "Orlebeck" not in user
    assert "who made the clock" in user


@pytest.mark.parametrize(
    "versions",
    [
        [NO_TRADE],
        [NO_TRADE, CAREFUL],
        [NO_YEAR, CAREFUL],
        [NO_TRADE, Variant("Another, longer text by rules.", "rules")],
    ],
)
async def test_a_best_version_that_keeps_all_that_others_keep_needs_no_call(
    versions: list[Variant], case: Case, chat: Make
) -> None:
    model = chat("never")
    played = await choosing(case, model, *versions)
    assert (played.value, played.calls, model.calls) == (versions[0].text, 0, [])


async def test_a_merger_that_breaks_the_format_is_not_used(case: Case, chat: Make) -> None:
    draft = '{"a": 1, "b": 2, "c": 3}'
    versions = [edited(draft, [Edit(', "b": 2', "", "")]), edited(draft, [Edit('"a": 1, "b"', "", '"b"')])]
    played = await composer.choose(replace(case, draft=Draft(draft)), versions, chat({"choices": [2]}))
    assert played.value in {version.text for version in versions}


@pytest.mark.parametrize(
    "reply",
    [
        "the second",
        {"choices": []},
        {"choices": [1]},
        {"choices": [1, 2, 1]},
        {"choices": [1, 3]},
        {"choices": [0, 1]},
        {"choices": ["1", "2"]},
        {"choices": [True, True]},
        {"answer": "merged"},
        Completion(json.dumps({"choices": [1, 2]}), finish_reason="length"),
        ModelUnreachable("gone"),
    ],
)
async def test_choices_that_do_not_parse(reply: Any, case: Case, chat: Make) -> None:
    with pytest.raises(AgentError, match="the Composer"):
        await choosing(case, chat(reply), NO_TRADE, NO_YEAR)
