"""Scrubbing one part: the same wherever it is done, in this process, in another, or on another machine."""

from __future__ import annotations

import hashlib
import traceback
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from expunge.async_unlearner import Scrubbed
from expunge.corpus.columns import Columns
from expunge.corpus.lines import rows_of
from expunge.corpus.parquet import Slice
from expunge.corpus.parts import Counts, Kind, Order, Part, PartDone, PartFailed, Result
from expunge.errors import ExpungeError, ScrubStopped, UsageError
from expunge.reasons import unreadable
from expunge.settings import Settings
from expunge.text.segment import sentences
from expunge.types import Decision, Snapshot
from expunge.unlearner import Unlearner

ScrubMany = Callable[[Sequence[str]], Sequence[Scrubbed]]


def mark_of(snapshot: Snapshot) -> str:
    """Names the targets of a snapshot: a digest of their ids and revisions."""
    digest = hashlib.blake2b(str(snapshot.revision).encode(), digest_size=16)
    for line in sorted(f"{target.id} {target.revision}\n" for target in snapshot):
        digest.update(line.encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class _Clean:
    """The result for a text."""

    text: str
    decision: Decision
    targets: tuple[str, ...]


def scrub_part(part: Part, order: Order, scrub_many: ScrubMany) -> PartDone:
    """Scrub a part.

    Raises:
        ImportFailed: if a line is malformed.
        ScrubStopped: if a text could not be judged.
        UsageError: if the file cannot be read.
    """
    columns = Columns(order.columns)
    if part.kind is Kind.PARQUET:
        data, counts = _parquet(part, order, columns, scrub_many)
    else:
        data, counts = _lines(part, order, columns, scrub_many)
    return PartDone(part, data, counts, frozenset(columns.seen))


def _lines(part: Part, order: Order, columns: Columns, scrub_many: ScrubMany) -> tuple[bytes, Counts]:
    with part.path.open("rb") as reader:
        reader.seek(part.start)
        data = reader.read(part.end - part.start)
    rows = rows_of(part, data, columns)
    clean = _cleaned([text for row in rows for text in row.texts], scrub_many)
    out: list[bytes] = []
    total = Counts()
    for row in rows:
        if not row.source.strip():
            out.append(row.with_texts(row.texts))
            continue
        became = [clean[text] for text in row.texts]
        counts = _counted(row.texts, became)
        total += counts
        if not (order.drop_rows and counts.emptied):
            out.append(row.with_texts([c.text for c in became]))
    return b"".join(out), total


def _parquet(part: Part, order: Order, columns: Columns, scrub_many: ScrubMany) -> tuple[bytes, Counts]:
    piece = Slice(part, columns)
    rows = piece.texts()
    clean = _cleaned([text for row in rows for text in row], scrub_many)
    total = Counts()
    kept: list[bool] = []
    for row in rows:
        counts = _counted(row, [clean[text] for text in row])
        total += counts
        kept.append(not (order.drop_rows and counts.emptied))
    return piece.with_texts([[clean[text].text for text in row] for row in rows], kept), total


def _counted(old: Sequence[str], became: Sequence[_Clean]) -> Counts:
    """The counts of one row."""
    judged = [clean for text, clean in zip(old, became, strict=True) if text.strip()]
    decisions = Counter(clean.decision for clean in judged)
    return Counts(
        rows=1,
        changed=int(any(text != clean.text for text, clean in zip(old, became, strict=True))),
        emptied=int(decisions[Decision.REFUSED] > 0),
        passed=decisions[Decision.PASSED],
        rewritten=decisions[Decision.REWRITTEN],
        refused=decisions[Decision.REFUSED],
        targets=dict(Counter(target for clean in judged for target in clean.targets)),
    )


def _cleaned(texts: Sequence[str], scrub_many: ScrubMany) -> dict[str, _Clean]:
    """Return the result for each different text."""
    cut = {text: list(blocks(text)) if text.strip() else [text] for text in dict.fromkeys(texts)}
    bodies = [b for b in dict.fromkeys(block.rstrip() for pieces in cut.values() for block in pieces) if b]
    scrubbed = dict(zip(bodies, scrub_many(bodies), strict=True))
    for failed in (s.failed for s in scrubbed.values()):
        if failed:
            raise ScrubStopped(
                f"A text could not be judged ({failed}). What was done is kept: mend what failed and run it again."
            )
    return {text: _joined(text, pieces, scrubbed) for text, pieces in cut.items()}


def _joined(text: str, pieces: Sequence[str], scrubbed: dict[str, Scrubbed]) -> _Clean:
    """The text from its scrubbed blocks; the white space between them stays."""
    out: list[str] = []
    found: list[str] = []
    for piece in pieces:
        body = piece.rstrip()
        if not body:
            out.append(piece)
            continue
        became = scrubbed[body]
        out.append(became.text + piece[len(body) :])
        if became.decision is not Decision.PASSED:
            found.extend(became.targets)
    clean = "".join(out)
    targets = tuple(dict.fromkeys(found))
    if clean == text:
        return _Clean(text, Decision.PASSED, ())
    return _Clean(clean, Decision.REWRITTEN, targets) if clean.strip() else _Clean("", Decision.REFUSED, targets)


class Worker:
    """Scrubs parts by an order, with an unlearner of its own that is opened at the first of them."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._unlearner: Unlearner | None = None
        self._snapshot = Snapshot()

    def __call__(self, part: Part) -> Result:
        """The scrubbed part, or what went wrong, without a text and without a trace of one."""
        try:
            return scrub_part(part, self._order, self._scrub_many())
        except ExpungeError as error:
            return PartFailed(part, type(error).__name__, str(error))
        except OSError as error:
            return PartFailed(part, UsageError.__name__, unreadable(part.path, error))
        except Exception as error:  # noqa: BLE001 - the edge of a process: what it says may hold a text
            return PartFailed(part, ExpungeError.__name__, _internal(error))

    def close(self) -> None:
        """Close the unlearner."""
        if self._unlearner is not None:
            self._unlearner.close()
            self._unlearner = None

    def _scrub_many(self) -> ScrubMany:
        if self._unlearner is None:
            # Validated anew, so that what only this machine's environment tells counts here.
            unlearner = Unlearner.open(Settings(**self._order.settings.model_dump()))
            self._snapshot = unlearner.snapshot
            # Else each process of the run would embed the same facts, and parts would be scrubbed by more or less.
            unlearner.targets.leave_pending()
            self._unlearner = unlearner
        if mark_of(self._snapshot) != self._order.mark:
            raise ScrubStopped("The targets changed while the run began; run it again, so that all is scrubbed alike.")
        opened, snapshot = self._unlearner, self._snapshot
        return lambda texts: opened.scrub_many(texts, snapshot=snapshot)


def _internal(error: Exception) -> str:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "expunge" in Path(f.filename).parts]
    place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"Internal error: {type(error).__name__}{place}. Please report this line."


def results_of(parts: Iterator[Part], order: Order) -> Generator[Result]:
    """The engine of one worker: everything in this process, part after part."""
    worker = Worker(order)
    try:
        for part in parts:
            yield worker(part)
    finally:
        worker.close()


SHORT = 2_000
"""Characters up to which a text is one block."""
_LONGEST = 8_000
_MOST_SENTENCES = 100


def blocks(text: str) -> Iterator[str]:
    """The text in pieces that end between sentences; joined, they are the text."""
    if len(text) <= SHORT:
        yield text
        return
    start, count = 0, 0
    for sentence in sentences(text):
        if sentence.start > start and (count >= _MOST_SENTENCES or sentence.end - start > _LONGEST):
            yield text[start : sentence.start]
            start, count = sentence.start, 0
        count += 1
    yield text[start:]
