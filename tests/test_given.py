"""What is given to the library wrongly ends in one sentence of ours, which repeats nothing of it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from expunge.errors import ConfigError, ExpungeError, InvalidTarget, UsageError
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.settings import ModelSettings, ModelsSettings, PolicySettings, RegistrySettings, Settings
from expunge.types import Fact, Message, Target
from expunge.unlearner import Unlearner

ORLA = "Orla Vantongeren"
Use = Callable[[Any], Any]


@pytest.fixture
def unlearner(tmp_path: Path) -> Iterator[Unlearner]:
    settings = Settings(
        registry=RegistrySettings(url=f"sqlite:///{tmp_path / 'r.db'}"),
        models=ModelsSettings(default=ModelSettings(base_url="http://127.0.0.1:9/v1", model="none")),
        policy=PolicySettings(agents="rules", elicit=False),
        cache_dir=tmp_path / "cache",
    )
    model = ScriptedChat(lambda messages, options: "The harbour is full.")
    with Unlearner.open(settings, vanilla=model, embeddings=ScriptedEmbeddings()) as opened:
        yield opened


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Target(name=3), "The name must be text"),  # type: ignore[arg-type]
        (lambda: Target(name=None), "The name must be text"),  # type: ignore[arg-type]
        (lambda: Target(name="A", aliases="B"), "must be lists"),
        (lambda: Target(name="A", aliases=None), "must be lists"),  # type: ignore[arg-type]
        (lambda: Target(name="A", aliases=[4]), "The alias must be text"),  # type: ignore[list-item]
        (lambda: Target(name="A", facts="B"), "must be lists"),
        (lambda: Target(name="A", facts={"question": "Who?", "answer": "He."}), "must be lists"),  # type: ignore[arg-type]
        (lambda: Target(name="A", facts=Fact("B")), "must be lists"),  # type: ignore[arg-type]
        (lambda: Target(name="A", facts=[1]), "A fact must be a statement"),  # type: ignore[list-item]
        (lambda: Target(name="A", facts=3), "must be lists"),  # type: ignore[arg-type]
        (lambda: Target(name="A", expires_at="2030-12-31"), "expires_at must be a datetime"),  # type: ignore[arg-type]
        (lambda: Target(name="A", due_at=datetime.date(2030, 12, 31)), "due_at must be a datetime"),  # type: ignore[arg-type]
        (lambda: Target(name="A", description=None), "The description must be text"),  # type: ignore[arg-type]
        (lambda: Target(name="A", kind=3), 'The kind of a target must be "entity"'),  # type: ignore[arg-type]
        (lambda: Fact(3), "A fact must be a statement"),  # type: ignore[arg-type]
        (lambda: Fact("B", question=None), "A fact must be a statement"),  # type: ignore[arg-type]
    ],
)
def test_a_target_or_fact_of_a_wrong_type(make: Callable[[], object], says: str) -> None:
    with pytest.raises(InvalidTarget, match=says):
        make()


@pytest.mark.parametrize(
    ("use", "says"),
    [
        (lambda u: u.ask(None), "A question must be a string .*, not None"),
        (lambda u: u.ask(3), "not an int"),
        (lambda u: u.ask(b"Who is Orla Vantongeren?"), "not a bytes"),
        (lambda u: u.ask(["Who is Orla Vantongeren?"]), 'A message needs a "role" .* One of these is a str'),
        (lambda u: u.ask([None]), "One of these is None"),
        (lambda u: u.ask({"question": ORLA}), 'A message needs a "role"'),
        (lambda u: u.ask([Message("user", None)]), 'A message needs a "role"'),  # type: ignore[arg-type]
        (lambda u: u.ask([{"role": "user", "content": [{"type": "text", "text": ORLA}]}]), 'a string "content"'),
        (lambda u: u.ask("Who?", options={"max_tokens": 3}), "options must be ChatOptions"),
        (lambda u: u.scrub(None), "The text to scrub must be a string"),
        (lambda u: u.scrub([ORLA]), "The text to scrub must be a string, not a list"),
        (lambda u: u.scrub_many(ORLA), r"use scrub\(\)"),
        (lambda u: u.scrub_many(None), "takes a list of strings"),
        (lambda u: u.scrub_many([ORLA, 3]), "not an int"),
        (lambda u: u.targets.add(ORLA), 'such as Target.name="…"., not a str'),
        (lambda u: u.targets.add({"name": ORLA}), "not a dict"),
        (lambda u: u.targets.add(None), "not None"),
        (lambda u: u.targets.add_many(ORLA), "takes a list"),
        (lambda u: u.targets.add_many(Target(name=ORLA)), r"use add\(\)"),
        (lambda u: u.targets.add_many(None), "takes a list"),
        (lambda u: u.targets.add_many([Target(name="A"), {"name": ORLA}]), "not a dict"),
        (lambda u: u.targets.add_many([ORLA]), "not a str"),
        (lambda u: u.targets.extend(Target(name=ORLA), facts=["x"]), "its .id"),
        (lambda u: u.targets.extend("A", facts="x"), "must be lists"),
        (lambda u: u.targets.update("A", {"facts": ["x"]}), "as TargetUpdate.facts=.*not a dict"),
        (lambda u: u.targets.confirm(None), "not None"),
        (lambda u: u.targets.confirm("A", 3), "Facts to confirm or drop are lists"),
        (lambda u: u.targets.confirm("A", drop="x"), "Facts to confirm or drop are lists"),
        (lambda u: u.targets.get(3), "given by its id or name"),
        (lambda u: u.targets.restore(Target(name=ORLA)), "use its .id"),
        (lambda u: u.targets.remove(None), "not None"),
        (lambda u: u.targets.history(None), "not None"),
        (lambda u: u.targets.list("actve"), "active, lifted, expired"),
    ],
)
def test_a_call_with_a_wrong_type(unlearner: Unlearner, use: Use, says: str) -> None:
    with pytest.raises(UsageError, match=says) as raised:
        use(unlearner)
    assert ORLA not in str(raised.value)
    assert len(unlearner.targets) == 0


def test_a_time_of_a_wrong_type_changes_nothing(unlearner: Unlearner) -> None:
    unlearner.targets.add(Target(name="A"))
    with pytest.raises(InvalidTarget, match="expires_at must be a datetime"):
        unlearner.targets.extend("A", expires_at="2030-12-31")  # type: ignore[arg-type]
    assert unlearner.targets.get("A").expires_at is None


def test_what_is_obviously_meant_is_taken(unlearner: Unlearner) -> None:
    message = Message("user", "Where is the harbour?")
    for question in (message, {"role": "user", "content": "Where?"}, (message,), iter([message])):
        assert unlearner.ask(question).text == "The harbour is full."  # type: ignore[arg-type]
    assert unlearner.targets.list("active") == ()  # type: ignore[arg-type]
    assert [one.text for one in unlearner.scrub_many(iter(["Tea."]))] == ["Tea."]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("opens", "kind", "says"),
    [
        (lambda: Unlearner.open({"policy": {}}), ConfigError, "A configuration must be the path of a file"),  # type: ignore[arg-type]
        (lambda: Unlearner.open(vanilla="gpt-4"), UsageError, r"a model object with complete\(\)"),  # type: ignore[arg-type]
        (lambda: Unlearner.open(embeddings=3), UsageError, r"a model object with embed\(\)"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_opened(
    opens: Callable[[], object],
    kind: type[ExpungeError],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=says):
        opens()
    assert list(tmp_path.iterdir()) == []
