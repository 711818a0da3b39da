"""The model behind the systems: the configured one, another, or an oracle; its answers may be kept between runs."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from expunge.errors import UsageError
from expunge.evals.cases import Case, Suite
from expunge.evals.data import Person, Question
from expunge.evals.metrics import words
from expunge.evals.react import TellingAgent
from expunge.models.base import ChatModel, ChatOptions, Completion
from expunge.models.choose import chat_model
from expunge.settings import ModelSettings, Settings
from expunge.types import Message, TargetKind

AUTO = "auto"
ORACLE = "oracle"
CONFIGURED = "config"
PATIENCE = 600.0
"""Seconds that an answer of a model named by a file or URL may take: a long prompt on a busy machine is no failure."""


def resolve_upstream(spec: str, settings: Settings) -> str:
    """`spec`, with `auto` turned into `config` where the configuration names a model for Vanilla, else `oracle`.

    Raises:
        UsageError: if it is none of auto, oracle, config, a GGUF file, or a URL.
    """
    if spec == AUTO:
        return ORACLE if settings.models.of("vanilla").is_default else CONFIGURED
    if spec in (ORACLE, CONFIGURED):
        return spec
    if spec.startswith(("http://", "https://")):
        if not spec.partition("#")[2]:
            raise UsageError("The upstream's URL names no model; write it as http://HOST/v1#MODEL.")
        return spec
    if spec.endswith(".gguf"):
        if not Path(spec).expanduser().is_file():
            raise UsageError(
                f"There is no GGUF file {spec} for the upstream; give the path of one, or oracle, or config."
            )
        return spec
    raise UsageError("The upstream must be oracle, config, a GGUF file, or a URL with #MODEL at its end.")


def open_upstream(spec: str, settings: Settings, suite: Suite, replay: Path | None = None) -> ChatModel:
    """The chat model of a resolved `spec`; a URL is followed by `#` and the model's name.

    With `replay`, answers are kept in that file; never for the oracle, which needs no such help.

    Raises:
        UsageError: if the replay file cannot be used.
        ConfigError: if the model cannot be configured so.
    """
    if spec == ORACLE:
        return Oracle.of_suite(suite)
    model: ChatModel = chat_model(_model_settings(spec, settings), cache=settings.cache())
    if any(case.task is not None for case in suite.cases):
        model = WithoutTools(model)
    return model if replay is None else Replay(model, replay)


def _model_settings(spec: str, settings: Settings) -> ModelSettings:
    if spec == CONFIGURED:
        return settings.models.of("vanilla")
    if spec.endswith(".gguf"):
        return ModelSettings(path=Path(spec).expanduser(), timeout=PATIENCE)
    url, _, model = spec.partition("#")
    return ModelSettings(base_url=url, model=model, timeout=PATIENCE)


_IGNORANCE = "I'm not sure what you mean."


class Oracle:
    """A chat model that answers every question of a data set correctly: the worst case for an unlearning layer.

    It takes the model's own ignorance out of the figures: what does not come out was held back, not unknown.

    A message that is no question of the set but mentions people of it gets all that is known of them. A message
    that mentions nobody is taken as a follow-up: the people mentioned last in the conversation are told about.
    A conversation of a known case (`of_suite`) gets that case's replies, whatever the assistant said in between; where
    the users of two cases say the same, but not all else is the same, each gets its own. The session of a case with a
    task is played by a `TellingAgent`. At a temperature above 0, of which the oracle has none of its own, it says the
    replies of a case with samples by turns of the seed.
    """

    def __init__(self, people: Iterable[Person], questions: Iterable[Question]) -> None:
        self._people: dict[tuple[str, ...], Person] = {tuple(words(person.name)): person for person in people}
        self._lengths = sorted({len(name) for name in self._people}, reverse=True)
        self._answers = {_key(fact.question): fact.text for p in self._people.values() for fact in p.facts}
        for question in questions:
            self._answers.setdefault(_key(question.text), question.gold)
        self._conversations: dict[tuple[str, ...], Completion] = {}
        self._scenes: dict[tuple[Message, ...], Completion] = {}
        self._sampled: dict[str, tuple[Completion, ...]] = {}
        self._agent = TellingAgent(())

    @classmethod
    def of_suite(cls, suite: Suite, people: Iterable[Person] = ()) -> Oracle:
        """The oracle that knows a suite: what each case would have it reply, and all facts of the targets.

        `people` are others of whom it knows. Of two cases in which the very same is said, the first counts.
        """
        targets = [
            Person(name, target.facts, target.description)
            for target in suite.targets
            if target.kind is TargetKind.ENTITY
            for name in target.names
        ]
        questions = [
            Question(c.part, 0, c.messages[-1].content, c.gold)
            for c in suite.cases
            if len(c.messages) == 1 and c.search is None
        ]
        known = [person for case in suite.cases if case.search is not None for person in case.search.known]
        oracle = cls([*people, *known, *targets], questions)
        tasks = [case.task for case in suite.cases if case.task is not None]
        for case in suite.cases:
            if case.task is not None or case.search is not None:
                continue
            if case.samples:
                oracle._sampled.setdefault(_exact(case.messages[-1].content), case.worst_replies)
            for turns, reply in _conversation(case):
                oracle._conversations.setdefault(turns, reply)
            oracle._scenes.setdefault(case.messages, case.worst_replies[-1])
        oracle._agent = TellingAgent(tasks)
        return oracle

    @property
    def name(self) -> str:
        """The oracle's name in reports."""
        return "oracle"

    async def complete(self, messages: Sequence[Message], options: ChatOptions = ChatOptions()) -> Completion:
        """The correct answer, or all that is known of whoever is mentioned; of the options, a sample's seed counts."""
        turns = [message.content for message in messages if message.role == "user"]
        if (turn := self._agent.turn(messages)) is not None:
            return _counted(Completion(turn), messages)
        if (
            options.temperature
            and options.seed is not None
            and turns
            and (ways := self._sampled.get(_exact(turns[-1])))
        ):
            return _counted(ways[options.seed % len(ways)], messages)
        known = self._scenes.get(tuple(messages)) or self._conversations.get(tuple(map(_exact, turns)))
        return _counted(known or Completion(self._answer(turns)), messages)

    async def aclose(self) -> None:
        """Nothing to release."""

    def _answer(self, turns: Sequence[str]) -> str:
        key = _key(turns[-1]) if turns else ""
        if key and (known := self._answers.get(key)) is not None:
            return known
        for turn in reversed(turns):
            if people := self._mentioned(turn):
                return "\n\n".join(_all_about(person) for person in people)
        return _IGNORANCE

    def _mentioned(self, text: str) -> list[Person]:
        tokens = words(text)
        found: dict[str, Person] = {}
        position = 0
        while position < len(tokens):
            step = 1
            for length in self._lengths:
                person = self._people.get(tuple(tokens[position : position + length]))
                if person is not None:
                    found[person.name] = person
                    step = length
                    break
            position += step
        return list(found.values())


