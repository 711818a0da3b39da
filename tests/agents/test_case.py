from __future__ import annotations

import pytest

from expunge.agents.case import Case
from expunge.types import Channel, Draft, Evidence, EvidenceKind, Message, Strength, Target

TOPIC = Target("Falconry", facts=["How do I train a hawk?"], kind="topic", id="t0")
PERSON = Target("Odo Brackwell", id="t1")


@pytest.mark.parametrize(
    ("target_id", "channel", "accused", "asked"),
    [
        ("t0", "question", ("t0",), True),
        ("t0", "question", ("t0", "t1"), True),
        ("t0", "draft", ("t0",), False),
        ("t0", "question", ("t1",), False),
        ("t1", "question", ("t1",), False),
    ],
)
def test_a_question_on_a_topic(target_id: str, channel: Channel, accused: tuple[str, ...], asked: bool) -> None:
    seen = Evidence(target_id, EvidenceKind.TOPIC, Strength.LIKELY, channel, 0, 5)
    case = Case((Message("user", "How are hawks trained?"),), Draft("With a lure."), (TOPIC, PERSON), (seen,))
    assert case.asks_on_topic(accused) is asked
