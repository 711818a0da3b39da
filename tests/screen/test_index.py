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
from expunge.screen.matches import TokenizedText
from expunge.screen.names import exact, fuzzy, partial
from expunge.screen.names.patterns import Pattern, patterns_of
from expunge.types import Snapshot, Target

A, B, C = (Target(name, id=name[0]) for name in ("Anselm Quarrie", "Berit Holloway", "Cosmo Tarrant"))
TEXT = "Anselm Quarrie, Berit Holloway and Cosmo Tarrant met."


def seen(index: Index, snapshot: Snapshot) -> set[str]:
    return {target.name for target, _ in index.view(snapshot).find(TokenizedText(TEXT))}


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


def test_the_names_of_a_target_are_worked_out_once_for_all_detectors(monkeypatch: pytest.MonkeyPatch) -> None:
    worked_out: list[str] = []

    def counted(target: Target) -> tuple[Pattern, ...]:
        worked_out.append(target.name)
        return patterns_of(target)

    for module in (index_module, exact, partial, fuzzy):
        monkeypatch.setattr(module, "patterns_of", counted)
    Segment((A, B, C))
    assert worked_out == [A.name, B.name, C.name]


def counting(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many targets each segment has that is built from now on."""
    built: list[int] = []
    build = Segment.__init__

    def counted(self: Segment, targets: tuple[Target, ...], *, whole: bool = False) -> None:
        built.append(len(targets))
        build(self, targets, whole=whole)

    monkeypatch.setattr(Segment, "__init__", counted)
    return built


def test_what_was_followed_is_not_built_by_whoever_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index()
    index.follow(Snapshot(1, {"A": A}, 1, {}))
    built = counting(monkeypatch)
    base = {"A": A}
    assert seen(index, Snapshot(1, base, 1, {})) == {A.name}
    assert built == [1]  # nothing is followed before anything is read
    crowd = {str(number): Target(f"Person Nr{number}", id=str(number)) for number in range(100)}
    later = Snapshot(2, base, 1, {**crowd, "B": B})
    index.follow(later)
    assert built == [1, 101]
    assert seen(index, later) == {A.name, B.name}
    assert built == [1, 101]


def test_an_older_snapshot_is_served_while_a_newer_one_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index()
    base = {"A": A}
    old, new = Snapshot(1, base, 1, {}), Snapshot(2, base, 1, {"B": B, "C": C})
    assert seen(index, old) == {A.name}
    building, release = threading.Event(), threading.Event()
    build = Segment.__init__

    def slow(self: Segment, targets: tuple[Target, ...], *, whole: bool = False) -> None:
        building.set()
        assert release.wait(20)
        build(self, targets, whole=whole)

    monkeypatch.setattr(Segment, "__init__", slow)
    following = threading.Thread(target=index.follow, args=(new,))
    following.start()
    assert building.wait(20)
    assert seen(index, replace(old, overlay={})) == {A.name}
    release.set()
    following.join()
    assert seen(index, new) == {A.name, B.name, C.name}


def test_reading_under_two_snapshots_by_turns_builds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index()
    base = {"A": A}
    crowd = {str(number): Target(f"Person Nr{number}", id=str(number)) for number in range(100)}
    old, new = Snapshot(1, base, 1, {**crowd, "B": B}), Snapshot(2, base, 1, {**crowd, "B": B, "C": C})
    seen(index, old)
    seen(index, new)
    built = counting(monkeypatch)
    for _ in range(3):
        assert seen(index, replace(old, overlay={**old.overlay})) == {A.name, B.name}
        assert seen(index, replace(new, overlay={**new.overlay})) == {A.name, B.name, C.name}
    assert built == []


def test_under_the_base_before_the_indexed_one_only_what_it_lost_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_LARGE", 1)
    index = Index()
    old = Snapshot(1, {"A": A, "B": B}, 1, {})
    seen(index, old)
    seen(index, Snapshot(2, {"B": B, "C": C}, 2, {}, {"A": None, "C": C}))
    until(lambda: not index.building)
    built = counting(monkeypatch)
    earlier = replace(old, base=Unlooked(old.base), overlay={})
    assert seen(index, earlier) == {A.name, B.name}
    assert built in ([1], [2])  # who was lifted since, perhaps with who was added


def test_small_segments_are_merged_and_so_are_those_of_whom_few_are_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_FRESH", 2)
    index = Index()
    base = {"A": A}
    overlay: dict[str, Target | None] = {}
    for revision in range(1, 6):
        overlay = {**overlay, **{f"{revision}-{n}": Target(f"Nr{n} Of{revision}", id=f"{revision}-{n}") for n in "abc"}}
        index.view(Snapshot(revision, base, 1, overlay))
        until(lambda: not index.building)
        assert len(index.view(Snapshot(revision, base, 1, dict(overlay))).segments) <= 4
    gone: dict[str, Target | None] = {"B": B}
    index.view(Snapshot(7, base, 1, gone))
    until(lambda: not index.building)
    last = index.view(Snapshot(7, base, 1, dict(gone)))
    assert [len(segment.targets) for segment in last.segments] == [1, 1]
    assert {target.name for target, _ in last.find(TokenizedText(TEXT))} == {A.name, B.name}
