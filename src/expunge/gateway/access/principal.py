"""Who is calling, and the seam to whoever lets callers in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from starlette.requests import HTTPConnection

from expunge.registry.security.api_keys import OPERATOR, SCOPES, Scope
from expunge.settings import DEFAULT_TENANT

__all__ = ["OPERATOR", "SCOPES", "AdmitEverybody", "Authenticator", "Principal", "Scope"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever sent a request: whose targets apply, and what may be done. `key_id` is "" where nobody needs a key."""

    tenant: str = DEFAULT_TENANT
    scopes: frozenset[str] = frozenset(SCOPES)
    key_id: str = ""

    def may(self, scope: Scope) -> bool:
        """Whether the scope was granted, by itself or by `admin`, which holds all that a tenant's key may be for."""
        return scope in self.scopes or ("admin" in self.scopes and scope in SCOPES)


class Authenticator(Protocol):
    """Lets callers in, and keeps count of what they use."""

    async def admit(self, request: HTTPConnection, scope: Scope) -> Principal:
        """The caller of a request that needs a scope.

        Raises:
            Denied: 401 without a valid key, 403 without the scope, 429 over a limit.
        """
        ...

    def spend(self, principal: Principal, tokens: int) -> None:
        """Count tokens against the caller's limit of the minute."""
        ...

    async def valid(self, principal: Principal) -> bool:
        """Whether the caller's key still holds; asked again while a long answer is streamed."""
        ...


class AdmitEverybody:
    """Lets everybody in as one tenant, with every scope: `auth = "none"`, on loopback only."""

    def __init__(self, tenant: str = DEFAULT_TENANT) -> None:
        self._principal = Principal(tenant, frozenset((*SCOPES, OPERATOR)))

    async def admit(self, request: HTTPConnection, scope: Scope) -> Principal:
        """Anybody."""
        return self._principal

    def spend(self, principal: Principal, tokens: int) -> None:
        """Nothing is counted."""

    async def valid(self, principal: Principal) -> bool:
        """Always."""
        return True
