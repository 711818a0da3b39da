"""Lets callers in by their API keys."""

from __future__ import annotations

import asyncio

from starlette.requests import HTTPConnection

from expunge.gateway.access.principal import AdmitEverybody, Authenticator, Principal, Scope
from expunge.gateway.access.rate_limits import RateLimiter, RateLimits
from expunge.gateway.errors import Denied
from expunge.registry.api_keys import ApiKey, KeyStore
from expunge.registry.store import Registry
from expunge.settings import ServerSettings

KEY_HEADER = "x-expunge-key"
"""Holds our key where `Authorization` is the upstream's."""
_API_KEY_HEADER = "x-api-key"
"""Holds it for clients that have no other header for a key: Anthropic's, and LiteLLM's guardrail."""
_GUARDRAIL_PATH = "/beta/"
_MODEL_PATH = "/v1/"


def authenticator_for(server: ServerSettings, registry: Registry) -> Authenticator:
    """The authenticator of the settings. `auth = "none"` is for loopback only, which whoever listens checks."""
    return AdmitEverybody(registry.tenant) if server.auth == "none" else ApiKeyAuthenticator(registry.api_keys, server)


class ApiKeyAuthenticator:
    """Knows callers by the keys of a store."""

    def __init__(self, keys: KeyStore, server: ServerSettings, limiter: RateLimiter | None = None) -> None:
        self._keys = keys
        self._own = server.authorization == "own"
        self._default = server.limits
        self._limiter = limiter or RateLimiter()

    async def admit(self, request: HTTPConnection, scope: Scope) -> Principal:
        """The caller whose key came with the request.

        Raises:
            Denied: 401 without a key in force, 403 where it lacks the scope, 429 over its limits.
            RegistryError: if the keys cannot be looked up.
        """
        secret = self._secret(request)
        if not secret:
            where = "Authorization: Bearer KEY" if self._own else "X-Expunge-Key: KEY"
            raise _unknown(f"The request has no API key; send one as {where}.")
        return self._admitted(await self._key_of(secret), scope)

    async def identify(self, secret: str) -> Principal:
        """The caller whose key this is, whatever its scopes; who signs in with it is asked for those page by page.

        Raises:
            Denied: 401 if no key in force is meant.
            RegistryError: if the keys cannot be looked up.
        """
        key = await self._key_of(secret.strip())
        return Principal(key.tenant, key.scopes, key.id)

    def admit_again(self, principal: Principal, scope: Scope | None) -> Principal:
        """The caller who signed in with a key, with the scopes that it has now; counted as any request of that key.

        Raises:
            Denied: 401 if the key is no longer in force, 403 where it lacks the scope, 429 over its limits.
            RegistryError: if the keys cannot be looked up.
        """
        key = self._keys.get(principal.key_id)
        if key is None:
            raise _unknown("This API key is no longer in force; sign in with another.")
        return self._admitted(key, scope)

    async def _key_of(self, secret: str) -> ApiKey:
        # Whether the id or the random part is wrong takes the same path, and the store compares in constant time.
        key = self._keys.find(secret) or await asyncio.to_thread(self._keys.find_new, secret)
        if key is None:
            raise _unknown("This API key is not in force; check it, or ask for another.")
        return key

    def _admitted(self, key: ApiKey, scope: Scope | None) -> Principal:
        principal = Principal(key.tenant, key.scopes, key.id)
        if scope is not None and not principal.may(scope):
            raise Denied(
                f"This API key lacks the scope {scope}; use one that has it.",
                status=403,
                kind="permission_error",
                code="insufficient_scope",
            )
        allowance = RateLimits(
            key.requests_per_minute or self._default.requests_per_minute,
            key.tokens_per_minute or self._default.tokens_per_minute,
        )
        if (over := self._limiter.enter(key.id, allowance)) is not None:
            what, seconds = over
            raise Denied(
                f"This API key has used up its {what} of the minute; wait as long as retry-after says.",
                status=429,
                kind=what,
                code="rate_limit_exceeded",
                retry_after=seconds,
            )
        return principal

    def spend(self, principal: Principal, tokens: int) -> None:
        """Count tokens against the caller's limit of the minute."""
        self._limiter.spend(principal.key_id, tokens)

    async def valid(self, principal: Principal) -> bool:
        """Whether the caller's key is still in force."""
        return self._keys.get(principal.key_id) is not None

    def _secret(self, request: HTTPConnection) -> str:
        if self._own:
            scheme, _, secret = request.headers.get("authorization", "").partition(" ")
            if scheme.lower() == "bearer" and secret.strip():
                return secret.strip()
        path = request.scope["path"]
        # Where `Authorization` is the upstream's, this header on a model's route may be, too.
        asked = path.startswith(_GUARDRAIL_PATH) or (self._own and path.startswith(_MODEL_PATH))
        if asked and (secret := request.headers.get(_API_KEY_HEADER, "").strip()):
            return secret
        return request.headers.get(KEY_HEADER, "").strip()


def _unknown(message: str) -> Denied:
    return Denied(message, status=401, kind="invalid_request_error", code="invalid_api_key")
