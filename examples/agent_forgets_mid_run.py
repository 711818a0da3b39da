"""An agent with tools forgets somebody in the middle of its run and goes on.

    python examples/agent_forgets_mid_run.py [--config FILE]

The agent's model is played by a script, so that nothing depends on how well a small model calls tools; --config names
a real one. Everything it makes is in a passing folder.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

try:
    from openai import OpenAI
except ImportError:
    sys.exit("This example asks as a client does: install one first, `python -m pip install openai`.")

PAGES = {
    "maps": "Isolde Farrow drew the maps of Hollowmere. They hang in the harbour office.",
    "bees": "Bastian Oakhollow has 40 beehives. He sells honey on Fridays.",
    "ferry": "The ferry leaves at nine. It carries no cars.",
}
TASK = "Read the pages on maps, bees and the ferry, and tell me the gist of each."
NAME, FACT = "Isolde Farrow", "Isolde Farrow drew the maps of Hollowmere."
EXPUNGE = Path(sys.executable).with_name("expunge")


READ_PAGE = {
    "name": "read_page",
    "description": "Read a page of the island's handbook.",
    "parameters": {"type": "object", "properties": {"topic": {"type": "string"}}, "required": ["topic"]},
}


def main() -> None:
    """Play the story and print it as it happens."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--config", type=Path, help="an expunge.toml that names a model which calls tools")
    config = parser.parse_args().config
    with tempfile.TemporaryDirectory() as folder, scripted_model() as base_url:
        if config is None:
            config = Path(folder, "expunge.toml")
            config.write_text(f'[models.default]\nbase_url = "{base_url}"\nmodel = "scripted"\n')
        env = {
            **os.environ,
            "EXPUNGE_REGISTRY__URL": f"sqlite:///{folder}/expunge.db",
            "EXPUNGE_SERVER__AUTH": "none",
            "EXPUNGE_POLICY__ELICIT": "false",
        }
        command = [str(EXPUNGE), "serve", "--port", "0", "--json", "--config", str(config)]
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as gateway:
            try:
                assert gateway.stdout is not None
                client = OpenAI(base_url=json.loads(gateway.stdout.readline())["base_url"], api_key="none", timeout=600)
                for step in run(client):
                    if step == 1:
                        print(f'\n$ expunge targets add "{NAME}" --fact "{FACT}"\n')
                        add = [str(EXPUNGE), "targets", "add", NAME, "--fact", FACT, "--config", str(config)]
                        subprocess.run(add, env=env, check=True, stdout=subprocess.DEVNULL)
            finally:
                gateway.terminate()


def run(client: OpenAI) -> Iterator[int]:
    """An agent's loop: ask the model, do what it calls for, until it answers; yields the number of each step done."""
    messages: list[Any] = [{"role": "user", "content": TASK}]
    tools: list[Any] = [{"type": "function", "function": READ_PAGE}]
    print(f"> {TASK}")
    model = client.models.list().data[0].id
    for step in range(1, 12):
        reply = client.chat.completions.create(model=model, messages=messages, tools=tools, temperature=0)
        said: Any = reply.choices[0].message
        messages.append(said.model_dump(exclude_none=True))
        if said.content:
            print(f"  {said.content}", flush=True)
        if not said.tool_calls:
            return
        for call in said.tool_calls:
            page = PAGES.get(json.loads(call.function.arguments).get("topic"), "There is no such page.")
            print(f"  read_page {call.function.arguments} -> {page}", flush=True)
            messages.append({"role": "tool", "tool_call_id": call.id, "content": page})
        yield step


def next_step(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """What an obedient model says next: it reads every page, thinking aloud, and then says what they say."""
    read = [message["content"] for message in messages if message["role"] == "tool"]
    if len(read) == len(PAGES):
        return {"role": "assistant", "content": " ".join(page.split(". ")[0] + "." for page in read)}
    thought = f"So: {read[-1]}" if read else None
    arguments = json.dumps({"topic": list(PAGES)[len(read)]})
    call = {"id": f"call_{len(read)}", "type": "function", "function": {"name": "read_page", "arguments": arguments}}
    return {"role": "assistant", "content": thought, "tool_calls": [call]}


class ScriptedModel(BaseHTTPRequestHandler):
    """An OpenAI-compatible endpoint that answers by `next_step`."""

    def do_GET(self) -> None:
        """List the models."""
        self.reply({"object": "list", "data": [{"id": "scripted", "object": "model"}]})

    def do_POST(self) -> None:
        """Answer a chat completion."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        message = next_step(body["messages"])
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if "tool_calls" in message else "stop"}
        self.reply({"id": "1", "object": "chat.completion", "created": 0, "model": "scripted", "choices": [choice]})

    def reply(self, body: dict[str, Any]) -> None:
        """Send JSON."""
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def scripted_model() -> Iterator[str]:
    """The base URL of the endpoint, which serves within the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), ScriptedModel)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    main()
