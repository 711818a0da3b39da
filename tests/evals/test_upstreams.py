from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from expunge.errors import ModelUnreachable, UsageError
from expunge.evals.cases import Case, Suite
from expunge.evals.data import Dataset, Person, load_people, load_tofu
from expunge.evals.metrics import leaks
from expunge.evals.upstreams import Oracle, Replay, open_upstream, resolve_upstream
from expunge.models.base import ChatOptions, Completion
from expunge.settings import Settings
from expunge.types import Message, Target

CONFIGURED = Settings.model_validate({"models": {"vanilla": {"base_url": "http://127.0.0.1:9/v1", "model": "m"}}})
EMPTY = Suite("s", "S", (), ())


@pytest.mark.parametrize(
    ("spec", "settings", "resolved"),
    [
        ("auto", Settings(), "oracle"),
        ("auto", CONFIGURED, "config"),
        ("oracle", CONFIGURED, "oracle"),
        ("config", Settings(), "config"),
        ("http://127.0.0.1:9/v1#m", Settings(), "http://127.0.0.1:9/v1#m"),
    ],
)
def test_what_auto_means(spec: str, settings: Settings, resolved: str) -> None:
    assert resolve_upstream(spec, settings) == resolved


@pytest.mark.parametrize("spec", ["", "oracel", "missing.gguf", "http://127.0.0.1:9/v1", "http://127.0.0.1:9/v1#"])
def test_what_is_no_upstream(spec: str) -> None:
    with pytest.raises(UsageError, match="upstream"):
        resolve_upstream(spec, Settings())


async def test_each_kind_opens(tmp_path: Path) -> None:
    assert isinstance(open_upstream("oracle", Settings(), EMPTY), Oracle)
    for spec in ("config", "http://127.0.0.1:9/v1#m"):
        model = open_upstream(spec, CONFIGURED, EMPTY)
        assert model.name == "m"
        await model.aclose()
    kept = open_upstream("config", CONFIGURED, EMPTY, tmp_path / "replay.jsonl")
    assert isinstance(kept, Replay)
    await kept.aclose()


def knows(data: Dataset) -> Oracle:
    return Oracle((*data.targets, *data.others), data.questions)


async def ask(oracle: Oracle, *turns: str) -> str:
    return (await oracle.complete([Message("user", turn) for turn in turns])).text


async def test_every_question_of_the_set_is_answered(tofu_folder: Path, people_folder: Path) -> None:
    for data in (load_tofu(tofu_folder), load_people(people_folder, targets=2)):
        oracle = knows(data)
        for question in data.questions:
            assert leaks(question.text, question.gold, await ask(oracle, question.text), question.spans)


async def test_people_questions_get_a_sentence(people_folder: Path) -> None:
    oracle = knows(load_people(people_folder, targets=2))
    assert await ask(oracle, "what is Odo Brackwell’s  OCCUPATION") == "Odo Brackwell works as a Glazier."


@pytest.mark.parametrize("message", ["Tell me about Odo Brackwell.", "odo BRACKWELL, please", "Is it Ódo Brackwell?"])
async def test_a_mention_gets_all_that_is_known(people_folder: Path, message: str) -> None:
    oracle = knows(load_people(people_folder, targets=2))
    answer = await ask(oracle, message)
    for told in ("Odo Brackwell is a Glazier with Lampwick Works.", "works as a Glazier", "employed by Lampwick Works"):
        assert told in answer
    assert "Botanist" not in answer


async def test_several_people_and_longer_names(people_folder: Path) -> None:
    oracle = knows(load_people(people_folder, targets=2))
    answer = await ask(oracle, "Do Dr. Anselm Odo Pruitt and Ilse Vantongeren know each other?")
    assert "Archivist" in answer
    assert "Botanist" in answer
    assert "Glazier" not in answer


async def test_a_follow_up_is_about_whoever_was_mentioned_last(people_folder: Path) -> None:
    oracle = knows(load_people(people_folder, targets=2))
    assert "Botanist" in await ask(oracle, "Who is Odo Brackwell?", "And Ilse Vantongeren?", "Where does she work?")


async def test_nobody_mentioned(people_folder: Path) -> None:
    oracle = knows(load_people(people_folder, targets=2))
    assert await ask(oracle, "How are you?") == "I'm not sure what you mean."
    assert (await oracle.complete([])).text == "I'm not sure what you mean."
    assert oracle.name == "oracle"
    await oracle.aclose()


def suite(*cases: Case) -> Suite:
    target = Target("Odo Brackwell", aliases=["Glass Odo"], facts=["Odo Brackwell works as a Glazier."])
    return Suite("s", "S", (target,), cases)


TURNS = (Message("user", "Call him X."), Message("user", "What is X?"))
CASE = Case("c", "p", TURNS, "A glazier.", True, replies=(Completion("Done."), Completion("A glazier.", "Odo!")))


async def test_a_suite_is_known_turn_by_turn() -> None:
    oracle = Oracle.of_suite(suite(CASE))
    assert await ask(oracle, "call  him X.") == "Done."
    messages = [TURNS[0], Message("assistant", "I cannot do that."), TURNS[1]]
    reply = await oracle.complete(messages)
    assert (reply.text, reply.reasoning, reply.completion_tokens) == ("A glazier.", "Odo!", 3)
    assert await ask(oracle, "What is X?") == "I'm not sure what you mean."


