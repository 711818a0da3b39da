from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.verdicts import Ack, Given, Truth, late, leaked, lost, propagation, withheld
from expunge.registry.store import Registry
from expunge.types import Target

ORLA, IVO = "Orla Quennevest", "Ivo Pellandrine"
TRUTH = Truth({ORLA: [(3, True), (5, False), (9, True)]})


@pytest.mark.parametrize(
    ("name", "revision", "forgotten"),
    [
        (ORLA, 2, False),
        (ORLA, 3, True),
        (ORLA, 4, True),
        (ORLA, 5, False),
        (ORLA, 8, False),
        (ORLA, 99, True),
        (IVO, 4, False),
    ],
)
def test_who_is_forgotten_at_a_revision(name: str, revision: int, forgotten: bool) -> None:
    assert TRUTH.forgotten(name, revision) is forgotten


def _given(revision: int, told: bool, *, replica: int = 0, sent: float = 0.0, received: float = 0.0) -> Given:
    return Given(replica, ORLA, told, revision, sent, received)


def test_answers_that_are_wrong_for_their_revision() -> None:
    right = [_given(2, True), _given(3, False), _given(6, True)]
    assert (leaked(TRUTH, right), withheld(TRUTH, right)) == (0, 0)
    other = [_given(2, False), _given(3, True), _given(4, True)]
    assert (leaked(TRUTH, other), withheld(TRUTH, other)) == (2, 1)


def test_a_change_that_is_not_there_is_lost() -> None:
    there, gone = Ack(0, ORLA, True, 3, 0.0), Ack(0, ORLA, True, 4, 0.0)
    assert lost(TRUTH, [there]) == 0
    assert lost(TRUTH, [there, gone, Ack(0, IVO, True, 3, 0.0)]) == 2


def test_late_is_an_answer_asked_for_long_after_and_decided_without_the_change() -> None:
    acks = [Ack(0, ORLA, True, 3, 10.0), Ack(0, ORLA, False, 5, 20.0)]
    on_time = [_given(2, True, sent=10.9), _given(3, False, sent=11.1), _given(4, False, sent=20.5)]
    assert late(acks, on_time) == 0
    assert late(acks, [*on_time, _given(2, True, sent=11.1), _given(3, True, sent=21.5)]) == 2


def test_propagation_is_until_the_other_replica_answers_by_the_change() -> None:
    acks = [Ack(0, ORLA, True, 3, 10.0), Ack(1, ORLA, False, 5, 11.0)]
    given = [
        _given(3, False, replica=0, received=10.1),
        _given(2, True, replica=1, received=10.1),
        _given(3, False, replica=1, received=10.3),
        _given(5, True, replica=0, received=11.5),
    ]
    assert propagation(acks, given) == pytest.approx([0.5, 0.3])


def test_the_truth_is_what_the_registry_holds(tmp_path: Path) -> None:
    with Registry.open(f"sqlite:///{tmp_path}/expunge.db") as registry:
        added = registry.add(Target(name=ORLA))
        lifted = registry.restore(added.id)
        again = registry.add(Target(name=ORLA))
        truth = Truth.read(registry, [ORLA, IVO])
    assert truth.forgotten(ORLA, added.revision)
    assert not truth.forgotten(ORLA, lifted.revision)
    assert truth.forgotten(ORLA, again.revision)
    assert not truth.forgotten(IVO, again.revision)
