"""What langchain-openai makes of an endpoint's answers."""

from __future__ import annotations

import asyncio
import json
import sys

from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel


class Note(BaseModel):
    """A note about somebody."""

    summary: str
    source: str


@tool
def remember(note: str) -> str:
    """Keep a note."""
    return note


async def ask(base_url: str, question: str) -> dict[str, object]:
    """Ask in every way that langchain knows, and tell what came back."""
    chat = ChatOpenAI(base_url=base_url, api_key="sk-none", model="island-1", max_retries=0)
    whole = chat.invoke(question)
    pieces = list(chat.stream(question, stream_usage=True))
    streamed = pieces[0]
    for piece in pieces[1:]:
        streamed += piece
    calls = chat.bind_tools([remember]).invoke(question).tool_calls
    noted = chat.with_structured_output(Note, include_raw=True).invoke(question)
    by_responses = ChatOpenAI(
        base_url=base_url, api_key="sk-none", model="island-1", use_responses_api=True, max_retries=0
    ).invoke(question)
    return {
        "text": whole.content,
        "usage": whole.usage_metadata,
        "finish": whole.response_metadata["finish_reason"],
        "streamed": streamed.content,
        "streamed_usage": streamed.usage_metadata,
        "pieces": len(pieces),
        "calls": [{"name": call["name"], "args": call["args"]} for call in calls],
        "parsed": noted["parsed"].model_dump() if noted["parsed"] else None,
        "parsing_error": str(noted["parsing_error"]) if noted["parsing_error"] else None,
        "responses": by_responses.text,
        "async": (await chat.ainvoke(question)).content,
        "batch": [message.content for message in chat.batch([question, "How wide is the sea?"])],
    }


async def main(base_url: str, questions: list[str]) -> None:
    """Ask each, in one event loop, and print what came back."""
    print(json.dumps([await ask(base_url, question) for question in questions]))


asyncio.run(main(sys.argv[1], sys.argv[2:]))
