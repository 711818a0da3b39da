"""What is measured of a registry in a process of its own: `python -m benchmarks.registry_work {…}`.

Lines of JSON on standard output: `["step", done, total]` on the way, and an object with the figures at the end.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.stand_in import StandInEmbeddings
from expunge.bench.memory import MAXRSS_UNIT, resident
from expunge.bench.recall import recall
from expunge.bench.screen import LENGTH
from expunge.bench.world import people, prose, targets
from expunge.errors import ExpungeError
from expunge.evals.metrics import percentile
from expunge.registry.importing.files import read_targets
from expunge.registry.store import Registry
from expunge.screen.screen import Screen
from expunge.screen.semantic.embeddings import FactEmbeddings, texts_of
from expunge.screen.semantic.facts import HINT
from expunge.screen.semantic.vector_index import VectorIndex
from expunge.types import Draft, Message, Target

KEY = "0123456789abcdef" * 4
NEWCOMERS = 20
"""Targets that are added one after the other."""
_QUESTION = Message("user", "What do you know about the old harbour, and who wrote about it?")
_TEXTS = 25
_MEANWHILE = 2_000
"""Texts that are read while a large index is built, at most."""
_SWITCH = 0.0005
"""Seconds after which threads take turns, as in the gateway."""
_COLLECTED = (5_000, 10, 200)
"""When garbage is looked for, as in the gateway."""
_ASKED = 64
"""Facts of which the near ones are looked for, to measure recall."""


def say(step: str, done: int = 0, total: int = 0) -> None:
    """Tell the parent what is being done."""
    print(json.dumps([step, done, total]), flush=True)


def bring_in(url: str, tenant: str, file: str) -> dict[str, Any]:
    """Import a file as `expunge targets import` does, and tell what each part takes."""
    said = 0.0

    def tell(step: str, done: int, total: int) -> None:
        nonlocal said
        if time.monotonic() - said > 0.5:
            said = time.monotonic()
            say(step, done, total)

    began, cpu = time.perf_counter(), time.process_time()
    new = read_targets(Path(file))
    read = time.perf_counter()
    with Registry.open(url, KEY, tenant) as registry:
        added = registry.add_many(new, lambda done, total: tell("registering", done, total))
        stored, stored_cpu = time.perf_counter(), time.process_time()
        model = StandInEmbeddings()
        remembering = Screen(model, registry).remember(added, lambda done, total: tell("embedding", done, total))
        asyncio.run(remembering)
        embedded = time.perf_counter()
    return {
        "read_s": read - began,
        "store_s": stored - read,
        "cpu_s": stored_cpu - cpu,
        "embed_s": embedded - stored,
        "embed_cpu_s": time.process_time() - stored_cpu,
        "embedded": model.embedded,
        "peak_mb": _peak_mb(),
    }


async def serve(url: str, tenant: str, rounds: int, facts: int) -> dict[str, Any]:
    """Start from a registry as a gateway does, read texts, and change targets one by one and many at once."""
    say("opening")
    began = time.perf_counter()
    sys.setswitchinterval(_SWITCH)
    gc.set_threshold(*_COLLECTED)
    with Registry.open(url, KEY, tenant) as registry:
        opened = time.perf_counter()
        say("indexing")
        model = StandInEmbeddings()
        screen = Screen(model, registry)
        registry.before_changes(screen.follow)
        await screen.prepare(registry.snapshot())
        ready = time.perf_counter()
        figures: dict[str, Any] = {
            "targets": len(registry.snapshot()),
            "open_s": opened - began,
            "index_s": ready - opened,
            "start_cpu_s": time.process_time(),
            "embedded": model.embedded,
            "resident_mb": resident() / 1e6,
            "start_peak_mb": _peak_mb(),
        }
        say("ready")
        # The screen remembers what it read: every text is another one.
        answers = prose(_TEXTS * (rounds + 1), LENGTH)
        await _read(registry, screen, answers[:_TEXTS])
        say("screening")
        cpu = time.process_time()
        figures |= _spread("answer", await _read(registry, screen, answers[_TEXTS:]))
        figures["answer_cpu_ms"] = (time.process_time() - cpu) * 1000 / (len(answers) - _TEXTS)
        say("adding")
        figures |= await _changes(registry, screen, facts)
        say("renewing")
        figures |= await _renewal(registry, screen)
        figures["peak_mb"] = _peak_mb()
        if facts:
            say("comparing with exact search")
            figures["recall"] = await _recall(registry, model)
    return figures


async def _read(registry: Registry, screen: Screen, answers: Sequence[str]) -> list[float]:
    """Milliseconds of one reading of each answer with its question, as in a request."""
    times = []
    for text in answers:
        started = time.perf_counter()
        await screen.read(registry.snapshot(), (_QUESTION,), Draft(text))
        times.append((time.perf_counter() - started) * 1000)
    return times


async def _changes(registry: Registry, screen: Screen, facts: int) -> dict[str, Any]:
    """Milliseconds until a new target is found, and until a lifted one no longer is, by whoever asks next."""
    added, lifted = [], []
    for number, (name, known) in enumerate(
        zip(people(NEWCOMERS, seed=7), targets(NEWCOMERS, facts=facts, seed=7), strict=True)
    ):
        text = f"It was {name}-Newcomer who opened the gate that morning."
        started = time.perf_counter()
        target = registry.add(Target(f"{name}-Newcomer", facts=known.facts))
        found = await screen.read_text(registry.snapshot(), text)
        added.append((time.perf_counter() - started) * 1000)
        if target.id not in {evidence.target_id for evidence in found}:
            raise RuntimeError("a target that had just been added was not found")
        if number % 2:
            started = time.perf_counter()
            registry.restore(target.id)
            found = await screen.read_text(registry.snapshot(), text)
            lifted.append((time.perf_counter() - started) * 1000)
            if target.id in {evidence.target_id for evidence in found}:
                raise RuntimeError("a target that had just been lifted was found")
    return {**_spread("force", added), **_spread("lifted", lifted)}


async def _renewal(registry: Registry, screen: Screen) -> dict[str, Any]:
    """Add so many that the large index is built anew, and read on meanwhile."""
    count = max(1_000, min(len(registry.snapshot()) // 50, 5_000)) + 1
    new = [Target(f"{name}-Renewed") for name in people(count, seed=11)]
    started, cpu = time.perf_counter(), time.process_time()
    registry.add_many(new)
    stored = time.perf_counter()
    found = await screen.read_text(registry.snapshot(), f"It was {new[-1].name} who closed the gate.")
    in_force = time.perf_counter()
    if not found:
        raise RuntimeError("a target that had just been added was not found")
    times: list[float] = []
    for text in prose(_MEANWHILE, LENGTH, seed=3) if screen.building else ():
        times += await _read(registry, screen, [text])
        if not screen.building:
            break
    _wait(screen)
    return {
        "renewed": count,
        "renewed_store_s": stored - started,
        "renewed_force_ms": (in_force - stored) * 1000,
        "renewal_s": time.perf_counter() - in_force,
        "renewal_cpu_s": time.process_time() - cpu,
        **(_spread("renewing", times) if times else {}),
    }


def _wait(screen: Screen) -> None:
    while screen.building:
        time.sleep(0.01)


async def _recall(registry: Registry, model: StandInEmbeddings) -> dict[str, Any]:
    """How many of the rows that exact search finds the screen's search finds, too."""
    snapshot = registry.snapshot()
    known, _ = FactEmbeddings(model, registry).known(tuple(snapshot))
    told = [text for target in list(snapshot)[:: max(1, len(snapshot) // _ASKED)] for text in texts_of(target)[:1]]
    asked = await model.embed([f"{text} It is said." for text in told[:_ASKED]])
    return asdict(recall(VectorIndex(known), known, asked, HINT))


def _spread(name: str, times: Sequence[float]) -> dict[str, float]:
    return {
        f"{name}_p50_ms": percentile(times, 0.5),
        f"{name}_p99_ms": percentile(times, 0.99),
        f"{name}_max_ms": max(times),
    }


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_UNIT / 1e6


def main(arguments: dict[str, Any]) -> None:
    """Do what the parent asks for."""
    what = arguments.pop("do")
    print(json.dumps(bring_in(**arguments) if what == "import" else asyncio.run(serve(**arguments))), flush=True)


if __name__ == "__main__":
    try:
        main(json.loads(sys.argv[1]))
    except ExpungeError as error:
        sys.exit(str(error))
