from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from expunge.assemble import assemble
from expunge.errors import UnknownTenant
from expunge.gateway.access.principal import ConfiguredTenants, SingleTenant
from expunge.models.embeddings import CachedEmbeddings
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.registry.store import Registry
from expunge.settings import PolicySettings, RegistrySettings, Settings, TenantSettings
from expunge.types import Draft, Fact, Message, Target, TargetKind


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        registry=RegistrySettings(url=f"sqlite:///{tmp_path}/r.db"),
        policy=PolicySettings(agents="rules", variants=4),
        tenants={
            "acme": TenantSettings(policy={"keep": 2}),
            "default": TenantSettings(policy={"allow_echo": True, "keep": 1}),
        },
        cache_dir=tmp_path / "cache",
    )


@pytest.fixture
async def tenants(settings: Settings) -> AsyncIterator[ConfiguredTenants]:
    parts = assemble(settings, vanilla=ScriptedChat(lambda *_: "Yes."), embeddings=ScriptedEmbeddings())
    tenants = ConfiguredTenants(settings, parts)
    yield tenants
    await tenants.aclose()


async def test_tenants_share_models_and_nothing_else(tenants: ConfiguredTenants) -> None:
    ours, theirs = await tenants.parts("default"), await tenants.parts("acme")
    ours.registry.add(Target("Orla Quennevest"))
    assert len(theirs.registry.snapshot()) == 0
    assert (theirs.vanilla, theirs.embeddings) == (ours.vanilla, ours.embeddings)
    assert theirs.models == ours.models
    for part in ("screen", "pipeline", "roles", "registry"):
        assert getattr(theirs, part) is not getattr(ours, part)


async def test_no_tenant_is_quicker_for_what_another_asked_or_registered(settings: Settings) -> None:
    inner = ScriptedEmbeddings()
    parts = assemble(settings, vanilla=ScriptedChat(lambda *_: "Yes."), embeddings=CachedEmbeddings(inner))
    tenants = ConfiguredTenants(settings, parts)
    ours, theirs = await tenants.parts("default"), await tenants.parts("acme")
    fact = "Orla Quennevest keeps bees in Skelwith."
    draft = Draft("Somebody keeps bees in Skelwith.")
    asked = (Message("user", "Who keeps bees in Skelwith?"),)
    for tenant in (ours, theirs):
        tenant.registry.add(Target("Orla Quennevest", facts=(Fact(fact),)))
        inner.texts.clear()
        snapshot = tenant.registry.snapshot()
        await tenant.screen.prepare(snapshot)
        await tenant.screen.read(snapshot, asked, draft)
        assert {fact, draft.text} <= set(inner.texts)
        inner.texts.clear()
        await tenant.screen.read(snapshot, asked, draft)
        assert inner.texts == []
    await tenants.aclose()


@pytest.mark.parametrize("text", ["Orla Quennevest keeps bees in Skelwith.", "What is beekeeping?"])
async def test_no_question_is_quicker_for_being_a_targets_own_words(settings: Settings, text: str) -> None:
    inner = ScriptedEmbeddings()
    parts = assemble(settings, vanilla=ScriptedChat(lambda *_: "Yes."), embeddings=CachedEmbeddings(inner))
    parts.registry.add(Target("Orla Quennevest", facts=(Fact("Orla Quennevest keeps bees in Skelwith."),)))
    parts.registry.add(
        Target("beekeeping", kind=TargetKind.TOPIC, description="Keeping bees.", facts=(Fact("How is a hive opened?"),))
    )
    await parts.screen.prepare(parts.registry.snapshot())
    assert text in inner.texts
    inner.texts.clear()
    await parts.embeddings.embed([text])
    assert inner.texts == [text]
    await parts.aclose()


async def test_each_has_the_policy_of_its_settings(tenants: ConfiguredTenants) -> None:
    ours, theirs = (await tenants.parts("default")).settings, (await tenants.parts("acme")).settings
    assert (ours.policy.keep, ours.policy.allow_echo, ours.policy.variants) == (1, True, 4)
    assert (theirs.policy.keep, theirs.policy.allow_echo, theirs.policy.variants) == (2, False, 4)
    assert (ours.registry.tenant, theirs.registry.tenant) == ("default", "acme")


async def test_a_tenant_is_known_by_settings_key_or_target(tenants: ConfiguredTenants, settings: Settings) -> None:
    for _ in range(2):
        with pytest.raises(UnknownTenant, match="API key"):
            await tenants.parts("beta")
    registry = (await tenants.parts("default")).registry
    registry.api_keys.create("beta", ["chat"])
    with Registry.open(settings.registry.url, tenant="gamma") as other:
        other.add(Target("Orla Quennevest"))
    assert (await tenants.parts("beta")).registry.tenant == "beta"
    assert len((await tenants.parts("gamma")).registry.snapshot()) == 1


async def test_a_tenant_is_opened_once(tenants: ConfiguredTenants) -> None:
    opened = await asyncio.gather(*(tenants.parts("acme") for _ in range(8)))
    assert len(set(map(id, opened))) == 1


async def test_one_unlearner_serves_whoever_calls(settings: Settings) -> None:
    parts = assemble(settings, vanilla=ScriptedChat(lambda *_: "Yes."), embeddings=ScriptedEmbeddings())
    single = SingleTenant(parts)
    assert await single.parts("anybody") is parts
    await single.aclose()
