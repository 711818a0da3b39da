"""What a newcomer types: every snippet of README and of getting started, in the order of the page, in one shell.

The folder is empty and the model is a stand-in on loopback. What sets the environment up (`make`, `pip`, `activate`) is
left out, since it is set up; `expunge serve` runs in the background, as in the other shell that the pages speak of.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from expunge.bench.stub import stub_endpoint

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "docs" / "getting-started.md"]
SET_UP = re.compile(r"^(make \w+|\. \.venv/bin/activate|pip install .*|expunge models pull)(\s+#.*)?$")
SERVE = re.compile(r"^expunge serve(\s+#.*)?$")
SLOW = re.compile(r"^expunge (verify|eval) .*$", re.MULTILINE)
SERVED = """expunge serve > served &
server=$!
trap 'kill "$server"; wait "$server" || true' EXIT
until grep -q Listening served; do kill -0 "$server"; sleep 0.1; done"""


def shell_of(language: str, code: str) -> str:
    """A snippet as lines of one shell script."""
    match language:
        case "sh" | "bash":
            lines = [SERVED if SERVE.match(line) else line for line in code.splitlines() if not SET_UP.match(line)]
            return "\n".join(lines)
        case "python":
            return f"python - <<'END'\n{code}END"
        case "toml":
            return f"cat > expunge.toml <<'END'\n{code}END"
        case _:
            return ":"


def script(page: Path, port: int) -> str:
    """Every snippet of a page, in order."""
    found = re.findall(r"^```(\w+)\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    text = "\n".join(("set -eu", *(shell_of(language, code) for language, code in found), "echo all done"))
    return text.replace("127.0.0.1:8000", f"127.0.0.1:{port}")


async def typed(folder: Path, text: str, environment: dict[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        text,
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told = (await asyncio.wait_for(process.communicate(), 240))[0].decode()
    assert process.returncode == 0, told
    return told


def environment_of(port: int, model: str, folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    own = Path(sys.executable).parent
    if not (own / "expunge").exists():
        pytest.skip("expunge is not installed as a script")
    return {
        **kept,
        "PATH": f"{own}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "OPENAI_API_KEY": "none",
        "EXPUNGE_CACHE_DIR": str(folder / "cache"),
        "EXPUNGE_SERVER__PORT": str(port),
        "EXPUNGE_MODELS__DEFAULT__BASE_URL": model,
        "EXPUNGE_MODELS__DEFAULT__MODEL": "name",
        "EXPUNGE_POLICY__AGENTS": "rules",
    }


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "twice", "expected"),
    [
        (PAGES[0], True, ["The certificate is in certificate.html", "is lifted", "Jonas Harkbell keeps bees."]),
        (PAGES[1], False, ["in force from the next question on", '"choices"', "Jonas Harkbell keeps bees."]),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else None,
)
async def test_a_page_from_its_beginning_to_its_end(
    page: Path, twice: bool, expected: Sequence[str], tmp_path: Path
) -> None:
    port = free_port()
    with stub_endpoint() as model:
        environment = environment_of(port, model, tmp_path)
        told = await typed(tmp_path, script(page, port), environment)
        for part in (*expected, "all done"):
            assert part in told, told
        if twice:
            assert "all done" in await typed(tmp_path, SLOW.sub("", script(page, port)), environment)


def test_every_line_that_is_left_out_is_known() -> None:
    left_out = {
        line.split("#")[0].strip()
        for page in PAGES
        for code in re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
        for line in code.splitlines()
        if SET_UP.match(line)
    }
    assert left_out == {
        "make demo",
        "make test",
        ". .venv/bin/activate",
        'pip install ".[embedded]"',
        'pip install "expunge[evals]"',
        "expunge models pull",
    }
