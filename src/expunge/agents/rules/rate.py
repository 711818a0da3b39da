"""Critic by rules: marks each variant for forgetting and for usefulness."""

from __future__ import annotations

from collections.abc import Sequence

from expunge.agents.case import Case, Played
from expunge.agents.rules.content import content_words
from expunge.agents.rules.survival import Measure
from expunge.types import Rating, Variant

_TOLERATED = 0.34
"""Share of the words told only of a target that may stay before the forgetting falls to 3."""


def rate(
    case: Case, variants: Sequence[Variant], found: Sequence[bool], measure: Measure | None = None
) -> Played[tuple[Rating, ...]]:
    """One rating a variant, in order; `found[i]` says that the screen still finds a target in variant i. `measure` is
    that of the case, where it was made already.

    Forgetting is 1 where a target is found, named or a fact of it is told, and falls with the share of the
    words told only of targets that are left. Usefulness rises with the share of the rest that is kept and
    falls where the text reads as cut; a variant with nothing left gets 1, which refuses it.

    Raises:
        ValueError: if `found` is not as long as `variants`.
    """
    measure = measure or Measure.of(case)
    pairs = zip(variants, found, strict=True)
    return Played(tuple(_rating(measure, variant, seen) for variant, seen in pairs), "rules")


def _rating(measure: Measure, variant: Variant, seen: bool) -> Rating:
    living = measure.survival(variant.text)
    if seen or living.named or living.fact:
        forgetting = 1.0
    else:
        forgetting = max(1.0, 5.0 - 2.0 * living.leaked / _TOLERATED)
    if not content_words(variant.text) or living.kept == 0.0:
        return Rating(round(forgetting, 2), 1.0)
    useful = 2.5 + 2.5 * living.kept - 0.5 * living.flawed - 1.5 * living.added
    return Rating(round(forgetting, 2), round(min(5.0, max(1.0, useful)), 2))
