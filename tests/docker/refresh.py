"""Asks community.docker again: `python -m tests.docker.refresh [CASE…]`, all cases without a name.

Needs a daemon as the tests do, ansible-core beside a Python that has `requests`, and the collection (it is in
the package `ansible`) in ANSIBLE_COLLECTIONS_PATH. ANSIBLE_PLAYBOOK names the program where it is elsewhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from .daemon import Daemon, start
from .registry import serve
from .told import RECORDED, cases, module_of, plain, recording, steps

PROGRAM = os.environ.get("ANSIBLE_PLAYBOOK", str(Path(sys.executable).parent / "ansible-playbook"))


def main(names: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="opsflow-docker-") as directory, start(Path(directory)) as daemon:
        version = daemon.ask("GET", "/version")["ApiVersion"]
        if version != RECORDED:
            raise SystemExit(f"this daemon has API {version}: answers are recorded of {RECORDED}")
        for case in cases():
            place = recording(case)
            if place and (not names or case.stem in names):
                with serve() as registry:
                    registry.closed = True
                    told = [plain(answer, directory) for answer in ask(case, daemon, registry.name)]
                text = json.dumps(told, indent=1, sort_keys=True)
                place.write_text(text + "\n")
                daemon.clear()
                print(f"{case.stem}: {len(told)} answers")


def ask(case: Path, daemon: Daemon, registry: str) -> list[Any]:
    """Return what community.docker tells of the tasks of a case."""
    tasks: list[dict[str, Any]] = []
    for number, step in enumerate(steps(case, registry, str(daemon.directory))):
        name = module_of(step)
        task = {("community.docker." + key if key == name else key): value for key, value in step.items()}
        tasks.append({**task, "register": f"told_{number}"})
    answers = daemon.directory / "answers.json"
    listed = "[" + ", ".join(f"told_{number}" for number in range(len(tasks))) + "]"
    tasks.append({"copy": {"content": "{{ " + listed + " | to_json }}", "dest": str(answers)}})
    play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks}
    playbook = daemon.directory / "play.yml"
    playbook.write_text(yaml.safe_dump([play]))
    environment = {**os.environ, "DOCKER_HOST": daemon.host}
    done = subprocess.run(
        [PROGRAM, str(playbook)], env=environment, capture_output=True, text=True, check=False
    )
    if not answers.exists():
        raise SystemExit(done.stdout + done.stderr)
    told = json.loads(answers.read_text())
    answers.unlink()
    return told


if __name__ == "__main__":
    main(sys.argv[1:])
