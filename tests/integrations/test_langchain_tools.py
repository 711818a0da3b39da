from __future__ import annotations

from typing import Annotated, Any

import pytest

pytest.importorskip("langchain_core", reason="runs in the environment of the clients")

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool, InjectedToolCallId, StructuredTool, Tool, ToolException, tool
from langchain_core.utils.function_calling import convert_to_openai_tool

from expunge.async_unlearner import AsyncUnlearner
from expunge.errors import OverBudget, UsageError
from expunge.integrations.langchain import ScrubbedTool
from expunge.pipeline import Pipeline
from expunge.refusals import ENGLISH
from expunge.unlearner import Unlearner
from tests.integrations.conftest import tells

CALLED: list[object] = []


def giving(result: Any) -> BaseTool:
    """A tool with this result."""

    @tool
    def read_page(topic: str, most: int = 3) -> Any:
        """Read a page of the handbook."""
        CALLED.append(topic)
        return result

    return read_page


def call(topic: str) -> dict[str, Any]:
    return {"type": "tool_call", "id": "call-7", "name": "read_page", "args": {"topic": topic}}


RESULTS = [
    pytest.param("The ferry leaves at nine.", "The ferry leaves at nine.", id="nobody"),
    pytest.param("Isolde Farrow has 3 geese. The ferry leaves at nine.", "The ferry leaves at nine.", id="a sentence"),
    pytest.param({"name": "Bastian", "hives": 40}, {"name": "Bastian", "hives": 40}, id="an object"),
    pytest.param(
        [{"name": "Isolde Farrow", "geese": "three"}, {"name": "Bastian", "hives": 40}],
        [{"name": "", "geese": ""}, {"name": "Bastian", "hives": 40}],
        id="a record",
    ),
    pytest.param(
        [{"type": "text", "text": "Isolde Farrow has 3 geese."}, {"type": "text", "text": "Bastian keeps bees."}],
        [{"type": "text", "text": ""}, {"type": "text", "text": "Bastian keeps bees."}],
        id="blocks",
    ),
    pytest.param(17, 17, id="a number"),
    pytest.param(None, None, id="nothing"),
]


@pytest.mark.parametrize(("result", "passed_on"), RESULTS)
async def test_results(unlearner: Unlearner, result: Any, passed_on: Any) -> None:
    scrubbed = ScrubbedTool.of(giving(result), unlearner)
    assert scrubbed.invoke({"topic": "maps"}) == passed_on
    assert await scrubbed.ainvoke({"topic": "maps"}) == passed_on
    message = scrubbed.invoke(call("maps"))
    assert message == ScrubbedTool.of(giving(passed_on), unlearner).invoke(call("maps"))
    assert message.tool_call_id == "call-7"


REFUSED = [
    pytest.param("Isolde Farrow drew the maps of Hollowmere.", id="a text"),
    pytest.param({"name": "Isolde Farrow", "geese": "three"}, id="an object"),
    pytest.param(Exception("Isolde Farrow"), id="what is no JSON"),
]


@pytest.mark.parametrize("result", REFUSED)
async def test_results_of_which_nothing_may_be_told(unlearner: Unlearner, result: Any) -> None:
    scrubbed = ScrubbedTool.of(giving(result), unlearner)
    assert scrubbed.invoke({"topic": "maps"}) in ENGLISH
    message = await scrubbed.ainvoke(call("maps"))
    assert message.content in ENGLISH
    assert message.status == "success"


async def test_a_call_that_tells_is_not_made(unlearner: Unlearner) -> None:
    CALLED.clear()
    scrubbed = ScrubbedTool.of(giving("Something."), unlearner)
    assert scrubbed.invoke({"topic": "the geese of Isolde Farrow"}) in ENGLISH
    assert (await scrubbed.ainvoke(call("Isolde Farrow"))).content in ENGLISH
    assert CALLED == []
    scrubbed.invoke({"topic": "the ferry"})
    assert CALLED == ["the ferry"]


