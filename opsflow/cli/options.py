"""Options that several commands share, and what they mean for a run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from opsflow.modules.own.places import Places
    from opsflow.source.config import Config, Layer
    from opsflow.source.vault import Vault


def _checked(name: str) -> Callable[[str | None], str | None]:
    """Return a callback that refuses values which a function of `connection.settings` refuses."""

    def check(value: str | None) -> str | None:
        if value is not None:
            from opsflow.connection import settings

            try:
                getattr(settings, name)(value)
            except ValueError as error:
                raise typer.BadParameter(f"must be {error}, not '{value}'.") from None
        return value

    return check


def _one_of(*words: str) -> Callable[[str | None], str | None]:
    """Return a callback that refuses what is none of some words."""

    def check(value: str | None) -> str | None:
        if value is not None and value not in words:
            raise typer.BadParameter(f"must be one of {', '.join(words)}, not '{value}'.")
        return value

    return check


Inventory = Annotated[
    list[str] | None,
    typer.Option(
        "-i", "--inventory", metavar="SOURCE", help="A file, a directory, or a list such as 'a,b,'."
    ),
]
Limit = Annotated[str | None, typer.Option("-l", "--limit", metavar="PATTERN", help="Only these hosts.")]
ExtraVars = Annotated[
    list[str] | None, typer.Option("-e", "--extra-vars", metavar="VARS", help="name=value, YAML, or @file.")
]
Forks = Annotated[
    int | None, typer.Option("-f", "--forks", metavar="N", help="How many hosts at once.", min=1)
]
Check = Annotated[bool, typer.Option("-C", "--check", help="Change nothing, tell what would change.")]
Diff = Annotated[bool, typer.Option("-D", "--diff", help="Show how files change.")]
User = Annotated[str | None, typer.Option("-u", "--user", metavar="USER", help="Log in as this user.")]
Become = Annotated[bool, typer.Option("-b", "--become", help="Become another user (root) on the hosts.")]
BecomeUser = Annotated[str | None, typer.Option(metavar="USER", help="Whom to become.")]
BecomeMethod = Annotated[
    str | None,
    typer.Option(metavar="METHOD", help="sudo, su or doas.", callback=_checked("become_method_name")),
]
AskPass = Annotated[bool, typer.Option("-k", "--ask-pass", help="Ask for the login password.")]
AskBecomePass = Annotated[bool, typer.Option("-K", "--ask-become-pass", help="Ask for the become password.")]
PrivateKey = Annotated[
    str | None, typer.Option("--private-key", "--key-file", metavar="FILE", help="SSH key to log in with.")
]
Connection = Annotated[
    str | None,
    typer.Option(
        "-c", "--connection", metavar="TYPE", help="ssh or local.", callback=_checked("connection_name")
    ),
]
Timeout = Annotated[
    int | None,
    typer.Option("-T", "--timeout", metavar="SECONDS", min=1, help="How long to wait for a connection."),
]
CommonArgs = Annotated[
    str | None, typer.Option("--ssh-common-args", metavar="ARGS", help="Options as for ssh(1).")
]
AcceptNew = Annotated[
    bool, typer.Option("--accept-new-host-keys", help="Trust and remember host keys seen for the first time.")
]
OnBusy = Annotated[
    str | None,
    typer.Option("--on-busy", metavar="HOW", help="Where another run has a host: wait, skip or fail.",
                 callback=_one_of("wait", "skip", "fail")),
]  # fmt: skip
Output = Annotated[str, typer.Option("--output", metavar="FORMAT", help="text, json or ndjson.")]
Verbose = Annotated[int, typer.Option("-v", "--verbose", count=True, help="More detail; up to -vvv.")]
State = Annotated[
    str | None,
    typer.Option("--state", metavar="URL", help="The ledger: sqlite:///path or postgresql://…"),
]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="A file instead of ./opsflow.yml.")
]


def extra_vars(given: list[str] | None, vault: Vault | None = None) -> dict[str, Any]:
    """Return the variables of `-e` options: `a=1 b=2`, YAML or JSON in braces, or `@file`.

    Raises InputError when a file or text is no mapping.
    """
    from opsflow.core.errors import InputError
    from opsflow.core.origin import Origin
    from opsflow.playbook.freeform import parse_options
    from opsflow.source.loader import load_file, load_text

    found: dict[str, Any] = {}
    for number, text in enumerate(given or [], 1):
        origin = Origin(f"--extra-vars #{number}", 1, 1)
        if text.startswith("@"):
            value = load_file(text[1:], vault=vault)
        elif text.lstrip().startswith(("{", "[")):
            value = load_text(text, origin.file)
        else:
            try:
                value = parse_options(text, origin)
            except ValueError as error:
                raise InputError.at(origin, str(error)) from None
        if not isinstance(value, dict):
            raise InputError.at(origin, "extra variables are name=value or a mapping")
        found.update(value)  # pyright: ignore[reportUnknownArgumentType]
    return found


def read_config(path: Path | None) -> Config:
    """Return the configuration; what is odd about it is said on standard error. Raises InputError."""
    from opsflow.source.config import merged

    return merged(config_layers(path))


def config_layers(path: Path | None, verbose: int = 0) -> list[Layer]:
    """Return what is configured, the weakest first.

    What is odd about it, and with `verbose` what is of no use, is said on standard error. Raises InputError.
    """
    from opsflow.source import config

    def warn(message: str) -> None:
        sys.stderr.write(f"warning: {message}\n")

    def note(message: str) -> None:
        sys.stderr.write(f"note: {message}\n")

    return config.config_layers(path, warn=warn, note=note if verbose else None)


def own_places(settings: Config) -> Places:
    """Return where the configuration says that there are modules of one's own."""
    from opsflow.modules.own.places import Places

    return Places(settings.library, settings.module_utils, settings.action_plugins)


_BY_VARIABLES = "set ansible_password and ansible_become_password instead"


def ask_secret(text: str, hint: str = _BY_VARIABLES) -> str:
    """Ask a person for a password. Raises UsageError, with a hint, where there is no terminal to ask on."""
    import warnings
    from getpass import GetPassWarning, getpass

    from opsflow.core.errors import UsageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", GetPassWarning)
            return getpass(text)
    except (GetPassWarning, EOFError):
        raise UsageError("there is no terminal to ask for a password on", hint=hint) from None


def ask_prompt(prompt: Any) -> str:
    """Ask a person for a `vars_prompt` value; without a terminal its default counts.

    Raises InputError when there is neither a terminal nor a default.
    """
    from getpass import getpass

    from opsflow.core.errors import InputError

    text = f"{prompt.get('prompt') or prompt['name']}"
    default = prompt.get("default")
    if not sys.stdin.isatty():
        if default is None:
            hint = f"give it with -e {prompt['name']}=…"
            raise InputError.at(
                prompt.origin, f"'{prompt['name']}' is asked for, but there is no terminal", hint=hint
            )
        return str(default)
    shown = f"{text} [{default}]: " if default is not None else f"{text}: "
    read = getpass if prompt["private"] else input
    while True:
        answer = read(shown)
        if not prompt["confirm"] or answer == read(f"confirm {shown}"):
            return answer or str("" if default is None else default)
        sys.stderr.write("the two answers are not the same\n")
