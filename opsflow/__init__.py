"""OpsFlow: run playbooks on fleets of Debian and Ubuntu hosts, and undo what fails.

The map. Data flows one way: files → typed plays → run → host → connection → target → result →
events → screen and notifiers. A room imports only rooms above it, and `core` imports none.

    core        the small typed core: errors, events, results, registries, driver interfaces
    source      text with positions: the YAML loader and every error's file:line:column
    inventory   who: hosts, groups, patterns, variables
    templating  Jinja2: lazy variables, typed evaluation, filters, tests, lookups
    target      what runs over there: standard-library code that is sent through the channel
    connection  how to reach a host: SSH, local; become; the channel to the target runner
    packages    PackageManager drivers: apt
    systems     SystemManager drivers: debian, ubuntu
    modules     what a task may do: one file a module
    playbook    what: YAML with positions to typed plays, checked before any host is touched
    engine      when: run, play, batch, task, host; strategies, limits, handlers, retries
    ledger      what happened: runs, their results, a chained audit; SQLite, PostgreSQL
    notifiers   who is told of what: email, chats, webhook, file, console
    api         playbooks from Python; what the command line calls
    lint        what is wrong with files, or could be better, before any host is touched
    reference   what can be written: documentation and JSON Schema out of the tables that read it
    lab         a throwaway fleet of real Debian hosts on this machine
    cli         what a person types, a file a command; `cli.console` is what a person reads
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import play as play

__version__ = "0.1.0"
__all__ = ["__version__", "play"]


def __getattr__(name: str) -> Any:
    """Import the Python interface when it is first used: the command line must answer at once."""
    if name == "play":
        from .api import play

        return play
    raise AttributeError(f"module 'opsflow' has no attribute '{name}'")
