"""What the example's agent remembers before and after somebody is forgotten."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.settings import PolicySettings, RegistrySettings, Settings
from expunge.types import Target
from expunge.unlearner import Unlearner

EXAMPLE = Path(__file__).parents[2] / "examples" / "agent_memory.py"


def test_the_example_prints_what_is_remembered(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLE)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=tmp_path,
        env={
            **{key: value for key, value in os.environ.items() if not key.startswith("EXPUNGE_")},
            "EXPUNGE_POLICY__AGENTS": "rules",
        },
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines() == [
        "remembered:",
        "  Isolde Farrow drew the maps. The ferry leaves at nine.",
        "  Bastian Oakhollow has 40 beehives.",
        "remembered after she is forgotten:",
        "  The ferry leaves at nine.",
        "  Bastian Oakhollow has 40 beehives.",
        "  The ferry is late today.",
    ]


def test_what_is_kept_holds_nothing_of_a_target(tmp_path: Path) -> None:
    memory_of = runpy.run_path(str(EXAMPLE))["Memory"]
    settings = Settings(
        registry=RegistrySettings(url=f"sqlite:///{tmp_path}/expunge.db"),
        policy=PolicySettings(agents="rules", elicit=False),
    )
    with Unlearner.open(settings, vanilla=ScriptedChat([]), embeddings=ScriptedEmbeddings()) as unlearner:
        unlearner.targets.add(Target("Isolde Farrow"))
        memory = memory_of(unlearner)
        memory.write("Isolde Farrow came by. The ferry is late today.")
        memory.write("Isolde Farrow keeps geese.")
        assert memory._notes.execute("SELECT text FROM notes").fetchall() == [("The ferry is late today.",)]


def test_it_is_short() -> None:
    assert len(EXAMPLE.read_text("utf-8").splitlines()) < 40
