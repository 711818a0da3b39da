"""The registry: targets, their revisions and history, and the snapshot that every request works with."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import TracebackType

from sqlalchemy import select

from expunge.errors import ConfigError, InvalidTarget, RegistryError
from expunge.registry import queries
from expunge.registry.api_keys import KeyStore
from expunge.registry.audit.decisions import DecisionRecord
from expunge.registry.audit.log import AuditLog
from expunge.registry.audit.outbox import Outbox
from expunge.registry.changes import Progress
from expunge.registry.db.choose import open_database
from expunge.registry.rows import Change
from expunge.registry.schema import api_keys, tenants
from expunge.registry.security.keychain import Keychain
from expunge.registry.security.signing import PublicKey, Signer
from expunge.registry.snapshot import Follower, Freshness, Watcher
from expunge.registry.vault import Vault, unlock
from expunge.settings import DEFAULT_TENANT, TENANT_PATTERN
from expunge.types import Decision, Snapshot, Target, TargetStatus, TargetUpdate


class Registry:
    """One tenant's store of targets. Every change makes a new revision, in force at once in this process and
    within `poll_seconds` in every other one on the same database. All methods may be called from any thread.

    Methods raise RegistryError, or one of its kinds, if the database cannot be used.
    """

    def __init__(self, vault: Vault, tenant: str, api_keys: KeyStore, poll_seconds: float) -> None:
        self.tenant = tenant
        self.api_keys = api_keys
        """The callers' keys, of every tenant."""
        self.audit = AuditLog(vault, tenant)
        """What was changed and decided."""
        self._vault = vault
        self._database = vault.database
        self._poll_seconds = poll_seconds
        self._follower = Follower(vault, tenant, poll_seconds)
        self._owner = self
        self._others: dict[str, Registry] = {}
        self._others_lock = threading.Lock()
        self._watcher: Watcher | None = None

    @classmethod
    def open(
        cls,
        url: str,
        key: str | None = None,
        tenant: str = DEFAULT_TENANT,
        *,
        new_key: str | None = None,
        clock: Callable[[], float] = time.time,
        poll_seconds: float = 0.1,
        new: bool = False,
        must_exist: bool = False,
    ) -> Registry:
        """Open a tenant's part of the registry at a URL, made on first use, and load what is in force.

        Args:
            url: `sqlite:///file`, `sqlite:////absolute/file`, or `sqlite:///:memory:`; `?mode=ro` only reads.
                Or `postgresql://user@host/database`, which needs a key.
            key: the encryption key: 32 bytes in hexadecimal or base64, or a passphrase. None takes the
                key file beside the database (`file.key`), made on first use; in memory, a passing key.
            tenant: whose targets; one that is not there yet begins with none.
            new_key: the key that the registry's is being, or will be, changed to (see `registry.rotation`).
            clock: seconds since 1970, by which targets expire.
            poll_seconds: how old a snapshot may be as to what other processes changed.
            new: begin a registry, though a key file tells that there was one before. Without it none is begun then,
                since everybody who was in force would be disclosed.
            must_exist: make none in any case. Without it one is made where nothing tells of an earlier one, as nothing
                does of one whose key is given.

        Raises:
            ConfigError: if the URL is of another kind, the key is empty, or the tenant's name is none.
            WrongKey: if the registry was made with another key; nothing is changed.
            RegistryMissing: if there is a key file, and no registry; or, with `must_exist`, none.
            RegistryTooNew: if it was written by a newer version of expunge.
            RegistryLocked: if another process holds it for too long.
            RegistryReadOnly: if it must be made or brought up to date and cannot be written.
            RegistryError: if it is not a registry, is damaged or cannot be opened.
        """
        _check_tenant(tenant)
        database = open_database(url, keyed=key is not None, new=new, must_exist=must_exist)
        try:
            keychain = Keychain(database, key, new_key)
            unlock(database, keychain, new=new, must_exist=must_exist)
            vault = Vault(database, keychain, clock)
            opened = cls(vault, tenant, KeyStore(vault, poll_seconds), poll_seconds)
            opened._follower.catch_up()
            vault.scrub_if_due()
        except BaseException:
            database.close()
            raise
        return opened

    def of(self, tenant: str) -> Registry:
        """Another tenant's part of the same registry, on the same connections; it is open as long as this one is.

        Raises:
            ConfigError: if the name is none of a tenant.
            RegistryError: if it cannot be loaded.
        """
        owner = self._owner
        if tenant == owner.tenant:
            return owner
        _check_tenant(tenant)
        with owner._others_lock:
            other = owner._others.get(tenant)
            if other is None:
                other = Registry(owner._vault, tenant, owner.api_keys, owner._poll_seconds)
                other._owner = owner
                other._follower.catch_up()
                owner._others = {**owner._others, tenant: other}
        return other

    def tenants(self) -> tuple[str, ...]:
        """Every tenant that ever had a target or has an API key, by name."""
        with self._vault.reading() as (connection, _):
            known = connection.execute(select(tenants.c.name).union(select(api_keys.c.tenant)))
            return tuple(sorted(known.scalars()))

    def watch(self) -> None:
        """Keep every tenant's snapshot, and the API keys, fresh from a thread of its own until the registry is closed.

        From then on `snapshot` is a look at a variable. While the database cannot be reached the last snapshot serves,
        as `freshness` tells; what others changed meanwhile is in force as soon as it is back.
        """
        owner = self._owner
        with owner._others_lock:
            if owner._watcher is None:
                owner._look()
                owner._watcher = Watcher(owner._look, owner._database.wait, owner._poll_seconds)

    def freshness(self) -> Freshness:
        """Return how old the snapshot may be, and why it could not be renewed or a change would not last, if so."""
        found = self._follower.freshness()
        if not found.lost:
            try:
                self._database.check()
            except RegistryError as error:
                return replace(found, problem=str(error), lost=True)
        return found

    def close(self) -> None:
        """Close the database, for every tenant; the last snapshot stays usable. Does nothing on what `of` gave."""
        if self._owner is self:
            if self._watcher is not None:
                self._watcher.stop()
            self._database.close()

    def __enter__(self) -> Registry:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def snapshot(self) -> Snapshot:
        """The targets in force now. Costs a look at a clock and, without `watch`, a query every `poll_seconds`.

        A target that has just run out is gone from it even while nothing can be written; a snapshot may
        then differ from an earlier one of the same revision.
        """
        watcher = self._owner._watcher
        return self._follower.snapshot(watched=watcher is not None and watcher.alive)

    def before_changes(self, ready: Callable[[Snapshot], None]) -> None:
        """Have `ready` called with each new snapshot before it is in force here, by whoever makes or finds the change.

        The snapshot before it serves meanwhile. Takes the place of what was called before.
        """
        self._follower.view.ready = ready

    @property
    def revision(self) -> int:
        """The revision of the snapshot."""
        return self.snapshot().revision

    def add(self, target: Target) -> Target:
        """Register a target and return it with its id.

        If a target of this name was lifted or has expired, that one comes back into force under its old
        id, with the new content added to its own. Names are the same if they differ in case, width or
        white space only. `id`, `status` and times of the argument are ignored, except `expires_at`.

        Raises:
            DuplicateTarget: if a target of this name is in force.
            InvalidTarget: if its time has run out already.
        """
        return self.add_many([target])[0]

    def add_many(self, targets: Iterable[Target], progress: Progress | None = None) -> tuple[Target, ...]:
        """Register targets, all or none, at one revision; `progress(done, total)` is called now and then.

        Raises:
            DuplicateTarget: if one of these names is in force, or comes twice.
            InvalidTarget: if a target's time has run out already.
        """
        new = tuple(targets)
        with self._follower.changing() as ledger:
            return ledger.add(new, progress)

    def extend(self, ref: str, update: TargetUpdate, *, if_revision: int | None = None) -> Target:
        """Add aliases and facts to a target; replace its description, reason, request or times where given.

        A later time, or None for no end, brings an expired target back into force; a lifted one stays lifted.

        Raises:
            UnknownTarget: if no target has this id or name.
            TargetChanged: if its revision is not `if_revision`, where that is given.
            InvalidTarget: if a part is too long or the time has run out already.
        """
        with self._follower.changing() as ledger:
            return ledger.extend(ledger.find(ref, if_revision), update)

    def confirm(
        self,
        ref: str,
        facts: Iterable[str] | None = None,
        *,
        drop: Iterable[str] = (),
        if_revision: int | None = None,
    ) -> Target:
        """Take elicited facts, told by their texts (None: all that are not dropped), for given ones; drop others.

        Raises:
            UnknownTarget: if no target has this id or name.
            InvalidTarget: if a text is none of its elicited facts.
            TargetChanged: if its revision is not `if_revision`, where that is given.
        """
        if any(isinstance(texts, str) or not isinstance(texts, Iterable) for texts in (facts or (), drop)):
            raise InvalidTarget("Facts to confirm or drop are lists; put a single one into a list.")
        kept = None if facts is None else frozenset(facts)
        with self._follower.changing() as ledger:
            return ledger.confirm(ledger.find(ref, if_revision), kept, frozenset(drop))

    def restore(self, ref: str, reason: str = "", *, if_revision: int | None = None) -> Target:
        """Lift a target: it is out of force, and kept with its history.

        Raises:
            UnknownTarget: if no target has this id or name.
            TargetChanged: if its revision is not `if_revision`, where that is given.
        """
        with self._follower.changing() as ledger:
            return ledger.lift(ledger.find(ref, if_revision), reason)

    def remove(self, ref: str, *, if_revision: int | None = None) -> None:
        """Delete a target and its history for good; what stays is its random id and the revision.

        It is out of force at once. Then the file is rewritten so that no byte of it is left, which takes
        about a second per 100 MB; if that cannot be done now it is done with the next removal or opening.

        Raises:
            UnknownTarget: if no target has this id or name.
            TargetChanged: if its revision is not `if_revision`, where that is given.
        """
        with self._follower.changing() as ledger:
            ledger.remove(ledger.find(ref, if_revision))
        self._vault.scrub_if_due()

    def get(self, ref: str) -> Target:
        """The target, in force or not, of an id, the first 6 or more characters of one, a name or an alias.

        Raises:
            UnknownTarget: if there is none, or several.
        """
        with self._vault.reading(self.tenant) as (connection, keys):
            return queries.load(connection, keys, queries.find(connection, keys, ref), self._vault.now())

    def list(self, status: TargetStatus | None = None) -> tuple[Target, ...]:
        """All targets, or those of a status, in the order in which they were first added."""
        with self._vault.reading(self.tenant) as (connection, keys):
            return queries.load_all(connection, keys, status, self._vault.now())

    def page(
        self, after: int = 0, limit: int = 100, status: TargetStatus | None = None, *, newest_first: bool = False
    ) -> tuple[tuple[Target, ...], int | None]:
        """At most `limit` targets, or those of a status, oldest or newest first, and the `after` of the next page, or
        None."""
        with self._vault.reading(self.tenant) as (connection, keys):
            return queries.load_page(connection, keys, after, limit, status, self._vault.now(), newest_first)

    def in_force(self, names: Iterable[str]) -> set[str]:
        """Those of the names under which a target is in force, so that it cannot be registered anew."""
        with self._vault.reading(self.tenant) as (connection, keys):
            return queries.load_in_force(connection, keys, names, self._vault.now())

    def history(self, ref: str) -> tuple[Change, ...]:
        """Return the history of a target, oldest first.

        Raises:
            UnknownTarget: if no target has this id or name.
        """
        with self._vault.reading(self.tenant) as (connection, keys):
            return queries.load_history(connection, keys, queries.find(connection, keys, ref))

    @property
    def key_changing(self) -> bool:
        """Whether a change of the registry's key has begun and not finished (see `registry.rotation`)."""
        return self._vault.keys().replacing

    @property
    def signer(self) -> Signer:
        """The key that signs for this registry; its public key checks certificates and exports elsewhere."""
        return Signer(self._vault.keys(self.tenant).signing_seed())

    @property
    def former_public_keys(self) -> tuple[PublicKey, ...]:
        """Return the public keys of this registry before its key was changed, by its audit log; none if the log is
        broken."""
        return self.audit.former_public_keys(self.signer.public)

    @property
    def outbox(self) -> Outbox:
        """The changes of every tenant, for listeners."""
        return Outbox(self._vault)

    def get_vectors(self, space: str, digests: Mapping[str, str]) -> dict[str, bytes]:
        """Cached vectors in the space of an embedding model, for those targets whose digest still fits.

        Args:
            space: the name of the embedding model.
            digests: by target id, a digest of the texts that the vectors must be of.
        """
        with self._vault.reading(self.tenant) as (connection, keys):
            return queries.load_vectors(connection, keys, space, digests)

    def put_vectors(self, space: str, entries: Mapping[str, tuple[str, bytes]]) -> None:
        """Cache vectors: by target id, a digest of their texts and their bytes. Removed targets are skipped."""
        with self._follower.changing() as ledger:
            ledger.put_vectors(space, entries)

    def record_decisions(self, batch: Iterable[DecisionRecord]) -> None:
        """Append decisions to the audit log, all or none."""
        self.audit.record_decisions(batch)

    def decisions(
        self,
        since: datetime | None = None,
        limit: int = 100,
        target: str | None = None,
        before: int | None = None,
        decision: Decision | None = None,
    ) -> tuple[DecisionRecord, ...]:
        """The newest logged decisions first (see `AuditLog.decisions`)."""
        return self.audit.decisions(since, limit, target, before, decision)

    def _look(self) -> None:
        """Bring every tenant and the keys up to date, on the watcher's thread."""
        for part in (self, *self._others.values()):
            part._follower.look()
        self.api_keys.look()


def _check_tenant(tenant: str) -> None:
    if not re.fullmatch(TENANT_PATTERN, tenant):
        raise ConfigError("The name of a tenant has 1 to 63 of a-z, 0-9, - and _, and begins with a letter or digit.")
