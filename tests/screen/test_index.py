from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from expunge.screen import index as index_module
from expunge.screen.index import Index, Segment
from expunge.screen.sightings import Reading
from expunge.types import Snapshot, Target

A, B, C = (Target(name, id=name[0]) for name in ("Anselm Quarrie", "Berit Holloway", "Cosmo Tarrant"))
TEXT = "Anselm Quarrie, Berit Holloway and Cosmo Tarrant met."


def seen(index: Index, snapshot: Snapshot) -> set[str]:
    return {target.name for target, _ in index.view(snapshot).find(Reading(TEXT))}


def test_it_follows_the_snapshots() -> None:
    index = Index()
    base = {"A": A, "B": B}
    assert seen(index, Snapshot()) == set()
    assert seen(index, Snapshot(1, base, 1, {})) == {A.name, B.name}
    assert seen(index, Snapshot(2, base, 1, {"C": C})) == {A.name, B.name, C.name}
    assert seen(index, Snapshot(3, base, 1, {"C": C, "A": None})) == {B.name, C.name}
    assert seen(index, Snapshot(4, base, 1, {"A": replace(A, name="Someone Else")})) == {B.name}
    assert seen(index, Snapshot(5, {"C": C}, 2, {})) == {C.name}


def test_an_older_snapshot_is_still_served() -> None:
    index = Index()
    old = Snapshot(1, {"A": A}, 1, {})
    assert seen(index, Snapshot(2, {"B": B}, 2, {})) == {B.name}
    assert seen(index, old) == {A.name}


def test_a_large_base_is_renewed_in_the_background_and_nothing_is_overlooked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_LARGE", 2)
    index = Index()
    assert seen(index, Snapshot(1, {"A": A, "B": B}, 1, {})) == {A.name, B.name}
    release = threading.Event()
    build = Segment.__init__

    def slow(self: Segment, targets: tuple[Target, ...]) -> None:
        if len(targets) == 3:
            release.wait(5)
        build(self, targets)

    monkeypatch.setattr(Segment, "__init__", slow)
    renewed = Snapshot(2, {"A": A, "B": B, "C": C}, 2, {})
    assert seen(index, renewed) == {A.name, B.name, C.name}
    release.set()
    for thread in threading.enumerate():
        if thread.name == "expunge-index":
            thread.join(5)
    assert seen(index, renewed) == {A.name, B.name, C.name}
    assert len(index.view(renewed).segments) == 1


def test_many_threads_may_look_at_once() -> None:
    index = Index()
    found: list[set[str]] = []
    snapshot = Snapshot(1, {"A": A, "B": B}, 1, {"C": C})
    threads = [threading.Thread(target=lambda: found.append(seen(index, snapshot))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [{A.name, B.name, C.name}] * 8
