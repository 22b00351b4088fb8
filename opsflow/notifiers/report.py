"""A run's summary as the text, the page and the data of a message."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

from opsflow.core.jsonable import summary_data
from opsflow.core.results import HostSummary, RunSummary
from opsflow.report.lines import Line
from opsflow.report.text import as_html, as_text, report_lines

FORMAT = 1
"""Grows when a key of the report's data changes its meaning or goes; new keys may come at any time."""
LOGS = 100
"""How many failures of a report keep the end of their output."""


class Report:
    """The aggregated result of a run. Hidden results (`no_log`) are not in it, long output is cut."""

    def __init__(self, summary: RunSummary) -> None:
        self.summary = summary

    @property
    def failed(self) -> bool:
        """Whether a host failed or was unreachable, or the run was stopped."""
        return self.summary.exit_code != 0

    @property
    def changed(self) -> bool:
        """Whether anything changed on any host, or would have in check mode."""
        return any(host.stats.changed for host in self.summary.hosts.values())

    @cached_property
    def facts(self) -> dict[str, str]:
        """What a subject line may name, and the title; the numbers are numbers of hosts."""
        hosts = [host.stats for host in self.summary.hosts.values()]
        facts = {
            "outcome": self.summary.outcome,
            "playbook": ", ".join(self.summary.playbooks) or "command",
            "run": self.summary.run_id,
            "hosts": str(len(hosts)),
            "changed": str(sum(bool(stats.changed) for stats in hosts)),
            "failed": str(sum(bool(stats.failed) for stats in hosts)),
            "unreachable": str(sum(bool(stats.unreachable) for stats in hosts)),
            "check": " (check mode)" if self.summary.check else "",
        }
        return facts | {"title": "{outcome}: {playbook} on {hosts} hosts{check}".format_map(facts)}

    @property
    def title(self) -> str:
        """One line that says how the run went."""
        return self.facts["title"]

    @cached_property
    def lines(self) -> list[Line]:
        """The report as lines of styled text."""
        return report_lines(self.summary)

    def text(self) -> str:
        """Return the report as plain text."""
        return as_text(self.lines)

    def html(self) -> str:
        """Return the report as an HTML page."""
        return as_html(self.lines, self.title)

    @cached_property
    def data(self) -> dict[str, Any]:
        """The report as JSON knows it: hosts, tasks, failures, package changes, times."""
        return {"format": FORMAT, "title": self.title, **summary_data(_bounded(self.summary))}


def _bounded(summary: RunSummary) -> RunSummary:
    """Return the summary with the output of the first failures only."""
    logs = LOGS
    hosts: dict[str, HostSummary] = {}
    for name, host in summary.hosts.items():
        kept, logs = host.failures[:logs], logs - len(host.failures[:logs])
        rest = [failure._replace(log="") for failure in host.failures[len(kept) :]]
        hosts[name] = replace(host, failures=[*kept, *rest])
    return replace(summary, hosts=hosts)
