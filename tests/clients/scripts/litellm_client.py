"""What litellm, as a client, makes of an endpoint's answers."""

from __future__ import annotations

import asyncio
import json
import sys

import litellm

_TOOL = {
    "type": "function",
    "function": {
        "name": "remember",
        "parameters": {"type": "object", "properties": {"note": {"type": "string"}}, "required": ["note"]},
    },
}


async def ask(base_url: str, question: str) -> dict[str, object]:
    """Ask in every way that litellm knows, and tell what came back."""
    common = {"model": "openai/island-1", "api_base": base_url, "api_key": "sk-none", "num_retries": 0}
    messages = [{"role": "user", "content": question}]
    whole = litellm.completion(messages=messages, **common)
    chunks = list(litellm.completion(messages=messages, stream=True, stream_options={"include_usage": True}, **common))
    called = litellm.completion(messages=messages, tools=[_TOOL], **common).choices[0].message.tool_calls or []
    later = await litellm.acompletion(messages=messages, **common)
    return {
        "text": whole.choices[0].message.content,
        "finish": whole.choices[0].finish_reason,
        "usage": whole.usage.total_tokens,
        "streamed": "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices),
        "calls": [{"name": c.function.name, "args": json.loads(c.function.arguments)} for c in called],
        "async": later.choices[0].message.content,
    }


async def main(base_url: str, questions: list[str]) -> None:
    """Ask each, in one event loop, and print what came back."""
    print(json.dumps([await ask(base_url, question) for question in questions]))


asyncio.run(main(sys.argv[1], sys.argv[2:]))