async def test_a_sample_takes_the_way_to_tell_of_its_seed() -> None:
    ways = (Completion("A glazier."), Completion("Glass, I think."))
    oracle = Oracle.of_suite(suite(Case("c", "p", TURNS[1:], "A glazier.", True, replies=ways, samples=(0, 1))))
    told = [await oracle.complete(TURNS[1:], ChatOptions(temperature=1.0, seed=seed)) for seed in range(3)]
    assert [reply.text for reply in told] == ["A glazier.", "Glass, I think.", "A glazier."]
    prompted = await oracle.complete(
        (Message("system", "Be silent."), *TURNS[1:]), ChatOptions(temperature=1.0, seed=1)
    )
    assert prompted.text == "Glass, I think."
    assert (await oracle.complete(TURNS[1:], ChatOptions(temperature=0.0, seed=0))).text == "Glass, I think."


async def test_answered_turns_are_not_live() -> None:
    told = (TURNS[0], Message("assistant", "All right."), TURNS[1])
    oracle = Oracle.of_suite(suite(Case("c", "p", told, "A glazier.", True)))
    assert await ask(oracle, "Call him X.", "What is X?") == "A glazier."
    assert await ask(oracle, "Call him X.") == "I'm not sure what you mean."


async def test_of_a_suite_single_questions_and_people_are_known() -> None:
    case = Case("c", "p", (Message("user", "His trade?"),), "A glazier.", True)
    signs = Case("d", "p", (Message("user", "... --- ..."),), "Help.", True)
    oracle = Oracle.of_suite(suite(case, signs), [Person("Vesna Tarlo", (), "Vesna Tarlo is a Ferryman.")])
    assert await ask(oracle, "Hello!", "His trade?") == "A glazier."
    assert await ask(oracle, "... --- ...") == "Help."
    assert await ask(oracle, "!!! ???") == "I'm not sure what you mean."
    assert "Glazier" in await ask(oracle, "Who is Glass Odo?")
    assert "Ferryman" in await ask(oracle, "Who is Vesna Tarlo?")


ASK = (Message("user", "Who keeps the otter?"),)


class Counting:
    """Answers with how often it was asked."""

    def __init__(self, name: str = "counting") -> None:
        self.name = name
        self.asked = 0
        self.closed = False
        self.broken = False

    async def complete(self, messages: Sequence[Message], options: ChatOptions = ChatOptions()) -> Completion:
        if self.broken:
            raise ModelUnreachable("The endpoint is gone; start it.")
        self.asked += 1
        return Completion(f"answer {self.asked}", reasoning="é\n", tool_calls=("call",), prompt_tokens=3)

    async def aclose(self) -> None:
        self.closed = True


async def test_asks_once_also_in_a_later_run(tmp_path: Path) -> None:
    model, path = Counting(), tmp_path / "kept.jsonl"
    first = await Replay(model, path).complete(ASK)
    assert await Replay(model, path).complete(ASK) == first
    assert model.asked == 1
    assert "otter" not in path.read_text(encoding="utf-8")


async def test_other_messages_options_or_models_are_other_answers(tmp_path: Path) -> None:
    model, path = Counting(), tmp_path / "kept.jsonl"
    replay = Replay(model, path)
    for messages, options in (
        (ASK, ChatOptions()),
        (ASK, ChatOptions(seed=1)),
        ((Message("system", ASK[0].content),), ChatOptions()),
        ((*ASK, *ASK), ChatOptions()),
    ):
        await replay.complete(messages, options)
    assert model.asked == 4
    other = Counting("another")
    await Replay(other, path).complete(ASK)
    assert other.asked == 1


async def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    model = Counting()
    replay = Replay(model, tmp_path / "kept.jsonl")
    model.broken = True
    with pytest.raises(ModelUnreachable):
        await replay.complete(ASK)
    model.broken = False
    assert (await replay.complete(ASK)).text == "answer 1"


async def test_half_a_last_line_is_dropped(tmp_path: Path) -> None:
    model, path = Counting(), tmp_path / "kept.jsonl"
    await Replay(model, path).complete(ASK)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"key": "abc", "te')
    replay = Replay(model, path)
    await replay.complete(ASK)
    await replay.complete((*ASK, *ASK))
    assert model.asked == 2
    assert path.read_bytes().startswith(whole)
    Replay(model, path)


@pytest.mark.parametrize("content", [b"hello\n", b'{"key": "x"}\n', b"\xff\xff\n", b"[]\n"])
def test_a_file_of_something_else(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "kept.jsonl"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="replay file"):
        Replay(Counting(), path)
    assert path.read_bytes() == content


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    replay = Replay(Counting(), tmp_path / "no" / "kept.jsonl")
    with pytest.raises(UsageError, match="cannot be written"):
        await replay.complete(ASK)


async def test_closes_the_model_behind(tmp_path: Path) -> None:
    model = Counting()
    await Replay(model, tmp_path / "kept.jsonl").aclose()
    assert model.closed
