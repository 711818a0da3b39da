"""Settings to a gateway: the only file here that knows which class plays what."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, FastAPI

from expunge.assemble import Parts, assemble
from expunge.errors import ConfigError, MissingError, WeightsInvalid
from expunge.gateway.access.auth import ApiKeyAuthenticator, authenticator_for
from expunge.gateway.access.principal import Authenticator, ConfiguredTenants, Tenants
from expunge.gateway.admin.dependencies import ScopeRequirements
from expunge.gateway.admin.idempotency import IdempotentWrites
from expunge.gateway.admin.inspection import checks_router, log_router
from expunge.gateway.admin.reference import reference_router
from expunge.gateway.admin.scrub import scrub_router
from expunge.gateway.admin.targets import targets_router
from expunge.gateway.apis.chat.api import ChatApi
from expunge.gateway.apis.completions import CompletionsApi
from expunge.gateway.apis.messages.api import MessagesApi, TokenCountApi
from expunge.gateway.apis.responses.api import ResponsesApi
from expunge.gateway.app import Running, Served, create_app
from expunge.gateway.console.proof import Prover
from expunge.gateway.console.router import Services, console_router
from expunge.gateway.conversations import Conversations
from expunge.gateway.guardrail import guardrail_router
from expunge.gateway.health import AT_ONCE, Readiness, checks_of, operations_router
from expunge.gateway.proxy.context import Context
from expunge.gateway.proxy.moderator import Moderator
from expunge.gateway.telemetry.decision_writer import DecisionCounts, DecisionWriter
from expunge.gateway.telemetry.logs import RequestLog
from expunge.gateway.telemetry.metrics import Metrics
from expunge.gateway.telemetry.observer import Observer, Observers
from expunge.gateway.telemetry.tracing import Spans
from expunge.gateway.upstream.base import Upstream
from expunge.gateway.upstream.http import HttpUpstream
from expunge.gateway.upstream.local import ModelUpstream
from expunge.models.base import ChatModel
from expunge.models.embedded import EmbeddedChat
from expunge.models.embeddings import CachedEmbeddings, EmbeddedEmbeddings
from expunge.settings import ModelApi, RefusalForm, ServerSettings, Settings

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def build(
    settings: Settings,
    *,
    vanilla: ChatModel | None = None,
    upstream: Upstream | None = None,
    new: bool = False,
    prover: Prover | None = None,
) -> FastAPI:
    """The gateway that the settings ask for; a model or an upstream given here answers in place of the configured one.

    `new` begins a registry where there are only traces of an earlier one, which is an error otherwise. `prover` makes
    certificates for the console, which has none without.

    Raises:
        ConfigError: if the settings cannot be met.
        RegistryError: if the registry cannot be opened.
    """
    check(settings)
    parts = assemble(settings, vanilla=vanilla, new=new)
    try:
        parts.registry.watch()
        tenants = ConfiguredTenants(settings, parts)
        authenticator = authenticator_for(settings.server, parts.registry)
        answering = upstream or upstream_of(settings, parts, vanilla)
        spoken = settings.models.of("vanilla").api
        model = settings.models.of("vanilla").model
        metrics = Metrics(parts.registry)
        writer = writer_of(settings, parts, model)
        kept = (writer,) if writer is not None else ()
        observers = Observers((*kept, metrics, RequestLog(), Spans(model)))
        if writer is not None:
            metrics.register(DecisionCounts(writer))
        context = Context(settings.server, tenants, answering, authenticator, observers, parts.registry.tenant)
    except BaseException:
        parts.registry.close()
        raise
    readiness = Readiness(
        checks_of(parts, answering, writer, context.moderator), at_once=AT_ONCE, pending=tenants.pending
    )
    writes = IdempotentWrites()
    pages = Services(writes, context.moderator, observers, readiness, prover)
    routers = (
        *admin_routers(authenticator, tenants, context.moderator, observers, settings.server, writes),
        operations_router(authenticator, tenants, readiness, metrics),
        *consoles_of(settings.server, authenticator, tenants, pages),
    )
    closing = () if writer is None else (writer.aclose,)
    served = apis_of(settings.server.refusal_form, spoken)
    app = create_app(context, served, routers, closing, _running(settings, parts))
    app.state.lacking = partial(lacking, settings, parts, answering)
    return app


def lacking(settings: Settings, parts: Parts, upstream: Upstream) -> list[str]:
    """Return a sentence on each part that is missing and that somebody who starts a gateway probably wants."""
    missing: list[str] = []
    with_weights = [parts.vanilla] if isinstance(upstream, ModelUpstream) else []
    judging = list(parts.models.values()) if settings.policy.agents == "model" else []
    for model in (*with_weights, *judging):
        if isinstance(model, EmbeddedChat):
            try:
                model.check()
            except (MissingError, WeightsInvalid) as error:
                what = "be answered" if model in with_weights else "be judged by a model"
                missing.append(f"Nothing can {what} until this is mended: {error}")
    embeddings = parts.embeddings.inner if isinstance(parts.embeddings, CachedEmbeddings) else parts.embeddings
    if isinstance(embeddings, EmbeddedEmbeddings):
        try:
            embeddings.look()
        except MissingError:
            missing.append(
                "The embedding model is not fetched yet: it will be when it is first needed, which takes a while, or "
                "fetch it now with `expunge models pull embeddings`."
            )
        except WeightsInvalid as error:
            missing.append(str(error))
    if settings.server.auth == "keys" and not parts.registry.api_keys.list():
        missing.append("Nobody has a key yet, so nobody is answered; make one with `expunge keys create --name NAME`.")
    if not len(parts.registry.snapshot()) and set(parts.registry.tenants()) <= {parts.registry.tenant}:
        missing.append(
            "Nobody is registered yet, so every answer passes; add somebody, at any time, with "
            '`expunge targets add "NAME" --fact "…"`.'
        )
    return list(dict.fromkeys(missing))


def _running(settings: Settings, parts: Parts) -> tuple[Running, ...]:
    """Return what runs beside the app."""
    if not settings.webhooks.urls:
        return ()
    from expunge.gateway.webhooks import Webhooks

    return (Webhooks(parts.registry, settings.webhooks).run,)


def writer_of(settings: Settings, parts: Parts, model: str | None) -> DecisionWriter | None:
    """Return the writer of decisions, None if nobody is to write them down."""
    if not settings.audit.decisions:
        return None
    return DecisionWriter(parts.registry, configured_model=model, keep_days=settings.audit.keep_days)


def check(settings: Settings) -> None:
    """Look for what must not be served so.

    Raises:
        ConfigError: if everybody would be let in from elsewhere, or webhooks have no secret to sign with.
    """
    if settings.server.auth == "none" and settings.server.host not in _LOOPBACK:
        raise ConfigError(
            'auth = "none" lets everybody in, so that it works on loopback only; '
            'listen on 127.0.0.1, or set auth = "keys" and make one with `expunge keys create`.'
        )
    if settings.webhooks.urls:
        settings.webhooks.secret()
    if settings.server.console and settings.server.auth == "none":
        raise ConfigError(
            "The console needs keys, so that the audit log can say who looked at what; "
            'set auth = "keys", or leave console out.'
        )


def consoles_of(
    server: ServerSettings, authenticator: Authenticator, tenants: Tenants, services: Services
) -> tuple[APIRouter, ...]:
    """The router of the console, if there is to be one: people sign in to it with their keys."""
    if server.console is False or not isinstance(authenticator, ApiKeyAuthenticator):
        return ()
    return (console_router(authenticator, tenants, server, services),)


def apis_of(refusal: RefusalForm, spoken: ModelApi) -> Served:
    """Every endpoint, by whether an upstream that speaks this API serves it."""
    openai = (ChatApi(refusal), ResponsesApi(refusal), CompletionsApi(refusal))
    messages, counts = MessagesApi(refusal), TokenCountApi(refusal)
    if spoken == "anthropic":
        return Served((messages,), (counts,), openai, spoken)
    return Served(openai, (), (messages, counts), spoken)


def upstream_of(settings: Settings, parts: Parts, vanilla: ChatModel | None = None) -> Upstream:
    """Whoever answers: the endpoint that is configured for Vanilla, or a model in this process."""
    model = settings.models.of("vanilla")
    if vanilla is not None or not model.base_url:
        return ModelUpstream(parts.vanilla)
    return HttpUpstream(model, settings.server, own_key=settings.server.authorization == "own")


def admin_routers(
    authenticator: Authenticator,
    tenants: Tenants,
    moderator: Moderator,
    observer: Observer,
    server: ServerSettings | None = None,
    writes: IdempotentWrites | None = None,
) -> tuple[APIRouter, ...]:
    """The routers, one for each part of the API.

    `observer` is told of what the guardrail and `/api/scrub` decide; `server` bounds the bodies of requests; `writes`
    remembers the answers to writes that may be sent again.
    """
    scopes = ScopeRequirements(authenticator, tenants, server)
    routers = (
        targets_router(scopes, writes or IdempotentWrites()),
        checks_router(scopes, moderator),
        scrub_router(scopes, moderator, observer),
        log_router(scopes),
        guardrail_router(scopes, moderator, observer, Conversations()),
    )
    return (*routers, reference_router(routers))
