from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, column, inspect, table

from expunge.errors import RegistryError, RegistryTooNew, WrongKey
from expunge.registry import migrations
from expunge.registry.db.sqlite import SqliteDatabase
from expunge.registry.rows import moment, new_id, registered, to_row
from expunge.registry.schema import HEAD, VERSIONS, metadata
from expunge.registry.security.crypto import Keyring
from expunge.registry.security.keychain import Keychain
from expunge.registry.store import Registry
from expunge.registry.vault import unlock
from expunge.types import Fact, Target, TargetStatus

KEY = "5f" * 32
SALT = b"s" * 16
NOW = 1_800_000_000_000_000


def shape(connection: Connection) -> dict[str, object]:
    """Columns, keys and indexes of every table of ours."""
    inspector = inspect(connection)
    return {
        name: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in inspector.get_columns(name)],
            inspector.get_pk_constraint(name)["constrained_columns"],
            sorted((index["name"] or "", tuple(index["column_names"])) for index in inspector.get_indexes(name)),
            sorted(tuple(unique["column_names"]) for unique in inspector.get_unique_constraints(name)),
            [(key["constrained_columns"], key["referred_table"]) for key in inspector.get_foreign_keys(name)],
        )
        for name in inspector.get_table_names()
        if name != "alembic_version"
    }


def old_registry(url: str) -> Target:
    """A registry as version 1 left it, with one target in it."""
    database = SqliteDatabase(url)
    database.prepare()
    with database.writing() as connection:
        migrations.upgrade(connection, "0001")
        keys = Keyring(KEY, SALT)
        added = registered(
            Target("Orla Quennevest", aliases=("Lark",), facts=(Fact("Keeps bees"),)),
            target_id=new_id(),
            status=TargetStatus.ACTIVE,
            revision=7,
            created_at=moment(NOW),
            updated_at=moment(NOW),
        )
        row = to_row(added, keys)
        del row["tenant"]
        rows = {
            "registry": {"id": 1, "revision": 7, "salt": SALT, "key_check": keys.check, "scrub_due": 0},
            "targets": row,
            "aliases": {"target_id": added.id, "alias_hash": keys.hash_name("Lark")},
            "changes": {"target_id": added.id, "revision": 7, "at": NOW, "action": "added"},
            "removals": {"target_id": "t_gone", "revision": 6},
        }
        for name, values in rows.items():
            connection.execute(table(name, *map(column, values)).insert().values(**values))
    database.close()
    return added


def test_the_migrations_lead_to_the_tables_of_the_schema() -> None:
    migrated, made = SqliteDatabase("sqlite://"), SqliteDatabase("sqlite://")
    with migrated.writing() as one, made.writing() as other:
        migrations.upgrade(one)
        metadata.create_all(other)
        assert shape(one) == shape(other)
        assert set(shape(one)) == {
            "registry",
            "targets",
            "aliases",
            "changes",
            "removals",
            "vectors",
            "tenants",
            "api_keys",
            "audit",
            "webhooks",
        }
        assert migrations.version(one) == HEAD
    migrated.close()
    made.close()


def test_every_migration_is_known_and_numbered() -> None:
    folder = Path(migrations.__file__).parent / "versions"
    numbers = sorted(path.name[1:5] for path in folder.glob("v*.py"))
    assert tuple(numbers) == VERSIONS
    assert VERSIONS[-1] == HEAD


@pytest.mark.parametrize("version", VERSIONS)
def test_a_database_knows_the_version_it_is_at(version: str) -> None:
    database = SqliteDatabase("sqlite://")
    with database.writing() as connection:
        assert migrations.version(connection) is None
        migrations.upgrade(connection, version)
        assert migrations.version(connection) == version
    database.close()


def test_a_registry_of_version_1_is_brought_up_to_date_with_all_that_is_in_it(
    url: str, open_registry: Callable[..., Registry]
) -> None:
    added = old_registry(url)
    opened = open_registry()
    assert list(opened.snapshot()) == [added] == [opened.get("lark")]
    assert (opened.tenant, opened.revision, opened.tenants()) == ("default", 7, ("default",))
    opened.put_vectors("space", {added.id: ("digest", b"data")})
    assert opened.get_vectors("space", {added.id: "digest"}) == {added.id: b"data"}
    assert [change.action.value for change in opened.history(added.id)] == ["added"]


def test_a_wrong_key_leaves_an_old_registry_as_it_is(url: str, database: Path) -> None:
    old_registry(url)
    before = database.read_bytes()
    with pytest.raises(WrongKey, match="EXPUNGE_KEY"):
        Registry.open(url, "60" * 32)
    assert database.read_bytes() == before


def test_a_migration_that_fails_leaves_an_old_registry_as_it_is(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old_registry(url)
    upgrade = migrations.upgrade

    def interrupted(connection: Connection) -> None:
        upgrade(connection)
        raise KeyboardInterrupt

    monkeypatch.setattr(migrations, "upgrade", interrupted)
    database = SqliteDatabase(url)
    with pytest.raises(KeyboardInterrupt):
        unlock(database, Keychain(database, KEY))
    with database.reading() as connection:
        assert migrations.version(connection) == "0001"
        assert "vectors" not in inspect(connection).get_table_names()
    database.close()


def test_a_registry_of_a_newer_version_is_left_alone(
    url: str, database: Path, open_registry: Callable[..., Registry]
) -> None:
    with open_registry()._database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(RegistryTooNew, match="upgrade expunge"):
        Registry.open(url, KEY)
    with pytest.raises(RegistryTooNew):
        Registry.open(url, "60" * 32)


@pytest.mark.parametrize("other_table", ["recipes", "alembic_version"])
def test_somebody_elses_database_is_left_alone(url: str, database: Path, other_table: str) -> None:
    other = SqliteDatabase(url)
    with other.writing() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {other_table} (version_num TEXT)")
        connection.exec_driver_sql(f"INSERT INTO {other_table} VALUES ('0001')")
    other.close()
    before = database.read_bytes()
    with pytest.raises(RegistryError, match="other tables"):
        Registry.open(url)
    assert database.read_bytes() == before
    assert [path.name for path in database.parent.iterdir()] == [database.name]


def test_alembic_is_not_imported_for_a_registry_that_is_up_to_date(
    url: str, open_registry: Callable[..., Registry]
) -> None:
    open_registry().close()
    code = (
        "import sys\nfrom expunge.registry.store import Registry\n"
        f"Registry.open({url!r}, {KEY!r}).close()\nsys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_upgrade_works_from_a_folder_with_a_percent_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = tmp_path / "100%"
    link.symlink_to(Path(migrations.__file__).parent)
    monkeypatch.setattr(migrations, "__file__", str(link / "__init__.py"))
    database = SqliteDatabase("sqlite://")
    with database.writing() as connection:
        migrations.upgrade(connection)
        assert migrations.version(connection) == HEAD
    database.close()
