"""What was found in a text, for as long as the same targets are in force: system prompts and earlier turns come again
with each request."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable

from expunge.screen.matches import Sighting
from expunge.types import Target

Found = tuple[tuple[Target, Sighting], ...]
_MOST = 4_096


class Remembered:
    """The findings in the last texts read. Texts are kept as digests only. Safe to use from several threads."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._found: OrderedDict[bytes, Found] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, text: str, way: str, find: Callable[[], Found]) -> Found:
        """What is found in a text when it is read in this way; looked for only if it is not known."""
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, person=way.encode()).digest()
        with self._lock:
            known = self._found.get(digest)
            if known is not None:
                self._found.move_to_end(digest)
                return known
        found = find()
        with self._lock:
            self._found[digest] = found
            if len(self._found) > self._most:
                self._found.popitem(last=False)
        return found
