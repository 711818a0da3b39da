from __future__ import annotations

import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

from expunge.errors import UsageError
from expunge.registry.audit import bundle
from expunge.registry.rows import moment
from expunge.registry.security.signing import PublicKey, Signer
from expunge.registry.store import Registry
from expunge.types import Target


@pytest.fixture
def exported(registry: Registry, tmp_path: Path, clock: Any, decided: Any) -> tuple[Path, PublicKey]:
    registry.add(Target("Orla Quennevest"))
    registry.record_decisions([decided(moment(int(clock.now * 1_000_000)))])
    registry.restore("Orla Quennevest")
    folder = tmp_path / "bundle"
    manifest = registry.audit.export(folder)
    assert (manifest["records"], manifest["intact"], manifest["tenant"]) == (3, True, "default")
    assert manifest["head"] == registry.audit.verify().head
    return folder, registry.signer.public


def test_a_bundle_is_checked_with_the_public_key_alone(exported: tuple[Path, PublicKey]) -> None:
    folder, key = exported
    verdict = bundle.check(folder, key)
    assert (verdict.intact, verdict.records) == (True, 3)
    assert b"Quennevest" not in b"".join(path.read_bytes() for path in folder.iterdir())


def test_another_key_does_not_fit(exported: tuple[Path, PublicKey]) -> None:
    verdict = bundle.check(exported[0], Signer(b"7" * 32).public)
    assert "another key" in verdict.problems[0].sentence


def test_any_byte_of_the_bundle_counts(exported: tuple[Path, PublicKey]) -> None:
    folder, key = exported
    tried = 0
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        changed = [content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :] for at in range(len(content))]
        for other in (*changed, content[:-1], content + b"\n", content + b" ", b""):
            path.write_bytes(other)
            assert not bundle.check(folder, key).intact, path.name
            tried += 1
        path.write_bytes(content)
    assert bundle.check(folder, key).intact
    assert tried > 2_000


def test_where_a_record_is_missing_or_altered(exported: tuple[Path, PublicKey]) -> None:
    folder, key = exported
    records = folder / bundle.RECORDS
    lines = records.read_bytes().splitlines(keepends=True)

    def first(*given: bytes) -> str:
        records.write_bytes(b"".join(given))
        return bundle.check(folder, key).problems[0].sentence

    assert first(lines[0], lines[2]) == "Record 2 is missing or out of place."
    assert first(lines[1], lines[0], lines[2]) == "Record 1 is missing or out of place."
    assert first(lines[0], lines[1].replace(b"rewritten", b"refused"), lines[2]) == "The body of record 2 was altered."
    assert first(lines[0], b"nonsense\n", lines[2]) == "Record 2 was altered."
    assert first(lines[0], lines[1]) == "The records were altered."


def test_a_file_that_does_not_belong(exported: tuple[Path, PublicKey]) -> None:
    folder, key = exported
    (folder / "more.txt").write_text("x")
    assert not bundle.check(folder, key).intact


def test_a_broken_chain_is_told_in_its_bundle(registry: Registry, tmp_path: Path) -> None:
    for name in ("Orla Quennevest", "Ivo Pellandrine"):
        registry.add(Target(name))
    with registry._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM audit WHERE number = 1")
    manifest = registry.audit.export(tmp_path / "bundle")
    assert (manifest["intact"], manifest["problems"][0]) == (False, "Record 1 is missing.")
    assert not bundle.check(tmp_path / "bundle", registry.signer.public).intact


def test_an_empty_log_has_a_bundle(registry: Registry, tmp_path: Path) -> None:
    registry.audit.export(tmp_path / "bundle")
    assert bundle.check(tmp_path / "bundle", registry.signer.public).intact


def test_bad_places(exported: tuple[Path, PublicKey], registry: Registry, tmp_path: Path) -> None:
    folder, key = exported
    with pytest.raises(UsageError, match="not empty"):
        registry.audit.export(folder)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        registry.audit.export(tmp_path / "file")
    with pytest.raises(UsageError, match="no bundle"):
        bundle.check(tmp_path / "nowhere", key)
    shutil.copytree(folder, tmp_path / "copy")
    (tmp_path / "copy" / bundle.RECORDS).unlink()
    with pytest.raises(UsageError, match="cannot be read"):
        bundle.check(tmp_path / "copy", key)


def test_a_bundle_is_its_owners_alone(exported: tuple[Path, PublicKey]) -> None:
    folder, _ = exported
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in (bundle.RECORDS, bundle.MANIFEST):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
