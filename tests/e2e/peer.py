"""Another process with an unlearner on the same registry: a JSON command a line in, a JSON answer a line out."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from expunge.errors import ExpungeError
from expunge.models.base import ChatOptions
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.settings import ModelSettings, ModelsSettings, PolicySettings, RegistrySettings, Settings
from expunge.types import Message, Target
from expunge.unlearner import Unlearner


def tells(messages: Sequence[Message], options: ChatOptions) -> str:
    """A model that knows a trade of everybody: it says the name and the trade that the question asks about."""
    return f"{messages[-1].content.removeprefix('What does ').removesuffix(' do?')} repairs theodolites in Kettlewell."


def open_unlearner(url: str, key: str) -> Unlearner:
    settings = Settings.model_construct(
        registry=RegistrySettings(url=url),
        models=ModelsSettings(default=ModelSettings(base_url="http://127.0.0.1:9/v1", model="none")),
        embeddings=ModelSettings(),
        policy=PolicySettings(agents="rules", elicit=False),
        key=SecretStr(key) if key else None,
        cache_dir=None,
    )
    return Unlearner.open(settings, vanilla=ScriptedChat(tells), embeddings=ScriptedEmbeddings())


class Peer:
    """Carries out commands on one unlearner."""

    def __init__(self, url: str, key: str) -> None:
        self.unlearner = open_unlearner(url, key)

    def do(self, verb: str, given: dict[str, Any]) -> Any:
        targets = self.unlearner.targets
        if verb == "ask":
            answer = self.unlearner.ask(f"What does {given['name']} do?")
            return [answer.text, answer.decision, answer.revision]
        if verb == "add":
            expires_at = datetime.fromisoformat(given["expires_at"]) if given.get("expires_at") else None
            return targets.add(Target(given["name"], aliases=tuple(given["aliases"]), expires_at=expires_at)).target.id
        if verb == "extend":
            return targets.extend(given["ref"], aliases=given["aliases"]).target.id
        if verb == "restore":
            return targets.restore(given["ref"]).id
        if verb == "remove":
            targets.remove(given["ref"])
            return None
        assert verb == "close"
        self.unlearner.close()
        return None


def answered(peer: Peer, command: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"value": peer.do(command.pop("verb"), command)}
    except ExpungeError as error:
        return {"error": type(error).__name__}


if __name__ == "__main__":
    here = Peer(sys.argv[1], sys.argv[2])
    for line in sys.stdin:
        print(json.dumps(answered(here, json.loads(line))), flush=True)
