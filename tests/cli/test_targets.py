from __future__ import annotations

import asyncio
import json
import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from expunge.errors import ModelUnreachable
from expunge.models.base import ChatOptions, Completion
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.screen.screen import Screen
from expunge.types import Message, Target
from expunge.unlearner import Targets, Unlearner

Expunge = Callable[..., Any]


def add(expunge: Expunge, *args: str) -> dict[str, Any]:
    result = expunge("targets", "add", *args, "--no-elicit", "--json")
    assert result.code == 0, result.err
    data: dict[str, Any] = json.loads(result.out)
    return data


def listed(expunge: Expunge) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(expunge("targets", "list", "--json").out)
    return found


def test_add_with_everything(expunge: Expunge, sandbox: Path) -> None:
    (sandbox / "facts.jsonl").write_text('{"question": "Who?", "answer": "A cartographer."}\n"She sings."\n')
    data = add(
        expunge, "Isolde Farrow", "--alias", "I. Farrow", "--alias", "Izzy", "--fact", "She draws maps.",
        "--facts", "facts.jsonl", "--description", "the cartographer", "--expires", "30d", "--reason", "letter 7",
    )  # fmt: skip
    assert data["aliases"] == ["I. Farrow", "Izzy"]
    assert [fact["answer"] for fact in data["facts"]] == ["She draws maps.", "A cartographer.", "She sings."]
    assert data["facts"][1]["question"] == "Who?"
    assert (data["kind"], data["status"], data["description"]) == ("entity", "active", "the cartographer")
    assert data["expires_at"] is not None
    assert listed(expunge)[0]["name"] == "Isolde Farrow"


def test_add_says_what_was_done(expunge: Expunge) -> None:
    result = expunge("targets", "add", "Isolde Farrow", "--no-elicit")
    lines = result.out.splitlines()
    assert lines[0].startswith("Registered Isolde Farrow as t_")
    assert lines[1] == "It has 0 aliases and 0 facts."
    assert lines[2] == "The model was not asked what it knows."
    assert "--extend --fact" in result.err


def test_elicitation_is_reported(expunge: Expunge, vanilla: ScriptedChat) -> None:
    result = expunge("targets", "add", "Isolde Farrow")
    assert len(vanilla.calls) > 1
    assert "The model was asked what it knows and gave" in result.out


