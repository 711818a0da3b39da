"""Takes targets out of any JSON value: its strings are read and rewritten, its keys and its form stay.

Strings are judged one by one, and then together, since a name may be spread over several. An object that names a
target is about the target, so that nothing in it stays but its keys. What cannot be judged is withheld.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from expunge.agents.rules.json_values import NAME_KEY, OWN_NAME
from expunge.errors import ModelReplyError
from expunge.gateway.apis.binary import DATA_KEYS, is_data, text_within
from expunge.gateway.apis.texts import boundaries
from expunge.pipeline import Outcome
from expunge.types import NOTHING_PENDING, Decision, Draft, Step, Trace

Judge = Callable[[Sequence[Draft]], Awaitable[Sequence[Outcome]]]
"""Decides about drafts, each by itself."""
MOST_STRINGS = 10_000
"""Different strings of a value that are judged; of more, nothing is let through."""
_DEEPEST = 100
_NAME = 80
"""Characters that a name has at most."""
_ROUNDS = 2
"""How often strings are blanked that tell something together, until all are withheld."""
_EVIDENCE = 100
"""Pieces of evidence of one value that are written down."""


@dataclass(frozen=True, slots=True)
class ScrubbedJson:
    """A value of the same form without targets; where it was refused, nothing is left of it but its form.

    `outcomes` are those of its strings. `failed` names the class of the error if it could not be judged. `stuck` says
    that something that must stay as it is disclosed a target, so that the value as a whole is not to be used.
    """

    value: Any
    decision: Decision
    outcomes: tuple[Outcome, ...] = ()
    failed: str = ""
    stuck: bool = False

    @property
    def targets(self) -> tuple[str, ...]:
        """The ids of the targets that it disclosed, each once."""
        return tuple(dict.fromkeys(target for outcome in self.outcomes for target in outcome.targets))


@dataclass(frozen=True, slots=True)
class Keep:
    """The parts of a value that are left alone.

    Strings under the keys `fixed` are read and never changed: if one discloses a target, the item of a list in which it
    stands is left out, or else the value is stuck. Those under `labels` are read and changed, but stay where what is
    beside them goes. Strings that equal one of `sent` are not read, since whoever gets the value sent them.
    """

    fixed: Collection[str] = ()
    labels: Collection[str] = ()
    sent: Collection[str] = ()


@dataclass(slots=True)
class _Leaf:
    """A key, a string or another scalar. `owner` is the object it stands in, `element` the item of a list."""

    value: Any
    key: str
    owner: int
    element: int
    read: str = ""
    """What is judged of it, "" if nothing is."""
    is_key: bool = False
    fixed: bool = False
    """Whether it cannot be rewritten."""
    label: bool = False
    """Whether it says nothing of what it stands beside, so that it stays where that goes."""
    new: Any = None
    refused: bool = False
    end: int = 0
    """Of a key, the number of the leaf after those that it holds."""


@dataclass(slots=True)
class _Object:
    """An object, or a row of scalars: its own leaves, the stretch of all leaves in it, and the objects in it."""

    key: str
    parent: int
    start: int
    end: int = 0
    own: list[int] = field(default_factory=list)
    inner: list[int] = field(default_factory=list)
    flat: bool = True
    in_list: bool = False


_Place = tuple[int, int, _Leaf]
"""Where a leaf stands in the text of all."""


class _Document:
    """A value taken apart into leaves, and put together again from what is left of them."""

    def __init__(self, value: Any, keep: Keep) -> None:
        self.leaves: list[_Leaf] = []
        self.objects: list[_Object] = []
        self.rows: list[_Object] = []
        """Lists of scalars in a list, as the rows of a table."""
        self.gone: set[int] = set()
        """Items of lists that are left out."""
        self.stuck = False
        self._keep = keep
        self._value = value
        self._outer = [-1]
        self._take(value, "", -1, 0, 0, in_list=False)

    def _take(self, value: Any, key: str, owner: int, element: int, depth: int, *, in_list: bool) -> None:
        if depth > _DEEPEST:
            raise ModelReplyError("The JSON is nested too deeply to be read.")
        if isinstance(value, dict):
            entry = _Object(key, owner, len(self.leaves), in_list=in_list)
            at = len(self.objects)
            self.objects.append(entry)
            if owner >= 0:
                self.objects[owner].inner.append(at)
            for name, part in value.items():
                holds = _Leaf(name, name, at, element, read=name, is_key=True, new=name)
                self.leaves.append(holds)
                entry.flat = entry.flat and not isinstance(part, dict | list)
                self._take(part, name, at, element, depth + 1, in_list=False)
                holds.end = len(self.leaves)
            entry.end = len(self.leaves)
        elif isinstance(value, list):
            if in_list:
                start = len(self.leaves)
                row = [start + at for at, item in enumerate(value) if not isinstance(item, dict | list)]
                if len(row) == len(value):
                    self.rows.append(_Object(key, owner, start, start + len(value), row))
            for item in value:
                self._outer.append(element)
                self._take(item, key, owner, len(self._outer) - 1, depth + 1, in_list=True)
        else:
            if owner >= 0 and not in_list:
                self.objects[owner].own.append(len(self.leaves))
            self.leaves.append(self._leaf(value, key, owner, element))

    def _leaf(self, value: Any, key: str, owner: int, element: int) -> _Leaf:
        leaf = _Leaf(value, key, owner, element, new=value)
        if isinstance(value, str):
            leaf.label = key in self._keep.labels or value in self._keep.sent
            if value not in self._keep.sent:
                leaf.read = text_within(value) if key in DATA_KEYS or is_data(value) else value
                leaf.fixed = leaf.read != value or key in self._keep.fixed
        return leaf

    def blank(self, leaf: _Leaf) -> None:
        """Leave nothing of a leaf; one that must stay as it is takes along the item of a list in which it stands."""
        if leaf.is_key:
            return
        if not (leaf.fixed and self._keep.fixed):
            leaf.new = "" if isinstance(leaf.value, str) else None
        elif leaf.element:
            self.gone.add(leaf.element)
        else:
            self.stuck = True

    def blank_object(self, entry: _Object) -> None:
        """Leave nothing of what an object says."""
        for leaf in self.leaves[entry.start : entry.end]:
            if not leaf.label:
                self.blank(leaf)

    def without_member(self, key: _Leaf, at: int) -> None:
        """Leave out a member of an object whose key discloses a target."""
        key.refused = True
        for leaf in self.leaves[at + 1 : key.end]:
            leaf.new = "" if isinstance(leaf.value, str) else None

    def blank_all(self) -> None:
        """Leave nothing but the form."""
        self.stuck = self.stuck or bool(self._keep.fixed)
        for leaf in self.leaves:
            if not leaf.is_key:
                leaf.new = "" if isinstance(leaf.value, str) else None

    def is_gone(self, leaf: _Leaf) -> bool:
        """Whether a leaf stands in an item that is left out."""
        at = leaf.element
        while at > 0:
            if at in self.gone:
                return True
            at = self._outer[at]
        return False

    def written(self) -> Any:
        """The value of what is left."""
        leaves = iter(self.leaves)
        items = iter(range(1, len(self._outer)))

        def write(value: Any) -> Any:
            if isinstance(value, dict):
                members = [(next(leaves), write(part)) for part in value.values()]
                return {key.value: part for key, part in members if not key.refused}
            if isinstance(value, list):
                kept = [(next(items), write(item)) for item in value]
                return [item for number, item in kept if number not in self.gone]
            return next(leaves).new

        return write(self._value)

    def readings(self) -> list[tuple[str, list[_Place]]]:
        """Return what is left as one text, with labels and without them: they stand between what is read in a row."""
        readings = [self._rendered(self.leaves)]
        plain = [leaf for leaf in self.leaves if not leaf.label]
        if len(plain) < len(self.leaves):
            readings.append(self._rendered(plain))
        return [reading for reading in readings if reading[0]]

    def _rendered(self, leaves: Sequence[_Leaf]) -> tuple[str, list[_Place]]:
        """A line for each leaf, and where each stands in the text."""
        pieces: list[str] = []
        places: list[_Place] = []
        at = 0
        for leaf in leaves:
            said = self._said(leaf)
            if said:
                lead = f"{leaf.key}: " if leaf.key else ""
                pieces.append(f"{lead}{said}\n")
                places.append((at + len(lead), at + len(lead) + len(said), leaf))
                at += len(pieces[-1])
        return "".join(pieces), places

    def says_something(self) -> bool:
        """Whether any text is left."""
        return any(leaf.read and not leaf.label and self._said(leaf).strip() for leaf in self.leaves)

    def _said(self, leaf: _Leaf) -> str:
        if leaf.is_key or leaf.new in (None, "") or isinstance(leaf.new, bool) or self.is_gone(leaf):
            return ""
        if isinstance(leaf.new, str):
            return leaf.read if leaf.fixed or not leaf.read else leaf.new
        return json.dumps(leaf.new)


async def scrub_json(value: Any, judge: Judge, keep: Keep = Keep()) -> ScrubbedJson:
    """Scrub a JSON value. Keys that disclose a target are left out, with what they hold."""
    try:
        document = _Document(value, keep)
    except ModelReplyError as error:
        return ScrubbedJson(None, Decision.REFUSED, failed=type(error).__name__, stuck=True)
    strings = list(dict.fromkeys(leaf.read for leaf in document.leaves if leaf.read.strip()))
    if not strings:
        return ScrubbedJson(value, Decision.PASSED)
    if len(strings) > MOST_STRINGS:
        document.blank_all()
        return ScrubbedJson(document.written(), Decision.REFUSED, failed="OverBudget", stuck=document.stuck)
    outcomes = list(await judge([Draft(string) for string in strings]))
    _apply(document, dict(zip(strings, outcomes, strict=True)))
    if len(strings) > 1:
        outcomes += await _together(document, judge)
    written = document.written()
    if document.stuck:
        decision = Decision.REFUSED
    elif written == value:
        decision = Decision.PASSED
    else:
        decision = Decision.REWRITTEN if document.says_something() else Decision.REFUSED
    failed = next((outcome.trace.failure for outcome in outcomes if outcome.trace.failure), "")
    return ScrubbedJson(written, decision, tuple(outcomes), failed, document.stuck)


def merged(scrubbed: ScrubbedJson) -> Outcome:
    """Return what was decided about a value as a whole, with the evidence in its strings."""
    traces = [outcome.trace for outcome in scrubbed.outcomes if outcome.decision is not Decision.PASSED]
    evidence = tuple(seen for trace in traces for seen in trace.evidence)[:_EVIDENCE]
    pending = max(
        (one.trace.pending for one in scrubbed.outcomes), key=lambda count: count.facts, default=NOTHING_PENDING
    )
    screened = Step("screen", "code", 0.0, evidence=evidence, pending=pending)
    failure = (Step("failure", "code", 0.0, failure=scrubbed.failed),) if scrubbed.failed else ()
    return Outcome("", scrubbed.decision, scrubbed.targets, Trace((screened, *failure)))


def _apply(document: _Document, outcomes: Mapping[str, Outcome]) -> None:
    """Rewrite each leaf by what was decided of it, and leave nothing of the objects that are about a target."""
    for at, leaf in enumerate(document.leaves):
        outcome = outcomes.get(leaf.read)
        if outcome is None or outcome.decision is Decision.PASSED:
            continue
        if leaf.is_key:
            document.without_member(leaf, at)
        elif leaf.fixed or outcome.decision is Decision.REFUSED:
            leaf.refused = True
            document.blank(leaf)
        elif leaf.new == leaf.value:
            leaf.new = outcome.text
    _blank_records(document)


def _blank_records(document: _Document) -> None:
    """Leave nothing of objects and rows that are about a target."""
    for entry in document.objects:
        if _is_about_target(document, entry):
            document.blank_object(entry)
    for row in document.rows:
        if any(leaf.refused and len(leaf.value) <= _NAME for leaf in _texts_of(document, row)):
            document.blank_object(row)


def _is_about_target(document: _Document, entry: _Object) -> bool:
    """Whether what names an object, or where nothing does the first of its texts, is a target."""
    texts = _texts_of(document, entry)
    naming = [leaf for leaf in texts if NAME_KEY.fullmatch(leaf.key)]
    # A name may be an object of its parts itself.
    parts = [inner for at in entry.inner if OWN_NAME.fullmatch((inner := document.objects[at]).key)]
    naming += [leaf for inner in parts for leaf in _texts_of(document, inner)]
    first = texts[:1] if entry.flat else []
    if any(leaf.refused and len(leaf.value) <= _NAME for leaf in naming or first):
        return True
    named = any(OWN_NAME.fullmatch(leaf.key) and not leaf.refused for leaf in texts)
    return entry.in_list and entry.flat and not named and any(leaf.refused for leaf in texts)


def _texts_of(document: _Document, entry: _Object) -> list[_Leaf]:
    own = (document.leaves[at] for at in entry.own)
    return [leaf for leaf in own if isinstance(leaf.value, str) and leaf.value]


async def _together(document: _Document, judge: Judge) -> list[Outcome]:
    """Withhold what the rest of the strings tell only together, or all of it if that does not help."""
    seen: list[Outcome] = []
    for last in (False,) * _ROUNDS + (True,):
        readings = document.readings()
        met = [[text[start:end] for start, end, _ in places] for text, places in readings]
        drafts = [Draft(text) for text, _ in readings]
        drafts += [Draft("", tool_calls=tuple(boundaries(texts))) for texts in met]
        outcomes = list(await judge(drafts)) if drafts else []
        seen += outcomes
        if all(outcome.decision is Decision.PASSED for outcome in outcomes):
            break
        touched: list[_Leaf] = []
        for at, (_, places) in enumerate(readings if not last else ()):
            touched += _touched(outcomes[at], places)
            if outcomes[len(readings) + at].decision is not Decision.PASSED:
                touched += await _meeting(places, met[at], judge)
        if not touched:
            document.blank_all()
            break
        for leaf in touched:
            leaf.refused = True
            document.blank(leaf)
        _blank_records(document)
    return seen


def _touched(outcome: Outcome, places: Sequence[_Place]) -> Iterator[_Leaf]:
    """The leaves in which any of the evidence in their common text lies."""
    if outcome.decision is Decision.PASSED:
        return
    spans = [(e.start, e.end) for e in outcome.trace.evidence if e.channel == "draft" and e.end > e.start]
    for start, end, leaf in places:
        if any(first < end and last > start for first, last in spans):
            yield leaf


async def _meeting(places: Sequence[_Place], met: Sequence[str], judge: Judge) -> list[_Leaf]:
    """Pairs of neighbouring leaves that tell something where they meet."""
    said = [at for at, text in enumerate(met) if text.strip()]
    pairs = list(pairwise(said))
    drafts = [Draft("", tool_calls=tuple(boundaries([met[one], met[other]]))) for one, other in pairs]
    decided = await judge(drafts) if drafts else ()
    found = [pair for pair, outcome in zip(pairs, decided, strict=True) if outcome.decision is not Decision.PASSED]
    return [places[at][2] for pair in found for at in pair]
