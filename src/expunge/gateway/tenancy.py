"""The tenants that a gateway serves: each has its own targets and policy, all share models and vectors."""

from __future__ import annotations

from typing import Protocol

from expunge.assemble import Parts


class Tenancy(Protocol):
    """Hands out the parts of a tenant's unlearner."""

    async def parts(self, tenant: str) -> Parts:
        """The parts, opened when a tenant is first asked for.

        Raises:
            RegistryError: if the tenant's registry cannot be opened.
        """
        ...

    async def aclose(self) -> None:
        """Release what was opened."""
        ...


class SingleTenancy:
    """One unlearner for whoever calls."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def parts(self, tenant: str) -> Parts:
        """The only parts."""
        return self._parts

    async def aclose(self) -> None:
        """Release them."""
        await self._parts.aclose()
