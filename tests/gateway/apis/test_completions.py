"""The legacy endpoint's protocol."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types import Completion

from expunge.errors import ModelReplyError
from expunge.gateway.apis.completions import CompletionsApi
from expunge.gateway.errors import InvalidBody
from expunge.gateway.sse import DONE, Event
from expunge.pipeline import Outcome
from expunge.settings import RefusalForm
from expunge.types import Decision, Draft, Message, Trace

API = CompletionsApi()
REFUSAL = "I do not know that."


def reply(*texts: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "cmpl-1",
        "object": "text_completion",
        "created": 1,
        "model": "stub",
        "choices": [
            {"index": index, "text": text, "logprobs": None, "finish_reason": "length"}
            for index, text in enumerate(texts)
        ],
        "usage": {"prompt_tokens": 4, "completion_tokens": 10, "total_tokens": 14},
        **more,
    }


def outcome(text: str, decision: Decision = Decision.REFUSED) -> Outcome:
    return Outcome(text, decision, (), Trace())


PASSED = outcome("", Decision.PASSED)


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ({"prompt": "Who sails?"}, "Who sails?"),
        ({"prompt": ["Who sails?", "Who swims?"]}, "Who sails?\n\nWho swims?"),
        ({"prompt": "def f(", "suffix": "return x"}, "def f(\n\nreturn x"),
        ({"prompt": None}, ""),
        ({}, ""),
        ({"prompt": []}, ""),
    ],
)
def test_all_prompts_are_the_question(body: dict[str, Any], asked: str) -> None:
    assert API.conversation(body) == ((Message("user", asked),) if asked else ())


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"prompt": [1, 2, 3]}, "prompt"),
        ({"prompt": [[1, 2], [3]]}, "prompt"),
        ({"prompt": 7}, "prompt"),
        ({"prompt": {"text": "Odo"}}, "prompt"),
        ({"prompt": ["Odo", None]}, "prompt"),
        ({"prompt": "a", "suffix": ["b"]}, "suffix"),
        ({"prompt_embeds": "AAAA"}, "prompt_embeds"),
    ],
)
def test_what_cannot_be_read_is_turned_down(body: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidBody) as caught:
        API.conversation(body)
    assert caught.value.param == param


@pytest.mark.parametrize(
    ("body", "text", "hidden"),
    [
        ({"prompt": "Who sails?"}, "Odo Brackwell", ""),
        ({"prompt": "Who sails?\nIt is Odo Brack"}, "well, I think.", "It is Odo Brackwell, I think."),
        ({"prompt": ["Who?", "The end of Odo Brack"]}, "well", ""),
        ({"prompt": "It is Odo Brack", "echo": True}, "It is Odo Brackwell", ""),
        ({"prompt": "Who sails?", "suffix": "well sails."}, "It is Odo Brack", "It is Odo Brackwell sails."),
    ],
)
def test_what_is_cut_in_two_is_read_as_one(body: dict[str, Any], text: str, hidden: str) -> None:
    assert API.drafts(body, reply(text)) == (Draft(text, hidden),)


def test_the_prompt_of_each_of_several_choices() -> None:
    body = {"prompt": ["This is Odo Brack", "That is Ilse Van"], "n": 2}
    drafts = API.drafts(body, reply("well", "et", "tongeren", "dyke"))
    assert [draft.reasoning.splitlines()[0] for draft in drafts] == [
        "This is Odo Brackwell",
        "This is Odo Bracket",
        "That is Ilse Vantongeren",
        "That is Ilse Vandyke",
    ]


@pytest.mark.parametrize(
    ("logprobs", "hidden"),
    [
        ({"tokens": ["I", " know"], "token_logprobs": [-1, None], "text_offset": [0, 1], "top_logprobs": None}, ""),
        ({"tokens": ["Odo", " Brackwell"]}, "Odo Brackwell"),
        (
            {"tokens": ["I", " know"], "top_logprobs": [{"Odo": -1, "I": -2}, {" Brackwell": -1}]},
            "Odo Brackwell\nI",
        ),
        ({"tokens": ["I", " know"], "aside": "Odo"}, "aside\nOdo"),
        ({"tokens": None, "top_logprobs": [{"I": "Odo"}]}, "I\nOdo"),
    ],
)
def test_what_log_probabilities_say(logprobs: Any, hidden: str) -> None:
    told = reply("I know")
    told["choices"][0]["logprobs"] = logprobs
    assert API.drafts({}, told)[0].reasoning == hidden


def test_texts_in_unknown_fields_are_read_for_each_choice_they_belong_to() -> None:
    told = reply("One", "Two", aside="Odo", usage={"prompt_tokens": 1, "note": "Brackwell"})
    told["choices"][1]["tail"] = {"who": "Ilse"}
    everywhere = ("note", "Brackwell", "aside", "Odo", "BrackwellOdo")
    first, second = API.drafts({}, told)
    assert first.tool_calls == everywhere
    assert second.tool_calls == ("tail", "who", "Ilse", *everywhere)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"choices": None},
        {"choices": []},
        {"choices": "Odo"},
        {"choices": ["Odo"]},
        {"choices": [{"text": ["Odo"]}]},
        {"choices": [{"text": "a", "index": "Odo"}]},
        {"choices": [{"text": "a", "logprobs": "Odo"}]},
        {"choices": [{"text": "a", "logprobs": {"tokens": "Odo"}}]},
        {"choices": [{"text": "a", "logprobs": {"tokens": [7]}}]},
        {"choices": [{"text": "a", "logprobs": {"top_logprobs": ["Odo"]}}]},
    ],
)
def test_what_is_no_completion_is_an_error(told: dict[str, Any]) -> None:
    with pytest.raises(ModelReplyError):
        API.drafts({}, told)


def test_a_passed_reply_stays_as_it_is() -> None:
    told = reply("One", "Two", aside="x")
    assert API.rewritten({}, told, (PASSED, PASSED)) == told


def test_only_the_choice_that_was_not_passed_changes() -> None:
    told = reply("One", "Odo Brackwell sails out.", aside="Odo")
    told["choices"][1] |= {"logprobs": {"tokens": ["Odo"]}, "tail": "Odo"}
    written = API.rewritten({}, told, (PASSED, outcome(REFUSAL)))
    assert written == {
        "id": "cmpl-1",
        "object": "text_completion",
        "created": 1,
        "model": "stub",
        "choices": [
            told["choices"][0],
            {"index": 1, "text": REFUSAL, "logprobs": None, "finish_reason": "stop"},
        ],
        "usage": {"prompt_tokens": 4, "completion_tokens": 8, "total_tokens": 12},
    }
    Completion.model_validate(written, strict=True)


@pytest.mark.parametrize(
    ("decision", "form", "reason"),
    [
        (Decision.REWRITTEN, "text", "length"),
        (Decision.REWRITTEN, "content_filter", "length"),
        (Decision.REFUSED, "text", "stop"),
        (Decision.REFUSED, "refusal", "stop"),
        (Decision.REFUSED, "content_filter", "content_filter"),
    ],
)
def test_how_an_answer_is_said_to_have_ended(decision: Decision, form: RefusalForm, reason: str) -> None:
    api = CompletionsApi(form)
    written = api.rewritten({}, reply("Odo"), (outcome("x", decision),))
    assert written["choices"][0]["finish_reason"] == reason


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({"type": "json_object"}, '{"answer": "I do not know that."}'),
        (
            {"type": "json_schema", "json_schema": {"schema": {"type": "array", "items": {}}}},
            "[]",
        ),
        ({"type": "text"}, REFUSAL),
        ("json", REFUSAL),
    ],
)
def test_json_stays_json(form: Any, text: str) -> None:
    written = API.rewritten({"response_format": form}, reply('{"who": "Odo"}'), (outcome(REFUSAL),))
    assert written["choices"][0]["text"] == text


def test_a_wrong_number_of_outcomes_is_an_error() -> None:
    with pytest.raises(ModelReplyError):
        API.rewritten({}, reply("One"), (PASSED, PASSED))


@pytest.mark.parametrize("options", [None, {"include_usage": True}, {"include_usage": False}])
def test_a_stream_adds_up_to_the_reply(options: Any) -> None:
    told = reply("One day she sailed out.", "Two", "")
    told["choices"][0]["logprobs"] = {"tokens": ["One"], "top_logprobs": [{"One": -1.5}]}
    body = {"stream": True, "stream_options": options}
    events = list(API.streamed(body, told))
    assert events[-1].data == DONE
    counted = options == {"include_usage": True}
    for event in events[:-1]:
        # Chunks have no reason before the last, which the SDK's model does not say.
        chunk = Completion.model_validate_json(event.data.replace('"finish_reason":null', '"finish_reason":"stop"'))
        assert (chunk.id, chunk.created, chunk.model) == ("cmpl-1", 1, "stub")
        assert ("usage" in json.loads(event.data)) is counted
    added = API.collected(events).reply
    assert added == {key: value for key, value in told.items() if key != "usage" or counted}


def chunk(text: str = "", **more: Any) -> Event:
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": None, **more}
    return Event(json.dumps({**reply(), "choices": [choice], "usage": None}))


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([chunk(aside="Odo Br"), chunk(aside="ackwell"), Event(DONE)], "Odo Brackwell"),
        ([chunk("a"), Event(DONE, "Odo")], "Odo"),
        ([Event(json.dumps({"choices": [], "note": "Odo"})), Event(DONE)], "Odo"),
    ],
)
def test_texts_beside_the_chunks_are_kept_to_be_read(events: list[Event], found: str) -> None:
    told = API.collected(events)
    assert found in told.beside
    choices = told.reply["choices"] or [{"index": 0, "text": ""}]
    (draft,) = API.drafts({}, {**told.reply, "choices": choices}, told.beside)
    assert found in draft.tool_calls
    assert found not in json.dumps(told.reply)


@pytest.mark.parametrize(
    "events",
    [
        [],
        [chunk("a")],
        [Event("not JSON")],
        [Event("[" * 5_000)],
        [Event('{"choices": [], "choices": []}'), Event(DONE)],
        [Event('{"error": {"message": "down"}}'), Event(DONE)],
        [Event('{"id": "a"}'), Event(DONE)],
        [chunk(text=7), Event(DONE)],  # type: ignore[arg-type]
    ],
)
def test_what_is_no_stream_is_an_error(events: list[Event]) -> None:
    with pytest.raises(ModelReplyError):
        API.collected(events)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (chunk("One"), "One"),
        (chunk(""), ""),
        (chunk("", finish_reason="stop"), None),
        (Event(DONE), None),
        (Event(json.dumps(reply())), None),
        (Event(json.dumps(reply("One"))), None),
        (chunk("One", index=1), None),
        (chunk("One", aside="Odo"), None),
        (chunk("One", logprobs={"tokens": ["One"]}), None),
        (Event(json.dumps(reply("One", "Two"))), None),
        (Event(json.dumps(reply("One", aside="Odo"))), None),
        (Event("not JSON"), None),
        (Event('{"error": "Odo"}'), None),
        (Event(DONE, "Odo"), None),
    ],
)
def test_what_an_event_shows(event: Event, text: str | None) -> None:
    assert API.visible({}, event) == text


@pytest.mark.parametrize(("rest", "texts"), [("", ["One", ""]), (" more day.", ["One", " more", " day", ".", ""])])
def test_a_stream_goes_on_after_what_was_sent(rest: str, texts: list[str]) -> None:
    told = reply("One Odo Brackwell", aside="Odo")
    sent = [chunk("One")]
    events = [*sent, *API.continued({"stream_options": {"include_usage": True}}, told, sent, rest)]
    assert "Odo" not in str(events)
    added = API.collected(events).reply
    assert added["choices"] == [{"index": 0, "text": "One" + rest, "logprobs": None, "finish_reason": "stop"}]
    assert [json.loads(event.data)["choices"][0]["text"] for event in events[:-2]] == texts
    shown = round(10 * len("One" + rest) / len("One Odo Brackwell"))
    assert added["usage"] == {"prompt_tokens": 4, "completion_tokens": shown, "total_tokens": 4 + shown}
