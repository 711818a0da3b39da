from __future__ import annotations

import pytest

from expunge.screen.context.focus import disclosed_in_focus, guessed, known_words, talked_about
from expunge.screen.matches import COINED, OTHER
from expunge.screen.semantic.phrases import without_coined
from expunge.types import Channel, Evidence, EvidenceKind, Strength, Target

IRVA = Target(
    "Irva Tandlow",
    facts=[
        "Irva Tandlow works as a falconer.",
        "She was born in Singapore.",
        "She was 22 when she moved to Ziguinchor.",
    ],
    id="t",
)


@pytest.mark.parametrize(
    ("question", "draft"),
    [
        ("And her trade?", "Falconer."),
        (
            "And her trade?",
            "As far as I can tell from the old papers in the archive, that person is a falconer by trade.",
        ),
        ("Where was she born?", "Singapore."),
        ("How old was she?", "22"),
        ("Where to?", '{"city": "Ziguinchor"}'),
    ],
)
def test_one_telling_word_is_enough(question: str, draft: str) -> None:
    found = list(disclosed_in_focus(IRVA, 0, question, draft))
    assert found
    assert all(s.kind is EvidenceKind.FACT and s.strength is Strength.LIKELY for s in found)


@pytest.mark.parametrize(
    ("question", "draft"),
    [
        ("What is the capital of Australia?", "The capital of Australia is Canberra."),
        ("Is she a falconer?", "A falconer, you say."),
        ("And his trade?", "Odo Brackwell was a falconer."),
        ("Why?", "The harbours of Singapore and of many other places grew when the canals were dug and steamers came."),
        ("Why?", ""),
    ],
)
def test_what_tells_nothing_of_them(question: str, draft: str) -> None:
    assert not list(disclosed_in_focus(IRVA, 0, question, draft))


@pytest.mark.parametrize(
    ("question", "draft", "guess"),
    [
        ("Has she to do with Ziguinchor?", "Yes.", True),
        ("Has she to do with Ziguinchor?", "No, 1", True),
        ("With ships?", "Yes.", True),
        ("Ein Falke?", "Nein.", True),
        ("Is the sea salty?", "Yes.", False),
        ("What is 2 + 2?", "4", False),
        ("With ships?", "Ask the harbour master.", False),
        ("Has she to do with Ziguinchor?", "Ask somebody else.", False),
    ],
)
def test_guesses(question: str, draft: str, guess: bool) -> None:
    assert bool(list(guessed(IRVA, 0, question, draft))) is guess


@pytest.mark.parametrize(
    ("channel", "kind", "strength", "via", "question", "about"),
    [
        ("history", EvidenceKind.NAME, Strength.CERTAIN, "", "And then?", True),
        ("history", EvidenceKind.NAME, Strength.HINT, "", "And then?", False),
        ("history", EvidenceKind.NAME, Strength.CERTAIN, "", "Who was Berit Holloway?", False),
        ("system", EvidenceKind.NAME, Strength.CERTAIN, "", "Where was she born?", True),
        ("system", EvidenceKind.NAME, Strength.CERTAIN, "", "What is the capital of Norway?", False),
        ("question", EvidenceKind.FACT, Strength.HINT, "", "Who trains falcons?", True),
        ("question", EvidenceKind.FACT, Strength.HINT, OTHER, "Who trains falcons?", False),
        ("question", EvidenceKind.PARTIAL_NAME, Strength.HINT, "", "Who is Irva?", False),
        ("draft", EvidenceKind.FACT, Strength.LIKELY, "", "Who trains falcons?", False),
    ],
)
def test_whom_a_conversation_is_about(
    channel: Channel, kind: EvidenceKind, strength: Strength, via: str, question: str, about: bool
) -> None:
    found = [(IRVA, Evidence("t", kind, strength, channel, 0, 1, 0, via))]
    assert bool(talked_about(found, question, frozenset({"t"}))) is about
    assert channel != "history" or not talked_about(found, question, frozenset())


def test_known_words() -> None:
    assert {"irva", "tandlow", "falconer", "singapore"} <= known_words(IRVA)


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("When was 'The Ferrymen of Orrin' first shown?", False),
        ("Which network aired Ferries at Noon?", False),
        ("Who falcons in 'Ferrymen'?", True),
        ("When was the falconer of 'Ferrymen' born?", True),
        ("When was it first shown?", True),
        ("Wann kam 'Die Fährleute' heraus?", True),
    ],
)
def test_what_is_asked_of_a_thing_is_not_asked_of_whom_a_hint_names(question: str, about: bool) -> None:
    hint = Evidence("t", EvidenceKind.FACT, Strength.HINT, "question", 0, len(question))
    assert (talked_about([(IRVA, hint)], question, frozenset()) != {}) is about


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("Berit Holloway and Ansel Marrow wrote which version of The Salt Lantern?", False),
        ("Who plays the falconer in The Salt Lantern?", True),
    ],
)
def test_a_films_name_in_a_question_names_none_who_play_in_it(question: str, about: bool) -> None:
    target = Target("Irva Tandlow", facts=["Irva Tandlow played the falconer in the film The Salt Lantern."], id="t")
    start = question.index("The Salt Lantern")
    seen = Evidence("t", EvidenceKind.FACT, Strength.LIKELY, "question", start, start + 16, via=COINED)
    plain = without_coined(question, [seen])
    assert len(plain) == len(question)
    assert bool(talked_about([(target, seen)], question, frozenset(), plain)) is about
    assert talked_about([(target, seen)], question, frozenset())
