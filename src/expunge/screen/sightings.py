"""The text under the screen, worked out once for all detectors."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import accumulate

from expunge.text.normalise import Token, fold, tokens
from expunge.types import EvidenceKind, Strength


@dataclass(slots=True)
class Reading:
    """A text in the forms that the detectors compare.

    `words` are the folded tokens, `squashed` the same without spaces, `starts` where each token starts
    in it. `spans` gives each token's place in the source and is worked out only when somebody asks.
    """

    source: str
    words: list[str] = field(init=False)
    squashed: str = field(init=False)
    starts: list[int] = field(init=False)
    _spans: list[Token] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        folded = fold(self.source)
        self.words = folded.split()
        self.squashed = folded.replace(" ", "")
        self.starts = [0, *accumulate(map(len, self.words))]

    @property
    def foreign(self) -> bool:
        """Whether any token is in another script than Latin."""
        return not self.squashed.isascii()

    @property
    def spans(self) -> list[Token]:
        """Each token with its place in the source."""
        if self._spans is None:
            self._spans = tokens(self.source)
        return self._spans

    def token_at(self, position: int) -> tuple[int, bool]:
        """The token that holds a position of `squashed`, and whether the position is that token's start."""
        index = bisect_left(self.starts, position)
        if index < len(self.starts) and self.starts[index] == position:
            return index, True
        return index - 1, False

    def gap(self, left: int) -> str:
        """What stands in the source between a token and the next."""
        return self.source[self.spans[left].end : self.spans[left + 1].start]

    def broken(self, first: int, last: int, breaks: str = ".!?;:\n|") -> bool:
        """Whether punctuation parts the tokens; the full stop of an initial or a title does not."""
        for index in range(first, last):
            gap = self.gap(index)
            if any(c in breaks for c in gap) and not (
                gap.startswith(".") and len(self.words[index]) <= 3 and "\n" not in gap
            ):
                return True
        return False

    def capitalised(self, index: int) -> bool:
        """Whether a token begins with a capital, or is in a script that has none."""
        first = self.source[self.spans[index].start]
        return first.isupper() or not first.islower()


@dataclass(frozen=True, slots=True)
class Sighting:
    """A detector's raw find: which target of the segment, where in the source, how sure."""

    target: int
    kind: EvidenceKind
    strength: Strength
    start: int
    end: int
    via: str = ""
    score: float = 1.0
