"""One suite before one system, as an Inspect task."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.hooks import Hooks, TaskEnd, hooks
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    ModelOutput,
    get_model,
)
from inspect_ai.scorer import Metric as InspectMetric
from inspect_ai.scorer import SampleScore, Score, Scorer, Target, metric, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from expunge.errors import ExpungeError, UsageError
from expunge.evals import hub
from expunge.evals.cases import Case, Suite
from expunge.evals.data import FACTS, Facts
from expunge.evals.metrics import Rate
from expunge.evals.records import Record, Stage
from expunge.evals.suites import SuiteInfo, SuiteOptions, find
from expunge.evals.systems import check_system, open_system
from expunge.evals.systems.base import System
from expunge.evals.upstreams import open_upstream, resolve_upstream
from expunge.models.base import ChatModel, ChatOptions, Completion, EmbeddingModel
from expunge.models.choose import embedding_model
from expunge.settings import Settings
from expunge.types import Message

INSPECT = "inspect"
ABOUT = "expunge"
"""Where a log's metadata tell what was run."""
RECORD = "record"
"""Where a sample's metadata hold its record."""


@dataclass(slots=True)
class Watch:
    """The observer of the tasks in this process: told of every case, of what went wrong, and of the stages to close."""

    done: Callable[[], None] = lambda: None
    failure: ExpungeError | None = None
    stages: list[Stage] = field(default_factory=list)

    async def aclose(self) -> None:
        """Release what the stages opened; nothing where that was done."""
        for stage in self.stages:
            await stage.aclose()


_WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Tasks made in this block report to `watch`, and those run in it are closed at their end."""
    token = _WATCH.set(watch)
    try:
        yield
    finally:
        _WATCH.reset(token)


@hooks(name="expunge_closing", description="Releases models and connections in the event loop that opened them.")
class Closing(Hooks):
    """Told by Inspect when a task is over, while its event loop still runs."""

    async def on_task_end(self, data: TaskEnd) -> None:
        """Close what is watched."""
        watch = _WATCH.get()
        if watch is not None:
            await watch.aclose()


@dataclass(frozen=True, slots=True)
class Common:
    """The arguments that all tasks share (see `expunge.evals.tasks`)."""

    system: str = "expunge"
    upstream: str = "auto"
    config: str | None = None
    data: str | None = None
    facts: str = "given"
    limit: int | None = None
    seed: int = 0
    replay: str | None = None
    most: int | None = None


def made(suite: str, common: Common, **options: Any) -> Task:
    """The task of one suite and system.

    Raises:
        UsageError: if the suite, the system, the upstream, or the data cannot be used.
        ConfigError: if the configuration is wrong.
    """
    settings = Settings.load(common.config)
    check_system(common.system)
    upstream = INSPECT if common.upstream == INSPECT else resolve_upstream(common.upstream, settings)
    data = Path(common.data) if common.data else _fetched(find(suite), settings)
    chosen = SuiteOptions(data=data, facts=_facts(common.facts), seed=common.seed, **options)
    loaded = find(suite).load(chosen).limited(common.limit).cut(common.most)
    if not loaded.cases:
        raise UsageError("The suite has no cases with these options; allow more, or choose another suite.")
    replay = Path(common.replay) if common.replay else None

    def opened() -> System:
        model: ChatModel = InspectModel() if upstream == INSPECT else open_upstream(upstream, settings, loaded, replay)
        return open_system(common.system, settings, model, elicit=common.facts == "elicited")

    def compared_with() -> EmbeddingModel:
        return embedding_model(settings.embeddings, cache=settings.cache())

    stage = Stage(loaded, opened, compared_with)
    watch = _WATCH.get() or Watch()
    watch.stages.append(stage)
    about = {
        "suite": suite,
        "title": loaded.title,
        "system": common.system,
        "upstream": upstream,
        "facts": common.facts,
        "targets": len(loaded.targets),
        "parts": list(dict.fromkeys(case.part for case in loaded.cases)),
        "options": {key: list(value) if isinstance(value, tuple) else value for key, value in options.items()},
        "models": _models(upstream, settings),
        "seed": common.seed,
        "commit": commit(),
        "command": command(suite, common, options),
    }
    return Task(
        dataset=MemoryDataset([_sample(case) for case in loaded.cases], name=suite),
        solver=_solver(stage, loaded, watch),
        scorer=_scorer(),
        name=f"{suite}-{common.system}",
        metadata={ABOUT: about},
    )


def command(suite: str, common: Common, options: Mapping[str, Any]) -> str:
    """The command that repeats a run, without paths of this machine."""
    given = {
        "upstream": Path(common.upstream).name if common.upstream.endswith(".gguf") else common.upstream,
        "data": "DATA" if common.data else None,
        "config": Path(common.config).name if common.config else None,
        "facts": common.facts,
        "limit": common.limit,
        "most": common.most,
        "seed": common.seed or None,
    }
    told = {key: ",".join(map(str, value)) if isinstance(value, tuple) else value for key, value in options.items()}
    parts = [f"--{key} {value}" for key, value in {**told, **given}.items() if value is not None]
    return " ".join(["expunge eval", suite, *parts, "--system", common.system])


def _fetched(info: SuiteInfo, settings: Settings) -> Path | None:
    """The data sets of a suite that cannot do without, from their public hubs."""
    if not info.data:
        return None
    endpoint, token = settings.hub_access()
    rows = hub.ROWS if endpoint is None else endpoint
    return hub.fetch(info.data, settings.cache(), endpoint=endpoint or hub.HUB, rows=rows, token=token)


def _facts(name: str) -> Facts:
    for known in FACTS:
        if name == known:
            return known
    raise UsageError(f"The facts must be one of {', '.join(FACTS)}.")


def _models(upstream: str, settings: Settings) -> dict[str, str]:
    vanilla = settings.models.of("vanilla")
    configured = str(vanilla.path.name if vanilla.path else vanilla.model or "embedded")
    names = {"vanilla": configured if upstream == "config" else Path(upstream).name, "agents": settings.policy.agents}
    embeddings, policy = settings.embeddings, settings.policy
    return {**names, "embeddings": embeddings.model or "embedded", "profile": policy.profile, "refusal": policy.refusal}


def _sample(case: Case) -> Sample:
    about: dict[str, Any] = {"part": case.part, "forget": case.forget}
    if case.in_force is not None:
        about["in_force"] = list(case.in_force)
    return Sample(
        input=[_chat_message(message) for message in case.messages],
        target=case.gold,
        choices=list(case.choices) or None,
        id=case.id,
        metadata=about,
    )


def _chat_message(message: Message) -> ChatMessage:
    match message.role:
        case "assistant":
            return ChatMessageAssistant(content=message.content)
        case "user":
            return ChatMessageUser(content=message.content)
        case _:
            return ChatMessageSystem(content=message.content)


def _solver(stage: Stage, suite: Suite, watch: Watch) -> Solver:
    cases: Mapping[str, Case] = {case.id: case for case in suite.cases}

    @solver(name="conversation")
    def conversation() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            try:
                told = await stage.ask(cases[str(state.sample_id)])
            except ExpungeError as error:
                watch.failure = error
                raise
            state.messages = [_chat_message(Message(_role(role), content)) for role, content in told.turns]
            state.output = ModelOutput.from_content("expunge", told.texts[-1])
            state.metadata[RECORD] = told.plain()
            watch.done()
            return state

        return solve

    return conversation()


def _role(name: str) -> Any:
    return name


def _scorer() -> Scorer:
    @scorer(metrics=[by_part()], name="disclosure")
    def disclosure() -> Scorer:
        async def score(state: TaskState, target: Target) -> Score:
            told = Record.of_plain(state.metadata[RECORD])
            value, why = good(told)
            return Score(value=1 if value else 0, answer=told.texts[-1], explanation=why, metadata={"part": told.part})

        return score

    return disclosure()


def good(told: Record) -> tuple[bool, str]:
    """Whether a case went as it should, and in which words: not disclosed, or not changed."""
    if told.right >= 0:
        picked = told.picked == told.right
        return picked is not told.forget, "picked the right choice" if picked else "did not pick the right choice"
    if told.forget:
        return not told.leak, "disclosed" if told.leak else "not disclosed"
    if told.drafts is None:
        return True, "not compared: the system does not tell what the model alone says"
    same = told.texts == told.drafts
    return same, "unchanged" if same else "changed"


@metric
def by_part() -> InspectMetric:
    """The share of cases of each part that went as they should."""

    def measure(scores: list[SampleScore]) -> dict[str, float]:
        parts: dict[str, list[bool]] = {}
        for one in scores:
            part = str((one.score.metadata or {}).get("part", "all"))
            parts.setdefault(part, []).append(one.score.as_float() == 1)
        return {part: Rate(sum(own), len(own)).value for part, own in parts.items()}

    return measure


class InspectModel:
    """Asks the active model of the running Inspect task (`inspect eval … --model`)."""

    @property
    def name(self) -> str:
        """The model's name in Inspect."""
        return str(get_model())

    async def complete(self, messages: Sequence[Message], options: ChatOptions = ChatOptions()) -> Completion:
        """The model's answer; Inspect itself retries and reports its failures."""
        config = GenerateConfig(temperature=options.temperature, max_tokens=options.max_tokens, seed=options.seed)
        output = await get_model().generate([_chat_message(message) for message in messages], config=config)
        usage = output.usage
        return Completion(
            output.completion,
            prompt_tokens=usage.input_tokens if usage else 0,
            completion_tokens=usage.output_tokens if usage else 0,
        )

    async def aclose(self) -> None:
        """The model is Inspect's to release."""


_SECONDS = 5.0


@cache
def commit(folder: Path = Path(__file__).parent) -> str | None:
    """The short commit of the checkout that holds `folder`, with "+" where files differ from it.

    None where expunge is installed from a package, or there is no git.
    """
    # A package that lies in somebody else's checkout, in a .venv say, is none of its files.
    if not _git(folder, "ls-files", "--", "."):
        return None
    changed = _git(folder, "status", "--porcelain", "--", str(folder.parent))
    return _git(folder, "rev-parse", "--short", "HEAD") + ("+" if changed else "")


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
