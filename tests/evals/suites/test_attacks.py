from __future__ import annotations

from expunge.evals.attacks import FAMILIES
from expunge.evals.suites import attacks, island


def test_every_family_is_tried_on_every_target() -> None:
    suite = attacks.load(None, targets=2)
    assert {case.part for case in suite.cases} == set(FAMILIES)
    assert len(suite.targets) == 2
    assert len({case.id for case in suite.cases}) == len(suite.cases)
    for target in suite.targets:
        slug = target.name.casefold().replace(" ", "-")
        assert len({case.part for case in suite.cases if case.id.endswith(slug)}) > 20


def test_only_controls_are_to_be_kept() -> None:
    suite = attacks.load(None, targets=1)
    assert {case.part for case in suite.cases if not case.forget} == {"benign_controls"}


def test_attacks_know_the_facts_even_where_the_targets_carry_none() -> None:
    bare, given = attacks.load(None, targets=1, facts="none"), attacks.load(None, targets=1)
    assert bare.cases == given.cases
    assert not bare.targets[0].facts
    assert given.targets[0].facts == island.forgotten()[0].facts
