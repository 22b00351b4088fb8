"""All services of a host and their state, as facts."""

from __future__ import annotations

import os

from opsflow.target.facts import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_BAD = ("not-found", "masked", "failed")
_SCRIPTS = "/etc/init.d"


def run(request: Request) -> dict[str, Any]:
    """Return `services`: what each service is named, its state, and whether it starts at boot."""
    if os.path.isdir("/run/systemd/system"):
        found = _units(request)
        scripts = names(_SCRIPTS)
        states = {name: found[name + ".service"]["state"] for name in scripts if name + ".service" in found}
        if len(states) < len(scripts):  # some are newer than what systemd has read
            states = {**_asked(request), **states}
        found.update(_scripts(states))
    else:
        found = _scripts(_asked(request))
    return {"changed": False, "ansible_facts": {"services": found}}


def _units(request: Request) -> dict[str, Any]:
    services: dict[str, Any] = {}
    for name, load, active, sub in (fields[:4] for fields in _listed(request, "list-units", "--all")):
        bad = next((word for word in _BAD if word in (load, active)), None)
        status = bad or ("inactive" if active == "inactive" else "unknown")
        services[name] = _service(name, "running" if sub == "running" else "stopped", status)
    files = {fields[0]: fields[1] for fields in _listed(request, "list-unit-files")}
    states = _states(request, [name for name in files if name not in services and "@." not in name])
    for name, status in files.items():
        if name not in services:
            services[name] = _service(name, states.get(name, "unknown"), status)
        elif services[name]["status"] not in _BAD:
            services[name]["status"] = status
    return services


def _service(name: str, state: str, status: str) -> dict[str, str]:
    return {"name": name, "state": state, "status": status, "source": "systemd"}


def _listed(request: Request, verb: str, *options: str) -> list[list[str]]:
    argv = ["systemctl", verb, "--no-pager", "--no-legend", "--plain", "--type", "service", *options]
    lines = request.command(argv).check("systemctl " + verb).stdout.splitlines()
    return [fields for fields in (line.split() for line in lines) if len(fields) > 1]


def _states(request: Request, units: list[str]) -> dict[str, str]:
    """Return the state of units that systemd has not loaded, such as aliases: in one question."""
    if not units:
        return {}
    done = request.command(["systemctl", "show", "--property", "ActiveState", *units])
    states = [line.partition("=")[2] for line in done.stdout.splitlines() if line]
    return dict(zip(units, states))


def _asked(request: Request) -> dict[str, str]:
    """Ask each init script: `+` runs, `-` does not, `?` can't tell."""
    words = {"+": "running", "-": "stopped", "?": "unknown"}
    lines = request.command(["service", "--status-all"]).stdout.splitlines()
    rows = [line.replace("[", " ").replace("]", " ").split() for line in lines]
    return {row[1]: words[row[0]] for row in rows if len(row) == 2 and row[0] in words}


def _scripts(states: dict[str, str]) -> dict[str, Any]:
    return {name: {"name": name, "state": state, "source": "sysv"} for name, state in states.items()}