def test_what_the_model_told_is_shown_to_be_confirmed(
    expunge: Expunge, vanilla: ScriptedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "Isolde Farrow drew the maps of Hollowmere."
    monkeypatch.setattr(vanilla, "_reply", lambda messages, options: told)
    result = expunge("targets", "add", "Isolde Farrow")
    assert f"- {told}" in result.out
    assert f"expunge targets confirm {listed(expunge)[0]['id']}" in " ".join(result.out.split())


def test_a_failing_elicitation_does_not_undo(expunge: Expunge, vanilla: ScriptedChat, monkeypatch: Any) -> None:
    from expunge.errors import ModelUnreachable

    monkeypatch.setattr(vanilla, "_reply", lambda messages, options: ModelUnreachable("The endpoint is down."))
    result = expunge("targets", "add", "Isolde Farrow")
    assert result.code == 0
    assert "The model was not asked everything: The endpoint is down." in result.out
    assert len(listed(expunge)) == 1


def test_a_duplicate_says_which_and_offers_to_extend(expunge: Expunge) -> None:
    first = add(expunge, "Isolde Farrow")
    result = expunge("targets", "add", "ISOLDE  FARROW", "--fact", "x", "--no-elicit")
    assert result.code == 2
    assert first["id"] in result.err
    assert "--extend" in result.err
    assert "ISOLDE" not in result.err
    assert listed(expunge)[0]["facts"] == []


def test_extend(expunge: Expunge) -> None:
    first = add(expunge, "Isolde Farrow", "--description", "the cartographer")
    more = add(expunge, "isolde farrow", "--extend", "--fact", "She sings.", "--alias", "Izzy", "--expires", "2w")
    assert more["id"] == first["id"]
    assert more["aliases"] == ["Izzy"]
    assert [fact["answer"] for fact in more["facts"]] == ["She sings."]
    assert more["description"] == "the cartographer"
    assert more["expires_at"] is not None
    kept = add(expunge, first["id"], "--extend", "--fact", "She draws.")
    assert kept["expires_at"] == more["expires_at"], "extending without --expires leaves the date alone"


def test_extend_nobody(expunge: Expunge) -> None:
    result = expunge("targets", "add", "Isolde Farrow", "--extend", "--fact", "x")
    assert result.code == 2
    assert listed(expunge) == []


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("",), "The name is empty"),
        (("   ",), "The name is empty"),
        (("?!…",), "no letters or digits"),
        (("x" * 10_000,), "10,000 characters long"),
        (("A B", "--alias", ""), "The alias is empty"),
        (("A B", "--fact", ""), "A fact is empty"),
        (("A B", "--fact", "x" * 4_001), "over 4,000 characters"),
        (("A B", "--expires", "tomorrow"), "must look like"),
        (("A B", "--expires", "2001-01-01"), "is in the past"),
        (("A B", "--facts", "none.jsonl"), ""),
        (("A B", "--facts", "bad.jsonl"), "Line 2"),
    ],
)
def test_what_cannot_be_registered(expunge: Expunge, sandbox: Path, args: tuple[str, ...], message: str) -> None:
    (sandbox / "bad.jsonl").write_text('"fine"\n{"question": \n')
    result = expunge("targets", "add", *args, "--no-elicit")
    assert result.code == 2
    assert result.err.count("\n") == 1
    assert message in result.err
    assert listed(expunge) == []


def test_topics(expunge: Expunge) -> None:
    data = add(expunge, "moon moths", "--kind", "topic", "--fact", "How are moon moths bred?", "--alias", "moth lamp")
    assert data["kind"] == "topic"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("names.txt", "Isolde Farrow\n\n# a remark\nBertram Oskell\n"),
        ("names.csv", "name,aliases\nIsolde Farrow,Izzy|I. F.\nBertram Oskell,\n"),
        ("names.jsonl", '{"name": "Isolde Farrow"}\n{"name": "Bertram Oskell", "facts": ["He rows."]}\n'),
    ],
)
def test_import(expunge: Expunge, at_terminal: Expunge, sandbox: Path, name: str, content: str) -> None:
    (sandbox / name).write_text(content, encoding="utf-8")
    result = expunge("targets", "import", name)
    assert (result.code, result.out) == (0, "Registered 2 targets, in force from the next question on.\n")
    assert [target["name"] for target in listed(expunge)] == ["Isolde Farrow", "Bertram Oskell"]
    again = at_terminal("targets", "import", name)
    assert again.code == 2
    assert len(listed(expunge)) == 2


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b'{"name": "Isolde Farrow"}\n{"name": \n', "Line 2"),
        ("a.csv", b"name,aliases\nIsolde Farrow,x,y,z\n", "Line 2"),
        ("a.txt", b"Isolde Farrow\n\xff\n", ""),
        ("a.txt", b"", "contains no targets"),
        ("a.xls", b"Isolde Farrow\n", "save a.xls as .xlsx or CSV"),
    ],
)
def test_import_is_all_or_nothing(expunge: Expunge, sandbox: Path, name: str, content: bytes, message: str) -> None:
    (sandbox / name).write_bytes(content)
    result = expunge("targets", "import", name)
    assert result.code == 2
    assert message in result.err
    assert listed(expunge) == []


def test_an_interrupted_import(expunge: Expunge, sandbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (sandbox / "a.txt").write_text("Isolde Farrow\n")

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Targets, "add_many", interrupt)
    result = expunge("targets", "import", "a.txt")
    assert (result.code, result.err) == (130, "Interrupted; none of the file's targets were registered.\n")


