"""Plays a site with ansible-core or with OpsFlow, and returns what it told: see `tests.conformance.story`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from opsflow.lab import Host, Lab
from tests.conformance.case import HERE as CONFORMANCE
from tests.conformance.story import Story, counts, row
from tests.support.cli import Opsflow

from .suite import Suite

Told = tuple[Story, str]
"""A story, and what the program printed."""


def ansible(suite: Suite, lab: Lab, host: Host, *options: str) -> Told:
    """Play with the ansible-core of this Python; its collections must hold what the site uses."""
    with tempfile.TemporaryDirectory() as scratch:
        told = Path(scratch) / "story.json"
        environment = {
            **os.environ,
            "ANSIBLE_CALLBACK_PLUGINS": str(CONFORMANCE / "recorder"),
            "ANSIBLE_STDOUT_CALLBACK": "story_recorder",
            "ANSIBLE_HOME": scratch,
            "ANSIBLE_PIPELINING": "1",
            "CONFORMANCE_STORY": str(told),
            "CONFORMANCE_WHOLE": "",
            "CONFORMANCE_WITHOUT": "",
            "PYTHONPATH": str(CONFORMANCE.parent.parent),
        }
        done = subprocess.run(
            [str(Path(sys.executable).parent / "ansible-playbook"), *suite.arguments(lab, host, *options)],
            capture_output=True,
            text=True,
            env=environment,
            stdin=subprocess.DEVNULL,
            cwd=suite.directory,
            check=False,
        )
        story = json.loads(told.read_text()) if told.exists() else {"hosts": {}, "recap": {}}
    return _plain({**story, "exit": done.returncode}, suite), done.stdout + done.stderr


def opsflow(suite: Suite, lab: Lab, host: Host, *options: str) -> Told:
    """Play with the OpsFlow of this tree, as a person does."""
    run = Opsflow(suite.directory)
    done = run("play", *suite.arguments(lab, host, *options), "--output", "ndjson")
    hosts: dict[str, list[Any]] = {}
    for event in done.events:
        if event["event"] == "host_finished":
            task, result = event["task"], event["result"]
            if told := row(task["name"], task["module"], result["status"], result["data"]):
                hosts.setdefault(event["host"], []).append(told)
    recap = {name: counts(told["stats"]) for name, told in done.summary["hosts"].items()} if done.out else {}
    failures = json.dumps(done.messages()) if done.out else ""
    return _plain({"hosts": hosts, "recap": recap, "exit": done.code}, suite), done.err + failures


def _plain(story: Story, suite: Suite) -> Story:
    """Return a story without paths and times of this machine, as JSON gives it back."""
    text = json.dumps(story, default=str).replace(str(suite.directory), "SITE")
    return json.loads(re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?", "TIME", text))
