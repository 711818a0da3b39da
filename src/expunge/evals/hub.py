"""Data sets from the public Hugging Face hub, for when no folder of them is given.

Files come as they are; tables, which the hub keeps as Parquet, come as rows of JSON from its "datasets server". Both
end up in the layout that the suites read, in `data/` of the cache folder. No checksum of them is known beforehand:
that of the first fetch is recorded in `manifest.json`, and whatever differs from it later is refused. What was fetched
is not fetched again; of a table that broke off, the pages that came are kept.

What comes from the hub is not always what a data folder holds: MMLU's questions here are the first ten of each
subject, and WMDP's cyber questions are not deduplicated. Figures of the two must not be compared.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from expunge.errors import UsageError
from expunge.evals.hub_client import HubClient, HubFile, HubTable, Pages
from expunge.models.weights import HUB as HUB
from expunge.models.weights import Progress, disk, sha256

ROWS = "https://datasets-server.huggingface.co"
_TIMEOUT = 30.0
"""Seconds without a byte until a connection counts as broken."""

_TOFU = ("forget01_perturbed", "forget05_perturbed", "forget10_perturbed", "retain_perturbed")
_TOFU_ELSE = ("real_authors_perturbed", "world_facts_perturbed")
_WPU = "Shiyu-Lab/Wikipedia_Person_Unlearn"
_CHOICE = ("question", "choices", "answer")
_ANSWERED = ("question", "answer")

SETS: Mapping[str, tuple[HubFile | HubTable, ...]] = {
    "tofu": tuple(HubFile(f"tofu/{name}.jsonl", "locuslab/TOFU", f"{name}.json") for name in (*_TOFU, *_TOFU_ELSE)),
    "wpu": (
        HubTable("wpu/forget_qa.jsonl", _WPU, ("title", *_ANSWERED), "train", ("forget_100",)),
        HubTable("wpu/hard_retain.jsonl", _WPU, _ANSWERED, "train", ("forget_100_hard_retain",)),
        HubTable("wpu/celebrities_retain.jsonl", _WPU, _ANSWERED, "train", ("general_retain",)),
    ),
    "wmdp": (
        HubTable("wmdp/bio_questions.jsonl", "cais/wmdp", _CHOICE, "test", ("wmdp-bio",)),
        HubTable("wmdp/chem_questions.jsonl", "cais/wmdp", _CHOICE, "test", ("wmdp-chem",)),
        HubTable("wmdp/cyber_questions.jsonl", "cais/wmdp", _CHOICE, "test", ("wmdp-cyber",)),
    ),
    "mmlu": (HubTable("mmlu/sample_10_per_subject.jsonl", "cais/mmlu", ("subject", *_CHOICE), "test", each=10),),
}
"""The data sets that the hub has, as the suites name them."""


def fetch(
    sets: Sequence[str],
    cache: Path,
    *,
    endpoint: str = HUB,
    rows: str = ROWS,
    token: str = "",
    progress: Progress = lambda what, done, total: None,
    pause: Callable[[float], None] = time.sleep,
) -> Path:
    """Put data sets into the cache, unless they are there and whole, and return the data folder.

    `endpoint` is the hub's address, `rows` that of its datasets server; `token` is sent to both. `progress` is told
    of each file, and how many of all files are done.

    Raises:
        MissingError: if the hub cannot be reached or does not give the data out.
        UsageError: if it does not have such a data set, what came or lies there is not what it should be, or the
            cache cannot be written.
    """
    import httpx2

    if unknown := [name for name in sets if name not in SETS]:
        raise UsageError(f"The hub does not have the data set {unknown[0]}; give the folder that holds it with --data.")
    root = cache / "data"
    wanted = [item for name in sets for item in SETS[name]]
    timeout = httpx2.Timeout(_TIMEOUT, connect=5.0)
    # The client takes the token off where the hub redirects it to another host.
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with disk(root), httpx2.Client(follow_redirects=True, timeout=timeout, headers=headers) as client:
        hub = HubClient(client, endpoint, rows, pause)
        for done, item in enumerate(wanted):
            progress(item.place, done, len(wanted))
            _one(hub, item, root)
        progress("", len(wanted), len(wanted))
    return root


def _one(hub: HubClient, item: HubFile | HubTable, root: Path) -> None:
    target, known = root / item.place, _manifest(root)
    if target.is_file() and item.place in known:
        if sha256(target) != known[item.place]:
            raise UsageError(
                f"The file data/{item.place} in the cache is not as it was fetched; delete it, then run again."
            )
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    pages = target.with_name(f".{target.name}.pages")
    try:
        part.write_bytes(hub.file(item) if isinstance(item, HubFile) else _lines(hub.table(item, Pages(pages))))
    except UsageError:
        pages.unlink(missing_ok=True)
        raise
    digest = sha256(part)
    if known.get(item.place, digest) != digest:
        part.unlink()
        pages.unlink(missing_ok=True)
        raise UsageError(
            f"The hub has another data/{item.place} than when it was first fetched; to use the new one, delete "
            "data/manifest.json in the cache."
        )
    # The checksum comes first: without it, a file under its final name would be taken for a whole one.
    _write(root / "manifest.json", json.dumps({**known, item.place: digest}, indent=2).encode())
    os.replace(part, target)
    pages.unlink(missing_ok=True)


def _manifest(root: Path) -> dict[str, str]:
    path = root / "manifest.json"
    if not path.exists():
        return {}
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        known = None
    if not isinstance(known, dict) or not all(isinstance(digest, str) for digest in known.values()):
        raise UsageError("The file data/manifest.json in the cache is damaged; delete it, then run again.")
    return known


def _lines(records: Iterator[Mapping[str, object]]) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    os.replace(part, path)