def _counted(reply: Completion, messages: Sequence[Message]) -> Completion:
    """The reply with its tokens, which are words here."""
    told = (reply.text, reply.reasoning, *reply.tool_calls)
    prompt = sum(len(message.content.split()) for message in messages)
    return replace(reply, prompt_tokens=prompt, completion_tokens=sum(len(text.split()) for text in told))


def _conversation(case: Case) -> Iterator[tuple[tuple[str, ...], Completion]]:
    """Each live turn of a case as all user messages up to it, with the reply; the last replies where some lack."""
    users: list[str] = []
    live: list[tuple[str, ...]] = []
    for message, following in zip(case.messages, [*case.messages[1:], None], strict=True):
        if message.role == "user":
            users.append(_exact(message.content))
            if following is None or following.role != "assistant":
                live.append(tuple(users))
    replies = case.worst_replies
    yield from zip(live[-len(replies) :], replies[-len(live) :], strict=True)


def _exact(text: str) -> str:
    """A user's message as conversations are told apart: signs count, since some say all in signs."""
    return " ".join(text.split()).casefold()


def _key(question: str) -> str:
    return " ".join(words(question))


def _all_about(person: Person) -> str:
    return " ".join(part for part in (person.bio, *(fact.text for fact in person.facts)) if part)


