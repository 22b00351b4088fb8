"""The command line: finds the command, shows errors, ends with a documented exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, NoReturn

import typer

from opsflow import __version__
from opsflow.core.errors import (
    EXIT_ERROR,
    EXIT_INTERRUPTED,
    EXIT_STOPPED,
    EXIT_USAGE,
    InputError,
    OpsFlowError,
)

from .garbage import look_never, look_no_more

_COMMANDS = {
    "play": "play",
    "exec": "exec_",
    "fleet": "fleet",
    "rollback": "rollback",
    "resume": "resume",
    "retry": "resume",
    "runs": "runs",
    "show": "show",
    "report": "report",
    "attach": "attach",
    "pause": "control",
    "abort": "control",
    "skip": "control",
    "locks": "locks",
    "lock": "locks",
    "unlock": "locks",
    "history": "history",
    "audit": "audit",
    "notify": "notify",
    "doctor": "doctor",
    "lint": "lint",
    "doc": "doc",
    "config": "config",
    "schema": "schema",
    "inventory": "inventory",
    "vault": "vault",
    "lab": "lab",
}
"""The module of each command, in the order of the help: its `app`, or its function of that name."""


def _app(words: Sequence[str]) -> typer.Typer:
    """Return the command line. Where a command is named it has no other one: making all takes a while."""
    named = next((word for word in words if not word.startswith("-")), "")
    completing = "_OPSFLOW_COMPLETE" in os.environ
    names = [named] if named in _COMMANDS and not completing else list(_COMMANDS)
    app = typer.Typer(
        help="Run playbooks on fleets of Debian and Ubuntu hosts, and upgrade them safely.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog="Exit codes: 0 fine, 1 our own error, 2 hosts failed, 3 bad input, 4 hosts unreachable, "
        "5 bad command line, 6 stopped by a threshold, a person or late bad input, 99 interrupted.",
    )
    app.callback()(_root)
    for name in names:
        module = import_module(f".{_COMMANDS[name]}", __package__)
        if group := getattr(module, "app", None):
            app.add_typer(group, name=name)
        else:
            command = getattr(module, "exec_" if name == "exec" else name)
            app.command(name, epilog=getattr(module, "EPILOG", None))(command)
    return app


# Newer versions of Typer carry their own copy of Click: this is its UsageError wherever it lives.
_USAGE_ERROR: type[Exception] = typer.BadParameter.__bases__[0]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"opsflow {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and debugging logs.")] = False,
) -> None:
    if debug:
        import logging

        logging.basicConfig(level=logging.DEBUG, format="%(asctime)s %(name)s %(message)s")


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    debug = "--debug" in sys.argv or bool(os.environ.get("OPSFLOW_DEBUG"))
    try:
        look_never()
        code = invoke()
    except OpsFlowError as error:
        if debug:
            raise
        show_error(error)
        late = isinstance(error, InputError) and error.late  # hosts were touched: 3 would deny it
        code = EXIT_STOPPED if late else error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        code = EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = EXIT_ERROR
    except Exception as error:
        if debug:
            raise
        sys.stderr.write(f"opsflow: this is a bug: {type(error).__name__}: {error}\n")
        sys.stderr.write("  → please report it, with the output of the same command with --debug\n")
        code = EXIT_ERROR
    look_no_more()
    sys.exit(code)


def invoke(words: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code.

    Args:
        words: the command and its arguments, by default what this process was called with.
    """
    given = sys.argv[1:] if words is None else list(words)
    command = typer.main.get_command(_app(given))
    try:
        result = command.main(given, "opsflow", standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except _USAGE_ERROR as error:
        error.show()  # type: ignore[attr-defined]
        return EXIT_USAGE
    return result if isinstance(result, int) else 0


def show_error(error: OpsFlowError) -> None:
    """Write an error to standard error as a person reads it."""
    if isinstance(error, InputError):
        from opsflow.source.excerpt import describe_all

        sys.stderr.write(describe_all(error) + "\n")
        count = len(error.problems)
        what = "1 problem" if count == 1 else f"{count} problems"
        end = "the run ended there" if error.late else "no host was touched"
        sys.stderr.write(f"\n{what} found; {end}\n")
        return
    sys.stderr.write(f"opsflow: {error.message}\n")
    if error.hint:
        sys.stderr.write(f"  → {error.hint}\n")
