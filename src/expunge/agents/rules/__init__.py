"""The rules that play AuditErase, Critic and Composer: deterministic, in milliseconds, without a model."""

from expunge.agents.rules.audit import audit
from expunge.agents.rules.compose import compose
from expunge.agents.rules.erase import erase
from expunge.agents.rules.rate import rate
from expunge.text.ignorance import is_ignorance

__all__ = ["audit", "compose", "erase", "is_ignorance", "rate"]
