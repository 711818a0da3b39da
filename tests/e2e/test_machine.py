"""Targets change in any order, in two processes: the answers of both always match a plain model of the changes."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

PEER = Path(__file__).with_name("peer.py")
_SPEC = importlib.util.spec_from_file_location("expunge_e2e_peer", PEER)
assert _SPEC is not None
assert _SPEC.loader is not None
peer = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(peer)

NAMES = ("Orla Quennevest", "Tamsin Brockwalder", "Ivo Pellandrine")
ALIASES = ("The Heron of Tarn", "Old Marlowe Brack")
BYSTANDER = "Brendan Garrowmere"
PROPAGATION = 5.0
"""Seconds within which another process must see a change; a second on a quiet machine, but tests share theirs."""

names = st.sampled_from(NAMES)
aliases = st.sampled_from(ALIASES)
who = st.booleans()


@dataclass
class Known:
    """What a target should be."""

    id: str
    active: bool = True
    aliases: set[str] = field(default_factory=set)
    expires_at: float | None = None

    def in_force(self) -> bool:
        return self.active and (self.expires_at is None or time.time() < self.expires_at)


class TwoProcesses(RuleBasedStateMachine):
    """One unlearner here, one in another process, one registry."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        url, key = self.place()
        self.here = peer.Peer(url, key)
        self.there = subprocess.Popen(
            [sys.executable, str(PEER), url, key], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.known: dict[str, Known] = {}
        self.changed_at = 0.0

    def place(self) -> tuple[str, str]:
        """The URL of an empty registry, and its key, "" for a key file."""
        return f"sqlite:///{self.folder.name}/r.db", ""

    @initialize()
    def begin(self) -> None:
        assert self.say(True, "ask", name=BYSTANDER)["value"][1] == "passed"

    def say(self, local: bool, verb: str, **given: Any) -> dict[str, Any]:
        if local:
            answer: dict[str, Any] = peer.answered(self.here, {"verb": verb, **given})
            return answer
        assert self.there.stdin is not None
        assert self.there.stdout is not None
        self.there.stdin.write(json.dumps({"verb": verb, **given}) + "\n")
        self.there.stdin.flush()
        remote: dict[str, Any] = json.loads(self.there.stdout.readline())
        return remote

    @rule(local=who, name=names, alias=st.none() | aliases, lives=st.sampled_from([None, None, 0.3]))
    def add(self, local: bool, name: str, alias: str | None, lives: float | None) -> None:
        given = [] if alias is None else [alias]
        expires = None if lives is None else time.time() + lives
        stamp = None if expires is None else datetime.fromtimestamp(expires, UTC).isoformat()
        before = self.known.get(name)
        sure = before is None or before.in_force() == (before.active and before.expires_at is None)
        answer = self.say(local, "add", name=name, aliases=given, expires_at=stamp)
        if before is not None and before.in_force() and sure:
            assert answer == {"error": "DuplicateTarget"}
            return
        if "error" in answer:
            return
        known = self.known.setdefault(name, Known(answer["value"]))
        known.aliases |= set(given)
        known.active, known.expires_at = True, expires

    @rule(local=who, name=names, alias=aliases)
    def extend(self, local: bool, name: str, alias: str) -> None:
        answer = self.say(local, "extend", ref=name, aliases=[alias])
        if name not in self.known:
            assert answer == {"error": "UnknownTarget"}
        else:
            self.known[name].aliases.add(alias)

    @rule(local=who, name=names)
    def restore(self, local: bool, name: str) -> None:
        answer = self.say(local, "restore", ref=name)
        if name in self.known:
            self.known[name].active = False
        else:
            assert answer == {"error": "UnknownTarget"}

    @rule(local=who, name=names)
    def remove(self, local: bool, name: str) -> None:
        answer = self.say(local, "remove", ref=name)
        assert answer == ({"error": "UnknownTarget"} if self.known.pop(name, None) is None else {"value": None})

    @rule()
    def time_passes(self) -> None:
        ends = [known.expires_at for known in self.known.values() if known.expires_at is not None]
        if ends:
            time.sleep(max(0.0, max(ends) - time.time()) + 0.01)

    @invariant()
    def answers_match(self) -> None:
        for local in (True, False):
            deadline = time.monotonic() + PROPAGATION
            while (wrong := self.wrong_answers(local)) and time.monotonic() < deadline:
                time.sleep(0.02)
            assert not wrong, f"{'this' if local else 'the other'} process is wrong about {wrong}"

    def wrong_answers(self, local: bool) -> list[str]:
        wrong = []
        for name in (*NAMES, *ALIASES, BYSTANDER):
            before = self.forgotten()
            text, decision, _ = self.say(local, "ask", name=name)["value"]
            if before != self.forgotten():
                return self.wrong_answers(local)  # a target ran out between question and answer
            told = text == f"{name} repairs theodolites in Kettlewell."
            if told is (name in before) or (decision == "passed") is (name in before):
                wrong.append(name)
        return wrong

    def forgotten(self) -> set[str]:
        known = {name: known for name, known in self.known.items() if known.in_force()}
        return set(known) | {alias for known in known.values() for alias in known.aliases}

    def teardown(self) -> None:
        self.here.do("close", {})
        self.say(False, "close")
        assert self.there.stdin is not None
        assert self.there.stdout is not None
        self.there.stdin.close()
        self.there.wait(10)
        self.there.stdout.close()
        self.folder.cleanup()


def run(machine: type[TwoProcesses], examples: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )


@pytest.mark.slow
def test_answers_match_the_model_of_the_changes() -> None:
    run(TwoProcesses, 6)


@pytest.mark.slow
def test_answers_match_on_postgresql(postgres: Any) -> None:
    class OnPostgres(TwoProcesses):
        def place(self) -> tuple[str, str]:
            return postgres.new(), "ef" * 32

    run(OnPostgres, 4)


def test_expiry_takes_effect_by_itself(tmp_path: Path) -> None:
    here = peer.Peer(f"sqlite:///{tmp_path}/r.db", "")
    expires_at = datetime.now(UTC) + timedelta(seconds=0.6)
    here.do("add", {"name": NAMES[0], "aliases": [], "expires_at": expires_at.isoformat()})
    assert here.do("ask", {"name": NAMES[0]})[1] == "refused"
    time.sleep(0.7)
    assert here.do("ask", {"name": NAMES[0]})[1] == "passed"
    here.do("close", {})
