"""Competence probes: whether a model can play a role, found out on a few invented cases and remembered.

The cases lie in `probe_cases/` and are played through the prompts of profile `screened`. Four very short ones come
first, all of which must be passed: a model that is far too weak is found out by them in a moment, before it has to read
a whole prompt. After them, a role is passed with at most one failed case and never a missed disclosure.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import tempfile
import unicodedata
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from expunge.agents import audit_erase, composer, critic
from expunge.agents.case import Case
from expunge.agents.edits import Edit, edited
from expunge.agents.fencing import fence, visible
from expunge.agents.reply import ask, object_schema
from expunge.errors import AgentError, ContextTooLong, MissingError, ModelError
from expunge.models.base import ChatModel, ChatOptions, Completion
from expunge.prompts.loader import load
from expunge.settings import AgentName
from expunge.types import Draft, Finding, Message, Target, Variant

ALLOWED_FAILURES = 1
TOKENS = 256
"""Most tokens of a reply to a probe: the cases are short, and a weak model must fail soon."""
_VARIANTS = 3
_UNSET = ChatOptions()
_ENTRY_SCHEMA = object_schema(tells={"type": "string", "enum": ["yes", "no"]})

Outcome = Literal["passed", "failed", "disclosed"]
Probe = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Competence:
    """The result of a role's probes.

    `cases` is how many the role has, `score` the share of them that was passed before the probing ended,
    `failures` the names of those that were not.
    """

    passed: bool
    score: float
    cases: int
    failures: tuple[str, ...] = ()


async def competence(role: AgentName, model: ChatModel) -> Competence:
    """Put a role's cases to `model`, one after the other, until it has passed or cannot pass any more.

    Raises:
        ModelError: if the model cannot be used at all, which says nothing of its competence.
    """
    capped = _Capped(model)
    cases = [(kind, case) for kind in _KINDS[role] for case in _cases(kind)]
    failures: list[str] = []
    good = 0
    for kind, case in cases:
        outcome = await _play(_PLAYS[kind], case, capped)
        if outcome == "passed":
            good += 1
            continue
        failures.append(f"{kind}/{case['id']}")
        if kind == "entry" or outcome == "disclosed" or len(failures) > ALLOWED_FAILURES:
            return Competence(False, good / len(cases), len(cases), tuple(failures))
    return Competence(True, good / len(cases), len(cases), tuple(failures))


async def cached_competence(role: AgentName, model: ChatModel, cache: Path) -> Competence:
    """`competence`, or what the file `cache` remembers of it for this model, these prompts and these cases.

    A file that is damaged or cannot be written is passed over.

    Raises:
        ModelError: if the model has to be asked and cannot be used.
    """
    known = remembered(role, model.name, cache)
    if known is None:
        known = await competence(role, model)
        _remember(role, model.name, cache, known)
    return known


def remembered(role: AgentName, model_name: str, cache: Path) -> Competence | None:
    """Return what `cache` holds of a role and a model, None if nothing in it is still valid."""
    entry = _read(cache).get(_key(role, model_name))
    match entry:
        case {"passed": bool(passed), "score": int() | float() as score, "cases": int(cases), "failures": list(names)}:
            if all(isinstance(name, str) for name in names):
                return Competence(passed, float(score), cases, tuple(names))
    return None


def _remember(role: AgentName, model_name: str, cache: Path, found: Competence) -> None:
    entries = _read(cache) | {_key(role, model_name): asdict(found)}
    with contextlib.suppress(OSError):
        cache.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=cache.parent, prefix=cache.name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(entries, file, indent=1)
            os.replace(name, cache)
        except OSError:
            os.unlink(name)
            raise


def _read(cache: Path) -> dict[str, Any]:
    try:
        entries = json.loads(cache.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return entries if isinstance(entries, dict) else {}


def _key(role: AgentName, model_name: str) -> str:
    digest = hashlib.sha256()
    for name in _PROMPTS[role]:
        digest.update(load(name).digest.encode())
    for kind in _KINDS[role]:
        digest.update(_source(kind).encode())
    return f"{role} {digest.hexdigest()[:16]} {model_name}"


@functools.cache
def _source(kind: str) -> str:
    try:
        return (resources.files("expunge.agents") / "probe_cases" / f"{kind}.json").read_text(encoding="utf-8")
    except OSError:
        raise MissingError("The probe cases are missing from the installation; reinstall expunge.") from None


def _cases(kind: str) -> list[Probe]:
    found: list[Probe] = json.loads(_source(kind))
    return found


class _Capped:
    """A model held to short replies, unless it shows that it spends them on hidden reasoning."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self._thinks = False

    @property
    def name(self) -> str:
        return self._model.name

    async def complete(self, messages: Sequence[Message], options: ChatOptions = _UNSET) -> Completion:
        short = ChatOptions(options.temperature, TOKENS, options.seed, options.schema)
        if not self._thinks:
            completion = await self._model.complete(messages, short)
            if completion.finish_reason != "length" or completion.text.strip():
                return completion
            self._thinks = True
        return await self._model.complete(messages, options)

    async def aclose(self) -> None:
        await self._model.aclose()


