from __future__ import annotations

import ast
import fnmatch
import importlib
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

import expunge
from expunge import errors
from expunge.version import __version__

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_exported_names_exist_and_are_where_they_are_said_to_be() -> None:
    assert expunge.__all__[1:] == sorted(expunge.__all__[1:])
    for module, names in expunge._HOMES.items():
        for name in names:
            assert getattr(expunge, name) is getattr(importlib.import_module(module), name)
    assert set(expunge.__all__) == {"__version__", *(name for names in expunge._HOMES.values() for name in names)}


def test_every_error_is_exported() -> None:
    defined = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert defined <= set(expunge.__all__)


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        expunge.__getattr__("Nothing")
    assert dir(expunge) == sorted(expunge.__all__)


def test_the_changelog_begins_with_the_version() -> None:
    versions = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert versions[0] == __version__


def test_the_licence_is_the_one_named() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0" in text
    assert PROJECT["project"]["license"] == "Apache-2.0 AND CC-BY-SA-4.0 AND 0BSD"


def pins(file: str) -> dict[str, str]:
    text = (ROOT / file).read_text(encoding="utf-8")
    return {_normal(name): entry for name, entry in re.findall(r"^([\w.-]+)==((?:.|\n(?=    ))*)", text, re.MULTILINE)}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _required(requirements: list[str]) -> set[str]:
    return {_normal(re.split(r"[<>=!~\[; ]", requirement)[0]) for requirement in requirements}


@pytest.mark.parametrize(
    ("file", "extra"),
    [("constraints.txt", None), ("constraints-embedded.txt", "embedded"), ("constraints-dev.txt", "dev")],
)
def test_every_dependency_is_pinned_with_hashes(file: str, extra: str | None) -> None:
    pinned = pins(file)
    project: dict[str, Any] = PROJECT["project"]
    wanted = _required(project["dependencies"])
    if extra is not None:
        # Those who install an extra by these files install the clone itself, which takes what it is built with.
        wanted |= _required(project["optional-dependencies"][extra] + PROJECT["build-system"]["requires"])
    assert wanted <= set(pinned), "run `make pin`"
    assert all("--hash=sha256:" in entry for entry in pinned.values())


@pytest.mark.parametrize("file", ["constraints-embedded.txt", "constraints-dev.txt"])
def test_the_pin_files_agree(file: str) -> None:
    """The same versions and hashes; for what platforms may differ, since more packages may want one."""
    running, more = pins("constraints.txt"), pins(file)
    for pinned in (running, more):
        for name, entry in pinned.items():
            pinned[name] = re.sub(r" ;[^\\]*", " ", entry)
    assert {name: more.get(name) for name in running} == running, "run `make pin`"


def test_the_plain_install_stays_small() -> None:
    """What the pins name on Linux; `pip` is there before, and is only held to a version."""
    elsewhere = re.compile(r"; (?:sys_platform == '(?:win32|emscripten)'|.* and sys_platform == 'emscripten')")
    installed = [name for name, entry in pins("constraints.txt").items() if not elsewhere.search(entry.split("\\")[0])]
    assert len(installed) + len({"expunge"}) - len({"pip"}) <= 50, sorted(installed)


def test_every_dependency_is_imported_and_has_its_line_in_the_docs() -> None:
    """What nobody imports is not to be installed."""
    imported = {
        module
        for path in (ROOT / "src").rglob("*.py")
        for module in _imported(ast.parse(path.read_text(encoding="utf-8")))
    }
    homes = packages_distributions()
    used = {_normal(name) for module in imported for name in homes.get(module, ())}
    wanted = _required(PROJECT["project"]["dependencies"])
    assert wanted <= used, f"nobody imports {sorted(wanted - used)}"
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    section = page.partition("## What is installed")[2].partition("\n## ")[0]
    told = {_normal(name) for name in re.findall(r"`([\w.-]+)`", section)}
    assert wanted <= told, f"docs/performance.md does not say what these are for: {sorted(wanted - told)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if not link.startswith("https://"):
            assert (page.parent / link).exists(), link


