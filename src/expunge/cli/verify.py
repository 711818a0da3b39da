"""`expunge verify`: issue or check a certificate of what the live system says about a target."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from expunge.cli.options import Config, Json
from expunge.errors import UsageError

_MOST = 200
"""Characters of an issuer's name."""


def verify(
    ref: Annotated[
        str | None,
        typer.Argument(metavar="TARGET", help="The target's id, at least 6 characters of it, or a name."),
    ] = None,
    others: Annotated[
        Path | None,
        typer.Option(
            "--others",
            metavar="FILE",
            help='A .jsonl file of questions that must still be answered: {"question", "answer"} per line; the '
            "answer is optional. Default: built-in general questions.",
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="Ask this running gateway, http://HOST/v1, instead of this process."),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="With --url: the model to request.")
    ] = None,
    api_key_env: Annotated[
        str | None,
        typer.Option("--api-key-env", metavar="NAME", help="With --url: the variable that holds the API key."),
    ] = None,
    stem: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="NAME",
            help="Write NAME.html, NAME.json and NAME.txt. Default: certificate-TARGET-TIME. With --check: recreate "
            "the page and the text from a .json file.",
        ),
    ] = None,
    include_text: Annotated[
        bool, typer.Option("--include-text", help="Include the name, the questions and the answers.")
    ] = False,
    per_kind: Annotated[
        int,
        typer.Option(
            "--per-kind", min=1, max=100, help="Maximum number of questions of each kind, besides the direct ones."
        ),
    ] = 12,
    seed: Annotated[int, typer.Option("--seed", help="Seed for choosing questions.")] = 0,
    issuer: Annotated[
        str, typer.Option("--issuer", metavar="NAME", help="Who vouches for the certificate; named in it.")
    ] = "",
    check: Annotated[
        Path | None,
        typer.Option(
            "--check", metavar="FILE", help="Check a certificate's .html or .json file instead of issuing one."
        ),
    ] = None,
    public_key: Annotated[
        str | None,
        typer.Option(
            "--public-key", metavar="KEY", help="With --check: a file or base64. Default: the registry's own."
        ),
    ] = None,
    write_public_key: Annotated[
        Path | None,
        typer.Option(
            "--write-public-key", metavar="FILE", help="Write the public key that checks certificates, as PEM."
        ),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Certify what the live system discloses about a target, with and without expunge.

    Questions are made from the target's names and facts, and asked of the model alone and of the protected system. The
    certificate is signed; it contains no text of the target, the questions or the answers unless --include-text is
    given. Exit code 1 if anything is disclosed, a question failed, or a question about others is no longer answered.
    """
    from expunge.cli.certifying import Gateway, Wanted, certify, check_file, write_own_key

    if check is not None:
        _only(ref is None, "--check takes no TARGET; leave it out.")
        check_file(check, public_key, stem, config, as_json)
        return
    _only(public_key is None, "--public-key needs --check.")
    _only(url is not None or (model is None and api_key_env is None), "--model and --api-key-env need --url.")
    if ref is None:
        if write_public_key is None:
            raise UsageError("Name a TARGET to certify, or a file with --check.")
        write_own_key(write_public_key, config)
        return
    gateway = None if url is None else Gateway(url, model, api_key_env)
    _only(len(issuer) <= _MOST and issuer.isprintable(), f"--issuer must be one line of at most {_MOST} characters.")
    wanted = Wanted(ref, others, gateway, stem, issuer.strip(), include_text, per_kind, seed, write_public_key)
    certify(wanted, config, as_json)


def _only(holds: bool, sentence: str) -> None:
    if not holds:
        raise UsageError(sentence)
