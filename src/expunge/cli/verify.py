"""`expunge verify`: a certificate of what the live system tells of a target, and the check of one."""

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
        typer.Argument(metavar="TARGET", help="Its id, the first 6 or more characters of it, or a name."),
    ] = None,
    others: Annotated[
        Path | None,
        typer.Option(
            "--others",
            metavar="FILE",
            help='A .jsonl file of what must still be answered: {"question", "answer"} a line, the answer as you '
            "like. Default: general questions that ship.",
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            "--url", metavar="URL", help="Ask this running gateway, http://HOST/v1, in place of this process."
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="With --url: the model to ask there.")
    ] = None,
    api_key_env: Annotated[
        str | None,
        typer.Option("--api-key-env", metavar="NAME", help="With --url: the variable that holds the key to send."),
    ] = None,
    stem: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="NAME",
            help="Write NAME.html, NAME.json and NAME.txt; default: certificate-TARGET-TIME. With --check: write the "
            "page and the text of a .json file anew.",
        ),
    ] = None,
    include_text: Annotated[
        bool, typer.Option("--include-text", help="Put the name, the questions and the answers into it.")
    ] = False,
    per_kind: Annotated[
        int, typer.Option("--per-kind", min=1, max=100, help="Most questions of each kind, beside the direct ones.")
    ] = 12,
    seed: Annotated[int, typer.Option("--seed", help="Seed of which questions are drawn.")] = 0,
    issuer: Annotated[
        str, typer.Option("--issuer", metavar="NAME", help="Whoever answers for the certificate, to be named in it.")
    ] = "",
    check: Annotated[
        Path | None,
        typer.Option("--check", metavar="FILE", help="Check a certificate's .html or .json, and ask nothing."),
    ] = None,
    public_key: Annotated[
        str | None,
        typer.Option(
            "--public-key", metavar="KEY", help="With --check: a file or base64. Default: the registry's own."
        ),
    ] = None,
    write_public_key: Annotated[
        Path | None,
        typer.Option("--write-public-key", metavar="FILE", help="Write the key that checks certificates, as PEM."),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Certify what the live system tells of a target, before and after.

    Questions are made from the target's own names and facts and put to the model alone and to the system that is to
    forget it. The page is signed, and holds no text of the target, of a question or of an answer unless asked for.
    Exit code 1 if something comes out, a question could not be asked, or one about others is no longer answered.
    """
    from expunge.cli.certifying import Gateway, Wanted, certify, check_file, write_own_key

    if check is not None:
        _only(ref is None, "--check takes no TARGET; leave it out.")
        check_file(check, public_key, stem, config, as_json)
        return
    _only(public_key is None, "--public-key is for --check; leave it out.")
    _only(url is not None or (model is None and api_key_env is None), "--model and --api-key-env are for --url.")
    if ref is None:
        if write_public_key is None:
            raise UsageError("Name a TARGET to certify, or a file to --check.")
        write_own_key(write_public_key, config)
        return
    gateway = None if url is None else Gateway(url, model, api_key_env)
    _only(len(issuer) <= _MOST and issuer.isprintable(), f"An --issuer is a line of at most {_MOST} characters.")
    wanted = Wanted(ref, others, gateway, stem, issuer.strip(), include_text, per_kind, seed, write_public_key)
    certify(wanted, config, as_json)


def _only(holds: bool, sentence: str) -> None:
    if not holds:
        raise UsageError(sentence)
