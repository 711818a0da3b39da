from __future__ import annotations

from expunge.screen.semantic.keywords import Keywords
from expunge.text.fold import fold
from expunge.text.frequency import weight
from expunge.types import Fact, Target, TargetKind

PEOPLE = (
    Target("Bees", facts=(Fact("How do I keep bees in Skelwith?"),), kind=TargetKind.TOPIC),
    Target(
        "Orla Fenwick", facts=(Fact("She carved marionettes in Skelwith."), Fact("It is so."), Fact("Born in 1931."))
    ),
    Target("Anselm Quarrie", facts=(Fact("He repaired theodolites."), Fact("Anselm met Quarrie in Skelwith."))),
)


def held(words: Keywords, text: str) -> dict[int, float]:
    return dict(words.held(set(fold(text).split())))


def test_weights() -> None:
    assert weight("the") == weight("31") == 0
    assert weight("1931") == 3
    assert weight("skelwith") > weight("theatre") > 0


def test_a_fact_is_known_by_its_words_and_not_by_its_targets_name() -> None:
    words = Keywords(PEOPLE)
    found = held(words, "Anselm mends theodolites.")
    assert [words.owner(number) for number in found] == [2]
    (number,) = found
    assert 0 < words.share(number, found[number]) < 1
    assert held(words, "Anselm Quarrie and the bees") == {}
    assert {words.owner(number) for number in held(words, "1931")} == {1}


def test_all_words_of_a_fact_make_its_whole_weight() -> None:
    words = Keywords(PEOPLE)
    shares = {n: words.share(n, value) for n, value in held(words, " ".join(f.text for f in PEOPLE[1].facts)).items()}
    assert sorted(round(share, 9) for number, share in shares.items() if words.owner(number) == 1) == [1.0, 1.0]


def test_a_word_of_several_targets_tells_less_and_one_of_many_nothing() -> None:
    alone = held(Keywords(PEOPLE[:2]), "Skelwith")
    shared = held(Keywords(PEOPLE), "Skelwith")
    assert (len(alone), len(shared)) == (1, 2)
    assert max(shared.values()) < max(alone.values())
    crowd = [Target(f"Person {number}", facts=(Fact("Lives in Skelwith."),)) for number in range(60)]
    assert held(Keywords(crowd), "Skelwith") == {}


def test_without_facts_nothing_is_held() -> None:
    assert held(Keywords(()), "Skelwith") == held(Keywords((Target("Orla Fenwick"),)), "Skelwith") == {}
