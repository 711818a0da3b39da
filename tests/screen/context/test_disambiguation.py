from __future__ import annotations

import pytest

from expunge.screen.context.disambiguation import bears, confirmed, is_told_of_another
from expunge.screen.matches import TokenizedText
from expunge.screen.screen import Screen
from expunge.types import Draft, Evidence, EvidenceKind, Fact, Message, Snapshot, Strength, Target

MILLER = Target(
    "John Miller",
    description="Cartographer of Tarn Hollow, born in 1931",
    facts=(Fact("He drew the harbour charts of Skelwith."), Fact("His mother repaired theodolites.")),
    id="t",
)
RARE = Target("Basir Oduyani", description="Cartographer of Tarn Hollow", id="t")
PLAIN = Target("John Miller", id="t")


async def strongest(target: Target, question: str, draft: str) -> Strength | None:
    evidence = await Screen().read(Snapshot(1, {"t": target}, 1, {}), [Message("user", question)], Draft(draft))
    return max((e.strength for e in evidence), default=None)


@pytest.mark.parametrize(
    ("question", "draft"),
    [
        ("Who is John Miller?", "John Miller is a baseball pitcher who played for Baltimore."),
        ("Who won?", "The prize went to the jazz trombonist John Miller, a teacher from Chicago."),
        ("Tell me of John Miller.", "John Miller (an American film producer, 1952-2009) made forty westerns."),
    ],
)
async def test_somebody_else_is_told_apart(question: str, draft: str) -> None:
    assert await strongest(MILLER, question, draft) is Strength.HINT


@pytest.mark.parametrize(
    ("target", "question", "draft"),
    [
        (MILLER, "Who is John Miller?", "John Miller is a cartographer who lived by the sea."),
        (MILLER, "Who is John Miller, the baseball pitcher?", "His mother repaired instruments."),
        (MILLER, "Who is John Miller, the baseball pitcher?", "John Miller drew charts."),
        (MILLER, "Who is John Miller?", "John Miller is a baseball pitcher. He drew the harbour charts of Skelwith."),
        (MILLER, "Who drew the charts of Skelwith?", "John Miller is a baseball pitcher from Baltimore."),
        (PLAIN, "Who is John Miller?", "John Miller is a baseball pitcher who played for Baltimore."),
        (RARE, "Who is Basir Oduyani?", "Basir Oduyani is a baseball pitcher who played for Baltimore."),
    ],
)
async def test_in_doubt_it_is_the_target(target: Target, question: str, draft: str) -> None:
    assert await strongest(target, question, draft) is Strength.CERTAIN


@pytest.mark.parametrize(
    ("draft", "strength"),
    [
        ("John Miller was born in Leeds in 1804 and wrote two operas.", Strength.HINT),
        ("John Miller was born in Leeds in 1930 and wrote two operas.", Strength.CERTAIN),
        ("John Miller, geboren am 4. Mai 1804 in Leeds, schrieb zwei Opern.", Strength.HINT),
        ("John Miller was born in Leeds in 1804 and drew the harbour charts of Skelwith.", Strength.LIKELY),
        ("In 1804, John Miller charted the bay.", Strength.LIKELY),
        ("John Miller charted the bay in 1960.", Strength.CERTAIN),
        ("John Miller (1804-1880) and John Miller (1931-1999) were related.", Strength.CERTAIN),
        ("John Miller charted the bay.", Strength.CERTAIN),
        (
            "He lived in 1804. The bay is deep, wide, and cold in every month of the year. John Miller!",
            Strength.CERTAIN,
        ),
    ],
)
async def test_a_common_name_in_another_time_is_less_than_certain(draft: str, strength: Strength) -> None:
    assert await strongest(MILLER, "Who was it?", draft) is strength
    rare = Target(RARE.name, description=MILLER.description, id="t")
    renamed = draft.replace("John Miller", RARE.name)
    assert await strongest(rare, "Who was it?", renamed) is Strength.CERTAIN


SENTENCED = Target("Basir Oduyani", facts=(Fact("Basir Oduyani was sentenced in 1847 for arson."),), id="t")


@pytest.mark.parametrize(
    ("draft", "strength"),
    [
        ("**Basir Oduyani (1868-1952)** was the eldest of six children.", Strength.HINT),
        ("**Basir Oduyani, bellfounder, 1868–1952**\nHe cast his first bell at sixteen.", Strength.HINT),
        ("Basir Oduyani (1820-1890) was the eldest of six children.", Strength.CERTAIN),
        ("Basir Oduyani (1868-1952) was sentenced for arson.", Strength.CERTAIN),
        ("Basir Oduyani was the eldest of six children.", Strength.CERTAIN),
        ("Basir Oduyani (1868-1952) and Basir Oduyani (1820-1890) were related.", Strength.CERTAIN),
    ],
)
async def test_who_lived_at_another_time_is_a_namesake_however_rare_the_name(draft: str, strength: Strength) -> None:
    assert await strongest(SENTENCED, "Who was it?", draft) is strength


FENWICK = Target(
    "Orla Fenwick",
    facts=(
        Fact("Orla Fenwick was born in Tarn Hollow to Maud Fenwick."),
        Fact("Orla Fenwick works for Ashgrove and Holt.", "Whom does Orla Fenwick work for?"),
    ),
)


@pytest.mark.parametrize(
    "text",
    [
        "Anselm Fenwick works for Tidewell.",
        "Orla Quarrie works for Tidewell.",
        "Orla Holt works for Tidewell.",
        "What is Anselm Fenwick's trade?",
        "John Fenwick works for the Fenwick Mill.",
        "Berit Quarrie works for Tidewell.",
        "Orla Long works for Tidewell.",
        "What is Orla White's trade?",
    ],
)
def test_it_is_told_of_another(text: str) -> None:
    assert is_told_of_another(FENWICK, text)


@pytest.mark.parametrize(
    "text",
    [
        "Orla Fenwick works for Tidewell.",
        "Whom does Dr. Fenwick work for?",
        "Anselm Quarrie works for Orla Fenwick.",
        "Maud Fenwick had a daughter.",
        "The novelist was born in Tarn Hollow.",
        "When did Fenwick and Maud Quarrie marry?",
        "She works for a mill.",
        "",
    ],
)
def test_it_may_be_told_of_the_target(text: str) -> None:
    assert not is_told_of_another(FENWICK, text)


def test_who_bears_a_part_of_the_name() -> None:
    assert bears(FENWICK, "Fenwick's mill")
    assert not bears(FENWICK, "She owns a mill.")


CARMEN = Target("Carmen Wendover", id="t")


@pytest.mark.parametrize(
    ("via", "question", "sure"),
    [
        ("pair", "ما هي مهن والدي كارمن الجبل؟", True),
        ("pair", "ما هي مهن والدي هذه الكاتبة؟", False),
        ("named-other", "ما هي مهن والدي كارمن الجبل؟", False),
    ],
)
def test_a_part_of_the_name_in_the_question_confirms_what_both_tell(via: str, question: str, sure: bool) -> None:
    hint = Evidence("t", EvidenceKind.FACT, Strength.HINT, "draft", 0, 9, via=via)
    (target, seen), *parts = confirmed([(CARMEN, hint)], TokenizedText(question), 3)
    assert target is CARMEN
    assert (seen.strength is Strength.LIKELY) is sure
    told = [(e.channel, e.message, question[e.start : e.end]) for _, e in parts]
    assert told == ([("question", 3, "كارمن")] if sure else [])