def test_an_import_that_is_interrupted_while_facts_are_embedded_is_taken_up_again(
    expunge: Expunge, sandbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sandbox / "a.csv").write_text("name,facts\nIsolde Farrow,She keeps an owl.\n")
    remember = Screen.remember

    async def interrupt(*_: object) -> None:
        # As Ctrl-C does: the thread that waits is told, and the work beside it is cancelled.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        await asyncio.sleep(60)

    async def fail(*_: object) -> None:
        raise ModelUnreachable("The model is out of reach.")

    with monkeypatch.context() as patch:
        patch.setattr(Screen, "remember", interrupt)
        result = expunge("targets", "import", "a.csv")
    assert result.code == 130
    assert "are registered and in force" in result.err
    assert len(listed(expunge)) == 1
    asked: list[int] = []

    async def remembered(screen: Screen, targets: Sequence[Target], progress: Callable[[int, int], None]) -> None:
        asked.append(len(targets))
        await remember(screen, targets, progress)

    monkeypatch.setattr(Screen, "remember", remembered)
    assert json.loads(expunge("targets", "embed", "--json").out) == {"targets": 1}
    assert "of 1 target are embedded" in expunge("targets", "embed").out
    assert asked == [1, 1]
    monkeypatch.setattr(Screen, "remember", fail)
    (sandbox / "b.csv").write_text("name,facts\nMaud Perrin,She keeps a hawk.\n")
    failed = expunge("targets", "import", "b.csv")
    assert failed.code == 0
    assert "embedding model failed" in failed.err


def test_list(expunge: Expunge, at_terminal: Expunge) -> None:
    empty = expunge("targets", "list")
    assert (empty.code, empty.out) == (0, "")
    assert "expunge targets add" in empty.err
    first = add(expunge, "Isolde Farrow")
    second = add(expunge, "Bertram Oskell")
    expunge("targets", "restore", second["id"])
    lines = expunge("targets", "list").out.splitlines()
    assert lines == [
        "id\tstatus\tkind\tname",
        f"{first['id']}\tactive\tentity\tIsolde Farrow",
        f"{second['id']}\tlifted\tentity\tBertram Oskell",
    ]
    assert expunge("targets", "list", "--status", "lifted").out.splitlines() == [lines[0], lines[2]]
    table = at_terminal("targets", "list").out
    assert "Isolde Farrow" in table
    assert "expires" in table


def test_requests_and_their_due_dates(expunge: Expunge, at_terminal: Expunge) -> None:
    late = add(expunge, "Isolde Farrow", "--request-id", "DSR-7", "--due", "2020-05-01")
    soon = add(expunge, "Bertram Oskell", "--due", "5d")
    add(expunge, "Maud Perrin")
    assert (late["request_id"], late["due_at"]) == ("DSR-7", "2020-05-01T23:59:59+00:00")

    def ids(*args: str) -> list[str]:
        return [line.split("\t")[0] for line in expunge("targets", "list", *args).out.splitlines()[1:]]

    assert ids("--due") == [late["id"], soon["id"]]
    assert ids("--overdue") == ids("--within", "0") == [late["id"]]
    assert ids("--due", "--within", "7") == [late["id"], soon["id"]]
    assert ids("--request-id", "DSR-7") == [late["id"]]
    assert expunge("targets", "list", "--overdue", "--within", "3").code == 2
    headings, first = expunge("targets", "list", "--due").out.splitlines()[:2]
    assert headings == "id\tstatus\tkind\tname\tdue\trequest"
    assert first.endswith("2020-05-01T23:59:59Z\tDSR-7")
    assert "late" in at_terminal("targets", "list", "--due").out
    assert "DSR-7" in expunge("targets", "show", late["id"]).out
    answered = add(expunge, late["id"], "--extend", "--due", "none", "--request-id", "DSR-8")
    assert (answered["request_id"], answered["due_at"]) == ("DSR-8", None)
    assert ids("--overdue") == []
    assert "No requests are due." in expunge("targets", "list", "--overdue").err


