from __future__ import annotations

import pytest

from expunge.agents.case import Case
from expunge.agents.rules.evidence import counted, rewritten
from expunge.types import Draft, Evidence, EvidenceKind, Message, Strength, Target


def _case(draft: str, word: str, target: Target, kind: EvidenceKind = EvidenceKind.PARTIAL_NAME) -> Case:
    at = draft.index(word)
    seen = Evidence(target.id, kind, Strength.LIKELY, "draft", at, at + len(word))
    return Case((Message("user", "What is new?"),), Draft(draft), (target,), (seen,))


@pytest.mark.parametrize(
    ("name", "draft", "word", "counts"),
    [
        ("Sarah Banks", "The banks are slippery.", "banks", False),
        ("Sarah Banks", "Then Banks came in.", "Banks", True),
        ("June May", "In May the kitchen gets an oven.", "May", False),
        ("June May", "Then Mrs May came in.", "May", True),
        ("June May", "A letter from May is in the box.", "May", True),
        ("Anton Sommer", "Im Sommer öffnet das Bad.", "Sommer", False),
        ("Anton Sommer", "Das Gespräch mit Sommer war kurz.", "Sommer", True),
        ("Rosa Leão", "Moro na rua do Leão, perto da praça.", "Leão", False),
        ("Marisa Vell", "Anton Vell bakes bread.", "Vell", False),
        ("Marisa Vell", "Doctor Vell bakes bread.", "Vell", True),
        ("Grace Hill", "Write to hill-grace@example.net.", "hill-grace", True),
        ("Rose Field", "It is at example.com/users/rose_field.", "rose_field", True),
        ("Thomas Reed", "Tommy says that Reed was banned.", "Reed", True),
    ],
)
def test_a_part_of_a_name_may_be_a_word_or_a_namesakes(name: str, draft: str, word: str, counts: bool) -> None:
    assert bool(counted(_case(draft, word, Target(name, id="t0")))) is counts


@pytest.mark.parametrize(
    ("alias", "draft", "word", "counts"),
    [
        ("Vell", "The chair was taken by trainer Anton Vell.", "Vell", False),
        ("Vell", "The chair was taken by Vell.", "Vell", True),
        ("Vell", "The chair was taken by Doctor Vell.", "Vell", True),
        ("Vell", "The chair was taken by Maria Vell.", "Vell", True),
        ("Marisa", "The chair was taken by Marisa Hendriks.", "Marisa", False),
        ("Marisa", "The chair was taken by Marisa.", "Marisa", True),
        ("Slate", "Zinc is light. Slate lasts, and no other slate is dearer than slate from Wales.", "Slate", False),
        ("Slate", "Zinc is light. Slate sells slate and slate. We asked Slate.", "Slate", True),
        ("Slate", "Zinc is light. Slate lasts.", "Slate", True),
        ("the Bakery", "Behind it stood the bakery of the town.", "the bakery", False),
        ("the Bakery", "Behind it stood the Bakery.", "the Bakery", True),
    ],
)
def test_an_alias_may_be_a_word_or_a_namesakes(alias: str, draft: str, word: str, counts: bool) -> None:
    target = Target("Marisa Vell", [alias], id="t0")
    assert bool(counted(_case(draft, word, target, EvidenceKind.ALIAS))) is counts


def test_a_long_text_read_backwards_tells_nothing() -> None:
    target = Target("Marisa Vell", id="t0")
    text = "The mill by the river is old and somebody paints its door each spring. " * 8
    seen = Evidence("t0", EvidenceKind.DECODED, Strength.LIKELY, "draft", 0, len(text), via="reversed-order")
    backwards = " ".join(reversed(text.split()))
    for draft, counts in ((text, False), (backwards, True), (text[:70], True)):
        assert bool(counted(Case((), Draft(draft), (target,), (seen,)))) is counts


def test_what_was_weighed_in_the_draft_is_known_again_in_a_rewriting() -> None:
    target = Target("Marisa Vell", id="t0", facts=["Marisa Vell left the firm in May."])
    text = "It rained. The other half left in May."
    likely = Evidence("t0", EvidenceKind.FACT, Strength.LIKELY, "draft", 11, len(text))
    whole = Evidence("t0", EvidenceKind.FACT, Strength.LIKELY, "draft", 0, len(text))
    case = Case((), Draft(text), (target,), (), harmless=frozenset({"The other half left in May."}))
    assert rewritten(case, text, (likely, whole)) == (whole,)


def test_a_fact_told_of_somebody_else_does_not_count_and_two_of_the_same_do() -> None:
    target = Target("Marisa Vell", id="t0", facts=["Marisa Vell was born in Kelm.", "Marisa Vell keeps parrots."])
    one = "Eda Stone was born in Kelm."
    two = f"{one} Eda Stone keeps parrots."
    assert counted(_case(one, one, target, EvidenceKind.FACT)) == ()
    both = _case(two, one, target, EvidenceKind.FACT)
    second = Evidence("t0", EvidenceKind.FACT, Strength.LIKELY, "draft", len(one) + 1, len(two))
    assert len(counted(Case(both.messages, both.draft, both.shortlist, (*both.evidence, second)))) == 2


@pytest.mark.parametrize(
    ("question", "draft"),
    [
        ("オーラ・フェニックはどこで生まれましたか？", "オーラ・フェニックは灯台の多い町ケルムで生まれました。"),
        ("1961年に生まれたこの著者の名前は何ですか？", "この著者の名前は秋山公園です。"),
        ("أين ولدت الكاتبة أورلا فينيك؟", "ولدت الكاتبة أورلا فينيك في كيلم."),
        ("लेखिका ओर्ला फिनिक का जन्म कहाँ हुआ?", "लेखिका ओर्ला फिनिक का जन्म केल्म में हुआ।"),
        ("Где родилась Орла Фенникова?", "Орла Фенникова родилась в Кельме."),
    ],
)
def test_a_name_in_another_script_than_the_targets_is_not_taken_for_somebody_elses(question: str, draft: str) -> None:
    target = Target("Orla Fenwick", id="t0", facts=["Orla Fenwick was born in Kelm."])
    seen = Evidence("t0", EvidenceKind.FACT, Strength.LIKELY, "draft", 0, len(draft))
    case = Case((Message("user", question),), Draft(draft), (target,), (seen,))
    assert counted(case) == (seen,)


def test_evidence_outside_the_draft_always_counts_and_a_rewriting_is_weighed_by_itself() -> None:
    target = Target("Sarah Banks", id="t0")
    case = _case("Then Banks came in.", "Banks", target)
    asked = Evidence("t0", EvidenceKind.PARTIAL_NAME, Strength.LIKELY, "question", 0, 4)
    assert rewritten(case, "The banks are wet.", (asked,)) == (asked,)
    assert (
        rewritten(
            case, "The banks are wet.", (Evidence("t0", EvidenceKind.PARTIAL_NAME, Strength.LIKELY, "draft", 4, 9),)
        )
        == ()
    )
