"""Which models a certificate is about: their names, and what tells them from others of the same name."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from urllib.parse import urlsplit

from expunge.assemble import Parts
from expunge.certificate.document import NamedModel
from expunge.models.base import ChatModel
from expunge.models.weights import DEFAULT, place
from expunge.settings import AGENTS, AgentName, ModelSettings

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
    """Who plays each agent in this process, and what compares meanings."""
    told = [NamedModel("Facts compared by", parts.embeddings.name)]
    for role in AGENTS:
        player = await parts.roles.player(role)
        told.append(NamedModel(_ROLES[role], "played by rules" if player is None else f"played by {player.name}"))
    return told


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
