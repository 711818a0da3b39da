"""Facts that are not embedded yet, for example after an interrupted import."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from expunge.cli.pending import STORED, described
from expunge.errors import WeightsInvalid
from expunge.models.base import Vectors
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.screen.semantic import embeddings, index
from expunge.types import Pending
from expunge.unlearner import Unlearner

Expunge = Callable[..., Any]
COUNT = 12
TOLD = f"{2 * COUNT} facts of {COUNT} targets are not embedded yet and matched by words alone"


@pytest.fixture
def backlog(expunge: Expunge, sandbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Targets whose facts nobody has embedded, so many that nobody waits for them."""
    monkeypatch.setattr(index, "FEW", 1)
    rows = [
        {"name": f"Odo Vantongeren{n}", "facts": [f"He keeps {n} owls.", f"He sold {n} boats."]} for n in range(COUNT)
    ]
    (sandbox / "many.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    # One is embedded, so that nobody has to find out how long vectors are.
    assert expunge("targets", "add", "Ilse Brackwell", "--fact", "She keeps a heron.", "--no-elicit").code == 0
    (sandbox / "text.txt").write_text("The harbour is at the end of Salt Street.\n")
    result = expunge("targets", "import", "many.jsonl", "--no-wait")
    assert result.code == 0
    assert result.err == f"{TOLD}; run `expunge targets embed`.\n"


@pytest.mark.usefixtures("backlog")
@pytest.mark.parametrize(
    ("command", "stdin"),
    [
        (("ask", "Where is the harbour?"), b""),
        (("ask", "Where is the harbour?", "--json"), b""),
        (("chat",), b"Where is the harbour?\nWhere does she live?\n"),
        (("scrub", "--text", "The harbour is at the end of Salt Street."), b""),
        (("scrub", "-", "--json"), b"The harbour is at the end of Salt Street."),
        (("scrub", "text.txt", "clean.txt", "--workers", "1"), b""),
    ],
)
def test_a_command_goes_on_and_says_so_in_one_line_or_waits(
    expunge: Expunge, command: tuple[str, ...], stdin: bytes
) -> None:
    result = expunge(*command, stdin=stdin)
    assert result.code == 0
    assert result.err == f"{TOLD}; use --wait to embed them first, or run `expunge targets embed`.\n"
    force = ("--force",) if "clean.txt" in command else ()
    waited = expunge(*command, "--wait", *force, stdin=stdin)
    assert waited.code == 0
    assert waited.err == f"{2 * COUNT} facts of {COUNT} targets are being embedded first …\n"
    assert expunge(*command, *force, stdin=stdin).err == ""


@pytest.mark.usefixtures("backlog")
@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("targets", "list"), f"{TOLD}; run `expunge targets embed`.\n"),
        (("targets", "list", "--json"), f"{TOLD}; run `expunge targets embed`.\n"),
        (("doctor",), f"Not embedded yet, and matched by words alone: {2 * COUNT} facts of {COUNT} targets;"),
    ],
)
def test_it_is_counted_until_it_is_embedded(expunge: Expunge, command: tuple[str, ...], told: str) -> None:
    result = expunge(*command)
    assert told in result.out + result.err
    assert expunge("targets", "embed").code == 0
    result = expunge(*command)
    assert "embedded yet" not in result.out + result.err


@pytest.mark.usefixtures("backlog")
def test_the_trace_says_it(expunge: Expunge) -> None:
    steps = json.loads(expunge("ask", "Where is the harbour?", "--json").out)["trace"]
    assert {step["name"]: step["pending"] for step in steps} == {
        "vanilla": None,
        "screen": {"facts": 2 * COUNT, "targets": COUNT},
    }
    data = json.loads(expunge("scrub", "--text", "The harbour.", "--json").out)
    assert data["pending"] == {"facts": 2 * COUNT, "targets": COUNT}


@pytest.mark.usefixtures("backlog")
def test_what_was_scrubbed_by_words_is_scrubbed_again_by_meaning(expunge: Expunge, sandbox: Path) -> None:
    (sandbox / "in").mkdir()
    (sandbox / "in" / "a.txt").write_text("The harbour is at the end of Salt Street.\n")
    report = ("--workers", "1", "--report", "report.json")
    assert expunge("scrub", "in", "out", *report).code == 0
    told = json.loads((sandbox / "report.json").read_text())
    assert (told["pending"], told["files"][0]["resumed"]) == ({"facts": 2 * COUNT, "targets": COUNT}, 0)
    assert expunge("scrub", "in", "out", *report, "--wait").code == 0
    told = json.loads((sandbox / "report.json").read_text())
    assert (told["pending"], told["files"][0]["resumed"]) == ({"facts": 0, "targets": 0}, 0)


