"""Plays a case with ansible-core."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from .case import HERE, Case
from .story import SCRATCH, Story, portable


def ask(case: Case) -> tuple[Story, str]:
    """Return what ansible-core tells of a case, and what it printed."""
    told = Path(os.environ[SCRATCH]) / "story.json"
    environment = {
        **os.environ,
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "recorder"),
        "ANSIBLE_STDOUT_CALLBACK": "story_recorder",
        "ANSIBLE_HOME": os.environ[SCRATCH],
        "ANSIBLE_NOCOLOR": "1",
        "CONFORMANCE_STORY": str(told),
        "CONFORMANCE_WHOLE": " ".join(case.whole),
        "CONFORMANCE_WITHOUT": " ".join(case.without),
        "PYTHONPATH": os.pathsep.join([str(HERE.parent.parent), os.environ.get("PYTHONPATH", "")]),
    }
    command = [str(Path(sys.executable).parent / "ansible-playbook"), str(case.playbook)]
    done = subprocess.run(
        [*command, "-i", str(case.inventory), "-f", "2", *case.options],
        capture_output=True,
        text=True,
        env=environment,
        stdin=subprocess.DEVNULL,
        cwd=case.directory,
        check=False,
    )
    story = json.loads(told.read_text()) if told.exists() else {"hosts": {}, "recap": {}}
    return portable({**story, "exit": done.returncode}, case), done.stdout + done.stderr
