"""`expunge models …`: fetch and list weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from expunge.cli.options import Config, Json
from expunge.cli.output import note, out, print_json
from expunge.cli.weights import fetch

if TYPE_CHECKING:
    from pathlib import Path


app = typer.Typer(help="Fetch and list model weights.", no_args_is_help=True)


@app.command("pull")
def pull(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="A GGUF file on the Hugging Face hub, as OWNER/REPOSITORY/FILE.gguf, or embeddings for the embedding "
            "model alone. Default: the embedded models.",
        ),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Fetch the embedded chat and embedding models, or another model, into the cache and verify them."""
    from expunge.models.embedded import is_installed
    from expunge.models.weights import EMBEDDINGS
    from expunge.settings import Settings

    settings = Settings.load(config)
    paths = [fetch(settings, name)]
    if name is None and settings.embeddings.is_default:
        paths.insert(0, fetch(settings, EMBEDDINGS))
    if name != EMBEDDINGS and not is_installed():
        note('Running it also needs llama.cpp: pip install "expunge[embedded]"')
    if as_json:
        *others, last = ({"path": str(path), "bytes": _size(path)} for path in paths)
        print_json({**last, EMBEDDINGS: others[0]} if others else last)
    else:
        for path in paths:
            out().print(f"Ready: {path}")


@app.command("list")
def list_(config: Config = None, as_json: Json = False) -> None:
    """List the weights in the cache."""
    from expunge.models.cache import local_models
    from expunge.settings import Settings

    found = local_models(Settings.load(config).cache())
    if as_json:
        print_json([{"name": model.name, "path": str(model.path), "bytes": model.bytes} for model in found])
        return
    if not found:
        note("The cache is empty. Fetch the embedded models: expunge models pull")
        return
    print("name\tsize\tpath")
    for model in found:
        print(f"{model.name}\t{model.bytes / 1e6:,.0f} MB\t{model.path}")


def _size(path: Path) -> int:
    return sum(part.stat().st_size for part in path.iterdir()) if path.is_dir() else path.stat().st_size
