from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from expunge.gateway.console.directory import Directory, newest
from expunge.types import Fact, Snapshot, Target


def registered(number: int, name: str, aliases: Sequence[str] = (), **more: object) -> Target:
    at = datetime(2031, 1, 1, 0, 0, number, tzinfo=UTC)
    return replace(Target(name, aliases), id=f"t_{number}", created_at=at, **more)  # type: ignore[arg-type]


BASE = [
    registered(1, "Orla Quennell", ["The Keeper"]),
    registered(2, "Tobin Ashgrove"),
    registered(3, "Márta Szövő", ["Marta the Weaver"]),
    registered(4, "ORLA  Brandt"),
    registered(5, "Лариса Кузьмина"),
]


def snapshot(*changed: Target | None, gone: str = "") -> Snapshot:
    overlay: dict[str, Target | None] = {target.id: target for target in changed if target}
    if gone:
        overlay[gone] = None
    return Snapshot(1, {target.id: target for target in BASE}, 1, overlay)


def ids(targets: Sequence[Target]) -> list[str]:
    return [target.id for target in targets]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("orla", ["t_1", "t_4"]),
        ("ORLA", ["t_1", "t_4"]),
        ("orla b", ["t_4"]),
        ("keep", ["t_1"]),
        ("marta", ["t_3"]),
        ("szovo", ["t_3"]),
        ("кузьм", ["t_5"]),
        ("e", ["t_1", "t_2", "t_3"]),
        ("nobody", []),
        ("quennell tobin", []),
        ("quennell\nthe", []),
        ("", []),
        ("   ", []),
    ],
)
def test_a_part_of_a_name_finds(wanted: str, found: list[str]) -> None:
    assert ids(Directory().search(snapshot(), wanted, limit=10).targets) == found


def test_recent_changes_count_at_once() -> None:
    new, renamed = registered(6, "Orla Newcomb"), replace(BASE[1], aliases=("Orla's brother",))
    directory = Directory()
    assert ids(directory.search(snapshot(new, renamed, gone="t_1"), "orla", limit=10).targets) == ["t_4", "t_6", "t_2"]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_hold_everything_once(limit: int) -> None:
    now = snapshot(registered(6, "Orla Newcomb"), registered(7, "Orlando Pike"))
    directory, seen, after = Directory(), [], ""
    for _ in range(10):
        found = directory.search(now, "orla", after=after, limit=limit)
        seen += ids(found.targets)
        if found.next is None:
            break
        after = found.next
    assert seen == ["t_1", "t_4", "t_6", "t_7"]


def test_a_page_after_somebody_who_is_gone_is_the_first_one() -> None:
    assert ids(Directory().search(snapshot(), "orla", after="t_99", limit=1).targets) == ["t_1"]


def test_a_new_base_is_searched() -> None:
    directory = Directory()
    assert directory.search(snapshot(), "newcomb", limit=1).targets == ()
    later = Snapshot(2, {"t_6": registered(6, "Orla Newcomb")}, 2)
    assert ids(directory.search(later, "newcomb", limit=1).targets) == ["t_6"]


def test_what_somebody_must_see_to() -> None:
    def day(number: int) -> datetime:
        return datetime(2031, 6, number, tzinfo=UTC)

    base = [
        registered(1, "A", due_at=day(9)),
        registered(2, "B", due_at=day(3), expires_at=day(20)),
        registered(3, "C", facts=(Fact("It is so.", elicited=True),)),
        registered(4, "D", due_at=day(5)),
    ]
    done, new = replace(base[3], due_at=None), registered(5, "E", due_at=day(4))
    now = Snapshot(1, {target.id: target for target in base}, 1, {"t_4": done, "t_5": new})
    directory = Directory()
    assert ids(directory.matter(now, "due", limit=10).targets) == ["t_2", "t_5", "t_1"]
    first = directory.matter(now, "due", limit=2)
    assert (ids(first.targets), first.next) == (["t_2", "t_5"], "t_5")
    assert ids(directory.matter(now, "due", after="t_5", limit=2).targets) == ["t_1"]
    assert ids(directory.matter(now, "expiring", limit=10).targets) == ["t_2"]
    assert ids(directory.matter(now, "unconfirmed", limit=10).targets) == ["t_3"]
    assert directory.count(now, "due") == 3
    assert directory.count(now, "due", before=day(5)) == 2


def test_nobody_is_found_among_nobody() -> None:
    directory = Directory()
    assert directory.search(Snapshot(), "x", limit=1).targets == ()
    assert directory.matter(Snapshot(), "due", limit=1).targets == ()


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_the_newest_come_first_each_once(limit: int) -> None:
    now = snapshot(registered(6, "F"), registered(7, "G"), replace(BASE[1], description="changed"), gone="t_4")
    seen: list[Target] = []
    after = ""
    for _ in range(10):
        found = newest(now, after=after, limit=limit)
        seen += found.targets
        if found.next is None:
            break
        after = found.next
    assert ids(seen) == ["t_7", "t_6", "t_5", "t_3", "t_2", "t_1"]
    assert seen[4].description == "changed"


def test_after_somebody_who_is_gone_the_newest_come_again() -> None:
    assert ids(newest(snapshot(), after="t_99", limit=1).targets) == ["t_5"]
    assert newest(Snapshot(), limit=1).targets == ()


def test_a_directory_says_whether_it_is_ready() -> None:
    directory = Directory()
    assert not directory.is_ready(snapshot())
    directory.prepare(snapshot())
    assert directory.is_ready(snapshot(registered(6, "F")))
    assert not directory.is_ready(Snapshot(2, {}, 2))
