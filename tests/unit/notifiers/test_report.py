"""The report says the same in text, HTML and data."""

from __future__ import annotations

import json
from dataclasses import replace

from opsflow.core.results import Failure, HostSummary, RunSummary, Stats, Status
from opsflow.notifiers.report import LOGS, Report
from opsflow.report.text import MAX_LINES


def test_the_text_has_hosts_packages_reboots_failures_with_logs_and_tasks(report: Report) -> None:
    assert report.text().splitlines() == [
        "OpsFlow  update.yml",
        "run r-1  started 2023-11-14T22:13:20.000Z",
        "",
        "RECAP  failed  1:01 min, 2 hosts",
        "  web1  ok 2  changed 1",
        "  web2  ok 1  changed 0  failed 1",
        "",
        "PACKAGES",
        "  web1  1 package",
        "    vim  1.0 → 1.1",
        "",
        "REBOOTED  web1",
        "",
        "FAILED",
        "  Upgrade  at update.yml:12:7",
        "    web2",
        "      apt failed (rc 100)",
        "      | E: <broken>",
        "",
        "NEXT",
        "  run again on the failed hosts:",
        "    opsflow play update.yml --limit web2",
        "",
        "TASKS",
        "  Upgrade  1 changed, 1 failed  42 s",
    ]


def test_html_has_the_same_and_escapes_it(report: Report) -> None:
    page = report.html()
    assert "E: &lt;broken&gt;" in page
    assert "<broken>" not in page
    assert "1.0 → 1.1" in page


def test_data_is_plain_json_with_all_of_it(report: Report) -> None:
    data = json.loads(json.dumps(report.data))
    assert (data["format"], data["title"], data["exit_code"]) == (1, "failed: update.yml on 2 hosts", 2)
    assert data["hosts"]["web1"]["packages"] == [{"name": "vim", "old": "1.0", "new": "1.1"}]
    assert data["hosts"]["web2"]["failures"][0]["log"] == "E: <broken>"
    assert data["tasks"][0]["counts"] == {"changed": 1, "failed": 1}


def test_a_report_on_many_failures_is_bounded(summary: RunSummary) -> None:
    def broken(number: int) -> HostSummary:
        log = "x\n" * 20
        return HostSummary(Stats(failed=1), [Failure(f"T {number}", None, "no", Status.FAILED, log)])

    report = Report(replace(summary, hosts={f"h{n}": broken(n) for n in range(MAX_LINES)}))
    logs = [host["failures"][0]["log"] for host in report.data["hosts"].values()]
    assert sum(bool(log) for log in logs) == LOGS
    assert len(report.text().splitlines()) == MAX_LINES + 1
