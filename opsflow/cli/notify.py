"""`opsflow notify`: who is told of runs, whether that works, and what could not be delivered."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .flags import LedgerFlags, with_flags
from .ledger_view import Output, check_output, clipped, clock_text, echo, echo_json, table
from .vault_options import AskVaultPass, PasswordFiles, VaultIds, read_vault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsflow.core.errors import Problem
    from opsflow.ledger.outbox import Letter
    from opsflow.notifiers.base import NotifyError
    from opsflow.notifiers.configured import Entry
    from opsflow.notifiers.message import Message
    from opsflow.notifiers.routes import Route
    from opsflow.report.lines import Line, Span
    from opsflow.source.config import Config
    from opsflow.templating.render import Renderer

app = typer.Typer(
    no_args_is_help=True,
    help="Who is told of runs, whether that works, and what could not be delivered yet.",
)

SENDING_S = 300.0
"""Seconds that `opsflow notify send` takes at most."""


@dataclass(frozen=True)
class NotifyFlags(LedgerFlags):
    """Options of all of these commands."""

    vault_id: VaultIds = None
    vault_password_file: PasswordFiles = None
    ask_vault_pass: AskVaultPass = False


class _Configured:
    """The notifiers and routes of the configuration, and what is wrong with them."""

    def __init__(self, flags: NotifyFlags) -> None:
        from opsflow.core.errors import InputError
        from opsflow.core.origin import COMMAND_LINE, Origin
        from opsflow.notifiers.configured import names_in, read_notifiers
        from opsflow.notifiers.routes import read_routes
        from opsflow.templating.render import Renderer

        self.settings: Config = flags.settings()
        vault = read_vault(self.settings, flags.vault_id, flags.vault_password_file, flags.ask_vault_pass)
        self.renderer: Renderer = Renderer(vault)
        self.problems: list[Problem] = []
        origin = Origin(COMMAND_LINE, 1, 1)
        self.entries: list[Entry] = read_notifiers(self.settings.notifiers, origin, vault, self.problems)
        names = [*(entry.name for entry in self.entries), *names_in(self.settings.notifiers)]
        self.routes: list[Route] = []
        try:
            self.routes = read_routes(self.settings.routes, origin, names, self.renderer)
        except InputError as error:
            self.problems += error.problems

    def checked(self) -> _Configured:
        """Return this, if nothing is wrong. Raises InputError, or OpsFlowError without any notifier."""
        from opsflow.core.errors import InputError, OpsFlowError

        if self.problems:
            raise InputError(self.problems)
        if not self.entries:
            hint = "list them as `notifiers` in opsflow.yml: docs/notifiers.md"
            raise OpsFlowError("the configuration names no notifier", hint=hint)
        return self

    def letters(self, *states: str) -> list[Letter]:
        """Return the messages of the ledger in some states, by default those that wait for something."""
        from opsflow.ledger.outbox import letters
        from opsflow.ledger.place import default_url, file_of, scheme_of
        from opsflow.ledger.store import open_store

        url = self.settings.state or default_url()
        if self.settings.ledger == "off" or (scheme_of(url) == "sqlite" and not file_of(url).exists()):
            return []
        store = open_store(url, read_only=True)
        try:
            return letters(store, states=states or ("waiting", "held"))
        finally:
            store.close()


@app.command("list")
@with_flags(NotifyFlags)
def list_(flags: NotifyFlags, output: Output = "text") -> int:
    """Show the notifiers and routes of the configuration, and the messages that wait to be delivered.

    Example: opsflow notify list --output json
    """
    check_output(output, "text", "json")
    found = _Configured(flags)
    waiting = found.letters()
    if output == "json":
        echo_json({
            "notifiers": [_entry_data(entry) for entry in found.entries],
            "routes": [{**route.config.model_dump(), "name": route.name} for route in found.routes],
            "waiting": [letter.data() for letter in waiting],
            "problems": [f"{problem.origin}: {problem.message}" for problem in found.problems],
        })  # fmt: skip
    else:
        echo([*_listed(found), *_waiting(waiting)])
    return 1 if found.problems else 0


def _entry_data(entry: Entry) -> dict[str, Any]:
    config = entry.config
    return {"name": entry.name, "type": str(config.type), "to": entry.notifier.address, "when": config.when}


def _listed(found: _Configured) -> list[Line]:
    from opsflow.report.lines import line

    lines: list[Line] = []
    if found.entries:
        rows: list[Sequence[Span]] = [
            [(str(value), "bold" if key == "name" else "") for key, value in _entry_data(entry).items()]
            + [(_told(entry, found.routes), "")]
            for entry in found.entries
        ]
        lines += table(["NOTIFIER", "TYPE", "TO", "WHEN", "TOLD OF"], rows)
    elif not found.problems:
        lines.append(line("the configuration names no notifier"))
    for problem in found.problems:
        lines.append(line(("can't be used  ", "failed"), f"{problem.origin}: {problem.message}"))
        lines += [line(f"  → {problem.hint}")] if problem.hint else []
    return lines


def _told(entry: Entry, routes: Sequence[Route]) -> str:
    mine = [route for route in routes if entry.name in route.config.to]
    if not mine:
        return "the end of each run"
    return "; ".join(f"{route.name}: {', '.join(route.config.events)}" for route in mine)


def _waiting(letters: Sequence[Letter]) -> list[Line]:
    from opsflow.report.lines import line

    if not letters:
        return []
    rows: list[Sequence[Span]] = [
        [(clock_text(one.created), ""), (one.way.notifier, "bold"), (one.run_id, ""), (one.event, ""),
         (str(one.attempts), ""), (_why(one), "")]
        for one in letters
    ]  # fmt: skip
    return [(), line(("WAITING", "bold")), *table(["SINCE", "FOR", "RUN", "EVENT", "TRIES", "WHY"], rows)]


def _why(letter: Letter) -> str:
    return "held back by its limit" if letter.state == "held" else clipped(letter.error or "")


@app.command("test")
@with_flags(NotifyFlags)
def try_(
    flags: NotifyFlags,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Only this notifier.")] = None,
    event: Annotated[
        str, typer.Option("--event", metavar="EVENT", help="What to tell of, such as failed.")
    ] = "finished",
    output: Output = "text",
) -> int:
    """Send a sample by the real notifiers, and say what came of it. The exit code is 1 if one failed.

    Where a route tells a notifier of the event, the message has that route's words.
    Example: opsflow notify test mail --event failed
    """
    import asyncio

    check_output(output, "text", "json")
    found = _Configured(flags).checked()
    entries = _named(found.entries, name)
    messages = [_sample(entry, event, found) for entry in entries]
    done = asyncio.run(_send_all(entries, messages))
    mask = found.renderer.vault.redactor.text
    if output == "json":
        echo_json([
            {**_entry_data(entry), "sent": error is None, "error": mask(error.message) if error else None,
             "hint": error.hint if error else None, "seconds": round(seconds, 3)}
            for entry, (error, seconds) in zip(entries, done, strict=True)
        ])  # fmt: skip
    else:
        echo([one for entry, what in zip(entries, done, strict=True) for one in _came_of(entry, *what, mask)])
    return 1 if any(error for error, _ in done) else 0


def _named(entries: list[Entry], name: str | None) -> list[Entry]:
    from opsflow.core.errors import OpsFlowError, did_you_mean

    if name is None:
        return entries
    names = [entry.name for entry in entries]
    if name not in names:
        hint = did_you_mean(name, names) or f"there are {', '.join(names)}"
        raise OpsFlowError(f"there is no notifier called '{name}'", hint=hint)
    return [entry for entry in entries if entry.name == name]


def _sample(entry: Entry, event: str, found: _Configured) -> Message:
    """Return the message that a notifier would get of a sample. Raises OpsFlowError for an unknown event."""
    from opsflow.core.collect import Collector
    from opsflow.notifiers.base import AttachingConfig
    from opsflow.notifiers.compose import Composer, Concerned, with_files
    from opsflow.notifiers.routes import EVERYTHING
    from opsflow.notifiers.sample import sample_events, sample_happening
    from opsflow.report.gather import Gatherer

    events = sample_events(event)
    happening = sample_happening(event, events)
    collector, gatherer = Collector(), Gatherer()
    for one in events:
        collector(one)
        gatherer(one)
    routes = [route.config for route in found.routes if entry.name in route.config.to]
    route = next((one for one in routes if event in one.events), EVERYTHING)
    environments = frozenset(route.environments or [found.settings.environment or ""]) - {""}
    concerned = Concerned(happening.hosts, frozenset(route.groups), environments)
    composer = Composer(found.renderer, found.renderer.vault.redactor)
    message = composer.message([happening], collector.summary(), concerned, route, _warn)
    kinds = entry.config.attach if isinstance(entry.config, AttachingConfig) else ()
    return with_files(message, kinds, gatherer.document()) if kinds else message


def _warn(text: str) -> None:
    typer.echo(f"warning: {text}", err=True)


async def _send_all(
    entries: Sequence[Entry], messages: Sequence[Message]
) -> list[tuple[NotifyError | None, float]]:
    import asyncio

    from opsflow.notifiers.courier import attempt

    async def timed(entry: Entry, message: Message) -> tuple[NotifyError | None, float]:
        begun = time.monotonic()
        return await attempt(entry, message), time.monotonic() - begun

    return list(await asyncio.gather(*map(timed, entries, messages)))


def _came_of(entry: Entry, error: NotifyError | None, seconds: float, mask: Any) -> list[Line]:
    from opsflow.report.lines import line

    if error is None:
        return [
            line(("sent    ", "ok"), (entry.name, "bold"), f"  {entry.notifier.address}  {seconds:.1f} s")
        ]
    hint = [line(f"        → {error.hint}")] if error.hint else []
    return [line(("FAILED  ", "failed"), (entry.name, "bold"), f"  {mask(error.message)}"), *hint]


@app.command("send")
@with_flags(NotifyFlags)
def send(flags: NotifyFlags, output: Output = "text") -> int:
    """Send the messages that wait in the ledger, now. The exit code is 1 if some wait still.

    Example: opsflow notify send
    """
    check_output(output, "text", "json")
    found = _Configured(flags).checked()
    before = found.letters()
    errors = _sent(found) if before else {}
    done = {letter.id for letter in found.letters("sent", "folded")}
    gone = [letter for letter in before if letter.id in done]
    rest = [letter for letter in found.letters() if not letter.taken]  # else somebody is just sending it
    if output == "json":
        echo_json(
            {"sent": [one.data() for one in gone], "waiting": [one.data() for one in rest], "errors": errors}
        )
    else:
        echo([*_outcome(gone, errors), *_waiting(rest)])
    return 1 if rest else 0


def _outcome(gone: Sequence[Letter], errors: dict[str, str]) -> list[Line]:
    from opsflow.report.lines import line

    lines = [line(("sent    ", "ok"), (one.way.notifier, "bold"), f"  {one.title}") for one in gone]
    lines += [line(("FAILED  ", "failed"), (name, "bold"), f"  {why}") for name, why in errors.items()]
    return lines or [line("no message waits")]


def _sent(found: _Configured) -> dict[str, str]:
    """Send what waits, also what a limit holds back, and return what the notifiers did not like, by name."""
    import asyncio
    import uuid

    from opsflow.notifiers.courier import Courier, Trouble, merged

    from .telling import outbox_of

    open_outbox = outbox_of(found.settings.state)
    box = open_outbox()
    for way in {letter.way for letter in found.letters() if letter.state == "held"}:
        box.release(way, uuid.uuid4().hex, merged, at_most=1, per=0)
    box.close()
    mask = found.renderer.vault.redactor.text

    async def deliver() -> list[Trouble]:
        courier = Courier(found.entries, found.routes, open_outbox=open_outbox, mask=mask)
        return await courier.close(SENDING_S)

    return {one.notifier: mask(one.error.message) for one in asyncio.run(deliver())}
