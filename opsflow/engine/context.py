"""What a module gets from the engine while its task runs on a host."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from opsflow.connection.channel import Options, Place
from opsflow.connection.session import Session
from opsflow.connection.settings import Become
from opsflow.core.drivers import PackageManager, SystemManager
from opsflow.core.early import NotYet
from opsflow.core.errors import OpsFlowError, TaskError, Unreachable
from opsflow.core.events import Event, HostOutput, HostProgress, TaskInfo
from opsflow.engine.journal import Journal
from opsflow.engine.leases import Leases
from opsflow.engine.limits import Limits
from opsflow.source.vault import Vault
from opsflow.templating.render import Renderer, ended
from opsflow.templating.scope import Scope
from opsflow.templating.search import find

if TYPE_CHECKING:
    from opsflow.packages.approval import Approval


class Context:
    """One task on one host. Implements `modules.base.module.TaskContext` and `core.drivers.Host`.

    `session` is None for modules that never leave the control node. `shown` is the host whose task it is,
    which differs from `host` when the task is delegated.
    """

    def __init__(
        self,
        *,
        info: TaskInfo,
        run_id: str,
        shown: str,
        host: str,
        scope: Scope,
        renderer: Renderer,
        emit: Callable[[Event], None],
        limits: Limits,
        session: Session | None,
        leases: Leases,
        journal: Journal | None = None,
        become: Become | None,
        options: Options,
        quiet: bool,
        verbosity: int = 0,
        delegated: bool = False,
        planning: bool = False,
        place: Place | None = None,
        approval: Approval | None = None,
    ) -> None:
        self.info = info
        self.run_id = run_id
        self.shown = shown
        self.host = self.name = host
        self.vars = scope
        self.renderer = renderer
        self.emit = emit
        self.limits = limits
        self.become = become
        self.options = options
        self.hidden = quiet
        self.verbosity = verbosity
        self.delegated = delegated
        self.planning = planning
        self._place = place
        self._approval = approval
        self.before_after: list[Mapping[str, Any]] = []
        self._room = 2 * options.record  # names come on top, and several calls
        self._session = session
        self._leases = leases
        self._journal = journal
        self._drivers: tuple[SystemManager, PackageManager] | None = None

    @property
    def check(self) -> bool:
        return self.options.check

    @property
    def diff(self) -> bool:
        return self.options.diff

    @property
    def approved(self) -> Mapping[str, Any] | None:
        return self._approval.of(self.shown, self.info.origin) if self._approval else None

    @property
    def session(self) -> Session:
        if self._session is None:
            raise OpsFlowError(f"the module '{self.info.module}' has no connection")
        return self._session

    async def call(
        self,
        fn: str,
        args: Mapping[str, Any] | None = None,
        *,
        check: bool | None = None,
        payload: bytes = b"",
        upload: AsyncIterable[bytes] | None = None,
        on_event: Callable[[Mapping[str, Any]], None] | None = None,
        on_data: Callable[[bytes], None] | None = None,
        keep: Mapping[str, bytes] | None = None,
        lasting: str = "",
        more: bool = False,
    ) -> dict[str, Any]:
        options = self.options
        if self._place:
            self._place.more = more
            if self._place.early and self.session.runner(self.become) is not self._place.flight.channel:
                raise NotYet
        if lasting or (check is not None and check != options.check):
            checked = options.check if check is None else check
            options = Options(checked, options.diff, options.env, lasting=lasting, record=options.record)
        if self._journal and not options.check and not lasting:
            options = replace(options, op=self._journal.next(secret=self.hidden))
        await self._leases.permit(self.session, self.become, delegated=self.delegated)

        async def call() -> dict[str, Any]:
            return await self.session.call(
                fn,
                args,
                become=self.become,
                options=options,
                payload=payload,
                upload=upload,
                on_event=self._recording(on_event or self.show),
                on_data=on_data,
                keep=keep,
                place=self._place,
            )

        try:
            if self._journal and options.op:
                return await self._journal.told(self, options, call)
            return await call()
        except Unreachable:
            await self._leases.check(self.session)  # who took the host away has ended our runner there
            raise

    def _recording(
        self, on_event: Callable[[Mapping[str, Any]], None]
    ) -> Callable[[Mapping[str, Any]], None]:
        """Return `on_event` behind one that keeps what hosts tell of the files that they change."""

        def take(event: Mapping[str, Any]) -> None:
            if event["type"] == "file":
                self._take_file(*(str(event[key]) for key in ("path", "before", "after")))
            else:
                on_event(event)

        return take if self.options.record else on_event

    def _take_file(self, path: str, before: str, after: str) -> None:
        """Keep how a file was and is, unless a host tells of more than it was asked for."""
        self._room -= len(path) + len(before) + len(after)
        if self._room >= 0:
            told = {"before_header": path, "after_header": path, "before": before, "after": after}
            self.before_after.append(told)

    async def raw(
        self, command: str, *, stdin: bytes = b"", executable: str | None = None
    ) -> tuple[int, str, str]:
        await self._leases.permit(self.session, self.become, delegated=self.delegated, raw=True)
        return await self.session.raw(
            command, become=self.become, stdin=stdin, executable=executable, on_line=self._line
        )

    async def reconnect(self, timeout: float) -> None:
        await self._leases.check(self.session)
        await self.session.reconnect(timeout)

    def find_file(self, name: str, kind: Literal["files", "templates", "vars", "tasks"]) -> Path:
        search = list(self.vars["ansible_search_path"])
        if found := find(name, kind, search):
            return found
        places = ", ".join(f"{base}/{kind}, {base}" for base in search)
        raise TaskError(f"there is no file '{name}' on the control node (looked in {places})")

    def render(
        self, text: str, *, file: str, variables: Mapping[str, Any] | None = None, **options: Any
    ) -> str:
        scope = self.vars.over(variables) if variables else self.vars
        search = [str(Path(file).parent), *self.vars["ansible_search_path"]]
        found = self.renderer.file(text, file, scope, options, search)
        return found if isinstance(found, str) else "" if found is None else ended(text, str(found))

    def evaluate(self, expression: str) -> Any:
        return self.renderer.evaluate(expression, self.vars)

    @property
    def vault(self) -> Vault:
        return self.renderer.vault

    def progress(self, message: str, percent: float | None = None) -> None:
        if not self.hidden:
            self.emit(HostProgress(self.info, self.shown, message, percent))

    def one_by_one(self, word: str) -> AbstractAsyncContextManager[str]:
        return self.limits.one_by_one(word, self.shown)

    async def packages(self) -> PackageManager:
        return (await self._find_drivers())[1]

    async def system(self) -> SystemManager:
        return (await self._find_drivers())[0]

    async def _find_drivers(self) -> tuple[SystemManager, PackageManager]:
        if self._drivers is None:
            from opsflow.systems.choose import drivers_for

            self._drivers = await drivers_for(self, self.vars, self.vars["group_names"])
        return self._drivers

    def show(self, event: Mapping[str, Any]) -> None:
        """Hand an event of a function on the host to whoever watches the run."""
        if event["type"] == "output":
            self._line(event["stream"], event["line"])
        elif event["type"] == "progress":
            self.progress(event["message"], event.get("percent"))

    def _line(self, stream: str, line: str) -> None:
        if not self.hidden:
            self.emit(HostOutput(self.info, self.shown, stream, line))
