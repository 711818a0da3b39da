"""A whole agent of LangChain: a model that calls tools, one of them a retriever, in LangGraph's loop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

pytest.importorskip("langchain", reason="runs in the environment of the clients")

from langchain.agents import create_agent
from langchain.tools import ToolRuntime
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.tools import create_retriever_tool, tool
from langgraph.types import Command

from expunge.integrations.langchain import ScrubbedChatModel, ScrubbedRetriever, ScrubbedTool
from expunge.refusals import ENGLISH
from expunge.types import Target
from expunge.unlearner import Unlearner
from tests.integrations.conftest import tells

PAGES = {
    "maps": "Isolde Farrow drew the maps of Hollowmere. They are for sale.",
    "bees": "Bastian Oakhollow has 40 beehives. He sells honey on Fridays.",
}


class Obedient(BaseChatModel):
    """Reads page after page and then says what they say, with all that it remembers."""

    remembers: str = ""

    @property
    def _llm_type(self) -> str:
        return "obedient"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        return self.bind(tools=[{"type": "function", "function": {"name": each.name}} for each in tools], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        read = [str(message.content) for message in messages if isinstance(message, ToolMessage)]
        if len(read) < len(PAGES):
            call = {"name": "read_page", "args": {"topic": list(PAGES)[len(read)]}, "id": f"call-{len(read)}"}
            message = AIMessage("", tool_calls=[call])
        else:
            message = AIMessage(" ".join((self.remembers, *read)).strip())
        return ChatResult(generations=[ChatGeneration(message=message)])


@tool
def read_page(topic: str) -> str:
    """Read a page of the handbook."""
    return PAGES[topic]


async def test_an_agent_goes_on_without_what_is_forgotten(unlearner: Unlearner) -> None:
    agent = create_agent(
        ScrubbedChatModel.of(Obedient(remembers="Isolde Farrow has 3 geese."), unlearner),
        [ScrubbedTool.of(read_page, unlearner)],
    )
    asked: Any = {
        "messages": [{"role": "user", "content": "Read the pages on maps and bees, and tell me what they say."}]
    }
    for done in (agent.invoke(asked), await agent.ainvoke(asked)):
        assert [message.type for message in done["messages"]] == ["human", "ai", "tool", "ai", "tool", "ai"]
        assert done["messages"][-1].content.endswith(PAGES["bees"])
        assert tells(done) == []


async def test_what_an_agent_streams(unlearner: Unlearner) -> None:
    agent = create_agent(
        ScrubbedChatModel.of(Obedient(remembers="Isolde Farrow has 3 geese."), unlearner),
        [ScrubbedTool.of(read_page, unlearner)],
    )
    asked: Any = {"messages": [{"role": "user", "content": "What do the pages say?"}]}
    for mode in ("messages", "updates", "values", "debug"):
        pieces = [piece async for piece in agent.astream(asked, stream_mode=mode)]
        assert pieces
        assert tells(pieces) == []
    events = [event async for event in agent.astream_events(asked, version="v2")]
    assert any("40 beehives" in repr(event) for event in events)
    assert tells(events) == []


async def test_an_agent_that_forgets_in_the_middle_of_its_run(unlearner: Unlearner) -> None:
    agent = create_agent(ScrubbedChatModel.of(Obedient(), unlearner), [ScrubbedTool.of(read_page, unlearner)])
    done: list[Any] = []
    asked: Any = {"messages": [{"role": "user", "content": "What do the pages say?"}]}
    async for piece in agent.astream(asked, stream_mode="updates"):
        if not done:
            unlearner.targets.add(Target("Bastian Oakhollow", facts=["Bastian Oakhollow has 40 beehives."]))
        done.append(piece)
    assert "Bastian" not in repr(done)
    assert "beehives" not in repr(done)


async def test_a_retriever_as_a_tool(unlearner: Unlearner) -> None:
    shelf: Runnable[str, list[Document]] = RunnableLambda(
        lambda _: [Document(page_content=text) for text in PAGES.values()]
    )
    retriever = ScrubbedRetriever.of(shelf, unlearner)
    found = create_retriever_tool(retriever, "search", "Search the handbook.")
    told = await found.ainvoke({"query": "maps"})
    assert "40 beehives" in told
    assert tells(told) == []


def test_tools_that_the_graph_gives_something(unlearner: Unlearner) -> None:
    """A runtime is for the tool alone: it is not read, and stays out of the model's sight; a command is a result."""

    @tool
    def note(topic: str, runtime: ToolRuntime) -> Any:
        """Keep a note."""
        said = f"{topic}: {len(runtime.state['messages'])} messages. {PAGES[topic]}"
        message = ToolMessage(said, tool_call_id=runtime.tool_call_id)
        return said if topic == "bees" else Command(update={"messages": [message]})

    scrubbed = ScrubbedTool.of(note, unlearner)
    assert list(scrubbed.args) == ["topic"]

    class Noting(Obedient):
        def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
            result = super()._generate(messages, *args, **kwargs)
            message: Any = result.generations[0].message
            for call in message.tool_calls:
                call["name"] = "note"
            return result

    agent = create_agent(ScrubbedChatModel.of(Noting(), unlearner), [scrubbed])
    asked: Any = {"messages": [{"role": "user", "content": "Read of maps and bees."}]}
    done = agent.invoke(asked)
    results = [message.content for message in done["messages"] if message.type == "tool"]
    assert results[0] in ENGLISH
    assert results[1] == f"bees: 4 messages. {PAGES['bees']}"
    assert tells(done) == []
