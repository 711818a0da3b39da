"""The `expunge` command, and the one place where an error becomes a sentence and an exit code.

    0    fine
    1    a check failed, or something went wrong inside
    2    usage error: an argument, a file, the configuration, an endpoint, the registry
    3    something required is missing, or an endpoint cannot be reached
    130  interrupted with Ctrl-C

The sentence goes to standard error. With `--json`, standard output also gets
`{"error": {"type": …, "message": …}}`.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

# Several threads of the linear algebra behind numpy wait for each other by spinning: where others are at work, what
# takes a fifth of a millisecond takes 25 (measured on 2 cores). What runs side by side here are requests.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import typer
from typer.exceptions import Abort, TyperException

from expunge.cli import (
    ask,
    audit,
    bench,
    chat,
    confirming,
    demo,
    doctor,
    evaluate,
    init,
    keys,
    mcp,
    models,
    scrub,
    serve,
    targets,
    verify,
    webhooks,
    wrong_use,
)
from expunge.errors import ExpungeError, UsageError
from expunge.version import __version__

INTERRUPTED = 130
PIPE_CLOSED = 141

app = typer.Typer(
    name="expunge",
    help="Make a deployed language model stop revealing a person or a topic, without touching its weights.",
    epilog="Exit codes: 0 fine, 1 a check failed, 2 usage error, 3 something required is missing.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init")(init.init)
app.command("ask")(ask.ask)
app.command("chat")(chat.chat)
targets.app.command("confirm")(confirming.confirm)
app.add_typer(targets.app, name="targets")
app.command("serve")(serve.serve)
app.command("mcp", context_settings=mcp.CONTEXT_SETTINGS)(mcp.mcp)
app.command("scrub")(scrub.scrub)
app.add_typer(keys.app, name="keys")
app.add_typer(audit.app, name="audit")
app.command("verify")(verify.verify)
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(models.app, name="models")
app.command("doctor")(doctor.doctor)
app.command("demo")(demo.demo)
app.command("eval")(evaluate.evaluate)
app.command("bench", context_settings=bench.CONTEXT_SETTINGS, add_help_option=False)(bench.bench)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"expunge {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
    ] = False,
) -> None: ...


def run() -> NoReturn:
    """Run the `expunge` script."""
    # Imports make half a million objects that stay: collecting among them is a quarter of the start.
    gc.set_threshold(50_000, 20, 20)
    sys.exit(main(sys.argv[1:]))


def main(args: Sequence[str]) -> int:
    """Run one command and return its exit code; print every error as one sentence."""
    _open_closed()
    _escape_unprintable()
    try:
        _check_utf8(args)
        code = app(args=list(args), prog_name="expunge", standalone_mode=False)
        sys.stdout.flush()
    except ExpungeError as error:
        return _fail(args, type(error).__name__, str(error), error.exit_code)
    except TyperException as error:
        return _fail_usage(args, error)
    except (KeyboardInterrupt, Abort):
        return _fail(args, "Interrupted", "Interrupted.", INTERRUPTED)
    except BrokenPipeError:
        return _close_quietly()
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):
            return _close_quietly()
        raise
    except OSError as error:
        return _fail_system(args, error)
    except Exception as error:  # noqa: BLE001 - the process edge
        return _fail(args, "InternalError", _internal(error), 1)
    if code == INTERRUPTED:
        return _fail(args, "Interrupted", "Interrupted.", INTERRUPTED)
    return code if isinstance(code, int) else 0


def _check_utf8(args: Sequence[str]) -> None:
    for number, arg in enumerate(args, 1):
        try:
            arg.encode("utf-8")
        except UnicodeEncodeError:
            raise UsageError(
                f"Argument {number} is not UTF-8 text; convert it first, for example with iconv."
            ) from None


def _fail(args: Sequence[str], kind: str, message: str, code: int) -> int:
    from expunge.cli.output import print_json
    from expunge.cli.program import typeable

    message = typeable(message)
    try:
        if "--json" in args:
            print_json({"error": {"type": kind, "message": message}})
        print(message, file=sys.stderr, flush=True)
    except BrokenPipeError:
        return _close_quietly()
    return code


def _fail_usage(args: Sequence[str], error: TyperException) -> int:
    if type(error).__name__ == "NoArgsIsHelpError":
        print(error.format_message(), file=sys.stderr)
        return error.exit_code
    return _fail(args, "UsageError", wrong_use.sentence(error), 2)


def _fail_system(args: Sequence[str], error: OSError) -> int:
    if error.errno != errno.ENOSPC:
        return _fail(args, "InternalError", _internal(error), 1)
    _drop_output()
    return _fail((), "NoSpace", "The disk is full; make room and try again.", 1)


def _internal(error: Exception) -> str:
    """Say where it happened and its type, not its message, which may contain private text."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f"{os.sep}expunge{os.sep}" in f.filename]
    place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"Internal error: {type(error).__name__}{place}. Please report this line."


def _close_quietly() -> int:
    _drop_output()
    return PIPE_CLOSED


def _drop_output() -> None:
    # What is still buffered goes nowhere, or the interpreter would complain when it exits.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _escape_unprintable() -> None:
    """Print an escape in place of a character that the terminal cannot show, instead of crashing."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")


def _open_closed() -> None:
    """Discard output to standard streams that the caller closed ("expunge … >&-")."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - as long as the process
