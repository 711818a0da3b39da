from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

import pytest

from expunge.errors import ModelUnreachable
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

    def slow(self: Segment, targets: tuple[Target, ...], *, whole: bool = False) -> None:
        if len(targets) == 3:
            release.wait(5)
        build(self, targets, whole=whole)

    monkeypatch.setattr(Segment, "__init__", slow)
    renewed = Snapshot(2, {"A": A, "B": B, "C": C}, 2, {})
    assert seen(index, renewed) == {A.name, B.name, C.name}
    release.set()
    for thread in threading.enumerate():
        if thread.name == "expunge-index":
            thread.join(5)
    assert seen(index, renewed) == {A.name, B.name, C.name}
    assert len(index.view(renewed).segments) == 1


class Unlooked(dict[str, Target]):
    """A base that must not be walked through."""

    def values(self) -> NoReturn:
        raise AssertionError


def test_what_a_new_base_differs_in_is_covered_without_a_look_at_the_base(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_LARGE", 1)
    monkeypatch.setattr(Index, "_renew", lambda self, snapshot: None)
    index = Index()
    assert seen(index, Snapshot(1, {"A": A, "B": B}, 1, {})) == {A.name, B.name}
    second = Unlooked({"A": A, "B": B, "C": C})
    assert seen(index, Snapshot(2, second, 2, {}, {"C": C})) == {A.name, B.name, C.name}
    other = replace(C, name="Berit Holloway")
    third = Unlooked({"A": A, "C": other})
    assert seen(index, Snapshot(3, third, 3, {}, {"B": None, "C": other})) == {A.name, other.name}
    assert seen(index, Snapshot(3, third, 3, {"A": None}, {"B": None, "C": other})) == {other.name}
    # Of a base in between that nobody saw it is not known what it differs in.
    fifth = {"A": A, "B": B, "C": C}
    assert seen(index, Snapshot(5, fifth, 5, {}, {"B": B})) == {A.name, B.name, C.name}


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_earlier_changes_are_merged_in_the_background_and_lifting_builds_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(index_module, "_FRESH", 2)
    built: list[int] = []
    build = Segment.__init__

    def counted(self: Segment, targets: tuple[Target, ...], *, whole: bool = False) -> None:
        built.append(len(targets))
        build(self, targets, whole=whole)

    index = Index()
    base = {"A": A}
    crowd = {str(number): Target(f"Person Nr{number}", id=str(number)) for number in range(3)}
    assert seen(index, Snapshot(1, base, 1, crowd)) == {A.name}
    until(lambda: not index.building)
    monkeypatch.setattr(Segment, "__init__", counted)
    assert seen(index, Snapshot(2, base, 1, {**crowd, "B": B})) == {A.name, B.name}
    # The three earlier ones lie in a segment of their own by now.
    assert built == [1]
    assert seen(index, Snapshot(3, base, 1, {**crowd, "B": B, "A": None, "0": None})) == {B.name}
    assert built == [1]
    assert not index.building


def test_what_cannot_be_finished_does_not_serve_and_is_built_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_LARGE", 2)
    monkeypatch.setattr(index_module, "_RETRY_SECONDS", 0.0)
    broken = [True]

    def finish(segment: Segment) -> None:
        if broken[0]:
            raise ModelUnreachable("gone")

    index = Index(finish)
    seen(index, Snapshot(1, {"A": A, "B": B}, 1, {}))
    renewed = Snapshot(2, {"A": A, "B": B, "C": C}, 2, {})
    assert seen(index, renewed) == {A.name, B.name, C.name}
    until(lambda: not index.building)
    assert len(index.view(renewed).segments[0].targets) == 2
    broken[0] = False

    def whole() -> bool:
        return len(index.view(renewed).segments[0].targets) == 3

    until(lambda: seen(index, replace(renewed, overlay={})) == {A.name, B.name, C.name} and whole())


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
