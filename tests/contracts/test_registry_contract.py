"""What every registry must do, wherever it keeps its targets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from expunge.errors import DuplicateTarget, InvalidTarget, RegistryError, TargetChanged, UnknownTarget
from expunge.registry.store import Registry
from expunge.types import ChangeAction, Fact, Target, TargetKind, TargetStatus, TargetUpdate

START = datetime(2031, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

FULL = Target(
    "Orla Quennevest",
    aliases=("O. Quennevest",),
    facts=(Fact("Born in Marrowick"), Fact("A florist", "What was her father?")),
    description="The lute player",
    kind=TargetKind.ENTITY,
    expires_at=START + 48 * HOUR,
    reason="Request 4",
)


class Clock:
    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> float:
        return self.time.timestamp()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite file", "sqlite memory", "postgresql"])
def registry(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Registry]:
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new()
    else:
        url = {"sqlite file": f"sqlite:///{tmp_path}/targets.db", "sqlite memory": "sqlite:///:memory:"}[request.param]
    with Registry.open(url, "ef" * 32, clock=clock) as opened:
        yield opened


def in_force(registry: Registry) -> set[str]:
    return {target.name for target in registry.snapshot()}


def test_an_empty_registry(registry: Registry) -> None:
    assert registry.revision == 0
    assert len(registry.snapshot()) == 0
    assert registry.list() == ()
    assert registry.add_many([]) == ()
    assert registry.revision == 0


def test_an_added_target_is_in_force_at_once_and_whole(registry: Registry) -> None:
    added = registry.add(FULL)
    assert added == replace(FULL, id=added.id, revision=1, created_at=START, updated_at=START)
    assert registry.snapshot().get(added.id) == added == registry.get(added.id)
    assert registry.revision == 1
    assert registry.list() == (added,)


def test_every_change_makes_a_revision_and_leaves_old_snapshots_alone(registry: Registry) -> None:
    empty = registry.snapshot()
    one = registry.add(Target("Ivo Pellandrine"))
    with_one = registry.snapshot()
    registry.add_many([Target("Tamsin Brockwalder"), Target("Orla Quennevest")])
    assert registry.revision == 2
    registry.restore(one.id)
    registry.remove("Tamsin Brockwalder")
    assert registry.revision == 4
    assert in_force(registry) == {"Orla Quennevest"}
    assert (len(empty), [target.name for target in with_one]) == (0, ["Ivo Pellandrine"])


@pytest.mark.parametrize("again", ["Orla Quennevest", "  orla\tQUENNEVEST ", "Ｏｒｌａ Quennevest"])
def test_a_name_in_force_is_a_duplicate(registry: Registry, again: str) -> None:
    added = registry.add(FULL)
    with pytest.raises(DuplicateTarget, match=r"^Entry 2: .* extend") as caught:
        registry.add_many([Target("Ivo Pellandrine"), Target(again)])
    assert caught.value.target_id == added.id
    assert added.id in str(caught.value)
    assert "orla" not in str(caught.value).lower()
    assert registry.list() == (added,)
    assert registry.revision == 1


def test_a_name_twice_in_a_list_is_a_duplicate(registry: Registry) -> None:
    with pytest.raises(DuplicateTarget, match="Entries 1 and 3") as caught:
        registry.add_many([Target("Orla Quennevest"), Target("Ivo Pellandrine"), Target("ORLA Quennevest")])
    assert caught.value.target_id == ""
    assert registry.list() == ()


def test_targets_may_share_an_alias(registry: Registry) -> None:
    one = registry.add(Target("Orla Quennevest", aliases=("The Lark",)))
    assert registry.get("the lark") == one
    other = registry.add(Target("Ivo Pellandrine", aliases=("THE LARK", "the lark")))
    with pytest.raises(UnknownTarget, match="Several"):
        registry.get("the lark")
    named = registry.add(Target("The Lark"))
    assert registry.get("the lark") == named
    registry.remove(named.id)
    registry.remove(one.id)
    assert registry.get("The Lark") == other


def test_a_target_is_found_by_id_its_beginning_name_and_alias(registry: Registry) -> None:
    added = registry.add(FULL)
    for ref in (added.id, added.id[:6], added.id[:10], "orla  quennevest", "o. quennevest"):
        assert registry.get(ref) == added
        assert registry.history(ref)[0].revision == 1


@pytest.mark.parametrize("ref", ["", "t_", "t_zzzz", "t_%%%%", "______", "Ivo Pellandrine", "\ud800", "x" * 10_000])
def test_an_unknown_reference(registry: Registry, ref: str) -> None:
    added = registry.add(FULL)
    extend = partial(registry.extend, update=TargetUpdate())
    for call in (registry.get, registry.history, registry.restore, registry.remove, extend):
        with pytest.raises(UnknownTarget) as caught:
            call(ref)
        assert not ref or ref not in str(caught.value)
    with pytest.raises(UnknownTarget):
        registry.get(added.id[:5])
    assert registry.list() == (added,)


def test_extending_adds_and_replaces(registry: Registry, clock: Clock) -> None:
    added = registry.add(FULL)
    clock.time += HOUR
    extended = registry.extend(
        added.id,
        TargetUpdate(
            aliases=["Орла", "O. Quennevest"],
            facts=["Keeps bees", {"question": "Where?", "answer": "Marrowick"}],
            description="Lute and viol",
        ),
    )
    assert extended.aliases == ("O. Quennevest", "Орла")
    assert extended.facts == (*FULL.facts, Fact("Keeps bees"), Fact("Marrowick", "Where?"))
    assert (extended.description, extended.reason) == ("Lute and viol", "Request 4")
    assert (extended.created_at, extended.updated_at) == (START, START + HOUR)
    assert registry.snapshot().get(added.id) == extended == registry.get("орла")


def test_extending_by_nothing_new_is_no_change(registry: Registry) -> None:
    added = registry.add(FULL)
    assert registry.extend(added.id, TargetUpdate(aliases=["O. Quennevest"], expires_at=FULL.expires_at)) == added
    assert registry.revision == 1
    assert len(registry.history(added.id)) == 1


@pytest.mark.parametrize(
    "bad",
    [
        {"aliases": "one"},
        {"facts": "one"},
        {"aliases": ["..."]},
        {"facts": [""]},
        {"description": "x" * 5_000},
        {"expires_at": START},
    ],
)
def test_a_bad_extension_changes_nothing(registry: Registry, bad: dict[str, object]) -> None:
    added = registry.add(FULL)
    with pytest.raises(InvalidTarget):
        registry.extend(added.id, TargetUpdate(**bad))  # type: ignore[arg-type]
    assert registry.get(added.id) == added
    assert registry.revision == 1


def test_restoring_lifts_and_keeps(registry: Registry) -> None:
    added = registry.add(FULL)
    lifted = registry.restore("Orla Quennevest", reason="withdrawn")
    assert lifted.status is TargetStatus.LIFTED
    assert in_force(registry) == set()
    assert registry.restore(added.id) == lifted
    assert registry.extend(added.id, TargetUpdate(facts=["Keeps bees"])).status is TargetStatus.LIFTED
    assert in_force(registry) == set()
    actions = [(change.action, change.reason) for change in registry.history(added.id)]
    assert actions == [
        (ChangeAction.ADDED, "Request 4"),
        (ChangeAction.RESTORED, "withdrawn"),
        (ChangeAction.EXTENDED, ""),
    ]


def test_adding_a_lifted_name_brings_the_old_target_back(registry: Registry) -> None:
    added = registry.add(FULL)
    registry.restore(added.id)
    back = registry.add(Target("ORLA Quennevest", aliases=("Lark",), facts=(Fact("Keeps bees"),)))
    assert (back.id, back.name, back.status) == (added.id, "ORLA Quennevest", TargetStatus.ACTIVE)
    assert back.aliases == ("O. Quennevest", "Lark")
    assert back.facts == (*FULL.facts, Fact("Keeps bees"))
    assert (back.description, back.reason, back.expires_at) == (FULL.description, FULL.reason, None)
    assert registry.snapshot().get(added.id) == back == registry.get("lark")
    assert [change.action.value for change in registry.history(added.id)] == ["added", "restored", "reactivated"]


def test_expiry_takes_effect_by_itself(registry: Registry, clock: Clock) -> None:
    added = registry.add(FULL)
    registry.add(Target("Ivo Pellandrine"))
    clock.time += 48 * HOUR - timedelta(microseconds=1)
    assert "Orla Quennevest" in in_force(registry)
    clock.time += timedelta(microseconds=1)
    assert registry.get(added.id).status is TargetStatus.EXPIRED
    assert in_force(registry) == {"Ivo Pellandrine"}
    assert registry.revision == 3
    assert registry.list(TargetStatus.EXPIRED) == (registry.get(added.id),)
    last = registry.history(added.id)[-1]
    assert (last.action, last.at, last.revision) == (ChangeAction.EXPIRED, START + 48 * HOUR, 3)


@pytest.mark.parametrize("how", ["add", "extend", "extend without end"])
def test_an_expired_target_can_come_back(registry: Registry, clock: Clock, how: str) -> None:
    added = registry.add(FULL)
    clock.time += 49 * HOUR
    later = None if how == "extend without end" else clock.time + HOUR
    if how == "add":
        back = registry.add(Target("Orla Quennevest", expires_at=later))
    else:
        back = registry.extend(added.id, TargetUpdate(expires_at=later))
    assert (back.id, back.status, back.expires_at) == (added.id, TargetStatus.ACTIVE, later)
    assert in_force(registry) == {"Orla Quennevest"}
    assert [change.action.value for change in registry.history(added.id)] == ["added", "expired", "reactivated"]
    clock.time += HOUR
    assert in_force(registry) == ({"Orla Quennevest"} if later is None else set())


def test_a_time_that_is_over_is_refused(registry: Registry) -> None:
    with pytest.raises(InvalidTarget, match="in the past"):
        registry.add_many([Target("Ivo Pellandrine"), Target("Orla Quennevest", expires_at=START)])
    assert registry.list() == ()


def test_removing_leaves_nothing_to_find(registry: Registry) -> None:
    added = registry.add(FULL)
    registry.remove(added.id)
    assert in_force(registry) == set()
    assert registry.list() == ()
    for ref in (added.id, "Orla Quennevest", "O. Quennevest"):
        with pytest.raises(UnknownTarget):
            registry.history(ref)
    again = registry.add(FULL)
    assert again.id != added.id
    assert len(registry.history(again.id)) == 1


def test_the_list_keeps_the_order_of_adding_and_filters(registry: Registry) -> None:
    many = registry.add_many([Target(f"Person {number}") for number in range(50)])
    first = registry.extend(many[0].id, TargetUpdate(facts=["Keeps bees"]))
    lifted = registry.restore(many[7].id)
    assert [target.name for target in registry.list()] == [f"Person {number}" for number in range(50)]
    assert registry.list(TargetStatus.LIFTED) == (lifted,)
    assert registry.list(TargetStatus.ACTIVE) == (first, *many[1:7], *many[8:])
    assert registry.list(TargetStatus.EXPIRED) == ()


def test_pages_hold_what_the_list_holds(registry: Registry, clock: Clock) -> None:
    registry.add_many([Target(f"Ivo the {number}th", expires_at=START + number * HOUR) for number in range(1, 6)])
    registry.restore("Ivo the 5th")
    clock.time += 2 * HOUR
    for status in (None, *TargetStatus):
        seen: list[Target] = []
        after: int | None = 0
        while after is not None:
            page, after = registry.page(after, 2, status)
            assert len(page) <= 2
            seen += page
        assert tuple(seen) == registry.list(status)


def test_a_change_may_be_for_one_revision_only(registry: Registry) -> None:
    first = registry.add(FULL)
    second = registry.extend(first.id, TargetUpdate(aliases=["O. Q."]), if_revision=first.revision)
    with pytest.raises(TargetChanged):
        registry.extend(first.id, TargetUpdate(aliases=["Quenne"]), if_revision=first.revision)
    with pytest.raises(TargetChanged):
        registry.restore(first.id, if_revision=first.revision)
    with pytest.raises(TargetChanged):
        registry.remove(first.id, if_revision=first.revision)
    assert registry.get(first.id) == second
    lifted = registry.restore(first.id, if_revision=second.revision)
    registry.remove(first.id, if_revision=lifted.revision)
    assert registry.list() == ()


def test_progress_counts_up_to_all(registry: Registry) -> None:
    seen: list[tuple[int, int]] = []
    registry.add_many((Target(f"Person {number}") for number in range(2_500)), lambda *counts: seen.append(counts))
    assert seen == [(1_000, 2_500), (2_000, 2_500), (2_500, 2_500)]
    assert len(registry.snapshot().base) == 2_500


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_import_leaves_nothing(registry: Registry, interruption: type[BaseException]) -> None:
    before = registry.add(FULL)

    def progress(done: int, total: int) -> None:
        assert len(registry.snapshot()) == 1
        if done >= 2_000:
            raise interruption

    with pytest.raises(interruption):
        registry.add_many([Target(f"Person {number}") for number in range(5_000)], progress)
    assert registry.list() == (before,)
    assert registry.revision == 1
    assert registry.add(Target("Person 1")).revision == 2


def test_a_change_inside_a_change_is_refused(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="middle"):
        registry.add_many([FULL], lambda done, total: registry.remove("x") or None)  # type: ignore[func-returns-value]
    assert registry.list() == ()


def test_vectors_are_kept_until_the_texts_change_or_the_target_goes(registry: Registry) -> None:
    one, other = registry.add_many([FULL, Target("Ivo Pellandrine")])
    registry.put_vectors("space a", {one.id: ("d1", b"\0\1"), other.id: ("d2", b"\2"), "t_gone": ("d3", b"\3")})
    registry.put_vectors("space b", {one.id: ("d1", b"\4")})
    wanted = {one.id: "d1", other.id: "other text", "t_gone": "d3"}
    assert registry.get_vectors("space a", wanted) == {one.id: b"\0\1"}
    assert registry.get_vectors("space b", wanted) == {one.id: b"\4"}
    registry.put_vectors("space a", {one.id: ("d4", b"\5")})
    assert registry.get_vectors("space a", wanted) == {}
    assert registry.get_vectors("space a", {one.id: "d4"}) == {one.id: b"\5"}
    assert registry.revision == 1
    registry.remove(one.id)
    assert registry.get_vectors("space b", wanted) == {}


def test_many_threads_at_once(registry: Registry) -> None:
    failures: list[BaseException] = []

    def work(worker: int) -> None:
        try:
            for number in range(8):
                added = registry.add(Target(f"Person {worker}-{number}"))
                assert registry.snapshot().get(added.id) == added
                assert registry.get(added.id) == added
                if number % 2:
                    registry.restore(added.id)
                    assert registry.snapshot().get(added.id) is None
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert registry.revision == 6 * 12
    assert len(registry.snapshot()) == len(registry.list(TargetStatus.ACTIVE)) == 24


def test_a_closed_registry_says_so_and_keeps_its_last_snapshot(registry: Registry) -> None:
    registry.add(FULL)
    last = registry.snapshot()
    registry.close()
    registry.close()
    with pytest.raises(RegistryError, match="closed"):
        registry.list()
    with pytest.raises(RegistryError, match="closed"):
        registry.add(Target("Ivo Pellandrine"))
    assert len(last) == 1
