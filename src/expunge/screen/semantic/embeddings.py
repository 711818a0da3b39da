"""Vectors of facts, computed once: kept in memory and, through a `VectorStore`, beside the targets."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from expunge.errors import ModelReplyError, RegistryError
from expunge.text.budget import give_way, giving_way
from expunge.text.segment import before_list
from expunge.types import Fact, Target, TargetKind

T = TypeVar("T")
Vectors = NDArray[np.float32]
MANY = 20_000
"""Vectors from which they are kept in 8 bits a number, and no longer all measured."""
_LOADED_AT_ONCE = 1_000
"""Targets whose vectors are loaded or stored together."""
_EMBEDDED_AT_ONCE = 256
"""Texts that are embedded together, those of one target in any case: of so many most have others of their length."""
_STORED_AFTER = 2.0
"""Seconds of embedding that are lost, at most, if it is stopped."""
_LARGE = 8_000_000
"""Bytes of vectors from which they are held once only."""
_FREE = 4
"""Of very many rows there are a fourth more, which cost nothing until they are taken."""
_STEPS = 32_767
_FEW_STEPS = 127
_NEAR = 256
"""Vectors that are read together where each is needed once."""
_FIXED = b"\x03"
_PART = re.compile(r"[:;,.\n、。，；：،؛]+(?=\s|$)|[、。，；：]")
_MOST_PARTS = 40
_MOST_TERMS = 40
"""Terms of a topic that are compared by meaning, the first; the others are matched by name alone. A long list of terms
draws a topic towards whatever is near any of them: with 80 more the one about attacks on computers finds .69, not .87,
of the questions of a tuning part at as many false alarms."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Vectors as they are kept: whole numbers, and how much a step of each vector's is.

    With 16 bits a number a cosine is off by less than .0005; with 8 bits by .0004 on average and .002 at most.
    """

    codes: NDArray[np.int16] | NDArray[np.int8]
    steps: Vectors

    @classmethod
    def unknown(cls, count: int, dimensions: int) -> Rows:
        """Rows of zeros, for vectors that are not known yet: in 8 bits where there are many."""
        shape, steps = (count, dimensions), np.zeros(count, dtype=np.float32)
        if count > MANY:
            return cls(np.zeros(shape, dtype=np.int8), steps)
        return cls(np.zeros(shape, dtype=np.int16), steps)

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, part: slice) -> Rows:
        return Rows(self.codes[part], self.steps[part])

    @property
    def shape(self) -> tuple[int, int]:
        """Return the number of vectors, and of the numbers in each."""
        return len(self.codes), int(self.codes.shape[1])

    @property
    def nbytes(self) -> int:
        """Bytes that the numbers take."""
        return self.codes.nbytes

    def put(self, start: int, rows: Rows) -> None:
        """Let these rows take the places from `start` on."""
        end = start + len(rows)
        if self.codes.dtype == np.int8 and rows.codes.dtype != np.int8:
            rows = _rounded(rows)
        self.codes[start:end] = rows.codes
        self.steps[start:end] = rows.steps

    def known(self) -> NDArray[np.intp]:
        """The numbers of the rows that hold a vector."""
        return np.flatnonzero(self.steps)

    def vectors(self, numbers: NDArray[np.signedinteger] | slice) -> Vectors:
        """Some of the vectors."""
        vectors: Vectors = self.codes[numbers].astype(np.float32)
        vectors *= self.steps[numbers, None]
        return vectors

    def measured(self, numbers: NDArray[np.signedinteger], vector: Vectors) -> Vectors:
        """The products of some of the vectors with another one."""
        products: Vectors = np.empty(len(numbers), dtype=np.float32)
        # A few at a time, so that they stay near to the processor.
        for start in range(0, len(numbers), _NEAR):
            some = self.codes.take(numbers[start : start + _NEAR], axis=0).astype(np.float32)
            np.matmul(some, vector, out=products[start : start + _NEAR])
        products *= self.steps.take(numbers)
        return products


NO_ROWS = Rows(np.zeros((0, 1), dtype=np.int16), np.zeros(0, dtype=np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Rows that hold the vectors of very many targets, and free ones for more.

    `places` says for each target, by id, from which row on its own are; from `end` on rows are free.
    """

    rows: Rows
    places: Mapping[str, int]
    end: int


