"""From a target in force to its signed certificate, which names the models that it is about."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from expunge.assemble import Parts
from expunge.certificate.document import Document, NamedModel, Setting, document_of
from expunge.certificate.measuring import LiveSide, ModelSide, Side, Tick, measure
from expunge.certificate.questions import PER_KIND, Other, general_others, probes_of, rephrased
from expunge.errors import UnknownTarget, UsageError
from expunge.models.base import ChatModel
from expunge.models.weights import DEFAULT, place
from expunge.settings import AGENTS, AgentName, ModelSettings
from expunge.types import Target


@dataclass(frozen=True, slots=True)
class Order:
    """The certificate that is wanted.

    `others` are questions that must still be answered (None: general ones). `gateway` is a running system to ask in
    place of the configured layer in this process, and `address` where it is. `issuer` is whoever answers for it.
    """

    ref: str
    others: tuple[Other, ...] | None = None
    gateway: ChatModel | None = None
    address: str = ""
    issuer: str = ""
    include_text: bool = False
    per_kind: int = PER_KIND
    seed: int = 0


async def issue(
    parts: Parts,
    order: Order,
    tick: Tick = lambda done, total: None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Document:
    """Ask every question of the model alone and of the live system, and sign what came of it.

    Raises:
        UnknownTarget: if there is no such target.
        UsageError: if the target is not in force, or was changed while it was asked about.
        ModelError: if a model cannot be asked at all.
    """
    began = clock()
    target = parts.registry.get(order.ref)
    snapshot = parts.registry.snapshot()
    if snapshot.get(target.id) is None:
        raise UsageError(
            f"The target is {target.status}, so there is nothing to certify; register it again to bring it into force."
        )
    probes = probes_of(target, order.seed, order.per_kind)
    probes = (*probes, *await rephrased(parts.vanilla, target, probes))
    live: Side = LiveSide(parts) if order.gateway is None else ModelSide(order.gateway)
    others = general_others(order.seed) if order.others is None else order.others
    measured = await measure(probes, others, ModelSide(parts.vanilla), live, tick)
    _check_unchanged(parts, target)
    setting = Setting(
        live="in process" if order.gateway is None else origin(order.address),
        models=(
            await alone(parts, "Model"),
            *(await players(parts) if order.gateway is None else [asked_of(order.gateway, order.address)]),
        ),
        policy=_policy(parts),
        revision=snapshot.revision,
        revision_after=parts.registry.snapshot().revision,
        targets=len(snapshot),
        seed=order.seed,
        began=began,
        ended=clock(),
        general=order.others is None,
        issuer=order.issuer,
    )
    return parts.registry.signer.signed(document_of(target, measured, setting, include_text=order.include_text))


def _check_unchanged(parts: Parts, target: Target) -> None:
    try:
        unchanged = parts.registry.get(target.id) == target
    except UnknownTarget:
        unchanged = False
    if not unchanged:
        raise UsageError(
            "The target was changed, lifted or removed while it was asked about, so there is no one state to certify; "
            "make the certificate anew."
        )


def _policy(parts: Parts) -> dict[str, object]:
    policy = parts.settings.policy
    kept = ("profile", "agents", "variants", "keep", "threshold", "allow_echo", "refusal")
    return {key: getattr(policy, key) for key in kept}


_ROLES: dict[AgentName, str] = {"audit_erase": "AuditErase", "critic": "Critic", "composer": "Composer"}


async def alone(parts: Parts, role: str) -> NamedModel:
    """The model that is to forget: with the SHA-256 of its file, or the address where it answers."""
    settings = parts.settings.models.of("vanilla")
    name = parts.vanilla.name
    if settings.base_url:
        return NamedModel(role, name, at=origin(settings.base_url))
    return NamedModel(role, name, sha256=await asyncio.to_thread(_digest, _file(settings, parts.settings.cache())))


def asked_of(gateway: ChatModel, address: str) -> NamedModel:
    """The model that a running gateway was asked for."""
    return NamedModel("Asked of the gateway", gateway.name, at=origin(address))


async def players(parts: Parts) -> list[NamedModel]:
    """Return the models that play the agents in this process, and the one that compares meanings."""
    named = [NamedModel("Facts compared by", parts.embeddings.name)]
    for role in AGENTS:
        player = await parts.roles.player(role)
        named.append(NamedModel(_ROLES[role], "played by rules" if player is None else f"played by {player.name}"))
    return named


def origin(address: str) -> str:
    """Scheme, host and port of an address: no user, password or path."""
    split = urlsplit(address)
    host = split.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{split.scheme}://{host}" + (f":{split.port}" if split.port else "")


def _file(settings: ModelSettings, cache: Path) -> Path:
    return settings.path.expanduser() if settings.path else place(settings.model or DEFAULT, cache)


def _digest(file: Path) -> str:
    """The SHA-256 of a file; empty if it cannot be read."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return ""
