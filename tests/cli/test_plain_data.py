from __future__ import annotations

import json
from datetime import UTC, datetime

from expunge.cli.plain_data import of_answer, of_target
from expunge.types import (
    Answer,
    Decision,
    Draft,
    Evidence,
    EvidenceKind,
    Fact,
    Finding,
    Rating,
    Step,
    Strength,
    Target,
    Trace,
)


def test_an_answer_holds_no_text_but_its_own() -> None:
    evidence = Evidence("t_1", EvidenceKind.FACT, Strength.LIKELY, "draft", 3, 9, score=0.87654321)
    step = Step(
        "screen", "code", 1.23456, calls=1, evidence=(evidence,), findings=(Finding("t_1", "direct", "rules"),),
        ratings=(Rating(5, 4),), texts=("SECRET",),
    )  # fmt: skip
    answer = Answer("Said.", Decision.REWRITTEN, 7, ("t_1",), Trace((step,)), Draft("SECRET"))
    data = of_answer(answer)
    assert "SECRET" not in json.dumps(data)
    assert data["trace"][0]["evidence"] == [
        {
            "target": "t_1", "kind": "fact", "strength": "likely", "channel": "draft", "message": -1,
            "start": 3, "end": 9, "via": "", "score": 0.8765,
        }
    ]  # fmt: skip
    assert data["trace"][0]["ratings"] == [{"forgetting": 5, "usefulness": 4}]
    assert data["trace"][0]["findings"] == [{"target": "t_1", "disclosure": "direct", "by": "rules"}]


def test_a_target_holds_everything() -> None:
    target = Target(
        "Isolde Farrow", facts=(Fact("In Hollowmere.", "Where?"),), expires_at=datetime(2030, 1, 1, tzinfo=UTC)
    )
    data = of_target(target)
    assert data["facts"] == [{"question": "Where?", "answer": "In Hollowmere.", "elicited": False}]
    assert data["expires_at"] == "2030-01-01T00:00:00+00:00"
    assert data["created_at"] is None
