"""What somebody who starts a gateway is told at once."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest

from expunge.errors import MissingError
from expunge.gateway.factory import build
from expunge.models import embedded, embeddings
from expunge.registry.store import Registry
from expunge.settings import RegistrySettings, Settings
from expunge.types import Target

from .conftest import settings_of


async def lacking(settings: Settings) -> list[str]:
    app = build(settings)
    async with app.router.lifespan_context(app):
        told: list[str] = app.state.lacking()
    return told


@pytest.mark.parametrize("installed", [True, False])
async def test_what_is_not_there_yet_is_told_at_the_start(tmp_path: Path, installed: bool) -> None:
    settings = settings_of(tmp_path, auth="keys")
    with (
        patch.object(embedded, "is_installed", lambda: installed),
        patch.object(embeddings, "find", side_effect=MissingError("none")),
        patch.dict(embeddings._found, clear=True),
    ):
        model, vectors, key, nobody = await lacking(settings)
    assert model.startswith("Nothing can be answered until this is mended: ")
    assert ("expunge models pull" if installed else 'pip install "expunge[embedded]"') in model
    assert "`expunge models pull embeddings`" in vectors
    assert "`expunge keys create --name NAME`" in key
    assert nobody.startswith("Nobody is registered yet")
    assert '`expunge targets add "NAME" --fact "…"`' in nobody


async def test_where_all_is_there_nothing_is_said(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'r.db'}"
    with Registry.open(url) as registry:
        registry.add(Target(name="Ilse Brackwell"))
    settings = settings_of(tmp_path, "http://127.0.0.1:9/v1").model_copy(update={"registry": RegistrySettings(url=url)})
    with patch.object(embeddings, "find"):
        assert await lacking(settings) == []


async def test_somebody_in_another_tenant_is_somebody(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'r.db'}"
    with Registry.open(url, tenant="acme") as registry:
        registry.add(Target(name="Ilse Brackwell"))
    settings = settings_of(tmp_path, "http://127.0.0.1:9/v1").model_copy(update={"registry": RegistrySettings(url=url)})
    with patch.object(embeddings, "find"):
        assert await lacking(settings) == []
