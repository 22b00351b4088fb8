"""Zones of firewalld, by firewall-cmd, or by firewall-offline-cmd where it does not run."""

from __future__ import annotations

from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_FLAGS = {
    "icmp_block": "icmp-block",
    "icmp_block_inversion": "icmp-block-inversion",
    "service": "service",
    "protocol": "protocol",
    "port": "port",
    "port_forward": "forward-port",
    "rich_rule": "rich-rule",
    "interface": "interface",
    "forward": "forward",
    "masquerade": "masquerade",
    "source": "source",
    "target": "target",
}
_SWITCHES = ("icmp_block_inversion", "forward", "masquerade")  # their value says which way round
_TIMED = ("icmp_block", "service", "protocol", "port", "port_forward", "rich_rule")
_NOT_RUNNING = 252  # exit code of firewall-cmd


def run(request: Request, state: str, permanent: bool, immediate: bool, **want: Any) -> dict[str, Any]:
    """Bring one thing of a zone to a state."""
    firewall = Firewall(request, want.get("zone"), want["timeout"])
    option = next((name for name in _FLAGS if name in want), "zone")
    value: Any = want.get(option)
    wanted = state in ("enabled", "present")
    if option in _SWITCHES:
        wanted, shown = wanted == value, ""
    else:
        shown = _shown(option, value)
    places = (["permanent"] if permanent else []) + (["immediate"] if immediate or not permanent else [])
    if not firewall.running:
        if "immediate" in places and not want["offline"]:
            raise Fail("firewalld does not run: start it, or set permanent and offline to change its files")
        places = ["permanent"]
    before = {place: firewall.has(option, shown, place) for place in places}
    differ = [place for place in places if before[place] != wanted]
    if differ and request.check:
        result: dict[str, Any] = {"changed": True}
    else:
        for place in differ:
            firewall.set(option, shown, place, wanted)
        said = _said(option, shown, value, state, wanted, firewall.zone) if differ else []
        messages = [_OPERATIONS["+".join(places)], *said]
        messages += [] if firewall.running else ["(offline operation: only on-disk configs were altered)"]
        result = {"changed": bool(differ), "msg": ", ".join(messages)}
    if request.diff and differ:
        result["diff"] = {"before": before, "after": dict.fromkeys(places, wanted)}
    return result


_OPERATIONS = {
    "permanent+immediate": "Permanent and Non-Permanent(immediate) operation",
    "permanent": "Permanent operation",
    "immediate": "Non-permanent operation",
}


def _shown(option: str, value: Any) -> str:
    if option != "port_forward":
        return "" if value is None else str(value)
    (rule,) = value
    text = "port=%s:proto=%s:toport=%s" % (rule["port"], rule["proto"], rule["toport"])
    return text + (":toaddr=%s" % rule["toaddr"] if rule.get("toaddr") else "")


def _said(option: str, shown: str, value: Any, state: str, wanted: bool, zone: str) -> list[str]:
    """Return what was done, in words."""
    if option in ("forward", "masquerade"):
        return [
            "%s %s zone %s"
            % ("Added" if wanted else "Removed", option + (" to" if wanted else " from"), zone)
        ]
    if option in ("interface", "source"):
        done = {"interface": "Changed", "source": "Added"}[option] if wanted else "Removed"
        return ["%s %s %s zone %s" % (done, shown, "to" if wanted else "from", zone)]
    if option == "target":
        text = (
            "Set zone %s target to %s" % (zone, shown) if wanted else "Reset zone %s target to default" % zone
        )
        return [text]
    if option == "zone":
        return [
            "%s zone %s" % ("Added" if wanted else "Removed", zone),
            "Changed zone %s to %s" % (zone, state),
        ]
    if option == "port_forward" and ":toaddr=" not in shown:
        shown += ":toaddr="
    name = option if option in ("port_forward", "rich_rule") else _FLAGS[option]
    return ["Changed %s %s to %s" % (name, value if option in _SWITCHES else shown, state)]


class Firewall:
    """firewalld and one of its zones."""

    def __init__(self, request: Request, zone: str | None, timeout: int) -> None:
        self.request = request
        self.timeout = timeout
        self.program = need(request, "firewall-cmd", "firewalld")
        asked = request.command([self.program, "--state" if zone else "--get-default-zone"])
        self.running = asked.rc == 0
        if not self.running:
            self.program = need(request, "firewall-offline-cmd", "firewalld")
        self.zone = zone or (asked.stdout.strip() if self.running else self._call("--get-default-zone"))

    def _words(self, place: str) -> list[str]:
        return ["--permanent"] if place == "permanent" and self.running else []

    def _call(self, *words: str) -> str:
        done = self.request.command([self.program, *words])
        if done.rc == _NOT_RUNNING:
            raise Fail("firewalld has stopped meanwhile")
        return done.check("firewall-cmd %s" % words[-1]).stdout.strip()

    def has(self, option: str, shown: str, place: str) -> bool:
        """Tell whether it is so, in the running firewall or in what it starts with. Raises Fail."""
        words = self._words(place)
        if option == "zone":
            return self.zone in self._call(*words, "--get-zones").split()
        zone = "--zone=" + self.zone
        if option == "target":
            return self._call(*words, zone, "--get-target") == shown
        question = "--query-" + _FLAGS[option] + ("=" + shown if shown else "")
        done = self.request.command([self.program, *words, zone, question])
        if done.rc not in (0, 1):
            done.check("firewall-cmd %s" % question)
        return done.rc == 0

    def set(self, option: str, shown: str, place: str, wanted: bool) -> None:
        """Make it so, or not so. Raises Fail."""
        words = self._words(place)
        if option == "zone":
            self._call(*words, ("--new-zone=" if wanted else "--delete-zone=") + self.zone)
            return
        words.append("--zone=" + self.zone)
        if option == "target":
            self._call(*words, "--set-target=" + (shown if wanted else "default"))
            return
        verb = ("change" if option == "interface" else "add") if wanted else "remove"
        if wanted and self.timeout and place == "immediate" and option in _TIMED:
            words.append("--timeout=%d" % self.timeout)
        flag = "--%s-%s" % (verb, _FLAGS[option])
        if not self.running and flag == "--remove-service":
            flag += "-from-zone"  # without that it is another thing, for the program that was there before
        self._call(*words, flag + ("=" + shown if shown else ""))