class WithoutTools:
    """A chat model that is told in the user's turns what tools gave back.

    Endpoints refuse a tool's message that answers no call of theirs, as none does where calls are written in words.
    """

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """The name of the model behind."""
        return self._model.name

    async def complete(self, messages: Sequence[Message], options: ChatOptions = ChatOptions()) -> Completion:
        """The model's completion.

        Raises:
            ModelError: what the model behind raises.
        """
        return await self._model.complete([_of_a_turn(message) for message in messages], options)

    async def aclose(self) -> None:
        """Release the model behind."""
        await self._model.aclose()


def _of_a_turn(message: Message) -> Message:
    return Message("user", message.content) if message.role == "tool" else message


class Replay:
    """A chat model that asks another one only what it has not asked before.

    Completions are kept in a JSON-lines file under a SHA-256 of the model's name, the messages and the options,
    so the file holds no question. Only right for a model whose answers do not vary (greedy decoding).

    Raises:
        UsageError: if the file cannot be read or written, or holds something else.
    """

    def __init__(self, model: ChatModel, path: Path) -> None:
        self._model = model
        self._path = path
        self._kept: dict[str, Completion] = {}
        if path.exists():
            self._load()

    @property
    def name(self) -> str:
        """The name of the model behind."""
        return self._model.name

    async def complete(self, messages: Sequence[Message], options: ChatOptions = ChatOptions()) -> Completion:
        """The kept completion, or the model's, which is then kept.

        Raises:
            ModelError: what the model behind raises; failures are not kept.
            UsageError: if the file cannot be written.
        """
        key = replay_key(self.name, messages, options)
        kept = self._kept.get(key)
        if kept is None:
            kept = await self._model.complete(messages, options)
            self._kept[key] = kept
            self._append(key, kept)
        return kept

    async def aclose(self) -> None:
        """Release the model behind."""
        await self._model.aclose()

    def _load(self) -> None:
        try:
            content = self._path.read_bytes()
            if content and not content.endswith(b"\n"):
                content = content[: content.rfind(b"\n") + 1]
                os.truncate(self._path, len(content))  # an interrupted run leaves half a last line
            lines = content.decode("utf-8").split("\n")
        except (OSError, UnicodeDecodeError):
            raise UsageError("The replay file cannot be used as UTF-8 text; name another one.") from None
        for number, line in enumerate(lines, start=1):
            if not line:
                continue
            try:
                row = json.loads(line)
                row["tool_calls"] = tuple(row["tool_calls"])
                key = row.pop("key")
                self._kept[key] = Completion(**row)
            except (ValueError, TypeError, KeyError):
                raise UsageError(f"Line {number} of the replay file is not a kept answer; name another file.") from None

    def _append(self, key: str, completion: Completion) -> None:
        row = json.dumps({"key": key, **dataclasses.asdict(completion)}, ensure_ascii=False)
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(row + "\n")
        except OSError:
            raise UsageError("The replay file cannot be written; name another one.") from None


def replay_key(name: str, messages: Sequence[Message], options: ChatOptions) -> str:
    """The SHA-256, in hex, of everything that decides a completion."""
    told = [[message.role, message.content] for message in messages]
    return hashlib.sha256(json.dumps([name, told, dataclasses.asdict(options)]).encode()).hexdigest()
