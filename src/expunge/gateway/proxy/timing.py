"""The times of answers, so that one in the place of a disclosure leaves no sooner than an ordinary one would.

Two sets of recent durations are kept for each route, model and way of answering: those of ordinary answers, in which
nothing was found, and those of answers that were refused or rewritten, before any delay. A refused or rewritten answer
that is as quick among its own kind as a quarter of them are is given the time that a quarter of the ordinary answers
take; both sides count answers of about its length only. Two sets that are alike already cause no delay. Ordinary
answers are never delayed, and an answer that is late is not delayed further.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

REMEMBERED = 256
"""Durations of each sort that are kept for a kind of answer."""
FEWEST = 16
"""Ordinary answers of a kind that must be known before anything is delayed."""
LONGEST = 60.0
"""The longest delay, in seconds."""
_KINDS = 64
"""Kinds of answers that are kept; callers name the model, so that there may be any number of them."""
_NEAREST = 64
"""Answers of about the same length that one is compared with."""
_TRUSTED = 6
"""With so many changed answers, they and the ordinary ones count alike for how quick an answer is among its own."""


@dataclass(frozen=True, slots=True)
class Kind:
    """The answers whose durations are compared: those of one route and model, streamed or not."""

    path: str
    model: str
    streamed: bool


@dataclass(frozen=True, slots=True)
class _Timed:
    length: int
    seconds: float


def _recent() -> deque[_Timed]:
    return deque(maxlen=REMEMBERED)


@dataclass(frozen=True, slots=True)
class _History:
    ordinary: deque[_Timed] = field(default_factory=_recent)
    changed: deque[_Timed] = field(default_factory=_recent)


class Timing:
    """The durations of recent answers of one gateway, and the delays that follow from them. It keeps no text."""

    def __init__(self) -> None:
        self._histories: OrderedDict[Kind, _History] = OrderedDict()

    def __len__(self) -> int:
        """The number of kinds of answers that are known."""
        return len(self._histories)

    def ordinary(self, kind: Kind, length: int, seconds: float) -> None:
        """Note how long an answer took in which nothing was found; `length` is in characters."""
        history = self._histories.get(kind)
        if history is None:
            history = self._begun(kind)
        history.ordinary.append(_Timed(length, seconds))

    def delay(self, kind: Kind, length: int, seconds: float) -> float:
        """Return for how many seconds an answer must still be held that was refused or rewritten, 0 to `LONGEST`.

        `length` counts the characters that the client is about to see, and `seconds` is the time that has passed.
        """
        history = self._histories.get(kind) or self._begun(kind)
        self._histories.move_to_end(kind)
        usual = _durations(history.ordinary, length)
        own = _durations(history.changed, length)
        history.changed.append(_Timed(length, seconds))
        if len(usual) < FEWEST:
            return 0.0
        # While few changed answers are known, the ordinary ones say how quick this one is, which delays those alone
        # that are quicker than any ordinary answer.
        known = len(own) * _share(own, seconds) if own else 0.0
        share = (known + _TRUSTED * _share(usual, seconds)) / (len(own) + _TRUSTED)
        return min(max(0.0, _quantile(usual, share) - seconds), LONGEST)

    def _begun(self, kind: Kind) -> _History:
        while len(self._histories) >= _KINDS:
            self._histories.popitem(last=False)
        return self._histories.setdefault(kind, _History())


def _durations(answers: Iterable[_Timed], length: int) -> list[float]:
    """The durations of the answers nearest in length, in order."""
    nearest = sorted(answers, key=lambda answer: abs(answer.length - length))[:_NEAREST]
    return sorted(answer.seconds for answer in nearest)


def _share(durations: Sequence[float], seconds: float) -> float:
    """The share of durations that are shorter; those that are equal count half."""
    return (bisect_left(durations, seconds) + bisect_right(durations, seconds)) / 2 / len(durations)


def _quantile(durations: Sequence[float], share: float) -> float:
    """The duration that this share of them is shorter than, with straight lines between them."""
    place = min(max(share * len(durations) - 0.5, 0.0), len(durations) - 1.0)
    below = int(place)
    above = min(below + 1, len(durations) - 1)
    return durations[below] + (place - below) * (durations[above] - durations[below])