class Interrupting(ScriptedEmbeddings):
    """Presses Ctrl-C at the third call, and does not come to an end by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.calls += 1
        if self.calls == 3:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            import asyncio

            await asyncio.sleep(60)
        return await super().embed(texts)


@pytest.mark.usefixtures("backlog")
@pytest.mark.parametrize("command", [("ask", "Where is the harbour?", "--wait"), ("targets", "embed")])
def test_ctrl_c_leaves_what_was_embedded_stored(
    expunge: Expunge, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr(embeddings, "_EMBEDDED_AT_ONCE", 2)
    opened = Unlearner.open
    with monkeypatch.context() as patch:
        patch.setattr(Unlearner, "open", lambda config=None: opened(config, embeddings=Interrupting()))
        result = expunge(*command)
    assert result.code == 130
    assert result.err.splitlines()[-1] == STORED
    left = COUNT - 1  # the first call told how long vectors are, the second was for one target
    assert f"{2 * left} facts of {left} targets are not embedded yet" in expunge("targets", "list").err


KILLED = textwrap.dedent(
    """
    import os, sys
    from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
    from expunge.registry.importing.files import read_targets
    from expunge.screen.semantic import embeddings
    from expunge.unlearner import Unlearner
    from pathlib import Path

    class Killed(ScriptedEmbeddings):
        async def embed(self, texts):
            if len(self.texts) + len(texts) > int(sys.argv[1]):
                os._exit(9)
            return await super().embed(texts)

    embeddings._EMBEDDED_AT_ONCE = 2
    embeddings._STORED_AFTER = -1.0
    model = Killed()
    with Unlearner.open(vanilla=ScriptedChat([]), embeddings=model) as unlearner:
        if len(unlearner.targets):
            unlearner.targets.embed()
        else:
            unlearner.targets.add_many(read_targets(Path("many.jsonl")))
        print(len(model.texts), unlearner.targets.pending().facts)
    """
)


def test_an_import_that_is_killed_goes_on_where_it_was(sandbox: Path) -> None:
    rows = [
        {"name": f"Odo Vantongeren{n}", "facts": [f"He keeps {n} owls.", f"He sold {n} boats."]} for n in range(COUNT)
    ]
    (sandbox / "many.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def run(most: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", KILLED, str(most)], capture_output=True, text=True, check=False)

    killed = run(COUNT)
    assert (killed.returncode, killed.stdout) == (9, "")
    resumed = run(10_000)
    # The other half, and a text that tells how long vectors are.
    assert (resumed.returncode, resumed.stdout) == (0, f"{COUNT + 1} 0\n"), resumed.stderr


@pytest.mark.parametrize(
    ("pending", "text"),
    [
        (Pending(1, 1), "1 fact of 1 target is"),
        (Pending(2, 1), "2 facts of 1 target are"),
        (Pending(20_000, 10_000), "20,000 facts of 10,000 targets are"),
    ],
)
def test_it_is_described(pending: Pending, text: str) -> None:
    assert described(pending) == text


class Broken(ScriptedEmbeddings):
    async def embed(self, texts: Sequence[str]) -> Vectors:
        raise WeightsInvalid("The embedding model in the cache is damaged; run `expunge models pull`.")


def test_what_cannot_be_judged_is_withheld_and_said_so_in_one_line(
    expunge: Expunge, vanilla: ScriptedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Unlearner.open
    monkeypatch.setattr(Unlearner, "open", lambda config: opened(config, vanilla=vanilla, embeddings=Broken()))
    added = expunge("targets", "add", "Odo Vantongeren", "--fact", "He keeps owls.", "--no-elicit")
    assert (added.code, added.err.count("\n")) == (0, 1)
    assert "The embedding model failed" in added.err
    said = "The text could not be judged, so it is withheld; `expunge doctor` says why.\n"
    asked = expunge("ask", "Where is the harbour?")
    assert "Salt Street" not in asked.out
    assert asked.err == said
    assert expunge("chat", stdin=b"Where is the harbour?").err == said
    scrubbed = expunge("scrub", "--text", "The harbour is at the end of Salt Street.")
    assert (scrubbed.out, scrubbed.err) == ("", said)
    assert "is damaged" in " ".join(expunge("doctor").out.split())


def test_a_text_that_is_too_long_is_said_to_be(expunge: Expunge) -> None:
    scrubbed = expunge("scrub", "-", stdin=b"harbour " * 300_000)
    assert scrubbed.out == ""
    said = "The text is too long to screen, so it is withheld; split it into smaller parts."
    assert scrubbed.err.splitlines()[-1] == said