class Embedder(Protocol):
    """The part of an embedding model that the screen needs (see `expunge.models.base.EmbeddingModel`)."""

    @property
    def name(self) -> str:
        """Identifies the vector space."""
        ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimensions), float32."""
        ...


class StaticVectors(Protocol):
    """Vectors of texts that are made of their words alone, for a sieve (see `expunge.models.e5.static`)."""

    def pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """The pieces of words that each text is made of, by number; none where no word is known."""
        ...

    def rarity(self, pieces: NDArray[np.int32]) -> Vectors:
        """Return how rare each piece is, from 0 to 1."""
        ...

    def of_pieces(self, pieces: Sequence[list[int]]) -> Vectors:
        """A unit vector for the pieces of each text; zeros for none."""
        ...

    def of_vectors(self, vectors: Vectors) -> Vectors:
        """Unit vectors to compare those of texts with, for the model's vectors of other texts."""
        ...


@runtime_checkable
class HasStatic(Protocol):
    """An embedding model that may have static vectors."""

    async def static(self) -> StaticVectors | None:
        """The static vectors, None where there are none."""
        ...


class VectorStore(Protocol):
    """Keeps the vectors of targets between processes; the registry does."""

    def get_vectors(self, space: str, digests: Mapping[str, str]) -> Mapping[str, bytes]:
        """By target id, what was stored in a vector space under this digest of the target's texts."""
        ...

    def put_vectors(self, space: str, entries: Mapping[str, tuple[str, bytes]]) -> None:
        """Store, by target id, the digest of the target's texts and their vectors; removed targets are skipped."""
        ...


def fact_text(fact: Fact) -> str:
    """The text by which a fact is compared: the statement, with the question before it where it is too short alone."""
    if fact.question and len(fact.text.split()) < 6:
        return f"{fact.question} {fact.text}"
    return fact.text


def texts_of(target: Target) -> tuple[str, ...]:
    """Everything of a target that is compared by meaning: facts, their questions, the description.

    A topic's facts are its example questions, which come first, one with choices followed by itself without them; its
    name, its first terms and each part of its description are asked about, too.
    """
    if target.kind is TargetKind.TOPIC:
        texts = list(_examples(target))
    else:
        texts = [fact_text(fact) for fact in target.facts]
        texts += [fact.question for fact in target.facts if fact.question]
    if target.description:
        texts.append(target.description)
    if target.kind is TargetKind.TOPIC:
        named = (target.name, *target.aliases[:_MOST_TERMS], *_parts(target.description))
        texts += [f"What is {part}?" for part in named]
    return tuple(dict.fromkeys(text for text in texts if text.strip()))


def forms_of(example: str) -> tuple[str, ...]:
    """An example question as asked and, if choices follow it, without them."""
    lead = before_list(example)
    return (example, lead) if lead and lead != example.strip() else (example,)


def example_numbers(topic: Target) -> tuple[int, ...]:
    """Of which example each of the first texts of a topic is a form."""
    return tuple(_examples(topic).values())


def _examples(topic: Target) -> dict[str, int]:
    """The forms of a topic's examples, each with the number of its example; forms of one stand together."""
    numbers: dict[str, int] = {}
    for number, fact in enumerate(topic.facts):
        for form in (*forms_of(fact_text(fact)), *((fact.question,) if fact.question else ())):
            numbers.setdefault(form, number)
    return numbers


def _parts(description: str) -> list[str]:
    parts = (part.strip() for part in _PART.split(description))
    return [part for part in parts if len(part) > 2][:_MOST_PARTS]


def digest_of(target: Target) -> str:
    """Names the texts of a target: BLAKE2b over them, 16 bytes in hex."""
    return _digest(texts_of(target))


def _digest(texts: Sequence[str]) -> str:
    joined = "\0".join(texts)
    return hashlib.blake2b(joined.encode("utf-8", "replace"), digest_size=16).hexdigest()


