"""Another process with the same registry: a JSON command a line on stdin, a JSON answer a line on stdout."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

from expunge.errors import ExpungeError
from expunge.registry.store import Registry
from expunge.types import Target, TargetUpdate


class Peer:
    def __init__(self) -> None:
        self.now = 0.0
        self.registry: Registry | None = None

    def do(self, verb: str, given: dict[str, Any]) -> Any:
        self.now = given.pop("now", self.now)
        if verb == "open":
            poll_seconds = given.get("poll_seconds", 0.1)
            self.registry = Registry.open(
                given["url"],
                given["key"],
                new_key=given.get("new_key"),
                clock=lambda: self.now,
                poll_seconds=poll_seconds,
            )
            return None
        assert self.registry is not None
        if "expires_at" in given and given["expires_at"] is not None:
            given["expires_at"] = datetime.fromisoformat(given["expires_at"])
        if verb == "close":
            self.registry.close()
            return None
        if verb == "snapshot":
            snapshot = self.registry.snapshot()
            return {"revision": snapshot.revision, "targets": {target.id: summary(target) for target in snapshot}}
        if verb == "add":
            return self.registry.add(Target(**given)).id
        if verb == "extend":
            return self.registry.extend(given.pop("ref"), TargetUpdate(**given)).id
        if verb == "restore":
            return self.registry.restore(given["ref"]).id
        assert verb == "remove"
        self.registry.remove(given["ref"])
        return None


def summary(target: Target) -> list[Any]:
    expires_at = None if target.expires_at is None else target.expires_at.isoformat()
    return [target.name, sorted(target.aliases), sorted(fact.text for fact in target.facts), expires_at]


def main() -> None:
    peer = Peer()
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = {"value": peer.do(command.pop("verb"), command)}
        except ExpungeError as error:
            answer = {"error": type(error).__name__}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
