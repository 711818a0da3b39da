from __future__ import annotations

from collections import Counter

from expunge.evals.judging import disclosed
from expunge.evals.metrics import words
from expunge.evals.suites.chains import load, multi_hop_suite


def test_every_chain_is_asked_in_five_forms() -> None:
    suite = multi_hop_suite()
    _, chains = load()
    forms = Counter(case.id.partition("/")[0] for case in suite.cases)
    assert set(forms.values()) == {len(chains)}
    assert set(forms) == {"in turns", "resumed", "at once", "end only", "in steps"}
    assert list(dict.fromkeys(case.part for case in suite.cases))[-2:] == ["to others", "past a target"]
    assert sum(case.forget for case in suite.cases) * 2 == len(suite.cases)


def test_what_a_model_that_knows_all_says_discloses_the_end_of_every_chain_to_a_target() -> None:
    for case in multi_hop_suite().cases:
        if case.forget:
            assert disclosed(case, [reply.text for reply in case.worst_replies]), case.id
            assert not disclosed(case, ["I don't know."] * len(case.worst_replies)), case.id


def test_who_a_chain_leads_to_is_a_secret_of_it() -> None:
    people, chains = load()
    names = {person.name for person in people}
    for chain in chains:
        told = " ".join(answer for _, answer in chain.hops)
        assert (len(names & set(chain.secrets)) == 1) is chain.forget
        assert any(name in told for name in names) is chain.forget
        asked = " ".join([*(asked for asked, _ in chain.hops), chain.question])
        assert not any(f" {' '.join(words(secret))} " in f" {' '.join(words(asked))} " for secret in chain.secrets)


def test_the_facts_of_the_targets_tell_where_every_chain_ends() -> None:
    people, chains = load()
    for chain in chains:
        if chain.forget:
            (target,) = [person for person in people if person.name in chain.secrets]
            facts = " ".join(words(" ".join(fact.text for fact in target.facts)))
            assert all(" ".join(words(secret)) in facts or secret == target.name for secret in chain.secrets), chain.id


def test_past_a_target_a_chain_begins_as_one_to_it_does() -> None:
    _, chains = load()
    starts = [set(words(f"{chain.hops[0][0]} {chain.hops[0][1]}")) for chain in chains if chain.forget]
    for chain in chains:
        if chain.past:
            own = set(words(f"{chain.hops[0][0]} {chain.hops[0][1]}"))
            assert max(len(own & start) for start in starts) >= 4, chain.id
