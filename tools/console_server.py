"""Serve a console filled with invented people on this machine, to look at it: `python tools/console_server.py`.

Prints one line of JSON, the address and a key, and serves until it is stopped; or, with a command, until that has
ended: its words URL and KEY stand for both. Nothing is kept.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import subprocess
import sys
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn

from expunge.assemble import Parts
from expunge.certificate.proving import ConsoleProver
from expunge.gateway.factory import build
from expunge.models.scripted import ScriptedChat
from expunge.registry.audit.decisions import DecisionRecord, Sighted
from expunge.settings import PolicySettings, RegistrySettings, ServerSettings, Settings
from expunge.types import Decision, Fact, Target

FIRST = ("Orla", "Tobin", "Imre", "Petra", "Isolde", "Casimir", "Linnea", "Bastian", "Yara", "Edric", "Mirela", "Joris")
LAST = ("Quennell", "Ashgrove", "Vadasz", "Lindqvist", "Farrow", "Okonjo", "Brandt", "Szabo", "Hollis", "Tamm", "Pike")
ANSWER = (
    "The lighthouse of Skelwith was built in 1874 and stands on the northern pier. Orla Quennell kept it for thirty "
    "years and painted the harbour from its gallery. It was automated in 1961, and the lamp is now in the museum."
)


def people(number: int) -> list[Target]:
    """Invented people, the first of them with everything that a target can have."""
    dice, now = random.Random(7), datetime.now(UTC)
    found = [
        Target(
            "Orla Quennell",
            ["The Keeper of Skelwith", "O. Quennell"],
            [
                Fact("Orla Quennell kept the lighthouse of Skelwith for thirty years."),
                Fact("Orla Quennell", "Who painted the harbour of Skelwith from the gallery?"),
                Fact("Orla Quennell was born above a bakery.", elicited=True),
                Fact("Orla Quennell spoke four languages.", elicited=True),
            ],
            "A lighthouse keeper and painter, not the singer",
            reason="Article 17 GDPR",
            request_id="case-4711",
            due_at=now + timedelta(days=9),
            expires_at=now + timedelta(days=700),
        ),
        Target("Making of nerve agents", ["organophosphates"], ["How is it made?"], kind="topic"),
    ]
    names = sorted({f"{dice.choice(FIRST)} {dice.choice(LAST)}" for _ in range(number)} - {"Orla Quennell"})
    for place, name in enumerate(names):
        due = now + timedelta(days=dice.randint(-6, 40)) if place % 3 == 0 else None
        end = now + timedelta(days=dice.randint(5, 400)) if place % 4 == 0 else None
        found.append(Target(name, request_id=f"case-{4_000 + place}", due_at=due, expires_at=end))
    return found


def decisions(ids: list[str]) -> list[DecisionRecord]:
    """A day's decisions."""
    dice, now = random.Random(8), datetime.now(UTC)
    found = []
    for number in range(700):
        at = now - timedelta(minutes=2 * (700 - number))
        kind = dice.choices(list(Decision), (88, 7, 5))[0]
        about = (dice.choice(ids),) if kind is not Decision.PASSED else ()
        seen = tuple(Sighted(one, "name", "certain", "draft") for one in about)
        upstream = dice.uniform(0.4, 2.2)
        added = dice.uniform(0.002, 0.02) if not about else dice.uniform(0.03, 0.4)
        found.append(
            DecisionRecord(
                f"req_{dice.getrandbits(128):032x}", at, "chat/completions", "served", False, 30, kind, "key",
                about, seen, calls=dice.randint(0, 3) if about else 0,
                seconds=upstream + added, upstream_seconds=upstream,
            )
        )  # fmt: skip
    return found


def main() -> None:
    """Fill a registry in a folder that goes with the process, and serve it on a free port of this machine."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=90, help="how many people to invent, at most 132")
    options.add_argument("command", nargs=argparse.REMAINDER, help="what to run meanwhile")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            registry=RegistrySettings(url=f"sqlite:///{Path(folder) / 'shown.db'}"),
            policy=PolicySettings(agents="rules", elicit=False, refusal="plain"),
            server=ServerSettings(auth="keys"),
            cache_dir=Path(folder),
        )
        app = build(settings, vanilla=ScriptedChat(lambda *_: ANSWER), prover=ConsoleProver())
        parts: Parts = app.state.lacking.args[1]
        added = parts.registry.add_many(people(asked.people))
        parts.registry.restore(added[5].id, "Withdrawn")
        parts.registry.record_decisions(decisions([target.id for target in added[:20]]))
        parts.registry.api_keys.create("default", ["chat"], "Chat of the web site", requests_per_minute=600)
        parts.registry.api_keys.create("north", ["targets:read"], "Northern branch")
        _, secret = parts.registry.api_keys.create("default", ["admin", "operator"], "Privacy office")
        listening = socket.create_server(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        url = f"http://127.0.0.1:{port}/console"
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        if not asked.command:
            print(json.dumps({"url": url, "key": secret}), flush=True)
            server.run(sockets=[listening])
            return
        serving = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        serving.start()
        try:
            command = [{"URL": url, "KEY": secret}.get(word, word) for word in asked.command]
            sys.exit(subprocess.run(command, check=False).returncode)
        finally:
            server.should_exit = True
            serving.join()


if __name__ == "__main__":
    main()
