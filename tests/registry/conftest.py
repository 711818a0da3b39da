from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from expunge.registry.audit.decisions import DecisionRecord, Sighted
from expunge.registry.store import Registry
from expunge.types import Decision

KEY = "5f" * 32


class Clock:
    """A clock that the test sets, in seconds since 1970."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class PeerProcess:
    """`registry_peer.py`, running."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("registry_peer.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, verb: str, **given: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"verb": verb, **given}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return answer.get("value", answer)

    def stop(self) -> None:
        self._process.communicate()
        assert self._process.returncode == 0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "targets.db"


@pytest.fixture
def url(database: Path) -> str:
    return f"sqlite:///{database}"


@pytest.fixture
def open_registry(url: str, clock: Clock) -> Iterator[Callable[..., Registry]]:
    """Open the test's registry, as often as wanted; all are closed at the end."""
    opened: list[Registry] = []

    def open_(at: str = url, key: str | None = KEY, **options: Any) -> Registry:
        opened.append(Registry.open(at, key, **{"clock": clock, "poll_seconds": 0.0, **options}))
        return opened[-1]

    yield open_
    for registry in opened:
        registry.close()


@pytest.fixture
def registry(open_registry: Callable[..., Registry]) -> Registry:
    return open_registry()


@pytest.fixture(scope="session")
def peer() -> Iterator[PeerProcess]:
    process = PeerProcess()
    yield process
    process.stop()


@pytest.fixture
def decided() -> Callable[..., DecisionRecord]:
    """An invented decision of a time."""
    return decision


def decision(at: datetime, target: str = "t_aaaaaaaaaaaaaaaa", number: int = 0) -> DecisionRecord:
    return DecisionRecord(
        request_id="req_1",
        at=at,
        endpoint="chat/completions",
        model="stub-1",
        streamed=True,
        revision=4,
        decision=Decision.REWRITTEN,
        key_id="abc",
        targets=(target,),
        evidence=(Sighted(target, "name", "certain", "draft"), Sighted("t_b", "fact", "likely", "question", "", 0.71)),
        scores=(4.5, 3.0),
        prompt_digests=("ab" * 32,),
        failures=("ModelUnreachable",),
        calls=3,
        prompt_tokens=120,
        completion_tokens=40,
        seconds=1.25,
        upstream_seconds=0.75,
        timings_ms={"screen": 0.4},
        pending_facts=12,
        number=number,
    )
