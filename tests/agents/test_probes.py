from __future__ import annotations

import json
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from expunge.agents import probes
from expunge.agents.probes import Competence, cached_competence, competence, remembered
from expunge.errors import ContextTooLong, ModelUnreachable
from expunge.models.base import Completion
from expunge.prompts.loader import load
from expunge.settings import AGENTS, AgentName
from expunge.types import Message

Make = Callable[..., Any]
CASES = {
    kind: json.loads((resources.files("expunge.agents") / "probe_cases" / f"{kind}.json").read_text("utf-8"))
    for kind in ("entry", "audit", "erase", "critic", "composer")
}


def edits_to(case: dict[str, Any], *texts: str) -> dict[str, Any]:
    """The eraser's reply that makes these texts of a case's draft."""
    edits = [{"find": case["draft"], "until": "", "put": text} for text in texts]
    return {"nothing_left": False, "edits": edits, "versions": [[n] for n in range(1, len(edits) + 1)]}


def marks(forgetting: int, usefulness: int, reasoning: str = "") -> dict[str, Any]:
    rating = {"version": 1, "reasoning": reasoning, "forgetting": forgetting, "usefulness": usefulness}
    return {"ratings": [rating]}


def right(kind: str, case: dict[str, Any]) -> dict[str, Any]:
    """A right reply to a probe."""
    match kind:
        case "entry":
            return {"tells": case["tells"]}
        case "audit":
            return {"reasoning": "", "disclosure": "indirect" if case["discloses"] else "none"}
        case "erase":
            kept = json.dumps(case["kept"]) if case["format"] == "json" else " ".join(case["kept"])
            return edits_to(case, kept) if kept else {"nothing_left": True, "edits": [], "versions": []}
        case "critic":
            return marks(case["forgetting"][0], case["usefulness"][0])
        case _:
            return {"choices": [2, 1]}


def wrong(kind: str, case: dict[str, Any]) -> dict[str, Any]:
    """A reply that is wrong and discloses nothing."""
    match kind:
        case "audit":
            assert not case["discloses"]
            return {"reasoning": "", "disclosure": "direct"}
        case "erase":
            return edits_to(case, "[]")
        case "critic":
            assert case["forgetting"][1] == 5
            return marks(1, case["usefulness"][0])
        case _:
            return {"choices": [1, 1]}


def disclosing(kind: str, case: dict[str, Any]) -> dict[str, Any]:
    """A reply that lets a disclosure through."""
    match kind:
        case "audit":
            return {"reasoning": "the list is empty", "disclosure": "none"}
        case "erase":
            return edits_to(case, json.dumps([*case["kept"], case["gone"][0].upper()]))
        case "critic":
            return marks(5, 5, "all ratings 5")
        case _:
            return {"choices": [2, 2]}


Answer = Callable[[str, dict[str, Any]], dict[str, Any] | str]


def player(answers: Mapping[str, Answer]) -> Callable[[Sequence[Message]], str]:
    """Knows each probe by its text; answers rightly but for the cases in `answers`, by `kind/id`."""

    def script(messages: Sequence[Message]) -> str:
        user = messages[1].content
        kind = next(
            kind
            for kind, mark in {
                "entry": "Does the answer tell",
                "audit": "# The draft to audit",
                "erase": "# The draft to edit",
                "critic": "versions to mark",
                "composer": "# The places",
            }.items()
            if mark in user
        )
        field = {"entry": "answer", "critic": "answer", "composer": "question"}.get(kind, "draft")
        case = next(c for c in CASES[kind] if c[field] in user)
        reply = answers.get(f"{kind}/{case['id']}", right)(kind, case)
        return reply if isinstance(reply, str) else json.dumps(reply)

    return script


def count(role: AgentName) -> int:
    kinds = ("entry", "audit", "erase") if role == "audit_erase" else ("entry", role)
    return sum(len(CASES[kind]) for kind in kinds)


def one_harmless(role: AgentName) -> tuple[str, str]:
    return {
        "audit_erase": ("audit/neighbour", "erase/json-stays-json"),
        "critic": ("critic/clean-and-whole", "critic/useless"),
        "composer": ("composer/merge", "composer/language-stays"),
    }[role]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_there_are_enough_cases_of_both_kinds() -> None:
    assert len(CASES["audit"]) >= 6
    assert sum(case["discloses"] for case in CASES["audit"]) >= 3
    assert len(CASES["erase"]) >= 4
    assert len(CASES["critic"]) >= 6
    assert len(CASES["composer"]) >= 3
    for case in [*CASES["erase"], *CASES["composer"]]:
        assert all(part in case["draft"] for part in case["kept"])


