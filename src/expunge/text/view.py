"""A text that was uncovered inside another one, and where it came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class View:
    """Plain text (not normalised) uncovered from the characters `start` to `end` of a source text.

    `via` names the encodings from the outermost inwards ("base64", "base64>rot13", "acrostic").
    `weak` marks letter games that yield some text for any prose, so that only a long and certain match
    in them counts. Acrostics and other skips run words together: compare without spaces.
    `offsets` gives, for each character of `text`, its place in the source, where that is known.
    """

    text: str
    start: int
    end: int
    via: str
    weak: bool = False
    offsets: Callable[[], Sequence[int]] | None = field(default=None, compare=False, repr=False)
    _places: Sequence[int] | None = field(default=None, init=False, compare=False, repr=False)

    def locate(self, start: int, end: int) -> tuple[int, int]:
        """The span of the source that `text[start:end]` came from; the whole span where it is not known closer."""
        if self.offsets is None or start >= end:
            return self.start, self.end
        if self._places is None:
            # Worked out once: there may be a sighting for each word.
            object.__setattr__(self, "_places", self.offsets())
        places = (self._places or ())[start:end]
        if not places:
            return self.start, self.end
        return min(places), max(places) + 1
