"""Certificates for the gateway's console: issued in its process, with its own parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from expunge.assemble import Parts
    from expunge.gateway.console.proof import Certificate


class ConsoleProver:
    """Issues certificates as `expunge verify` does, without texts of the target."""

    async def certify(self, parts: Parts, target_id: str, tick: Callable[[int, int], None]) -> Certificate:
        """Ask every question of the model alone and of the layer in this process, and sign what came of it.

        Raises:
            UnknownTarget: if there is no such target.
            UsageError: if the target is not in force, or was changed while it was asked about.
            ModelError: if a model cannot be asked at all.
        """
        # Imported late: a gateway starts without what only a certificate needs.
        import json

        from expunge.certificate.issuing import Order, issue
        from expunge.certificate.page import page
        from expunge.certificate.wording import headline
        from expunge.gateway.console.proof import Certificate
        from expunge.registry.security.signing import PublicKey

        document = await issue(parts, Order(target_id), tick)
        return Certificate(
            headline(document),
            document["verdict"] == "nothing disclosed",
            page(document, PublicKey.of_document(document)),
            json.dumps(document, ensure_ascii=False, indent=1) + "\n",
        )
