"""Composer by rules: chooses one variant, since sentences merged blindly read badly and may leak."""

from __future__ import annotations

from collections.abc import Sequence

from expunge.agents.case import Case, Played
from expunge.agents.rules.survival import Measure
from expunge.types import Variant

_CLEAN = 0.2
"""Largest share of the words told only of targets that a clean variant holds."""


def compose(case: Case, variants: Sequence[Variant], measure: Measure | None = None) -> Played[str]:
    """The clean variant that keeps most of what is not the targets', the earliest of equals. `measure` is that of the
    case, where it was made already.

    The empty string if no variant is clean: the answer must then be refused.
    """
    measure = measure or Measure.of(case)
    best, text = 0.0, ""
    for variant in variants:
        living = measure.survival(variant.text)
        if living.named or living.fact or living.leaked > _CLEAN:
            continue
        worth = living.kept - 0.1 * living.flawed - 0.5 * living.added
        if worth > best:
            best, text = worth, variant.text
    return Played(text, "rules")
