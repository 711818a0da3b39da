from __future__ import annotations

import pytest

from expunge.screen.doubt import confirmed
from expunge.screen.sightings import Reading
from expunge.types import Evidence, EvidenceKind, Strength, Target

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
    (target, seen), *parts = confirmed([(CARMEN, hint)], Reading(question), 3)
    assert target is CARMEN
    assert (seen.strength is Strength.LIKELY) is sure
    told = [(e.channel, e.message, question[e.start : e.end]) for _, e in parts]
    assert told == ([("question", 3, "كارمن")] if sure else [])