def test_make_explains_its_targets() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("demo", "test", "lint", "docs", "bench", "pin"):
        assert re.search(rf"^{target}:.*## \S", text, re.MULTILINE), target


_FRAMEWORKS = {"agents": ["openai-agents"], "llama_index": ["llama-index-core"]}
"""Where modules are from that are installed in the environment of the clients only."""


def test_every_import_is_declared() -> None:
    """What is installed by accident on one machine is missing on the next."""
    homes = {**_FRAMEWORKS, **packages_distributions()}
    project: dict[str, Any] = PROJECT["project"]
    running = _required(project["dependencies"])
    developing = running | _required(project["optional-dependencies"]["dev"])
    evaluating = running | _required(project["optional-dependencies"]["evals"])
    scrubbing = running.union(*(_required(project["optional-dependencies"][extra]) for extra in ("parquet", "ray")))
    for folder, plain in (("src", running), ("benchmarks", developing), ("tests", developing)):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "clients" in path.parts and path.parent.name == "scripts":
                continue  # they run in an environment of their own, which constraints-clients.txt pins
            # What an extra brings is imported by the parts that need it, and by the command that says what is missing.
            extra = folder == "src" and (path.parent.name == "evals" or path.name == "evaluate.py")
            allowed = evaluating if extra else plain
            if folder == "src" and path.parent.name == "corpus":
                allowed = scrubbing
            if "integrations" in path.parts:
                frameworks = ("langchain", "llama-index", "openai-agents")
                allowed = plain.union(*(_required(project["optional-dependencies"][extra]) for extra in frameworks))
                # Their tests run in the environment of the clients, too.
                allowed |= set(pins("constraints-clients.txt")) if folder == "tests" else set()
            if folder == "src" and path.parent.name == "mcp":
                allowed = plain | _required(project["optional-dependencies"]["mcp"])
            if folder == "src" and path.name == "embedded.py" and path.parent.name == "models":
                allowed = plain | _required(project["optional-dependencies"]["embedded"])
            for module in _imported(ast.parse(path.read_text(encoding="utf-8"))):
                if module in sys.stdlib_module_names or module in ("expunge", "benchmarks", "tests"):
                    continue
                assert {_normal(name) for name in homes.get(module, [module])} & allowed, f"{path.name}: {module}"


def _imported(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("page", ["README.md", "docs/getting-started.md"])
def test_what_the_commands_of_a_page_write_is_ignored(page: str) -> None:
    """Else a clone is full of files that nobody meant to keep, some of them with names in them."""
    ignored = [line for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines() if line]
    text = (ROOT / page).read_text(encoding="utf-8")
    written = re.findall(r"(?:> ?|--report |expunge scrub \S+ )([\w-]+\.\w+)\b", text)
    written += [f"{stem}.html" for stem in re.findall(r"--out (\w+)", text)]
    assert len(written) >= 2
    for name in (*written, "expunge.toml", "expunge.db", "expunge.db.key"):
        assert any(fnmatch.fnmatch(name, pattern.removeprefix("/")) for pattern in ignored), name


def test_sizes_of_the_embedded_models_agree() -> None:
    """The pages say what the code says: megabytes that are fetched, and those in the cache."""
    from expunge.models.e5.files import FETCHED
    from expunge.models.weights import DEFAULT_SIZE

    text = " ".join((ROOT / "docs" / "getting-started.md").read_text(encoding="utf-8").split())
    fetched, chat, embeddings = (
        f"93 and {FETCHED} MB",
        f"{DEFAULT_SIZE // 10**6} MB for the chat",
        "83 MB for the embedding",
    )
    assert all(said in text for said in (fetched, chat, embeddings))
    assert "(83 MB in the cache" in (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
