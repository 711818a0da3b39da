"""The registry's key is changed while others read and write, is interrupted anywhere, and nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from expunge.errors import ConfigError, DuplicateTarget, RegistryError, UsageError, WrongKey
from expunge.registry import rotation
from expunge.registry.audit import bundle
from expunge.registry.rotation import rotate
from expunge.registry.rows import moment
from expunge.registry.security import keychain
from expunge.registry.security.crypto import Keyring, read_key_file
from expunge.registry.security.keychain import Keychain, read_lock
from expunge.registry.store import Registry
from expunge.registry.vault import Vault
from expunge.types import Fact, Target, TargetUpdate

OLD, NEW, THIRD = "5f" * 32, "6a" * 32, "a third passphrase"
Open = Callable[..., Registry]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, database: Path) -> str:
    return f"sqlite:///{database}" if request.param == "sqlite" else str(request.getfixturevalue("postgres").new())


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "_AT_ONCE", 3)
    monkeypatch.setattr(rotation, "_PAUSE", 0.0)


def silent(done: int, total: int) -> None:
    pass


def fill(registry: Registry, clock: Any, decided: Any) -> dict[str, Any]:
    """Something of every kind that is under the key; how to tell that it is there."""
    for part in (registry, registry.of("acme")):
        orla = part.add(
            Target("Orla Quennevest", aliases=("The Lark", "O. Q."), facts=(Fact("Keeps bees"),), reason="Asked")
        )
        part.add_many([Target(f"Person {number}", aliases=(f"Alias {number}",)) for number in range(7)])
        part.restore("Person 3", "Withdrawn")
        part.put_vectors("space", {orla.id: ("digest", b"data")})
        part.record_decisions([decided(moment(int(clock.now * 1_000_000)) - timedelta(days=9))])
        part.audit.prune(7)
    key, secret = registry.api_keys.create("acme", ["chat"], "The app")
    return {"secret": secret, "key": key.id, "vectors": orla.id}


def contents(registry: Registry, filled: dict[str, Any]) -> list[Any]:
    """All that is kept of both tenants, as it reads."""
    found: list[Any] = [registry.api_keys.list(), registry.api_keys.find(filled["secret"])]
    for part in (registry, registry.of("acme")):
        targets = part.list()
        found += [
            targets,
            part.get("the lark"),
            part.get("alias 3"),
            part.revision,
            sorted(part.snapshot(), key=lambda target: target.id),
        ]
        found += [part.history(target.id) for target in targets]
        found.append(part.get_vectors("space", {target.id: "digest" for target in targets}))
    return found


def is_whole(registry: Registry) -> bool:
    return all(part.audit.verify().intact for part in (registry, registry.of("acme")))


def test_all_is_there_under_the_new_key_and_nothing_under_the_old(
    url: str, open_registry: Open, clock: Any, decided: Any, tmp_path: Path, small_steps: None
) -> None:
    registry = open_registry()
    filled = fill(registry, clock, decided)
    before, head = contents(registry, filled), registry.audit.verify().records
    registry.audit.export(tmp_path / "before")
    public = registry.signer.public
    with registry._database.reading() as connection:
        old = Keyring(OLD, read_lock(connection).salt)
    seen: list[tuple[int, int]] = []
    rotated = rotate(url, OLD, NEW, lambda done, total: seen.append((done, total)), clock)
    assert (rotated.targets, rotated.resumed, seen[-1]) == (16, False, (16, 16))
    for wrong in (OLD, THIRD):
        with pytest.raises(WrongKey, match="EXPUNGE_KEY"):
            Registry.open(url, wrong)
    opened = open_registry(key=NEW)
    assert contents(opened, filled) == before
    assert opened.get_vectors("space", {opened.get("Orla Quennevest").id: "other"}) == {}
    with pytest.raises(DuplicateTarget):
        opened.add(Target("orla quennevest"))
    for part in (opened, opened.of("acme")):
        last = part._vault.keys(part.tenant)
        with opened._database.reading() as connection:
            sealed = connection.exec_driver_sql(
                "SELECT id, record, name_hash FROM targets WHERE tenant = '" + part.tenant + "'"
            ).all()
        assert not any(old.of(part.tenant).is_own(row.record, f"target:{row.id}") for row in sealed)
        assert {row.name_hash for row in sealed} == {last.hash_name(target.name) for target in part.list()}
    assert is_whole(opened)
    assert opened.audit.verify().records == head + 1
    assert bundle.check(tmp_path / "before", public).intact
    opened.audit.export(tmp_path / "after")
    assert opened.signer.public == rotated.public_key != public
    assert bundle.check(tmp_path / "after", rotated.public_key).intact
    assert rotated.public_key.text.encode() in (tmp_path / "after" / bundle.RECORDS).read_bytes()


def test_processes_that_have_both_keys_go_on(
    url: str, open_registry: Open, clock: Any, decided: Any, small_steps: None
) -> None:
    one, other = open_registry(new_key=NEW), open_registry(new_key=NEW)
    filled = fill(one, clock, decided)
    added: list[Target] = []

    def meanwhile(done: int, total: int) -> None:
        number = len(added)
        for name in ("Orla Quennevest", "Person 6"):
            with pytest.raises(DuplicateTarget):
                other.add(Target(name))
        added.append(one.add(Target(f"Newcomer {number}", aliases=(f"Late {number}",))))
        other.extend(f"Person {number}", TargetUpdate(aliases=[f"More {number}"], reason="Found"))
        other.remove(added[0].id) if number == 1 else None
        other.restore("Person 6") if number == 5 else None
        assert one.get(f"more {number}").id == other.get(f"Alias {number}").id
        assert other.snapshot().get(added[-1].id) == added[-1]
        assert contents(one, filled) == contents(other, filled)
        assert is_whole(other)

    rotate(url, OLD, NEW, meanwhile, clock)
    assert len(added) >= 5
    for registry in (one, other, open_registry(key=NEW)):
        assert [target.name for target in registry.list()][8:] == [target.name for target in added[1:]]
        assert contents(registry, filled) == contents(one, filled)
        assert is_whole(registry)
    one.add(Target("One more"))
    assert other.get("One more") in list(other.snapshot())


def test_interrupted_anywhere_it_goes_on(
    url: str, open_registry: Open, clock: Any, decided: Any, small_steps: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = open_registry(new_key=NEW)
    filled = fill(registry, clock, decided)
    before = contents(registry, filled)
    writing, left = Vault.writing, 0

    @contextmanager
    def interrupted(vault: Vault, *args: Any, **options: Any) -> Iterator[Any]:
        nonlocal left
        with writing(vault, *args, **options) as given:
            yield given
            left -= 1
            if left == 0:
                raise KeyboardInterrupt

    attempts = 0
    while True:
        left = attempts = attempts + 1
        with monkeypatch.context() as patched:
            patched.setattr(Vault, "writing", interrupted)
            try:
                rotated = rotate(url, OLD, NEW, silent, clock)
                break
            except KeyboardInterrupt:
                pass
        assert contents(registry, filled) == before
        assert is_whole(registry)
    # Beginning, six times three targets, the end, and the scrubbing of the file.
    assert attempts >= 8
    assert rotated.resumed or attempts == 9
    assert contents(open_registry(key=NEW), filled) == before


def test_a_process_that_is_killed_while_another_one_adds_and_asks(
    url: str, open_registry: Open, clock: Any, decided: Any
) -> None:
    registry = open_registry(new_key=NEW)
    filled = fill(registry, clock, decided)
    registry.add_many([Target(f"Crowd {number}") for number in range(50)])
    registry.watch()
    added: list[Target] = []
    killed = 0
    while True:
        code = (
            "import sys\nfrom expunge.registry import rotation\nrotation._AT_ONCE = 4\n"
            "rotation.rotate(*sys.argv[1:4], lambda done, total: print(done, flush=True))"
        )
        process = subprocess.Popen([sys.executable, "-c", code, url, OLD, NEW], stdout=subprocess.PIPE)
        assert process.stdout is not None
        for line in process.stdout:
            name = f"Newcomer {len(added)}"
            added.append(registry.add(Target(name)))
            assert registry.get(name) == added[-1] == registry.snapshot().get(added[-1].id)
            assert registry.get("Orla Quennevest") in list(registry.snapshot())
            if killed < 2 and int(line) >= 20 * (killed + 1):
                os.kill(process.pid, signal.SIGKILL)
                killed += 1
                break
        process.stdout.close()
        if process.wait() == 0:
            break
        assert process.returncode == -signal.SIGKILL
    assert killed == 2
    opened = open_registry(key=NEW)
    assert list(opened.list())[-len(added) :] == added
    assert contents(opened, filled) == contents(registry, filled)
    assert is_whole(opened)


def test_a_process_without_the_new_key_says_so_and_answers_by_what_it_knew(
    url: str, open_registry: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, untold = open_registry(new_key=NEW), open_registry(poll_seconds=0.02)
    kept = told.add(Target("Orla Quennevest"))
    untold.watch()

    def fails(vault: Vault, progress: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(rotation, "_go_through", fails)
    assert not told.key_changing
    with pytest.raises(KeyboardInterrupt):
        rotate(url, OLD, NEW, silent)
    assert told.key_changing
    told.add(Target("Ivo Pellandrine"))
    deadline = time.monotonic() + 5
    while not untold.freshness().problem and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "EXPUNGE_NEW_KEY" in untold.freshness().problem
    assert list(untold.snapshot()) == [kept]
    with pytest.raises(WrongKey, match="being changed"):
        untold.add(Target("Tamsin Brockwalder"))
    for keys in ((OLD, None), (NEW, None), (OLD, THIRD), (THIRD, NEW)):
        with pytest.raises(WrongKey, match="being changed"):
            Registry.open(url, keys[0], new_key=keys[1])
        with pytest.raises(WrongKey, match="being changed"):
            rotate(url, keys[0], keys[1], silent)
    with Registry.open(url, NEW, new_key=OLD) as swapped:
        assert len(swapped.snapshot()) == 2


@pytest.mark.parametrize(
    ("keys", "kind", "sentence"),
    [
        ((THIRD, NEW), WrongKey, "EXPUNGE_KEY"),
        ((OLD, None), UsageError, "EXPUNGE_NEW_KEY"),
        ((OLD, OLD), UsageError, "already"),
        ((NEW, OLD), UsageError, "already"),
        ((None, NEW), ConfigError, "EXPUNGE_KEY"),
        ((OLD, ""), ConfigError, "empty"),
    ],
)
def test_wrong_use_changes_nothing(
    url: str, open_registry: Open, keys: Any, kind: type[Exception], sentence: str
) -> None:
    registry = open_registry()
    registry.add(Target("Orla Quennevest"))
    with pytest.raises(kind, match=sentence) as caught:
        rotate(url, keys[0], keys[1], silent)
    assert not any(key and key in str(caught.value) for key in keys)
    registry.add(Target("Ivo Pellandrine"))
    assert len(open_registry().snapshot()) == 2


def test_a_damaged_record_stops_it_without_harm(url: str, open_registry: Open) -> None:
    registry = open_registry(new_key=NEW)
    registry.add_many([Target("Orla Quennevest"), Target("Ivo Pellandrine")])
    with registry._database.writing() as connection:
        connection.exec_driver_sql("UPDATE targets SET status = 'lifted', record = name_hash WHERE seq = 1")
    with pytest.raises(RegistryError, match="damaged"):
        rotate(url, OLD, NEW, silent)
    assert registry.get("Ivo Pellandrine").name == "Ivo Pellandrine"


def test_an_empty_registry(url: str, open_registry: Open) -> None:
    open_registry().close()
    assert rotate(url, OLD, NEW, silent).targets == 0
    assert open_registry(key=NEW).list() == ()


class TestKeyFile:
    @pytest.fixture
    def url(self, database: Path) -> str:
        return f"sqlite:///{database}"

    def test_a_key_file_is_replaced_and_read_again(self, url: str, database: Path, open_registry: Open) -> None:
        running = open_registry(key=None)
        running.add(Target("Orla Quennevest"))
        key_file = database.with_name("targets.db.key")

        def lift(done: int, total: int) -> None:
            running.restore("Orla Quennevest")

        for _ in range(2):
            before = key_file.read_text()
            rotate(url, None, None, lift)
            assert key_file.read_text() != before
            assert not key_file.with_name("targets.db.key.new").exists()
            with pytest.raises(WrongKey):
                Registry.open(url, before)
            assert running.add(Target("Orla Quennevest")).name == "Orla Quennevest"
        assert len(open_registry(key=None).snapshot()) == 1
        assert running.audit.verify().intact

    def test_stopped_before_the_file_is_replaced(
        self, url: str, database: Path, open_registry: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        registry = open_registry(key=None)
        registry.add(Target("Orla Quennevest"))
        with monkeypatch.context() as patched:
            patched.setattr(Keychain, "settle", lambda keychain, lock: None)
            rotate(url, None, None, silent)
        key_file, fresh = (database.with_name(f"targets.db.key{end}") for end in ("", ".new"))
        current = fresh.read_text()
        assert len(open_registry(key=None).snapshot()) == len(open_registry(key=current).snapshot()) == 1
        rotate(url, None, None, silent)
        assert not fresh.exists()
        assert key_file.read_text() != current
        assert len(open_registry(key=None).snapshot()) == 1

    def test_a_new_key_file_that_is_gone_in_the_middle(
        self, url: str, database: Path, open_registry: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        open_registry(key=None).add(Target("Orla Quennevest"))
        with monkeypatch.context() as patched:
            patched.setattr(rotation, "_finish", lambda vault: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                rotate(url, None, None, silent)
        fresh = database.with_name("targets.db.key.new")
        key = fresh.read_text()
        fresh.unlink()
        with pytest.raises(WrongKey, match="two key files"):
            Registry.open(url)
        fresh.write_text(key)
        assert rotate(url, None, None, silent).resumed
        assert len(open_registry(key=None).snapshot()) == 1

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
    def test_a_key_file_stays_its_owners(self, url: str, database: Path, open_registry: Open) -> None:
        open_registry(key=None).add(Target("Orla Quennevest"))
        key_file = database.with_name("targets.db.key")
        os.chown(key_file, 12_345, 23_456)
        rotate(url, None, None, silent)
        found = key_file.stat()
        assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (12_345, 23_456, 0o600)

    def test_a_key_file_that_is_replaced_while_it_is_read(
        self, url: str, database: Path, open_registry: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        running = open_registry(key=None)
        with monkeypatch.context() as patched:
            patched.setattr(Keychain, "settle", lambda keychain, lock: None)
            rotate(url, None, None, silent)
        key_file, fresh = (database.with_name(f"targets.db.key{end}") for end in ("", ".new"))

        def read(path: Path) -> str:
            if fresh.exists():
                os.replace(fresh, key_file)
            return read_key_file(path)

        monkeypatch.setattr(keychain, "read_key_file", read)
        assert running.add(Target("Orla Quennevest")).revision == 1
        assert not fresh.exists()

    def test_a_registry_in_memory_has_nothing_to_change(self) -> None:
        with pytest.raises(UsageError, match="memory"):
            rotate("sqlite:///:memory:", None, None, silent)
