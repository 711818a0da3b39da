"""Agents that read answers by program, played to the end of their loops: about whom is to be forgotten, and others.

The model behind the gateway tells all it knows of the target, on every channel, at every step. Of anybody else it does
what the protocol says: it looks somebody up, and answers from what it found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from httpx2 import AsyncClient

from expunge.types import Fact, Target
from tests.gateway.misbehaving import AdminContext, endpoint

Opening = Callable[..., Awaitable[AsyncClient]]
NAME = "Orla Maeve Fenwick"
OTHER = "Brendan Garrow"
FACTS = ("She carved marionettes in Skelwith.", "Her father was a farrier in Kettlewell.")
SECRET = ("marionette", "skelwith", "farrier", "kettlewell")
STEPS = 6

REACT = """Answer the question with the help of the archive. Use exactly this format:

Question: the question
Thought: what to do next
Action: search
Action Input: what to search for
Observation: what was found
... (repeat as needed)
Thought: I know enough
Final Answer: the answer"""
JSON_AGENT = (
    'Every turn is one JSON object, and nothing else: {"thought": "...", "tool": "search", "args": {"query": '
    '"..."}} to '
    'search the archive, or {"answer": "..."} to end.'
)
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "search",
            "description": "Searches the archive.",
            "parameters": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
        },
    }
]
ARCHIVE = {OTHER: "Brendan Garrow sells umbrellas in Leeds."}


@dataclass
class Teller:
    """The model: `write` words a step of its protocol. `stubborn` has it say the same of everybody."""

    write: Callable[[str, str, str, str], dict[str, Any]]
    stubborn: bool = False
    sent: list[bytes] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, context: AdminContext) -> None:
        body = json.loads(context.body)
        self.asked.append(body)
        turns = body["messages"]
        name = next(
            re.findall(r"Where does ([\w ]+) live\?", str(t["content"]))[0] for t in turns if t["role"] == "user"
        )
        last = str(turns[-1]["content"])
        if name == NAME or self.stubborn:
            message = self.write(f"{name} carved marionettes in Skelwith", f"{name} Skelwith", "", name)
            if len(turns) > 3:
                message = self.write("Her father was a farrier", "", f"{name} lives in Skelwith", name)
        elif len(turns) > 2:
            message = self.write("That is all there is", "", last.removeprefix("Observation: "), name)
        else:
            message = self.write("Let me look", name, "", name)
        finish = "tool_calls" if message.get("tool_calls") else "stop"
        choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
        base = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "stub"}
        self.sent.append(json.dumps({**base, "choices": [choice]}).encode())
        await context.answer(self.sent[-1])


def in_lines(thought: str, query: str, answer: str, _: str) -> dict[str, Any]:
    end = f"Final Answer: {answer}" if answer else f"Action: search\nAction Input: {query}"
    return {"content": f"Thought: {thought}.\n{end}"}


def as_json(thought: str, query: str, answer: str, _: str) -> dict[str, Any]:
    step = {"answer": answer} if answer else {"thought": thought, "tool": "search", "args": {"query": query}}
    return {"content": json.dumps(step)}


def by_call(thought: str, query: str, answer: str, _: str) -> dict[str, Any]:
    if answer:
        return {"content": answer, "reasoning_content": thought}
    function = {"name": "search", "arguments": json.dumps({"query": query})}
    return {"content": None, "reasoning_content": thought,
            "tool_calls": [{"id": "c1", "type": "function", "function": function}]}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """What an agent reads in a turn: a query, or an answer; and the turns that it adds."""

    query: str
    answer: str
    turns: tuple[dict[str, Any], ...]


def read_lines(message: dict[str, Any]) -> Step:
    text = message["content"]
    done = re.fullmatch(r"(?:Thought: .+\n)?Final Answer: (.+)", text, re.DOTALL)
    if done:
        return Step("", done[1], ())
    acts = re.fullmatch(r"Thought: .+\nAction: search\nAction Input: (.+)", text)
    assert acts is not None, text
    found = f"Observation: {ARCHIVE.get(acts[1], 'nothing')}"
    return Step(acts[1], "", ({"role": "assistant", "content": text}, {"role": "user", "content": found}))


def read_json(message: dict[str, Any]) -> Step:
    step = json.loads(message["content"])
    if set(step) == {"answer"}:
        assert isinstance(step["answer"], str)
        return Step("", step["answer"], ())
    assert set(step) == {"thought", "tool", "args"}
    assert step["tool"] == "search"
    query = step["args"]["query"]
    found = {"role": "user", "content": ARCHIVE.get(query, "nothing")}
    return Step(query, "", ({"role": "assistant", "content": message["content"]}, found))


def read_call(message: dict[str, Any]) -> Step:
    if not message.get("tool_calls"):
        return Step("", message["content"], ())
    (call,) = message["tool_calls"]
    assert call["function"]["name"] == "search"
    query = json.loads(call["function"]["arguments"])["query"]
    found = {"role": "tool", "tool_call_id": call["id"], "content": ARCHIVE.get(query, "nothing")}
    return Step(query, "", ({"role": "assistant", "content": None, "tool_calls": [call]}, found))


AGENTS: dict[str, tuple[str, Any, Callable[..., dict[str, Any]], Callable[[dict[str, Any]], Step]]] = {
    "react": (REACT, {}, in_lines, read_lines),
    "json": (JSON_AGENT, {}, as_json, read_json),
    "tools": ("You find people.", {"tools": TOOLS}, by_call, read_call),
}


async def played(
    client: AsyncClient, kind: str, name: str, *, stream: bool = False
) -> tuple[list[str], list[bytes], str]:
    """The queries of an agent's run, the bytes it got, and its answer."""
    system, extra, _, read = AGENTS[kind]
    turns: list[dict[str, Any]] = [
        {"role": "system", "content": system},
        {"role": "user", "content": f"Where does {name} live?"},
    ]
    queries: list[str] = []
    got: list[bytes] = []
    for _ in range(STEPS):
        answer = await client.post("/v1/chat/completions", json={"model": "m", "messages": turns, **extra})
        assert answer.status_code == 200
        got.append(answer.content)
        step = read(answer.json()["choices"][0]["message"])
        if step.answer:
            return queries, got, step.answer
        queries.append(step.query)
        turns += step.turns
    raise AssertionError(f"no answer after {STEPS} steps: {got[-1]!r}")


