"""What an answer is compared by is embedded while the upstream writes it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from httpx2 import AsyncClient

from expunge.errors import ModelError, ModelReplyError, ModelUnreachable
from expunge.gateway.apis.responses.stream import stream as stream_of
from expunge.gateway.app import _FIRST as FIRST
from expunge.gateway.factory import build
from expunge.gateway.proxy import early_embedding
from expunge.gateway.proxy.early_embedding import LONGEST_EVENT, EarlyEmbedding, deltas
from expunge.gateway.sse import DONE, Event, EventParser
from expunge.gateway.upstream.base import UpstreamRequest, UpstreamResponse
from expunge.models.base import Vectors
from expunge.models.embeddings import CachedEmbeddings
from expunge.models.scripted import ScriptedEmbeddings
from expunge.screen.screen import Screen
from expunge.types import Snapshot, Target
from tests.gateway.conftest import settings_of, with_targets
from tests.gateway.serving import served

Opening = Callable[..., Awaitable[AsyncClient]]
QUESTION = "What is there to see at the old harbour?"
SUBJECTS = ["ferry", "bell", "crane", "quay", "lantern", "net", "barge", "anchor", "rope", "buoy"]
SENTENCES = [f"The {name} number {place} was painted by the people of the town." for place, name in enumerate(SUBJECTS)]
LAST = "And in the evening somebody lights the lamps along the wall, they say."
FACT = "She keeps seventeen hives of bees behind the chapel in Tarn."
BY_FACT = Target("Orla Maeve Fenwick", facts=[FACT])
BY_TOPIC = Target("Beekeeping", kind="topic", facts=["How do I keep bees?", "How do I split a hive in spring?"])


class Recorded(ScriptedEmbeddings):
    """Tells which texts it was given, from whatever thread. Those that hold `held` are never done, those that hold
    `failing` fail."""

    def __init__(self, *, held: str | None = None, failing: str | None = None) -> None:
        super().__init__()
        self._held, self._failing = held, failing
        self._loop = asyncio.get_running_loop()
        self._more = asyncio.Event()
        self.given: list[str] = []
        self.calls = 0
        self.cancelled = asyncio.Event()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.calls += 1
        self.given += texts
        self._loop.call_soon_threadsafe(self._more.set)
        if self._held is not None and any(self._held in text for text in texts):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self._loop.call_soon_threadsafe(self.cancelled.set)
                raise
        if self._failing is not None and any(self._failing in text for text in texts):
            raise ModelUnreachable("The embedding model cannot be reached; start it.")
        return await super().embed(texts)

    async def until(self, *texts: str) -> None:
        """Wait until it was given all of these."""
        async with asyncio.timeout(20):
            while not set(texts) <= set(self.given):
                await self._more.wait()
                self._more.clear()


@dataclass
class Halting:
    """An upstream that gives a prepared answer and stops before its `stop`th piece (-1: before its head) until it may
    go on, or to fail with `error`."""

    pieces: Sequence[bytes]
    stop: int
    kind: str = "text/event-stream"
    error: ModelError | None = None
    go: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def open(self, call: UpstreamRequest) -> AsyncIterator[UpstreamResponse]:
        if self.stop < 0:
            await self.go.wait()
        yield _Halting(self)

    async def aclose(self) -> None:
        pass


class _Halting:
    def __init__(self, upstream: Halting) -> None:
        self._upstream = upstream
        self.status = 200
        self.headers: Mapping[str, str] = {"content-type": upstream.kind}

    async def pieces(self) -> AsyncIterator[bytes]:
        for number, piece in enumerate(self._upstream.pieces):
            if number == self._upstream.stop:
                await self._upstream.go.wait()
                if self._upstream.error is not None:
                    raise self._upstream.error
            yield piece
            # As on a wire, others have their turn between two pieces.
            await asyncio.sleep(0)


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Recorded]:
    """Have the gateway's texts embedded by a model that tells which."""

    def made(**how: Any) -> Recorded:
        model = Recorded(**how)
        monkeypatch.setattr("expunge.assemble.embedding_model", lambda *_, **__: CachedEmbeddings(model))
        return model

    return made


@pytest.fixture
def opened(over_upstream: Opening) -> Opening:
    """A client of a gateway that is warm: what its targets mean is in force."""

    async def made(upstream: Halting, model: Recorded, target: Target, **server: Any) -> AsyncClient:
        client = await over_upstream(upstream, [target], **server)
        await model.until(FIRST)
        return client

    return made


