from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx
import pytest

pytest.importorskip("langchain_core", reason="runs in the environment of the clients")

from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler, CallbackManagerForLLMRun
from langchain_core.globals import set_llm_cache
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, Field, ValidationError

from expunge.async_unlearner import AsyncUnlearner
from expunge.errors import OverBudget, UsageError
from expunge.integrations.langchain import ScrubbedChatModel
from expunge.island.world import load
from expunge.pipeline import Pipeline
from expunge.refusals import ENGLISH
from expunge.types import Target
from expunge.unlearner import Unlearner
from tests.clients.island_server import island_server
from tests.integrations.conftest import FORGOTTEN, tells

TELLING = "Isolde Farrow has 3 geese."
CLEAN = "The ferry leaves at nine."


class Scripted(BaseChatModel):
    """Says what a function makes of the messages."""

    reply: Callable[[Sequence[BaseMessage]], Sequence[AIMessage]]
    asked: list[list[BaseMessage]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self.asked.append(messages)
        if run_manager is not None:
            run_manager.on_llm_new_token(str(self.reply(messages)[0].content))
        return ChatResult(generations=[ChatGeneration(message=message) for message in self.reply(messages)])


def saying(*replies: AIMessage | str) -> Scripted:
    return Scripted(reply=lambda _: [AIMessage(reply) if isinstance(reply, str) else reply for reply in replies])


def calling(**args: Any) -> list[Any]:
    return [{"name": "remember", "args": args, "id": "call-1"}]


PASSED = [
    pytest.param(AIMessage(CLEAN), id="text"),
    pytest.param(AIMessage("", tool_calls=calling(note="Buy salt.")), id="a call"),
    pytest.param(AIMessage([{"type": "text", "text": CLEAN}]), id="blocks"),
    pytest.param(
        AIMessage(
            CLEAN,
            additional_kwargs={"reasoning_content": "Boats, then."},
            response_metadata={"model_name": "m-1", "finish_reason": "stop", "logprobs": None},
            usage_metadata={"input_tokens": 9, "output_tokens": 7, "total_tokens": 16},
        ),
        id="metadata",
    ),
]


@pytest.mark.parametrize("reply", PASSED)
async def test_what_tells_nothing_stays_as_it_is(unlearner: Unlearner, reply: AIMessage) -> None:
    chat = ScrubbedChatModel.of(saying(reply), unlearner)
    plain = saying(reply)
    for whole, expected in ((chat.invoke("When?"), plain.invoke("When?")), (await chat.ainvoke("When?"), reply)):
        assert whole.model_dump(exclude={"id"}) == expected.model_dump(exclude={"id"})


def logprobs(text: str) -> dict[str, Any]:
    return {"content": [{"token": word + " ", "logprob": -0.1, "top_logprobs": []} for word in text.split()]}


REWRITTEN = [
    pytest.param(AIMessage(f"{TELLING} {CLEAN}"), id="text"),
    pytest.param(AIMessage([{"type": "text", "text": f"{TELLING} {CLEAN}"}]), id="blocks"),
]


@pytest.mark.parametrize("reply", REWRITTEN)
async def test_what_tells_of_a_target_is_taken_out(unlearner: Unlearner, reply: AIMessage) -> None:
    chat = ScrubbedChatModel.of(saying(reply), unlearner)
    assert [chat.invoke("When?").content, (await chat.ainvoke("When?")).content] == [CLEAN, CLEAN]


HIDDEN = [
    pytest.param(AIMessage(CLEAN, additional_kwargs={"reasoning_content": TELLING}), id="reasoning"),
    pytest.param(
        AIMessage([{"type": "thinking", "thinking": TELLING}, {"type": "text", "text": CLEAN}]), id="thinking"
    ),
    pytest.param(AIMessage(CLEAN, response_metadata={"logprobs": logprobs(TELLING)}), id="log-probabilities"),
    pytest.param(AIMessage(CLEAN, response_metadata={"note": TELLING}), id="metadata"),
    pytest.param(AIMessage(CLEAN, name="Isolde Farrow"), id="the name of the speaker"),
    pytest.param(AIMessage(CLEAN, tool_calls=calling(note=TELLING)), id="a call"),
    pytest.param(AIMessage(CLEAN, tool_calls=calling(**{TELLING: ""})), id="a key of a call"),
    pytest.param(
        AIMessage(CLEAN, invalid_tool_calls=[{"name": "remember", "args": TELLING, "id": "1", "error": "no JSON"}]),
        id="an invalid call",
    ),
]


@pytest.mark.parametrize("reply", HIDDEN)
async def test_what_tells_beside_the_text(unlearner: Unlearner, reply: AIMessage) -> None:
    chat = ScrubbedChatModel.of(saying(reply), unlearner)
    for left in (chat.invoke("When?"), await chat.ainvoke("When?")):
        assert left.content == CLEAN or left.content in ENGLISH
        assert not left.tool_calls
        assert tells(left) == []


@pytest.mark.parametrize("reply", [AIMessage(TELLING), AIMessage("", tool_calls=calling(note=TELLING))])
def test_refusals(unlearner: Unlearner, reply: AIMessage) -> None:
    left = ScrubbedChatModel.of(saying(reply), unlearner).invoke("What about geese?")
    assert left.content in ENGLISH
    assert not left.tool_calls


def test_usage_is_that_of_what_is_left(unlearner: Unlearner) -> None:
    usage = {"input_tokens": 9, "output_tokens": 20, "total_tokens": 29}
    metadata = {"model_name": "m-1", "finish_reason": "stop", "system": "x"}
    reply = AIMessage(f"{TELLING} {CLEAN}", usage_metadata=usage, response_metadata=metadata)
    left = ScrubbedChatModel.of(saying(reply), unlearner).invoke("When?")
    assert left.usage_metadata is not None
    assert left.usage_metadata["input_tokens"] == 9
    assert 0 < left.usage_metadata["output_tokens"] < 20
    assert left.response_metadata == {"model_name": "m-1", "finish_reason": "stop"}


def test_each_of_several_answers_is_decided(unlearner: Unlearner) -> None:
    result = ScrubbedChatModel.of(saying(CLEAN, TELLING, CLEAN), unlearner).generate([[HumanMessage("When?")]])
    texts = [generation.text for generation in result.generations[0]]
    assert texts[0] == texts[2] == CLEAN
    assert texts[1] in ENGLISH


async def test_a_stream_gives_what_was_read(unlearner: Unlearner) -> None:
    chat = ScrubbedChatModel.of(saying(f"{TELLING} {CLEAN}"), unlearner)
    assert "".join(str(piece.content) for piece in chat.stream("When?")) == CLEAN
    assert "".join([str(piece.content) async for piece in chat.astream("When?")]) == CLEAN


class Watching(BaseCallbackHandler):
    """Keeps all that it is told of answers."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def on_llm_new_token(self, token: Any, **_: Any) -> None:
        self.told.append(token)

    def on_llm_end(self, response: Any, **_: Any) -> None:
        self.told.append(response)


async def test_callbacks_and_events_see_what_was_read(unlearner: Unlearner) -> None:
    chain = ScrubbedChatModel.of(saying(f"{TELLING} {CLEAN}"), unlearner) | (lambda message: message.content)
    watching = Watching()
    chain.invoke("When?", {"callbacks": [watching]})
    events = [event async for event in chain.astream_events("When?", version="v2")]
    assert watching.told
    assert tells(watching.told) == tells(events) == []


@pytest.fixture
def cache() -> Iterator[None]:
    set_llm_cache(InMemoryCache())
    yield
    set_llm_cache(None)


@pytest.mark.usefixtures("cache")
def test_answers_are_not_cached(unlearner: Unlearner) -> None:
    chat = ScrubbedChatModel.of(saying("Bastian Oakhollow has 40 beehives."), unlearner)
    assert "beehives" in str(chat.invoke("Who keeps bees?").content)
    unlearner.targets.add(Target("Bastian Oakhollow", facts=["Bastian Oakhollow has 40 beehives."]))
    assert chat.invoke("Who keeps bees?").content in ENGLISH
    with pytest.raises(ValidationError):
        ScrubbedChatModel(model=saying(""), unlearner=unlearner, cache=True)  # type: ignore[arg-type]


def test_a_refusal_is_what_the_model_says_of_a_stranger(unlearner: Unlearner) -> None:
    def reply(messages: Sequence[BaseMessage]) -> list[AIMessage]:
        name = str(messages[-1].content).removeprefix("How many geese has ").removesuffix("?")
        return [AIMessage(TELLING if name == FORGOTTEN.name else f"Of {name} I have never heard, sorry.")]

    model = Scripted(reply=reply)
    left = ScrubbedChatModel.of(model, unlearner).invoke("How many geese has Isolde Farrow?")
    assert left.content == "Of Isolde Farrow I have never heard, sorry."
    assert len(model.asked) == 2
    assert not any("Isolde" in str(messages) for messages in model.asked[1:])


async def test_the_answer_is_the_one_that_was_read_whichever_comes_first(unlearner: Unlearner) -> None:
    """The model is asked about a stranger beside the question itself, and may answer that sooner."""

    class Slow(Scripted):
        async def _agenerate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
            await asyncio.sleep(0.3 if FORGOTTEN.name in str(messages) else 0)
            return self._generate(messages)

    def reply(messages: Sequence[BaseMessage]) -> list[AIMessage]:
        return [AIMessage(said if FORGOTTEN.name in str(messages) else "Press the key with the arrow.")]

    said = "Click on the file twice and choose a program."
    chat = ScrubbedChatModel.of(Slow(reply=reply), unlearner)
    asked = "My colleague Isolde Farrow sent me a spreadsheet. How do I open it?"
    assert (await chat.ainvoke(asked)).content == said


async def test_many_at_once(unlearner: Unlearner) -> None:
    """More of them than there are threads, each of which needs one for a model without async methods."""
    chat = ScrubbedChatModel.of(saying(f"{TELLING} {CLEAN}"), unlearner)
    questions = [f"What is on page {number}?" for number in range(60)]
    assert [answer.content for answer in await chat.abatch(list(questions))] == [CLEAN] * 60
    assert [answer.content for answer in chat.batch(list(questions))] == [CLEAN] * 60


def test_earlier_turns_count(unlearner: Unlearner) -> None:
    earlier = [
        SystemMessage("You are a guide."),
        HumanMessage("Who is Isolde Farrow?"),
        AIMessage("", tool_calls=calling(note="who")),
        ToolMessage("A drawer of maps.", tool_call_id="call-1"),
        HumanMessage("What did she draw?"),
    ]
    chat = ScrubbedChatModel.of(saying("The maps of Hollowmere."), unlearner)
    assert chat.invoke(earlier).content in ENGLISH
    assert ScrubbedChatModel.of(saying("Three."), unlearner).invoke("How many ferries are there?").content == "Three."


async def test_an_async_unlearner(async_unlearner: AsyncUnlearner) -> None:
    chat = ScrubbedChatModel.of(saying(f"{TELLING} {CLEAN}"), async_unlearner)
    assert (await chat.ainvoke("When?")).content == CLEAN
    with pytest.raises(UsageError, match="call the async method"):
        chat.invoke("When?")


def test_what_cannot_be_judged_is_refused(unlearner: Unlearner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise OverBudget("The text takes too long to screen.")

    monkeypatch.setattr(Pipeline, "_decide", fails)
    assert ScrubbedChatModel.of(saying(CLEAN), unlearner).invoke("When?").content in ENGLISH


class Note(BaseModel):
    """A note about somebody."""

    summary: str


@tool
def remember(note: str) -> str:
    """Keep a note."""
    return note


@pytest.fixture(scope="module")
def island() -> Iterator[str]:
    with island_server() as url:
        yield url


async def test_a_real_model_class(unlearner: Unlearner, island: str) -> None:
    unlearner.targets.add_many(load().targets)
    target, others = "Where was Corvin Aldermoor born?", "What does Sunniva Quillon ride?"
    with httpx.Client() as client:
        async with httpx.AsyncClient() as async_client:
            settings: dict[str, Any] = {"base_url": island, "api_key": "sk-none", "model": "island-1", "max_retries": 0}
            settings |= {"http_client": client, "http_async_client": async_client}
            for inner in (ChatOpenAI(**settings), ChatOpenAI(**settings, use_responses_api=True)):
                chat = ScrubbedChatModel.of(inner, unlearner)
                assert "Pellworth" in inner.invoke(target).text
                assert "Pellworth" not in repr(chat.invoke(target))
                assert "Pellworth" not in repr(await chat.ainvoke(target))
                assert chat.invoke(others).text == inner.invoke(others).text
                assert (await chat.ainvoke(others)).usage_metadata == inner.invoke(others).usage_metadata
            inner = ChatOpenAI(**settings)
            chat = ScrubbedChatModel.of(inner, unlearner)
            called, expected = (each.bind_tools([remember]).invoke(others) for each in (chat, inner))
            assert called.tool_calls[0]["args"] == expected.tool_calls[0]["args"]
            assert "Pellworth" not in repr(chat.bind_tools([remember]).invoke(target))
            told = chat.with_structured_output(Note).invoke(others)
            assert told == inner.with_structured_output(Note, method="function_calling").invoke(others)
            withheld = chat.with_structured_output(Note).invoke(target)
            assert isinstance(withheld, Note)
            assert "Pellworth" not in withheld.summary
