"""The gateway beside what it stands before and beside another proxy: requests a second, time added, memory, start-up.

Every system runs in a process of its own before the same instant upstream, and is asked in turns, so that a noisy
machine is noisy for all.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from expunge.bench.load import Load, Served
from expunge.bench.servers import expunge_command, free_port, resident, running, stand_in
from expunge.bench.world import people, targets
from expunge.errors import MissingError
from expunge.evals.metrics import percentile
from expunge.unlearner import Unlearner


@dataclass(frozen=True, slots=True)
class GatewayCost:
    """One system: what it serves when asked without pause, what one client waits, what it takes at a steady pace, and
    what it needs.

    `full`, `alone` and `steady` hold one entry a round; `start_s` are seconds from the process's start to its first
    good answer to a health check; `memory_mb` is what its processes hold resident after all rounds, in MB (10^6 bytes).
    """

    name: str
    full: tuple[Served, ...]
    alone: tuple[Served, ...]
    steady: tuple[Served, ...]
    start_s: float
    memory_mb: float

    @property
    def per_second(self) -> float:
        """Answers a second without pause, the median of the rounds."""
        return percentile([round_.per_second for round_ in self.full], 0.5)

    @property
    def alone_p50_ms(self) -> float:
        """Median time of an answer to the only client, who asks again when answered, the median of the rounds."""
        return percentile([round_.p50_ms for round_ in self.alone], 0.5)

    @property
    def p50_ms(self) -> float:
        """Median time of an answer at a steady pace, the median of the rounds."""
        return percentile([round_.p50_ms for round_ in self.steady], 0.5)

    @property
    def p99_ms(self) -> float:
        """99 % of the answers at a steady pace took no longer, the median of the rounds."""
        return percentile([round_.p99_ms for round_ in self.steady], 0.5)

    @property
    def full_p50_ms(self) -> float:
        """Median time of an answer when asked without pause."""
        return percentile([round_.p50_ms for round_ in self.full], 0.5)

    @property
    def full_p99_ms(self) -> float:
        """99 % of the answers took no longer when asked without pause."""
        return percentile([round_.p99_ms for round_ in self.full], 0.5)

    @property
    def failures(self) -> int:
        """Requests that got no good answer."""
        return sum(round_.failures for round_ in (*self.full, *self.alone, *self.steady))


@dataclass(frozen=True, slots=True)
class GatewayRun:
    """All systems, the upstream alone first."""

    clients: int
    targets: int
    facts: tuple[int, ...]
    steady_per_second: float
    costs: tuple[GatewayCost, ...]
    left_out: tuple[str, ...] = ()

    def of(self, name: str) -> GatewayCost | None:
        """The figures of one system."""
        return next((cost for cost in self.costs if cost.name == name), None)


@dataclass(slots=True)
class _System:
    name: str
    url: str
    key: str = "none"
    start_s: float = 0.0
    process: subprocess.Popen[bytes] | None = None
    full: list[Served] = field(default_factory=list)
    alone: list[Served] = field(default_factory=list)
    steady: list[Served] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class GatewayChoices:
    """The choices: names only, then these numbers of `facts` a target; `litellm` is the proxy's command."""

    clients: int = 10
    targets: int = 1_000
    facts: tuple[int, ...] = (1, 10)
    seconds: float = 5.0
    rounds: int = 3
    steady_per_second: float = 50.0
    litellm: Path | None = None


