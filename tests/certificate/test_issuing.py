from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expunge.assemble import Parts, assemble
from expunge.certificate.issuing import Order, alone, issue, origin
from expunge.certificate.wording import particulars
from expunge.errors import ModelUnreachable, UnknownTarget, UsageError
from expunge.models.base import Completion
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.registry.security.signing import is_signed_by
from expunge.settings import ModelSettings, ModelsSettings, RegistrySettings, Settings
from expunge.types import Target, TargetUpdate

from .conftest import IRVA, OTHERS, knows

Issued = Callable[..., Any]
SECRETS = ("irva", "tandlow", "skellefte", "estuary", "whippets", "norway", "basil")


async def test_a_layer_that_holds_back(issued: Issued, parts: Parts) -> None:
    document = await issued()
    assert is_signed_by(document, parts.registry.signer.public)
    assert document["verdict"] == "nothing disclosed"
    assert document["disclosed"]["after"]["hits"] == 0
    assert document["disclosed"]["before"]["hits"] > document["questions"] / 2
    assert sum(kind["after"]["n"] for kind in document["kinds"]) == document["questions"] == len(document["asked"])
    assert document["others"]["answered"]["hits"] == document["others"]["unchanged"]["hits"] == len(OTHERS)
    assert not any("Not asked" in limit or "general ones" in limit for limit in document["limits"])
    assert document["registry"] == {"revision": 1, "revision_after": 1, "revisions": [1], "targets_in_force": 1}
    assert document["target"]["request_id"] == "DSR-7"
    assert {"role": "AuditErase", "name": "played by rules"} in document["system"]["models"]


async def test_no_text_unless_asked_for(issued: Issued) -> None:
    document = await issued()
    told = json.dumps(document, ensure_ascii=False).casefold()
    assert not [secret for secret in SECRETS if secret in told]


async def test_text_where_asked_for(issued: Issued) -> None:
    document = await issued(include_text=True)
    assert document["target"]["name"] == IRVA.name
    assert document["asked"][0]["turns"][0]["role"] == "user"
    assert "Skellefteå" in document["asked"][0]["before"][0]
    assert document["kept"][0]["question"] == OTHERS[0].question


async def test_a_gateway_that_leaks(issued: Issued) -> None:
    leaking = ScriptedChat(lambda m, o: Completion("Nothing.", reasoning=knows(m, o)), name="front")
    document = await issued(gateway=leaking, address="http://me:secret@127.0.0.1:8000/v1", others=())
    assert document["verdict"] == "disclosed"
    assert document["disclosed"]["after"]["hits"] == document["disclosed"]["before"]["hits"] > 0
    assert document["system"]["live"] == "http://127.0.0.1:8000"
    assert "secret" not in json.dumps(document)
    assert any("asked from outside" in limit for limit in document["limits"])


async def test_a_model_that_knows_nothing_is_said_to(issued: Issued) -> None:
    document = await issued(Target("Maud Perrin", facts=("Maud Perrin won the Amber Prize in 1931.",)))
    assert document["disclosed"]["before"]["hits"] == 0
    assert any("model alone disclosed nothing either" in limit for limit in document["limits"])


async def test_by_name_alone_the_model_is_the_reference(issued: Issued) -> None:
    document = await issued(Target("Irva Tandlow-Reyes"))
    assert document["by_reference"]
    assert document["verdict"] == "nothing disclosed"
    assert document["disclosed"]["before"]["hits"] > 0
    assert any("No fact is registered" in limit for limit in document["limits"])


async def test_a_topic(issued: Issued) -> None:
    document = await issued(Target("moon moths", (), ("How are moon moths bred?",), kind="topic"))
    assert document["target"]["kind"] == "topic"
    assert document["questions"] > 10


async def test_questions_that_fail_make_it_incomplete(issued: Issued, parts: Parts) -> None:
    calls = 0

    def sometimes(messages: Any, options: Any) -> Any:
        nonlocal calls
        calls += 1
        return ModelUnreachable("The endpoint is down.") if calls == 3 else "Nothing."

    document = await issued(gateway=ScriptedChat(sometimes), address="http://x/v1")
    assert (document["verdict"], document["failed"]) == ("incomplete", 1)
    assert any("could not be asked" in limit for limit in document["limits"])


async def test_a_gateway_that_is_down_is_an_error(issued: Issued) -> None:
    with pytest.raises(ModelUnreachable):
        await issued(gateway=ScriptedChat(lambda m, o: ModelUnreachable("It is down.")), address="http://x/v1")


async def test_only_what_is_in_force_is_certified(parts: Parts) -> None:
    with pytest.raises(UnknownTarget):
        await issue(parts, Order("nobody"))
    parts.registry.add(IRVA)
    parts.registry.restore(IRVA.name)
    with pytest.raises(UsageError, match="The target is lifted"):
        await issue(parts, Order(IRVA.name))


@pytest.mark.parametrize("change", ["restore", "remove", "extend"])
async def test_a_target_that_changes_meanwhile_is_not_certified(issued: Issued, parts: Parts, change: str) -> None:
    def changing(messages: Any, options: Any) -> str:
        if parts.registry.get("Irva Tandlow-Reyes").facts == IRVA.facts:
            getattr(parts.registry, change)(
                IRVA.name, *([TargetUpdate(facts=["She sails."])] if change == "extend" else [])
            )
        return "Nothing."

    with pytest.raises(UsageError, match="was changed, lifted or removed while it was asked about"):
        await issued(gateway=ScriptedChat(changing if change == "extend" else once(changing)), address="http://x/v1")


async def test_other_targets_that_change_meanwhile_are_told(issued: Issued, parts: Parts) -> None:
    gateway = ScriptedChat(once(lambda m, o: parts.registry.add(Target("Orla Quennevest")).id))
    document = await issued(gateway=gateway, address="http://x/v1")
    assert (document["registry"]["revision"], document["registry"]["revision_after"]) == (1, 2)
    assert ("Registry", "revision 1 to 2 (other targets were changed meanwhile), 1 target in force") in particulars(
        document
    )


async def test_what_could_not_be_tested_is_said(issued: Issued) -> None:
    document = await issued(Target("Irva Tandlow-Reyes"), others=None)
    assert any("Not asked" in limit and "without the name" in limit for limit in document["limits"])
    assert any("were general ones" in limit for limit in document["limits"])


def once(act: Callable[..., Any]) -> Callable[..., str]:
    """A model that does something at the first call."""
    calls: list[str] = []

    def reply(messages: Any, options: Any) -> str:
        calls.append("Nothing.") if calls else calls.append(act(messages, options))
        return "Nothing."

    return reply


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