def said(content: bytes) -> str:
    """The text of a streamed chat completion."""
    values = [json.loads(event.data) for event in EventParser().feed(content) if event.data != DONE]
    return "".join(choice["delta"].get("content") or "" for value in values for choice in value["choices"])


def in_pieces(text: str) -> list[str]:
    """A text as a model writes it, a few letters at a time."""
    return [text[start : start + 5] for start in range(0, len(text), 5)]


def streamed(api: str, channel: str, texts: Sequence[str]) -> list[Event]:
    """An answer as a stream of an endpoint, one of its channels in these pieces."""
    if api == "completions":
        base: dict[str, Any] = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "stub"}
        given = [{"index": 0, "text": text, "finish_reason": None} for text in texts]
        ended = {"index": 0, "text": "", "finish_reason": "stop"}
        return [*(data({**base, "choices": [choice]}) for choice in (*given, ended)), Event(DONE)]
    if api == "responses":
        return responded(channel, texts)
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "stub"}
    parts: list[dict[str, Any]]
    begun: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    if channel == "tool_calls":
        call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}
        begun.append({channel: [call]})
        parts = [{channel: [{"index": 0, "function": {"arguments": text}}]} for text in texts]
    else:
        parts = [{channel: text} for text in texts]
    deltas: list[tuple[dict[str, Any], str | None]] = [(delta, None) for delta in (*begun, *parts)] + [({}, "stop")]
    choices = [{"index": 0, "delta": delta, "finish_reason": finish} for delta, finish in deltas]
    return [*(data({**base, "choices": [choice]}) for choice in choices), Event(DONE)]


def responded(channel: str, texts: Sequence[str]) -> list[Event]:
    text = "".join(texts)
    items: dict[str, dict[str, Any]] = {
        "content": {
            "id": "m1",
            "type": "message",
            "status": "completed",
            "role": "assistant",
            "content": [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}],
        },
        "reasoning": {"id": "r1", "type": "reasoning", "summary": [{"type": "summary_text", "text": text}]},
        "tool_calls": {"id": "f1", "type": "function_call", "call_id": "c1", "name": "f", "arguments": text},
    }
    item = items[channel]
    labels = {"id": "resp_1", "object": "response", "created_at": 1, "model": "stub", "status": "completed"}
    events = [json.loads(event.data) for event in stream_of({**labels, "output": [item]})]
    deltas = [value for value in events if value["type"].endswith(".delta")]
    at = events.index(deltas[0])
    rest = [value for value in events[at:] if value not in deltas]
    values = [*events[:at], *({**deltas[0], "delta": piece} for piece in texts), *rest]
    return [data({**value, "sequence_number": number}, value["type"]) for number, value in enumerate(values)]


def data(value: Mapping[str, Any], name: str = "") -> Event:
    return Event(json.dumps(value), name)


def asking(api: str, *, stream: bool = True, question: str = QUESTION) -> tuple[str, dict[str, Any]]:
    fields: dict[str, dict[str, Any]] = {
        "chat/completions": {"messages": [{"role": "user", "content": question}]},
        "completions": {"prompt": question},
        "responses": {"input": question},
    }
    return f"/v1/{api}", {"model": "stub", **fields[api], "stream": stream}


CHANNELS = [
    ("chat/completions", "content"),
    ("chat/completions", "reasoning_content"),
    ("chat/completions", "tool_calls"),
    ("completions", "content"),
    ("responses", "content"),
    ("responses", "reasoning"),
    ("responses", "tool_calls"),
]


def before_the_last_sentence(api: str, channel: str, text: str) -> tuple[list[bytes], int]:
    """An answer in pieces, and the one before which little more than the beginning of the last sentence is there."""
    begun = in_pieces(text[: text.index(LAST) + 45])
    pieces = [event.encoded() for event in streamed(api, channel, [*begun, *in_pieces(text[len("".join(begun)) :])])]
    plain = len(streamed(api, channel, ["x"]))
    first = next(at for at, piece in enumerate(pieces) if json.dumps(begun[0])[1:-1].encode() in piece)
    assert len(pieces) > plain
    return pieces, first + len(begun)


