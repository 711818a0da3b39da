"""What the pages about the gateway say to type is typed, against a gateway that runs."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from expunge.gateway.factory import build
from expunge.models.scripted import ScriptedChat
from expunge.registry.api_keys import SCOPES
from expunge.registry.store import Registry
from expunge.settings import ModelsSettings, PolicySettings, RegistrySettings, ServerSettings, Settings
from tests.gateway.serving import served

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ADDRESS = "http://127.0.0.1:8000"


def blocks(page: Path, language: str) -> list[str]:
    """The snippets of a language on a page that speaks to a gateway."""
    found = re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return found if any(ADDRESS in code for code in found) else []


@pytest.fixture
async def environment(tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    """The environment of somebody who has a gateway and a key."""
    url = f"sqlite:///{tmp_path / 'expunge.db'}"
    with Registry.open(url) as registry:
        key = registry.api_keys.create("default", SCOPES)[1]
    settings = Settings(
        registry=RegistrySettings(url=url),
        models=ModelsSettings(),
        policy=PolicySettings(agents="rules", elicit=False),
        server=ServerSettings(),
        cache_dir=tmp_path,
    )
    app = build(settings, vanilla=ScriptedChat(lambda *_: "The maps were drawn by hand.", name="my-model"))
    async with served(app) as address:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        yield {**kept, "EXPUNGE_API_KEY": key, "ADDRESS": address, "PYTHONPATH": os.pathsep.join(sys.path)}


async def run(folder: Path, environment: dict[str, str], *command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    told = (await asyncio.wait_for(process.communicate(), 60))[0].decode()
    assert process.returncode == 0, told
    return told


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "bash")], ids=lambda page: page.name)
async def test_curl(page: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    script = "set -euo pipefail\n" + "\n".join(blocks(page, "bash")).replace(ADDRESS, environment["ADDRESS"])
    assert "curl" in script
    assert await run(tmp_path, environment, "bash", "-c", script)


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "py")], ids=lambda page: page.name)
async def test_a_client(page: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    code = "\n".join(blocks(page, "py")).replace(ADDRESS, environment["ADDRESS"])
    assert "maps" in await run(tmp_path, environment, sys.executable, "-c", code)
