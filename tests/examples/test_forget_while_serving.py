"""The example plays its story on an endpoint that knows the island of its system prompt."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "forget_while_serving.py"
KNOWN = {"maps": "Isolde Farrow drew them.", "live": "She lives in the mill.", "beehives": "He has 40 beehives."}


def endpoint(request: BaseHTTPRequestHandler) -> None:
    asked = request.rfile.read(int(request.headers.get("Content-Length", 0)))
    answer: object = {"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "island"}]}
    if request.command == "POST":
        question = json.loads(asked)["messages"][-1]["content"]
        text = next(told for word, told in KNOWN.items() if word in question)
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        answer = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    content = json.dumps(answer).encode()
    request.send_response(200)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)


def test_the_running_gateway_forgets(
    tmp_path: Path, site: Callable[[Callable[[BaseHTTPRequestHandler], None]], str]
) -> None:
    config = tmp_path / "expunge.toml"
    config.write_text(
        f'[models.default]\nbase_url = "{site(endpoint)}/v1"\nmodel = "m"\n[policy]\nagents = "rules"\n', "utf-8"
    )
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), "--config", str(config)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={key: value for key, value in os.environ.items() if not key.startswith("EXPUNGE_")},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    before, _, after = done.stdout.partition("$ expunge targets add")
    assert all(told in before for told in KNOWN.values())
    _, _, after = after.partition("\n")
    assert KNOWN["beehives"] in after
    assert KNOWN["maps"] not in after
    assert KNOWN["live"] not in after