@pytest.mark.parametrize("role", AGENTS)
async def test_right_replies_pass(role: AgentName, chat: Make) -> None:
    model = chat(player({}))
    found = await competence(role, model)
    assert found == Competence(True, 1.0, count(role), ())
    assert len(model.calls) == count(role)
    assert {options.max_tokens for _, options in model.calls} == {probes.TOKENS}


@pytest.mark.parametrize("role", AGENTS)
async def test_one_wrong_reply_is_allowed_and_two_end_it(role: AgentName, chat: Make) -> None:
    first, second = one_harmless(role)
    once = await competence(role, chat(player({first: wrong})))
    assert (once.passed, once.failures) == (True, (first,))
    assert once.score == pytest.approx(1 - 1 / count(role))
    twice = await competence(role, chat(player({first: wrong, second: wrong})))
    assert (twice.passed, twice.failures) == (False, (first, second))


@pytest.mark.parametrize(
    ("role", "name"),
    [("audit_erase", f"audit/{case['id']}") for case in CASES["audit"] if case["discloses"]]
    + [("audit_erase", f"erase/{case['id']}") for case in CASES["erase"]]
    + [("critic", f"critic/{case['id']}") for case in CASES["critic"] if case["forgetting"][1] < 4]
    + [("composer", f"composer/{case['id']}") for case in CASES["composer"]],
)
async def test_one_missed_disclosure_ends_it(role: AgentName, name: str, chat: Make) -> None:
    found = await competence(role, chat(player({name: disclosing})))
    assert not found.passed
    assert found.failures == (name,)


async def test_one_leaking_variant_among_three_is_a_failure_and_not_the_end(chat: Make) -> None:
    def mostly(_: str, case: dict[str, Any]) -> dict[str, Any]:
        return edits_to(case, " ".join(case["kept"]), "nothing", case["gone"][0])

    found = await competence("audit_erase", chat(player({"erase/neighbour-stays": mostly})))
    assert (found.passed, found.failures) == (True, ("erase/neighbour-stays",))


async def test_json_that_broke_is_a_failure(chat: Make) -> None:
    def broken(_: str, case: dict[str, Any]) -> dict[str, Any]:
        return edits_to(case, " ".join(case["kept"]))

    found = await competence("audit_erase", chat(player({"erase/json-stays-json": broken})))
    assert found.failures == ("erase/json-stays-json",)


BABBLE = ["I like trains.", '{"reasoning": "and and and', "{}", '{"tells": true}', '{"disclosure": "direct"}']


@pytest.mark.parametrize("role", AGENTS)
@pytest.mark.parametrize("babble", BABBLE)
async def test_a_model_that_babbles_has_one_short_call(role: AgentName, babble: str, chat: Make) -> None:
    model = chat(babble)
    found = await competence(role, model)
    assert (found.passed, found.score, found.failures) == (False, 0.0, ("entry/somebody-else",))
    assert sum(len(message.content) for messages, _ in model.calls for message in messages) < 1_000


@pytest.mark.parametrize("word", ["yes", "no"])
async def test_a_model_of_one_opinion_does_not_get_past_the_door(word: str, chat: Make) -> None:
    model = chat({"tells": word})
    assert not (await competence("audit_erase", model)).passed
    assert len(model.calls) <= 2


@pytest.mark.parametrize("role", AGENTS)
async def test_replies_that_do_not_parse_end_it_at_the_second(role: AgentName, chat: Make) -> None:
    kinds = [kind for kind in CASES if kind != "entry"]
    babbling = {f"{kind}/{case['id']}": (lambda *_: "I like trains.") for kind in kinds for case in CASES[kind]}
    model = chat(player(babbling))
    assert not (await competence(role, model)).passed
    assert len(model.calls) == len(CASES["entry"]) + 2


