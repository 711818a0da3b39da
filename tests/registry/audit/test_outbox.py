from __future__ import annotations

from datetime import UTC, datetime

from expunge.registry.store import Registry
from expunge.types import Target, TargetUpdate

LISTENER = "a" * 64


def opened() -> Registry:
    return Registry.open("sqlite:///:memory:")


def test_a_listener_is_told_of_what_happens_after_it_is_known() -> None:
    with opened() as registry:
        registry.add(Target("Orla Quennevest"))
        box = registry.outbox
        box.begin(LISTENER)
        assert box.behind(LISTENER) == ()
        added = registry.add_many([Target("Ivo Pellandrine", request_id="DSR-1"), Target("Maud Perrin")])
        box.begin(LISTENER)
        assert box.behind(LISTENER) == ("default",)
        found = box.pending(LISTENER, "default")
        assert [(event.kind, event.revision) for event in found.events] == [("activated", 2)]
        assert found.events[0].targets == ((added[0].id, "DSR-1"), (added[1].id, ""))
        assert not found.more
        box.mark_taken(LISTENER, "default", found.through)
        box.mark_taken(LISTENER, "default", 0)
        assert box.behind(LISTENER) == ()
        assert box.pending(LISTENER, "default").events == ()


def test_a_tenant_that_comes_later_is_told_of_from_its_beginning() -> None:
    with opened() as registry:
        registry.outbox.begin(LISTENER)
        registry.of("acme").add(Target("Ivo Pellandrine"))
        assert registry.outbox.behind(LISTENER) == ("acme",)
        assert len(registry.outbox.pending(LISTENER, "acme").events) == 1


def test_changes_that_are_no_events_are_passed_over_in_parts() -> None:
    with opened() as registry:
        box = registry.outbox
        box.begin(LISTENER)
        added = registry.add(Target("Ivo Pellandrine"))
        for number in range(3):
            registry.extend(added.id, TargetUpdate(facts=[f"Fact {number}"]))
        registry.restore(added.id)
        kinds = []
        more = True
        while more:
            found = box.pending(LISTENER, "default", limit=2)
            kinds += [event.kind for event in found.events]
            box.mark_taken(LISTENER, "default", found.through)
            more = found.more
        assert kinds == ["activated", "lifted"]


def test_one_at_a_time_tells_a_listener() -> None:
    clock = [1_000.0]
    with Registry.open("sqlite:///:memory:", clock=lambda: clock[0]) as registry:
        box = registry.outbox
        assert not box.claim(LISTENER, "one", 10), "nobody knows this listener"
        box.begin(LISTENER)
        assert box.claim(LISTENER, "one", 10)
        assert box.claim(LISTENER, "one", 10)
        assert not box.claim(LISTENER, "other", 10)
        box.release(LISTENER, "other")
        assert not box.claim(LISTENER, "other", 10)
        box.release(LISTENER, "one")
        assert box.claim(LISTENER, "other", 10)
        clock[0] += 11
        assert box.claim(LISTENER, "one", 10), "whoever stopped without a word holds it no longer"


def test_a_holder_whose_clock_was_ahead_does_not_keep_the_others_out() -> None:
    clock = [1_000.0]
    with Registry.open("sqlite:///:memory:", clock=lambda: clock[0]) as registry:
        box = registry.outbox
        box.begin(LISTENER)
        clock[0] += 86_400
        assert box.claim(LISTENER, "one", 10)
        clock[0] -= 86_400
        assert box.claim(LISTENER, "other", 10)
        assert not box.claim(LISTENER, "one", 10)


def test_what_a_clock_took_out_of_force_and_put_back_is_told() -> None:
    clock = [1_800_000_000.0]
    with Registry.open("sqlite:///:memory:", clock=lambda: clock[0], poll_seconds=0.0) as registry:
        box = registry.outbox
        box.begin(LISTENER)
        registry.add(Target("Orla Quennevest", expires_at=datetime.fromtimestamp(clock[0] + 60, UTC)))
        for seconds in (3_600, -3_600):
            clock[0] += seconds
            registry.snapshot()
        events = box.pending(LISTENER, "default").events
        assert [event.kind for event in events] == ["activated", "expired", "activated"]
