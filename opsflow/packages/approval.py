"""Plans that a person approves: written to a file, read again, and then carried out as they are.

Document     the file: who planned what when, of which playbooks, for which hosts
  HostPlan   what one host gets, by one task
  HostState  what the host was then; hosts that were the same share one
Approval     a document beside the playbooks of a run: what a task may do on a host
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator

from opsflow.core.errors import InputError, OpsFlowError, Problem
from opsflow.core.origin import Origin
from opsflow.core.upgrades import UpgradeRequest
from opsflow.source.loader import load_text
from opsflow.source.validate import validate

VERSION = 1
KINDS = ("upgrade", "install", "remove")

# What ends up on apt's command line can be nothing but names and versions.
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+.\-]*(:[a-z0-9\-]+)?$")]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9][A-Za-z0-9.+:~\-]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Change(_Part):
    """One package: `old` is None for one that is installed, `new` for one that is removed."""

    name: Name
    old: Version | None
    new: Version | None
    origin: str = ""
    security: bool = False
    third_party: bool = False


class HostState(_Part):
    """Packages and their versions, holds, what is half done, and digests of the sources of packages."""

    packages: dict[str, str]
    holds: list[str]
    unfinished: list[str]
    sources: dict[str, str]


class HostPlan(_Part):
    """What one host gets. `task` is the place of the task that does it, from the playbook's directory."""

    task: str
    name: str
    upgrade: list[Change]
    install: list[Change]
    remove: list[Change]
    conffiles: Literal["keep", "new"]
    purge: bool
    fingerprint: str

    @property
    def empty(self) -> bool:
        return not (self.upgrade or self.install or self.remove)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        wrong = [one.name for one in self.upgrade if not (one.old and one.new)]
        wrong += [one.name for one in self.install if one.old or not one.new]
        wrong += [one.name for one in self.remove if one.new or not one.old]
        if wrong:
            raise ValueError(f"old and new version do not say what is done with {', '.join(wrong)}")
        return self


class Document(_Part):
    """A file of plans. `digest` is of all the rest; `playbooks` has a digest for each file with tasks."""

    format: Literal["opsflow plan"] = "opsflow plan"
    version: Literal[1] = VERSION
    made: datetime
    by: str
    opsflow: str
    playbooks: dict[str, str]
    inventory: list[str]
    hosts: dict[str, HostPlan]
    states: dict[str, HostState]
    digest: str = ""

    @model_validator(mode="after")
    def _states_are_there(self) -> Self:
        missing = [
            name
            for name, plan in self.hosts.items()
            if not plan.empty and plan.fingerprint not in self.states
        ]
        if missing:
            raise ValueError(f"the state that the plan of {', '.join(missing)} rests on is missing")
        return self

    def write(self, path: Path) -> None:
        """Write the file in one step, for its owner alone. Raises OpsFlowError."""
        data = self.model_dump(mode="json")
        text = json.dumps({**data, "digest": _digest(data)}, indent=1) + "\n"
        new = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with open(new, "x", encoding="utf-8", opener=_private) as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        except OSError as error:
            new.unlink(missing_ok=True)
            raise OpsFlowError(f"cannot write the plan to {path}: {error.strerror}") from error


def read(path: Path) -> Document:
    """Return the plans of a file. Raises InputError with what is wrong with it, also when it was changed."""
    origin = Origin(str(path), 1, 1)
    try:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text)
    except OSError as error:
        raise InputError.at(None, f"cannot read the plan {path}: {error.strerror}") from error
    except json.JSONDecodeError as error:
        place = Origin(str(path), error.lineno, error.colno)
        raise InputError.at(place, f"this is no plan: {error.msg}", hint=_HOW) from None
    except UnicodeDecodeError:
        raise InputError.at(origin, "this is no plan: it is no text", hint=_HOW) from None
    if not isinstance(data, dict) or data.get("format") != "opsflow plan":  # pyright: ignore[reportUnknownMemberType]
        raise InputError.at(origin, "this is no plan", hint=_HOW)
    content: dict[str, Any] = data  # pyright: ignore[reportUnknownVariableType]
    if content.get("version") != VERSION:
        message = f"the plan has version {content.get('version')} of the format, and only {VERSION} is known"
        raise InputError.at(origin, message, hint=_HOW)
    try:
        document = Document.model_validate(content)
    except ValidationError:
        document = validate(Document, load_text(text, str(path)), origin)  # it tells the places as well
    if content.get("digest") != _digest(content):
        raise InputError.at(origin, "the plan was changed after it was written", hint=_HOW)
    return document


_HOW = "'opsflow play PLAYBOOK --plan-out FILE' writes one"


def _digest(data: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in data.items() if key != "digest"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def place_of(origin: Origin | None, directory: Path) -> str:
    """Return where a task was written, seen from the playbook's directory."""
    if origin is None:
        return ""
    return f"{os.path.relpath(origin.file, directory)}:{origin.line}"


def digests(files: Iterable[str], directory: Path) -> dict[str, str]:
    """Return the digest of each file by its path, seen from the playbook's directory."""
    return {
        os.path.relpath(name, directory): hashlib.sha256(Path(name).read_bytes()).hexdigest()
        for name in sorted(set(files))
    }


def bound(request: UpgradeRequest, approved: Mapping[str, Any]) -> UpgradeRequest:
    """Return a request that does what was approved, and nothing else; see `Approval.of`."""
    return replace(
        request, approved=approved, conffiles=approved["conffiles"], purge=approved["purge"], autoremove=False
    )


class Approval:
    """The plans of a document while a run carries them out. `left` are hosts that have not got theirs yet."""

    def __init__(self, document: Document, path: Path, directory: Path) -> None:
        """`path` is the document's file, `directory` the one of the first playbook."""
        self.path = path
        self.hosts: Mapping[str, HostPlan] = document.hosts
        self.left = {name for name, plan in document.hosts.items() if not plan.empty}
        self._document = document
        self._directory = directory

    def check(self, files: Iterable[str]) -> None:
        """Refuse playbooks that are not those of the plan. Raises InputError naming the files."""
        then, now = self._document.playbooks, digests(files, self._directory)
        words = dict.fromkeys(now.keys() - then.keys(), "is not part of the plan")
        words |= dict.fromkeys(then.keys() - now.keys(), "is not there any more")
        words |= {name: "is not what it was" for name in then.keys() & now.keys() if then[name] != now[name]}
        if words:
            when = self._document.made.strftime("%Y-%m-%d %H:%M")
            told = ", ".join(f"{name} {word}" for name, word in sorted(words.items()))
            message = f"{self.path} is a plan of other playbooks, or of what these were on {when}: {told}"
            raise InputError([Problem(message, hint="plan again with --plan-out")])

    def of(self, host: str, origin: Origin | None) -> dict[str, Any]:
        """Return what a task may do on a host: changes, conffiles, purge, fingerprint and state.

        Whatever else a task would change was not approved: then there are no changes.
        """
        plan = self.hosts.get(host)
        if plan is None or plan.empty or plan.task != place_of(origin, self._directory):
            return {"upgrade": [], "install": [], "remove": [], "conffiles": "keep", "purge": False}
        self.left.discard(host)
        state = self._document.states[plan.fingerprint]
        return {**plan.model_dump(exclude={"task", "name"}), "state": state.model_dump()}