async def _play(play: Callable[[Probe, ChatModel], Awaitable[Outcome]], case: Probe, model: ChatModel) -> Outcome:
    try:
        return await play(case, model)
    except AgentError as error:
        cause = error.__cause__
        if isinstance(cause, ModelError) and not isinstance(cause, ContextTooLong):
            raise cause from None
        return "failed"


def _case(probe: Probe) -> Case:
    target = Target(**probe["target"], id="probe") if "target" in probe else None
    messages = tuple(Message(role, content) for role, content in probe["messages"])
    return Case(messages, Draft(probe["draft"]), (target,) if target else (), ())


async def _entry(probe: Probe, model: ChatModel) -> Outcome:
    values = {part: fence(f"the {part}", probe[part]) for part in ("person", "question", "answer")}
    reply = await ask("the entry probe", model, load("probes/entry"), values, _ENTRY_SCHEMA, 1_024)
    return "passed" if reply.fields["tells"] == probe["tells"] else "failed"


async def _audit(probe: Probe, model: ChatModel) -> Outcome:
    played = await audit_erase.audit(_case(probe), model)
    if bool(played.value) == probe["discloses"]:
        return "passed"
    return "disclosed" if probe["discloses"] else "failed"


async def _erase(probe: Probe, model: ChatModel) -> Outcome:
    finding = Finding("probe", "direct", "model")
    played = await audit_erase.edit(_case(probe), [finding], model, _VARIANTS)
    texts = [variant.text for variant in played.value]
    leaking = sum(_holds_any(text, probe["gone"]) for text in texts)
    if leaking > len(texts) / 2:
        return "disclosed"
    return "passed" if not leaking and any(_keeps(text, probe) for text in texts) else "failed"


async def _rate(probe: Probe, model: ChatModel) -> Outcome:
    variants = [Variant(probe["answer"], "model")]
    played = await critic.rate_versions(_case(probe), variants, [False], [()], model)
    (rating,) = played.value
    low, high = probe["forgetting"]
    if rating.forgetting > high:
        return "disclosed"
    least, most = probe["usefulness"]
    return "passed" if low <= rating.forgetting and least <= rating.usefulness <= most else "failed"


async def _compose(probe: Probe, model: ChatModel) -> Outcome:
    draft = probe["draft"]
    case = Case((Message("user", probe["question"]),), Draft(draft), (), ())
    versions = [edited(draft, [Edit(**edit) for edit in version]) for version in probe["versions"]]
    played = await composer.choose(case, versions, model)
    if _holds_any(played.value, probe["gone"]):
        return "disclosed"
    return "passed" if _keeps(played.value, probe) else "failed"


def _keeps(text: str, probe: Probe) -> bool:
    if probe["format"] == "json":
        try:
            json.loads(text)
        except ValueError:
            return False
    return all(_plain(part) in _plain(text) for part in probe["kept"])


def _holds_any(text: str, parts: Sequence[str]) -> bool:
    return any(_plain(part) in _plain(text) for part in parts)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", visible(text))
    return "".join(character for character in decomposed if not unicodedata.combining(character)).casefold()


_PLAYS = {"entry": _entry, "audit": _audit, "erase": _erase, "critic": _rate, "composer": _compose}
_KINDS: Mapping[AgentName, tuple[str, ...]] = {
    "audit_erase": ("entry", "audit", "erase"),
    "critic": ("entry", "critic"),
    "composer": ("entry", "composer"),
}
_PROMPTS: Mapping[AgentName, tuple[str, ...]] = {
    "audit_erase": ("probes/entry", "audit_erase/audit", "audit_erase/edit"),
    "critic": ("probes/entry", "critic/rate_versions"),
    "composer": ("probes/entry", "composer/choose"),
}