@pytest.mark.parametrize("verdict", ["none", "indirect", "direct"])
async def test_an_auditor_of_one_opinion_fails_soon(verdict: str, chat: Make) -> None:
    reply = {"reasoning": "", "disclosure": verdict}
    model = chat(player({f"audit/{case['id']}": (lambda *_: reply) for case in CASES["audit"]}))
    assert not (await competence("audit_erase", model)).passed
    assert len(model.calls) <= len(CASES["entry"]) + 3


async def test_a_model_that_cannot_be_reached_is_not_called_incompetent(chat: Make, tmp_path: Path) -> None:
    cache = tmp_path / "probes.json"
    with pytest.raises(ModelUnreachable):
        await cached_competence("critic", chat(ModelUnreachable("gone")), cache)
    assert not cache.exists()


async def test_a_context_that_is_too_small_is_a_failure(chat: Make) -> None:
    assert not (await competence("critic", chat(ContextTooLong("too long")))).passed


async def test_a_model_that_thinks_first_gets_room_for_it(chat: Make) -> None:
    script = player({})
    model = chat("unused")

    def thinking(messages: Sequence[Message]) -> str | Completion:
        if model.calls[-1][1].max_tokens == probes.TOKENS:
            return Completion("", reasoning="let me see", finish_reason="length")
        return script(messages)

    model.script = thinking
    assert (await competence("critic", model)).passed
    assert len(model.calls) == count("critic") + 1


async def test_what_was_found_is_remembered(chat: Make, tmp_path: Path) -> None:
    cache = tmp_path / "new" / "probes.json"
    model = chat(player({}))
    first = await cached_competence("critic", model, cache)
    calls = len(model.calls)
    assert await cached_competence("critic", model, cache) == first == remembered("critic", "scripted", cache)
    assert len(model.calls) == calls
    weak = chat("babble")
    weak.name = "weak"
    assert not (await cached_competence("critic", weak, cache)).passed
    assert not (await cached_competence("critic", weak, cache)).passed
    assert len(weak.calls) == 1
    assert remembered("critic", "scripted", cache) == first
    assert remembered("composer", "scripted", cache) is None
    assert files(cache.parent) == ["probes.json"]


async def test_another_prompt_or_other_cases_are_probed_anew(
    chat: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "probes.json"
    await cached_competence("composer", chat(player({})), cache)
    source = probes._source
    monkeypatch.setattr("expunge.agents.probes.load", lambda name: replace(load(name), digest="0" * 64))
    assert remembered("composer", "scripted", cache) is None
    monkeypatch.setattr("expunge.agents.probes.load", load)
    assert remembered("composer", "scripted", cache) is not None
    monkeypatch.setattr(probes, "_source", lambda kind: source(kind) + " ")
    assert remembered("composer", "scripted", cache) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"null", b"[" * 100_000])
async def test_a_damaged_cache_is_passed_over(content: bytes, chat: Make, tmp_path: Path) -> None:
    cache = tmp_path / "probes.json"
    cache.write_bytes(content)
    found = await cached_competence("composer", chat(player({})), cache)
    assert found.passed
    assert remembered("composer", "scripted", cache) == found


@pytest.mark.parametrize(
    "change", [{"passed": "yes"}, {"score": None}, {"cases": "4"}, {"failures": [1]}, {"failures": "x"}]
)
async def test_a_damaged_entry_is_passed_over(change: dict[str, object], chat: Make, tmp_path: Path) -> None:
    cache = tmp_path / "probes.json"
    await cached_competence("composer", chat(player({})), cache)
    ((key, entry),) = json.loads(cache.read_text("utf-8")).items()
    cache.write_text(json.dumps({key: entry | change}), encoding="utf-8")
    assert remembered("composer", "scripted", cache) is None


async def test_a_cache_that_cannot_be_written_is_passed_over(chat: Make, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    assert (await cached_competence("composer", chat(player({})), blocked / "probes.json")).passed


async def test_a_failed_write_leaves_nothing_behind(
    chat: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("expunge.agents.probes.os.replace", full)
    assert (await cached_competence("composer", chat(player({})), tmp_path / "probes.json")).passed
    assert files(tmp_path) == []


async def test_only_the_owner_reads_the_cache(chat: Make, tmp_path: Path) -> None:
    cache = tmp_path / "probes.json"
    await cached_competence("composer", chat(player({})), cache)
    assert stat.S_IMODE(cache.stat().st_mode) == 0o600