def test_import_from_a_case_system(expunge: Expunge, sandbox: Path) -> None:
    (sandbox / "cases.csv").write_text("Case ID,Person,Due date,Desk\nDSR-1,Isolde Farrow,2030-01-31,3\n")
    without = expunge("targets", "import", "cases.csv")
    assert (without.code, "--column name=HEADING" in without.err) == (2, True)
    assert expunge("targets", "import", "cases.csv", "--column", "person").code == 2
    result = expunge("targets", "import", "cases.csv", "--column", "name=Person")
    assert result.code == 0, result.err
    [target] = listed(expunge)
    assert (target["request_id"], target["due_at"]) == ("DSR-1", "2030-01-31T23:59:59+00:00")


def test_an_unknown_column_is_an_occasion_for_column(expunge: Expunge, sandbox: Path) -> None:
    (sandbox / "people.csv").write_text("name,shoe size\nIsolde Farrow,37\n")
    assert "--column name=HEADING" in expunge("targets", "import", "people.csv").err
    assert expunge("targets", "import", "people.csv", "--column", "name=name").code == 0


def test_lifting_twice(expunge: Expunge) -> None:
    target = add(expunge, "Isolde Farrow")
    expunge("targets", "restore", "Isolde Farrow")
    again = expunge("targets", "restore", "Isolde Farrow")
    assert (again.code, again.out) == (0, f"{target['id']} is already lifted; nothing was changed.\n")
    twice = json.loads(expunge("targets", "restore", "Isolde Farrow", "--json").out)
    assert twice == {"id": target["id"], "status": "lifted"}
    assert len(json.loads(expunge("targets", "history", target["id"], "--json").out)) == 2


def test_show(expunge: Expunge) -> None:
    target = add(expunge, "Isolde Farrow", "--fact", "She draws maps.", "--alias", "Izzy")
    out = expunge("targets", "show", "Izzy").out
    for part in (target["id"], "Isolde Farrow", "Izzy", "She draws maps.", "active"):
        assert part in out
    assert json.loads(expunge("targets", "show", target["id"], "--json").out)["name"] == "Isolde Farrow"


def test_restore_and_history(expunge: Expunge) -> None:
    target = add(expunge, "Isolde Farrow", "--reason", "letter 7")
    result = expunge("targets", "restore", "Isolde Farrow")
    assert (result.code, result.out) == (0, f"{target['id']} is lifted: the model may talk about it again.\n")
    assert "cartographer" in expunge("ask", "Who is Isolde Farrow?").out
    changes = json.loads(expunge("targets", "history", target["id"], "--json").out)
    assert [change["action"] for change in changes] == ["added", "restored"]
    table = expunge("targets", "history", target["id"]).out
    assert "letter 7" in table
    assert "restored" in table


def test_remove_asks_first(expunge: Expunge, at_terminal: Expunge) -> None:
    target = add(expunge, "Isolde Farrow")
    refused = expunge("targets", "remove", "Isolde Farrow")
    assert (refused.code, refused.err) == (2, "Deletion cannot be undone; confirm with --yes.\n")
    assert expunge("targets", "remove", "Isolde Farrow", "--json").code == 2
    no = at_terminal("targets", "remove", "Isolde Farrow", typed="n\n")
    assert no.code == 1
    assert "Delete Isolde Farrow" in no.err
    assert "Nothing was deleted." in no.err
    assert len(listed(expunge)) == 1
    yes = at_terminal("targets", "remove", "Isolde Farrow", typed="y\n")
    assert yes.code == 0
    assert listed(expunge) == []
    assert expunge("targets", "history", target["id"]).code == 2


def test_remove_with_yes(expunge: Expunge) -> None:
    target = add(expunge, "Isolde Farrow")
    result = expunge("targets", "remove", target["id"], "--yes", "--json")
    assert json.loads(result.out) == {"id": target["id"], "status": "removed"}
    assert listed(expunge) == []


