"""The snapshot's place for the registry; see `expunge.types.Snapshot`."""

from expunge.types import Snapshot as Snapshot
