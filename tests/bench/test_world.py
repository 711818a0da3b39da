from __future__ import annotations

from expunge.bench.world import people, prose, targets


def test_people_are_different_and_always_the_same() -> None:
    names = people(3000)
    assert len(set(names)) == 3000
    assert people(3000) == names
    assert people(100) == names[:100]
    assert people(100, seed=1) != names[:100]


def test_some_people_have_middle_names_and_some_surnames_are_common() -> None:
    names = people(3000)
    assert 0.2 < sum(len(name.split()) == 3 for name in names) / 3000 < 0.4
    surnames = [name.split()[-1] for name in names]
    assert max(map(surnames.count, set(surnames))) > 10


def test_targets_have_ids_and_as_many_facts_as_asked_for() -> None:
    made = targets(50, facts=3)
    assert [target.name for target in made] == people(50)
    assert len({target.id for target in made}) == 50
    assert all(len(target.facts) == 3 and target.name in target.facts[0].text for target in made)
    assert targets(2)[0].facts == ()
    assert {len({fact.text for fact in target.facts}) for target in targets(20, facts=10)} == {10}


def test_prose_is_of_the_length_asked_for_and_names_nobody() -> None:
    texts = prose(5, 700)
    assert [len(text) for text in texts] == [700] * 5
    assert len(set(texts)) == 5
    assert prose(5, 700) == texts
    names = people(5000)
    assert not any(name in text for text in texts for name in names)
