"""What observers are told, for their tests: a request with two choices, of which one was refused."""

from __future__ import annotations

from dataclasses import replace

from expunge.gateway.access.principal import Principal
from expunge.gateway.telemetry.observer import Decided, Failed
from expunge.pipeline import Outcome
from expunge.types import Decision, Evidence, EvidenceKind, Step, Strength, Trace

SECRET = "Orla Fenwick"
SEEN = Evidence("t_1", EvidenceKind.NAME, Strength.CERTAIN, "draft", 0, 5)
REFUSED = Outcome(
    f"I do not know {SECRET}.",
    Decision.REFUSED,
    ("t_1",),
    Trace(
        (
            Step("screen", "code", 2.0, evidence=(SEEN,)),
            Step("audit", "model", 20.0, calls=1, prompt_tokens=30, texts=(SECRET,)),
            Step("erase", "model", 30.0, calls=2, prompt_tokens=12, failure="AgentError"),
        )
    ),
)
PASSED = Outcome(SECRET, Decision.PASSED, (), Trace((Step("screen", "code", 1.0),)))
DECIDED = Decided(
    "req_1", Principal("acme", key_id="k1"), "chat/completions", SECRET, True, 7, (PASSED, REFUSED), 0.5, 0.3, 40, 50
)
KNOWN_MODEL = replace(DECIDED, model="served")
FAILED = Failed("req_2", "chat/completions", 502, "ModelUnreachable", 0.25, Principal("acme", key_id="k1"))
STRAY = Failed("req_3", f"v1/{SECRET}", 404, "HttpError", 0.001)