@pytest.mark.parametrize("mode", ["buffered", "incremental"])
@pytest.mark.parametrize(
    ("api", "channel", "target"),
    [*((api, channel, BY_FACT) for api, channel in CHANNELS), ("chat/completions", "content", BY_TOPIC)],
    ids=lambda value: value.name.split()[0] if isinstance(value, Target) else value,
)
async def test_but_for_the_last_sentence_nothing_is_left_to_embed_at_the_end(
    opened: Opening, recorded: Callable[..., Recorded], api: str, channel: str, target: Target, mode: str
) -> None:
    model = recorded()
    spoken = " ".join([*SENTENCES, LAST])
    text = json.dumps({"letter": spoken}) if channel == "tool_calls" else spoken
    pieces, stop = before_the_last_sentence(api, channel, text)
    upstream = Halting(pieces, stop)
    client = await opened(upstream, model, target, stream=mode)
    path, body = asking(api)
    answer = asyncio.ensure_future(client.post(path, json=body))
    # The first one has the beginning of the call before it.
    await model.until(QUESTION, *SENTENCES[1:])
    before = len(model.given)
    upstream.go.set()
    answered = await answer
    assert (answered.status_code, answered.content) == (200, b"".join(pieces))
    after = model.given[before:]
    assert any(LAST in text for text in after)
    assert not set(after) & {*SENTENCES, QUESTION}
    # What is the same is embedded once, however it comes.
    assert all(model.given.count(text) == 1 for text in (*SENTENCES[1:], QUESTION))


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("api", ["chat/completions", "completions", "responses"])
async def test_the_question_is_embedded_beside_the_upstreams_work(
    opened: Opening, recorded: Callable[..., Recorded], api: str, stream: bool
) -> None:
    model = recorded()
    upstream = Halting([], -1, "application/json")
    client = await opened(upstream, model, BY_FACT)
    path, body = asking(api, stream=stream)
    answer = asyncio.ensure_future(client.post(path, json=body))
    await model.until(QUESTION)
    assert not answer.done()
    upstream.go.set()
    assert (await answer).status_code == 502
    assert model.given.count(QUESTION) == 1


async def test_the_view_by_which_topics_are_told_is_embedded_once_it_is_there(
    opened: Opening, recorded: Callable[..., Recorded]
) -> None:
    model = recorded()
    told = [f"{sentence[:-1]} on day {day}." for day in range(5) for sentence in SENTENCES]
    text = " ".join([*told, LAST])
    pieces, stop = before_the_last_sentence("chat/completions", "content", text)
    upstream = Halting(pieces, stop)
    client = await opened(upstream, model, BY_TOPIC)
    path, body = asking("chat/completions")
    answer = asyncio.ensure_future(client.post(path, json=body))
    await model.until(text[:2_000], *told)
    before = len(model.given)
    upstream.go.set()
    assert (await answer).content == b"".join(pieces)
    assert model.given[before:] == [LAST]


@pytest.mark.parametrize("mode", ["buffered", "incremental"])
async def test_a_fact_told_without_the_name_does_not_leave(
    opened: Opening, recorded: Callable[..., Recorded], mode: str
) -> None:
    model = recorded()
    text = " ".join([*SENTENCES, FACT, LAST])
    pieces, stop = before_the_last_sentence("chat/completions", "content", text)
    upstream = Halting(pieces, stop)
    client = await opened(upstream, model, BY_FACT, stream=mode)
    path, body = asking("chat/completions")
    answer = asyncio.ensure_future(client.post(path, json=body))
    await model.until(FACT, *SENTENCES)
    upstream.go.set()
    answered = await answer
    assert answered.status_code == 200
    told = said(answered.content)
    assert not any(word in told for word in ("hives", "seventeen", "Tarn"))
    assert SENTENCES[0] in told


@pytest.mark.parametrize("failing", [QUESTION, SENTENCES[3], LAST])
async def test_an_embedding_model_that_fails_ends_in_a_refusal(
    opened: Opening, recorded: Callable[..., Recorded], failing: str
) -> None:
    model = recorded(failing=failing)
    pieces, stop = before_the_last_sentence("chat/completions", "content", " ".join([*SENTENCES, LAST]))
    upstream = Halting(pieces, stop)
    client = await opened(upstream, model, BY_FACT)
    path, body = asking("chat/completions")
    answer = asyncio.ensure_future(client.post(path, json=body))
    await model.until(QUESTION)
    upstream.go.set()
    answered = await answer
    assert answered.status_code == 200
    assert not any(subject in said(answered.content) for subject in SUBJECTS)
    # It is not asked again for each sentence: ahead of the answer it failed once at most, and in reading it.
    assert sum(failing in text for text in model.given) <= 2


async def test_what_failed_ahead_and_not_in_reading_does_no_harm(
    opened: Opening, recorded: Callable[..., Recorded]
) -> None:
    model = recorded(failing=QUESTION)
    pieces, stop = before_the_last_sentence("chat/completions", "content", " ".join([*SENTENCES, LAST]))
    upstream = Halting(pieces, stop)
    client = await opened(upstream, model, BY_FACT)
    path, body = asking("chat/completions")
    answer = asyncio.ensure_future(client.post(path, json=body))
    await model.until(QUESTION)
    model._failing = None
    upstream.go.set()
    assert (await answer).content == b"".join(pieces)


