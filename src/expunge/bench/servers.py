"""Servers that are measured: started, waited for, weighed, ended."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from expunge.errors import MissingError

START_SECONDS = 600.0


def expunge_command(*arguments: str) -> list[str]:
    """The command line of this very installation."""
    return [sys.executable, "-c", "from expunge.cli.main import run; run()", *arguments]


@contextmanager
def running(
    command: Sequence[str], health: str, folder: Path, environment: Mapping[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """A server, once its health check is good, and the seconds that took.

    Raises:
        MissingError: if it ends or is not good in ten minutes.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not healthy(health):
            if process.poll() is not None or time.perf_counter() - began > START_SECONDS:
                raise MissingError("A server that is to be measured does not start; run it by hand to see why.")
            time.sleep(0.02)
        yield process, time.perf_counter() - began
    finally:
        stop(process)


def same_modules() -> dict[str, str]:
    """An environment in which another Python finds the modules that this one finds, from whatever folder."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


@contextmanager
def stand_in(module: str) -> Iterator[str]:
    """The address of an upstream of ours, a module that prints its port and serves in a process of its own."""
    process = subprocess.Popen([sys.executable, "-m", module], stdout=subprocess.PIPE, env=same_modules())
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        stop(process)
        process.stdout.close()


def healthy(url: str) -> bool:
    """Whether a GET is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process, by force if it does not in 30 seconds."""
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def resident(pid: int) -> int:
    """Bytes that a process and all that it started hold resident, 0 where the system does not tell."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    total, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        waiting += parents.get(one, [])
        try:
            total += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            continue
    return total