def measure_gateway(choices: GatewayChoices, progress: Callable[[str, int, int], None]) -> GatewayRun:
    """Start every system, ask them in turns, and stop them.

    Raises:
        MissingError: if a system does not start.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        progress("starting the upstream", 0, 0)
        upstream = stack.enter_context(stand_in("expunge.bench.instant"))
        systems = [_System("upstream alone", f"{upstream}/v1/chat/completions")]
        plans = [("expunge, names only", 0)]
        plans += [(f"expunge, {facts} {'fact' if facts == 1 else 'facts'} each", facts) for facts in choices.facts]
        for number, (name, facts) in enumerate(plans):
            progress(f"starting {name}", 0, 0)
            config = _configured(folder / str(number), upstream, choices.targets, facts)
            systems.append(stack.enter_context(_expunge(name, config)))
        left_out: tuple[str, ...] = ()
        if choices.litellm is not None:
            progress("starting LiteLLM", 0, 0)
            systems.append(stack.enter_context(_litellm(choices.litellm, folder, upstream, choices.targets)))
        else:
            left_out = ("LiteLLM's proxy: name its command with --litellm",)
        total = choices.rounds * len(systems)
        for number in range(-1, choices.rounds):
            for place, system in enumerate(systems):
                done = max(0, number) * len(systems) + place
                progress(f"round {number + 1} of {choices.rounds}, {system.name}", done, total)
                seconds = choices.seconds if number >= 0 else min(2.0, choices.seconds)
                full = _asked(Load(system.url, choices.clients, seconds, key=system.key))
                alone = _asked(Load(system.url, 1, seconds / 2, key=system.key))
                steady = _asked(Load(system.url, choices.clients, seconds, choices.steady_per_second, system.key))
                if number >= 0:  # the round before the first one warms up
                    system.full.append(full)
                    system.alone.append(alone)
                    system.steady.append(steady)
        costs = tuple(
            GatewayCost(
                system.name,
                tuple(system.full),
                tuple(system.alone),
                tuple(system.steady),
                system.start_s,
                resident(system.process.pid) / 1e6 if system.process else 0.0,
            )
            for system in systems
        )
    return GatewayRun(choices.clients, choices.targets, choices.facts, choices.steady_per_second, costs, left_out)


def as_json(run: GatewayRun) -> dict[str, object]:
    """The run's figures, each system's with its own and as ratios to the others."""
    costs = {
        cost.name: {
            **asdict(cost),
            "per_second": cost.per_second,
            "alone_p50_ms": cost.alone_p50_ms,
            "p50_ms": cost.p50_ms,
            "p99_ms": cost.p99_ms,
            "full_p50_ms": cost.full_p50_ms,
            "full_p99_ms": cost.full_p99_ms,
        }
        for cost in run.costs
    }
    return {
        "clients": run.clients,
        "targets": run.targets,
        "facts": run.facts,
        "steady_per_second": run.steady_per_second,
        "systems": costs,
        "left_out": list(run.left_out),
    }


def find_litellm(named: Path | None) -> Path | None:
    """The command of LiteLLM's proxy: the one that is named, or the one on the path, or None.

    Raises:
        MissingError: if the one that is named is not there.
    """
    if named is None:
        found = shutil.which("litellm")
        return Path(found) if found else None
    if not named.is_file():
        raise MissingError("There is no LiteLLM at the place that --litellm names; install litellm[proxy] or leave it.")
    return named.absolute()


def _asked(load: Load) -> Served:
    command = [sys.executable, "-m", "expunge.bench.load", json.dumps(asdict(load))]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise MissingError("A system that is measured hung up; run it by hand to see why.")
    return Served(**json.loads(run.stdout))


def _configured(folder: Path, upstream: str, size: int, facts: int) -> Path:
    folder.mkdir()
    url = f"sqlite:///{folder / 'expunge.db'}"
    config = folder / "expunge.toml"
    config.write_text(
        f"[registry]\nurl = {json.dumps(url)}\n"
        f'[models.default]\nbase_url = "{upstream}/v1"\nmodel = "instant"\n'
        '[policy]\nagents = "rules"\nelicit = false\n'
        f'[server]\nauth = "none"\nport = {free_port()}\n',
        encoding="utf-8",
    )
    # Facts are embedded when they are registered, so that the start is that of any day.
    with Unlearner.open(config) as unlearner:
        unlearner.targets.add_many(targets(size, facts=facts))
    return config


@contextmanager
def _expunge(name: str, config: Path) -> Iterator[_System]:
    port = next(line.split()[-1] for line in config.read_text().splitlines() if line.startswith("port"))
    command = expunge_command("serve", "--config", str(config))
    root = f"http://127.0.0.1:{port}"
    with running(command, f"{root}/readyz", config.parent, os.environ) as (process, seconds):
        yield _System(name, f"{root}/v1/chat/completions", start_s=seconds, process=process)


@contextmanager
def _litellm(command: Path, folder: Path, upstream: str, size: int) -> Iterator[_System]:
    """LiteLLM's proxy with its own content filter on, which masks the same names."""
    key = f"sk-{secrets.token_hex(24)}"
    words = [{"keyword": name, "action": "MASK"} for name in people(size)]
    filtering = {"guardrail": "litellm_content_filter", "mode": ["pre_call", "post_call"], "default_on": True}
    model = {"model": "openai/instant", "api_base": f"{upstream}/v1", "api_key": "none"}
    config = {
        "model_list": [{"model_name": "instant", "litellm_params": model}],
        "guardrails": [{"guardrail_name": "names", "litellm_params": {**filtering, "blocked_words": words}}],
        "general_settings": {"master_key": key},
    }
    (folder / "litellm.yaml").write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML, too
    port = free_port()
    root = f"http://127.0.0.1:{port}"
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    environment = {**kept, "PATH": f"{command.parent}:{os.environ['PATH']}", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    options = ["--config", "litellm.yaml", "--host", "127.0.0.1", "--port", str(port), "--telemetry", "False"]
    with running([str(command), *options], f"{root}/health/liveliness", folder, environment) as (process, seconds):
        yield _System("LiteLLM, content filter", f"{root}/v1/chat/completions", key, seconds, process)
