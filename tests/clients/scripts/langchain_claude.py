"""What langchain-anthropic makes of an endpoint's answers."""

from __future__ import annotations

import asyncio
import json
import sys

from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from pydantic import BaseModel


class Note(BaseModel):
    """A note about somebody."""

    summary: str
    source: str


@tool
def remember(note: str) -> str:
    """Keep a note."""
    return note


async def ask(root: str, question: str) -> dict[str, object]:
    """Ask in every way that langchain knows, and tell what came back."""
    chat = ChatAnthropic(base_url=root, api_key="sk-none", model="island-1", max_retries=0, max_tokens=1024)
    whole = chat.invoke(question)
    pieces = list(chat.stream(question))
    streamed = pieces[0]
    for piece in pieces[1:]:
        streamed += piece
    bound = chat.bind_tools([remember])
    called = bound.invoke(question)
    call_pieces = list(bound.stream(question))
    streamed_call = call_pieces[0]
    for piece in call_pieces[1:]:
        streamed_call += piece
    noted = chat.with_structured_output(Note, include_raw=True).invoke(question)
    thinking = chat.bind(thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=2048).invoke(question)
    return {
        "text": whole.text,
        "usage": whole.usage_metadata,
        "finish": whole.response_metadata["stop_reason"],
        "streamed": streamed.text,
        "calls": [{"name": call["name"], "args": call["args"]} for call in called.tool_calls],
        "streamed_calls": [{"name": call["name"], "args": call["args"]} for call in streamed_call.tool_calls],
        "parsed": noted["parsed"].model_dump() if noted["parsed"] else None,
        "parsing_error": str(noted["parsing_error"]) if noted["parsing_error"] else None,
        "thought": thinking.content,
        "async": (await chat.ainvoke(question)).text,
        "tokens": chat.get_num_tokens_from_messages([HumanMessage(question)]),
    }


async def main(root: str, questions: list[str]) -> None:
    """Ask each, in one event loop, and print what came back."""
    print(json.dumps([await ask(root, question) for question in questions]))


asyncio.run(main(sys.argv[1], sys.argv[2:]))
