from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from expunge.assemble import assemble
from expunge.certificate.identity import alone, origin
from expunge.models.scripted import ScriptedEmbeddings
from expunge.settings import ModelSettings, ModelsSettings, RegistrySettings, Settings


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://user:pass@gate.example/v1/x?key=1", "https://gate.example"),
        ("http://[::1]:8000/v1", "http://[::1]:8000"),
    ],
)
def test_addresses_are_told_in_part(address: str, told: str) -> None:
    assert origin(address) == told


async def test_a_model_is_told_by_its_file_or_its_address(tmp_path: Path) -> None:
    file = tmp_path / "own.gguf"
    for vanilla, told in [
        (ModelSettings(path=file), ("own", "", "")),
        (ModelSettings(path=file), ("own", "", hashlib.sha256(b"GGUF").hexdigest())),
        (ModelSettings(base_url="http://me:secret@127.0.0.1:9/v1", model="m"), ("m", "http://127.0.0.1:9", "")),
    ]:
        settings = Settings(
            registry=RegistrySettings(url=f"sqlite:///{tmp_path}/r.db"), models=ModelsSettings(vanilla=vanilla)
        )
        parts = assemble(settings, embeddings=ScriptedEmbeddings())
        found = await alone(parts, "Model")
        assert (found.name, found.at, found.sha256) == told
        await parts.aclose()
        file.write_bytes(b"GGUF")