async def test_an_unforeseen_failure_is_told_without_its_text(
    opened: Opening,
    recorded: Callable[..., Recorded],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    model = recorded()
    pieces, stop = before_the_last_sentence("chat/completions", "content", " ".join([*SENTENCES, LAST]))
    upstream = Halting(pieces, stop)
    client = await opened(upstream, model, BY_FACT)
    met = asyncio.Event()

    async def broken(*_: Any) -> int:
        met.set()
        raise RuntimeError(SENTENCES[0])

    monkeypatch.setattr(early_embedding, "_found_ahead", broken)
    path, body = asking("chat/completions")
    answer = asyncio.ensure_future(client.post(path, json=body))
    await met.wait()
    upstream.go.set()
    assert (await answer).content == b"".join(pieces)
    assert "RuntimeError" in caplog.text
    assert SENTENCES[0] not in caplog.text


async def test_an_upstream_that_breaks_off_ends_what_is_done_ahead(
    opened: Opening, recorded: Callable[..., Recorded]
) -> None:
    model = recorded(held=SENTENCES[4])
    pieces, stop = before_the_last_sentence("chat/completions", "content", " ".join([*SENTENCES, LAST]))
    upstream = Halting(pieces, stop, error=ModelReplyError("The upstream broke off its answer; try again."))
    client = await opened(upstream, model, BY_FACT)
    path, body = asking("chat/completions")
    answer = asyncio.ensure_future(client.post(path, json=body))
    await model.until(SENTENCES[4])
    upstream.go.set()
    assert (await answer).status_code == 502
    await asyncio.wait_for(model.cancelled.wait(), 20)
    assert not any("hear" in text or LAST in text for text in model.given)


@pytest.mark.parametrize("held", [QUESTION, SENTENCES[4]])
async def test_a_client_that_goes_away_ends_what_is_done_ahead(
    tmp_path: Any, recorded: Callable[..., Recorded], held: str
) -> None:
    model = recorded(held=held)
    pieces, stop = before_the_last_sentence("chat/completions", "content", " ".join([*SENTENCES, LAST]))
    settings = with_targets(settings_of(tmp_path), tmp_path / "gone.db", [BY_FACT])
    path, body = asking("chat/completions")
    async with served(build(settings, upstream=Halting(pieces, stop))) as gateway:
        await model.until(FIRST)
        async with AsyncClient(base_url=gateway, timeout=30) as client:
            answer = asyncio.ensure_future(client.post(path, json=body))
            await model.until(held)
            answer.cancel()
            await asyncio.wait_for(model.cancelled.wait(), 20)


@pytest.mark.parametrize("stream", [True, False])
async def test_where_there_are_names_alone_nothing_is_done_ahead(
    over_upstream: Opening, recorded: Callable[..., Recorded], monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    model = recorded()
    for name, function in vars(EarlyEmbedding).items():
        if callable(function):
            monkeypatch.setattr(EarlyEmbedding, name, lambda *_, **__: pytest.fail("something was done ahead"))
    pieces = [event.encoded() for event in streamed("chat/completions", "content", SENTENCES)]
    client = await over_upstream(Halting(pieces, len(pieces)), [Target("Orla Maeve Fenwick")])
    path, body = asking("chat/completions", stream=stream)
    await client.post(path, json=body)
    assert model.given == []


async def test_more_than_is_read_of_one_request_is_not_embedded(
    opened: Opening, recorded: Callable[..., Recorded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(early_embedding, "MOST_SENTENCES", 4)
    model = recorded()
    pieces, stop = before_the_last_sentence("chat/completions", "content", " ".join([*SENTENCES * 40, LAST]))
    upstream = Halting(pieces, stop)
    client = await opened(upstream, model, BY_FACT)
    path, body = asking("chat/completions")
    answer = asyncio.ensure_future(client.post(path, json=body))
    await model.until(QUESTION)
    upstream.go.set()
    assert (await answer).content == b"".join(pieces)
    assert set(SENTENCES) <= set(model.given)


async def test_over_the_share_of_the_budget_the_rest_is_left_to_the_reading(
    opened: Opening, recorded: Callable[..., Recorded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(early_embedding, "_SHARE", 0.0)
    model = recorded()
    pieces, stop = before_the_last_sentence("chat/completions", "content", " ".join([*SENTENCES, LAST]))
    upstream = Halting(pieces, stop)
    client = await opened(upstream, model, BY_FACT)
    upstream.go.set()
    path, body = asking("chat/completions")
    assert (await client.post(path, json=body)).content == b"".join(pieces)
    # All of it in the one call of the reading.
    assert model.given[-len(SENTENCES) - 1 :] == [*SENTENCES, LAST]


async def test_a_target_that_comes_within_an_answer_does_not_move_the_index_to_and_fro(
    opened: Opening, recorded: Callable[..., Recorded], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = recorded()
    pieces, last = before_the_last_sentence("chat/completions", "content", " ".join([*SENTENCES, LAST]))
    upstream = Halting(pieces, last // 2)
    client = await opened(upstream, model, BY_FACT)
    path, body = asking("chat/completions")
    answer = asyncio.ensure_future(client.post(path, json=body))
    await model.until(QUESTION, *SENTENCES[:3])
    revisions: list[int] = []
    foresee = Screen.foresee

    async def noted(screen: Screen, snapshot: Snapshot, *texts: Any) -> int:
        revisions.append(snapshot.revision)
        return await foresee(screen, snapshot, *texts)

    monkeypatch.setattr(Screen, "foresee", noted)
    added = await client.post("/api/targets", json={"name": "Perry Quillan", "elicit": False})
    assert added.status_code == 201
    upstream.go.set()
    assert (await answer).content == b"".join(pieces)
    assert revisions == sorted(revisions)
    assert revisions[-1] == added.json()["revision"]


def texts(value: Any) -> list[str]:
    return [text for _, text in deltas(Event(json.dumps(value)))]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Tea. "}}]}, ["Tea. "]),
        ({"choices": [{"index": 0, "delta": {"reasoning_content": "Hm. "}, "finish_reason": "stop"}]}, ["Hm. "]),
        ({"choices": [{"index": 0, "delta": {"content": "a"}}, {"index": 1, "delta": {"content": "b"}}]}, ["a", "b"]),
        ({"choices": [{"index": 0, "text": "Tea. ", "logprobs": {"tokens": ["Tea", ". "]}}]}, ["Tea. "]),
        (
            {
                "choices": [
                    {"delta": {"tool_calls": [{"index": 1, "id": "c", "function": {"name": "f", "arguments": "{"}}]}}
                ]
            },
            ["f", "{"],
        ),
        ({"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Tea. "}, ["Tea. "]),
        ({"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": "Tea. "}, []),
        ({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Tea. "}}, ["Tea. "]),
        ({"type": "content_block_delta", "index": 1, "delta": {"type": "thinking_delta", "thinking": "Hm."}}, ["Hm."]),
        ({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, []),
        ({"choices": []}, []),
        ({"choices": None}, []),
        ({"choices": [None, 1, {"delta": None}]}, []),
        ({"error": {"message": "Odo"}}, []),
        ({"delta": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": {"j": "deep"}}}}}}}}}}}, []),
    ],
)
def test_the_texts_that_an_event_adds(value: Any, said: list[str]) -> None:
    assert texts(value) == said


@pytest.mark.parametrize(
    "data", [DONE, "", "[1]", "{", '{"choices": [' + "[" * 100_000, '{"a": "' + "a" * LONGEST_EVENT + '"}']
)
def test_what_is_no_such_event_adds_nothing(data: str) -> None:
    assert list(deltas(Event(data))) == []


def test_each_text_goes_on_at_its_own_place() -> None:
    places = [
        {place for place, _ in deltas(Event(json.dumps(value)))}
        for value in (
            {"choices": [{"index": 0, "delta": {"content": "a"}}]},
            {"choices": [{"index": 1, "delta": {"content": "a"}}]},
            {"choices": [{"index": 0, "delta": {"reasoning": "a"}}]},
            {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": "a"}}]}}]},
            {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 1, "function": {"arguments": "a"}}]}}]},
            {"type": "response.output_text.delta", "output_index": 0, "delta": "a"},
            {"type": "response.output_text.delta", "output_index": 1, "delta": "a"},
            {"type": "response.reasoning_text.delta", "output_index": 0, "delta": "a"},
        )
    ]
    assert len(frozenset().union(*places)) == len(places)


@pytest.mark.parametrize("kind", [["a"], {"a": 1}, None, 7])
def test_a_place_can_be_looked_up_whatever_the_event_says_of_itself(kind: Any) -> None:
    [(place, text)] = deltas(Event(json.dumps({"type": kind, "delta": "Tea. "})))
    assert {place: text} == {place: "Tea. "}
