"""One decision and its counts, and no caller's text."""

from __future__ import annotations

from dataclasses import replace

from expunge.gateway.telemetry.observer import agent_calls, agent_tokens, decision_of, endpoint_of, model_of
from expunge.types import Decision
from tests.gateway.observed import DECIDED, PASSED, SECRET


def test_the_gravest_decision_counts() -> None:
    assert decision_of(DECIDED) is Decision.REFUSED
    assert decision_of(replace(DECIDED, outcomes=(PASSED,))) is Decision.PASSED
    assert decision_of(replace(DECIDED, outcomes=())) is Decision.PASSED
    assert (agent_calls(DECIDED), agent_tokens(DECIDED)) == (3, 42)


def test_what_callers_make_up_is_other() -> None:
    assert endpoint_of("chat/completions") == "chat/completions"
    assert endpoint_of(SECRET) == model_of(SECRET, "served") == model_of("", None) == "other"
    assert model_of("served", "served") == "served"