async def test_content_and_artifact(unlearner: Unlearner) -> None:
    @tool(response_format="content_and_artifact")
    def search(query: str) -> tuple[str, list[dict[str, str]]]:
        """Search."""
        return "Isolde Farrow has 3 geese. The sea is wide.", [{"name": "Isolde Farrow"}, {"name": "Bastian"}]

    scrubbed = ScrubbedTool.of(search, unlearner)
    message = await scrubbed.ainvoke({"type": "tool_call", "id": "1", "name": "search", "args": {"query": "sea"}})
    assert message.content == "The sea is wide."
    assert message.artifact == [{"name": ""}, {"name": "Bastian"}]
    assert scrubbed.invoke({"query": "sea"}) == "The sea is wide."


def test_what_the_model_is_told_of_it_stays(unlearner: Unlearner) -> None:
    plain = Tool("lookup", lambda query: f"About {query}: nothing.", "Look a word up.")
    schema = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
    by_schema = StructuredTool.from_function(lambda query: query, name="echo", description="Echo.", args_schema=schema)
    for inner in (giving(""), by_schema):
        assert convert_to_openai_tool(ScrubbedTool.of(inner, unlearner)) == convert_to_openai_tool(inner)
    assert ScrubbedTool.of(plain, unlearner).invoke("tides") == "About tides: nothing."
    assert ScrubbedTool.of(by_schema, unlearner).invoke({"query": "tides"}) == "tides"


def test_a_tool_that_is_given_the_id_of_its_call(unlearner: Unlearner) -> None:
    @tool
    def note(text: str, call_id: Annotated[str, InjectedToolCallId]) -> ToolMessage:
        """Keep a note."""
        return ToolMessage(f"Kept: {text} Isolde Farrow has 3 geese.", tool_call_id=call_id)

    scrubbed = ScrubbedTool.of(note, unlearner)
    message = scrubbed.invoke({"type": "tool_call", "id": "call-9", "name": "note", "args": {"text": "Buy salt."}})
    assert message.content == "Kept: Buy salt."
    assert message.tool_call_id == "call-9"


@pytest.mark.parametrize("handled", [False, True])
async def test_errors(unlearner: Unlearner, handled: bool) -> None:
    def read_page(topic: str) -> str:
        """Read a page."""
        raise ToolException("There is no such page. Ask Isolde Farrow." if topic == "maps" else "There is none.")

    inner = StructuredTool.from_function(read_page, handle_tool_error=handled)
    scrubbed = ScrubbedTool.of(inner, unlearner)
    if handled:
        assert tells(scrubbed.invoke({"topic": "maps"})) == []
        assert scrubbed.invoke({"topic": "sea"}) == "There is none."
        return
    with pytest.raises(ToolException) as caught:
        await scrubbed.ainvoke({"topic": "maps"})
    assert str(caught.value) in ENGLISH
    with pytest.raises(ToolException, match=r"^There is none\.$"):
        scrubbed.invoke({"topic": "sea"})


async def test_an_async_unlearner(async_unlearner: AsyncUnlearner) -> None:
    scrubbed = ScrubbedTool.of(giving("Isolde Farrow has 3 geese. The sea is wide."), async_unlearner)
    assert await scrubbed.ainvoke({"topic": "sea"}) == "The sea is wide."
    with pytest.raises(UsageError, match="call the async method"):
        scrubbed.invoke({"topic": "sea"})


async def test_what_cannot_be_judged_is_not_called(unlearner: Unlearner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise OverBudget("The text takes too long to screen.")

    CALLED.clear()
    monkeypatch.setattr(Pipeline, "_decide", fails)
    assert ScrubbedTool.of(giving("The sea is wide."), unlearner).invoke({"topic": "sea"}) in ENGLISH
    assert CALLED == []


class Watching(BaseCallbackHandler):
    """Keeps all that it is told of results."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def on_tool_end(self, output: Any, **_: Any) -> None:
        self.told.append(output)

    def on_tool_error(self, error: BaseException, **_: Any) -> None:
        self.told.append(error)


async def test_callbacks_see_what_is_passed_on(unlearner: Unlearner) -> None:
    scrubbed = ScrubbedTool.of(giving("Isolde Farrow has 3 geese. The sea is wide."), unlearner)
    watching = Watching()
    scrubbed.invoke({"topic": "sea"}, {"callbacks": [watching]})
    events = [event async for event in scrubbed.astream_events({"topic": "sea"}, version="v2")]
    assert watching.told == ["The sea is wide."]
    assert tells(events) == []
    assert any("The sea is wide." in repr(event) for event in events)
