"""Disks that are full or can't be written: a sentence, the old content, no temporary file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from opsflow.lab import Host, Lab
from tests.support.cli import Opsflow

pytestmark = pytest.mark.dirties

SETUP = """
mkdir -p /srv/full /srv/fixed
mount -t tmpfs -o size=64k none /srv/full && echo old | tee /srv/full/a /srv/full/b /srv/full/c
head -c 1M /dev/zero >/srv/full/fill
mount -t tmpfs none /srv/fixed && echo old >/srv/fixed/a && mount -o remount,ro /srv/fixed
chmod 0555 /tmp /var/tmp && mount -t tmpfs -o ro none /tmp && mount -t tmpfs -o ro none /var/tmp
true
"""


def test_every_way_to_write_a_file_says_so(lab: Lab, host: Host, tmp_path: Path) -> None:
    assert lab.ssh(host.name, f"sudo sh -c '{SETUP}'").returncode == 0
    (tmp_path / "large.j2").write_text("{{ 'x' * 200000 }}")
    (tmp_path / "large").write_text("x" * 200000)
    tasks: list[dict[str, Any]] = [
        {"name": "copy", "copy": {"src": "large", "dest": "/srv/full/a"}},
        {"name": "content", "copy": {"content": "x" * 9000, "dest": "/srv/full/new"}},
        {"name": "template", "template": {"src": "large.j2", "dest": "/srv/full/b"}},
        {"name": "lineinfile", "lineinfile": {"path": "/srv/full/c", "line": "x" * 9000}},
        {"name": "get_url", "get_url": {"url": "{{ url }}", "dest": "/srv/full/d"}},
        {"name": "fixed copy", "copy": {"src": "large", "dest": "/srv/fixed/a"}},
        {"name": "fixed line", "lineinfile": {"path": "/srv/fixed/a", "line": "new"}},
        {"name": "fixed file", "file": {"path": "/srv/fixed/new", "state": "touch"}},
        {"name": "fixed directory", "file": {"path": "/srv/fixed/newer", "state": "directory"}},
        {"name": "nowhere", "copy": {"content": "x", "dest": "/srv/nowhere/a"}},
    ]
    for task in tasks:
        task["ignore_errors"] = True
    tasks += [
        {"name": "no temporary directory is needed", "copy": {"content": "x", "dest": "/srv/x"}},
        {"name": "not even for scripts", "script": "small.sh"},
    ]
    (tmp_path / "small.sh").write_text("#!/bin/sh\necho fine\n")
    url = f"{lab.repo.url}{lab.repo.public_key.name}"  # other tests change the packages meanwhile
    play = [{"hosts": host.name, "become": True, "gather_facts": False, "tasks": tasks}]
    done = Opsflow(tmp_path, lab.inventory).play(play, "--output", "ndjson", "-e", f"url={url}")
    said = {
        event["task"]["name"]: event["result"]["data"].get("msg", "")
        for event in done.events
        if event["event"] == "host_finished"
    }
    assert said == {
        "copy": "cannot write '/srv/full/a': No space left on device",
        "content": "cannot write '/srv/full/new': No space left on device",
        "template": "cannot write '/srv/full/b': No space left on device",
        "lineinfile": "cannot write '/srv/full/c': No space left on device",
        "get_url": "cannot write '/srv/full/d': No space left on device",
        "fixed copy": "cannot write '/srv/fixed/a': Read-only file system",
        "fixed line": "cannot write '/srv/fixed/a': Read-only file system",
        "fixed file": "Error, could not touch target: Read-only file system: '/srv/fixed/new'",
        "fixed directory": "Read-only file system: '/srv/fixed/newer'",
        "nowhere": "Destination directory /srv/nowhere does not exist",
        "no temporary directory is needed": "",
        "not even for scripts": "",
    }
    assert done.code == 0
    listed = lab.ssh(host.name, "ls -A /srv/full /srv/fixed; cat /srv/full/[abc] /srv/fixed/a").stdout
    assert listed.split() == ["/srv/fixed:", "a", "/srv/full:", "a", "b", "c", "fill", *["old"] * 4]
