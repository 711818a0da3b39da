"""Any order of changes through two processes: both snapshots always match a plain dictionary."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from expunge.errors import ExpungeError
from expunge.registry import rotation
from expunge.registry.store import Registry
from expunge.types import Target, TargetUpdate

KEY, OTHER_KEY = "a7" * 32, "b8" * 32
NAMES = ("Orla Quennevest", "Tamsin Brockwalder", "Ivo Pellandrine")
START = 1_800_000_000.0

names = st.sampled_from(NAMES)
who = st.booleans()
lives = st.sampled_from([None, 5, 50])
serial = itertools.count()


@dataclass
class Known:
    """What a target should be."""

    id: str
    status: str = "active"
    aliases: set[str] = field(default_factory=set)
    facts: set[str] = field(default_factory=set)
    expires_at: float | None = None


class Here:
    """This process's registry, spoken to like the other process's."""

    def __init__(self, url: str) -> None:
        self.now = START
        self.registry = Registry.open(url, KEY, new_key=OTHER_KEY, clock=lambda: self.now, poll_seconds=0.0)

    def __call__(self, verb: str, now: float, **given: Any) -> Any:
        self.now = now
        if given.get("expires_at") is not None:
            given["expires_at"] = datetime.fromisoformat(given["expires_at"])
        try:
            if verb == "snapshot":
                snapshot = self.registry.snapshot()
                targets = {target.id: summary(target) for target in snapshot}
                assert len(targets) == len(snapshot)
                assert all(snapshot.get(target.id) is target for target in snapshot)
                return {"revision": snapshot.revision, "targets": targets}
            if verb == "add":
                return self.registry.add(Target(**given)).id
            if verb == "extend":
                return self.registry.extend(given.pop("ref"), TargetUpdate(**given)).id
            if verb == "restore":
                return self.registry.restore(given["ref"]).id
            self.registry.remove(given["ref"])
        except ExpungeError as error:
            return {"error": type(error).__name__}
        return None


def summary(target: Target) -> list[Any]:
    expires_at = None if target.expires_at is None else target.expires_at.isoformat()
    return [target.name, sorted(target.aliases), sorted(fact.text for fact in target.facts), expires_at]


def written(moment: float | None) -> str | None:
    return None if moment is None else (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=moment)).isoformat()


def interrupted(*given: Any) -> Any:
    raise KeyboardInterrupt


# One class with all its rules, made anew for each database.
def machine(peer: Any, new_url: Callable[[], str]) -> type[RuleBasedStateMachine]:  # noqa: C901
    class TwoProcesses(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.now = START
            self.known: dict[str, Known] = {}
            self.revision = 0

        @initialize()
        def begin(self) -> None:
            self.url, self.keys = new_url(), (KEY, OTHER_KEY)
            self.here = Here(self.url)
            peer("open", url=self.url, key=KEY, new_key=OTHER_KEY, now=self.now, poll_seconds=0.0)

        def do(self, there: bool, verb: str, **given: Any) -> Any:
            return (peer if there else self.here)(verb, now=self.now, **given)

        def expires(self, life: int | None) -> float | None:
            return None if life is None else self.now + life

        @rule(there=who, name=names, life=lives, alias=st.booleans())
        def add(self, there: bool, name: str, life: int | None, alias: bool) -> None:
            aliases = {f"Alias {next(serial)}"} if alias else set()
            expires_at = self.expires(life)
            answer = self.do(there, "add", name=name, aliases=list(aliases), facts=[], expires_at=written(expires_at))
            known = self.known.get(name)
            if known is not None and known.status == "active":
                assert answer == {"error": "DuplicateTarget"}
                return
            if known is None:
                known = self.known[name] = Known(answer)
            assert answer == known.id
            known.status, known.expires_at = "active", expires_at
            known.aliases |= aliases

        @rule(there=who, name=names, life=lives, retime=st.booleans())
        def extend(self, there: bool, name: str, life: int | None, retime: bool) -> None:
            fact = f"Fact {next(serial)}"
            given: dict[str, Any] = {"expires_at": written(self.expires(life))} if retime else {}
            answer = self.do(there, "extend", ref=name, facts=[fact], **given)
            known = self.known.get(name)
            if known is None:
                assert answer == {"error": "UnknownTarget"}
                return
            known.facts.add(fact)
            if retime:
                if known.expires_at != self.expires(life) and known.status == "expired":
                    known.status = "active"
                known.expires_at = self.expires(life)

        @rule(there=who, name=names)
        def restore(self, there: bool, name: str) -> None:
            answer = self.do(there, "restore", ref=name)
            if name in self.known:
                self.known[name].status = "lifted"
            else:
                assert answer == {"error": "UnknownTarget"}

        @rule(there=who, name=names)
        def remove(self, there: bool, name: str) -> None:
            answer = self.do(there, "remove", ref=name)
            assert answer == (None if self.known.pop(name, None) else {"error": "UnknownTarget"})

        @rule(stop=st.sampled_from(["_go_through", "_finish", None]))
        def change_key(self, stop: str | None) -> None:
            """Change it, or stop on the way; the next time goes on."""
            with pytest.MonkeyPatch.context() as patched:
                if stop is not None:
                    patched.setattr(rotation, stop, interrupted)
                try:
                    rotation.rotate(self.url, *self.keys, lambda done, total: None, lambda: self.now)
                    self.keys = self.keys[1], self.keys[0]
                except KeyboardInterrupt:
                    pass

        @rule(seconds=st.sampled_from([1, 5, 60]))
        def wait(self, seconds: int) -> None:
            self.now += seconds
            for known in self.known.values():
                if known.status == "active" and known.expires_at is not None and known.expires_at <= self.now:
                    known.status = "expired"

        @invariant()
        def both_match(self) -> None:
            expected = {
                known.id: [name, sorted(known.aliases), sorted(known.facts), written(known.expires_at)]
                for name, known in self.known.items()
                if known.status == "active"
            }
            here, there = self.do(False, "snapshot"), self.do(True, "snapshot")
            assert here["targets"] == expected
            assert there["targets"] == expected
            assert there["revision"] >= here["revision"] >= self.revision
            self.revision = there["revision"]
            assert self.here.registry.audit.verify().intact
            stored = self.here.registry.list()
            assert {target.name: target.status.value for target in stored} == {
                name: known.status for name, known in self.known.items()
            }

        def teardown(self) -> None:
            self.here.registry.close()
            peer("close")

    return TwoProcesses


def run(peer: Any, new_url: Callable[[], str], examples: int) -> None:
    run_state_machine_as_test(
        machine(peer, new_url),
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )


@pytest.mark.slow
def test_two_processes_always_match_the_model(peer: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run(peer, lambda: f"sqlite:///{folder}/{next(serial)}.db", 20)


@pytest.mark.slow
def test_two_processes_always_match_on_postgresql(peer: Any, postgres: Any) -> None:
    run(peer, postgres.new, 8)