@pytest.mark.parametrize("command", ["show", "restore", "history", "remove"])
def test_nobody(expunge: Expunge, command: str) -> None:
    result = expunge("targets", command, "Isolde Farrow", *(["--yes"] if command == "remove" else []))
    assert result.code == 2
    assert result.err.count("\n") == 1
    assert "Isolde" not in result.err


class Slow(ScriptedChat):
    """Presses Ctrl-C while it is asked, and does not come to an end by itself."""

    def __init__(self) -> None:
        super().__init__([])

    async def complete(self, messages: Sequence[Message], options: ChatOptions = ChatOptions()) -> Completion:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        await asyncio.sleep(60)
        raise AssertionError


@pytest.mark.parametrize("fact", [(), ("--fact", "She keeps a heron.")])
def test_ctrl_c_while_the_model_is_asked_says_that_the_target_is_in_force(
    expunge: Expunge, monkeypatch: pytest.MonkeyPatch, fact: tuple[str, ...]
) -> None:
    opened = Unlearner.open
    with monkeypatch.context() as patch:
        patch.setattr(
            Unlearner, "open", lambda config=None: opened(config, vanilla=Slow(), embeddings=ScriptedEmbeddings())
        )
        result = expunge("targets", "add", "Ilse Brackwell", *fact)
    target = listed(expunge)[0]
    assert (target["name"], target["status"], len(target["facts"])) == ("Ilse Brackwell", "active", len(fact) // 2)
    assert result.code == 130
    last = result.err.splitlines()[-1]
    assert last.startswith(f"Interrupted; the target is registered as {target['id']} and in force, but without")
    assert f"expunge targets add {target['id']} --extend --fact" in last
    assert ("run `expunge targets embed`" in last) is bool(fact)
    assert "Ilse" not in last


def test_what_comes_back_into_force_is_said_to(expunge: Expunge, sandbox: Path) -> None:
    first = add(expunge, "Ilse Brackwell", "--fact", "She keeps a heron.")
    assert expunge("targets", "restore", "Ilse Brackwell").code == 0
    extended = expunge("targets", "add", first["id"], "--extend", "--fact", "She sold boats.")
    assert extended.out.startswith(f"Extended Ilse Brackwell, {first['id']}. It is still lifted;")
    again = expunge("targets", "add", "Ilse Brackwell")
    assert again.out.startswith(f"Brought Ilse Brackwell back into force as {first['id']}, in force from the next")
    expunge("targets", "restore", "Ilse Brackwell")
    (sandbox / "two.txt").write_text("Ilse Brackwell\nOdo Vantongeren\n")
    assert expunge("targets", "import", "two.txt").out == (
        "Registered 2 targets (1 brought back), in force from the next question on.\n"
    )


def test_a_model_that_tells_nothing_is_not_said_to_have_told_nought(expunge: Expunge, vanilla: ScriptedChat) -> None:
    result = expunge("targets", "add", "Ilse Brackwell")
    assert "The model was asked what it knows and gave nothing about the target." in result.out
    topic = expunge("targets", "add", "glassblowing", "--kind", "topic")
    assert "was not asked what it knows: topics are described by whoever registers them." in topic.out


@pytest.mark.parametrize("name", ["X", "Will"])
def test_a_letter_or_an_everyday_word_is_registered_only_by_force(expunge: Expunge, name: str) -> None:
    result = expunge("targets", "add", name, "--no-elicit")
    assert (result.code, f"{name} alone is too common" in result.err) == (2, True)
    assert listed(expunge) == []
    assert expunge("targets", "add", name, "--no-elicit", "--force").code == 0


def test_it_is_said_how_many_ordinary_questions_a_name_touches(expunge: Expunge) -> None:
    assert "none of 3," in expunge("targets", "add", "Ottoline Brathwick", "--no-elicit").out
    assert "ordinary questions, whose answers may change" in expunge("targets", "add", "Python", "--no-elicit").err
