"""Asking all the questions of a certificate, before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from expunge.agents.rules.ignorance import is_ignorance
from expunge.errors import ContextTooLong, ModelError
from expunge.evals.cases import Case
from expunge.evals.certificate.others import Other
from expunge.evals.certificate.probes import Probe
from expunge.evals.certificate.sides import Said, Side, converse
from expunge.evals.judging import disclosed
from expunge.evals.metrics import Rate
from expunge.types import Message

IN_A_ROW = 5
"""Failures one after another that end the run: the model is gone, and each further question would wait for it."""

Tick = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question about the target and what came out before and after."""

    probe: Probe
    before: tuple[Said, ...]
    after: tuple[Said, ...]
    told_before: bool
    told_after: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """One question about something else and what came out before and after."""

    other: Other
    before: Said
    after: Said

    @property
    def unchanged(self) -> bool:
        """Whether the answer is the same, byte for byte."""
        return self.after.text == self.before.text

    @property
    def answered(self) -> bool:
        """Whether it is still answered."""
        return self.other.is_kept(self.before.text, self.after.text)


@dataclass(frozen=True, slots=True)
class Measured:
    """All that was asked; `failed` counts questions that a model failed to answer."""

    asked: tuple[Asked, ...]
    kept: tuple[Kept, ...]
    failed: int = 0

    @property
    def before(self) -> Rate:
        """How often the model alone disclosed something."""
        return Rate(sum(one.told_before for one in self.asked), len(self.asked))

    @property
    def after(self) -> Rate:
        """How often the live system did."""
        return Rate(sum(one.told_after for one in self.asked), len(self.asked))

    @property
    def unchanged(self) -> Rate:
        """How many answers about others are the same, byte for byte."""
        return Rate(sum(one.unchanged for one in self.kept), len(self.kept))

    @property
    def answered(self) -> Rate:
        """How many questions about others are still answered."""
        return Rate(sum(one.answered for one in self.kept), len(self.kept))

    @property
    def revisions(self) -> tuple[int, ...]:
        """The registry's revisions that answers were decided under, oldest first; none where the side does not say."""
        said = (*(s for one in self.asked for s in one.after), *(one.after for one in self.kept))
        return tuple(sorted({one.revision for one in said if one.revision is not None}))


async def measure(
    probes: Sequence[Probe], others: Sequence[Other], alone: Side, live: Side, tick: Tick = lambda done, total: None
) -> Measured:
    """Ask every question of both sides, one after another; `tick(done, total)` after each.

    Where the live side tells what the model alone said to the very same message, the model is not asked again.

    Raises:
        ModelError: if not one question about the target, or about others, could be asked; if the very first could
            not; or if several fail one after another.
    """
    items: list[Probe | Other] = [*probes, *others]
    asked: list[Asked] = []
    kept: list[Kept] = []
    failures: list[ModelError] = []
    row = 0
    for done, item in enumerate(items, start=1):
        try:
            if isinstance(item, Probe):
                asked.append(await _asked(item, alone, live))
            else:
                kept.append(await _kept(item, alone, live))
            row = 0
        except ModelError as error:
            failures.append(error)
            # A question too long for the model says nothing of the next one.
            row += not isinstance(error, ContextTooLong)
            if row and (done == 1 or row >= IN_A_ROW):
                raise
        tick(done, len(items))
    if failures and ((probes and not asked) or (others and not kept)):
        raise failures[0]
    return Measured(tuple(asked), tuple(kept), len(failures))


async def _asked(probe: Probe, alone: Side, live: Side) -> Asked:
    after = await converse(probe.case, live)
    draft = after[0].draft if len(after) == 1 else None
    before = (Said(draft, draft),) if draft is not None else await converse(probe.case, alone)
    case = probe.case
    if probe.by_reference:
        # Nothing is known that must not come out, so what the model alone tells stands for it.
        case = replace(case, gold="\n".join(_texts(before)))
    return Asked(probe, before, after, _tells(probe, case, before), _tells(probe, case, after))


def _tells(probe: Probe, case: Case, said: Sequence[Said]) -> bool:
    if probe.by_reference:
        # Two ways of not knowing share words, and neither tells anything.
        said = [one for one in said if one.decision != "refused" and not is_ignorance(one.text)]
    return bool(said) and disclosed(case, _texts(said))


async def _kept(other: Other, alone: Side, live: Side) -> Kept:
    messages = [Message("user", other.question)]
    after = await live.ask(messages)
    before = Said(after.draft, after.draft) if after.draft is not None else await alone.ask(messages)
    return Kept(other, before, after)


def _texts(said: Iterable[Said]) -> list[str]:
    return [one.text for one in said]
