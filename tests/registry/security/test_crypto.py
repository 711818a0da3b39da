from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest

from expunge.errors import ConfigError, RegistryError, RegistryReadOnly, WrongKey
from expunge.registry.security.crypto import Keyring, make_key_file, new_key, normalise_name, read_key_file

SALT = b"s" * 16
RAW = bytes(range(200, 232))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Orla Quennevest", "orla  QUENNEVEST", True),
        ("Orla Quennevest", " Orla\tQuennevest\n", True),
        ("Straße", "STRASSE", True),
        ("Ｏｒｌａ", "Orla", True),
        ("Zo\u00eb", "Zoe\u0308", True),
        ("Zoë", "Zoe", False),
        ("Orla Quennevest", "OrlaQuennevest", False),
    ],
)
def test_names_are_compared_without_case_width_and_white_space(one: str, other: str, same: bool) -> None:
    keys = Keyring("ab" * 32, SALT)
    assert (normalise_name(one) == normalise_name(other)) is same
    assert (keys.hash_name(one) == keys.hash_name(other)) is same


@pytest.mark.parametrize(
    "spelling",
    [
        RAW.hex(),
        RAW.hex().upper(),
        f"  {RAW.hex()}\n",
        base64.b64encode(RAW).decode(),
        base64.b64encode(RAW).decode().rstrip("="),
        base64.urlsafe_b64encode(RAW).decode(),
    ],
)
def test_the_spellings_of_a_raw_key_are_one_key(spelling: str) -> None:
    assert Keyring(spelling, SALT).check == Keyring(RAW.hex(), SALT).check


def test_a_passphrase_is_a_key_and_depends_on_the_salt() -> None:
    keys = Keyring("correct horse", SALT)
    assert keys.check == Keyring("correct horse", SALT).check
    assert keys.check != Keyring("correct horse", b"t" * 16).check
    assert keys.check != Keyring("correct horsf", SALT).check
    assert keys.unseal(keys.seal(b"text", "x"), "x") == b"text"


@pytest.mark.parametrize("empty", ["", "  \n"])
def test_an_empty_key_is_an_error(empty: str) -> None:
    with pytest.raises(ConfigError, match="empty"):
        Keyring(empty, SALT)


def test_sealed_bytes_open_only_whole_in_their_own_place_and_with_their_own_key() -> None:
    keys = Keyring("ab" * 32, SALT)
    sealed = keys.seal(b"Orla Quennevest", "target:1")
    assert b"Orla" not in sealed
    assert sealed != keys.seal(b"Orla Quennevest", "target:1")
    assert keys.unseal(sealed, "target:1") == b"Orla Quennevest"
    altered = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for bad, context in [(sealed, "target:2"), (altered, "target:1"), (sealed[:5], "target:1"), (b"", "target:1")]:
        with pytest.raises(RegistryError, match="damaged"):
            keys.unseal(bad, context)
    with pytest.raises(RegistryError, match="damaged"):
        Keyring("ac" * 32, SALT).unseal(sealed, "target:1")


def test_hashes_of_names_need_the_key() -> None:
    keys, others = Keyring("ab" * 32, SALT), Keyring("ac" * 32, SALT)
    assert keys.hash_name("orla") != others.hash_name("orla")
    assert keys.hashes_of("Orla") == (keys.hash_name("orla"),)


@pytest.mark.parametrize("tenant", ["default", "acme"])
def test_keys_over_older_ones_open_what_both_sealed_and_seal_as_the_newer(tenant: str) -> None:
    older, newer = Keyring("ab" * 32, SALT), Keyring("ac" * 32, b"t" * 16)
    both = newer.over(older).of(tenant)
    older, newer = older.of(tenant), newer.of(tenant)
    assert [keys.replacing for keys in (older, newer, both)] == [False, False, True]
    for keys in (older, newer):
        assert both.unseal(keys.seal(b"text", "x"), "x") == b"text"
        assert both.is_own(keys.seal(b"text", "x"), "x") is (keys is newer)
    assert newer.unseal(both.seal(b"text", "x"), "x") == b"text"
    assert (both.hash_name("Orla"), both.signing_seed()) == (newer.hash_name("Orla"), newer.signing_seed())
    assert both.hashes_of("Orla") == (newer.hash_name("Orla"), older.hash_name("Orla"))
    with pytest.raises(RegistryError, match="damaged"):
        both.unseal(both.seal(b"text", "x"), "y")


def test_a_key_file_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "targets.db.key"
    key = make_key_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert make_key_file(path) == key == read_key_file(path)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert new_key() != key


def test_a_key_file_that_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(RegistryReadOnly, match="EXPUNGE_KEY"):
        make_key_file(tmp_path / "missing" / "targets.db.key")


@pytest.mark.parametrize("content", [b"", b"not a key", b"\xff\xfe" * 32, b"ab" * 31])
def test_a_key_file_without_a_key(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "targets.db.key"
    path.write_bytes(content)
    with pytest.raises(WrongKey, match="key file"):
        make_key_file(path)
    assert path.read_bytes() == content


def test_a_key_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(WrongKey, match="gone"):
        read_key_file(tmp_path / "targets.db.key")