class FactEmbeddings:
    """Vectors of targets' texts, from memory, the store, or the model, in that order.

    `teacher` works out those of targets: the same model as `embedder`, without its memory.

    They are kept as whole numbers, since those of half a million facts must fit into memory.
    May be used by several threads and event loops at once.
    """

    def __init__(self, embedder: Embedder, store: VectorStore | None = None, teacher: Embedder | None = None) -> None:
        self._lengths = Lengths()
        self._embedder = Checked(embedder, self._lengths)
        # What a target's texts leave in a memory for passing texts would make a question in the same words quicker.
        self._teacher = Checked(teacher or embedder, self._lengths)
        self._store = store
        # By target id the digest of its texts, the rows among which its own are, and where these begin.
        self._memory: dict[str, tuple[str, Rows, int]] = {}

    @property
    def embedder(self) -> Embedder:
        """The model behind the vectors."""
        return self._embedder

    @property
    def stores(self) -> bool:
        """Whether vectors are kept in a store, and not in memory alone."""
        return self._store is not None

    @property
    def model_answered(self) -> bool:
        """Whether the model has given a vector, so that it is loaded if it lies in this process."""
        return self._lengths.given > 0

    async def of(self, targets: Sequence[Target]) -> Rows:
        """Vectors of all texts of the targets, in order: shape (sum of len(texts_of(t)), dimensions).

        Raises:
            ModelError: if some must be worked out and the embedding model fails.
        """
        rows, missing = self.known(targets)
        if missing:
            await self.work_out(missing)
            rows, _ = self.known(targets)
        return rows

    async def static(self) -> StaticVectors | None:
        """The model's static vectors, where it has some."""
        model = self._embedder.inner
        return await model.static() if isinstance(model, HasStatic) else None

    def known(self, targets: Sequence[Target]) -> tuple[Rows, list[Target]]:
        """The vectors that need not be worked out, in order, zeros for the others; and the targets that lack theirs.

        Of no target known, there are no rows.
        """
        wanted = [told for told in map(_Told.of, giving_way(targets)) if told.count]
        rows: Rows | None = None
        end = 0
        missing: list[Target] = []
        for some in _chunks(wanted, _LOADED_AT_ONCE):
            give_way()
            found = self._looked_up(some)
            for told in some:
                start, end = end, end + told.count
                own = found.get(told.target.id)
                if own is None:
                    missing.append(told.target)
                    continue
                if rows is None:
                    rows = Rows.unknown(sum(told.count for told in wanted), own.shape[1])
                    self._lengths.kept = own.shape[1]
                rows.put(start, own)
                self._memory[told.target.id] = told.digest, rows, start
        if rows is None:
            return NO_ROWS, missing
        if rows.nbytes > _LARGE:
            self._forget_all_but(rows)
        return rows, missing

    def placed(
        self, targets: Sequence[Target], before: Placed | None, put: Callable[[int, Rows], None]
    ) -> tuple[Placed | None, list[Target]]:
        """The same for very many targets, in rows where most of them are already.

        Those that `before` holds stay where they are, and `put` is given what goes into its free rows. Where these are
        not enough, all are put into new ones. Of no target known, there are none.
        """
        wanted = [told for told in map(_Told.of, giving_way(targets)) if told.count]
        places: dict[str, int] = {}
        new: list[_Told] = []
        for told in giving_way(wanted):
            own = before.places.get(told.target.id) if before is not None else None
            if own is not None and before is not None and self._holds(told, before.rows, own):
                places[told.target.id] = own
            else:
                new.append(told)
        if before is not None and before.end + sum(told.count for told in new) > len(before.rows):
            return self.placed(targets, None, put)
        if before is not None:
            self._forget_all_but_these(before, places)
        rows = None if before is None else before.rows
        end = 0 if before is None else before.end
        missing: list[Target] = []
        held: list[tuple[_Told, int]] = []
        for some in _chunks(new, _LOADED_AT_ONCE):
            give_way()
            found = self._looked_up(some)
            for told in some:
                start, end = end, end + told.count
                places[told.target.id] = start
                known = found.get(told.target.id)
                if known is None:
                    missing.append(told.target)
                    continue
                if rows is None:
                    count = sum(told.count for told in wanted)
                    rows = Rows.unknown(count + count // _FREE, known.shape[1])
                    self._lengths.kept = known.shape[1]
                if before is None:
                    rows.put(start, known)
                else:
                    put(start, known)
                held.append((told, start))
        if rows is None:
            return None, missing
        # Not before all of it went well: another attempt would put others there.
        self._memory.update({told.target.id: (told.digest, rows, start) for told, start in held})
        self._forget_all_but(rows)
        return Placed(rows, places, end), missing

    def _forget_all_but_these(self, before: Placed, places: Mapping[str, int]) -> None:
        """Let nothing be near to the rows of targets that are in force no longer, or with other texts."""
        ends: NDArray[np.int64] | None = None
        for target_id, start in giving_way(before.places.items()):
            if target_id in places:
                continue
            if ends is None:
                ends = np.sort(np.fromiter(before.places.values(), dtype=np.int64, count=len(before.places)))
            after = int(ends.searchsorted(start, side="right"))
            held = self._memory.get(target_id)
            if held is not None and held[1] is before.rows:
                del self._memory[target_id]
            # What lies between two targets' rows is nobody's any more.
            before.rows.steps[start : int(ends[after]) if after < len(ends) else before.end] = 0

    def _holds(self, told: _Told, rows: Rows, start: int) -> bool:
        """Whether the vectors of a target's texts are known to lie in some rows from one on."""
        held = self._memory.get(told.target.id)
        return held is not None and held[0] == told.digest and held[1] is rows and held[2] == start

    async def work_out(
        self,
        targets: Sequence[Target],
        *,
        keep: bool = True,
        each: Callable[[Target, Rows], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Embed and store what is not known of the targets, a few at a time, so that little is lost if it is stopped.

        Args:
            targets: the targets; of those whose vectors are stored meanwhile nothing is embedded.
            keep: whether to have the vectors in memory as well.
            each: told of each target and its vectors as soon as they are there.
            progress: told how many of the targets are done, and how many there are.

        Raises:
            ModelError: if the embedding model fails; what was embedded before stays.
        """
        done = 0
        fresh: dict[str, tuple[str, bytes]] = {}
        stored_at = time.monotonic()
        try:
            for some in _by_texts(map(_Told.of, targets), _EMBEDDED_AT_ONCE):
                found = self._looked_up(some)
                if found and not self._lengths.given:
                    # Whether what is stored is of use is known once the model has given a vector.
                    await self._teacher.embed(next(texts_of(told.target) for told in some if told.count)[:1])
                    found = self._looked_up(some)
                new = [told for told in some if told.count and told.target.id not in found]
                made = await self._embedded(new)
                fresh.update({told.target.id: (told.digest, _packed(made[told.target.id])) for told in new})
                for told in some:
                    rows = made.get(told.target.id, found.get(told.target.id))
                    if rows is not None:
                        if keep:
                            self._memory[told.target.id] = told.digest, rows, 0
                        if each is not None:
                            each(told.target, rows)
                done += len(some)
                if progress is not None:
                    progress(done, len(targets))
                if time.monotonic() - stored_at > _STORED_AFTER or len(fresh) >= _LOADED_AT_ONCE:
                    self._put(fresh)
                    fresh, stored_at = {}, time.monotonic()
        finally:
            self._put(fresh)

    def lacking(self, targets: Iterable[Target]) -> Iterator[Target]:
        """Those of some targets whose vectors are not known; nothing is kept of the others.

        Raises:
            RegistryError: if the store cannot be read.
        """
        wanted = (told for told in map(_Told.of, targets) if told.count)
        while some := list(islice(wanted, _LOADED_AT_ONCE)):
            found = self._looked_up(some)
            yield from (told.target for told in some if told.target.id not in found)

    def learn_stored(self, targets: Sequence[Target], each: Callable[[Target, Rows], None]) -> list[Target]:
        """Take over what is in the store of the targets, telling `each`; the others."""
        some = [_Told.of(target) for target in targets]
        found = self._looked_up(some)
        for told in some:
            rows = found.get(told.target.id)
            if rows is not None:
                self._memory[told.target.id] = told.digest, rows, 0
                each(told.target, rows)
        return [told.target for told in some if told.count and told.target.id not in found]

    async def texts(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passing texts, which are not kept here."""
        return await self._embedder.embed(texts)

    def _looked_up(self, some: Sequence[_Told]) -> dict[str, Rows]:
        """Return the rows that are in memory or in the store, by target id."""
        found: dict[str, Rows] = {}
        asked: dict[str, _Told] = {}
        for told in some:
            held = self._memory.get(told.target.id)
            if held is not None and held[0] == told.digest and self._fits(held[1], found):
                _, among, start = held
                found[told.target.id] = among[start : start + told.count]
            elif told.count:
                asked[told.target.id] = told
        if asked and self._store is not None:
            digests = {key: told.digest for key, told in asked.items()}
            for key, data in self._store.get_vectors(self._embedder.name, digests).items():
                rows = _unpacked(data, asked[key].count)
                if rows is not None and self._fits(rows, found):
                    found[key] = rows
        return found

    def _fits(self, rows: Rows, others: Mapping[str, Rows]) -> bool:
        """Whether vectors are as long as the model's, or, where that is not known, as others that were found."""
        expected = self._lengths.expected or next((other.shape[1] for other in others.values()), 0)
        return expected in (0, rows.shape[1])

    async def _embedded(self, new: Sequence[_Told]) -> dict[str, Rows]:
        texts = [text for told in new for text in texts_of(told.target)]
        if not texts:
            return {}
        # Texts of a length in one batch leave the least to fill up.
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        vectors = await self._teacher.embed([texts[number] for number in order])
        in_order = np.empty_like(vectors)
        in_order[order] = vectors
        ends = np.cumsum([told.count for told in new])
        return {told.target.id: as_rows(in_order[end - told.count : end]) for told, end in zip(new, ends, strict=True)}

    def _put(self, fresh: Mapping[str, tuple[str, bytes]]) -> None:
        # Where they cannot be stored now, they serve from memory.
        with suppress(RegistryError):
            if fresh and self._store is not None:
                self._store.put_vectors(self._embedder.name, fresh)

    def _forget_all_but(self, rows: Rows) -> None:
        """Let go of other large arrays, whose targets have their vectors in this one, or are no longer in force."""
        for key, (_, own, _) in giving_way(list(self._memory.items())):
            if own is rows:
                continue
            whole = own.codes if own.codes.base is None else own.codes.base
            if whole is not rows.codes and whole.nbytes > _LARGE:
                self._memory.pop(key, None)


@dataclass(frozen=True, slots=True)
class _Told:
    """The number of a target's texts, and their digest."""

    target: Target
    count: int
    digest: str

    @classmethod
    def of(cls, target: Target) -> _Told:
        texts = texts_of(target)
        return cls(target, len(texts), _digest(texts) if texts else "")


def _chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _by_texts(told: Iterable[_Told], size: int) -> Iterator[list[_Told]]:
    """Targets together that have about so many texts, or one that has more."""
    some: list[_Told] = []
    texts = 0
    for one in told:
        if some and texts + one.count > size:
            yield some
            some, texts = [], 0
        some.append(one)
        texts += one.count
    if some:
        yield some


def as_rows(vectors: Vectors) -> Rows:
    """Vectors, whose numbers lie between -1 and 1, as they are kept."""
    codes: NDArray[np.int16] = np.rint(np.clip(vectors, -1, 1) * _STEPS).astype(np.int16)
    return Rows(codes, _steps(codes, 1 / _STEPS))


def as_vectors(rows: Rows) -> Vectors:
    """The vectors that are kept so."""
    return rows.vectors(slice(None))


def _rounded(rows: Rows) -> Rows:
    """The same in 8 bits a number."""
    vectors = as_vectors(rows)
    most = np.abs(vectors).max(axis=1, initial=0.0)
    steps: Vectors = (most / _FEW_STEPS).astype(np.float32)
    codes: NDArray[np.int8] = np.rint(vectors / np.where(steps > 0, steps, 1)[:, None]).astype(np.int8)
    return Rows(codes, steps)


def _steps(codes: NDArray[np.int16], step: float) -> Vectors:
    """A step for each row, 0 for rows of zeros."""
    return np.where(codes.any(axis=1), step, 0).astype(np.float32)


def _packed(rows: Rows) -> bytes:
    """Vectors as they are stored: a byte that tells the format, and 16-bit numbers."""
    codes = rows.codes if rows.codes.dtype == np.int16 else as_rows(as_vectors(rows)).codes
    return _FIXED + codes.astype("<i2").tobytes()


def _unpacked(data: bytes, count: int) -> Rows | None:
    """So many stored vectors, None for a format that is not known.

    Without a byte that tells the format they are 32-bit floats, as once stored.
    """
    if len(data) % 2 == 0:
        if len(data) % (4 * count):
            return None
        return as_rows(np.frombuffer(data, dtype="<f4").reshape(count, -1))
    if data[:1] != _FIXED or (len(data) - 1) % (2 * count):
        return None
    codes = np.frombuffer(data, dtype="<i2", offset=1).astype(np.int16).reshape(count, -1)
    return Rows(codes, _steps(codes, 1 / _STEPS))


class Lengths:
    """The lengths of the model's vectors and of those in use; 0 where none is known."""

    def __init__(self) -> None:
        self.given = 0
        """What the model gave last."""
        self.kept = 0
        """What targets are compared by."""

    @property
    def expected(self) -> int:
        """The length that a stored vector must have to be of use, 0 for any."""
        return self.given or self.kept

    def check(self, length: int) -> None:
        """Take note of the length that the model gave.

        Raises:
            ModelReplyError: if targets are compared by vectors of another one.
        """
        self.given = length
        if self.kept and self.kept != length:
            raise ModelReplyError(
                f"The embedding model gives vectors of {length} numbers where those of the targets have {self.kept}: "
                "it is another model. Run `expunge targets embed`, then start anew what is running."
            )


class Checked:
    """An embedding model whose vectors are checked for their length."""

    def __init__(self, inner: Embedder, lengths: Lengths) -> None:
        self._inner = inner
        self._lengths = lengths

    @property
    def inner(self) -> Embedder:
        """The model whose vectors are checked."""
        return self._inner

    @property
    def name(self) -> str:
        """The inner model's vector space."""
        return self._inner.name

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """As the inner model.

        Raises:
            ModelReplyError: if its vectors are not as long as those that targets are compared by.
        """
        vectors = await self._inner.embed(texts)
        if len(vectors):
            self._lengths.check(vectors.shape[1])
        return vectors