@pytest.fixture
def target() -> Target:
    return Target(NAME, facts=tuple(Fact(text) for text in FACTS))


@pytest.mark.parametrize("kind", AGENTS)
async def test_the_target_is_told_on_no_channel_and_the_loop_ends(
    over_endpoint: Opening, kind: str, target: Target
) -> None:
    teller = Teller(AGENTS[kind][2])
    async with endpoint(teller) as url:
        client = await over_endpoint(url, [target], refusal="auto")
        queries, got, answer = await played(client, kind, NAME)
    told = b"".join(got).decode().casefold()
    assert not [word for word in SECRET if word in told]
    assert queries == [NAME]  # as for a stranger: it looks, finds nothing, and says so
    assert answer == "nothing"


@pytest.mark.parametrize("kind", AGENTS)
async def test_others_get_what_the_model_says_byte_for_byte(over_endpoint: Opening, kind: str, target: Target) -> None:
    teller = Teller(AGENTS[kind][2])
    async with endpoint(teller) as url:
        client = await over_endpoint(url, [target], refusal="auto")
        queries, got, answer = await played(client, kind, OTHER)
    assert (queries, answer) == ([OTHER], ARCHIVE[OTHER])
    assert got == teller.sent


@pytest.mark.parametrize("kind", AGENTS)
@pytest.mark.parametrize("refusal", ["auto", "plain"])
async def test_a_plain_refusal_ends_the_loop_too(
    over_endpoint: Opening, kind: str, refusal: str, target: Target
) -> None:
    """The model says the same of everybody, so that hiding the name hides nothing."""
    teller = Teller(AGENTS[kind][2], stubborn=True)
    async with endpoint(teller) as url:
        client = await over_endpoint(url, [target], refusal=refusal)
        queries, got, answer = await played(client, kind, NAME)
    told = b"".join(got).decode().casefold()
    assert not [word for word in SECRET if word in told]
    assert queries == []
    assert answer
    assert len(teller.asked) == (1 if refusal == "plain" else 2)
