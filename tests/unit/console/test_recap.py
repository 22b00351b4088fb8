"""The end of a run says what happened and what to do next."""

from __future__ import annotations

from opsflow.core.events import Decided, RunStarted
from opsflow.core.results import Status
from opsflow.report.recap import FAILURES

from .runs import HOSTS, ended, finished, said, task, whole


def recap(text: str) -> list[str]:
    return text[text.index("RECAP") :].splitlines()


def test_a_good_run_is_short() -> None:
    ends = [ended(task(), host, Status.CHANGED) for host in HOSTS]
    assert recap(said(finished(whole(task(), *ends)))) == [
        "RECAP  changed  0.0 s, 40 hosts",
        "  web[01:40]  (40 hosts)  ok 1  changed 1",
    ]


def test_hosts_that_people_skipped_are_told_with_who_did() -> None:
    events = [
        *whole(task(), ended(task(), "web01", Status.OK)),
        Decided("skip", "anna", "ops1", 0.0, "being repaired", ["web02", "web03"]),
        Decided("skip", "ben", "ops2", 0.0, None, ["web04"]),
    ]
    assert recap(said(finished(events)))[2:] == [
        "",
        "SKIPPED  web02,web03  by anna at ops1: being repaired",
        "SKIPPED  web04  by ben at ops2",
    ]


def test_packages_and_reboots_are_told_once_for_all_hosts_that_share_them() -> None:
    packages = [
        {"name": "vim", "old": "1.0", "new": "1.1"},
        {"name": "gone", "old": "1", "new": None},
        {"name": "fresh", "old": None, "new": "2"},
    ]
    ends = [ended(task(), host, Status.CHANGED, packages=packages, rebooted=True) for host in HOSTS]
    assert recap(said(finished(whole(task(), *ends))))[3:] == [
        "PACKAGES",
        "  web[01:40]  (40 hosts)  3 packages",
        "    fresh  new 2",
        "    gone  removed 1",
        "    vim  1.0 → 1.1",
        "",
        "REBOOTED  web[01:40]  (40 hosts)",
    ]


def test_failures_are_repeated_and_the_next_commands_told() -> None:
    info = task()
    events = [
        RunStarted("r", ["my update.yml"], 0.0, False),
        *whole(
            info,
            ended(info, "a", Status.OK),
            ended(info, "b", Status.FAILED, msg="no space"),
            ended(info, "c", Status.FAILED, msg="no space"),
            ended(info, "d", Status.UNREACHABLE, msg="refused"),
        ),
    ]
    how = {"stopped": "too many failed", "not_reached": ["e"], "details": {"inventory": ["hosts.yml"]}}
    assert recap(said(finished(events, **how))) == [
        "RECAP  stopped  0.0 s, 4 hosts",
        "  a    ok 1  changed 0",
        "  b,c  ok 0  changed 0  failed 1",
        "  d    ok 0  changed 0  unreachable 1",
        "",
        "FAILED",
        "  Install  at site.yml:12:7",
        "    b,c",
        "      no space",
        "    d  unreachable",
        "      refused",
        "",
        "STOPPED  too many failed",
        "NOT REACHED  e",
        "",
        "NEXT",
        "  see whether the unreachable hosts are back:",
        "    opsflow exec -i hosts.yml d -m ping",
        "  run again on the failed hosts and those not reached:",
        "    opsflow play 'my update.yml' -i hosts.yml --limit b,c,d,e",
    ]


def test_check_mode_says_that_nothing_was_done_and_how_to_do_it() -> None:
    packages = [{"name": "vim", "old": "1.0", "new": "1.1"}]
    events = [
        RunStarted("r", ["site.yml"], 0.0, True),
        *whole(task(), ended(task(), "a", Status.CHANGED, packages=packages)),
    ]
    told = recap(said(finished(events)))
    assert told[0] == "RECAP  changed  0.0 s, 1 host  (check mode: nothing was changed)"
    assert "PACKAGES that would change" in told
    assert told[-2:] == ["NEXT", "  do it: the same command without --check"]


def test_of_very_many_different_failures_of_a_task_the_first_are_repeated() -> None:
    ends = [ended(task(), f"h{n}", Status.FAILED, msg=f"no {n * 7}") for n in range(FAILURES + 3)]
    told = recap(said(finished(whole(task(), *ends))))
    assert told.index("    … 3 more, each with its own message") == told.index("FAILED") + 2 + 2 * FAILURES
