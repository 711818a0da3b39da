from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

pytest.importorskip("agents", reason="runs in the environment of the clients")

import agents
from agents import (
    Agent,
    InputGuardrailTripwireTriggered,
    Model,
    ModelResponse,
    OutputGuardrailTripwireTriggered,
    Runner,
    ToolOutputText,
    Usage,
    function_tool,
)
from agents.testing import ScriptedModel, assistant_message, function_call
from mcp.types import Tool as McpTool
from pydantic import BaseModel

from expunge.async_unlearner import AsyncUnlearner
from expunge.errors import OverBudget, UsageError
from expunge.integrations.openai_agents import (
    ScrubbedModel,
    input_guardrail,
    output_guardrail,
    scrubbed_tool,
    tool_filter,
)
from expunge.pipeline import Pipeline
from expunge.refusals import ENGLISH
from expunge.unlearner import Unlearner
from tests.integrations.conftest import FORGOTTEN, tells

TELLING = "Isolde Farrow has 3 geese."
CLEAN = "The ferry leaves at nine."


@pytest.fixture(autouse=True)
def untraced() -> Iterator[None]:
    agents.set_tracing_disabled(True)
    yield
    agents.set_tracing_disabled(False)


@pytest.fixture(autouse=True)
def unjudged(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nothing be judged, for the tests that are marked so."""

    async def fails(*_: object, **__: object) -> None:
        raise OverBudget("The text takes too long to screen.")

    if request.node.get_closest_marker("parametrize") is None and "cannot_be_judged" in request.node.name:
        monkeypatch.setattr(Pipeline, "_decide", fails)


def said(text: str) -> list[Any]:
    return [assistant_message(text)]


def called(**arguments: Any) -> list[Any]:
    return [function_call("read_page", json.dumps(arguments), call_id="call-1")]


# Guardrails


async def test_an_input_that_names_a_target_stops_the_run(unlearner: Unlearner) -> None:
    model = ScriptedModel([said(CLEAN)])
    agent = Agent("Guide", model=model, input_guardrails=[input_guardrail(unlearner)])
    with pytest.raises(InputGuardrailTripwireTriggered) as stopped:
        await Runner.run(agent, "How many geese has Isolde Farrow?")
    info = stopped.value.guardrail_result.output.output_info
    assert info["decision"] == "refused"
    assert info["text"] in ENGLISH
    assert len(info["targets"]) == 1
    assert model.calls == ()
    assert (await Runner.run(agent, "When does the ferry leave?")).final_output == CLEAN


@pytest.mark.parametrize(
    ("output", "question", "text"),
    [
        (f"{TELLING} {CLEAN}", "What is there?", CLEAN),
        (TELLING, "What is there?", None),
        ("Maps of Hollowmere.", "What did Isolde Farrow draw?", None),
    ],
)
async def test_an_output_that_discloses_a_target_stops_the_run(
    unlearner: Unlearner, output: str, question: str, text: str | None
) -> None:
    agent = Agent("Guide", model=ScriptedModel([said(output)]), output_guardrails=[output_guardrail(unlearner)])
    with pytest.raises(OutputGuardrailTripwireTriggered) as stopped:
        await Runner.run(agent, question)
    info = stopped.value.guardrail_result.output.output_info
    assert info["text"] == text if text else info["text"] in ENGLISH


async def test_an_output_that_tells_nothing_passes(async_unlearner: AsyncUnlearner) -> None:
    agent = Agent("Guide", model=ScriptedModel([said(CLEAN)]), output_guardrails=[output_guardrail(async_unlearner)])
    assert (await Runner.run(agent, "When does the ferry leave?")).final_output == CLEAN


class Note(BaseModel):
    """A note."""

    name: str
    text: str


async def test_an_output_with_a_form(unlearner: Unlearner) -> None:
    guard = [output_guardrail(unlearner)]
    clean, telling = (Note(name=name, text="Has hives.").model_dump_json() for name in ("Bastian", "Isolde Farrow"))
    model = ScriptedModel([said(clean), said(telling)])
    agent = Agent("Guide", model=model, output_type=Note, output_guardrails=guard)
    assert (await Runner.run(agent, "Who?")).final_output == Note(name="Bastian", text="Has hives.")
    with pytest.raises(OutputGuardrailTripwireTriggered):
        await Runner.run(agent, "Who?")


async def test_an_output_that_cannot_be_judged_stops_the_run(unlearner: Unlearner) -> None:
    agent = Agent("Guide", model=ScriptedModel([said(CLEAN)]), output_guardrails=[output_guardrail(unlearner)])
    with pytest.raises(OutputGuardrailTripwireTriggered):
        await Runner.run(agent, "When?")


# Tools

CALLED: list[str] = []


def giving(result: Any, failing: Any = lambda _, error: str(error)) -> Any:
    @function_tool(failure_error_function=failing)
    def read_page(topic: str) -> Any:
        """Read a page of the handbook."""
        CALLED.append(topic)
        if isinstance(result, Exception):
            raise result
        return result

    return read_page


async def result_of(unlearner: Unlearner | AsyncUnlearner, result: Any, topic: str = "maps") -> Any:
    """What the model is given of a tool's result, in a run."""
    model = ScriptedModel([called(topic=topic), said("Done.")])
    await Runner.run(Agent("Guide", model=model, tools=[scrubbed_tool(giving(result), unlearner)]), "Read.")
    items: Any = model.last_call.input if model.last_call else []
    return next(item["output"] for item in items if item.get("type") == "function_call_output")


RESULTS = [
    pytest.param(CLEAN, CLEAN, id="nobody"),
    pytest.param(f"{TELLING} {CLEAN}", CLEAN, id="a sentence"),
    pytest.param(
        json.dumps([{"name": "Isolde Farrow", "geese": "three"}, {"name": "Bastian", "hives": 40}]),
        json.dumps([{"name": "Bastian", "hives": 40}]),
        id="records in a text",
    ),
    pytest.param(["Bastian keeps bees.", TELLING], str(["Bastian keeps bees.", ""]), id="a list"),
    pytest.param(17, "17", id="a number"),
]


@pytest.mark.parametrize(("result", "passed_on"), RESULTS)
async def test_results(unlearner: Unlearner, result: Any, passed_on: Any) -> None:
    assert await result_of(unlearner, result) == passed_on


@pytest.mark.parametrize(
    "result", [TELLING, ToolOutputText(text=TELLING), Note(name="Isolde Farrow", text="Geese."), ValueError(TELLING)]
)
async def test_results_of_which_nothing_may_be_told(unlearner: Unlearner, result: Any) -> None:
    given = await result_of(unlearner, result)
    assert tells(given) == []
    assert any(words in given for words in ENGLISH)


async def test_an_error_that_tells_nothing_is_told(async_unlearner: AsyncUnlearner) -> None:
    assert "no such page" in await result_of(async_unlearner, ValueError("There is no such page."))


async def test_an_error_that_ends_the_run(unlearner: Unlearner) -> None:
    for error, words in ((ValueError(TELLING), "|".join(ENGLISH)), (ValueError("No such page."), "No such page.")):
        tool = scrubbed_tool(giving(error, failing=None), unlearner)
        agent = Agent("Guide", model=ScriptedModel([called(topic="maps")]), tools=[tool])
        with pytest.raises(Exception, match=words) as raised:
            await Runner.run(agent, "Read.")
        assert tells("".join(traceback.format_exception(raised.value))) == []


async def test_a_call_that_tells_is_not_made(unlearner: Unlearner) -> None:
    CALLED.clear()
    assert await result_of(unlearner, CLEAN, topic="Isolde Farrow") in ENGLISH
    assert await result_of(unlearner, CLEAN, topic="\u0049solde Farrow's geese") in ENGLISH
    assert CALLED == []


async def test_a_call_that_cannot_be_judged_is_not_made(unlearner: Unlearner) -> None:
    CALLED.clear()
    assert await result_of(unlearner, CLEAN) in ENGLISH
    assert CALLED == []


def test_what_the_model_is_told_of_a_tool_stays(unlearner: Unlearner) -> None:
    inner = giving("")
    scrubbed = scrubbed_tool(inner, unlearner)
    for field in ("name", "description", "params_json_schema", "strict_json_schema", "is_enabled"):
        assert getattr(scrubbed, field) == getattr(inner, field)


async def test_tools_of_servers_are_filtered(unlearner: Unlearner) -> None:
    offered = tool_filter(unlearner)
    schema = {"type": "object", "properties": {}}
    assert await offered(None, McpTool(name="ferry", description="When it leaves.", input_schema=schema))
    assert not await offered(None, McpTool(name="ask", description="Ask Isolde Farrow.", input_schema=schema))
    assert not await offered(None, McpTool(name="isolde_farrow", description="Ask.", input_schema=schema))


# The model


async def test_a_model_in_a_run(unlearner: Unlearner) -> None:
    inner = ScriptedModel([called(topic="maps"), said(f"{TELLING} {CLEAN}"), said(TELLING), said(CLEAN)])
    model = ScrubbedModel(inner, unlearner)
    agent = Agent("Guide", model=model, tools=[scrubbed_tool(giving(f"{TELLING} {CLEAN}"), unlearner)])
    run = await Runner.run(agent, "What is on the page?")
    assert run.final_output == CLEAN
    assert tells(run.to_input_list()) == []
    assert (await Runner.run(agent, "And geese?")).final_output in ENGLISH
    assert (await Runner.run(agent, "And the ferry?")).final_output == CLEAN


async def test_a_call_of_the_model_that_tells(unlearner: Unlearner) -> None:
    model = ScrubbedModel(ScriptedModel([called(topic=TELLING)]), unlearner)
    run = await Runner.run(Agent("Guide", model=model, tools=[giving("")]), "What is there?")
    assert run.final_output in ENGLISH
    assert tells(run.to_input_list()) == []


@pytest.mark.parametrize(("text", "left"), [(f"{TELLING} {CLEAN}", CLEAN), (CLEAN, CLEAN)])
async def test_a_stream_gives_what_was_read(async_unlearner: AsyncUnlearner, text: str, left: str) -> None:
    model = ScrubbedModel(ScriptedModel([said(text)]), async_unlearner)
    run = Runner.run_streamed(Agent("Guide", model=model), "When?")
    events = [event async for event in run.stream_events()]
    raw: list[Any] = [event.data for event in events if event.type == "raw_response_event"]
    pieces = [data.delta for data in raw if "delta" in data.type]
    assert "".join(pieces) == run.final_output == left
    assert tells(events) == []


async def test_an_answer_with_a_form(unlearner: Unlearner) -> None:
    telling = Note(name="Isolde Farrow", text="Has 3 geese.").model_dump_json()
    model = ScrubbedModel(ScriptedModel([said(telling)]), unlearner)
    run = await Runner.run(Agent("Guide", model=model, output_type=Note), "Who has geese?")
    assert isinstance(run.final_output, Note)
    assert tells(run.final_output) == []


async def test_a_refusal_is_what_the_model_says_of_a_stranger(unlearner: Unlearner) -> None:
    class Honest(Model):
        """Knows one person."""

        asked: ClassVar[list[str]] = []

        async def get_response(self, system_instructions: Any, input: Any, *_: Any, **__: Any) -> ModelResponse:
            name = str(input[0]["content"]).removeprefix("How many geese has ").removesuffix("?")
            self.asked.append(name)
            answer = TELLING if name == FORGOTTEN.name else f"Of {name} I have never heard, sorry."
            return ModelResponse(said(answer), Usage(requests=1, input_tokens=9, output_tokens=8), "resp_1")

        def stream_response(self, *_: Any, **__: Any) -> Any:
            raise AssertionError("was streamed")

    run = await Runner.run(
        Agent("Guide", model=ScrubbedModel(Honest(), unlearner)), "How many geese has Isolde Farrow?"
    )
    assert run.final_output == "Of Isolde Farrow I have never heard, sorry."
    assert len(Honest.asked) == 2


async def test_what_the_provider_keeps_cannot_be_read(unlearner: Unlearner) -> None:
    agent = Agent("Guide", model=ScrubbedModel(ScriptedModel([said(CLEAN)]), unlearner))
    with pytest.raises(UsageError, match="Keep the conversation in a session"):
        await Runner.run(agent, "When?", previous_response_id="resp_1")


async def test_an_answer_that_cannot_be_judged_is_refused(unlearner: Unlearner) -> None:
    agent = Agent("Guide", model=ScrubbedModel(ScriptedModel([said(CLEAN)]), unlearner))
    assert (await Runner.run(agent, "When?")).final_output in ENGLISH
